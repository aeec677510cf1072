//! The pages of what went wrong: Entra's error page (entra-behaviour.md 7.1), and the mock's own for what Entra has none.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use uuid::Uuid;

use super::page;
use crate::errors::Stop;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'p> {
    code: String,
    advice: Option<&'p str>,
    text: String,
    symbol: &'static str,
    request_id: String,
    correlation_id: String,
    timestamp: String,
}

#[derive(Template)]
#[template(path = "mishap.html")]
struct MishapPage<'p> {
    title: &'p str,
    text: &'p str,
    addresses: &'static [(&'static str, &'static str)],
}

/// Entra's error page (entra-behaviour.md 7.1). The status is not established; 200 is recommended there.
/// `advice` is what the mock adds to Entra's message, besides what the stop itself has.
pub(crate) fn error(
    stop: &Stop,
    advice: Option<&str>,
    now: Timestamp,
    request_id: Uuid,
    correlation_id: Uuid,
) -> Response {
    let template = ErrorPage {
        code: stop.code(),
        advice: advice.or(stop.advice()),
        text: stop.text(),
        symbol: stop.row().symbol.unwrap_or_default(),
        request_id: request_id.to_string(),
        correlation_id: correlation_id.to_string(),
        timestamp: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    };
    page(StatusCode::OK, &template)
}

/// What can be asked for, for those who asked for something else.
const ADDRESSES: &[(&str, &str)] = &[
    (
        "GET /",
        "start page: every tenant, user and application with its addresses",
    ),
    (
        "GET, POST /{tenant}/saml2",
        "sign-on by HTTP-Redirect and HTTP-POST",
    ),
    (
        "GET, POST /{tenant}/saml2/{service principal id}",
        "sign-on of one of several instances",
    ),
    ("POST /{tenant}/login", "the sign-in form"),
    ("GET /{tenant}/oauth2/logout", "ends the session at this mock"),
    (
        "GET /{tenant}/federationmetadata/2007-06/federationmetadata.xml[?appid=…]",
        "federation metadata",
    ),
    (
        "GET /api/signin/{application id}?tenantId={tenant id}",
        "what a tile does",
    ),
    ("GET /myapps/{tenant}", "My Apps"),
    ("/_entrant/v1/tenants …", "control routes"),
    ("GET /livez, /readyz, /version", "health"),
];

/// 404, with what there is.
pub(crate) fn not_found(path: &str) -> Response {
    let text = format!("This mock has no address {path}. These are there:");
    list(StatusCode::NOT_FOUND, "Not found", &text)
}

/// 405, with what there is.
pub(crate) fn method_not_allowed(method: &str, path: &str) -> Response {
    let text = format!("{path} does not answer {method}. These are there:");
    list(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", &text)
}

fn list(status: StatusCode, title: &str, text: &str) -> Response {
    let addresses = ADDRESSES;
    page(
        status,
        &MishapPage {
            title,
            text,
            addresses,
        },
    )
}

/// Something that Entra has no page for.
pub(crate) fn mishap(status: StatusCode, title: &str, text: &str) -> Response {
    let addresses = &[];
    page(
        status,
        &MishapPage {
            title,
            text,
            addresses,
        },
    )
}
