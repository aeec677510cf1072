//! What can be wrong with encryption: by name as far as everybody can see it, and one error for the rest.

use openssl::error::ErrorStack;
use thiserror::Error;

use crate::malformed::Malformed;
use crate::quoted::quoted;

/// Why an assertion was not decrypted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecryptionError {
    /// AES-CBC, and the policy does not allow it.
    #[error("the encryption method `{uri}` is AES-CBC, which is refused")]
    CbcRefused {
        /// The `Algorithm`.
        uri: &'static str,
    },
    /// The library that computes failed before any private key was used.
    #[error("the cryptographic library failed: {0}")]
    Crypto(#[from] ErrorStack),
    /// An encryption method of the data outside the allow list, such as 3DES.
    #[error("the encryption method `{}` is not allowed", quoted(.uri))]
    DataMethodRefused {
        /// The `Algorithm`.
        uri: String,
    },
    /// An encryption method of the session key outside the allow list, or one with parameters that it does not have.
    #[error("the key transport `{}` is not allowed", quoted(.uri))]
    KeyTransportRefused {
        /// The `Algorithm`.
        uri: String,
    },
    /// No session key comes with the data, so that both sides would have to know one.
    #[error("there is no EncryptedKey")]
    NoEncryptedKey,
    /// A digest or mask generation function of RSA-OAEP outside the allow list.
    #[error("RSA-OAEP with `{}` is not allowed", quoted(.uri))]
    OaepRefused {
        /// The `Algorithm`.
        uri: String,
    },
    /// Every `EncryptedKey` names another recipient.
    #[error("the assertion is encrypted for `{}`", quoted(.found))]
    OtherRecipient {
        /// The first `Recipient`.
        found: String,
    },
    /// What was encrypted is not one assertion. Only authenticated encryption (GCM) gets this answer.
    #[error("what was encrypted is no assertion: {0}")]
    Plaintext(Malformed),
    /// RSA PKCS#1 v1.5, and the policy does not allow it.
    #[error("the session key is encrypted with RSA PKCS#1 v1.5, which is refused")]
    Rsa15Refused,
    /// The private keys give no assertion, or one that no trusted key signed: encrypted for somebody else, changed on the
    /// way, or forged. Which of these is not told, and must not be (see the module).
    #[error("the encrypted assertion gives nothing that a trusted key signed")]
    Undecipherable,
}

/// Why private keys do not make a set of decryption keys.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecryptionKeyError {
    /// The library that computes failed.
    #[error("the cryptographic library failed: {0}")]
    Crypto(#[from] ErrorStack),
    /// No key at all.
    #[error("there is no key to decrypt with")]
    Empty,
    /// The key is not an RSA key.
    #[error("key {index} is not an RSA key")]
    NotRsa {
        /// The place of the key, counted from 0.
        index: usize,
    },
}
