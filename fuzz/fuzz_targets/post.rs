//! A form to the message of a post.
#![no_main]

use libfuzzer_sys::fuzz_target;
use saml_accept::binding::{Form, decode_post};
use saml_accept::response::UnverifiedResponse;
use saml_accept::xml::Limits;

fuzz_target!(|body: &[u8]| {
    let limits = Limits::default();
    let Ok(form) = Form::parse(body) else {
        return;
    };
    let Ok(Some(value)) = form.parameter("SAMLResponse") else {
        return;
    };
    if let Ok(xml) = decode_post(&value, &limits) {
        assert!(xml.len() <= limits.bytes);
        let _ = UnverifiedResponse::parse(&xml, &limits);
    }
});
