//! The certificates of token encryption (entra-behaviour.md 3.7).

use certs::Certificate;
use control_api::tenant::{AppEntry, CertificateStatus};
use saml_emit::{Encryption, Randomness};
use saml_model::{DataEncryption, KeyTransport};

use super::App;
use super::resolve::rsa_certificate;

/// The shortest RSA key that is taken, in bits: a session key fits into it by every key transport.
const KEY_BITS_MIN: u32 = 1024;

/// A certificate of the SP that an administrator imported.
#[derive(Debug)]
pub(crate) struct EncryptionCertificate {
    /// Its name in the tenant file.
    pub(crate) name: String,
    /// Whether assertions are encrypted to it.
    pub(crate) active: bool,
    /// The certificate.
    pub(crate) certificate: Certificate,
}

/// Reads those of an application. One that has expired, or is not valid yet, is taken: whether Entra refuses it is not
/// known (uncertain).
pub(super) fn encryption_certificates(
    app: &AppEntry,
    problems: &mut Vec<String>,
) -> Vec<EncryptionCertificate> {
    let mut certificates = Vec::new();
    for entry in &app.token_encryption.certificates {
        match encryption_certificate(&entry.certificate) {
            Ok(certificate) => certificates.push(EncryptionCertificate {
                name: entry.name.clone(),
                active: entry.status == CertificateStatus::Active,
                certificate,
            }),
            Err(problem) => problems.push(format!(
                "app `{}`: the encryption certificate `{}`: {problem}",
                app.name, entry.name
            )),
        }
    }
    certificates
}

fn encryption_certificate(text: &str) -> Result<Certificate, String> {
    let certificate = rsa_certificate(text)?;
    let bits = certificate
        .public_key()
        .map_err(|error| error.to_string())?
        .bits();
    if bits < KEY_BITS_MIN {
        return Err(format!(
            "its RSA key has {bits} bits: expected at least {KEY_BITS_MIN}"
        ));
    }
    let soundness = key_problem(&certificate).or_else(|| trial(&certificate));
    soundness.map_or(Ok(certificate), Err)
}

/// With an exponent of 1 nothing is hidden.
fn key_problem(certificate: &Certificate) -> Option<String> {
    let rsa = certificate.public_key().ok()?.rsa().ok()?;
    let is_sound = rsa.e().is_odd() && rsa.e().num_bits() > 1;
    (!is_sound)
        .then(|| "its RSA key has an exponent that is even or 1: nothing would be encrypted".to_owned())
}

/// Why nothing can be encrypted to it: tried now, not at somebody's sign-on.
fn trial(certificate: &Certificate) -> Option<String> {
    let randomness = Randomness {
        session_key: [0; 32],
        iv: [0; 16],
    };
    let encryption = Encryption {
        data: DataEncryption::default(),
        key_transport: KeyTransport::default(),
        certificate_der: certificate.der(),
        randomness: &randomness,
    };
    let failed = saml_emit::encrypted_assertion("<Assertion/>", &encryption).err()?;
    Some(format!("nothing can be encrypted to it: {failed}"))
}

impl App {
    /// The certificate that assertions are encrypted to; `None`: they are sent in plain text.
    pub(crate) fn encryption_certificate(&self) -> Option<&Certificate> {
        let mut active = self.encryption.iter().filter(|listed| listed.active);
        active.next().map(|listed| &listed.certificate)
    }
}
