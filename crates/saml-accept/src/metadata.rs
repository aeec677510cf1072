//! The two metadata documents: from bytes to their values (saml-metadata 2; entra-behaviour.md 1).
//!
//! What [`idp`] and [`sp`] read is trusted for where it was fetched: a signature is not looked at. [`idp_document`] verifies
//! it where keys are given that were trusted beforehand, and then reads what was digested.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::date;
use jiff::fmt::temporal::SpanParser;
use jiff::{SignedDuration, Timestamp};
use openssl::x509::X509;
use saml_model::metadata::{Endpoint, IdpMetadata, IndexedEndpoint, SpMetadata};
use saml_model::names::{BINDING_HTTP_REDIRECT, NS_DSIG, NS_METADATA, NS_PROTOCOL};
use thiserror::Error;

use crate::malformed::Malformed;
use crate::quoted::quoted;
use crate::scalar::is_web_address;
use crate::sequence::{optional_boolean, optional_index, optional_instant, required};
use crate::signature::{TrustedKeys, verify_enveloped};
use crate::xml::{self, Element, Limits, is_space};

/// Why bytes are not the metadata that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// A certificate is not base64 of DER of X.509.
    #[error("line {line}, column {column}: an X509Certificate is not base64 of an X.509 certificate")]
    Certificate {
        /// The line of the element, counted from 1.
        line: usize,
        /// The column of the element, counted from 1.
        column: usize,
    },
    /// A `Location` is not an http or https address.
    #[error("line {line}, column {column}: the Location `{}` is not an http or https address", quoted(.location))]
    Location {
        /// The line of the element, counted from 1.
        line: usize,
        /// The column of the element, counted from 1.
        column: usize,
        /// The address.
        location: String,
    },
    /// The XML is not well-formed or not as the schema says.
    #[error("the metadata is malformed: {0}")]
    Malformed(#[from] Malformed),
    /// There is none of an element that must be there.
    #[error("the metadata has no {what}")]
    Missing {
        /// What is missing, such as `IDPSSODescriptor for SAML 2.0`.
        what: &'static str,
    },
    /// Nobody trusted signed it.
    #[error("the metadata is not signed by a trusted key: {reason}")]
    Signature {
        /// What the [`SignatureError`] says.
        ///
        /// [`SignatureError`]: crate::signature::SignatureError
        reason: String,
    },
    /// The root element is another one.
    #[error("the root element is {}, not md:EntityDescriptor", quoted(.root))]
    NotAnEntity {
        /// The local name of the root.
        root: String,
    },
    /// There are several of an element that may be there once.
    #[error("the metadata has more than one {what}")]
    Several {
        /// What there is too much of.
        what: &'static str,
    },
}

/// The metadata of an identity provider, and how long it may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdpDocument {
    /// What it publishes.
    pub metadata: IdpMetadata,
    /// `ResponseLocation` of the first `SingleLogoutService` for HTTP-Redirect.
    pub logout_response_location: Option<String>,
    /// The earlier `validUntil` of the entity and the role: from then on it must not be used (saml-metadata 2.3.2).
    pub valid_until: Option<Timestamp>,
    /// The shorter `cacheDuration` of the entity and the role: how long it may be kept without being fetched again.
    pub cache_duration: Option<SignedDuration>,
    /// A `cacheDuration` that is no positive xs:duration. It is advice alone, so that nothing is refused for it.
    pub bad_cache_duration: Option<String>,
}

/// Reads the metadata of an identity provider. Entra's federation document with its `fed:` role descriptors
/// is such metadata: the `IDPSSODescriptor` for SAML 2.0 is read, everything else is passed over.
///
/// # Errors
///
/// See [`MetadataError`]; no signing certificate and no single sign-on service are errors.
pub fn idp(xml: &[u8], limits: &Limits) -> Result<IdpMetadata, MetadataError> {
    Ok(idp_document(xml, limits, None)?.metadata)
}

