//! Whom a personality trusts: one identity provider, by its entity id, its address and its certificates.

use certs::Certificate;
use jiff::Timestamp;
use saml_accept::{
    metadata,
    signature::{Sha1, TrustedKeys},
    xml::{self, Element, Limits},
};
use saml_model::{metadata::Endpoint, names};

use crate::rejection::{Refused, Rejection};

/// The most certificates of one identity provider.
const CERTIFICATES_MAX: usize = 32;

/// The longest entity id (saml-core 8.3.6).
pub(crate) const ENTITY_ID_MAX: usize = 1024;

/// One identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trust {
    /// Its entity id.
    pub(crate) issuer: String,
    /// Where requests go, by HTTP-Redirect.
    pub(crate) sso_url: String,
    /// Where requests go by HTTP-POST.
    pub(crate) sso_post_url: Option<String>,
    /// Where sign-out goes, by HTTP-Redirect; `None`: sign-out stays here.
    pub(crate) sign_out: Option<SignOutService>,
    /// The certificates whose keys may sign.
    pub(crate) certificates: Vec<Certificate>,
    /// Where its metadata can be fetched again.
    pub(crate) metadata_url: Option<String>,
}

/// A `SingleLogoutService` for HTTP-Redirect (saml-metadata 2.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignOutService {
    /// Takes LogoutRequests.
    pub(crate) location: String,
    /// Takes LogoutResponses: `ResponseLocation`, else `Location`.
    pub(crate) response_location: String,
}

impl Trust {
    /// Reads an identity provider's metadata.
    ///
    /// # Errors
    /// A sentence about what is missing or wrong.
    pub(crate) fn from_metadata(xml: &[u8], metadata_url: Option<&str>) -> Result<Self, String> {
        let idp = metadata::idp(xml, &Limits::default()).map_err(|error| error.to_string())?;
        let services = &idp.single_sign_on_services;
        let sso_url = location(services, names::BINDING_HTTP_REDIRECT)?
            .ok_or("the metadata has no SingleSignOnService for HTTP-Redirect")?;
        let sign_out = location(&idp.single_logout_services, names::BINDING_HTTP_REDIRECT)?;
        if idp.signing_certificates.len() > CERTIFICATES_MAX {
            return Err(format!(
                "the metadata has more than {CERTIFICATES_MAX} signing certificates"
            ));
        }
        let certificates = idp
            .signing_certificates
            .iter()
            .map(|der| Certificate::from_der(der));
        Ok(Self {
            issuer: entity_id(&idp.entity_id)?,
            sso_url,
            sso_post_url: location(services, names::BINDING_HTTP_POST)?,
            sign_out: match sign_out {
                Some(location) => Some(SignOutService {
                    response_location: response_location(xml)?.unwrap_or_else(|| location.clone()),
                    location,
                }),
                None => None,
            },
            certificates: certificates
                .collect::<Result<_, _>>()
                .map_err(|error| error.to_string())?,
            metadata_url: metadata_url.map(str::to_owned),
        })
    }

    /// The keys that may sign.
    ///
    /// # Errors
    /// A sentence: there is none, or one cannot be used.
    pub(crate) fn keys(&self, sha1: bool) -> Result<TrustedKeys, String> {
        let sha1 = if sha1 { Sha1::Allowed } else { Sha1::Refused };
        let certificates = self.certificates.iter().map(Certificate::der);
        TrustedKeys::from_certificates(certificates, sha1).map_err(|error| error.to_string())
    }

    /// Judges the certificate at `index`, whose key signed (entra-behaviour.md section 5).
    ///
    /// # Errors
    /// [`Rejection::CertificateExpired`]: at `now`, every certificate of its key has expired.
    pub(crate) fn require_unexpired(&self, index: usize, now: Timestamp) -> Result<(), Refused> {
        let Some(certificate) = self.expired(index, now) else {
            return Ok(());
        };
        let cause = format!(
            "the certificate {} expired at {}, now is {now}",
            certificate.thumbprint(),
            certificate.not_after()
        );
        Err(Refused::new(Rejection::CertificateExpired, cause))
    }

    fn expired(&self, index: usize, now: Timestamp) -> Option<&Certificate> {
        let signer = self.certificates.get(index)?;
        let key = signer.public_key().ok()?;
        let same_key =
            |certificate: &&Certificate| certificate.public_key().is_ok_and(|other| other.public_eq(&key));
        let mut certified = self.certificates.iter().filter(same_key);
        certified
            .all(|certificate| certificate.not_after() < now)
            .then_some(signer)
    }
}

/// The address of the first service with this binding.
fn location(services: &[Endpoint], binding: &str) -> Result<Option<String>, String> {
    let service = services.iter().find(|service| service.binding == binding);
    service.map(|service| web_address(&service.location)).transpose()
}

/// The `ResponseLocation` of the first SingleLogoutService for HTTP-Redirect, of the only role that speaks SAML 2.0:
/// the reader of metadata has made sure of that, but passes the attribute over.
fn response_location(xml: &[u8]) -> Result<Option<String>, String> {
    let document = xml::parse(xml, &Limits::default()).map_err(|error| error.to_string())?;
    let speaks_saml = |role: &Element<'_>| {
        let protocols = role.attribute("protocolSupportEnumeration").unwrap_or_default();
        protocols
            .split_ascii_whitespace()
            .any(|it| it == names::NS_PROTOCOL)
    };
    let mut services = document
        .root()
        .children_named(names::NS_METADATA, "IDPSSODescriptor")
        .filter(speaks_saml)
        .flat_map(|role| role.children_named(names::NS_METADATA, "SingleLogoutService"));
    let service = services.find(|it| it.attribute("Binding") == Some(names::BINDING_HTTP_REDIRECT));
    let address = service.and_then(|service| service.attribute("ResponseLocation"));
    address.map(web_address).transpose()
}

/// An entity id, as it is compared: octet by octet.
///
/// # Errors
/// A sentence.
pub(crate) fn entity_id(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("the entity id is empty".to_owned());
    }
    if text.len() > ENTITY_ID_MAX || text.chars().any(char::is_control) {
        return Err(format!(
            "the entity id is longer than {ENTITY_ID_MAX} octets, or has control characters in it"
        ));
    }
    Ok(text.to_owned())
}

/// An http or https address: nothing else may stand in a Location header or a link (catalogue `meta-bindings-js`).
///
/// # Errors
/// A sentence.
pub(crate) fn web_address(text: &str) -> Result<String, String> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url.into()),
        Ok(_) => Err("this is not an http or https address".to_owned()),
        Err(error) => Err(format!("this is not an address ({error})")),
    }
}
