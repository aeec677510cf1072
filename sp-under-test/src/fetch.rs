//! Fetching an identity provider's metadata (contracts.md section 6): http(s) only, 1 MiB, 5 s, 3 redirects, no
//! link-local address (catalogue `meta-ssrf`).

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use url::{Host, Url};

/// The largest document.
const BYTES_MAX: usize = 1024 * 1024;
/// The longest time for everything, redirects included.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The most redirects.
const REDIRECTS_MAX: usize = 3;

/// Fetches documents within the limits.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher {
    client: Client,
}

impl Fetcher {
    /// A fetcher; nothing is connected yet.
    ///
    /// # Errors
    /// The TLS library could not be set up.
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        let policy = Policy::custom(|attempt| {
            if attempt.previous().len() > REDIRECTS_MAX {
                return attempt.error(format!("more than {REDIRECTS_MAX} redirects"));
            }
            match refuse(attempt.url()) {
                Some(reason) => attempt.error(reason),
                None => attempt.follow(),
            }
        });
        // A proxy of the environment would connect for us, to whatever address.
        let builder = Client::builder()
            .no_proxy()
            .redirect(policy)
            .dns_resolver(Checked);
        Ok(Self {
            client: builder.timeout(TIMEOUT).build()?,
        })
    }

    /// The document at `url`.
    ///
    /// # Errors
    /// A sentence about what went wrong; it does not show what the server answered.
    pub(crate) async fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        let url = Url::parse(url).map_err(|error| format!("this is not an address ({error})"))?;
        if let Some(reason) = refuse(&url) {
            return Err(reason.to_owned());
        }
        let response = self.client.get(url.clone()).send().await;
        let mut response = response.map_err(|error| sentence(&url, &error))?;
        if !response.status().is_success() {
            return Err(format!("{url} answered {}", response.status()));
        }
        let mut document = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| sentence(&url, &error))? {
            if document.len() + chunk.len() > BYTES_MAX {
                return Err(format!("the document at {url} is larger than {BYTES_MAX} bytes"));
            }
            document.extend_from_slice(&chunk);
        }
        Ok(document)
    }
}

/// The innermost reason: reqwest's own words say only that something failed.
fn sentence(url: &Url, error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("{url} did not answer within {} s", TIMEOUT.as_secs());
    }
    let mut reason: &dyn std::error::Error = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    format!("{url} cannot be fetched: {reason}")
}

/// Why an address is not even tried.
fn refuse(url: &Url) -> Option<&'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        return Some("only http and https addresses are fetched");
    }
    let literal = match url.host() {
        None => return Some("the address has no host"),
        Some(Host::Domain(_)) => return None,
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
    };
    is_link_local(literal).then_some("link-local addresses are not fetched")
}

fn is_link_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_link_local(),
        // An IPv4 address that translation gateways read out of an IPv6 one: compatible (RFC 4291 section 2.5.5.1), NAT64
        // (RFC 6052 section 2.1), 6to4 (RFC 3056).
        IpAddr::V6(address) => {
            address.is_unicast_link_local()
                || matches!(
                    address.segments(),
                    [0, 0, 0, 0, 0, 0, 0xa9fe, _]
                        | [0x64, 0xff9b, 0, 0, 0, 0, 0xa9fe, _]
                        | [0x2002, 0xa9fe, ..]
                )
        }
    }
}

/// Resolves names and leaves out the addresses that are not fetched, so that what was judged is what is connected to.
struct Checked;

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| !is_link_local(address.ip())).collect();
            if allowed.is_empty() {
                return Err("the name leads to no address that is fetched".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, response::Redirect, routing::get};

    use super::*;

    #[tokio::test]
    async fn what_is_not_fetched_is_refused_before_a_connection() {
        let fetcher = Fetcher::new().unwrap();
        for (url, reason) in [
            ("file:///etc/passwd", "only http and https"),
            ("ftp://localhost/x", "only http and https"),
            ("http://169.254.169.254/latest", "link-local"),
            ("http://[::ffff:169.254.169.254]/", "link-local"),
            ("http://0xa9fea9fe/", "link-local"),
            ("http://[fe80::1]/", "link-local"),
            ("http://2852039166/", "link-local"),
            ("http://[::169.254.169.254]/", "link-local"),
            ("http://[64:ff9b::169.254.169.254]/", "link-local"),
            ("http://[2002:a9fe:a9fe::1]/", "link-local"),
            ("nonsense", "not an address"),
        ] {
            let refusal = fetcher.fetch(url).await.unwrap_err();
            assert!(refusal.contains(reason), "{url}: {refusal}");
        }
    }

    #[tokio::test]
    async fn redirects_and_sizes_have_limits() {
        let redirect = |to: &'static str| get(move || async move { Redirect::temporary(to) });
        let routes = Router::new()
            .route("/3", redirect("/2"))
            .route("/4", redirect("/3"))
            .route("/2", redirect("/1"))
            .route("/1", redirect("/0"))
            .route("/0", get(|| async { "here" }))
            .route("/away", redirect("http://169.254.169.254/"))
            .route("/file", redirect("file:///etc/passwd"))
            .route("/most", get(|| async { vec![b'a'; BYTES_MAX] }))
            .route("/large", get(|| async { vec![b'a'; BYTES_MAX + 1] }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let fetcher = Fetcher::new().unwrap();
        let fetch = async |path: &str| fetcher.fetch(&format!("{base}{path}")).await;
        assert_eq!(fetch("/3").await.unwrap(), b"here");
        assert_eq!(fetch("/most").await.unwrap().len(), BYTES_MAX);
        for (path, reason) in [
            ("/4", "more than 3 redirects"),
            ("/away", "link-local"),
            ("/file", "http"),
            ("/large", "larger than"),
            ("/nowhere", "404"),
        ] {
            let refusal = fetch(path).await.unwrap_err();
            assert!(refusal.contains(reason), "{path}: {refusal}");
        }
    }
}
