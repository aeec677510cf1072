//! Who is signed in: the accounts of each browser in each tenant.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;

use crate::factors::Factors;
use crate::limits::{ACCOUNTS_MAX, PARTICIPANTS_MAX, SESSIONS_MAX};

/// A user's session in one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// What pages call it; opens nothing.
    pub(crate) id: Uuid,
    /// Tenant id.
    pub(crate) tenant: Uuid,
    /// The user's object id, so that a rename ends nothing.
    pub(crate) user: Uuid,
    /// When the user authenticated, by the tenant's clock: `AuthnInstant` of every assertion of the session.
    pub(crate) authn_instant: Timestamp,
    /// How the user authenticated.
    pub(crate) factors: Factors,
    /// Whether it outlives the browser: "Stay signed in?" was answered with Yes.
    pub(crate) persistent: bool,
    /// The applications that were sent an assertion, each with its newest session index.
    pub(crate) participants: Vec<Participant>,
}

/// An application that takes part in a session (entra-behaviour.md 6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Participant {
    /// Application id.
    pub(crate) app: Uuid,
    /// `SessionIndex` of the assertion.
    pub(crate) session_index: String,
}

/// All sessions, by the secret in the browser's cookie; beyond [`SESSIONS_MAX`] browsers the oldest is forgotten.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<Store>);

#[derive(Default)]
struct Store {
    /// A browser's accounts in one tenant, oldest first.
    by_secret: HashMap<String, Vec<Session>>,
    /// Secrets, oldest first; some may be gone already.
    order: VecDeque<String>,
}

impl Sessions {
    fn store(&self) -> MutexGuard<'_, Store> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a session under a new `secret`, which takes over the accounts of the browser's `old` one: nobody can
    /// know a secret beforehand. An earlier session of the same user ends, its participants stay.
    pub(crate) fn begin(&self, old: Option<&str>, secret: String, mut session: Session) {
        let mut store = self.store();
        let accounts = old.and_then(|old| store.by_secret.remove(old));
        let mut accounts: Vec<_> = accounts
            .into_iter()
            .flatten()
            .filter(|account| account.tenant == session.tenant)
            .collect();
        if let Some(index) = accounts.iter().position(|account| account.user == session.user) {
            session.participants = accounts.remove(index).participants;
        }
        if accounts.len() >= ACCOUNTS_MAX {
            accounts.remove(0);
        }
        accounts.push(session);
        if store.order.len() >= SESSIONS_MAX
            && let Some(oldest) = store.order.pop_front()
        {
            store.by_secret.remove(&oldest);
        }
        store.order.push_back(secret.clone());
        store.by_secret.insert(secret, accounts);
    }

    /// The accounts of this secret in `tenant`, oldest first.
    pub(crate) fn accounts(&self, secret: &str, tenant: Uuid) -> Vec<Session> {
        let store = self.store();
        let accounts = store.by_secret.get(secret).into_iter().flatten();
        accounts
            .filter(|session| session.tenant == tenant)
            .cloned()
            .collect()
    }

    /// Notes that the user of a session has passed a second factor too; what the session is now.
    pub(crate) fn step_up(&self, secret: &str, session: Uuid) -> Option<Session> {
        let mut store = self.store();
        let accounts = store.by_secret.get_mut(secret)?;
        let session = accounts.iter_mut().find(|known| known.id == session)?;
        session.factors.second = true;
        Some(session.clone())
    }

    /// Notes that an application was sent an assertion.
    pub(crate) fn join(&self, secret: &str, session: Uuid, participant: Participant) {
        let mut store = self.store();
        let accounts = store.by_secret.get_mut(secret).into_iter().flatten();
        let Some(session) = accounts.into_iter().find(|known| known.id == session) else {
            return;
        };
        session.participants.retain(|known| known.app != participant.app);
        if session.participants.len() >= PARTICIPANTS_MAX {
            session.participants.remove(0);
        }
        session.participants.push(participant);
    }

    /// Ends one account's session; what it was.
    pub(crate) fn end(&self, secret: &str, session: Uuid) -> Option<Session> {
        let mut store = self.store();
        let accounts = store.by_secret.get_mut(secret)?;
        let index = accounts.iter().position(|known| known.id == session)?;
        let ended = accounts.remove(index);
        if accounts.is_empty() {
            store.by_secret.remove(secret);
        }
        Some(ended)
    }

    /// Ends every session of a tenant that is gone.
    pub(crate) fn end_all(&self, tenant: Uuid) {
        let mut store = self.store();
        store
            .by_secret
            .retain(|_, accounts| accounts.iter().all(|session| session.tenant != tenant));
    }
}

#[cfg(test)]
mod tests {
    use control_api::tenant::Authentication;

    use super::*;

    fn session(user: u128) -> Session {
        Session {
            id: Uuid::from_u128(user + 100),
            tenant: Uuid::from_u128(1),
            user: Uuid::from_u128(user),
            authn_instant: Timestamp::UNIX_EPOCH,
            factors: Factors {
                first: Authentication::Password,
                second: false,
            },
            persistent: false,
            participants: Vec::new(),
        }
    }

    #[test]
    fn the_oldest_session_ends_when_there_are_too_many() {
        let sessions = Sessions::default();
        let (tenant, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for number in 0..=SESSIONS_MAX {
            sessions.begin(None, number.to_string(), session(7));
        }
        assert_eq!(sessions.accounts("0", tenant), []);
        assert_eq!(sessions.accounts("1", tenant), [session(7)]);
        assert_eq!(
            sessions.accounts("1", other),
            [],
            "a session belongs to one tenant"
        );
        assert_eq!(sessions.end("1", session(7).id), Some(session(7)));
        assert_eq!(sessions.accounts("1", tenant), []);
    }

    #[test]
    fn a_browser_keeps_its_accounts_and_their_participants_under_a_new_secret() {
        let sessions = Sessions::default();
        let tenant = Uuid::from_u128(1);
        let participant = |index: &str| Participant {
            app: Uuid::from_u128(9),
            session_index: index.to_owned(),
        };
        sessions.begin(None, "a".to_owned(), session(7));
        sessions.join("a", session(7).id, participant("_1"));
        sessions.join("a", session(7).id, participant("_2"));
        sessions.begin(Some("a"), "b".to_owned(), session(8));
        sessions.begin(Some("b"), "c".to_owned(), session(7));
        assert_eq!(sessions.accounts("a", tenant), []);
        let accounts = sessions.accounts("c", tenant);
        assert_eq!(
            accounts.iter().map(|one| one.user.as_u128()).collect::<Vec<_>>(),
            [8, 7]
        );
        assert_eq!(accounts[1].participants, [participant("_2")]);
        let stepped = sessions.step_up("c", session(8).id).unwrap();
        assert!(stepped.factors.second);
        assert_eq!(sessions.accounts("c", tenant)[0], stepped);
        assert!(!sessions.accounts("c", tenant)[1].factors.second);
        assert_eq!(sessions.step_up("a", session(8).id), None);
        for user in 10..10 + ACCOUNTS_MAX as u128 {
            sessions.begin(Some("c"), "c".to_owned(), session(user));
        }
        assert_eq!(sessions.accounts("c", tenant).len(), ACCOUNTS_MAX);
    }
}
