//! An encrypted assertion that a fault changes after it was made, with what it was made of (xmlenc-core1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::{MessageDigest, hash};
use saml_emit::{Encryption, Randomness};
use saml_model::DataEncryption;

use super::FaultError;
use super::tree::Tree;

/// Where the session key's `EncryptedKey` stands in an `EncryptedAssertion`.
pub(super) const KEY: &[&str] = &["EncryptedData", "KeyInfo", "EncryptedKey"];

/// Where the encrypted data stand in it.
const VALUE: &[&str] = &["EncryptedData", "CipherData", "CipherValue"];

/// An `EncryptedAssertion`, and what it takes to make it anew.
pub(crate) struct Envelope<'e> {
    /// The element.
    pub(super) element: Tree,
    /// What is in it.
    pub(super) plaintext: &'e str,
    /// By which algorithms and for whom.
    pub(super) encryption: Encryption<'e>,
}

impl<'e> Envelope<'e> {
    /// As Entra encrypts.
    ///
    /// # Errors
    /// That OpenSSL refuses.
    pub(super) fn seal(plaintext: &'e str, encryption: Encryption<'e>) -> Result<Self, FaultError> {
        let xml = saml_emit::encrypted_assertion(plaintext, &encryption);
        Ok(Self {
            element: Tree::read(&xml.map_err(|_| FaultError::NotSealed)?)?,
            plaintext,
            encryption,
        })
    }

    /// Initialisation vector, ciphertext and, with GCM, tag.
    ///
    /// # Errors
    /// That a fault left none.
    pub(super) fn octets(&self) -> Result<Vec<u8>, FaultError> {
        let value = self.element.at(VALUE)?.content();
        STANDARD.decode(value).map_err(|_| FaultError::Unreadable)
    }

    /// Puts other ones in their place.
    ///
    /// # Errors
    /// That a fault took them away.
    pub(super) fn set_octets(&mut self, octets: &[u8]) -> Result<(), FaultError> {
        let value = self.element.at_mut(VALUE)?;
        value.set_content(STANDARD.encode(octets));
        Ok(())
    }

    /// The session key.
    pub(super) fn session_key(&self) -> &[u8] {
        let bytes = match self.encryption.data {
            DataEncryption::Aes128Cbc | DataEncryption::Aes128Gcm => 16,
            DataEncryption::Aes256Cbc | DataEncryption::Aes256Gcm => 32,
        };
        &self.encryption.randomness.session_key[..bytes]
    }

    /// Whether the data are encrypted with GCM.
    pub(super) fn is_gcm(&self) -> bool {
        matches!(
            self.encryption.data,
            DataEncryption::Aes128Gcm | DataEncryption::Aes256Gcm
        )
    }

    /// Encrypts a session key for the same recipient, with a label where OAEP has one, in place of the other.
    ///
    /// # Errors
    /// That OpenSSL refuses, or that a fault took the key away.
    pub(super) fn wrap(&mut self, session_key: &[u8], label: &[u8]) -> Result<(), FaultError> {
        let wrapped = saml_emit::wrapped_key(session_key, label, &self.encryption);
        let wrapped = wrapped.map_err(|_| FaultError::NotSealed)?;
        let value = self.element.at_mut(KEY)?.at_mut(&["CipherData", "CipherValue"])?;
        value.set_content(STANDARD.encode(wrapped));
        Ok(())
    }
}

/// Random values for one more encryption in the same message, since none is used twice.
///
/// # Errors
/// That OpenSSL refuses.
pub(super) fn more(randomness: &Randomness, what: &str) -> Result<Randomness, FaultError> {
    let drawn = |of: &str| {
        let seed = [
            &randomness.session_key[..],
            &randomness.iv,
            what.as_bytes(),
            of.as_bytes(),
        ]
        .concat();
        hash(MessageDigest::sha256(), &seed).map_err(|_| FaultError::NotSealed)
    };
    let (key, vector) = (drawn("key")?, drawn("vector")?);
    let (mut session_key, mut iv) = ([0; 32], [0; 16]);
    session_key.copy_from_slice(&key[..32]);
    iv.copy_from_slice(&vector[..16]);
    Ok(Randomness { session_key, iv })
}

/// What `EncryptedAssertion` holds around something else: `EncryptedID`, `EncryptedAttribute` (saml-core 2.2.4, 2.7.3.2).
///
/// # Errors
/// That OpenSSL refuses.
pub(super) fn encrypted(
    name: &str,
    plaintext: &str,
    encryption: &Encryption<'_>,
) -> Result<Tree, FaultError> {
    let randomness = more(encryption.randomness, name)?;
    let encryption = Encryption {
        randomness: &randomness,
        ..*encryption
    };
    let mut element = Envelope::seal(plaintext, encryption)?.element;
    name.clone_into(&mut element.name);
    Ok(element)
}
