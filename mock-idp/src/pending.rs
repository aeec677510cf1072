//! Sign-ons that wait for a user. They live here and not in the form, so nobody can put words into them; each is
//! bound to one browser by a cookie.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::limits::{PENDING_MAX, PENDING_MINUTES};
use crate::sign_in::Step;
use crate::sign_on::{RoutedRequest, Wishes};

/// What a user signs in for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A response to an SP.
    Response(RoutedRequest),
    /// The My Apps page, perhaps of this user.
    MyApps { login_hint: Option<String> },
}

impl Target {
    /// The application; `None` for My Apps.
    pub(crate) fn app(&self) -> Option<Uuid> {
        match self {
            Self::Response(request) => Some(request.app()),
            Self::MyApps { .. } => None,
        }
    }

    /// What it says about the sign-in.
    pub(crate) fn wishes(&self) -> Wishes {
        match self {
            Self::Response(request) => request.wishes.clone(),
            Self::MyApps { login_hint } => Wishes {
                login_hint: login_hint.clone().filter(|hint| !hint.is_empty()),
                ..Wishes::default()
            },
        }
    }
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
    /// What the user is asked.
    pub(crate) step: Step,
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

    /// Lets `judge` say what an answer to the sign-on that waits under `context` leads to, if it is this tenant's,
    /// this browser's, this form's and not too old: the next step, or `None` where it waits no longer. Two answers to
    /// one step come one after the other.
    pub(crate) fn answer<T>(
        &self,
        key: &Key<'_>,
        now: Timestamp,
        judge: impl FnOnce(&Pending) -> (Option<Step>, T),
    ) -> Option<(Pending, T)> {
        let mut store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pending = store.by_context.get_mut(key.context)?;
        let age = now.duration_since(pending.since);
        let good = pending.tenant == key.tenant
            && Some(pending.browser.as_str()) == key.browser
            && pending.flow_token == key.flow_token
            && age <= SignedDuration::from_mins(PENDING_MINUTES);
        if !good {
            return None;
        }
        let (step, judged) = judge(pending);
        match step {
            Some(step) => {
                pending.step = step;
                Some((pending.clone(), judged))
            }
            None => Some((store.by_context.remove(key.context)?, judged)),
        }
    }
}

/// What a form must say to speak for a sign-on that waits.
pub(crate) struct Key<'k> {
    /// Tenant id.
    pub(crate) tenant: Uuid,
    /// `ctx`.
    pub(crate) context: &'k str,
    /// `flowToken`.
    pub(crate) flow_token: &'k str,
    /// The secret in the browser's cookie.
    pub(crate) browser: Option<&'k str>,
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
            target: Target::MyApps { login_hint: None },
            step: Step::PickAccount,
            since,
        };
        store.add("c".into(), pending.clone());
        let late = since + SignedDuration::from_mins(PENDING_MINUTES) + SignedDuration::from_secs(1);
        let key = |context, flow_token, browser, tenant| Key {
            tenant: Uuid::from_u128(tenant),
            context,
            flow_token,
            browser,
        };
        let stay = |pending: &Pending| (Some(pending.step.clone()), ());
        for (key, now, expected) in [
            (key("c", "f", Some("b"), 0), since, true),
            (key("d", "f", Some("b"), 0), since, false),
            (key("c", "g", Some("b"), 0), since, false),
            (key("c", "f", Some("x"), 0), since, false),
            (key("c", "f", None, 0), since, false),
            (key("c", "f", Some("b"), 1), since, false),
            (key("c", "f", Some("b"), 0), late, false),
        ] {
            assert_eq!(store.answer(&key, now, stay).is_some(), expected);
        }
        let good = key("c", "f", Some("b"), 0);
        let typed = Step::UserName { typed: "x".into() };
        store.answer(&good, since, |_| (Some(typed.clone()), ()));
        let (found, ()) = store.answer(&good, since, |_| (None, ())).unwrap();
        assert_eq!(found.step, typed, "the step was kept");
        assert!(store.answer(&good, since, stay).is_none(), "it is over");
        store.add("c".into(), pending.clone());
        for number in 0..PENDING_MAX {
            store.add(number.to_string(), pending.clone());
        }
        assert!(
            store.answer(&good, since, stay).is_none(),
            "the oldest is forgotten"
        );
    }
}
