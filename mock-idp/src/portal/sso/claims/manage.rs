//! "Manage claim": a new claim, or one that is there.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::tenant::{AppEntry, ClaimEntry};
use serde_json::{Value, json};

use super::edit::{Keys, edit, sendable};
use super::listed::{listed, wire, written};
use super::page::{Draft, ManagePage, blank_origin, too_many};
use super::{group_wire, here, to_list_if_locked};
use crate::claims::{is_restricted, wire_name};
use crate::limits::CONDITIONS_SHOWN_MAX;
use crate::pages;
use crate::portal::at::AtApp;
use crate::portal::done;
use crate::tenant::TenantError;

/// The name of the query's field that says which claim it is.
pub(super) const CLAIM: &str = "claim";

/// "Choose name format"; that it is omitted unless chosen is the word of the page.
const NAME_FORMATS: &[(&str, &str)] = &[
    ("", "Omitted"),
    ("unspecified", "Unspecified"),
    ("uri", "URI"),
    ("basic", "Basic"),
];

/// The form of a new claim, or of the one that the query names.
pub(crate) async fn page(at: AtApp) -> Response {
    if let Some(list) = to_list_if_locked(&at) {
        return list;
    }
    let Some(claim) = asked(&at) else {
        let draft = Draft::of(&Value::Null, Vec::new());
        return show(&at, &draft);
    };
    let app = &at.app().entry;
    let claims = listed(app.default_claims, &app.claims);
    let Some(entry) = claims.iter().find(|entry| wire(entry) == claim) else {
        return missing(&app.name, claim);
    };
    if entry.conditions.len() > CONDITIONS_SHOWN_MAX {
        return too_many(entry.conditions.len());
    }
    let json = json!(entry);
    let text = |key: &str| (key.to_owned(), json[key].as_str().unwrap_or_default().to_owned());
    let own = vec![text("name"), text("namespace"), text("name_format")];
    show(&at, &Draft::of(&json, own))
}

/// Saves the claim, or changes the rows of the form.
pub(crate) async fn save(at: AtApp, body: Bytes) -> Response {
    let mut draft = Draft::typed(&body);
    if !draft.is_saved() {
        return to_list_if_locked(&at).unwrap_or_else(|| show(&at, &draft));
    }
    let claim = asked(&at).map(str::to_owned);
    match edit(&at, |app| changed(app, claim.as_deref(), &draft)) {
        Ok(()) => done(&here(&at), if claim.is_some() { "saved" } else { "claim-added" }),
        Err(problem) => {
            draft.problem = Some(problem.to_string());
            show(&at, &draft)
        }
    }
}

/// The claim that the query names; none: a new one.
fn asked(at: &AtApp) -> Option<&str> {
    let query = &at.at.query;
    query.has(CLAIM).then(|| query.exact(CLAIM))
}

/// What the application gets; `claim` is what was opened.
fn changed(app: &AppEntry, claim: Option<&str>, draft: &Draft) -> Result<Keys, TenantError> {
    sendable(&draft.form)?;
    let (default_claims, claims) = match claim {
        Some(claim) => written(app, claim),
        None => (app.default_claims, listed(false, &app.claims)),
    };
    let opened = claim.map(|claim| place_of(&claims, claim)).transpose()?;
    let before = opened.map(|place| &claims[place]);
    let name = draft.text("name", before.map_or("", |entry| &entry.name));
    let namespace = draft.text("namespace", before.map_or("", |entry| &entry.namespace));
    let mut problems = Vec::new();
    if name.trim().is_empty() {
        problems.push("Name is blank.".to_owned());
    }
    let keys = draft.keys(false);
    if keys.as_ref().is_ok_and(serde_json::Map::is_empty) {
        problems.push(blank_origin(&draft.form, " or type a constant"));
    }
    let wanted = wire_name(&namespace, &name);
    if claim != Some(wanted.as_str()) && is_taken(app, &wanted) {
        problems.push(format!(
            "There is a claim with the name and namespace \u{201c}{wanted}\u{201d} already."
        ));
    }
    let mut entry = match keys {
        Ok(keys) if problems.is_empty() => keys,
        keys => {
            problems.extend(keys.err().unwrap_or_default());
            return Err(TenantError(problems));
        }
    };
    entry.insert("name".to_owned(), json!(name));
    entry.insert("namespace".to_owned(), json!(namespace));
    let format = draft.form.text("name_format");
    if !format.is_empty() {
        entry.insert("name_format".to_owned(), json!(format));
    }
    let mut claims: Vec<Value> = claims.iter().map(|claim| json!(claim)).collect();
    match opened {
        Some(place) => claims[place] = Value::Object(entry),
        None => claims.push(Value::Object(entry)),
    }
    Ok(vec![
        ("default_claims", json!(default_claims)),
        ("claims", json!(claims)),
    ])
}

/// Where the claim of this name on the wire is.
fn place_of(claims: &[ClaimEntry], claim: &str) -> Result<usize, TenantError> {
    let place = claims.iter().position(|entry| wire(entry) == claim);
    place.ok_or_else(|| {
        TenantError::one(
            "This claim is not there any more: it was deleted or renamed meanwhile. Cancel leads to the list.",
        )
    })
}

/// Whether another claim, or the group claim, has this name.
fn is_taken(app: &AppEntry, name: &str) -> bool {
    let claims = listed(app.default_claims, &app.claims);
    claims.iter().any(|claim| wire(claim) == name) || group_wire(app).is_some_and(|taken| taken == name)
}

fn show(at: &AtApp, draft: &Draft) -> Response {
    let form = &draft.form;
    let (name, namespace) = (form.exact("name").to_owned(), form.exact("namespace").to_owned());
    let mut warnings = Vec::new();
    if is_restricted(&wire_name(&namespace, &name)) {
        warnings.push(
            "The name is of the restricted claim set: the claim is ignored when somebody signs in."
                .to_owned(),
        );
    }
    let format = form.text("name_format");
    let page = ManagePage {
        name,
        namespace,
        formats: NAME_FORMATS
            .iter()
            .map(|(word, label)| (*word, *label, *word == format))
            .collect(),
        action: match asked(at) {
            Some(claim) => edit_address(at, claim),
            None => format!("{}/new", here(at)),
        },
        ..ManagePage::new(at, draft, ("name_format", "Choose name format"), false, warnings)
    };
    pages::page(page.frame.status(), &page)
}

/// Where the claim of this name on the wire is edited.
pub(super) fn edit_address(at: &AtApp, claim: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair(CLAIM, claim)
        .finish();
    format!("{}/edit?{query}", here(at))
}

fn missing(app: &str, claim: &str) -> Response {
    pages::mishap(
        StatusCode::NOT_FOUND,
        "There is no such claim",
        &format!(
            "{app} has no claim \u{201c}{claim}\u{201d}. It may have been deleted or renamed; Attributes & Claims lists all."
        ),
    )
}
