//! Where the browser is not led: once an attack has reached the SP, a redirect of the SP to somebody else's site is told
//! instead of followed.

use url::{Origin, Url};

use super::{Agent, AgentError, Page, hops};
use crate::hosts;

/// What keeps the browser from leaving.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fence {
    /// The sites that take part in the sign-on.
    pub(crate) known: Vec<Origin>,
    /// Hosts that may be visited besides loopback and private ranges.
    pub(crate) allowed: Vec<String>,
    /// What the attack told the SP, and that may name where it wants the browser.
    pub(crate) lures: Vec<String>,
    /// Whether the RelayState is one of them.
    pub(crate) relay_state_lures: bool,
}

/// Where a browser was led that it does not go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Led {
    /// To where the attack wanted it.
    Astray,
    /// To somebody else's.
    Outside,
}

impl Fence {
    /// Whether the browser is not to be led to `url`.
    pub(crate) async fn stops(&self, url: &Url) -> Option<Led> {
        if self.known.contains(&url.origin()) {
            return None;
        }
        if self.is_lure(url) {
            return Some(Led::Astray);
        }
        let outside = hosts::outside(url, &self.allowed).await;
        outside.map(|_| Led::Outside)
    }

    /// Whether what is no address at all, such as `javascript:…`, is what the attack told.
    pub(crate) fn tells(&self, location: &str) -> bool {
        let location = location.trim();
        !location.is_empty() && self.lures.iter().any(|lure| lure.contains(location))
    }

    /// Whether the attack named this host, and the port where it is not the scheme's own.
    fn is_lure(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else {
            return false;
        };
        let place = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        self.lures
            .iter()
            .any(|lure| lure.to_ascii_lowercase().contains(&place))
    }
}

impl Agent {
    /// From now on the browser is led no further than `fence` allows; `None`: wherever a site leads it.
    pub(crate) fn stay_within(&mut self, fence: Option<Fence>) {
        self.fence = fence;
    }

    /// Refuses to be led outside the fence.
    pub(crate) async fn must_stay(&self, url: &Url) -> Result<(), AgentError> {
        let Some(fence) = &self.fence else { return Ok(()) };
        match fence.stops(url).await {
            None => Ok(()),
            Some(Led::Astray) => Err(AgentError::Astray(hops::without_query(url))),
            Some(Led::Outside) => Err(AgentError::Outside {
                address: hops::without_query(url),
                host: url.host_str().unwrap_or_default().to_owned(),
            }),
        }
    }

    /// Of a redirect every `Location` counts: another one may have been smuggled in.
    pub(super) async fn must_not_be_led(&self, page: &Page) -> Result<(), AgentError> {
        let Some(fence) = &self.fence else { return Ok(()) };
        let locations = page.headers.iter().filter(|(name, _)| name == "location");
        for (_, location) in locations {
            match page.url.join(location) {
                Ok(url) if matches!(url.scheme(), "http" | "https") => self.must_stay(&url).await?,
                _ if fence.tells(location) => return Err(AgentError::Astray(location.clone())),
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_browser_stays_where_it_may_be_led() {
        let known = Url::parse("http://127.0.0.1:1/").unwrap().origin();
        let fence = |lure: &str| Fence {
            known: vec![known.clone()],
            allowed: vec!["198.51.100.7".to_owned()],
            lures: vec![lure.to_owned()],
            relay_state_lures: false,
        };
        for (lure, target, expected) in [
            ("//evil.test", "http://evil.test/", Some(Led::Astray)),
            (
                "http://127.0.0.1:1/acs@EVIL.test/",
                "http://evil.test/",
                Some(Led::Astray),
            ),
            ("http://127.0.0.1:9/", "http://127.0.0.1:9/x", Some(Led::Astray)),
            ("http://127.0.0.1:1/", "http://127.0.0.1:1/x", None),
            ("/home", "http://127.0.0.1:2/home", None),
            ("/home", "http://192.0.2.1/home", Some(Led::Outside)),
            ("/home", "http://198.51.100.7/home", None),
        ] {
            let target = Url::parse(target).unwrap();
            assert_eq!(fence(lure).stops(&target).await, expected, "{lure} {target}");
        }
        assert!(fence("a javascript:alert(1)").tells(" javascript:alert(1)"));
        assert!(!fence("/home").tells("mailto:a@b") && !fence("/home").tells(""));
    }
}
