//! Encrypted assertions: decrypted with the key that the metadata publishes, and believed for their signature alone.

use saml_accept::{metadata, xml::Limits};
use saml_emit::{Encryption, Randomness, Signing};
use saml_model::{DataEncryption, KeyTransport, Response, SignatureAlgorithm, SigningOption};

use super::{Browser, K0, K1, Signer, World, conditions, good, seconds};

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
