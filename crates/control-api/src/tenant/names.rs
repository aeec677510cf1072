//! What the entries of a tenant file are called, and what they call each other.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use super::{local_part, no_such};
use crate::file::{Node, Table, Value};

/// Marks a group among a group's members.
const GROUP_PREFIX: &str = "group:";

/// The users by name: a UPN in whole wins over a local part, and of several the first; case does not matter.
#[derive(Clone, Debug, Default)]
pub struct UserNames {
    whole: HashMap<String, usize>,
    local: HashMap<String, usize>,
}

impl UserNames {
    /// The user principal names, in the order of the file.
    pub fn new<'n>(upns: impl Iterator<Item = &'n str>) -> Self {
        let mut names = Self::default();
        for (place, upn) in upns.enumerate() {
            names.whole.entry(upn.to_ascii_lowercase()).or_insert(place);
            let local = local_part(upn).to_ascii_lowercase();
            names.local.entry(local).or_insert(place);
        }
        names
    }

    /// The place of the user that this name means.
    #[must_use]
    pub fn called(&self, name: &str) -> Option<usize> {
        let name = name.to_ascii_lowercase();
        self.whole.get(&name).or_else(|| self.local.get(&name)).copied()
    }

    /// The place of the user whose UPN this is.
    #[must_use]
    pub fn with_upn(&self, upn: &str) -> Option<usize> {
        self.whole.get(&upn.to_ascii_lowercase()).copied()
    }
}

/// Unknown names for which the nearest known one is looked for; each looks at every name of the tenant.
const HINTS_MAX: usize = 50;

/// Every name that a member or an assignment may mean, also of an entry that is wrong elsewhere: one mistake is told
/// once.
pub(super) struct Names<'p> {
    /// User principal names.
    users: Vec<&'p str>,
    known_users: UserNames,
    /// Display names of groups.
    groups: Vec<&'p str>,
    known_groups: HashSet<String>,
    /// How many names were unknown so far.
    unknown: Cell<usize>,
}

impl<'p> Names<'p> {
    /// The names in `[[user]]` and `[[group]]`.
    pub(super) fn new(users: &[Table<'p>], groups: &[Table<'p>]) -> Self {
        let names = |tables: &[Table<'p>], key| {
            let nodes = tables.iter().filter_map(|table| table.node(key));
            nodes.filter_map(text).collect::<Vec<_>>()
        };
        let (users, groups) = (names(users, "user_principal_name"), names(groups, "display_name"));
        Self {
            known_users: UserNames::new(users.iter().copied()),
            users,
            known_groups: groups.iter().map(|group| group.to_lowercase()).collect(),
            groups,
            unknown: Cell::new(0),
        }
    }

    /// Reports groups of a condition that are not there.
    pub(super) fn check_groups(&self, condition: &Table<'p>) {
        for (node, name) in texts(condition, "groups") {
            if let Some(unknown) = self.unknown_group(name) {
                condition.problem_in(node, format!("`groups`: {unknown}"));
            }
        }
    }

    /// Reports members of a group that are nobody.
    pub(super) fn check_members(&self, group: &Table<'p>) {
        for (member, name) in texts(group, "members") {
            let unknown = match name.strip_prefix(GROUP_PREFIX) {
                Some(nested) => self.unknown_group(nested),
                None => self.unknown_user(name),
            };
            if let Some(unknown) = unknown {
                group.problem_in(member, format!("`members`: {unknown}"));
            }
        }
    }

    /// Reports an assignment to nobody.
    pub(super) fn check_assignee(&self, assignment: &Table<'p>) {
        let user = assignment.node("user").and_then(text);
        let group = assignment.node("group").and_then(text);
        let unknown = [
            ("user", user.and_then(|name| self.unknown_user(name))),
            ("group", group.and_then(|name| self.unknown_group(name))),
        ];
        for (key, unknown) in unknown {
            if let Some(unknown) = unknown {
                assignment.problem_at(key, format!("`{key}`: {unknown}"));
            }
        }
    }

    /// Reports users and applications of a policy that are not there.
    pub(super) fn check_policy(&self, policy: &Table<'p>, apps: &[Table<'p>]) {
        for (node, name) in texts(policy, "users") {
            if let Some(unknown) = self.unknown_user(name) {
                policy.problem_in(node, format!("`users`: {unknown}"));
            }
        }
        let known = || apps.iter().filter_map(|app| app.node("name").and_then(text));
        for (node, name) in texts(policy, "apps") {
            if !known().any(|app| app.eq_ignore_ascii_case(name)) {
                policy.problem_in(node, format!("`apps`: {}", no_such("app", name, known())));
            }
        }
    }

    fn unknown_user(&self, name: &str) -> Option<String> {
        self.known_users.called(name).is_none().then(|| {
            // Like is compared with like, so that the length of the domain does not hide a slip.
            let whole = name.contains('@');
            let known = self
                .users
                .iter()
                .map(|upn| if whole { *upn } else { local_part(upn) });
            no_such("user", name, known.take(self.hinted(self.users.len())))
        })
    }

    fn unknown_group(&self, name: &str) -> Option<String> {
        let unknown = !self.known_groups.contains(&name.to_lowercase());
        unknown.then(|| {
            let known = self.groups.iter().copied();
            no_such("group", name, known.take(self.hinted(self.groups.len())))
        })
    }

    /// How many of `count` names the nearest is looked for among.
    fn hinted(&self, count: usize) -> usize {
        self.unknown.set(self.unknown.get() + 1);
        if self.unknown.get() <= HINTS_MAX { count } else { 0 }
    }
}

