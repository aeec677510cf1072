//! A query to the message of a redirect.
#![no_main]

use libfuzzer_sys::fuzz_target;
use saml_accept::binding::{RawQuery, decode_redirect};
use saml_accept::request;
use saml_accept::xml::Limits;

fuzz_target!(|query: &str| {
    let limits = Limits::default();
    let message = RawQuery::parse(query).and_then(|query| query.parameter("SAMLRequest"));
    let value = message.ok().flatten().unwrap_or_else(|| query.to_owned());
    if let Ok(xml) = decode_redirect(&value, &limits) {
        assert!(xml.len() <= limits.bytes);
        let _ = request::message(&xml, &limits);
    }
});
