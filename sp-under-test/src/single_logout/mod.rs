//! Single sign-out (saml-profiles 4.4; entra-behaviour.md section 6): a chain of types, each made by one
//! function out of the one before, so that what was not checked cannot be read.
//!
//! `ReceivedQuery` (HTTP-Redirect, as Entra sends) or `ReceivedForm` (HTTP-POST, as others do) → `SignedMessage` (all of [`received`]) → `CheckedRequest` → `AcceptedRequest`, or `AcceptedResponse`
//! (all of [`checks`]). The message of a query is not even decoded before the signature over it was verified, and of a posted
//! one only what was digested is read: there are no unsigned sign-out messages here, since Entra signs all of its own.

pub(crate) mod checks;
pub(crate) mod received;

pub(crate) use checks::{AcceptedRequest, AcceptedResponse, CheckedRequest, Circumstances};
pub(crate) use received::{ReceivedForm, ReceivedQuery, SignedMessage};
