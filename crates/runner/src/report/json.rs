//! The JSON report.
//!
//! ```json
//! {"schema": 1, "version": "0.1.0", "subject": "reference SP", "started": "…Z", "exit_code": 1,
//!  "summary": {"passed": 1, "failed": 1, "inconclusive": 0, "skipped": 0, "findings": 0, "duration_ms": 12},
//!  "scenarios": [{"path": "…", "title": "…", "verdict": "failed", "steps": [{"number": 1, "status": "failed",
//!    "mismatches": [{"what": "outcome", "expected": "refused", "actual": "signed-in"}], "evidence": {…}}]}]}
//! ```

use serde::Serialize;

use crate::event::{RunResult, ScenarioResult, Summary};
use crate::text::printable;

/// Version of this format.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Report<'r> {
    schema: u32,
    version: &'static str,
    subject: &'r str,
    started: String,
    exit_code: u8,
    summary: Summary,
    scenarios: &'r [ScenarioResult],
}

/// The whole result as JSON, indented, with a line end.
///
/// # Panics
/// Never: all keys are texts and all numbers finite.
#[must_use]
pub fn json(result: &RunResult) -> String {
    let report = Report {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        subject: &result.subject,
        started: result.started.to_string(),
        exit_code: result.exit_code() as u8,
        summary: result.summary(),
        scenarios: &result.scenarios,
    };
    let text = serde_json::to_string_pretty(&report).expect("all keys are texts and all numbers finite");
    // What serde_json leaves as it is: DEL, C1 and bidi controls. They can only stand in texts.
    format!("{}\n", printable(&text))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::report::testing::result;

    #[test]
    fn the_report_holds_everything_and_says_how_it_ended() {
        let report: Value = serde_json::from_str(&super::json(&result())).unwrap();
        assert_eq!(report["schema"], 1);
        assert_eq!(report["exit_code"], 1);
        assert_eq!(report["started"], "2026-11-23T10:00:00Z");
        assert_eq!(
            report["summary"],
            json!({"passed": 1, "failed": 1, "inconclusive": 1, "skipped": 1, "findings": 0, "duration_ms": 60})
        );
        let failed = &report["scenarios"][1];
        assert_eq!(failed["verdict"], "failed");
        assert_eq!(failed["rerun"], "entrant test checks/expired");
        assert_eq!(
            failed["steps"][0]["mismatches"][0],
            json!({"what": "outcome", "expected": "refused", "actual": "signed-in"})
        );
        assert_eq!(
            failed["steps"][0]["evidence"]["response"]["facts"],
            json!([["NameID", "b.simon@contoso.com"]])
        );
        assert_eq!(failed["steps"][0]["evidence"]["account_id"], "a1");
        assert_eq!(
            failed["steps"][0]["control"],
            json!({"outcome": "signed-in", "flow": "f0", "response_id": "_c"})
        );
        let skipped = &report["scenarios"][3];
        assert_eq!(
            (&skipped["verdict"], &skipped["steps"]),
            (&json!("skipped"), &json!([]))
        );
        assert_eq!(skipped["reason"], "the SP has no `delete_link` hook");
    }
}
