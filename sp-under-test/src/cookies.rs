//! The three cookies. Cookies of a host are shared between its ports, so names carry the configured suffix, the instance
//! and the personality; the path is the instance's.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite};

use crate::{Inner, instance::Provider};

/// The most values of one cookie name that are looked at: a browser sends one, or one per path somebody planted.
const VALUES_MAX: usize = 8;

/// The length of every value we give out: see [`crate::ambient::token`].
const VALUE_LENGTH: usize = 64;

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Which requests wait in this browser. The answer is a cross-site post, hence `SameSite=None; Secure`.
    Request,
    /// Who is signed in.
    Session,
    /// Ties a form to the browser that loaded it.
    Form,
}

impl Purpose {
    fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Session => "session",
            Self::Form => "form",
        }
    }

    fn same_site(self) -> SameSite {
        match self {
            Self::Request => SameSite::None,
            Self::Session => SameSite::Lax,
            Self::Form => SameSite::Strict,
        }
    }
}

/// The name of a cookie.
fn name(sp: &Inner, provider: &Provider, purpose: Purpose) -> String {
    let (suffix, scope) = (&sp.cookie_suffix, &provider.scope);
    format!(
        "entrant_{}_{suffix}_{}_{}",
        purpose.word(),
        scope.instance,
        scope.personality
    )
}

/// Every value that the browser sent for it and that could be ours.
pub(crate) fn values(sp: &Inner, provider: &Provider, purpose: Purpose, headers: &HeaderMap) -> Vec<String> {
    let name = name(sp, provider, purpose);
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let cookies = lines.flat_map(Cookie::split_parse).filter_map(Result::ok);
    let values = cookies
        .filter(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned());
    values.filter(|value| is_token(value)).take(VALUES_MAX).collect()
}

fn is_token(value: &str) -> bool {
    value.len() == VALUE_LENGTH && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A `Set-Cookie` header for the browser's session; an empty value ends it.
pub(crate) fn set(sp: &Inner, provider: &Provider, purpose: Purpose, value: &str) -> HeaderValue {
    let is_https = sp.base.scheme() == "https";
    let mut cookie = Cookie::build((name(sp, provider, purpose), value))
        .path(format!("/{}", provider.scope.instance))
        .http_only(true)
        .same_site(purpose.same_site())
        // Without https only a browser that trusts loopback takes Secure cookies, so it stands where it must.
        .secure(is_https || purpose == Purpose::Request)
        .build();
    if value.is_empty() {
        cookie.make_removal();
    }
    // Names and values are made of token characters only, checked where they come from.
    HeaderValue::try_from(cookie.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
}
