//! The pages of what went wrong: Entra's error page (entra-behaviour.md 7.1), and the mock's own for what Entra has none.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use uuid::Uuid;

use super::page;
use crate::errors::{Aadsts, Appears, Place, Stop, Wording};

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
#[template(path = "no_access.html")]
struct NoAccessPage<'p> {
    code: String,
    text: String,
    /// What "More details" lists, in order.
    rows: Vec<(&'static str, String)>,
    advice: Option<&'p str>,
}

#[derive(Template)]
#[template(path = "lookup.html")]
struct LookupPage<'p> {
    code: &'p str,
    row: Option<&'static Aadsts>,
    place: &'static str,
    wording: &'static str,
    at_this_mock: String,
}

#[derive(Template)]
#[template(path = "mishap.html")]
struct MishapPage<'p> {
    title: &'p str,
    text: &'p str,
    addresses: &'static [(&'static str, &'static str)],
}

/// What an error page says besides the error.
pub(crate) struct Details<'d> {
    /// By the tenant's clock.
    pub(crate) now: Timestamp,
    /// "Request Id".
    pub(crate) request_id: Uuid,
    /// "Correlation Id".
    pub(crate) correlation_id: Uuid,
    /// "Device platform".
    pub(crate) platform: &'static str,
    /// What the mock adds to Entra's message, besides what the stop itself has.
    pub(crate) advice: Option<&'d str>,
}

/// What Entra says of a device that it does not know (uncertain).
const NOT_AVAILABLE: &str = "Not available";

/// Entra's error page, or that of Conditional Access (entra-behaviour.md 7.1). The status is not established; 200 is
/// recommended there.
pub(crate) fn error(stop: &Stop, details: &Details<'_>) -> Response {
    if stop.row().is_conditional_access() {
        return no_access(stop, details);
    }
    let template = ErrorPage {
        code: stop.code(),
        advice: details.advice.or(stop.advice()),
        text: stop.text(),
        symbol: stop.row().symbol.unwrap_or_default(),
        request_id: details.request_id.to_string(),
        correlation_id: details.correlation_id.to_string(),
        timestamp: details.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    };
    page(StatusCode::OK, &template)
}

/// The mock sees neither the client's address nor its device, so it shows none.
fn no_access(stop: &Stop, details: &Details<'_>) -> Response {
    let (app, app_id) = stop.app().unwrap_or_default();
    let template = NoAccessPage {
        code: stop.code(),
        text: stop.text(),
        rows: vec![
            ("Error Code", stop.row().code.to_string()),
            ("Request Id", details.request_id.to_string()),
            ("Correlation Id", details.correlation_id.to_string()),
            (
                "Timestamp",
                details.now.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
            ),
            ("App name", app.to_owned()),
            ("App id", app_id.to_string()),
            ("IP address", NOT_AVAILABLE.to_owned()),
            ("Device identifier", NOT_AVAILABLE.to_owned()),
            ("Device platform", details.platform.to_owned()),
            ("Device state", "Unregistered".to_owned()),
        ],
        advice: details.advice.or(stop.advice()),
    };
    page(StatusCode::OK, &template)
}

/// What is known of a code (entra-behaviour.md 1, error lookup); an empty one asks for a code.
pub(crate) fn lookup(code: &str, row: Option<&'static Aadsts>) -> Response {
    let status = if code.is_empty() || row.is_some() {
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    };
    let template = LookupPage {
        code,
        row,
        place: row.map_or("", |row| place(row.place)),
        wording: row.map_or("", |row| wording(row.wording)),
        at_this_mock: row.map(at_this_mock).unwrap_or_default(),
    };
    page(status, &template)
}

fn place(place: Place) -> &'static str {
    match place {
        Place::Page => "on the error page: the sign-on is over",
        Place::Inline => "on the sign-in form: the user may try again",
        Place::Interrupt => "as a page of its own within the sign-in",
        Place::Sp => "to the application, in a failure response",
        Place::Log => "in the sign-in log alone",
    }
}

fn wording(wording: Wording) -> &'static str {
    match wording {
        Wording::Entra => "as reported by users or quoted by Microsoft",
        Wording::Listed => "as Microsoft's list of error codes describes it; the message itself is not known",
        Wording::Ours => "the mock's own; the meaning is Microsoft's",
    }
}

fn at_this_mock(row: &'static Aadsts) -> String {
    match row.appears {
        Appears::Scenario(path) => format!("The scenario {path} runs into it."),
        Appears::OnTheWay(path) => format!("The scenario {path} passes it."),
        Appears::Test(_) => "It appears by itself.".to_owned(),
        Appears::Armed => format!(
            "It appears where it is armed: {{ \"id\": \"aadsts\", \"code\": \"{}\" }}.",
            row.code
        ),
        Appears::Absent(reason) => format!("It never appears: {reason}."),
    }
}

/// What can be asked for, for those who asked for something else.
const ADDRESSES: &[(&str, &str)] = &[
    (
        "GET /",
        "start page: every tenant, user and application with its addresses",
    ),
    ("GET /error?code=…", "what an error means"),
    (
        "GET, POST /{tenant}/saml2",
        "sign-on by HTTP-Redirect and HTTP-POST, sign-out by HTTP-Redirect",
    ),
    (
        "GET, POST /{tenant}/saml2/{service principal id}",
        "the same for one of several instances",
    ),
    ("POST /{tenant}/login", "the sign-in form"),
    (
        "GET, POST /{tenant}/oauth2/logout",
        "signs out, here and of the applications",
    ),
    (
        "GET /{tenant}/federationmetadata/2007-06/federationmetadata.xml[?appid=…]",
        "federation metadata",
    ),
    (
        "GET /api/signin/{application id}?tenantId={tenant id}",
        "what a tile does",
    ),
    ("GET /myapps/{tenant}", "My Apps"),
    ("/portal/{tenant} …", "the admin center"),
    ("GET /flows/{tenant}", "recorded sign-ons and sign-outs"),
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
