//! What the service provider publishes about itself (saml-metadata 2.4.4).

use axum::{
    http::header,
    response::{IntoResponse as _, Response},
};
use saml_model::{
    metadata::{Endpoint, IndexedEndpoint, SpMetadata},
    names,
};

use super::{At, respond};
use crate::own_key::OwnKeyError;

/// Own metadata. The first view makes the key, so it is not for a thread that serves others.
pub(super) fn show(at: At<'_>) -> Response {
    match document(at) {
        Ok(document) => ([(header::CONTENT_TYPE, "application/samlmetadata+xml")], document).into_response(),
        Err(error) => respond::broken(&error.to_string()),
    }
}

fn document(at: At<'_>) -> Result<String, OwnKeyError> {
    let addresses = &at.provider.addresses;
    let endpoint = |binding: &str, location: String| Endpoint {
        binding: binding.to_owned(),
        location,
    };
    let certificate = at.sp.own_key.get()?.certificate;
    let document = saml_emit::sp_metadata(&SpMetadata {
        entity_id: addresses.entity_id.clone(),
        assertion_consumer_services: vec![IndexedEndpoint {
            endpoint: endpoint(names::BINDING_HTTP_POST, addresses.acs.clone()),
            index: 0,
            is_default: Some(true),
        }],
        single_logout_services: vec![
            endpoint(names::BINDING_HTTP_REDIRECT, addresses.page("slo")),
            endpoint(names::BINDING_HTTP_POST, addresses.page("slo")),
        ],
        name_id_formats: vec![names::NAME_ID_EMAIL.to_owned()],
        authn_requests_signed: at.provider.state().settings.sign_requests,
        want_assertions_signed: true,
        signing_certificates: vec![certificate.der().to_vec()],
        encryption_certificates: vec![certificate.der().to_vec()],
    });
    Ok(document?)
}
