//! The SARIF report (SARIF 2.1.0, OASIS 2020), for the code-scanning pages of forges: a rule for each case of the catalogue
//! that ran, a result for each of them that failed, and for each finding.
//!
//! ```json
//! {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "entrant", "rules": [{"id": "sig-none", …}]}},
//!   "results": [{"ruleId": "sig-none", "ruleIndex": 0, "level": "error", "message": {"text": "…"},
//!     "locations": [{"physicalLocation": {"artifactLocation": {"uri": "sp.toml"}, "region": {"startLine": 1}}}]}]}]}
//! ```

use control_api::catalogue::Case;
use control_api::percent_encoded;
use serde_json::{Value, json};

use crate::event::{RunResult, ScenarioResult, Verdict};
use crate::text::printable;

/// The schema that the report follows.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The folder of the embedded scenarios, in this project.
const EMBEDDED: &str = "scenarios/";

/// The report, indented, with a line end.
///
/// # Panics
/// Never: all keys are texts and all numbers finite.
#[must_use]
pub fn sarif(result: &RunResult) -> String {
    let cases = cases(result);
    let report = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "entrant",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": cases.iter().map(|case| rule(case)).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": true,
                "exitCode": result.exit_code() as u8,
                "startTimeUtc": result.started.to_string(),
            }],
            "results": results(result, &cases),
        }],
    });
    let text = serde_json::to_string_pretty(&report).expect("all keys are texts and all numbers finite");
    format!("{}\n", printable(&text))
}

/// The cases of the run, each once.
fn cases(result: &RunResult) -> Vec<&'static Case> {
    let mut cases: Vec<&'static Case> = Vec::new();
    for case in result.scenarios.iter().flat_map(|scenario| &scenario.cases) {
        if !cases.iter().any(|known| known.id == case.id) {
            cases.push(case);
        }
    }
    cases
}

fn rule(case: &Case) -> Value {
    let seen = if case.seen.is_empty() {
        String::new()
    } else {
        format!(" Seen: {}", case.seen)
    };
    json!({
        "id": case.id,
        "shortDescription": {"text": case.mutation},
        "fullDescription": {"text": format!("Expected: {}. {}", case.expected, case.reason)},
        "help": {"text": format!("{}. Expected: {}. Why: {}.{seen}", case.mutation, case.expected, case.reason)},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["security", "saml", case.group]},
    })
}

fn results(result: &RunResult, cases: &[&Case]) -> Vec<Value> {
    let mut results = Vec::new();
    for scenario in &result.scenarios {
        let mut told: Vec<_> = scenario
            .findings()
            .map(|finding| ("note", format!("finding: {finding}")))
            .collect();
        if scenario.verdict == Verdict::Failed {
            told.push(("error", scenario.unmet()));
        }
        for case in &scenario.cases {
            let index = cases.iter().position(|known| known.id == case.id);
            for (level, text) in &told {
                results.push(json!({
                    "ruleId": case.id,
                    "ruleIndex": index,
                    "level": level,
                    "message": {"text": format!("{}: {text}. Again: {}", scenario.path, scenario.rerun)},
                    "locations": [location(result, scenario)],
                    "partialFingerprints": {"scenario/v1": format!("{} {}", case.id, scenario.path)},
                }));
            }
        }
    }
    results
}

/// The file that stands for the service provider; of the reference SP's the scenario.
fn location(result: &RunResult, scenario: &ScenarioResult) -> Value {
    let uri = match &result.sp_file {
        Some(file) => uri(file),
        None if scenario.embedded => uri(&format!("{EMBEDDED}{}", scenario.file)),
        None => uri(&scenario.file),
    };
    json!({
        "physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}},
        "logicalLocations": [{"fullyQualifiedName": scenario.path}],
    })
}

/// A path as a URI reference.
fn uri(path: &str) -> String {
    let segments: Vec<_> = path.split('/').map(percent_encoded).collect();
    let path = segments.join("/");
    if path.starts_with('/') {
        format!("file://{path}")
    } else {
        path
    }
}

#[cfg(test)]
mod tests;
