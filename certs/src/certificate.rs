//! Certificates: made as Entra makes them, read from whatever a `.cer` file can hold, exported as Entra exports
//! them (entra-behaviour.md 5).

use std::{fmt, fmt::Write as _, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use openssl::{
    asn1::{Asn1Time, Asn1TimeRef},
    error::ErrorStack,
    hash::{MessageDigest, hash},
    nid::Nid,
    pkey::{PKey, PKeyRef, Private, Public},
    sign::Signer,
    x509::X509,
};
use rcgen::{CertificateParams, DistinguishedName, DnType, DnValue, SerialNumber, string::PrintableString};
use time::OffsetDateTime;

use crate::{CertsError, SigningKey};

/// The common name of every certificate Entra makes for an application.
pub const ENTRA_COMMON_NAME: &str = "Microsoft Azure Federated SSO Certificate";

/// No certificate file is larger; what is larger is refused unread.
const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;

/// Columns of a PEM line (RFC 7468, 2).
const PEM_COLUMNS: usize = 64;

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// What a self-signed certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSpec {
    /// Subject and issuer; [`ENTRA_COMMON_NAME`] for an application's certificate.
    pub common_name: String,
    /// The serial number, big-endian. So that it is positive and takes its 16 octets (RFC 5280, 4.1.2.2), the top bit
    /// is cleared and a first octet of zero becomes one; random octets will do.
    pub serial: [u8; 16],
    /// From when it is valid, to the second; may lie in the future.
    pub not_before: Timestamp,
    /// Until when it is valid, to the second; may lie in the past.
    pub not_after: Timestamp,
}

/// An X.509 certificate; a clone shares it.
#[derive(Clone)]
pub struct Certificate {
    inner: Arc<Inner>,
}

struct Inner {
    x509: X509,
    der: Vec<u8>,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Certificate {
    /// A self-signed certificate in Entra's shape: X.509 v3 without extensions, sha256WithRSAEncryption.
    ///
    /// # Errors
    ///
    /// [`CertsError::Validity`] where an instant lies outside the years 0 to 9999, else what OpenSSL or rcgen says.
    pub fn self_signed(key: &SigningKey, spec: &CertificateSpec) -> Result<Self, CertsError> {
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, common_name(&spec.common_name));
        let mut params = CertificateParams::default();
        params.distinguished_name = name;
        params.serial_number = Some(SerialNumber::from_slice(&positive(spec.serial)));
        params.not_before = offset_date_time(spec.not_before)?;
        params.not_after = offset_date_time(spec.not_after)?;
        let signer = RcgenKey {
            key: key.private(),
            public_pkcs1: key.private().rsa()?.public_key_to_der_pkcs1()?,
        };
        Self::from_der(params.self_signed(&signer)?.der())
    }

    /// The certificate of these octets; what follows it is ignored.
    ///
    /// # Errors
    ///
    /// [`CertsError::NotACertificate`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertsError> {
        let read = || -> Result<Self, ErrorStack> {
            let x509 = X509::from_der(der)?;
            let inner = Inner {
                der: x509.to_der()?,
                not_before: timestamp(x509.not_before())?,
                not_after: timestamp(x509.not_after())?,
                x509,
            };
            Ok(Self {
                inner: Arc::new(inner),
            })
        };
        read().map_err(|_: ErrorStack| {
            CertsError::NotACertificate("its DER is damaged, or something else's".to_owned())
        })
    }

    /// The certificate of a `.cer`, `.crt` or `.pem` file: PEM (the first certificate), bare base64 with line breaks
    /// anywhere, or DER.
    ///
    /// # Errors
    ///
    /// [`CertsError::NotACertificate`], which says what the file holds instead.
    pub fn from_text(content: &[u8]) -> Result<Self, CertsError> {
        let refuse = |reason: String| Err(CertsError::NotACertificate(reason));
        let content = content
            .strip_prefix(b"\xEF\xBB\xBF")
            .unwrap_or(content)
            .trim_ascii_start();
        if content.is_empty() {
            return refuse("it is empty".to_owned());
        }
        if content.len() > MAX_CERTIFICATE_BYTES {
            return refuse(format!("it is longer than {MAX_CERTIFICATE_BYTES} bytes"));
        }
        let Some(text) = std::str::from_utf8(content)
            .ok()
            .filter(|text| !text.starts_with('0'))
        else {
            return Self::from_der(content);
        };
        let base64 = if text.contains("-----BEGIN ") {
            pem_body(text)?
        } else {
            text
        };
        let base64: String = base64.split_ascii_whitespace().collect();
        match STANDARD.decode(base64) {
            Ok(der) => Self::from_der(&der),
            Err(error) => refuse(format!(
                "it is neither PEM nor DER, and as base64 it is wrong ({error})"
            )),
        }
    }

    /// The certificate's octets.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.inner.der
    }

    /// The DER in base64 on one line.
    #[must_use]
    pub fn base64(&self) -> String {
        STANDARD.encode(self.der())
    }

    /// Entra's "Certificate (Base64)" download: PEM in lines of 64 columns.
    #[must_use]
    pub fn pem(&self) -> String {
        let base64 = self.base64();
        let mut pem = String::with_capacity(base64.len() + 128);
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        let mut rest = base64.as_str();
        while !rest.is_empty() {
            let (line, tail) = rest.split_at(rest.len().min(PEM_COLUMNS));
            pem.push_str(line);
            pem.push('\n');
            rest = tail;
        }
        pem.push_str("-----END CERTIFICATE-----\n");
        pem
    }

    /// SHA-1 over the DER in upper-case hexadecimal, as the admin center shows it.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let digest = hash(MessageDigest::sha1(), self.der()).expect("OpenSSL digests with SHA-1");
        upper_hex(&digest)
    }

    /// `notBefore`.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.inner.not_before
    }

    /// `notAfter`; what lies beyond jiff's range (the last day of 9999) reads as the end of that range.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.inner.not_after
    }

    /// The subject's first common name, where it has one.
    #[must_use]
    pub fn subject_common_name(&self) -> Option<String> {
        let entry = self
            .inner
            .x509
            .subject_name()
            .entries_by_nid(Nid::COMMONNAME)
            .next()?;
        entry.data().to_string().ok()
    }

    /// The certified key.
    ///
    /// # Errors
    ///
    /// [`CertsError::Crypto`] where OpenSSL does not know its type.
    pub fn public_key(&self) -> Result<PKey<Public>, CertsError> {
        Ok(self.inner.x509.public_key()?)
    }
}

