//! Decrypting an `EncryptedAssertion` (saml-core 2.3.4, 6; xmlenc-core1).
//!
//! Of XML Encryption one shape is accepted: one `EncryptedData` whose ciphertext stands in it, encrypted with AES-GCM or,
//! where the policy says so, AES-CBC; its session key in an `EncryptedKey` in `KeyInfo` or beside the `EncryptedData`,
//! encrypted with RSA-OAEP or, where the policy says so, RSA PKCS#1 v1.5. Nothing is fetched. The plaintext is one
//! `Assertion` that means the same without anything around it.
//!
//! Encryption proves nothing about who wrote a message: what comes out of here still has to be verified
//! ([`crate::response::UnverifiedResponse::decrypt_and_verify`]).
//!
//! Whoever can tell one failure from another can decrypt with an SP's help: a padding oracle, and with CBC and RSA 1.5 any
//! difference will do. What can be seen in the message is refused by name; from the first use of a private key on there
//! is one error, [`DecryptionError::Undecipherable`], and every step is taken with some key, right or not.

mod algorithm;
mod error;
mod keys;
mod structure;

pub use error::{DecryptionError, DecryptionKeyError};
pub use keys::{Cbc, DecryptionKeys, DecryptionPolicy, Rsa15};
pub use structure::LIMIT_ENCRYPTED_KEYS;

pub(crate) use structure::EncryptedAssertion;

use saml_model::names::NS_ASSERTION;

use crate::malformed::{Malformed, MalformedKind};
use crate::xml::{self, Document, Limits, NodeKind};
use algorithm::{DataMethod, KeyMethod};

/// What was encrypted. Nobody has verified it.
pub(crate) struct Opened {
    /// A tree of the plaintext: its root is an `Assertion`.
    pub(crate) document: Document,
    /// Nobody without the session key can have changed the ciphertext, so that failures may be told apart.
    pub(crate) is_authenticated: bool,
}

/// Decrypts with the first key that fits.
pub(crate) fn open(
    encrypted: &EncryptedAssertion,
    keys: &DecryptionKeys,
    limits: &Limits,
) -> Result<Opened, DecryptionError> {
    let data = DataMethod::named(&encrypted.data_method, &keys.policy)?;
    let mut unwrapping = Vec::new();
    for key in encrypted.keys_for(keys.policy.recipient.as_deref())? {
        unwrapping.push((key, KeyMethod::of(key, &keys.policy)?));
    }
    let mut failure = DecryptionError::Undecipherable;
    for (key, method) in unwrapping {
        for session_key in keys.unwrap(&method, &key.value, data.key_length())? {
            let Some(plaintext) = data.decrypt(&session_key, &encrypted.value) else {
                continue;
            };
            match assertion(&plaintext, limits) {
                Ok(document) => {
                    return Ok(Opened {
                        document,
                        is_authenticated: data.is_authenticated(),
                    });
                }
                Err(malformed) if data.is_authenticated() => failure = DecryptionError::Plaintext(malformed),
                Err(_) => {}
            }
        }
    }
    Err(failure)
}

/// The one assertion that the plaintext is. It is not put back where it came from: namespaces that it only inherits,
/// and a second element beside it, have no meaning (saml-core 6.1).
fn assertion(plaintext: &[u8], limits: &Limits) -> Result<Document, Malformed> {
    let document = xml::parse(plaintext, limits)?;
    let root = document.root();
    if !root.is(NS_ASSERTION, "Assertion") {
        let (expected, found) = ("saml:Assertion", root.name().to_owned());
        return Err(Malformed::at(root, MalformedKind::WrongRoot { expected, found }));
    }
    // An element is encrypted: no declaration, comment or processing instruction comes with it (xmlenc-core1 4.4).
    let beside = document
        .nodes
        .iter()
        .any(|node| node.parent.is_none() && !matches!(node.kind, NodeKind::Element(_)));
    if beside || plaintext.starts_with(b"<?") {
        let what = "encrypted content beside the assertion";
        return Err(Malformed::at(root, MalformedKind::Unsupported { what }));
    }
    Ok(document)
}
