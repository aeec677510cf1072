//! Edits of what "Attributes & Claims" shows, in the tenant file's own keys, so that the file's own validation judges them;
//! what it says is told in the words of the page.

use control_api::file::{Diagnostic, Diagnostics};
use control_api::tenant::{AppEntry, TenantFile};
use serde_json::Value;

use crate::portal::at::AtApp;
use crate::portal::form::Form;
use crate::portal::transform;
use crate::tenant::TenantError;

/// Why nothing can be changed while a claims mapping policy decides (entra-behaviour.md 4.5). The words are ours.
pub(super) const LOCKED: &str = "A claims mapping policy is assigned to this application and decides what is sent. Attributes & Claims cannot be edited until it is removed.";

/// A list of valid words in a message is told up to this many characters.
const LIST_CHARACTERS_MAX: usize = 300;

/// What stands before the list of valid words in a message of the tenant file, and before the nearest one.
const EXPECTED: &str = ": expected one of ";
const NEAREST: &str = "; did you mean ";

/// Keys that the application gets; null: it has the key no more.
pub(super) type Keys = Vec<(&'static str, Value)>;

/// The fields of these pages by the end of their paths in the tenant file; those of transformations are
/// [`transform::label`]'s.
const LABELS: &[(&str, &str)] = &[
    ("name", "Name"),
    ("namespace", "Namespace"),
    ("name_format", "Choose name format"),
    ("format", "Choose name identifier format"),
    ("source", "Source attribute"),
    ("user_type", "User type"),
    ("groups", "Scoped groups"),
    ("group_claim.groups", "Which groups"),
    ("filter.value", "String"),
    ("filter.match", "Match with"),
    ("filter.attribute", "Attribute to match"),
    ("regex.pattern", "Regex pattern"),
    ("regex.replacement", "Regex replacement pattern"),
];

/// Edits the application; `change` sees it as it is now.
pub(super) fn edit(
    at: &AtApp,
    change: impl FnOnce(&AppEntry) -> Result<Keys, TenantError>,
) -> Result<(), TenantError> {
    let name = &at.app().entry.name;
    at.at.edit(|file| {
        let found = file.apps.iter().position(|app| app.name == *name);
        let place = found.ok_or_else(|| TenantError::one("The application was deleted meanwhile."))?;
        let app = &file.apps[place];
        if app.claims_mapping_policy.is_some() {
            return Err(TenantError::one(LOCKED));
        }
        let keys = change(app)?;
        let mut json = file.to_json();
        if let Some(app) = json["app"][place].as_object_mut() {
            for (key, value) in keys {
                match value {
                    Value::Null => app.remove(key),
                    value => app.insert(key.to_owned(), value),
                };
            }
        }
        *file = TenantFile::from_json("tenant", &json).map_err(|wrong| told(&wrong))?;
        Ok(())
    })
}

/// That an assertion can carry every value of the form: XML 1.0 has no way to write some characters (2.2 `Char`).
///
/// # Errors
/// Which character stands in its way.
pub(super) fn sendable(form: &Form) -> Result<(), TenantError> {
    let is_carried =
        |character: &char| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    let mut characters = form.values().flat_map(str::chars);
    match characters.find(|character| !is_carried(character)) {
        Some(character) => Err(TenantError::one(format!(
            "A value has the character U+{:04X}, which an assertion cannot carry.",
            u32::from(character)
        ))),
        None => Ok(()),
    }
}

fn told(wrong: &Diagnostics) -> TenantError {
    TenantError(wrong.0.iter().map(sentence).collect())
}

/// `Condition 2, second transformation: Regex pattern: …`.
fn sentence(one: &Diagnostic) -> String {
    let mut place = Vec::new();
    for segment in one.path.split('.') {
        let number = segment
            .strip_prefix("conditions[")
            .and_then(|rest| rest.trim_end_matches(']').parse::<usize>().ok());
        match (segment, number) {
            (_, Some(number)) => place.push(format!("condition {}", number + 1)),
            ("then", _) => place.push("second transformation".to_owned()),
            _ => {}
        }
    }
    let message = labelled(&one.path, &without_list(&one.message));
    let told = match place.as_slice() {
        [] => message,
        place => format!("{}: {message}", place.join(", ")),
    };
    let end = if told.ends_with(['?', '.']) { "" } else { "." };
    let mut characters = told.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}{end}", first.unwrap_or_default(), characters.as_str())
}

/// The message with the field's label for its key.
fn labelled(path: &str, message: &str) -> String {
    let named = message.strip_prefix('`').and_then(|rest| rest.split_once('`'));
    let Some((key, rest)) = named else {
        return message.to_owned();
    };
    match label(path, key) {
        Some(label) => format!("{label}{rest}"),
        None => message.to_owned(),
    }
}

/// The label of `key`, with which the path may end.
fn label(path: &str, key: &str) -> Option<&'static str> {
    let mut segments = path.split('.');
    if segments.clone().any(|segment| segment == "transform") {
        return transform::label(key);
    }
    if key == "source" && path.contains("conditions[") {
        return Some("Value");
    }
    let parent = segments.rfind(|segment| *segment != key).unwrap_or_default();
    let of = |wanted: &str| LABELS.iter().find(|(known, _)| *known == wanted);
    let found = of(&format!("{parent}.{key}")).or_else(|| of(key));
    found.map(|(_, label)| *label)
}

/// Every attribute there is helps nobody: the nearest is enough, and the field offers the others.
fn without_list(message: &str) -> String {
    let Some(list) = message.find(EXPECTED) else {
        return message.to_owned();
    };
    if message.chars().count() <= LIST_CHARACTERS_MAX {
        return message.to_owned();
    }
    let nearest = message.rfind(NEAREST).map_or("", |place| &message[place..]);
    format!("{}{nearest}", &message[..list])
}
