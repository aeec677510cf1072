//! `xmlsec1` judges what this crate signs: it parses and canonicalises with code we share nothing with.

#![allow(clippy::unwrap_used, reason = "helpers of tests, as in tests")]

use std::{fs, path::Path, process::Command, sync::LazyLock};

use openssl::{
    asn1::Asn1Time,
    hash::MessageDigest,
    pkey::{PKey, Private},
    rsa::Rsa,
    x509::{X509, X509NameBuilder},
};
use proptest::prelude::*;
use saml_emit::{
    EmitError, EntraMetadata, Signing,
    binding::{Escapes, Parameter, signed_redirect_url},
};
use saml_model::{
    Assertion, Attribute, AuthnStatement, Conditions, NameId, Response, SignatureAlgorithm, SigningOption,
    Status, Subject, SubjectConfirmation, SubjectConfirmationData, Timestamp,
    metadata::{Endpoint, IdpMetadata},
    names,
};

const OPTIONS: [SigningOption; 3] = [
    SigningOption::Assertion,
    SigningOption::Response,
    SigningOption::ResponseAndAssertion,
];
const ALGORITHMS: [SignatureAlgorithm; 2] = [SignatureAlgorithm::RsaSha256, SignatureAlgorithm::RsaSha1];

/// Each case of the property starts a process for each signature.
const PROPERTY_CASES: u32 = 24;

#[test]
fn every_option_and_algorithm_verifies_and_one_byte_breaks_it() {
    let Some(witness) = Witness::find() else { return };
    for (option, algorithm) in OPTIONS
        .into_iter()
        .flat_map(|option| ALGORITHMS.map(|a| (option, a)))
    {
        let xml = saml_emit::response(&success("Ada"), option, Some(&signing(algorithm))).unwrap();
        // Destination stands in the response alone, the session index in the assertion.
        let response_changed = xml.replacen("https://sp.example/acs", "https://sp.example/acr", 1);
        let assertion_changed = xml.replacen("SessionIndex=\"_a", "SessionIndex=\"_b", 1);
        assert!(xml != response_changed && xml != assertion_changed);
        let both = option == SigningOption::ResponseAndAssertion;
        assert_eq!(xml.matches("<Signature ").count(), if both { 2 } else { 1 });
        if option.signs_assertion() {
            assert!(witness.accepts(&xml, "Assertion"), "{option:?} {algorithm:?}");
            assert!(
                witness.accepts(&response_changed, "Assertion"),
                "{option:?} {algorithm:?}"
            );
            assert!(
                !witness.accepts(&assertion_changed, "Assertion"),
                "{option:?} {algorithm:?}"
            );
        }
        if option.signs_response() {
            assert!(witness.accepts(&xml, "Response"), "{option:?} {algorithm:?}");
            assert!(
                !witness.accepts(&response_changed, "Response"),
                "{option:?} {algorithm:?}"
            );
            assert!(
                !witness.accepts(&assertion_changed, "Response"),
                "{option:?} {algorithm:?}"
            );
        }
    }
}

#[test]
fn a_failure_response_can_be_signed() {
    let Some(witness) = Witness::find() else { return };
    let failure = failure();
    let signing = signing(SignatureAlgorithm::RsaSha256);
    let xml = saml_emit::response(&failure, SigningOption::ResponseAndAssertion, Some(&signing)).unwrap();
    assert!(witness.accepts(&xml, "Response"));
    let xml = saml_emit::response(&failure, SigningOption::Assertion, Some(&signing)).unwrap();
    assert!(!xml.contains("Signature"));
}

