//! `RelayState`, which anybody may have written, to a place on this site (catalogue `bind-relaystate-*`).

use percent_encoding::percent_decode_str;
use url::Url;

/// The longest RelayState that is followed, in octets. SAML asks for 80 (saml-bindings 3.5.3); Entra passes longer
/// ones on.
pub(crate) const RELAY_STATE_MAX: usize = 1024;

/// Pages that would start over, end the session or refuse: never a place to go after a sign-on.
const NOT_A_TARGET: &[&str] = &["login", "acs", "logout", "slo"];

/// Escapes that could turn into a separator or a control character further on.
const REFUSED_ESCAPES: &[&str] = &["%2f", "%5c", "%7f", "%25"];

/// The local path (with query) that a RelayState names on the site at `base_url`, in normal form; `None` where it is
/// anything else.
#[must_use]
pub(crate) fn local_path(relay_state: &str, base_url: &Url) -> Option<String> {
    if relay_state.len() > RELAY_STATE_MAX || !relay_state.starts_with('/') {
        return None;
    }
    let printable = relay_state
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if !printable || has_refused_escape(relay_state) {
        return None;
    }
    let target = base_url.join(relay_state).ok()?;
    // A path that begins with two slashes names a host; `/.//host` normalises to one.
    if target.origin() != base_url.origin() || target.path().contains("//") {
        return None;
    }
    if !target.username().is_empty() || target.password().is_some() {
        return None;
    }
    // The router decodes before it compares.
    let segments: Result<Vec<_>, _> = target
        .path()
        .trim_end_matches('/')
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8())
        .collect();
    let segments = segments.ok()?;
    let last = segments.last()?;
    if NOT_A_TARGET.contains(&last.to_ascii_lowercase().as_str()) {
        return None;
    }
    Some(match target.query() {
        Some(query) => format!("{}?{query}", target.path()),
        None => target.path().to_owned(),
    })
}

fn has_refused_escape(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    // %00 to %1f are control characters.
    let control = text.contains("%0") || text.contains("%1");
    control || REFUSED_ESCAPES.iter().any(|escape| text.contains(escape))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn base() -> Url {
        "http://127.0.0.1:8081".parse().unwrap()
    }

    #[test]
    fn only_local_paths_are_followed() {
        for (relay_state, expected) in [
            ("/i/upsales", Some("/i/upsales")),
            (
                "/i/upsales/accounts?a=b&c=%20d",
                Some("/i/upsales/accounts?a=b&c=%20d"),
            ),
            ("/i/./upsales/../upwork#fragment", Some("/i/upwork")),
            ("/a?next=http://evil.example", Some("/a?next=http://evil.example")),
            ("/@evil.example", Some("/@evil.example")),
            ("/\"><script>", Some("/%22%3E%3Cscript%3E")),
            ("", None),
            ("relative", None),
            ("https://evil.example/", None),
            ("https:evil.example", None),
            ("http:/evil.example", None),
            ("//evil.example", None),
            ("///evil.example", None),
            ("/\\evil.example", None),
            ("\\\\evil.example", None),
            ("/.//evil.example", None),
            ("/a/..//evil.example", None),
            ("/%2e//evil.example", None),
            ("/%2f/evil.example", None),
            ("/%2F%2Fevil.example", None),
            ("/%5cevil.example", None),
            ("/%252fevil.example", None),
            ("/\t/evil.example", None),
            ("/\r\nSet-Cookie: a=b", None),
            ("/%0d%0aSet-Cookie:a=b", None),
            ("/\u{0}", None),
            ("/ü", None),
            ("/ a", None),
            (" /a", None),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("http://127.0.0.1:8081@evil.example/", None),
            ("http://127.0.0.1:8081/i/upsales", None),
            ("/i/upsales/login", None),
            ("/i/upsales/LOGIN?x", None),
            ("/i/upsales/login/", None),
            ("/i/upsales/x/../acs", None),
            ("/i/sipgate/sipgate-sso-1234567/acs", None),
            ("/i/upsales/logout", None),
            ("/i/upsales/slo?SAMLRequest=x", None),
            ("/i/upsales/%6Cogout", None),
            ("/i/upsales/%6cogin/", None),
            ("/i/upsales/log%4Fut?x", None),
            ("/i/upsales/%61%63%73", None),
            ("/i/upsales/a/../sl%6f#x", None),
            ("/i/upsales/%256Cogout", None),
            ("/i/upsales/%ff", None),
            ("/i/%c3/upsales", None),
            ("/i/upsales/%C3%BC", Some("/i/upsales/%C3%BC")),
            ("/i/upsales/%61ccounts", Some("/i/upsales/%61ccounts")),
        ] {
            assert_eq!(
                local_path(relay_state, &base()).as_deref(),
                expected,
                "{relay_state:?}"
            );
        }
        let long = |length: usize| format!("/{}", "a".repeat(length - 1));
        assert!(local_path(&long(RELAY_STATE_MAX), &base()).is_some());
        assert_eq!(local_path(&long(RELAY_STATE_MAX + 1), &base()), None);
    }

    proptest! {
        #[test]
        fn nothing_leaves_the_site(relay_state in r#"[/\\]{0,3}(\PC|[/\\.%@:?#\t\r\n]|%[0-9a-f]{2}|evil|http:){0,24}"#) {
            if let Some(path) = local_path(&relay_state, &base()) {
                prop_assert!(path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'));
                prop_assert!(path.starts_with('/') && !path.starts_with("//"));
                prop_assert_eq!(base().join(&path).unwrap().origin(), base().origin());
                prop_assert_eq!(local_path(&path, &base()), Some(path));
            }
        }
    }
}
