//! A flow taken elsewhere: as an HTTP archive, and as a scenario.

use std::sync::{Arc, Mutex};

use axum::http::{StatusCode, header};
use control_api::flow::{SpEvent, SpFlow};
use control_api::sp::AccountChange;
use serde_json::{Value, json};

use super::newest_file;
use crate::agent::{Mock, redirect, request, upn};

/// HAR 1.2: every key that the format demands, and the post to the SP, whose answer nobody here saw.
#[tokio::test]
async fn a_flow_leaves_as_an_http_archive() {
    let mock = Mock::contoso();
    let app = mock.app("sipgate");
    let message = saml_emit::binding::post_value(&saml_emit::authn_request(&request(&app)).unwrap());
    let mut agent = mock.agent();
    agent.headers.push(("user-agent", "A browser".to_owned()));
    let fields = [("SAMLRequest", message.as_str()), ("RelayState", "back")];
    let page = agent
        .post(&mock.path("saml2?code=secret&login_hint=a"), &fields)
        .await;
    let delivered = agent.sign_in(page, "B.Simon").await;
    let file = newest_file(&mock, "har").await;
    assert_eq!(file.header(header::CONTENT_TYPE), "application/json");
    assert!(file.header(header::CONTENT_DISPOSITION).ends_with(".har\""));
    let har: Value = serde_json::from_str(&file.body).unwrap();
    assert_eq!(har["log"]["version"], "1.2");
    assert!(har["log"]["creator"]["name"].is_string() && har["log"]["creator"]["version"].is_string());
    let entries = har["log"]["entries"].as_array().unwrap();
    for entry in entries {
        let began = entry["startedDateTime"].as_str().unwrap();
        assert!(began.parse::<jiff::Timestamp>().is_ok(), "{began}");
        assert!(entry["time"].is_number() && entry["cache"].is_object());
        for (part, keys) in [
            (
                "request",
                "method url httpVersion cookies headers queryString headersSize bodySize",
            ),
            (
                "response",
                "status statusText httpVersion cookies headers content redirectURL headersSize bodySize",
            ),
            ("timings", "send wait receive"),
        ] {
            for key in keys.split(' ') {
                assert!(!entry[part][key].is_null(), "{part}.{key}: {entry}");
            }
        }
        let content = &entry["response"]["content"];
        assert!(content["size"].is_number() && content["mimeType"].is_string());
        let url = entry["request"]["url"].as_str().unwrap();
        assert!(url::Url::parse(url).is_ok(), "{url}");
    }
    let first = &entries[0]["request"];
    assert_eq!(
        first["postData"]["params"][0],
        json!({"name": "SAMLRequest", "value": message})
    );
    assert_eq!(
        first["postData"]["params"][1],
        json!({"name": "RelayState", "value": "back"})
    );
    let query = json!([{"name": "code", "value": "(not-recorded)"}, {"name": "login_hint", "value": "a"}]);
    assert_eq!(first["queryString"], query);
    assert!(
        first["headers"]
            .as_array()
            .unwrap()
            .contains(&json!({"name": "user-agent", "value": "A browser"}))
    );
    assert_eq!(
        entries[0]["response"]["content"]["mimeType"],
        "text/html; charset=utf-8"
    );
    let last = &entries[entries.len() - 1];
    assert_eq!(last["request"]["url"], app.reply_urls[0].as_str());
    let posted = delivered.form().fields[0].1.clone();
    assert_eq!(last["request"]["postData"]["params"][0]["value"], posted.as_str());
    assert_eq!(last["response"]["status"], 0);
    assert!(
        last["comment"]
            .as_str()
            .unwrap()
            .contains("did not see the answer")
    );
}

