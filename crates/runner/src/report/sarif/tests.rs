//! What a code-scanning page reads.

use control_api::catalogue::case;

use super::*;
use crate::report::testing::{failed, finding, noted, passed, result, skipped};

/// A run with a failed attack, a finding, an attack that was refused, one that was skipped, and what is no case.
fn attacked() -> RunResult {
    let of = |mut scenario: ScenarioResult, ids: &[&str]| {
        scenario.cases = ids.iter().map(|id| case(id).unwrap()).collect();
        // A scenario of several cases whose last alone failed.
        for step in &mut scenario.steps {
            step.cases = scenario.cases.last().copied().into_iter().collect();
        }
        scenario
    };
    let mut found = of(passed(), &["sig-position-end"]);
    found.path = "attacks/one more/sig-position-end".to_owned();
    found.file = "attacks/one more.toml".to_owned();
    found.steps.push(StepResult {
        cases: found.cases.clone(),
        ..finding()
    });
    RunResult {
        scenarios: vec![
            of(passed(), &["sig-none"]),
            of(failed(), &["sig-none", "xsw-3"]),
            found,
            of(skipped(), &["cond-expired"]),
            failed(),
        ],
        ..result()
    }
}

fn read(result: &RunResult) -> Value {
    serde_json::from_str(&sarif(result)).unwrap()
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("{pointer} is no text in {value:#}"))
}

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.unwrap_or_else(|| panic!("{pointer} is no list in {value:#}"))
}

/// What the schema of SARIF 2.1.0 requires of what is used, and what it says of the values.
fn check_shape(log: &Value) {
    assert_eq!(text(log, "/version"), "2.1.0");
    assert!(text(log, "/$schema").ends_with("sarif-2.1.0.json"));
    for run in list(log, "/runs") {
        assert!(!text(run, "/tool/driver/name").is_empty());
        assert!(!text(run, "/tool/driver/semanticVersion").is_empty());
        let rules = list(run, "/tool/driver/rules");
        let mut ids: Vec<_> = rules.iter().map(|rule| text(rule, "/id")).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "a rule stands there twice");
        for rule in rules {
            for member in ["/shortDescription/text", "/fullDescription/text", "/help/text"] {
                assert!(!text(rule, member).is_empty(), "{member}");
            }
            assert!(is_level(text(rule, "/defaultConfiguration/level")));
            assert!(list(rule, "/properties/tags").iter().all(Value::is_string));
        }
        for invocation in list(run, "/invocations") {
            assert!(invocation["executionSuccessful"].is_boolean());
            assert!(invocation["exitCode"].is_u64());
            let started = text(invocation, "/startTimeUtc");
            assert!(started.ends_with('Z') && started.parse::<jiff::Timestamp>().is_ok());
        }
        for result in list(run, "/results") {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(text(&rules[index], "/id"), text(result, "/ruleId"));
            assert!(is_level(text(result, "/level")));
            assert!(!text(result, "/message/text").is_empty());
            let fingerprints = result["partialFingerprints"].as_object().unwrap();
            assert!(fingerprints.values().all(Value::is_string));
            for location in list(result, "/locations") {
                let uri = text(location, "/physicalLocation/artifactLocation/uri");
                assert!(!uri.contains(char::is_whitespace), "{uri}");
                let line = &location["physicalLocation"]["region"]["startLine"];
                assert!(line.as_u64().unwrap() >= 1);
                for logical in list(location, "/logicalLocations") {
                    assert!(!text(logical, "/fullyQualifiedName").is_empty());
                }
            }
        }
    }
}

fn is_level(word: &str) -> bool {
    ["none", "note", "warning", "error"].contains(&word)
}

#[test]
fn what_the_sp_does_is_a_note_and_what_the_run_stands_under_is_none() {
    let with = |step: StepResult| {
        let mut scenario = passed();
        scenario.cases = vec![case("sig-none").unwrap()];
        scenario.steps = vec![StepResult {
            cases: scenario.cases.clone(),
            ..step
        }];
        read(&RunResult {
            scenarios: vec![scenario],
            ..result()
        })
    };
    let log = with(noted());
    check_shape(&log);
    let results = list(&log["runs"][0], "/results");
    assert_eq!(results.len(), 1);
    assert_eq!(text(&results[0], "/level"), "note");
    let message = text(&results[0], "/message/text");
    assert!(
        message.contains(": note: its users go round in a circle. Again"),
        "{message}"
    );
    assert!(
        !message.contains("armed") && !message.contains("reset"),
        "{message}"
    );
    // A step that failed, or could not be judged, is told as that.
    let log = with(StepResult {
        status: StepStatus::Inconclusive,
        ..noted()
    });
    assert!(list(&log["runs"][0], "/results").is_empty());
}

#[test]
fn a_rule_for_each_case_and_a_result_for_what_failed_or_was_found() {
    let log = read(&attacked());
    check_shape(&log);
    let run = &log["runs"][0];
    let rules: Vec<_> = list(run, "/tool/driver/rules")
        .iter()
        .map(|rule| text(rule, "/id"))
        .collect();
    assert_eq!(
        rules,
        [
            "sig-none",
            "xsw-3",
            "sig-position-end",
            "cond-expired",
            "expectation"
        ]
    );
    let told: Vec<_> = list(run, "/results")
        .iter()
        .map(|one| (text(one, "/ruleId"), text(one, "/level")))
        .collect();
    assert_eq!(
        told,
        [
            ("xsw-3", "error"),
            ("sig-position-end", "note"),
            ("expectation", "error")
        ]
    );
    let results = list(run, "/results");
    assert_eq!(
        text(&results[0], "/message/text"),
        "checks/expired.toml, step 1, sign_in B.Simon from sp with cond-expired: outcome: expected refused, actual signed-in; rejection: expected audience-mismatch, actual <none>. \
         Again: entrant test checks/expired"
    );
    let uri = |index: usize| {
        text(
            &results[index],
            "/locations/0/physicalLocation/artifactLocation/uri",
        )
    };
    assert_eq!(uri(0), "scenarios/checks/expired.toml");
    assert_eq!(uri(1), "scenarios/attacks/one%20more.toml");
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["exitCode"], 1);
    assert_eq!(invocation["executionSuccessful"], true);
}

#[test]
fn the_file_is_that_of_the_service_provider_or_of_the_scenario() {
    for (sp_file, embedded, expected) in [
        (Some("sp.toml"), true, "sp.toml"),
        (Some("/etc/my sp.toml"), false, "file:///etc/my%20sp.toml"),
        (None, false, "checks/expired.toml"),
    ] {
        let mut result = attacked();
        result.sp_file = sp_file.map(ToOwned::to_owned);
        result
            .scenarios
            .iter_mut()
            .for_each(|one| one.embedded = embedded);
        let log = read(&result);
        check_shape(&log);
        let uri = "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri";
        assert_eq!(text(&log, uri), expected);
    }
}

#[test]
fn what_is_inconclusive_is_told_and_the_run_was_no_success() {
    let log = read(&result());
    check_shape(&log);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let told = list(invocation, "/toolExecutionNotifications");
    assert_eq!(told.len(), 1);
    assert!(text(&told[0], "/message/text").starts_with("checks/loop.toml is inconclusive: step 1: a loop"));
    assert_eq!(text(&told[0], "/level"), "error");
    let results = list(&log, "/runs/0/results");
    assert_eq!(results.len(), 1, "what failed is told, though it is no case");
    assert_eq!(text(&results[0], "/ruleId"), "expectation");
}
