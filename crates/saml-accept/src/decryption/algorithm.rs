//! The encryption methods that are accepted, and what each computes. Everything outside the lists is refused by name.

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::symm::{Cipher, Crypter, Mode, decrypt_aead};
use saml_model::names;

use super::structure::EncryptedKey;
use super::{Cbc, DecryptionError, DecryptionPolicy, Rsa15};

/// The initialisation vector of GCM, in bytes (xmlenc-core1 5.2.4).
const GCM_IV: usize = 12;
/// The tag of GCM, in bytes; a shorter one is no tag (xmlenc-core1 5.2.4).
const GCM_TAG: usize = 16;
/// The block of AES, in bytes, which is the initialisation vector of CBC too.
const BLOCK: usize = 16;

/// The methods that encrypt data.
const DATA_METHODS: [DataMethod; 4] = [
    DataMethod {
        uri: names::ENC_AES128_GCM,
        mode: BlockMode::Gcm,
        cipher: Cipher::aes_128_gcm,
    },
    DataMethod {
        uri: names::ENC_AES256_GCM,
        mode: BlockMode::Gcm,
        cipher: Cipher::aes_256_gcm,
    },
    DataMethod {
        uri: names::ENC_AES128_CBC,
        mode: BlockMode::Cbc,
        cipher: Cipher::aes_128_cbc,
    },
    DataMethod {
        uri: names::ENC_AES256_CBC,
        mode: BlockMode::Cbc,
        cipher: Cipher::aes_256_cbc,
    },
];

/// The digests of RSA-OAEP, each with the mask generation function that is made of it. SHA-1 is not broken here: nobody
/// gains by a collision.
const OAEP_DIGESTS: [OaepDigest; 4] = [
    OaepDigest {
        uri: names::DIGEST_SHA1,
        mgf1: names::MGF1_SHA1,
        hash: MessageDigest::sha1,
    },
    OaepDigest {
        uri: names::DIGEST_SHA256,
        mgf1: names::MGF1_SHA256,
        hash: MessageDigest::sha256,
    },
    OaepDigest {
        uri: names::DIGEST_SHA384,
        mgf1: names::MGF1_SHA384,
        hash: MessageDigest::sha384,
    },
    OaepDigest {
        uri: names::DIGEST_SHA512,
        mgf1: names::MGF1_SHA512,
        hash: MessageDigest::sha512,
    },
];

struct OaepDigest {
    uri: &'static str,
    mgf1: &'static str,
    hash: fn() -> MessageDigest,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum BlockMode {
    Cbc,
    Gcm,
}

/// An accepted method that encrypts data.
#[derive(Clone, Copy)]
pub(super) struct DataMethod {
    uri: &'static str,
    mode: BlockMode,
    cipher: fn() -> Cipher,
}

impl DataMethod {
    pub(super) fn named(uri: &str, policy: &DecryptionPolicy) -> Result<Self, DecryptionError> {
        let method = DATA_METHODS
            .into_iter()
            .find(|method| method.uri == uri)
            .ok_or_else(|| DecryptionError::DataMethodRefused { uri: uri.to_owned() })?;
        if method.mode == BlockMode::Cbc && policy.cbc == Cbc::Refused {
            return Err(DecryptionError::CbcRefused { uri: method.uri });
        }
        Ok(method)
    }

    /// What comes out is what went in.
    pub(super) fn is_authenticated(self) -> bool {
        self.mode == BlockMode::Gcm
    }

    /// Of the session key, in bytes.
    pub(super) fn key_length(self) -> usize {
        (self.cipher)().key_len()
    }

    /// The plaintext of initialisation vector, ciphertext and, for GCM, tag (xmlenc-core1 5.2).
    pub(super) fn decrypt(self, key: &[u8], octets: &[u8]) -> Option<Vec<u8>> {
        match self.mode {
            BlockMode::Gcm => {
                let (iv, rest) = octets.split_at_checked(GCM_IV)?;
                let (ciphertext, tag) = rest.split_at_checked(rest.len().checked_sub(GCM_TAG)?)?;
                decrypt_aead((self.cipher)(), key, Some(iv), &[], ciphertext, tag).ok()
            }
            BlockMode::Cbc => {
                let (iv, ciphertext) = octets.split_at_checked(BLOCK)?;
                let mut plaintext = self.decrypt_blocks(key, iv, ciphertext).ok()?;
                // Only the last byte of the padding has a value (xmlenc-core1 5.2.2).
                let padding = usize::from(*plaintext.last()?);
                let length = plaintext.len().checked_sub(padding)?;
                plaintext.truncate(length);
                (1..=BLOCK).contains(&padding).then_some(plaintext)
            }
        }
    }

    fn decrypt_blocks(self, key: &[u8], iv: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let mut crypter = Crypter::new((self.cipher)(), Mode::Decrypt, key, Some(iv))?;
        crypter.pad(false);
        let mut plaintext = vec![0; ciphertext.len() + BLOCK];
        let written = crypter.update(ciphertext, &mut plaintext)?;
        let rest = crypter.finalize(&mut plaintext[written..])?;
        plaintext.truncate(written + rest);
        Ok(plaintext)
    }
}

/// An accepted method that encrypts session keys.
pub(super) enum KeyMethod {
    Rsa15,
    Oaep(Oaep),
}

/// The parameters of RSA-OAEP (RFC 8017 7.1).
pub(super) struct Oaep {
    pub(super) digest: MessageDigest,
    pub(super) mgf1: MessageDigest,
    pub(super) label: Vec<u8>,
}

impl KeyMethod {
    pub(super) fn of(key: &EncryptedKey, policy: &DecryptionPolicy) -> Result<Self, DecryptionError> {
        let refused = || DecryptionError::KeyTransportRefused {
            uri: key.method.clone(),
        };
        match key.method.as_str() {
            names::KEY_RSA_1_5 if policy.rsa_1_5 == Rsa15::Refused => Err(DecryptionError::Rsa15Refused),
            names::KEY_RSA_1_5 if key.has_parameters() => Err(refused()),
            names::KEY_RSA_1_5 => Ok(Self::Rsa15),
            // Its mask generation function is MGF1 with SHA-1 (xmlenc-core1 5.5.2).
            names::KEY_RSA_OAEP_MGF1P if key.mgf.is_some() => Err(refused()),
            names::KEY_RSA_OAEP_MGF1P | names::KEY_RSA_OAEP => Ok(Self::Oaep(Oaep {
                digest: oaep(key.digest.as_deref().unwrap_or(names::DIGEST_SHA1), |row| row.uri)?,
                mgf1: oaep(key.mgf.as_deref().unwrap_or(names::MGF1_SHA1), |row| row.mgf1)?,
                label: key.label.clone(),
            })),
            _ => Err(refused()),
        }
    }
}

/// The hash function of the row whose column has this name.
fn oaep(uri: &str, column: fn(&OaepDigest) -> &'static str) -> Result<MessageDigest, DecryptionError> {
    OAEP_DIGESTS
        .iter()
        .find(|row| column(row) == uri)
        .map(|row| (row.hash)())
        .ok_or_else(|| DecryptionError::OaepRefused { uri: uri.to_owned() })
}
