//! Token encryption (entra-behaviour.md 3.7): the test is the service provider and has its key.

mod faults;

use std::sync::LazyLock;

use certs::{Certificate, CertificateSpec, KeySize, SigningKey};
use control_api::flow::IdpEvent;
use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, BigNumRef};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{HasPublic, PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::symm::{Cipher, decrypt};
use openssl::x509::X509;
use proptest::prelude::*;
use saml_accept::decryption::{Cbc, DecryptionKeys, DecryptionPolicy, Rsa15};
use saml_accept::response::{EncryptedResponseError, SignedAssertion, UnverifiedResponse};
use saml_accept::signature::{Sha1, SignatureError, TrustedKeys};
use saml_accept::xml::Limits;
use saml_model::names;
use serde_json::{Value, json};

use crate::agent::{Agent, Mock, redirect, request};

const APP: &str = "sipgate";

const OPTIONS: [&str; 3] = ["assertion", "response", "response-and-assertion"];
const DATA: [&str; 4] = ["aes256-cbc", "aes256-gcm", "aes128-cbc", "aes128-gcm"];
const KEY_TRANSPORTS: [&str; 3] = ["rsa-oaep-mgf1p", "rsa-1_5", "rsa-oaep-sha256"];

/// The service provider's key.
struct Recipient {
    key: SigningKey,
    certificate: Certificate,
}

static SP: LazyLock<Recipient> = LazyLock::new(Recipient::new);
static OTHER: LazyLock<Recipient> = LazyLock::new(Recipient::new);

impl Recipient {
    /// Its certificate has expired, which nobody minds (uncertain).
    fn new() -> Self {
        let key = SigningKey::generate(KeySize::Rsa2048).unwrap();
        let spec = CertificateSpec {
            common_name: "sp.example".to_owned(),
            serial: [7; 16],
            not_before: "2019-01-01T00:00:00Z".parse().unwrap(),
            not_after: "2020-01-01T00:00:00Z".parse().unwrap(),
        };
        let certificate = Certificate::self_signed(&key, &spec).unwrap();
        Self { key, certificate }
    }

    fn open(&self, trusted: &[Vec<u8>], xml: &str) -> Result<SignedAssertion, EncryptedResponseError> {
        let policy = DecryptionPolicy {
            cbc: Cbc::Allowed,
            rsa_1_5: Rsa15::Allowed,
            recipient: None,
        };
        let keys = DecryptionKeys::new([self.key.private()], policy).unwrap();
        let trust = TrustedKeys::from_certificates(trusted.iter().map(Vec::as_slice), Sha1::Refused).unwrap();
        UnverifiedResponse::parse(xml.as_bytes(), &Limits::default())
            .map_err(SignatureError::Malformed)?
            .decrypt_and_verify(&keys, &trust)
    }

    /// What was encrypted, by OpenSSL alone: Entra's algorithms.
    fn plaintext(&self, xml: &str) -> String {
        let values: Vec<_> = xml.split("CipherValue>").skip(1).step_by(2).collect();
        let [wrapped, data] = values[..] else {
            panic!("{xml}")
        };
        let bytes = |text: &str| openssl::base64::decode_block(text.split("</").next().unwrap()).unwrap();
        let (wrapped, data) = (bytes(wrapped), bytes(data));
        let mut session_key = [0; 256];
        let rsa = self.key.private().rsa().unwrap();
        let length = rsa
            .private_decrypt(&wrapped, &mut session_key, Padding::PKCS1_OAEP)
            .unwrap();
        let (iv, ciphertext) = data.split_at(16);
        let opened = decrypt(
            Cipher::aes_256_cbc(),
            &session_key[..length],
            Some(iv),
            ciphertext,
        );
        String::from_utf8(opened.unwrap()).unwrap()
    }
}

async fn act(mock: &Mock, action: &str, name: &str) -> Value {
    let body = json!({"app": APP, "action": action, "name": name});
    mock.control("POST", "/token-encryption", body).await
}

async fn import(mock: &Mock, name: &str, certificate: &str) -> Value {
    let body = json!({"app": APP, "action": "import", "name": name, "certificate": certificate});
    mock.control("POST", "/token-encryption", body).await
}

/// A mock whose sipgate encrypts to the SP, and the certificates that the SP trusts.
async fn encrypting() -> (Mock, Vec<Vec<u8>>) {
    let mock = Mock::contoso();
    import(&mock, "sp", &SP.certificate.pem()).await;
    act(&mock, "activate", "sp").await;
    let trusted = mock.certificates(APP).await;
    (mock, trusted)
}

/// A browser that needs no page.
fn agent(mock: &Mock) -> Agent {
    let mut agent = mock.agent();
    let header = (control_api::USER_HEADER, "B.Simon".to_owned());
    agent.headers.push(header);
    agent
}

async fn response(mock: &Mock, agent: &mut Agent) -> String {
    let app = mock.app(APP);
    agent.get(&redirect(&app, &request(&app))).await.delivered().xml
}

/// Importing alone changes nothing; activating encrypts, deactivating stops it.
#[tokio::test]
async fn the_active_certificate_is_what_the_assertion_is_encrypted_to() {
    let mock = Mock::contoso();
    let trusted = mock.certificates(APP).await;
    let mut agent = agent(&mock);
    agent.flow = Some("f".to_owned());
    let listed = |info: &Value| {
        let apps = info["apps"].as_array().unwrap();
        let app = apps.iter().find(|app| app["name"] == APP).unwrap();
        app["encryption_certificates"].clone()
    };
    let shown = |name: &str, status: &str, sp: &Recipient| json!({"name": name, "status": status, "thumbprint": sp.certificate.thumbprint(), "expires": "2020-01-01T00:00:00Z"});
    let info = import(&mock, "sp", &SP.certificate.base64()).await;
    assert_eq!(listed(&info), json!([shown("sp", "inactive", &SP)]));
    let plain = response(&mock, &mut agent).await;
    assert!(plain.contains("<Assertion ") && !plain.contains("Encrypted"));

    act(&mock, "activate", "sp").await;
    let xml = response(&mock, &mut agent).await;
    let opened = SP.open(&trusted, &xml).unwrap();
    assert!(opened.was_encrypted() && opened.assertion_is_signed() && !opened.response_is_signed());
    assert!(!xml.contains("<Assertion ") && !xml.contains("b.simon"), "{xml}");
    assert!(SP.plaintext(&xml).starts_with("<Assertion ID=\"_"));
    assert!(OTHER.open(&trusted, &xml).is_err());

    // Another one becomes active: the first does not stay so.
    import(&mock, "next", &OTHER.certificate.pem()).await;
    let info = act(&mock, "activate", "next").await;
    let expected = json!([shown("sp", "inactive", &SP), shown("next", "active", &OTHER)]);
    assert_eq!(listed(&info), expected);
    let page = mock.agent().get("/").await.body;
    for (name, sp) in [("sp: inactive", &*SP), ("next: active", &OTHER)] {
        let row = format!("{name}, {}", sp.certificate.thumbprint());
        assert!(page.contains(&row), "{row} in {page}");
    }
    let xml = response(&mock, &mut agent).await;
    assert!(OTHER.open(&trusted, &xml).is_ok() && SP.open(&trusted, &xml).is_err());

    act(&mock, "deactivate", "next").await;
    assert!(response(&mock, &mut agent).await.contains("<Assertion "));
    let info = act(&mock, "delete", "next").await;
    assert_eq!(listed(&info), json!([shown("sp", "inactive", &SP)]));

    let events = mock.flow("f").await.events;
    let encrypted_to: Vec<_> = events
        .into_iter()
        .filter_map(|event| match event {
            IdpEvent::ResponseIssued { encrypted_to, .. } => Some(encrypted_to),
            _ => None,
        })
        .collect();
    let thumbprint = |sp: &Recipient| Some(sp.certificate.thumbprint());
    assert_eq!(encrypted_to, [None, thumbprint(&SP), thumbprint(&OTHER), None]);
}

#[tokio::test]
async fn every_signing_option_and_algorithm_is_opened_by_the_sp() {
    let (mock, trusted) = encrypting().await;
    let mut agent = agent(&mock);
    for option in OPTIONS {
        for data in DATA {
            for transport in KEY_TRANSPORTS {
                let words = json!({"data": data, "key_transport": transport});
                mock.patch_app(
                    APP,
                    json!({"signing": {"option": option}, "token_encryption": words}),
                )
                .await;
                let xml = response(&mock, &mut agent).await;
                let case = format!("{option} {data} {transport}");
                let opened = SP
                    .open(&trusted, &xml)
                    .unwrap_or_else(|error| panic!("{case}: {error}"));
                assert_eq!(
                    opened.response_is_signed(),
                    option.starts_with("response"),
                    "{case}"
                );
                assert_eq!(
                    opened.assertion_is_signed(),
                    option.ends_with("assertion"),
                    "{case}"
                );
            }
        }
    }
}

/// No two messages share session key or initialisation vector.
#[tokio::test]
async fn every_message_has_its_own_random_values() {
    let (mock, _) = encrypting().await;
    mock.patch_app(APP, json!({"token_encryption": {"key_transport": "rsa-1_5"}}))
        .await;
    let mut agent = agent(&mock);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let xml = response(&mock, &mut agent).await;
        let values: Vec<_> = xml.split("CipherValue>").skip(1).step_by(2).collect();
        let bytes = |text: &str| openssl::base64::decode_block(text.split("</").next().unwrap()).unwrap();
        let rsa = SP.key.private().rsa().unwrap();
        let mut session_key = vec![0; 256];
        let length = rsa.private_decrypt(&bytes(values[0]), &mut session_key, Padding::PKCS1);
        session_key.truncate(length.unwrap());
        assert_eq!(session_key.len(), 32);
        seen.insert(session_key);
        seen.insert(bytes(values[1])[..16].to_vec());
    }
    assert_eq!(seen.len(), 6);
}

