//! Cookies as a browser keeps and sends them (RFC 6265bis, with Chromium's choices where it leaves some).
//!
//! A site is scheme and exact host: there is no public suffix list here, so `a.example.com` and `b.example.com`
//! count as two sites, and `localhost` and `127.0.0.1` are two sites as they are in a browser. Whether a request
//! is same-site depends on the page that started the navigation, not on the redirects between, as in Chromium.
//! A cookie without `SameSite` is Lax, but for its first two minutes a POST of another site carries it too: many
//! SPs keep the request they sent in such a cookie, and browsers let them ("Lax-allowing-unsafe", 5.6.7.2).

use cookie::{Cookie, SameSite};
use jiff::Timestamp;
use url::{Host, Origin, Url};

/// The longest `Set-Cookie` pair that is kept, in bytes of name and value.
const COOKIE_BYTES_MAX: usize = 4096;
/// How many cookies a jar keeps; the oldest go first.
const COOKIES_MAX: usize = 300;
/// How long a cookie without `SameSite` goes along with a POST of another site, in seconds.
const LAX_ALLOWING_UNSAFE_SECONDS: i64 = 120;

/// The cookies of one browser.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jar {
    /// In the order in which they were first set.
    cookies: Vec<Stored>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Stored {
    name: String,
    value: String,
    /// Lower case.
    host: String,
    host_only: bool,
    path: String,
    secure: bool,
    http_only: bool,
    /// `None`: the field said nothing (or nothing that is known).
    same_site: Option<SameSite>,
    /// Seconds since 1970.
    set_at: i64,
    /// Seconds since 1970; `None`: until the browser closes.
    expires: Option<i64>,
}

/// A navigation, as far as cookies ask.
pub(crate) struct Navigation<'a> {
    /// Where to.
    pub(crate) url: &'a Url,
    /// The page that started it; `None`: the person did, which counts as same-site.
    pub(crate) initiator: Option<&'a Origin>,
    /// Whether the method is safe (RFC 9110 9.2.1).
    pub(crate) safe: bool,
    /// In a frame: the page that the person sees.
    pub(crate) top: Option<&'a Origin>,
}

impl Navigation<'_> {
    /// Whether the page that started it, and in a frame also the page around, are of the target's site.
    fn is_same_site(&self) -> bool {
        let mut pages = [self.initiator, self.top].into_iter().flatten();
        pages.all(|page| match page {
            Origin::Tuple(scheme, host, _) => {
                *scheme == self.url.scheme()
                    && self.url.host().map(|host| host.to_owned()).as_ref() == Some(host)
            }
            Origin::Opaque(_) => false,
        })
    }

    fn is_framed(&self) -> bool {
        self.top.is_some()
    }
}

impl Jar {
    /// The value of the `Cookie` field; `None` where no cookie is sent.
    pub(crate) fn header(&self, navigation: &Navigation<'_>, now: Timestamp) -> Option<String> {
        let (host, path) = (host(navigation.url)?, navigation.url.path());
        let same_site = navigation.is_same_site();
        let mut sent: Vec<_> = self
            .cookies
            .iter()
            .filter(|cookie| {
                cookie.is_alive(now)
                    && cookie.is_for(&host, path)
                    && (!cookie.secure || is_secure_context(navigation.url))
                    && (same_site || cookie.may_cross(navigation, now))
            })
            .collect();
        // Longer paths first; the sort is stable, so older cookies come first among equals.
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<_> = sent.iter().map(|cookie| cookie.pair()).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Takes the `Set-Cookie` fields of an answer to `navigation`. In a frame of another site only cookies that say
    /// `SameSite=None` are taken (RFC 6265bis 5.7).
    pub(crate) fn store(&mut self, navigation: &Navigation<'_>, fields: &[&str], now: Timestamp) {
        let foreign = navigation.is_framed() && !navigation.is_same_site();
        for field in fields {
            let Some(cookie) = Stored::parse(navigation.url, field, now) else {
                continue;
            };
            if foreign && cookie.same_site != Some(SameSite::None) {
                continue;
            }
            let known = self.cookies.iter().position(|known| known.is_same_as(&cookie));
            match known {
                Some(index) if cookie.is_alive(now) => self.cookies[index] = cookie,
                Some(index) => drop(self.cookies.remove(index)),
                None if cookie.is_alive(now) => self.cookies.push(cookie),
                None => {}
            }
        }
        let surplus = self.cookies.len().saturating_sub(COOKIES_MAX);
        self.cookies.drain(..surplus);
    }
}

/// What a server said of a cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flags {
    /// Its name.
    pub(crate) name: String,
    /// `Secure`.
    pub(crate) secure: bool,
    /// `HttpOnly`.
    pub(crate) http_only: bool,
    /// Whether it says anything of `SameSite`.
    pub(crate) same_site: bool,
}

