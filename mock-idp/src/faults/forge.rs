//! Signatures that no honest signer makes: over a changed message, over the wrong element, by another algorithm.
//!
//! It stands on the accept side's canonicaliser, the one exception to the independence of both sides (ARCHITECTURE.md): what
//! was changed has no typed value to write a canonical form from. `xmlsec1` verifies, in the tests, what must still verify.

mod canonical;
mod seal;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::KeyedCertificate;
use openssl::hash::{MessageDigest, hash};
use saml_accept::xml::{self, Document, Limits};
use saml_model::{SignatureAlgorithm, SigningOption, names};

use super::FaultError;
use super::tree::{Tree, nothing};
pub(super) use canonical::Canonicalization;
pub(super) use seal::Seal;

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
    /// The prefix of its elements, which what is around declares; empty: it declares the default namespace itself.
    pub(super) prefix: String,
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

/// Where a signature stands among the children of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// Behind Issuer, as the schema says.
    AfterIssuer,
    /// Last.
    Last,
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
            prefix: String::new(),
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
            // Without an ID the whole document can still be meant (xmldsig-core1 4.4.3.2).
            .or_else(|| {
                Some(Some(if id.is_empty() {
                    String::new()
                } else {
                    format!("#{id}")
                }))
            });
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
        let mut signature = Tree::read(&format!(
            "<Signature xmlns=\"{}\">{signed_info}<SignatureValue>{PENDING}</SignatureValue>{}{}</Signature>",
            names::NS_DSIG,
            self.key_info,
            self.objects
        ))?;
        if !self.prefix.is_empty() {
            signature.unset("xmlns")?;
            signature.rename(&|name| format!("{}:{name}", self.prefix));
        }
        Ok(signature)
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
            .seal
            .value(self.hash, octets.as_bytes(), key)
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
