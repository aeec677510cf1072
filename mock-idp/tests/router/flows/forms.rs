//! Forms that faults changed: what the flow tells of them, and what the control route can say.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::newest;
use crate::agent::{Agent, Mock};

/// The lines that differ, and the flow's page.
async fn differing(mock: &Mock, fault: Value) -> Vec<String> {
    let flow = fault["id"].as_str().unwrap().to_owned();
    mock.control("POST", "/faults", json!({"faults": [fault]})).await;
    let mut agent: Agent = mock.agent();
    agent.headers.push((control_api::FLOW_HEADER, flow.clone()));
    agent
        .headers
        .push((control_api::USER_HEADER, "B.Simon".to_owned()));
    agent.get(&mock.path_of_launch("sipgate")).await;
    let path = format!("/flows/{flow}/difference");
    let difference = mock.control("GET", &path, Value::Null).await;
    let line = |line: &Value| {
        let marked = |key: &str, mark: &str| Some(format!("{mark}{}", line[key].as_str()?));
        marked("honest", "-").or_else(|| marked("sent", "+"))
    };
    let lines = difference["lines"].as_array().unwrap().iter();
    lines.filter_map(line).collect()
}

#[tokio::test]
async fn a_form_that_faults_changed_is_told_beside_entras() {
    let mock = Mock::contoso();
    let acs = mock.app("sipgate").reply_urls[0].clone();
    let typed = "-Content-Type: application/x-www-form-urlencoded".to_owned();
    for (fault, expected) in [
        (
            json!({"id": "bind-get-acs"}),
            vec![format!("-POST {acs}"), typed.clone(), format!("+GET {acs}")],
        ),
        (
            json!({"id": "bind-content-type"}),
            vec![typed, "+Content-Type: multipart/form-data".to_owned()],
        ),
        (
            json!({"id": "bind-acs-index"}),
            vec![format!("-POST {acs}"), format!("+POST {acs}-retired")],
        ),
        (
            json!({"id": "bind-relaystate-open-redirect"}),
            vec!["+RelayState=https://evil.test/".to_owned()],
        ),
        (json!({"id": "bind-missing-field", "form": "empty"}), Vec::new()),
        (json!({"id": "bind-duplicate-field"}), Vec::new()),
        (json!({"id": "bind-bad-base64"}), Vec::new()),
    ] {
        let lines = differing(&mock, fault.clone()).await;
        let page = newest(&mock).await;
        let shown = page.select(".forms del, .forms ins").len();
        if expected.is_empty() {
            assert!(
                lines.iter().any(|line| line.starts_with("+SAMLResponse=")),
                "{fault} {lines:?}"
            );
            assert!(shown > 0, "{fault}");
        } else {
            assert_eq!(lines, expected, "{fault}");
            assert_eq!(shown, expected.len(), "{fault}");
        }
    }
    // A fault of the message leaves the form as it is.
    let lines = differing(&mock, json!({"id": "sig-none"})).await;
    assert!(
        !lines.is_empty() && !lines.iter().any(|line| line.contains("SAMLResponse=")),
        "{lines:?}"
    );
    assert!(newest(&mock).await.select(".forms").is_empty());
}

#[tokio::test]
async fn the_control_route_says_the_form_that_faults_made_or_that_it_cannot() {
    let mock = Mock::contoso();
    let acs = mock.app("sipgate").reply_urls[0].clone();
    let asked = json!({"user": "B.Simon", "app": "sipgate"});
    for (fault, expected) in [
        (
            json!({"id": "bind-acs-index"}),
            json!({"acs": format!("{acs}-retired")}),
        ),
        (
            json!({"id": "bind-relaystate-open-redirect"}),
            json!({"relay_state": "https://evil.test/"}),
        ),
        (
            json!({"id": "bind-missing-field", "form": "empty"}),
            json!({"saml_response": ""}),
        ),
    ] {
        mock.control("POST", "/faults", json!({"faults": [fault]})).await;
        let answer = mock.control("POST", "/sign-in", asked.clone()).await;
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&answer["response"][key], value, "{fault}");
        }
    }
    for (fault, reason) in [
        (json!({"id": "bind-get-acs"}), "it is sent by GET"),
        (
            json!({"id": "bind-content-type"}),
            "it is sent as multipart/form-data",
        ),
        (
            json!({"id": "bind-missing-field"}),
            "it has no field `SAMLResponse`",
        ),
        (
            json!({"id": "bind-duplicate-field"}),
            "it has more than one field `SAMLResponse`",
        ),
        (
            json!({"id": "bind-big-body", "bytes": "10"}),
            "it has the field `padding`",
        ),
        (json!({"id": "bind-simplesign"}), "it has the field `"),
    ] {
        mock.control("POST", "/faults", json!({"faults": [fault]})).await;
        let page = mock.try_control("POST", "/sign-in", asked.clone()).await;
        assert_eq!(page.status, StatusCode::CONFLICT, "{fault} {}", page.body);
        assert!(page.body.contains(reason), "{fault} {}", page.body);
    }
}
