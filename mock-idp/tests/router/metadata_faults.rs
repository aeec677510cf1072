//! Faults of the federation metadata: what whoever fetches it gets, and for how long.

use axum::http::{StatusCode, header};
use control_api::flow::IdpEvent;
use mock_idp::{FAULTS, Stage};
use saml_accept::metadata::{IdpDocument, MetadataError, idp_document};
use saml_accept::signature::{Sha1, TrustedKeys};
use saml_accept::xml::Limits;
use saml_model::metadata::IdpMetadata;
use serde_json::{Value, json};

use crate::agent::{Mock, Page, verify};

const APP: &str = "Upsales";

async fn faulty(mock: &Mock, fault: Value) -> Page {
    let order = json!({"app": APP, "faults": [fault]});
    mock.control("POST", "/faults", order).await;
    mock.agent().get(&mock.app(APP).metadata).await
}

fn read(page: &Page, keys: Option<&TrustedKeys>) -> Result<IdpDocument, MetadataError> {
    idp_document(page.body.as_bytes(), &Limits::default(), keys)
}

fn keys(ders: &[Vec<u8>]) -> TrustedKeys {
    TrustedKeys::from_certificates(ders.iter().map(Vec::as_slice), Sha1::Refused).unwrap()
}

/// What it says, what of it the application signed, and whether the attackers' key is in it.
#[tokio::test]
async fn each_fault_does_what_it_is_called() {
    let mock = Mock::contoso();
    let own = mock.certificates(APP).await;
    let honest = read(
        &mock.agent().get(&mock.app(APP).metadata).await,
        Some(&keys(&own)),
    );
    let honest = honest.unwrap().metadata;
    let added = read(
        &faulty(&mock, json!({"id": "meta-key-added"})).await,
        Some(&keys(&own)),
    );
    let added = added.unwrap().metadata;
    assert_eq!(added.signing_certificates[1..], own[..]);
    let attackers = added.signing_certificates[0].clone();
    let says = |id: &'static str| faulty(&mock, json!({"id": id}));
    let signed = |page: &Page, by: &[Vec<u8>]| read(page, Some(&keys(by)));

    let encryption = says("meta-use-encryption-key").await;
    assert_eq!(signed(&encryption, &own).unwrap().metadata, honest);
    assert_eq!(encryption.body.matches("use=\"encryption\"").count(), 3);
    let none = says("meta-no-signing-key").await;
    assert!(matches!(signed(&none, &own), Err(MetadataError::Missing { .. })));

    let other = signed(&says("meta-entityid-mismatch").await, &own)
        .unwrap()
        .metadata;
    assert_ne!(other.entity_id, honest.entity_id);
    assert_eq!(
        other,
        IdpMetadata {
            entity_id: other.entity_id.clone(),
            ..added.clone()
        }
    );
    let past = signed(&says("meta-validuntil-past").await, &own).unwrap();
    assert!(past.valid_until.unwrap() < jiff::Timestamp::now());
    assert_eq!(past.metadata, added);
    let far = signed(&says("meta-validuntil-missing-far").await, &own).unwrap();
    assert_eq!(far.valid_until.unwrap().to_string(), "2999-12-31T23:59:59Z");
    assert_eq!(far.metadata, honest);
    for (variant, duration, bad) in [
        ("minute", Some(jiff::SignedDuration::from_mins(1)), false),
        ("malformed", None, true),
    ] {
        let cached = json!({"id": "meta-cacheduration", "variant": variant});
        let cached = signed(&faulty(&mock, cached).await, &own).unwrap();
        assert_eq!(cached.cache_duration, duration);
        assert_eq!(cached.bad_cache_duration.is_some(), bad);
    }
    for (variant, scheme) in [("javascript", "javascript:"), ("data", "data:")] {
        let page = faulty(&mock, json!({"id": "meta-bindings-js", "variant": variant})).await;
        assert_eq!(page.body.matches(&format!("Location=\"{scheme}")).count(), 2);
        assert!(matches!(signed(&page, &own), Err(MetadataError::Location { .. })));
        assert!(page.body.contains("use=\"signing\""));
    }
    let http = signed(&says("meta-sso-location-http").await, &own)
        .unwrap()
        .metadata;
    let services = http.single_sign_on_services;
    assert!(
        services
            .iter()
            .all(|service| service.location == "http://idp.example/saml2")
    );

    let by_nobody = says("meta-unsigned").await;
    assert_eq!(read(&by_nobody, None).unwrap().metadata, added);
    assert!(matches!(
        signed(&by_nobody, &own),
        Err(MetadataError::Signature { .. })
    ));
    let unknown = says("meta-signed-wrong-key").await;
    assert!(matches!(
        signed(&unknown, &own),
        Err(MetadataError::Signature { .. })
    ));
    assert_eq!(
        signed(&unknown, std::slice::from_ref(&attackers))
            .unwrap()
            .metadata,
        added
    );
    let embedded = says("meta-signed-by-embedded-cert").await;
    assert!(matches!(
        signed(&embedded, &own),
        Err(MetadataError::Signature { .. })
    ));
    let embedded = signed(&embedded, std::slice::from_ref(&attackers))
        .unwrap()
        .metadata;
    assert_eq!(embedded.signing_certificates, [attackers]);
    let beside = says("meta-xsw").await;
    assert!(matches!(
        read(&beside, None),
        Err(MetadataError::NotAnEntity { .. })
    ));
    let inside = faulty(&mock, json!({"id": "meta-xsw", "variant": "extensions"})).await;
    assert_eq!(read(&inside, None).unwrap().metadata, added);
    assert!(matches!(
        signed(&inside, &own),
        Err(MetadataError::Signature { .. })
    ));
    let canary = "http://canary.example/x?a&b";
    let typed = faulty(&mock, json!({"id": "meta-xxe", "canary": canary})).await;
    assert!(matches!(read(&typed, None), Err(MetadataError::Malformed(_))));
    assert_eq!(
        typed.body.matches("\"http://canary.example/x?a&amp;b\"").count(),
        2
    );
}

