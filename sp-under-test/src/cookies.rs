//! The three cookies, two with a twin. Cookies of a host are shared between its ports, so names carry the configured suffix, the instance
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
    /// Which requests wait in this browser. The answer is a cross-site post, hence `SameSite=None; Secure`, and a twin
    /// for those who cannot keep that: see [`set`].
    Request,
    /// Who is signed in. The identity provider signs people out in a hidden frame of its own page (entra-behaviour.md
    /// section 6), into which a browser sends a cookie only with `SameSite=None; Secure`; Chromium takes loopback for
    /// secure. One that blocks third-party cookies (private windows, and the contexts of test drivers) sends none at all:
    /// there a LogoutRequest signs out only by its SessionIndex. What other sites can do with
    /// it: pages refuse to be framed, forms want a token of their own, a sign-out from another site is asked about, and
    /// no answer can be read there, since there are no headers of CORS.
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
            Self::Request | Self::Session => SameSite::None,
            Self::Form => SameSite::Strict,
        }
    }

    /// Whether it comes with requests that another site makes the browser send.
    fn crosses_sites(self) -> bool {
        self.same_site() == SameSite::None
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

/// The name of the twin of a `Secure` cookie over http.
///
/// Only browsers that trust loopback keep a `Secure` cookie over http. Everybody else who honours `Secure` (Python's
/// http.cookiejar, Java's CookieManager, most HTTP libraries) would never send it back. For them a twin without
/// `Secure` carries the same value, and without `SameSite`: each treats it as it treats any old cookie, so that it comes
/// with the answer. Over https, and for a cookie that stays on the site, there is no twin.
fn twin(sp: &Inner, provider: &Provider, purpose: Purpose) -> Option<String> {
    let has_twin = purpose.crosses_sites() && !is_https(sp);
    has_twin.then(|| format!("{}_http", name(sp, provider, purpose)))
}

fn is_https(sp: &Inner) -> bool {
    sp.base.scheme() == "https"
}

/// Every value that the browser sent for it, or for its twin, and that could be ours.
pub(crate) fn values(sp: &Inner, provider: &Provider, purpose: Purpose, headers: &HeaderMap) -> Vec<String> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let cookies: Vec<_> = lines
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .collect();
    let names = std::iter::once(name(sp, provider, purpose)).chain(twin(sp, provider, purpose));
    let mut values: Vec<String> = Vec::new();
    for name in names {
        let called = cookies.iter().filter(|cookie| cookie.name() == name);
        for value in called.map(Cookie::value).filter(|value| is_token(value)) {
            if values.len() < VALUES_MAX && !values.iter().any(|known| known == value) {
                values.push(value.to_owned());
            }
        }
    }
    values
}

fn is_token(value: &str) -> bool {
    value.len() == VALUE_LENGTH && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The `Set-Cookie` headers for the browser's session, the twin's last; an empty value ends it.
pub(crate) fn set(sp: &Inner, provider: &Provider, purpose: Purpose, value: &str) -> Vec<HeaderValue> {
    let header = |name: String, same_site: Option<SameSite>, secure: bool| {
        let mut cookie = Cookie::build((name, value))
            .path(format!("/{}", provider.scope.instance))
            .http_only(true)
            .secure(secure)
            .build();
        cookie.set_same_site(same_site);
        if value.is_empty() {
            cookie.make_removal();
        }
        // Names and values are made of token characters only, checked where they come from.
        HeaderValue::try_from(cookie.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
    };
    // A browser takes `SameSite=None` with `Secure` alone, so it stands there over http too.
    let secure = is_https(sp) || purpose.crosses_sites();
    let cookie = header(name(sp, provider, purpose), Some(purpose.same_site()), secure);
    let twin = twin(sp, provider, purpose).map(|name| header(name, None, false));
    std::iter::once(cookie).chain(twin).collect()
}
