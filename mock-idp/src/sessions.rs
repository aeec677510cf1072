//! Who is signed in: sessions per browser and tenant.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;

use crate::limits::SESSIONS_MAX;

/// A user's session in one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// Tenant id.
    pub(crate) tenant: Uuid,
    /// The user's object id, so that a rename ends nothing.
    pub(crate) user: Uuid,
    /// When the user authenticated, by the tenant's clock: `AuthnInstant` of every assertion of the session.
    pub(crate) authn_instant: Timestamp,
}

/// All sessions, by the secret in the browser's cookie; beyond [`SESSIONS_MAX`] the oldest ends.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<Store>);

#[derive(Default)]
struct Store {
    by_secret: HashMap<String, Session>,
    /// Secrets, oldest first; some may be gone already.
    order: VecDeque<String>,
}

impl Sessions {
    /// Begins a session.
    pub(crate) fn begin(&self, secret: String, session: Session) {
        let mut store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if store.order.len() >= SESSIONS_MAX
            && let Some(oldest) = store.order.pop_front()
        {
            store.by_secret.remove(&oldest);
        }
        store.order.push_back(secret.clone());
        store.by_secret.insert(secret, session);
    }

    /// The session of this secret, if it is one in `tenant`.
    pub(crate) fn find(&self, secret: &str, tenant: Uuid) -> Option<Session> {
        let store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let session = store.by_secret.get(secret)?;
        (session.tenant == tenant).then(|| session.clone())
    }

    /// Ends a session.
    pub(crate) fn end(&self, secret: &str) {
        let mut store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        store.by_secret.remove(secret);
    }

    /// Ends every session of a tenant that is gone.
    pub(crate) fn end_all(&self, tenant: Uuid) {
        let mut store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        store.by_secret.retain(|_, session| session.tenant != tenant);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_session_ends_when_there_are_too_many() {
        let sessions = Sessions::default();
        let (tenant, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let session = Session {
            tenant,
            user: Uuid::nil(),
            authn_instant: Timestamp::UNIX_EPOCH,
        };
        for number in 0..=SESSIONS_MAX {
            sessions.begin(number.to_string(), session.clone());
        }
        assert_eq!(sessions.find("0", tenant), None);
        assert_eq!(sessions.find("1", tenant), Some(session));
        assert_eq!(sessions.find("1", other), None, "a session belongs to one tenant");
        sessions.end("1");
        assert_eq!(sessions.find("1", tenant), None);
    }
}