/// As [`idp`], with how long it may be used. With `keys` the document has to be signed by one of them, as a whole: what is
/// read is what was digested.
///
/// # Errors
///
/// See [`MetadataError`].
pub fn idp_document(
    xml: &[u8],
    limits: &Limits,
    keys: Option<&TrustedKeys>,
) -> Result<IdpDocument, MetadataError> {
    let document = xml::parse(xml, limits).map_err(Malformed::from)?;
    let root = entity(document.root())?;
    let Some(keys) = keys else {
        return read_idp(root);
    };
    let verified = verify_enveloped(root, keys).map_err(|error| MetadataError::Signature {
        reason: error.to_string(),
    })?;
    read_idp(entity(verified.document.root())?)
}

fn read_idp(entity: Element<'_>) -> Result<IdpDocument, MetadataError> {
    let role = role(entity, "IDPSSODescriptor", "IDPSSODescriptor for SAML 2.0")?;
    let metadata = IdpMetadata {
        entity_id: required(entity, "entityID")?.to_owned(),
        signing_certificates: certificates(role, "signing")?,
        single_sign_on_services: endpoints(role, "SingleSignOnService")?,
        single_logout_services: endpoints(role, "SingleLogoutService")?,
    };
    if metadata.signing_certificates.is_empty() {
        return Err(MetadataError::Missing {
            what: "signing certificate",
        });
    }
    if metadata.single_sign_on_services.is_empty() {
        return Err(MetadataError::Missing {
            what: "SingleSignOnService",
        });
    }
    let ends = [entity, role].map(|element| optional_instant(element, "validUntil"));
    let [of_entity, of_role] = ends;
    let durations = [entity, role].map(|element| element.attribute("cacheDuration"));
    let durations = durations.into_iter().flatten();
    let (good, bad): (Vec<_>, Vec<_>) = durations
        .map(|text| (duration(text), text))
        .partition(|it| it.0.is_some());
    Ok(IdpDocument {
        logout_response_location: logout_response_location(role)?,
        valid_until: [of_entity?, of_role?].into_iter().flatten().min(),
        cache_duration: good.into_iter().filter_map(|(duration, _)| duration).min(),
        bad_cache_duration: bad.first().map(|(_, text)| (*text).to_owned()),
        metadata,
    })
}

/// A positive xs:duration. A month is as long as January, a year has 366 days: it is how long something may be kept.
fn duration(text: &str) -> Option<SignedDuration> {
    let span = SpanParser::new().parse_span(text).ok()?;
    let length = span.to_duration(date(2000, 1, 1)).ok()?;
    length.is_positive().then_some(length)
}

fn logout_response_location(role: Element<'_>) -> Result<Option<String>, MetadataError> {
    let mut services = role.children_named(NS_METADATA, "SingleLogoutService");
    let service = services.find(|service| service.attribute("Binding") == Some(BINDING_HTTP_REDIRECT));
    let Some(service) = service else { return Ok(None) };
    let location = service.attribute("ResponseLocation");
    location
        .map(|location| web_address(service, location))
        .transpose()
}

/// Reads the metadata of a service provider.
///
/// # Errors
///
/// See [`MetadataError`]; no assertion consumer service is an error.
pub fn sp(xml: &[u8], limits: &Limits) -> Result<SpMetadata, MetadataError> {
    let document = xml::parse(xml, limits).map_err(Malformed::from)?;
    let entity = entity(document.root())?;
    let role = role(entity, "SPSSODescriptor", "SPSSODescriptor for SAML 2.0")?;
    let formats = role.children_named(NS_METADATA, "NameIDFormat").map(trimmed_text);
    let metadata = SpMetadata {
        entity_id: required(entity, "entityID")?.to_owned(),
        assertion_consumer_services: role
            .children_named(NS_METADATA, "AssertionConsumerService")
            .map(indexed_endpoint)
            .collect::<Result<_, _>>()?,
        single_logout_services: endpoints(role, "SingleLogoutService")?,
        name_id_formats: formats.collect::<Result<_, _>>()?,
        authn_requests_signed: optional_boolean(role, "AuthnRequestsSigned")?.unwrap_or(false),
        want_assertions_signed: optional_boolean(role, "WantAssertionsSigned")?.unwrap_or(false),
        signing_certificates: certificates(role, "signing")?,
        encryption_certificates: certificates(role, "encryption")?,
    };
    if metadata.assertion_consumer_services.is_empty() {
        return Err(MetadataError::Missing {
            what: "AssertionConsumerService",
        });
    }
    Ok(metadata)
}

