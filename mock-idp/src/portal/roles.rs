//! App roles of an application.

use askama::Template;
use axum::body::Bytes;
use axum::response::Response;
use control_api::tenant::AppRoleEntry;

use super::at::AtApp;
use super::done;
use super::form::Form;
use super::frame::{Frame, address};
use crate::limits::is_longer;
use crate::pages;
use crate::tenant::TenantError;

/// Characters of a display name (Microsoft Graph, appRole resource).
const NAME_CHARACTERS_MAX: usize = 100;

/// Characters of a value (Microsoft Graph, appRole resource).
const VALUE_CHARACTERS_MAX: usize = 120;

/// App roles of one application.
const ROLES_MAX: usize = 1200;

#[derive(Template)]
#[template(path = "portal/roles.html")]
struct RolesPage {
    frame: Frame,
    here: String,
    roles: Vec<Role>,
    name: String,
    value: String,
}

struct Role {
    name: String,
    value: String,
    assignments: usize,
}

/// The app roles.
pub(crate) async fn page(at: AtApp) -> Response {
    roles_page(&at, &Form::default(), None)
}

/// Creates a role, or deletes one.
pub(crate) async fn change(at: AtApp, body: Bytes) -> Response {
    let form = Form::read(&body);
    let changed = if form.has("delete") {
        delete(&at, form.text("delete")).map(|()| "role-deleted")
    } else {
        add(&at, &form).map(|()| "role-added")
    };
    match changed {
        Ok(notice) => done(&here(&at), notice),
        Err(problem) => roles_page(&at, &form, Some(problem.to_string())),
    }
}

fn add(at: &AtApp, form: &Form) -> Result<(), TenantError> {
    let (name, value) = (form.text("display_name"), form.text("value"));
    let problem = |problem: String| Err(TenantError::one(problem));
    if name.is_empty() || is_longer(name, NAME_CHARACTERS_MAX) {
        return problem(format!("Display name: 1 to {NAME_CHARACTERS_MAX} characters."));
    }
    let is_word = !value.contains(|sign: char| sign.is_whitespace() || sign.is_control());
    if value.is_empty() || is_longer(value, VALUE_CHARACTERS_MAX) || !is_word || value.starts_with('.') {
        return problem(format!(
            "Value: 1 to {VALUE_CHARACTERS_MAX} characters without spaces, of which the first is no period."
        ));
    }
    at.edit(|app| {
        if app.app_roles.len() >= ROLES_MAX {
            return problem(format!("An application has at most {ROLES_MAX} app roles."));
        }
        if app.app_roles.iter().any(|role| role.value == value) {
            return problem(format!(
                "There is an app role with the value \u{201c}{value}\u{201d} already."
            ));
        }
        app.app_roles.push(AppRoleEntry {
            value: value.to_owned(),
            display_name: name.to_owned(),
        });
        Ok(())
    })
}

fn delete(at: &AtApp, value: &str) -> Result<(), TenantError> {
    at.edit(|app| {
        let is_wanted = |role: &AppRoleEntry| role.value.trim() == value;
        let Some(place) = app.app_roles.iter().position(is_wanted) else {
            return Err(TenantError::one("This app role is not there any more."));
        };
        let role = &app.app_roles[place];
        let mut assigned = app.assignments.iter();
        if assigned.any(|entry| entry.role.as_ref() == Some(&role.value)) {
            return Err(TenantError::one(format!(
                "\u{201c}{}\u{201d} is assigned: remove its assignments under Users and groups first.",
                role.display_name
            )));
        }
        app.app_roles.remove(place);
        Ok(())
    })
}

fn here(at: &AtApp) -> String {
    format!("{}/roles", address(at.tenant(), at.app()))
}

fn roles_page(at: &AtApp, typed: &Form, problem: Option<String>) -> Response {
    let app = &at.app().entry;
    let role = |role: &AppRoleEntry| Role {
        name: role.display_name.clone(),
        value: role.value.clone(),
        assignments: app
            .assignments
            .iter()
            .filter(|entry| entry.role.as_ref() == Some(&role.value))
            .count(),
    };
    let frame = Frame::app(at.tenant(), at.app(), "App roles", "/roles").after(&at.at.query);
    let page = RolesPage {
        frame: frame.with(problem),
        here: here(at),
        roles: app.app_roles.iter().map(role).collect(),
        name: typed.text("display_name").to_owned(),
        value: typed.text("value").to_owned(),
    };
    pages::page(page.frame.status(), &page)
}
