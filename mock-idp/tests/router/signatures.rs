//! Every fault about signatures and wrapping is in the message, whatever the application signs, and a verifier that knows
//! the trusted key alone is not taken in. That what must still verify does, xmlsec1 says (`tests/conformance`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::{Certificate, CertificateSpec, SigningKey};
use mock_idp::{CaseOutcome, FAULTS};
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::sign::{Signer, Verifier};
use openssl::x509::X509;
use saml_accept::c14n::{Exclusive, canonicalize};
use saml_accept::response::{SignedAssertion, UnverifiedResponse};
use saml_accept::signature::{Sha1, TrustedKeys};
use saml_accept::xml::{self, Limits};
use saml_model::names;
use serde_json::{Value, json};

use crate::agent::{Mock, redirect, request, stays_armed};
use crate::faults::parameters;

/// Who signs in.
pub(crate) const GENUINE: &str = "B.Simon@contoso.onmicrosoft.com";

/// Whom an attack wants to be: the first other member with a mail.
pub(crate) const VICTIM: &str = "U.Keller@contoso.onmicrosoft.com";

pub(crate) const OPTIONS: [&str; 3] = ["assertion", "response", "response-and-assertion"];

/// What each choice of a parameter is called; the first is what every other test sees.
const VARIANTS: &[(&str, &str, &[&str])] = &[
    ("sig-alg-keytype-mismatch", "method", &["dsa-sha1", "dsa-sha256"]),
    (
        "sig-alg-unknown",
        "uri",
        &["", "none", "https://www.w3.org/2001/04/xmldsig-more#rsa-sha256"],
    ),
    ("sig-c14n-unknown", "form", &["twice"]),
    ("sig-from-logout", "message", &["response"]),
    ("sig-hmac-embedded-key", "hash", &["sha1"]),
    ("sig-hmac-public-key", "hash", &["sha1"]),
    ("sig-hmac-truncated", "bits", &["1", "40"]),
    (
        "sig-id-duplicate-foreign",
        "attribute",
        &["ID", "id", "xml:id", "wsu:Id"],
    ),
    ("sig-keyinfo-remote", "canary", &["http://127.0.0.1:1/"]),
    ("sig-ref-external", "scheme", &["file"]),
    ("sig-ref-injection", "quote", &["double", "or"]),
    ("sig-ref-two", "decoy", &["last"]),
    ("sig-ref-xpointer", "form", &["root", "element"]),
    ("sig-transform-flood", "count", &["5000"]),
    ("sig-transform-unknown", "transform", &["base64", "decryption"]),
    ("sig-transform-xpath", "language", &["filter2"]),
    ("sig-two-children", "first", &["garbage"]),
    ("sig-two-signedinfo", "forged", &["hidden"]),
    (
        "sig-value-missing",
        "element",
        &["SignatureMethod", "DigestMethod", "DigestValue"],
    ),
    ("sig-value-missing", "how", &["emptied"]),
    (
        "sig-wrong-element",
        "element",
        &["AttributeStatement", "Status", "Subject"],
    ),
    ("xsw-advice", "parked", &["forged"]),
    ("xsw-soap-wrapper", "root", &["artifact-response"]),
];