impl Jar {
    /// The cookies of the host of `url`, in the order in which they were first set.
    pub(crate) fn of_host(&self, url: &Url) -> Vec<Flags> {
        let host = host(url).unwrap_or_default();
        let of_host = self.cookies.iter().filter(|cookie| cookie.is_for_host(&host));
        let flags = of_host.map(|cookie| Flags {
            name: cookie.name.clone(),
            secure: cookie.secure,
            http_only: cookie.http_only,
            same_site: cookie.same_site.is_some(),
        });
        flags.collect()
    }

    /// Keeps the cookies whose names are wanted.
    pub(crate) fn keep(&mut self, is_wanted: impl Fn(&str) -> bool) {
        self.cookies.retain(|cookie| is_wanted(&cookie.name));
    }

    /// Changes the values of the cookies called so; whether any is another now.
    pub(crate) fn change(&mut self, names: &[String], change: impl Fn(&str) -> Option<String>) -> bool {
        let mut changed = false;
        for cookie in self
            .cookies
            .iter_mut()
            .filter(|cookie| names.contains(&cookie.name))
        {
            if let Some(value) = change(&cookie.value) {
                changed |= value != cookie.value;
                cookie.value = value;
            }
        }
        changed
    }
}

/// The `Cookie` field with a character of every value changed.
pub(crate) fn changed_pairs(field: &str) -> String {
    let changed = field.split("; ").map(|pair| match pair.split_once('=') {
        Some((name, value)) => format!("{name}={}", changed(value)),
        None => pair.to_owned(),
    });
    changed.collect::<Vec<_>>().join("; ")
}

/// The value with one letter or digit in its middle changed: at the ends a code such as base64 may have room for nothing
/// that counts.
pub(crate) fn changed(value: &str) -> String {
    let middle = value.len() / 2;
    let found = value
        .char_indices()
        .filter(|(_, letter)| letter.is_ascii_alphanumeric());
    let nearest = found.min_by_key(|(at, _)| at.abs_diff(middle));
    let Some((at, letter)) = nearest else {
        return format!("{value}0");
    };
    let other = if letter == '0' { "1" } else { "0" };
    format!("{}{other}{}", &value[..at], &value[at + 1..])
}

impl Stored {
    /// Reads one `Set-Cookie` field (RFC 6265bis 5.6, 5.7); `None` where a browser ignores it.
    fn parse(url: &Url, field: &str, now: Timestamp) -> Option<Self> {
        let request_host = host(url)?;
        let cookie = Cookie::parse(field.to_owned()).ok()?;
        let (name, value) = (cookie.name().to_owned(), cookie.value().to_owned());
        if name.len() + value.len() > COOKIE_BYTES_MAX {
            return None;
        }
        let domain = cookie
            .domain()
            .map(|domain| domain.trim_start_matches('.').to_ascii_lowercase())
            .filter(|domain| !domain.is_empty());
        let (host, host_only) = match domain {
            Some(domain) if domain == request_host => (domain, is_single_label(&request_host)),
            // A domain without a dot is a public suffix; an IP address has no parent.
            Some(domain) if matches_domain(&request_host, &domain) && !is_single_label(&domain) => {
                (domain, false)
            }
            Some(_) => return None,
            None => (request_host, true),
        };
        let path = match cookie.path() {
            Some(path) if path.starts_with('/') => path.to_owned(),
            _ => default_path(url.path()).to_owned(),
        };
        let secure = cookie.secure().unwrap_or_default();
        if secure && !is_secure_context(url) {
            return None;
        }
        let same_site = cookie.same_site();
        if same_site == Some(SameSite::None) && !secure {
            return None;
        }
        let prefix = name.to_ascii_lowercase();
        let breaks_prefix = (prefix.starts_with("__secure-") && !secure)
            || (prefix.starts_with("__host-") && !(secure && host_only && path == "/"));
        if breaks_prefix {
            return None;
        }
        let expires = match cookie.max_age() {
            Some(age) => Some(now.as_second().saturating_add(age.whole_seconds())),
            None => cookie.expires_datetime().map(|date| date.unix_timestamp()),
        };
        Some(Self {
            name,
            value,
            host,
            host_only,
            path,
            secure,
            http_only: cookie.http_only().unwrap_or_default(),
            same_site,
            set_at: now.as_second(),
            expires,
        })
    }

