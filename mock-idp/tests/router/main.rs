//! The mock through its router, without sockets. Each test that witnesses a behaviour names its section of
//! entra-behaviour.md.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod agent;
mod armed;
mod arming;
mod claims;
mod claims_test;
mod control;
mod documents;
mod encryption;
mod envelopes;
mod errors;
mod faults;
mod flows;
mod headless;
mod limits;
mod metadata;
mod metadata_faults;
mod mutants;
mod pages;
mod portal;
mod reply_urls;
mod requests;
mod robust;
mod samples;
mod section_2;
mod section_3;
mod section_4;
mod section_5;
mod sessions;
mod sign_in;
mod sign_on;
mod sign_out;
mod signatures;
mod signed_requests;
mod stored;
mod values;
