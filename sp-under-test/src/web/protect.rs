//! What protects the forms: they take a post only from their own page (catalogue `sess-acs-csrf-token`).

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::memcmp;
use url::Url;

use super::{At, respond};
use crate::{
    ambient,
    cookies::{self, Purpose},
};

/// The name of the hidden field.
pub(super) const FORM_TOKEN: &str = "form_token";

/// What makes a browser ask for the control token.
const BASIC: &str = r#"Basic realm="entrant control token", charset="UTF-8""#;

/// The token for a page's forms and, where the browser has none yet, the cookies that go with it.
pub(super) fn form_token(
    at: At<'_>,
    headers: &HeaderMap,
) -> Result<(String, Vec<HeaderValue>), Box<Response>> {
    if let Some(token) = cookies::values(at.sp, at.provider, Purpose::Form, headers)
        .into_iter()
        .next()
    {
        return Ok((token, Vec::new()));
    }
    let token = ambient::token().map_err(|_| Box::new(respond::broken("there is no randomness")))?;
    let cookies = cookies::set(at.sp, at.provider, Purpose::Form, &token);
    Ok((token, cookies))
}

/// Adds cookies, such as those of [`form_token`].
pub(super) fn with_cookies(mut answer: Response, cookies: Vec<HeaderValue>) -> Response {
    for cookie in cookies {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}

/// Judges where a form post comes from; to be asked before the body is read.
pub(super) fn require_same_origin(at: At<'_>, headers: &HeaderMap) -> Result<(), Box<Response>> {
    let foreign_site = headers.contains_key("sec-fetch-site") && headers["sec-fetch-site"] != "same-origin";
    if has_foreign_origin(at, headers) || foreign_site {
        return Err(forbidden(
            "This form was sent from another site. Open the page here and send it again.",
        ));
    }
    Ok(())
}

/// Whether Origin names another site, or cannot be read.
fn has_foreign_origin(at: At<'_>, headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN);
    origin.is_some_and(|origin| origin.to_str().ok() != Some(own_origin(at, headers).as_str()))
}

/// The origin under which this request was sent here.
fn own_origin(at: At<'_>, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    format!("{}://{}", at.sp.base.scheme(), host.unwrap_or_default())
}

/// Whether whoever sits at the browser asks for a page, and no other site does. Browsers say where a request comes from
/// (Fetch Metadata) under loopback addresses and over TLS; what says nothing there is a test driver, unless its Origin
/// or Referer tells otherwise. Elsewhere over plain http browsers say nothing too.
pub(super) fn is_asked_by_person(at: At<'_>, headers: &HeaderMap) -> bool {
    // A page that is fetched ahead may never be looked at.
    if headers.contains_key("sec-purpose") {
        return false;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let foreign_referer = headers.get(header::REFERER).is_some_and(|referer| {
        let referer = referer.to_str().ok().and_then(|referer| Url::parse(referer).ok());
        let own = Url::parse(&own_origin(at, headers)).ok();
        referer.map(|referer| referer.origin()) != own.map(|own| own.origin())
    });
    is_loopback(headers) && !has_foreign_origin(at, headers) && !foreign_referer
}

/// Judges the token that came with a form.
pub(super) fn require_token(
    at: At<'_>,
    headers: &HeaderMap,
    token: Option<&str>,
) -> Result<(), Box<Response>> {
    let token = token.unwrap_or_default().as_bytes();
    let same = |known: &String| known.len() == token.len() && memcmp::eq(known.as_bytes(), token);
    if cookies::values(at.sp, at.provider, Purpose::Form, headers)
        .iter()
        .any(same)
    {
        return Ok(());
    }
    Err(forbidden(
        "This form is not from a page that this browser loaded. Reload the page and send it again.",
    ))
}

/// Where the listener is reached from other machines, settings and accounts are for whoever has the control token: a Host
/// header proves nothing there, its sender writes it. A browser asks for the token as the password of Basic
/// authentication (RFC 7617).
pub(super) fn require_administrator(at: At<'_>, headers: &HeaderMap) -> Result<(), Box<Response>> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let authorization = text(header::AUTHORIZATION).map(as_bearer);
    let checked = at
        .sp
        .guard
        .check(text(header::HOST), None, authorization.as_deref());
    checked.map_err(|refusal| {
        let page = respond::message(
            StatusCode::UNAUTHORIZED,
            "For administrators",
            &format!("{refusal}. A browser sends it as the password; the user name does not matter."),
        );
        Box::new(([(header::WWW_AUTHENTICATE, BASIC)], page).into_response())
    })
}

/// The password of Basic credentials as a Bearer token; everything else as it is.
fn as_bearer(authorization: &str) -> String {
    let password = || {
        let credentials = STANDARD.decode(authorization.strip_prefix("Basic ")?).ok()?;
        let credentials = String::from_utf8(credentials).ok()?;
        let (_, password) = credentials.split_once(':')?;
        Some(format!("Bearer {password}"))
    };
    password().unwrap_or_else(|| authorization.to_owned())
}

/// Settings and accounts can be changed on this machine only.
pub(super) fn require_loopback(headers: &HeaderMap) -> Result<(), Box<Response>> {
    if is_loopback(headers) {
        return Ok(());
    }
    Err(forbidden(
        "Settings and accounts can be changed under a loopback address only: open this page as http://127.0.0.1 or http://localhost.",
    ))
}

fn is_loopback(headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(
        name.to_ascii_lowercase().as_str(),
        "localhost" | "127.0.0.1" | "[::1]"
    )
}

fn forbidden(sentence: &str) -> Box<Response> {
    Box::new(respond::message(StatusCode::FORBIDDEN, "Not from here", sentence))
}
