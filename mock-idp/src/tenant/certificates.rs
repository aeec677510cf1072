//! Token signing certificates and their keys, made when somebody first needs them (entra-behaviour.md 5).
//!
//! A tenant's keyring hands each certificate a place in the shared key pool as soon as the certificate is known,
//! in the order of the file, so that a restart hands out the same places and no two applications of the tenant
//! share a key. The pool's last place is the attackers'. Keys beyond the pool, and all of a tenant with
//! `keys = "unique"`, are made freshly.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use certs::{
    Certificate, CertificateSpec, CertificateStore, CertsError, ENTRA_COMMON_NAME, KeyPool, KeySize,
    KeyedCertificate, SigningKey,
};
use control_api::file::parse_duration;
use control_api::tenant::{CertificateEntry, Keys};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use uuid::Uuid;

use crate::limits::CERTIFICATES_MAX;
use crate::world;

/// The common name of the tenant's own key (entra-behaviour.md 1; which one is published today is uncertain).
const TENANT_COMMON_NAME: &str = "accounts.accesscontrol.windows.net";

/// How long a certificate lives by default, in years.
const LIFE_YEARS: i64 = 3;

/// What certificates are made from.
pub(crate) struct Vault {
    /// Keys made in advance.
    pub(crate) keys: KeyPool,
    /// Certificates of earlier starts.
    pub(crate) store: CertificateStore,
    attacker: OnceLock<KeyedCertificate>,
}

impl Vault {
    /// A vault over a pool and a store.
    pub(crate) fn new(keys: KeyPool, store: CertificateStore) -> Self {
        Self {
            keys,
            store,
            attacker: OnceLock::new(),
        }
    }

    /// How many places of the pool are the tenants'.
    fn tenant_slots(&self) -> usize {
        self.keys.len().saturating_sub(1)
    }

    /// The key that signs the metadata of `common`, with its certificate; kept in the store as if a tenant were called so.
    ///
    /// # Errors
    /// What OpenSSL or the state directory says.
    pub(crate) fn common(&self) -> Result<KeyedCertificate, CertsError> {
        self.store.load_or_create("common", "tenant", "common", || {
            let key = SigningKey::generate(KeySize::Rsa2048)?;
            let now = world::now();
            let spec = spec(TENANT_COMMON_NAME, now, years(now, LIFE_YEARS));
            let certificate = Certificate::self_signed(&key, &spec)?;
            Ok(KeyedCertificate { key, certificate })
        })
    }

    /// The certificate of the attackers' key, where it has been made.
    pub(crate) fn attacker_if_made(&self) -> Option<&Certificate> {
        Some(&self.attacker.get()?.certificate)
    }

    /// A key that is nobody's, with a certificate of its own that looks like Entra's.
    ///
    /// # Errors
    /// What OpenSSL says.
    pub(crate) fn attacker(&self) -> Result<&KeyedCertificate, CertsError> {
        if let Some(made) = self.attacker.get() {
            return Ok(made);
        }
        // A pool of one key has no place to spare.
        let key = match self.tenant_slots() {
            0 => SigningKey::generate(KeySize::Rsa2048)?,
            last => self.keys.key(last),
        };
        let now = world::now();
        let certificate =
            Certificate::self_signed(&key, &spec(ENTRA_COMMON_NAME, years(now, -1), years(now, 2)))?;
        Ok(self
            .attacker
            .get_or_init(|| KeyedCertificate { key, certificate }))
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Vault")
    }
}

/// A certificate of an application, with its place in the list.
#[derive(Clone, Debug)]
pub(crate) struct ListedCertificate {
    /// Its name in the tenant file.
    pub(crate) name: String,
    /// Active: it signs.
    pub(crate) active: bool,
    /// The certificate.
    pub(crate) certificate: Arc<AppCertificate>,
}

/// A certificate whose key is made when it is first needed.
#[derive(Debug)]
pub(crate) struct AppCertificate {
    vault: Arc<Vault>,
    key: Arc<KeyHandle>,
    identity: Identity,
    common_name: &'static str,
    not_before: Timestamp,
    not_after: Timestamp,
    made: OnceLock<KeyedCertificate>,
}

impl AppCertificate {
    /// The certificate and its key; blocks while the key is made.
    ///
    /// # Errors
    /// What OpenSSL or the state directory says.
    pub(crate) fn keyed(&self) -> Result<&KeyedCertificate, CertsError> {
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let identity = &self.identity;
        let tenant = identity.tenant.to_string();
        let app = identity
            .app
            .map_or_else(|| "tenant".to_owned(), |app| app.to_string());
        let store = &self.vault.store;
        let made = store.load_or_create(&tenant, &app, &identity.stored_name(), || self.make())?;
        Ok(self.made.get_or_init(|| made))
    }