    fn is_alive(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| expires > now.as_second())
    }

    /// Whether a navigation carries it that another site caused.
    fn may_cross(&self, navigation: &Navigation<'_>, now: Timestamp) -> bool {
        let top_level = !navigation.is_framed();
        match self.same_site {
            Some(SameSite::None) => true,
            Some(SameSite::Strict) => false,
            Some(SameSite::Lax) => top_level && navigation.safe,
            None => {
                let young = now.as_second() - self.set_at <= LAX_ALLOWING_UNSAFE_SECONDS;
                top_level && (navigation.safe || young)
            }
        }
    }

    fn is_for(&self, host: &str, path: &str) -> bool {
        self.is_for_host(host) && matches_path(path, &self.path)
    }

    fn is_for_host(&self, host: &str) -> bool {
        if self.host_only {
            self.host == host
        } else {
            matches_domain(host, &self.host)
        }
    }

    /// Whether `other` takes this one's place.
    fn is_same_as(&self, other: &Self) -> bool {
        self.name == other.name
            && self.host == other.host
            && self.host_only == other.host_only
            && self.path == other.path
    }

    fn pair(&self) -> String {
        if self.name.is_empty() {
            self.value.clone()
        } else {
            format!("{}={}", self.name, self.value)
        }
    }
}

fn host(url: &Url) -> Option<String> {
    url.host_str().map(str::to_ascii_lowercase)
}

fn is_single_label(host: &str) -> bool {
    !host.contains('.') || host.parse::<std::net::IpAddr>().is_ok()
}

/// RFC 6265bis 5.1.3.
fn matches_domain(host: &str, domain: &str) -> bool {
    host == domain
        || host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.') && host.parse::<std::net::IpAddr>().is_err())
}

/// RFC 6265bis 5.1.4.
fn matches_path(path: &str, cookie_path: &str) -> bool {
    path.strip_prefix(cookie_path)
        .is_some_and(|rest| rest.is_empty() || cookie_path.ends_with('/') || rest.starts_with('/'))
}

/// RFC 6265bis 5.1.4.
fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &path[..end],
    }
}

