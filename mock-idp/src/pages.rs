//! The pages: same words, fields and order as Entra's, own looks, and on each of them that this is not Microsoft.

mod errors;
mod my_apps;
mod picker;
pub(crate) mod sign_in;
mod sign_out;
mod start;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::faults::Form;

pub(crate) use errors::{Details, error, lookup, method_not_allowed, mishap, not_found};
pub(crate) use my_apps::my_apps;
pub(crate) use picker::{Picker, accounts, pick};
pub(crate) use sign_out::{signed_out, signing_out};
pub(crate) use start::{StartTenant, start};

/// The one style sheet.
pub(crate) const STYLE: &str = include_str!("../templates/style.css");

/// Fills the clipboard.
pub(crate) const COPY_SCRIPT: &str = include_str!("../templates/copy.js");

/// Keeps the flow trace up to date.
pub(crate) const LIVE_SCRIPT: &str = include_str!("../templates/live.js");

/// Posts the response (entra-behaviour.md 3.5). Allowed by its hash.
const SUBMIT_SCRIPT: &str = "document.forms[0].submit()";

/// Why a client that keeps no cookies cannot sign in.
pub(crate) const NO_COOKIE: &str = "The browser sent no cookie with this form. A sign-on belongs to the browser that opened the sign-in page, which gets a cookie there: keep it, send it back with the form, and stay under the same host name.";

#[derive(Template)]
#[template(path = "delivery.html")]
struct DeliveryPage<'p> {
    form: &'p Form,
    script: &'static str,
}

/// Posts a response, be it of success or of failure, to the SP (entra-behaviour.md 3.5).
pub(crate) fn delivery(form: &Form) -> Response {
    let template = DeliveryPage {
        form,
        script: SUBMIT_SCRIPT,
    };
    let hash = STANDARD.encode(openssl::sha::sha256(SUBMIT_SCRIPT.as_bytes()));
    // No form-action: the SP may answer with any redirect.
    let policy = format!("script-src 'sha256-{hash}'");
    page_with_policy(StatusCode::OK, &template, &policy)
}

/// A page of the mock itself.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    page_with_policy(status, template, "script-src 'self'; form-action 'self'")
}

/// A page of the mock itself whose script asks for parts of it again.
pub(crate) fn live_page(status: StatusCode, template: &impl Template) -> Response {
    let policy = "script-src 'self'; connect-src 'self'; form-action 'self'";
    page_with_policy(status, template, policy)
}

/// Never kept, never framed, and no content from elsewhere.
fn page_with_policy(status: StatusCode, template: &impl Template, policy: &str) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; {policy}"
    );
    let Ok(html) = template.render() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let policy =
        HeaderValue::from_str(&policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (status, headers, html).into_response()
}
