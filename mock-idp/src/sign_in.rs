//! The sign-in of a user, step by step: user name, first factor, second factor, an expired password, "Stay signed in?".
//!
//! The step that a browser has reached is kept in memory with its waiting sign-on, never in the form: an answer to a
//! later step is no answer to this one, and an answer to an earlier one leads back to it. [`Passed`] is what only a
//! passed factor makes. No HTTP here: [`crate::web::login`] reads the answers and shows the steps.

mod answers;
mod start;
mod steps;

use control_api::tenant::{Authentication, Home};
use jiff::Timestamp;
use uuid::Uuid;

pub(crate) use answers::{Answers, word};
pub(crate) use start::{Start, start};

use crate::errors::{self, Stop};
use crate::factors::Factors;
use crate::sessions::Session;
use crate::sign_on::Wishes;
use crate::tenant::slot::View;
use crate::tenant::{App, Tenant, User};

/// What is asked next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Which of the browser's accounts, or another one.
    PickAccount,
    /// Who; `typed` fills the field.
    UserName { typed: String },
    /// The first factor of a user.
    FirstFactor {
        user: Uuid,
        typed: String,
        method: Authentication,
    },
    /// The second factor.
    SecondFactor(Passed),
    /// The second factor of a session that lacks it.
    SessionSecondFactor { session: Uuid, user: Uuid },
    /// Another password in place of the expired one (AADSTS50055).
    NewPassword(Passed),
    /// "Stay signed in?" (AADSTS50140).
    StaySignedIn(Passed),
}

/// A user who passed the first factor, and the second where the factors say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Passed {
    user: Uuid,
    factors: Factors,
    authn_instant: Timestamp,
}

impl Passed {
    /// Takes the factors for passed: for a sign-in without pages.
    pub(crate) fn taken(user: Uuid, factors: Factors, authn_instant: Timestamp) -> Self {
        Self {
            user,
            factors,
            authn_instant,
        }
    }

    /// The user's object id.
    pub(crate) fn user(&self) -> Uuid {
        self.user
    }

    /// What was passed.
    pub(crate) fn factors(&self) -> Factors {
        self.factors
    }

    /// When, by the tenant's clock.
    pub(crate) fn authn_instant(&self) -> Timestamp {
        self.authn_instant
    }
}

/// What answers are judged by.
pub(crate) struct Situation<'s> {
    /// The tenant, now.
    pub(crate) view: &'s View,
    /// The application; `None` for My Apps.
    pub(crate) app: Option<Uuid>,
    /// What the request says about the sign-in.
    pub(crate) wishes: &'s Wishes,
    /// The browser's sessions, of users who exist.
    pub(crate) sessions: &'s [Session],
    /// How "Stay signed in?" was answered with "Don't show this again".
    pub(crate) stay: Option<bool>,
    /// Takes the error that is armed for this sign-on of a user and is shown on the form.
    pub(crate) armed: &'s dyn Fn(Uuid) -> Option<Stop>,
    /// Where a user name that this tenant does not know belongs to another tenant: AADSTS50020.
    pub(crate) elsewhere: &'s dyn Fn(&str) -> Option<Stop>,
    /// Gives a user another password; whether it was taken.
    pub(crate) change_password: &'s dyn Fn(&User, &str) -> bool,
}

impl Situation<'_> {
    /// The step that asks for a user's first factor.
    fn first_factor(&self, user: &User, typed: &str) -> Step {
        let app = self.app.and_then(|app| self.view.tenant.app(app));
        Step::FirstFactor {
            user: user.id,
            typed: typed.to_owned(),
            method: method(user, app, self.wishes),
        }
    }
}

/// What comes of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A page, perhaps with what was wrong.
    Ask(Step, Option<Problem>),
    /// This session answers.
    Session(Uuid),
    /// This session has passed the second factor too.
    SteppedUp(Uuid),
    /// A session begins.
    SignedIn {
        passed: Passed,
        /// "Stay signed in?" was answered with Yes.
        persistent: bool,
        /// "Don't show this again".
        remember: bool,
    },
    /// The sign-on is over.
    Stop(Stop),
}

/// What was wrong with an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// An error of the registry.
    Stop(Stop),
    /// Something that Entra has no code for.
    Sentence(&'static str),
}

