//! The reference service provider: it stands in for the products of the four guides.
//!
//! [`ReferenceSp`] holds instances; each has one service provider per personality (contracts.md section 7) with accounts,
//! links, sessions and trust of its own. A response goes through a chain of types (`acs`) and ends in a session or in one
//! [`rejection::Rejection`]. Everything a scenario does to it goes over HTTP, as it would to any SP.
//!
//! What is nowhere in this crate: a clock or entropy source outside `ambient`; a decision that reads an assertion which
//! was not verified; an address taken from a request; an error page that repeats what was posted.

mod acs;
mod ambient;
mod cookies;
mod fetch;
mod form;
mod instance;
mod own_key;
mod pending;
mod personality;
pub mod rejection;
mod relay;
mod session;
mod single_logout;
mod skip;
mod store;
mod trust;
mod web;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use control_api::{
    file::nearest,
    flow::SpFlow,
    guard::Guard,
    sp::{InstanceInfo, InstanceSeed, SeedAccount},
};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;
use url::Url;

use crate::{
    fetch::Fetcher,
    instance::{Instance, Provider, is_instance_name, lock},
    own_key::OwnKey,
    personality::Personality,
    rejection::Rejection,
    skip::Skip,
    store::Store,
    trust::{Judge, Trust},
};

/// The most instances at a time.
pub const INSTANCES_MAX: usize = 512;

/// How long a sign-on leaves metadata alone that could not be fetched again.
const REFRESH_PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// The most posted messages that are parsed and verified at a time; others wait for their turn without a thread.
const VERIFICATIONS_MAX: usize = 4;

/// How much of what somebody sent an error repeats, in characters.
const SHOWN_MAX: usize = 100;

/// What the reference SP needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its address, `http://127.0.0.1:PORT`. Destination and Recipient are compared with addresses made from it.
    pub base_url: String,
    /// Keeps the cookies of two reference SPs on one host apart; letters, digits, `-` and `_`.
    pub cookie_suffix: String,
    /// Who may use the control routes, and under which names pages are served.
    pub guard: Guard,
    /// Where accounts and links live.
    pub accounts: AccountsIn,
    /// The directory for the key and certificate that requests are signed with; `None` keeps them in memory. Nothing is
    /// made or read there before somebody asks for the certificate or a signature.
    pub certificates: Option<PathBuf>,
}

/// Where accounts and links live.
#[derive(Clone, Debug)]
pub enum AccountsIn {
    /// In memory, gone at the end.
    Memory,
    /// In a SQLite file (WAL, `synchronous = FULL`), which survives `kill -9`.
    File(PathBuf),
}

/// Why the reference SP does not do what it was told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpError {
    /// The accounts database.
    #[error("{0}")]
    Accounts(String),
    /// [`Config::base_url`] is no address of a site.
    #[error("`{0}` is not the address of a site: http or https, a host, and no path")]
    BaseUrl(String),
    /// [`Config::cookie_suffix`] cannot be part of a cookie's name.
    #[error("`{0}` cannot be part of a cookie's name: letters, digits, `-` and `_`")]
    CookieSuffix(String),
    /// The HTTP client.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(#[from] reqwest::Error),
    /// `ENTRANT_SP_WITHOUT_CHECK` names no check.
    #[error("ENTRANT_SP_WITHOUT_CHECK names no check: `{id}`; the checks are {known}")]
    UnknownCheck {
        /// What it says.
        id: String,
        /// The checks' rejection ids.
        known: String,
    },
    /// The name of an instance.
    #[error("`{0}` cannot name an instance: 1 to 64 letters, digits and hyphens, the first no hyphen")]
    InstanceName(String),
    /// There are [`INSTANCES_MAX`] instances.
    #[error("there are {INSTANCES_MAX} instances already; delete one")]
    TooManyInstances,
    /// A seed names a personality that there is not.
    #[error("there is no personality `{name}`; {hint}")]
    Personality {
        /// What the seed says.
        name: String,
        /// The nearest one, or all of them.
        hint: String,
    },
    /// The metadata of an identity provider could not be had.
    #[error("{personality}: the metadata at {url} was not taken over: {cause}")]
    Trust {
        /// For which personality.
        personality: String,
        /// From where.
        url: String,
        /// Why.
        cause: String,
    },
}

/// The reference service provider; a clone shares everything.
#[derive(Clone, Debug)]
pub struct ReferenceSp {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Without a trailing slash.
    base_url: String,
    base: Url,
    cookie_suffix: String,
    guard: Guard,
    skip: Skip,
    fetcher: Fetcher,
    store: Mutex<Store>,
    own_key: OwnKey,
    verifications: Arc<Semaphore>,
    instances: RwLock<BTreeMap<String, Arc<Instance>>>,
}

