//! What the accept side says of a message: who signed which element, and when it is valid. It shares no code with the
//! side that signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::Certificate;
use jiff::{SignedDuration, Timestamp};
use saml_accept::binding::{Parameter, RawQuery};
use saml_accept::signature::{Sha1, TrustedKeys, verify_enveloped, verify_query};
use saml_accept::xml::{self, Document, Element, Limits};
use saml_model::names::{NS_ASSERTION, NS_DSIG};

/// A certificate that may have signed, and what it is to the application.
pub(crate) struct Named {
    /// `current (active)`, for the reader.
    pub(crate) label: String,
    /// The certificate.
    pub(crate) certificate: Certificate,
    /// Whether the other side is told to trust it.
    pub(crate) is_listed: bool,
}

/// What is said of one message.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    /// Why nothing can be said, if so.
    pub(crate) unreadable: Option<String>,
    /// Of each signature.
    pub(crate) signatures: Vec<SignatureVerdict>,
    /// Whether there is no signature that can be seen.
    pub(crate) is_unsigned: bool,
    /// Whether the assertion, with what it says of time and its own signature, is hidden.
    pub(crate) is_encrypted: bool,
    /// Of each limit in time.
    pub(crate) times: Vec<TimeVerdict>,
}

/// What is said of one signature.
#[derive(Debug)]
pub(crate) struct SignatureVerdict {
    /// `Response _1a2b`: what is signed.
    pub(crate) element: String,
    /// Whether it holds.
    pub(crate) judgement: Judgement,
    /// The algorithms, as the signature names them.
    pub(crate) algorithms: Vec<String>,
    /// The certificate that `KeyInfo` shows; a query has none.
    pub(crate) key_info: Option<String>,
}

/// Whether a signature holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// By this key.
    Holds(String),
    /// By this key, which the other side has no reason to trust.
    HoldsByStranger(String),
    /// By none of the known keys, and why.
    Broken(String),
    /// Nobody's key is known.
    Unknown,
}

/// What is said of one limit in time.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TimeVerdict {
    /// `Conditions NotBefore`.
    pub(crate) what: String,
    /// As it stands in the message.
    pub(crate) value: String,
    /// Whether it was met when the message was sent.
    pub(crate) held_when_sent: bool,
    /// Whether it is met now.
    pub(crate) holds_now: bool,
    /// How far away it is.
    pub(crate) distance: String,
}

/// Judges a response that was sent at `sent`, at `now` of the tenant's clock.
pub(crate) fn judge(xml: &str, known: &[Named], sent: Timestamp, now: Timestamp) -> Verdicts {
    let document = match xml::parse(xml.as_bytes(), &Limits::default()) {
        Ok(document) => document,
        Err(error) => {
            return Verdicts {
                unreadable: Some(error.to_string()),
                ..Verdicts::default()
            };
        }
    };
    let signatures: Vec<_> = document
        .elements()
        .filter(|element| element.child(NS_DSIG, "Signature").is_some())
        .map(|element| signature(element, known))
        .collect();
    Verdicts {
        unreadable: None,
        is_unsigned: signatures.is_empty(),
        is_encrypted: document
            .elements()
            .any(|element| element.is(NS_ASSERTION, "EncryptedAssertion")),
        signatures,
        times: times(&document, sent, now),
    }
}

impl Verdicts {
    /// With what is said of the assertion that was encrypted; a signature of the response is over the encrypted form.
    pub(crate) fn with_inside(mut self, inside: Option<Self>) -> Self {
        if let Some(inside) = inside {
            let own = inside.signatures.into_iter();
            self.signatures
                .extend(own.filter(|verdict| verdict.element.starts_with("Assertion")));
            self.times = inside.times;
        }
        self
    }
}

