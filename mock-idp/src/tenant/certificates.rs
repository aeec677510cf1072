//! Token signing certificates and their keys, made when somebody first needs them (entra-behaviour.md 5).

use std::sync::{Arc, OnceLock};

use certs::{
    Certificate, CertificateSpec, CertificateStore, CertsError, ENTRA_COMMON_NAME, KeyPool, KeySize,
    KeyedCertificate, SigningKey,
};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use uuid::Uuid;

use crate::world;

/// The common name of the tenant's own key (entra-behaviour.md 1; which one is published today is uncertain).
pub(super) const TENANT_COMMON_NAME: &str = "accounts.accesscontrol.windows.net";

/// How long a certificate lives by default, in years.
pub(super) const LIFE_YEARS: i64 = 3;

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
    pub(super) fn tenant_slots(&self) -> usize {
        self.keys.len().saturating_sub(1)
    }

    /// Keeps a certificate that an application imports; whether it was not kept before.
    ///
    /// # Errors
    /// What the state directory says.
    pub(super) fn import(
        &self,
        tenant: Uuid,
        app: Uuid,
        imported: KeyedCertificate,
    ) -> Result<bool, CertsError> {
        let name = imported_name(&imported.certificate.thumbprint());
        self.store
            .keep(&tenant.to_string(), &app.to_string(), &name, imported)
    }

    /// Forgets a certificate that was imported.
    ///
    /// # Errors
    /// What the state directory says.
    pub(super) fn forget_import(&self, tenant: Uuid, app: Uuid, thumbprint: &str) -> Result<(), CertsError> {
        let name = imported_name(thumbprint);
        self.store
            .forget_one(&tenant.to_string(), &app.to_string(), &name)
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

/// A certificate of a tenant.
#[derive(Debug)]
pub(crate) struct AppCertificate {
    pub(super) vault: Arc<Vault>,
    pub(super) identity: Identity,
    pub(super) content: Content,
}

/// A certificate's key and dates.
#[derive(Debug)]
pub(super) enum Content {
    /// Imported: both are the file's.
    Imported(KeyedCertificate),
    /// Made here, when it is first needed.
    Planned {
        /// What it is made from.
        plan: Plan,
        /// Filled at most once.
        made: OnceLock<KeyedCertificate>,
    },
}

/// What a certificate is made from.
#[derive(Debug)]
pub(super) struct Plan {
    /// Its key.
    pub(super) key: Arc<KeyHandle>,
    /// Its subject and issuer.
    pub(super) common_name: &'static str,
    /// In whole seconds.
    pub(super) not_before: Timestamp,
    /// In whole seconds.
    pub(super) not_after: Timestamp,
}

impl AppCertificate {
    /// The certificate and its key; blocks while the key is made.
    ///
    /// # Errors
    /// What OpenSSL or the state directory says.
    pub(crate) fn keyed(&self) -> Result<&KeyedCertificate, CertsError> {
        let (plan, made) = match &self.content {
            Content::Imported(imported) => return Ok(imported),
            Content::Planned { plan, made } => (plan, made),
        };
        if let Some(made) = made.get() {
            return Ok(made);
        }
        let (tenant, app, name) = self.identity.stored();
        let store = &self.vault.store;
        let stored = store.load_or_create(&tenant, &app, &name, || plan.make(&self.vault))?;
        Ok(made.get_or_init(|| stored))
    }

    /// The certificate, where it has been made: one that has not been has signed nothing.
    pub(crate) fn if_made(&self) -> Option<&Certificate> {
        match &self.content {
            Content::Imported(imported) => Some(&imported.certificate),
            Content::Planned { made, .. } => Some(&made.get()?.certificate),
        }
    }

    /// The thumbprint, where the certificate has been made.
    pub(crate) fn thumbprint_if_made(&self) -> Option<String> {
        Some(self.if_made()?.thumbprint())
    }

    /// Its thumbprint; blocks while the key is made.
    ///
    /// # Errors
    /// What OpenSSL or the state directory says.
    pub(crate) fn thumbprint(&self) -> Result<String, CertsError> {
        Ok(self.keyed()?.certificate.thumbprint())
    }

    /// Until when it is valid.
    pub(crate) fn not_after(&self) -> Timestamp {
        self.dates().1
    }

    /// Whether it is valid at `now`.
    pub(crate) fn is_valid(&self, now: Timestamp) -> bool {
        self.dates().0 <= now && !self.has_expired(now)
    }

    /// Whether its end has passed at `now`.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.not_after() < now
    }

    /// From when until when it is valid; a certificate of an earlier start says so itself.
    fn dates(&self) -> (Timestamp, Timestamp) {
        let own = |keyed: &KeyedCertificate| (keyed.certificate.not_before(), keyed.certificate.not_after());
        match &self.content {
            Content::Imported(imported) => own(imported),
            Content::Planned { plan, made } => made.get().map_or((plan.not_before, plan.not_after), own),
        }
    }
}

impl Plan {
    fn make(&self, vault: &Vault) -> Result<KeyedCertificate, CertsError> {
        let key = self.key.key(vault)?;
        let spec = spec(self.common_name, self.not_before, self.not_after);
        let certificate = Certificate::self_signed(&key, &spec)?;
        Ok(KeyedCertificate { key, certificate })
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
        .find(|listed| listed.certificate.is_valid(now));
    Some(&valid.unwrap_or(active).certificate)
}

/// What makes a certificate the same one again after an edit or a restart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// Tenant id.
    pub(super) tenant: Uuid,
    /// Application id; `None` is the tenant's own key.
    pub(super) app: Option<Uuid>,
    /// Its name in the tenant file.
    pub(super) name: String,
    /// Where it comes from.
    pub(super) origin: Origin,
}

/// Where a certificate comes from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Made here.
    Made {
        /// As the file says it: a certificate that was let expire is another one with the same key.
        valid_for: String,
        /// As the file says it.
        valid_from: Option<String>,
        /// The size of its key.
        bits: u32,
    },
    /// Out of a PFX file.
    Imported {
        /// SHA-1, in upper-case hexadecimal.
        thumbprint: String,
    },
}

impl Identity {
    /// Tenant, application and name in the store.
    pub(super) fn stored(&self) -> (String, String, String) {
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
pub(super) struct KeyHandle {
    /// The place in the pool; `None` makes a fresh key.
    pub(super) slot: Option<usize>,
    /// Of a fresh key.
    pub(super) size: KeySize,
    /// The fresh key.
    pub(super) made: OnceLock<SigningKey>,
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

/// `at` moved by whole years; stays where it is at the ends of the calendar.
pub(super) fn years(at: Timestamp, years: i64) -> Timestamp {
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
