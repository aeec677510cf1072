//! What a step of a report comes to, in a few words that are the same at every run.

use std::fmt;

use control_api::catalogue;
use serde_json::Value;

/// What came of a sign-on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ended {
    /// What was done: the fault with what it is told, or the number of the step.
    pub(super) what: String,
    /// How it ended.
    pub(super) how: String,
    /// What that is worth.
    pub(super) worth: Worth,
}

/// What the end of a sign-on is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Worth {
    /// As a correct service provider does.
    Right,
    /// Not so.
    Wrong,
    /// Refused, as it should be, but with an error of the server.
    Crash,
    /// A matter of policy.
    Finding,
    /// Nothing can be said.
    Unknown,
}

const WORTHS: [(Worth, &str); 5] = [
    (Worth::Right, "right"),
    (Worth::Wrong, "wrong"),
    (Worth::Crash, "crash"),
    (Worth::Finding, "finding"),
    (Worth::Unknown, "unknown"),
];

/// Between what was done and how it ended.
const LED_TO: &str = " -> ";

/// What stands before the fault in the title of a step.
const WITH: &str = " with ";

/// The most characters of a reason.
const REASON_MAX: usize = 160;

impl fmt::Display for Ended {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, worth) = WORTHS.iter().find(|(worth, _)| *worth == self.worth).unwrap();
        write!(out, "{worth}: {}{LED_TO}{}", self.what, self.how)
    }
}

impl Ended {
    /// What [`fmt::Display`] wrote.
    pub(super) fn read(text: &str) -> Self {
        let (word, rest) = text.split_once(": ").unwrap();
        let (what, how) = rest.split_once(LED_TO).unwrap();
        let (worth, _) = WORTHS.iter().find(|(_, known)| *known == word).unwrap();
        Self {
            what: what.to_owned(),
            how: how.to_owned(),
            worth: *worth,
        }
    }
}

/// The steps of a scenario that tell something: the sign-ons with faults, what did not end as expected, and where neither is
/// the last that was judged.
pub(super) fn steps(scenario: &Value) -> Vec<Ended> {
    let steps = scenario["steps"].as_array().unwrap();
    let mut told = Vec::new();
    let mut last = None;
    // What the service provider was told before, such as bad metadata.
    let mut before: Option<&str> = None;
    for (place, step) in steps.iter().enumerate() {
        if step["title"]
            .as_str()
            .is_some_and(|title| title.starts_with("sp "))
        {
            before = fault(step);
        }
        let passed = step["status"] == "passed";
        if step["evidence"].is_null() && passed {
            continue;
        }
        let ended = ended(step, before);
        // A sign-on that is made again later was the control of that one.
        let is_control = passed
            && steps[place + 1..]
                .iter()
                .any(|other| other["title"] == step["title"]);
        if !passed || fault(step).is_some() && !is_control {
            told.push(ended);
        } else {
            last = Some(ended);
        }
    }
    if told.is_empty() {
        told.extend(last);
    }
    told
}

fn ended(step: &Value, before: Option<&str>) -> Ended {
    let own = fault(step);
    let what = match (own, before) {
        (Some(fault), Some(before)) if fault != before => format!("{before}, then {fault}"),
        (Some(fault), _) => fault.to_owned(),
        (None, _) => format!("step {}", step["number"]),
    };
    let how = how(step);
    let worth = match step["status"].as_str().unwrap() {
        "inconclusive" => Worth::Unknown,
        "failed" if crashed_only(step) => Worth::Crash,
        "failed" => Worth::Wrong,
        _ if step["finding"].is_string() => Worth::Finding,
        _ => Worth::Right,
    };
    Ended { what, how, worth }
}

/// The fault of a step, as its title says it.
fn fault(step: &Value) -> Option<&str> {
    let (_, with) = step["title"].as_str()?.split_once(WITH)?;
    let id = with.split([' ', ',']).next()?;
    catalogue::fault(id).map(|_| with)
}

fn crashed_only(step: &Value) -> bool {
    let mismatches = step["mismatches"].as_array();
    mismatches.is_some_and(|all| all.iter().all(|one| one["what"] == "crash"))
}