#[test]
fn metadata_verifies_and_one_byte_breaks_it() {
    let Some(witness) = Witness::find() else { return };
    let xml = saml_emit::idp_metadata(&metadata(), Some(&signing(SignatureAlgorithm::RsaSha256))).unwrap();
    assert!(witness.accepts(&xml, "EntityDescriptor"));
    // `fed` in an attribute value is all that names this type: it is signed as text.
    let changed = xml.replacen("fed:ApplicationServiceType", "fed:ApplicationServiceTypf", 1);
    assert!(!witness.accepts(&changed, "EntityDescriptor"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(PROPERTY_CASES) })]

    /// A value that a parser would change (CR, TAB and LF in an attribute) breaks the digest unless it is escaped.
    #[test]
    fn any_text_verifies(text in text(), other in text()) {
        let Some(witness) = Witness::find() else { return Ok(()) };
        let mut response = success(&text);
        response.destination = Some(other.clone());
        response.status.message = Some(text.clone());
        let assertion = response.assertion.as_mut().unwrap();
        assertion.attributes[0].name.clone_from(&other);
        assertion.attributes[0].values = vec![other, text];
        let signing = signing(SignatureAlgorithm::RsaSha256);
        let xml = saml_emit::response(&response, SigningOption::ResponseAndAssertion, Some(&signing)).unwrap();
        prop_assert!(witness.accepts(&xml, "Assertion"), "{}", xml);
        prop_assert!(witness.accepts(&xml, "Response"), "{}", xml);
    }
}

#[test]
fn a_key_that_is_not_rsa_is_refused() {
    let group = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(openssl::ec::EcKey::generate(&group).unwrap()).unwrap();
    let signing = Signing {
        key: &key,
        ..signing(SignatureAlgorithm::RsaSha256)
    };
    let refused = saml_emit::response(&success("Ada"), SigningOption::Assertion, Some(&signing));
    assert!(matches!(refused, Err(EmitError::NotAnRsaKey)));
    let refused = signed_redirect_url(
        "https://a",
        Parameter::SamlRequest,
        "<a/>",
        None,
        &signing,
        Escapes::Upper,
    );
    assert!(matches!(refused, Err(EmitError::NotAnRsaKey)));
}

/// Text that XML can carry, rich in what has to be escaped or survives only if nobody trims it.
fn text() -> impl Strategy<Value = String> {
    let awkward = prop::sample::select(vec![
        '"', '\'', '<', '>', '&', '\r', '\t', '\n', ' ', 'ß', '\u{85}',
    ]);
    let carried = any::<char>().prop_filter("XML 1.0 Char", |&character| {
        !matches!(character, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
    });
    let characters = prop::collection::vec(prop_oneof![3 => awkward, 1 => carried], 0..40);
    characters.prop_map(|characters| characters.into_iter().collect())
}

/// The installed `xmlsec1`.
struct Witness {
    directory: tempfile::TempDir,
}

impl Witness {
    /// `None` where the tool is absent, said in plain sight; a run that requires witnesses fails instead.
    fn find() -> Option<Self> {
        if Command::new("xmlsec1").arg("--version").output().is_ok() {
            let directory = tempfile::tempdir().unwrap();
            fs::write(
                directory.path().join("cert.pem"),
                IDENTITY.certificate.to_pem().unwrap(),
            )
            .unwrap();
            return Some(Self { directory });
        }
        let required = std::env::var_os("ENTRANT_REQUIRE_WITNESSES").is_some_and(|value| value == "1");
        assert!(
            !required,
            "xmlsec1 is not installed and ENTRANT_REQUIRE_WITNESSES=1"
        );
        eprintln!("skipped: xmlsec1 is not installed");
        None
    }

    /// `xmlsec1` finds a good signature of our key directly in the one element with this local name.
    fn accepts(&self, xml: &str, signed: &str) -> bool {
        let message = self.directory.path().join("message.xml");
        fs::write(&message, xml).unwrap();
        self.verify(&message, signed)
    }

    fn verify(&self, message: &Path, signed: &str) -> bool {
        let signature = format!("//*[local-name()='{signed}']/*[local-name()='Signature']");
        Command::new("xmlsec1")
            .args(["--verify", "--pubkey-cert-pem"])
            .arg(self.directory.path().join("cert.pem"))
            .args(["--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion"])
            .args(["--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:protocol:Response"])
            .args([
                "--id-attr:ID",
                "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor",
            ])
            .args(["--node-xpath", &signature])
            .arg(message)
            .output()
            .unwrap()
            .status
            .success()
    }
}

struct Identity {
    key: PKey<Private>,
    certificate: X509,
    certificate_der: Vec<u8>,
}

static IDENTITY: LazyLock<Identity> = LazyLock::new(|| {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "saml-emit test").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder
        .set_not_before(&Asn1Time::days_from_now(0).unwrap())
        .unwrap();
    builder
        .set_not_after(&Asn1Time::days_from_now(30).unwrap())
        .unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    let certificate = builder.build();
    let certificate_der = certificate.to_der().unwrap();
    Identity {
        key,
        certificate,
        certificate_der,
    }
});

