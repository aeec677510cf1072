//! Enterprise apps: the list, and New application.

use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::tenant::{AppEntry, SingleSignOn, TenantFile};

use super::at::AtTenant;
use super::done;
use super::form::{Form, holds};
use super::frame::{Frame, address, home};
use super::principals::Shown;
use crate::pages;
use crate::tenant::embedded::embedded;
use crate::tenant::{App, Tenant, TenantError};

/// Characters of an application's name.
const NAME_CHARACTERS_MAX: usize = 120;

/// The template of an application that is not in the gallery.
const NON_GALLERY: &str = "non-gallery";

#[derive(Template)]
#[template(path = "portal/apps.html")]
struct ListPage {
    frame: Frame,
    apps: Shown<Listed>,
    wanted: String,
}

struct Listed {
    name: String,
    href: String,
    object_id: String,
    app_id: String,
    identifier: String,
}

#[derive(Template)]
#[template(path = "portal/gallery.html")]
struct GalleryPage {
    frame: Frame,
    entries: Vec<GalleryEntry>,
    wanted: String,
    name: String,
}

/// An application of the gallery.
#[derive(Clone, Copy)]
struct GalleryEntry {
    template: &'static str,
    name: &'static str,
    summary: &'static str,
}

/// The four guides' applications. Upwork's guide alone says that its entry is configured beforehand; Contoso's application
/// is the pattern for it.
const GALLERY: &[GalleryEntry] = &[
    GalleryEntry {
        template: "iomete",
        name: "IOMETE",
        summary: "SAML. Nothing is filled in beforehand.",
    },
    GalleryEntry {
        template: "sipgate",
        name: "sipgate",
        summary: "SAML. Nothing is filled in beforehand.",
    },
    GalleryEntry {
        template: "upsales",
        name: "Upsales",
        summary: "SAML. Nothing is filled in beforehand.",
    },
    GalleryEntry {
        template: "upwork-enterprise",
        name: "Upwork Enterprise",
        summary: "SAML. Identifier, Reply URL and claims are filled in beforehand.",
    },
];

/// Every application.
pub(crate) async fn list(at: AtTenant) -> Response {
    let tenant = at.tenant();
    let wanted = at.query.text("name");
    let is_wanted = |app: &&App| holds(&app.entry.name, wanted) || app.object_id.to_string() == wanted;
    let listed = |app: &App| Listed {
        name: app.entry.name.clone(),
        href: address(tenant, app),
        object_id: app.object_id.to_string(),
        app_id: app.id.to_string(),
        identifier: app.entry.identifiers.first().cloned().unwrap_or_default(),
    };
    let page = ListPage {
        frame: Frame::directory(tenant, "Enterprise apps", "/apps").after(&at.query),
        apps: Shown::first(tenant.apps.iter().filter(is_wanted), listed),
        wanted: wanted.to_owned(),
    };
    pages::page(StatusCode::OK, &page)
}

/// New application.
pub(crate) async fn gallery(at: AtTenant) -> Response {
    gallery_page(at.tenant(), at.query.text("search"), "", None)
}

/// Adds an application.
pub(crate) async fn create(at: AtTenant, body: Bytes) -> Response {
    let form = Form::read(&body);
    let name = form.text("name");
    if let Err(problem) = add(&at, name, form.text("template")) {
        return gallery_page(at.tenant(), "", name, Some(problem.to_string()));
    }
    let tenant = at.slot.view().tenant;
    let app = tenant.apps.iter().find(|app| app.entry.name == name);
    let page = app.map_or_else(|| home(&tenant), |app| address(&tenant, app));
    done(&page, "app-added")
}

fn gallery_page(tenant: &Tenant, wanted: &str, name: &str, problem: Option<String>) -> Response {
    let frame = Frame::directory(tenant, "New application", "/apps")
        .below("Enterprise apps", format!("{}/apps", home(tenant)));
    let status = if problem.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let is_wanted = |entry: &&GalleryEntry| holds(entry.name, wanted);
    let page = GalleryPage {
        frame: Frame { problem, ..frame },
        entries: GALLERY.iter().filter(is_wanted).copied().collect(),
        wanted: wanted.to_owned(),
        name: name.to_owned(),
    };
    pages::page(status, &page)
}

fn add(at: &AtTenant, name: &str, template: &str) -> Result<(), TenantError> {
    at.edit(|file| {
        check_name(file, name, None)?;
        file.apps.push(new(file, name, template)?);
        Ok(())
    })
}

/// An application's name is its own.
pub(super) fn check_name(file: &TenantFile, name: &str, own: Option<&str>) -> Result<(), TenantError> {
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
        return Err(TenantError::one(format!(
            "A name has 1 to {NAME_CHARACTERS_MAX} characters."
        )));
    }
    let is_taken = |app: &AppEntry| app.name.eq_ignore_ascii_case(name) && Some(app.name.as_str()) != own;
    if file.apps.iter().any(is_taken) {
        return Err(TenantError::one(format!(
            "There is an application called \u{201c}{name}\u{201d} already. Entra allows that; here applications are told apart by name: choose another."
        )));
    }
    Ok(())
}

/// A new application, as the gallery has it. An identifier that another application has is not saved with it, since each
/// belongs to one: Basic SAML Configuration has it filled in, and tells the conflict when it is saved (uncertain).
fn new(file: &TenantFile, name: &str, template: &str) -> Result<AppEntry, TenantError> {
    if template != NON_GALLERY && !GALLERY.iter().any(|entry| entry.template == template) {
        return Err(TenantError::one(
            "Choose an application of the gallery, or create your own.",
        ));
    }
    let mut app = match pattern(template) {
        Some(pattern) => pattern,
        None => AppEntry::new(name),
    };
    name.clone_into(&mut app.name);
    app.template = Some(template.to_owned());
    app.single_sign_on = SingleSignOn::Disabled;
    app.certificates = Vec::new();
    app.assignments = Vec::new();
    let is_taken = |identifier: &String| {
        file.apps
            .iter()
            .any(|other| other.identifiers.contains(identifier))
    };
    app.identifiers.retain(|identifier| !is_taken(identifier));
    Ok(app)
}

/// What the gallery fills in for this template, if anything.
pub(super) fn pattern(template: &str) -> Option<AppEntry> {
    let contoso = embedded("contoso").filter(|_| template != NON_GALLERY)?;
    let mut apps = contoso.apps.into_iter();
    apps.find(|app| app.template.as_deref() == Some(template))
}
