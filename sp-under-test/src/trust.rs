//! Whom a personality trusts: one identity provider, by its entity id, its address and its certificates.

use certs::Certificate;
use jiff::{SignedDuration, Timestamp};
use saml_accept::{
    metadata::{self, IdpDocument},
    signature::{Sha1, TrustedKeys},
    xml::Limits,
};
use saml_model::{metadata::Endpoint, names};
use url::Host;

use crate::{
    SHOWN_MAX,
    rejection::{Refused, Rejection},
    skip::Skip,
};

/// The most certificates of one identity provider.
const CERTIFICATES_MAX: usize = 32;

/// The shortest RSA key that is trusted, in bits (NIST SP 800-131A).
const RSA_BITS_MIN: u32 = 2048;

/// Bits of the smallest exponent of an RSA key that is trusted: 65537.
const RSA_EXPONENT_BITS_MIN: i32 = 17;

/// The longest validity of metadata that nobody is told of: a year (IIP-MD04.c leaves the length to whoever runs the SP).
const VALIDITY_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);

/// The shortest time for which metadata is kept, whatever its `cacheDuration` says: requests of anybody make us fetch it again.
const CACHE_DURATION_MIN: SignedDuration = SignedDuration::from_mins(1);

/// The longest entity id (saml-core 8.3.6).
pub(crate) const ENTITY_ID_MAX: usize = 1024;

/// Why no signature counts.
pub(crate) const NOBODY_TRUSTED: &str = "no identity provider is trusted: none was set up, its metadata is no longer valid, or single sign-on is switched off";

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
    /// From when on its metadata must not be used any more (saml-metadata 2.3.2).
    pub(crate) valid_until: Option<Timestamp>,
    /// When its metadata has been kept for long enough to be fetched again: its `cacheDuration` is over.
    pub(crate) refresh_at: Option<Timestamp>,
    /// When it was last tried to fetch its metadata again because that was due.
    pub(crate) tried: Option<Timestamp>,
    /// What an administrator should know of its metadata, sentences without their full stop.
    pub(crate) remarks: Vec<String>,
}

/// How metadata is judged.
#[derive(Clone, Copy)]
pub(crate) struct Judge<'a> {
    /// What the clock shows.
    pub(crate) now: Timestamp,
    /// Who has to have signed it; `None`: it is trusted for where it was fetched, signed or not.
    pub(crate) keys: Option<&'a TrustedKeys>,
    /// The check that is not made.
    pub(crate) skip: Skip,
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
    pub(crate) fn from_metadata(
        xml: &[u8],
        metadata_url: Option<&str>,
        judge: &Judge<'_>,
    ) -> Result<Self, String> {
        let read = metadata::idp_document(xml, &Limits::default(), judge.keys);
        let document = read.map_err(|error| error.to_string())?;
        let valid_until = still_valid(document.valid_until, judge)?;
        let remarks = remarks(&document, judge.now);
        let idp = document.metadata;
        let services = &idp.single_sign_on_services;
        let sso_url = location(services, names::BINDING_HTTP_REDIRECT)?
            .ok_or("the metadata has no SingleSignOnService for HTTP-Redirect")?;
        let sign_out = location(&idp.single_logout_services, names::BINDING_HTTP_REDIRECT)?;
        let response_location = document.logout_response_location.as_deref();
        let response_location = response_location.map(web_address).transpose()?;
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
            sign_out: sign_out.map(|location| SignOutService {
                response_location: response_location.unwrap_or_else(|| location.clone()),
                location,
            }),
            certificates: certificates
                .collect::<Result<_, _>>()
                .map_err(|error| error.to_string())?,
            metadata_url: metadata_url.map(str::to_owned),
            valid_until,
            refresh_at: document
                .cache_duration
                .map(|kept| kept.max(CACHE_DURATION_MIN))
                .map(|kept| judge.now.saturating_add(kept).unwrap_or(Timestamp::MAX)),
            tried: None,
            remarks,
        })
    }

    /// Whether its metadata may still be used.
    pub(crate) fn is_valid_at(&self, now: Timestamp) -> bool {
        self.valid_until.is_none_or(|end| now < end)
    }

    /// Whether its metadata has to be fetched again, where that can be done.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.metadata_url.is_some()
            && (self.refresh_at.is_some_and(|due| due <= now) || !self.is_valid_at(now))
    }

    /// What an administrator should know: of the metadata, and which certificates are not trusted. Sentences without their
    /// full stop.
    pub(crate) fn notices(&self) -> Vec<String> {
        self.remarks.iter().cloned().chain(self.weak()).collect()
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

    /// Whether both trust the same keys, in the same words: when metadata was fetched, and when that is due again, is no part
    /// of it, since any request may change that.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        let timeless = |trust: &Self| Self {
            refresh_at: None,
            tried: None,
            ..trust.clone()
        };
        timeless(self) == timeless(other)
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

/// The end of the validity, which is not past. Where the check of validity is switched off there is none.
fn still_valid(end: Option<Timestamp>, judge: &Judge<'_>) -> Result<Option<Timestamp>, String> {
    match end {
        _ if judge.skip.skips(Rejection::OutsideValidity) => Ok(None),
        Some(end) if end <= judge.now => Err(format!(
            "the metadata was valid until {end}, now is {}",
            judge.now
        )),
        end => Ok(end),
    }
}

/// What is no reason to refuse metadata, and every reason to look at it.
fn remarks(document: &IdpDocument, now: Timestamp) -> Vec<String> {
    let latest = now.saturating_add(VALIDITY_MAX).unwrap_or(Timestamp::MAX);
    let far = document.valid_until.filter(|end| *end > latest).map(|end| {
        format!("the metadata says that it is valid until {end}: whoever keeps a copy can show it until then")
    });
    let bad = document.bad_cache_duration.as_ref().map(|text| {
        let text: String = text.chars().take(SHOWN_MAX).collect();
        format!("the metadata's cacheDuration `{text}` is no duration, and is passed over")
    });
    let services = document.metadata.single_sign_on_services.iter();
    let mut open = services.filter(|service| is_open_to_all(&service.location));
    let http = open.next().map(|service| {
        let location = &service.location;
        format!("requests go to {location} unencrypted: whoever is on the way can change what is asked for")
    });
    far.into_iter().chain(bad).chain(http).collect()
}

/// Whether what is sent there crosses a network, and nothing hides it.
fn is_open_to_all(address: &str) -> bool {
    let Ok(url) = url::Url::parse(address) else {
        return false;
    };
    let is_loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => true,
    };
    url.scheme() == "http" && !is_loopback
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
