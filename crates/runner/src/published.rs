//! What an SP publishes in its own metadata.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use saml_accept::metadata;
use saml_accept::xml::Limits;
use saml_model::metadata::SpMetadata;
use saml_model::names::{BINDING_HTTP_POST, BINDING_HTTP_REDIRECT};

use crate::fetch;
use crate::sp_file::Published;

/// Fetches and reads the metadata at `address`.
///
/// # Errors
/// Why it cannot be fetched or read.
pub(crate) async fn read(address: &str) -> Result<SpMetadata, String> {
    let document = fetch::metadata(address)
        .await
        .map_err(|error| format!("{address}: {error}"))?;
    metadata::sp(&document, &Limits::default()).map_err(|error| format!("{address}: {error}"))
}

/// What it tells besides identifier and reply URL.
pub(crate) fn of(sp: &SpMetadata) -> Published {
    Published {
        single_logout_service: single_logout_service(sp).map(ToOwned::to_owned),
        single_logout_post: service(sp, BINDING_HTTP_POST).map(ToOwned::to_owned),
        signing_certificate: sp.signing_certificates.first().map(|der| STANDARD.encode(der)),
        encryption_certificate: encryption_certificate(sp),
    }
}

/// The first certificate to which assertions may be encrypted, as base64 of its DER.
pub(crate) fn encryption_certificate(sp: &SpMetadata) -> Option<String> {
    sp.encryption_certificates.first().map(|der| STANDARD.encode(der))
}

/// The SingleLogoutService of the only binding that Entra speaks there (entra-behaviour.md section 6).
pub(crate) fn single_logout_service(sp: &SpMetadata) -> Option<&str> {
    service(sp, BINDING_HTTP_REDIRECT)
}

fn service<'s>(sp: &'s SpMetadata, binding: &str) -> Option<&'s str> {
    let mut services = sp.single_logout_services.iter();
    services
        .find(|service| service.binding == binding)
        .map(|service| service.location.as_str())
}

#[cfg(test)]
mod tests {
    use saml_model::metadata::Endpoint;

    use super::*;

    #[test]
    fn the_redirect_service_and_the_first_certificates_are_taken() {
        let service = |binding: &str, location: &str| Endpoint {
            binding: binding.to_owned(),
            location: location.to_owned(),
        };
        let mut sp = SpMetadata {
            entity_id: "urn:sp".to_owned(),
            assertion_consumer_services: Vec::new(),
            single_logout_services: vec![
                service(BINDING_HTTP_POST, "http://h/post"),
                service(BINDING_HTTP_REDIRECT, "http://h/slo"),
            ],
            name_id_formats: Vec::new(),
            authn_requests_signed: false,
            want_assertions_signed: false,
            signing_certificates: vec![vec![1, 2, 3], vec![4]],
            encryption_certificates: vec![vec![5], vec![6]],
        };
        let told = Published {
            single_logout_service: Some("http://h/slo".to_owned()),
            single_logout_post: Some("http://h/post".to_owned()),
            signing_certificate: Some("AQID".to_owned()),
            encryption_certificate: Some("BQ==".to_owned()),
        };
        assert_eq!(of(&sp), told);
        sp.single_logout_services.clear();
        sp.signing_certificates.clear();
        sp.encryption_certificates.clear();
        assert_eq!(of(&sp), Published::default());
    }
}
