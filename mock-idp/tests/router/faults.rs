//! Every fault of the registry is in the message, and nothing else is wrong with it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use mock_idp::{FAULTS, Stage};
use saml_accept::response::{SignedAssertion, UnverifiedResponse};
use saml_accept::signature::SignatureError;
use saml_accept::xml::Limits;
use saml_model::names;
use serde_json::{Value, json};

use crate::agent::{Mock, redirect, request, stays_armed, verify};

/// contracts.md 8.
const REJECTIONS: &[&str] = &[
    "audience-mismatch",
    "destination-mismatch",
    "in-response-to-unknown",
    "issuer-unknown",
    "outside-validity",
    "recipient-mismatch",
    "signature-invalid",
    "status-not-success",
    "unsolicited-not-allowed",
];

/// The faults whose effect is told from every other's here, by what is said or by how the signature fails. All others are
/// seen in the tests of their group.
pub(crate) const TOLD_APART: &[&str] = &[
    "cond-audience-other",
    "cond-expired",
    "cond-not-yet",
    "enc-wrong-key",
    "env-destination-other",
    "env-inresponseto-missing-when-required",
    "env-inresponseto-unknown",
    "env-issuer-other",
    "env-status-requester",
    "sig-certificate",
    "sig-none",
    "sig-rsa-sha1",
    "sig-tamper-attribute",
    "sig-tamper-nameid",
    "sig-value-bitflip",
    "sig-wrong-key",
    "sig-wrong-key-own-cert",
    "subj-noa-past",
    "subj-recipient-other",
];

/// What a fault that needs parameters is given.
pub(crate) fn parameters(id: &str) -> Value {
    match id {
        "sig-certificate" => json!({"certificate": "next"}),
        "sig-tamper-attribute" => json!({"name": names::CLAIM_SURNAME, "value": "O'Neil & <Sons>"}),
        "sig-tamper-nameid" => json!({"value": "a&b@evil.test"}),
        _ => json!({}),
    }
}

/// A mock whose sipgate has another certificate; the certificate that the SP trusts.
async fn rig() -> (Mock, Vec<Vec<u8>>) {
    let mock = Mock::contoso();
    let trusted = mock.certificates("sipgate").await;
    let body = json!({"app": "sipgate", "action": "add", "name": "next"});
    mock.control("POST", "/certificates", body).await;
    (mock, trusted)
}

async fn faulty(mock: &Mock, faults: Value) -> String {
    mock.control("POST", "/faults", json!({"faults": faults})).await;
    let app = mock.app("sipgate");
    let mut agent = mock.agent();
    let page = agent.get(&redirect(&app, &request(&app))).await;
    agent.sign_in(page, "B.Simon").await.delivered().xml
}

#[tokio::test]
async fn every_fault_is_in_the_message() {
    let (mock, trusted) = rig().await;
    // What acts on the encryption needs one: see `encryption`.
    let has_message =
        |fault: &&mock_idp::Fault| TOLD_APART.contains(&fault.id) && fault.stage() != Stage::Encryption;
    for fault in FAULTS.iter().filter(has_message) {
        let rejection = fault.rejection().unwrap_or_default();
        assert!(REJECTIONS.contains(&rejection), "{}", fault.id);
        let mut spec = parameters(fault.id);
        spec["id"] = json!(fault.id);
        let xml = faulty(&mock, json!([spec])).await;
        let verified = verify(&trusted, &xml);
        match fault.stage() {
            Stage::Value => check_value(
                &mock,
                fault.id,
                &verified.unwrap_or_else(|error| panic!("{}: {error}", fault.id)),
            ),
            Stage::SignOn | Stage::Encryption | Stage::Transport | Stage::SignOut | Stage::Metadata => {
                unreachable!()
            }
            Stage::Signing | Stage::Bytes => check_signature(fault.id, &xml, &verified.expect_err(fault.id)),
        }
    }
    // Whatever was armed is gone.
    let honest = mock.sign_on("sipgate", "B.Simon").await;
    assert!(verify(&trusted, &honest.xml).is_ok());
}