/// The tile, and the control route that signs in without a page.
#[tokio::test]
async fn every_way_in_is_encrypted_and_a_failure_is_not() {
    let (mock, trusted) = encrypting().await;
    let mut browser = agent(&mock);
    let tile = browser.get(&mock.app(APP).launch).await.delivered().xml;
    let body = json!({"user": "B.Simon", "app": APP});
    let answer = mock.control("POST", "/sign-in", body).await;
    let message = answer["response"]["saml_response"].as_str().unwrap();
    let headless = String::from_utf8(openssl::base64::decode_block(message).unwrap()).unwrap();
    for xml in [tile, headless] {
        assert!(SP.open(&trusted, &xml).unwrap().was_encrypted());
    }
    let app = mock.app(APP);
    let mut passive = request(&app);
    passive.is_passive = true;
    let failure = mock.agent().get(&redirect(&app, &passive)).await.delivered().xml;
    assert!(failure.contains(names::STATUS_NO_PASSIVE) && !failure.contains("Encrypted"));
}

/// `tokenEncryptionKeyId` names a key that is not there.
#[tokio::test]
async fn required_and_not_active_is_50007() {
    let (mock, trusted) = encrypting().await;
    mock.patch_app(APP, json!({"token_encryption": {"required": true}}))
        .await;
    let mut agent = agent(&mock);
    assert!(SP.open(&trusted, &response(&mock, &mut agent).await).is_ok());
    act(&mock, "deactivate", "sp").await;
    let app = mock.app(APP);
    let page = agent.get(&redirect(&app, &request(&app))).await;
    assert_eq!(page.aadsts().as_deref(), Some("AADSTS50007"), "{}", page.body);
}

