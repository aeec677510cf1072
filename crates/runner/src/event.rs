//! What happens during a run, as one stream of events, and the result that is left at its end. Reporters read
//! both and decide nothing.

use std::time::Duration;

use control_api::catalogue::Case;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

pub use crate::agent::hops::Hop;
pub use crate::facts::ResponseFacts;
use crate::note::{About, Note};

/// Something that happened. Scenarios run at the same time, so events of several interleave; those of one come
/// in order.
#[derive(Clone, Debug)]
pub enum RunEvent {
    /// The run begins.
    RunStarted {
        /// How many scenarios were selected.
        total: usize,
        /// What is tested.
        subject: String,
        /// The SP file, as it was given; `None`: the reference SP is tested.
        sp_file: Option<String>,
        /// When it began.
        started: Timestamp,
    },
    /// The application of a foreign SP is there.
    Published {
        /// App Federation Metadata Url: what the SP must trust.
        metadata: String,
    },
    /// A scenario begins.
    ScenarioStarted {
        /// Its place in the selection, from 0.
        index: usize,
        /// Its path.
        path: String,
        /// Its title.
        title: String,
    },
    /// A step ended.
    StepFinished {
        /// The scenario's place in the selection.
        index: usize,
        /// What came of it.
        step: Box<StepResult>,
    },
    /// A scenario ended.
    ScenarioFinished(Box<ScenarioResult>),
    /// All scenarios ended.
    RunFinished(Summary),
}

/// What is left of a run.
#[derive(Clone, Debug)]
pub struct RunResult {
    /// Every scenario, in the order of the selection.
    pub scenarios: Vec<ScenarioResult>,
    /// When it began.
    pub started: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// What was tested.
    pub subject: String,
    /// The SP file, as it was given; `None`: the reference SP was tested.
    pub sp_file: Option<String>,
}

impl RunResult {
    /// How many scenarios ended in which way.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary {
            duration: self.duration,
            ..Summary::default()
        };
        for scenario in &self.scenarios {
            summary.findings += scenario.findings().count();
            match scenario.verdict {
                Verdict::Passed => summary.passed += 1,
                Verdict::Failed => summary.failed += 1,
                Verdict::Inconclusive { .. } => summary.inconclusive += 1,
                Verdict::Skipped { .. } => summary.skipped += 1,
            }
        }
        summary
    }

    /// What the program ends with.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        self.summary().exit_code()
    }
}

/// How many scenarios ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// As expected.
    pub passed: usize,
    /// An expectation was not met.
    pub failed: usize,
    /// Nothing could be said.
    pub inconclusive: usize,
    /// Not run, with a reason.
    pub skipped: usize,
    /// What was found where the catalogue leaves the service provider the choice; no verdict hangs on it.
    pub findings: usize,
    /// How long the run took.
    #[serde(rename = "duration_ms", serialize_with = "milliseconds")]
    pub duration: Duration,
}

impl Summary {
    /// What the program ends with: any failed 1; else any inconclusive 3; else nothing ran 4; else 0.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        if self.failed > 0 {
            ExitCode::Failed
        } else if self.inconclusive > 0 {
            ExitCode::Inconclusive
        } else if self.passed == 0 {
            ExitCode::Nothing
        } else {
            ExitCode::Passed
        }
    }
}

/// The exit codes (contracts.md section 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Everything as expected.
    Passed = 0,
    /// An expectation was not met.
    Failed = 1,
    /// A command line or a file is wrong.
    Usage = 2,
    /// Something could not be judged.
    Inconclusive = 3,
    /// Nothing was selected, or nothing ran.
    Nothing = 4,
}

/// What came of a scenario.
#[derive(Clone, Debug, Serialize)]
pub struct ScenarioResult {
    /// Its place in the selection, from 0.
    #[serde(skip)]
    pub index: usize,
    /// Its path.
    pub path: String,
    /// The file that says it; another than the path where the file is several scenarios.
    pub file: String,
    /// Whether the file is embedded in the program.
    #[serde(skip)]
    pub embedded: bool,
    /// Its title.
    pub title: String,
    /// Where the case comes from.
    pub origin: String,
    /// The cases of the catalogue that it tells.
    #[serde(serialize_with = "told_cases")]
    pub cases: Vec<&'static Case>,
    /// The application.
    pub app: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// How long it took.
    #[serde(rename = "duration_ms", serialize_with = "milliseconds")]
    pub duration: Duration,
    /// The steps that ran.
    pub steps: Vec<StepResult>,
    /// The command that runs just this scenario again.
    pub rerun: String,
}

impl ScenarioResult {
    /// The steps that did not end as expected.
    pub fn unmet_steps(&self) -> impl Iterator<Item = &StepResult> {
        self.steps.iter().filter(|step| step.status != StepStatus::Passed)
    }

    /// What was not as expected, in one line.
    #[must_use]
    pub fn unmet(&self) -> String {
        let told: Vec<_> = self.unmet_steps().map(StepResult::unmet).collect();
        told.join("; ")
    }

    /// What a reader should know of the steps that ended as expected, each once; what the run stands under is left out.
    #[must_use]
    pub fn notes(&self) -> Vec<&Note> {
        let met = self.steps.iter().filter(|step| step.status == StepStatus::Passed);
        let mut notes: Vec<&Note> = Vec::new();
        for note in met.flat_map(|step| &step.notes) {
            if note.about != About::Conditions && !notes.contains(&note) {
                notes.push(note);
            }
        }
        notes
    }

    /// What it found where the catalogue leaves the service provider the choice.
    pub fn findings(&self) -> impl Iterator<Item = String> {
        self.steps.iter().filter_map(StepResult::found)
    }
}

