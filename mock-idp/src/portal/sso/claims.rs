//! "Attributes & Claims": what the assertion says about a user (entra-behaviour.md 4 and 8).

pub(crate) mod group;
pub(crate) mod manage;
pub(crate) mod name_id;

mod conditions;
mod edit;
mod listed;
mod origin;
mod page;

use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::tenant::{AppEntry, ClaimEntry, GroupChoice};
use saml_model::names;
use serde_json::json;

use super::{Row, row};
use crate::claims::{is_restricted, wire_name};
use crate::pages;
use crate::portal::at::AtApp;
use crate::portal::done;
use crate::portal::form::Form;
use crate::portal::frame::{Frame, address};
use crate::tenant::TenantError;
use crate::web::redirect;
use edit::{LOCKED, edit};
use listed::{listed, name_id_value, value, wire, written};

#[derive(Template)]
#[template(path = "portal/claims.html")]
struct ClaimsPage {
    frame: Frame,
    here: String,
    claims_test: String,
    /// Whether nothing can be changed.
    is_locked: bool,
    name_id: Line,
    claims: Vec<Line>,
    group_claim: Option<Line>,
    includes_name_format: bool,
}

/// One row of a table.
struct Line {
    name: String,
    /// Where it is edited.
    href: String,
    value: String,
    /// What else there is to know.
    notes: Vec<String>,
}

/// The list.
pub(crate) async fn page(at: AtApp) -> Response {
    show(&at, None)
}

/// Deletes a claim, or saves the advanced settings.
pub(crate) async fn change(at: AtApp, body: Bytes) -> Response {
    let form = Form::read(&body);
    let changed = if form.has("delete") {
        delete(&at, form.exact("delete")).map(|()| "claim-deleted")
    } else if form.has("delete_group") {
        group::delete(&at).map(|()| "claim-deleted")
    } else {
        let is_included = form.has("include_attribute_name_format");
        let keys = vec![("include_attribute_name_format", json!(is_included))];
        edit(&at, |_| Ok(keys)).map(|()| "saved")
    };
    match changed {
        Ok(notice) => done(&here(&at), notice),
        Err(problem) => show(&at, Some(problem.to_string())),
    }
}

fn delete(at: &AtApp, name: &str) -> Result<(), TenantError> {
    edit(at, |app| {
        let (default_claims, mut claims) = written(app, name);
        let before = claims.len();
        claims.retain(|claim| wire(claim) != name);
        if claims.len() == before {
            return Err(TenantError::one(format!(
                "The claim \u{201c}{name}\u{201d} is not there any more."
            )));
        }
        Ok(vec![
            ("default_claims", json!(default_claims)),
            ("claims", json!(claims)),
        ])
    })
}

/// Card 2: each claim with where its value comes from, the NameID last.
pub(super) fn card(at: &AtApp) -> Vec<Row> {
    let app = &at.app().entry;
    let name_id = app.issued_name_id();
    let claims = listed(app.issues_default_claims(), app.issued_claims());
    let shown = |claim: &ClaimEntry| row(&claim.name, value_or_conditions(claim), "");
    let mut rows: Vec<_> = claims.iter().map(shown).collect();
    if let Some(claim) = &app.group_claim {
        let name = if claim.name.is_empty() {
            "Group"
        } else {
            &claim.name
        };
        rows.push(row(name, "user.groups".to_owned(), ""));
    }
    rows.push(row("Unique User Identifier", name_id_value(name_id), ""));
    rows
}

fn value_or_conditions(claim: &ClaimEntry) -> String {
    match value(claim.origin.as_ref()) {
        value if value.is_empty() && !claim.conditions.is_empty() => "by condition".to_owned(),
        value => value,
    }
}

/// The name of the group claim on the wire where it has one of its own.
fn group_wire(app: &AppEntry) -> Option<String> {
    let claim = app.group_claim.as_ref()?;
    let has_own = !claim.name.is_empty() && !claim.as_roles && claim.groups != GroupChoice::DirectoryRoles;
    has_own.then(|| wire_name(&claim.namespace, &claim.name))
}

/// Where the list is.
fn here(at: &AtApp) -> String {
    format!("{}/sso/claims", address(at.tenant(), at.app()))
}

/// A form of what cannot be changed leads to the list, which says why.
fn to_list_if_locked(at: &AtApp) -> Option<Response> {
    let is_locked = at.app().entry.claims_mapping_policy.is_some();
    is_locked.then(|| redirect(StatusCode::SEE_OTHER, &here(at)))
}

fn show(at: &AtApp, problem: Option<String>) -> Response {
    let app = &at.app().entry;
    let application = address(at.tenant(), at.app());
    let claims = listed(app.issues_default_claims(), app.issued_claims());
    let frame = Frame::app(at.tenant(), at.app(), "Attributes & Claims", "/sso")
        .below("Single sign-on", format!("{application}/sso"))
        .after(&at.at.query);
    let page = ClaimsPage {
        here: here(at),
        claims_test: format!("{application}/claims-test"),
        is_locked: app.claims_mapping_policy.is_some(),
        name_id: name_id_line(at, app),
        claims: claims.iter().map(|claim| line(at, claim)).collect(),
        group_claim: group_line(at, app),
        includes_name_format: app.include_attribute_name_format,
        frame: frame.with(problem),
    };
    pages::page(page.frame.status(), &page)
}

fn line(at: &AtApp, claim: &ClaimEntry) -> Line {
    let name = wire(claim);
    let mut notes = conditions_note(claim.conditions.len());
    if is_restricted(&name) {
        notes.push("ignored: the name is of the restricted claim set".to_owned());
    }
    Line {
        href: manage::edit_address(at, &name),
        name,
        value: value_or_conditions(claim),
        notes,
    }
}

fn name_id_line(at: &AtApp, app: &AppEntry) -> Line {
    let entry = app.issued_name_id();
    let format = json!(entry.format);
    Line {
        name: "Unique User Identifier (Name ID)".to_owned(),
        href: format!("{}/name-id", here(at)),
        value: format!(
            "{} [nameid-format:{}]",
            name_id_value(entry),
            format.as_str().unwrap_or_default()
        ),
        notes: conditions_note(entry.conditions.len()),
    }
}

fn group_line(at: &AtApp, app: &AppEntry) -> Option<Line> {
    let claim = app.group_claim.as_ref()?;
    let name = match group_wire(app) {
        Some(name) => name,
        None if claim.groups == GroupChoice::DirectoryRoles => names::CLAIM_WIDS.to_owned(),
        None if claim.as_roles => names::CLAIM_ROLE.to_owned(),
        None => names::CLAIM_GROUPS.to_owned(),
    };
    Some(Line {
        name,
        href: format!("{}/group", here(at)),
        value: group::value(claim),
        notes: Vec::new(),
    })
}

fn conditions_note(count: usize) -> Vec<String> {
    match count {
        0 => Vec::new(),
        1 => vec!["1 condition".to_owned()],
        count => vec![format!("{count} conditions")],
    }
}
