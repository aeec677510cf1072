//! How long metadata is used, when it is fetched again, and who has to have signed it (saml-metadata 2.3.2; IIP-MD03, MD04).

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{extract::State, routing::get};
use control_api::sp::Refreshed;

use super::{
    control::{document, metadata},
    settings::outcome,
    *,
};

/// What is served at one address, and how often it was asked for.
#[derive(Clone, Default)]
struct Served {
    document: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl Served {
    fn publish(&self, document: impl Into<String>) {
        *self.document.lock().unwrap() = document.into();
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// A world whose Upsales trusts [`K0`] at an address.
async fn rig(skip: Option<&str>) -> (World, Served) {
    let served = Served::default();
    served.publish(metadata(ISSUER, &[&K0.certificate]));
    let answer = async |State(served): State<Served>| {
        served.asked.fetch_add(1, Ordering::SeqCst);
        served.document.lock().unwrap().clone()
    };
    let routes = Router::new().route("/m", get(answer)).with_state(served.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://localhost:{}/m", listener.local_addr().unwrap().port());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let world = match skip {
        Some(check) => World::without(check).await,
        None => World::new().await,
    };
    world.provider("upsales", |provider| {
        provider.state().trust = Some(Trust {
            metadata_url: Some(url),
            ..trust()
        });
    });
    (world, served)
}

/// The document with more attributes of its root element.
fn with(attributes: &str, certificates: &[&Certificate]) -> String {
    let honest = metadata(ISSUER, certificates);
    let changed = honest.replacen(" entityID=", &format!(" {attributes} entityID="), 1);
    assert_ne!(honest, changed);
    changed
}

fn signed(certificates: &[&Certificate], signer: &Signer) -> String {
    let signing = Signing {
        algorithm: SignatureAlgorithm::RsaSha256,
        key: signer.key.private(),
        certificate_der: signer.certificate.der(),
    };
    saml_emit::idp_metadata(&document(ISSUER, certificates), Some(&signing)).unwrap()
}

async fn refresh(world: &World) -> (StatusCode, String) {
    let answer = world.hook("upsales", "refresh_trust", "{}").await;
    (answer.status, answer.text)
}

async fn both(world: &World) -> (String, String) {
    (
        outcome(world, "upsales", &K0).await,
        outcome(world, "upsales", &K1).await,
    )
}

fn outcomes(first: &str, second: &str) -> (String, String) {
    (first.to_owned(), second.to_owned())
}

/// Catalogue meta-signed-wrong-key, meta-signed-by-embedded-cert, meta-xsw, meta-unsigned. What a trusted key signed may
/// bring in the next, which may then sign the document.
#[tokio::test]
async fn where_it_has_to_be_signed_a_key_that_is_trusted_already_signs() {
    let (world, served) = rig(None).await;
    let set = world
        .hook("upsales", "set", r#"{"set":{"metadata_signed":true}}"#)
        .await;
    assert_eq!(set.status, StatusCode::NO_CONTENT, "{}", set.text);
    let keys = [&K0.certificate, &K1.certificate];
    let genuine = signed(&[&K0.certificate], &K0);
    let forged = metadata(ISSUER, &keys).replace("ID=\"_m\"", "ID=\"_f\"");
    let forged = forged.trim_start_matches('\u{feff}');
    let root = genuine.split_once("?>").unwrap().1;
    let forged_root = forged.split_once("?>").unwrap().1;
    let (start, rest) = forged_root.split_once('>').unwrap();
    let bad = [
        (metadata(ISSUER, &keys), "EntityDescriptor is not signed"),
        (signed(&keys, &K1), "not signed by a trusted key"),
        (signed(&[&K1.certificate], &K1), "not signed by a trusted key"),
        (
            signed(&keys, &K0).replace("/saml2\"", "/saml3\""),
            "not signed by a trusted key",
        ),
        (
            format!(
                "<EntitiesDescriptor xmlns=\"{}\">{forged_root}{root}</EntitiesDescriptor>",
                names::NS_METADATA
            ),
            "EntitiesDescriptor",
        ),
        (
            format!("{start}><Extensions>{root}</Extensions>{rest}"),
            "EntityDescriptor is not signed",
        ),
    ];
    for (document, reason) in bad {
        served.publish(document);
        let (status, text) = refresh(&world).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{reason}");
        assert!(
            text.contains(reason) && text.contains("1 certificate(s) known before are kept"),
            "{reason}: {text}"
        );
        assert_eq!(both(&world).await, outcomes("signed-in", "signature-invalid"));
    }
    served.publish(signed(&keys, &K0));
    assert_eq!(refresh(&world).await.0, StatusCode::NO_CONTENT);
    assert_eq!(both(&world).await, outcomes("signed-in", "signed-in"));
    served.publish(signed(&[&K1.certificate], &K1));
    assert_eq!(refresh(&world).await.0, StatusCode::NO_CONTENT);
    assert_eq!(both(&world).await, outcomes("signature-invalid", "signed-in"));
    // The first document of all is trusted for where it is.
    let url = world.provider("upsales", |provider| {
        let trust = provider.state().trust.take();
        trust.and_then(|trust| trust.metadata_url).unwrap()
    });
    served.publish(metadata(ISSUER, &[&K0.certificate]));
    let call = format!(r#"{{"metadata_url":"{url}"}}"#);
    let first = world.hook("upsales", "refresh_trust", &call).await;
    assert_eq!(first.status, StatusCode::NO_CONTENT, "{}", first.text);

    let (unchecked, served) = rig(Some("signature-invalid")).await;
    unchecked
        .hook("upsales", "set", r#"{"set":{"metadata_signed":true}}"#)
        .await;
    served.publish(metadata(ISSUER, &keys));
    assert_eq!(refresh(&unchecked).await.0, StatusCode::NO_CONTENT);
}

/// Catalogue meta-validuntil-past: it is not taken over, and what was taken over ends.
#[tokio::test]
async fn metadata_is_used_as_long_as_it_says() {
    let (world, served) = rig(None).await;
    let until = |instant: Timestamp| {
        with(
            &format!("validUntil=\"{instant}\""),
            &[&K0.certificate, &K1.certificate],
        )
    };
    served.publish(until(now()));
    let (status, text) = refresh(&world).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        text.contains("the metadata was valid until 2026-11-23T10:00:00Z"),
        "{text}"
    );
    assert_eq!(both(&world).await, outcomes("signed-in", "signature-invalid"));

    served.publish(until(seconds(120)));
    assert_eq!(refresh(&world).await.0, StatusCode::NO_CONTENT);
    assert_eq!(both(&world).await, outcomes("signed-in", "signed-in"));
    // It is over, and there is no other.
    world.show(seconds(120));
    let xml = sign(&good(&world, "upsales", None));
    let refused = Browser::default().outcome(&world, "upsales", &xml).await;
    assert_eq!(refused, "signature-invalid");
    assert!(
        world.last_cause().contains("its metadata is no longer valid"),
        "{}",
        world.last_cause()
    );
    let login = Browser::default().get(&world, "/i/upsales/login").await;
    assert_eq!(login.status, StatusCode::CONFLICT);
    // There is one again, and the next sign-on finds it.
    served.publish(until(seconds(3600)));
    world.show(seconds(181));
    assert_eq!(both(&world).await, outcomes("signed-in", "signed-in"));

    let (unchecked, served) = rig(Some("outside-validity")).await;
    served.publish(until(seconds(-120)));
    assert_eq!(refresh(&unchecked).await.0, StatusCode::NO_CONTENT);
    assert_eq!(outcome(&unchecked, "upsales", &K1).await, "signed-in");
}

/// Catalogue meta-cacheduration, meta-fetch-failure.
#[tokio::test]
async fn metadata_is_fetched_again_when_it_was_kept_for_long_enough() {
    let (world, served) = rig(None).await;
    served.publish(with("cacheDuration=\"PT1M\"", &[&K0.certificate]));
    assert_eq!(refresh(&world).await.0, StatusCode::NO_CONTENT);
    served.publish(with("cacheDuration=\"PT1M\"", &[&K1.certificate]));
    world.show(seconds(59));
    assert_eq!(both(&world).await, outcomes("signed-in", "signature-invalid"));
    assert_eq!(served.asked(), 1);
    world.show(seconds(60));
    assert_eq!(both(&world).await, outcomes("signature-invalid", "signed-in"));
    assert_eq!(served.asked(), 2);
    // What cannot be had is not asked for all the time, and the last good one stays.
    served.publish("");
    world.show(seconds(120));
    assert_eq!(both(&world).await, outcomes("signature-invalid", "signed-in"));
    assert_eq!(served.asked(), 3);
    world.show(seconds(179));
    assert_eq!(outcome(&world, "upsales", &K1).await, "signed-in");
    assert_eq!(served.asked(), 3);
    world.show(seconds(180));
    served.publish(with("cacheDuration=\"a minute\"", &[&K0.certificate]));
    assert_eq!(both(&world).await, outcomes("signed-in", "signature-invalid"));
    assert_eq!(served.asked(), 4);
    world.show(seconds(3600));
    assert_eq!(outcome(&world, "upsales", &K0).await, "signed-in");
    assert_eq!(served.asked(), 4, "it says no duration that could be kept to");
}

/// Catalogue meta-validuntil-missing-far, meta-sso-location-http, meta-cacheduration: taken over, and told.
#[tokio::test]
async fn what_is_odd_about_metadata_is_told() {
    let (world, served) = rig(None).await;
    let honest = metadata(ISSUER, &[&K0.certificate]);
    for (document, notice) in [
        (honest.clone(), None),
        (
            with("validUntil=\"2027-11-24T10:00:00Z\"", &[&K0.certificate]),
            None,
        ),
        (
            with("validUntil=\"2027-11-24T10:00:01Z\"", &[&K0.certificate]),
            Some("valid until 2027-11-24T10:00:01Z"),
        ),
        (
            with("cacheDuration=\"soon\"", &[&K0.certificate]),
            Some("cacheDuration `soon` is no duration"),
        ),
        (honest.replace(SSO_URL, "http://127.0.0.1:8080/saml2"), None),
        (honest.replace(SSO_URL, "https://idp.example/saml2"), None),
        (
            honest.replace(SSO_URL, "http://idp.example/saml2"),
            Some("go to http://idp.example/saml2 unencrypted"),
        ),
    ] {
        served.publish(document.clone());
        let (status, text) = refresh(&world).await;
        match notice {
            None => assert_eq!(
                (status, text.as_str()),
                (StatusCode::NO_CONTENT, ""),
                "{document}"
            ),
            Some(notice) => {
                assert_eq!(status, StatusCode::OK);
                let refreshed: Refreshed = serde_json::from_str(&text).unwrap();
                assert_eq!(refreshed.notices.len(), 1);
                assert!(refreshed.notices[0].contains(notice), "{text}");
            }
        }
    }
}
