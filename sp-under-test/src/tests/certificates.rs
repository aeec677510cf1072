//! Which certificates of an identity provider are trusted, and when (entra-behaviour.md section 5).

use std::sync::{Arc, Mutex};

use super::{
    control::{metadata, serve},
    settings::{outcome, send, untrusted},
    *,
};

/// As an expired one, at the other end. Who is behind by what a valid assertion allows is not told so.
#[tokio::test]
async fn a_certificate_that_is_not_valid_yet_signs_nobody_in() {
    let world = World::new().await;
    let expired = certificate(&K0.key, "2023-11-01T00:00:00Z", "2026-11-23T09:59:59Z");
    let later = |from: &str| certificate(&K0.key, from, "2029-11-23T00:00:00Z");
    let at = |seconds_ahead: i64| later(&seconds(seconds_ahead).to_string());
    // Left out of the keys, so that the places of those that follow it are others.
    let key = SigningKey::generate(KeySize::Rsa1024).unwrap();
    let weak = certificate(&key, "2026-01-01T00:00:00Z", "2029-01-01T00:00:00Z");
    for (certificates, expected) in [
        (vec![at(8 * 60)], "signed-in"),
        (vec![at(8 * 60 + 1)], "certificate-not-yet-valid"),
        (
            vec![K1.certificate.clone(), at(86_400)],
            "certificate-not-yet-valid",
        ),
        // The same key certified before.
        (vec![at(86_400), K0.certificate.clone()], "signed-in"),
        // None of them is valid now.
        (vec![at(86_400), expired.clone()], "certificate-not-yet-valid"),
        (vec![expired.clone(), at(86_400)], "certificate-not-yet-valid"),
        (vec![weak.clone(), at(86_400)], "certificate-not-yet-valid"),
        (vec![weak, expired.clone()], "certificate-expired"),
        (vec![expired], "certificate-expired"),
    ] {
        world.provider("upsales", |provider| {
            provider.state().trust = Some(Trust {
                certificates: certificates.clone(),
                ..trust()
            });
        });
        let xml = sign(&good(&world, "upsales", None));
        let outcome = Browser::default().outcome(&world, "upsales", &xml).await;
        assert_eq!(outcome, expected, "{certificates:?}");
    }
    // A clock that is far behind is told by the assertion first.
    world.provider("upsales", |provider| {
        provider.state().trust = Some(Trust {
            certificates: vec![at(86_400)],
            ..trust()
        });
    });
    let xml = sign(&good(&world, "upsales", None));
    world.show(seconds(-3600));
    assert_eq!(
        Browser::default().outcome(&world, "upsales", &xml).await,
        "outside-validity"
    );
}

/// A key of 1024 bits signs nobody in, and the cause says why; a good one beside it does.
#[tokio::test]
async fn a_weak_key_is_not_trusted() {
    let world = World::new().await;
    let key = SigningKey::generate(KeySize::Rsa1024).unwrap();
    let weak = Signer {
        certificate: certificate(&key, "2026-01-01T00:00:00Z", "2029-01-01T00:00:00Z"),
        key,
    };
    let by = |world: &World, signer: &Signer| {
        let response = good(world, "upsales", None);
        sign_with(
            &response,
            SigningOption::Assertion,
            SignatureAlgorithm::RsaSha256,
            signer,
        )
    };
    let why = format!(
        "the certificate {} is not trusted: its RSA key has 1024 bits, fewer than 2048",
        weak.certificate.thumbprint()
    );
    for (certificates, good_outcome, cause) in [
        (
            vec![weak.certificate.clone(), K0.certificate.clone()],
            "signed-in",
            "no trusted key verifies the signature; ",
        ),
        (
            vec![weak.certificate.clone()],
            "signature-invalid",
            "there is no certificate to trust; ",
        ),
    ] {
        world.provider("upsales", |provider| {
            provider.state().trust = Some(Trust {
                certificates,
                ..trust()
            });
        });
        let xml = by(&world, &weak);
        let outcome = Browser::default().outcome(&world, "upsales", &xml).await;
        assert_eq!(outcome, "signature-invalid");
        let told = world.last_cause();
        assert!(told.contains(&format!("{cause}{why}")), "{told}");
        let xml = by(&world, &K0);
        assert_eq!(
            Browser::default().outcome(&world, "upsales", &xml).await,
            good_outcome
        );
    }
}

