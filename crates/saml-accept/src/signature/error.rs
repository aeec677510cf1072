//! What can be wrong with a signature: one variant per misdeed.

use openssl::error::ErrorStack;
use thiserror::Error;

use crate::c14n::C14nError;
use crate::malformed::Malformed;
use crate::quoted::{quoted, quoted_or_nothing};

/// Why a signed element is not believed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The `ID` of the signed element is not an xs:ID.
    #[error("the ID `{}` of the signed element is not an xs:ID", quoted(.id))]
    BadId {
        /// The ID.
        id: String,
    },
    /// There is no canonical form to digest.
    #[error("the signed content cannot be canonicalised: {0}")]
    C14n(#[from] C14nError),
    /// A canonicalisation method outside the allow list, such as inclusive canonicalisation.
    #[error("the canonicalisation method `{}` is not allowed, only exclusive canonicalisation is", quoted(.uri))]
    CanonicalizationRefused {
        /// The `Algorithm`.
        uri: String,
    },
    /// The library that computes failed.
    #[error("the cryptographic library failed: {0}")]
    Crypto(#[from] ErrorStack),
    /// A digest method outside the allow list.
    #[error("the digest method `{}` is not allowed", quoted(.uri))]
    DigestMethodRefused {
        /// The `Algorithm`.
        uri: String,
    },
    /// The content has another digest: it was changed after it was signed.
    #[error("the digest does not match: the content was changed after it was signed")]
    DigestMismatch,
    /// The `DigestValue` is empty or no base64.
    #[error("the DigestValue is not base64")]
    DigestValueNotBase64,
    /// No trusted key is of the kind that the signature method needs.
    #[error("the signature method `{uri}` needs another kind of key than the trusted ones")]
    KeyKind {
        /// The `Algorithm`.
        uri: &'static str,
    },
    /// The assertion is encrypted, and nobody asked for decryption.
    #[error("the assertion is encrypted, and there is no key to decrypt it")]
    Encrypted,
    /// What was read, before or after verification, is not built as its schema says.
    #[error("the message is malformed: {0}")]
    Malformed(Malformed),
    /// A response without an assertion.
    #[error("the response holds no assertion")]
    NoAssertion,
    /// The signed element has no `ID`.
    #[error("the signed element has no ID")]
    NoId,
    /// A `SignedInfo` without a `Reference` (saml-core 5.4.2 wants exactly one).
    #[error("the signature refers to nothing")]
    NoReference,
    /// There is no signature: not on this element, or not on anything that covers the assertion.
    #[error("the {} is not signed", quoted(.element))]
    NotSigned {
        /// The local name of the element.
        element: String,
    },
    /// `ds:Object` in the signature, a hiding place (manifests are objects too).
    #[error("the signature contains an Object")]
    Object,
    /// More prefixes in one `PrefixList` than [`super::LIMIT_PREFIXES`].
    #[error("the PrefixList has more than {limit} prefixes")]
    PrefixList {
        /// The limit.
        limit: usize,
    },
    /// The `Reference` names something else than the element around the signature.
    #[error("the signature refers to {}, not to the element `#{}` around it", quoted_or_nothing(.found.as_deref()), quoted(.id))]
    ReferenceElsewhere {
        /// The `URI`, or `None` where it is absent.
        found: Option<String>,
        /// The ID of the element.
        id: String,
    },
    /// More than one `Reference` (saml-core 5.4.2).
    #[error("the signature has more than one Reference")]
    SecondReference,
    /// More than one signature on one element.
    #[error("the {} has more than one Signature", quoted(.element))]
    SecondSignature {
        /// The local name of the element.
        element: String,
    },
    /// SHA-1, and the trust does not allow it.
    #[error("`{uri}` uses SHA-1, which is refused")]
    Sha1Refused {
        /// The `Algorithm`.
        uri: &'static str,
    },
    /// A signature method outside the allow list: HMAC, DSA, MD5, PSS, or unknown.
    #[error("the signature method `{}` is not allowed", quoted(.uri))]
    SignatureMethodRefused {
        /// The `Algorithm`.
        uri: String,
    },
    /// No trusted key verifies the signature: another key signed, or the `SignedInfo` was changed.
    #[error("no trusted key verifies the signature")]
    SignatureMismatch,
    /// The `SignatureValue` is empty or no base64.
    #[error("the SignatureValue is not base64")]
    SignatureValueNotBase64,
    /// The `Signature` element is not built as XML Signature says.
    #[error("the Signature is malformed: {0}")]
    Structure(Malformed),
    /// A transform outside the allow list (saml-core 5.4.4).
    #[error("the transform `{}` is not allowed", quoted(.uri))]
    TransformRefused {
        /// The `Algorithm`.
        uri: String,
    },
    /// Other transforms than exactly enveloped-signature followed by exclusive canonicalisation.
    #[error("the transforms are not enveloped-signature followed by exclusive canonicalisation")]
    Transforms,
}

/// Why certificates do not make a set of trusted keys.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No certificate at all: a trust in nobody would have to refuse everything.
    #[error("there is no certificate to trust")]
    Empty,
    /// The bytes are not the DER of an X.509 certificate.
    #[error("certificate {index} is not the DER of an X.509 certificate")]
    NotACertificate {
        /// The place of the certificate, counted from 0.
        index: usize,
    },
    /// The key is neither RSA nor EC on P-256, P-384 or P-521.
    #[error("the key of certificate {index} is neither RSA nor EC on P-256, P-384 or P-521")]
    Unsupported {
        /// The place of the certificate, counted from 0.
        index: usize,
    },
}
