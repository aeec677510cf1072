//! The two metadata documents (saml-metadata-2.0-os), as far as this project writes or reads them.

/// What an identity provider publishes: an `EntityDescriptor` with an `IDPSSODescriptor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdpMetadata {
    /// `entityID`.
    pub entity_id: String,
    /// The DER of every `KeyDescriptor` certificate that may sign (use "signing", or no use), in document order.
    pub signing_certificates: Vec<Vec<u8>>,
    /// Every `SingleSignOnService`.
    pub single_sign_on_services: Vec<Endpoint>,
    /// Every `SingleLogoutService`.
    pub single_logout_services: Vec<Endpoint>,
}

/// What a service provider publishes: an `EntityDescriptor` with an `SPSSODescriptor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpMetadata {
    /// `entityID`.
    pub entity_id: String,
    /// Every `AssertionConsumerService`, in document order.
    pub assertion_consumer_services: Vec<IndexedEndpoint>,
    /// Every `SingleLogoutService`.
    pub single_logout_services: Vec<Endpoint>,
    /// Every `NameIDFormat`.
    pub name_id_formats: Vec<String>,
    /// `AuthnRequestsSigned`; absent means false.
    pub authn_requests_signed: bool,
    /// `WantAssertionsSigned`; absent means false.
    pub want_assertions_signed: bool,
    /// The DER of every `KeyDescriptor` certificate that may sign.
    pub signing_certificates: Vec<Vec<u8>>,
    /// The DER of every `KeyDescriptor` certificate that may encrypt.
    pub encryption_certificates: Vec<Vec<u8>>,
}

impl SpMetadata {
    /// The default AssertionConsumerService for HTTP-POST (saml-metadata 2.4.4.1): the first marked default,
    /// else the first that is not marked otherwise, else the first.
    #[must_use]
    pub fn default_post_acs(&self) -> Option<&IndexedEndpoint> {
        let post = || {
            self.assertion_consumer_services
                .iter()
                .filter(|acs| acs.endpoint.binding == crate::names::BINDING_HTTP_POST)
        };
        post()
            .find(|acs| acs.is_default == Some(true))
            .or_else(|| post().find(|acs| acs.is_default.is_none()))
            .or_else(|| post().next())
    }
}

/// An address with its binding (`EndpointType`, saml-metadata 2.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `Binding`, a URI.
    pub binding: String,
    /// `Location`.
    pub location: String,
}

/// An address that can be chosen by index (`IndexedEndpointType`, saml-metadata 2.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedEndpoint {
    /// The address and its binding.
    pub endpoint: Endpoint,
    /// `index`.
    pub index: u16,
    /// `isDefault`.
    pub is_default: Option<bool>,
}
