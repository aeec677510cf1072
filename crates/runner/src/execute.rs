//! The steps of one scenario, in order, until one does not end as expected. After a sign-on with faults on which no later
//! step counts they go on, so that a scenario tells each of its ways.

mod account;
mod answers;
mod attempt;
mod change;
mod controls;
mod difference;
mod flood;
mod parallel;
mod reading;
mod refresh;
mod replay;
mod rewrap;
mod session_cookies;
mod sign_out;
mod taken;
mod watch;

use std::collections::HashMap;
use std::time::Instant;

use control_api::clock::Clock;
use control_api::flow::IdpEvent;
use control_api::idp::{AppInfo, TenantInfo, UserInfo};
use serde_json::json;
use url::Url;

use crate::agent::Agent;
use crate::drive::{Begin, Delivery, Told};
use crate::event::{ControlEvidence, Evidence, StepResult, StepStatus, Verdict};
use crate::note::Note;
use crate::probe::{self, Answer};
use crate::request;
use crate::rewrite::with_login_hint;
use crate::scenario::{
    Control, Expect, ExpectedOutcome, ProbeStep, RequestChanges, RequestStep, Scenario, SignInStep, Start,
    Step, StepAction,
};
use crate::test_button;
use crate::text::expand;
use crate::verdict::{Judgement, Outcome, judge};
use crate::world::{self, World};
use account::Accounts;
use attempt::{Attempt, Plan};
use controls::Shown;

/// A scenario on its way.
pub(crate) struct Case<'w> {
    world: &'w World,
    /// The tenant as it is now.
    info: TenantInfo,
    /// Users that the tenant has had.
    users_before: Vec<UserInfo>,
    /// The scenario's application, as it names it.
    app: String,
    /// Browsers by name, and the one without a name of the latest `sign_in` that named none.
    browsers: HashMap<String, Browser>,
    /// The browser of the latest `sign_in`.
    latest: Option<String>,
    /// Per step that signed in: what was delivered, and who was expected.
    signed_in: HashMap<usize, SignedIn>,
    /// Per step that signed out: the LogoutRequest that the SP was sent.
    told: HashMap<usize, Told>,
    /// Per step that signed in: the SP's own id of the account, where it tells.
    account_ids: HashMap<usize, String>,
    /// Whether it attacks, so that no browser of it is led to somebody else's site.
    attacks: bool,
    /// Whether a step has changed accounts, links or sessions at the SP.
    sp_touched: bool,
    /// The accounts that a foreign SP gets before its users sign in.
    accounts: Accounts,
    /// The SP's clock, as far as this scenario moved it.
    sp_clock: Clock,
    /// `ID` of the latest AuthnRequest that reached the identity provider.
    latest_request: Option<String>,
    /// NameIDs that were seen, by user principal name.
    name_ids: HashMap<String, String>,
    /// `file:line` of the step that is done.
    place: String,
    /// Below which path of the listener nobody may ask for anything.
    watched: String,
    /// The address there of the step that is done; `None`: nobody listens.
    bait: Option<String>,
}

/// The name of the browser of a `sign_in` that names none; a file cannot name one so.
const UNNAMED: &str = "";

/// A browser with what was done in it.
struct Browser {
    agent: Agent,
    /// Who signed in last, as typed.
    user: Option<String>,
    /// The applications where somebody signed in; `None`: the scenario's own.
    visited: Vec<Option<String>>,
}

impl Browser {
    fn new(agent: Agent) -> Self {
        Self {
            agent,
            user: None,
            visited: Vec::new(),
        }
    }

    fn visited(&mut self, app: Option<&str>) {
        let app = app.map(ToOwned::to_owned);
        if !self.visited.contains(&app) {
            self.visited.push(app);
        }
    }
}

struct SignedIn {
    /// Where, if not at the scenario's own application.
    app: Option<String>,
    delivery: Option<Delivery>,
    identity: Result<String, String>,
    /// What shows that the SP takes such a response: for one that signed in, its own sign-on; for one that is held, its control.
    control: Option<ControlEvidence>,
    /// How many responses the SP asked for.
    responses: u32,
}

/// How a step ended, before it gets its number and title.
#[derive(Default)]
struct Ended {
    mismatches: Vec<crate::event::Mismatch>,
    finding: Option<String>,
    notes: Vec<Note>,
    reason: Option<String>,
    evidence: Option<Evidence>,
    control: Option<ControlEvidence>,
    /// Whether the SP refused.
    refused: bool,
}

