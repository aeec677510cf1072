//! "Group Claims": what "Add a group claim" opens, and the group claim in the list (entra-behaviour.md 4.4).

use askama::Template;
use axum::body::Bytes;
use axum::response::Response;
use control_api::tenant::{AppEntry, GroupClaimEntry};
use serde_json::{Map, Value, json};

use super::edit::{Keys, edit, sendable};
use super::listed::{listed, wire};
use super::{group_wire, here, to_list_if_locked};
use crate::claims::wire_name;
use crate::pages;
use crate::portal::at::AtApp;
use crate::portal::done;
use crate::portal::form::Form;
use crate::portal::frame::{Frame, address};
use crate::tenant::TenantError;

/// Words of the tenant file with their labels; the first is the default.
type Words = [(&'static str, &'static str)];

/// "Which groups associated with the user should be returned in the claim?"
const GROUPS: &Words = &[
    ("all", "All groups"),
    ("security", "Security groups"),
    (DIRECTORY_ROLES, "Directory roles"),
    (ASSIGNED, "Groups assigned to the application"),
];

/// The only choice that goes out under a name of its own, whatever name is there.
const DIRECTORY_ROLES: &str = "directory-roles";

/// The only choice that takes names of cloud-only groups.
const ASSIGNED: &str = "assigned";

const SOURCES: &Words = &[
    ("id", "Group ID"),
    ("sam-account-name", "sAMAccountName"),
    ("netbios-domain-sam-account-name", "NetbiosDomain\\sAMAccountName"),
    ("dns-domain-sam-account-name", "DNSDomain\\sAMAccountName"),
    ("on-premises-sid", "On-premises group SID"),
    (CLOUD_NAMES, "Cloud-only group display names"),
];

const CLOUD_NAMES: &str = "cloud-display-name";

const ATTRIBUTES: &Words = &[
    ("display-name", "Display name"),
    ("sam-account-name", "SAMAccountName"),
];

const MATCHES: &Words = &[
    ("prefix", "Prefix"),
    ("suffix", "Suffix"),
    ("contains", "Contains"),
];

/// The label of what the column "Value" calls it, as the manifest does.
const IN_MANIFEST: &Words = &[
    ("all", "All"),
    ("security", "SecurityGroup"),
    (DIRECTORY_ROLES, "DirectoryRole"),
    (ASSIGNED, "ApplicationGroup"),
];

#[derive(Template)]
#[template(path = "portal/group_claim.html")]
struct GroupClaimPage {
    frame: Frame,
    is_there: bool,
    groups: Vec<Choice>,
    sources: Vec<Choice>,
    cloud_display_names: bool,
    filters: bool,
    attributes: Vec<Choice>,
    matches: Vec<Choice>,
    filter_value: String,
    customizes: bool,
    name: String,
    namespace: String,
    as_roles: bool,
    replaces: bool,
    pattern: String,
    replacement: String,
    cancel: String,
}

/// Word, label, and whether it is this one.
struct Choice {
    word: &'static str,
    label: &'static str,
    is_chosen: bool,
}

/// The form as it was saved, or of a new group claim.
pub(crate) async fn page(at: AtApp) -> Response {
    if let Some(list) = to_list_if_locked(&at) {
        return list;
    }
    let claim = at.app().entry.group_claim.as_ref();
    let form = claim.map(|claim| Form::of(fields(&json!(claim))));
    show(&at, &form.unwrap_or_default(), None)
}

/// Saves the group claim, or deletes it.
pub(crate) async fn save(at: AtApp, body: Bytes) -> Response {
    let form = Form::read(&body);
    let is_deleted = form.text("action") == "delete";
    let saved = if is_deleted {
        delete(&at)
    } else {
        edit(&at, |app| changed(app, &form))
    };
    match saved {
        Ok(()) => done(&here(&at), if is_deleted { "claim-deleted" } else { "saved" }),
        Err(problem) => show(&at, &form, Some(problem.to_string())),
    }
}

/// Deletes the group claim.
pub(super) fn delete(at: &AtApp) -> Result<(), TenantError> {
    edit(at, |app| match app.group_claim {
        Some(_) => Ok(vec![("group_claim", Value::Null)]),
        None => Err(TenantError::one("The group claim is not there any more.")),
    })
}

/// What the column "Value" shows.
pub(super) fn value(claim: &GroupClaimEntry) -> String {
    let word = json!(claim.groups);
    let known = IN_MANIFEST.iter().find(|(known, _)| word == *known);
    format!("user.groups [{}]", known.map_or("", |(_, label)| label))
}

fn changed(app: &AppEntry, form: &Form) -> Result<Keys, TenantError> {
    sendable(form)?;
    let mut claim = keys(form).map_err(TenantError)?;
    trim_name(&mut claim, app.group_claim.as_ref());
    let text = |key: &str| claim.get(key).and_then(Value::as_str).unwrap_or_default();
    let is_named = form.has("customize") && !form.has("as_roles") && text("groups") != DIRECTORY_ROLES;
    let wanted = wire_name(text("namespace"), text("name"));
    let is_other = group_wire(app).as_deref() != Some(wanted.as_str());
    let taken = listed(app.default_claims, &app.claims);
    if is_named && is_other && taken.iter().any(|claim| wire(claim) == wanted) {
        return Err(TenantError::one(format!(
            "There is a claim with the name and namespace \u{201c}{wanted}\u{201d} already."
        )));
    }
    Ok(vec![("group_claim", Value::Object(claim))])
}

