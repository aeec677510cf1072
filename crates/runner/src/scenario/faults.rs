//! The faults that a step orders, checked against the table of their names.

use std::collections::BTreeMap;

use control_api::catalogue::{self, Case, Fault, Stage};
use control_api::file::{Table, Value, nearest};
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
    let many = table.tables("faults");
    if table.has("fault") && table.has("faults") {
        table.problem_at("faults", "`fault` and `faults` together: expected one of them");
    }
    if table.has("faults") && many.is_empty() {
        table.problem_at("faults", "`faults` is empty: expected `[{ id = \"…\" }]`");
    }
    let one = table
        .has("fault")
        .then(|| plain(table, variant, carrier))
        .flatten();
    let many = many.iter().filter_map(|table| fault(table, variant, carrier));
    one.into_iter().chain(many).collect()
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
        match table.node(name).map(|node| (&node.value, node)) {
            Some((Value::String(text), node)) => {
                let words = &parameter.values;
                if !words.is_empty() && !words.contains(text) {
                    let hint = nearest(text, words.iter().map(String::as_str));
                    let known: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
                    let hint = hint.map_or_else(
                        || format!("expected one of {}", known.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    table.problem_in(node, format!("`{name}`: unknown word `{text}`: {hint}"));
                }
                if let Some(expected) = parameter.out_of_range(text) {
                    table.problem_in(node, format!("`{name}`: expected {expected}, found `{text}`"));
                }
                drop(parameters.insert(name.to_owned(), text.clone()));
            }
            Some((other, node)) => {
                table.problem_in(node, format!("`{name}`: expected a text, found {}", other.kind()));
            }
            None if parameter.required => {
                table.problem(format!("the fault `{}` needs the parameter `{name}`", case.id));
            }
            None => {}
        }
    }
    table.done();
    Some(FaultSpec {
        id: case.id.clone(),
        parameters,
    })
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
                "faults = [{ id = \"env-issuer-other\", value = 1 }]",
                "4:58: `value`: expected a text, found a number",
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
}
