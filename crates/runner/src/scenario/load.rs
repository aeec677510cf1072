//! Reading one scenario file: every error at once.

use std::path::Path;

use control_api::catalogue::Case;
use control_api::file::{self, Diagnostics, Mark, Table};

use super::variants::{self, CASE, Variant};
use super::{
    Control, Expect, ExpectedOutcome, Scenario, SignInStep, SignOutStart, SignOutStep, Step, StepAction,
    expect, patch, sign, step, token_encryption,
};

/// The most steps of a scenario.
const STEPS_MAX: usize = 100;

/// The most steps of all the scenarios of a file.
const STEPS_OF_ALL_MAX: usize = 5_000;

/// The tag of what runs first.
pub(super) const CORE: &str = "core";

/// Reads the file at `path`, whose text is `text`: one scenario, or one for each of `cases` and `signing`. Nothing is opened.
///
/// # Errors
/// All that is wrong with it, each with line, column, what was expected and the nearest valid word.
pub fn parse(path: &str, text: &str, embedded: bool) -> Result<Vec<Scenario>, Diagnostics> {
    file::from_toml(path, text, |root| scenarios(root, path, embedded))
}

fn scenarios(root: &Table<'_>, path: &str, embedded: bool) -> Option<Vec<Scenario>> {
    if !root.has("title") && !root.has("step") {
        // Whatever it is, its keys are its own.
        drop(root.entries());
        root.problem("this file has neither `title` nor `[[step]]`: not a scenario");
        return None;
    }
    let tables = root.tables("step");
    if !root.has("step") || (tables.is_empty() && steps_are_empty(root)) {
        root.problem("`[[step]]` is missing: expected at least one step");
    }
    if tables.len() > STEPS_MAX {
        root.problem_at(
            "step",
            format!("there are {} steps: at most {STEPS_MAX}", tables.len()),
        );
    }
    let head = Head::read(root, path, embedded);
    let variants = variants::variants(root);
    let steps = variants.len().saturating_mul(tables.len());
    if variants.len() > 1 && steps > STEPS_OF_ALL_MAX {
        root.problem_at(
            "step",
            format!(
                "there are {steps} steps in {} scenarios: at most {STEPS_OF_ALL_MAX}",
                variants.len()
            ),
        );
        return None;
    }
    let of_variant = |variant| scenario(root, &tables, head.of(variant), variant);
    // Every one of them is read, so that all that is wrong is told.
    let read: Vec<_> = variants.into_iter().map(of_variant).collect();
    read.into_iter().collect()
}

/// What the top of a file says.
struct Head<'f> {
    path: &'f str,
    embedded: bool,
    title: Option<String>,
    origin: Option<String>,
    app: Option<String>,
    app_mark: Mark,
    user: Option<String>,
    tags: Vec<String>,
    covers: Vec<&'static Case>,
}

impl<'f> Head<'f> {
    fn read(root: &Table<'_>, path: &'f str, embedded: bool) -> Self {
        let covers = variants::covers(root);
        let has_default = root.has("cases") || root.has("covers");
        let title = if has_default && !root.has("title") {
            None
        } else {
            root.required_string("title", "what the scenario shows, in one line")
        };
        Self {
            path,
            embedded,
            title,
            origin: root.string("origin"),
            app: root.required_string("app", "the enterprise application, by name"),
            app_mark: root.mark("app"),
            user: root.string("user"),
            tags: tags(root),
            covers,
        }
    }

    /// The head of one of the file's scenarios, still without its steps; `None` where something is missing, which has been
    /// told.
    fn of(&self, variant: Variant) -> Option<Scenario> {
        // What the file does not say of itself, the catalogue says of the case.
        let case = variant.case.or(self.covers.first().copied());
        let filled = |text: &Option<String>| text.as_deref().map(|text| variant.fill(text));
        let suffix = variant.suffix();
        let path = if suffix.is_empty() {
            self.path.to_owned()
        } else {
            format!("{}{suffix}", Path::new(self.path).with_extension("").display())
        };
        Some(Scenario {
            path,
            file: self.path.to_owned(),
            title: filled(&self.title).or_else(|| Some(case?.mutation.clone()))?,
            origin: filled(&self.origin)
                .or_else(|| Some(case?.reason.clone()))
                .unwrap_or_default(),
            app: self.app.clone()?,
            app_mark: self.app_mark.clone(),
            tags: self.tags_of(variant),
            user: self.user.clone(),
            signing: variant.signing,
            covers: self.covers.clone(),
            steps: Vec::new(),
            embedded: self.embedded,
        })
    }