/// Blanks around the name and the namespace count only where they were there before.
fn trim_name(claim: &mut Map<String, Value>, before: Option<&GroupClaimEntry>) {
    let before = json!(before);
    for key in ["name", "namespace"] {
        let Some(Value::String(typed)) = claim.get_mut(key) else {
            continue;
        };
        if before[key] != *typed {
            *typed = typed.trim().to_owned();
        }
    }
}

/// The group claim in the tenant file's own keys. What is below a box that is not ticked does not count.
fn keys(form: &Form) -> Result<Map<String, Value>, Vec<String>> {
    let mut problems = Vec::new();
    let groups = form.text("groups");
    if groups.is_empty() {
        problems.push("Select which groups are returned.".to_owned());
    }
    let has_names = form.text("source") == CLOUD_NAMES || form.has("cloud_display_names");
    if has_names && !groups.is_empty() && groups != ASSIGNED {
        problems.push(
            "Names of cloud-only groups can be emitted with \u{201c}Groups assigned to the application\u{201d} alone."
                .to_owned(),
        );
    }
    let (customizes, replaces) = (form.has("customize"), form.has("regex"));
    if customizes && form.text("name").is_empty() {
        problems.push("Name is blank: the group claim needs one to be customized.".to_owned());
    }
    if replaces && !customizes {
        problems.push(
            "The groups claim itself is restricted. To apply regex replace, tick \u{201c}Customize the name of the group claim\u{201d} too."
                .to_owned(),
        );
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut claim = json!({
        "groups": groups,
        "source": form.text("source"),
        "cloud_display_names": form.has("cloud_display_names"),
        "as_roles": form.has("as_roles"),
    });
    if form.has("filter") {
        claim["filter"] = json!({
            "attribute": form.text("filter_attribute"),
            "match": form.text("filter_match"),
            "value": form.exact("filter_value"),
        });
    }
    if customizes {
        claim["name"] = json!(form.exact("name"));
        claim["namespace"] = json!(form.exact("namespace"));
    }
    if replaces {
        claim["regex"] = json!({
            "pattern": form.exact("regex_pattern"),
            "replacement": form.exact("regex_replacement"),
        });
    }
    Ok(claim.as_object().cloned().unwrap_or_default())
}

/// The fields of a group claim in the tenant file's own keys: what [`keys`] makes it of.
fn fields(claim: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let texts = [
        ("groups", &claim["groups"]),
        ("source", &claim["source"]),
        ("filter_attribute", &claim["filter"]["attribute"]),
        ("filter_match", &claim["filter"]["match"]),
        ("filter_value", &claim["filter"]["value"]),
        ("name", &claim["name"]),
        ("namespace", &claim["namespace"]),
        ("regex_pattern", &claim["regex"]["pattern"]),
        ("regex_replacement", &claim["regex"]["replacement"]),
    ];
    let boxes = [
        ("cloud_display_names", claim["cloud_display_names"] == true),
        ("as_roles", claim["as_roles"] == true),
        ("filter", claim["filter"].is_object()),
        ("customize", claim["name"].is_string()),
        ("regex", claim["regex"].is_object()),
    ];
    let texts = texts.map(|(name, value)| (name.to_owned(), text(value)));
    let boxes = boxes.into_iter().filter(|(_, is_ticked)| *is_ticked);
    let boxes = boxes.map(|(name, _)| (name.to_owned(), "yes".to_owned()));
    texts.into_iter().chain(boxes).collect()
}

fn show(at: &AtApp, form: &Form, problem: Option<String>) -> Response {
    let text = |name: &str| form.exact(name).to_owned();
    let list = here(at);
    let frame = Frame::app(at.tenant(), at.app(), "Group Claims", "/sso")
        .below(
            "Single sign-on",
            format!("{}/sso", address(at.tenant(), at.app())),
        )
        .below("Attributes & Claims", list.clone())
        .with(problem);
    let page = GroupClaimPage {
        is_there: at.app().entry.group_claim.is_some(),
        groups: choices(GROUPS, form.text("groups")),
        sources: choices(SOURCES, form.text("source")),
        cloud_display_names: form.has("cloud_display_names"),
        filters: form.has("filter"),
        attributes: choices(ATTRIBUTES, form.text("filter_attribute")),
        matches: choices(MATCHES, form.text("filter_match")),
        filter_value: text("filter_value"),
        customizes: form.has("customize"),
        name: text("name"),
        namespace: text("namespace"),
        as_roles: form.has("as_roles"),
        replaces: form.has("regex"),
        pattern: text("regex_pattern"),
        replacement: text("regex_replacement"),
        cancel: list,
        frame,
    };
    pages::page(page.frame.status(), &page)
}

fn choices(words: &Words, chosen: &str) -> Vec<Choice> {
    let choice = |(word, label): &(&'static str, &'static str)| Choice {
        word,
        label,
        is_chosen: *word == chosen,
    };
    words.iter().map(choice).collect()
}
