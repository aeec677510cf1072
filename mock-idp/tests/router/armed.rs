//! Every error that can be armed stops a sign-on where Entra shows it (entra-behaviour.md 7).

use control_api::flow::IdpEvent;
use mock_idp::{Aadsts, Appears, Place, REGISTRY};
use serde_json::{Value, json};

use crate::agent::{Agent, Mock, redirect, request, upn};

fn rows() -> impl Iterator<Item = &'static Aadsts> {
    REGISTRY.iter().flat_map(|group| group.rows).copied()
}

async fn arm(mock: &Mock, flow: &str, code: &str) {
    let body = json!({"flow": flow, "faults": [{"id": "aadsts", "code": code}]});
    mock.control("POST", "/faults", body).await;
}

/// A browser that is signed in, on its way to sipgate.
async fn signed_in(mock: &Mock) -> (Agent, String) {
    let app = mock.app("sipgate");
    let address = redirect(&app, &request(&app));
    let mut agent = mock.agent();
    let page = agent.get(&address).await;
    agent.sign_in(page, "B.Simon").await.delivered();
    (agent, address)
}

/// What the flow says of the error: its code, its message where that is told, and the faults that it comes of.
async fn told(mock: &Mock, flow: &str) -> (String, Option<String>, Vec<String>) {
    match mock.flow(flow).await.events.pop() {
        Some(IdpEvent::Stopped {
            code,
            message,
            faults,
        }) => (code, Some(message), faults),
        Some(IdpEvent::FailureIssued { code, faults, .. }) => (code, None, faults),
        other => panic!("{flow}: {other:?}"),
    }
}

/// A session answers, so there is no form: the page, or the SP.
#[tokio::test]
async fn every_error_stops_the_sign_on_of_a_session() {
    let mock = Mock::contoso();
    let (mut agent, address) = signed_in(&mock).await;
    for row in rows().filter(|row| !matches!(row.appears, Appears::Absent(_))) {
        let (flow, code) = (format!("armed-{}", row.code), format!("AADSTS{}", row.code));
        arm(&mock, &flow, &code).await;
        agent.flow = Some(flow.clone());
        let page = agent.get(&address).await;
        let (told_code, message, faults) = told(&mock, &flow).await;
        assert_eq!((told_code, faults), (code.clone(), vec!["aadsts".to_owned()]));
        let shown = if row.place == Place::Sp {
            page.delivered().xml
        } else {
            assert_eq!(page.aadsts().as_deref(), Some(code.as_str()));
            let text = message.unwrap_or_default();
            assert!(page.body.contains("Troubleshooting details") || page.body.contains("More details"));
            assert!(!text.contains(['{', '}']), "{text}");
            text
        };
        assert!(!shown.contains('{'), "{shown}");
        // What a sign-on can say of itself is said.
        let told_words = [
            ("{app}", "sipgate".to_owned()),
            ("{appid}", mock.app("sipgate").app_id.to_string()),
            ("{upn}", "B.Simon@contoso.onmicrosoft.com".to_owned()),
            ("{tenant}", "Contoso".to_owned()),
        ];
        for (name, value) in told_words.iter().filter(|(name, _)| row.template.contains(name)) {
            assert!(shown.contains(value), "{code}: {name} in {shown}");
        }
        // Once. A disabled user's session has ended with it.
        let mut page = agent.get(&address).await;
        if row.code == 50_057 {
            page = agent.sign_in(page, "B.Simon").await;
        }
        page.delivered();
    }
}

/// entra-behaviour.md 7.2: what is the user's is told on the form, and the user may try again.
#[tokio::test]
async fn an_inline_error_is_told_on_the_form() {
    let mock = Mock::contoso();
    let app = mock.app("sipgate");
    for row in rows().filter(|row| row.place == Place::Inline) {
        let (flow, code) = (format!("inline-{}", row.code), row.code.to_string());
        arm(&mock, &flow, &code).await;
        let mut agent = mock.agent();
        agent.flow = Some(flow.clone());
        let page = agent.get(&redirect(&app, &request(&app))).await;
        let page = agent.sign_in(page, "B.Simon").await;
        assert_eq!(page.aadsts(), Some(format!("AADSTS{code}")));
        assert_eq!(
            page.form()
                .fields
                .iter()
                .filter(|(name, _)| name == "flowToken")
                .count(),
            1
        );
        assert_eq!(told(&mock, &flow).await.2, ["aadsts"]);
        let fields = [
            ("loginfmt", upn("B.Simon")),
            ("passwd", "entrant-demo".to_owned()),
        ];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let mut page = agent.submit(&page, &fields).await;
        if page.heading() == "Stay signed in?" {
            page = agent.submit(&page, &[]).await;
        }
        page.delivered();
    }
}

/// An error of another flow waits for that flow; one of no flow is for the next sign-on.
#[tokio::test]
async fn an_armed_error_is_for_its_flow() {
    let mock = Mock::contoso();
    let (mut agent, address) = signed_in(&mock).await;
    arm(&mock, "another", "50131").await;
    agent.get(&address).await.delivered();
    let faults = json!({"faults": [{"id": "aadsts", "code": "AADSTS50131"}]});
    mock.control("POST", "/faults", faults).await;
    assert_eq!(agent.get(&address).await.aadsts().as_deref(), Some("AADSTS50131"));
    agent.get(&address).await.delivered();
    agent.flow = Some("another".to_owned());
    assert_eq!(agent.get(&address).await.aadsts().as_deref(), Some("AADSTS50131"));
}

/// A response's faults wait for a response: an error that was armed after them does not overtake them.
#[tokio::test]
async fn an_armed_error_comes_after_what_was_armed_before() {
    let mock = Mock::contoso();
    let (mut agent, address) = signed_in(&mock).await;
    for fault in [
        json!({"id": "sig-none"}),
        json!({"id": "aadsts", "code": "50131"}),
    ] {
        mock.control("POST", "/faults", json!({"faults": [fault]})).await;
    }
    assert!(
        !agent
            .get(&address)
            .await
            .delivered()
            .xml
            .contains("<SignatureValue>")
    );
    assert_eq!(agent.get(&address).await.aadsts().as_deref(), Some("AADSTS50131"));
}

#[tokio::test]
async fn a_code_that_cannot_be_armed_is_refused() {
    let mock = Mock::contoso();
    for (faults, message) in [
        (
            json!([{"id": "aadsts"}]),
            "the fault `aadsts` needs the parameter `code`: an error of docs/errors.md that is not absent, such as `50131`",
        ),
        (
            json!([{"id": "aadsts", "code": "AADSTS50137"}]),
            "unknown code `AADSTS50137`: the nearest are AADSTS50135, AADSTS50133, AADSTS50132",
        ),
        (
            json!([{"id": "aadsts", "code": "90236"}]),
            "AADSTS90236 never appears: no source has this number; 900236 is likely what it meant",
        ),
        (
            json!([{"id": "sig-none"}, {"id": "aadsts", "code": "50131"}]),
            "the fault `aadsts` stops the sign-on, so it goes with no other",
        ),
    ] {
        let page = mock
            .try_control("POST", "/faults", json!({"faults": faults}))
            .await;
        assert_eq!(page.status, 400);
        let answer: Value = serde_json::from_str(&page.body).unwrap();
        assert_eq!(answer["error"], message);
    }
}
