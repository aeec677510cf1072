//! What the project's outer tests share: the software that nobody here wrote, as witnesses.
//!
//! `saml-emit` and `saml-accept` could agree with each other and both be wrong; the witnesses cannot share
//! their mistakes. A witness that is not installed lets its tests pass, with one plain line on standard error;
//! with [`REQUIRE_WITNESSES`] it fails them.

pub mod shape;
pub mod witness;
pub mod xmllint;
pub mod xmlsec1;

mod verifiers;

pub use verifiers::{Question, Verdict, jdk, jdk_decrypts, source_launcher, xml_crypto};
pub use witness::{REQUIRE_WITNESSES, Tool, Witness, witness};

use std::path::{Path, PathBuf};

/// The root of the checkout.
#[must_use]
pub fn checkout() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
