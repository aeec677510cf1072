//! The first page of a tenant, and the search.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::at::AtTenant;
use super::form::holds;
use super::frame::{Frame, address, home};
use super::labels;
use super::principals::Principal;
use crate::limits::PORTAL_ROWS_MAX;
use crate::pages;
use crate::tenant::Tenant;

#[derive(Template)]
#[template(path = "portal/home.html")]
struct HomePage {
    frame: Frame,
    services: Vec<Service>,
    id: String,
    domain: String,
}

#[derive(Template)]
#[template(path = "portal/search.html")]
struct SearchPage {
    frame: Frame,
    found: Vec<Service>,
}

/// Something that can be opened.
struct Service {
    label: String,
    earlier: String,
    note: String,
    href: String,
}

/// The services of a tenant: label, what is there, path.
const SERVICES: &[(&str, &str, &str)] = &[
    ("Microsoft Entra ID", "The directory", ""),
    ("Users", "All users: who can sign in", "/users"),
    ("Deleted users", "Users that can be restored", "/users/deleted"),
    (
        "Groups",
        "All groups: users who are granted access together",
        "/groups",
    ),
    ("Enterprise apps", "Applications that users sign in to", "/apps"),
    (
        "Notification mails",
        "The mails that would have been sent before a certificate expires",
        "/mails",
    ),
    ("Faults", "What the next sign-on does wrong on purpose", "/faults"),
];

/// The directory at a glance.
pub(crate) async fn page(at: AtTenant) -> Response {
    let tenant = at.tenant();
    let page = HomePage {
        frame: Frame::directory(tenant, "Microsoft Entra ID", ""),
        services: services(tenant).skip(1).collect(),
        id: tenant.id.to_string(),
        domain: tenant.domain().to_owned(),
    };
    pages::page(StatusCode::OK, &page)
}

/// Finds services by today's and earlier labels, and applications, users and groups by name.
pub(crate) async fn search(at: AtTenant) -> Response {
    let tenant = at.tenant();
    let wanted = at.query.text("q");
    let mut frame = Frame::directory(tenant, "Search", "/search");
    wanted.clone_into(&mut frame.search);
    let is_found =
        |service: &Service| labels::is_found_by(&service.label, wanted) || holds(&service.note, wanted);
    let found = services(tenant).filter(is_found);
    let apps = tenant.apps.iter().filter(|app| holds(&app.entry.name, wanted));
    let apps = apps.map(|app| Service {
        label: app.entry.name.clone(),
        earlier: String::new(),
        note: "Enterprise application".to_owned(),
        href: address(tenant, app),
    });
    let principals = Principal::all(tenant).filter(|one| one.is_found_by(tenant, wanted));
    let principals = principals.map(|one| Service {
        label: one.name(tenant).to_owned(),
        earlier: String::new(),
        note: format!("{}, {}", one.object_type(), one.note(tenant)),
        href: one.href(tenant),
    });
    let found = found
        .chain(apps)
        .chain(principals)
        .take(PORTAL_ROWS_MAX)
        .collect();
    pages::page(StatusCode::OK, &SearchPage { frame, found })
}

fn services(tenant: &Tenant) -> impl Iterator<Item = Service> {
    let home = home(tenant);
    let trace = Service {
        label: "Flow trace".to_owned(),
        earlier: String::new(),
        note: "Every sign-on and sign-out, live".to_owned(),
        href: super::flows::address(tenant),
    };
    let of_directory = SERVICES.iter().map(move |(label, note, path)| Service {
        label: (*label).to_owned(),
        earlier: labels::earlier(label),
        note: (*note).to_owned(),
        href: format!("{home}{path}"),
    });
    of_directory.chain(std::iter::once(trace))
}