fn signature(element: Element<'_>, known: &[Named]) -> SignatureVerdict {
    let signature = element.child(NS_DSIG, "Signature");
    let signed_info = signature.and_then(|signature| signature.child(NS_DSIG, "SignedInfo"));
    let method = signed_info.and_then(|info| info.child(NS_DSIG, "SignatureMethod"));
    let reference = signed_info.and_then(|info| info.child(NS_DSIG, "Reference"));
    let digest = reference.and_then(|reference| reference.child(NS_DSIG, "DigestMethod"));
    let algorithms = [method, digest].into_iter().flatten();
    let algorithms = algorithms.filter_map(|method| method.attribute("Algorithm").map(str::to_owned));
    SignatureVerdict {
        element: match element.attribute("ID") {
            Some(id) => format!("{} {id}", element.name()),
            None => element.name().to_owned(),
        },
        judgement: judgement(known, |keys| {
            let verified = verify_enveloped(element, keys).map_err(|error| error.to_string())?;
            Ok(verified.key_index)
        }),
        algorithms: algorithms.collect(),
        key_info: Some(key_info(signature, known)),
    }
}

/// Judges the signature of a query; `None` where it has none.
pub(crate) fn judge_query(query: &str, known: &[Named]) -> Option<SignatureVerdict> {
    let query = RawQuery::parse(query).ok()?;
    let algorithm = query.parameter("SigAlg").ok()?;
    query.raw("Signature").ok()??;
    let is_request = query.raw("SAMLRequest").is_ok_and(|value| value.is_some());
    let message = if is_request {
        Parameter::SamlRequest
    } else {
        Parameter::SamlResponse
    };
    Some(SignatureVerdict {
        element: format!("the query: {}, RelayState and SigAlg", message.name()),
        judgement: judgement(known, |keys| {
            let signer = verify_query(&query, message, keys).map_err(|error| error.to_string())?;
            Ok(signer.key_index)
        }),
        algorithms: algorithm.into_iter().collect(),
        key_info: None,
    })
}

fn judgement(known: &[Named], verify: impl FnOnce(&TrustedKeys) -> Result<usize, String>) -> Judgement {
    // What a trust may allow; whoever refuses SHA-1 is told by the name of the algorithm.
    let ders = known.iter().map(|named| named.certificate.der());
    let Ok(keys) = TrustedKeys::from_certificates(ders, Sha1::Allowed) else {
        return Judgement::Unknown;
    };
    match verify(&keys) {
        Ok(index) => match known.get(index) {
            Some(named) if named.is_listed => Judgement::Holds(named.label.clone()),
            named => Judgement::HoldsByStranger(named.map_or_else(String::new, |named| named.label.clone())),
        },
        Err(error) => Judgement::Broken(error),
    }
}

/// Whose certificate `KeyInfo` shows: a hint that no careful service provider follows.
fn key_info(signature: Option<Element<'_>>, known: &[Named]) -> String {
    let shown = signature
        .and_then(|signature| signature.child(NS_DSIG, "KeyInfo"))
        .and_then(|info| info.child(NS_DSIG, "X509Data"))
        .and_then(|data| data.child(NS_DSIG, "X509Certificate"))
        .and_then(|certificate| certificate.text().ok());
    let Some(shown) = shown else {
        return "no certificate".to_owned();
    };
    let packed: String = shown.split_whitespace().collect();
    let certificate = STANDARD
        .decode(packed)
        .ok()
        .and_then(|der| Certificate::from_der(&der).ok());
    let Some(certificate) = certificate else {
        return "no certificate that can be read".to_owned();
    };
    let owner = known
        .iter()
        .find(|named| named.certificate.der() == certificate.der());
    owner.map_or_else(
        || {
            format!(
                "a stranger's certificate, thumbprint {}",
                certificate.thumbprint()
            )
        },
        |named| named.label.clone(),
    )
}

