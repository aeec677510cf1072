//! XML to a verified assertion. Whatever is done to the seeds, nobody but the seeds' user may ever come out, since nobody
//! else was ever signed.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use saml_accept::response::UnverifiedResponse;
use saml_accept::signature::{Sha1, TrustedKeys};
use saml_accept::xml::Limits;

/// The user of every seed, see `examples/seeds.rs`.
const SIGNED: &str = "b.simon@contoso.com";

static TRUSTED: LazyLock<TrustedKeys> = LazyLock::new(|| {
    let der = std::fs::read("corpus/trusted.der").expect("`cargo run --example seeds` has made the seeds");
    TrustedKeys::from_certificates([der.as_slice()], Sha1::Refused)
        .expect("the seeds' certificate has an RSA key")
});

fuzz_target!(|xml: &[u8]| {
    let Ok(response) = UnverifiedResponse::parse(xml, &Limits::default()) else {
        return;
    };
    if let Ok(signed) = response.verify(&TRUSTED) {
        let name_id = signed
            .assertion()
            .subject
            .as_ref()
            .and_then(|subject| subject.name_id.as_ref());
        assert_eq!(name_id.map(|name_id| name_id.value.as_str()), Some(SIGNED));
    }
});
