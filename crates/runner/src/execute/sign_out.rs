//! `sign_out`: single sign-out in a browser that signed in before, and what is left of its sessions.

use url::Url;

use super::attempt::{PAGE_CHARACTERS_MAX, idp_message, page_text, rejection};
use super::{Browser, Case, Ended};
use crate::agent::Agent;
use crate::drive::{End, Person, SignOut, SignOutDriven, sign_out};
use crate::event::Evidence;
use crate::probe::{self, Answer};
use crate::scenario::{Expect, SignOutStart, SignOutStep};
use crate::text::shortened;
use crate::verdict::{Outcome, SignOutObservation, judge, sign_out_outcome};
use crate::world;

/// What the identity provider is called among the places with a session.
const IDP: &str = "the identity provider";

impl Case<'_> {
    /// `sign_out`.
    pub(super) async fn sign_out(&mut self, step: &SignOutStep, expect: &Expect) -> Ended {
        let name = step.browser.clone().or_else(|| self.latest.clone());
        let Some((name, mut browser)) = name.and_then(|name| self.browsers.remove_entry(&name)) else {
            return Ended::inconclusive("nobody has signed in in this browser");
        };
        let ended = self.sign_out_of(&mut browser, step, expect).await;
        self.browsers.insert(name, browser);
        ended.unwrap_or_else(Ended::inconclusive)
    }

    async fn sign_out_of(
        &mut self,
        browser: &mut Browser,
        step: &SignOutStep,
        expect: &Expect,
    ) -> Result<Ended, String> {
        if self.sessions(browser).await?.is_empty() {
            return Err(
                "this browser is signed in nowhere, so that signing out would prove nothing".to_owned(),
            );
        }
        let app = self.app()?.clone();
        let idp = self.world.idp_origins(&app);
        let begin = self.sign_out_address(step.start)?;
        let mut old = browser.agent.clone();
        let flow = uuid::Uuid::new_v4().simple().to_string();
        browser.agent.follow(&flow, &self.world.flow_origins(&app));
        let ordered = SignOut {
            begin,
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
            Ok(left) if step.old_cookies => self.with_old_cookies(left, &browser.visited, &mut old).await,
            left => left,
        };
        let outcome = sign_out_outcome(SignOutObservation {
            end: &end,
            at_idp: matches!(&end, End::Page(page) if idp.contains(&page.url.origin())),
            rejection: rejection(&self.world.sp, &end).await,
            left,
        });
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
        Ok(Ended::judged(judgement, driven.notes, evidence))
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

fn address(text: &str) -> Result<Url, String> {
    Url::parse(text).map_err(|error| format!("{text}: {error}"))
}
