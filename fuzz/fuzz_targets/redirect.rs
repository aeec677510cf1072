//! A query to the message of a redirect.
#![no_main]

use libfuzzer_sys::fuzz_target;
use saml_accept::binding::{RawQuery, decode_redirect};
use saml_accept::request;
use saml_accept::xml::Limits;

fuzz_target!(|query: &str| {
    let limits = Limits::default();
    let parsed = RawQuery::parse(query).ok();
    let parameter = |name| {
        parsed
            .as_ref()
            .and_then(|query| query.parameter(name).ok().flatten())
    };
    let message = parameter("SAMLRequest").or_else(|| parameter("SAMLResponse"));
    let value = message.unwrap_or_else(|| query.into());
    if let Ok(xml) = decode_redirect(&value, &limits) {
        assert!(xml.len() <= limits.bytes);
        let _ = request::message(&xml, &limits);
        let _ = request::logout_response(&xml, &limits);
    }
});