impl Ended {
    fn inconclusive(reason: impl Into<String>) -> Self {
        Self {
            reason: Some(reason.into()),
            ..Self::default()
        }
    }

    /// A judgement that rests on an attempt.
    fn judged(judgement: Judgement, mut notes: Vec<Note>, evidence: Evidence) -> Self {
        notes.extend(judgement.notes);
        Self {
            mismatches: judgement.mismatches,
            finding: judgement.finding,
            notes,
            reason: judgement.inconclusive,
            evidence: Some(evidence),
            ..Self::default()
        }
    }

    fn status(&self) -> StepStatus {
        match (&self.reason, self.mismatches.is_empty()) {
            (Some(_), _) => StepStatus::Inconclusive,
            (None, true) => StepStatus::Passed,
            (None, false) => StepStatus::Failed,
        }
    }
}

/// Runs the steps of `scenario` in `world`; each result goes to `on_step` when it is there.
pub(crate) async fn run(world: &World, scenario: &Scenario, mut on_step: impl FnMut(StepResult)) -> Verdict {
    let mut case = Case::new(world, scenario);
    if let Some(option) = scenario.signing {
        let signing = json!({"app": [{"name": scenario.app, "signing": {"option": option}}]});
        if let Err(reason) = case.patch_tenant(&signing, &scenario.app).await {
            return Verdict::Inconclusive {
                reason: format!("the Signing Option {option} cannot be set: {reason}"),
            };
        }
    }
    let mut so_far = Verdict::Passed;
    for (index, step) in scenario.steps.iter().enumerate() {
        let started = Instant::now();
        let ended = case.step(index + 1, step, scenario).await;
        let result = StepResult {
            number: index + 1,
            title: step.action.title(),
            status: ended.status(),
            cases: scenario.cases_of(step),
            reason: ended.reason,
            mismatches: ended.mismatches,
            finding: ended.finding,
            notes: ended.notes,
            evidence: ended.evidence,
            control: ended.control,
            duration: started.elapsed(),
        };
        let passed = result.status == StepStatus::Passed;
        match (result.status, &so_far) {
            (StepStatus::Failed, _) => so_far = Verdict::Failed,
            (StepStatus::Inconclusive, Verdict::Passed) => {
                so_far = Verdict::Inconclusive {
                    reason: told(&result, &case.place),
                };
            }
            _ => {}
        }
        let goes_on = passed || scenario.stands_alone(index) && was_reached(&result);
        on_step(result);
        if !goes_on {
            break;
        }
    }
    so_far
}

/// Whether the SP answered the sign-on and its control: one that does not would be waited for at every step.
fn was_reached(result: &StepResult) -> bool {
    let controlled = result
        .control
        .as_ref()
        .is_none_or(|control| control.outcome == Outcome::SignedIn.words());
    controlled && result.evidence.is_some()
}

/// The reason of a step, with what leads to the step: its number, unless the reason begins with its place.
fn told(result: &StepResult, place: &str) -> String {
    let reason = result.reason.as_deref().unwrap_or_default();
    if reason.starts_with(place) {
        reason.to_owned()
    } else {
        format!("step {}: {reason}", result.number)
    }
}

impl<'w> Case<'w> {
    fn new(world: &'w World, scenario: &Scenario) -> Self {
        Self {
            world,
            info: world.info.clone(),
            users_before: world.info.users.clone(),
            app: scenario.app.clone(),
            browsers: HashMap::new(),
            latest: None,
            signed_in: HashMap::new(),
            told: HashMap::new(),
            account_ids: HashMap::new(),
            attacks: scenario.attacks(),
            sp_touched: false,
            accounts: Accounts::of(world, scenario),
            sp_clock: Clock::default(),
            latest_request: None,
            name_ids: HashMap::new(),
            place: String::new(),
            watched: format!("/{}/", uuid::Uuid::new_v4().simple()),
            bait: None,
        }
    }

