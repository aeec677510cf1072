//! An encryptor made of OpenSSL and of strings, and an SP that opens what it makes.

#![allow(clippy::unwrap_used, dead_code, missing_docs, unreachable_pub)]

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::encrypt::Encrypter;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::rsa::Padding;
use openssl::symm::{Cipher, Crypter, Mode, encrypt_aead};
use saml_accept::decryption::{Cbc, DecryptionKeys, DecryptionPolicy, Rsa15};
use saml_accept::response::{EncryptedResponseError, SignedAssertion, UnverifiedResponse};
use saml_accept::signature::SignatureError;
use saml_accept::xml::Limits;
use saml_model::names::*;

use crate::support::{Key, cut, signed_assertion};

/// Signs what is encrypted.
pub static IDP: LazyLock<Key> = LazyLock::new(Key::rsa);
/// Has what is encrypted.
pub static SP: LazyLock<Key> = LazyLock::new(Key::rsa);
/// Neither.
pub static STRANGER: LazyLock<Key> = LazyLock::new(Key::rsa);

pub const SESSION_KEY: &[u8; 32] = b"0123456789abcdef0123456789ABCDEF";
pub const IV: &[u8; 16] = b"fedcba9876543210";
pub const RECIPIENT: &str = "https://sp";

/// How the test encrypts.
#[derive(Clone)]
pub struct Way {
    pub data: &'static str,
    pub transport: &'static str,
    /// Digest and mask generation function of OAEP, as they are declared.
    pub oaep: Option<(&'static str, Option<&'static str>)>,
    pub label: &'static [u8],
    pub padding: fn(usize) -> Vec<u8>,
    pub place: Place,
}

#[derive(Clone, Copy)]
pub enum Place {
    KeyInfo,
    Beside,
    Retrieval,
}

pub const CBC: Way = Way {
    data: ENC_AES256_CBC,
    transport: KEY_RSA_OAEP_MGF1P,
    oaep: None,
    label: b"",
    padding: |length| vec![u8::try_from(length).unwrap(); length],
    place: Place::KeyInfo,
};
pub const GCM: Way = Way {
    data: ENC_AES128_GCM,
    ..CBC
};

impl Way {
    pub fn key_length(&self) -> usize {
        if self.data.contains("128") { 16 } else { 32 }
    }

    /// Initialisation vector, ciphertext, tag.
    pub fn encrypt(&self, plaintext: &[u8]) -> Vec<u8> {
        let key = &SESSION_KEY[..self.key_length()];
        if self.data.ends_with("gcm") {
            let cipher = match self.key_length() {
                16 => Cipher::aes_128_gcm(),
                _ => Cipher::aes_256_gcm(),
            };
            let mut tag = [0; 16];
            let ciphertext = encrypt_aead(cipher, key, Some(&IV[..12]), &[], plaintext, &mut tag).unwrap();
            return [&IV[..12], &ciphertext, &tag].concat();
        }
        let padded = [plaintext, &(self.padding)(16 - plaintext.len() % 16)].concat();
        [IV.as_slice(), &self.encrypt_blocks(&padded)].concat()
    }

    pub fn encrypt_blocks(&self, blocks: &[u8]) -> Vec<u8> {
        let cipher = match self.key_length() {
            16 => Cipher::aes_128_cbc(),
            _ => Cipher::aes_256_cbc(),
        };
        let key = &SESSION_KEY[..self.key_length()];
        let mut crypter = Crypter::new(cipher, Mode::Encrypt, key, Some(IV)).unwrap();
        crypter.pad(false);
        let mut out = vec![0; blocks.len() + 16];
        let written = crypter.update(blocks, &mut out).unwrap();
        crypter.finalize(&mut out[written..]).unwrap();
        out.truncate(written);
        out
    }

    pub fn wrap(&self, session_key: &[u8], recipient: &Key) -> Vec<u8> {
        let hash = |uri: &str| match uri {
            DIGEST_SHA1 | MGF1_SHA1 => MessageDigest::sha1(),
            DIGEST_SHA256 | MGF1_SHA256 => MessageDigest::sha256(),
            DIGEST_SHA384 | MGF1_SHA384 => MessageDigest::sha384(),
            _ => MessageDigest::sha512(),
        };
        let public = recipient.private.public_key_to_der().unwrap();
        let public = PKey::public_key_from_der(&public).unwrap();
        let mut encrypter = Encrypter::new(&public).unwrap();
        if self.transport == KEY_RSA_1_5 {
            encrypter.set_rsa_padding(Padding::PKCS1).unwrap();
        } else {
            let (digest, mgf) = self.oaep.unwrap_or((DIGEST_SHA1, None));
            encrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
            encrypter.set_rsa_oaep_md(hash(digest)).unwrap();
            encrypter.set_rsa_mgf1_md(hash(mgf.unwrap_or(MGF1_SHA1))).unwrap();
            if !self.label.is_empty() {
                encrypter.set_rsa_oaep_label(self.label).unwrap();
            }
        }
        let mut wrapped = vec![0; encrypter.encrypt_len(session_key).unwrap()];
        let length = encrypter.encrypt(session_key, &mut wrapped).unwrap();
        wrapped.truncate(length);
        wrapped
    }

