//! Why a value could not be written.

use std::fmt;

use openssl::error::ErrorStack;

/// Why a value could not be turned into a message.
#[derive(Debug, thiserror::Error)]
pub enum EmitError {
    /// XML 1.0 has no way to write this character, not even as a character reference (XML 1.0, 2.2 `Char`).
    #[error("{place} holds U+{:04X}, which XML 1.0 cannot carry", u32::from(*character))]
    ForbiddenCharacter {
        /// The element or attribute whose value holds it.
        place: Place,
        /// The character.
        character: char,
    },
    /// Both signature algorithms are RSA; the key is of another type.
    #[error("the signing key is not an RSA key")]
    NotAnRsaKey,
    /// What to encrypt for is not the DER of an X.509 certificate with an RSA key.
    #[error("the encryption certificate is not an X.509 certificate with an RSA key")]
    EncryptionCertificate,
    /// OpenSSL refused to digest, to sign or to encrypt, for instance because its policy forbids SHA-1.
    #[error("OpenSSL could not sign or encrypt: {0}")]
    Crypto(#[from] ErrorStack),
}

/// Where in a message a value stands; printed as `NameID` or `Attribute/@Name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The local name of the element.
    pub element: &'static str,
    /// The local name of the attribute, where the value is one.
    pub attribute: Option<&'static str>,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.attribute {
            Some(attribute) => write!(formatter, "{}/@{attribute}", self.element),
            None => formatter.write_str(self.element),
        }
    }
}
