//! PFX files for the steps that import a certificate: read from beside the scenario, or made as an administrator would,
//! since a scenario holds no private key.

use std::path::Path;

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::x509::{X509, X509Name};
use tokio::io::AsyncReadExt as _;

/// More than this of a file is not read; the identity provider refuses what is larger than 64 KiB.
const BYTES_MAX: u64 = 64 * 1024 + 1;

/// The password of a fresh file.
const PASSWORD: &str = "entrant";

/// The size of a fresh key, in bits.
const KEY_BITS: u32 = 2048;

/// The exponent of a fresh key.
const EXPONENT: u32 = 65537;

/// How long a fresh certificate lives, in days.
const LIFE_DAYS: u32 = 365;

/// Reads a PFX file.
///
/// # Errors
/// Why it cannot be read.
pub(crate) async fn read(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("the PFX file {} cannot be read: {error}", path.display());
    let file = tokio::fs::File::open(path).await.map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(BYTES_MAX)
        .read_to_end(&mut bytes)
        .await
        .map_err(failed)?;
    Ok(bytes)
}

/// A key and a certificate that nobody has had before, and the file's password. The key has this exponent, else 65537.
///
/// # Errors
/// What OpenSSL says.
pub(crate) async fn fresh(exponent: Option<u32>) -> Result<(Vec<u8>, String), String> {
    let made = tokio::task::spawn_blocking(move || make(exponent.unwrap_or(EXPONENT))).await;
    let made = made.map_err(|error| error.to_string())?;
    let file = made.map_err(|error| format!("no PFX file can be made: {error}"))?;
    Ok((file, PASSWORD.to_owned()))
}

fn make(exponent: u32) -> Result<Vec<u8>, ErrorStack> {
    let exponent = BigNum::from_u32(exponent)?;
    let key = PKey::from_rsa(Rsa::generate_with_e(KEY_BITS, &exponent)?)?;
    let mut name = X509Name::builder()?;
    name.append_entry_by_text("CN", "sso.contoso.com")?;
    let name = name.build();
    let mut serial = BigNum::new()?;
    serial.rand(127, MsbOption::MAYBE_ZERO, false)?;
    let mut certificate = X509::builder()?;
    // Version 3 (RFC 5280, 4.1.2.1).
    certificate.set_version(2)?;
    let serial = serial.to_asn1_integer()?;
    certificate.set_serial_number(&serial)?;
    certificate.set_subject_name(&name)?;
    certificate.set_issuer_name(&name)?;
    certificate.set_pubkey(&key)?;
    let (from, until) = (Asn1Time::days_from_now(0)?, Asn1Time::days_from_now(LIFE_DAYS)?);
    certificate.set_not_before(&from)?;
    certificate.set_not_after(&until)?;
    certificate.sign(&key, MessageDigest::sha256())?;
    let certificate = certificate.build();
    let mut file = Pkcs12::builder();
    file.name("sso.contoso.com").pkey(&key).cert(&certificate);
    file.build2(PASSWORD)?.to_der()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_fresh_file_has_a_key_and_its_certificate_and_no_two_are_the_same() {
        let (first, password) = fresh(None).await.unwrap();
        let parsed = Pkcs12::from_der(&first).unwrap().parse2(&password).unwrap();
        let (key, certificate) = (parsed.pkey.unwrap(), parsed.cert.unwrap());
        assert!(certificate.public_key().unwrap().public_eq(&key));
        assert_eq!(key.bits(), 2048);
        let (small, password) = fresh(Some(3)).await.unwrap();
        let small = Pkcs12::from_der(&small).unwrap().parse2(&password).unwrap();
        assert_eq!(small.pkey.unwrap().rsa().unwrap().e().to_vec(), [3]);
        assert_ne!(fresh(None).await.unwrap().0, first);
    }

    #[tokio::test]
    async fn a_file_is_read_as_it_is_and_no_further_than_needed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), vec![7; 100_000]).unwrap();
        assert_eq!(read(file.path()).await.unwrap(), vec![7; 65_537]);
        let missing = read(Path::new("/no/such.pfx")).await.unwrap_err();
        assert!(
            missing.contains("the PFX file /no/such.pfx cannot be read"),
            "{missing}"
        );
    }
}
