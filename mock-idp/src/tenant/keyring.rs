//! The certificates that a tenant has and had (entra-behaviour.md 5).
//!
//! A tenant's keyring hands each certificate a place in the shared key pool as soon as the certificate is known,
//! in the order of the file, so that a restart hands out the same places and no two applications of the tenant
//! share a key. The pool's last place is the attackers'. Keys beyond the pool, and all of a tenant with
//! `keys = "unique"`, are made freshly.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use certs::{CertsError, ENTRA_COMMON_NAME, KeySize, KeyedCertificate};
use control_api::clock::moved;
use control_api::tenant::{CertificateEntry, Keys};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::certificates::{
    AppCertificate, Content, Identity, KeyHandle, LIFE_YEARS, Origin, Plan, TENANT_COMMON_NAME, Vault, years,
};
use crate::limits::CERTIFICATES_MAX;

/// Every certificate that a tenant has or had.
#[derive(Clone, Debug)]
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
    pub(super) fn vault(&self) -> Arc<Vault> {
        Arc::clone(&self.vault)
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
        let plan = Plan {
            key: self.key(Some(app), &entry.name, entry.key_bits, keys),
            common_name: ENTRA_COMMON_NAME,
            not_before: whole_second(not_before),
            not_after: whole_second(not_after),
        };
        self.planned(identity, plan)
    }

    /// A certificate that was imported, by this start or an earlier one.
    fn imported(&mut self, identity: Identity, thumbprint: &str) -> Result<Arc<AppCertificate>, String> {
        let kept = self.stored(&identity).map_err(|error| error.to_string())?;
        let Some(kept) = kept else {
            return Err(format!(
                "the imported certificate {thumbprint} is not in the state directory: import the PFX file again, as `pfx` or by the action `import`"
            ));
        };
        self.add(identity, Content::Imported(kept))
    }

    /// A certificate that is made here, or was by an earlier start.
    fn planned(&mut self, identity: Identity, plan: Plan) -> Result<Arc<AppCertificate>, String> {
        // One of an earlier start has dates of its own. What is wrong with its file is told where it is needed.
        let stored = self.stored(&identity).ok().flatten();
        let made = stored.map_or_else(OnceLock::new, OnceLock::from);
        self.add(identity, Content::Planned { plan, made })
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
        let plan = Plan {
            key: self.key(None, "own", 2048, keys),
            common_name: TENANT_COMMON_NAME,
            not_before: whole_second(now),
            not_after: whole_second(years(now, LIFE_YEARS)),
        };
        self.planned(identity, plan)
    }

    /// The certificate that `app` has or had last under this name, withdrawn ones included.
    pub(crate) fn ever_called(&self, app: Uuid, name: &str) -> Option<Arc<AppCertificate>> {
        let called =
            |known: &&Arc<AppCertificate>| known.identity.app == Some(app) && known.identity.name == name;
        self.certificates.iter().rev().find(called).cloned()
    }

    /// Every certificate that `app` has or had, with its name, in the order in which they were last in the file.
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

    fn add(&mut self, identity: Identity, content: Content) -> Result<Arc<AppCertificate>, String> {
        if self.certificates.len() >= CERTIFICATES_MAX {
            return Err(format!(
                "this tenant has had {CERTIFICATES_MAX} certificates: make the tenant anew"
            ));
        }
        let certificate = Arc::new(AppCertificate {
            vault: Arc::clone(&self.vault),
            identity,
            content,
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
    let moved =
        |from, by: &str| moved(from, by).map_err(|expected| format!("`{by}` from {from} is not {expected}"));
    let start = valid_from.map_or(Ok(now), |offset| moved(now, offset))?;
    let end = moved(start, valid_for)?;
    let start = if end < start {
        years(end, -LIFE_YEARS)
    } else {
        start
    };
    for at in [start, end] {
        if !(0..=9999).contains(&at.to_zoned(TimeZone::UTC).year()) {
            return Err(format!(
                "a certificate cannot say {at}: its dates lie in the years 0 to 9999, so move the tenant's clock"
            ));
        }
    }
    Ok((start, end))
}

/// What a certificate can say (RFC 5280, 4.1.2.5).
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
