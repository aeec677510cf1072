//! AuthnRequest, LogoutRequest and LogoutResponse.
#![no_main]

use libfuzzer_sys::fuzz_target;
use saml_accept::request;
use saml_accept::xml::Limits;

fuzz_target!(|xml: &[u8]| {
    let limits = Limits::default();
    let _ = request::message(xml, &limits);
    let _ = request::logout_response(xml, &limits);
});
