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

    /// Keeps a certificate that an application imports, and gives its thumbprint.
    ///
    /// # Errors
    /// What the state directory says.
    pub(crate) fn import(
        &self,
        tenant: Uuid,
        app: Uuid,
        imported: KeyedCertificate,
    ) -> Result<String, CertsError> {
        let thumbprint = imported.certificate.thumbprint();
        let (tenant, app) = (tenant.to_string(), app.to_string());
        let name = imported_name(&thumbprint);
        self.store.keep(&tenant, &app, &name, imported)?;
        Ok(thumbprint)
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
        let (tenant, app, name) = self.identity.stored();
        let store = &self.vault.store;
        let made = store.load_or_create(&tenant, &app, &name, || self.make())?;
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

    /// Its thumbprint; blocks while the key is made.
    ///
    /// # Errors
    /// What OpenSSL or the state directory says.
    pub(crate) fn thumbprint(&self) -> Result<String, CertsError> {
        Ok(self.keyed()?.certificate.thumbprint())
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
        not_before <= now && !self.has_expired(now)
    }

    /// Whether its end has passed at `now`.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.not_after() < now
    }
}

/// The certificate of these that signs at `now` (entra-behaviour.md 5): the active one, valid already or not (uncertain);
/// where it has expired, a valid inactive one, activated or not; where there is none, the expired one.
pub(crate) fn signer(certificates: &[ListedCertificate], now: Timestamp) -> Option<&Arc<AppCertificate>> {
    let active = certificates.iter().find(|listed| listed.active)?;
    if !active.certificate.has_expired(now) {
        return Some(&active.certificate);
    }
    let valid = certificates
        .iter()
        .find(|listed| !listed.active && listed.certificate.is_valid(now));
    Some(&valid.unwrap_or(active).certificate)
}

/// What makes a certificate the same one again after an edit or a restart.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    tenant: Uuid,
    /// Application id; `None` is the tenant's own key.
    app: Option<Uuid>,
    name: String,
    origin: Origin,
}

/// Where a certificate comes from.
#[derive(Debug, PartialEq, Eq)]
enum Origin {
    /// Made here.
    Made {
        /// As the file says it: a certificate that was let expire is another one with the same key.
        valid_for: String,
        /// As the file says it.
        valid_from: Option<String>,
        bits: u32,
    },
    /// Out of a PFX file.
    Imported { thumbprint: String },
}

impl Identity {
    /// Tenant, application and name in the store.
    fn stored(&self) -> (String, String, String) {
        let app = self
            .app
            .map_or_else(|| "tenant".to_owned(), |app| app.to_string());
        (self.tenant.to_string(), app, self.stored_name())
    }

    /// What tells an application's certificates apart in the store.
    fn stored_name(&self) -> String {
        let name = &self.name;
        match &self.origin {
            Origin::Made {
                valid_for,
                valid_from: None,
                bits,
            } => format!("{name} ({valid_for}, {bits} bits)"),
            Origin::Made {
                valid_for,
                valid_from: Some(from),
                bits,
            } => format!("{name} ({valid_for} from {from}, {bits} bits)"),
            Origin::Imported { thumbprint } => imported_name(thumbprint),
        }
    }
}

