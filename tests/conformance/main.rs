//! Conformance: software that nobody here wrote judges what we write and what we believe.
//!
//! | witness | judges |
//! | --- | --- |
//! | the OASIS schemas through `xmllint` | names, order and types of every message |
//! | `xmlsec1` (libxml2) | every signature we make; it signs what we must accept |
//! | the JDK, npm's xml-crypto | every signature we make, as second and third opinion |
//! | `xmlsec1` | that what an attack of the mock lives on still verifies |
//! | `xmlsec1` | every encrypted assertion we make, but for RSA-OAEP with SHA-256; it encrypts what we must accept |
//! | the JDK's ciphers | every encrypted assertion we make |
//! | the JDK | every query we sign; it signs what we must accept |
//! | Node's `zlib` and `URL` | the encodings of the bindings, both ways |
//! | entra-behaviour.md | the spelling of a response and of the federation metadata |
//! | schemas, vectors, entra-behaviour.md | every name in `saml_model::names` |
//!
//! Vectors of canonicalisation and of hostile responses are read by the tests of `saml-accept`.

#![allow(clippy::unwrap_used, reason = "helpers of tests, as in tests")]

mod acceptance;
mod binding;
mod digested;
mod encryption;
mod fault_values;
mod faults;
mod federation;
mod identity;
mod issuing;
mod message;
mod metadata;
mod names;
mod query;
mod schema;
mod signature;
mod spelling;
mod tamper;
