//! The faults that a step orders, checked against the table of their names.

use std::collections::BTreeMap;

use control_api::catalogue::{self, Case, Fault, Parameter, Stage};
use control_api::file::{Node, Table, Value, nearest};
use control_api::idp::FaultSpec;

use super::variants::{CASE, Variant};

/// What carries a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// The response of a `sign_in`.
    Response,
    /// The message of single sign-out that a `sign_out` brings the SP.
    Logout,
    /// The metadata that `refresh_trust` reads.
    Metadata,
}

impl Carrier {
    /// Why it cannot carry a fault; `None`: it can.
    fn problem(self, case: &Case, fault: &Fault) -> Option<String> {
        let id = &case.id;
        let (own, place) = match fault.stage {
            Stage::Metadata => (
                Self::Metadata,
                format!(
                    "is one of metadata: expected it in `sp = {{ refresh_trust = true, fault = \"{id}\" }}`"
                ),
            ),
            Stage::SignOut => (
                Self::Logout,
                "acts on a message of single sign-out: expected it in a `sign_out`".to_owned(),
            ),
            _ if self == Self::Metadata => (
                Self::Response,
                "is none of metadata: expected it in a `sign_in`".to_owned(),
            ),
            _ => (
                Self::Response,
                "acts at a sign-on: expected it in a `sign_in`".to_owned(),
            ),
        };
        (self != own).then(|| format!("the fault `{id}` {place}"))
    }
}

/// Reads `fault = "id"` or `faults = [{ id = "…", … }]`; `{case}` is the case of `variant`.
pub(super) fn faults(table: &Table<'_>, variant: Variant, carrier: Carrier) -> Vec<FaultSpec> {
    if table.has("fault") && table.has("faults") {
        table.problem_at("faults", "`fault` and `faults` together: expected one of them");
    }
    let one = table
        .has("fault")
        .then(|| plain(table, variant, carrier))
        .flatten();
    one.into_iter().chain(listed(table, variant, carrier)).collect()
}

/// `faults = [{ id = "…", … }]`, each once.
fn listed(table: &Table<'_>, variant: Variant, carrier: Carrier) -> Vec<FaultSpec> {
    let Some(node) = table.node("faults") else {
        return Vec::new();
    };
    let Value::Array(items) = &node.value else {
        let kind = node.value.kind();
        table.problem_at(
            "faults",
            format!("`faults`: expected a list of tables, `[{{ id = \"…\" }}]`, found {kind}"),
        );
        return Vec::new();
    };
    if items.is_empty() {
        table.problem_at("faults", "`faults` is empty: expected `[{ id = \"…\" }]`");
    }
    let mut specs: Vec<FaultSpec> = Vec::new();
    for item in items {
        let Some(spec) = one_of(table, item).and_then(|table| fault(&table, variant, carrier)) else {
            continue;
        };
        // The mock takes each but once.
        if specs.iter().any(|other| other.id == spec.id) {
            table.problem_in(
                item,
                format!("the fault `{}` stands there twice: expected it once", spec.id),
            );
        }
        specs.push(spec);
    }
    specs
}

/// One of `faults` as a table.
fn one_of<'p>(table: &Table<'p>, item: &'p Node) -> Option<Table<'p>> {
    if matches!(item.value, Value::Table(_)) {
        return table.adopt(item);
    }
    let id = match &item.value {
        Value::String(id) => id.as_str(),
        _ => "…",
    };
    let kind = item.value.kind();
    table.problem_in(
        item,
        format!("`faults`: expected a list of tables, `[{{ id = \"{id}\" }}]`, found {kind} in it"),
    );
    None
}

/// `fault = "id"`.
fn plain(table: &Table<'_>, variant: Variant, carrier: Carrier) -> Option<FaultSpec> {
    let (case, fault) = named(table, "fault", variant, carrier)?;
    if let Some(parameter) = fault.parameters.iter().find(|parameter| parameter.required) {
        let (id, name) = (&case.id, &parameter.name);
        table.problem_at(
            "fault",
            format!("the fault `{id}` needs the parameter `{name}`: expected `faults = [{{ id = \"{id}\", {name} = \"…\" }}]`"),
        );
    }
    Some(FaultSpec {
        id: case.id.clone(),
        parameters: BTreeMap::new(),
    })
}

