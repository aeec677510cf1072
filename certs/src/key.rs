//! RSA keys that sign.

use std::fmt;

use openssl::{
    pkey::{Id, PKey, PKeyRef, Private},
    rsa::Rsa,
};

use crate::CertsError;

/// How long a generated key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySize {
    /// 1024 bits: too short to be trusted, for tests of those who must not.
    Rsa1024,
    /// 2048 bits, as Entra's own keys (entra-behaviour.md 5).
    Rsa2048,
    /// 4096 bits.
    Rsa4096,
}

impl KeySize {
    /// The length of the modulus in bits.
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::Rsa1024 => 1024,
            Self::Rsa2048 => 2048,
            Self::Rsa4096 => 4096,
        }
    }
}

/// An RSA private key; a clone shares it.
#[derive(Clone)]
pub struct SigningKey {
    key: PKey<Private>,
}

impl SigningKey {
    /// A new key with the exponent 65537. Takes tens of milliseconds to seconds of CPU time.
    ///
    /// # Errors
    ///
    /// [`CertsError::Crypto`] where OpenSSL has no randomness or memory.
    pub fn generate(size: KeySize) -> Result<Self, CertsError> {
        let key = PKey::from_rsa(Rsa::generate(size.bits())?)?;
        Ok(Self { key })
    }

    /// A key that comes from elsewhere, such as a PFX file.
    ///
    /// # Errors
    ///
    /// [`CertsError::NotAKey`] where it is not RSA.
    pub fn from_private(key: PKey<Private>) -> Result<Self, CertsError> {
        if key.id() == Id::RSA {
            Ok(Self { key })
        } else {
            Err(CertsError::NotAKey("it is of another type".to_owned()))
        }
    }

    /// The first private key of a PEM text, PKCS#8 or PKCS#1.
    ///
    /// # Errors
    ///
    /// [`CertsError::NotAKey`] where there is none, it is encrypted or it is not RSA.
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, CertsError> {
        // Without a callback OpenSSL would ask the terminal for the passphrase of an encrypted key.
        let key = PKey::private_key_from_pem_callback(pem.as_ref(), |_| Ok(0))
            .map_err(|error| CertsError::NotAKey(error.to_string()))?;
        Self::from_private(key)
    }

    /// The key as unencrypted PKCS#8 in PEM.
    ///
    /// # Errors
    ///
    /// [`CertsError::Crypto`].
    pub fn to_pem(&self) -> Result<String, CertsError> {
        let pem = self.key.private_key_to_pem_pkcs8()?;
        Ok(String::from_utf8_lossy(&pem).into_owned())
    }

    /// The key for OpenSSL.
    #[must_use]
    pub fn private(&self) -> &PKeyRef<Private> {
        &self.key
    }

    /// The length of the modulus in bits; a key from elsewhere may have any.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.key.bits()
    }
}

/// Never the key itself.
impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey(RSA {})", self.bits())
    }
}

/// One key for all tests of this crate that do not care which.
#[cfg(test)]
pub(crate) fn test_key() -> SigningKey {
    static KEY: std::sync::LazyLock<SigningKey> =
        std::sync::LazyLock::new(|| SigningKey::generate(KeySize::Rsa2048).unwrap());
    KEY.clone()
}

#[cfg(test)]
mod tests {
    use openssl::{ec, nid::Nid, pkey::PKey, symm::Cipher};

    use super::{SigningKey, test_key};
    use crate::CertsError;

    #[test]
    fn pem_round_trips_as_pkcs8() {
        let key = test_key();
        assert_eq!(key.bits(), 2048);
        let pem = key.to_pem().unwrap();
        assert!(pem.starts_with("-----BEGIN PRIVATE"));
        assert!(
            SigningKey::from_pem(&pem)
                .unwrap()
                .private()
                .public_eq(key.private())
        );
    }

    #[test]
    fn what_cannot_sign_is_refused() {
        let group = ec::EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let elliptic = PKey::from_ec_key(ec::EcKey::generate(&group).unwrap()).unwrap();
        let encrypted = test_key()
            .private()
            .private_key_to_pem_pkcs8_passphrase(Cipher::aes_128_cbc(), b"secret")
            .unwrap();
        for pem in [
            elliptic.private_key_to_pem_pkcs8().unwrap(),
            encrypted,
            b"rubbish".to_vec(),
        ] {
            assert!(matches!(SigningKey::from_pem(pem), Err(CertsError::NotAKey(_))));
        }
    }

    #[test]
    fn debug_does_not_tell_the_key() {
        assert_eq!(format!("{:?}", test_key()), "SigningKey(RSA 2048)");
    }
}