#[tokio::test]
async fn what_cannot_be_done_is_told() {
    let (mock, _) = encrypting().await;
    let pem = SP.certificate.pem();
    for (action, message) in [
        (
            json!({"action": "activate", "name": "spp"}),
            "app `sipgate`: there is no encryption certificate `spp` in this tenant; did you mean `sp`?",
        ),
        (
            json!({"action": "import", "name": "sp", "certificate": pem}),
            "app `sipgate`: there is an encryption certificate `sp` already",
        ),
        (
            json!({"action": "import", "name": "next"}),
            "app `sipgate`: `certificate` is missing: `import` takes the SP's certificate, as PEM or as base64 of its DER",
        ),
        (
            json!({"action": "delete", "name": "sp"}),
            "app `sipgate`: the encryption certificate `sp` is active: deactivate token encryption first",
        ),
        (
            json!({"action": "activate", "name": "sp", "certificate": pem}),
            "app `sipgate`: `certificate` goes with `import`",
        ),
    ] {
        let mut body = action;
        body["app"] = json!(APP);
        assert_eq!(refused(&mock, body).await, message);
    }
    act(&mock, "deactivate", "sp").await;
    let body = json!({"app": APP, "action": "deactivate", "name": "sp"});
    assert_eq!(
        refused(&mock, body).await,
        "app `sipgate`: the encryption certificate `sp` is not active"
    );
}

