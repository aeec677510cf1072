//! What a run found, in a form that can be read and compared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{SUITES, record_path, words};

/// What stands at the top of each file.
const HEAD: &str = "# Written by `just real-sps`: what this service provider did with every scenario of the suites. A test makes a part of it again.\n\n";

/// What one service provider did.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Record {
    /// What was installed.
    pub(super) versions: Vec<(String, String)>,
    /// The runs: each of what an earlier one left out.
    pub(super) profile: Vec<Profile>,
}

/// A run.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Profile {
    /// The SP file, in the rig's folder.
    pub(super) sp_file: String,
    /// How the scenarios of each suite ended; of `all`, each counts once.
    pub(super) counts: BTreeMap<String, Counts>,
    /// What was not run, by the reason.
    pub(super) skipped: BTreeMap<String, Vec<String>>,
    /// What was, by its path: the verdict, then each sign-on that tells something.
    pub(super) scenarios: BTreeMap<String, Vec<String>>,
}

/// How many scenarios ended in which way.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[allow(missing_docs, reason = "the words of a verdict")]
pub(super) struct Counts {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) inconclusive: usize,
    pub(super) skipped: usize,
    pub(super) findings: usize,
}

impl Record {
    /// That of `rig`.
    pub(super) fn read(rig: &str) -> Self {
        let path = record_path(rig);
        let text = std::fs::read_to_string(&path).unwrap();
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// As it is kept.
    pub(super) fn to_text(&self) -> String {
        format!("{HEAD}{}", toml::to_string(self).unwrap())
    }
}

impl Profile {
    /// What a JSON report says.
    pub(super) fn of(sp_file: &str, report: &Value) -> Self {
        let mut profile = Self {
            sp_file: sp_file.to_owned(),
            counts: BTreeMap::new(),
            skipped: BTreeMap::new(),
            scenarios: BTreeMap::new(),
        };
        for scenario in report["scenarios"].as_array().unwrap() {
            profile.take(scenario);
        }
        profile
    }

    /// The scenarios that this SP file leaves out for how it is configured, and another one may run.
    pub(super) fn of_another_configuration(&self) -> Vec<String> {
        let left_out = self.skipped.iter();
        let fitting = left_out.filter(|(reason, _)| {
            reason.starts_with("the SP does not support the Signing Option")
                || reason.contains("idp_initiated is false")
        });
        fitting.flat_map(|(_, paths)| paths.iter().cloned()).collect()
    }

    /// The scenarios that are left out for a heavy fault, each of which costs little; what floods is another matter.
    pub(super) fn of_heavy_faults(&self) -> Vec<String> {
        let left_out = self.skipped.iter();
        let heavy =
            left_out.filter(|(reason, _)| reason.starts_with("the fault ") && reason.contains("is heavy"));
        heavy.flat_map(|(_, paths)| paths.iter().cloned()).collect()
    }

    fn take(&mut self, scenario: &Value) {
        let path = scenario["path"].as_str().unwrap().to_owned();
        let verdict = scenario["verdict"].as_str().unwrap();
        let steps = scenario["steps"].as_array().unwrap();
        let findings = steps.iter().filter(|step| step["finding"].is_string()).count();
        let tags = scenario["tags"].as_array().unwrap();
        let suites = SUITES
            .iter()
            .filter(|suite| tags.iter().any(|tag| tag == **suite));
        for suite in suites.copied().chain(["all"]) {
            let counts = self.counts.entry(suite.to_owned()).or_default();
            counts.findings += findings;
            match verdict {
                "passed" => counts.passed += 1,
                "failed" => counts.failed += 1,
                "inconclusive" => counts.inconclusive += 1,
                _ => counts.skipped += 1,
            }
        }
        if verdict == "skipped" {
            let reason = scenario["reason"].as_str().unwrap().to_owned();
            self.skipped.entry(reason).or_default().push(path);
            return;
        }
        let mut told = vec![verdict.to_owned()];
        told.extend(words::steps(scenario).iter().map(ToString::to_string));
        self.scenarios.insert(path, told);
    }
}
