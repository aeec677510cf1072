//! Edit Assignment: another role for an assignment.

use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::tenant::AssignmentEntry;

use super::{
    RoleChoice, assignee, by_whole_names, check_new, chosen_role, entry, key, list_page, role_choices,
    role_name, role_word,
};
use crate::pages;
use crate::portal::at::AtApp;
use crate::portal::done;
use crate::portal::form::Form;
use crate::portal::frame::{Frame, address};
use crate::portal::principals::Principal;
use crate::tenant::TenantError;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "portal/assign_edit.html")]
struct EditPage {
    frame: Frame,
    key: String,
    name: String,
    note: String,
    role: String,
    roles: Vec<RoleChoice>,
    cancel: String,
}

/// The form; without an assignment, the list of them.
pub(crate) async fn page(at: AtApp) -> Response {
    edit_page(&at, &at.at.query, None)
}

/// Saves the role.
pub(crate) async fn save(at: AtApp, body: Bytes) -> Response {
    let form = Form::read(&body);
    match change(&at, &form) {
        Ok(()) => done(&list(&at), "saved"),
        Err(problem) => edit_page(&at, &form, Some(problem.to_string())),
    }
}

fn change(at: &AtApp, form: &Form) -> Result<(), TenantError> {
    let tenant = at.tenant();
    let wanted = form.text("assignment");
    at.edit(|app| {
        let role = chosen_role(app, form.text("role"))?;
        by_whole_names(tenant, app);
        let mut entries = app.assignments.iter();
        let place = entries.position(|entry| key(tenant, entry) == wanted);
        let found = place.and_then(|place| Some((place, assignee(tenant, &app.assignments[place])?)));
        let (place, principal) =
            found.ok_or_else(|| TenantError::one("This assignment is not there any more."))?;
        let new = entry(tenant, principal, role);
        if app.assignments[place] != new {
            check_new(app, principal.name(tenant), &new)?;
        }
        app.assignments[place] = new;
        Ok(())
    })
}

fn edit_page(at: &AtApp, typed: &Form, problem: Option<String>) -> Response {
    let (tenant, app) = (at.tenant(), &at.app().entry);
    let wanted = typed.text("assignment");
    let entry = app.assignments.iter().find(|entry| key(tenant, entry) == wanted);
    let found = entry.and_then(|entry| Some((entry, assignee(tenant, entry)?)));
    let Some((entry, principal)) = found else {
        return match problem {
            Some(problem) => list_page(at, Some(problem)),
            None => redirect(StatusCode::SEE_OTHER, &list(at)),
        };
    };
    let page = EditPage {
        frame: Frame::app(tenant, at.app(), "Edit Assignment", "/users")
            .below("Users and groups", list(at))
            .with(problem),
        key: wanted.to_owned(),
        name: name(at, principal),
        note: principal.note(tenant).to_owned(),
        role: role_name(app, entry.role.as_deref()),
        roles: role_choices(app, &chosen(entry, typed)),
        cancel: list(at),
    };
    pages::page(page.frame.status(), &page)
}

/// The role that was chosen, else the one that is assigned.
fn chosen(entry: &AssignmentEntry, typed: &Form) -> String {
    match (typed.text("role"), &entry.role) {
        ("", Some(value)) => role_word(value),
        ("", None) => super::DEFAULT_WORD.to_owned(),
        (word, _) => word.to_owned(),
    }
}

fn name(at: &AtApp, principal: Principal) -> String {
    principal.name(at.tenant()).to_owned()
}

fn list(at: &AtApp) -> String {
    format!("{}/users", address(at.tenant(), at.app()))
}
