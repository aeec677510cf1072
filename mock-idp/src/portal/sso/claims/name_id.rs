//! "Manage claim" of the required claim: Unique User Identifier (Name ID) (entra-behaviour.md 3.3, 4.1).

use axum::body::Bytes;
use axum::response::Response;
use control_api::tenant::AppEntry;
use serde_json::{Value, json};

use super::edit::{Keys, edit, sendable};
use super::listed::name_id_default;
use super::page::{Draft, ManagePage, blank_origin, too_many};
use super::{here, to_list_if_locked};
use crate::limits::CONDITIONS_SHOWN_MAX;
use crate::pages;
use crate::portal::at::AtApp;
use crate::portal::done;
use crate::tenant::TenantError;

/// "Choose name identifier format".
const FORMATS: &[(&str, &str)] = &[
    ("default", "Default"),
    ("persistent", "Persistent"),
    ("emailAddress", "Email address"),
    ("unspecified", "Unspecified"),
    ("windowsDomainQualifiedName", "Windows domain qualified name"),
];

/// The form as it was saved.
pub(crate) async fn page(at: AtApp) -> Response {
    if let Some(list) = to_list_if_locked(&at) {
        return list;
    }
    let entry = &at.app().entry.name_id;
    if entry.conditions.len() > CONDITIONS_SHOWN_MAX {
        return too_many(entry.conditions.len());
    }
    let json = json!(entry);
    let format = json["format"].as_str().unwrap_or_default();
    let mut own = vec![("format".to_owned(), format.to_owned())];
    if entry.origin.is_none() {
        own.push(("attribute".to_owned(), name_id_default(entry.format).to_owned()));
    }
    show(&at, &Draft::of(&json, own))
}

/// Saves the form, or changes its rows.
pub(crate) async fn save(at: AtApp, body: Bytes) -> Response {
    let mut draft = Draft::typed(&body);
    if !draft.is_saved() {
        return to_list_if_locked(&at).unwrap_or_else(|| show(&at, &draft));
    }
    match edit(&at, |app| changed(app, &draft)) {
        Ok(()) => done(&here(&at), "saved"),
        Err(problem) => {
            draft.problem = Some(problem.to_string());
            show(&at, &draft)
        }
    }
}

fn changed(app: &AppEntry, draft: &Draft) -> Result<Keys, TenantError> {
    sendable(&draft.form)?;
    let before = &app.name_id;
    let mut entry = draft.keys(true).map_err(TenantError)?;
    if !["source", "transform"].iter().any(|key| entry.contains_key(*key)) {
        return Err(TenantError(vec![blank_origin(&draft.form, "")]));
    }
    // What stands for "not written down" stays so: with another format it may be another source.
    if before.origin.is_none() && entry.get("source") == Some(&json!(name_id_default(before.format))) {
        entry.remove("source");
    }
    entry.insert("format".to_owned(), json!(draft.form.text("format")));
    Ok(vec![("name_id", Value::Object(entry))])
}

fn show(at: &AtApp, draft: &Draft) -> Response {
    let format = draft.form.text("format");
    let format_hint = match at.app().entry.name_id.origin {
        None => {
            "As long as no other source is chosen, Persistent sends the pairwise identifier, user.pairwiseid."
        }
        Some(_) => "",
    };
    let page = ManagePage {
        format_hint,
        name: "nameidentifier".to_owned(),
        namespace: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims".to_owned(),
        formats: FORMATS
            .iter()
            .map(|(word, label)| (*word, *label, *word == format))
            .collect(),
        action: format!("{}/name-id", here(at)),
        ..ManagePage::new(
            at,
            draft,
            ("format", "Choose name identifier format"),
            true,
            Vec::new(),
        )
    };
    pages::page(page.frame.status(), &page)
}
