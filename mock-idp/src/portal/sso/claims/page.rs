//! The form of "Manage claim", of a claim and of the NameID: what is typed, and how it is shown.

use std::collections::BTreeSet;

use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::tenant::SOURCES;
use serde_json::{Map, Value, json};

use super::conditions::{self, Condition, Rows};
use super::here;
use super::origin::{self, OriginFields};
use crate::limits::{CONDITIONS_SHOWN_MAX, LISTED_USERS_MAX};
use crate::pages;
use crate::portal::at::AtApp;
use crate::portal::form::Form;
use crate::portal::frame::{Frame, address};
use crate::portal::transform::Kind;

/// The page, for a claim or for the NameID.
#[derive(Template)]
#[template(path = "portal/claim.html")]
pub(super) struct ManagePage {
    pub(super) frame: Frame,
    pub(super) name: String,
    pub(super) namespace: String,
    /// Of the NameID, whose name cannot be changed.
    pub(super) for_name_id: bool,
    /// The name of the field for a format, and its label.
    pub(super) format: (&'static str, &'static str),
    /// Word, label, and whether it is this one.
    pub(super) formats: Vec<(&'static str, &'static str, bool)>,
    /// What else there is to know of them.
    pub(super) format_hint: &'static str,
    pub(super) origin: OriginFields,
    pub(super) conditions: Vec<Condition>,
    pub(super) can_add: bool,
    /// What would be wrong although it can be saved.
    pub(super) warnings: Vec<String>,
    pub(super) sources: Vec<&'static str>,
    /// Those that may feed the NameID.
    pub(super) name_id_sources: Vec<&'static str>,
    /// Directory schema extensions that users have.
    pub(super) extensions: Vec<String>,
    /// Where a button that changes the rows leads: here again.
    pub(super) action: String,
    pub(super) cancel: String,
}

/// What a form shows and what is wrong with it.
pub(super) struct Draft {
    pub(super) form: Form,
    pub(super) rows: Rows,
    pub(super) problem: Option<String>,
}

impl Draft {
    /// As it was saved: an entry in the tenant file's own keys.
    pub(super) fn of(entry: &Value, mut own: Vec<(String, String)>) -> Self {
        own.extend(origin::fields(entry, ""));
        own.extend(conditions::fields(&entry["conditions"]));
        let form = Form::of(own);
        Self {
            rows: Rows::read(&form),
            form,
            problem: None,
        }
    }

    /// As it was posted.
    pub(super) fn typed(body: &Bytes) -> Self {
        let form = Form::read(body);
        Self {
            rows: Rows::read(&form),
            form,
            problem: None,
        }
    }

    /// Whether it is to be saved; another button changes the rows.
    pub(super) fn is_saved(&mut self) -> bool {
        let action = self.form.text("action");
        let is_saved = matches!(action, "" | "save");
        if !is_saved {
            self.rows.change(action);
        }
        is_saved
    }

    /// The origin and the conditions in the tenant file's own keys.
    ///
    /// # Errors
    /// What is blank.
    pub(super) fn keys(&self, for_name_id: bool) -> Result<Map<String, Value>, Vec<String>> {
        let mut keys = origin::keys(&self.form, "", for_name_id);
        let conditions = self.rows.keys(&self.form, for_name_id)?;
        if !conditions.is_empty() {
            keys.insert("conditions".to_owned(), json!(conditions));
        }
        Ok(keys)
    }

    /// A field as it was typed but for the blanks around it, which count where they were there before.
    pub(super) fn text(&self, name: &str, before: &str) -> String {
        match self.form.exact(name) {
            typed if typed == before => typed.to_owned(),
            typed => typed.trim().to_owned(),
        }
    }
}

impl ManagePage {
    /// All but name and formats.
    pub(super) fn new(
        at: &AtApp,
        draft: &Draft,
        format: (&'static str, &'static str),
        for_name_id: bool,
        mut warnings: Vec<String>,
    ) -> Self {
        let single_sign_on = format!("{}/sso", address(at.tenant(), at.app()));
        let list = here(at);
        if draft.form.values().any(|value| value.contains(['\r', '\n'])) {
            warnings.push("A value has a line break, which a field of a page cannot hold: it is lost when this form is saved. The tenant file keeps it.".to_owned());
        }
        let name_id_sources = SOURCES.iter().filter(|source| source.feeds_name_id);
        Self {
            frame: Frame::app(at.tenant(), at.app(), "Manage claim", "/sso")
                .below("Single sign-on", single_sign_on)
                .below("Attributes & Claims", list.clone())
                .with(draft.problem.clone()),
            name: String::new(),
            namespace: String::new(),
            for_name_id,
            format,
            formats: Vec::new(),
            format_hint: "",
            origin: OriginFields::new(&draft.form, "", "", for_name_id),
            conditions: draft.rows.shown(at, &draft.form, for_name_id),
            can_add: !draft.rows.are_full(),
            warnings,
            sources: SOURCES.iter().map(|source| source.name).collect(),
            name_id_sources: name_id_sources.map(|source| source.name).collect(),
            extensions: extensions(at),
            action: String::new(),
            cancel: list,
        }
    }
}

/// What is missing where there is neither a source nor a condition; `or` says what else than an attribute it could be.
pub(super) fn blank_origin(form: &Form, or: &str) -> String {
    match form.text("source") {
        "extension" => "Extension attribute is blank: type its name.".to_owned(),
        _ => format!("Source attribute is blank: choose an attribute{or}."),
    }
}

/// Those that users have, so that one can be chosen; as many as a page lists.
fn extensions(at: &AtApp) -> Vec<String> {
    let users = at.tenant().users.iter();
    let mut known = BTreeSet::new();
    for key in users.flat_map(|user| user.entry.extensions.keys()) {
        if known.len() == LISTED_USERS_MAX {
            break;
        }
        known.insert(format!("user.{key}"));
    }
    known.into_iter().collect()
}

/// A page for all of them would be too large.
pub(super) fn too_many(conditions: usize) -> Response {
    pages::mishap(
        StatusCode::UNPROCESSABLE_ENTITY,
        "This claim has too many conditions for a page",
        &format!(
            "It has {conditions}, and Manage claim shows {CONDITIONS_SHOWN_MAX}. Edit it in the tenant file."
        ),
    )
}
