//! The positive control of a step: the same sign-on without what deviates (contracts.md section 2).

use super::attempt::{Attempt, Plan};
use super::{Case, Ended};
use crate::event::ControlEvidence;
use crate::note::Note;
use crate::scenario::SignInStep;
use crate::verdict::Outcome;

/// What the positive control of a step shows.
#[derive(Default)]
pub(super) struct Shown {
    /// For the report.
    pub(super) evidence: Option<ControlEvidence>,
    /// How many responses the SP asks for until it signs somebody in. One that takes no response that it did not ask for, and
    /// asks for its own then, needs two: the deviation must be in both.
    pub(super) responses: u32,
    /// What a reader should know.
    pub(super) notes: Vec<Note>,
}

impl Case<'_> {
    /// The positive control: the same sign-on without what deviates, in a fresh browser.
    pub(super) async fn control(&mut self, step: &SignInStep) -> Result<Shown, Box<Ended>> {
        let failed = |reason: String| Box::new(Ended::inconclusive(reason));
        let touched = self.sp_touched;
        self.give_account(&step.user).await;
        let attempt = self.attempt_control(step).await.map_err(failed)?;
        let control = ControlEvidence::of(&attempt.evidence, None);
        if attempt.outcome != Outcome::SignedIn {
            return Err(Box::new(Ended {
                reason: Some(format!(
                    "the control did not sign in: {}",
                    attempt.outcome.words()
                )),
                notes: self
                    .account_note(&step.user, &attempt.outcome)
                    .map(Note::conditions)
                    .into_iter()
                    .collect(),
                evidence: Some(attempt.evidence),
                control: Some(control),
                ..Ended::default()
            }));
        }
        self.sp_touched = true;
        let mut notes = Vec::new();
        match self.world.sp.hooks.get("reset").cloned() {
            _ if touched => notes.push(Note::conditions(
                "the control shares the SP's accounts with this step: an earlier step had changed them",
            )),
            None => notes.push(Note::conditions(
                "the control shares the SP's accounts with this step: the SP has no `reset` hook",
            )),
            Some(hook) => {
                self.call_hook("reset", &hook, Some(&step.user), |_| {})
                    .await
                    .map_err(failed)?;
                self.sp_touched = false;
                self.accounts.forget();
            }
        }
        Ok(Shown {
            evidence: Some(control),
            responses: attempt.deliveries,
            notes,
        })
    }

    /// The sign-on without what deviates, in a fresh browser.
    async fn attempt_control(&mut self, step: &SignInStep) -> Result<Attempt, String> {
        let app = self.other(step);
        let plan = Plan {
            app,
            user: Some(&step.user),
            ..Plan::new(self.begin(step, app, None)?)
        };
        self.attempt(plan).await
    }

    /// The control once more, after a refusal: an SP that now refuses whatever comes, since it counts failures or lost its
    /// footing, proves nothing by that. An instance of the reference SP is left out: it counts nothing, and it ends with its
    /// scenario, so that nothing an attack leaves behind can pass for the refusal of another; the probe has shown that it
    /// is up. So is a step that a later control follows.
    pub(super) async fn control_after(&mut self, step: &SignInStep, ended: Ended) -> Ended {
        if self.world.events.is_some() || ended.reason.is_some() {
            return ended;
        }
        let reason = match self.attempt_control(step).await {
            Ok(attempt) if attempt.outcome == Outcome::SignedIn => return ended,
            Ok(attempt) => attempt.outcome.words(),
            Err(reason) => reason,
        };
        Ended {
            reason: Some(format!(
                "refused, but afterwards the same sign-on without the deviation did not succeed either: {reason}"
            )),
            ..ended
        }
    }
}
