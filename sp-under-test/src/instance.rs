//! An instance: four service providers, one per personality, with one clock and one stream of events.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use control_api::{
    clock::Clock,
    flow::{SP_EVENTS_MAX, SpEvent, SpFlow},
    sp::{InstanceInfo, PersonalityInfo, SeedAccount, Settings},
};
use jiff::Timestamp;

use crate::{
    ambient,
    pending::Pending,
    personality::{Addresses, PERSONALITIES, Personality},
    session::Sessions,
    store::{Account, Insert, Scope, Store, StoreError},
    trust::Trust,
};

/// The longest name of an instance.
const NAME_MAX: usize = 64;

/// The longest private cause that is recorded, in characters.
const CAUSE_MAX: usize = 600;

/// The longest message id that is recorded, in characters.
const MESSAGE_ID_MAX: usize = 200;

/// The most notices that wait for somebody to read them; beyond it the oldest is dropped.
const NOTICES_MAX: usize = 16;

/// The account of a fresh instance whose product makes none by itself (contracts.md section 7), where whoever makes the
/// instance names no other.
const SEED_ACCOUNT: (&str, &str) = ("B.Simon@contoso.onmicrosoft.com", "b.simon@contoso.com");

/// Four service providers with their own accounts, links and trust.
#[derive(Debug)]
pub(crate) struct Instance {
    name: String,
    clock: Mutex<Clock>,
    events: Mutex<VecDeque<SpEvent>>,
    providers: Vec<Provider>,
}

/// One service provider: a personality in an instance.
#[derive(Debug)]
pub(crate) struct Provider {
    /// What it stands in for.
    pub(crate) personality: &'static Personality,
    /// Where it is.
    pub(crate) addresses: Addresses,
    /// Under which name its rows are stored.
    pub(crate) scope: Scope,
    /// Who has an account from the start, where the product makes none by itself.
    account: SeedAccount,
    state: Mutex<State>,
}

/// What changes.
#[derive(Debug)]
pub(crate) struct State {
    /// Settings in force.
    pub(crate) settings: Settings,
    /// Whom it trusts.
    pub(crate) trust: Option<Trust>,
    /// Whether single sign-on is switched on.
    pub(crate) enabled: bool,
    /// AuthnRequests that wait.
    pub(crate) pending: Pending,
    /// LogoutRequests that wait: what answers the one kind does not answer the other.
    pub(crate) pending_sign_outs: Pending,
    /// Who is signed in.
    pub(crate) sessions: Sessions,
    /// What the next view of the settings or accounts page tells.
    notices: VecDeque<String>,
}

impl State {
    fn fresh(personality: &Personality) -> Self {
        Self {
            settings: personality.default_settings(),
            trust: None,
            enabled: false,
            pending: Pending::default(),
            pending_sign_outs: Pending::default(),
            sessions: Sessions::default(),
            notices: VecDeque::new(),
        }
    }

    /// Tells `notice` at the next view.
    pub(crate) fn notify(&mut self, notice: String) {
        if self.notices.len() >= NOTICES_MAX {
            self.notices.pop_front();
        }
        self.notices.push_back(notice);
    }

    /// What there is to tell, once.
    pub(crate) fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices).into()
    }

    /// Whom it trusts while single sign-on is switched on. With a blank certificate field that is nobody, rather than
    /// anybody (catalogue `sig-none-no-trust-anchor`). Metadata that is no longer valid at `now` makes nobody trusted.
    pub(crate) fn trusted(&self, now: Timestamp) -> Option<&Trust> {
        let trust = self.trust.as_ref();
        trust.filter(|trust| self.enabled && self.settings.certificate && trust.is_valid_at(now))
    }
}

impl Provider {
    /// Its state, for a moment: never across an `await`. Taken before the store, never after it.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Back to a fresh state; whom it trusts stays.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn reset(&self, store: &Mutex<Store>) -> Result<(), StoreError> {
        let mut state = self.state();
        let store = lock(store);
        store.clear(&self.scope)?;
        *state = State {
            trust: state.trust.take(),
            enabled: state.enabled,
            ..State::fresh(self.personality)
        };
        seed(&store, self)
    }
}

