//! My Apps (entra-behaviour.md 1).

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::page;
use crate::addresses::Addresses;
use crate::tenant::{Tenant, User};

#[derive(Template)]
#[template(path = "my_apps.html")]
struct MyAppsPage {
    tenant: String,
    user: String,
    upn: String,
    sign_out: String,
    tiles: Vec<Tile>,
}

struct Tile {
    name: String,
    initials: String,
    launch: String,
    starts_at: &'static str,
}

/// The tiles of a user's applications.
pub(crate) fn my_apps(tenant: &Tenant, user: &User, addresses: &Addresses) -> Response {
    let assigned = tenant
        .apps
        .iter()
        .filter(|app| app.entry.enabled && app.entry.visible && tenant.roles(app, user.id).is_some());
    let template = MyAppsPage {
        tenant: tenant.file.tenant.display_name.clone(),
        user: user.entry.display_name.clone(),
        upn: user.entry.user_principal_name.clone(),
        sign_out: format!("/{}/oauth2/logout", tenant.id),
        tiles: assigned
            .map(|app| Tile {
                name: app.entry.name.clone(),
                initials: app.entry.name.chars().take(2).collect(),
                launch: addresses.launch(tenant.id, app.id),
                starts_at: if app.entry.sign_on_url.is_empty() {
                    "IdP-initiated"
                } else {
                    "Opens the Sign on URL"
                },
            })
            .collect(),
    };
    page(StatusCode::OK, &template)
}
