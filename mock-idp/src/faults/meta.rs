//! Federation metadata: what it says, who signs it, and the answer that carries it (saml-metadata 2; IIP-MD).
//!
//! What a service provider must not take over lists the attackers' key, K1, beside the application's: whoever takes it over
//! signs in whomever they want, which the next sign-on shows.

mod says;
mod wraps;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::KeyedCertificate;
use jiff::Timestamp;
use saml_model::SignatureAlgorithm;
use uuid::Uuid;

use super::forge::Forge;
use super::tree::{Node, Tree};
use super::{Action, FaultError};
use crate::metadata::BYTE_ORDER_MARK;
use crate::tenant::certificates::Vault;

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("meta-bindings-js", Action::Metadata(says::scripts)),
    ("meta-cacheduration", Action::Metadata(says::cached)),
    ("meta-entityid-mismatch", Action::Metadata(says::another_name)),
    ("meta-fetch-failure", Action::Metadata(wraps::nothing_good)),
    ("meta-key-added", Action::Metadata(says::one_more_key)),
    ("meta-no-signing-key", Action::Metadata(says::no_key)),
    (
        "meta-signed-by-embedded-cert",
        Action::Metadata(says::its_own_key),
    ),
    ("meta-signed-wrong-key", Action::Metadata(says::unknown_signer)),
    ("meta-sso-location-http", Action::Metadata(says::plain_http)),
    ("meta-ssrf", Action::Metadata(wraps::elsewhere)),
    ("meta-unsigned", Action::Metadata(says::unsigned)),
    ("meta-use-encryption-key", Action::Metadata(says::encryption_key)),
    (
        "meta-validuntil-missing-far",
        Action::Metadata(says::valid_for_ages),
    ),
    ("meta-validuntil-past", Action::Metadata(says::no_longer_valid)),
    ("meta-xsw", Action::Metadata(wraps::wrapped)),
    ("meta-xxe", Action::Metadata(wraps::document_type)),
];

/// As Entra begins the document, behind the byte order mark (entra-behaviour.md 1).
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";

/// What a fault may draw on.
pub(crate) struct DocumentInputs<'i> {
    /// The tenant's time.
    pub(crate) now: Timestamp,
    /// An id that nobody has.
    pub(crate) stranger: Uuid,
    /// The key that signs the document; `None`: the application has no certificate.
    pub(crate) own: Option<&'i KeyedCertificate>,
    /// The attackers' key: K1 of the catalogue.
    pub(crate) vault: &'i Vault,
}

impl<'i> DocumentInputs<'i> {
    fn attacker(&self) -> Result<&'i KeyedCertificate, FaultError> {
        self.vault.attacker().map_err(|_| FaultError::NotSigned)
    }
}

/// A document on its way to whoever fetches it.
#[derive(Debug)]
pub(super) struct Document {
    /// The `EntityDescriptor`, unsigned.
    entity: Tree,
    /// Who signs it.
    signer: Signer,
    /// What stands before the root element.
    prolog: String,
    answer: Answer,
}

/// Who signs a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signer {
    /// The application.
    Own,
    /// The attackers, with their certificate in KeyInfo or without KeyInfo.
    Attacker { named: bool },
    /// Nobody, or whoever has signed what is in it.
    Nobody,
}

/// How the document is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Document,
    Status(StatusCode),
    Text(&'static str),
    Redirect(&'static str),
    Late,
}

/// What is answered to whoever fetches the metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Publication {
    /// The status.
    pub(crate) status: StatusCode,
    /// Where else it is said to be.
    pub(crate) location: Option<&'static str>,
    /// The document, or what stands for it.
    pub(crate) body: String,
    /// Whether it comes too late for anybody.
    pub(crate) is_late: bool,
}

