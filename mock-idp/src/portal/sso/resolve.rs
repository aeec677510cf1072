//! "Resolving errors" of card 5 (entra-behaviour.md 8): what an error means, what usually brings it about, and what to do
//! about it for the application as it is configured now.
//!
//! Entra's own guidance is not published; what stands here is the mock's, out of its registry of errors.

mod advice;
mod source;
mod told;

use askama::Template;
use axum::body::Bytes;
use axum::response::Response;

use advice::Advice;
use told::Told;

use crate::errors::Aadsts;
use crate::pages;
use crate::portal::at::AtApp;
use crate::portal::done;
use crate::portal::flows::{self, LastFlow};
use crate::portal::form::Form;
use crate::portal::frame::{Frame, address};
use crate::tenant::TenantError;

/// Flows that are listed beside the guidance.
const FLOWS_MAX: usize = 5;

#[derive(Template)]
#[template(path = "portal/resolve.html")]
struct ResolvePage {
    frame: Frame,
    /// The page of the cards.
    here: String,
    /// What was pasted.
    error: String,
    guidance: Guidance,
    trace: Trace,
}

/// What is said of a pasted text.
enum Guidance {
    /// Nothing was pasted.
    None,
    /// No code of Entra's, and none of its messages.
    NotEntra,
    /// A code that the mock does not know.
    Unknown(String),
    /// An error of the registry.
    Known(Box<Answer>),
}

/// An error of the registry, for this application.
struct Answer {
    row: &'static Aadsts,
    /// Its message, as far as it is known.
    message: String,
    /// What brings it about, without the sections that say so.
    cause: String,
    advice: Advice,
}

/// The newest sign-ons of the application, and the messages of the last.
pub(crate) struct Trace {
    /// Newest first.
    pub(crate) flows: Vec<LastFlow>,
    /// Where the flow trace has the last request.
    pub(crate) request: Option<String>,
    /// Where it has the last response.
    pub(crate) response: Option<String>,
    /// Every flow.
    pub(crate) all: String,
}

impl Trace {
    /// Of an application; with a code, of the sign-ons too that it stopped before an application was known.
    pub(crate) fn of(at: &AtApp, code: Option<&str>) -> Self {
        let flows = flows::last_of(&at.at, at.app().id, code, FLOWS_MAX);
        let own = |has: fn(&LastFlow) -> bool| flows.iter().find(|flow| flow.is_own && has(flow));
        Self {
            request: own(|flow| flow.has_request).map(|flow| format!("{}#in-1", flow.href)),
            response: own(|flow| flow.has_response).map(|flow| format!("{}#out-1", flow.href)),
            all: flows::address(at.tenant()),
            flows,
        }
    }
}

/// The box alone.
pub(crate) async fn page(at: AtApp) -> Response {
    show(&at, "", None)
}

/// Answers, or does what "Fix it" says.
pub(crate) async fn resolve(at: AtApp, body: Bytes) -> Response {
    let form = Form::read(&body);
    if form.text("action") != "fix" {
        return show(&at, form.text("error"), None);
    }
    match fix(&at, &form) {
        Ok(()) => done(&format!("{}/sso", address(at.tenant(), at.app())), "saved"),
        Err(problem) => show(&at, form.text("error"), Some(problem.to_string())),
    }
}

fn show(at: &AtApp, error: &str, problem: Option<String>) -> Response {
    let here = format!("{}/sso", address(at.tenant(), at.app()));
    let guidance = match told::told(error) {
        _ if error.is_empty() => Guidance::None,
        Told::Nothing => Guidance::NotEntra,
        Told::Unknown(code) => Guidance::Unknown(code),
        Told::Row(found) => Guidance::Known(Box::new(Answer {
            row: found.row,
            message: found.message(),
            cause: without_sections(found.row.trigger),
            advice: advice::of(at, &found),
        })),
    };
    let code = match &guidance {
        Guidance::Known(answer) => Some(format!("AADSTS{}", answer.row.code)),
        _ => None,
    };
    let frame = Frame::app(at.tenant(), at.app(), "Resolving errors", "/sso")
        .below("Single sign-on", here.clone())
        .with(problem);
    let page = ResolvePage {
        here,
        error: error.to_owned(),
        trace: Trace::of(at, code.as_deref()),
        guidance,
        frame,
    };
    pages::page(page.frame.status(), &page)
}

/// "Fix it": registers the address or the identifier that the error names.
fn fix(at: &AtApp, form: &Form) -> Result<(), TenantError> {
    let (reply_url, identifier) = (form.text("reply_url"), form.text("identifier"));
    at.edit(|app| {
        let (list, value) = if reply_url.is_empty() {
            (&mut app.identifiers, identifier)
        } else {
            (&mut app.reply_urls, reply_url)
        };
        if value.is_empty() {
            return Err(TenantError::one("There is nothing to register."));
        }
        if !list.iter().any(|known| known == value) {
            list.push(value.to_owned());
        }
        Ok(())
    })
}

/// The registry's words without the sections and conflicts of entra-behaviour.md that it cites in brackets: `(2.4)`,
/// `(3.6; C7)`. What else stands in the brackets stays.
fn without_sections(trigger: &str) -> String {
    let is_cited = |part: &str| {
        let number = part.trim().strip_prefix('C').unwrap_or(part.trim());
        let mut numbers = number.split('.');
        numbers.clone().count() <= 2 && numbers.all(|number| number.parse::<u8>().is_ok())
    };
    let mut parts = trigger.split(" (");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (inner, after) = part.split_once(')').unwrap_or((part, ""));
        let kept: Vec<_> = inner
            .split(';')
            .filter(|part| !is_cited(part))
            .map(str::trim)
            .collect();
        if !kept.is_empty() {
            told.push_str(&format!(" ({})", kept.join("; ")));
        }
        told.push_str(after);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::without_sections;

    #[test]
    fn sections_go_and_words_stay() {
        for (trigger, told) in [
            ("A reply URL (2.4).", "A reply URL."),
            ("Older (3.6; C7), and new (C11).", "Older, and new."),
            (
                "Ignored (2.1; the trigger is uncertain).",
                "Ignored (the trigger is uncertain).",
            ),
            (
                "By memory (uncertain). It tells (50076).",
                "By memory (uncertain). It tells (50076).",
            ),
            ("None.", "None."),
        ] {
            assert_eq!(without_sections(trigger), told);
        }
    }
}
