//! `sign_out`: single sign-out in a browser that signed in before, and what is left of its sessions.

use std::collections::BTreeMap;

use control_api::catalogue::{self, CaseOutcome};
use control_api::idp::{FaultSpec, Times};
use url::Url;

use super::attempt::{PAGE_CHARACTERS_MAX, Plan};
use super::reading::{idp_message, page_text, rejection, unapplied};
use super::{Browser, Case, Ended};
use crate::agent::Agent;
use crate::drive::{End, Person, SignOut, SignOutDriven, Told, sign_out};
use crate::event::Evidence;
use crate::note::Note;
use crate::probe::{self, Answer};
use crate::scenario::{Expect, ExpectedOutcome, ReplayStep, SignOutStart, SignOutStep, Start};
use crate::text::shortened;
use crate::verdict::{Outcome, SignOutObservation, judge, logout_outcome, sign_out_outcome};
use crate::world;

/// The browser of a control; a file cannot name one so.
const CONTROL: &str = "\0control";

/// The id of what is no fault: the LogoutRequest that SAML would have, with which all the others begin.
const HONEST: &str = "slo-named";

/// What the identity provider is called among the places with a session.
const IDP: &str = "the identity provider";

impl Case<'_> {
    /// `sign_out`.
    pub(super) async fn sign_out(&mut self, number: usize, step: &SignOutStep, expect: &Expect) -> Ended {
        let faults = self.expanded_faults(&step.faults);
        let begin = match self.sign_out_address(step.start) {
            Ok(begin) => Told::Address(begin),
            Err(reason) => return Ended::inconclusive(reason),
        };
        let asked = Asked {
            begin: &begin,
            faults: &faults,
            // What the identity provider has is no matter of a message to an SP.
            sps_alone: !faults.is_empty() && step.start == SignOutStart::Idp,
            old_cookies: step.old_cookies,
        };
        let name = step.browser.clone().or_else(|| self.latest.clone());
        let (ended, user) = self.sign_out_in(name, &asked, expect, Some(number)).await;
        let goes_on = ended.refused && ended.reason.is_none() && ended.mismatches.is_empty();
        match user {
            Some(user) if asked.sps_alone && goes_on => self.control_of_logout(&user, &faults, ended).await,
            _ => ended,
        }
    }

    /// Sends a LogoutRequest of an earlier step again.
    pub(super) async fn tell_again(&mut self, told: &Told, step: &ReplayStep, expect: &Expect) -> Ended {
        let asked = Asked {
            begin: told,
            faults: &[],
            sps_alone: true,
            old_cookies: false,
        };
        let name = step.browser.clone().or_else(|| self.latest.clone());
        self.sign_out_in(name, &asked, expect, None).await.0
    }

    /// After a message that ended no session: the same without the deviation, of a sign-on of its own, must end one. An SP
    /// that ends none whatever comes proves nothing. It comes last, since an SP may end all of a user's sessions by it.
    async fn control_of_logout(&mut self, user: &str, faults: &[FaultSpec], ended: Ended) -> Ended {
        match self.attempt_logout(user, &without_deviation(faults)).await {
            Ok(()) => ended,
            Err(reason) => Ended {
                reason: Some(format!(
                    "the session goes on, but the same sign-out without the deviation did not end one either: {reason}"
                )),
                ..ended
            },
        }
    }

    async fn attempt_logout(&mut self, user: &str, faults: &[FaultSpec]) -> Result<(), String> {
        let start = match self.world.sp.sign_on_url {
            Some(_) => Start::Sp,
            None => Start::Idp,
        };
        let plan = Plan {
            user: Some(user),
            browser: Some(CONTROL),
            ..Plan::new(self.begin_at(start, None, None, None)?)
        };
        self.browsers.remove(CONTROL);
        let signed_in = self.attempt(plan).await?;
        if signed_in.outcome != Outcome::SignedIn {
            return Err(signed_in.outcome.words());
        }
        let begin = Told::Address(self.sign_out_address(SignOutStart::Idp)?);
        let asked = Asked {
            begin: &begin,
            faults,
            sps_alone: true,
            old_cookies: false,
        };
        let expect = Expect {
            outcome: ExpectedOutcome::SignedOut,
            ..Expect::default()
        };
        let (ended, _) = self
            .sign_out_in(Some(CONTROL.to_owned()), &asked, &expect, None)
            .await;
        self.browsers.remove(CONTROL);
        match (ended.reason, ended.mismatches.first()) {
            (Some(reason), _) => Err(reason),
            (None, Some(mismatch)) => Err(mismatch.actual.clone()),
            (None, None) => Ok(()),
        }
    }

    /// Signs out in a browser; gives whom, too.
    async fn sign_out_in(
        &mut self,
        name: Option<String>,
        asked: &Asked<'_>,
        expect: &Expect,
        number: Option<usize>,
    ) -> (Ended, Option<String>) {
        let Some((name, mut browser)) = name.and_then(|name| self.browsers.remove_entry(&name)) else {
            return (Ended::inconclusive("nobody has signed in in this browser"), None);
        };
        let ended = self.sign_out_of(&mut browser, asked, expect, number).await;
        let user = browser.user.clone();
        self.browsers.insert(name, browser);
        (ended.unwrap_or_else(Ended::inconclusive), user)
    }

    async fn sign_out_of(
        &mut self,
        browser: &mut Browser,
        asked: &Asked<'_>,
        expect: &Expect,
        number: Option<usize>,
    ) -> Result<Ended, String> {
        if self.sessions(browser).await?.is_empty() {
            return Err(
                "this browser is signed in nowhere, so that signing out would prove nothing".to_owned(),
            );
        }
        let app = self.app()?.clone();
        let idp = self.world.idp_origins(&app);
        let mut old = browser.agent.clone();
        let flow = uuid::Uuid::new_v4().simple().to_string();
        browser.agent.follow(&flow, &self.world.flow_origins(&app));
        self.arm(&flow, asked.faults, Times::default()).await?;
        let ordered = SignOut {
            begin: asked.begin,
            person: Person {
                user: browser.user.as_deref(),
                ..Person::default()
            },
            idp: &idp,
        };
        let mut driven = SignOutDriven::default();
        let limit = self.world.step_timeout;
        let done = tokio::time::timeout(limit, sign_out(&mut browser.agent, &ordered, &mut driven)).await;
        if done.is_err() {
            driven.end = Some(End::Stuck(format!(
                "the sign-out did not end within {} s",
                limit.as_secs()
            )));
        }
        let stuck = || End::Stuck("the sign-out did not end".to_owned());
        let end = driven.end.take().unwrap_or_else(stuck);
        let hops = browser.agent.take_hops();
        let events = self.world.control.flow(&self.info.id, &flow).await;
        let events = events.map_err(|error| error.to_string())?.events;
        self.sp_touched = true;
        let left = match self.sessions(browser).await {
            Ok(left) if asked.old_cookies => self.with_old_cookies(left, &browser.visited, &mut old).await,
            left => left,
        };
        let seen = SignOutObservation {
            end: &end,
            at_idp: matches!(&end, End::Page(page) if idp.contains(&page.url.origin())),
            rejection: rejection(&self.world.sp, &end).await,
            left: left.map(|mut left| {
                left.retain(|place| !asked.sps_alone || place != IDP);
                left
            }),
        };
        let unapplied = unapplied(asked.faults, &events);
        let outcome = if !unapplied.is_empty() {
            Outcome::Inconclusive(format!("armed but never applied: {}", unapplied.join(", ")))
        } else if asked.sps_alone || !asked.faults.is_empty() {
            logout_outcome(seen, expect.outcome)
        } else {
            sign_out_outcome(seen)
        };
        if let (Some(number), Some(told)) = (number, driven.told.take()) {
            self.told.insert(number, told);
        }
        let page = page_text(&end).await;
        let mut evidence = Evidence {
            flow,
            outcome: outcome.words(),
            hops,
            idp_message: idp_message(&end, &events),
            page: (!page.is_empty()).then(|| shortened(&page, PAGE_CHARACTERS_MAX)),
            ..Evidence::default()
        };
        if matches!(outcome, Outcome::Refused { .. }) {
            evidence.sp_cause = self.sp_cause(None).await;
        }
        let judgement = judge(expect, &outcome, None, &page);
        let notes = driven.notes.into_iter().map(Note::behaviour).collect();
        let goes_on = matches!(outcome, Outcome::Refused { .. } | Outcome::StillSignedIn { .. });
        Ok(Ended {
            refused: goes_on,
            ..Ended::judged(judgement, notes, evidence)
        })
    }

    /// `left`, and the SPs of `visited` that still know the cookies from before the sign-out: they are no use if a session
    /// ends in the browser alone.
    async fn with_old_cookies(
        &self,
        mut left: Vec<String>,
        visited: &[Option<String>],
        old: &mut Agent,
    ) -> Result<Vec<String>, String> {
        for app in visited {
            let (name, sp) = self.world.target(app.as_deref())?;
            match probe::ask(old, &sp.whoami).await {
                Answer::SignedIn(_) => left.push(format!("{name}, with the cookies from before")),
                Answer::SignedOut => {}
                Answer::Unreadable(reason) => return Err(reason),
            }
        }
        Ok(left)
    }

    /// Where `browser` has a session: at the SPs where somebody signed in, and at the identity provider.
    async fn sessions(&self, browser: &mut Browser) -> Result<Vec<String>, String> {
        let mut places = Vec::new();
        for app in &browser.visited {
            let (name, sp) = self.world.target(app.as_deref())?;
            match probe::ask(&mut browser.agent, &sp.whoami).await {
                Answer::SignedIn(_) => places.push(name.to_owned()),
                Answer::SignedOut => {}
                Answer::Unreadable(reason) => return Err(reason),
            }
        }
        let my_apps = address(&self.world.my_apps(&self.info))?;
        if probe::ask_idp(&mut browser.agent, &my_apps).await? {
            places.push(IDP.to_owned());
        }
        browser.agent.take_hops();
        Ok(places)
    }

    fn sign_out_address(&self, start: SignOutStart) -> Result<Url, String> {
        match start {
            SignOutStart::Sp => {
                let logout = self.world.sp.logout_url.as_deref();
                address(logout.ok_or("the SP has no log-out address: give `logout_url`")?)
            }
            SignOutStart::Idp => {
                let login = &self.app()?.login_url;
                let origin = world::origin(login).ok_or_else(|| format!("{login} is no address"))?;
                let origin = origin.ascii_serialization();
                address(&format!("{origin}/{}/oauth2/logout", self.info.id))
            }
        }
    }
}

