//! The scenarios that the binary carries.

/// Every file of `scenarios/`: its path below that folder, and its text.
pub(crate) const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));
