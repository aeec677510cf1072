//! Users and groups as the admin center shows them, and the list from which they are selected.

use control_api::tenant::GroupKind;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use super::form::{Form, holds};
use super::frame::home;
use crate::limits::{PORTAL_ROWS_MAX, SELECTED_MAX};
use crate::tenant::Tenant;

/// A user or a group, by place in the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Principal {
    /// A user.
    User(usize),
    /// A group.
    Group(usize),
}

impl Principal {
    /// The one whose [`Principal::key`] this is.
    pub(crate) fn read(tenant: &Tenant, key: &str) -> Option<Self> {
        let (kind, id) = key.split_once(':')?;
        let id: Uuid = id.parse().ok()?;
        match kind {
            "user" => tenant.directory.user(id).map(Self::User),
            "group" => {
                let mut ids = tenant.directory.group_ids().iter();
                ids.position(|known| *known == id).map(Self::Group)
            }
            _ => None,
        }
    }

    /// `user:` or `group:` with the object id: how forms and addresses name it.
    pub(crate) fn key(self, tenant: &Tenant) -> String {
        match self {
            Self::User(_) => format!("user:{}", self.id(tenant)),
            Self::Group(_) => format!("group:{}", self.id(tenant)),
        }
    }

    /// Object id.
    pub(crate) fn id(self, tenant: &Tenant) -> Uuid {
        match self {
            Self::User(place) => tenant.users[place].id,
            Self::Group(place) => tenant.directory.group_ids()[place],
        }
    }

    /// Display name.
    pub(crate) fn name(self, tenant: &Tenant) -> &str {
        match self {
            Self::User(place) => &tenant.users[place].entry.display_name,
            Self::Group(place) => &tenant.file.groups[place].display_name,
        }
    }

    /// What tells two of one name apart: the user principal name, or the kind of the group.
    pub(crate) fn note(self, tenant: &Tenant) -> &str {
        match self {
            Self::User(place) => &tenant.users[place].entry.user_principal_name,
            Self::Group(place) => kind_label(tenant.file.groups[place].kind),
        }
    }

    /// "Object type".
    pub(crate) fn object_type(self) -> &'static str {
        match self {
            Self::User(_) => "User",
            Self::Group(_) => "Group",
        }
    }

    /// Its page.
    pub(crate) fn href(self, tenant: &Tenant) -> String {
        let (home, id) = (home(tenant), self.id(tenant));
        match self {
            Self::User(_) => format!("{home}/users/{id}"),
            Self::Group(_) => format!("{home}/groups/{id}"),
        }
    }

    /// Whether its name, user principal name or object id holds what was searched for.
    pub(crate) fn is_found_by(self, tenant: &Tenant, wanted: &str) -> bool {
        let is_user = matches!(self, Self::User(_));
        holds(self.name(tenant), wanted)
            || is_user && holds(self.note(tenant), wanted)
            || self.id(tenant).to_string() == wanted
    }

    /// All users, then all groups, in the order of the file.
    pub(crate) fn all(tenant: &Tenant) -> impl Iterator<Item = Self> {
        let users = (0..tenant.users.len()).map(Self::User);
        users.chain((0..tenant.file.groups.len()).map(Self::Group))
    }
}

/// "Group type", as the admin center and Exchange call the kinds.
pub(crate) fn kind_label(kind: GroupKind) -> &'static str {
    match kind {
        GroupKind::Security => "Security",
        GroupKind::MailEnabledSecurity => "Mail-enabled security",
        GroupKind::DistributionList => "Distribution list",
        GroupKind::Microsoft365 => "Microsoft 365",
    }
}

/// The rows of a list that are shown, and how many there are.
pub(crate) struct Shown<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) count: usize,
}

impl<T> Shown<T> {
    /// The first [`PORTAL_ROWS_MAX`].
    pub(crate) fn first<S>(all: impl Iterator<Item = S>, row: impl Fn(S) -> T) -> Self {
        let (mut rows, mut count) = (Vec::new(), 0);
        for one in all {
            if rows.len() < PORTAL_ROWS_MAX {
                rows.push(row(one));
            }
            count += 1;
        }
        Self { rows, count }
    }

    /// Whether there are rows that are not shown.
    pub(crate) fn is_cut(&self) -> bool {
        self.count > self.rows.len()
    }
}

/// A list with a search, from which users and groups are ticked. What is ticked stays so through every search.
pub(crate) struct Selection {
    /// What was searched for.
    pub(crate) wanted: String,
    /// What was ticked before.
    pub(crate) ticked: Vec<Candidate>,
    /// What was found, without what is ticked.
    pub(crate) found: Shown<Candidate>,
}

/// One line of a selection.
pub(crate) struct Candidate {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) note: String,
    pub(crate) object_type: &'static str,
}

impl Selection {
    /// What a query has ticked and searches for, among those who may be selected.
    pub(crate) fn new(tenant: &Tenant, query: &Form, may_be: impl Fn(Principal) -> bool) -> Self {
        let wanted = query.text("find");
        let ticked = selected(tenant, query);
        let candidate = |principal: Principal| Candidate {
            key: principal.key(tenant),
            name: principal.name(tenant).to_owned(),
            note: principal.note(tenant).to_owned(),
            object_type: principal.object_type(),
        };
        let found = Principal::all(tenant)
            .filter(|one| may_be(*one) && !ticked.contains(one) && one.is_found_by(tenant, wanted));
        Self {
            wanted: wanted.to_owned(),
            found: Shown::first(found, candidate),
            ticked: ticked.iter().copied().map(candidate).collect(),
        }
    }
}

/// Who is ticked in a form, each once, at most [`SELECTED_MAX`]; whoever was deleted meanwhile is not.
pub(crate) fn selected(tenant: &Tenant, form: &Form) -> Vec<Principal> {
    let mut principals = Vec::new();
    for key in form.all("selected") {
        if principals.len() == SELECTED_MAX {
            break;
        }
        match Principal::read(tenant, key) {
            Some(principal) if !principals.contains(&principal) => principals.push(principal),
            _ => {}
        }
    }
    principals
}

/// `1 user, 2 groups selected`; nothing selected is `None Selected`.
pub(crate) fn count_selected(principals: &[Principal]) -> String {
    let users = principals
        .iter()
        .filter(|one| matches!(one, Principal::User(_)))
        .count();
    let groups = principals.len() - users;
    let count = |count: usize, noun: &str| match count {
        0 => None,
        1 => Some(format!("1 {noun}")),
        count => Some(format!("{count} {noun}s")),
    };
    let counts: Vec<_> = count(users, "user")
        .into_iter()
        .chain(count(groups, "group"))
        .collect();
    if counts.is_empty() {
        return NONE_SELECTED.to_owned();
    }
    format!("{} selected", counts.join(", "))
}

/// What stands where a selection is still empty (entra-behaviour.md 8).
pub(crate) const NONE_SELECTED: &str = "None Selected";

/// A query of these pairs, with its question mark.
pub(crate) fn query<'q>(pairs: impl IntoIterator<Item = (&'q str, &'q str)>) -> String {
    let pairs = Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("?{pairs}")
}
