//! Accounts at a foreign SP that makes none by itself: where it has the hook `create_account`, a user gets one before
//! the first sign-on.

use std::collections::HashMap;

use super::Case;
use crate::scenario::{Expect, Scenario, StepAction};
use crate::sp_file::Whoami;
use crate::verdict::Outcome;
use crate::world::World;

/// The hook that makes an account.
const HOOK: &str = "create_account";

/// The user for whom every SP under test has an account.
const KNOWN_USER: &str = "B.Simon";

/// Which users of a scenario have been given an account.
#[derive(Debug)]
pub(super) struct Accounts {
    state: State,
    /// By user principal name: what the hook said, where it failed.
    given: HashMap<String, Option<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The reference SP, or a scenario that is about accounts at an SP with the hook: nothing is done or said.
    Left,
    /// A foreign SP without the hook.
    NoHook,
    /// A foreign SP with it.
    Hook,
}

impl Accounts {
    pub(super) fn of(world: &World, scenario: &Scenario) -> Self {
        let shown = Shown::by(&world.sp.whoami);
        let state = if world.events.is_some() {
            State::Left
        } else if !world.sp.hooks.contains_key(HOOK) {
            State::NoHook
        } else if is_about_accounts(scenario, shown) {
            State::Left
        } else {
            State::Hook
        };
        Self {
            state,
            given: HashMap::new(),
        }
    }

    /// The SP was reset: what was given is gone.
    pub(super) fn forget(&mut self) {
        self.given.clear();
    }

    /// What may help the user `upn`, who was refused.
    fn note(&self, upn: &str) -> Option<String> {
        match (self.state, self.given.get(upn)) {
            (State::NoHook, _) => Some(format!(
                "the SP may need an account for {upn}: a `{HOOK}` hook would make one"
            )),
            (State::Hook, Some(Some(reason))) => {
                Some(format!("the SP may have no account for {upn}: {reason}"))
            }
            _ => None,
        }
    }
}

/// What an SP shows of its accounts.
#[derive(Clone, Copy)]
struct Shown {
    /// What became of an account.
    change: bool,
    /// Which account it is.
    id: bool,
}

impl Shown {
    fn by(whoami: &Whoami) -> Self {
        Self {
            change: whoami.account.is_some(),
            id: whoami.account_id.is_some(),
        }
    }
}

/// A scenario that changes the SP's accounts is not helped, nor one that expects what a sign-on does to an account, or
/// which account it leads to, where the SP shows that.
fn is_about_accounts(scenario: &Scenario, shown: Shown) -> bool {
    let changes = scenario
        .steps
        .iter()
        .any(|step| matches!(step.action, StepAction::Sp(_)));
    let expects = |expect: &Expect| {
        (shown.change && expect.account.is_some())
            || (shown.id && expect.compared_accounts().next().is_some())
    };
    changes || scenario.expectations().any(expects)
}

impl Case<'_> {
    /// Calls the hook for the user called `name`, once until the next reset. That it fails is no verdict: the account
    /// may be there already, and the sign-on tells.
    pub(super) async fn give_account(&mut self, name: &str) {
        if self.accounts.state != State::Hook {
            return;
        }
        let (Some(upn), Some(hook)) = (self.stranger(name), self.world.sp.hooks.get(HOOK)) else {
            return;
        };
        if self.accounts.given.contains_key(&upn) {
            return;
        }
        let called = self.call_hook(HOOK, hook, Some(&upn), |_| {}).await;
        self.accounts.given.insert(upn, called.err());
    }

    /// What may help the user called `name`, whose sign-on ended so though it should have succeeded.
    pub(super) fn account_note(&self, name: &str, outcome: &Outcome) -> Option<String> {
        if !matches!(outcome, Outcome::Refused { .. }) {
            return None;
        }
        self.accounts.note(&self.stranger(name)?)
    }

    /// The user principal name of a user for whom the SP may have no account.
    fn stranger(&self, name: &str) -> Option<String> {
        let user = self.user(name)?;
        (!user.is_called(KNOWN_USER)).then(|| user.upn.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_about_accounts_is_left_alone() {
        let expected = "expect = { outcome = \"signed-in\" }\n";
        for (steps, about) in [
            (
                format!("[[step]]\nsign_in = {{}}\n{expected}"),
                [false, false, false],
            ),
            (
                format!(
                    "[[step]]\nsp = {{ delete_account = \"B.Simon\" }}\n[[step]]\nsign_in = {{}}\n{expected}"
                ),
                [true, true, true],
            ),
            (
                "[[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\", account = \"created\" }\n"
                    .to_owned(),
                [true, false, false],
            ),
            (
                format!(
                    "[[step]]\nsign_in = {{}}\n{expected}[[step]]\nsign_in = {{}}\n\
                     expect = {{ outcome = \"signed-in\", same_account_as = 1 }}\n"
                ),
                [false, true, false],
            ),
        ] {
            let text = format!("title = \"t\"\napp = \"sipgate\"\nuser = \"B.Simon\"\n{steps}");
            let scenario = crate::scenario::parse_one("s.toml", &text, false).unwrap();
            let actual = [(true, false), (false, true), (false, false)]
                .map(|(change, id)| is_about_accounts(&scenario, Shown { change, id }));
            assert_eq!(actual, about, "{steps}");
        }
    }

    #[test]
    fn a_note_names_the_hook_or_its_failure() {
        let with = |state, given: &[(&str, Option<&str>)]| Accounts {
            state,
            given: given
                .iter()
                .map(|(upn, reason)| ((*upn).to_owned(), reason.map(str::to_owned)))
                .collect(),
        };
        let hint = "the SP may need an account for a@c: a `create_account` hook would make one";
        let failed = "the SP may have no account for a@c: no room";
        for (accounts, expected) in [
            (with(State::NoHook, &[]), Some(hint)),
            (with(State::Left, &[]), None),
            (with(State::Hook, &[("a@c", None)]), None),
            (with(State::Hook, &[("a@c", Some("no room"))]), Some(failed)),
            (with(State::Hook, &[("b@c", Some("no room"))]), None),
        ] {
            assert_eq!(accounts.note("a@c").as_deref(), expected, "{accounts:?}");
        }
    }
}
