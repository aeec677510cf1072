//! Users: All users, and Deleted users.

pub(super) mod edit;
mod fields;
pub(super) mod invite;
pub(super) mod new;
mod upn;
pub(super) mod user;

use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

use super::at::AtTenant;
use super::done;
use super::form::Form;
use super::frame::{Frame, home};
use super::principals::{Principal, Shown};
use crate::tenant::TenantError;
use crate::tenant::slot::DeletedUser;
use crate::web::sentence;
use crate::{actions, pages};

#[derive(Template)]
#[template(path = "portal/users.html")]
struct ListPage {
    frame: Frame,
    wanted: String,
    users: Shown<Listed>,
}

struct Listed {
    name: String,
    href: String,
    upn: String,
    user_type: &'static str,
    account_enabled: bool,
    id: String,
}

#[derive(Template)]
#[template(path = "portal/deleted.html")]
struct DeletedPage {
    frame: Frame,
    users: Shown<Deleted>,
    wanted: String,
}

struct Deleted {
    name: String,
    upn: String,
    id: String,
}

/// All users.
pub(crate) async fn list(at: AtTenant) -> Response {
    let tenant = at.tenant();
    let wanted = at.query.text("name");
    let places = 0..tenant.users.len();
    let found = places.filter(|place| Principal::User(*place).is_found_by(tenant, wanted));
    let listed = |place: usize| {
        let user = &tenant.users[place];
        Listed {
            name: user.entry.display_name.clone(),
            href: Principal::User(place).href(tenant),
            upn: user.entry.user_principal_name.clone(),
            user_type: user_type(user.is_guest()),
            account_enabled: user.entry.account_enabled,
            id: user.id.to_string(),
        }
    };
    let page = ListPage {
        frame: Frame::directory(tenant, "Users", "/users").after(&at.query),
        wanted: wanted.to_owned(),
        users: Shown::first(found, listed),
    };
    pages::page(StatusCode::OK, &page)
}

/// Deleted users.
pub(crate) async fn deleted(at: AtTenant) -> Response {
    deleted_page(&at, None)
}

/// Restores a deleted user.
pub(crate) async fn restore(at: AtTenant, body: Bytes) -> Response {
    let form = Form::read(&body);
    let id = form.text("user").parse::<Uuid>();
    let restored = match id {
        Ok(id) => {
            let restored = at.act(|state| actions::restore_user(state, id));
            restored.map_err(|problem| TenantError::one(sentence(&problem.to_string())))
        }
        Err(_) => Err(TenantError::one("Select the user to restore.")),
    };
    match restored {
        Ok(()) => done(&format!("{}/users", home(at.tenant())), "user-restored"),
        Err(problem) => deleted_page(&at, Some(problem.to_string())),
    }
}

fn deleted_page(at: &AtTenant, problem: Option<String>) -> Response {
    let wanted = at.query.text("name");
    let state = at.slot.lock();
    let is_found = |user: &&DeletedUser| {
        let (entry, id) = (&user.entry, user.entry.id.unwrap_or_default());
        super::form::holds(&entry.display_name, wanted)
            || super::form::holds(&entry.user_principal_name, wanted)
            || id.to_string() == wanted
    };
    // The newest first.
    let found = state.deleted.iter().rev().filter(is_found);
    let users = Shown::first(found, |user| Deleted {
        name: user.entry.display_name.clone(),
        upn: user.entry.user_principal_name.clone(),
        id: user.entry.id.unwrap_or_default().to_string(),
    });
    drop(state);
    let frame = Frame::directory(at.tenant(), "Deleted users", "/users/deleted")
        .below("Users", format!("{}/users", home(at.tenant())))
        .after(&at.query);
    let page = DeletedPage {
        frame: frame.with(problem),
        users,
        wanted: wanted.to_owned(),
    };
    pages::page(page.frame.status(), &page)
}

/// "User type".
fn user_type(is_guest: bool) -> &'static str {
    if is_guest { "Guest" } else { "Member" }
}
