//! The metadata a service provider publishes (saml-metadata 2.4.4).

use saml_model::{
    metadata::{IndexedEndpoint, SpMetadata},
    names,
};

use crate::{
    EmitError,
    element::{Element, METADATA},
    idp_metadata::{key_descriptor, service},
    render,
};

/// The document, unsigned, with its XML declaration, children in schema order.
///
/// Metadata is the default namespace: Entra's "Upload metadata file" was seen to trip over prefixed elements
/// (entra-behaviour.md 5).
///
/// # Errors
///
/// [`EmitError::ForbiddenCharacter`].
pub fn sp_metadata(metadata: &SpMetadata) -> Result<String, EmitError> {
    let signing = metadata
        .signing_certificates
        .iter()
        .map(|der| key_descriptor("signing", der));
    let encryption = metadata
        .encryption_certificates
        .iter()
        .map(|der| key_descriptor("encryption", der));
    let logout = metadata.single_logout_services.iter();
    let formats = metadata.name_id_formats.iter();
    let descriptor = Element::new(METADATA, "SPSSODescriptor")
        .attribute("AuthnRequestsSigned", boolean(metadata.authn_requests_signed))
        .attribute("WantAssertionsSigned", boolean(metadata.want_assertions_signed))
        .attribute("protocolSupportEnumeration", names::NS_PROTOCOL)
        .children(signing)
        .children(encryption)
        .children(logout.map(|endpoint| service("SingleLogoutService", endpoint)))
        .children(formats.map(|format| Element::new(METADATA, "NameIDFormat").text(format)))
        .children(
            metadata
                .assertion_consumer_services
                .iter()
                .map(assertion_consumer_service),
        );
    let element = Element::new(METADATA, "EntityDescriptor")
        .attribute("entityID", &metadata.entity_id)
        .child(descriptor);
    let mut document = String::from(r#"<?xml version="1.0" encoding="utf-8"?>"#);
    document.push_str(&render::wire(&element)?);
    Ok(document)
}

fn assertion_consumer_service(acs: &IndexedEndpoint) -> Element<'_> {
    service("AssertionConsumerService", &acs.endpoint)
        .attribute("index", acs.index.to_string())
        .optional_attribute("isDefault", acs.is_default.map(boolean))
}

fn boolean(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

#[cfg(test)]
mod tests {
    use saml_model::metadata::{Endpoint, IndexedEndpoint, SpMetadata};

    #[test]
    fn children_stand_in_schema_order() {
        let endpoint = |location: &str| Endpoint {
            binding: "b".to_owned(),
            location: location.to_owned(),
        };
        let metadata = SpMetadata {
            entity_id: "https://sp".to_owned(),
            assertion_consumer_services: vec![IndexedEndpoint {
                endpoint: endpoint("https://sp/acs?a=1&b=2"),
                index: 3,
                is_default: Some(true),
            }],
            single_logout_services: vec![endpoint("https://sp/slo")],
            name_id_formats: vec!["f".to_owned()],
            authn_requests_signed: false,
            want_assertions_signed: true,
            signing_certificates: vec![vec![1]],
            encryption_certificates: vec![vec![2]],
        };
        let key = |usage, der| {
            format!(
                r#"<KeyDescriptor use="{usage}"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>{der}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"#
            )
        };
        assert_eq!(
            super::sp_metadata(&metadata).unwrap(),
            format!(
                r#"<?xml version="1.0" encoding="utf-8"?><EntityDescriptor entityID="https://sp" xmlns="urn:oasis:names:tc:SAML:2.0:metadata"><SPSSODescriptor AuthnRequestsSigned="false" WantAssertionsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{}{}<SingleLogoutService Binding="b" Location="https://sp/slo"/><NameIDFormat>f</NameIDFormat><AssertionConsumerService Binding="b" Location="https://sp/acs?a=1&amp;b=2" index="3" isDefault="true"/></SPSSODescriptor></EntityDescriptor>"#,
                key("signing", "AQ=="),
                key("encryption", "Ag=="),
            )
        );
    }
}