    pub fn encrypted_key(&self, wrapped: &[u8]) -> String {
        let label = match self.label {
            b"" => String::new(),
            label => format!("<OAEPparams>{}</OAEPparams>", STANDARD.encode(label)),
        };
        let (digest, mgf) = self.oaep.map_or_else(Default::default, |(digest, mgf)| {
            let mgf = mgf.map(|mgf| format!("<x:MGF xmlns:x=\"{NS_XENC11}\" Algorithm=\"{mgf}\"/>"));
            let digest = format!("<DigestMethod xmlns=\"{NS_DSIG}\" Algorithm=\"{digest}\"/>");
            (digest, mgf.unwrap_or_default())
        });
        format!(
            "<EncryptedKey xmlns=\"{NS_XENC}\" Id=\"_k\"><EncryptionMethod Algorithm=\"{}\">{label}{digest}{mgf}</EncryptionMethod><CipherData><CipherValue>{}</CipherValue></CipherData></EncryptedKey>",
            self.transport,
            STANDARD.encode(wrapped)
        )
    }

    pub fn encrypted_assertion(&self, encrypted_key: &str, ciphertext: &[u8]) -> String {
        let retrieval = format!("<RetrievalMethod URI=\"#_k\" Type=\"{XENC_TYPE_ENCRYPTED_KEY}\"/>");
        let (inside, beside) = match self.place {
            Place::KeyInfo => (encrypted_key, ""),
            Place::Beside => ("<KeyName>n</KeyName>", encrypted_key),
            Place::Retrieval => (retrieval.as_str(), encrypted_key),
        };
        format!(
            "<saml:EncryptedAssertion xmlns:saml=\"{NS_ASSERTION}\"><x:EncryptedData xmlns:x=\"{NS_XENC}\" Id=\"_d\" Type=\"{XENC_TYPE_ELEMENT}\"><x:EncryptionMethod Algorithm=\"{}\"/><KeyInfo xmlns=\"{NS_DSIG}\">{inside}</KeyInfo><x:CipherData><x:CipherValue>{}</x:CipherValue></x:CipherData></x:EncryptedData>{beside}</saml:EncryptedAssertion>",
            self.data,
            STANDARD.encode(ciphertext)
        )
    }

    /// The encrypted form of this plaintext for the SP.
    pub fn seal(&self, plaintext: &str) -> String {
        let wrapped = self.wrap(&SESSION_KEY[..self.key_length()], &SP);
        self.encrypted_assertion(&self.encrypted_key(&wrapped), &self.encrypt(plaintext.as_bytes()))
    }

    /// A response about this name whose assertion is signed and then encrypted.
    pub fn message(&self, name_id: &str) -> String {
        let plain = signed_assertion(name_id, &IDP);
        let assertion = cut(&plain, "Assertion");
        plain.replace(assertion, &self.seal(assertion))
    }
}

pub fn policy() -> DecryptionPolicy {
    DecryptionPolicy {
        cbc: Cbc::Allowed,
        rsa_1_5: Rsa15::Allowed,
        recipient: Some(RECIPIENT.to_owned()),
    }
}

pub fn keys(of: &[&Key], policy: DecryptionPolicy) -> DecryptionKeys {
    DecryptionKeys::new(of.iter().map(|key| &*key.private), policy).unwrap()
}

pub fn open_with(xml: &str, keys: &DecryptionKeys) -> Result<SignedAssertion, EncryptedResponseError> {
    let parsed = UnverifiedResponse::parse(xml.as_bytes(), &Limits::default());
    parsed
        .map_err(SignatureError::Malformed)?
        .decrypt_and_verify(keys, &IDP.trusted())
}

pub fn open(xml: &str) -> Result<SignedAssertion, EncryptedResponseError> {
    open_with(xml, &keys(&[&SP], policy()))
}

pub fn name(opened: Result<SignedAssertion, EncryptedResponseError>) -> String {
    let signed = opened.unwrap_or_else(|error| panic!("{error}"));
    assert!(signed.was_encrypted());
    signed.assertion().name_id().unwrap().value.clone()
}

/// The name of the error's innermost variant; the text for a reader.
pub fn refusal(opened: Result<SignedAssertion, EncryptedResponseError>) -> String {
    match opened.unwrap_err() {
        EncryptedResponseError::Decryption(error) => format!("{error:?}"),
        EncryptedResponseError::Signature(error) => format!("{error:?}"),
    }
}