    async fn act(&mut self, number: usize, step: &Step, scenario: &Scenario) -> Ended {
        let default = Expect::default();
        self.place = step.mark.to_string();
        let expect = self.expanded(step.expect.as_ref().unwrap_or(&default));
        let changed = match &step.action {
            StepAction::SignIn(step) if step.parallel.is_some() => {
                return self.sign_in_at_once(number, step, &expect).await;
            }
            StepAction::SignIn(step) => {
                let ended = self.sign_in(number, step, &expect).await;
                let controlled_later = scenario.steps[number..].iter().any(has_control);
                let after = ended.refused && has_own_control(step) && !controlled_later;
                return if after {
                    self.control_after(step, ended).await
                } else {
                    ended
                };
            }
            StepAction::SignOut(step) => return self.sign_out(number, step, &expect).await,
            StepAction::Replay(step) => return self.replay(step, &expect).await,
            StepAction::Probe(step) => return self.probe(step, &expect).await,
            StepAction::Flood(step) => return self.flood(step).await,
            StepAction::Request(step) => return self.request(step, &expect).await,
            StepAction::Sp(refresh) if step.expect.is_some() => {
                return self.refresh_trust(refresh, &expect).await;
            }
            StepAction::Tenant(patch) => self.patch_tenant(patch, &scenario.app).await,
            StepAction::Certificate(step) => self.change_certificate(step, scenario).await,
            StepAction::TokenEncryption(step) => self.change_token_encryption(step).await,
            StepAction::User(step) => self.change_user(step).await,
            StepAction::Clock(step) => self.move_clocks(step).await,
            StepAction::Sp(step) => self.change_sp(step).await,
        };
        match changed {
            Ok(()) => Ended::default(),
            Err(reason) => Ended::inconclusive(format!("{}: {reason}", self.place)),
        }
    }

    async fn sign_in(&mut self, number: usize, step: &SignInStep, expect: &Expect) -> Ended {
        let shown = match step.control {
            None => Shown::default(),
            Some(Control::Auto) => match self.control(step).await {
                Ok(shown) => shown,
                Err(ended) => return *ended,
            },
            Some(Control::Step(number)) => match self.signed_in.get(&number) {
                Some(signed_in) => Shown {
                    evidence: signed_in.control.clone(),
                    responses: signed_in.responses,
                    notes: Vec::new(),
                },
                None => {
                    return Ended::inconclusive(format!("step {number}, the control, did not sign in"));
                }
            },
        };
        let control = shown.evidence.clone();
        let ended = self.deviate(number, step, expect, shown).await;
        if let (true, Some(held)) = (step.hold, self.signed_in.get_mut(&number)) {
            held.control.clone_from(&control);
        }
        Ended { control, ..ended }
    }

    /// The sign-on itself, after its control.
    async fn deviate(&mut self, number: usize, step: &SignInStep, expect: &Expect, shown: Shown) -> Ended {
        let app = self.other(step);
        let changes = step.request.as_deref().cloned();
        let changes = changes.map(|changes| changes.expanded(&self.variables_of(app)));
        let begin = match self.begin(step, app, changes.as_ref()) {
            Ok(begin) => begin,
            Err(reason) => return Ended::inconclusive(reason),
        };
        let delivery = step.delivery.as_deref().cloned();
        let variables = self.variables_of(app);
        let delivery = delivery.map(|changes| changes.expanded(|text| expand(text, &variables)));
        let faults = self.expanded_faults(&step.faults);
        // Behind a control nothing but the deviation may keep the user out.
        if expect.outcome == ExpectedOutcome::SignedIn || step.control.is_some() {
            self.give_account(&step.user).await;
        }
        // An attack must not fail for want of the account that it wants.
        let victim = taken::victim(&faults, &self.info.users, self.user(&step.user));
        if let Some(upn) = victim.map(|victim| victim.upn.clone()) {
            self.give_account(&upn).await;
        }
        let plan = Plan {
            app,
            user: Some(&step.user),
            password: step.password.as_deref(),
            code: step.mfa.as_deref(),
            keep_signed_in: step.keep_signed_in,
            request: changes.filter(|_| step.start == Start::Sp),
            browser: step.browser.as_deref(),
            keep_as: Some(UNNAMED),
            old_cookies: step.old_cookies,
            forged_session: step.forged_session,
            cookie_flags: expect.cookie_flags,
            delivery,
            hold: step.hold,
            faults: &faults,
            times: step.times.at_least(shown.responses),
            controlled: step.control.is_some(),
            ..Plan::new(begin)
        };
        let attempt = match self.attempt(plan).await {
            Ok(attempt) => attempt,
            Err(reason) => return Ended::inconclusive(reason),
        };
        self.latest = Some(step.browser.as_deref().unwrap_or(UNNAMED).to_owned());
        if step.hold {
            return self.held(number, step, attempt, shown.notes);
        }
        let mut judgement = self.judgement(expect, &attempt);
        if step.start == Start::Test {
            judgement.must_not_answer(test_button::REQUEST_ID, &attempt.evidence);
        }
        if attempt.outcome == Outcome::SignedIn {
            self.remember(number, step, &attempt);
        }
        if expect.outcome == ExpectedOutcome::SignedIn {
            judgement.notes.extend(
                self.account_note(&step.user, &attempt.outcome)
                    .map(Note::conditions),
            );
        }
        if !attempt.unapplied.is_empty() && judgement.inconclusive.is_none() {
            let unused = attempt.unapplied.join(", ");
            judgement
                .notes
                .push(format!("armed but never applied: {unused}").into());
        }
        judgement.notes.extend(attempt.asked_again.map(Note::behaviour));
        let refused = matches!(attempt.outcome, Outcome::Refused { .. });
        Ended {
            refused,
            ..Ended::judged(judgement, shown.notes, attempt.evidence)
        }
    }