fn entity(root: Element<'_>) -> Result<Element<'_>, MetadataError> {
    if root.is(NS_METADATA, "EntityDescriptor") {
        Ok(root)
    } else {
        Err(MetadataError::NotAnEntity {
            root: root.name().to_owned(),
        })
    }
}

/// The one role of its kind that speaks SAML 2.0.
fn role<'d>(entity: Element<'d>, local: &str, what: &'static str) -> Result<Element<'d>, MetadataError> {
    let speaks_saml = |role: &Element<'_>| {
        let protocols = role.attribute("protocolSupportEnumeration").unwrap_or_default();
        protocols.split(is_space).any(|protocol| protocol == NS_PROTOCOL)
    };
    let mut roles = entity.children_named(NS_METADATA, local).filter(speaks_saml);
    let first = roles.next().ok_or(MetadataError::Missing { what })?;
    if roles.next().is_some() {
        return Err(MetadataError::Several { what });
    }
    Ok(first)
}

/// The certificates for one use, those that are for it alone first; a `KeyDescriptor` without `use` is for every use
/// (saml-metadata 2.4.1.1).
/// A second certificate in one descriptor would be its issuer's, which is not trusted to sign.
fn certificates(role: Element<'_>, usage: &str) -> Result<Vec<Vec<u8>>, MetadataError> {
    let (mut found, mut for_every_use) = (Vec::new(), Vec::new());
    for descriptor in role.children_named(NS_METADATA, "KeyDescriptor") {
        let list = match descriptor.attribute("use") {
            Some(other) if other != usage => continue,
            Some(_) => &mut found,
            None => &mut for_every_use,
        };
        let mut inside = descriptor
            .children_named(NS_DSIG, "KeyInfo")
            .flat_map(|info| info.children_named(NS_DSIG, "X509Data"))
            .flat_map(|data| data.children_named(NS_DSIG, "X509Certificate"));
        let Some(element) = inside.next() else { continue };
        if inside.next().is_some() {
            return Err(MetadataError::Several {
                what: "X509Certificate in one KeyDescriptor",
            });
        }
        list.push(certificate(element)?);
    }
    found.append(&mut for_every_use);
    Ok(found)
}

fn certificate(element: Element<'_>) -> Result<Vec<u8>, MetadataError> {
    let text = element.text().map_err(Malformed::from)?;
    let packed: String = text.chars().filter(|c| !is_space(*c)).collect();
    let bad = || MetadataError::Certificate {
        line: element.line(),
        column: element.column(),
    };
    let der = STANDARD.decode(packed).map_err(|_| bad())?;
    X509::from_der(&der).map_err(|_| bad())?;
    Ok(der)
}

fn endpoints(role: Element<'_>, local: &str) -> Result<Vec<Endpoint>, MetadataError> {
    role.children_named(NS_METADATA, local).map(endpoint).collect()
}

fn endpoint(element: Element<'_>) -> Result<Endpoint, MetadataError> {
    let binding = required(element, "Binding")?.to_owned();
    let location = web_address(element, required(element, "Location")?)?;
    Ok(Endpoint { binding, location })
}

fn web_address(element: Element<'_>, location: &str) -> Result<String, MetadataError> {
    let location = location.to_owned();
    if is_web_address(&location) {
        return Ok(location);
    }
    Err(MetadataError::Location {
        line: element.line(),
        column: element.column(),
        location,
    })
}

fn indexed_endpoint(element: Element<'_>) -> Result<IndexedEndpoint, MetadataError> {
    required(element, "index")?;
    Ok(IndexedEndpoint {
        endpoint: endpoint(element)?,
        index: optional_index(element, "index")?.unwrap_or_default(),
        is_default: optional_boolean(element, "isDefault")?,
    })
}

/// Metadata is often indented; a name identifier format is a URI and has no white space of its own.
fn trimmed_text(element: Element<'_>) -> Result<String, MetadataError> {
    let text = element.text().map_err(Malformed::from)?;
    Ok(text.trim_matches(is_space).to_owned())
}
