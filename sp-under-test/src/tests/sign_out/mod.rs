//! Single sign-out: messages as Entra makes them, and what the SP makes of them.

mod leaving;
mod messages;
mod names_of_sessions;
mod posted;
mod signatures;

use control_api::flow::SpEvent;
use saml_emit::binding::{Escapes, Parameter, signed_redirect_url};
use saml_model::{LogoutRequest, LogoutResponse};

use super::*;
use crate::trust::SignOutService;

const SLO: &str = "/i/upsales/slo";

/// Every personality learns where the identity provider signs out.
pub(super) fn with_sign_out(world: &World, location: &str, response_location: &str) {
    for personality in ["upsales", "upwork", "iomete", "sipgate"] {
        world.provider(personality, |provider| {
            provider.state().trust = Some(Trust {
                sign_out: Some(SignOutService {
                    location: location.to_owned(),
                    response_location: response_location.to_owned(),
                }),
                ..trust()
            });
        });
    }
}

async fn knowing() -> World {
    let world = World::new().await;
    with_sign_out(&world, SSO_URL, SSO_URL);
    world
}

async fn knowing_without(check: &str) -> World {
    let world = World::without(check).await;
    with_sign_out(&world, SSO_URL, SSO_URL);
    world
}

async fn signed_in(world: &World) -> Browser {
    let mut browser = Browser::default();
    let xml = sign(&good(world, "upsales", None));
    assert_eq!(browser.outcome(world, "upsales", &xml).await, "signed-in");
    browser
}

fn count() -> usize {
    static COUNTER: AtomicUsize = AtomicUsize::new(0);
    COUNTER.fetch_add(1, Ordering::Relaxed)
}

/// A LogoutRequest as Entra broadcasts it: an opaque name that nobody was told before (entra-behaviour.md section 6).
fn asks() -> LogoutRequest {
    LogoutRequest {
        id: format!("_out-{}", count()),
        version: names::VERSION.to_owned(),
        issue_instant: now(),
        destination: Some(format!("{BASE}{SLO}")),
        not_on_or_after: None,
        reason: None,
        issuer: Some(ISSUER.to_owned()),
        name_id: Some(NameId {
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
            value: "opaque".to_owned(),
        }),
        session_indexes: Vec::new(),
    }
}

fn answers(request: &str) -> LogoutResponse {
    LogoutResponse {
        id: format!("_done-{}", count()),
        version: names::VERSION.to_owned(),
        issue_instant: now(),
        destination: Some(format!("{BASE}{SLO}")),
        in_response_to: Some(request.to_owned()),
        issuer: Some(ISSUER.to_owned()),
        status: Status::success(),
    }
}

/// The path and query of a message that `signer` signed.
fn signed_with(
    parameter: Parameter,
    xml: &str,
    relay_state: Option<&str>,
    signer: &Signer,
    algorithm: SignatureAlgorithm,
    escapes: Escapes,
) -> String {
    let signing = Signing {
        algorithm,
        key: signer.key.private(),
        certificate_der: signer.certificate.der(),
    };
    signed_redirect_url(SLO, parameter, xml, relay_state, &signing, escapes).unwrap()
}

/// As Entra signs: rsa-sha256, lower case.
fn request_url(message: &LogoutRequest, relay_state: Option<&str>) -> String {
    let xml = saml_emit::logout_request(message).unwrap();
    let sha256 = SignatureAlgorithm::RsaSha256;
    signed_with(
        Parameter::SamlRequest,
        &xml,
        relay_state,
        &K0,
        sha256,
        Escapes::Lower,
    )
}

fn response_url(message: &LogoutResponse, relay_state: Option<&str>) -> String {
    let xml = saml_emit::logout_response(message).unwrap();
    let sha256 = SignatureAlgorithm::RsaSha256;
    signed_with(
        Parameter::SamlResponse,
        &xml,
        relay_state,
        &K0,
        sha256,
        Escapes::Lower,
    )
}

/// What came of a LogoutRequest: `signed-out`, or the rejection id, held against the identity probe.
async fn outcome(world: &World, browser: &mut Browser, url: &str) -> String {
    let answer = browser.get(world, url).await;
    let is_in = browser.who_am_i(world, "upsales").await.is_some();
    match answer.rejection() {
        None => {
            assert_eq!(
                (answer.status, is_in),
                (StatusCode::SEE_OTHER, false),
                "{}",
                answer.text
            );
            assert!(answer.location().starts_with(&format!("{SSO_URL}?SAMLResponse=")));
            "signed-out".to_owned()
        }
        Some(id) => {
            assert!(is_in, "a refused message signs nobody out: {id}");
            id.to_owned()
        }
    }
}

/// Starts a sign-out; the ID of its request.
async fn leave(world: &World, browser: &mut Browser) -> String {
    let answer = browser.get(world, "/i/upsales/logout").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    request_id(&answer)
}

fn last_event(world: &World) -> SpEvent {
    let events = world.sp.inner.instance("i").unwrap().events().events;
    events.last().unwrap().clone()
}
