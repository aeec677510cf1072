//! What each step makes of its answers.

use control_api::tenant::Authentication;
use uuid::Uuid;

use super::{
    Answers, Outcome, Passed, Problem, Situation, Step, check_enabled, check_unlocked, is_expired,
    unknown_user,
};
use crate::errors::{self, Stop};
use crate::factors::Factors;
use crate::sign_on::Demands;
use crate::tenant::{Tenant, User};

const NO_USER_NAME: &str = "Enter a valid email address, phone number, or Skype name.";
const NO_PASSWORD: &str = "Please enter your password.";
const NO_CODE: &str = "Please enter your verification code.";
// The words of the page "Update your password" are from memory (uncertain).
const WRONG_OLD_PASSWORD: &str = "The current password you entered is incorrect. Please try again.";
const NO_NEW_PASSWORD: &str = "Please enter a new password.";
const OTHER_CONFIRMATION: &str = "The passwords you entered do not match. Please try again.";
const SAME_PASSWORD: &str = "Choose a password that's different from your current one.";
const NOT_TAKEN: &str = "We couldn't update your password. Please try again.";

fn again(step: Step, problem: Problem) -> Outcome {
    Outcome::Ask(step, Some(problem))
}

/// An account of the picker, or another one.
pub(super) fn pick(answers: &Answers, at: &Situation<'_>) -> Outcome {
    if answers.another {
        let typed = String::new();
        return Outcome::Ask(Step::UserName { typed }, None);
    }
    let chosen = at
        .sessions
        .iter()
        .find(|session| Some(session.id) == answers.session);
    let user = chosen.and_then(|session| at.view.tenant.user(session.user));
    match (chosen, user) {
        (Some(_), Some(user)) if at.wishes.force_authn => {
            Outcome::Ask(at.first_factor(user, &user.entry.user_principal_name), None)
        }
        (Some(session), _) => Outcome::Session(session.id),
        (None, _) => Outcome::Ask(Step::PickAccount, None),
    }
}

/// The user name.
pub(super) fn user_name(answers: &Answers, at: &Situation<'_>) -> Outcome {
    let typed = answers.login.as_deref().unwrap_or_default();
    if typed.is_empty() {
        let typed = String::new();
        return again(Step::UserName { typed }, Problem::Sentence(NO_USER_NAME));
    }
    let tenant = &at.view.tenant;
    if let Some(user) = tenant.user_by_sign_in_name(typed) {
        return match at.first_factor(user, typed) {
            // The real page's script asks for the name by itself and posts both; so do scripts that copy it.
            Step::FirstFactor {
                user,
                typed,
                method: method @ Authentication::Password,
            } if answers.has_password() => first_factor(user, typed, method, answers, at),
            step => Outcome::Ask(step, None),
        };
    }
    match (at.elsewhere)(typed) {
        Some(stop) => Outcome::Stop(stop),
        None => no_user(tenant, typed),
    }
}

fn no_user(tenant: &Tenant, typed: &str) -> Outcome {
    let step = Step::UserName {
        typed: typed.to_owned(),
    };
    again(step, Problem::Stop(unknown_user(tenant, typed)))
}

/// The first factor of the user `id`.
pub(super) fn first_factor(
    id: Uuid,
    typed: String,
    method: Authentication,
    answers: &Answers,
    at: &Situation<'_>,
) -> Outcome {
    let Some(user) = at.view.tenant.user(id) else {
        return no_user(&at.view.tenant, &typed);
    };
    let step = Step::FirstFactor {
        user: id,
        typed,
        method,
    };
    if let Err(stop) = check_unlocked(user) {
        return again(step, Problem::Stop(stop));
    }
    match check_first_factor(user, method, answers) {
        Ok(true) => {}
        Ok(false) => return Outcome::Ask(step, None),
        Err(problem) => return again(step, problem),
    }
    if let Err(stop) = check_enabled(user) {
        return again(step, Problem::Stop(stop));
    }
    if let Some(stop) = (at.armed)(id) {
        return again(step, Problem::Stop(stop));
    }
    let passed = Passed {
        user: id,
        factors: Factors {
            first: method,
            second: false,
        },
        authn_instant: at.view.now,
    };
    after_first(passed, user, at)
}

/// Whether the factor was passed; `false` where nothing answers for it.
fn check_first_factor(user: &User, method: Authentication, answers: &Answers) -> Result<bool, Problem> {
    match method {
        Authentication::Password => {
            let password = answers.password.as_deref().unwrap_or_default();
            if password.is_empty() {
                return Err(Problem::Sentence(NO_PASSWORD));
            }
            if password == user.password {
                return Ok(true);
            }
            Err(Problem::Stop(Stop::new(errors::PASSWORD, &[])))
        }
        Authentication::Passcode => check_code(user, answers).map(|()| true),
        Authentication::Certificate | Authentication::WindowsHello | Authentication::Windows => {
            Ok(answers.method == Some(method))
        }
    }
}

