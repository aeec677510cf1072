//! The rules of a scenario that look at more than one key, or at more than one step.

use control_api::file::Table;

use super::step::{Step, StepAction};
use super::{Control, Expect, ExpectedOutcome, SignInStep, SignOutStart, SignOutStep, expect};

/// Whether it leads to something that can be as expected or not.
pub(super) fn judged(step: &Step) -> bool {
    match &step.action {
        StepAction::SignIn(sign_in) => !sign_in.hold,
        StepAction::SignOut(_) | StepAction::Replay(_) | StepAction::Probe(_) | StepAction::Request(_) => {
            true
        }
        _ => false,
    }
}

/// The rules that look at more than one key (contracts.md section 2).
pub(super) fn rules(table: &Table<'_>, step: &Step, earlier: &[Option<Step>]) {
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
pub(super) fn must_be_shown(table: &Table<'_>, step: &Step, later: &[Option<Step>]) {
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
