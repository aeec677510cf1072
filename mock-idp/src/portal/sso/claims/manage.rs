//! "Manage claim": a new claim, or one that is there.

use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::tenant::{AppEntry, SOURCES};
use serde_json::{Value, json};

use super::conditions::{self, Condition, Rows};
use super::edit::{Keys, edit};
use super::listed::{listed, wire, written};
use super::origin::{self, OriginFields};
use super::{group_wire, here, to_list_if_locked};
use crate::claims::{is_restricted, wire_name};
use crate::limits::{CONDITIONS_SHOWN_MAX, LISTED_USERS_MAX};
use crate::pages;
use crate::portal::at::AtApp;
use crate::portal::done;
use crate::portal::form::Form;
use crate::portal::frame::{Frame, address};
use crate::portal::transform::Kind;
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
    pub(super) fn keys(&self, for_name_id: bool) -> Result<serde_json::Map<String, Value>, Vec<String>> {
        let mut keys = origin::keys(&self.form, "", for_name_id);
        let conditions = self.rows.keys(&self.form, for_name_id)?;
        if !conditions.is_empty() {
            keys.insert("conditions".to_owned(), json!(conditions));
        }
        Ok(keys)
    }

    /// A field as it was typed but for the blanks around it, which count where they were there before.
    fn text(&self, name: &str, before: &str) -> String {
        match self.form.exact(name) {
            typed if typed == before => typed.to_owned(),
            typed => typed.trim().to_owned(),
        }
    }
}

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
        return show(&at, &draft);
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
    let (default_claims, claims) = match claim {
        Some(claim) => written(app, claim),
        None => (app.default_claims, listed(false, &app.claims)),
    };
    let opened = claim.map(|claim| claims.iter().position(|entry| wire(entry) == claim));
    let opened = match opened {
        Some(None) => {
            return Err(TenantError::one(
                "This claim is not there any more: it was deleted or renamed meanwhile. Cancel leads to the list.",
            ));
        }
        Some(Some(place)) => Some(place),
        None => None,
    };
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

/// What is missing where there is neither a source nor a condition; `or` says what else than an attribute it could be.
pub(super) fn blank_origin(form: &Form, or: &str) -> String {
    match form.text("source") {
        "extension" => "Directory schema extension is blank: type its name.".to_owned(),
        _ => format!("Source attribute is blank: choose an attribute{or}."),
    }
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

/// Those that users have, so that one can be chosen; as many as a page lists.
fn extensions(at: &AtApp) -> Vec<String> {
    let users = at.tenant().users.iter();
    let mut known = std::collections::BTreeSet::new();
    for key in users.flat_map(|user| user.entry.extensions.keys()) {
        if known.len() == LISTED_USERS_MAX {
            break;
        }
        known.insert(format!("user.{key}"));
    }
    known.into_iter().collect()
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
