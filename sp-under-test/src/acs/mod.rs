//! The AssertionConsumerService: a chain of types, each made by one function out of the one before, so that what was
//! not checked cannot be read.
//!
//! `PostedResponse` ([`posted`]) → `UnverifiedResponse` → `SignedAssertion` (both of `saml-accept`) →
//! `CheckedAssertion` → `AcceptedAssertion` (both of [`accept`]) → `LinkedAccount` ([`account`]) → `Session` ([`crate::session`]).

pub(crate) mod accept;
pub(crate) mod account;
mod admission;
mod checks;
pub(crate) mod posted;

pub(crate) use accept::{AcceptedAssertion, CheckedAssertion};
#[cfg(any(debug_assertions, test))]
pub(crate) use checks::CHECKS;
pub(crate) use checks::ahead;
pub(crate) use posted::PostedResponse;

use crate::{rejection::Refused, store::StoreError};

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AcsError {
    /// The message was refused.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The store failed, which is nobody's fault out there.
    #[error(transparent)]
    Store(#[from] StoreError),
}