fn how(step: &Value) -> String {
    if step["status"] == "inconclusive" {
        return unknown(step["reason"].as_str().unwrap_or_default());
    }
    let outcome = step["evidence"]["outcome"].as_str().unwrap_or_default();
    let mut how = outcome_words(outcome, step["evidence"]["taken_for"].as_str());
    let mismatches = step["mismatches"].as_array().map_or(&[][..], Vec::as_slice);
    for one in mismatches {
        let what = one["what"].as_str().unwrap();
        if let Some(name) = what.strip_prefix("attributes.") {
            how.push_str(&format!(", without the right `{}`", visible(name)));
        } else if what == "fetched" {
            how.push_str(", and fetched what it names");
        } else if !matches!(what, "outcome" | "crash") {
            how.push_str(&format!(", with another {what}"));
        }
    }
    how
}

fn outcome_words(outcome: &str, taken_for: Option<&str>) -> String {
    if let Some(rest) = outcome.strip_prefix("signed in as somebody else: ") {
        if rest.contains("nobody with the cookies") {
            return "the cookies from before sign in".to_owned();
        }
        return match taken_for {
            Some(whom) if whom.ends_with("whom the attack wanted to be") => "signed in as V".to_owned(),
            Some(whom) if whom.ends_with("another user of the tenant") => {
                "signed in as another user".to_owned()
            }
            _ => "signed in under another name".to_owned(),
        };
    }
    if let Some((_, status)) = outcome.split_once("the SP fell over with ") {
        return format!("refused, status {status}");
    }
    // What a hook answers is told with an address that is another at every run.
    if let Some((_, answered)) = outcome.split_once("refused: the hook ") {
        let status = answered.split_once(" answered ").map(|(_, status)| status);
        let status = status
            .and_then(|status| status.split(':').next())
            .unwrap_or_default();
        return format!("refused, status {status}");
    }
    if outcome.contains("the SP fell over") {
        return "refused, broke off".to_owned();
    }
    match outcome {
        "signed-in" => "signed in".to_owned(),
        "signed-out" => "signed out".to_owned(),
        other if other.starts_with("led astray") => "led the browser astray".to_owned(),
        other if other.starts_with("signed-in: a session is still there") => "a session is left".to_owned(),
        other => other.split(" (").next().unwrap_or_default().to_owned(),
    }
}

/// Why nothing can be said, without what is another at every run.
fn unknown(reason: &str) -> String {
    if reason.contains("without an identity") {
        return "signed in without a name".to_owned();
    }
    if let Some(rest) = reason.strip_prefix("no response was delivered: ") {
        let status = rest.split_once(" with status ").map(|(_, status)| status);
        let status = status.and_then(|status| status.split(';').next());
        return format!("no sign-on begins, status {}", status.unwrap_or_default());
    }
    if reason.contains(" breaks off: ") {
        return "no sign-on begins, broke off".to_owned();
    }
    let reason = reason.strip_prefix("No response was made: ").unwrap_or(reason);
    // How to disarm the fault is for whoever armed it.
    let reason = reason.split(" It was not used").next().unwrap_or(reason);
    reason.chars().take(REASON_MAX).collect()
}

/// Text in which nothing is invisible.
fn visible(text: &str) -> String {
    text.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn steps_are_told_and_read_again() {
        let step = |status: &str, outcome: &str, what: &str| {
            json!({"number": 2, "title": "sign_in B from sp with xsw-3 (victim = U)", "status": status,
                   "mismatches": [{"what": what, "expected": "", "actual": ""}], "evidence": {"outcome": outcome,
                   "taken_for": "U, whom the attack wanted to be"}})
        };
        for (step, expected) in [
            (
                step("failed", "refused, the SP fell over with 500", "crash"),
                "crash: xsw-3 (victim = U) -> refused, status 500",
            ),
            (
                step(
                    "passed",
                    "refused: the hook `refresh_trust` failed: http://h:1/r answered 500: <p>",
                    "outcome",
                ),
                "right: xsw-3 (victim = U) -> refused, status 500",
            ),
            (
                step("failed", "signed in as somebody else: U instead of B", "outcome"),
                "wrong: xsw-3 (victim = U) -> signed in as V",
            ),
            (
                step("failed", "signed-in", "attributes.a\nb"),
                "wrong: xsw-3 (victim = U) -> signed in, without the right `a\\nb`",
            ),
        ] {
            let found = steps(&json!({"steps": [step]}));
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].to_string(), expected);
            assert_eq!(Ended::read(expected), found[0]);
        }
        let plain = json!({"steps": [
            {"number": 1, "title": "sign_in B from sp", "status": "passed", "evidence": {"outcome": "signed-in"}},
            {"number": 2, "title": "sign_out from sp", "status": "passed", "evidence": {"outcome": "signed-out"}}]});
        assert_eq!(steps(&plain)[0].to_string(), "right: step 2 -> signed out");
    }
}
