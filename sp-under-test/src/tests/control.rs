//! The control routes and where trust comes from.

use std::sync::{Arc, Mutex};

use axum::{extract::State, routing::get};
use control_api::{
    flow::SpEvent,
    message::message_sha256,
    sp::{ACTIONS, InstanceInfo},
};
use saml_emit::EntraMetadata;
use saml_model::metadata::{Endpoint, IdpMetadata};
use tokio::sync::Notify;

use super::*;

/// Entra's metadata document for these certificates, unsigned.
pub(super) fn metadata(issuer: &str, certificates: &[&Certificate]) -> String {
    let document = document(issuer, certificates);
    format!("\u{feff}{}", saml_emit::idp_metadata(&document, None).unwrap())
}

/// The same as a value.
pub(super) fn document(issuer: &str, certificates: &[&Certificate]) -> EntraMetadata {
    let endpoint = |binding: &str| Endpoint {
        binding: binding.to_owned(),
        location: SSO_URL.to_owned(),
    };
    EntraMetadata {
        id: "_m".to_owned(),
        idp: IdpMetadata {
            entity_id: issuer.to_owned(),
            signing_certificates: certificates
                .iter()
                .map(|certificate| certificate.der().to_vec())
                .collect(),
            single_sign_on_services: vec![
                endpoint(names::BINDING_HTTP_POST),
                endpoint(names::BINDING_HTTP_REDIRECT),
            ],
            single_logout_services: vec![endpoint(names::BINDING_HTTP_REDIRECT)],
        },
        passive_endpoint: "http://localhost:8080/wsfed".to_owned(),
        target_scope: issuer.to_owned(),
    }
}

/// Serves one document that can be exchanged; its address.
pub(super) async fn serve(document: Arc<Mutex<String>>) -> String {
    let answer = async |State(document): State<Arc<Mutex<String>>>| document.lock().unwrap().clone();
    let routes = Router::new()
        .route("/federationmetadata.xml", get(answer))
        .with_state(document);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "http://localhost:{}/federationmetadata.xml",
        listener.local_addr().unwrap().port()
    );
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}