fn signing(algorithm: SignatureAlgorithm) -> Signing<'static> {
    Signing {
        algorithm,
        key: &IDENTITY.key,
        certificate_der: &IDENTITY.certificate_der,
    }
}

fn instant() -> Timestamp {
    "2022-02-23T17:49:18.872Z".parse().unwrap()
}

fn success(name_id: &str) -> Response {
    Response {
        id: "_r".to_owned(),
        version: "2.0".to_owned(),
        issue_instant: instant(),
        destination: Some("https://sp.example/acs".to_owned()),
        in_response_to: Some("_q".to_owned()),
        issuer: Some("https://sts.windows.net/t/".to_owned()),
        status: Status::success(),
        assertion: Some(assertion(name_id)),
    }
}

fn failure() -> Response {
    Response {
        destination: None,
        issuer: None,
        status: Status {
            code: names::STATUS_REQUESTER.to_owned(),
            sub_code: Some(names::STATUS_REQUEST_UNSUPPORTED.to_owned()),
            message: Some("AADSTS75006: no.\r\nTrace ID: 1".to_owned()),
        },
        assertion: None,
        ..success("")
    }
}

fn assertion(name_id: &str) -> Assertion {
    let attribute = |name: &str, values: &[&str]| Attribute {
        name: name.to_owned(),
        name_format: None,
        values: values.iter().map(|&value| value.to_owned()).collect(),
    };
    Assertion {
        id: "_a".to_owned(),
        version: "2.0".to_owned(),
        issue_instant: instant(),
        issuer: "https://sts.windows.net/t/".to_owned(),
        subject: Some(Subject {
            name_id: Some(NameId {
                format: Some(names::NAME_ID_EMAIL.to_owned()),
                name_qualifier: None,
                sp_name_qualifier: None,
                value: name_id.to_owned(),
            }),
            confirmations: vec![SubjectConfirmation {
                method: names::CM_BEARER.to_owned(),
                data: Some(SubjectConfirmationData {
                    not_before: None,
                    not_on_or_after: Some(instant()),
                    recipient: Some("https://sp.example/acs".to_owned()),
                    in_response_to: Some("_q".to_owned()),
                }),
            }],
        }),
        conditions: Some(Conditions {
            not_before: Some(instant()),
            not_on_or_after: Some(instant()),
            audience_restrictions: vec![vec!["https://sp.example".to_owned()]],
            one_time_use: false,
        }),
        attributes: vec![
            attribute(names::CLAIM_TENANT_ID, &["t"]),
            attribute(names::CLAIM_ROLE, &["reader", "writer"]),
        ],
        authn_statements: vec![AuthnStatement {
            authn_instant: instant(),
            session_index: Some("_a".to_owned()),
            session_not_on_or_after: None,
            class_ref: Some(names::AC_PASSWORD.to_owned()),
        }],
    }
}

fn metadata() -> EntraMetadata {
    let endpoint = |binding: &str| Endpoint {
        binding: binding.to_owned(),
        location: "https://login.example/t/saml2?a=1&b=2".to_owned(),
    };
    EntraMetadata {
        id: "_m".to_owned(),
        idp: IdpMetadata {
            entity_id: "https://sts.windows.net/t/".to_owned(),
            signing_certificates: vec![IDENTITY.certificate_der.clone(), vec![1, 2, 3]],
            single_sign_on_services: vec![
                endpoint(names::BINDING_HTTP_REDIRECT),
                endpoint(names::BINDING_HTTP_POST),
            ],
            single_logout_services: vec![endpoint(names::BINDING_HTTP_REDIRECT)],
        },
        passive_endpoint: "https://login.example/t/wsfed".to_owned(),
        target_scope: "https://sts.windows.net/t/".to_owned(),
    }
}