/// Whether Secure cookies are kept and sent here: https, and loopback as Chromium treats it.
fn is_secure_context(url: &Url) -> bool {
    url.scheme() == "https"
        || match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn now() -> Timestamp {
        "2026-11-23T10:00:00Z".parse().unwrap()
    }

    /// What is sent to `to` after an answer of `from` set `fields`; the person opens both.
    fn sent(from: &str, fields: &[&str], to: &str) -> Option<String> {
        let mut jar = Jar::default();
        let (from, to) = (url(from), url(to));
        jar.store(&by_hand(&from), fields, now());
        jar.header(&by_hand(&to), now())
    }

    fn by_hand(url: &Url) -> Navigation<'_> {
        Navigation {
            url,
            initiator: None,
            safe: true,
            top: None,
        }
    }

    #[test]
    fn host_path_life_and_security_decide_what_is_sent() {
        let at = "http://sp.test/a/b";
        for (from, field, to, expected) in [
            (at, "s=1", "http://sp.test/a/c", true),
            (at, "s=1", "http://sp.test:81/a/", true),
            (at, "s=1", "http://sp.test/other", false),
            (at, "s=1; Path=/", "http://sp.test/other", true),
            (at, "s=1; Path=/a", "http://sp.test/ab", false),
            (at, "s=1; Path=relative", "http://sp.test/a/x", true),
            (at, "s=1; Path=/", "http://x.sp.test/", false),
            (at, "s=1; Path=/; Domain=sp.test", "http://x.sp.test/", true),
            (at, "s=1; Path=/; Domain=.sp.test", "http://x.sp.test/", true),
            (at, "s=1; Path=/; Domain=other.test", "http://other.test/", false),
            (at, "s=1; Path=/; Domain=test", "http://test/", false),
            (at, "s=1; Path=/; Domain=p.test", "http://sp.test/", false),
            (
                "http://127.0.0.1/",
                "s=1; Domain=0.0.1",
                "http://127.0.0.1/",
                false,
            ),
            (
                "http://localhost/",
                "s=1; Domain=localhost",
                "http://localhost/",
                true,
            ),
            ("http://localhost/", "s=1", "http://127.0.0.1/", false),
            (at, "s=1; Path=/; Max-Age=60", "http://sp.test/", true),
            (at, "s=1; Path=/; Max-Age=0", "http://sp.test/", false),
            (
                at,
                "s=1; Path=/; Max-Age=-1; Expires=Wed, 21 Oct 2099 07:28:00 GMT",
                "http://sp.test/",
                false,
            ),
            (
                at,
                "s=1; Path=/; Expires=Wed, 21 Oct 2015 07:28:00 GMT",
                "http://sp.test/",
                false,
            ),
            (
                at,
                "s=1; Path=/; Expires=Wed, 21 Oct 2099 07:28:00 GMT",
                "http://sp.test/",
                true,
            ),
            (at, "s=1; Path=/; Secure", "https://sp.test/", false),
            ("https://sp.test/", "s=1; Secure", "https://sp.test/", true),
            ("https://sp.test/", "s=1; Secure", "http://sp.test/", false),
            ("http://localhost/", "s=1; Secure", "http://localhost/", true),
            (
                "http://127.0.0.1:8/",
                "s=1; Secure; HttpOnly",
                "http://127.0.0.1:9/",
                true,
            ),
            (at, "s=1; Path=/; SameSite=None", "http://sp.test/", false),
            (
                "https://sp.test/",
                "s=1; SameSite=None; Secure",
                "https://sp.test/",
                true,
            ),
            (
                "https://sp.test/",
                "__Host-s=1; Path=/",
                "https://sp.test/",
                false,
            ),
            (
                "https://sp.test/",
                "__Host-s=1; Path=/; Secure",
                "https://sp.test/",
                true,
            ),
            (
                "https://sp.test/",
                "__Host-s=1; Path=/; Secure; Domain=sp.test",
                "https://sp.test/",
                false,
            ),
            ("https://sp.test/", "__Secure-s=1", "https://sp.test/", false),
        ] {
            assert_eq!(
                sent(from, &[field], to).is_some(),
                expected,
                "{from} {field} {to}"
            );
        }
    }

    #[test]
    fn same_site_decides_what_another_page_may_cause() {
        let set = [
            "n=1; SameSite=None; Secure",
            "l=1; SameSite=Lax",
            "d=1",
            "s=1; SameSite=Strict",
        ];
        let elsewhere = Some("http://localhost:81/");
        for (initiator, safe, age_seconds, expected) in [
            (None, true, 0, "n=1; l=1; d=1; s=1"),
            (Some("http://127.0.0.1:81/"), true, 0, "n=1; l=1; d=1; s=1"),
            (Some("http://127.0.0.1:81/"), false, 121, "n=1; l=1; d=1; s=1"),
            (elsewhere, true, 121, "n=1; l=1; d=1"),
            (elsewhere, false, 0, "n=1; d=1"),
            (elsewhere, false, 120, "n=1; d=1"),
            (elsewhere, false, 121, "n=1"),
            (Some("https://127.0.0.1/"), true, 121, "n=1; l=1; d=1"),
            (Some("https://127.0.0.1/"), false, 121, "n=1"),
            (Some("data:text/html,x"), false, 121, "n=1"),
        ] {
            let later = now() + jiff::SignedDuration::from_secs(age_seconds);
            let (sp, origin) = (
                url("http://127.0.0.1:80/"),
                initiator.map(|page| url(page).origin()),
            );
            let mut jar = Jar::default();
            jar.store(&by_hand(&sp), &set, now());
            let navigation = Navigation {
                url: &sp,
                initiator: origin.as_ref(),
                safe,
                top: None,
            };
            assert_eq!(
                jar.header(&navigation, later).as_deref(),
                Some(expected),
                "{initiator:?} {safe} {age_seconds}"
            );
        }
    }

    #[test]
    fn in_a_frame_of_another_site_only_what_says_so_is_sent_and_kept() {
        let set = [
            "n=1; SameSite=None; Secure",
            "l=1; SameSite=Lax",
            "d=1",
            "s=1; SameSite=Strict",
        ];
        let all = Some("n=1; l=1; d=1; s=1");
        let (here, elsewhere) = ("http://127.0.0.1:81/", "http://localhost:81/");
        for (top, initiator, sent, kept) in [
            (here, here, all, all),
            (elsewhere, elsewhere, Some("n=1"), Some("n=1")),
            // A form that the framed page posts to its own site is still in another site's frame.
            (elsewhere, here, Some("n=1"), Some("n=1")),
            (here, elsewhere, Some("n=1"), Some("n=1")),
        ] {
            let sp = url("http://127.0.0.1:80/");
            let (top, initiator) = (url(top).origin(), url(initiator).origin());
            let framed = Navigation {
                url: &sp,
                initiator: Some(&initiator),
                safe: true,
                top: Some(&top),
            };
            let mut jar = Jar::default();
            jar.store(&by_hand(&sp), &set, now());
            assert_eq!(
                jar.header(&framed, now()).as_deref(),
                sent,
                "{top:?} {initiator:?}"
            );
            let mut jar = Jar::default();
            jar.store(&framed, &set, now());
            assert_eq!(
                jar.header(&by_hand(&sp), now()).as_deref(),
                kept,
                "{top:?} {initiator:?}"
            );
        }
    }

    #[test]
    fn cookies_replace_each_other_and_are_sent_longest_path_first() {
        let at = "http://sp.test/a/b";
        let fields = [
            "x=old; Path=/",
            "y=1; Path=/a",
            "x=new; Path=/",
            "z=1; Path=/",
            "z=; Path=/; Max-Age=0",
        ];
        assert_eq!(sent(at, &fields, at).as_deref(), Some("y=1; x=new"));
        let long = format!("x={}", "v".repeat(COOKIE_BYTES_MAX));
        assert_eq!(sent(at, &[&long], at), None);
        let many: Vec<_> = (0..=COOKIES_MAX).map(|number| format!("c{number}=1")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let header = sent(at, &many, at).unwrap();
        assert!(
            header.starts_with("c1=1;") && header.ends_with("c300=1"),
            "{header}"
        );
    }

    proptest! {
        #[test]
        fn no_field_makes_the_jar_panic(fields in prop::collection::vec(".{0,200}", 0..5), path in "[/a-z%.]{0,20}") {
            let at = url("http://sp.test/").join(&path).unwrap_or_else(|_| url("http://sp.test/"));
            let fields: Vec<_> = fields.iter().map(String::as_str).collect();
            let mut jar = Jar::default();
            jar.store(&by_hand(&at), &fields, now());
            let _ = jar.header(&by_hand(&at), now());
        }

        #[test]
        fn a_plain_cookie_comes_back_as_it_was_set(name in "[a-zA-Z0-9_]{1,20}", value in "[!#-+\\--:<-\\[\\]-~]{0,40}") {
            prop_assume!(!name.to_ascii_lowercase().starts_with("__"));
            let at = "http://sp.test/";
            prop_assert_eq!(sent(at, &[&format!("{name}={value}")], at), Some(format!("{name}={value}")));
        }
    }
}
