//! One application: Overview and Properties.

use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;

use super::apps::check_name;
use super::at::AtApp;
use super::form::Form;
use super::frame::{Frame, address, home};
use super::{done, labels};
use crate::pages;
use crate::tenant::TenantError;

/// Characters of "Notes" (entra-behaviour.md 8).
const NOTES_CHARACTERS_MAX: usize = 1024;

#[derive(Template)]
#[template(path = "portal/overview.html")]
struct OverviewPage {
    frame: Frame,
    name: String,
    app_id: String,
    object_id: String,
    steps: Vec<Step>,
}

struct Step {
    label: &'static str,
    earlier: String,
    note: &'static str,
    href: String,
}

#[derive(Template)]
#[template(path = "portal/properties.html")]
struct PropertiesPage {
    frame: Frame,
    choices: Vec<Choice>,
    name: String,
    homepage_url: String,
    notes: String,
    access: String,
    app_id: String,
    object_id: String,
}

/// A Yes/No choice.
struct Choice {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    is_yes: bool,
}

/// Overview.
pub(crate) async fn overview(at: AtApp) -> Response {
    let (tenant, app) = (at.tenant(), at.app());
    let here = address(tenant, app);
    let step = |label, note, path: &str| Step {
        label,
        earlier: labels::earlier(label),
        note,
        href: format!("{here}{path}"),
    };
    let page = OverviewPage {
        frame: Frame::app(tenant, app, "Overview", "").after(&at.at.query),
        name: app.entry.name.clone(),
        app_id: app.id.to_string(),
        object_id: app.object_id.to_string(),
        steps: vec![
            step(
                "Assign users and groups",
                "Provide specific users and groups access to the applications",
                "/users",
            ),
            step(
                "Set up single sign on",
                "Enable users to sign into their application using their Microsoft Entra credentials",
                "/sso",
            ),
        ],
    };
    pages::page(StatusCode::OK, &page)
}

/// Properties.
pub(crate) async fn properties(at: AtApp) -> Response {
    let mut page = PropertiesPage::new(&at);
    page.frame = page.frame.after(&at.at.query);
    pages::page(StatusCode::OK, &page)
}

/// Saves the properties, or deletes the application.
pub(crate) async fn save(at: AtApp, body: Bytes) -> Response {
    let form = Form::read(&body);
    let saved = if form.text("action") == "delete" {
        delete(&at, &form).map(|()| done(&format!("{}/apps", home(at.tenant())), "app-deleted"))
    } else {
        let page = format!("{}/properties", address(at.tenant(), at.app()));
        change(&at, &form).map(|()| done(&page, "saved"))
    };
    saved.unwrap_or_else(|problem| {
        let mut page = PropertiesPage::new(&at);
        if form.text("action") != "delete" {
            page = page.typed(&form);
        }
        page.frame = page.frame.refused(problem.to_string());
        pages::page(StatusCode::BAD_REQUEST, &page)
    })
}

fn delete(at: &AtApp, form: &Form) -> Result<(), TenantError> {
    if !form.has("sure") {
        return Err(TenantError::one(
            "Tick the box to say that you want to delete the application.",
        ));
    }
    let name = &at.app().entry.name;
    at.at.edit(|file| {
        file.apps.retain(|entry| entry.name != *name);
        Ok(())
    })
}

fn change(at: &AtApp, form: &Form) -> Result<(), TenantError> {
    let (name, notes) = (form.text("name"), form.text("notes"));
    if notes.chars().count() > NOTES_CHARACTERS_MAX {
        return Err(TenantError::one(format!(
            "Notes have at most {NOTES_CHARACTERS_MAX} characters."
        )));
    }
    let app = at.app();
    at.at.edit(|file| {
        let old = &app.entry.name;
        check_name(file, name, Some(old))?;
        let policies = file.conditional_access.iter_mut();
        for named in policies
            .flat_map(|policy| &mut policy.apps)
            .filter(|named| *named == old)
        {
            name.clone_into(named);
        }
        for entry in file.apps.iter_mut().filter(|entry| entry.name == *old) {
            // The ids are derived from the name where the file gives none; a new name keeps them.
            entry.app_id = Some(app.id);
            entry.object_id = Some(app.object_id);
            name.clone_into(&mut entry.name);
            entry.enabled = form.yes("enabled");
            entry.assignment_required = form.yes("assignment_required");
            entry.visible = form.yes("visible");
            form.text("homepage_url").clone_into(&mut entry.homepage_url);
            notes.clone_into(&mut entry.notes);
        }
        Ok(())
    })
}

impl PropertiesPage {
    fn new(at: &AtApp) -> Self {
        let (tenant, app) = (at.tenant(), at.app());
        let entry = &app.entry;
        let choice = |name, label, hint, is_yes| Choice {
            name,
            label,
            hint,
            is_yes,
        };
        Self {
            frame: Frame::app(tenant, app, "Properties", "/properties"),
            choices: vec![
                choice(
                    "enabled",
                    "Enabled for users to sign in?",
                    "No: nobody can sign in to the application.",
                    entry.enabled,
                ),
                choice(
                    "assignment_required",
                    "Assignment required?",
                    "No: everyone, guests included, may sign in.",
                    entry.assignment_required,
                ),
                choice(
                    "visible",
                    "Visible to users?",
                    "No: assigned users see no tile in My Apps.",
                    entry.visible,
                ),
            ],
            name: entry.name.clone(),
            homepage_url: entry.homepage_url.clone(),
            notes: entry.notes.clone(),
            access: at.at.idp.state.addresses.launch(tenant.id, app.id),
            app_id: app.id.to_string(),
            object_id: app.object_id.to_string(),
        }
    }

    /// With what was typed.
    fn typed(mut self, form: &Form) -> Self {
        for choice in &mut self.choices {
            choice.is_yes = form.yes(choice.name);
        }
        form.text("name").clone_into(&mut self.name);
        form.text("homepage_url").clone_into(&mut self.homepage_url);
        form.text("notes").clone_into(&mut self.notes);
        self
    }
}
