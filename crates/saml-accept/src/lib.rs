//! Bytes to verified SAML values: decode bindings, parse, canonicalise, decrypt, verify.
//!
//! The way in is a chain. [`binding`] turns what HTTP carried into bytes; [`xml`] turns bytes into a strict,
//! namespace-aware tree; [`c14n`] renders a subtree of it canonically; [`signature`] verifies a signature
//! over such a subtree and gives back a tree rebuilt from the digested bytes; [`request`], [`response`] and
//! [`metadata`] read typed values out of trees. [`decryption`] opens an encrypted assertion on the way.
//!
//! What is refused always: document type declarations, encodings other than UTF-8, every transform and
//! algorithm outside the short lists of [`signature`] and [`decryption`], encrypted names and attributes, and structure
//! that the SAML schemas do not know. Nothing here opens a file, a socket or a clock, and nothing is shared with the crate that
//! emits messages, so that a mistake in one cannot hide a mistake in the other.

pub mod binding;
pub mod c14n;
pub mod decryption;
pub mod metadata;
pub mod request;
pub mod response;
pub mod signature;
pub mod xml;

mod assertion;
mod malformed;
mod quoted;
mod scalar;
mod sequence;

pub use malformed::{Malformed, MalformedKind};
