//! One sign-on with everything that makes its outcome trustworthy: the probe before, the faults, the flow at the
//! identity provider, the probe after (contracts.md section 2).

use control_api::flow::{IdpEvent, SpEvent};
use control_api::idp::{ArmFaults, FaultSpec, UserInfo};

use super::{Case, applied};
use crate::agent::forms::Document;
use crate::agent::{Agent, Page};
use crate::drive::{Begin, Delivery, Driven, End, SignOn, drive};
use crate::event::{Evidence, Hop};
use crate::facts::ResponseFacts;
use crate::probe::{self, Answer, Seen};
use crate::sp_file::Match;
use crate::text::shortened;
use crate::verdict::{Observation, Outcome, outcome};

/// The most of the last page that is kept as evidence, in characters.
const PAGE_CHARACTERS_MAX: usize = 400;

/// What is attempted.
pub(super) struct Plan<'p> {
    pub(super) begin: Begin,
    /// As the scenario names the user.
    pub(super) user: Option<&'p str>,
    /// Typed instead of the user's own.
    pub(super) password: Option<&'p str>,
    pub(super) browser: Option<&'p str>,
    pub(super) faults: &'p [FaultSpec],
    /// Whom the probe must show, where an earlier step says so.
    pub(super) identity: Option<Result<String, String>>,
}

/// What came of it.
pub(super) struct Attempt {
    pub(super) outcome: Outcome,
    /// What the probe says, where somebody is signed in.
    pub(super) seen: Option<Box<Seen>>,
    pub(super) evidence: Evidence,
    pub(super) delivery: Option<Delivery>,
    /// The text of the last page.
    pub(super) page: String,
    /// Whom the probe must show.
    pub(super) identity: Result<String, String>,
    /// The NameID that the identity provider sent.
    pub(super) name_id: Option<String>,
}