    /// Remembers what a step that signed in leaves behind.
    fn remember(&mut self, number: usize, step: &SignInStep, attempt: &Attempt) {
        self.sp_touched = true;
        if let (Some(user), Some(name_id)) = (self.user(&step.user), &attempt.name_id) {
            let upn = user.upn.clone();
            self.name_ids.insert(upn, name_id.clone());
        }
        if let Some(id) = &attempt.evidence.account_id {
            self.account_ids.insert(number, id.clone());
        }
        let signed_in = SignedIn {
            app: self.other(step).map(ToOwned::to_owned),
            delivery: attempt.delivery.clone(),
            identity: attempt.identity.clone(),
            control: Some(ControlEvidence::of(&attempt.evidence, Some(number))),
            responses: attempt.deliveries,
        };
        self.signed_in.insert(number, signed_in);
    }

    /// Who is signed in, without anything being done.
    async fn probe(&mut self, step: &ProbeStep, expect: &Expect) -> Ended {
        let Some(browser) = self.browsers.get_mut(&step.browser) else {
            return Ended::inconclusive(format!("nobody has signed in in the browser {}", step.browser));
        };
        let answer = probe::ask(&mut browser.agent, &self.world.sp.whoami).await;
        let (outcome, seen) = match answer {
            Answer::SignedIn(seen) => (Outcome::SignedIn, Some(seen)),
            Answer::SignedOut => (Outcome::SignedOut { rejection: None }, None),
            Answer::Unreadable(reason) => return Ended::inconclusive(reason),
        };
        let evidence = Evidence {
            outcome: outcome.words(),
            hops: browser.agent.take_hops(),
            ..Evidence::default()
        };
        let judgement = judge(expect, &outcome, seen.as_deref(), "");
        Ended::judged(judgement, Vec::new(), evidence)
    }

    async fn request(&mut self, step: &RequestStep, expect: &Expect) -> Ended {
        let begin = self
            .app()
            .and_then(|app| request::begin(step, &app.login_url, &self.variables()));
        let begin = match begin {
            Ok(begin) => begin,
            Err(reason) => return Ended::inconclusive(reason),
        };
        let plan = Plan {
            user: step.user.as_deref(),
            ..Plan::new(begin)
        };
        self.judged(plan, expect).await
    }

    async fn judged(&mut self, plan: Plan<'_>, expect: &Expect) -> Ended {
        match self.attempt(plan).await {
            Ok(attempt) => {
                if attempt.outcome == Outcome::SignedIn {
                    self.sp_touched = true;
                }
                let judgement = self.judgement(expect, &attempt);
                Ended::judged(judgement, Vec::new(), attempt.evidence)
            }
            Err(reason) => Ended::inconclusive(reason),
        }
    }

    /// What an attempt is worth, with what earlier steps saw.
    fn judgement(&self, expect: &Expect, attempt: &Attempt) -> Judgement {
        let seen = attempt.seen.as_deref();
        let mut judgement = judge(expect, &attempt.outcome, seen, &attempt.page);
        if let Some(whom) = &attempt.evidence.taken_for {
            judgement.name_the_session(whom);
        }
        if attempt.outcome == Outcome::SignedIn {
            judgement.compare_accounts(expect, seen, &self.account_ids);
        }
        if judgement.inconclusive.is_none() {
            judgement.check_answers(expect, &attempt.answers);
            judgement.check_markup(attempt.markup.as_deref());
        }
        if expect.cookie_flags && attempt.outcome == Outcome::SignedIn {
            judgement.check_cookies(&attempt.session_cookies, self.is_over_https());
        }
        judgement
    }