pub(crate) struct Rig {
    pub(crate) mock: Mock,
    trusted: Vec<Vec<u8>>,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        let mock = Mock::contoso();
        let trusted = mock.certificates("sipgate").await;
        let body = json!({"app": "sipgate", "action": "add", "name": "next"});
        mock.control("POST", "/certificates", body).await;
        Self { mock, trusted }
    }

    pub(crate) async fn sign(&self, option: &str) {
        self.mock
            .patch_app("sipgate", json!({"signing": {"option": option}}))
            .await;
    }

    async fn faulty(&self, fault: Value) -> Result<String, String> {
        let octets = self.octets(fault).await?;
        Ok(String::from_utf8(octets).unwrap())
    }

    /// What is delivered, or what the page says of it.
    pub(crate) async fn octets(&self, fault: Value) -> Result<Vec<u8>, String> {
        let armed = json!({"faults": [fault]});
        let armed = self.mock.try_control("POST", "/faults", armed).await;
        if !armed.status.is_success() {
            return Err(armed.body);
        }
        let app = self.mock.app("sipgate");
        let mut agent = self.mock.agent();
        let page = agent.get(&redirect(&app, &request(&app))).await;
        let page = agent.sign_in(page, "B.Simon").await;
        match page.status.is_success() {
            true => Ok(page.delivered().octets),
            false => {
                // It would stay armed.
                self.mock.control("DELETE", "/faults", Value::Null).await;
                Err(page.select("main p").concat())
            }
        }
    }

    /// Whom a verifier takes the user for that knows the trusted key; else whether it could read the message.
    pub(crate) fn verified(&self, xml: impl AsRef<[u8]>) -> Result<String, &'static str> {
        let keys = self.trusted.iter().map(Vec::as_slice);
        let keys = TrustedKeys::from_certificates(keys, Sha1::Refused).unwrap();
        let parsed = UnverifiedResponse::parse(xml.as_ref(), &Limits::default());
        let parsed = parsed.map_err(|error| match error.kind.is_about_signing() {
            true => "signature-invalid",
            false => "malformed",
        })?;
        let signed = parsed.verify(&keys).map_err(|_| "signature-invalid")?;
        Ok(name_id(&signed))
    }
}

fn name_id(signed: &SignedAssertion) -> String {
    signed.assertion().name_id().unwrap().value.clone()
}

fn of_these_groups() -> impl Iterator<Item = &'static mock_idp::Fault> {
    FAULTS
        .iter()
        .filter(|fault| matches!(fault.case.group.as_str(), "sig" | "xsw"))
}

fn has_parameter(fault: &mock_idp::Fault, name: &str) -> bool {
    fault.parameters().iter().any(|parameter| parameter.name == name)
}

/// What needs an encrypted assertion, or a key that the application does not have.
fn needs_more(id: &str) -> bool {
    id.starts_with("xsw-encrypted-") || id == "sig-pkcs1-lax"
}

fn check(rig: &Rig, fault: &mock_idp::Fault, xml: &str, told: &str) {
    let verified = rig.verified(xml);
    match (fault.spec.outcome.unwrap(), &verified) {
        (CaseOutcome::Refused, Err(rejection)) => {
            // Of the parts that can be signed alone, Status has no ID in the schema.
            let is_as_told = Some(*rejection) == fault.rejection() || told.ends_with("=Status");
            assert!(is_as_told, "{told}: {rejection} {xml}");
        }
        (CaseOutcome::SignedIn, Ok(name)) => assert_eq!(name, GENUINE, "{told}"),
        (CaseOutcome::Safe | CaseOutcome::Either, Ok(name)) => assert_eq!(name, GENUINE, "{told}"),
        (CaseOutcome::Safe | CaseOutcome::Either, Err(_)) => {}
        _ => panic!("{told}: {verified:?} {xml}"),
    }
    if has_parameter(fault, "victim") && fault.id != "sig-tamper-nameid" {
        assert!(
            xml.contains(VICTIM) || xml.contains("u.keller@contoso.com"),
            "{told}: {xml}"
        );
    }
}

#[tokio::test]
async fn every_fault_acts_on_whatever_is_signed() {
    let rig = Rig::new().await;
    for option in OPTIONS {
        rig.sign(option).await;
        let honest = rig.faulty(json!({"id": "sig-keyinfo-absent"})).await.unwrap();
        assert_eq!(rig.verified(&honest).as_deref(), Ok(GENUINE), "{option}");
        for fault in of_these_groups().filter(|fault| !needs_more(fault.id)) {
            let mut spec = parameters(fault.id);
            spec["id"] = json!(fault.id);
            let told = format!("{} {option}", fault.id);
            let xml = rig
                .faulty(spec)
                .await
                .unwrap_or_else(|page| panic!("{told}: {page}"));
            check(&rig, fault, &xml, &told);
        }
    }
}

