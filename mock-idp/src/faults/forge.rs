//! Signatures that no honest signer makes: over a changed message, over the wrong element, by another algorithm.
//!
//! It stands on the accept side's canonicaliser, the one exception to the independence of both sides (ARCHITECTURE.md): what
//! was changed has no typed value to write a canonical form from. `xmlsec1` verifies, in the tests, what must still verify.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::KeyedCertificate;
use openssl::hash::{MessageDigest, hash};
use openssl::rsa::Padding;
use openssl::sign::Signer;
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
    /// What is signed with: the hash of the signature method.
    pub(super) hash: MessageDigest,
    /// Whether the padding is PSS.
    pub(super) is_pss: bool,
    /// How SignedInfo is canonicalised.
    pub(super) canonicalization: Canonicalization,
    /// `Algorithm` of DigestMethod.
    pub(super) digest_method: String,
    /// The hash of the digest.
    pub(super) digest: MessageDigest,
    /// The transforms of the reference, each a whole element; none: no Transforms.
    pub(super) transforms: Vec<String>,
    /// How what is referred to is canonicalised.
    pub(super) transformed: Canonicalization,
    /// The reference's URI instead of `#` and the ID of what is signed; `Some(None)`: no URI.
    pub(super) uri: Option<Option<String>>,
    /// Whole references that come before and after the right one.
    pub(super) more_references: (String, String),
    /// Whether the right reference is left out.
    pub(super) without_reference: bool,
    /// `KeyInfo`, whole; empty: none.
    pub(super) key_info: String,
    /// Where the signature stands.
    pub(super) position: Position,
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
            SignatureAlgorithm::RsaSha256 => {
                (names::SIG_RSA_SHA256, names::DIGEST_SHA256, MessageDigest::sha256())
            }
            SignatureAlgorithm::RsaSha1 => (names::SIG_RSA_SHA1, names::DIGEST_SHA1, MessageDigest::sha1()),
        };
        Self {
            method: method.to_owned(),
            hash,
            is_pss: false,
            canonicalization: Canonicalization::exclusive(),
            digest_method: digest_method.to_owned(),
            digest: hash,
            transforms: vec![transform(names::TRANSFORM_ENVELOPED), transform(names::C14N_EXCLUSIVE)],
            transformed: Canonicalization::exclusive(),
            uri: None,
            more_references: (String::new(), String::new()),
            without_reference: false,
            key_info: key_info(keyed.certificate.der()),
            position: Position::AfterIssuer,
        }
    }

    /// Signs the element at `path` of a message: its signature is made, and put into it.
    ///
    /// # Errors
    /// What is not there, and a message that cannot be canonicalised.
    pub(super) fn sign(&self, message: &Tree, path: &[&str], key: &KeyedCertificate) -> Result<Tree, FaultError> {
        let mut signed = message.clone();
        let digest = self.digest_of(&signed.write(), path)?;
        let target = signed.at_mut(path)?;
        let id = target.attribute("ID").unwrap_or_default().to_owned();
        // Without an ID the whole document can still be meant (xmldsig-core1 4.4.3.2).
        let own = if id.is_empty() { id } else { format!("#{id}") };
        let uri = self.uri.clone().unwrap_or(Some(own));
        let signature = self.element(uri.as_deref(), &digest)?;
        let place = match self.position {
            Position::AfterIssuer => target.place("Issuer").map_or(0, |issuer| issuer + 1),
            Position::Last => target.children.len(),
        };
        target.insert(place, signature);
        Tree::read(&self.sealed(&signed.write(), key)?)
    }

    /// A signature, not sealed yet, that refers to `uri` with this digest.
    ///
    /// # Errors
    /// A part that a fault spelled so that it cannot be read.
    pub(super) fn element(&self, uri: Option<&str>, digest: &str) -> Result<Tree, FaultError> {
        let signed_info = self.signed_info(uri, digest);
        Tree::read(&format!(
            "<Signature xmlns=\"{}\">{signed_info}<SignatureValue>{PENDING}</SignatureValue>{}</Signature>",
            names::NS_DSIG,
            self.key_info
        ))
    }

    fn signed_info(&self, uri: Option<&str>, digest: &str) -> String {
        let uri = uri.map_or_else(String::new, |uri| format!(" URI=\"{uri}\""));
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
             <SignatureMethod Algorithm=\"{}\"/>{before}{reference}{after}</SignedInfo>",
            self.canonicalization.uri, self.method
        )
    }

    /// The digest, in base64, of the element at a path.
    ///
    /// # Errors
    /// What is not there, and a message that cannot be canonicalised.
    pub(super) fn digest_of(&self, xml: &str, path: &[&str]) -> Result<String, FaultError> {
        let document = read(xml)?;
        let element = element_at(&document, path)?;
        let canonical = self.transformed.of(xml, element)?;
        digest(self.digest, canonical.as_bytes())
    }

    /// The message with the value of the one signature that waits for it.
    ///
    /// # Errors
    /// That none waits, and a message that cannot be canonicalised.
    pub(super) fn sealed(&self, xml: &str, key: &KeyedCertificate) -> Result<String, FaultError> {
        let octets = self.octets_to_sign(xml)?;
        Ok(xml.replace(PENDING, &self.value(octets.as_bytes(), key)?))
    }

    /// The canonical SignedInfo of the signature that waits for its value.
    ///
    /// # Errors
    /// As [`Self::sealed`].
    pub(super) fn octets_to_sign(&self, xml: &str) -> Result<String, FaultError> {
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

    /// The message with this text as the value of the signature that waits for it.
    pub(super) fn sealed_with(xml: &str, value: &str) -> String {
        xml.replace(PENDING, value)
    }

    fn value(&self, octets: &[u8], key: &KeyedCertificate) -> Result<String, FaultError> {
        let sign = || {
            let mut signer = Signer::new(self.hash, key.key.private())?;
            if self.is_pss {
                signer.set_rsa_padding(Padding::PKCS1_PSS)?;
            }
            signer.update(octets)?;
            signer.sign_to_vec()
        };
        sign().map(|value| STANDARD.encode(value)).map_err(|_| FaultError::NotSigned)
    }
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
        element = children.find(|child| child.name() == *local).ok_or_else(|| nothing(local))?;
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
    fn what_is_declared_is_found_once() {
        let declared = declared("<a xmlns=\"u\" xmlns:p=\"v\"><b xmlns:p=\"w\" xmlns:q=\"x\"/></a>").unwrap();
        assert_eq!(declared, ["#default", "p", "q"]);
    }
}