    /// Whether the SP is reached over https.
    fn is_over_https(&self) -> bool {
        let whoami = self.world.sp.whoami.url.as_deref();
        whoami.is_some_and(|url| url.starts_with("https:"))
    }

    /// How a sign-on of `step` begins; where the SP sends no request, a `login_hint` goes to the identity provider.
    fn begin(
        &self,
        step: &SignInStep,
        app: Option<&str>,
        changes: Option<&RequestChanges>,
    ) -> Result<Begin, String> {
        self.begin_at(step.start, step.query.as_deref(), app, changes)
    }

    /// How a sign-on begins there, with `query` added to the address.
    fn begin_at(
        &self,
        start: Start,
        query: Option<&str>,
        app: Option<&str>,
        changes: Option<&RequestChanges>,
    ) -> Result<Begin, String> {
        let (name, sp) = self.world.target(app)?;
        let app = world::app(&self.info, name)?;
        let address = match start {
            Start::Sp => sp.sign_on_url.clone().ok_or("the SP has no log-in address")?,
            Start::Idp => app.launch.clone(),
            Start::Test => test_button::address(app)?,
        };
        let mut url = Url::parse(&address).map_err(|error| format!("{address}: {error}"))?;
        let hint = changes.and_then(|changes| changes.login_hint.as_deref());
        if let (true, Some(hint)) = (start.is_unsolicited(), hint) {
            let query = with_login_hint(url.query().unwrap_or_default(), hint);
            url.set_query(Some(query.as_str()).filter(|query| !query.is_empty()));
        }
        if let Some(more) = query {
            let query = url.query().map(|query| format!("{query}&{more}"));
            url.set_query(Some(query.as_deref().unwrap_or(more)));
        }
        Ok(Begin::Open(url))
    }

    /// The application of a step, if it is not the scenario's own.
    fn other<'s>(&self, step: &'s SignInStep) -> Option<&'s str> {
        let app = step.app.as_deref()?;
        (!app.eq_ignore_ascii_case(&self.app)).then_some(app)
    }

    /// The application, as the tenant has it now.
    fn app(&self) -> Result<&AppInfo, String> {
        world::app(&self.info, &self.world.app)
    }

    fn user(&self, name: &str) -> Option<&UserInfo> {
        world::user(&self.info.users, &self.users_before, name)
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        self.variables_of(None)
    }

    /// The placeholders for another application of the scenario.
    fn variables_of(&self, app: Option<&str>) -> Vec<(&'static str, String)> {
        let placeholders = self.world.target(app).and_then(|(name, sp)| {
            let app = world::app(&self.info, name)?;
            Ok(self.world.placeholders(&self.info, app, sp))
        });
        let mut variables = placeholders.unwrap_or_default();
        variables.extend(self.latest_request.clone().map(|id| ("request_id", id)));
        variables
    }

    fn expanded(&self, expect: &Expect) -> Expect {
        let variables = self.variables();
        let mut expect = expect.clone();
        if let Some(name_id) = &mut expect.name_id {
            *name_id = expand(name_id, &variables);
        }
        for value in expect
            .attributes
            .iter_mut()
            .flat_map(|attribute| &mut attribute.values)
        {
            *value = expand(value, &variables);
        }
        expect
    }
}

fn has_control(step: &Step) -> bool {
    matches!(&step.action, StepAction::SignIn(sign_in) if has_own_control(sign_in))
}

fn has_own_control(step: &SignInStep) -> bool {
    step.control == Some(Control::Auto)
}

/// The ids of the faults that acted in this flow: on its messages, or by stopping it.
fn applied(events: &[IdpEvent]) -> Vec<&str> {
    let mut ids = Vec::new();
    for event in events {
        if let IdpEvent::ResponseIssued { faults, .. }
        | IdpEvent::FailureIssued { faults, .. }
        | IdpEvent::LogoutIssued { faults, .. }
        | IdpEvent::Stopped { faults, .. } = event
        {
            ids.extend(faults.iter().map(String::as_str));
        }
    }
    ids
}
