//! Verifying an enveloped XML signature as SAML profiles it (saml-core 5.4, xmldsig-core1), and the signature
//! of a query ([`verify_query`]).
//!
//! Of XML signatures one shape is accepted: a `ds:Signature` that is a direct child of the element it signs, with one
//! `Reference` to that element's `ID`, the transforms enveloped-signature and exclusive canonicalisation,
//! RSA (PKCS#1 v1.5) or ECDSA with SHA-2, and a key that was trusted beforehand. `KeyInfo` is ignored.
//!
//! Nothing is looked up by ID: the element comes from the caller, and the reference must name it. What is
//! given back is not that element but a tree parsed from the very bytes that were digested.

mod error;
mod keys;
mod query;
mod signed_info;

pub use error::{KeyError, SignatureError};
pub use keys::{Sha1, TrustedKeys};
pub use query::{QuerySignatureError, QuerySigner, verify_query};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::hash;
use openssl::memcmp;
use saml_model::names;

use crate::c14n;
use crate::malformed::Malformed;
use crate::sequence::{Foreign, Sequence, bad_value, only_attributes, unique_ids};
use crate::xml::{self, Document, Element, Limits, is_ncname, is_space};
use signed_info::{Canonicalization, SignedInfo};

/// The most prefixes of one `PrefixList`; each costs work at every element.
pub const LIMIT_PREFIXES: usize = 32;

/// The most bytes of a canonical `SignedInfo`. Honest ones have about one thousand; it is made of what nobody has verified.
pub const LIMIT_SIGNED_INFO_BYTES: usize = 64 * 1024;

/// What a good signature proves.
#[derive(Clone, Debug)]
pub struct Verified {
    /// A tree of exactly the digested bytes: its root is the signed element, the signature is gone from it.
    pub document: Document,
    /// The URI of the `SignatureMethod`.
    pub algorithm: &'static str,
    /// The URI of the `DigestMethod`.
    pub digest: &'static str,
    /// The key that verifies: its place among the certificates of the [`TrustedKeys`], counted from 0.
    pub key_index: usize,
}

/// Verifies the one enveloped signature of an element.
///
/// # Errors
///
/// One [`SignatureError`] for the first rule that is broken. The shape is judged before any cryptography.
pub fn verify_enveloped(element: Element<'_>, keys: &TrustedKeys) -> Result<Verified, SignatureError> {
    let signature = only_signature(element)?;
    let id = element.attribute("ID").ok_or(SignatureError::NoId)?;
    if !is_ncname(id) {
        return Err(SignatureError::BadId { id: id.to_owned() });
    }
    unique_ids(element.document).map_err(SignatureError::Malformed)?;

    let parts = Parts::of(signature)?;
    // The method is needed to make the canonical form; everything that is acted upon is read from that form.
    let method = Canonicalization::of_signed_info(parts.signed_info)?;
    let canonical = method.of_method(parts.signed_info)?;
    let document = reparse(&canonical, element)?;
    let signed_info = SignedInfo::read(document.root(), keys.sha1)?;
    signed_info.check_reference(id)?;
    let value = base64(&parts.signature_value, SignatureError::SignatureValueNotBase64)?;
    let key_index = keys.verify(signed_info.signature, canonical.as_bytes(), &value)?;

    let content = signed_info.transform.of_reference(element, signature)?;
    let digest = hash(signed_info.digest.hash(), content.as_bytes())?;
    let expected = base64(&signed_info.digest_value, SignatureError::DigestValueNotBase64)?;
    if expected.len() != digest.len() || !memcmp::eq(&digest, &expected) {
        return Err(SignatureError::DigestMismatch);
    }
    Ok(Verified {
        document: reparse(&content, element)?,
        algorithm: signed_info.signature.uri(),
        digest: signed_info.digest.uri(),
        key_index,
    })
}

/// The certificates that the `KeyInfo` of the one signature of an element holds, as DER, in document order.
///
/// # Errors
///
/// [`SignatureError::NotSigned`], [`SignatureError::SecondSignature`] or [`SignatureError::Structure`].
pub(crate) fn named_certificates(element: Element<'_>) -> Result<Vec<Vec<u8>>, SignatureError> {
    let structure = |error: Malformed| SignatureError::Structure(error);
    only_signature(element)?
        .children_named(names::NS_DSIG, "KeyInfo")
        .flat_map(|key_info| key_info.children_named(names::NS_DSIG, "X509Data"))
        .flat_map(|data| data.children_named(names::NS_DSIG, "X509Certificate"))
        .map(|certificate| {
            let text = certificate.text().map_err(|error| structure(error.into()))?;
            let not_base64 = bad_value(certificate, "X509Certificate", &text, "base64");
            base64(&text, structure(not_base64))
        })
        .collect()
}

/// The one `ds:Signature` among the children of an element.
fn only_signature(element: Element<'_>) -> Result<Element<'_>, SignatureError> {
    let mut signatures = element.children_named(names::NS_DSIG, "Signature");
    let first = signatures.next().ok_or_else(|| SignatureError::NotSigned {
        element: element.name().to_owned(),
    })?;
    match signatures.next() {
        Some(_) => Err(SignatureError::SecondSignature {
            element: element.name().to_owned(),
        }),
        None => Ok(first),
    }
}

/// The children of `ds:Signature` that matter.
struct Parts<'d> {
    signed_info: Element<'d>,
    signature_value: String,
}

impl<'d> Parts<'d> {
    fn of(signature: Element<'d>) -> Result<Self, SignatureError> {
        only_attributes(signature, &["Id"], Foreign::Refused).map_err(SignatureError::Structure)?;
        if signature.child(names::NS_DSIG, "Object").is_some() {
            return Err(SignatureError::Object);
        }
        Self::in_order(signature).map_err(SignatureError::Structure)
    }

    fn in_order(signature: Element<'d>) -> Result<Self, Malformed> {
        let mut children = Sequence::of(signature)?;
        let signed_info = children.required(names::NS_DSIG, "SignedInfo")?;
        let signature_value = children.required(names::NS_DSIG, "SignatureValue")?.text()?;
        // A hint that nobody follows: the keys are given (saml-core 5.4.5).
        let _ = children.optional(names::NS_DSIG, "KeyInfo");
        children.end()?;
        Ok(Self {
            signed_info,
            signature_value,
        })
    }
}

/// Standard base64 with white space anywhere (xs:base64Binary).
fn base64(text: &str, error: SignatureError) -> Result<Vec<u8>, SignatureError> {
    let packed: String = text.chars().filter(|c| !is_space(*c)).collect();
    if packed.is_empty() {
        return Err(error);
    }
    STANDARD.decode(packed).map_err(|_| error)
}

/// Parses a canonical form. It may be larger than the document it came from, as every element may have to
/// declare what it inherits; otherwise it is held to the same limits.
fn reparse(canonical: &str, origin: Element<'_>) -> Result<Document, SignatureError> {
    let limits = origin.document.limits;
    let limits = Limits {
        bytes: c14n::LIMIT_OUTPUT_BYTES,
        attributes: limits
            .attributes
            .saturating_mul(2)
            .saturating_add(LIMIT_PREFIXES + 1),
        ..limits
    };
    let mut document =
        xml::parse(canonical.as_bytes(), &limits).map_err(|error| SignatureError::Malformed(error.into()))?;
    document.limits = origin.document.limits;
    Ok(document)
}
