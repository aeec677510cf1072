//! Users and groups of an application: who is assigned, and with which role.

pub(super) mod add;
pub(super) mod edit;

use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::tenant::{AppEntry, AssignmentEntry};

use super::at::AtApp;
use super::done;
use super::form::Form;
use super::frame::{Frame, address};
use super::principals::{Principal, Shown, query};
use crate::pages;
use crate::tenant::{Tenant, TenantError};
use crate::web::redirect;

/// What an assignment without an app role gives.
const DEFAULT_ACCESS: &str = "Default Access";

#[derive(Template)]
#[template(path = "portal/assignments.html")]
struct ListPage {
    frame: Frame,
    here: String,
    wanted: String,
    assignments: Shown<Listed>,
    /// Whether everyone may sign in, whoever is assigned.
    is_open: bool,
}

struct Listed {
    key: String,
    name: String,
    href: String,
    note: String,
    object_type: &'static str,
    role: String,
    /// Names of the groups within the group, whose members get nothing.
    nested: String,
}

/// Who is assigned.
pub(crate) async fn list(at: AtApp) -> Response {
    list_page(&at, None)
}

/// Removes the assignments that were ticked, or goes on to edit one.
pub(crate) async fn change(at: AtApp, body: Bytes) -> Response {
    let form = Form::read(&body);
    let here = format!("{}/users", address(at.tenant(), at.app()));
    let ticked: Vec<_> = form.all("assignment").collect();
    let changed = match (form.text("action"), ticked.as_slice()) {
        (_, []) => Err(TenantError::one("Tick an assignment first.")),
        ("remove", ticked) => remove(&at, ticked).map(|()| done(&here, "unassigned")),
        ("edit", [one]) => {
            let page = format!("{here}/edit{}", query([("assignment", *one)]));
            Ok(redirect(StatusCode::SEE_OTHER, &page))
        }
        ("edit", _) => Err(TenantError::one("Tick one assignment to edit.")),
        _ => Err(TenantError::one("Choose what to do.")),
    };
    changed.unwrap_or_else(|problem| list_page(&at, Some(problem.to_string())))
}

fn remove(at: &AtApp, ticked: &[&str]) -> Result<(), TenantError> {
    at.edit(|app| {
        app.assignments
            .retain(|entry| !ticked.contains(&key(at.tenant(), entry).as_str()));
        Ok(())
    })
}

/// To whom an assignment of the file is.
fn assignee(tenant: &Tenant, entry: &AssignmentEntry) -> Option<Principal> {
    let directory = &tenant.directory;
    match (&entry.user, &entry.group) {
        (Some(name), _) => directory.user_called(name).map(Principal::User),
        (None, Some(name)) => directory.group(name).map(Principal::Group),
        (None, None) => None,
    }
}

/// How forms and addresses name an assignment: whose it is, and the value of its role.
fn key(tenant: &Tenant, entry: &AssignmentEntry) -> String {
    let whose = assignee(tenant, entry).map_or_else(String::new, |one| one.key(tenant));
    let role = entry.role.as_deref().unwrap_or_default();
    format!("{whose} {role}").trim().to_owned()
}

/// "Role assigned".
fn role_name(app: &AppEntry, role: Option<&str>) -> String {
    let Some(value) = role else {
        return DEFAULT_ACCESS.to_owned();
    };
    let known = app.app_roles.iter().find(|role| role.value == value);
    known.map_or(value, |role| &role.display_name).to_owned()
}

/// A role to choose: the word of the form, its name, and whether it is chosen.
struct RoleChoice {
    word: String,
    name: String,
    is_chosen: bool,
}

/// The word for no app role.
const DEFAULT_WORD: &str = "default";

/// Where an application has app roles, one of them; else Default Access (entra-behaviour.md 8, ASG).
fn role_choices(app: &AppEntry, chosen: &str) -> Vec<RoleChoice> {
    let choice = |word: String, name: &str| RoleChoice {
        is_chosen: word == chosen,
        name: name.to_owned(),
        word,
    };
    if app.app_roles.is_empty() {
        return vec![choice(DEFAULT_WORD.to_owned(), DEFAULT_ACCESS)];
    }
    let roles = app.app_roles.iter();
    roles
        .map(|role| choice(role_word(&role.value), &role.display_name))
        .collect()
}

/// How forms and addresses name an app role.
fn role_word(value: &str) -> String {
    format!("role:{value}")
}

/// The role that a word of a form means. Without app roles there is but one, which need not be chosen.
///
/// # Errors
/// That one has to be selected.
fn chosen_role(app: &AppEntry, word: &str) -> Result<Option<String>, TenantError> {
    if app.app_roles.is_empty() && (word.is_empty() || word == DEFAULT_WORD) {
        return Ok(None);
    }
    let known = app.app_roles.iter().find(|role| role_word(&role.value) == word);
    known
        .map(|role| Some(role.value.clone()))
        .ok_or_else(|| TenantError::one("Select a role."))
}

/// An assignment is there once.
fn check_new(app: &AppEntry, name: &str, entry: &AssignmentEntry) -> Result<(), TenantError> {
    if app.assignments.contains(entry) {
        return Err(TenantError::one(format!(
            "\u{201c}{name}\u{201d} is assigned with this role already."
        )));
    }
    Ok(())
}

/// The assignment of a user or a group, by the name that stays unique.
fn entry(tenant: &Tenant, principal: Principal, role: Option<String>) -> AssignmentEntry {
    let (user, group) = match principal {
        Principal::User(_) => (Some(principal.note(tenant).to_owned()), None),
        Principal::Group(_) => (None, Some(principal.name(tenant).to_owned())),
    };
    AssignmentEntry { user, group, role }
}

/// With every assignee by that name, so that two assignments can be compared.
fn by_whole_names(tenant: &Tenant, app: &mut AppEntry) {
    for assignment in &mut app.assignments {
        if let Some(principal) = assignee(tenant, assignment) {
            *assignment = entry(tenant, principal, assignment.role.take());
        }
    }
}

fn list_page(at: &AtApp, problem: Option<String>) -> Response {
    let (tenant, app) = (at.tenant(), &at.app().entry);
    let wanted = at.at.query.text("name");
    let all = app
        .assignments
        .iter()
        .filter_map(|entry| Some((entry, assignee(tenant, entry)?)));
    let found = all.filter(|(_, one)| one.is_found_by(tenant, wanted));
    let listed = |(entry, one): (&AssignmentEntry, Principal)| Listed {
        key: key(tenant, entry),
        name: one.name(tenant).to_owned(),
        href: one.href(tenant),
        note: one.note(tenant).to_owned(),
        object_type: one.object_type(),
        role: role_name(app, entry.role.as_deref()),
        nested: nested(tenant, one),
    };
    let frame = Frame::app(tenant, at.app(), "Users and groups", "/users").after(&at.at.query);
    let page = ListPage {
        frame: frame.with(problem),
        here: format!("{}/users", address(tenant, at.app())),
        wanted: wanted.to_owned(),
        assignments: Shown::first(found, listed),
        is_open: !app.assignment_required,
    };
    pages::page(page.frame.status(), &page)
}

/// The groups within a group.
fn nested(tenant: &Tenant, principal: Principal) -> String {
    let Principal::Group(place) = principal else {
        return String::new();
    };
    let members = tenant.file.groups[place].members.iter();
    let groups: Vec<_> = members.filter_map(|name| name.strip_prefix("group:")).collect();
    groups.join(", ")
}
