//! Entra's federation metadata (entra-behaviour.md 1, "Metadata document shape").

use saml_model::{
    metadata::{Endpoint, IdpMetadata},
    names,
};

use crate::{
    EmitError,
    claim_types::CLAIM_TYPES_OFFERED,
    element::{AUTH, DSIG, Element, FED, METADATA, WSA, XSI},
    render,
    signature::{KeyInfoPrefix, Signing, key_info, sign_element},
};

/// What Entra's federation metadata says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntraMetadata {
    /// `ID` of the `EntityDescriptor`, an xs:ID; `_` and a GUID at Entra.
    pub id: String,
    /// Entity id, certificates and addresses; the certificates stand in all three role descriptors.
    pub idp: IdpMetadata,
    /// The WS-Federation address, `…/{tid}/wsfed`.
    pub passive_endpoint: String,
    /// `fed:TargetScopes`, `https://sts.windows.net/{tid}/`.
    pub target_scope: String,
}

/// The document with its XML declaration, on one line, in Entra's order: `Signature` (where there is a
/// `signing`), the two `fed:` role descriptors, `IDPSSODescriptor`. The UTF-8 byte order mark that Entra serves
/// in front is the caller's to add.
///
/// # Errors
///
/// Any [`EmitError`].
pub fn idp_metadata(metadata: &EntraMetadata, signing: Option<&Signing<'_>>) -> Result<String, EmitError> {
    let mut element = Element::new(METADATA, "EntityDescriptor")
        .attribute("ID", &metadata.id)
        .attribute("entityID", &metadata.idp.entity_id)
        .child(security_token_service(metadata))
        .child(application_service(metadata))
        .child(idp_sso_descriptor(&metadata.idp));
    if let Some(signing) = signing {
        sign_element(&mut element, &metadata.id, 0, KeyInfoPrefix::Ds, signing)?;
    }
    let mut document = String::from(r#"<?xml version="1.0" encoding="utf-8"?>"#);
    document.push_str(&render::wire(&element)?);
    Ok(document)
}

fn security_token_service(metadata: &EntraMetadata) -> Element<'_> {
    let claim_types = CLAIM_TYPES_OFFERED.iter().map(|claim_type| {
        Element::new(AUTH, "ClaimType")
            .attribute("Uri", claim_type.uri)
            .child(Element::new(AUTH, "DisplayName").text(claim_type.display_name))
            .child(Element::new(AUTH, "Description").text(claim_type.description))
    });
    role_descriptor("fed:SecurityTokenServiceType", &metadata.idp)
        .child(Element::new(FED, "ClaimTypesOffered").children(claim_types))
        .child(address(
            "SecurityTokenServiceEndpoint",
            &metadata.passive_endpoint,
        ))
        .child(address("PassiveRequestorEndpoint", &metadata.passive_endpoint))
}

fn application_service(metadata: &EntraMetadata) -> Element<'_> {
    role_descriptor("fed:ApplicationServiceType", &metadata.idp)
        .child(address("TargetScopes", &metadata.target_scope))
        .child(address("ApplicationServiceEndpoint", &metadata.passive_endpoint))
        .child(address("PassiveRequestorEndpoint", &metadata.passive_endpoint))
}

fn role_descriptor(schema_type: &'static str, idp: &IdpMetadata) -> Element<'static> {
    Element::new(METADATA, "RoleDescriptor")
        .qualified_attribute(XSI, "type", schema_type)
        .attribute("protocolSupportEnumeration", names::NS_FED)
        .declare(&[FED])
        .children(signing_key_descriptors(&idp.signing_certificates))
}

/// Children in schema order, so single logout comes first (saml-metadata 2.4.2, 2.4.3).
fn idp_sso_descriptor(idp: &IdpMetadata) -> Element<'_> {
    let logout = idp.single_logout_services.iter();
    let sign_on = idp.single_sign_on_services.iter();
    Element::new(METADATA, "IDPSSODescriptor")
        .attribute("protocolSupportEnumeration", names::NS_PROTOCOL)
        .children(signing_key_descriptors(&idp.signing_certificates))
        .children(logout.map(|endpoint| service("SingleLogoutService", endpoint)))
        .children(sign_on.map(|endpoint| service("SingleSignOnService", endpoint)))
}

fn signing_key_descriptors(certificates: &[Vec<u8>]) -> impl Iterator<Item = Element<'static>> {
    certificates
        .iter()
        .map(|certificate| key_descriptor("signing", certificate))
}

/// `md:KeyDescriptor` with one certificate.
pub(crate) fn key_descriptor(usage: &'static str, certificate_der: &[u8]) -> Element<'static> {
    Element::new(METADATA, "KeyDescriptor")
        .attribute("use", usage)
        .child(key_info(DSIG, certificate_der))
}

/// An `md:EndpointType` element.
pub(crate) fn service<'a>(local: &'static str, endpoint: &'a Endpoint) -> Element<'a> {
    Element::new(METADATA, local)
        .attribute("Binding", &endpoint.binding)
        .attribute("Location", &endpoint.location)
}

fn address<'a>(local: &'static str, address: &'a str) -> Element<'a> {
    let address = Element::new(WSA, "Address").text(address);
    Element::new(FED, local).child(Element::new(WSA, "EndpointReference").child(address))
}