impl Case<'_> {
    /// Attempts a sign-on.
    ///
    /// # Errors
    /// Why it could not even begin, or why nothing can be said about it.
    pub(super) async fn attempt(&mut self, plan: Plan<'_>) -> Result<Attempt, String> {
        self.must_be_signed_out().await?;
        let app = self.app()?.clone();
        let (mut agent, was_signed_in) = self.browser(plan.browser).await?;
        let flow = uuid::Uuid::new_v4().simple().to_string();
        agent.follow(&flow, &self.world.flow_origins(&app));
        self.arm(&flow, plan.faults).await?;

        let user = plan.user.and_then(|name| self.user(name)).cloned();
        let typed = plan.user.map(|name| match &user {
            Some(user) => user.upn.clone(),
            None if name.contains('@') => name.to_owned(),
            None => format!("{name}@{}", self.info.domain),
        });
        let password = plan.password.or(user.as_ref().map(|user| user.password.as_str()));
        let sign_on = SignOn {
            begin: plan.begin,
            user: typed.as_deref(),
            password: password.unwrap_or_default(),
            idp: &self.world.idp_origins(&app),
        };
        let mut driven = Driven::default();
        let limit = self.world.step_timeout;
        if tokio::time::timeout(limit, drive(&mut agent, &sign_on, &mut driven))
            .await
            .is_err()
        {
            driven.end = Some(End::Stuck(format!(
                "the sign-on did not end within {} s",
                limit.as_secs()
            )));
        }
        let end = driven
            .end
            .take()
            .unwrap_or_else(|| End::Stuck("the sign-on did not end".to_owned()));
        let hops = agent.take_hops();

        let events = self.world.control.flow(&self.info.id, &flow).await;
        let events = events.map_err(|error| error.to_string())?.events;
        let answer = match end {
            End::Page(_) => probe::ask(&mut agent, &self.world.sp.whoami).await,
            End::Stopped { .. } | End::Stuck(_) => Answer::SignedOut,
        };
        agent.take_hops();
        if let Some(name) = plan.browser {
            self.browsers.insert(name.to_owned(), agent);
        }

        let identity = plan
            .identity
            .unwrap_or_else(|| self.identity(plan.user, user.as_ref(), &events));
        let unapplied = unapplied(plan.faults, &events);
        let outcome = outcome(&Observation {
            end: &end,
            delivered: driven.delivery.is_some(),
            crash: crash(&hops, driven.delivery.as_ref()),
            was_signed_in,
            answer: &answer,
            matches: self.world.sp.whoami.matches,
            expected: &identity,
            rejection: self.rejection(&end),
            unapplied: &unapplied,
        });
        let outcome = self.somebody_else(outcome, user.as_ref(), &events);
        let page = page_text(&end);
        let mut evidence = Evidence {
            flow,
            outcome: outcome.words(),
            hops,
            response: driven.delivery.as_ref().and_then(facts),
            idp_message: idp_message(&end, &events),
            sp_cause: None,
            page: (!page.is_empty()).then(|| shortened(&page, PAGE_CHARACTERS_MAX)),
        };
        if matches!(outcome, Outcome::Refused { .. }) {
            evidence.sp_cause = self.sp_cause(evidence.response.as_ref()).await;
        }
        Ok(Attempt {
            outcome,
            seen: match answer {
                Answer::SignedIn(seen) => Some(seen),
                _ => None,
            },
            evidence,
            delivery: driven.delivery,
            page,
            identity,
            name_id: name_id(&events),
        })
    }

    /// A fresh agent must find itself signed out, or the probe proves nothing.
    async fn must_be_signed_out(&self) -> Result<(), String> {
        let mut fresh = Agent::new(&self.world.http);
        match probe::ask(&mut fresh, &self.world.sp.whoami).await {
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

    /// The browser of a step, and whether it is signed in at the SP already.
    async fn browser(&mut self, name: Option<&str>) -> Result<(Agent, bool), String> {
        let Some(mut agent) = name.and_then(|name| self.browsers.remove(name)) else {
            return Ok((Agent::new(&self.world.http), false));
        };
        let answer = probe::ask(&mut agent, &self.world.sp.whoami).await;
        agent.take_hops();
        match answer {
            Answer::Unreadable(reason) => Err(reason),
            answer => Ok((agent, answer != Answer::SignedOut)),
        }
    }

    async fn arm(&self, flow: &str, faults: &[FaultSpec]) -> Result<(), String> {
        if faults.is_empty() {
            return Ok(());
        }
        let armed = ArmFaults {
            flow: Some(flow.to_owned()),
            faults: faults.to_vec(),
        };
        let armed = self.world.control.arm(&self.info.id, &armed).await;
        armed.map_err(|error| format!("{}: {error}", self.place))
    }

    /// Whom the probe must show.
    fn identity(
        &self,
        name: Option<&str>,
        user: Option<&UserInfo>,
        events: &[IdpEvent],
    ) -> Result<String, String> {
        let matches = self.world.sp.whoami.matches;
        if matches == Match::NameId {
            return name_id(events).ok_or_else(|| "the identity provider recorded no response".to_owned());
        }
        let user = user.ok_or_else(|| match name {
            Some(name) => format!("the tenant has no user {name}"),
            None => "the step names no user".to_owned(),
        })?;
        match matches {
            Match::Upn => Ok(user.upn.clone()),
            Match::ObjectId => Ok(user.object_id.clone()),
            Match::Mail | Match::NameId => user
                .mail
                .clone()
                .ok_or_else(|| format!("{} has no mail", user.upn)),
        }
    }

    /// A NameID proves who signed in only together with who authenticated.
    fn somebody_else(&self, outcome: Outcome, user: Option<&UserInfo>, events: &[IdpEvent]) -> Outcome {
        let (Outcome::SignedIn, Some(user), Match::NameId) = (&outcome, user, self.world.sp.whoami.matches)
        else {
            return outcome;
        };
        let authenticated = events.iter().rev().find_map(|event| match event {
            IdpEvent::Authenticated { upn, .. } => Some(upn),
            _ => None,
        });
        match authenticated {
            Some(upn) if !upn.eq_ignore_ascii_case(&user.upn) => Outcome::SomebodyElse {
                expected: user.upn.clone(),
                actual: upn.clone(),
            },
            _ => outcome,
        }
    }

    /// The SP's reason on the last page.
    fn rejection(&self, end: &End) -> Option<String> {
        let End::Page(page) = end else { return None };
        self.world.sp.whoami.rejection.as_ref()?.read(page)
    }

    /// The reference SP's private cause. What cannot be asked is no evidence, and no reason to fail.
    async fn sp_cause(&self, response: Option<&ResponseFacts>) -> Option<String> {
        let events = self.world.events.as_ref()?;
        let flow = events.api.sp_events(&events.instance).await.ok()?;
        let id = response.and_then(|response| response.id.as_deref());
        flow.events.iter().rev().find_map(|event| match event {
            SpEvent::Rejected {
                response_id, cause, ..
            } if id.is_none() || response_id.as_deref() == id => Some(cause.clone()),
            _ => None,
        })
    }
}

fn page_text(end: &End) -> String {
    match end {
        End::Page(Page { url, body, .. }) => Document::parse(body, url).text,
        End::Stopped { page, .. } => page.clone(),
        End::Stuck(_) => String::new(),
    }
}

/// The first 5xx after the delivery.
fn crash(hops: &[Hop], delivery: Option<&Delivery>) -> Option<u16> {
    let after = hops.get(delivery?.hops_before..)?;
    after.iter().map(|hop| hop.status).find(|status| *status >= 500)
}

fn facts(delivery: &Delivery) -> Option<ResponseFacts> {
    delivery.submission.field("SAMLResponse").map(ResponseFacts::read)
}

fn name_id(events: &[IdpEvent]) -> Option<String> {
    events.iter().rev().find_map(|event| match event {
        IdpEvent::ResponseIssued { name_id, .. } => Some(name_id.clone()),
        _ => None,
    })
}

/// The identity provider's message: the recorded one is whole.
fn idp_message(end: &End, events: &[IdpEvent]) -> Option<String> {
    let End::Stopped { message, .. } = end else {
        return None;
    };
    let recorded = events.iter().rev().find_map(|event| match event {
        IdpEvent::Stopped { message, .. } => Some(message.clone()),
        _ => None,
    });
    recorded.or_else(|| Some(message.clone()))
}

/// The faults that were armed and that no response carried.
fn unapplied(faults: &[FaultSpec], events: &[IdpEvent]) -> Vec<String> {
    let applied = applied(events);
    faults
        .iter()
        .map(|fault| fault.id.clone())
        .filter(|id| !applied.contains(&id.as_str()))
        .collect()
}