/// A scenario names a fault once, and says in how many responses it acts.
#[tokio::test]
async fn a_set_that_acts_more_than_once_leaves_as_one() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let page = agent.get(&mock.path_of_launch("sipgate")).await;
    agent.sign_in(page, "B.Simon").await.delivered();
    for (orders, expected) in [
        (
            json!([{"faults": [{"id": "cond-expired"}, {"id": "sig-rsa-sha1"}], "times": "until-disarmed"}]),
            "faults = [{ id = \"cond-expired\" }, { id = \"sig-rsa-sha1\" }], times = 3 }\n",
        ),
        (
            json!([{"faults": [{"id": "cond-expired"}], "times": 2}, {"faults": [{"id": "sig-none"}, {"id": "cond-expired"}]}]),
            "faults = [{ id = \"cond-expired\" }, { id = \"sig-none\" }] }\n",
        ),
    ] {
        for order in orders.as_array().unwrap() {
            mock.control("POST", "/faults", order.clone()).await;
        }
        agent.flow = Some(format!("flow-{}", orders.as_array().unwrap().len()));
        for _ in 0..3 {
            agent.get(&mock.path_of_launch("sipgate")).await.delivered();
        }
        let text = newest_file(&mock, "toml").await.body;
        assert!(text.contains(expected), "{text}");
        mock.control("DELETE", "/faults", Value::Null).await;
    }
}

#[tokio::test]
async fn a_flow_leaves_as_a_scenario() {
    let mock = Mock::contoso();
    let app = mock.app("sipgate");
    let scenario = async |mock: &Mock| newest_file(mock, "toml").await.body;
    let mut agent = mock.agent();
    let mut asked = request(&app);
    asked.force_authn = true;
    let page = agent.get(&redirect(&app, &asked)).await;
    agent.sign_in(page, "B.Simon").await.delivered();
    let text = scenario(&mock).await;
    let expected = "app    = \"sipgate\"\n\n[[step]]\nsign_in = { user = \"B.Simon\", start = \"sp\", request = { force_authn = true } }\nexpect  = { outcome = \"signed-in\" }\n";
    assert!(text.ends_with(expected), "{text}");
    assert!(
        text.contains("is not known: the expectation is what a correct one does.\n"),
        "{text}"
    );
    let fault = json!({"id": "sig-tamper-nameid", "value": "a\"\n\u{7f}b"});
    mock.control("POST", "/faults", json!({"faults": [fault]})).await;
    agent.get(&mock.path_of_launch("sipgate")).await.delivered();
    let text = scenario(&mock).await;
    let expected = "[[step]]\nsign_in = { user = \"B.Simon\", start = \"idp\", browser = \"one\" }\nexpect  = { outcome = \"signed-in\" }\n\n[[step]]\nsign_in = { user = \"B.Simon\", start = \"idp\", browser = \"one\", faults = [{ id = \"sig-tamper-nameid\", value = \"a\\\"\\n\\u007Fb\" }] }\nexpect  = { outcome = \"refused\", rejection = \"signature-invalid\" }\n";
    assert!(text.ends_with(expected), "{text}");
    assert!(
        text.contains("is not known: the expectation is what the catalogue says of the faults.\n"),
        "{text}"
    );
    // A matter of policy is no refusal.
    mock.control(
        "POST",
        "/faults",
        json!({"faults": [{"id": "cond-audience-spn"}]}),
    )
    .await;
    agent.get(&mock.path_of_launch("sipgate")).await.delivered();
    let text = scenario(&mock).await;
    assert!(text.ends_with("expect  = { outcome = \"either\" }\n"), "{text}");
    mock.agent().get(&mock.path("saml2?SAMLRequest=%25")).await;
    let text = scenario(&mock).await;
    let expected = "request = { query = \"SAMLRequest=%25\" }\nexpect  = { outcome = \"stopped-at-idp\", code = \"AADSTS750056\" }\n";
    assert!(text.ends_with(expected), "{text}");
    assert!(
        text.contains("The expectation is what happened there.\n"),
        "{text}"
    );
    agent.get(&mock.path("oauth2/logout")).await;
    assert!(
        scenario(&mock)
            .await
            .contains("sign_out = { start = \"idp\", browser = \"one\" }")
    );
    mock.agent().get(&format!("/myapps/{}", mock.tenant.id)).await;
    assert_eq!(newest_file(&mock, "toml").await.status, StatusCode::NOT_FOUND);
}

