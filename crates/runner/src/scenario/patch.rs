//! A `tenant` step: a patch in the tenant file's own keys, judged as far as that goes before the tenant is there.

use control_api::file::{Node, Table, Value};
use control_api::tenant::check_patch;
use serde_json::Value as Json;

use crate::text::expand;

/// What the placeholders may stand for (see [`crate::world::World::placeholders`]), so that a text that holds one is
/// judged as what it becomes.
const SAMPLES: &[(&str, &str)] = &[
    ("login_url", "http://localhost/saml2"),
    ("sign_on_url", "http://localhost/login"),
    ("identifier", "http://localhost/metadata"),
    ("acs", "http://localhost/acs"),
    ("tenant", "7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10"),
    ("issuer", "http://localhost/issuer"),
    ("id", "_1"),
    ("now", "2026-01-01T00:00:00Z"),
    ("sp_certificate", "MIIB"),
    ("sp_encryption_certificate", "MIIB"),
];

/// Reads the value of `tenant`, which stands at `node`.
pub(super) fn tenant(table: &Table<'_>, node: &Node) -> Option<Json> {
    let samples: Vec<_> = SAMPLES
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    let sample = filled_in(node, &samples);
    if let Some(patch) = table.adopt(&sample) {
        check_patch(&patch);
    }
    Some(node.to_json())
}

/// The node with its texts expanded; every place stays.
fn filled_in(node: &Node, samples: &[(&str, String)]) -> Node {
    let value = match &node.value {
        Value::String(text) => Value::String(expand(text, samples)),
        Value::Array(items) => Value::Array(items.iter().map(|item| filled_in(item, samples)).collect()),
        Value::Table(entries) => Value::Table(
            entries
                .iter()
                .map(|(key, node)| (key.clone(), filled_in(node, samples)))
                .collect(),
        ),
        other => other.clone(),
    };
    Node {
        span: node.span.clone(),
        value,
    }
}
