//! `sign_in.parallel`: one user signs in in several browsers at once (catalogue `prov-concurrent-first-login`).
//!
//! Every browser goes as far as its response; then all are posted together. The step is as expected where each of them is,
//! and where all have the same account.

use control_api::flow::IdpEvent;
use control_api::idp::UserInfo;
use futures_util::future::join_all;
use url::Origin;

use super::attempt::{Attempt, PAGE_CHARACTERS_MAX};
use super::reading::{crash, facts, identity, name_id, page_text, rejection};
use super::{Case, Ended};
use crate::agent::Agent;
use crate::agent::fence::Fence;
use crate::drive::{Begin, Delivery, Driven, End, Person, SignOn, drive_within};
use crate::event::{Evidence, Hop};
use crate::probe::{self, Answer, Seen};
use crate::scenario::{Expect, SignInStep};
use crate::sp_file::SpFile;
use crate::text::shortened;
use crate::verdict::{Judgement, Observation, Outcome, outcome};
use crate::world;

/// One of the browsers, with its response.
struct Ready {
    agent: Agent,
    delivery: Delivery,
    hops: Vec<Hop>,
    flow: String,
    events: Vec<IdpEvent>,
}

impl Case<'_> {
    /// `sign_in` with `parallel`.
    pub(super) async fn sign_in_at_once(
        &mut self,
        number: usize,
        step: &SignInStep,
        expect: &Expect,
    ) -> Ended {
        self.give_account(&step.user).await;
        match self.at_once(step).await {
            Ok(attempts) => self.judge_all(number, step, expect, attempts),
            Err(reason) => Ended::inconclusive(reason),
        }
    }

    async fn at_once(&self, step: &SignInStep) -> Result<Vec<Attempt>, String> {
        let (app, sp) = self.world.target(self.other(step))?;
        let app = world::app(&self.info, app)?.clone();
        self.must_be_signed_out(sp).await?;
        let user = self
            .user(&step.user)
            .ok_or_else(|| format!("the tenant has no user {}", step.user))?;
        let idp = self.world.idp_origins(&app);
        let origins = self.world.flow_origins(&app);
        let count = step.parallel.unwrap_or_default();
        let made = (0..count).map(|_| self.made_ready(step, user, &idp, &origins));
        let ready: Vec<_> = join_all(made).await.into_iter().collect::<Result<_, _>>()?;
        let posted = ready
            .into_iter()
            .map(|ready| self.posted(ready, step, user, sp, &idp));
        Ok(join_all(posted).await)
    }

    /// A browser that has its response, and has not posted it.
    async fn made_ready(
        &self,
        step: &SignInStep,
        user: &UserInfo,
        idp: &[Origin],
        origins: &[Origin],
    ) -> Result<Ready, String> {
        let mut agent = Agent::new(&self.world.http);
        let flow = uuid::Uuid::new_v4().simple().to_string();
        agent.follow(&flow, origins);
        let begin = self.begin(step, self.other(step), None)?;
        let (end, driven) = self.driven(&mut agent, begin, step, user, idp, None).await;
        let (End::Held, Some(delivery)) = (&end, driven.delivery) else {
            return Err(format!("one of the sign-ons came to no response: {}", told(&end)));
        };
        let events = self.world.control.flow(&self.info.id, &flow).await;
        Ok(Ready {
            hops: agent.take_hops(),
            agent,
            delivery,
            flow,
            events: events.map_err(|error| error.to_string())?.events,
        })
    }

    /// The response is posted, and the probe asked.
    async fn posted(
        &self,
        mut ready: Ready,
        step: &SignInStep,
        user: &UserInfo,
        sp: &SpFile,
        idp: &[Origin],
    ) -> Attempt {
        let begin = Begin::Submit {
            submission: ready.delivery.submission.clone(),
            from: Some(ready.delivery.from.clone()),
        };
        let fence = self.fence(sp, &[], idp, &[], None);
        let (end, driven) = self
            .driven(&mut ready.agent, begin, step, user, idp, Some(&fence))
            .await;
        let posted = ready.agent.take_hops();
        let answer = match end {
            End::Page(_) | End::BrokeOff(_) => probe::ask(&mut ready.agent, &sp.whoami).await,
            _ => Answer::SignedOut,
        };
        let identity = identity(sp.whoami.matches, Some(&step.user), Some(user), &ready.events);
        let outcome = outcome(&Observation {
            end: &end,
            delivered: driven.delivery.is_some(),
            crash: crash(&end, &posted, driven.delivery.as_ref()),
            controlled: false,
            was_signed_in: None,
            answer: &answer,
            matches: sp.whoami.matches,
            expected: &identity,
            rejection: rejection(sp, &end).await,
            unapplied: &[],
        });
        let page = page_text(&end).await;
        let seen: Option<Box<Seen>> = match answer {
            Answer::SignedIn(seen) => Some(seen),
            _ => None,
        };
        let mut evidence = Evidence {
            flow: ready.flow,
            outcome: outcome.words(),
            hops: [ready.hops, posted].concat(),
            response: driven.delivery.as_ref().and_then(facts),
            account_id: seen.as_ref().and_then(|seen| seen.account_id.clone()),
            page: (!page.is_empty()).then(|| shortened(&page, PAGE_CHARACTERS_MAX)),
            ..Evidence::default()
        };
        if matches!(outcome, Outcome::Refused { .. }) {
            evidence.sp_cause = self.sp_cause(evidence.response.as_ref()).await;
        }
        Attempt {
            outcome,
            seen,
            evidence,
            delivery: driven.delivery,
            deliveries: driven.deliveries,
            page,
            identity,
            name_id: name_id(&ready.events),
            unapplied: Vec::new(),
            answers: Vec::new(),
            session_cookies: Vec::new(),
            markup: None,
            asked_again: None,
        }
    }

    /// Drives one browser within the time of a sign-on: to its response, or from there on, within a fence.
    async fn driven(
        &self,
        agent: &mut Agent,
        begin: Begin,
        step: &SignInStep,
        user: &UserInfo,
        idp: &[Origin],
        after: Option<&Fence>,
    ) -> (End, Driven) {
        let sign_on = SignOn {
            begin,
            person: Person {
                user: Some(&user.upn),
                password: step.password.as_deref().unwrap_or(&user.password),
                code: step.mfa.as_deref().unwrap_or(&user.mfa_code),
                keep_signed_in: step.keep_signed_in,
            },
            idp,
            delivery: None,
            hold: after.is_none(),
            responses: None,
            fence: after,
        };
        drive_within(self.world.step_timeout, agent, &sign_on).await
    }

    /// The first browser that is not as expected stands for all; else the first one.
    fn judge_all(
        &mut self,
        number: usize,
        step: &SignInStep,
        expect: &Expect,
        mut attempts: Vec<Attempt>,
    ) -> Ended {
        let mut judgements: Vec<_> = attempts
            .iter()
            .map(|attempt| self.judgement(expect, attempt))
            .collect();
        let is_off =
            |judgement: &Judgement| judgement.inconclusive.is_some() || !judgement.mismatches.is_empty();
        // What was not as expected counts for more than what could not be judged.
        let failed = judgements
            .iter()
            .position(|judgement| !judgement.mismatches.is_empty());
        let worst = failed
            .or_else(|| judgements.iter().position(is_off))
            .unwrap_or_default();
        let mut judgement = judgements.swap_remove(worst);
        let accounts: Vec<_> = attempts
            .iter()
            .map(|attempt| attempt.evidence.account_id.clone())
            .collect();
        if !is_off(&judgement) {
            judgement.one_account(&accounts);
            for attempt in &attempts {
                self.remember(number, step, attempt);
            }
        }
        let evidence = attempts.swap_remove(worst).evidence;
        Ended::judged(judgement, Vec::new(), evidence)
    }
}

/// How a sign-on ended that should have come to a response.
fn told(end: &End) -> String {
    match end {
        End::Page(page) => format!(
            "the browser ended at {} with status {}",
            crate::verdict::without_query(&page.url),
            page.status
        ),
        End::Stopped { code, .. } => code.clone(),
        End::BrokeOff(reason) | End::Stuck(reason) | End::LedAstray(reason) => reason.clone(),
        End::Held | End::AskedAgain { .. } => "nothing was posted".to_owned(),
    }
}
