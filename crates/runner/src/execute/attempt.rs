//! One sign-on with everything that makes its outcome trustworthy: the probe before, the faults, the flow at the
//! identity provider, the probe after (contracts.md section 2).

use control_api::flow::SpEvent;
use control_api::idp::{ArmFaults, FaultSpec, Times};

use super::answers::answers;
use super::reading::{
    asked_again, asked_elsewhere, crash, delivered, facts, fixed, identity, idp_message, markup, name_id,
    page_text, rejection, request_id, somebody_else, unapplied, unchanged,
};
use super::{Browser, Case, session_cookies, taken};
use crate::agent::Agent;
use crate::agent::cookies::Flags;
use crate::drive::{Begin, Delivery, End, Person, SignOn, drive_within};
use crate::event::{Evidence, Hop};
use crate::facts::ResponseFacts;
use crate::probe::{self, Answer, Seen};
use crate::rewrite::Rewriter;
use crate::scenario::{DeliveryChanges, RequestChanges};
use crate::sp_file::SpFile;
use crate::text::shortened;
use crate::verdict::{Observation, Outcome, outcome};
use crate::world;

/// The most of the last page that is kept as evidence, in characters.
pub(super) const PAGE_CHARACTERS_MAX: usize = 400;

/// What is attempted. The default is opened by nobody, in a fresh browser that is thrown away.
pub(super) struct Plan<'p> {
    pub(super) begin: Begin,
    /// Another application of the scenario.
    pub(super) app: Option<&'p str>,
    /// As the scenario names the user.
    pub(super) user: Option<&'p str>,
    /// Typed instead of the user's own.
    pub(super) password: Option<&'p str>,
    /// Typed instead of the user's own.
    pub(super) code: Option<&'p str>,
    /// Whether "Stay signed in?" is answered with Yes.
    pub(super) keep_signed_in: bool,
    /// What changes of the SP's AuthnRequest, expanded.
    pub(super) request: Option<RequestChanges>,
    /// A browser with a name; `None`: a fresh one.
    pub(super) browser: Option<&'p str>,
    /// The name under which a fresh browser is kept; `None`: it is not.
    pub(super) keep_as: Option<&'p str>,
    /// Whether the cookies from before must sign nobody in.
    pub(super) old_cookies: bool,
    /// Whether the session's cookies must sign nobody in once they are changed.
    pub(super) forged_session: bool,
    /// Whether it is told how the session's cookies are protected.
    pub(super) cookie_flags: bool,
    /// What changes of the request by which the response reaches the SP, expanded.
    pub(super) delivery: Option<DeliveryChanges>,
    /// Whether it ends before that.
    pub(super) hold: bool,
    pub(super) faults: &'p [FaultSpec],
    /// How many responses carry them.
    pub(super) times: Times,
    /// Whom the probe must show, where an earlier step says so.
    pub(super) identity: Option<Result<String, String>>,
    /// Whether the same sign-on has succeeded without the deviation.
    pub(super) controlled: bool,
}

impl Plan<'_> {
    /// Whether the response is the one that matters, and not another one for which the SP asks.
    fn is_under_test(&self) -> bool {
        let is_posted = |begin: &Begin| match begin {
            Begin::Submit { submission, .. } => submission.field("SAMLResponse").is_some(),
            Begin::Open(_) => false,
        };
        !self.faults.is_empty() || self.delivery.is_some() || is_posted(&self.begin)
    }

    /// An attempt that begins so.
    pub(super) fn new(begin: Begin) -> Self {
        Self {
            begin,
            app: None,
            user: None,
            password: None,
            code: None,
            keep_signed_in: false,
            request: None,
            browser: None,
            keep_as: None,
            old_cookies: false,
            forged_session: false,
            cookie_flags: false,
            delivery: None,
            hold: false,
            faults: &[],
            times: Times::default(),
            identity: None,
            controlled: false,
        }
    }
}

/// What came of it.
pub(super) struct Attempt {
    pub(super) outcome: Outcome,
    /// What the probe says, where somebody is signed in.
    pub(super) seen: Option<Box<Seen>>,
    pub(super) evidence: Evidence,
    pub(super) delivery: Option<Delivery>,
    /// How many responses were delivered.
    pub(super) deliveries: u32,
    /// The text of the last page.
    pub(super) page: String,
    /// Whom the probe must show.
    pub(super) identity: Result<String, String>,
    /// The NameID that the identity provider sent.
    pub(super) name_id: Option<String>,
    /// The faults that were armed and that no response carried.
    pub(super) unapplied: Vec<String>,
    /// The SP's answer to the response, and that which carries its request.
    pub(super) answers: Vec<Hop>,
    /// The cookies that carry the session, where that was to be told.
    pub(super) session_cookies: Vec<Flags>,
    /// The RelayState, where the page has it as markup.
    pub(super) markup: Option<String>,
    /// What is to be said of an SP that asked for another response.
    pub(super) asked_again: Option<&'static str>,
}

