//! The catalogue of failures and attacks against the embedded scenarios: every case is run by one, and none is forgotten.

#![allow(clippy::unwrap_used, reason = "helpers of tests, as in tests")]

use std::collections::BTreeSet;

use control_api::catalogue::{Case, Fault, cases};
use entrant_tests::checkout;
use runner::scenario::{Scenario, Step, select};

/// Where the published catalogue lies, beside the checkout; it is no part of the project.
const PUBLISHED: &str = "../shared/attack-catalogue.md";

#[test]
fn every_case_is_run_by_an_embedded_scenario() {
    let folder = checkout().join("scenarios").to_str().unwrap().to_owned();
    let scenarios = select(&[folder], &[]).unwrap_or_else(|wrong| panic!("{wrong}"));
    let open: Vec<_> = cases()
        .iter()
        .filter(|case| !is_told(case, &scenarios))
        .map(|case| case.id.as_str())
        .collect();
    assert!(open.is_empty(), "nothing tells {}", open.join(", "));
}

/// The loader lets `covers` name none but the cases that are marked so.
fn is_told(case: &Case, scenarios: &[Scenario]) -> bool {
    match &case.fault {
        // It stops the sign-on, and no response reaches a service provider.
        Some(fault) if fault.outcome.is_none() => true,
        Some(fault) => scenarios.iter().any(|scenario| orders(scenario, case, fault)),
        None if case.scenario => scenarios
            .iter()
            .any(|scenario| scenario.covers.iter().any(|covered| covered.id == case.id)),
        None => case.not_applicable.is_some(),
    }
}

/// Whether a step orders the fault, and expects what the catalogue says.
fn orders(scenario: &Scenario, case: &Case, fault: &Fault) -> bool {
    let outcome = fault.outcome.map(|outcome| outcome.word());
    let expects = |step: &Step| step.expect.as_ref().map(|expect| expect.outcome.word()) == outcome;
    let ordered = |step: &Step| step.action.faults().iter().any(|fault| fault.id == case.id);
    scenario.steps.iter().any(|step| expects(step) && ordered(step))
}

#[test]
fn the_ids_are_those_of_the_published_catalogue() {
    let path = checkout().join(PUBLISHED);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return;
    };
    let rows = text.lines().filter_map(row);
    let published: BTreeSet<_> = rows.collect();
    let ours: BTreeSet<_> = cases()
        .iter()
        .filter(|case| !case.own)
        .map(|case| case.id.as_str())
        .collect();
    let only = |one: &BTreeSet<&str>, other: &BTreeSet<&str>| {
        one.difference(other).copied().collect::<Vec<_>>().join(", ")
    };
    assert_eq!(only(&published, &ours), "", "published and not in catalogue.toml");
    assert_eq!(
        only(&ours, &published),
        "",
        "in catalogue.toml, not published and not `own`"
    );
}

/// The id of a row `| 1 | `id` | …`.
fn row(line: &str) -> Option<&str> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    cells.next()?.parse::<u32>().ok()?;
    cells.next()?.strip_prefix('`')?.strip_suffix('`')
}