/// Two certificates are the same where their octets are.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Certificate({})", self.thumbprint())
    }
}

/// How rcgen signs through OpenSSL.
struct RcgenKey<'a> {
    key: &'a PKeyRef<Private>,
    public_pkcs1: Vec<u8>,
}

impl rcgen::PublicKeyData for RcgenKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.public_pkcs1
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for RcgenKey<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let sign = || Signer::new(MessageDigest::sha256(), self.key)?.sign_oneshot_to_vec(message);
        sign().map_err(|_: ErrorStack| rcgen::Error::RemoteKeyError)
    }
}

/// A PrintableString where the name allows it, as in Entra's certificates, else UTF-8.
fn common_name(name: &str) -> DnValue {
    match PrintableString::try_from(name) {
        Ok(name) => DnValue::PrintableString(name),
        Err(_) => DnValue::Utf8String(name.to_owned()),
    }
}

fn positive(mut serial: [u8; 16]) -> [u8; 16] {
    serial[0] = (serial[0] & 0x7F).max(1);
    serial
}

fn offset_date_time(instant: Timestamp) -> Result<OffsetDateTime, CertsError> {
    let refused = CertsError::Validity(instant);
    match OffsetDateTime::from_unix_timestamp(instant.as_second()) {
        Ok(instant) if (0..=9999).contains(&instant.year()) => Ok(instant),
        _ => Err(refused),
    }
}

fn timestamp(time: &Asn1TimeRef) -> Result<Timestamp, ErrorStack> {
    let since_epoch = Asn1Time::from_unix(0)?.diff(time)?;
    let seconds = i64::from(since_epoch.days) * SECONDS_PER_DAY + i64::from(since_epoch.secs);
    Ok(Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX))
}

/// What stands between the encapsulation boundaries of the first certificate.
fn pem_body(text: &str) -> Result<&str, CertsError> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let refuse = |reason: String| CertsError::NotACertificate(reason);
    let Some((_, body)) = text.split_once(BEGIN) else {
        let label = text
            .split("-----BEGIN ")
            .nth(1)
            .and_then(|label| label.split("-----").next());
        let label: String = label.unwrap_or_default().chars().take(PEM_COLUMNS).collect();
        return Err(refuse(format!("the PEM holds a {label:?}, not a CERTIFICATE")));
    };
    match body.split_once(END) {
        Some((body, _)) => Ok(body),
        None => Err(refuse(format!("the PEM is cut off: {END} is missing"))),
    }
}