    fn make(&self) -> Result<KeyedCertificate, CertsError> {
        let key = self.key.key(&self.vault)?;
        let spec = spec(self.common_name, self.not_before, self.not_after);
        let certificate = Certificate::self_signed(&key, &spec)?;
        Ok(KeyedCertificate { key, certificate })
    }

    /// The certificate, where it has been made: one that has not been has signed nothing.
    pub(crate) fn if_made(&self) -> Option<&Certificate> {
        Some(&self.made.get()?.certificate)
    }

    /// The thumbprint, where the certificate has been made.
    pub(crate) fn thumbprint_if_made(&self) -> Option<String> {
        Some(self.made.get()?.certificate.thumbprint())
    }

    /// Until when it is valid; a certificate of an earlier start says so itself.
    pub(crate) fn not_after(&self) -> Timestamp {
        self.made
            .get()
            .map_or(self.not_after, |made| made.certificate.not_after())
    }

    /// Whether it is valid at `now`.
    pub(crate) fn is_valid(&self, now: Timestamp) -> bool {
        let not_before = self
            .made
            .get()
            .map_or(self.not_before, |made| made.certificate.not_before());
        not_before <= now && now <= self.not_after()
    }
}

/// What makes a certificate the same one again after an edit or a restart.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    tenant: Uuid,
    /// Application id; `None` is the tenant's own key.
    app: Option<Uuid>,
    name: String,
    /// As the file says it: a certificate that was let expire is another one with the same key.
    valid_for: String,
    bits: u32,
}

impl Identity {
    /// What tells an application's certificates apart in the store.
    fn stored_name(&self) -> String {
        format!("{} ({}, {} bits)", self.name, self.valid_for, self.bits)
    }
}

/// A place for a key, filled at most once.
#[derive(Debug)]
struct KeyHandle {
    /// The place in the pool; `None` makes a fresh key.
    slot: Option<usize>,
    size: KeySize,
    made: OnceLock<SigningKey>,
}

impl KeyHandle {
    fn key(&self, vault: &Vault) -> Result<SigningKey, CertsError> {
        if let Some(slot) = self.slot {
            return Ok(vault.keys.key(slot));
        }
        if let Some(key) = self.made.get() {
            return Ok(key.clone());
        }
        let key = SigningKey::generate(self.size)?;
        Ok(self.made.get_or_init(|| key).clone())
    }
}

/// Every certificate that a tenant has or had.
#[derive(Debug)]
pub(crate) struct Keyring {
    vault: Arc<Vault>,
    tenant: Uuid,
    /// Oldest first.
    certificates: Vec<Arc<AppCertificate>>,
    keys: HashMap<(Option<Uuid>, String, u32), Arc<KeyHandle>>,
    next_slot: usize,
}

impl Keyring {
    /// The keyring of a new tenant.
    pub(crate) fn new(vault: Arc<Vault>, tenant: Uuid) -> Self {
        Self {
            vault,
            tenant,
            certificates: Vec::new(),
            keys: HashMap::new(),
            next_slot: 0,
        }
    }

    /// The certificate that `entry` of application `app` means: the same one as before, or a new one whose life
    /// begins at `now` (ends before it, where `valid_for` is negative).
    ///
    /// # Errors
    /// A sentence, where the tenant has had too many or the life time leads out of the calendar.
    pub(crate) fn certificate(
        &mut self,
        app: Uuid,
        entry: &CertificateEntry,
        keys: Keys,
        now: Timestamp,
    ) -> Result<Arc<AppCertificate>, String> {
        let identity = Identity {
            tenant: self.tenant,
            app: Some(app),
            name: entry.name.clone(),
            valid_for: entry.valid_for.clone(),
            bits: entry.key_bits,
        };
        if let Some(known) = self.known(&identity) {
            return Ok(known);
        }
        let (not_before, not_after) = life(&entry.valid_for, now)?;
        let key = self.key(Some(app), &entry.name, entry.key_bits, keys);
        self.add(identity, key, ENTRA_COMMON_NAME, not_before, not_after)
    }

