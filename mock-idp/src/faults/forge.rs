//! Signatures that no honest signer makes: over a changed message, over the wrong element, by another algorithm.
//!
//! It stands on the accept side's canonicaliser, the one exception to the independence of both sides (ARCHITECTURE.md): what
//! was changed has no typed value to write a canonical form from. `xmlsec1` verifies, in the tests, what must still verify.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::KeyedCertificate;
use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::error::ErrorStack;
use openssl::hash::{MessageDigest, hash};
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, RsaRef};
use openssl::sign::{RsaPssSaltlen, Signer};
use saml_accept::c14n::{Exclusive, canonicalize};
use saml_accept::xml::{self, Document, Limits};
use saml_model::{SignatureAlgorithm, SigningOption, names};

use super::FaultError;
use super::tree::{Node, Tree, nothing};

/// Stands for the signature's value until that is known. It is not base64, so that no message has it.
const PENDING: &str = "*pending*";

/// How a signature is made; [`Forge::new`] is Entra's way, of which a fault changes what it is about.
#[derive(Clone)]
pub(super) struct Forge {
    /// `Algorithm` of SignatureMethod.
    pub(super) method: String,
    /// What stands in SignatureMethod.
    pub(super) method_content: String,
    /// What is signed with: the hash of the signature method.
    pub(super) hash: MessageDigest,
    /// How the value is made.
    pub(super) seal: Seal,
    /// How SignedInfo is canonicalised.
    pub(super) canonicalization: Canonicalization,
    /// `Algorithm` of DigestMethod.
    pub(super) digest_method: String,
    /// The hash of the digest.
    pub(super) digest: MessageDigest,
    /// What is digested.
    pub(super) digested: Digested,
    /// The transforms of the reference, each a whole element; none: no Transforms. Here and below `{id}` is the ID of what is
    /// signed.
    pub(super) transforms: Vec<String>,
    /// How what is referred to is canonicalised.
    pub(super) transformed: Canonicalization,
    /// The reference's URI, escaped, instead of `#{id}`; `Some(None)`: no URI.
    pub(super) uri: Option<Option<String>>,
    /// Whole references that come before and after the right one.
    pub(super) more_references: (String, String),
    /// Whether the right reference is left out.
    pub(super) without_reference: bool,
    /// `KeyInfo`, whole; empty: none.
    pub(super) key_info: String,
    /// What stands behind `KeyInfo`, whole elements.
    pub(super) objects: String,
    /// Where the signature stands.
    pub(super) position: Position,
}

/// How a signature's value is made.
#[derive(Clone)]
pub(super) enum Seal {
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

/// What a reference's digest is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Digested {
    /// What is signed.
    Target,
    /// The whole message.
    Message,
    /// An element in what is signed, by its path.
    Below(&'static [&'static str]),
    /// An element of the message, by its path.
    At(&'static [&'static str]),
    /// These octets.
    Octets(String),
}

/// A canonicalisation as it is written and as it is done.
#[derive(Clone, Debug)]
pub(super) struct Canonicalization {
    /// `Algorithm`.
    pub(super) uri: String,
    /// What stands in the element.
    pub(super) content: String,
    /// Whether comments are kept.
    pub(super) with_comments: bool,
    /// The prefixes that are treated as inclusive canonicalisation treats all; `None`: it is inclusive.
    pub(super) prefixes: Option<Vec<String>>,
}

/// Where a signature stands among the children of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// Behind Issuer, as the schema says.
    AfterIssuer,
    /// Last.
    Last,
}

impl Canonicalization {
    /// Exclusive, without comments.
    pub(super) fn exclusive() -> Self {
        Self {
            uri: names::C14N_EXCLUSIVE.to_owned(),
            content: String::new(),
            with_comments: false,
            prefixes: Some(Vec::new()),
        }
    }
}

impl Forge {
    /// As Entra signs.
    pub(super) fn new(algorithm: SignatureAlgorithm, keyed: &KeyedCertificate) -> Self {
        let (method, digest_method, hash) = match algorithm {
            SignatureAlgorithm::RsaSha256 => (
                names::SIG_RSA_SHA256,
                names::DIGEST_SHA256,
                MessageDigest::sha256(),
            ),
            SignatureAlgorithm::RsaSha1 => (names::SIG_RSA_SHA1, names::DIGEST_SHA1, MessageDigest::sha1()),
        };
        Self {
            method: method.to_owned(),
            method_content: String::new(),
            hash,
            seal: Seal::Rsa,
            canonicalization: Canonicalization::exclusive(),
            digest_method: digest_method.to_owned(),
            digest: hash,
            digested: Digested::Target,
            transforms: vec![
                transform(names::TRANSFORM_ENVELOPED),
                transform(names::C14N_EXCLUSIVE),
            ],
            transformed: Canonicalization::exclusive(),
            uri: None,
            more_references: (String::new(), String::new()),
            without_reference: false,
            key_info: key_info(keyed.certificate.der()),
            objects: String::new(),
            position: Position::AfterIssuer,
        }
    }

