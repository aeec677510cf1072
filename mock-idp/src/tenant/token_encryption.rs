//! The certificates of token encryption (entra-behaviour.md 3.7).

use certs::Certificate;
use control_api::tenant::{AppEntry, CertificateStatus};

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
    Ok(certificate)
}

impl App {
    /// The certificate that assertions are encrypted to; `None`: they are sent in plain text.
    pub(crate) fn encryption_certificate(&self) -> Option<&Certificate> {
        let mut active = self.encryption.iter().filter(|listed| listed.active);
        active.next().map(|listed| &listed.certificate)
    }
}
