//! The pages of the sign-in, with the field names and element ids of the real ones (design.md section 5).

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::tenant::Authentication;

use super::page;
use crate::errors::{self, Stop};
use crate::limits::HINTED_USERS_MAX;
use crate::tenant::{Tenant, User};

/// What the sign-in pages share.
pub(crate) struct SignInForm {
    tenant: String,
    pub(crate) action: String,
    context: String,
    flow_token: String,
    hints: Vec<Hint>,
}

/// A test user, as the pages offer it.
struct Hint {
    upn: String,
    password: String,
    code: String,
}

impl SignInForm {
    /// The form of a waiting sign-on.
    pub(crate) fn new(tenant: &Tenant, context: &str, flow_token: &str) -> Self {
        let hint = |user: &User| Hint {
            upn: user.entry.user_principal_name.clone(),
            password: user.password.clone(),
            code: user.entry.mfa_code().to_owned(),
        };
        Self {
            tenant: tenant.file.tenant.display_name.clone(),
            action: format!("/{}/login", tenant.id),
            context: context.to_owned(),
            flow_token: flow_token.to_owned(),
            hints: tenant.users.iter().take(HINTED_USERS_MAX).map(hint).collect(),
        }
    }

    /// The hidden fields of every form.
    pub(crate) fn hidden(&self) -> [(&'static str, &str); 2] {
        [("ctx", &self.context), ("flowToken", &self.flow_token)]
    }
}

/// What a sign-in page says is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InlineError {
    /// Entra's words to the user.
    sentence: &'static str,
    /// Code and message; empty where Entra has none.
    aadsts: String,
    /// `AADSTS50126`; empty where Entra has none.
    code: String,
}

impl InlineError {
    /// An error of the registry.
    pub(crate) fn new(stop: &Stop) -> Self {
        let sentence = match stop.row() {
            row if row == errors::USER_NOT_FOUND => {
                "This username may be incorrect. Make sure you typed it correctly. Otherwise, contact your admin."
            }
            row if row == errors::USER_DISABLED => "Your account has been disabled. Contact your admin.",
            row if row == errors::LOCKED => {
                "Your account is temporarily locked to prevent unauthorized use. Try again later, and if you still have trouble, contact your admin."
            }
            row if row == errors::PASSWORD_EXPIRED => "Your password has expired.",
            row if row == errors::MFA_DENIED => {
                "You didn't enter the expected verification code. Please try again."
            }
            row if row == errors::PASSWORD => {
                "Your account or password is incorrect. If you don't remember your password, ask your admin."
            }
            _ => "We couldn't sign you in. Please try again.",
        };
        Self {
            sentence,
            aadsts: stop.text(),
            code: stop.code(),
        }
    }

    /// Something that Entra has no code for.
    pub(crate) fn plain(sentence: &'static str) -> Self {
        Self {
            sentence,
            aadsts: String::new(),
            code: String::new(),
        }
    }
}

/// What every page of the sign-in shows.
pub(crate) struct Asked<'p> {
    /// The form.
    pub(crate) form: &'p SignInForm,
    /// The name that was typed, or the account that was chosen.
    pub(crate) user: &'p str,
    /// What was wrong with the last answer.
    pub(crate) error: Option<&'p InlineError>,
}

#[derive(Template)]
#[template(path = "user_name.html")]
struct UserNamePage<'p> {
    asked: Asked<'p>,
    may_go_back: bool,
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage<'p> {
    asked: Asked<'p>,
}

#[derive(Template)]
#[template(path = "method.html")]
struct MethodPage<'p> {
    asked: Asked<'p>,
    method: &'static str,
    heading: &'static str,
    text: &'static str,
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage<'p> {
    asked: Asked<'p>,
    text: &'static str,
}

#[derive(Template)]
#[template(path = "new_password.html")]
struct NewPasswordPage<'p> {
    asked: Asked<'p>,
}

#[derive(Template)]
#[template(path = "stay_signed_in.html")]
struct StaySignedInPage<'p> {
    asked: Asked<'p>,
}

/// Asks for the user name; with "Back" where there are accounts to pick from.
pub(crate) fn user_name(asked: Asked<'_>, may_go_back: bool) -> Response {
    page(StatusCode::OK, &UserNamePage { asked, may_go_back })
}

/// Asks for the password.
pub(crate) fn password(asked: Asked<'_>) -> Response {
    page(StatusCode::OK, &PasswordPage { asked })
}

/// Stands for a method that nobody types: a button in place of a certificate, a gesture or a domain's ticket. The
/// words are the mock's.
pub(crate) fn method(asked: Asked<'_>, word: &'static str, method: Authentication) -> Response {
    let (heading, text) = match method {
        Authentication::WindowsHello => (
            "Face, fingerprint, PIN or security key",
            "At Entra ID the device would now ask for a gesture. Here a button stands for it.",
        ),
        Authentication::Windows => (
            "Trying to sign you in",
            "At Entra ID the domain's ticket would now be sent. Here a button stands for it.",
        ),
        _ => (
            "Use a certificate or smart card",
            "At Entra ID the browser would now ask for a certificate. Here a button stands for it.",
        ),
    };
    let template = MethodPage {
        asked,
        method: word,
        heading,
        text,
    };
    page(StatusCode::OK, &template)
}

/// Asks for the code of the authenticator.
pub(crate) fn second_factor(asked: Asked<'_>) -> Response {
    let text = "Enter the code displayed in the authenticator app on your mobile device";
    page(StatusCode::OK, &CodePage { asked, text })
}

/// Asks for the code that was mailed.
pub(crate) fn passcode(asked: Asked<'_>) -> Response {
    let text = "We just sent a code to your email address. Enter the code to sign in.";
    page(StatusCode::OK, &CodePage { asked, text })
}

/// Asks for another password in place of the expired one.
pub(crate) fn new_password(asked: Asked<'_>) -> Response {
    page(StatusCode::OK, &NewPasswordPage { asked })
}

/// "Stay signed in?"
pub(crate) fn stay_signed_in(asked: Asked<'_>) -> Response {
    page(StatusCode::OK, &StaySignedInPage { asked })
}