/// contracts.md section 2: a refusal needs a positive control, and the same user, whom nothing was wrong with, is none.
#[tokio::test]
async fn a_scenario_of_a_refusal_has_a_control_that_signs_in() {
    let mock = Mock::contoso();
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    let tell = Arc::new(move || SpFlow {
        events: told.lock().unwrap().clone(),
    });
    mock.idp.set_sp_events(mock.tenant.id.parse().unwrap(), tell);
    let sign_on = async |user: &str, rejection: Option<&str>| {
        let sent = mock.sign_on("sipgate", user).await;
        let response_id = sent.xml.split('"').find(|value| value.starts_with('_')).unwrap();
        let signed_in = SpEvent::SignedIn {
            message_sha256: None,
            response_id: response_id.to_owned(),
            request_id: None,
            name_id: "x".to_owned(),
            account: AccountChange::Unchanged,
        };
        let refused = rejection.map(|rejection| SpEvent::Rejected {
            message_sha256: None,
            response_id: Some(response_id.to_owned()),
            request_id: None,
            rejection: rejection.to_owned(),
            cause: "why".to_owned(),
        });
        events.lock().unwrap().push(refused.unwrap_or(signed_in));
        newest_file(&mock, "toml").await
    };
    let page = sign_on("A.Nowak", Some("account-unknown")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(
        page.body.contains("needs a user whom it lets in"),
        "{}",
        page.body
    );
    sign_on("B.Simon", None).await;
    let text = sign_on("A.Nowak", Some("account-unknown")).await.body;
    let expected = "[[step]]\nsign_in = { user = \"B.Simon\", start = \"sp\" }\nexpect  = { outcome = \"signed-in\" }\n\n[[step]]\nsign_in = { user = \"A.Nowak\", start = \"sp\", control = 1 }\nexpect  = { outcome = \"refused\", rejection = \"account-unknown\" }\n";
    assert!(text.ends_with(expected), "{text}");
    assert!(
        text.contains("The expectation is what happened there.\n"),
        "{text}"
    );
    let text = sign_on("B.Simon", Some("replayed")).await.body;
    let expected = "[[step]]\nsign_in = { user = \"B.Simon\", start = \"sp\" }\nexpect  = { outcome = \"signed-in\" }\n\n[[step]]\nreplay = { step = 1 }\nexpect = { outcome = \"refused\", rejection = \"replayed\" }\n";
    assert!(text.ends_with(expected), "{text}");
    let page = sign_on("B.Simon", Some("in-response-to-unknown")).await;
    assert!(page.body.contains("did not send this request"), "{}", page.body);
}

/// The commonest mistake stops a sign-on before anybody signs in: whoever does meets it.
#[tokio::test]
async fn a_strange_reply_url_leaves_as_a_scenario() {
    let mock = Mock::contoso();
    let app = mock.app("sipgate");
    let mut asked = request(&app);
    asked.acs_url = Some("https://other.example/acs".to_owned());
    let page = mock.agent().get(&redirect(&app, &asked)).await;
    assert_eq!(page.aadsts().as_deref(), Some("AADSTS50011"));
    let text = newest_file(&mock, "toml").await.body;
    let expected = "sign_in = { user = \"B.Simon\", start = \"sp\", request = { acs_url = \"https://other.example/acs\" } }\nexpect  = { outcome = \"stopped-at-idp\", code = \"AADSTS50011\" }\n";
    assert!(text.ends_with(expected), "{text}");
    let mut asked = request(&app);
    asked.destination = Some("https://other.example/saml2".to_owned());
    mock.agent().get(&redirect(&app, &asked)).await;
    let page = newest_file(&mock, "toml").await;
    assert!(
        page.body
            .contains("Nobody signed in, and a scenario needs to know who"),
        "{}",
        page.body
    );
}

/// Where nothing was decided there is nothing to expect.
#[tokio::test]
async fn a_flow_that_led_nowhere_is_no_scenario() {
    let mock = Mock::contoso();
    let app = mock.app("Upsales");
    let mut agent = mock.agent();
    let page = agent.get(&redirect(&app, &request(&app))).await;
    agent.submit(&page, &[("loginfmt", &upn("B.Simon"))]).await;
    let page = newest_file(&mock, "toml").await;
    assert!(page.body.contains("Nobody signed in yet"), "{}", page.body);
    mock.control("POST", "/faults", json!({"faults": [{"id": "enc-wrong-key"}]}))
        .await;
    let page = agent.get(&redirect(&app, &request(&app))).await;
    assert_eq!(agent.sign_in(page, "B.Simon").await.status, StatusCode::CONFLICT);
    let page = newest_file(&mock, "toml").await;
    assert!(page.body.contains("No response was made, and"), "{}", page.body);
}