/// A sign-out, or a message of one.
struct Asked<'a> {
    begin: &'a Told,
    /// What the message to the SP carries.
    faults: &'a [FaultSpec],
    /// Whether only the SPs' sessions count.
    sps_alone: bool,
    /// Whether sessions are looked for with the cookies that the browser had before, too.
    old_cookies: bool,
}

/// The faults without those that must not end a session; with the one that makes the message what the others begin with.
fn without_deviation(faults: &[FaultSpec]) -> Vec<FaultSpec> {
    let ends = |spec: &&FaultSpec| {
        let outcome = catalogue::fault(&spec.id).and_then(|(_, fault)| fault.outcome);
        outcome == Some(CaseOutcome::SignedOut)
    };
    let mut kept: Vec<_> = faults.iter().filter(ends).cloned().collect();
    if !kept.iter().any(|spec| spec.id == HONEST) {
        kept.push(FaultSpec {
            id: HONEST.to_owned(),
            parameters: BTreeMap::new(),
        });
    }
    kept
}

fn address(text: &str) -> Result<Url, String> {
    Url::parse(text).map_err(|error| format!("{text}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The control of a message is the message, without what an SP must not take.
    #[test]
    fn the_control_keeps_the_shape() {
        let spec = |id: &str| FaultSpec {
            id: id.to_owned(),
            parameters: BTreeMap::new(),
        };
        for (faults, kept) in [
            (&["slo-unsigned"][..], &["slo-named"][..]),
            (&["slo-post", "slo-unsigned"], &["slo-post", "slo-named"]),
            (&["slo-named", "slo-wrong-sessionindex"], &["slo-named"]),
        ] {
            let faults: Vec<_> = faults.iter().map(|id| spec(id)).collect();
            let ids: Vec<_> = without_deviation(&faults)
                .into_iter()
                .map(|fault| fault.id)
                .collect();
            assert_eq!(ids, kept);
        }
    }
}
