//! The key that signs what this service provider sends and decrypts what it gets, with its certificate: one for all
//! instances, so that an administrator has one to register.

use std::path::PathBuf;

use certs::{
    Certificate, CertificateSpec, CertificateStore, CertsError, KeySize, KeyedCertificate, SigningKey,
};
use jiff::SignedDuration;
use saml_accept::decryption::{Cbc, DecryptionKeyError, DecryptionKeys, DecryptionPolicy, Rsa15};
use saml_emit::{
    EmitError, Signing,
    binding::{Escapes, Parameter, redirect_url, signed_redirect_url},
};
use saml_model::SignatureAlgorithm;

use crate::ambient;

/// Subject and issuer of the certificate.
const COMMON_NAME: &str = "entrant reference service provider";

/// How long the certificate is valid: longer than any scenario moves a clock.
const VALIDITY: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);

/// How far back its validity begins, for clocks that run behind.
const LEEWAY: SignedDuration = SignedDuration::from_hours(24);

/// Under this name the certificate is kept, where a tenant's are kept under the tenant's id, which is a GUID.
const NAME: &str = "sp";

/// Why nothing was signed, or nothing could be decrypted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OwnKeyError {
    /// The key or its certificate could not be made, read or kept.
    #[error("the key that signs requests: {0}")]
    Certs(#[from] CertsError),
    /// The key decrypts nothing.
    #[error("the key that decrypts assertions: {0}")]
    Decryption(#[from] DecryptionKeyError),
    /// The message could not be written or signed.
    #[error("the message: {0}")]
    Emit(#[from] EmitError),
}

/// The key and its certificate, made when somebody first asks. Making it takes up to a second, so it is nothing for a
/// thread that serves others.
pub(crate) struct OwnKey {
    store: CertificateStore,
}

impl std::fmt::Debug for OwnKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("OwnKey")
    }
}

impl OwnKey {
    /// Kept in a file (0600) of this directory, or in memory.
    pub(crate) fn new(directory: Option<PathBuf>) -> Self {
        Self {
            store: directory.map_or_else(CertificateStore::memory, CertificateStore::directory),
        }
    }

    /// The key with its certificate; not one of the pool, whose keys are the identity provider's.
    ///
    /// # Errors
    /// [`OwnKeyError::Certs`].
    pub(crate) fn get(&self) -> Result<KeyedCertificate, OwnKeyError> {
        Ok(self.store.load_or_create(NAME, NAME, NAME, make)?)
    }

    /// What decrypts assertions for the service provider of this entity id, by every algorithm: which of them an identity
    /// provider takes is its administrator's choice, and Entra's is AES-CBC (entra-behaviour.md 3.7).
    ///
    /// # Errors
    /// [`OwnKeyError::Certs`], [`OwnKeyError::Decryption`].
    pub(crate) fn decryption(&self, entity_id: &str) -> Result<DecryptionKeys, OwnKeyError> {
        let policy = DecryptionPolicy {
            cbc: Cbc::Allowed,
            rsa_1_5: Rsa15::Allowed,
            recipient: Some(entity_id.to_owned()),
        };
        Ok(DecryptionKeys::new([self.get()?.key.private()], policy)?)
    }

    /// Calls `sign` with what signs: RSA-SHA256.
    ///
    /// # Errors
    /// [`OwnKeyError`].
    pub(crate) fn sign<T>(
        &self,
        sign: impl FnOnce(&Signing<'_>) -> Result<T, EmitError>,
    ) -> Result<T, OwnKeyError> {
        let own = self.get()?;
        let signing = Signing {
            algorithm: SignatureAlgorithm::RsaSha256,
            key: own.key.private(),
            certificate_der: own.certificate.der(),
        };
        Ok(sign(&signing)?)
    }

    /// The address that takes a message by HTTP-Redirect, signed where `signed`. Escapes are in upper case, as libraries of
    /// service providers write them and RFC 3986 section 2.1 wants them.
    ///
    /// # Errors
    /// [`OwnKeyError`].
    pub(crate) fn redirect_url(
        &self,
        location: &str,
        parameter: Parameter,
        xml: &str,
        relay_state: Option<&str>,
        signed: bool,
    ) -> Result<String, OwnKeyError> {
        if !signed {
            return Ok(redirect_url(location, parameter, xml, relay_state));
        }
        self.sign(|signing| {
            signed_redirect_url(location, parameter, xml, relay_state, signing, Escapes::Upper)
        })
    }
}

fn make() -> Result<KeyedCertificate, CertsError> {
    let key = SigningKey::generate(KeySize::Rsa2048)?;
    let now = ambient::now();
    let spec = CertificateSpec {
        common_name: COMMON_NAME.to_owned(),
        serial: ambient::serial(),
        not_before: now.saturating_sub(LEEWAY).unwrap_or(now),
        not_after: now.saturating_add(VALIDITY).unwrap_or(now),
    };
    let certificate = Certificate::self_signed(&key, &spec)?;
    Ok(KeyedCertificate { key, certificate })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_when_asked_for_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("certificates");
        let first = OwnKey::new(Some(place.clone()));
        assert!(!place.exists(), "nothing on the way to a start");
        let made = first.get().unwrap();
        let again = OwnKey::new(Some(place.clone())).get().unwrap();
        assert_eq!(again.certificate, made.certificate);
        assert!(again.key.private().public_eq(made.key.private()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let files: Vec<_> = std::fs::read_dir(&place).unwrap().map(Result::unwrap).collect();
            assert_eq!(files.len(), 1);
            assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        let memory = OwnKey::new(None);
        assert_eq!(
            memory.get().unwrap().certificate,
            memory.get().unwrap().certificate
        );
        assert_ne!(memory.get().unwrap().certificate, made.certificate);
        let now = ambient::now();
        assert!(
            made.certificate.not_before() < now
                && now + SignedDuration::from_hours(9 * 365 * 24) < made.certificate.not_after()
        );
    }
}