/// A certificate with a weak key is refused where it is pasted, and told of where it is in the metadata; the rest of the
/// metadata is in force.
#[tokio::test]
async fn a_weak_key_is_told_where_trust_is_read() {
    let world = World::new().await;
    untrusted(&world, "upsales");
    let key = SigningKey::generate(KeySize::Rsa1024).unwrap();
    let weak = certificate(&key, "2026-01-01T00:00:00Z", "2029-01-01T00:00:00Z");
    let sentence = format!(
        "he certificate {} is not trusted: its RSA key has 1024 bits, fewer than 2048.",
        weak.thumbprint()
    );
    let url = serve(Arc::new(Mutex::new(metadata(ISSUER, &[&weak, &K0.certificate])))).await;
    let texts = [("log_in_url", url.as_str()), ("certificate", &weak.pem())];
    let (refused, _) = send(&world, "upsales", "enable", &texts, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.page().contains(&sentence), "{}", refused.page());

    let texts = [("log_in_url", url.as_str())];
    let (saved, page) = send(&world, "upsales", "enable", &texts, &[]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.page());
    // Once as a notice, and where the certificate is listed.
    assert_eq!(page.page().matches(&sentence).count(), 2, "{}", page.page());
    assert_eq!(outcome(&world, "upsales", &K0).await, "signed-in");
    let (_, page) = send(&world, "upsales", "refresh", &[], &[]).await;
    assert_eq!(page.page().matches(&sentence).count(), 2, "{}", page.page());

    let answer = world.hook("upsales", "refresh_trust", "{}").await;
    assert_eq!(answer.status, StatusCode::OK);
    let refreshed: control_api::sp::Refreshed = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(
        refreshed.notices,
        [format!("t{}", sentence.trim_end_matches('.'))]
    );
    let good = serve(Arc::new(Mutex::new(metadata(ISSUER, &[&K0.certificate])))).await;
    let call = format!("{{\"metadata_url\":\"{good}\"}}");
    let answer = world.hook("upsales", "refresh_trust", &call).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
}

/// A key with which anybody signs, and kinds of key with which nobody here does, are left out, and the good one beside them
/// still signs in.
#[tokio::test]
async fn a_key_that_cannot_be_trusted_does_not_take_the_others_along() {
    use openssl::{asn1::Asn1Time, bn::BigNum, hash::MessageDigest, pkey::PKey, rsa::Rsa, x509::X509};
    let signing = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let certificate_of = |public: &PKey<openssl::pkey::Public>| {
        let mut builder = X509::builder().unwrap();
        builder.set_pubkey(public).unwrap();
        builder
            .set_not_before(&Asn1Time::days_from_now(0).unwrap())
            .unwrap();
        builder
            .set_not_after(&Asn1Time::days_from_now(900).unwrap())
            .unwrap();
        builder.sign(&signing, MessageDigest::sha256()).unwrap();
        Certificate::from_der(&builder.build().to_der().unwrap()).unwrap()
    };
    let modulus = || signing.rsa().unwrap().n().to_owned().unwrap();
    let with_exponent = |exponent: u32| {
        let rsa = Rsa::from_public_components(modulus(), BigNum::from_u32(exponent).unwrap()).unwrap();
        certificate_of(&PKey::from_rsa(rsa).unwrap())
    };
    let ed25519 = PKey::generate_ed25519().unwrap();
    let ed25519 = PKey::public_key_from_der(&ed25519.public_key_to_der().unwrap()).unwrap();
    let world = World::new().await;
    for (other, why) in [
        (with_exponent(1), "an exponent that is even or below 65537"),
        (with_exponent(3), "an exponent that is even or below 65537"),
        (
            with_exponent(65_536 + 2),
            "an exponent that is even or below 65537",
        ),
        (certificate_of(&ed25519), "neither an RSA key nor one of P-256"),
    ] {
        let told = crate::trust::weakness(&other).unwrap();
        assert!(told.contains(why), "{told}");
        world.provider("upsales", |provider| {
            provider.state().trust = Some(Trust {
                certificates: vec![other.clone(), K0.certificate.clone()],
                ..trust()
            });
        });
        let xml = sign(&good(&world, "upsales", None));
        assert_eq!(
            Browser::default().outcome(&world, "upsales", &xml).await,
            "signed-in",
            "{why}"
        );
    }
    assert_eq!(crate::trust::weakness(&with_exponent(65_537)), None);
}
