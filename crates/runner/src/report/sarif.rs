//! The SARIF report (SARIF 2.1.0, OASIS 2020), for the code-scanning pages of forges: a rule for each case of the catalogue
//! that was selected and one for what is no case, a result for each step that failed, and for each that ended as
//! expected and tells of a finding or notes what the SP does. A scenario that is inconclusive is a notification, and the execution was then no success: a page must not take what could not be
//! judged for solved.
//!
//! ```json
//! {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "entrant", "rules": [{"id": "sig-none", …}]}},
//!   "results": [{"ruleId": "sig-none", "ruleIndex": 0, "level": "error", "message": {"text": "…"},
//!     "locations": [{"physicalLocation": {"artifactLocation": {"uri": "sp.toml"}, "region": {"startLine": 1}}}]}]}]}
//! ```

use control_api::catalogue::Case;
use control_api::percent_encoded;
use serde_json::{Value, json};

use crate::event::{RunResult, ScenarioResult, StepResult, StepStatus, Verdict};
use crate::note::{About, Note};
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
    let notifications = notifications(result);
    let report = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "entrant",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": cases.iter().map(|case| rule(case)).chain([unmet_rule()]).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": notifications.is_empty(),
                "exitCode": result.exit_code() as u8,
                "startTimeUtc": result.started.to_string(),
                "toolExecutionNotifications": notifications,
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

/// The rule of what is no case of the catalogue.
const UNMET: &str = "expectation";

fn unmet_rule() -> Value {
    let text = "A step of a scenario did not end as expected";
    json!({
        "id": UNMET,
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": format!("{text}: the message says what was expected, what came, and how to run it again.")},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["saml"]},
    })
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

/// What a step tells of the SP besides what was expected: what it found, and how the SP behaved where that was as expected.
fn observed(step: &StepResult) -> Option<String> {
    let finding = step.finding.iter().map(|finding| format!("finding: {finding}"));
    let is_told = |note: &&Note| step.status == StepStatus::Passed && note.about == About::Behaviour;
    let notes = step.notes.iter().filter(is_told);
    let told: Vec<_> = finding.chain(notes.map(|note| format!("note: {note}"))).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// A result for each case that a step tells: what was not as expected, and what was observed.
fn results(result: &RunResult, cases: &[&Case]) -> Vec<Value> {
    let mut results = Vec::new();
    for scenario in &result.scenarios {
        for step in &scenario.steps {
            let observed = observed(step).map(|text| ("note", text));
            let failed = (step.status == StepStatus::Failed).then(|| ("error", step.unmet()));
            for (level, text) in observed.into_iter().chain(failed) {
                let message = format!(
                    "{}, step {}, {}: {text}. Again: {}",
                    scenario.path, step.number, step.title, scenario.rerun
                );
                let mut told = |id: &str, index: usize| {
                    results.push(json!({
                        "ruleId": id,
                        "ruleIndex": index,
                        "level": level,
                        "message": {"text": message},
                        "locations": [location(result, scenario)],
                        "partialFingerprints": {"scenario/v1": format!("{id} {} {}", scenario.path, step.number)},
                    }));
                };
                for case in &step.cases {
                    if let Some(index) = cases.iter().position(|known| known.id == case.id) {
                        told(&case.id, index);
                    }
                }
                if step.cases.is_empty() {
                    // Its rule comes behind those of the cases.
                    told(UNMET, cases.len());
                }
            }
        }
    }
    results
}

/// What could not be judged is no result: it says that the run tells less than it should.
fn notifications(result: &RunResult) -> Vec<Value> {
    let inconclusive = result.scenarios.iter().filter_map(|scenario| match &scenario.verdict {
        Verdict::Inconclusive { reason } => Some(json!({
            "level": "error",
            "message": {"text": format!("{} is inconclusive: {reason}. Again: {}", scenario.path, scenario.rerun)},
        })),
        _ => None,
    });
    inconclusive.collect()
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
