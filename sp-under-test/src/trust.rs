//! Whom a personality trusts: one identity provider, by its entity id, its address and its certificates.

use certs::Certificate;
use jiff::{SignedDuration, Timestamp};
use saml_accept::{
    metadata,
    signature::{Sha1, TrustedKeys},
    xml::{self, Element, Limits},
};
use saml_model::{metadata::Endpoint, names};

use crate::rejection::{Refused, Rejection};

/// The most certificates of one identity provider.
const CERTIFICATES_MAX: usize = 32;

/// The shortest RSA key that is trusted, in bits (NIST SP 800-131A).
const RSA_BITS_MIN: u32 = 2048;

/// Bits of the smallest exponent of an RSA key that is trusted: 65537.
const RSA_EXPONENT_BITS_MIN: i32 = 17;

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
    /// Its certificates: the keys of those that are not weak ([`Trust::weak`]) may sign.
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
        let certificates = self.strong().map(Certificate::der);
        TrustedKeys::from_certificates(certificates, sha1).map_err(|error| self.explained(&error.to_string()))
    }

    /// Why nobody trusted signed, with the certificates that might have and are not trusted.
    pub(crate) fn explained(&self, cause: &str) -> String {
        let weak = self.weak();
        std::iter::once(cause.to_owned())
            .chain(weak)
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// A sentence without its full stop about each certificate that is not trusted: see [`weakness`].
    pub(crate) fn weak(&self) -> Vec<String> {
        let sentences = self.certificates.iter().filter_map(weakness);
        sentences.collect()
    }

    fn strong(&self) -> impl Iterator<Item = &Certificate> {
        let certificates = self.certificates.iter();
        certificates.filter(|certificate| weakness(certificate).is_none())
    }

    /// Judges the certificate of the key at `index` of [`Trust::keys`], which signed (entra-behaviour.md section 5).
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

    /// As [`Trust::require_unexpired`], at the other end. A clock that is behind by `leeway` is excused.
    ///
    /// # Errors
    /// [`Rejection::CertificateNotYetValid`]: no certificate of its key that has not expired has begun at `now`.
    pub(crate) fn require_begun(
        &self,
        index: usize,
        now: Timestamp,
        leeway: SignedDuration,
    ) -> Result<(), Refused> {
        let latest = now.saturating_add(leeway).unwrap_or(Timestamp::MAX);
        let certified = self.of_the_same_key(index);
        let unexpired = certified.iter().filter(|it| it.not_after() >= now);
        // Where none is left, it is the other rule that speaks.
        let first = unexpired.map(|it| it.not_before()).min();
        match certified.first() {
            Some(signer) if first.is_some_and(|first| first > latest) => {
                let cause = format!(
                    "the certificate {} is valid from {}, now is {now}, the leeway {} s",
                    signer.thumbprint(),
                    signer.not_before(),
                    leeway.as_secs()
                );
                Err(Refused::new(Rejection::CertificateNotYetValid, cause))
            }
            _ => Ok(()),
        }
    }

    fn expired(&self, index: usize, now: Timestamp) -> Option<&Certificate> {
        let certified = self.of_the_same_key(index);
        let all = certified.iter().all(|certificate| certificate.not_after() < now);
        certified.first().copied().filter(|_| all)
    }

    /// Every certificate of the key at `index` of [`Trust::keys`], that one first.
    fn of_the_same_key(&self, index: usize) -> Vec<&Certificate> {
        let Some(signer) = self.strong().nth(index) else {
            return Vec::new();
        };
        let Ok(key) = signer.public_key() else {
            return vec![signer];
        };
        let same_key = |other: &&Certificate| {
            *other != signer && other.public_key().is_ok_and(|other| other.public_eq(&key))
        };
        let others = self.strong().filter(same_key);
        std::iter::once(signer).chain(others).collect()
    }
}

/// Why nobody signs here with a certificate's key: an RSA key shorter than 2048 bits (NIST SP 800-131A) or with a small
/// exponent (FIPS 186-5, A.1.1), or a kind of key with which nothing is verified here.
pub(crate) fn weakness(certificate: &Certificate) -> Option<String> {
    let why = reason(certificate)?;
    Some(format!(
        "the certificate {} is not trusted: {why}",
        certificate.thumbprint()
    ))
}

fn reason(certificate: &Certificate) -> Option<String> {
    let unsupported = || "its key is neither an RSA key nor one of P-256, P-384 or P-521".to_owned();
    let Ok(key) = certificate.public_key() else {
        return Some(unsupported());
    };
    if let Ok(rsa) = key.rsa() {
        if key.bits() < RSA_BITS_MIN {
            let bits = key.bits();
            return Some(format!("its RSA key has {bits} bits, fewer than {RSA_BITS_MIN}"));
        }
        if rsa.e().num_bits() < RSA_EXPONENT_BITS_MIN || !rsa.e().is_odd() {
            return Some("its RSA key has an exponent that is even or below 65537".to_owned());
        }
    }
    let taken = TrustedKeys::from_certificates([certificate.der()], Sha1::Refused);
    taken.is_err().then(unsupported)
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
