//! HTTP to values and back: cookies, flow ids, pages. What happens in between is `sign_on`'s.

pub(crate) mod common;
pub(crate) mod health;
pub(crate) mod launch;
pub(crate) mod login;
pub(crate) mod lookup;
pub(crate) mod metadata;
pub(crate) mod my_apps;
pub(crate) mod sign_on;
pub(crate) mod sign_out;
pub(crate) mod start;
pub(crate) mod trace;

mod asking;
mod caller;
mod ending;
pub(crate) mod headless;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, RawPathParamsRejection};
use axum::extract::{RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

pub(crate) use asking::{ask, begin};
pub(crate) use caller::{Caller, HeadlessUser};
pub(crate) use ending::{Delivery, Ending, deliver, end, failure, mishap_status};
pub(crate) use trace::Sender;

use crate::{MockIdp, control, pages};

/// Runs what may wait for a key or sign, off the threads that serve.
pub(crate) async fn blocking(work: impl FnOnce() -> Response + Send + 'static) -> Response {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| {
        pages::mishap(
            StatusCode::INTERNAL_SERVER_ERROR,
            "This request could not be answered",
            "The mock has a defect; its log says where.",
        )
    })
}

/// Lets `work` read a posted form of at most `max` bytes, off the threads that serve: decoding takes time, too.
pub(crate) async fn with_form(
    body: Result<Bytes, BytesRejection>,
    max: usize,
    work: impl FnOnce(&[u8]) -> Response + Send + 'static,
) -> Response {
    match body {
        Ok(body) => blocking(move || work(&body)).await,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => pages::mishap(
            StatusCode::PAYLOAD_TOO_LARGE,
            "This form is too large",
            &format!("At this address a form may have at most {max} bytes."),
        ),
        Err(rejection) => pages::mishap(
            rejection.status(),
            "This form could not be read",
            "It did not arrive whole.",
        ),
    }
}

/// Says which verbs an address answers.
pub(crate) fn allowing(mut response: Response, verbs: &'static str) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, HeaderValue::from_static(verbs));
    response
}

/// Pages are served under the mock's own names alone, so that no other site can be made to stand for it.
pub(crate) async fn check_host(State(idp): State<MockIdp>, request: Request, next: Next) -> Response {
    let host = header_text(request.headers(), header::HOST);
    match idp.state.guard.check_host(host) {
        Ok(()) => next.run(request).await,
        Err(refusal) => pages::mishap(
            StatusCode::MISDIRECTED_REQUEST,
            "This address is not served",
            &sentence(&refusal.to_string()),
        ),
    }
}

/// Nothing lives at an address whose segments are no text.
pub(crate) async fn check_path(
    segments: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    match segments {
        Ok(_) => next.run(request).await,
        Err(_) => missing(request.method(), request.uri()),
    }
}

/// A header as text.
pub(crate) fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// To the same page by its own address, which ends without a slash.
pub(crate) async fn without_slash(uri: Uri) -> Response {
    redirect(StatusCode::PERMANENT_REDIRECT, uri.path().trim_end_matches('/'))
}

/// Nothing lives at this address.
pub(crate) async fn not_found(method: Method, uri: Uri) -> Response {
    missing(&method, &uri)
}

/// Nothing lives at this address: JSON below the control routes, else a page with what there is.
pub(crate) fn missing(method: &Method, uri: &Uri) -> Response {
    if uri.path().starts_with("/_entrant/v1") {
        return control::no_route(method, uri.path());
    }
    pages::not_found(uri.path())
}

/// The address is there, for other verbs.
pub(crate) async fn method_not_allowed(method: Method, uri: Uri) -> Response {
    pages::method_not_allowed(method.as_str(), uri.path())
}

/// The one style sheet.
pub(crate) async fn style() -> Response {
    asset("text/css; charset=utf-8", pages::STYLE)
}

/// Fills the clipboard; pages work without it.
pub(crate) async fn copy_script() -> Response {
    asset("text/javascript; charset=utf-8", pages::COPY_SCRIPT)
}

/// Keeps the flow trace up to date; pages work without it.
pub(crate) async fn live_script() -> Response {
    asset("text/javascript; charset=utf-8", pages::LIVE_SCRIPT)
}

/// A redirect to an address of the tenant file or of the mock itself, as it is written where a header can carry that.
pub(crate) fn redirect(status: StatusCode, address: &str) -> Response {
    let normal = || {
        url::Url::parse(address)
            .ok()
            .map(String::from)
            .unwrap_or_default()
    };
    let address = if address.is_ascii() {
        address.to_owned()
    } else {
        normal()
    };
    let location = HeaderValue::from_str(&address).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (status, [(header::LOCATION, location)]).into_response()
}

fn asset(content_type: &'static str, content: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, content).into_response()
}

/// A fragment as a sentence.
pub(crate) fn sentence(fragment: &str) -> String {
    let mut characters = fragment.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), characters.as_str())
}