    /// Signs the element at `path` of a message: its signature is made, and put into it.
    ///
    /// # Errors
    /// What is not there, and a message that cannot be canonicalised.
    pub(super) fn sign(
        &self,
        message: &Tree,
        path: &[&str],
        key: &KeyedCertificate,
    ) -> Result<Tree, FaultError> {
        let mut signed = message.clone();
        let target = signed.at_mut(path)?;
        let forge = self.about(target.attribute("ID").unwrap_or_default());
        let digest = forge.digest_of(&message.write(), path)?;
        let signature = forge.element(&digest)?;
        let place = match self.position {
            Position::AfterIssuer => target.place("Issuer").map_or(0, |issuer| issuer + 1),
            Position::Last => target.children.len(),
        };
        target.insert(place, signature);
        Tree::read(&self.sealed(&signed.write(), key)?)
    }

    /// The same for a signature that is signed over in turn: one of the whole message can only be made last.
    pub(super) fn inner(&self) -> Self {
        let mut inner = self.clone();
        if inner.digested == Digested::Message {
            inner.digested = Digested::Target;
            inner.uri = None;
        }
        inner
    }

    /// The same where `{id}` is this ID.
    fn about(&self, id: &str) -> Self {
        let fill = |text: &String| text.replace("{id}", id);
        let mut about = self.clone();
        about.uri = self
            .uri
            .as_ref()
            .map(|uri| uri.as_ref().map(fill))
            .or_else(|| Some(Some(format!("#{id}"))));
        about.transforms = self.transforms.iter().map(fill).collect();
        about.objects = fill(&self.objects);
        if let Digested::Octets(octets) = &self.digested {
            about.digested = Digested::Octets(fill(octets));
        }
        about
    }

    /// A signature, not sealed yet, with this digest.
    fn element(&self, digest: &str) -> Result<Tree, FaultError> {
        let signed_info = self.signed_info(digest);
        Tree::read(&format!(
            "<Signature xmlns=\"{}\">{signed_info}<SignatureValue>{PENDING}</SignatureValue>{}{}</Signature>",
            names::NS_DSIG,
            self.key_info,
            self.objects
        ))
    }

    fn signed_info(&self, digest: &str) -> String {
        let uri = self.uri.iter().flatten();
        let uri = uri.map(|uri| format!(" URI=\"{uri}\"")).collect::<String>();
        let transforms = match self.transforms.concat() {
            none if none.is_empty() => none,
            some => format!("<Transforms>{some}</Transforms>"),
        };
        let reference = if self.without_reference {
            String::new()
        } else {
            format!(
                "<Reference{uri}>{transforms}<DigestMethod Algorithm=\"{}\"/><DigestValue>{digest}</DigestValue></Reference>",
                self.digest_method
            )
        };
        let (before, after) = &self.more_references;
        let content = &self.canonicalization.content;
        format!(
            "<SignedInfo><CanonicalizationMethod Algorithm=\"{}\">{content}</CanonicalizationMethod>\
             <SignatureMethod Algorithm=\"{}\">{}</SignatureMethod>{before}{reference}{after}</SignedInfo>",
            self.canonicalization.uri, self.method, self.method_content
        )
    }

    /// The digest, in base64, of what a signature of the element at a path digests.
    ///
    /// # Errors
    /// What is not there, and a message that cannot be canonicalised.
    pub(super) fn digest_of(&self, xml: &str, path: &[&str]) -> Result<String, FaultError> {
        let below;
        let path = match &self.digested {
            Digested::Target => path,
            Digested::Message => &[],
            Digested::Below(rest) => {
                below = [path, rest].concat();
                &below
            }
            Digested::At(path) => path,
            Digested::Octets(octets) => return digest(self.digest, octets.as_bytes()),
        };
        let document = read(xml)?;
        let element = element_at(&document, path)?;
        let canonical = self.transformed.of(xml, element)?;
        digest(self.digest, canonical.as_bytes())
    }

    /// The message with the value of the one signature that waits for it.
    fn sealed(&self, xml: &str, key: &KeyedCertificate) -> Result<String, FaultError> {
        let octets = self.octets_to_sign(xml)?;
        let value = self
            .value(octets.as_bytes(), key)
            .map_err(|_| FaultError::NotSigned)?;
        Ok(xml.replace(PENDING, &STANDARD.encode(value)))
    }

