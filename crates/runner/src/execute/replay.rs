//! `replay`: the response of an earlier step is posted, once more or for the first time.

use super::attempt::{Attempt, Plan};
use super::{Case, Ended, SignedIn, rewrap};
use crate::agent::delivery::set_relay_state;
use crate::agent::forms::Submission;
use crate::drive::Begin;
use crate::note::Note;
use crate::scenario::{Expect, ReplayStep, SignInStep};
use crate::verdict::Outcome;

impl Case<'_> {
    /// `replay`.
    pub(super) async fn replay(&mut self, step: &ReplayStep, expect: &Expect) -> Ended {
        if let Some(told) = self.told.get(&step.step).cloned() {
            return self.tell_again(&told, step, expect).await;
        }
        let (app, delivery, identity, control) = match self.signed_in.get(&step.step) {
            Some(SignedIn {
                app,
                delivery: Some(delivery),
                identity,
                control,
                ..
            }) => (app.clone(), delivery.clone(), identity.clone(), control.clone()),
            _ => {
                return Ended::inconclusive(format!(
                    "step {} delivered no response that signed in",
                    step.step
                ));
            }
        };
        let submission = match step.rewrap {
            true => rewrap::rewrapped(&delivery.submission),
            false => Ok(delivery.submission),
        };
        let submission = match submission {
            Ok(submission) => submission,
            Err(reason) => return Ended::inconclusive(reason),
        };
        let (submission, notes) = match step.relay_state_of {
            Some(number) => match self.with_relay_state_of(number, submission) {
                Ok(swapped) => swapped,
                Err(reason) => return Ended::inconclusive(reason),
            },
            None => (submission, Vec::new()),
        };
        let begin = Begin::Submit {
            submission,
            from: Some(delivery.from),
        };
        let plan = Plan {
            app: app.as_deref(),
            browser: step.browser.as_deref(),
            identity: Some(identity),
            controlled: control.is_some(),
            ..Plan::new(begin)
        };
        let mut ended = self.judged(plan, expect).await;
        ended.notes.extend(notes);
        Ended { control, ..ended }
    }

    /// The form with the RelayState of the response of another step. Gives notes too.
    fn with_relay_state_of(
        &self,
        number: usize,
        submission: Submission,
    ) -> Result<(Submission, Vec<Note>), String> {
        let other = self
            .signed_in
            .get(&number)
            .and_then(|other| other.delivery.as_ref());
        let other = other.ok_or_else(|| format!("step {number} has no response"))?;
        let relay_state = |submission: &Submission| submission.field("RelayState").map(str::to_owned);
        let (own, wanted) = (relay_state(&submission), relay_state(&other.submission));
        let notes = if own == wanted {
            vec![Note::from(format!(
                "the RelayState of step {number} is the same, or there is none: nothing was swapped"
            ))]
        } else {
            Vec::new()
        };
        Ok((set_relay_state(&submission, wanted), notes))
    }

    /// Keeps the response that is held, for a `replay`.
    pub(super) fn held(
        &mut self,
        number: usize,
        step: &SignInStep,
        attempt: Attempt,
        notes: Vec<Note>,
    ) -> Ended {
        let reason = match &attempt.outcome {
            Outcome::Held => None,
            other => Some(format!("there is no response to hold: {}", other.words())),
        };
        if reason.is_none() {
            let held = SignedIn {
                app: self.other(step).map(ToOwned::to_owned),
                delivery: attempt.delivery,
                identity: attempt.identity,
                control: None,
                responses: 0,
            };
            self.signed_in.insert(number, held);
        }
        Ended {
            reason,
            notes,
            evidence: Some(attempt.evidence),
            ..Ended::default()
        }
    }
}