fn check_value(mock: &Mock, id: &str, signed: &SignedAssertion) {
    let app = mock.app("sipgate");
    let assertion = signed.assertion();
    let conditions = assertion.conditions.clone().unwrap();
    let data = assertion.subject.clone().unwrap().confirmations[0]
        .data
        .clone()
        .unwrap();
    let now: Timestamp = assertion.issue_instant;
    // What is right in an honest response; each fault makes its own lines false and no other.
    let truths = BTreeMap::from([
        ("status", signed.envelope().status.is_success()),
        (
            "issuer",
            signed.envelope().issuer.as_deref() == Some(&mock.tenant.issuer)
                && assertion.issuer == mock.tenant.issuer,
        ),
        (
            "destination",
            signed.envelope().destination.as_deref() == Some(&app.reply_urls[0]),
        ),
        ("recipient", data.recipient.as_ref() == Some(&app.reply_urls[0])),
        (
            "audience",
            conditions.audience_restrictions == [[app.identifiers[0].clone()]],
        ),
        ("begun", conditions.not_before.unwrap() < now),
        ("not ended", conditions.not_on_or_after.unwrap() > now),
        ("confirmed", data.not_on_or_after.unwrap() > now),
        (
            "asked",
            signed.envelope().in_response_to.as_deref() == Some("_request")
                && data.in_response_to.as_deref() == Some("_request"),
        ),
    ]);
    let wrong: Vec<_> = truths
        .iter()
        .filter(|(_, right)| !**right)
        .map(|(name, _)| *name)
        .collect();
    let expected = match id {
        "cond-audience-other" => "audience",
        "cond-expired" => "not ended",
        "cond-not-yet" => "begun",
        "env-destination-other" => "destination",
        "env-inresponseto-missing-when-required" | "env-inresponseto-unknown" => "asked",
        "env-issuer-other" => "issuer",
        "env-status-requester" => "status",
        "subj-noa-past" => "confirmed",
        "subj-recipient-other" => "recipient",
        other => panic!("what does {other} change?"),
    };
    assert_eq!(wrong, [expected], "{id}");
    if id == "env-inresponseto-missing-when-required" {
        assert_eq!(
            (&signed.envelope().in_response_to, &data.in_response_to),
            (&None, &None)
        );
    }
    if id == "env-inresponseto-unknown" {
        assert_eq!(
            signed.envelope().in_response_to.as_deref(),
            data.in_response_to.as_deref()
        );
        assert!(signed.envelope().in_response_to.is_some());
    }
}

fn check_signature(id: &str, xml: &str, error: &SignatureError) {
    let name_id = UnverifiedResponse::parse(xml.as_bytes(), &Limits::default())
        .unwrap()
        .without_signature_check()
        .unwrap()
        .into_assertion();
    let value = name_id.name_id().unwrap().value.clone();
    let mismatch = matches!(error, SignatureError::SignatureMismatch);
    let as_expected = match id {
        "sig-none" => !xml.contains("Signature"),
        "sig-certificate" => mismatch && xml.contains("<KeyInfo>"),
        "sig-rsa-sha1" => xml.contains(names::SIG_RSA_SHA1) && xml.contains(names::DIGEST_SHA1),
        "sig-tamper-nameid" => matches!(error, SignatureError::DigestMismatch) && value == "a&b@evil.test",
        "sig-tamper-attribute" => {
            matches!(error, SignatureError::DigestMismatch)
                && name_id.attribute(names::CLAIM_SURNAME).unwrap() == ["O'Neil & <Sons>"]
        }
        "sig-value-bitflip" => mismatch,
        "sig-wrong-key" => mismatch && !xml.contains("<KeyInfo>"),
        "sig-wrong-key-own-cert" => mismatch && xml.contains("<KeyInfo>"),
        other => panic!("what does {other} change?"),
    };
    assert!(as_expected, "{id}: {error} {xml}");
}

