//! Where the answer goes (entra-behaviour.md 2.4).

use saml_model::AuthnRequest;

use crate::errors::{self, Stop};
use crate::tenant::App;

/// What stands for one or more labels of a host name.
const WILDCARD: &str = "*.";

/// The reply URL that a request asks for, where it is registered; else the default.
///
/// # Errors
/// 50011, 500113.
pub(super) fn asked_for(request: &AuthnRequest, issuer: &str, app: &App) -> Result<String, Stop> {
    let Some(asked) = &request.acs_url else {
        return indexed(request.acs_index, app).map_or_else(|| default(app), Ok);
    };
    let known = &app.entry.reply_urls;
    let mut addresses = known.iter().filter(|known| !is_pattern(known));
    if addresses.any(|known| is_same(known, asked)) {
        return Ok(asked.clone());
    }
    let plain = without_query(asked);
    if known.iter().any(|known| is_matched(known, plain)) {
        return Ok(plain.to_owned());
    }
    Err(Stop::new(
        errors::REPLY_URL,
        &[("acs", asked), ("issuer", issuer)],
    ))
}

/// The first that is an address and no pattern.
///
/// # Errors
/// 500113.
pub(super) fn default(app: &App) -> Result<String, Stop> {
    let mut addresses = app.entry.reply_urls.iter().filter(|url| !is_pattern(url));
    let first = addresses.next().cloned();
    first.ok_or_else(|| Stop::new(errors::NO_REPLY_URL, &[]))
}

/// The portal shows an index beside each reply URL; that `AssertionConsumerServiceIndex` chooses by it is not
/// documented (uncertain). One that nothing has is ignored.
fn indexed(index: Option<u16>, app: &App) -> Option<String> {
    let url = app.entry.reply_urls.get(usize::from(index?))?;
    (!is_pattern(url)).then(|| url.clone())
}

/// Character by character, but for the host's case (uncertain): path case, explicit ports and trailing slashes count.
/// On `localhost` the port is ignored.
fn is_same(known: &str, asked: &str) -> bool {
    match (Parts::of(known), Parts::of(asked)) {
        (Some(known), Some(asked)) => {
            let localhost = known.host.eq_ignore_ascii_case("localhost");
            known.scheme == asked.scheme
                && known.host.eq_ignore_ascii_case(asked.host)
                && (known.port == asked.port || localhost)
                && known.rest == asked.rest
        }
        _ => known == asked,
    }
}

/// By a wildcard in the host's place; all else as without.
fn is_matched(pattern: &str, asked: &str) -> bool {
    let (Some(pattern), Some(asked)) = (Parts::of(pattern), Parts::of(asked)) else {
        return false;
    };
    let Some(domain) = pattern.host.strip_prefix(WILDCARD) else {
        return false;
    };
    // The dot belongs to what must be there, and something in front of it.
    let labels = asked.host.len().checked_sub(domain.len() + 1);
    let is_below = labels.filter(|labels| *labels > 0).is_some_and(|labels| {
        let (labels, tail) = (asked.host.get(..labels), asked.host.get(labels..));
        let is_host = |labels: &str| labels.split('.').all(is_label);
        labels.is_some_and(is_host)
            && tail
                .and_then(|tail| tail.strip_prefix('.'))
                .is_some_and(|tail| tail.eq_ignore_ascii_case(domain))
    });
    is_below && pattern.scheme == asked.scheme && pattern.port == asked.port && pattern.rest == asked.rest
}

/// Nothing that ends a host for a browser, or begins one, gets past a wildcard.
fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn is_pattern(url: &str) -> bool {
    Parts::of(url).is_some_and(|parts| parts.host.starts_with(WILDCARD))
}

fn without_query(url: &str) -> &str {
    url.find(['?', '#']).map_or(url, |end| &url[..end])
}

/// An address as it is written, cut and not normalised.
#[derive(PartialEq)]
struct Parts<'u> {
    scheme: &'u str,
    host: &'u str,
    port: Option<&'u str>,
    rest: &'u str,
}

impl<'u> Parts<'u> {
    fn of(url: &'u str) -> Option<Self> {
        let (scheme, tail) = url.split_once("://")?;
        let end = tail.find(['/', '?', '#']).unwrap_or(tail.len());
        let (authority, rest) = tail.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, Some(port)),
            _ => (authority, None),
        };
        Some(Self {
            scheme,
            host,
            port,
            rest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// entra-behaviour.md 2.4.
    #[test]
    fn reply_urls_match_as_they_are_written() {
        let known = "https://sp.example/saml2/acs";
        for (known, asked, expected) in [
            (known, known, true),
            (known, "https://SP.example/saml2/acs", true),
            (known, "https://sp.example/Saml2/acs", false),
            (known, "https://sp.example/saml2/acs/", false),
            (known, "https://sp.example:443/saml2/acs", false),
            (known, "http://sp.example/saml2/acs", false),
            (known, "https://sp.example/saml2/acs?x", false),
            ("http://localhost:3000/acs", "http://localhost:4000/acs", true),
            ("http://localhost:3000/acs", "http://localhost:4000/bcs", false),
            ("http://127.0.0.1:3000/acs", "http://127.0.0.1:4000/acs", false),
            ("urn:x", "urn:x", true),
        ] {
            assert_eq!(is_same(known, asked), expected, "{known} {asked}");
        }
    }

    /// entra-behaviour.md 2.4, wildcards. What is not below the domain is never taken for it.
    #[test]
    fn a_wildcard_stands_for_labels_in_front_of_its_domain() {
        let pattern = "https://*.contoso.com/acs";
        for (asked, expected) in [
            ("https://app.contoso.com/acs", true),
            ("https://a.b-1.contoso.com/acs", true),
            ("https://APP.Contoso.com/acs", true),
            ("https://contoso.com/acs", false),
            ("https://.contoso.com/acs", false),
            ("https://a..contoso.com/acs", false),
            ("https://evilcontoso.com/acs", false),
            ("https://evil.test\\.contoso.com/acs", false),
            ("https://user@a.contoso.com/acs", false),
            ("https://évil.test/.contoso.com/acs", false),
            ("https://evil.test:1@a.contoso.com/acs", false),
            ("http://app.contoso.com/acs", false),
            ("https://app.contoso.com:8443/acs", false),
            ("https://app.contoso.com/Acs", false),
            ("https://app.contoso.com/acs/more", false),
            ("https://app.contoso.com.evil.test/acs", false),
            ("urn:x", false),
        ] {
            assert_eq!(is_matched(pattern, asked), expected, "{asked}");
        }
        assert!(!is_matched(
            "https://contoso.com/acs",
            "https://app.contoso.com/acs"
        ));
        assert_eq!(without_query("https://a/b?c#d"), "https://a/b");
        assert_eq!(without_query("https://a/b#d?c"), "https://a/b");
    }
}