/// One of `faults`.
fn fault(table: &Table<'_>, variant: Variant, carrier: Carrier) -> Option<FaultSpec> {
    let (case, fault) = named(table, "id", variant, carrier)?;
    let mut parameters = BTreeMap::new();
    for parameter in &fault.parameters {
        let name = parameter.name.as_str();
        let Some(node) = table.node(name) else {
            if parameter.required {
                table.problem(format!("the fault `{}` needs the parameter `{name}`", case.id));
            }
            continue;
        };
        match text(&node.value) {
            Some(text) => {
                if let Some(problem) = problem(parameter, &text) {
                    table.problem_in(node, problem);
                }
                drop(parameters.insert(name.to_owned(), text));
            }
            None => table.problem_in(
                node,
                format!(
                    "the parameter `{name}` of the fault `{}`: expected a text, a whole number, true or false, found {}",
                    case.id,
                    found(&node.value)
                ),
            ),
        }
    }
    table.done();
    Some(FaultSpec {
        id: case.id.clone(),
        parameters,
    })
}

/// A text, or what TOML writes without quotes: `bits = 8`.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(boolean) => Some(boolean.to_string()),
        _ => None,
    }
}

/// A value as a message tells it, where its kind alone would mislead: `1.0` is a number, too.
pub(super) fn found(value: &Value) -> String {
    match value {
        Value::Float(number) => format!("`{number:?}`"),
        Value::Boolean(boolean) => format!("`{boolean}`"),
        other => other.kind().to_owned(),
    }
}