/// The code of an authenticator or of a mail.
fn check_code(user: &User, answers: &Answers) -> Result<(), Problem> {
    let code = answers.code.as_deref().unwrap_or_default();
    if code.is_empty() {
        return Err(Problem::Sentence(NO_CODE));
    }
    if code == user.entry.mfa_code() {
        return Ok(());
    }
    Err(Problem::Stop(Stop::new(errors::MFA_DENIED, &[])))
}

/// Whoever a policy refuses is asked nothing more but for a password that must change, since the session that begins is
/// good elsewhere: the sign-on then stops with the policy's error.
fn after_first(passed: Passed, user: &User, at: &Situation<'_>) -> Outcome {
    let demands = Demands::of(&at.view.tenant, user, at.app);
    if demands.refusal.is_some() && !is_expired(user, passed.factors.first) {
        return signed_in(passed, false);
    }
    if demands.second_factor && !passed.factors.is_multiple() {
        return Outcome::Ask(Step::SecondFactor(passed), None);
    }
    after_second(passed, user, at)
}

/// The second factor of a user who passed the first.
pub(super) fn second_factor(mut passed: Passed, answers: &Answers, at: &Situation<'_>) -> Outcome {
    let Some(user) = at.view.tenant.user(passed.user) else {
        return no_user(&at.view.tenant, "");
    };
    match check_code(user, answers) {
        Ok(()) => {
            passed.factors.second = true;
            after_second(passed, user, at)
        }
        Err(problem) => again(Step::SecondFactor(passed), problem),
    }
}

/// The second factor of a session that lacks it.
pub(super) fn step_up(session: Uuid, id: Uuid, answers: &Answers, at: &Situation<'_>) -> Outcome {
    let known = at.sessions.iter().any(|known| known.id == session);
    let Some(user) = at.view.tenant.user(id).filter(|_| known) else {
        // Signed out meanwhile.
        let typed = String::new();
        return Outcome::Ask(Step::UserName { typed }, None);
    };
    match check_code(user, answers) {
        Ok(()) => Outcome::SteppedUp(session),
        Err(problem) => again(Step::SessionSecondFactor { session, user: id }, problem),
    }
}

fn after_second(passed: Passed, user: &User, at: &Situation<'_>) -> Outcome {
    if is_expired(user, passed.factors.first) {
        let stop = Stop::new(errors::PASSWORD_EXPIRED, &[]);
        return again(Step::NewPassword(passed), Problem::Stop(stop));
    }
    after_password(passed, at)
}

/// Another password in place of the expired one.
pub(super) fn new_password(passed: Passed, answers: &Answers, at: &Situation<'_>) -> Outcome {
    let Some(user) = at.view.tenant.user(passed.user) else {
        return no_user(&at.view.tenant, "");
    };
    let [old, new, confirmed] = &answers.new_password;
    let problem = if *old != user.password {
        WRONG_OLD_PASSWORD
    } else if new.is_empty() {
        NO_NEW_PASSWORD
    } else if new != confirmed {
        OTHER_CONFIRMATION
    } else if new == old {
        SAME_PASSWORD
    } else if !(at.change_password)(user, new) {
        NOT_TAKEN
    } else {
        return after_password(passed, at);
    };
    let shown = answers.is_new_password() || !answers.is_of_another_step();
    Outcome::Ask(
        Step::NewPassword(passed),
        shown.then_some(Problem::Sentence(problem)),
    )
}

fn after_password(passed: Passed, at: &Situation<'_>) -> Outcome {
    match at.stay {
        _ if !at.view.tenant.file.tenant.stay_signed_in => signed_in(passed, false),
        Some(persistent) => signed_in(passed, persistent),
        None => Outcome::Ask(Step::StaySignedIn(passed), None),
    }
}

/// Yes or No; without a button it is No.
pub(super) fn stay_signed_in(passed: Passed, answers: &Answers) -> Outcome {
    if answers.is_of_another_step() {
        return Outcome::Ask(Step::StaySignedIn(passed), None);
    }
    Outcome::SignedIn {
        passed,
        persistent: answers.stay,
        remember: answers.dont_show_again,
    }
}

fn signed_in(passed: Passed, persistent: bool) -> Outcome {
    Outcome::SignedIn {
        passed,
        persistent,
        remember: false,
    }
}
