//! Who is signed in: the accounts of each browser in each tenant.

use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use saml_model::NameId;
use uuid::Uuid;

use crate::aged::Aged;
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
    /// Its `NameID`.
    pub(crate) name_id: NameId,
}

impl Session {
    /// Notes that an application was sent an assertion.
    fn note(&mut self, participant: Participant) {
        self.participants.retain(|known| known.app != participant.app);
        if self.participants.len() >= PARTICIPANTS_MAX {
            self.participants.remove(0);
        }
        self.participants.push(participant);
    }
}

/// What a browser that signs in is known by.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known<'k> {
    /// The secret of its sessions in the tenant.
    pub(crate) session: Option<&'k str>,
    /// The secret that ties its waiting sign-ons to it.
    pub(crate) browser: Option<&'k str>,
}

/// All sessions, by the secret in the browser's cookie; beyond [`SESSIONS_MAX`] browsers the oldest is forgotten.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<Store>);

#[derive(Default)]
struct Store {
    /// A browser's accounts in one tenant, oldest first.
    by_secret: Aged<String, Vec<Session>>,
    /// What took a secret's place. It opens nothing: see [`Sessions::join`].
    successors: Aged<String, String>,
    /// The newest secret of a browser in a tenant.
    newest: Aged<(Uuid, String), String>,
}

/// How many sign-ins of a browser may lie between the begin and the end of another request of its.
const SUCCESSIONS_MAX: usize = 8;

impl Store {
    /// The accounts of a secret, which another takes the place of.
    fn succeed(&mut self, old: &str, new: &str) -> Vec<Session> {
        let Some(accounts) = self.by_secret.remove(old) else {
            return Vec::new();
        };
        bounded_insert(&mut self.successors, old.to_owned(), new.to_owned());
        accounts
    }

    /// This session or, where its user has signed in once more in the browser meanwhile, the one that took its place.
    fn current(&mut self, secret: &str, session: &Session) -> Option<&mut Session> {
        let mut secret = secret.to_owned();
        for _ in 0..SUCCESSIONS_MAX {
            if self.by_secret.get(&secret).is_some() {
                break;
            }
            secret.clone_from(self.successors.get(&secret)?);
        }
        let mut accounts = self.by_secret.get_mut(&secret)?.iter_mut();
        accounts.find(|known| known.tenant == session.tenant && known.user == session.user)
    }
}

/// Puts a value in; beyond [`SESSIONS_MAX`] the oldest goes.
fn bounded_insert<K: Clone + Eq + Hash, V>(aged: &mut Aged<K, V>, key: K, value: V) {
    aged.insert(key, value);
    while aged.len() > SESSIONS_MAX {
        aged.pop_oldest();
    }
}