/// The attackers' certificate is consistent in itself and is nobody's.
#[tokio::test]
async fn the_attackers_key_is_no_applications() {
    let (mock, _) = rig().await;
    let xml = faulty(&mock, json!([{"id": "sig-wrong-key-own-cert"}])).await;
    let (_, rest) = xml.split_once("<X509Certificate>").unwrap();
    let der = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        rest.split('<').next().unwrap(),
    )
    .unwrap();
    assert!(verify(&[der], &xml).is_ok());
    for app in &mock.tenant.apps {
        assert!(
            verify(&mock.certificates(&app.name).await, &xml).is_err(),
            "{}",
            app.name
        );
    }
}

/// A withdrawn certificate can still sign a fault; so can one that expired.
#[tokio::test]
async fn a_withdrawn_certificate_signs() {
    let (mock, trusted) = rig().await;
    let next = mock.certificates("sipgate").await.remove(1);
    let body = json!({"app": "sipgate", "action": "withdraw", "name": "next"});
    mock.control("POST", "/certificates", body).await;
    let xml = faulty(&mock, json!([{"id": "sig-certificate", "certificate": "next"}])).await;
    assert!(verify(&[next], &xml).is_ok());
    assert!(verify(&trusted, &xml).is_err());
}

/// An armed flow waits for its own sign-on; several faults act together.
#[tokio::test]
async fn faults_wait_for_their_flow() {
    let (mock, trusted) = rig().await;
    let faults = json!([{"id": "sig-value-bitflip"}, {"id": "env-destination-other"}]);
    mock.control("POST", "/faults", json!({"flow": "mine", "faults": faults}))
        .await;
    let other = mock.sign_on("sipgate", "B.Simon").await;
    assert!(verify(&trusted, &other.xml).is_ok());
    let app = mock.app("sipgate");
    let mut agent = mock.agent();
    agent.flow = Some("mine".to_owned());
    let page = agent.get(&app.launch).await;
    let xml = agent.sign_in(page, "B.Simon").await.delivered().xml;
    assert!(
        verify(&trusted, &xml).is_err() && !xml.contains(&format!("Destination=\"{}\"", app.reply_urls[0]))
    );
    let events = mock.flow("mine").await.events;
    assert!(
        matches!(events.last(), Some(control_api::flow::IdpEvent::ResponseIssued { faults, .. }) if *faults == ["sig-value-bitflip", "env-destination-other"]),
        "{events:?}"
    );
    assert!(
        verify(&trusted, &agent.get(&app.launch).await.delivered().xml).is_ok(),
        "once"
    );
}

/// What a fault makes the response say of the user is the user's name; what one says of a victim is not.
#[tokio::test]
async fn the_recorded_name_is_the_users_whoever_the_response_speaks_of() {
    let (mock, _) = rig().await;
    let app = mock.app("Upsales");
    for (id, name_in_response, recorded) in [
        ("sig-none", "b.simon@contoso.com", "b.simon@contoso.com"),
        ("sig-wrong-key", "u.keller@contoso.com", "b.simon@contoso.com"),
        ("sig-manifest", "u.keller@contoso.com", "b.simon@contoso.com"),
        ("nid-case-variant", "B.SIMON@CONTOSO.COM", "B.SIMON@CONTOSO.COM"),
        (
            "xml-comment-nameid-middle",
            "u.keller@contoso.com<!---->.evil.example",
            "u.keller@contoso.com.evil.example",
        ),
    ] {
        let fault = match id {
            "xml-comment-nameid-middle" => json!({"id": id, "victim": "U.Keller"}),
            _ => json!({"id": id}),
        };
        mock.control("POST", "/faults", json!({"flow": id, "faults": [fault]}))
            .await;
        let mut agent = mock.agent();
        agent.flow = Some(id.to_owned());
        let page = agent.get(&app.launch).await;
        let xml = agent.sign_in(page, "B.Simon").await.delivered().xml;
        assert!(
            xml.contains(&format!(">{name_in_response}</NameID>")),
            "{id}: {xml}"
        );
        let events = mock.flow(id).await.events;
        let name_id = events.iter().find_map(|event| match event {
            control_api::flow::IdpEvent::ResponseIssued { name_id, .. } => Some(name_id.as_str()),
            _ => None,
        });
        assert_eq!(name_id, Some(recorded), "{id}");
    }
}

