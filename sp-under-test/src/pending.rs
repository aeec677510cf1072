//! Requests, to sign in or to sign out, that are waiting for their answer, each for one browser (catalogue `env-inresponseto-*`, `sess-state-store-flood`).

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// The most requests that wait at one personality; beyond it the oldest is given up.
pub(crate) const PENDING_MAX: usize = 1000;

/// How long a request waits.
const PENDING_LIFETIME: SignedDuration = SignedDuration::from_hours(1);

#[derive(Debug)]
struct Request {
    id: String,
    browser: String,
    expires: Timestamp,
}

/// The requests, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    requests: VecDeque<Request>,
}

impl Pending {
    /// A request of `browser` goes out.
    pub(crate) fn add(&mut self, id: &str, browser: &str, now: Timestamp) {
        self.requests.retain(|request| now < request.expires);
        if self.requests.len() >= PENDING_MAX {
            self.requests.pop_front();
        }
        self.requests.push_back(Request {
            id: id.to_owned(),
            browser: browser.to_owned(),
            expires: now.saturating_add(PENDING_LIFETIME).unwrap_or(Timestamp::MAX),
        });
    }

    /// Whether `browser` has a request waiting at all, so that its key may be kept for another one: two tabs.
    pub(crate) fn knows(&self, browser: &str) -> bool {
        self.requests.iter().any(|request| request.browser == browser)
    }

    /// Whether the request waits for an answer in one of `browsers`.
    pub(crate) fn waits(&self, id: &str, browsers: &[String], now: Timestamp) -> bool {
        self.requests
            .iter()
            .any(|request| request.id == id && browsers.contains(&request.browser) && now < request.expires)
    }

    /// When the request went out, while it waits.
    pub(crate) fn sent(&self, id: &str) -> Option<Timestamp> {
        let request = self.requests.iter().find(|request| request.id == id)?;
        request.expires.checked_sub(PENDING_LIFETIME).ok()
    }

    /// The request has its answer.
    pub(crate) fn consume(&mut self, id: &str) {
        self.requests.retain(|request| request.id != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_waits_once_for_an_hour_in_its_own_browser() {
        let start: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let mut pending = Pending::default();
        let (ours, theirs) = (["ours".to_owned()], ["theirs".to_owned()]);
        pending.add("_1", "ours", start);
        pending.add("_2", "ours", start);
        assert!(pending.knows("ours") && !pending.knows("theirs"));
        assert!(pending.waits("_1", &ours, start) && pending.waits("_2", &ours, start));
        assert_eq!((pending.sent("_1"), pending.sent("_3")), (Some(start), None));
        assert!(!pending.waits("_1", &theirs, start) && !pending.waits("_1", &[], start));
        let hour = start + SignedDuration::from_hours(1);
        assert!(pending.waits("_1", &ours, hour - SignedDuration::from_secs(1)));
        assert!(!pending.waits("_1", &ours, hour));
        pending.consume("_1");
        assert!(!pending.waits("_1", &ours, start) && pending.waits("_2", &ours, start));
        for request in 0..PENDING_MAX {
            pending.add(&format!("_x{request}"), "ours", start);
        }
        assert_eq!(pending.requests.len(), PENDING_MAX);
        assert!(!pending.waits("_2", &ours, start) && pending.waits("_x0", &ours, start));
    }
}