impl Sessions {
    fn store(&self) -> MutexGuard<'_, Store> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a session under a new `secret`, which takes over the accounts of the browser's old one: nobody can
    /// know a secret beforehand. An earlier session of the same user ends, its participants stay.
    ///
    /// Where another tab has signed in since the request was sent, the browser is about to lose that tab's secret, so
    /// its sessions end too: none is left that no sign-out reaches. They are not taken over, since whoever put cookies
    /// into the browser beforehand knows what this request knows.
    pub(crate) fn begin(&self, known: Known<'_>, secret: String, mut session: Session) {
        let mut store = self.store();
        let tenant = session.tenant;
        let mut earlier = known
            .session
            .map(|old| store.succeed(old, &secret))
            .unwrap_or_default();
        if let Some(browser) = known.browser {
            let browser = (tenant, browser.to_owned());
            if let Some(newest) = store.newest.remove(&browser) {
                let others = store.succeed(&newest, &secret).into_iter();
                earlier.extend(others.filter(|other| other.user == session.user));
            }
            bounded_insert(&mut store.newest, browser, secret.clone());
        }
        earlier.retain(|account| account.tenant == tenant);
        let (same, mut accounts): (Vec<_>, Vec<_>) = earlier
            .into_iter()
            .partition(|account| account.user == session.user);
        for participant in same.into_iter().flat_map(|account| account.participants) {
            session.note(participant);
        }
        if accounts.len() >= ACCOUNTS_MAX {
            accounts.remove(0);
        }
        accounts.push(session);
        bounded_insert(&mut store.by_secret, secret, accounts);
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

    /// Notes that an application is sent an assertion; `false` where the user has signed out meanwhile. A session that
    /// another of the same user and browser took the place of has not ended.
    #[must_use]
    pub(crate) fn join(&self, secret: &str, session: &Session, participant: Participant) -> bool {
        match self.store().current(secret, session) {
            Some(session) => {
                session.note(participant);
                true
            }
            None => false,
        }
    }

    /// What the sessions of a user at an application are called, in every browser.
    pub(crate) fn indexes(&self, tenant: Uuid, user: Uuid, app: Uuid) -> Vec<String> {
        let store = self.store();
        let sessions = store.by_secret.newest_first().flat_map(|(_, sessions)| sessions);
        let own = sessions.filter(|session| session.tenant == tenant && session.user == user);
        let participants = own.flat_map(|session| &session.participants);
        participants
            .filter(|participant| participant.app == app)
            .map(|participant| participant.session_index.clone())
            .collect()
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

    /// Ends what a browser that is known by its waiting sign-ons has in a tenant, whatever secret it holds: of two tabs'
    /// answers it may have kept the older one's.
    pub(crate) fn end_of_browser(&self, browser: &str, tenant: Uuid) {
        let mut store = self.store();
        if let Some(newest) = store.newest.remove(&(tenant, browser.to_owned())) {
            store.by_secret.remove(&newest);
        }
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

    fn by(secret: &str) -> Known<'_> {
        Known {
            session: Some(secret),
            browser: None,
        }
    }

    fn participant(index: &str) -> Participant {
        Participant {
            app: Uuid::from_u128(9),
            session_index: index.to_owned(),
            name_id: NameId {
                format: None,
                name_qualifier: None,
                sp_name_qualifier: None,
                value: "b.simon".to_owned(),
            },
        }
    }

    #[test]
    fn the_oldest_session_ends_when_there_are_too_many() {
        let sessions = Sessions::default();
        let (tenant, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for number in 0..=SESSIONS_MAX {
            sessions.begin(Known::default(), number.to_string(), session(7));
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
        sessions.begin(Known::default(), "a".to_owned(), session(7));
        assert!(sessions.join("a", &session(7), participant("_1")));
        assert!(sessions.join("a", &session(7), participant("_2")));
        sessions.begin(by("a"), "b".to_owned(), session(8));
        sessions.begin(by("b"), "c".to_owned(), session(7));
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
            sessions.begin(by("c"), "c".to_owned(), session(user));
        }
        assert_eq!(sessions.accounts("c", tenant).len(), ACCOUNTS_MAX);
    }

    /// Both tabs' requests were sent before either was answered: the browser keeps one secret.
    #[test]
    fn of_two_tabs_that_sign_in_at_once_one_session_is_left() {
        let tenant = Uuid::from_u128(1);
        for old in [None, Some("o")] {
            let sessions = Sessions::default();
            sessions.begin(Known::default(), "o".to_owned(), session(6));
            let known = Known {
                session: old,
                browser: Some("x"),
            };
            sessions.begin(known, "a".to_owned(), session(7));
            sessions.begin(known, "b".to_owned(), session(8));
            assert_eq!(sessions.accounts("a", tenant), [], "{old:?}");
            assert_eq!(sessions.accounts("b", tenant), [session(8)], "{old:?}");
            assert!(!sessions.join("a", &session(7), participant("_1")));
            let other = Known {
                session: None,
                browser: Some("y"),
            };
            sessions.begin(other, "c".to_owned(), session(7));
            assert_eq!(sessions.accounts("b", tenant), [session(8)], "another browser");
            sessions.end_of_browser("x", tenant);
            assert_eq!(sessions.accounts("b", tenant), []);
            assert_eq!(sessions.accounts("c", tenant), [session(7)]);
        }
    }

    /// What one tab's sign-on was sent belongs to the session that the other tab's began, if it is the same user's.
    #[test]
    fn a_session_that_begins_meanwhile_takes_the_participants() {
        let sessions = Sessions::default();
        let tenant = Uuid::from_u128(1);
        let known = Known {
            session: None,
            browser: Some("x"),
        };
        sessions.begin(known, "a".to_owned(), session(7));
        assert!(sessions.join("a", &session(7), participant("_1")));
        let again = Session {
            id: Uuid::from_u128(3),
            ..session(7)
        };
        sessions.begin(known, "b".to_owned(), again.clone());
        assert_eq!(
            sessions.accounts("b", tenant)[0].participants,
            [participant("_1")]
        );
        assert!(
            sessions.join("a", &session(7), participant("_2")),
            "it goes on as the other"
        );
        assert_eq!(
            sessions.accounts("b", tenant)[0].participants,
            [participant("_2")]
        );
        assert_eq!(sessions.accounts("a", tenant), [], "and its secret opens nothing");
        assert!(sessions.end("b", again.id).is_some());
        assert!(!sessions.join("a", &session(7), participant("_3")), "signed out");
    }

    /// Sessions that have ended push no others out, and leave nothing behind.
    #[test]
    fn sessions_that_have_ended_count_no_longer() {
        let sessions = Sessions::default();
        sessions.begin(Known::default(), "stays".to_owned(), session(7));
        for number in 0..=SESSIONS_MAX {
            let secret = number.to_string();
            sessions.begin(Known::default(), secret.clone(), session(8));
            assert!(sessions.end(&secret, session(8).id).is_some());
        }
        assert_eq!(sessions.accounts("stays", Uuid::from_u128(1)), [session(7)]);
        assert_eq!(sessions.store().by_secret.len(), 1);
    }
}
