//! `sp = { refresh_trust = … }` with an expectation: what the SP says of the metadata, which a later sign-on has to bear out.

use control_api::flow::IdpEvent;
use control_api::idp::{ArmFaults, Times};

use super::attempt::PAGE_CHARACTERS_MAX;
use super::{Case, Ended};
use crate::event::{Evidence, Mismatch};
use crate::hooks::HookError;
use crate::note::Note;
use crate::scenario::{Expect, ExpectedOutcome, SpStep};
use crate::text::{normalised, shortened};

/// What an SP is told that takes what it must not: a hook may answer before the SP has looked.
const NOT_BORNE_OUT: &str =
    "the SP says that it took the metadata over, which it must not: a later sign-on tells whether it did";

impl Case<'_> {
    /// Lets the SP read the metadata again, with the faults of the step in it, and judges what it says.
    pub(super) async fn refresh_trust(&mut self, step: &SpStep, expect: &Expect) -> Ended {
        let flow = uuid::Uuid::new_v4().simple().to_string();
        let faults = self.expanded_faults(&step.faults);
        let mut armed = None;
        if !faults.is_empty() {
            let order = ArmFaults {
                flow: Some(flow.clone()),
                app: Some(self.world.app.clone()).filter(|_| !step.is_tenant_wide()),
                // Here the file is written, and there the SP may fetch it more than once.
                times: Times::UntilDisarmed,
                faults,
                ..ArmFaults::default()
            };
            match self.world.control.arm(&self.info.id, &order).await {
                Ok(set) => armed = Some(set.number),
                Err(error) => return Ended::inconclusive(format!("{}: {error}", self.place)),
            }
        }
        let called = self.call_sp_hook(step, |_| {}).await;
        if let Some(number) = armed
            && let Err(error) = self.world.control.disarm(&self.info.id, number).await
        {
            return Ended::inconclusive(error.to_string());
        }
        let said = match called {
            Err(reason) | Ok(Err(HookError::Broken(reason))) => {
                return Ended::inconclusive(format!("{}: {reason}", self.place));
            }
            Ok(said) => said,
        };
        match self.unserved(step, &flow).await {
            Ok(unserved) if unserved.is_empty() => judged(expect, &said, flow),
            Ok(unserved) => Ended::inconclusive(format!(
                "nobody fetched the metadata with the faults in it: armed but never applied: {}",
                unserved.join(", ")
            )),
            Err(reason) => Ended::inconclusive(reason),
        }
    }

    /// The faults that no document carried.
    async fn unserved(&self, step: &SpStep, flow: &str) -> Result<Vec<String>, String> {
        if step.faults.is_empty() {
            return Ok(Vec::new());
        }
        let recorded = self.world.control.flow(&self.info.id, flow).await;
        let events = recorded.map_err(|error| error.to_string())?.events;
        let served = |id: &String| {
            events
                .iter()
                .any(|event| matches!(event, IdpEvent::MetadataServed { faults, .. } if faults.contains(id)))
        };
        let ids = step.faults.iter().map(|fault| fault.id.clone());
        Ok(ids.filter(|id| !served(id)).collect())
    }
}

/// Judges what a hook said.
fn judged(expect: &Expect, said: &Result<String, HookError>, flow: String) -> Ended {
    let (outcome, text) = match said {
        Ok(text) => (ExpectedOutcome::Accepted, text.clone()),
        Err(error) => (ExpectedOutcome::Refused, error.to_string()),
    };
    let words = match text.as_str() {
        "" => outcome.word().to_owned(),
        text => format!("{}: {text}", outcome.word()),
    };
    let mut ended = Ended {
        evidence: Some(Evidence {
            flow,
            outcome: words.clone(),
            page: (!text.is_empty()).then(|| shortened(&text, PAGE_CHARACTERS_MAX)),
            ..Evidence::default()
        }),
        ..Ended::default()
    };
    let mut differs = |what: &str, expected: &str, actual: &str| {
        ended.mismatches.push(Mismatch {
            what: what.to_owned(),
            expected: expected.to_owned(),
            actual: actual.to_owned(),
        });
    };
    let shown = normalised(&text);
    if let Some(page) = expect.page.as_deref().map(normalised)
        && !shown.contains(&page)
    {
        differs("page", &page, &shown);
    }
    let lower = shown.to_lowercase();
    for absent in &expect.not_on_page {
        if lower.contains(&normalised(absent).to_lowercase()) {
            differs("not_on_page", "an answer without it", absent);
        }
    }
    match (outcome, expect.outcome) {
        (ExpectedOutcome::Accepted, ExpectedOutcome::Refused) => {
            ended.notes.push(Note::behaviour(NOT_BORNE_OUT))
        }
        (_, ExpectedOutcome::Either) => ended.finding = Some(words).filter(|_| ended.mismatches.is_empty()),
        (actual, expected) if actual != expected => differs("outcome", expected.word(), &words),
        _ => {}
    }
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expect(outcome: ExpectedOutcome) -> Expect {
        Expect {
            outcome,
            ..Expect::default()
        }
    }

    #[test]
    fn what_the_hook_says_is_held_against_what_is_expected() {
        let accepted = Ok("{\"notices\":[\"One  sentence\"]}".to_owned());
        let refused = Err(HookError::Refused("it answered 422: no".to_owned()));
        let unmet = |ended: &Ended| {
            let one = ended.mismatches.first();
            one.map(|one| [one.what.as_str(), &one.expected, &one.actual].join("|"))
        };
        for (outcome, said, mismatch, finding, notes) in [
            (ExpectedOutcome::Accepted, &accepted, None, None, 0),
            (ExpectedOutcome::Refused, &refused, None, None, 0),
            // What a hook says alone damns nobody: the sign-on after it does.
            (ExpectedOutcome::Refused, &accepted, None, None, 1),
            (
                ExpectedOutcome::Accepted,
                &refused,
                Some("outcome|accepted|refused: it answered 422: no"),
                None,
                0,
            ),
            (
                ExpectedOutcome::Either,
                &refused,
                None,
                Some("refused: it answered 422: no"),
                0,
            ),
            (
                ExpectedOutcome::Either,
                &accepted,
                None,
                Some("accepted: {\"notices\":[\"One  sentence\"]}"),
                0,
            ),
        ] {
            let ended = judged(&expect(outcome), said, "f".to_owned());
            assert_eq!(unmet(&ended).as_deref(), mismatch, "{outcome:?}");
            assert_eq!(ended.finding.as_deref(), finding, "{outcome:?}");
            assert_eq!(ended.notes.len(), notes, "{outcome:?}");
        }
        for (page, not_on_page, mismatch) in [
            (Some("one sentence"), None, Some("page")),
            (Some("One sentence"), None, None),
            (None, Some("SENTENCE"), Some("not_on_page")),
        ] {
            let told = Expect {
                page: page.map(ToOwned::to_owned),
                not_on_page: not_on_page.into_iter().map(ToOwned::to_owned).collect(),
                ..expect(ExpectedOutcome::Accepted)
            };
            let ended = judged(&told, &accepted, String::new());
            let what = ended.mismatches.first().map(|one| one.what.as_str());
            assert_eq!(what, mismatch);
        }
    }
}
