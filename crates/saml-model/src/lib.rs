//! SAML 2.0 values and names, shared by everything that emits or accepts messages.
//!
//! This crate holds what a message *says*, never how it is written or read: it does no I/O, no
//! cryptography and knows no serde. `saml-emit` turns these values into bytes, `saml-accept` turns bytes
//! into these values, and the two never meet, so that a mistake in one cannot hide a mistake in the other.
//!
//! Field and type names are those of the SAML 2.0 core schema (saml-core-2.0-os). Where a message may leave
//! something out, the field is an `Option`; nothing here is validated: judging a message is the business of
//! the identity provider and of the service provider.

pub mod metadata;
pub mod names;

mod assertion;
mod encryption;
mod protocol;

pub use assertion::{
    Assertion, Attribute, AuthnStatement, Conditions, NameId, Subject, SubjectConfirmation,
    SubjectConfirmationData,
};
pub use encryption::{DataEncryption, KeyTransport};
pub use jiff::Timestamp;
pub use protocol::{
    AuthnRequest, LogoutRequest, LogoutResponse, NameIdPolicy, RequestedAuthnContext, Response, Scoping,
    SignatureAlgorithm, SigningOption, Status,
};
