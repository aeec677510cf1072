//! SAML values to bytes: write, sign, encrypt, encode for a binding.
//!
//! A message is built as a small tree of typed elements ([`saml_model`] says what it holds) and that one tree
//! is rendered two ways: in *wire form*, the spelling Entra uses (entra-behaviour.md 3.1), and in *canonical
//! form*, the octets exclusive C14N would give for it, over which the digest is computed. Nothing here reads
//! XML: there is no parser and no canonicaliser, so a mistake of the accepting side cannot hide one of ours.
//! The judges are outside: `xmlsec1` in this crate's tests, schemas and foreign software in `tests/`.

pub mod binding;

mod assertion;
mod claim_types;
mod distinguished_name;
mod element;
mod encryption;
mod error;
mod escape;
mod idp_metadata;
mod instant;
mod logout;
mod render;
mod request;
mod response;
mod signature;
mod sp_metadata;

pub use encryption::{Encryption, Randomness, encrypted_assertion, wrapped_key};
pub use error::{EmitError, Place};
pub use idp_metadata::{EntraMetadata, idp_metadata};
pub use logout::{logout_request, logout_response};
pub use request::{authn_request, signed_authn_request};
pub use response::{encrypted_response, response, signed_assertion};
pub use signature::Signing;
pub use sp_metadata::sp_metadata;
