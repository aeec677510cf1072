//! A small result for the reports' tests.

use std::time::Duration;

use crate::event::{
    ControlEvidence, Evidence, Hop, Mismatch, ResponseFacts, RunResult, ScenarioResult, StepResult,
    StepStatus, Verdict,
};
use crate::note::Note;

fn scenario(path: &str, title: &str, verdict: Verdict, milliseconds: u64) -> ScenarioResult {
    ScenarioResult {
        index: 0,
        path: path.to_owned(),
        file: path.to_owned(),
        embedded: true,
        title: title.to_owned(),
        origin: "a guide".to_owned(),
        cases: Vec::new(),
        app: "Upsales".to_owned(),
        tags: vec!["guide".to_owned()],
        verdict,
        duration: Duration::from_millis(milliseconds),
        steps: Vec::new(),
        rerun: format!("entrant test {}", path.trim_end_matches(".toml")),
    }
}

pub(super) fn passed() -> ScenarioResult {
    scenario("guides/upsales.toml", "Upsales signs in", Verdict::Passed, 12)
}

pub(super) fn skipped() -> ScenarioResult {
    let reason = "the SP has no `delete_link` hook".to_owned();
    scenario("links/broken.toml", "Broken link", Verdict::Skipped { reason }, 0)
}

pub(super) fn inconclusive() -> ScenarioResult {
    let reason = "step 1: a loop\u{1}".to_owned();
    scenario("checks/loop.toml", "Loop", Verdict::Inconclusive { reason }, 5)
}

pub(super) fn failed() -> ScenarioResult {
    let mismatch = |what: &str, expected: &str, actual: &str| Mismatch {
        what: what.to_owned(),
        expected: expected.to_owned(),
        actual: actual.to_owned(),
    };
    let hop = |url: &str, status, location: Option<&str>, cookies: &[&str]| Hop {
        method: "GET".to_owned(),
        url: url.to_owned(),
        status,
        location: location.map(ToOwned::to_owned),
        cookies_set: cookies.iter().map(ToString::to_string).collect(),
        headers: Vec::new(),
    };
    let evidence = Evidence {
        flow: "f1".to_owned(),
        outcome: "signed-in".to_owned(),
        hops: vec![
            hop(
                "http://127.0.0.1:1/login",
                302,
                Some("http://localhost:2/saml2"),
                &["sid"],
            ),
            hop("http://localhost:2/saml2", 200, None, &[]),
        ],
        response: Some(ResponseFacts {
            unreadable: None,
            id: Some("_r".to_owned()),
            in_response_to: None,
            facts: vec![("NameID".to_owned(), "b.simon@contoso.com".to_owned())],
        }),
        difference: Vec::new(),
        taken_for: None,
        idp_message: None,
        account_id: Some("a1".to_owned()),
        sp_cause: Some("NotOnOrAfter has passed".to_owned()),
        page: Some("Welcome".to_owned()),
    };
    let mut failed = scenario("checks/expired.toml", "Expired & late", Verdict::Failed, 34);
    failed.steps.push(StepResult {
        number: 1,
        title: "sign_in B.Simon from sp with cond-expired".to_owned(),
        status: StepStatus::Failed,
        cases: Vec::new(),
        reason: None,
        mismatches: vec![
            mismatch("outcome", "refused", "signed-in"),
            mismatch("rejection", "audience-mismatch", "<none>"),
        ],
        finding: None,
        notes: vec![Note::conditions(
            "the control shares the SP's accounts with this step: the SP has no `reset` hook",
        )],
        evidence: Some(evidence),
        control: Some(ControlEvidence {
            step: None,
            outcome: "signed-in".to_owned(),
            flow: "f0".to_owned(),
            response_id: Some("_c".to_owned()),
        }),
        duration: Duration::from_millis(30),
    });
    failed
}

/// A step that found something.
pub(super) fn finding() -> StepResult {
    StepResult {
        number: 1,
        title: "sign_in B.Simon from sp with sig-position-end".to_owned(),
        status: StepStatus::Passed,
        cases: Vec::new(),
        reason: None,
        mismatches: Vec::new(),
        finding: Some("refused (malformed)".to_owned()),
        notes: Vec::new(),
        evidence: None,
        control: None,
        duration: Duration::from_millis(9),
    }
}

/// A step that ended as expected, with a note of each kind.
pub(super) fn noted() -> StepResult {
    StepResult {
        finding: None,
        notes: vec![
            Note::conditions("the SP has no `reset` hook"),
            Note::behaviour("its users go round in a circle"),
            Note::from("armed but never applied: sig-none"),
        ],
        ..finding()
    }
}

/// One of each.
pub(super) fn result() -> RunResult {
    RunResult {
        scenarios: vec![passed(), failed(), inconclusive(), skipped()],
        started: "2026-11-23T10:00:00Z".parse().unwrap(),
        duration: Duration::from_millis(60),
        subject: "orders".to_owned(),
        sp_file: None,
    }
}
