//! The fields of "Manage transformation" (entra-behaviour.md 4.2): two stages, each a function with what it takes. The
//! claims test and "Manage claim" have the same ones.

pub(crate) mod attribute;

use control_api::tenant::FUNCTIONS;
use serde_json::{Value, json};

use super::form::Form;
use attribute::{Typed, known_source};

/// Begins the names of the second transformation's fields, after what begins those of the first.
const THEN: &str = "then_";

/// Both stages as a page shows them (`portal/transform.html`).
pub(crate) struct TransformFields {
    /// Parameter 1 (Input).
    pub(crate) input: String,
    /// The list of attributes that may be the input, by its id on the page.
    pub(crate) inputs: &'static str,
    /// "Treat source as multivalued".
    pub(crate) multivalued: bool,
    pub(crate) stages: [Stage; 2],
}

/// One of the two transformations.
pub(crate) struct Stage {
    /// Begins the names of its fields.
    pub(crate) prefix: String,
    /// Tells its fields from those of the other transformations of the page.
    pub(crate) of: String,
    pub(crate) is_second: bool,
    /// Functions, and whether it is this one.
    pub(crate) functions: Vec<(&'static str, bool)>,
    pub(crate) fields: Vec<Field>,
}

/// What some functions take.
pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) label: &'static str,
    /// Those functions.
    pub(crate) takers: String,
    pub(crate) value: String,
    pub(crate) kind: Kind,
}

/// How a field is filled in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// An attribute or a constant.
    Source,
    Number,
    /// Prefix or suffix.
    Part,
    /// Attributes with commas between.
    List,
}

/// The keys of the functions in the words of "Manage transformation".
const FIELDS: &[(&str, &str, Kind)] = &[
    ("value", "Value", Kind::Text),
    ("after", "After matching", Kind::Text),
    ("before", "Before matching", Kind::Text),
    ("part", "Prefix or suffix", Kind::Part),
    ("start", "Start index, from 0", Kind::Number),
    (
        "length",
        "Length (to the end of the string where blank)",
        Kind::Number,
    ),
    ("pattern", "Regex pattern", Kind::Text),
    ("replacement", "Replacement pattern", Kind::Text),
    (
        "parameters",
        "Additional parameters: attributes, with commas between",
        Kind::List,
    ),
    ("separator", "Separator", Kind::Text),
    (
        "parameter",
        "Parameter 2 (Input): attribute or constant",
        Kind::Source,
    ),
    (
        "output",
        "Parameter 2 (Output): attribute or constant",
        Kind::Source,
    ),
    (
        "output_if_no_match",
        "Parameter 3 (Output if no match)",
        Kind::Source,
    ),
];

/// The labels of the fields that every transformation has.
const COMMON: &[(&str, &str)] = &[
    ("function", "Function"),
    ("input", "Parameter 1 (Input)"),
    ("multivalued", "Treat source as multivalued"),
];

impl TransformFields {
    /// The fields whose names begin with `prefix`, as the form has them; `of` tells them from others of the page.
    pub(crate) fn new(form: &Form, prefix: &str, of: &str, for_name_id: bool) -> Self {
        let second = if of.is_empty() {
            "of the second transformation".to_owned()
        } else {
            format!("of the second transformation, {of}")
        };
        let of = match of {
            "" => String::new(),
            of => format!("of {of}"),
        };
        Self {
            input: form.exact(&format!("{prefix}input")).to_owned(),
            inputs: if for_name_id { "name-id-sources" } else { "sources" },
            multivalued: is_ticked(form, prefix),
            stages: [
                Stage::new(form, prefix.to_owned(), of, false, for_name_id),
                Stage::new(form, format!("{prefix}{THEN}"), second, true, for_name_id),
            ],
        }
    }
}

impl Stage {
    fn new(form: &Form, prefix: String, of: String, is_second: bool, for_name_id: bool) -> Self {
        let chosen = form.exact(&format!("{prefix}function"));
        let offered = FUNCTIONS
            .iter()
            .filter(|function| function.makes_name_id || !for_name_id);
        let field = |&(key, label, kind): &(&'static str, &'static str, Kind)| Field {
            key,
            label,
            takers: takers(key),
            value: form.exact(&format!("{prefix}{key}")).to_owned(),
            kind,
        };
        Self {
            is_second,
            functions: offered
                .map(|function| (function.name, function.name == chosen))
                .collect(),
            fields: FIELDS.iter().map(field).collect(),
            prefix,
            of,
        }
    }
}