    /// With `cases` the catalogue says which of them are core, and their group.
    fn tags_of(&self, variant: Variant) -> Vec<String> {
        let mut tags = self.tags.clone();
        if let Some(case) = variant.case {
            tags.retain(|tag| tag != CORE);
            tags.extend(case.core.then(|| CORE.to_owned()));
            if !tags.contains(&case.group) {
                tags.push(case.group.clone());
            }
        }
        tags
    }
}

fn scenario(
    root: &Table<'_>,
    tables: &[Table<'_>],
    head: Option<Scenario>,
    variant: Variant,
) -> Option<Scenario> {
    let user = root.string("user");
    let steps: Vec<_> = tables
        .iter()
        .map(|table| one_step(table, user.as_deref(), variant))
        .collect();
    for (index, step) in steps.iter().enumerate() {
        if let Some(step) = step {
            rules(&tables[index], step, &steps[..index]);
            must_be_shown(&tables[index], step, &steps[index + 1..]);
        }
    }
    if let Some(case) = variant.case
        && steps
            .iter()
            .all(|step| step.as_ref().is_some_and(|step| !orders(step, case)))
    {
        root.problem_at(
            "cases",
            format!("no step orders the case: expected `fault = \"{CASE}\"` in a `sign_in` or `sign_out`, or beside `refresh_trust`"),
        );
    }
    if !steps.is_empty()
        && steps
            .iter()
            .all(|step| step.as_ref().is_some_and(|step| !judged(step)))
    {
        root.problem_at(
            "step",
            "no step is judged: expected at least one `sign_in`, `sign_out`, `replay`, `probe` or `request`, with `expect`",
        );
    }
    Some(Scenario {
        steps: steps.into_iter().flatten().collect(),
        ..head?
    })
}

/// Whether the step orders the fault of a case.
fn orders(step: &Step, case: &Case) -> bool {
    step.action.faults().iter().any(|fault| fault.id == case.id)
}

fn steps_are_empty(root: &Table<'_>) -> bool {
    matches!(root.node("step").map(|node| &node.value), Some(file::Value::Array(items)) if items.is_empty())
}

fn tags(root: &Table<'_>) -> Vec<String> {
    let tags = root.strings("tags");
    for tag in &tags {
        if tag.is_empty() || tag.starts_with('@') || tag.contains(char::is_whitespace) {
            root.problem_at(
                "tags",
                format!("`{tag}` is not a tag: expected a word, without the `@`"),
            );
        }
    }
    tags
}

/// What a step may be.
const ACTIONS: &[&str] = &[
    "sign_in",
    "sign_out",
    "replay",
    "probe",
    "flood",
    "request",
    "tenant",
    "certificate",
    "token_encryption",
    "user",
    "clock",
    "sp",
];

fn one_step(table: &Table<'_>, user: Option<&str>, variant: Variant) -> Option<Step> {
    let given: Vec<_> = ACTIONS.iter().filter(|action| table.has(action)).collect();
    let expect = table.table("expect").and_then(|table| expect::expect(&table));
    table.done();
    let [given] = given[..] else {
        let words: Vec<_> = ACTIONS.iter().map(|word| format!("`{word}`")).collect();
        table.problem(format!("a step is exactly one of {}", words.join(", ")));
        return None;
    };
    let value = table.table(given)?;
    let action = match *given {
        "sign_in" => StepAction::SignIn(sign::sign_in(&value, user, variant)?),
        "sign_out" => StepAction::SignOut(sign::sign_out(&value, variant)),
        "replay" => StepAction::Replay(step::replay(&value)?),
        "probe" => StepAction::Probe(step::probe(&value)?),
        "flood" => StepAction::Flood(step::flood(&value)?),
        "request" => StepAction::Request(step::request(&value, user)?),
        "tenant" => StepAction::Tenant(patch::tenant(&value, table.node("tenant")?)?),
        "certificate" => StepAction::Certificate(step::certificate(&value)?),
        "token_encryption" => StepAction::TokenEncryption(token_encryption::token_encryption(&value)?),
        "user" => StepAction::User(step::user(&value)?),
        "clock" => StepAction::Clock(step::clock(&value)?),
        _ => StepAction::Sp(step::sp(&value, variant)?),
    };
    let mut step = Step {
        action,
        expect,
        mark: table.mark(given),
    };
    // A case leads to what the catalogue says, where the step does not say otherwise.
    if let Some(case) = variant.case
        && !table.has("expect")
        && orders(&step, case)
    {
        step.expect = case.fault.as_ref().and_then(expect::of_fault);
        if step.expect.is_none() {
            table.problem(format!(
                "`expect` is missing: the catalogue does not say what `{}` leads to",
                case.id
            ));
            return None;
        }
    }
    Some(step)
}

/// Whether it leads to something that can be as expected or not.
fn judged(step: &Step) -> bool {
    match &step.action {
        StepAction::SignIn(sign_in) => !sign_in.hold,
        StepAction::SignOut(_) | StepAction::Replay(_) | StepAction::Probe(_) | StepAction::Request(_) => {
            true
        }
        _ => false,
    }
}

/// The rules that look at more than one key (contracts.md section 2).
fn rules(table: &Table<'_>, step: &Step, earlier: &[Option<Step>]) {
    let judged = judged(step);
    if judged && step.expect.is_none() && !table.has("expect") {
        table.problem("`expect` is missing: expected what this step must lead to");
    }
    let refreshes = matches!(&step.action, StepAction::Sp(sp) if sp.refreshes_trust());
    if !judged && !refreshes && table.has("expect") {
        let held = matches!(step.action, StepAction::SignIn(_));
        table.problem_at(
            "expect",
            if held {
                "`expect` goes with no `hold`: the `replay` of this step says what it must lead to"
            } else {
                "`expect` goes with `sign_in`, `sign_out`, `replay`, `probe`, `request` and `refresh_trust`"
            },
        );
    }
    if refreshes {
        return of_refresh(table, step);
    }
    let expects = |outcome| {
        let expect = step.expect.as_ref();
        expect.is_some_and(|expect| expect.outcome == outcome)
    };
    looks_at_what_there_is(table, step, earlier);
    names_an_account(table, step, earlier);
    let refusable = step
        .expect
        .as_ref()
        .map(|expect| expect.outcome)
        .filter(|outcome| outcome.allows_refusal());
    let is_sign_out = matches!(step.action, StepAction::SignOut(_));
    let is_honest = matches!(&step.action, StepAction::SignOut(sign_out) if sign_out.faults.is_empty());
    if is_honest && (expects(ExpectedOutcome::Safe) || expects(ExpectedOutcome::Either)) {
        table.problem_at(
            "expect",
            "`safe` and `either` go with `sign_in`, `replay`, and a `sign_out` with a `fault`",
        );
    }
    if expects(ExpectedOutcome::Accepted) {
        table.problem_at("expect", "`accepted` goes with `refresh_trust`");
    }
    let is_probe = matches!(step.action, StepAction::Probe(_));
    let replays = replays_a_logout(step, earlier);
    if judged && !is_sign_out && !is_probe && !replays && expects(ExpectedOutcome::SignedOut) {
        table.problem_at(
            "expect",
            "`signed-out` goes with `sign_out`, `probe`, and a `replay` of what a `sign_out` sent",
        );
    }
    match &step.action {
        StepAction::SignIn(sign_in) => {
            if let Some(Control::Step(number)) = sign_in.control {
                must_have_signed_in(table, "sign_in", "control", number, earlier);
            }
            if let Some(expect) = step.expect.as_ref().filter(|_| sign_in.parallel.is_some())
                && expect.outcome != ExpectedOutcome::SignedIn
            {
                table.problem_at("expect", "`parallel` goes with the outcome `signed-in`");
            }
            if let (Some(outcome), None) = (refusable, sign_in.control) {
                let word = outcome.word();
                table.problem_at(
                    "sign_in",
                    format!("`{word}` proves nothing by itself: expected a `fault`, or a `control` that shows that the same sign-on succeeds"),
                );
            }
        }
        StepAction::SignOut(sign_out) => {
            must_follow_a_sign_in(table, sign_out, earlier);
            tells_nothing_of_accounts(table);
        }
        StepAction::Probe(probe) => {
            must_have_a_browser(table, &probe.browser, earlier);
            tells_nothing_of_accounts(table);
            if !expects(ExpectedOutcome::SignedIn) && !expects(ExpectedOutcome::SignedOut) {
                table.problem_at("expect", "a `probe` finds `signed-in` or `signed-out`");
            }
        }
        StepAction::Replay(replay) if replays => {
            tells_nothing_of_accounts(table);
            if let Some(value) = table.table("replay") {
                for key in ["rewrap", "relay_state_of"] {
                    if value.has(key) {
                        value.problem_at(key, format!("`{key}` goes with the response of a `sign_in`"));
                    }
                }
            }
        }
        StepAction::Replay(replay) => {
            must_have_delivered(table, "step", replay.step, earlier);
            if let Some(number) = replay.relay_state_of {
                must_have_delivered(table, "relay_state_of", number, earlier);
            }
            if let Some(outcome) = refusable.filter(|_| is_held_without_control(replay.step, earlier)) {
                let word = outcome.word();
                table.problem_at(
                    "replay",
                    format!(
                        "`{word}` proves nothing by itself: expected a `control` where the response was held"
                    ),
                );
            }
        }
        StepAction::Request(_) => {
            if let Some(outcome) = refusable {
                let word = outcome.word();
                table.problem_at(
                    "expect",
                    format!("a `request` has no control, so `{word}` proves nothing: expected `signed-in` or `stopped-at-idp`"),
                );
            }
        }
        _ => {}
    }
}

/// What an SP is expected to do with metadata.
fn of_refresh(table: &Table<'_>, step: &Step) {
    if !table.has("expect") && step.expect.is_none() && !step.action.faults().is_empty() {
        table.problem("`expect` is missing: expected what the SP must do with the metadata");
    }
    let Some(expect) = &step.expect else { return };
    let of_metadata = [
        ExpectedOutcome::Accepted,
        ExpectedOutcome::Refused,
        ExpectedOutcome::Either,
    ];
    if !of_metadata.contains(&expect.outcome) {
        table.problem_at("expect", "metadata is `accepted`, `refused` or `either`");
    }
    let Some(told) = table.table("expect") else { return };
    for key in expect::OF_A_MESSAGE {
        if told.has(key) {
            told.problem_at(key, format!("`{key}` goes with `sign_in` and `replay`"));
        }
    }
}

/// What a hook answers is no verdict: whom the SP trusts now, a sign-on shows.
fn must_be_shown(table: &Table<'_>, step: &Step, later: &[Option<Step>]) {
    let refused = |expect: &Expect| expect.outcome == ExpectedOutcome::Refused;
    let is_refused = matches!(step.action, StepAction::Sp(_)) && step.expect.as_ref().is_some_and(refused);
    let signs_in = |step: &Option<Step>| {
        step.as_ref()
            .is_none_or(|step| matches!(step.action, StepAction::SignIn(_)))
    };
    if is_refused && !later.iter().any(signs_in) {
        table.problem_at(
            "sp",
            "`refused` proves nothing by itself: expected a later `sign_in` that shows whom the SP trusts",
        );
    }
}

/// An expectation that nothing is held against would be met by anything.
fn looks_at_what_there_is(table: &Table<'_>, step: &Step, earlier: &[Option<Step>]) {
    let Some(told) = table.table("expect") else { return };
    let sign_in = match &step.action {
        StepAction::SignIn(sign_in) => Some(sign_in),
        _ => None,
    };
    let is_one_sign_in = sign_in.is_some_and(|sign_in| sign_in.parallel.is_none());
    let posts = match &step.action {
        StepAction::Replay(_) => !replays_a_logout(step, earlier),
        StepAction::Request(_) => true,
        _ => is_one_sign_in,
    };
    let has_page = !matches!(step.action, StepAction::Probe(_));
    for (keys, is_there, with) in [
        (
            &["answer_headers", "no_answer_headers"][..],
            posts,
            "`sign_in` without `parallel`, `replay` of a response, and `request`",
        ),
        (
            &["cookie_flags"][..],
            is_one_sign_in,
            "`sign_in` without `parallel`",
        ),
        (&["page", "not_on_page"][..], has_page, "every step but `probe`"),
    ] {
        for key in keys.iter().filter(|key| !is_there && told.has(key)) {
            told.problem_at(key, format!("`{key}` goes with {with}"));
        }
    }
}

fn must_have_signed_in(
    table: &Table<'_>,
    action: &'static str,
    key: &'static str,
    number: usize,
    earlier: &[Option<Step>],
) {
    let named = number.checked_sub(1).and_then(|index| earlier.get(index));
    let signs_in = match named {
        // That step is wrong itself and has been reported.
        Some(None) => true,
        Some(Some(step)) => {
            matches!(step.action, StepAction::SignIn(_)) && step.expect.as_ref().is_some_and(signed_in)
        }
        None => false,
    };
    if !signs_in {
        let Some(value) = table.table(action) else { return };
        let more = match (action, key) {
            ("replay", "step") => ", or of a `sign_out` from `idp` that expects `signed-out`",
            _ => "",
        };
        value.problem_at(
            key,
            format!("`{key} = {number}`: expected the number of an earlier `sign_in` step that expects `signed-in`{more}"),
        );
    }
}

/// Whether a step sends the LogoutRequest of an earlier one again, which came from the identity provider and signed out.
fn replays_a_logout(step: &Step, earlier: &[Option<Step>]) -> bool {
    let StepAction::Replay(replay) = &step.action else {
        return false;
    };
    let named = replay
        .step
        .checked_sub(1)
        .and_then(|index| earlier.get(index)?.as_ref());
    named.is_some_and(|named| {
        let signs_out =
            matches!(&named.action, StepAction::SignOut(sign_out) if sign_out.start == SignOutStart::Idp);
        let expect = named.expect.as_ref();
        signs_out && expect.is_some_and(|expect| expect.outcome == ExpectedOutcome::SignedOut)
    })
}

/// The response of a step is there to be posted: it signed in, or it was held.
fn must_have_delivered(table: &Table<'_>, key: &'static str, number: usize, earlier: &[Option<Step>]) {
    let is_held = |sign_in: &SignInStep| sign_in.hold;
    if !named_sign_in(number, earlier).is_some_and(is_held) {
        must_have_signed_in(table, "replay", key, number, earlier);
    }
}

fn is_held_without_control(number: usize, earlier: &[Option<Step>]) -> bool {
    let is_so = |sign_in: &SignInStep| sign_in.hold && sign_in.control.is_none();
    named_sign_in(number, earlier).is_some_and(is_so)
}

fn named_sign_in(number: usize, earlier: &[Option<Step>]) -> Option<&SignInStep> {
    let step = earlier.get(number.checked_sub(1)?)?.as_ref()?;
    match &step.action {
        StepAction::SignIn(sign_in) => Some(sign_in),
        _ => None,
    }
}

/// An account is told from that of an earlier sign-on.
fn names_an_account(table: &Table<'_>, step: &Step, earlier: &[Option<Step>]) {
    let Some(expect) = &step.expect else { return };
    let app = |step: &Step| match &step.action {
        StepAction::SignIn(sign_in) => sign_in.app.clone(),
        _ => None,
    };
    for (key, number) in expect.compared_accounts() {
        must_have_signed_in(table, "expect", key, number, earlier);
        let named = number
            .checked_sub(1)
            .and_then(|index| earlier.get(index)?.as_ref());
        if named.is_some_and(|named| app(named) != app(step))
            && let Some(value) = table.table("expect")
        {
            value.problem_at(
                key,
                format!(
                    "`{key} = {number}`: expected a step at the same application: another has other accounts"
                ),
            );
        }
    }
}

/// A browser has a name where somebody signed in with it.
fn must_have_a_browser(table: &Table<'_>, name: &str, earlier: &[Option<Step>]) {
    let has_it = |step: &Option<Step>| match step {
        None => true,
        Some(step) => {
            matches!(&step.action, StepAction::SignIn(sign_in) if sign_in.browser.as_deref() == Some(name))
        }
    };
    if !earlier.iter().any(has_it) {
        table.problem_at("probe", format!("no earlier `sign_in` has the browser `{name}`"));
    }
}

/// Nobody signs out who did not sign in.
fn must_follow_a_sign_in(table: &Table<'_>, sign_out: &SignOutStep, earlier: &[Option<Step>]) {
    let signs_in = |step: &Option<Step>| match step {
        // That step is wrong itself and has been reported.
        None => true,
        Some(step) => match &step.action {
            StepAction::SignIn(sign_in) => sign_out.browser.is_none() || sign_in.browser == sign_out.browser,
            _ => false,
        },
    };
    if earlier.iter().any(signs_in) {
        return;
    }
    match (&sign_out.browser, table.table("sign_out")) {
        (Some(browser), Some(value)) => value.problem_at(
            "browser",
            format!("`browser`: no earlier `sign_in` step has the browser `{browser}`"),
        ),
        _ => table.problem_at(
            "sign_out",
            "nobody is signed in: expected an earlier `sign_in` step",
        ),
    }
}

/// What `signed-in` tells of a sign-on is not looked at after a sign-out.
fn tells_nothing_of_accounts(table: &Table<'_>) {
    let Some(told) = table.table("expect") else {
        return;
    };
    for key in expect::keys_of_signed_in() {
        if told.has(key) {
            told.problem_at(
                key,
                format!("`{key}` goes with `sign_in`, `replay` and `request`"),
            );
        }
    }
}

fn signed_in(expect: &Expect) -> bool {
    expect.outcome == ExpectedOutcome::SignedIn
}

#[cfg(test)]
mod tests;
