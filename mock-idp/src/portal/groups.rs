//! Groups: All groups, and New group.

pub(super) mod group;
pub(super) mod members;
pub(super) mod properties;

use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::tenant::{GroupEntry, GroupKind, TenantFile};
use uuid::Uuid;

use super::at::AtTenant;
use super::done;
use super::form::Form;
use super::frame::{Frame, home};
use super::principals::{Principal, Shown, kind_label};
use crate::limits::is_longer;
use crate::tenant::{Tenant, TenantError};
use crate::{pages, world};

/// Characters of a group's name (Microsoft Graph, group resource).
const NAME_CHARACTERS_MAX: usize = 256;

/// Marks a group among a group's members.
const GROUP_PREFIX: &str = "group:";

#[derive(Template)]
#[template(path = "portal/groups.html")]
struct ListPage {
    frame: Frame,
    wanted: String,
    groups: Shown<Listed>,
}

struct Listed {
    name: String,
    href: String,
    id: String,
    kind: &'static str,
    members: usize,
}

#[derive(Template)]
#[template(path = "portal/group_new.html")]
struct NewPage {
    frame: Frame,
    name: String,
    kinds: Vec<KindChoice>,
}

/// "Group type".
struct KindChoice {
    word: &'static str,
    label: &'static str,
    is_chosen: bool,
}

/// The kinds by the word of the form.
const KINDS: &[(&str, GroupKind)] = &[
    ("security", GroupKind::Security),
    ("microsoft-365", GroupKind::Microsoft365),
    ("mail-enabled-security", GroupKind::MailEnabledSecurity),
    ("distribution-list", GroupKind::DistributionList),
];

/// All groups.
pub(crate) async fn list(at: AtTenant) -> Response {
    let tenant = at.tenant();
    let wanted = at.query.text("name");
    let places = 0..tenant.file.groups.len();
    let found = places.filter(|place| Principal::Group(*place).is_found_by(tenant, wanted));
    let listed = |place: usize| {
        let (group, principal) = (&tenant.file.groups[place], Principal::Group(place));
        Listed {
            name: group.display_name.clone(),
            href: principal.href(tenant),
            id: principal.id(tenant).to_string(),
            kind: kind_label(group.kind),
            members: group.members.len(),
        }
    };
    let page = ListPage {
        frame: Frame::directory(tenant, "Groups", "/groups").after(&at.query),
        wanted: wanted.to_owned(),
        groups: Shown::first(found, listed),
    };
    pages::page(StatusCode::OK, &page)
}

/// New group.
pub(crate) async fn new(at: AtTenant) -> Response {
    pages::page(StatusCode::OK, &NewPage::new(at.tenant(), &Form::default()))
}

/// Creates the group.
pub(crate) async fn create(at: AtTenant, body: Bytes) -> Response {
    let form = Form::read(&body);
    match add(&at, &form) {
        Ok(id) => done(&format!("{}/groups/{id}", home(at.tenant())), "group-added"),
        Err(problem) => {
            let mut page = NewPage::new(at.tenant(), &form);
            page.frame = page.frame.refused(problem.to_string());
            pages::page(StatusCode::BAD_REQUEST, &page)
        }
    }
}

/// Under a new object id: who is created again is another group.
fn add(at: &AtTenant, form: &Form) -> Result<Uuid, TenantError> {
    let (id, name) = (world::guid(), form.text("display_name"));
    let kind = kind(form)?;
    at.edit(|file| {
        check_name(file, name, None)?;
        file.groups.push(GroupEntry {
            id: Some(id),
            display_name: name.to_owned(),
            members: Vec::new(),
            kind,
            on_premises_sam_account_name: None,
            on_premises_netbios_name: None,
            on_premises_domain_name: None,
            on_premises_security_identifier: None,
        });
        Ok(())
    })?;
    Ok(id)
}

/// The kind that was chosen.
fn kind(form: &Form) -> Result<GroupKind, TenantError> {
    let chosen = KINDS.iter().find(|(word, _)| *word == form.text("kind"));
    chosen
        .map(|(_, kind)| *kind)
        .ok_or_else(|| TenantError::one("Group type: choose one."))
}

fn kind_choices(chosen: &str) -> Vec<KindChoice> {
    let choice = |(word, kind): &(&'static str, GroupKind)| KindChoice {
        word,
        label: kind_label(*kind),
        is_chosen: *word == chosen,
    };
    KINDS.iter().map(choice).collect()
}

/// A group's name is its own.
fn check_name(file: &TenantFile, name: &str, own: Option<&str>) -> Result<(), TenantError> {
    if name.is_empty() || is_longer(name, NAME_CHARACTERS_MAX) {
        return Err(TenantError::one(format!(
            "Group name: 1 to {NAME_CHARACTERS_MAX} characters."
        )));
    }
    let is_taken = |group: &GroupEntry| {
        let known = group.display_name.as_str();
        known.to_lowercase() == name.to_lowercase() && Some(known) != own
    };
    if file.groups.iter().any(is_taken) {
        return Err(TenantError::one(format!(
            "There is a group called \u{201c}{name}\u{201d} already. Entra allows that; here groups are told apart by name: choose another."
        )));
    }
    Ok(())
}

impl NewPage {
    fn new(tenant: &Tenant, form: &Form) -> Self {
        Self {
            frame: Frame::directory(tenant, "New group", "/groups")
                .below("Groups", format!("{}/groups", home(tenant))),
            name: form.text("display_name").to_owned(),
            kinds: kind_choices(form.text("kind")),
        }
    }
}
