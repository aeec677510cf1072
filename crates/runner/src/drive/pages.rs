//! The pages of the identity provider, and what a person does with each (contracts.md section 1; entra-behaviour.md 7.1).
//! Known by the names and ids that Entra gives to their fields and buttons.

use std::sync::OnceLock;

use super::{End, Next, Person};
use crate::agent::forms::{Button, Document, Form};
use crate::agent::{Page, regex};
use crate::text::shortened;

/// The longest message of the identity provider that is kept, in characters.
const MESSAGE_CHARACTERS_MAX: usize = 600;

/// "Next", "Sign in", "Yes".
const PRIMARY: &str = "idSIButton9";
/// The name of the buttons of "Stay signed in?". Their ids stand on other pages too, where they mean something else.
const STAY: &str = "LoginOptions";
/// "Verify", of a code.
const VERIFY: &str = "idSubmit_SAOTCC_Continue";
/// "Use another account".
const OTHER_ACCOUNT: &str = "otherTile";

/// What the person does with `page`.
pub(super) fn answer(document: &Document, page: &Page, person: &Person<'_>) -> Next {
    if let Some(end) = stopped(document) {
        return Next::End(end);
    }
    if let Some(form) = document.automatic() {
        return send(form, None);
    }
    let asks_a_person = credentials(document, person)
        .or_else(|| code(document, person))
        .or_else(|| pick_account(document, person.user.unwrap_or_default()));
    if let Some(next) = asks_a_person {
        return identified(next, person);
    }
    if let Some(form) = stay_signed_in(document) {
        // Without a button it means no.
        return send(form, form.button(PRIMARY).filter(|_| person.keep_signed_in));
    }
    if let Some(form) = method(document) {
        return identified(send(form, form.button(PRIMARY)), person);
    }
    if let Some(reason) = document.meta("entrant-mishap") {
        // Such as that a fault has nothing to change in the message that this SP gets.
        return stuck(format!("{}: {}", document.title, reason.trim()));
    }
    stuck(format!(
        "the identity provider shows a page that the user agent does not know: {:?} (status {})",
        document.title, page.status
    ))
}

/// Whether a page asks who signs in, so that nobody is signed in.
pub(crate) fn asks_to_sign_in(document: &Document) -> bool {
    let asks = |form: &Form| ["loginfmt", "passwd", "otc"].iter().any(|name| form.asks(name));
    document.forms.iter().any(asks)
}

/// The error that a page shows, on an error page or in a form.
pub(super) fn stopped(document: &Document) -> Option<End> {
    static CODE: OnceLock<regex::Regex> = OnceLock::new();
    let found = regex(&CODE, r"AADSTS\d{4,7}").find(&document.text);
    let code = match (document.meta("entrant-aadsts"), found) {
        (Some(code), _) => code.trim().to_owned(),
        (None, Some(found)) => found.as_str().to_owned(),
        (None, None) => return None,
    };
    let start = document.text.find(&code).unwrap_or_default();
    Some(End::Stopped {
        message: shortened(&document.text[start..], MESSAGE_CHARACTERS_MAX),
        page: document.text.clone(),
        code,
    })
}

/// "Pick an account": the tile of `user`, else "Use another account".
pub(super) fn pick_account(document: &Document, user: &str) -> Option<Next> {
    let buttons = || {
        let of = |form| move |button| (form, button);
        document
            .forms
            .iter()
            .flat_map(move |form| form.buttons.iter().map(of(form)))
    };
    buttons().find(|(_, button)| !button.test_id.is_empty())?;
    let tile = buttons()
        .find(|(_, button)| !user.is_empty() && button.test_id.eq_ignore_ascii_case(user))
        .or_else(|| buttons().find(|(_, button)| button.id == OTHER_ACCOUNT));
    if let Some((form, button)) = tile {
        return Some(send(form, Some(button)));
    }
    Some(match document.link(OTHER_ACCOUNT) {
        Some(url) => Next::Open(url.clone()),
        None => stuck(format!("the identity provider offers no account {user}")),
    })
}

pub(super) fn stuck(reason: String) -> Next {
    Next::End(End::Stuck(reason))
}

/// User name and password.
fn credentials(document: &Document, person: &Person<'_>) -> Option<Next> {
    let mut form = asking(document, "passwd")
        .or_else(|| asking(document, "loginfmt"))?
        .clone();
    if form.asks("loginfmt") {
        form.fill("loginfmt", person.user.unwrap_or_default());
    }
    form.fill("passwd", person.password);
    Some(send(&form, form.button(PRIMARY).or(form.buttons.first())))
}

/// The second factor, or the passcode of a guest.
fn code(document: &Document, person: &Person<'_>) -> Option<Next> {
    let mut form = asking(document, "otc")?.clone();
    form.fill("otc", person.code);
    let button = form.button(VERIFY).or_else(|| form.button(PRIMARY));
    Some(send(&form, button.or(form.buttons.first())))
}

fn stay_signed_in(document: &Document) -> Option<&Form> {
    let asks = |form: &&Form| form.buttons.iter().any(|button| button.name == STAY);
    document.forms.iter().find(asks)
}

/// A first factor that types nothing: a certificate, Windows Hello, Windows.
fn method(document: &Document) -> Option<&Form> {
    let mut forms = document.forms.iter();
    forms.find(|form| form.button(PRIMARY).is_some() && !form.asks_anything())
}

fn asking<'d>(document: &'d Document, name: &str) -> Option<&'d Form> {
    document.forms.iter().find(|form| form.asks(name))
}

/// `next`, where somebody is there to do it.
fn identified(next: Next, person: &Person<'_>) -> Next {
    if person.user.is_none() {
        return stuck("the identity provider asks who signs in, and the step names no user".to_owned());
    }
    next
}

fn send(form: &Form, button: Option<&Button>) -> Next {
    match form.submission(button) {
        Some(submission) => Next::Submit(submission),
        None => stuck("a form of the identity provider leads to no address".to_owned()),
    }
}
