//! Reading PFX files (PKCS#12, RFC 7292): an administrator's own key with its certificate.
//!
//! A file says itself how often a password is hashed, so that a small one can keep a processor busy for hours: what it
//! says is added up before any of it is done ([`cost`]).

mod cost;

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

use openssl::{error::ErrorStack, pkcs12::Pkcs12, pkey::PKey, pkey::Private};

use crate::{Certificate, KeyedCertificate, SigningKey};

/// No PFX file is larger; what is larger is refused unread.
pub const PFX_BYTES_MAX: usize = 64 * 1024;

/// The longest password, in bytes.
const PASSWORD_BYTES_MAX: usize = 1024;

/// How often a file may have its password hashed, all keys together: a few seconds of work. What tools write by default is
/// 2,000 (Windows, OpenSSL) to 100,000 (Java); a careful administrator takes 600,000 for each of three.
const ITERATIONS_MAX: u64 = 5_000_000;

/// The RSA keys that the mock signs with, in bits.
const KEY_BITS: std::ops::RangeInclusive<u32> = 1024..=8192;

/// Why a PFX file cannot be imported; each says the way out.
#[derive(Debug, thiserror::Error)]
pub enum PfxError {
    /// A folder, a pipe or a device, which might never end.
    #[error("this is not a file: name a PFX file")]
    NotAFile,
    /// The system does not give it.
    #[error("the PFX file cannot be read: {0}")]
    File(io::Error),
    /// Nobody has a key of that size.
    #[error("the PFX file is larger than {PFX_BYTES_MAX} bytes: export the key and its certificate alone")]
    TooLarge,
    /// It is something else.
    #[error(
        "this is not a PFX file (PKCS#12): `openssl pkcs12 -export -inkey key.pem -in cert.pem -out new.pfx` makes one of a key and a certificate in PEM"
    )]
    NotPfx,
    /// The password is not the file's.
    #[error("the password is not that of the PFX file{}", if *.empty { ": it has one, so give it" } else { "" })]
    WrongPassword {
        /// Whether none was given.
        empty: bool,
    },
    /// A password that no file has.
    #[error("a password of a PFX file has at most {PASSWORD_BYTES_MAX} bytes, and no NUL among them")]
    Password,
    /// RC2, or another cipher that OpenSSL 3 has put aside.
    #[error(
        "the PFX file is encrypted in a way that is not used any more, such as RC2: `openssl pkcs12 -legacy -in old.pfx -nodes -out key.pem`, then `openssl pkcs12 -export -in key.pem -out new.pfx` encrypts it anew"
    )]
    Legacy,
    /// Reading it would take minutes, or years.
    #[error(
        "the PFX file asks for its password to be hashed more than {ITERATIONS_MAX} times: export it with fewer iterations"
    )]
    Iterations,
    /// Certificates alone.
    #[error("the PFX file has no private key: export it with its private key")]
    NoKey,
    /// A key alone, or certificates of other keys.
    #[error("the PFX file has no certificate of its private key: export the certificate along with the key")]
    NoCertificate,
    /// EC, DSA, Ed25519, RSA-PSS.
    #[error(
        "the key of the PFX file is not an RSA key: SAML tokens are signed with RSA here, so make an RSA certificate"
    )]
    NotRsa,
    /// Too short to sign, or so long that signing takes seconds.
    #[error(
        "the RSA key of the PFX file has {bits} bits: expected {} to {}",
        KEY_BITS.start(),
        KEY_BITS.end()
    )]
    KeyBits {
        /// Its length.
        bits: u32,
    },
    /// The numbers are no RSA key.
    #[error("the RSA key of the PFX file is damaged: export it again")]
    DamagedKey,
    /// It is a PFX file, and still it cannot be read.
    #[error("the PFX file cannot be read: OpenSSL says {0}")]
    Unreadable(ErrorStack),
}

/// The bytes of a PFX file, of which no more than [`PFX_BYTES_MAX`] are read.
///
/// # Errors
/// [`PfxError::NotAFile`], [`PfxError::File`] and [`PfxError::TooLarge`].
pub fn read_pfx(path: &Path) -> Result<Vec<u8>, PfxError> {
    // Opening a pipe would keep everybody waiting.
    if !fs::metadata(path).map_err(PfxError::File)?.is_file() {
        return Err(PfxError::NotAFile);
    }
    let file = File::open(path).map_err(PfxError::File)?;
    let mut bytes = Vec::new();
    let read = file.take(PFX_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
    match read.map_err(PfxError::File)? {
        0..=PFX_BYTES_MAX => Ok(bytes),
        _ => Err(PfxError::TooLarge),
    }
}

impl KeyedCertificate {
    /// The first private key of a PFX file and its certificate; what else is in the file, such as the chain, is left out.
    /// Hashes the password as often as the file says: up to seconds of CPU time.
    ///
    /// # Errors
    /// A sentence that tells the way out.
    pub fn from_pfx(bytes: &[u8], password: &str) -> Result<Self, PfxError> {
        if bytes.len() > PFX_BYTES_MAX {
            return Err(PfxError::TooLarge);
        }
        if password.len() > PASSWORD_BYTES_MAX || password.contains('\0') {
            return Err(PfxError::Password);
        }
        let pfx = Pkcs12::from_der(bytes).map_err(|_| PfxError::NotPfx)?;
        if cost::iterations(bytes) > ITERATIONS_MAX {
            return Err(PfxError::Iterations);
        }
        let parsed = pfx
            .parse2(password)
            .map_err(|error| unreadable(error, password.is_empty()))?;
        let key = rsa_key(parsed.pkey.ok_or(PfxError::NoKey)?)?;
        let certificate = parsed.cert.ok_or(PfxError::NoCertificate)?;
        let certificate = certificate.to_der().map_err(PfxError::Unreadable)?;
        let certificate = Certificate::from_der(&certificate).map_err(|_| PfxError::NoCertificate)?;
        let is_its_own = certificate
            .public_key()
            .is_ok_and(|public| public.public_eq(key.private()));
        if !is_its_own {
            return Err(PfxError::NoCertificate);
        }
        Ok(Self { key, certificate })
    }
}

fn rsa_key(key: PKey<Private>) -> Result<SigningKey, PfxError> {
    let rsa = key.rsa().map_err(|_| PfxError::NotRsa)?;
    let key = SigningKey::from_private(key).map_err(|_| PfxError::NotRsa)?;
    if !KEY_BITS.contains(&key.bits()) {
        return Err(PfxError::KeyBits { bits: key.bits() });
    }
    if rsa.check_key().unwrap_or(false) {
        Ok(key)
    } else {
        Err(PfxError::DamagedKey)
    }
}

/// OpenSSL tells a wrong password by the MAC or, where the file has none, by what cannot be decrypted.
fn unreadable(error: ErrorStack, empty: bool) -> PfxError {
    let says = |words: &[&str]| {
        error
            .errors()
            .iter()
            .filter_map(openssl::error::Error::reason)
            .any(|reason| words.iter().any(|word| reason.contains(word)))
    };
    if says(&["mac verify failure", "bad decrypt", "cipherfinal error"]) {
        PfxError::WrongPassword { empty }
    } else if says(&["unsupported", "unknown cipher", "unknown pbe algorithm"]) {
        PfxError::Legacy
    } else {
        PfxError::Unreadable(error)
    }
}

#[cfg(test)]
mod tests;
