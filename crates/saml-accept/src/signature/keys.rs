//! The keys that are trusted, and the primitive that verifies with them.

use openssl::bn::{BigNum, BigNumRef};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Public};
use openssl::sign::Verifier;
use openssl::x509::X509;

use super::signed_info::{KeyKind, SignatureMethod};
use super::{KeyError, SignatureError};

/// Whether SHA-1 is accepted, in signatures and in digests alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sha1 {
    /// SHA-1 is refused.
    #[default]
    Refused,
    /// SHA-1 is accepted: the trust says so.
    Allowed,
}

/// The keys of one party. Of the certificates nothing but the key counts: no name, no date, no chain
/// (SAML metadata interoperability profile 2.6.1).
#[derive(Clone, Debug)]
pub struct TrustedKeys {
    keys: Vec<Key>,
    pub(super) sha1: Sha1,
}

#[derive(Clone, Debug)]
struct Key {
    public: PKey<Public>,
    kind: KeyKind,
    /// The width of `r` and of `s` in bytes; 0 for RSA.
    width: usize,
}

impl TrustedKeys {
    /// Takes the public keys out of certificates, each given as DER.
    ///
    /// # Errors
    ///
    /// See [`KeyError`]; an empty set is an error.
    pub fn from_certificates<'c>(
        certificates: impl IntoIterator<Item = &'c [u8]>,
        sha1: Sha1,
    ) -> Result<Self, KeyError> {
        let keys = certificates
            .into_iter()
            .enumerate()
            .map(|(index, der)| {
                let certificate = X509::from_der(der).map_err(|_| KeyError::NotACertificate { index })?;
                certificate
                    .public_key()
                    .ok()
                    .and_then(Key::new)
                    .ok_or(KeyError::Unsupported { index })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            Err(KeyError::Empty)
        } else {
            Ok(Self { keys, sha1 })
        }
    }

    /// The index of the first key that verifies.
    pub(super) fn verify(
        &self,
        method: SignatureMethod,
        message: &[u8],
        value: &[u8],
    ) -> Result<usize, SignatureError> {
        let mut candidates = self
            .keys
            .iter()
            .enumerate()
            .filter(|(_, key)| key.kind == method.key_kind())
            .peekable();
        if candidates.peek().is_none() {
            return Err(SignatureError::KeyKind { uri: method.uri() });
        }
        for (index, key) in candidates {
            if key.verifies(method.hash(), message, value)? {
                return Ok(index);
            }
        }
        Err(SignatureError::SignatureMismatch)
    }
}

/// Whether an RSA exponent makes a signature hard to invent: odd, and at least 3 (RFC 8017, 3.1).
fn is_sound(exponent: &BigNumRef) -> bool {
    exponent.is_odd() && exponent.num_bits() > 1
}

impl Key {
    fn new(public: PKey<Public>) -> Option<Self> {
        let (kind, width) = match public.id() {
            // With the exponent 1 whatever is padded is signed; an even one is nobody's.
            Id::RSA if is_sound(public.rsa().ok()?.e()) => (KeyKind::Rsa, 0),
            Id::EC => {
                let width = match public.ec_key().ok()?.group().curve_name()? {
                    Nid::X9_62_PRIME256V1 => 32,
                    Nid::SECP384R1 => 48,
                    Nid::SECP521R1 => 66,
                    _ => return None,
                };
                (KeyKind::Ec, width)
            }
            _ => return None,
        };
        Some(Self { public, kind, width })
    }

    fn verifies(&self, hash: MessageDigest, message: &[u8], value: &[u8]) -> Result<bool, ErrorStack> {
        let der;
        let value = match self.kind {
            KeyKind::Rsa => value,
            // xmldsig-core1 6.4.3: r and s side by side, each as wide as the order of the curve.
            KeyKind::Ec if value.len() == 2 * self.width => {
                let (r, s) = value.split_at(self.width);
                let (r, s) = (BigNum::from_slice(r)?, BigNum::from_slice(s)?);
                der = EcdsaSig::from_private_components(r, s)?.to_der()?;
                &der
            }
            KeyKind::Ec => return Ok(false),
        };
        let mut verifier = Verifier::new(hash, &self.public)?;
        // A value of the wrong length is an error to OpenSSL; to us it is a signature that does not verify.
        Ok(verifier.verify_oneshot(value, message).unwrap_or(false))
    }
}