/// Reports every entry whose name, the value of `key`, an earlier entry has; case does not matter.
pub(super) fn unique(tables: &[Table<'_>], kind: &str, key: &'static str) {
    let mut seen = HashSet::new();
    for table in tables {
        let Some(name) = table.node(key).and_then(text) else {
            continue;
        };
        if !seen.insert(name.to_lowercase()) {
            table.problem_at(
                key,
                format!("two `{kind}` entries are called `{name}`: each name is used once"),
            );
        }
    }
}

/// Reports every identifier that an earlier application has: an Issuer must lead to one application.
pub(super) fn unique_identifiers(apps: &[Table<'_>]) {
    let mut owners = HashMap::new();
    for app in apps {
        let name = app.node("name").and_then(text).unwrap_or_default();
        for (node, identifier) in texts(app, "identifiers") {
            if let Some(owner) = owners.insert(identifier, name) {
                app.problem_in(
                    node,
                    format!(
                        "apps `{owner}` and `{name}` have the same identifier `{identifier}`: each identifier belongs to one application"
                    ),
                );
            }
        }
    }
}

/// The texts of a list, or the one text that stands for a list of one.
fn texts<'p>(table: &Table<'p>, key: &'static str) -> impl Iterator<Item = (&'p Node, &'p str)> + use<'p> {
    let nodes = match table.node(key) {
        Some(Node {
            value: Value::Array(nodes),
            ..
        }) => nodes.as_slice(),
        Some(node) => std::slice::from_ref(node),
        None => &[],
    };
    nodes.iter().filter_map(|node| Some((node, text(node)?)))
}

fn text(node: &Node) -> Option<&str> {
    match &node.value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::tenant::TenantFile;

    const WRONG: &str = r#"[tenant]
display_name = "Contoso"
domains = ["contoso.onmicrosoft.com"]
[[user]]
user_principal_name = "B.Simon@contoso.onmicrosoft.com"
[[user]]
user_principal_name = "A.Nowak@contoso.onmicrosoft.com"
account_enabled = "no"
[[user]]
user_principal_name = "b.simon@contoso.onmicrosoft.com"
[[group]]
display_name = "Sales"
members = ["B.Simon", "a.nowak@CONTOSO.onmicrosoft.com", "B.Simn", "group:sales", "group:Sails"]
[[group]]
display_name = "SALES"
[[app]]
name = "Upsales"
identifiers = ["https://upsales.example"]
app_roles = [{ value = "reader" }]
certificates = [{ name = "c", status = "active" }, { name = "C" }]
assignments = [
  { user = "A.Nowak", role = "reader" },
  { user = "A.Nowack@contoso.onmicrosoft.com", role = "raeder" },
  { group = "Sale" },
  { group = "nobody of that name" },
]
[[app]]
name = "upsales"
identifiers = "https://upsales.example"
"#;

    #[test]
    fn references_to_nobody_and_second_entries_are_told_at_once_where_they_stand() {
        let errors = TenantFile::from_toml("t.toml", WRONG).unwrap_err();
        let told: Vec<_> = errors
            .0
            .iter()
            .map(|error| {
                let (line, column) = error.place.unwrap();
                format!("{line}:{column}: {}", error.message)
            })
            .collect();
        assert_eq!(
            told,
            [
                "8:19: `account_enabled`: expected true or false, found a text",
                "10:23: two `user` entries are called `b.simon@contoso.onmicrosoft.com`: each name is used once",
                "13:58: `members`: there is no user `B.Simn` in this tenant; did you mean `B.Simon`?",
                "13:83: `members`: there is no group `Sails` in this tenant; did you mean `Sales`?",
                "15:16: two `group` entries are called `SALES`: each name is used once",
                "20:61: two `certificates` entries are called `C`: each name is used once",
                "23:12: `user`: there is no user `A.Nowack@contoso.onmicrosoft.com` in this tenant; did you mean `A.Nowak@contoso.onmicrosoft.com`?",
                "23:55: `role`: the application has no app role with the value `raeder`; did you mean `reader`?",
                "24:13: `group`: there is no group `Sale` in this tenant; did you mean `Sales`?",
                "25:13: `group`: there is no group `nobody of that name` in this tenant",
                "28:8: two `app` entries are called `upsales`: each name is used once",
                "29:15: apps `Upsales` and `upsales` have the same identifier `https://upsales.example`: each identifier belongs to one application",
            ]
        );
    }
}
