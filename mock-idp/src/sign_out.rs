//! One sign-out, as a chain of types of which each is made from the one before (entra-behaviour.md 6):
//!
//! `SignOutRequest -> UnverifiedLogout -> RoutedLogout -> EndedSessions -> Farewell`
//!
//! A user who signs out at the identity provider enters at `EndedSessions`. None knows HTTP; time and random values
//! come in.

mod ended;
mod farewell;
mod faulted;
mod routed;
mod unverified;

pub(crate) use ended::EndedSessions;
pub(crate) use farewell::{Farewell, Told};
pub(crate) use faulted::{Faulted, FaultyMessage};
pub(crate) use routed::RoutedLogout;
pub(crate) use unverified::UnverifiedLogout;