fn takers(key: &str) -> String {
    let takers = FUNCTIONS.iter().filter(|function| function.takes.contains(&key));
    takers.map(|function| function.name).collect::<Vec<_>>().join(" ")
}

fn is_ticked(form: &Form, prefix: &str) -> bool {
    !form.text(&format!("{prefix}multivalued")).is_empty()
}

/// The label of the field of a key.
pub(crate) fn label(key: &str) -> Option<&'static str> {
    let fields = FIELDS.iter().map(|(key, label, _)| (*key, *label));
    let mut all = fields.chain(COMMON.iter().copied());
    all.find(|(known, _)| *known == key).map(|(_, label)| label)
}

/// The transformation in the tenant file's own keys; what a function does not take is left alone.
pub(crate) fn keys(form: &Form, prefix: &str) -> Value {
    let mut transform = step(form, prefix);
    let input = form.text(&format!("{prefix}input"));
    if !input.is_empty() {
        transform["input"] = json!(known_source(input).unwrap_or(input));
    }
    if is_ticked(form, prefix) {
        transform["multivalued"] = json!(true);
    }
    let then = format!("{prefix}{THEN}");
    if !form.text(&format!("{then}function")).is_empty() {
        transform["then"] = step(form, &then);
    }
    transform
}

fn step(form: &Form, prefix: &str) -> Value {
    let name = form.text(&format!("{prefix}function"));
    let mut step = json!({ "function": name });
    let known = FUNCTIONS.iter().find(|function| function.name == name);
    let taken = known.map_or(&[][..], |function| function.takes);
    for (key, _, kind) in FIELDS.iter().filter(|(key, ..)| taken.contains(key)) {
        let text = form.exact(&format!("{prefix}{key}"));
        // An empty field is a key that is not there; a replacement may be empty.
        if text.is_empty() && *key != "replacement" {
            continue;
        }
        step[*key] = match kind {
            Kind::Text | Kind::Part => json!(text),
            Kind::Source => match Typed::read(text) {
                Typed::Nothing => continue,
                typed => typed.as_parameter(),
            },
            Kind::Number => text
                .trim()
                .parse::<u64>()
                .map_or(json!(text), |number| json!(number)),
            Kind::List => text
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(|name| known_source(name).unwrap_or(name))
                .collect(),
        };
    }
    step
}

/// The fields of a transformation in the tenant file's own keys: what [`keys`] makes it of.
pub(crate) fn fields(transform: &Value, prefix: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut field = |key: String, value: String| fields.push((key, value));
    field(format!("{prefix}input"), text(&transform["input"], Kind::Text));
    if transform["multivalued"] == json!(true) {
        field(format!("{prefix}multivalued"), "yes".to_owned());
    }
    for (prefix, step) in [
        (prefix.to_owned(), transform),
        (format!("{prefix}{THEN}"), &transform["then"]),
    ] {
        field(format!("{prefix}function"), text(&step["function"], Kind::Text));
        for (key, _, kind) in FIELDS {
            field(format!("{prefix}{key}"), text(&step[*key], *kind));
        }
    }
    fields
}

/// A value as its field shows it; nothing where the key is not there.
fn text(value: &Value, kind: Kind) -> String {
    match value {
        Value::String(text) if kind == Kind::Source => attribute::shown(text),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(all) => all
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(", "),
        // A constant that begins like an attribute.
        Value::Object(parameter) => parameter
            .get("value")
            .and_then(Value::as_str)
            .map_or_else(String::new, attribute::quoted),
        Value::Null | Value::Bool(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without script the style sheet hides what a function does not take.
    #[test]
    fn every_key_has_a_field_and_every_function_that_takes_some_a_rule() {
        for function in FUNCTIONS {
            for key in function.takes {
                assert!(FIELDS.iter().any(|(known, ..)| known == key), "{key}");
            }
            let rule = format!(
                ".takes:has(option[value=\"{0}\"]:checked) > [data-for~=\"{0}\"]",
                function.name
            );
            assert_eq!(
                crate::pages::STYLE.contains(&rule),
                !function.takes.is_empty(),
                "{rule}"
            );
        }
    }
}