async fn refused(mock: &Mock, body: Value) -> String {
    let page = mock.try_control("POST", "/token-encryption", body).await;
    assert_eq!(page.status, 400, "{}", page.body);
    let answer: Value = serde_json::from_str(&page.body).unwrap();
    answer["error"].as_str().unwrap().to_owned()
}

/// Whoever imports what nothing can be encrypted to is told so, and the tenant stays as it was.
#[tokio::test]
async fn only_certificates_with_an_rsa_key_are_imported() {
    let (mock, trusted) = encrypting().await;
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let elliptic = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let short = PKey::from_rsa(Rsa::generate(768).unwrap()).unwrap();
    let sound = Rsa::generate(2048).unwrap();
    let public = |modulus: &BigNumRef, exponent: u32| {
        let (modulus, exponent) = (modulus.to_owned().unwrap(), BigNum::from_u32(exponent).unwrap());
        PKey::from_rsa(Rsa::from_public_components(modulus, exponent).unwrap()).unwrap()
    };
    let mut even = sound.n().to_owned().unwrap();
    even.clear_bit(0).unwrap();
    for (certificate, message) in [
        (
            certified(&public(sound.n(), 1), &short),
            "its RSA key has an exponent that is even or 1",
        ),
        (
            certified(&public(&even, 65537), &short),
            "nothing can be encrypted to it",
        ),
        (certificate(&elliptic), "its key is not an RSA key"),
        (
            certificate(&short),
            "its RSA key has 768 bits: expected at least 1024",
        ),
        (
            "no certificate".to_owned(),
            "it is neither PEM nor DER, and as base64 it is wrong",
        ),
    ] {
        let body = json!({"app": APP, "action": "import", "name": "x", "certificate": certificate});
        let told = refused(&mock, body).await;
        let start = "app `sipgate`: the encryption certificate `x`: ";
        assert!(told.starts_with(start) && told.contains(message), "{told}");
    }
    let xml = response(&mock, &mut agent(&mock)).await;
    assert!(SP.open(&trusted, &xml).is_ok());
}

fn certificate(key: &PKey<Private>) -> String {
    certified(key, key)
}

fn certified<T: HasPublic>(key: &PKey<T>, by: &PKey<Private>) -> String {
    let mut builder = X509::builder().unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(1).unwrap()).unwrap();
    builder.sign(by, MessageDigest::sha256()).unwrap();
    String::from_utf8(builder.build().to_pem().unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the claims are: what the SP decrypts is what it would have been sent, and its signature holds.
    #[test]
    fn what_is_decrypted_is_the_plain_assertion(
        given_name in r"\PC{1,40}",
        surname in r"\PC{1,40}",
        constant in r"\PC{1,200}",
        option in 0..3_usize,
        data in 0..4_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (plain, opened) = runtime.block_on(async {
            let (mock, trusted) = encrypting().await;
            mock.control("PUT", "/clock", json!({"freeze": true})).await;
            let values = json!({"given_name": given_name, "surname": surname});
            mock.control("POST", "/users", json!({"user": "B.Simon", "action": "set", "values": values})).await;
            let claims = json!([{"name": "constant", "value": constant}]);
            let app = json!({"signing": {"option": OPTIONS[option]}, "claims": claims, "token_encryption": {"data": DATA[data]}});
            mock.patch_app(APP, app).await;
            let mut agent = agent(&mock);
            let opened = SP.open(&trusted, &response(&mock, &mut agent).await);
            act(&mock, "deactivate", "sp").await;
            (mock.verify(APP, &response(&mock, &mut agent).await).await, opened)
        });
        let (plain, opened) = (plain.unwrap(), opened.unwrap());
        prop_assert!(opened.was_encrypted() && !plain.was_encrypted());
        let (plain, opened) = (plain.into_assertion(), opened.into_assertion());
        prop_assert_eq!(&opened.attributes, &plain.attributes);
        prop_assert_eq!(opened.name_id(), plain.name_id());
        prop_assert_eq!(&opened.issuer, &plain.issuer);
        prop_assert_eq!(
            opened.conditions.unwrap().audience_restrictions,
            plain.conditions.unwrap().audience_restrictions
        );
    }
}