impl Step {
    /// Judges the answers to this step.
    pub(crate) fn advance(self, answers: &Answers, at: &Situation<'_>) -> Outcome {
        let step = self.led_back(answers, at);
        if answers.back && !matches!(step, Self::StaySignedIn(_)) {
            return Outcome::Ask(step.before(at), None);
        }
        match step {
            Self::PickAccount => steps::pick(answers, at),
            Self::UserName { .. } => steps::user_name(answers, at),
            Self::FirstFactor { user, typed, method } => {
                steps::first_factor(user, typed, method, answers, at)
            }
            Self::SecondFactor(passed) => steps::second_factor(passed, answers, at),
            Self::SessionSecondFactor { session, user } => steps::step_up(session, user, answers, at),
            Self::NewPassword(passed) => steps::new_password(passed, answers, at),
            Self::StaySignedIn(passed) => steps::stay_signed_in(passed, answers),
        }
    }

    /// The earlier step that the answers belong to, as after the browser's own Back or a second click.
    fn led_back(self, answers: &Answers, at: &Situation<'_>) -> Self {
        let later = !matches!(self, Self::PickAccount | Self::UserName { .. });
        if answers.is_of_picker() && !at.sessions.is_empty() {
            return Self::PickAccount;
        }
        if answers.is_of_user_name() && (later || self == Self::PickAccount) {
            let typed = answers.login.clone().unwrap_or_default();
            return Self::UserName { typed };
        }
        match self {
            Self::SecondFactor(passed) | Self::NewPassword(passed) | Self::StaySignedIn(passed)
                if answers.password.is_some() && passed.factors.first == Authentication::Password =>
            {
                first_factor_of(at, passed.user, Authentication::Password)
            }
            step => step,
        }
    }

    /// Where "Back" leads.
    fn before(self, at: &Situation<'_>) -> Self {
        let name = |user| {
            let user = at.view.tenant.user(user);
            user.map_or_else(String::new, |user| user.entry.user_principal_name.clone())
        };
        match self {
            Self::PickAccount | Self::UserName { .. } if at.sessions.is_empty() => {
                Self::UserName { typed: String::new() }
            }
            Self::PickAccount | Self::UserName { .. } => Self::PickAccount,
            Self::FirstFactor { typed, .. } => Self::UserName { typed },
            Self::SecondFactor(passed) => first_factor_of(at, passed.user, passed.factors.first),
            Self::SessionSecondFactor { user, .. } => Self::UserName { typed: name(user) },
            Self::NewPassword(passed) | Self::StaySignedIn(passed) => Self::UserName {
                typed: name(passed.user),
            },
        }
    }
}

/// By what a user is asked to sign in: the user's own method, unless the request's class references want a password and
/// not that.
///
/// So the first login of such a user works, and a later session by another method does not (entra-behaviour.md 2.2). A
/// guest who gets passcodes by mail has no password.
pub(crate) fn method(user: &User, app: Option<&App>, wishes: &Wishes) -> Authentication {
    let own = user.entry.first_factor();
    let wanted = |first| {
        let factors = Factors { first, second: false };
        let mut class_refs = wishes.class_refs.iter();
        class_refs.any(|class_ref| factors.satisfy(class_ref, app))
    };
    let has_password = user.entry.home != Some(Home::Otp);
    if has_password && !wanted(own) && wanted(Authentication::Password) {
        Authentication::Password
    } else {
        own
    }
}

/// The first factor once more, by the same method.
fn first_factor_of(at: &Situation<'_>, user: Uuid, method: Authentication) -> Step {
    let user = at.view.tenant.user(user);
    user.map_or(Step::UserName { typed: String::new() }, |user| {
        Step::FirstFactor {
            user: user.id,
            typed: user.entry.user_principal_name.clone(),
            method,
        }
    })
}

/// Whether an account may be used at all, whatever its factors.
///
/// # Errors
/// 50053, 50057.
pub(crate) fn admit(user: &User) -> Result<(), Stop> {
    check_unlocked(user)?;
    check_enabled(user)
}

/// A locked account is told so before its password is looked at.
fn check_unlocked(user: &User) -> Result<(), Stop> {
    if user.entry.locked {
        return Err(Stop::new(errors::LOCKED, &[]));
    }
    Ok(())
}

/// Whoever knows the password learns that the account is disabled; nobody else does.
///
/// # Errors
/// 50057.
pub(crate) fn check_enabled(user: &User) -> Result<(), Stop> {
    if user.entry.account_enabled {
        return Ok(());
    }
    Err(Stop::new(errors::USER_DISABLED, &[]))
}

/// AADSTS50034.
pub(crate) fn unknown_user(tenant: &Tenant, name: &str) -> Stop {
    let directory = tenant.file.tenant.display_name.as_str();
    Stop::new(errors::USER_NOT_FOUND, &[("user", name), ("tenant", directory)])
}

/// Whether the user must choose another password (AADSTS50055) before anything else.
pub(crate) fn is_expired(user: &User, method: Authentication) -> bool {
    user.entry.password_expired && method == Authentication::Password
}