    /// The canonical SignedInfo of the signature that waits for its value.
    fn octets_to_sign(&self, xml: &str) -> Result<String, FaultError> {
        let document = read(xml)?;
        let waits = |element: &xml::Element<'_>| {
            let value = element.child(names::NS_DSIG, "SignatureValue");
            value.is_some_and(|value| value.text().is_ok_and(|text| text == PENDING))
        };
        let signature = document.elements().find(waits);
        let signed_info = signature.and_then(|signature| signature.child(names::NS_DSIG, "SignedInfo"));
        let signed_info = signed_info.ok_or_else(|| nothing("SignedInfo"))?;
        self.canonicalization.of(xml, signed_info)
    }

    fn value(&self, octets: &[u8], key: &KeyedCertificate) -> Result<Vec<u8>, ErrorStack> {
        let mac = |secret: &[u8]| Signer::new(self.hash, &*PKey::hmac(secret)?)?.sign_oneshot_to_vec(octets);
        let mut signer = Signer::new(self.hash, key.key.private())?;
        match &self.seal {
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

impl Canonicalization {
    fn of(&self, xml: &str, element: xml::Element<'_>) -> Result<String, FaultError> {
        let all;
        let prefixes: Vec<&str> = match &self.prefixes {
            Some(prefixes) => prefixes.iter().map(String::as_str).collect(),
            None => {
                all = declared(xml)?;
                all.iter().map(String::as_str).collect()
            }
        };
        let mode = Exclusive {
            with_comments: self.with_comments,
            inclusive_prefixes: &prefixes,
        };
        canonicalize(element, &mode, None).map_err(|_| FaultError::Unreadable)
    }
}

/// Every prefix that a message declares. Inclusive canonicalisation is the exclusive one with all of them in its list, where no
/// attribute is in the namespace of XML itself, as in all messages here.
fn declared(xml: &str) -> Result<Vec<String>, FaultError> {
    fn collect(tree: &Tree, prefixes: &mut Vec<String>) {
        for (name, _) in &tree.attributes {
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => "#default",
                Some(prefixed) => prefixed.trim_start_matches(':'),
                None => continue,
            };
            if !prefixes.iter().any(|known| known == prefix) {
                prefixes.push(prefix.to_owned());
            }
        }
        for child in &tree.children {
            if let Node::Tree(child) = child {
                collect(child, prefixes);
            }
        }
    }
    let mut prefixes = Vec::new();
    collect(&Tree::read(xml)?, &mut prefixes);
    Ok(prefixes)
}

/// A hash in base64.
///
/// # Errors
/// That OpenSSL has no such hash.
pub(super) fn digest(algorithm: MessageDigest, octets: &[u8]) -> Result<String, FaultError> {
    let digest = hash(algorithm, octets).map_err(|_| FaultError::NotSigned)?;
    Ok(STANDARD.encode(digest))
}

/// A transform without content.
pub(super) fn transform(uri: &str) -> String {
    format!("<Transform Algorithm=\"{uri}\"/>")
}

/// `KeyInfo` with a certificate.
pub(super) fn key_info(der: &[u8]) -> String {
    let certificate = STANDARD.encode(der);
    format!("<KeyInfo><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo>")
}

fn read(xml: &str) -> Result<Document, FaultError> {
    xml::parse(xml.as_bytes(), &Limits::default()).map_err(|_| FaultError::Unreadable)
}

fn element_at<'d>(document: &'d Document, path: &[&str]) -> Result<xml::Element<'d>, FaultError> {
    let mut element = document.root();
    for local in path {
        let mut children = element.children();
        element = children
            .find(|child| child.name() == *local)
            .ok_or_else(|| nothing(local))?;
    }
    Ok(element)
}

/// Where the signatures go, the inner one first.
pub(super) fn signed_paths(option: SigningOption) -> &'static [&'static [&'static str]] {
    const RESPONSE: &[&str] = &[];
    const ASSERTION: &[&str] = &["Assertion"];
    match option {
        SigningOption::Assertion => &[ASSERTION],
        SigningOption::Response => &[RESPONSE],
        SigningOption::ResponseAndAssertion => &[ASSERTION, RESPONSE],
    }
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
        let forge = Forge {
            seal: Seal::RsaPss,
            ..Forge::new(SignatureAlgorithm::RsaSha256, &keyed)
        };
        let value = forge.value(b"octets", &keyed).unwrap();
        let mut verifier = openssl::sign::Verifier::new(MessageDigest::sha256(), &public).unwrap();
        verifier.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
        verifier.set_rsa_mgf1_md(MessageDigest::sha256()).unwrap();
        verifier.set_rsa_pss_saltlen(RsaPssSaltlen::custom(32)).unwrap();
        assert!(verifier.verify_oneshot(&value, b"octets").unwrap());
    }

    #[test]
    fn what_is_declared_is_found_once() {
        let declared = declared("<a xmlns=\"u\" xmlns:p=\"v\"><b xmlns:p=\"w\" xmlns:q=\"x\"/></a>").unwrap();
        assert_eq!(declared, ["#default", "p", "q"]);
    }
}
