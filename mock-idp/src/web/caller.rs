//! What a request says about who sends it: cookies and the flow id.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use control_api::USER_HEADER;
use control_api::guard::Guard;
use cookie::{Cookie, SameSite};
use jiff::Timestamp;
use uuid::Uuid;

use super::{header_text, trace};
use crate::flows::Trace;
use crate::pages::Details;
use crate::{MockIdp, world};

/// The platforms that a browser names, by what its User-Agent holds; the first counts.
const PLATFORMS: &[(&str, &str)] = &[
    ("Windows NT", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

const UNKNOWN_PLATFORM: &str = "Unknown";

fn platform(user_agent: &str) -> &'static str {
    let named = PLATFORMS.iter().find(|(sign, _)| user_agent.contains(sign));
    named.map_or(UNKNOWN_PLATFORM, |(_, platform)| platform)
}

/// The longest secret that is looked up.
const SECRET_CHARACTERS_MAX: usize = 64;

/// The sender of a request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    cookies: Vec<(String, String)>,
    trace: Trace,
    headless: Option<HeadlessUser>,
    platform: &'static str,
    correlation_id: Option<Uuid>,
}

/// Who shall be signed in without a page ([`USER_HEADER`]).
#[derive(Clone, Debug)]
pub(crate) enum HeadlessUser {
    /// This user.
    Named(String),
    /// Nobody: the header's value is no text, or the control token is demanded here and is not sent along.
    Refused(String),
}

impl Caller {
    /// From the headers; what cannot be read is not there.
    pub(crate) fn new(headers: &HeaderMap) -> Self {
        let cookies = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(Cookie::split_parse)
            .filter_map(Result::ok)
            .map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned()))
            .collect();
        Self {
            cookies,
            trace: trace::given(headers),
            headless: None,
            platform: header_text(headers, header::USER_AGENT).map_or(UNKNOWN_PLATFORM, platform),
            correlation_id: None,
        }
    }

    /// Somebody of whom nothing is known.
    pub(crate) fn nobody() -> Self {
        Self::new(&HeaderMap::new())
    }

    /// With the query's `client-request-id`, which becomes the Correlation Id where it is a GUID (entra-behaviour.md
    /// 2.3, uncertain).
    pub(crate) fn correlated(mut self, query: &str) -> Self {
        self.correlation_id = url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == "client-request-id")
            .and_then(|(_, id)| id.parse().ok());
        self
    }

    /// What an error page says of the request.
    pub(crate) fn details(&self, now: Timestamp) -> Details<'static> {
        Details {
            now,
            request_id: world::request_id(),
            correlation_id: self.correlation_id.unwrap_or_else(world::guid),
            platform: self.platform,
            advice: None,
        }
    }

    /// From the headers, with the user whom they name. Off loopback the header says nothing without the control
    /// token: who may sign anybody in may do anything here. No page of another site can have a browser send the
    /// header, since no answer of the mock allows it (CORS), so the Origin is not looked at: an SP's form brings its
    /// own.
    pub(crate) fn with_user(headers: &HeaderMap, guard: &Guard) -> Self {
        let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str());
        let headless = text(HeaderName::from_static(USER_HEADER)).map(|named| {
            let host = header_text(headers, header::HOST);
            // A token that is no text is a wrong one.
            let authorization = text(header::AUTHORIZATION).map(|value| value.unwrap_or("Bearer "));
            match (named, guard.check(host, None, authorization)) {
                (_, Err(refusal)) => HeadlessUser::Refused(refusal.to_string()),
                (Err(_), Ok(())) => HeadlessUser::Refused(format!("`{USER_HEADER}` is no text")),
                (Ok(named), Ok(())) => HeadlessUser::Named(named.trim().to_owned()),
            }
        });
        Self {
            headless,
            ..Self::new(headers)
        }
    }

    /// Without cookies: for a sign-in that belongs to no browser yet.
    pub(crate) fn without_cookies(headers: &HeaderMap) -> Self {
        Self {
            cookies: Vec::new(),
            ..Self::new(headers)
        }
    }

    /// Who shall be signed in without a page.
    pub(crate) fn headless(&self) -> Option<&HeadlessUser> {
        self.headless.as_ref()
    }

    /// How "Stay signed in?" was answered for good in this browser.
    pub(crate) fn stay(&self, idp: &MockIdp) -> Option<bool> {
        Some(self.secret(idp, &idp.stay_cookie())? == STAY_YES)
    }

    /// In the flow that its request was given.
    pub(crate) fn traced(mut self, trace: Trace) -> Self {
        self.trace = trace;
        self
    }

    /// Goes on with the flow of a sign-on that waited, unless the user agent chose one.
    pub(crate) fn join(&mut self, flow: Option<String>) {
        self.trace.join(flow);
    }

    /// The flow that the request belongs to.
    pub(crate) fn flow(&self) -> Option<&str> {
        self.trace.flow()
    }

    /// Where what happens is recorded.
    pub(crate) fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The secret of this browser's session in `tenant`.
    pub(crate) fn session_secret(&self, idp: &MockIdp, tenant: Uuid) -> Option<&str> {
        self.secret(idp, &idp.session_cookie(tenant))
    }

    /// The secret that ties waiting sign-ons to this browser.
    pub(crate) fn browser_secret(&self, idp: &MockIdp) -> Option<&str> {
        self.secret(idp, &idp.browser_cookie())
    }

    /// Whether there was no cookie at all, as from a client that keeps none.
    pub(crate) fn is_without_cookies(&self) -> bool {
        self.cookies.is_empty()
    }

    /// The cookie's value or, over http, its twin's.
    fn secret(&self, idp: &MockIdp, name: &str) -> Option<&str> {
        self.value(name).or_else(|| {
            let twin = format!("{name}{TWIN_SUFFIX}");
            self.value(&twin).filter(|_| !idp.state.addresses.is_https())
        })
    }

    fn value(&self, name: &str) -> Option<&str> {
        let (_, value) = self.cookies.iter().find(|(known, _)| known == name)?;
        let good = !value.is_empty()
            && value.len() <= SECRET_CHARACTERS_MAX
            && value
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        good.then_some(value)
    }
}

