//! Where a value comes from: "Source" with its three choices, of a claim, of the NameID and of each condition.

use serde_json::{Map, Value, json};

use crate::portal::form::Form;
use crate::portal::transform::attribute::{Typed, quoted};
use crate::portal::transform::{self, TransformFields};

/// Begins every directory schema extension as a source.
const EXTENSION: &str = "user.extension_";

/// The fields as a page shows them (`portal/claim_origin.html`).
pub(super) struct OriginFields {
    /// Begins the names of the fields.
    pub(super) prefix: String,
    /// Tells the fields from those of the other choices of the page.
    pub(super) of: String,
    /// The label of the field for an attribute: that of a condition is another.
    pub(super) label: &'static str,
    pub(super) choices: [Choice; 3],
    /// An attribute, or a constant in quotes.
    pub(super) attribute: String,
    /// The list of attributes, by its id on the page.
    pub(super) sources: &'static str,
    pub(super) for_name_id: bool,
    pub(super) extension: String,
    pub(super) transform: TransformFields,
}

/// One of "Source".
pub(super) struct Choice {
    pub(super) kind: &'static str,
    pub(super) label: &'static str,
    pub(super) is_chosen: bool,
}

const CHOICES: [(&str, &str); 3] = [
    ("attribute", "Attribute"),
    ("transformation", "Transformation"),
    ("extension", "Directory schema extension"),
];

impl OriginFields {
    /// The fields whose names begin with `prefix`, as the form has them; `of` is empty where they are the page's own.
    pub(super) fn new(form: &Form, prefix: &str, of: &str, for_name_id: bool) -> Self {
        let chosen = kind(form, prefix);
        let (suffix, label) = match of {
            "" => (String::new(), "Source attribute"),
            of => (format!("of {of}"), "Value"),
        };
        Self {
            prefix: prefix.to_owned(),
            of: suffix,
            label,
            choices: CHOICES.map(|(kind, label)| Choice {
                kind,
                label,
                is_chosen: kind == chosen,
            }),
            attribute: form.exact(&format!("{prefix}attribute")).to_owned(),
            sources: if for_name_id { "name-id-sources" } else { "sources" },
            for_name_id,
            extension: form.exact(&format!("{prefix}extension")).to_owned(),
            transform: TransformFields::new(form, prefix, of, for_name_id),
        }
    }
}

/// The chosen one; without a choice the first.
fn kind(form: &Form, prefix: &str) -> &'static str {
    let given = form.text(&format!("{prefix}source"));
    let mut kinds = CHOICES.iter().map(|(kind, _)| *kind);
    kinds.find(|kind| *kind == given).unwrap_or(CHOICES[0].0)
}

/// The origin in the tenant file's own keys; none where the field is blank.
pub(super) fn keys(form: &Form, prefix: &str, for_name_id: bool) -> Map<String, Value> {
    let one = |key: &str, value: Value| Map::from_iter([(key.to_owned(), value)]);
    match kind(form, prefix) {
        "transformation" => one("transform", transform::keys(form, prefix)),
        "extension" => match form.text(&format!("{prefix}extension")) {
            "" => Map::new(),
            text => {
                let name = text.strip_prefix("user.").unwrap_or(text);
                let name = name.strip_prefix("extension_").unwrap_or(name);
                one("source", json!(format!("{EXTENSION}{name}")))
            }
        },
        _ => match Typed::read(form.exact(&format!("{prefix}attribute"))) {
            Typed::Nothing => Map::new(),
            Typed::Source(source) => one("source", json!(source)),
            // The NameID takes no constant: whatever is no attribute is refused as one.
            Typed::Constant(text) if for_name_id => one("source", json!(text)),
            Typed::Constant(text) => one("value", json!(text)),
        },
    }
}

/// The fields of an origin in the tenant file's own keys: what [`keys`] makes it of.
pub(super) fn fields(origin: &Value, prefix: &str) -> Vec<(String, String)> {
    let (kind, mut fields) = match (&origin["source"], &origin["value"], &origin["transform"]) {
        (Value::String(source), ..) if source.starts_with(EXTENSION) => {
            ("extension", vec![(format!("{prefix}extension"), source.clone())])
        }
        (Value::String(source), ..) => ("attribute", vec![(format!("{prefix}attribute"), source.clone())]),
        (_, Value::String(value), _) => ("attribute", vec![(format!("{prefix}attribute"), quoted(value))]),
        (.., transform @ Value::Object(_)) => ("transformation", transform::fields(transform, prefix)),
        _ => ("attribute", Vec::new()),
    };
    fields.push((format!("{prefix}source"), kind.to_owned()));
    fields
}
