//! Arming faults by the control route, and what waits: numbers, values, and sets that could not act.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::agent::Mock;
use crate::flows::newest;

/// Whoever arms is told the number by which that alone is disarmed.
#[tokio::test]
async fn whoever_arms_is_told_the_number() {
    let mock = Mock::contoso();
    let order = json!({"app": "sipgate", "times": 3, "faults": [{"id": "sig-none"}]});
    for number in 1..3 {
        let mut expected = order.clone();
        expected["number"] = json!(number);
        expected["used"] = json!(0);
        let armed = mock.control("POST", "/faults", order.clone()).await;
        assert_eq!(armed, expected);
    }
    mock.control("DELETE", "/faults/2", Value::Null).await;
    let left = mock.control("GET", "/faults", Value::Null).await;
    assert_eq!(
        (left.as_array().unwrap().len(), &left[0]["number"]),
        (1, &json!(1))
    );
}

/// A number and a truth are what they look like.
#[tokio::test]
async fn a_parameter_may_be_a_number() {
    let mock = Mock::contoso();
    let faults = json!([{"id": "xml-huge-text", "kilobytes": 10}]);
    let armed = mock.control("POST", "/faults", json!({"faults": faults})).await;
    assert_eq!(
        armed["faults"],
        json!([{"id": "xml-huge-text", "kilobytes": "10"}])
    );
    for (fault, expected) in [
        (
            json!({"id": "xml-huge-text", "kilobytes": 0}),
            "expected a number from 1 to 50000",
        ),
        (
            json!({"id": "xml-huge-text", "kilobytes": {"a": 1}}),
            "the parameter `kilobytes` of the fault `xml-huge-text`: expected a text, a number, `true` or `false`, found an object",
        ),
    ] {
        let page = mock
            .try_control("POST", "/faults", json!({"faults": [fault]}))
            .await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.body.contains(expected), "{}", page.body);
    }
}

/// By the control route and on the page.
#[tokio::test]
async fn a_fault_is_armed_once_in_a_set() {
    let mock = Mock::contoso();
    let told = "`faults`: `xsw-3` is there twice";
    let faults = json!([{"id": "xsw-3"}, {"id": "sig-none"}, {"id": "xsw-3", "victim": "A.Nowak"}]);
    let page = mock
        .try_control("POST", "/faults", json!({"faults": faults}))
        .await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains(told), "{}", page.body);
    let path = format!("/portal/{}/faults", mock.tenant.id);
    let fields = [("action", "arm"), ("kept-0", "xsw-3"), ("fault", "xsw-3")];
    let page = mock.agent().post(&path, &fields).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.select(".problem")[0].contains(told), "{}", page.body);
    assert_eq!(mock.control("GET", "/faults", Value::Null).await, json!([]));
}

/// No response left with it, so that it was not used: it waits where it was, and is told as never used.
#[tokio::test]
async fn a_set_that_cannot_act_is_not_used() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let page = agent.get(&mock.path_of_launch("sipgate")).await;
    agent.sign_in(page, "B.Simon").await.delivered();
    for times in [json!(1), json!(2)] {
        let order = json!({"times": times, "faults": [{"id": "enc-wrong-key"}]});
        mock.control("POST", "/faults", order).await;
    }
    let waiting = mock.control("GET", "/faults", Value::Null).await;
    for number in 1..3 {
        for _ in 0..2 {
            let page = agent.get(&mock.path_of_launch("sipgate")).await;
            assert_eq!(page.status, StatusCode::CONFLICT);
            let told =
                format!("It was not used: set {number} (`enc-wrong-key`) stays armed until it fits, or");
            assert!(page.select("main p")[0].contains(&told), "{}", page.body);
            let left = mock.control("GET", "/faults", Value::Null).await;
            assert_eq!(
                left.as_array().unwrap()[..],
                waiting.as_array().unwrap()[number - 1..]
            );
            assert_eq!(mock.idp.never_used().len(), 3 - number);
        }
        assert!(!newest(&mock).await.body.contains("takes effect"));
        let path = format!("/faults/{number}");
        mock.control("DELETE", &path, Value::Null).await;
    }
    agent.get(&mock.path_of_launch("sipgate")).await.delivered();
}

/// As for a response, so for metadata and for a sign-out: of an application without a Logout Url.
#[tokio::test]
async fn a_set_for_a_sign_out_that_cannot_act_is_not_used() {
    let mock = Mock::contoso();
    mock.patch_app("sipgate", json!({"logout_url": ""})).await;
    let mut agent = mock.agent();
    let page = agent.get(&mock.path_of_launch("sipgate")).await;
    agent.sign_in(page, "B.Simon").await.delivered();
    let order = json!({"faults": [{"id": "slo-unsigned"}]});
    mock.control("POST", "/faults", order).await;
    let page = agent.get(&mock.path("oauth2/logout")).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.body);
    let left = mock.control("GET", "/faults", Value::Null).await;
    assert_eq!(left[0]["used"], 0);
}

/// The page says how often, in words.
#[tokio::test]
async fn the_page_counts_in_words() {
    let mock = Mock::contoso();
    let order = json!({"times": "until-disarmed", "faults": [{"id": "sig-none"}]});
    mock.control("POST", "/faults", order).await;
    let path = format!("/portal/{}/faults", mock.tenant.id);
    for words in ["not used so far", "once so far", "2 times so far"] {
        let page = mock.agent().get(&path).await;
        let meant = page.select("td[data-label='Which sign-ons']").concat();
        assert_eq!(
            meant,
            format!("to any application of anybody, until it is disarmed, {words}")
        );
        mock.sign_on("sipgate", "B.Simon").await;
    }
    let start = mock.agent().get("/").await;
    let links = start.select(".tenant-block > .actions a");
    assert!(links.contains(&"Faults".to_owned()), "{links:?}");
    assert!(start.body.contains(&format!("href=\"{path}\"")), "{}", start.body);
}