/// A scenario's verdict (contracts.md section 2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub enum Verdict {
    /// Every expectation was met.
    Passed,
    /// One was not.
    Failed,
    /// Nothing can be said.
    Inconclusive {
        /// Why.
        reason: String,
    },
    /// Not run.
    Skipped {
        /// Why.
        reason: String,
    },
}

impl Verdict {
    /// The word in reports.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Inconclusive { .. } => "inconclusive",
            Self::Skipped { .. } => "skipped",
        }
    }

    /// Why, where there is a reason.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Passed | Self::Failed => None,
            Self::Inconclusive { reason } | Self::Skipped { reason } => Some(reason),
        }
    }
}

/// What came of a step.
#[derive(Clone, Debug, Serialize)]
pub struct StepResult {
    /// Its number, from 1.
    pub number: usize,
    /// What it does, in a few words.
    pub title: String,
    /// How it ended.
    pub status: StepStatus,
    /// The cases of the catalogue that it tells: those of its faults, else those that the scenario covers.
    #[serde(serialize_with = "told_cases", skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<&'static Case>,
    /// Why nothing can be said, where nothing can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was not as expected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mismatches: Vec<Mismatch>,
    /// With the outcome `either`: which way it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// What could not be checked, and what a reader should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// What was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// What was seen of the positive control, where the step has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<ControlEvidence>,
    /// How long it took.
    #[serde(rename = "duration_ms", serialize_with = "milliseconds")]
    pub duration: Duration,
}

impl StepResult {
    /// What was not as expected, in one line.
    #[must_use]
    pub fn unmet(&self) -> String {
        let told = self.mismatches.iter();
        let told = told.map(|one| format!("{}: expected {}, actual {}", one.what, one.expected, one.actual));
        told.collect::<Vec<_>>().join("; ")
    }

    /// What it found where the catalogue leaves the service provider the choice, with what it is about.
    fn found(&self) -> Option<String> {
        let finding = self.finding.as_ref()?;
        let about: Vec<_> = self.cases.iter().map(|case| case.id.as_str()).collect();
        Some(match about.as_slice() {
            [] => finding.clone(),
            about => format!("{}: {finding}, a matter of policy", about.join(", ")),
        })
    }
}

/// What was seen of a positive control: the sign-on that shows that only the deviation is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ControlEvidence {
    /// The step that it was; absent: a sign-on of its own, right before the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// How it ended, in words.
    pub outcome: String,
    /// The flow id at the identity provider.
    pub flow: String,
    /// `ID` of the response that was delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_id: Option<String>,
}

impl ControlEvidence {
    /// What `evidence` shows, of the sign-on of `step`.
    pub(crate) fn of(evidence: &Evidence, step: Option<usize>) -> Self {
        Self {
            step,
            outcome: evidence.outcome.clone(),
            flow: evidence.flow.clone(),
            response_id: evidence
                .response
                .as_ref()
                .and_then(|response| response.id.clone()),
        }
    }
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StepStatus {
    /// As expected, or done.
    Passed,
    /// Not as expected.
    Failed,
    /// Nothing can be said.
    Inconclusive,
}

/// An expectation that was not met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// The key of `expect`.
    pub what: String,
    /// What it says.
    pub expected: String,
    /// What was seen.
    pub actual: String,
}

/// What was seen of a sign-on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The flow id at the identity provider.
    pub flow: String,
    /// How it ended, in words.
    pub outcome: String,
    /// Every request.
    pub hops: Vec<Hop>,
    /// The delivered response, decoded and not verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<ResponseFacts>,
    /// How what was sent differs from the same response without the faults: lines of the message that begin with `-`
    /// where only the latter has them, with `+` where only the former does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub difference: Vec<String>,
    /// Whom the SP took the user for, where somebody is signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_for: Option<String>,
    /// The identity provider's message, where it stopped the sign-on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idp_message: Option<String>,
    /// The SP's own id of the account where the user ended up, where it tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The SP's private cause of a refusal, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sp_cause: Option<String>,
    /// The text of the last page, shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

/// Each case as what a reader wants to know of it.
fn told_cases<S: Serializer>(cases: &[&Case], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(cases.iter().map(|case| ToldCase {
        id: &case.id,
        mutation: &case.mutation,
        expected: &case.expected,
        reason: &case.reason,
        seen: &case.seen,
    }))
}

/// A case in the JSON report.
#[derive(Serialize)]
struct ToldCase<'c> {
    id: &'c str,
    mutation: &'c str,
    expected: &'c str,
    reason: &'c str,
    #[serde(skip_serializing_if = "str::is_empty")]
    seen: &'c str,
}

/// A duration as whole milliseconds.
pub(crate) fn milliseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_verdict_decides_the_exit_code() {
        for (passed, failed, inconclusive, skipped, expected) in [
            (1, 0, 0, 0, ExitCode::Passed),
            (1, 0, 0, 1, ExitCode::Passed),
            (1, 1, 1, 1, ExitCode::Failed),
            (1, 0, 1, 1, ExitCode::Inconclusive),
            (0, 0, 0, 1, ExitCode::Nothing),
            (0, 0, 0, 0, ExitCode::Nothing),
        ] {
            let summary = Summary {
                passed,
                failed,
                inconclusive,
                skipped,
                findings: 1,
                duration: Duration::ZERO,
            };
            assert_eq!(summary.exit_code(), expected, "{summary:?}");
        }
        assert_eq!(ExitCode::Usage as u8, 2);
    }
}
