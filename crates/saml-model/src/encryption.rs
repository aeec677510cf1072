//! How an assertion is encrypted (saml-core 6, xmlenc-core1).

/// What encrypts the assertion itself; the session key is as long as the name says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DataEncryption {
    /// AES-128-CBC.
    Aes128Cbc,
    /// AES-128-GCM (xmlenc-core1 5.2.4).
    Aes128Gcm,
    /// AES-256-CBC, the default: Entra's (entra-behaviour.md 3.7).
    #[default]
    Aes256Cbc,
    /// AES-256-GCM.
    Aes256Gcm,
}

impl DataEncryption {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Aes128Cbc, Self::Aes128Gcm, Self::Aes256Cbc, Self::Aes256Gcm];
}

/// What encrypts the session key for its recipient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KeyTransport {
    /// RSA PKCS#1 v1.5.
    Rsa15,
    /// RSA-OAEP with SHA-1 and MGF1 with SHA-1, the default: Entra's (entra-behaviour.md 3.7).
    #[default]
    RsaOaepMgf1p,
    /// RSA-OAEP with SHA-256 and MGF1 with SHA-256 (xmlenc-core1 5.5.2).
    RsaOaepSha256,
}

impl KeyTransport {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Rsa15, Self::RsaOaepMgf1p, Self::RsaOaepSha256];
}
