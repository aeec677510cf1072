//! Encrypted assertions: decrypted with the key that the metadata publishes, and believed for their signature alone.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::MessageDigest;
use saml_accept::{
    c14n, metadata,
    xml::{self, Limits},
};
use saml_emit::{Encryption, Randomness, Signing};
use saml_model::{DataEncryption, KeyTransport, Response, SignatureAlgorithm, SigningOption, names};

use super::{Browser, K0, K1, MAIL, Signer, World, conditions, good, seconds, sign_with};

const RANDOMNESS: Randomness = Randomness {
    session_key: *b"tests of the reference SP only!!",
    iv: *b"and of no other.",
};

/// The certificate that the SP's metadata publishes for encryption.
async fn published(world: &World) -> Vec<u8> {
    let answer = Browser::default().get(world, "/i/upsales/metadata").await;
    let read = metadata::sp(answer.text.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(read.encryption_certificates, read.signing_certificates);
    read.encryption_certificates[0].clone()
}

fn encrypt(
    response: &Response,
    option: SigningOption,
    signer: &Signer,
    (data, key_transport): (DataEncryption, KeyTransport),
    certificate_der: &[u8],
) -> String {
    let signing = Signing {
        algorithm: SignatureAlgorithm::RsaSha256,
        key: signer.key.private(),
        certificate_der: signer.certificate.der(),
    };
    let encryption = Encryption {
        data,
        key_transport,
        certificate_der,
        randomness: &RANDOMNESS,
    };
    saml_emit::encrypted_response(response, option, Some(&signing), &encryption).unwrap()
}

const ENTRA: (DataEncryption, KeyTransport) = (DataEncryption::Aes256Cbc, KeyTransport::RsaOaepMgf1p);

#[tokio::test]
async fn every_algorithm_and_signing_option_signs_in() {
    let world = World::new().await;
    let certificate = published(&world).await;
    for option in [
        SigningOption::Assertion,
        SigningOption::Response,
        SigningOption::ResponseAndAssertion,
    ] {
        for data in DataEncryption::ALL {
            for transport in KeyTransport::ALL {
                let mut browser = Browser::default();
                let request = browser.login(&world, "upsales").await;
                let response = good(&world, "upsales", Some(&request));
                let xml = encrypt(&response, option, &K0, (data, transport), &certificate);
                assert_eq!(browser.outcome(&world, "upsales", &xml).await, "signed-in");
            }
        }
    }
}

#[tokio::test]
async fn what_is_decrypted_is_checked_like_anything_else() {
    let world = World::new().await;
    let certificate = published(&world).await;
    let mut browser = Browser::default();
    let request = browser.login(&world, "upsales").await;
    let response = good(&world, "upsales", Some(&request));
    let mut late = response.clone();
    conditions(&mut late).not_on_or_after = Some(seconds(-3600));
    let assertion = SigningOption::Assertion;
    for (xml, expected) in [
        (
            encrypt(&response, assertion, &K0, ENTRA, K1.certificate.der()),
            "signature-invalid",
        ),
        (
            encrypt(&response, assertion, &K1, ENTRA, &certificate),
            "signature-invalid",
        ),
        (
            encrypt(&response, SigningOption::Response, &K1, ENTRA, &certificate),
            "signature-invalid",
        ),
        (
            encrypt(&late, assertion, &K0, ENTRA, &certificate),
            "outside-validity",
        ),
        (
            encrypt(&response, assertion, &K0, ENTRA, &certificate),
            "signed-in",
        ),
        (
            encrypt(&response, assertion, &K0, ENTRA, &certificate),
            "in-response-to-unknown",
        ),
    ] {
        let outcome = Browser::clone(&browser).outcome(&world, "upsales", &xml).await;
        assert_eq!(outcome, expected, "{}", world.last_cause());
    }
}

/// saml-profiles 4.1.4.2: only an unsigned response with a plain assertion may go without Issuer.
#[tokio::test]
async fn a_response_that_is_signed_or_encrypted_names_its_issuer() {
    let (world, without) = (World::new().await, World::without("issuer-unknown").await);
    for (world, expected) in [(&world, "issuer-unknown"), (&without, "signed-in")] {
        let certificate = published(world).await;
        let anonymous = || {
            let mut response = good(world, "upsales", None);
            response.issuer = None;
            response
        };
        let plain = |option| sign_with(&anonymous(), option, SignatureAlgorithm::RsaSha256, &K0);
        let encrypted = |option| encrypt(&anonymous(), option, &K0, ENTRA, &certificate);
        for (xml, expected) in [
            (plain(SigningOption::Assertion), "signed-in"),
            (plain(SigningOption::Response), expected),
            (plain(SigningOption::ResponseAndAssertion), expected),
            (encrypted(SigningOption::Assertion), expected),
            (encrypted(SigningOption::Response), expected),
        ] {
            assert_eq!(Browser::default().outcome(world, "upsales", &xml).await, expected);
        }
    }
}

/// A debug build that skips the signature check still decrypts, so that the other checks can be shown on encrypted messages.
#[tokio::test]
async fn without_the_signature_check_the_others_are_made() {
    let world = World::without("signature-invalid").await;
    let certificate = published(&world).await;
    let mut browser = Browser::default();
    let request = browser.login(&world, "upsales").await;
    let response = good(&world, "upsales", Some(&request));
    let mut late = response.clone();
    conditions(&mut late).not_on_or_after = Some(seconds(-3600));
    for (response, expected) in [(&late, "outside-validity"), (&response, "signed-in")] {
        let xml = encrypt(response, SigningOption::Assertion, &K1, ENTRA, &certificate);
        let outcome = browser.outcome(&world, "upsales", &xml).await;
        assert_eq!(outcome, expected, "{}", world.last_cause());
    }
}

/// An assertion that is encrypted to the SP, whatever it is.
fn sealed(data: DataEncryption, plaintext: &str, certificate_der: &[u8]) -> String {
    let encryption = Encryption {
        data,
        key_transport: KeyTransport::RsaOaepMgf1p,
        certificate_der,
        randomness: &RANDOMNESS,
    };
    saml_emit::encrypted_assertion(plaintext, &encryption).unwrap()
}

fn plaintext(response: &Response, option: SigningOption, signer: Option<&Signer>) -> String {
    let signing = signer.map(|signer| Signing {
        algorithm: SignatureAlgorithm::RsaSha256,
        key: signer.key.private(),
        certificate_der: signer.certificate.der(),
    });
    let assertion = saml_emit::signed_assertion(response, option, signing.as_ref());
    assertion.unwrap().unwrap()
}

/// The message with another element in place of its EncryptedAssertion.
fn swapped(xml: &str, encrypted: &str) -> String {
    let (before, rest) = xml.split_once("<EncryptedAssertion").unwrap();
    let (_, after) = rest.split_once("</EncryptedAssertion>").unwrap();
    format!("{before}{encrypted}{after}")
}

/// The message with other octets in its last CipherValue.
fn with_octets(xml: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let (before, rest) = xml.rsplit_once("<xenc:CipherValue>").unwrap();
    let (value, after) = rest.split_once("</xenc:CipherValue>").unwrap();
    let mut octets = STANDARD.decode(value).unwrap();
    change(&mut octets);
    let value = STANDARD.encode(octets);
    format!("{before}<xenc:CipherValue>{value}</xenc:CipherValue>{after}")
}

/// The message with the signature of the response made anew, over what it is now, by the trusted key.
fn signed_again(xml: &str) -> String {
    let exclusive = c14n::Exclusive::default();
    let between = |text: &str, tag: &str| {
        let (_, rest) = text.split_once(&format!("<{tag}>")).unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    let digest = {
        let document = xml::parse(xml.as_bytes(), &Limits::default()).unwrap();
        let root = document.root();
        let signature = root.child(names::NS_DSIG, "Signature");
        let canonical = c14n::canonicalize(root, &exclusive, signature).unwrap();
        STANDARD.encode(openssl::sha::sha256(canonical.as_bytes()))
    };
    let xml = xml.replacen(&between(xml, "DigestValue"), &digest, 1);
    let value = {
        let document = xml::parse(xml.as_bytes(), &Limits::default()).unwrap();
        let signature = document.root().child(names::NS_DSIG, "Signature").unwrap();
        let signed_info = signature.child(names::NS_DSIG, "SignedInfo").unwrap();
        let canonical = c14n::canonicalize(signed_info, &exclusive, None).unwrap();
        let mut signer = openssl::sign::Signer::new(MessageDigest::sha256(), K0.key.private()).unwrap();
        STANDARD.encode(signer.sign_oneshot_to_vec(canonical.as_bytes()).unwrap())
    };
    xml.replacen(&between(&xml, "SignatureValue"), &value, 1)
}

/// Catalogue group enc, where the response is not signed: everybody may try, so that nobody may learn. The first column is
/// the row's id.
#[tokio::test]
async fn enc_of_an_unsigned_response() {
    let world = World::new().await;
    let certificate = published(&world).await;
    let assertion = SigningOption::Assertion;
    let good = || good(&world, "upsales", None);
    let gcm = (DataEncryption::Aes256Gcm, KeyTransport::RsaOaepMgf1p);
    let seal = |pair| encrypt(&good(), assertion, &K0, pair, &certificate);
    let cbc = |change: fn(&mut Vec<u8>)| with_octets(&seal(ENTRA), change);
    let tag = |change: fn(&mut Vec<u8>)| with_octets(&seal(gcm), change);
    let inside = |data, plaintext: &str| swapped(&seal(ENTRA), &sealed(data, plaintext, &certificate));
    let own = plaintext(&good(), assertion, Some(&K0));
    let unsigned = plaintext(&good(), assertion, None);
    let forged = plaintext(&good(), assertion, Some(&K1));
    let tampered = own.replace(MAIL, "v@corp");
    let nested = sealed(DataEncryption::Aes256Cbc, &own, &certificate);
    let prefixless = own.replacen(" xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"", "", 1);
    let name_id = own
        .split_once("<NameID")
        .unwrap()
        .1
        .split_once("</NameID>")
        .unwrap()
        .0;
    let encrypted_id = own.replace(
        &format!("<NameID{name_id}</NameID>"),
        &nested.replace("EncryptedAssertion", "EncryptedID"),
    );
    assert_ne!((&own, &own), (&tampered, &encrypted_id));
    let (data_cbc, data_gcm) = (DataEncryption::Aes256Cbc, DataEncryption::Aes256Gcm);
    let mut told = Vec::new();
    for (id, xml, expected) in [
        ("enc-sign-then-encrypt", seal(ENTRA), "signed-in"),
        ("enc-sign-then-encrypt", inside(data_gcm, &own), "signed-in"),
        (
            "enc-wrong-key",
            encrypt(&good(), assertion, &K0, ENTRA, K1.certificate.der()),
            "signature-invalid",
        ),
        (
            "enc-unsigned-inside",
            inside(data_cbc, &unsigned),
            "signature-invalid",
        ),
        (
            "enc-unsigned-inside",
            inside(data_gcm, &unsigned),
            "signature-invalid",
        ),
        (
            "enc-inner-wrong-key",
            inside(data_cbc, &forged),
            "signature-invalid",
        ),
        (
            "enc-inner-wrong-key",
            inside(data_gcm, &forged),
            "signature-invalid",
        ),
        (
            "enc-inner-bad-signature",
            inside(data_cbc, &tampered),
            "signature-invalid",
        ),
        (
            "enc-cbc-bad-padding",
            cbc(|octets| {
                let block = octets.len() - 17;
                octets[block] ^= 0xFF;
            }),
            "signature-invalid",
        ),
        (
            "enc-cbc-bad-padding",
            cbc(|octets| octets.truncate(100)),
            "signature-invalid",
        ),
        (
            "enc-cbc-bad-padding",
            cbc(|octets| octets.truncate(16)),
            "signature-invalid",
        ),
        ("enc-cbc-bad-padding", cbc(Vec::clear), "signature-invalid"),
        (
            "enc-gcm-tag-short",
            tag(|octets| octets.truncate(octets.len() - 12)),
            "signature-invalid",
        ),
        (
            "enc-gcm-tag-short",
            tag(|octets| octets.truncate(12)),
            "signature-invalid",
        ),
        (
            "enc-gcm-tag-flip",
            tag(|octets| *octets.last_mut().unwrap() ^= 1),
            "signature-invalid",
        ),
        (
            "enc-3des",
            seal(ENTRA).replace("#aes256-cbc", "#tripledes-cbc"),
            "signature-invalid",
        ),
        (
            "enc-oaep-params",
            seal((data_cbc, KeyTransport::RsaOaepSha256)),
            "signed-in",
        ),
        ("enc-nested", inside(data_cbc, &nested), "signature-invalid"),
        (
            "enc-nested",
            inside(data_gcm, &format!("{own}{own}")),
            "signature-invalid",
        ),
        ("enc-nested", inside(data_cbc, &seal(ENTRA)), "signature-invalid"),
        (
            "enc-namespace-context",
            inside(data_cbc, &prefixless),
            "signature-invalid",
        ),
        ("enc-nameid", inside(data_cbc, &encrypted_id), "signature-invalid"),
        ("enc-cipherreference", cipher_reference(&seal(ENTRA)), "malformed"),
        ("enc-recipient-many-keys", many_keys(&seal(ENTRA)), "malformed"),
    ] {
        let answer = Browser::default().post(&world, "upsales", &xml, None).await;
        let signed_in = answer.status == StatusCode::SEE_OTHER;
        let outcome = answer.rejection().unwrap_or("signed-in");
        assert_eq!(outcome, expected, "{id}: {}", world.last_cause());
        assert_eq!(signed_in, outcome == "signed-in", "{id}: {}", answer.status);
        if outcome == "signature-invalid" {
            told.push((answer.status, answer.text));
        }
    }
    // Not a word about which it was.
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:#?}");
}

fn cipher_reference(xml: &str) -> String {
    let (before, rest) = xml.rsplit_once("<xenc:CipherValue>").unwrap();
    let (_, after) = rest.split_once("</xenc:CipherValue>").unwrap();
    format!("{before}<xenc:CipherReference URI=\"http://canary.test/\"/>{after}")
}

/// As many keys beside the data (XMLEnc 3.5) as the largest form can hold.
fn many_keys(xml: &str) -> String {
    let key = encrypted_key(xml).repeat(900);
    xml.replacen("</EncryptedAssertion>", &format!("{key}</EncryptedAssertion>"), 1)
}

/// The EncryptedKey with the namespace of what is inside, which comes from around it.
fn encrypted_key(xml: &str) -> String {
    let (_, rest) = xml.split_once("<e:EncryptedKey").unwrap();
    let (inside, _) = rest.split_once("</e:EncryptedKey>").unwrap();
    format!(
        "<e:EncryptedKey xmlns=\"{}\"{inside}</e:EncryptedKey>",
        names::NS_DSIG
    )
}

/// XMLEnc 3.5: the key stands beside the data.
#[tokio::test]
async fn enc_control_key_sibling() {
    let world = World::new().await;
    let certificate = published(&world).await;
    let response = good(&world, "upsales", None);
    let xml = encrypt(&response, SigningOption::Assertion, &K0, ENTRA, &certificate);
    let key = encrypted_key(&xml);
    let (before, rest) = xml
        .split_once(&format!("<KeyInfo xmlns=\"{}\"><e:EncryptedKey", names::NS_DSIG))
        .unwrap();
    let (_, after) = rest.split_once("</e:EncryptedKey></KeyInfo>").unwrap();
    let xml =
        format!("{before}{after}").replace("</EncryptedAssertion>", &format!("{key}</EncryptedAssertion>"));
    let outcome = Browser::default().outcome(&world, "upsales", &xml).await;
    assert_eq!(outcome, "signed-in", "{}", world.last_cause());
}

/// Catalogue group enc, where the response has a signature that holds: what is inside is judged all the same.
#[tokio::test]
async fn enc_of_a_signed_response() {
    let world = World::new().await;
    let certificate = published(&world).await;
    let both = SigningOption::ResponseAndAssertion;
    let seal = || encrypt(&good(&world, "upsales", None), both, &K0, ENTRA, &certificate);
    let again = |plaintext: &str| {
        let encrypted = sealed(DataEncryption::Aes256Cbc, plaintext, &certificate);
        signed_again(&swapped(&seal(), &encrypted))
    };
    let fresh = || good(&world, "upsales", None);
    let own = plaintext(&fresh(), both, Some(&K0));
    for (id, xml, expected) in [
        // What the rig can sign, the SP takes.
        (
            "control",
            again(&plaintext(&fresh(), both, Some(&K0))),
            "signed-in",
        ),
        ("control", again(&plaintext(&fresh(), both, None)), "signed-in"),
        (
            "enc-inner-bad-signature",
            again(&own.replace(MAIL, "v@corp")),
            "signature-invalid",
        ),
        (
            "enc-inner-wrong-key",
            again(&plaintext(&fresh(), both, Some(&K1))),
            "signature-invalid",
        ),
        (
            "enc-ciphertext-swap",
            swapped(&seal(), &sealed(DataEncryption::Aes256Cbc, &own, &certificate)),
            "signature-invalid",
        ),
    ] {
        let outcome = Browser::default().outcome(&world, "upsales", &xml).await;
        assert_eq!(outcome, expected, "{id}: {}", world.last_cause());
    }
}

/// `enc-ciphertext-swap`: what was encrypted for one browser's sign-on does not answer another's.
#[tokio::test]
async fn a_captured_assertion_answers_nobody_elses_request() {
    let world = World::new().await;
    let certificate = published(&world).await;
    let (mut victim, mut attacker) = (Browser::default(), Browser::default());
    let captured = victim.login(&world, "upsales").await;
    let asked = attacker.login(&world, "upsales").await;
    let seal = |request: &str| {
        let response = good(&world, "upsales", Some(request));
        encrypt(&response, SigningOption::Assertion, &K0, ENTRA, &certificate)
    };
    let captured = seal(&captured);
    let (_, rest) = captured.split_once("<EncryptedAssertion").unwrap();
    let (inside, _) = rest.split_once("</EncryptedAssertion>").unwrap();
    let element = format!("<EncryptedAssertion{inside}</EncryptedAssertion>");
    let outcome = attacker
        .outcome(&world, "upsales", &swapped(&seal(&asked), &element))
        .await;
    assert_eq!(outcome, "in-response-to-unknown", "{}", world.last_cause());
    assert_eq!(victim.outcome(&world, "upsales", &captured).await, "signed-in");
}

/// `enc-required-but-plain`: a setting, off by default; a forgery is told nothing of it.
#[tokio::test]
async fn plain_assertions_are_refused_where_encryption_is_demanded() {
    let world = World::new().await;
    let certificate = published(&world).await;
    let body = r#"{"set":{"require_encryption":true}}"#;
    let answer = world.hook("upsales", "set", body).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    let response = || good(&world, "upsales", None);
    for (xml, expected) in [
        (super::sign(&response()), "not-encrypted"),
        (
            super::sign_with(
                &response(),
                SigningOption::Response,
                SignatureAlgorithm::RsaSha256,
                &K1,
            ),
            "signature-invalid",
        ),
        (
            encrypt(&response(), SigningOption::Assertion, &K0, ENTRA, &certificate),
            "signed-in",
        ),
    ] {
        let outcome = Browser::default().outcome(&world, "upsales", &xml).await;
        assert_eq!(outcome, expected, "{}", world.last_cause());
    }
}
