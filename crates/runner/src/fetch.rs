//! Fetching a metadata document: http(s) only, 1 MiB, 5 s, 3 redirects, no link-local address
//! (contracts.md section 6).

use std::net::IpAddr;
use std::time::Duration;

use url::{Host, Url};

use crate::text::causes;

/// The largest metadata document, in bytes.
pub const METADATA_BYTES_MAX: usize = 1024 * 1024;
/// How long a fetch may take, all redirects included.
pub const METADATA_TIMEOUT: Duration = Duration::from_secs(5);
/// How many redirects are followed.
pub const METADATA_REDIRECTS_MAX: usize = 3;

/// Why a document was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Not an address that is fetched.
    #[error("{0} is not fetched: expected http or https, and no link-local address")]
    Address(String),
    /// No answer.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// An answer that is not the document.
    #[error("it answered {0}")]
    Status(u16),
    /// Too large.
    #[error("it is larger than {METADATA_BYTES_MAX} bytes")]
    TooLarge,
    /// Too many redirects.
    #[error("it redirects more than {METADATA_REDIRECTS_MAX} times")]
    Redirects,
}

/// Fetches the document at `address`.
///
/// # Errors
/// [`FetchError`].
pub async fn metadata(address: &str) -> Result<Vec<u8>, FetchError> {
    let fetch = follow(address);
    let late = || FetchError::Unreachable(format!("nothing within {} s", METADATA_TIMEOUT.as_secs()));
    tokio::time::timeout(METADATA_TIMEOUT, fetch)
        .await
        .map_err(|_| late())?
}

async fn follow(address: &str) -> Result<Vec<u8>, FetchError> {
    let http = crate::agent::client().map_err(|error| FetchError::Unreachable(causes(&error)))?;
    let mut url = Url::parse(address).map_err(|_| FetchError::Address(address.to_owned()))?;
    for _ in 0..=METADATA_REDIRECTS_MAX {
        if !is_fetched(&url) || leads_to_link_local(&url).await {
            return Err(FetchError::Address(url.to_string()));
        }
        let unreachable = |error: reqwest::Error| FetchError::Unreachable(causes(&error));
        let mut answer = http.get(url.clone()).send().await.map_err(unreachable)?;
        let status = answer.status();
        if status.is_redirection() {
            let location = answer
                .headers()
                .get("location")
                .and_then(|value| value.to_str().ok());
            let next = location.and_then(|location| url.join(location).ok());
            url = next.ok_or(FetchError::Status(status.as_u16()))?;
            continue;
        }
        if !status.is_success() {
            return Err(FetchError::Status(status.as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > METADATA_BYTES_MAX {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        return Ok(body);
    }
    Err(FetchError::Redirects)
}

/// Clouds answer secrets on link-local addresses.
fn is_fetched(url: &Url) -> bool {
    let link_local = match url.host() {
        Some(Host::Ipv4(address)) => is_link_local(address.into()),
        Some(Host::Ipv6(address)) => is_link_local(address.into()),
        Some(Host::Domain(_)) => false,
        None => return false,
    };
    matches!(url.scheme(), "http" | "https") && !link_local
}

/// Whether a name stands for a link-local address. A name that cannot be resolved fails later, with its reason.
async fn leads_to_link_local(url: &Url) -> bool {
    let (Some(Host::Domain(name)), Some(port)) = (url.host(), url.port_or_known_default()) else {
        return false;
    };
    match tokio::net::lookup_host((name, port)).await {
        Ok(mut addresses) => addresses.any(|address| is_link_local(address.ip())),
        Err(_) => false,
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn documents_are_fetched_through_redirects_and_limits_hold() {
        use axum::http::{StatusCode, Uri, header};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        // `/3` redirects three times, then answers; `/big` answers too much.
        let answer = |uri: Uri| async move {
            match uri.path().trim_start_matches('/').parse::<usize>() {
                Ok(0) => (
                    StatusCode::OK,
                    [(header::LOCATION, String::new())],
                    "<m/>".to_owned(),
                ),
                Ok(left) => (
                    StatusCode::FOUND,
                    [(header::LOCATION, format!("/{}", left - 1))],
                    String::new(),
                ),
                Err(_) if uri.path() == "/big" => (
                    StatusCode::OK,
                    [(header::LOCATION, String::new())],
                    "a".repeat(METADATA_BYTES_MAX + 1),
                ),
                Err(_) => (
                    StatusCode::NOT_FOUND,
                    [(header::LOCATION, String::new())],
                    String::new(),
                ),
            }
        };
        tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
        for (path, expected) in [
            ("/0", Ok(b"<m/>".to_vec())),
            ("/3", Ok(b"<m/>".to_vec())),
            ("/4", Err("it redirects more than 3 times")),
            ("/big", Err("it is larger than 1048576 bytes")),
            ("/none", Err("it answered 404")),
        ] {
            let fetched = metadata(&format!("{base}{path}")).await;
            let expected = expected.map_err(ToOwned::to_owned);
            assert_eq!(fetched.map_err(|error| error.to_string()), expected, "{path}");
        }
    }

    #[test]
    fn only_http_and_no_link_local_address_is_fetched() {
        for (url, expected) in [
            ("http://127.0.0.1:1/m", true),
            ("https://sp.example/m", true),
            ("file:///etc/passwd", false),
            ("ftp://sp.example/", false),
            ("http://169.254.169.254/latest", false),
            ("http://[fe80::1]/", false),
            ("http://[::ffff:169.254.1.1]/", false),
        ] {
            assert_eq!(is_fetched(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
