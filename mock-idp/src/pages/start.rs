//! The start page.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::page;
use crate::SpLink;
use crate::addresses::Addresses;
use crate::tenant::{App, Tenant};

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage {
    version: &'static str,
    tenants: Vec<TenantView>,
}

struct TenantView {
    id: String,
    name: String,
    issuer: String,
    domains: Vec<String>,
    my_apps: String,
    metadata: String,
    login: String,
    users: Vec<UserView>,
    apps: Vec<AppView>,
}

struct UserView {
    upn: String,
    password: String,
    note: String,
}

struct AppView {
    name: String,
    launch: String,
    link: Option<SpLink>,
    rows: Vec<Row>,
}

/// A named value; an address to go to is a link, one to paste elsewhere is not.
struct Row {
    label: &'static str,
    value: String,
    is_link: bool,
}

/// What this is, and every address of every tenant.
pub(crate) fn start(tenants: &[(Arc<Tenant>, Vec<SpLink>)], addresses: &Addresses) -> Response {
    let template = StartPage {
        version: env!("CARGO_PKG_VERSION"),
        tenants: tenants
            .iter()
            .map(|(tenant, links)| TenantView::new(tenant, links, addresses))
            .collect(),
    };
    page(StatusCode::OK, &template)
}

impl TenantView {
    fn new(tenant: &Tenant, links: &[SpLink], addresses: &Addresses) -> Self {
        let user = |user: &crate::tenant::User| UserView {
            upn: user.entry.user_principal_name.clone(),
            password: user.password.clone(),
            note: note(user),
        };
        Self {
            id: tenant.id.to_string(),
            name: tenant.file.tenant.display_name.clone(),
            issuer: tenant.issuer(),
            domains: tenant.file.tenant.domains.clone(),
            my_apps: addresses.my_apps(tenant.id),
            metadata: addresses.metadata(tenant.id, None),
            login: addresses.login(tenant.id),
            users: tenant.users.iter().map(user).collect(),
            apps: tenant
                .apps
                .iter()
                .map(|app| AppView::new(app, tenant, links, addresses))
                .collect(),
        }
    }
}

impl AppView {
    fn new(app: &App, tenant: &Tenant, links: &[SpLink], addresses: &Addresses) -> Self {
        let entry = &app.entry;
        let launch = addresses.launch(tenant.id, app.id);
        let link = links.iter().find(|link| link.app == entry.name).cloned();
        let row = |label, value: String, is_link| Row {
            label,
            value,
            is_link,
        };
        let mut rows = vec![
            row("Identifier (Entity ID)", entry.identifiers.join("  "), false),
            row(
                "Reply URL (Assertion Consumer Service URL)",
                entry.reply_urls.join("  "),
                false,
            ),
            row("Sign on URL", entry.sign_on_url.clone(), true),
            row("Logout Url", entry.logout_url.clone(), false),
            row(
                "App Federation Metadata Url",
                addresses.metadata(tenant.id, Some(app.id)),
                true,
            ),
            row("Login URL", addresses.login(tenant.id), false),
            row("User access URL", launch.clone(), true),
            row("Application ID", app.id.to_string(), false),
        ];
        if let Some(link) = &link {
            rows.push(row("Starts at the service provider", link.login.clone(), true));
            rows.push(row("Who is signed in there", link.whoami.clone(), true));
            rows.push(row("Service provider", link.home.clone(), true));
        }
        Self {
            name: entry.name.clone(),
            launch,
            link,
            rows,
        }
    }
}

fn note(user: &crate::tenant::User) -> String {
    let mut notes = vec![user.entry.display_name.clone()];
    if user.is_guest() {
        notes.push("guest".to_owned());
    }
    if !user.entry.account_enabled {
        notes.push("account disabled".to_owned());
    }
    if user.entry.mail.is_none() {
        notes.push("no mail".to_owned());
    }
    notes.join(", ")
}
