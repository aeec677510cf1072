//! How a signature's value is made, honestly or not.

use certs::KeyedCertificate;
use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::error::ErrorStack;
use openssl::hash::{MessageDigest, hash};
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, RsaRef};
use openssl::sign::{RsaPssSaltlen, Signer};

/// How a signature's value is made.
#[derive(Clone)]
pub(in super::super) enum Seal {
    /// With the signer's RSA key, padded by PKCS#1 v1.5.
    Rsa,
    /// With the signer's RSA key, padded by PSS, its salt as long as the hash (RFC 9231 2.3.10).
    RsaPss,
    /// Without the signer's private key, whose exponent is 3: a verifier that does not look at what follows the digest takes
    /// it for one by PKCS#1 v1.5 with SHA-256.
    RsaLax,
    /// By HMAC with this key.
    Hmac(Vec<u8>),
    /// As [`Self::Hmac`], of which so many bits are left.
    HmacTruncated(Vec<u8>, usize),
}

impl Seal {
    /// The value over these octets.
    ///
    /// # Errors
    /// What OpenSSL says.
    pub(super) fn value(
        &self,
        hash: MessageDigest,
        octets: &[u8],
        key: &KeyedCertificate,
    ) -> Result<Vec<u8>, ErrorStack> {
        let mac = |secret: &[u8]| Signer::new(hash, &*PKey::hmac(secret)?)?.sign_oneshot_to_vec(octets);
        let mut signer = Signer::new(hash, key.key.private())?;
        match self {
            Seal::Rsa => signer.sign_oneshot_to_vec(octets),
            Seal::RsaPss => {
                signer.set_rsa_padding(Padding::PKCS1_PSS)?;
                signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
                signer.sign_oneshot_to_vec(octets)
            }
            Seal::RsaLax => lax(octets, &*key.key.private().rsa()?),
            Seal::Hmac(secret) => mac(secret),
            Seal::HmacTruncated(secret, bits) => Ok(truncated(mac(secret)?, *bits)),
        }
    }
}

/// What every DigestInfo of SHA-256 begins with (RFC 8017 9.2, note 1).
const DIGEST_INFO_SHA256: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// The fewest octets of padding (RFC 8017 9.2).
const PADDING: [u8; 8] = [0xFF; 8];

/// A cube that begins as the encoded message does, with little padding and much behind the digest (Bleichenbacher, 2006).
fn lax(octets: &[u8], key: &RsaRef<Private>) -> Result<Vec<u8>, ErrorStack> {
    let width = key.size() as usize;
    let digest = hash(MessageDigest::sha256(), octets)?;
    let mut encoded = [&[0, 1], &PADDING[..], &[0], &DIGEST_INFO_SHA256, &digest].concat();
    encoded.resize(width, 0);
    let encoded = BigNum::from_slice(&encoded)?;
    let mut root = cube_root(&encoded)?;
    root.add_word(1)?;
    root.to_vec_padded(key.size().cast_signed())
}

/// The largest number whose cube is not larger.
fn cube_root(number: &BigNumRef) -> Result<BigNum, ErrorStack> {
    let mut context = BigNumContext::new()?;
    let mut root = BigNum::new()?;
    let (mut square, mut cube) = (BigNum::new()?, BigNum::new()?);
    for bit in (0..=number.num_bits() / 3).rev() {
        root.set_bit(bit)?;
        square.sqr(&root, &mut context)?;
        cube.checked_mul(&square, &root, &mut context)?;
        if cube > *number {
            root.clear_bit(bit)?;
        }
    }
    Ok(root)
}

/// The first so many bits, the rest of the last octet zero.
fn truncated(mut value: Vec<u8>, bits: usize) -> Vec<u8> {
    value.truncate(bits.div_ceil(8));
    if let (Some(last), rest @ 1..) = (value.last_mut(), bits % 8) {
        *last &= 0xFF << (8 - rest);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bits_are_left() {
        for (bits, expected) in [
            (0, vec![]),
            (1, vec![0x80]),
            (8, vec![0xFF]),
            (11, vec![0xFF, 0xE0]),
        ] {
            assert_eq!(truncated(vec![0xFF; 4], bits), expected, "{bits}");
        }
    }

    /// Cubed, it is an encoded message to whoever stops reading behind the digest.
    #[test]
    fn a_lax_signature_is_a_cube_that_begins_right() {
        let key = openssl::rsa::Rsa::generate_with_e(2048, &BigNum::from_u32(3).unwrap()).unwrap();
        let value = lax(b"octets", &key).unwrap();
        let mut message = [0; 256];
        let length = key.public_decrypt(&value, &mut message, Padding::NONE).unwrap();
        let digest = hash(MessageDigest::sha256(), b"octets").unwrap();
        let begin = [&[0, 1], &PADDING[..], &[0], &DIGEST_INFO_SHA256, &digest].concat();
        assert!((length, value.len()) == (256, 256) && message.starts_with(&begin));
    }

    /// RFC 9231 2.3.10: the salt is as long as the digest, and the mask is made with the same hash.
    #[test]
    fn pss_has_the_parameters_of_its_uri() {
        let key = certs::SigningKey::generate(certs::KeySize::Rsa2048).unwrap();
        let spec = certs::CertificateSpec {
            common_name: "pss".to_owned(),
            serial: [7; 16],
            not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
            not_after: "2036-01-01T00:00:00Z".parse().unwrap(),
        };
        let certificate = certs::Certificate::self_signed(&key, &spec).unwrap();
        let public = certificate.public_key().unwrap();
        let keyed = KeyedCertificate { key, certificate };
        let sha256 = MessageDigest::sha256();
        let value = Seal::RsaPss.value(sha256, b"octets", &keyed).unwrap();
        let mut verifier = openssl::sign::Verifier::new(MessageDigest::sha256(), &public).unwrap();
        verifier.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
        verifier.set_rsa_mgf1_md(MessageDigest::sha256()).unwrap();
        verifier.set_rsa_pss_saltlen(RsaPssSaltlen::custom(32)).unwrap();
        assert!(verifier.verify_oneshot(&value, b"octets").unwrap());
    }
}
