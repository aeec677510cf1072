//! Token encryption of an application (entra-behaviour.md 3.7).

use serde::Serialize;

use super::{CertificateStatus, is_default};

/// `token_encryption`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TokenEncryptionEntry {
    /// The imported certificates; at most one is active, and with it the assertion is encrypted.
    pub certificates: Vec<EncryptionCertificateEntry>,
    /// Whether `tokenEncryptionKeyId` names a key: without an active certificate the sign-on then stops with AADSTS50007.
    #[serde(skip_serializing_if = "is_default")]
    pub required: bool,
    /// What encrypts the assertion.
    #[serde(skip_serializing_if = "is_default")]
    pub data: DataEncryptionWord,
    /// What encrypts the session key.
    #[serde(skip_serializing_if = "is_default")]
    pub key_transport: KeyTransportWord,
}

/// One of `token_encryption.certificates`: a certificate of the SP, a public key only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EncryptionCertificateEntry {
    /// A name to call it by; Entra has only thumbprints.
    pub name: String,
    /// An X.509 certificate with an RSA key, as PEM or as base64 of its DER.
    pub certificate: String,
    /// Active: the assertion is encrypted to it. Imported ones are inactive.
    pub status: CertificateStatus,
}

/// `token_encryption.data`. Entra's is AES-256 (in CBC mode: uncertain); the others are for SPs that need them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum DataEncryptionWord {
    /// AES-256-CBC.
    #[default]
    #[serde(rename = "aes256-cbc")]
    Aes256Cbc,
    /// AES-256-GCM.
    #[serde(rename = "aes256-gcm")]
    Aes256Gcm,
    /// AES-128-CBC.
    #[serde(rename = "aes128-cbc")]
    Aes128Cbc,
    /// AES-128-GCM.
    #[serde(rename = "aes128-gcm")]
    Aes128Gcm,
}

/// `token_encryption.key_transport`. RSA-OAEP with SHA-1 is taken from AD FS (uncertain); the others are for SPs that
/// need them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum KeyTransportWord {
    /// RSA-OAEP with SHA-1 and MGF1 with SHA-1.
    #[default]
    #[serde(rename = "rsa-oaep-mgf1p")]
    RsaOaepMgf1p,
    /// RSA PKCS#1 v1.5.
    #[serde(rename = "rsa-1_5")]
    Rsa15,
    /// RSA-OAEP with SHA-256 and MGF1 with SHA-256.
    #[serde(rename = "rsa-oaep-sha256")]
    RsaOaepSha256,
}