pub(super) async fn control(world: &World, method: Method, path: &str, body: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(format!("/_entrant/v1/sp/{path}"))
        .header(header::HOST, HOST);
    world
        .send(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

async fn outcome(world: &World, signer: &Signer) -> String {
    let response = good(world, "upsales", None);
    let xml = sign_with(
        &response,
        SigningOption::Assertion,
        SignatureAlgorithm::RsaSha256,
        signer,
    );
    Browser::default().outcome(world, "upsales", &xml).await
}

/// Catalogue meta-two-certs-old, meta-two-certs-new, meta-cert-rotated-refresh, meta-cert-removed, meta-fetch-failure,
/// meta-entityid-mismatch.
#[tokio::test]
async fn trust_follows_the_metadata_when_told_to() {
    let world = World::new().await;
    let document = Arc::new(Mutex::new(metadata(ISSUER, &[&K0.certificate])));
    let url = serve(Arc::clone(&document)).await;
    let publish = |text: String| *document.lock().unwrap() = text;
    let seed = format!(r#"{{"trust":{{"upsales":{{"metadata_url":"{url}"}}}}}}"#);
    let put = control(&world, Method::PUT, "i", &seed).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.text);
    assert_eq!(
        (outcome(&world, &K0).await, outcome(&world, &K1).await),
        ("signed-in".into(), "signature-invalid".into())
    );
    publish(metadata(ISSUER, &[&K0.certificate, &K1.certificate]));
    assert_eq!(
        outcome(&world, &K1).await,
        "signature-invalid",
        "not before the refresh"
    );
    let refresh = async || world.hook("upsales", "refresh_trust", "{}").await;
    assert_eq!(refresh().await.status, StatusCode::NO_CONTENT);
    assert_eq!(
        (outcome(&world, &K0).await, outcome(&world, &K1).await),
        ("signed-in".into(), "signed-in".into())
    );
    publish(metadata(ISSUER, &[&K1.certificate]));
    assert_eq!(refresh().await.status, StatusCode::NO_CONTENT);
    assert_eq!(
        (outcome(&world, &K0).await, outcome(&world, &K1).await),
        ("signature-invalid".into(), "signed-in".into())
    );
    for (bad, reason) in [
        (String::new(), "malformed"),
        ("<html/>".to_owned(), "EntityDescriptor"),
        (metadata(ISSUER, &[]), "signing certificate"),
        (
            metadata("https://sts.windows.net/other/", &[&K0.certificate]),
            "another identity provider",
        ),
        (
            format!(
                "<!DOCTYPE x>{}",
                metadata(ISSUER, &[&K0.certificate]).trim_start_matches('\u{feff}')
            ),
            "malformed",
        ),
    ] {
        publish(bad);
        let answer = refresh().await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            answer.text.contains(reason) && answer.text.contains("1 certificate(s) known before are kept"),
            "{}",
            answer.text
        );
        assert_eq!(outcome(&world, &K1).await, "signed-in", "the last good one stays");
    }
    // A first address comes with the hook.
    publish(metadata(ISSUER, &[&K0.certificate]));
    world.provider("sipgate", |provider| provider.state().trust = None);
    assert_eq!(
        world.hook("sipgate", "refresh_trust", "{}").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let call = format!(r#"{{"metadata_url":"{url}"}}"#);
    assert_eq!(
        world.hook("sipgate", "refresh_trust", &call).await.status,
        StatusCode::NO_CONTENT
    );
    let xml = sign(&good(&world, "sipgate", None));
    assert_eq!(
        Browser::default().outcome(&world, "sipgate", &xml).await,
        "signed-in"
    );
}

/// What an administrator changes while metadata is being fetched is not overwritten by what arrives late: the identity
/// provider that was just thrown out would be back.
#[tokio::test]
async fn a_slow_refresh_does_not_bring_the_old_trust_back() {
    let world = World::new().await;
    let (asked, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (asked_too, go_on_too) = (Arc::clone(&asked), Arc::clone(&go_on));
    let slow = get(async move || {
        asked_too.notify_one();
        go_on_too.notified().await;
        metadata(ISSUER, &[&K0.certificate])
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", slow)).await });
    let thrown_out = Trust {
        metadata_url: Some(url),
        ..trust()
    };
    world.provider("upsales", |provider| provider.state().trust = Some(thrown_out));
    let next = Trust {
        issuer: "https://sts.windows.net/next/".to_owned(),
        certificates: vec![K1.certificate.clone()],
        ..trust()
    };
    let change = async {
        asked.notified().await;
        world.provider("upsales", |provider| provider.state().trust = Some(next.clone()));
        go_on.notify_one();
    };
    let (answer, ()) = tokio::join!(world.hook("upsales", "refresh_trust", "{}"), change);
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
    assert!(answer.text.contains("changed meanwhile"), "{}", answer.text);
    world.provider("upsales", |provider| {
        assert_eq!(provider.state().trust, Some(next))
    });
}

#[tokio::test]
async fn instances_are_made_kept_and_deleted() {
    let world = World::new().await;
    let mut browser = Browser::default();
    assert_eq!(
        browser
            .outcome(&world, "upsales", &sign(&good(&world, "upsales", None)))
            .await,
        "signed-in"
    );
    let put = control(&world, Method::PUT, "i", r#"{"trust":{}}"#).await;
    let info: InstanceInfo = serde_json::from_str(&put.text).unwrap();
    assert!(
        browser.who_am_i(&world, "upsales").await.is_some(),
        "accounts and sessions are kept"
    );
    let upwork = &info.personalities["upwork"];
    assert_eq!(
        (upwork.entity_id.as_str(), upwork.acs.as_str()),
        (
            "https://www.upwork.com/saml",
            "http://127.0.0.1:8081/i/upwork/acs"
        )
    );
    assert!(
        upwork.settings.jit && upwork.settings.update && !info.personalities["iomete"].settings.unsolicited
    );
    assert_eq!(
        info.personalities["sipgate"].login,
        "http://127.0.0.1:8081/i/sipgate/login"
    );
    assert_eq!(control(&world, Method::GET, "i", "").await.text, put.text);
    assert_eq!(
        control(&world, Method::DELETE, "i", "").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        control(&world, Method::DELETE, "i", "").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        browser.get(&world, "/i/upsales").await.status,
        StatusCode::NOT_FOUND
    );
    control(&world, Method::PUT, "i", r#"{"trust":{}}"#).await;
    assert!(
        browser.who_am_i(&world, "upsales").await.is_none(),
        "a new instance knows nobody"
    );
}

#[tokio::test]
async fn reset_goes_back_to_the_start_and_keeps_the_trust() {
    let world = World::new().await;
    let mut browser = Browser::default();
    let xml = sign(&good(&world, "upsales", None));
    assert_eq!(browser.outcome(&world, "upsales", &xml).await, "signed-in");
    world
        .hook(
            "upsales",
            "delete_account",
            r#"{"upn":"B.Simon@contoso.onmicrosoft.com"}"#,
        )
        .await;
    world
        .hook("upsales", "set", r#"{"set":{"jit":true,"link_by":"mail"}}"#)
        .await;
    assert_eq!(
        world.hook("upsales", "reset", "").await.status,
        StatusCode::NO_CONTENT
    );
    assert!(!world.sp.inner.instance("i").unwrap().clock().is_frozen());
    world.show(now());
    assert!(browser.who_am_i(&world, "upsales").await.is_none());
    assert_eq!(
        browser.outcome(&world, "upsales", &xml).await,
        "signed-in",
        "account and replay memory are fresh"
    );
    let info = world.sp.inner.instance("i").unwrap().info();
    assert!(!info.personalities["upsales"].settings.jit);
}

#[tokio::test]
async fn the_clock_is_set_and_stopped() {
    let world = World::new().await;
    world
        .hook(
            "upsales",
            "clock",
            r#"{"now":"2026-11-23T12:00:00Z","frozen":true}"#,
        )
        .await;
    let xml = sign(&good(&world, "upsales", None));
    assert_eq!(
        Browser::default().outcome(&world, "upsales", &xml).await,
        "outside-validity"
    );
    world
        .hook("sipgate", "clock", r#"{"now":"2026-11-23T10:00:00Z"}"#)
        .await;
    assert_eq!(
        Browser::default().outcome(&world, "upsales", &xml).await,
        "signed-in"
    );
    assert!(world.sp.inner.instance("i").unwrap().clock().is_frozen());
    world.hook("upsales", "clock", r#"{"frozen":false}"#).await;
    assert!(!world.sp.inner.instance("i").unwrap().clock().is_frozen());
}

#[tokio::test]
async fn events_tell_the_private_cause() {
    let world = World::new().await;
    let mut browser = Browser::default();
    let request = browser.login(&world, "upsales").await;
    let mut response = good(&world, "upsales", Some(&request));
    response.destination = Some("https://elsewhere.example".to_owned());
    let refused = sign(&response);
    browser.post(&world, "upsales", &refused, None).await;
    response.destination = Some(format!("{BASE}/i/upsales/acs"));
    browser.post(&world, "upsales", &sign(&response), None).await;
    let flow: control_api::flow::SpFlow =
        serde_json::from_str(&control(&world, Method::GET, "i/events", "").await.text).unwrap();
    let [sent, rejected, signed_in] = &flow.events[..] else {
        panic!("{flow:?}")
    };
    assert_eq!(
        *sent,
        SpEvent::RequestSent {
            request_id: request.clone()
        }
    );
    let cause = format!("Destination is `https://elsewhere.example`, this is `{BASE}/i/upsales/acs`");
    let rejection = "destination-mismatch".to_owned();
    let digest = |xml: &str| Some(message_sha256(&post_value(xml)));
    let (response_id, request_id) = (Some(response.id.clone()), Some(request.clone()));
    assert_eq!(
        *rejected,
        SpEvent::Rejected {
            message_sha256: digest(&refused),
            response_id,
            request_id,
            rejection,
            cause
        }
    );
    let account = control_api::sp::AccountChange::Linked;
    assert_eq!(
        *signed_in,
        SpEvent::SignedIn {
            message_sha256: digest(&sign(&response)),
            response_id: response.id,
            request_id: Some(request),
            name_id: MAIL.to_owned(),
            account
        }
    );
}

/// Every action of the table exists here.
/// Catalogue bind-post-to-other-endpoint, bind-acs-index, bind-big-body: nobody reads it, and it is told.
#[tokio::test]
async fn events_tell_what_was_posted_in_vain() {
    let world = World::new().await;
    let big = "A".repeat(crate::acs::posted::FORM_BYTES_MAX);
    for (path, message) in [
        ("/i/upsales/slo", "PHg+"),
        ("/i/upsales/acs-retired", "PHg+"),
        ("/i/upsales/acs", big.as_str()),
    ] {
        let fields = [("SAMLResponse", message)];
        let answer = Browser::default().form(&world, path, &fields).await;
        assert!(answer.status.is_client_error(), "{path}");
    }
    let flow: control_api::flow::SpFlow =
        serde_json::from_str(&control(&world, Method::GET, "i/events", "").await.text).unwrap();
    assert_eq!(flow.events.len(), 3);
    let digests = [Some(message_sha256("PHg+")), Some(message_sha256("PHg+"))];
    for (event, expected) in flow.events.iter().zip(digests) {
        let SpEvent::Rejected {
            rejection,
            message_sha256,
            ..
        } = event
        else {
            panic!("{event:?}")
        };
        assert_eq!((rejection.as_str(), message_sha256), ("malformed", &expected));
    }
    let last = world.last_cause();
    assert!(
        last.contains("malformed") && last.contains("is larger than"),
        "{last}"
    );
}

#[tokio::test]
async fn events_are_bounded_whoever_chose_the_ids() {
    let world = World::new().await;
    let mut response = good(&world, "upsales", None);
    response.id = format!("_{}", "a".repeat(10_000));
    let mut browser = Browser::default();
    let xml = sign(&response);
    assert_eq!(browser.outcome(&world, "upsales", &xml).await, "signed-in");
    assert_eq!(
        browser.post(&world, "upsales", &xml, None).await.rejection(),
        Some("replayed")
    );
    let events = control(&world, Method::GET, "i/events", "").await.text;
    assert!(
        events.contains("replayed") && events.len() < 2_000,
        "{}",
        events.len()
    );
}

#[tokio::test]
async fn the_table_of_actions_is_walked() {
    let world = World::new().await;
    for action in ACTIONS {
        let answer = world.hook("upsales", action, "{}").await;
        assert!(!answer.text.contains("there is no action"), "{action}");
    }
}

#[tokio::test]
async fn a_wrong_configuration_is_refused() {
    let config = |base_url: &str, suffix: &str| Config {
        base_url: base_url.to_owned(),
        cookie_suffix: suffix.to_owned(),
        guard: Guard::new(8081, &[], String::new(), false),
        accounts: AccountsIn::Memory,
        certificates: None,
    };
    for base_url in ["", "127.0.0.1:8081", "ftp://x", "http://x/path", "http://x/?a"] {
        assert!(ReferenceSp::new(config(base_url, "t")).is_err(), "{base_url}");
    }
    assert!(ReferenceSp::new(config(BASE, "a;b")).is_err());
    let sp = ReferenceSp::new(config("http://127.0.0.1:8081/", "t-1")).unwrap();
    let info = sp.put_instance("a", InstanceSeed::default()).await.unwrap();
    assert_eq!(
        info.personalities["upsales"].acs,
        "http://127.0.0.1:8081/a/upsales/acs"
    );
}
