//! Sign-ons that wait for a user. They live here and not in the form, so nobody can put words into them; each is
//! bound to one browser by a cookie.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::aged::Aged;
use crate::limits::{PENDING_BYTES_MAX, PENDING_MAX, PENDING_MINUTES};
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

    /// How much memory it takes, in bytes.
    fn bytes(&self) -> usize {
        let texts = match self {
            Self::Response(request) => request.bytes(),
            Self::MyApps { login_hint } => login_hint.as_ref().map_or(0, String::len),
        };
        size_of::<Pending>() + texts
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
    /// The flow that it is a part of.
    pub(crate) flow: Option<String>,
    /// What comes after.
    pub(crate) target: Target,
    /// What the user is asked.
    pub(crate) step: Step,
    /// When it began, by the real clock.
    pub(crate) since: Timestamp,
}

/// All of them, by the form's `ctx`; beyond [`PENDING_MAX`] of them or [`PENDING_BYTES_MAX`] the oldest is forgotten.
#[derive(Default)]
pub(crate) struct PendingSignOns(Mutex<Store>);

#[derive(Default)]
struct Store {
    by_context: Aged<String, Entry>,
    /// Of all requests.
    bytes: usize,
    /// How many wait for each browser.
    browsers: HashMap<String, usize>,
}

struct Entry {
    /// With a lock of its own, so that nobody waits while an answer to another sign-on is judged. `None`: it is over.
    waiting: Arc<Mutex<Option<Pending>>>,
    browser: String,
    bytes: usize,
}

impl Store {
    fn count_out(&mut self, entry: &Entry) {
        self.bytes -= entry.bytes;
        if let Some(count) = self.browsers.get_mut(&entry.browser) {
            *count -= 1;
            if *count == 0 {
                self.browsers.remove(&entry.browser);
            }
        }
    }
}

