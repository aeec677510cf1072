//! What can go wrong with keys and certificates; each message says the way out where there is one.

use std::{io, path::PathBuf};

use jiff::Timestamp;
use openssl::error::ErrorStack;

/// Why a key or certificate could not be made, read or kept.
#[derive(Debug, thiserror::Error)]
pub enum CertsError {
    /// OpenSSL refused.
    #[error("OpenSSL: {0}")]
    Crypto(#[from] ErrorStack),
    /// The certificate could not be built or signed.
    #[error("the certificate could not be made: {0}")]
    Make(#[from] rcgen::Error),
    /// An X.509 validity cannot say this instant (RFC 5280, 4.1.2.5).
    #[error("{0} cannot stand in a certificate: its year must be 0 to 9999")]
    Validity(Timestamp),
    /// What was given is no certificate.
    #[error("this is not a certificate: {0}")]
    NotACertificate(String),
    /// What was given is no usable key.
    #[error("this is not an unencrypted RSA private key in PEM: {0}")]
    NotAKey(String),
    /// A file or directory could not be read, made or written.
    #[error("cannot {action} {path}: {source}; --state-dir chooses another directory")]
    File {
        /// What was tried, such as "create".
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the state directory does not hold what it should.
    #[error("{path} is damaged: {reason}; delete it and a new one is made")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing says where state belongs.
    #[error(
        "no state directory: neither XDG_STATE_HOME nor HOME is an absolute path; name one with --state-dir"
    )]
    NoStateDirectory,
    /// A pool of no keys could never answer.
    #[error("a key pool needs at least one key")]
    EmptyPool,
}
