//! Keys and certificates of the tests, made once for each run.

use std::sync::LazyLock;

use certs::{Certificate, CertificateSpec, ENTRA_COMMON_NAME, KeySize, SigningKey};
use saml_emit::Signing;
use saml_model::SignatureAlgorithm;

/// Signs most messages.
pub(crate) static RSA_2048: LazyLock<Identity> = LazyLock::new(|| Identity::generate(KeySize::Rsa2048));
/// Signs the others.
pub(crate) static RSA_4096: LazyLock<Identity> = LazyLock::new(|| Identity::generate(KeySize::Rsa4096));
/// Never signs; nobody must believe it.
pub(crate) static STRANGER: LazyLock<Identity> = LazyLock::new(|| Identity::generate(KeySize::Rsa2048));

/// A key and its certificate in Entra's shape.
pub(crate) struct Identity {
    pub(crate) key: SigningKey,
    pub(crate) certificate: Certificate,
}

impl Identity {
    fn generate(size: KeySize) -> Self {
        let key = SigningKey::generate(size).unwrap();
        let spec = CertificateSpec {
            common_name: ENTRA_COMMON_NAME.to_owned(),
            serial: [7; 16],
            not_before: "2026-01-02T03:04:05Z".parse().unwrap(),
            not_after: "2029-01-02T03:04:05Z".parse().unwrap(),
        };
        let certificate = Certificate::self_signed(&key, &spec).unwrap();
        Self { key, certificate }
    }

    pub(crate) fn signing(&self, algorithm: SignatureAlgorithm) -> Signing<'_> {
        Signing {
            algorithm,
            key: self.key.private(),
            certificate_der: self.certificate.der(),
        }
    }
}