impl Document {
    /// An honest document, which the application signs.
    ///
    /// # Errors
    /// What is not one well-formed element.
    pub(super) fn new(unsigned: &str) -> Result<Self, FaultError> {
        Ok(Self {
            entity: Tree::read(unsigned)?,
            signer: Signer::Own,
            prolog: String::new(),
            answer: Answer::Document,
        })
    }

    /// Signs it and answers it.
    ///
    /// # Errors
    /// A signature that cannot be made.
    pub(super) fn publish(self, inputs: &DocumentInputs<'_>) -> Result<Publication, FaultError> {
        let document = Publication {
            status: StatusCode::OK,
            location: None,
            body: String::new(),
            is_late: false,
        };
        Ok(match self.answer {
            Answer::Document => Publication {
                body: self.written(inputs)?,
                ..document
            },
            Answer::Status(status) => Publication { status, ..document },
            Answer::Text(text) => Publication {
                body: text.to_owned(),
                ..document
            },
            Answer::Redirect(location) => Publication {
                status: StatusCode::FOUND,
                location: Some(location),
                ..document
            },
            Answer::Late => Publication {
                status: StatusCode::GATEWAY_TIMEOUT,
                is_late: true,
                ..document
            },
        })
    }

    fn written(self, inputs: &DocumentInputs<'_>) -> Result<String, FaultError> {
        let signed = match (self.signer, inputs.own) {
            // Entra has nothing to sign with either.
            (Signer::Nobody, _) | (Signer::Own, None) => self.entity,
            (Signer::Own, Some(own)) => signed(&self.entity, own, true)?,
            (Signer::Attacker { named }, _) => signed(&self.entity, inputs.attacker()?, named)?,
        };
        let (prolog, root) = (self.prolog, signed.write());
        Ok([BYTE_ORDER_MARK, DECLARATION, &prolog, &root].concat())
    }

    /// Lists the attackers' certificate before those that are there: who reads but one reads it.
    fn list_attacker(&mut self, usage: &str, inputs: &DocumentInputs<'_>) -> Result<(), FaultError> {
        let descriptor = key_descriptor(usage, inputs.attacker()?.certificate.der());
        for role in self.roles() {
            let first = role.children.iter().position(is_key);
            role.insert(first.unwrap_or_default(), descriptor.clone());
        }
        Ok(())
    }

    /// Takes every certificate away.
    fn list_nobody(&mut self) {
        for role in self.roles() {
            role.children.retain(|child| !is_key(child));
        }
    }

    /// The three roles that hold the same certificates.
    fn roles(&mut self) -> impl Iterator<Item = &mut Tree> {
        let is_role = |tree: &&mut Tree| matches!(tree.local(), "RoleDescriptor" | "IDPSSODescriptor");
        self.entity.elements_mut().filter(is_role)
    }

    /// Gives every `SingleSignOnService` another address, escaped already.
    fn sign_on_at(&mut self, location: &str) -> Result<(), FaultError> {
        let role = self.entity.at_mut(&["IDPSSODescriptor"])?;
        let services = role.elements_mut();
        for service in services.filter(|tree| tree.local() == "SingleSignOnService") {
            service.set("Location", location);
        }
        Ok(())
    }
}

fn is_key(child: &Node) -> bool {
    matches!(child, Node::Tree(tree) if tree.local() == "KeyDescriptor")
}

fn key_descriptor(usage: &str, der: &[u8]) -> Tree {
    let certificate = Tree::new("X509Certificate").around(STANDARD.encode(der));
    let info = Tree::new("KeyInfo")
        .with("xmlns", saml_model::names::NS_DSIG)
        .around(Tree::new("X509Data").around(certificate));
    Tree::new("KeyDescriptor").with("use", usage).around(info)
}

/// The document, signed as Entra signs.
fn signed(entity: &Tree, key: &KeyedCertificate, named: bool) -> Result<Tree, FaultError> {
    let mut forge = Forge::new(SignatureAlgorithm::RsaSha256, key);
    if !named {
        forge.key_info.clear();
    }
    forge.sign(entity, &[], key)
}