impl ReferenceSp {
    /// A reference SP without instances. Builds with debug assertions read `ENTRANT_SP_WITHOUT_CHECK`.
    ///
    /// # Errors
    /// The configuration is wrong, or the accounts file cannot be opened: [`SpError`] says which.
    pub fn new(config: Config) -> Result<Self, SpError> {
        Self::with_skip(config, Skip::from_environment()?)
    }

    fn with_skip(config: Config, skip: Skip) -> Result<Self, SpError> {
        let base = site(&config.base_url).ok_or_else(|| SpError::BaseUrl(config.base_url.clone()))?;
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !config.cookie_suffix.bytes().all(known) {
            return Err(SpError::CookieSuffix(config.cookie_suffix));
        }
        let store = Store::open(&config.accounts).map_err(|error| match &config.accounts {
            AccountsIn::Memory => SpError::Accounts(error.to_string()),
            AccountsIn::File(path) => SpError::Accounts(format!("{}: {error}", path.display())),
        })?;
        let inner = Inner {
            base_url: base.as_str().trim_end_matches('/').to_owned(),
            base,
            cookie_suffix: config.cookie_suffix,
            guard: config.guard,
            skip,
            fetcher: Fetcher::new()?,
            store: Mutex::new(store),
            own_key: OwnKey::new(config.certificates),
            verifications: Arc::new(Semaphore::new(VERIFICATIONS_MAX)),
            instances: RwLock::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Makes an instance, or gives an existing one the trust of `seed`; its accounts, links and sessions stay. Fetches the
    /// metadata that the seed names. Where one document cannot be had, nothing is changed.
    ///
    /// # Errors
    /// The name, a personality or a metadata document is unusable, or there are too many instances.
    pub async fn put_instance(&self, name: &str, seed: InstanceSeed) -> Result<InstanceInfo, SpError> {
        if !is_instance_name(name) {
            return Err(SpError::InstanceName(short(name)));
        }
        let mut trusts = Vec::new();
        for (personality, seed) in seed.trust {
            let known = Personality::find(&personality).ok_or_else(|| no_personality(&personality))?;
            let url = seed.metadata_url;
            let judge = Judge {
                now: ambient::now(),
                keys: None,
                skip: self.inner.skip,
            };
            let trust = self.inner.metadata(&url, &judge).await;
            trusts.push((
                known.id,
                trust.map_err(|cause| SpError::Trust {
                    personality,
                    url,
                    cause,
                })?,
            ));
        }
        let (inner, new, account) = (Arc::clone(&self.inner), name.to_owned(), seed.account);
        let instance = tokio::task::spawn_blocking(move || inner.instance_or_new(&new, account)).await;
        let instance = instance.map_err(|stopped| SpError::Accounts(stopped.to_string()))??;
        for (personality, trust) in trusts {
            if let Some(provider) = instance.provider(personality) {
                let mut state = provider.state();
                state.trust = Some(trust);
                state.enabled = true;
            }
        }
        Ok(instance.info())
    }

    /// What an instance has recorded, oldest first; `None` where there is no such instance.
    #[must_use]
    pub fn events(&self, instance: &str) -> Option<SpFlow> {
        Some(self.inner.instance(instance)?.events())
    }

    /// Its routes (contracts.md section 6).
    pub fn router(&self) -> axum::Router {
        web::router(Arc::clone(&self.inner))
    }
}

impl Inner {
    fn instance(&self, name: &str) -> Option<Arc<Instance>> {
        let instances = self.instances.read().unwrap_or_else(PoisonError::into_inner);
        instances.get(name).cloned()
    }

    fn instances(&self) -> Vec<Arc<Instance>> {
        let instances = self.instances.read().unwrap_or_else(PoisonError::into_inner);
        instances.values().cloned().collect()
    }

    fn instance_or_new(&self, name: &str, account: Option<SeedAccount>) -> Result<Arc<Instance>, SpError> {
        let mut instances = self.instances.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(instance) = instances.get(name) {
            return Ok(Arc::clone(instance));
        }
        if instances.len() >= INSTANCES_MAX {
            return Err(SpError::TooManyInstances);
        }
        let instance = Instance::new(name, &self.base_url, account, &self.store);
        let instance = Arc::new(instance.map_err(|error| SpError::Accounts(error.to_string()))?);
        instances.insert(name.to_owned(), Arc::clone(&instance));
        Ok(instance)
    }

    /// Deletes an instance with its accounts and links; whether there was one. Where the store fails, the instance stays, so
    /// that it can be deleted again and nobody gets its rows under the same name.
    fn delete_instance(&self, name: &str) -> Result<bool, store::StoreError> {
        let mut instances = self.instances.write().unwrap_or_else(PoisonError::into_inner);
        let Some(instance) = instances.get(name) else {
            return Ok(false);
        };
        let store = lock(&self.store);
        instance
            .providers()
            .iter()
            .try_for_each(|provider: &Provider| store.clear(&provider.scope))?;
        instances.remove(name);
        Ok(true)
    }

    /// Fetches and reads an identity provider's metadata.
    async fn metadata(&self, url: &str, judge: &Judge<'_>) -> Result<Trust, String> {
        Trust::from_metadata(&self.fetcher.fetch(url).await?, Some(url), judge)
    }

    /// Fetches the metadata of whom a provider trusts again, or for the first time from `url`. The new document replaces
    /// the old; where it is unusable, the last good one stays. Gives what is to be known of the new one: see [`Trust::notices`].
    ///
    /// It is trusted for where it is fetched. Where the settings say `metadata_signed`, a key that is trusted already has to
    /// have signed it, too: what a document says of its own key counts for nothing (IIP-MD03.b).
    async fn refresh(
        &self,
        provider: &Provider,
        url: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<String>, String> {
        let (known, pinned) = {
            let state = provider.state();
            (state.trust.clone(), state.settings.metadata_signed)
        };
        let known_url = known.as_ref().and_then(|trust| trust.metadata_url.clone());
        let url = url.map(str::to_owned).or_else(|| known_url.clone());
        let url =
            url.ok_or("no metadata address is known: send `metadata_url`, or set one on the settings page")?;
        let kept = |cause: String| match &known {
            Some(trust) => format!(
                "{cause}; the {} certificate(s) known before are kept",
                trust.certificates.len()
            ),
            None => cause,
        };
        let pinned = pinned && !self.skip.skips(Rejection::SignatureInvalid);
        let keys = known.as_ref().filter(|_| pinned);
        let keys = keys.map(|trust| trust.keys(false)).transpose().map_err(kept)?;
        let judge = Judge {
            now,
            keys: keys.as_ref(),
            skip: self.skip,
        };
        let new = self.metadata(&url, &judge).await.map_err(kept)?;
        let issuer = known.as_ref().map(|trust| &trust.issuer);
        let is_other = known_url.as_ref() == Some(&url) && issuer.is_some_and(|issuer| *issuer != new.issuer);
        if is_other && !self.skip.skips(Rejection::IssuerUnknown) {
            return Err(kept(format!(
                "{url} now names another identity provider, {}",
                new.issuer
            )));
        }
        let mut state = provider.state();
        let same = match (&state.trust, &known) {
            (Some(one), Some(other)) => one.says_the_same(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        if !same {
            return Err("the settings were changed meanwhile, and stay as they are".to_owned());
        }
        // Whoever switched single sign-on off keeps it off.
        state.enabled |= state.trust.is_none();
        let notices = new.notices();
        state.trust = Some(new);
        Ok(notices)
    }

    /// Fetches the metadata again where it has been kept for long enough, or is no longer valid. That it cannot be had
    /// changes nothing: what is still valid is still used, and it is tried again a minute later.
    async fn refresh_if_due(&self, provider: &Provider, now: Timestamp) {
        {
            let mut state = provider.state();
            let Some(trust) = state.trust.as_mut().filter(|trust| trust.is_due(now)) else {
                return;
            };
            if trust.tried.is_some_and(|tried| now < after_a_pause(tried)) {
                return;
            }
            trust.tried = Some(now);
        }
        // The last good document stays, and says by itself how long.
        let _ = self.refresh(provider, None, now).await;
    }
}

/// When metadata that could not be had is asked for again.
fn after_a_pause(tried: Timestamp) -> Timestamp {
    tried.saturating_add(REFRESH_PAUSE).unwrap_or(Timestamp::MAX)
}

/// An http(s) address without a path.
fn site(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain =
        url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && plain).then_some(url)
}

fn no_personality(name: &str) -> SpError {
    SpError::Personality {
        name: short(name),
        hint: hint(name, &personality::PERSONALITIES.each_ref().map(|it| it.id)),
    }
}

/// The end of a sentence about a word that nothing is called: what may have been meant, else every word there is.
fn hint(word: &str, known: &[&str]) -> String {
    match nearest(&short(word), known.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("there are {}", known.join(", ")),
    }
}

/// The beginning of what somebody sent, for a sentence about it.
fn short(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}
