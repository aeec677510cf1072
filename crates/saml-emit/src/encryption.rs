//! XML Encryption of one element, in the shape AD FS gives it and Entra presumably too (entra-behaviour.md 3.7).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{
    encrypt::Encrypter,
    hash::MessageDigest,
    pkey::{Id, PKey, Public},
    rsa::Padding,
    symm::{self, Cipher},
    x509::{X509, X509Ref},
};
use saml_model::{DataEncryption, KeyTransport, names};

use crate::{
    EmitError, distinguished_name,
    element::{ASSERTION, DS, DSIG, E, Element, Namespace, XENC, XENC11},
    render,
};

/// The longest session key, in bytes.
const LONGEST_KEY: usize = 32;
/// The longest initialisation vector, in bytes.
const LONGEST_IV: usize = 16;
/// The initialisation vector of GCM, in bytes (xmlenc-core1 5.2.4).
const GCM_IV: usize = 12;
/// The authentication tag of GCM, in bytes (xmlenc-core1 5.2.4).
const GCM_TAG: usize = 16;

/// What it takes to encrypt for one service provider.
#[derive(Clone, Copy)]
pub struct Encryption<'a> {
    /// What encrypts the assertion.
    pub data: DataEncryption,
    /// What encrypts the session key.
    pub key_transport: KeyTransport,
    /// The DER of the recipient's certificate; of it only the RSA key, the issuer and the serial number count.
    pub certificate_der: &'a [u8],
    /// The random values of this one message.
    pub randomness: &'a Randomness,
}

/// The random values of one encryption, never to be used for another. The random padding of the key transport is
/// not among them: OpenSSL draws it, so that two encryptions of the same are not the same bytes.
pub struct Randomness {
    /// The session key; AES-128 takes the first half.
    pub session_key: [u8; LONGEST_KEY],
    /// The initialisation vector; GCM takes the first 12 bytes.
    pub iv: [u8; LONGEST_IV],
}

/// An `EncryptedAssertion` by itself, in wire form. `plaintext` is nobody's concern here: what
/// [`crate::signed_assertion`] gives, or what somebody made of it.
///
/// # Errors
///
/// [`EmitError::EncryptionCertificate`] or [`EmitError::Crypto`].
pub fn encrypted_assertion(plaintext: &str, encryption: &Encryption<'_>) -> Result<String, EmitError> {
    render::wire(&element(plaintext, encryption)?)
}

/// `EncryptedAssertion` in place of an assertion.
///
/// The plaintext is the wire form of the assertion by itself, which declares every namespace it uses (saml-core
/// 6.1): it means the same wherever it is put back.
///
/// # Errors
///
/// [`EmitError::EncryptionCertificate`] or [`EmitError::Crypto`].
pub(crate) fn element(plaintext: &str, encryption: &Encryption<'_>) -> Result<Element<'static>, EmitError> {
    let recipient =
        X509::from_der(encryption.certificate_der).map_err(|_| EmitError::EncryptionCertificate)?;
    let key = recipient
        .public_key()
        .map_err(|_| EmitError::EncryptionCertificate)?;
    if key.id() != Id::RSA {
        return Err(EmitError::EncryptionCertificate);
    }
    let data = DataMethod::of(encryption.data);
    let session_key = &encryption.randomness.session_key[..data.cipher.key_len()];
    let encrypted_data = Element::new(XENC, "EncryptedData")
        .attribute("Type", names::XENC_TYPE_ELEMENT)
        .child(Element::new(XENC, "EncryptionMethod").attribute("Algorithm", data.uri))
        .child(Element::new(DSIG, "KeyInfo").child(encrypted_key(
            session_key,
            &recipient,
            &key,
            encryption.key_transport,
        )?))
        .child(cipher_data(
            XENC,
            &data.encrypt(plaintext.as_bytes(), session_key, &encryption.randomness.iv)?,
        ));
    Ok(Element::new(ASSERTION, "EncryptedAssertion").child(encrypted_data))
}

fn encrypted_key(
    session_key: &[u8],
    recipient: &X509Ref,
    key: &PKey<Public>,
    transport: KeyTransport,
) -> Result<Element<'static>, EmitError> {
    let issuer_serial = Element::new(DS, "X509IssuerSerial")
        .child(Element::new(DS, "X509IssuerName").text(distinguished_name::format(recipient.issuer_name())))
        .child(
            Element::new(DS, "X509SerialNumber")
                .text(recipient.serial_number().to_bn()?.to_dec_str()?.to_string()),
        );
    Ok(Element::new(E, "EncryptedKey")
        .child(key_method(transport))
        .child(Element::new(DSIG, "KeyInfo").child(Element::new(DS, "X509Data").child(issuer_serial)))
        .child(cipher_data(E, &wrap(session_key, &[], key, transport)?)))
}