fn upper_hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02X}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use openssl::x509::X509;

    use super::{Certificate, CertificateSpec, ENTRA_COMMON_NAME};
    use crate::{CertsError, key::test_key};

    fn spec() -> CertificateSpec {
        CertificateSpec {
            common_name: ENTRA_COMMON_NAME.to_owned(),
            serial: [0x1A; 16],
            not_before: "2026-01-02T03:04:05.9Z".parse().unwrap(),
            not_after: "2029-01-02T03:04:05Z".parse().unwrap(),
        }
    }

    fn certificate() -> Certificate {
        Certificate::self_signed(&test_key(), &spec()).unwrap()
    }

    /// entra-behaviour.md 5; `MDQx…` is the whole issuer with its PrintableString.
    #[test]
    fn it_has_entras_shape() {
        let certificate = certificate();
        let base64 = certificate.base64();
        assert!(base64.starts_with("MIIC8DCCAdigAwIBAgIQ"), "{base64}");
        assert!(base64.contains("MDQxMjAwBgNVBAMTKU1pY3Jvc29mdCBBenVyZSBGZWRlcmF0ZWQgU1NPIENlcnRpZmljYXRl"));
        let x509 = X509::from_der(certificate.der()).unwrap();
        assert_eq!(x509.version(), 2);
        assert!(x509.verify(&certificate.public_key().unwrap()).unwrap());
        assert!(certificate.public_key().unwrap().public_eq(test_key().private()));
        let text = String::from_utf8(x509.to_text().unwrap()).unwrap();
        assert!(
            text.contains("sha256WithRSAEncryption") && !text.contains("X509v3 extensions"),
            "{text}"
        );
        assert_eq!(certificate.subject_common_name().unwrap(), ENTRA_COMMON_NAME);
        assert_eq!(serial_hex(&certificate), "1A".repeat(16));
        assert_eq!(certificate.not_before().to_string(), "2026-01-02T03:04:05Z");
        assert_eq!(certificate.not_after().to_string(), "2029-01-02T03:04:05Z");
    }

    /// The magnitude of the serial number, whole octets.
    fn serial_hex(certificate: &Certificate) -> String {
        let x509 = X509::from_der(certificate.der()).unwrap();
        super::upper_hex(&x509.serial_number().to_bn().unwrap().to_vec())
    }

    #[test]
    fn any_serial_takes_sixteen_octets() {
        for (first, expected) in [
            (0x00, "01"),
            (0x80, "01"),
            (0xFF, "7F"),
            (0x7F, "7F"),
            (0x01, "01"),
        ] {
            let mut spec = spec();
            spec.serial[0] = first;
            let certificate = Certificate::self_signed(&test_key(), &spec).unwrap();
            assert!(certificate.base64().starts_with("MIIC8DCCAdigAwIBAgIQ"));
            assert_eq!(serial_hex(&certificate), format!("{expected}{}", "1A".repeat(15)));
        }
    }

    #[test]
    fn names_and_dates_at_the_edges() {
        let mut spec = spec();
        spec.common_name = "größer@example".to_owned();
        spec.not_before = "1900-01-01T00:00:00Z".parse().unwrap();
        spec.not_after = jiff::Timestamp::MAX;
        let certificate = Certificate::self_signed(&test_key(), &spec).unwrap();
        assert_eq!(certificate.subject_common_name().unwrap(), "größer@example");
        assert_eq!(certificate.not_before(), spec.not_before);
        assert_eq!(certificate.not_after().as_second(), spec.not_after.as_second());
        spec.not_before = "-000001-01-01T00:00:00Z".parse().unwrap();
        assert!(matches!(
            Certificate::self_signed(&test_key(), &spec),
            Err(CertsError::Validity(_))
        ));
    }

    #[test]
    fn whatever_a_cer_file_holds_is_read() {
        let certificate = certificate();
        let (pem, base64) = (certificate.pem(), certificate.base64());
        assert_eq!(
            pem.as_bytes(),
            X509::from_der(certificate.der()).unwrap().to_pem().unwrap()
        );
        assert!(pem.lines().all(|line| line.len() <= 64));
        let key = test_key().to_pem().unwrap();
        for content in [
            pem.clone().into_bytes(),
            pem.replace('\n', "\r\n").into_bytes(),
            format!("\u{FEFF}Bag Attributes\n{key}{pem}{pem}").into_bytes(),
            format!("-----BEGIN CERTIFICATE-----{base64}-----END CERTIFICATE-----").into_bytes(),
            format!("\r\n {}\n{}\n", &base64[..100], &base64[100..]).into_bytes(),
            base64.clone().into_bytes(),
            certificate.der().to_vec(),
        ] {
            assert_eq!(Certificate::from_text(&content).unwrap(), certificate);
        }
    }

    #[test]
    fn what_is_no_certificate_is_said() {
        let key = test_key().to_pem().unwrap();
        let cut = certificate().pem().replace("-----END CERTIFICATE-----", "");
        let long = "A".repeat(super::MAX_CERTIFICATE_BYTES + 1);
        for (content, reason) in [
            (" \r\n", "it is empty"),
            (key.as_str(), "the PEM holds a \"PRIVATE KEY\", not a CERTIFICATE"),
            (cut.as_str(), "-----END CERTIFICATE----- is missing"),
            ("<html>", "neither PEM nor DER"),
            ("AAAA", "its DER is damaged"),
            ("0\u{82}", "its DER is damaged"),
            (long.as_str(), "longer than 65536 bytes"),
        ] {
            let message = Certificate::from_text(content.as_bytes())
                .unwrap_err()
                .to_string();
            assert!(
                message.starts_with("this is not a certificate: ") && message.contains(reason),
                "{message}"
            );
        }
        assert!(Certificate::from_text(&certificate().der()[..700]).is_err());
    }

    #[test]
    fn the_thumbprint_is_sha1_in_upper_case() {
        let certificate = certificate();
        let thumbprint = certificate.thumbprint();
        assert_eq!(thumbprint.len(), 40);
        assert!(
            thumbprint
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
        );
        let x509 = X509::from_der(certificate.der()).unwrap();
        let digest = x509.digest(openssl::hash::MessageDigest::sha1()).unwrap();
        assert_eq!(thumbprint, super::upper_hex(&digest));
    }
}