#[tokio::test]
async fn every_choice_of_a_parameter_acts() {
    let rig = Rig::new().await;
    for (id, name, values) in VARIANTS {
        let fault = of_these_groups().find(|fault| fault.id == *id).unwrap();
        for (place, value) in values.iter().enumerate() {
            rig.sign(OPTIONS[place % OPTIONS.len()]).await;
            let told = format!("{id} {name}={value}");
            let plain = rig.faulty(json!({"id": id})).await.unwrap();
            let xml = rig.faulty(json!({"id": id, *name: value})).await;
            let xml = xml.unwrap_or_else(|page| panic!("{told}: {page}"));
            assert_ne!(shape(&xml), shape(&plain), "{told}");
            check(&rig, fault, &xml, &told);
        }
    }
}

/// The value alone tells with which form of the key it was made.
#[tokio::test]
async fn each_form_of_the_public_key_can_be_the_secret() {
    let rig = Rig::new().await;
    let certificate = X509::from_der(&rig.trusted[0]).unwrap();
    let key = certificate.public_key().unwrap();
    for (form, secret) in [
        ("der", certificate.to_der().unwrap()),
        ("spki", key.public_key_to_der().unwrap()),
        ("spki-pem", key.public_key_to_pem().unwrap()),
        ("modulus", key.rsa().unwrap().n().to_vec()),
    ] {
        let fault = json!({"id": "sig-hmac-public-key", "key": form});
        let (octets, value) = signed_octets(&rig.faulty(fault).await.unwrap());
        let secret = PKey::hmac(&secret).unwrap();
        let mut signer = Signer::new(MessageDigest::sha256(), &secret).unwrap();
        assert_eq!(
            signer.sign_oneshot_to_vec(octets.as_bytes()).unwrap(),
            value,
            "{form}"
        );
    }
}

/// Behind a method that nobody knows there is an RSA signature, so that whoever falls back to one believes it.
#[tokio::test]
async fn an_unknown_method_hides_a_sound_signature() {
    let rig = Rig::new().await;
    let key = X509::from_der(&rig.trusted[0]).unwrap().public_key().unwrap();
    for (hash, digest) in [
        ("sha256", MessageDigest::sha256()),
        ("sha1", MessageDigest::sha1()),
    ] {
        let fault = json!({"id": "sig-alg-unknown", "hash": hash});
        let (octets, value) = signed_octets(&rig.faulty(fault).await.unwrap());
        let mut verifier = Verifier::new(digest, &key).unwrap();
        assert!(
            verifier.verify_oneshot(&value, octets.as_bytes()).unwrap(),
            "{hash}"
        );
    }
}

/// The genuine one of two SignedInfo comes where the other does not.
#[tokio::test]
async fn of_two_signed_infos_one_is_genuine() {
    let rig = Rig::new().await;
    let key = X509::from_der(&rig.trusted[0]).unwrap().public_key().unwrap();
    for (forged, is_genuine_first) in [("first", false), ("last", true)] {
        let fault = json!({"id": "sig-two-signedinfo", "forged": forged});
        let (octets, value) = signed_octets(&rig.faulty(fault).await.unwrap());
        let mut verifier = Verifier::new(MessageDigest::sha256(), &key).unwrap();
        let holds = verifier.verify_oneshot(&value, octets.as_bytes()).unwrap();
        assert_eq!(holds, is_genuine_first, "{forged}");
    }
}

/// The canonical SignedInfo of the first signature, its first, and its value.
fn signed_octets(xml: &str) -> (String, Vec<u8>) {
    let document = xml::parse(xml.as_bytes(), &Limits::default()).unwrap();
    let is_signature = |element: &xml::Element<'_>| element.is(names::NS_DSIG, "Signature");
    let signature = document.elements().find(is_signature).unwrap();
    let child = |name| signature.child(names::NS_DSIG, name).unwrap();
    let octets = canonicalize(child("SignedInfo"), &Exclusive::default(), None).unwrap();
    let value = child("SignatureValue").text().unwrap();
    (octets, STANDARD.decode(value).unwrap())
}