/// The `EncryptionMethod` of the session key.
fn key_method(transport: KeyTransport) -> Element<'static> {
    let method = |uri: &'static str| Element::new(E, "EncryptionMethod").attribute("Algorithm", uri);
    let digest = |uri: &'static str| Element::new(DSIG, "DigestMethod").attribute("Algorithm", uri);
    match transport {
        KeyTransport::Rsa15 => method(names::KEY_RSA_1_5),
        KeyTransport::RsaOaepMgf1p => method(names::KEY_RSA_OAEP_MGF1P).child(digest(names::DIGEST_SHA1)),
        KeyTransport::RsaOaepSha256 => method(names::KEY_RSA_OAEP)
            .child(digest(names::DIGEST_SHA256))
            .child(Element::new(XENC11, "MGF").attribute("Algorithm", names::MGF1_SHA256)),
    }
}

/// A session key, encrypted for the recipient of `encryption` by its key transport: what `CipherValue` of `EncryptedKey` holds.
/// A label that is not empty is that of OAEP (xmlenc-core1 5.5.2), which Entra does not use.
///
/// # Errors
///
/// [`EmitError::EncryptionCertificate`] or [`EmitError::Crypto`].
pub fn wrapped_key(
    session_key: &[u8],
    label: &[u8],
    encryption: &Encryption<'_>,
) -> Result<Vec<u8>, EmitError> {
    let recipient =
        X509::from_der(encryption.certificate_der).map_err(|_| EmitError::EncryptionCertificate)?;
    let key = recipient
        .public_key()
        .map_err(|_| EmitError::EncryptionCertificate)?;
    wrap(session_key, label, &key, encryption.key_transport)
}

fn wrap(
    session_key: &[u8],
    label: &[u8],
    key: &PKey<Public>,
    transport: KeyTransport,
) -> Result<Vec<u8>, EmitError> {
    let mut encrypter = Encrypter::new(key)?;
    let oaep = match transport {
        KeyTransport::Rsa15 => None,
        KeyTransport::RsaOaepMgf1p => Some(MessageDigest::sha1()),
        KeyTransport::RsaOaepSha256 => Some(MessageDigest::sha256()),
    };
    match oaep {
        None => encrypter.set_rsa_padding(Padding::PKCS1)?,
        Some(digest) => {
            encrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
            encrypter.set_rsa_oaep_md(digest)?;
            encrypter.set_rsa_mgf1_md(digest)?;
            if !label.is_empty() {
                encrypter.set_rsa_oaep_label(label)?;
            }
        }
    }
    let mut wrapped = vec![0; encrypter.encrypt_len(session_key)?];
    let length = encrypter.encrypt(session_key, &mut wrapped)?;
    wrapped.truncate(length);
    Ok(wrapped)
}

fn cipher_data(namespace: Namespace, octets: &[u8]) -> Element<'static> {
    let value = Element::new(namespace, "CipherValue").text(STANDARD.encode(octets));
    Element::new(namespace, "CipherData").child(value)
}

struct DataMethod {
    cipher: Cipher,
    uri: &'static str,
    is_gcm: bool,
}

impl DataMethod {
    fn of(data: DataEncryption) -> Self {
        let (cipher, uri, is_gcm) = match data {
            DataEncryption::Aes128Cbc => (Cipher::aes_128_cbc(), names::ENC_AES128_CBC, false),
            DataEncryption::Aes128Gcm => (Cipher::aes_128_gcm(), names::ENC_AES128_GCM, true),
            DataEncryption::Aes256Cbc => (Cipher::aes_256_cbc(), names::ENC_AES256_CBC, false),
            DataEncryption::Aes256Gcm => (Cipher::aes_256_gcm(), names::ENC_AES256_GCM, true),
        };
        Self { cipher, uri, is_gcm }
    }

    /// Initialisation vector, ciphertext and, for GCM, tag, one after the other (xmlenc-core1 5.2). The padding of
    /// PKCS#7 is one of those that XML Encryption allows.
    fn encrypt(&self, plaintext: &[u8], key: &[u8], iv: &[u8; LONGEST_IV]) -> Result<Vec<u8>, EmitError> {
        if !self.is_gcm {
            let ciphertext = symm::encrypt(self.cipher, key, Some(iv), plaintext)?;
            return Ok([iv, ciphertext.as_slice()].concat());
        }
        let (iv, mut tag) = (&iv[..GCM_IV], [0; GCM_TAG]);
        let ciphertext = symm::encrypt_aead(self.cipher, key, Some(iv), &[], plaintext, &mut tag)?;
        Ok([iv, &ciphertext, &tag].concat())
    }
}