#[tokio::test]
async fn an_answer_may_be_no_document() {
    let mock = Mock::contoso();
    for (fault, status, location, body) in [
        (json!({"id": "meta-fetch-failure"}), 500, "", ""),
        (
            json!({"id": "meta-fetch-failure", "variant": "empty"}),
            200,
            "",
            "",
        ),
        (
            json!({"id": "meta-fetch-failure", "variant": "garbage"}),
            200,
            "",
            "<html><body><h1>We will be back soon</h1>",
        ),
        (
            json!({"id": "meta-ssrf"}),
            302,
            "http://169.254.169.254/latest/meta-data/",
            "",
        ),
        (
            json!({"id": "meta-ssrf", "variant": "file"}),
            302,
            "file:///etc/hostname",
            "",
        ),
    ] {
        let page = faulty(&mock, fault.clone()).await;
        assert_eq!(page.status, status, "{fault}");
        assert_eq!(
            (page.header(header::LOCATION), page.body.as_str()),
            (location, body)
        );
    }
}

/// They act as often as was ordered, touch no sign-on and no other application, and who had them is recorded.
#[tokio::test]
async fn they_act_as_often_as_ordered() {
    let mock = Mock::contoso();
    let own = mock.certificates(APP).await;
    let order = |app: &str, id: &str| json!({"flow": "mine", "app": app, "times": 2, "faults": [{"id": id}]});
    mock.control("POST", "/faults", order(APP, "meta-unsigned")).await;
    mock.control("POST", "/faults", order("sipgate", "meta-fetch-failure"))
        .await;
    let (app, other) = (mock.app(APP).metadata, mock.app("sipgate").metadata);
    for _ in 0..2 {
        assert!(!mock.agent().get(&app).await.body.contains("<Signature "));
    }
    let sent = mock.sign_on(APP, "B.Simon").await;
    assert!(verify(&own, &sent.xml).is_ok());
    assert_eq!(
        mock.agent().get(&other).await.status,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert_eq!(
        mock.agent().get(&mock.tenant.metadata).await.status,
        StatusCode::OK
    );
    let events = mock.flow("mine").await.events;
    let served = |app: &str, id: &str| IdpEvent::MetadataServed {
        app: app.to_owned(),
        faults: vec![id.to_owned()],
    };
    let expected = [
        served(APP, "meta-unsigned"),
        served(APP, "meta-unsigned"),
        served("sipgate", "meta-fetch-failure"),
    ];
    assert_eq!(events, expected);

    assert!(mock.agent().get(&app).await.body.contains("<Signature "), "twice");
    let waiting = mock.control("GET", "/faults", Value::Null).await;
    let waiting = waiting.as_array().unwrap();
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    assert_eq!(
        (&waiting[0]["app"], &waiting[0]["used"]),
        (&json!("sipgate"), &json!(1))
    );
    mock.control("DELETE", "/faults", Value::Null).await;
    assert_eq!(mock.agent().get(&other).await.status, StatusCode::OK);
}

#[tokio::test]
async fn they_go_with_no_sign_on() {
    let mock = Mock::contoso();
    for (order, said) in [
        (
            json!({"faults": [{"id": "meta-xsw"}, {"id": "sig-none"}]}),
            "acts on the metadata, so it goes with faults of the metadata alone",
        ),
        (
            json!({"user": "B.Simon", "faults": [{"id": "meta-xsw"}]}),
            "leave the user out",
        ),
        (
            json!({"faults": [{"id": "meta-xsw", "variant": "elsewhere"}]}),
            "has no variant `elsewhere`",
        ),
    ] {
        let answer = mock.try_control("POST", "/faults", order).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.body.contains(said), "{}", answer.body);
    }
}

#[tokio::test]
async fn the_page_says_until_when() {
    let mock = Mock::contoso();
    let path = format!("/portal/{}/faults", mock.tenant.id);
    let mut agent = mock.agent();
    let form = [("action", "arm"), ("fault", "meta-unsigned"), ("app", APP)];
    let page = agent.post(&path, &form).await;
    let page = agent.get(page.header(header::LOCATION)).await;
    assert_eq!(page.select(".notice"), ["The fault is armed."]);
    assert_eq!(
        page.select("section:first-of-type tbody td:nth-child(2)"),
        ["none: whoever fetches the metadata of Upsales"]
    );
    let of_metadata = FAULTS.iter().filter(|fault| fault.stage() == Stage::Metadata);
    let all = page.select("td[data-label=\"What must come of it\"]");
    assert_eq!(
        all.iter().filter(|text| *text == "it is taken over").count(),
        of_metadata
            .filter(|fault| fault.spec.outcome == Some(mock_idp::CaseOutcome::Accepted))
            .count()
    );
}