/// Under which name the store has an imported certificate of an application.
fn imported_name(thumbprint: &str) -> String {
    format!("imported {thumbprint}")
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
    /// In the order in which they were last in the file.
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

    /// What its certificates are made from.
    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
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
            origin: match &entry.imported {
                Some(thumbprint) => Origin::Imported {
                    thumbprint: thumbprint.clone(),
                },
                None => Origin::Made {
                    valid_for: entry.valid_for.clone(),
                    valid_from: entry.valid_from.clone(),
                    bits: entry.key_bits,
                },
            },
        };
        if let Some(place) = self
            .certificates
            .iter()
            .position(|known| known.identity == identity)
        {
            // The latest that has the name is who is meant by it.
            let known = self.certificates.remove(place);
            self.certificates.push(Arc::clone(&known));
            return Ok(known);
        }
        if let Some(thumbprint) = &entry.imported {
            return self.imported(identity, thumbprint);
        }
        let (not_before, not_after) = life(entry.valid_from.as_deref(), &entry.valid_for, now)?;
        let key = self.key(Some(app), &entry.name, entry.key_bits, keys);
        self.add(identity, key, ENTRA_COMMON_NAME, not_before, not_after)
    }

    /// A certificate that was imported, by this start or an earlier one.
    fn imported(&mut self, identity: Identity, thumbprint: &str) -> Result<Arc<AppCertificate>, String> {
        let kept = self.stored(&identity).map_err(|error| error.to_string())?;
        let Some(kept) = kept else {
            return Err(format!(
                "the imported certificate {thumbprint} is not in the state directory: import the PFX file again, as `pfx` or by the action `import`"
            ));
        };
        let (not_before, not_after) = (kept.certificate.not_before(), kept.certificate.not_after());
        let key = Arc::new(KeyHandle {
            slot: None,
            size: KeySize::Rsa2048,
            made: OnceLock::from(kept.key),
        });
        self.add(identity, key, ENTRA_COMMON_NAME, not_before, not_after)
    }

    fn stored(&self, identity: &Identity) -> Result<Option<KeyedCertificate>, CertsError> {
        let (tenant, app, name) = identity.stored();
        self.vault.store.load(&tenant, &app, &name)
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
            origin: Origin::Made {
                valid_for: format!("{LIFE_YEARS}y"),
                valid_from: None,
                bits: 2048,
            },
        };
        if let Some(known) = self.known(&identity) {
            return Ok(known);
        }
        let key = self.key(None, "own", 2048, keys);
        self.add(identity, key, TENANT_COMMON_NAME, now, years(now, LIFE_YEARS))
    }

    /// The certificate that `app` has or had last under this name, withdrawn ones included.
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
        let applications = self
            .certificates
            .iter()
            .filter(|known| known.identity.app.is_some());
        let mut names: Vec<_> = applications.map(|known| known.identity.name.clone()).collect();
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
        // One of an earlier start has dates of its own. What is wrong with its file is told where it is needed.
        let stored = self.stored(&identity).ok().flatten();
        let certificate = Arc::new(AppCertificate {
            vault: Arc::clone(&self.vault),
            key,
            identity,
            common_name,
            not_before: whole_second(not_before),
            not_after: whole_second(not_after),
            made: stored.map_or_else(OnceLock::new, OnceLock::from),
        });
        self.certificates.push(Arc::clone(&certificate));
        Ok(certificate)
    }

    fn key(&mut self, app: Option<Uuid>, name: &str, bits: u32, keys: Keys) -> Arc<KeyHandle> {
        let id = (app, name.to_owned(), bits);
        if let Some(known) = self.keys.get(&id) {
            return Arc::clone(known);
        }
        let size = match bits {
            1024 => KeySize::Rsa1024,
            4096 => KeySize::Rsa4096,
            _ => KeySize::Rsa2048,
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

/// From when until when: `valid_for` counts from `valid_from`, which counts from `now`. Where that is absent, a negative
/// `valid_for` ends that long ago and began [`LIFE_YEARS`] before its end.
fn life(valid_from: Option<&str>, valid_for: &str, now: Timestamp) -> Result<(Timestamp, Timestamp), String> {
    let start = valid_from.map_or(Ok(now), |offset| moved(now, offset))?;
    let end = moved(start, valid_for)?;
    let start = if end < start {
        years(end, -LIFE_YEARS)
    } else {
        start
    };
    Ok((start, end))
}

/// By the calendar.
fn moved(from: Timestamp, by: &str) -> Result<Timestamp, String> {
    let span = parse_duration(by)?;
    let moved = from.to_zoned(TimeZone::UTC).checked_add(span);
    let moved = moved.map_err(|_| format!("`{by}` from {from} leads out of the calendar"))?;
    Ok(moved.timestamp())
}

/// What a certificate can say (RFC 5280, 4.1.2.5).
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
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