impl MockIdp {
    /// The session cookie's name: one for each tenant, so that a browser may be signed in to several.
    pub(crate) fn session_cookie(&self, tenant: Uuid) -> String {
        format!("ESTSAUTH_{}_{}", self.state.cookie_suffix, tenant.simple())
    }

    /// The name of the cookie that remembers the answer to "Stay signed in?".
    pub(crate) fn stay_cookie(&self) -> String {
        format!("ESTSKMSI_{}", self.state.cookie_suffix)
    }

    /// The name of the cookie that ties waiting sign-ons to a browser.
    pub(crate) fn browser_cookie(&self) -> String {
        format!("ESTSCTX_{}", self.state.cookie_suffix)
    }
}

/// The values of the cookie that remembers the answer to "Stay signed in?".
const STAY_YES: &str = "yes";
const STAY_NO: &str = "no";

/// How long a cookie stays that outlives the browser.
const PERSISTENT: cookie::time::Duration = cookie::time::Duration::days(90);

/// The end of the name of a cookie's twin.
const TWIN_SUFFIX: &str = "_http";

impl MockIdp {
    /// Sets a session cookie of the browser's session.
    pub(crate) fn set_cookie(&self, response: &mut Response, name: &str, value: &str) {
        for cookie in self.twins(name, value) {
            append(response, &cookie);
        }
    }

    /// Sets the cookie of a browser's sessions in a tenant. It outlives the browser where one of them does.
    pub(crate) fn set_session_cookie(&self, response: &mut Response, tenant: Uuid, secret: &str) {
        for cookie in self.session_cookies(tenant, secret) {
            append(response, &cookie);
        }
    }

    /// The cookies of [`MockIdp::set_session_cookie`].
    pub(crate) fn session_cookies(&self, tenant: Uuid, secret: &str) -> Vec<Cookie<'static>> {
        let accounts = self.state.sessions.accounts(secret, tenant);
        let persistent = accounts.iter().any(|session| session.persistent);
        let mut cookies: Vec<_> = self.twins(&self.session_cookie(tenant), secret).collect();
        for cookie in cookies.iter_mut().filter(|_| persistent) {
            cookie.set_max_age(PERSISTENT);
        }
        cookies
    }

    /// Remembers the answer to "Stay signed in?".
    pub(crate) fn remember_stay(&self, response: &mut Response, persistent: bool) {
        let value = if persistent { STAY_YES } else { STAY_NO };
        for mut cookie in self.twins(&self.stay_cookie(), value) {
            cookie.set_max_age(PERSISTENT);
            append(response, &cookie);
        }
    }

    /// Takes a cookie away.
    pub(crate) fn remove_cookie(&self, response: &mut Response, name: &str) {
        for mut cookie in self.twins(name, "") {
            cookie.make_removal();
            append(response, &cookie);
        }
    }

    /// A cookie and, over http, its twin.
    ///
    /// The requests of an SP come from another site, by POST too, so the cookie is `SameSite=None` as Entra's is, which
    /// browsers take with `Secure` alone. Over http that works in browsers that trust loopback. Everybody else who
    /// honours `Secure` (Python's http.cookiejar, Java's CookieManager, most HTTP libraries, and browsers off
    /// loopback) would never send it back. For them a twin without `Secure` carries the same value, and without
    /// `SameSite`: each treats it as it treats any old cookie. Over https there is no twin.
    fn twins(&self, name: &str, value: &str) -> impl Iterator<Item = Cookie<'static>> {
        let cookie = |name: String| {
            Cookie::build((name, value.to_owned()))
                .path("/")
                .http_only(true)
                .build()
        };
        let twin = (!self.state.addresses.is_https()).then(|| cookie(format!("{name}{TWIN_SUFFIX}")));
        let mut secure = cookie(name.to_owned());
        secure.set_secure(true);
        secure.set_same_site(SameSite::None);
        std::iter::once(secure).chain(twin)
    }
}

fn append(response: &mut Response, cookie: &Cookie<'_>) {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
