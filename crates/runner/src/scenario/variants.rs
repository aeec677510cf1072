//! One file, several scenarios: one for each of `cases`, and for each Signing Option of `signing`.

use control_api::catalogue::{self, Case};
use control_api::file::{Node, Table, Value, nearest};

use super::faults;

/// What stands for the id of the case.
pub(super) const CASE: &str = "{case}";

/// The Signing Options of the tenant file.
const SIGNING_OPTIONS: &[&str] = &["assertion", "response", "response-and-assertion"];

/// What a scenario of a file has for itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Variant {
    /// One of `cases`; it is a fault.
    pub(super) case: Option<&'static Case>,
    /// One of `signing`.
    pub(super) signing: Option<&'static str>,
}

impl Variant {
    /// The end of its path: `/sig-none/response`; empty where the file is one scenario.
    pub(super) fn suffix(self) -> String {
        let parts = [self.case.map(|case| case.id.as_str()), self.signing];
        parts
            .into_iter()
            .flatten()
            .map(|part| format!("/{part}"))
            .collect()
    }

    /// The text with the case's id in its place.
    pub(super) fn fill(self, text: &str) -> String {
        match self.case {
            Some(case) => text.replace(CASE, &case.id),
            None => text.to_owned(),
        }
    }
}

/// Every variant that the head asks for, in its order; of a file that asks for none, one that is like the file.
pub(super) fn variants(root: &Table<'_>) -> Vec<Variant> {
    let cases = listed(root, "cases", "ids of faults", |id| {
        catalogue::fault(id)
            .map(|(case, _)| case)
            .ok_or_else(|| match catalogue::case(id) {
                Some(case) if case.scenario => {
                    format!(
                        "`{id}` is no fault: a scenario of its own tells it, which says `covers = [\"{id}\"]`"
                    )
                }
                Some(_) => format!("`{id}` is no fault: the mock cannot send it"),
                None => faults::unknown(id),
            })
    });
    let options = listed(root, "signing", "Signing Options", |option| {
        let known = SIGNING_OPTIONS.iter().find(|known| **known == option);
        known.copied().ok_or_else(|| {
            let words: Vec<_> = SIGNING_OPTIONS.iter().map(|word| format!("`{word}`")).collect();
            format!(
                "`signing`: unknown word `{option}`: expected one of {}",
                words.join(", ")
            )
        })
    });
    let is_wrong = |key, count: usize| root.has(key) && count == 0;
    if is_wrong("cases", cases.len()) || is_wrong("signing", options.len()) {
        // That has been told, and what `{case}` stands for is not known.
        return Vec::new();
    }
    let or_none = |count: usize| (0..count.max(1)).map(move |index| (count > 0).then_some(index));
    let variant = |case: Option<usize>, option: Option<usize>| Variant {
        case: case.map(|index| cases[index]),
        signing: option.map(|index| options[index]),
    };
    or_none(cases.len())
        .flat_map(|case| or_none(options.len()).map(move |option| (case, option)))
        .map(|(case, option)| variant(case, option))
        .collect()
}

/// Reads `covers`: ids of cases that this scenario tells.
pub(super) fn covers(root: &Table<'_>) -> Vec<&'static Case> {
    listed(root, "covers", "ids of the catalogue", |id| {
        let Some(case) = catalogue::case(id) else {
            let ids = catalogue::cases().iter().map(|case| case.id.as_str());
            let hint = nearest(id, ids).map_or_else(
                || "expected one of the catalogue's".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(format!("unknown case `{id}`: {hint}"));
        };
        if case.scenario {
            Ok(case)
        } else if case.fault.is_some() {
            Err(format!(
                "`{id}` is a fault: expected it in `cases`, or as a step's `fault`"
            ))
        } else {
            Err(format!(
                "`{id}` is not told by scenarios, says the catalogue: expected `scenario = true` there"
            ))
        }
    })
}

/// A list of words, each read once.
fn listed<T>(
    root: &Table<'_>,
    key: &'static str,
    what: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Vec<T> {
    let Some(node) = root.node(key) else {
        return Vec::new();
    };
    let items: &[Node] = match &node.value {
        Value::Array(items) if items.is_empty() => {
            root.problem_at(key, format!("`{key}` is empty: expected {what}"));
            return Vec::new();
        }
        Value::Array(items) => items,
        _ => std::slice::from_ref(node),
    };
    let mut words: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for item in items {
        let Value::String(word) = &item.value else {
            let kind = item.value.kind();
            root.problem_in(item, format!("`{key}`: expected a text, found {kind}"));
            continue;
        };
        if words.contains(&word.as_str()) {
            root.problem_in(item, format!("`{key}`: `{word}` stands there twice"));
            continue;
        }
        words.push(word);
        match read(word) {
            Ok(value) => found.push(value),
            Err(problem) => root.problem_in(item, problem),
        }
    }
    found
}
