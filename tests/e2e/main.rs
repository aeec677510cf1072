//! The built binary, as a user runs it.
//!
//! These files belong to the package `entrant-cli`, since cargo tells the path of a binary only to tests of its own
//! package.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod browser;
mod canary;
mod careless_sp;
mod certs;
mod claims;
mod counting_sp;
mod flows;
mod harness;
mod http;
mod init;
mod serve;
mod suites;
mod verdicts;