impl Instance {
    /// A fresh instance; accounts that a file already has for it stay.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn new(
        name: &str,
        base_url: &str,
        account: Option<SeedAccount>,
        store: &Mutex<Store>,
    ) -> Result<Self, StoreError> {
        let account = account.unwrap_or_else(|| SeedAccount {
            user_name: SEED_ACCOUNT.0.to_owned(),
            mail: SEED_ACCOUNT.1.to_owned(),
        });
        let provider = |personality| Provider {
            personality,
            account: account.clone(),
            addresses: Addresses::new(base_url, name, personality),
            scope: Scope {
                instance: name.to_owned(),
                personality: personality.id,
            },
            state: Mutex::new(State::fresh(personality)),
        };
        let instance = Self {
            name: name.to_owned(),
            clock: Mutex::default(),
            events: Mutex::default(),
            providers: PERSONALITIES.iter().map(provider).collect(),
        };
        let store = lock(store);
        instance
            .providers
            .iter()
            .try_for_each(|provider| seed(&store, provider))?;
        Ok(instance)
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its service providers.
    pub(crate) fn providers(&self) -> &[Provider] {
        &self.providers
    }

    /// The service provider of a personality.
    pub(crate) fn provider(&self, personality: &str) -> Option<&Provider> {
        self.providers
            .iter()
            .find(|provider| provider.personality.id == personality)
    }

    /// Its clock, for a moment.
    pub(crate) fn clock(&self) -> MutexGuard<'_, Clock> {
        lock(&self.clock)
    }

    /// What its clock shows.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock().now(ambient::now())
    }

    /// Records an event; the oldest makes room.
    pub(crate) fn record(&self, event: SpEvent) {
        let mut events = lock(&self.events);
        if events.len() >= SP_EVENTS_MAX {
            events.pop_front();
        }
        events.push_back(bounded(event));
    }

    /// What was recorded, oldest first.
    pub(crate) fn events(&self) -> SpFlow {
        SpFlow {
            events: lock(&self.events).iter().cloned().collect(),
        }
    }

    /// Its addresses and settings.
    pub(crate) fn info(&self) -> InstanceInfo {
        let info = |provider: &Provider| PersonalityInfo {
            entity_id: provider.addresses.entity_id.clone(),
            acs: provider.addresses.acs.clone(),
            login: provider.addresses.page("login"),
            logout: provider.addresses.page("logout"),
            whoami: provider.addresses.page("whoami"),
            metadata: provider.addresses.page("metadata"),
            settings: provider.state().settings.clone(),
        };
        let infos = self
            .providers
            .iter()
            .map(|it| (it.personality.id.to_owned(), info(it)));
        InstanceInfo {
            instance: self.name.clone(),
            personalities: infos.collect(),
        }
    }
}

/// Whether this can name an instance: letters, digits and hyphens, the first no hyphen.
pub(crate) fn is_instance_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !name.is_empty() && name.len() <= NAME_MAX && name.bytes().all(known) && !name.starts_with('-')
}

/// Locks; a panic elsewhere left nothing half done that would matter here.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn seed(store: &Store, provider: &Provider) -> Result<(), StoreError> {
    if !provider.personality.seeded || store.mark_seeded(&provider.scope)? {
        return Ok(());
    }
    let account = Account {
        id: ambient::account_id(),
        user_name: provider.account.user_name.clone(),
        mail: Some(provider.account.mail.clone()),
        active: true,
        ..Account::default()
    };
    // Taken or full: somebody made it by hand.
    let _: Insert = store.insert_account(&provider.scope, &account)?;
    Ok(())
}

fn bounded(event: SpEvent) -> SpEvent {
    let short = |text: String, max: usize| match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    match event {
        SpEvent::Rejected {
            message_sha256,
            response_id,
            request_id,
            rejection,
            cause,
        } => SpEvent::Rejected {
            message_sha256,
            response_id: response_id.map(|id| short(id, MESSAGE_ID_MAX)),
            request_id: request_id.map(|id| short(id, MESSAGE_ID_MAX)),
            rejection,
            cause: short(cause, CAUSE_MAX),
        },
        SpEvent::SignedIn {
            message_sha256,
            response_id,
            request_id,
            name_id,
            account,
        } => SpEvent::SignedIn {
            message_sha256,
            response_id: short(response_id, MESSAGE_ID_MAX),
            request_id,
            name_id,
            account,
        },
        other => other,
    }
}
