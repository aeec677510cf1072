//! Who may use a control route (contracts.md section 6): Host and Origin are always checked, the token off
//! loopback. A page in a browser cannot reach a control API through DNS rebinding or a cross-site post.

/// The default port of http.
const HTTP_PORT: u16 = 80;

/// The rule of one listener.
#[derive(Clone, Debug)]
pub struct Guard {
    /// Host header values that are served, lower case: `localhost:8080`, `127.0.0.1:8080`, …; where the port is the
    /// scheme's default, with and without it.
    hosts: Vec<String>,
    /// The control token.
    token: String,
    /// Whether a request without the token is refused.
    token_required: bool,
}

/// Why a request to a control route was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The Host header names neither loopback nor a configured URL.
    #[error(
        "this Host is not served here: use an address that the ready file names; --public-url and --internal-url give the identity provider further ones"
    )]
    Host,
    /// The Origin header names another site.
    #[error("a page of another site may not use the control API")]
    Origin,
    /// The token is missing or wrong.
    #[error(
        "the control token is missing or wrong: send it as `Authorization: Bearer TOKEN`; it is in the ready file (--ready-file)"
    )]
    Token,
}

impl Guard {
    /// A guard for a listener on `port` that is also reached as each of `urls`.
    #[must_use]
    pub fn new(port: u16, urls: &[url::Url], token: String, token_required: bool) -> Self {
        let mut hosts = Vec::new();
        for name in ["localhost", "127.0.0.1", "[::1]"] {
            hosts.push(format!("{name}:{port}"));
            // Clients leave the default port out of the header (RFC 9110, 7.2); the listener itself speaks http.
            if port == HTTP_PORT {
                hosts.push(name.to_owned());
            }
        }
        for url in urls {
            hosts.extend(authority(url));
            // `Url` has no port where it is the scheme's default, written or not.
            let without_port = url.host_str().filter(|_| url.port().is_none());
            hosts.extend(without_port.map(str::to_ascii_lowercase));
        }
        Self {
            hosts,
            token,
            token_required,
        }
    }

    /// Judges one request by its `Host`, `Origin` and `Authorization` headers.
    ///
    /// # Errors
    /// The first rule that the request breaks.
    pub fn check(
        &self,
        host: Option<&str>,
        origin: Option<&str>,
        authorization: Option<&str>,
    ) -> Result<(), Refusal> {
        self.check_host(host)?;
        if let Some(origin) = origin {
            let authority = url::Url::parse(origin).ok().as_ref().and_then(authority);
            if !authority.is_some_and(|authority| self.hosts.contains(&authority)) {
                return Err(Refusal::Origin);
            }
        }
        let presented = authorization.and_then(|value| value.strip_prefix("Bearer "));
        match presented {
            Some(token) if same(token.as_bytes(), self.token.as_bytes()) => Ok(()),
            None if !self.token_required => Ok(()),
            _ => Err(Refusal::Token),
        }
    }

    /// Judges the `Host` header alone, as pages do that change nothing.
    ///
    /// # Errors
    /// [`Refusal::Host`] when the name is not served here.
    pub fn check_host(&self, host: Option<&str>) -> Result<(), Refusal> {
        let host = host.ok_or(Refusal::Host)?.to_ascii_lowercase();
        if self.hosts.contains(&host) {
            Ok(())
        } else {
            Err(Refusal::Host)
        }
    }
}

/// Whether an address is this machine's own: others do not come by it.
#[must_use]
pub fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// `host:port` of a URL, lower case, with the scheme's default port filled in.
fn authority(url: &url::Url) -> Option<String> {
    Some(format!(
        "{}:{}",
        url.host_str()?.to_ascii_lowercase(),
        url.port_or_known_default()?
    ))
}

/// Compares without leaving early, so that time does not tell how much of a token was right.
fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_needs_no_token_but_the_right_host_and_origin() {
        let guard = Guard::new(8080, &[], "secret".into(), false);
        for (host, origin, bearer, expected) in [
            (Some("localhost:8080"), None, None, Ok(())),
            (
                Some("127.0.0.1:8080"),
                Some("http://localhost:8080"),
                None,
                Ok(()),
            ),
            (Some("localhost:8080"), None, Some("Bearer secret"), Ok(())),
            (
                Some("localhost:8080"),
                None,
                Some("Bearer wrong"),
                Err(Refusal::Token),
            ),
            (
                Some("evil.example:8080"),
                None,
                Some("Bearer secret"),
                Err(Refusal::Host),
            ),
            (
                Some("localhost:8080"),
                Some("https://evil.example"),
                None,
                Err(Refusal::Origin),
            ),
            (Some("localhost:8080"), Some("null"), None, Err(Refusal::Origin)),
            (None, None, None, Err(Refusal::Host)),
        ] {
            assert_eq!(
                guard.check(host, origin, bearer),
                expected,
                "{host:?} {origin:?} {bearer:?}"
            );
        }
    }

    /// RFC 9110, 7.2: a default port is left out, and may be written.
    #[test]
    fn a_default_port_may_be_left_out_and_no_other() {
        for (port, url, served, refused) in [
            (
                8080,
                "https://idp.example",
                &["idp.example", "IDP.example", "idp.example:443"][..],
                &["idp.example:80", "idp.example:8080", "localhost", "example"][..],
            ),
            (
                8080,
                "https://idp.example:443/",
                &["idp.example", "idp.example:443"],
                &["idp.example:80"],
            ),
            (
                8080,
                "http://idp.example",
                &["idp.example", "idp.example:80"],
                &["idp.example:443"],
            ),
            (
                8080,
                "https://idp.example:8443",
                &["idp.example:8443"],
                &["idp.example", "idp.example:443"],
            ),
            (
                8080,
                "http://idp.example:443",
                &["idp.example:443"],
                &["idp.example"],
            ),
            (
                80,
                "http://idp.example:9000",
                &["localhost", "[::1]", "127.0.0.1:80"],
                &["idp.example"],
            ),
        ] {
            let guard = Guard::new(port, &[url.parse().unwrap()], "secret".into(), false);
            for host in served {
                assert_eq!(guard.check_host(Some(host)), Ok(()), "{url} {host}");
            }
            for host in refused {
                assert_eq!(guard.check_host(Some(host)), Err(Refusal::Host), "{url} {host}");
            }
        }
        let guard = Guard::new(
            8080,
            &["https://idp.example".parse().unwrap()],
            "secret".into(),
            false,
        );
        let from = |origin| guard.check(Some("idp.example"), Some(origin), None);
        assert_eq!(from("https://idp.example"), Ok(()));
        assert_eq!(from("http://idp.example"), Err(Refusal::Origin));
    }

    #[test]
    fn off_loopback_the_token_is_demanded() {
        let public = "https://idp.test".parse().unwrap();
        let guard = Guard::new(8080, &[public], "secret".into(), true);
        assert_eq!(guard.check(Some("idp.test:443"), None, None), Err(Refusal::Token));
        assert_eq!(
            guard.check(Some("idp.test:443"), None, Some("Bearer secret")),
            Ok(())
        );
    }
}
