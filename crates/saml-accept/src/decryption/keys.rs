//! The private keys, what they may be used for, and how they unwrap a session key without saying whether they could.

use std::fmt;

use openssl::encrypt::Decrypter;
use openssl::error::ErrorStack;
use openssl::hash::{Hasher, MessageDigest};
use openssl::pkey::{Id, PKey, PKeyRef, Private};
use openssl::rsa::Padding;

use super::algorithm::{KeyMethod, Oaep};
use super::{DecryptionError, DecryptionKeyError};

/// Whether AES-CBC is accepted for the data. It is what Entra uses (entra-behaviour.md 3.7), and it does not protect what
/// it encrypts from being changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cbc {
    /// AES-CBC is refused.
    #[default]
    Refused,
    /// AES-CBC is accepted.
    Allowed,
}

/// Whether RSA PKCS#1 v1.5 is accepted for the session key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rsa15 {
    /// RSA PKCS#1 v1.5 is refused.
    #[default]
    Refused,
    /// RSA PKCS#1 v1.5 is accepted.
    Allowed,
}

/// What is accepted beyond AES-GCM and RSA-OAEP, and for whom a message has to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecryptionPolicy {
    /// AES-CBC.
    pub cbc: Cbc,
    /// RSA PKCS#1 v1.5.
    pub rsa_1_5: Rsa15,
    /// Our entity id. An `EncryptedKey` with another `Recipient` is passed over (xmlenc-core1 3.5.1); `None` reads no
    /// `Recipient`.
    pub recipient: Option<String>,
}

/// The private keys of one party, with the policy of their use.
#[derive(Clone)]
pub struct DecryptionKeys {
    keys: Vec<Key>,
    pub(super) policy: DecryptionPolicy,
}

#[derive(Clone)]
struct Key {
    private: PKey<Private>,
    /// Known to nobody else; substitutes for session keys are made of it.
    secret: Vec<u8>,
}

/// Keys do not show themselves.
impl fmt::Debug for DecryptionKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DecryptionKeys")
            .field("keys", &self.keys.len())
            .field("policy", &self.policy)
            .finish()
    }
}

impl DecryptionKeys {
    /// Takes private keys, the one that is used most first: each further one costs time for every message that it does
    /// not open.
    ///
    /// # Errors
    ///
    /// See [`DecryptionKeyError`]; an empty set is an error.
    pub fn new<'k>(
        keys: impl IntoIterator<Item = &'k PKeyRef<Private>>,
        policy: DecryptionPolicy,
    ) -> Result<Self, DecryptionKeyError> {
        let keys = keys
            .into_iter()
            .enumerate()
            .map(|(index, key)| {
                if key.id() != Id::RSA {
                    return Err(DecryptionKeyError::NotRsa { index });
                }
                Ok(Key {
                    secret: key.private_key_to_der()?,
                    private: key.to_owned(),
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(DecryptionKeyError::Empty);
        }
        Ok(Self { keys, policy })
    }

    /// A session key of the right length for each private key, in their order. Where a private key does not open the
    /// message, a substitute stands for the session key that nobody can foresee and that is the same each time, so
    /// that the way onwards is the same (as TLS does it: RFC 5246 7.4.7.1).
    pub(super) fn unwrap(
        &self,
        method: &KeyMethod,
        wrapped: &[u8],
        length: usize,
    ) -> Result<Vec<Vec<u8>>, DecryptionError> {
        let keys = self.keys.iter();
        Ok(keys
            .map(|key| key.unwrap(method, wrapped, length))
            .collect::<Result<_, _>>()?)
    }
}

impl Key {
    fn unwrap(&self, method: &KeyMethod, wrapped: &[u8], length: usize) -> Result<Vec<u8>, ErrorStack> {
        let mut substitute = Hasher::new(MessageDigest::sha256())?;
        substitute.update(&self.secret)?;
        substitute.update(wrapped)?;
        let substitute = substitute.finish()?[..length].to_vec();
        let decrypter = self.decrypter(method)?;
        Ok(match decrypt(&decrypter, wrapped) {
            Ok(session_key) if session_key.len() == length => session_key,
            _ => substitute,
        })
    }

    fn decrypter(&self, method: &KeyMethod) -> Result<Decrypter<'_>, ErrorStack> {
        let mut decrypter = Decrypter::new(&self.private)?;
        match method {
            KeyMethod::Rsa15 => decrypter.set_rsa_padding(Padding::PKCS1)?,
            KeyMethod::Oaep(Oaep { digest, mgf1, label }) => {
                decrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
                decrypter.set_rsa_oaep_md(*digest)?;
                decrypter.set_rsa_mgf1_md(*mgf1)?;
                if !label.is_empty() {
                    decrypter.set_rsa_oaep_label(label)?;
                }
            }
        }
        Ok(decrypter)
    }
}

fn decrypt(decrypter: &Decrypter<'_>, wrapped: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let mut session_key = vec![0; decrypter.decrypt_len(wrapped)?];
    let length = decrypter.decrypt(wrapped, &mut session_key)?;
    session_key.truncate(length);
    Ok(session_key)
}