/// The elements with limits in time, each with whether the attribute is a beginning.
const LIMITS: &[(&str, &str, bool)] = &[
    ("SubjectConfirmationData", "NotBefore", true),
    ("SubjectConfirmationData", "NotOnOrAfter", false),
    ("Conditions", "NotBefore", true),
    ("Conditions", "NotOnOrAfter", false),
    ("AuthnStatement", "SessionNotOnOrAfter", false),
];

fn times(document: &Document, sent: Timestamp, now: Timestamp) -> Vec<TimeVerdict> {
    let limits = document.elements().flat_map(|element| {
        let of_element = LIMITS
            .iter()
            .filter(move |(name, _, _)| element.is(NS_ASSERTION, name));
        of_element.filter_map(move |(name, attribute, begins)| {
            let value = element.attribute(attribute)?;
            Some((format!("{name} {attribute}"), value.to_owned(), *begins))
        })
    });
    limits
        .map(|(what, value, begins)| {
            let limit: Option<Timestamp> = value.parse().ok();
            let holds = |at: Timestamp| limit.is_some_and(|limit| (at >= limit) == begins);
            TimeVerdict {
                what,
                held_when_sent: holds(sent),
                holds_now: holds(now),
                distance: limit.map_or_else(
                    || "no instant".to_owned(),
                    |limit| distance(limit.duration_since(now)),
                ),
                value,
            }
        })
        .collect()
}

/// `in 59 min`, `5 s ago`: how far an instant is from now.
pub(crate) fn distance(from_now: SignedDuration) -> String {
    let seconds = from_now.as_secs().unsigned_abs();
    let (number, unit) = match seconds {
        0..120 => (seconds, "s"),
        120..7_200 => (seconds / 60, "min"),
        7_200..172_800 => (seconds / 3_600, "h"),
        _ => (seconds / 86_400, "d"),
    };
    if from_now.is_negative() {
        format!("{number} {unit} ago")
    } else {
        format!("in {number} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_in_time_are_judged_when_sent_and_now() {
        let xml = format!(
            "<Assertion xmlns=\"{NS_ASSERTION}\"><Conditions NotBefore=\"2026-01-01T10:00:00Z\" NotOnOrAfter=\"2026-01-01T11:00:00Z\"/><Other NotBefore=\"x\"/></Assertion>"
        );
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let of = |sent, now| judge(&xml, &[], at(sent), at(now));
        let verdicts = of("2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z");
        assert!(verdicts.is_unsigned);
        let said: Vec<_> = verdicts
            .times
            .iter()
            .map(|time| {
                (
                    time.what.as_str(),
                    time.held_when_sent,
                    time.holds_now,
                    time.distance.as_str(),
                )
            })
            .collect();
        let expected = [
            ("Conditions NotBefore", true, true, "60 min ago"),
            ("Conditions NotOnOrAfter", true, false, "in 0 s"),
        ];
        assert_eq!(said, expected);
        let early = of("2026-01-01T09:59:59Z", "2026-01-01T10:30:00Z");
        assert!(!early.times[0].held_when_sent && early.times[1].holds_now);
        assert!(
            judge("<a", &[], at("2026-01-01T10:00:00Z"), Timestamp::UNIX_EPOCH)
                .unreadable
                .is_some()
        );
    }

    #[test]
    fn an_encrypted_assertion_hides_what_is_said_of_it() {
        let now = Timestamp::UNIX_EPOCH;
        for (name, hidden) in [("EncryptedAssertion", true), ("Assertion", false)] {
            let xml = format!("<r><{name} xmlns=\"{NS_ASSERTION}\"/></r>");
            assert_eq!(judge(&xml, &[], now, now).is_encrypted, hidden);
        }
    }

    #[test]
    fn a_distance_is_told_in_one_unit() {
        for (seconds, expected) in [
            (0, "in 0 s"),
            (-119, "119 s ago"),
            (120, "in 2 min"),
            (7_200, "in 2 h"),
            (-172_800, "2 d ago"),
        ] {
            assert_eq!(distance(SignedDuration::from_secs(seconds)), expected);
        }
    }
}
