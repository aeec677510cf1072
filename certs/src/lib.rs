//! Keys and certificates: how they are made, read, exported, pooled and kept.
//!
//! A token signing certificate has the shape Entra gives it (entra-behaviour.md 5). Making an RSA key costs up to
//! half a second, so keys come from a [`KeyPool`] that a first start fills in the background and later starts
//! read; a [`CertificateStore`] gives a tenant the same certificates again after a restart. Both live below a
//! [`StateDir`]. Time and serial numbers come in as values; only keys use OpenSSL's own randomness.

mod certificate;
mod error;
mod files;
mod key;
mod pfx;
mod pool;
mod state_dir;
mod store;

pub use certificate::{Certificate, CertificateSpec, ENTRA_COMMON_NAME};
pub use error::CertsError;
pub use key::{KeySize, SigningKey};
pub use pfx::{PFX_BYTES_MAX, PfxError, read_pfx};
pub use pool::KeyPool;
pub use state_dir::StateDir;
pub use store::{CertificateStore, KeyedCertificate};