/// What is wrong with what a parameter is to be.
fn problem(parameter: &Parameter, text: &str) -> Option<String> {
    let (name, words) = (&parameter.name, &parameter.values);
    if !words.is_empty() && !words.iter().any(|word| word == text) {
        let hint = nearest(text, words.iter().map(String::as_str));
        let known: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
        let hint = hint.map_or_else(
            || format!("expected one of {}", known.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        return Some(format!("`{name}`: unknown word `{text}`: {hint}"));
    }
    let expected = parameter.out_of_range(text)?;
    Some(format!("`{name}`: expected {expected}, found `{text}`"))
}

/// The fault whose id stands at `key`.
fn named(
    table: &Table<'_>,
    key: &'static str,
    variant: Variant,
    carrier: Carrier,
) -> Option<(&'static Case, &'static Fault)> {
    let id = table.required_string(key, "the id of a fault")?;
    let found = if id == CASE {
        variant.case.and_then(|case| Some((case, case.fault.as_ref()?)))
    } else {
        catalogue::fault(&id)
    };
    let Some((case, fault)) = found else {
        table.problem_at(key, unknown(&id));
        return None;
    };
    if let Some(problem) = carrier.problem(case, fault) {
        table.problem_at(key, problem);
    }
    found
}

/// What is wrong with an id that no fault has.
pub(super) fn unknown(id: &str) -> String {
    if id == CASE {
        return format!("`{CASE}` stands for each of `cases`, which this file does not say");
    }
    catalogue::unknown_fault(id)
}

#[cfg(test)]
mod tests {
    use crate::scenario::parse_one;

    #[test]
    fn unknown_faults_and_parameters_are_told_with_their_place() {
        for (faults, expected) in [
            (
                "fault = \"sig-non\"",
                "4:21: unknown fault `sig-non`: did you mean `sig-none`?",
            ),
            (
                "fault = \"sig-certificate\"",
                "4:21: the fault `sig-certificate` needs the parameter `certificate`: expected `faults = [{ id = \"sig-certificate\", certificate = \"…\" }]`",
            ),
            (
                "faults = [{ id = \"cond-expire\" }]",
                "4:30: unknown fault `cond-expire`: did you mean `cond-expired`?",
            ),
            (
                "faults = [{ id = \"sig-tamper-nameid\", valu = \"x\", value = \"y\" }]",
                "4:51: unknown key `valu`: did you mean `value`?",
            ),
            (
                "faults = [{ id = \"sig-certificate\" }]",
                "4:23: the fault `sig-certificate` needs the parameter `certificate`",
            ),
            (
                "faults = [{ id = \"env-issuer-other\", value = [1] }]",
                "4:58: the parameter `value` of the fault `env-issuer-other`: expected a text, a whole number, true or false, found a list",
            ),
            (
                "faults = [{ id = \"env-issuer-other\", value = {} }]",
                "4:58: the parameter `value` of the fault `env-issuer-other`: expected a text, a whole number, true or false, found a table",
            ),
            (
                "faults = [{ id = \"env-issuer-other\", value = 1.0 }]",
                "4:58: the parameter `value` of the fault `env-issuer-other`: expected a text, a whole number, true or false, found `1.0`",
            ),
            (
                "faults = [{ id = \"sig-hmac-truncated\", bits = 99 }]",
                "4:59: `bits`: expected a number from 1 to 40, found `99`",
            ),
            (
                "faults = [{ id = \"cond-time-garbage\", variant = \"wrd\" }]",
                "4:61: `variant`: unknown word `wrd`: did you mean `word`?",
            ),
            (
                "faults = [{ id = \"sig-hmac-truncated\", bits = \"99\" }]",
                "4:59: `bits`: expected a number from 1 to 40, found `99`",
            ),
            (
                "faults = [{ id = \"sig-value-missing\", element = \"SignatureValu\" }]",
                "4:61: `element`: unknown word `SignatureValu`: did you mean `SignatureValue`?",
            ),
            (
                "fault = \"prov-jit-off\"",
                "4:21: `prov-jit-off` is a case of the catalogue and no fault: it is told by scenarios (`covers`)",
            ),
            (
                "faults = []",
                "4:22: `faults` is empty: expected `[{ id = \"…\" }]`",
            ),
            (
                "faults = [\"xsw-1\"]",
                "4:23: `faults`: expected a list of tables, `[{ id = \"xsw-1\" }]`, found a text in it",
            ),
            (
                "faults = \"xsw-1\"",
                "4:22: `faults`: expected a list of tables, `[{ id = \"…\" }]`, found a text",
            ),
            (
                "faults = [{ id = \"sig-none\" }, { id = \"cond-expired\" }, { id = \"sig-none\" }]",
                "4:69: the fault `sig-none` stands there twice: expected it once",
            ),
            (
                "faults = [{ id = \"sig-hmac-truncated\", bits = 8 }, { id = \"sig-hmac-truncated\", bits = \"8\" }]",
                "4:64: the fault `sig-hmac-truncated` stands there twice: expected it once",
            ),
        ] {
            let text = format!(
                "title = \"t\"\napp = \"a\"\n[[step]]\nsign_in = {{ {faults}, user = \"B\" }}\nexpect = {{ outcome = \"refused\" }}\n"
            );
            let wrong = parse_one("s.toml", &text, false).unwrap_err();
            let lines: Vec<_> = wrong
                .0
                .iter()
                .map(|one| {
                    let (line, column) = one.place.unwrap();
                    format!("{line}:{column}: {}", one.message)
                })
                .collect();
            assert_eq!(lines, [expected], "{faults}");
        }
    }

    #[test]
    fn what_toml_writes_without_quotes_is_its_text() {
        for (parameters, expected) in [
            ("id = \"sig-hmac-truncated\", bits = 8", ("bits", "8")),
            ("id = \"env-issuer-other\", value = true", ("value", "true")),
            ("id = \"env-issuer-other\", value = -1", ("value", "-1")),
        ] {
            let text = format!(
                "title = \"t\"\napp = \"a\"\n[[step]]\nsign_in = {{ faults = [{{ {parameters} }}, {{ id = \"cond-expired\" }}], user = \"B\" }}\nexpect = {{ outcome = \"refused\" }}\n"
            );
            let scenario = parse_one("s.toml", &text, false).unwrap();
            let faults = scenario.steps[0].action.faults();
            let (name, value) = expected;
            assert_eq!(faults[0].parameters[name], value);
            assert_eq!(faults.len(), 2);
        }
    }
}