impl PendingSignOns {
    fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.0)
    }

    /// Lets a sign-on wait under `context`, which is nobody else's.
    pub(crate) fn add(&self, context: String, pending: Pending) {
        let mut store = self.store();
        let entry = Entry {
            browser: pending.browser.clone(),
            bytes: pending.target.bytes(),
            waiting: Arc::new(Mutex::new(Some(pending))),
        };
        store.bytes += entry.bytes;
        *store.browsers.entry(entry.browser.clone()).or_default() += 1;
        if let Some(old) = store.by_context.insert(context, entry) {
            store.count_out(&old);
        }
        while store.by_context.len() > PENDING_MAX || store.bytes > PENDING_BYTES_MAX {
            let Some(oldest) = store.by_context.pop_oldest() else {
                break;
            };
            store.count_out(&oldest);
        }
    }

    /// Whether a sign-on waits for the browser with this secret.
    pub(crate) fn knows(&self, browser: &str) -> bool {
        self.store().browsers.contains_key(browser)
    }

    /// The flow of the sign-on that waits under `context`.
    pub(crate) fn flow(&self, context: &str) -> Option<String> {
        let entry = Arc::clone(&self.store().by_context.get(context)?.waiting);
        let waiting = lock(&entry);
        waiting.as_ref()?.flow.clone()
    }

    /// Lets `judge` say what an answer to the sign-on that waits under `context` leads to, if it is this tenant's,
    /// this browser's, this form's and not too old: the next step, or `None` where it waits no longer. Two answers to
    /// one step come one after the other; other sign-ons are not held up.
    pub(crate) fn answer<T>(
        &self,
        key: &Key<'_>,
        now: Timestamp,
        judge: impl FnOnce(&Pending) -> (Option<Step>, T),
    ) -> Option<(Pending, T)> {
        let entry = Arc::clone(&self.store().by_context.get(key.context)?.waiting);
        let mut waiting = lock(&entry);
        let pending = waiting.as_mut()?;
        let age = now.duration_since(pending.since);
        let good = pending.tenant == key.tenant
            && Some(pending.browser.as_str()) == key.browser
            && pending.flow_token == key.flow_token
            && age <= SignedDuration::from_mins(PENDING_MINUTES);
        if !good {
            return None;
        }
        let (step, judged) = judge(pending);
        if let Some(step) = step {
            pending.step = step;
            return Some((pending.clone(), judged));
        }
        let over = waiting.take()?;
        let mut store = self.store();
        if let Some(entry) = store.by_context.remove(key.context) {
            store.count_out(&entry);
        }
        Some((over, judged))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn my_apps(login_hint: Option<String>, browser: &str) -> Pending {
        Pending {
            tenant: Uuid::nil(),
            browser: browser.to_owned(),
            flow_token: "f".to_owned(),
            flow: None,
            target: Target::MyApps { login_hint },
            step: Step::PickAccount,
            since: Timestamp::UNIX_EPOCH,
        }
    }

    fn good(context: &str) -> Key<'_> {
        Key {
            tenant: Uuid::nil(),
            context,
            flow_token: "f",
            browser: Some("b"),
        }
    }

    /// What is over makes no room and takes none.
    #[test]
    fn sign_ons_that_are_over_push_none_out() {
        let store = PendingSignOns::default();
        store.add("waits".to_owned(), my_apps(None, "b"));
        for number in 0..2 * PENDING_MAX {
            let context = number.to_string();
            store.add(context.clone(), my_apps(None, "b"));
            assert!(
                store
                    .answer(&good(&context), Timestamp::UNIX_EPOCH, |_| (None, ()))
                    .is_some()
            );
        }
        let stays = |pending: &Pending| (Some(pending.step.clone()), ());
        assert!(
            store
                .answer(&good("waits"), Timestamp::UNIX_EPOCH, stays)
                .is_some()
        );
        let inner = store.store();
        assert_eq!(inner.by_context.len(), 1);
        assert_eq!(inner.bytes, my_apps(None, "b").target.bytes());
    }

    #[test]
    fn the_oldest_is_forgotten_where_all_take_too_many_bytes() {
        let store = PendingSignOns::default();
        let large = PENDING_BYTES_MAX / 4;
        for number in 0..8 {
            let hint = Some("x".repeat(large));
            store.add(number.to_string(), my_apps(hint, "b"));
        }
        assert_eq!(store.store().by_context.len(), 3);
        let stays = |pending: &Pending| (Some(pending.step.clone()), ());
        for (context, waits) in [("4", false), ("5", true), ("7", true)] {
            let answer = store.answer(&good(context), Timestamp::UNIX_EPOCH, stays);
            assert_eq!(answer.is_some(), waits, "{context}");
        }
    }

    #[test]
    fn a_browser_is_known_while_a_sign_on_waits_for_it() {
        let store = PendingSignOns::default();
        assert!(!store.knows("b"));
        store.add("1".to_owned(), my_apps(None, "b"));
        store.add("2".to_owned(), my_apps(None, "b"));
        for (context, known) in [("1", true), ("2", false)] {
            store.answer(&good(context), Timestamp::UNIX_EPOCH, |_| (None, ()));
            assert_eq!(store.knows("b"), known);
        }
    }

    /// An answer that takes long, such as another password in a large tenant, holds up no other sign-on.
    #[test]
    fn an_answer_is_judged_while_another_is() {
        let store = PendingSignOns::default();
        store.add("1".to_owned(), my_apps(None, "b"));
        store.add("2".to_owned(), my_apps(None, "b"));
        let stays = |pending: &Pending| (Some(pending.step.clone()), ());
        let within = |_: &Pending| {
            let free = store.0.try_lock().is_ok();
            let other = free.then(|| store.answer(&good("2"), Timestamp::UNIX_EPOCH, stays));
            (None, other.flatten().is_some())
        };
        let (_, other) = store.answer(&good("1"), Timestamp::UNIX_EPOCH, within).unwrap();
        assert!(other);
    }

    #[test]
    fn a_pending_sign_on_is_one_browsers_and_expires() {
        let store = PendingSignOns::default();
        let since = Timestamp::UNIX_EPOCH;
        let pending = Pending {
            tenant: Uuid::nil(),
            browser: "b".into(),
            flow_token: "f".into(),
            flow: None,
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
