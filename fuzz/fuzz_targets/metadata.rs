//! Metadata of either side.
#![no_main]

use libfuzzer_sys::fuzz_target;
use saml_accept::metadata;
use saml_accept::xml::Limits;

fuzz_target!(|xml: &[u8]| {
    let limits = Limits::default();
    let _ = metadata::idp(xml, &limits);
    let _ = metadata::sp(xml, &limits);
});