impl Case<'_> {
    /// Attempts a sign-on.
    ///
    /// # Errors
    /// Why it could not even begin, or why nothing can be said about it.
    pub(super) async fn attempt(&mut self, plan: Plan<'_>) -> Result<Attempt, String> {
        let (app, sp) = self.world.target(plan.app)?;
        self.must_be_signed_out(sp).await?;
        let app = world::app(&self.info, app)?.clone();
        let (mut browser, was_signed_in) = self.browser(plan.browser, sp).await?;
        let mut old = plan.old_cookies.then(|| browser.agent.clone());
        let agent = &mut browser.agent;
        let flow = uuid::Uuid::new_v4().simple().to_string();
        agent.follow(&flow, &self.world.flow_origins(&app));
        let armed = self.arm(&flow, plan.faults, plan.times).await?;

        let user = plan.user.and_then(|name| self.user(name)).cloned();
        let typed = plan.user.map(|name| match &user {
            Some(user) => user.upn.clone(),
            None if name.contains('@') => name.to_owned(),
            None => format!("{name}@{}", self.info.domain),
        });
        let password = plan.password.or(user.as_ref().map(|user| user.password.as_str()));
        let code = plan.code.or(user.as_ref().map(|user| user.mfa_code.as_str()));
        let idp = self.world.idp_origins(&app);
        let fence = self
            .attacks
            .then(|| self.fence(sp, &app.reply_urls, &idp, plan.faults, plan.delivery.as_ref()));
        let responses = plan.is_under_test().then_some(plan.times);
        let sign_on = SignOn {
            begin: plan.begin,
            person: Person {
                user: typed.as_deref(),
                password: password.unwrap_or_default(),
                code: code.unwrap_or_default(),
                keep_signed_in: plan.keep_signed_in,
            },
            idp: &idp,
            delivery: plan.delivery.as_ref(),
            hold: plan.hold,
            responses,
            fence: fence.as_ref(),
        };
        let rewrites = plan.request.is_some();
        if let Some(changes) = plan.request {
            agent.rewrite(Rewriter::new(changes, &idp));
        }
        let (end, driven) = drive_within(self.world.step_timeout, agent, &sign_on).await;
        agent.stay_within(None);
        let hops = agent.take_hops();
        if let Some(number) = armed.filter(|_| plan.times != Times::default()) {
            let disarmed = self.world.control.disarm(&self.info.id, number).await;
            disarmed.map_err(|error| error.to_string())?;
        }
        let untouched = rewrites && agent.stop_rewriting() == 0;

        let events = self.world.control.flow(&self.info.id, &flow).await;
        let events = delivered(events.map_err(|error| error.to_string())?.events, &end);
        if let Some(id) = request_id(&events) {
            self.latest_request = Some(id);
        }
        let answer = match end {
            End::Page(_) | End::BrokeOff(_) | End::AskedAgain { .. } => probe::ask(agent, &sp.whoami).await,
            End::Stopped { .. } | End::Stuck(_) | End::Held | End::LedAstray(_) => Answer::SignedOut,
        };
        agent.take_hops();
        let mut after = agent.clone();
        if let Some(name) = plan.browser.or(plan.keep_as) {
            browser.user = typed.or(browser.user);
            browser.visited(plan.app);
            self.browsers.insert(name.to_owned(), browser);
        }

        let matches = sp.whoami.matches;
        let identity = plan
            .identity
            .unwrap_or_else(|| identity(matches, plan.user, user.as_ref(), &events));
        let unapplied = unapplied(plan.faults, &events);
        let outcome = outcome(&Observation {
            end: &end,
            delivered: driven.delivery.is_some(),
            crash: crash(&end, &hops, driven.delivery.as_ref()),
            controlled: plan.controlled,
            was_signed_in: was_signed_in.as_deref(),
            answer: &answer,
            matches,
            expected: &identity,
            rejection: rejection(sp, &end).await,
            unapplied: &unapplied,
        });
        let outcome = match &mut old {
            Some(old) if outcome == Outcome::SignedIn => fixed(probe::ask(old, &sp.whoami).await),
            _ => outcome,
        };
        let mut session_cookies = Vec::new();
        let outcome = match outcome {
            Outcome::SignedIn if plan.forged_session || plan.cookie_flags => {
                session_cookies = session_cookies::of(&mut after, &sp.whoami).await?;
                if plan.forged_session {
                    let users = [self.info.users.as_slice(), &self.users_before].concat();
                    session_cookies::forged(&after, &sp.whoami, &session_cookies, user.as_ref(), &users).await
                } else {
                    outcome
                }
            }
            other => other,
        };
        let outcome = somebody_else(outcome, matches, user.as_ref(), &events);
        let outcome = asked_elsewhere(outcome, &driven, &hops, &events, &app.metadata, &idp);
        let outcome = if untouched { unchanged(outcome) } else { outcome };
        let page = page_text(&end).await;
        let markup = markup(&end, driven.delivery.as_ref());
        let seen = match answer {
            Answer::SignedIn(seen) => Some(seen),
            _ => None,
        };
        let users = [self.info.users.as_slice(), &self.users_before].concat();
        let response = driven.delivery.as_ref().and_then(facts);
        let (outcome, victim) = if plan.faults.is_empty() {
            (outcome, None)
        } else {
            let said = taken::said(plan.faults, response.as_ref());
            let seen = seen.as_deref();
            let outcome = taken::recognised(outcome, matches, &said, seen, user.as_ref(), &users);
            (outcome, taken::victim(plan.faults, &users, user.as_ref()))
        };
        let difference = match driven.delivery {
            Some(_) if !plan.faults.is_empty() => self.difference(&flow).await,
            _ => Vec::new(),
        };
        let answers = answers(&hops, &driven, &idp);
        let mut evidence = Evidence {
            flow,
            difference,
            outcome: outcome.words(),
            hops,
            response,
            idp_message: idp_message(&end, &events),
            taken_for: taken::taken_for(&outcome, user.as_ref(), victim, seen.as_deref()),
            account_id: seen.as_ref().and_then(|seen| seen.account_id.clone()),
            sp_cause: None,
            page: (!page.is_empty()).then(|| shortened(&page, PAGE_CHARACTERS_MAX)),
        };
        if matches!(outcome, Outcome::Refused { .. }) {
            evidence.sp_cause = self.sp_cause(evidence.response.as_ref()).await;
        }
        Ok(Attempt {
            outcome,
            seen,
            evidence,
            delivery: driven.delivery,
            deliveries: driven.deliveries,
            page,
            identity,
            name_id: name_id(&events),
            unapplied,
            answers,
            session_cookies,
            markup,
            asked_again: asked_again(&end),
        })
    }

    /// A fresh agent must find itself signed out, or the probe proves nothing.
    pub(super) async fn must_be_signed_out(&self, sp: &SpFile) -> Result<(), String> {
        let mut fresh = Agent::new(&self.world.http);
        match probe::ask(&mut fresh, &sp.whoami).await {
            Answer::SignedOut => Ok(()),
            Answer::SignedIn(seen) => Err(format!(
                "the identity probe says that a fresh browser is signed in as {}",
                seen.identity
            )),
            Answer::Unreadable(reason) => Err(format!(
                "a fresh browser does not find itself signed out: {reason}"
            )),
        }
    }

    /// The browser of a step, and as whom it is signed in at the SP already.
    async fn browser(
        &mut self,
        name: Option<&str>,
        sp: &SpFile,
    ) -> Result<(Browser, Option<String>), String> {
        let Some(mut browser) = name.and_then(|name| self.browsers.remove(name)) else {
            return Ok((Browser::new(Agent::new(&self.world.http)), None));
        };
        let answer = probe::ask(&mut browser.agent, &sp.whoami).await;
        browser.agent.take_hops();
        match answer {
            Answer::Unreadable(reason) => Err(reason),
            Answer::SignedOut => Ok((browser, None)),
            Answer::SignedIn(seen) => Ok((browser, Some(seen.identity))),
        }
    }

    /// Arms faults for a flow; gives the number of the set.
    pub(super) async fn arm(
        &self,
        flow: &str,
        faults: &[FaultSpec],
        times: Times,
    ) -> Result<Option<u64>, String> {
        if faults.is_empty() {
            return Ok(None);
        }
        let armed = ArmFaults {
            flow: Some(flow.to_owned()),
            times,
            faults: faults.to_vec(),
            ..ArmFaults::default()
        };
        let armed = self.world.control.arm(&self.info.id, &armed).await;
        let armed = armed.map_err(|error| format!("{}: {error}", self.place))?;
        Ok(Some(armed.number))
    }

    /// The reference SP's private cause. What cannot be asked is no evidence, and no reason to fail.
    pub(super) async fn sp_cause(&self, response: Option<&ResponseFacts>) -> Option<String> {
        let events = self.world.events.as_ref()?;
        let flow = events.api.sp_events(&events.instance).await.ok()?;
        let id = response.and_then(|response| response.id.as_deref());
        let found = flow.events.iter().rev().find_map(|event| match event {
            SpEvent::Rejected {
                response_id, cause, ..
            } if id.is_none() || response_id.as_deref() == id => Some(cause.clone()),
            _ => None,
        });
        // What was wrapped or cannot be read has no ID, or another than the message shows. It was the latest that came: the
        // instance is this scenario's own, and its steps come one after the other.
        found.or_else(|| match flow.events.last()? {
            SpEvent::Rejected { cause, .. } => Some(cause.clone()),
            _ => None,
        })
    }
}