    /// The tenant's own key.
    ///
    /// # Errors
    /// A sentence, where the tenant has had too many certificates.
    pub(crate) fn tenant_certificate(
        &mut self,
        keys: Keys,
        now: Timestamp,
    ) -> Result<Arc<AppCertificate>, String> {
        let identity = Identity {
            tenant: self.tenant,
            app: None,
            name: "own".to_owned(),
            valid_for: format!("{LIFE_YEARS}y"),
            bits: 2048,
        };
        if let Some(known) = self.known(&identity) {
            return Ok(known);
        }
        let key = self.key(None, "own", 2048, keys);
        self.add(identity, key, TENANT_COMMON_NAME, now, years(now, LIFE_YEARS))
    }

    /// The newest certificate that `app` has or had under this name, withdrawn ones included.
    pub(crate) fn ever_called(&self, app: Uuid, name: &str) -> Option<Arc<AppCertificate>> {
        let called =
            |known: &&Arc<AppCertificate>| known.identity.app == Some(app) && known.identity.name == name;
        self.certificates.iter().rev().find(called).cloned()
    }

    /// Every certificate that `app` has or had, with its name, oldest first.
    pub(crate) fn ever_of(&self, app: Uuid) -> Vec<(String, Arc<AppCertificate>)> {
        let of_app = |known: &&Arc<AppCertificate>| known.identity.app == Some(app);
        let named = |known: &Arc<AppCertificate>| (known.identity.name.clone(), Arc::clone(known));
        self.certificates.iter().filter(of_app).map(named).collect()
    }

    /// The names of all certificates that any application has or had.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self
            .keys
            .keys()
            .filter(|(app, _, _)| app.is_some())
            .map(|(_, name, _)| name.clone())
            .collect();
        names.sort();
        names.dedup();
        names
    }

    fn known(&self, identity: &Identity) -> Option<Arc<AppCertificate>> {
        let same = |known: &&Arc<AppCertificate>| known.identity == *identity;
        self.certificates.iter().find(same).cloned()
    }

    fn add(
        &mut self,
        identity: Identity,
        key: Arc<KeyHandle>,
        common_name: &'static str,
        not_before: Timestamp,
        not_after: Timestamp,
    ) -> Result<Arc<AppCertificate>, String> {
        if self.certificates.len() >= CERTIFICATES_MAX {
            return Err(format!(
                "this tenant has had {CERTIFICATES_MAX} certificates: make the tenant anew"
            ));
        }
        let certificate = Arc::new(AppCertificate {
            vault: Arc::clone(&self.vault),
            key,
            identity,
            common_name,
            not_before,
            not_after,
            made: OnceLock::new(),
        });
        self.certificates.push(Arc::clone(&certificate));
        Ok(certificate)
    }

    fn key(&mut self, app: Option<Uuid>, name: &str, bits: u32, keys: Keys) -> Arc<KeyHandle> {
        let id = (app, name.to_owned(), bits);
        if let Some(known) = self.keys.get(&id) {
            return Arc::clone(known);
        }
        let size = if bits == 4096 {
            KeySize::Rsa4096
        } else {
            KeySize::Rsa2048
        };
        let pooled =
            keys == Keys::Pool && size == KeySize::Rsa2048 && self.next_slot < self.vault.tenant_slots();
        let slot = pooled.then_some(self.next_slot);
        if pooled {
            self.next_slot += 1;
        }
        let handle = Arc::new(KeyHandle {
            slot,
            size,
            made: OnceLock::new(),
        });
        self.keys.insert(id, Arc::clone(&handle));
        handle
    }
}

/// From when until when: `valid_for` counts from `now`; a negative one ends that long ago and began
/// [`LIFE_YEARS`] before its end.
fn life(valid_for: &str, now: Timestamp) -> Result<(Timestamp, Timestamp), String> {
    let out_of_range = || format!("a life time of `{valid_for}` from {now} leads out of the calendar");
    let span = parse_duration(valid_for)?;
    let end = now
        .to_zoned(TimeZone::UTC)
        .checked_add(span)
        .map_err(|_| out_of_range())?
        .timestamp();
    let start = if end < now { years(end, -LIFE_YEARS) } else { now };
    Ok((start, end))
}

/// `at` moved by whole years; stays where it is at the ends of the calendar.
fn years(at: Timestamp, years: i64) -> Timestamp {
    at.to_zoned(TimeZone::UTC)
        .checked_add(Span::new().years(years))
        .map_or(at, |moved| moved.timestamp())
}

fn spec(common_name: &str, not_before: Timestamp, not_after: Timestamp) -> CertificateSpec {
    CertificateSpec {
        common_name: common_name.to_owned(),
        serial: world::guid().into_bytes(),
        not_before,
        not_after,
    }
}