/// A message without what differs from one to the next: hexadecimal ids, base64, instants.
fn shape(xml: &str) -> String {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "+/=_-.".contains(c);
    let tokens = xml.split_inclusive(|c| !is_token(c));
    let is_of_an_instant = |token: &str| token.ends_with(':') && token.len() == 3 || token.contains("Z\"");
    let is_id = |token: &&str| {
        token.len() > 30 || token.starts_with('_') || token.starts_with("20") || is_of_an_instant(token)
    };
    tokens.filter(|token| !is_id(token)).collect()
}

/// The sign-on's own application as another one, an application that has no token encryption, and one that has.
#[tokio::test]
async fn what_cannot_act_says_what_to_change() {
    let rig = Rig::new().await;
    let page = |fault: Value| rig.faulty(fault);
    for (number, (fault, said)) in (1..).zip([
        (
            json!({"id": "sig-other-trusted-idp", "app": "sipgate"}),
            "there is no other application `sipgate` in this tenant",
        ),
        (
            json!({"id": "sig-pkcs1-lax"}),
            "nobody forges for the exponent of the key that signs: import a certificate whose key has the exponent 3, and make it active",
        ),
        (
            json!({"id": "xsw-encrypted-first"}),
            "the assertion is not encrypted: give the application an active certificate for token encryption, then the fault `xsw-encrypted-first` can act",
        ),
    ]) {
        let text = page(fault.clone()).await.unwrap_err();
        let armed = json!({"number": number, "faults": [fault]});
        assert_eq!(
            text,
            format!("The armed fault could not be applied: {said}. {}", stays_armed(&armed)),
            "{fault}"
        );
    }
}

/// The key of another application is one that the same service provider trusts, elsewhere.
#[tokio::test]
async fn another_applications_key_signs() {
    let rig = Rig::new().await;
    for (app, fault) in [
        ("Upsales", json!({"id": "sig-other-trusted-idp"})),
        ("IOMETE", json!({"id": "sig-other-trusted-idp", "app": "iomete"})),
    ] {
        let xml = rig.faulty(fault).await.unwrap();
        let theirs = Rig {
            trusted: rig.mock.certificates(app).await,
            mock: Mock::contoso(),
        };
        assert_eq!(theirs.verified(&xml).as_deref(), Ok(VICTIM), "{app}");
        assert_eq!(rig.verified(&xml), Err("signature-invalid"), "{app}");
    }
}

/// What anybody can forge for a small exponent is refused by a verifier that trusts the key.
#[tokio::test]
async fn what_stands_behind_the_digest_is_looked_at() {
    let mut rig = Rig::new().await;
    let exponent = BigNum::from_u32(3).unwrap();
    let key = PKey::from_rsa(Rsa::generate_with_e(2048, &exponent).unwrap()).unwrap();
    let spec = CertificateSpec {
        common_name: "small".to_owned(),
        serial: [7; 16],
        not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2036-01-01T00:00:00Z".parse().unwrap(),
    };
    let signing = SigningKey::from_private(key.clone()).unwrap();
    let certificate = Certificate::self_signed(&signing, &spec).unwrap();
    let x509 = X509::from_der(certificate.der()).unwrap();
    let file = Pkcs12::builder()
        .name("small")
        .pkey(&key)
        .cert(&x509)
        .build2("p")
        .unwrap();
    let pfx = STANDARD.encode(file.to_der().unwrap());
    for body in [
        json!({"app": "sipgate", "action": "import", "name": "small", "pfx": pfx, "password": "p"}),
        json!({"app": "sipgate", "action": "activate", "name": "small"}),
    ] {
        rig.mock.control("POST", "/certificates", body).await;
    }
    rig.trusted = vec![certificate.der().to_vec()];
    for option in OPTIONS {
        rig.sign(option).await;
        let honest = rig.faulty(json!({"id": "sig-keyinfo-absent"})).await.unwrap();
        assert_eq!(rig.verified(&honest).as_deref(), Ok(GENUINE), "{option}");
        let forged = rig.faulty(json!({"id": "sig-pkcs1-lax"})).await.unwrap();
        assert!(forged.contains(VICTIM));
        assert_eq!(rig.verified(&forged), Err("signature-invalid"), "{option}");
    }
}
