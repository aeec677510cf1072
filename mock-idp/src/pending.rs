//! Sign-ons that wait for a user. They live here and not in the form, so nobody can put words into them; each is
//! bound to one browser by a cookie.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::limits::{PENDING_MAX, PENDING_MINUTES};
use crate::sign_on::RoutedRequest;

/// What a user signs in for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A response to an SP.
    Response(RoutedRequest),
    /// The My Apps page.
    MyApps,
}

/// A sign-on that waits.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    /// Tenant id.
    pub(crate) tenant: Uuid,
    /// The secret in the browser's cookie.
    pub(crate) browser: String,
    /// The form's `flowToken`.
    pub(crate) flow_token: String,
    /// What comes after.
    pub(crate) target: Target,
    /// When it began, by the real clock.
    pub(crate) since: Timestamp,
}

/// All of them, by the form's `ctx`; beyond [`PENDING_MAX`] the oldest is forgotten.
#[derive(Default)]
pub(crate) struct PendingSignOns(Mutex<Store>);

#[derive(Default)]
struct Store {
    by_context: HashMap<String, Pending>,
    /// `ctx` values, oldest first; some may be gone already.
    order: VecDeque<String>,
}

impl PendingSignOns {
    /// Lets a sign-on wait under `context`.
    pub(crate) fn add(&self, context: String, pending: Pending) {
        let mut store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if store.order.len() >= PENDING_MAX
            && let Some(oldest) = store.order.pop_front()
        {
            store.by_context.remove(&oldest);
        }
        store.order.push_back(context.clone());
        store.by_context.insert(context, pending);
    }

    /// The sign-on that waits under `context`, if it is this browser's, this form's and not too old.
    pub(crate) fn find(
        &self,
        context: &str,
        flow_token: &str,
        browser: Option<&str>,
        now: Timestamp,
    ) -> Option<Pending> {
        let store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pending = store.by_context.get(context)?;
        let age = now.duration_since(pending.since);
        let good = Some(pending.browser.as_str()) == browser
            && pending.flow_token == flow_token
            && age <= SignedDuration::from_mins(PENDING_MINUTES);
        good.then(|| pending.clone())
    }

    /// It waits no longer.
    pub(crate) fn remove(&self, context: &str) {
        let mut store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        store.by_context.remove(context);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pending_sign_on_is_one_browsers_and_expires() {
        let store = PendingSignOns::default();
        let since = Timestamp::UNIX_EPOCH;
        let pending = Pending {
            tenant: Uuid::nil(),
            browser: "b".into(),
            flow_token: "f".into(),
            target: Target::MyApps,
            since,
        };
        store.add("c".into(), pending.clone());
        let late = since + SignedDuration::from_mins(PENDING_MINUTES) + SignedDuration::from_secs(1);
        for (context, token, browser, now, expected) in [
            ("c", "f", Some("b"), since, true),
            ("d", "f", Some("b"), since, false),
            ("c", "g", Some("b"), since, false),
            ("c", "f", Some("x"), since, false),
            ("c", "f", None, since, false),
            ("c", "f", Some("b"), late, false),
        ] {
            assert_eq!(
                store.find(context, token, browser, now).is_some(),
                expected,
                "{context} {token} {browser:?} {now}"
            );
        }
        for number in 0..PENDING_MAX {
            store.add(number.to_string(), pending.clone());
        }
        assert!(
            store.find("c", "f", Some("b"), since).is_none(),
            "the oldest is forgotten"
        );
    }
}
