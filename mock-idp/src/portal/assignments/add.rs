//! Add Assignment. The page and its two selections are one address: what is selected so far is in its query.

use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;

use super::{RoleChoice, by_whole_names, check_new, chosen_role, entry, role_choices};
use crate::pages;
use crate::portal::at::AtApp;
use crate::portal::done;
use crate::portal::form::Form;
use crate::portal::frame::{Frame, address};
use crate::portal::principals::{NONE_SELECTED, Principal, Selection, count_selected, query, selected};
use crate::tenant::{Tenant, TenantError};

#[derive(Template)]
#[template(path = "portal/assign.html")]
struct AddPage {
    frame: Frame,
    chosen: Vec<Chosen>,
    count: String,
    role: String,
    role_word: String,
    cancel: String,
}

/// A selected user or group.
struct Chosen {
    key: String,
    name: String,
    note: String,
}

#[derive(Template)]
#[template(path = "portal/assign_users.html")]
struct UsersPage {
    frame: Frame,
    selection: Selection,
    search: &'static str,
    role_word: String,
    cancel: String,
}

#[derive(Template)]
#[template(path = "portal/assign_role.html")]
struct RolePage {
    frame: Frame,
    chosen: Vec<Chosen>,
    roles: Vec<RoleChoice>,
    cancel: String,
}

/// Add Assignment, or the selection that was opened.
pub(crate) async fn page(at: AtApp) -> Response {
    let typed = &at.at.query;
    match typed.text("open") {
        "users" => users_page(&at, typed),
        "roles" => role_page(&at, typed),
        _ => add_page(&at, typed, None),
    }
}

/// Assigns who was selected.
pub(crate) async fn assign(at: AtApp, body: Bytes) -> Response {
    let form = Form::read(&body);
    match save(&at, &form) {
        Ok(()) => done(&list(&at), "assigned"),
        Err(problem) => add_page(&at, &form, Some(problem.to_string())),
    }
}

fn save(at: &AtApp, form: &Form) -> Result<(), TenantError> {
    let tenant = at.tenant();
    let chosen = selected(tenant, form);
    if chosen.is_empty() {
        return Err(TenantError::one("Select users or groups first."));
    }
    at.edit(|app| {
        let role = chosen_role(app, form.text("role"))?;
        by_whole_names(tenant, app);
        for principal in chosen {
            let new = entry(tenant, principal, role.clone());
            check_new(app, principal.name(tenant), &new)?;
            app.assignments.push(new);
        }
        Ok(())
    })
}

fn add_page(at: &AtApp, typed: &Form, problem: Option<String>) -> Response {
    let (tenant, app) = (at.tenant(), &at.app().entry);
    let principals = selected(tenant, typed);
    let word = typed.text("role");
    let roles = role_choices(app, word);
    let chosen = roles.into_iter().find(|role| role.is_chosen);
    let page = AddPage {
        frame: frame(at, "Add Assignment").with(problem),
        count: count_selected(&principals),
        chosen: shown(tenant, &principals),
        role_word: if chosen.is_some() {
            word.to_owned()
        } else {
            String::new()
        },
        role: chosen.map_or_else(|| NONE_SELECTED.to_owned(), |role| role.name),
        cancel: list(at),
    };
    pages::page(page.frame.status(), &page)
}

fn users_page(at: &AtApp, typed: &Form) -> Response {
    let page = UsersPage {
        frame: below(at, "Users and groups"),
        selection: Selection::new(at.tenant(), typed, |_| true),
        search: "users",
        role_word: typed.text("role").to_owned(),
        cancel: back(at, typed),
    };
    pages::page(StatusCode::OK, &page)
}

fn role_page(at: &AtApp, typed: &Form) -> Response {
    let tenant = at.tenant();
    let page = RolePage {
        frame: below(at, "Select a role"),
        chosen: shown(tenant, &selected(tenant, typed)),
        roles: role_choices(&at.app().entry, typed.text("role")),
        cancel: back(at, typed),
    };
    pages::page(StatusCode::OK, &page)
}

fn shown(tenant: &Tenant, principals: &[Principal]) -> Vec<Chosen> {
    let chosen = |one: &Principal| Chosen {
        key: one.key(tenant),
        name: one.name(tenant).to_owned(),
        note: one.note(tenant).to_owned(),
    };
    principals.iter().map(chosen).collect()
}

fn frame(at: &AtApp, title: &str) -> Frame {
    Frame::app(at.tenant(), at.app(), title, "/users").below("Users and groups", list(at))
}

fn below(at: &AtApp, title: &str) -> Frame {
    frame(at, title).below("Add Assignment", format!("{}/add", list(at)))
}

/// Users and groups of the application.
fn list(at: &AtApp) -> String {
    format!("{}/users", address(at.tenant(), at.app()))
}

/// Add Assignment with what was selected before.
fn back(at: &AtApp, typed: &Form) -> String {
    let keys = selected(at.tenant(), typed)
        .into_iter()
        .map(|one| one.key(at.tenant()));
    let keys: Vec<_> = keys.collect();
    let pairs = keys.iter().map(|key| ("selected", key.as_str()));
    let role = Some(("role", typed.text("role"))).filter(|(_, role)| !role.is_empty());
    format!("{}/add{}", list(at), query(pairs.chain(role)))
}
