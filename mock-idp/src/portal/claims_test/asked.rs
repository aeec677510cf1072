//! What the forms of the claims test ask for.

use std::collections::BTreeMap;

use control_api::tenant::FUNCTIONS;
use serde_json::{Value, json};

use super::THEN;

/// The fields of both forms; of a name that comes twice the first.
pub(super) struct Asked(BTreeMap<String, String>);

impl Asked {
    /// Reads the query of the address.
    pub(super) fn read(query: &str) -> Self {
        let mut fields = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            fields.entry(name.into_owned()).or_insert(value.into_owned());
        }
        Self(fields)
    }

    /// A field as it was typed, or nothing.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether a field has a text, or a box is ticked.
    pub(super) fn is_filled(&self, name: &str) -> bool {
        !self.get(name).trim().is_empty()
    }

    /// The transformation in the tenant file's own keys; what a function does not take is left alone.
    pub(super) fn transform(&self) -> Value {
        let mut transform = self.step("");
        transform["input"] = json!(self.get("input").trim());
        if self.is_filled("multivalued") {
            transform["multivalued"] = json!(true);
        }
        if self.is_filled(&format!("{THEN}function")) {
            transform["then"] = self.step(THEN);
        }
        transform
    }

    fn step(&self, prefix: &str) -> Value {
        let name = self.get(&format!("{prefix}function"));
        let mut step = json!({ "function": name });
        let known = FUNCTIONS.iter().find(|function| function.name == name);
        for key in known.map_or(&[][..], |function| function.takes) {
            let text = self.get(&format!("{prefix}{key}"));
            // An empty field is a key that is not there; a replacement may be empty.
            if text.is_empty() && *key != "replacement" {
                continue;
            }
            step[*key] = match *key {
                "start" | "length" => text
                    .trim()
                    .parse::<u64>()
                    .map_or(json!(text), |number| json!(number)),
                "parameters" => text
                    .split(',')
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
                    .collect(),
                _ => json!(text),
            };
        }
        step
    }

    /// The input's samples, a line each, and those of other sources.
    pub(super) fn samples(&self) -> Result<BTreeMap<String, Vec<String>>, String> {
        let lines = |name: &str| {
            let text = self.get(name).to_owned();
            text.lines()
                .map(|line| line.trim().to_owned())
                .filter(|line| !line.is_empty())
                .collect::<Vec<_>>()
        };
        let mut samples = BTreeMap::new();
        let own = lines("sample");
        if !own.is_empty() {
            samples.insert(self.get("input").trim().to_owned(), own);
        }
        for line in lines("samples") {
            let (source, value) = line.split_once('=').ok_or_else(|| {
                format!("`{line}` is no sample value: expected a line such as user.country = US")
            })?;
            let values: &mut Vec<String> = samples.entry(source.trim().to_owned()).or_default();
            values.push(value.trim().to_owned());
        }
        Ok(samples)
    }
}