/// What cannot act is told where somebody listens.
#[tokio::test]
async fn unknown_faults_and_parameters_are_refused() {
    let (mock, _) = rig().await;
    for (faults, message) in [
        (
            json!([{"id": "sig-non"}]),
            "unknown fault `sig-non`: did you mean `sig-none`?",
        ),
        (
            json!([{"id": "sig-none", "value": "x"}]),
            "the fault `sig-none` has no parameter `value`: it takes none",
        ),
        (
            json!([{"id": "sig-tamper-nameid", "valu": "x"}]),
            "the fault `sig-tamper-nameid` has no parameter `valu`: expected `value`, `victim`",
        ),
        (
            json!([{"id": "sig-certificate"}]),
            "the fault `sig-certificate` needs the parameter `certificate`: the name of a certificate that the application has, or had",
        ),
        (
            json!([{"id": "sig-certificate", "certificate": "nxt"}]),
            "there is no certificate `nxt` in this tenant; did you mean `next`?",
        ),
        (
            json!([{"id": "prov-jit-off"}]),
            "`prov-jit-off` is a case of the catalogue and no fault: it is told by scenarios (`covers`)",
        ),
        (
            json!([{"id": "sig-value-missing", "element": "SignatureValu"}]),
            "the fault `sig-value-missing` has no element `SignatureValu`: expected `SignatureValue`, `SignatureMethod`, `DigestMethod`, `DigestValue`",
        ),
        (
            json!([{"id": "sig-hmac-truncated", "bits": "99"}]),
            "the parameter `bits` is `99`: expected a number from 1 to 40",
        ),
        (
            json!([{"id": "sig-other-trusted-idp", "app": "Upsale"}]),
            "there is no application `Upsale` in this tenant; did you mean `Upsales`?",
        ),
        (
            json!([{"id": "sig-wrong-key"}, {"id": "xsw-3", "victim": "U.Kelle"}]),
            "there is no user `U.Kelle` in this tenant; did you mean `U.Keller`?",
        ),
        (json!([]), "`faults`: expected 1 to 32 faults"),
    ] {
        let page = mock
            .try_control("POST", "/faults", json!({"faults": faults}))
            .await;
        assert_eq!(page.status, 400);
        assert_eq!(
            serde_json::from_str::<Value>(&page.body).unwrap()["error"],
            message
        );
    }
}

/// A fault that does not fit the response ends the sign-on with a page of the mock's own, not with a response that is
/// wrong in another way.
#[tokio::test]
async fn a_fault_that_does_not_fit_says_so() {
    let (mock, _) = rig().await;
    for (fault, app, message) in [
        (
            json!({"id": "env-inresponseto-missing-when-required"}),
            "sipgate",
            "The armed fault could not be applied: the response has no InResponseTo, since nobody asked for it.",
        ),
        (
            json!({"id": "sig-tamper-attribute", "name": "x", "value": "y"}),
            "sipgate",
            "The armed fault could not be applied: the response has no attribute `x`.",
        ),
        (
            json!({"id": "sig-tamper-nameid", "value": "b.simon@contoso.com"}),
            "Upsales",
            "The armed fault could not be applied: the response already has the NameID `b.simon@contoso.com`.",
        ),
        (
            json!({"id": "sig-certificate", "certificate": "next"}),
            "Upsales",
            "The armed fault could not be applied: the application has and had no certificate `next`.",
        ),
    ] {
        let armed = mock.control("POST", "/faults", json!({"faults": [fault]})).await;
        let mut agent = mock.agent();
        let page = agent.get(&mock.app(app).launch).await;
        let page = agent.sign_in(page, "B.Simon").await;
        assert_eq!(page.status, 409);
        assert_eq!(
            page.select("main p"),
            [format!("{message} {}", stays_armed(&armed))]
        );
        mock.control("DELETE", "/faults", Value::Null).await;
    }
}

/// Several certificates have had the name: the one that the application has now signs, every time.
#[tokio::test]
async fn the_listed_certificate_of_a_name_signs() {
    let (mock, first) = rig().await;
    let act = async |action: &str, name: &str| {
        let body = json!({"app": "sipgate", "action": action, "name": name});
        mock.control("POST", "/certificates", body).await;
    };
    let certificates = async |life: &str| {
        let entry = json!([{"name": "current", "status": "active", "valid_for": life}, {"name": "next"}]);
        mock.patch_app("sipgate", json!({"certificates": entry})).await;
        mock.certificates("sipgate").await[0].clone()
    };
    let fault = || json!([{"id": "sig-certificate", "certificate": "current"}]);
    let signs = async |der: &[u8]| {
        let xml = faulty(&mock, fault()).await;
        xml.contains(&STANDARD.encode(der))
    };
    act("expire", "current").await;
    let expired = mock.certificates("sipgate").await[0].clone();
    assert_ne!(expired, first[0]);
    for _ in 0..8 {
        assert!(signs(&expired).await, "the expired one is listed");
    }
    let newest = certificates("2y").await;
    assert_eq!(certificates("-1d").await, expired);
    assert!(signs(&expired).await, "listed, though not the newest");
    act("activate", "next").await;
    act("withdraw", "current").await;
    assert!(signs(&expired).await, "none is listed: the one that was last");
    assert!(!signs(&newest).await, "made later, but gone before");
}

/// Once, so often, or until disarmed; the list says how many have had them.
#[tokio::test]
async fn faults_act_as_often_as_was_said() {
    let (mock, trusted) = rig().await;
    let faults = json!([{"id": "sig-value-bitflip"}]);
    let broken = async || verify(&trusted, &mock.sign_on("sipgate", "B.Simon").await.xml).is_err();
    let waiting = async || mock.control("GET", "/faults", json!(null)).await;
    for (times, expected) in [
        (json!(1), [true, false, false]),
        (json!(2), [true, true, false]),
        (json!("until-disarmed"), [true, true, true]),
    ] {
        let order = json!({"faults": faults, "times": times});
        mock.control("POST", "/faults", order).await;
        assert_eq!(waiting().await[0]["used"], 0, "{times}");
        assert_eq!(mock.idp.never_used(), [never_used(&times)]);
        for is_broken in expected {
            assert_eq!(broken().await, is_broken, "{times}");
            assert!(mock.idp.never_used().is_empty());
        }
        let used = waiting().await;
        assert_eq!(
            used.get(0).map(|one| &one["used"]),
            (times == "until-disarmed").then_some(&json!(3))
        );
        mock.control("DELETE", "/faults", json!(null)).await;
        assert!(!broken().await, "{times}");
    }
    for times in [json!(0), json!(10_001), json!("always"), json!(-1), json!(1.5)] {
        let refused = mock
            .try_control("POST", "/faults", json!({"faults": faults, "times": times}))
            .await;
        assert!(
            refused.status == 400
                && refused
                    .body
                    .contains("expected a number from 1 to 10000 or `until-disarmed`"),
            "{}",
            refused.body
        );
    }
}

fn never_used(times: &Value) -> String {
    let often = match times {
        Value::String(_) => ", until it is disarmed, not used so far",
        Value::Number(number) if number.as_u64() == Some(2) => ", 2 times, 0 of them done",
        _ => "",
    };
    format!("contoso.onmicrosoft.com: sig-value-bitflip, to any application of anybody{often}")
}
