//! Faults of one application and one user: by the control route, on the page, and in the trace.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::newest;
use crate::agent::{Mock, upn};

#[tokio::test]
async fn a_faulty_response_stands_beside_the_honest_one() {
    let mock = Mock::contoso();
    let fault = json!({"id": "sig-tamper-nameid", "value": "admin@evil.test"});
    let order = json!({"app": "sipgate", "user": "a.nowak", "faults": [fault]});
    mock.control("POST", "/faults", order.clone()).await;
    // Another user, then another application: neither is meant.
    mock.sign_on("sipgate", "B.Simon").await;
    let holds = newest(&mock).await.select(".message .good").join(" ");
    assert!(holds.starts_with("It holds"), "{holds}");
    let verdict = newest(&mock).await.select(".message dd").join("\n");
    assert!(
        verdict.contains("by the application's certificate current (active), thumbprint"),
        "{verdict}"
    );
    assert!(
        verdict.contains("rsa-sha256")
            && verdict.contains("xmlenc#sha256")
            && verdict.contains("Assertion _")
    );
    mock.sign_on("Upwork Enterprise", "A.Nowak").await;
    let waiting = mock.control("GET", "/faults", Value::Null).await;
    let mut unused = order.clone();
    unused["used"] = json!(0);
    unused["number"] = json!(1);
    assert_eq!(waiting, json!([unused]));
    mock.control(
        "PATCH",
        "",
        json!({"user": [{"user_principal_name": upn("A.Nowak"), "mail": "a.nowak@contoso.com"}]}),
    )
    .await;
    let sent = mock.sign_on("sipgate", "A.Nowak").await;
    assert!(sent.xml.contains("admin@evil.test"));
    let page = newest(&mock).await;
    let (gone, come) = (page.select(".beside del"), page.select(".beside ins"));
    assert_eq!((gone.len(), come.len()), (1, 1));
    assert!(
        gone[0].starts_with("<NameID") && gone[0].contains("A.Nowak@contoso.onmicrosoft.com"),
        "{gone:?}"
    );
    assert!(come[0].contains(">admin@evil.test</NameID>"), "{come:?}");
    assert!(
        page.select(".message .bad")
            .concat()
            .starts_with("It does not hold")
    );
    assert!(
        page.body
            .contains("The armed fault sig-tamper-nameid (value = admin@evil.test) takes effect.")
    );
    assert_eq!(mock.control("GET", "/faults", Value::Null).await, json!([]));
}

/// A signature that an SP has to refuse is not shown as one that is good.
#[tokio::test]
async fn a_strangers_signature_is_no_good_news() {
    for fault in ["sig-wrong-key", "sig-wrong-key-own-cert"] {
        let mock = Mock::contoso();
        mock.control("POST", "/faults", json!({"faults": [{"id": fault}]}))
            .await;
        mock.sign_on("sipgate", "B.Simon").await;
        let page = newest(&mock).await;
        let told = page.select(".message dl .bad").concat();
        assert_eq!(told, "It holds by a key that nobody shall trust", "{fault}");
        assert!(page.select(".message dl .good").is_empty(), "{fault}");
        let why = page.select(".message dd").join("\n");
        assert!(
            why.contains("trust: the attackers' key, which no application has"),
            "{why}"
        );
    }
}

/// What was signed stays signed, whatever the application is called now, and with whatever else is known.
#[tokio::test]
async fn a_verdict_outlives_the_applications_name() {
    let mock = Mock::contoso();
    mock.sign_on("sipgate", "B.Simon").await;
    let path = crate::flows::list(&mock)
        .await
        .attribute("tbody a", "href")
        .unwrap();
    let app = mock.control("GET", "", Value::Null).await["apps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|app| app["name"] == "sipgate")
        .unwrap()["app_id"]
        .as_str()
        .unwrap()
        .to_owned();
    mock.control("POST", "/faults", json!({"faults": [{"id": "sig-wrong-key"}]}))
        .await;
    mock.sign_on("Upsales", "B.Simon").await;
    let properties = format!("/portal/{}/apps/{app}/properties", mock.tenant.id);
    let renamed = [("name", "Telephone"), ("enabled", "yes"), ("action", "save")];
    let deleted = [("action", "delete"), ("sure", "yes")];
    for (fields, verdict) in [
        (
            &renamed[..],
            "It holds by the application's certificate current (active)",
        ),
        (
            &deleted,
            "It holds by a key that nobody shall trust: the application's certificate current (no longer listed)",
        ),
    ] {
        let page = mock.agent().post(&properties, fields).await;
        assert_eq!(page.status, 303, "{}", page.body);
        let told = mock.agent().get(&path).await.select(".message dl dd").join("\n");
        assert!(told.contains(verdict), "{told}");
    }
}

#[tokio::test]
async fn faults_for_nobody_are_refused_and_all_are_disarmed_at_once() {
    let mock = Mock::contoso();
    for (key, value, expected) in [
        ("app", "Upsale", "there is no application `Upsale` in this tenant"),
        ("user", "B.Simo", "there is no user `B.Simo` in this tenant"),
    ] {
        let body = json!({key: value, "faults": [{"id": "sig-none"}]});
        let page = mock.try_control("POST", "/faults", body).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.body.contains(expected), "{}", page.body);
    }
    for _ in 0..2 {
        mock.control("POST", "/faults", json!({"faults": [{"id": "sig-none"}]}))
            .await;
    }
    mock.control("DELETE", "/faults", Value::Null).await;
    assert_eq!(mock.control("GET", "/faults", Value::Null).await, json!([]));
}

/// An encrypted assertion is shown as whoever can decrypt it reads it, and so is what Entra would have sent.
#[tokio::test]
async fn an_encrypted_assertion_is_shown_open() {
    let mock = Mock::contoso();
    let key = certs::SigningKey::generate(certs::KeySize::Rsa2048).unwrap();
    let spec = certs::CertificateSpec {
        common_name: "sp.example".to_owned(),
        serial: [7; 16],
        not_before: "2020-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2090-01-01T00:00:00Z".parse().unwrap(),
    };
    let certificate = certs::Certificate::self_signed(&key, &spec).unwrap();
    let encryption =
        json!({"certificates": [{"name": "sp", "certificate": certificate.pem(), "status": "active"}]});
    let signing = json!({"option": "response-and-assertion"});
    mock.patch_app(
        "sipgate",
        json!({"token_encryption": encryption, "signing": signing}),
    )
    .await;
    let sent = mock.sign_on("sipgate", "B.Simon").await;
    assert!(sent.xml.contains("<EncryptedAssertion") && !sent.xml.contains("<NameID"));
    let page = newest(&mock).await;
    assert!(page.select("h3").contains(&"For reading, decrypted".to_owned()));
    let read = page.select("pre.xml").concat();
    assert!(
        read.contains("<NameID") && !read.contains("EncryptedAssertion"),
        "{read}"
    );
    let verdicts = page.select(".message .good").join(" ");
    assert_eq!(verdicts.matches("It holds").count(), 2, "{verdicts}");
    assert!(page.select(".message td .good").contains(&"met".to_owned()));
    // As it was sent it stays encrypted.
    assert!(page.select("#out-xml-1").concat().contains("EncryptedAssertion"));
    // The response is signed over the encrypted form, which is another each time: its digest and its signature differ.
    for (fault, gone) in [
        (json!({"id": "sig-tamper-nameid", "value": "admin@evil.test"}), 3),
        (json!({"id": "enc-wrong-key"}), 2),
    ] {
        mock.control("POST", "/faults", json!({"faults": [fault]})).await;
        let sent = mock.sign_on("sipgate", "B.Simon").await;
        assert!(sent.xml.contains("<EncryptedAssertion"));
        let page = newest(&mock).await;
        assert!(
            page.select("h3")
                .contains(&"Beside what Entra would have sent, decrypted".to_owned())
        );
        assert_eq!(page.select(".beside del").len(), gone, "{fault}");
        assert!(page.select(".beside").concat().contains("<NameID"));
    }
}

/// By a name or an application id; and one set of several can be disarmed.
#[tokio::test]
async fn an_application_is_named_by_its_id_and_one_set_is_disarmed() {
    let mock = Mock::contoso();
    let app = mock.app("sipgate").app_id;
    for app in [json!(app), json!("Upsales")] {
        let order = json!({"app": app, "faults": [{"id": "sig-none"}]});
        mock.control("POST", "/faults", order).await;
    }
    mock.sign_on("Upwork Enterprise", "B.Simon").await;
    let sent = mock.sign_on("sipgate", "B.Simon").await;
    assert!(!sent.xml.contains("SignatureValue"));
    let waiting = mock.control("GET", "/faults", Value::Null).await;
    assert_eq!(waiting.as_array().unwrap().len(), 1);
    let path = format!("/faults/{}", waiting[0]["number"]);
    mock.control("POST", "/faults", json!({"faults": [{"id": "sig-none"}]}))
        .await;
    mock.control("DELETE", &path, Value::Null).await;
    let left = mock.control("GET", "/faults", Value::Null).await;
    assert_eq!(
        left,
        json!([{"number": 3, "faults": [{"id": "sig-none"}], "used": 0}])
    );
    for path in [path.as_str(), "/faults/x"] {
        let page = mock.try_control("DELETE", path, Value::Null).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(
            page.body.contains("no armed faults have the number"),
            "{}",
            page.body
        );
    }
}

/// Nothing is recorded yet: a flow has no events, and no difference.
#[tokio::test]
async fn a_flow_that_is_not_there_has_no_difference() {
    let mock = Mock::contoso();
    let events = mock.control("GET", "/flows/nosuch", Value::Null).await;
    assert_eq!(events, json!({"events": []}));
    let page = mock
        .try_control("GET", "/flows/nosuch/difference", Value::Null)
        .await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(
        page.body.contains("nothing was recorded under the flow `nosuch`"),
        "{}",
        page.body
    );
}

/// One form arms several: those that were chosen stay in the address until all are armed.
#[tokio::test]
async fn faults_are_combined_on_the_page() {
    let mock = Mock::contoso();
    let path = format!("/portal/{}/faults", mock.tenant.id);
    let mut agent = mock.agent();
    let first = "fault=sig-tamper-nameid&parameter-value=a%26b&app=sipgate&user=B.Simon";
    let page = agent.get(&format!("{path}?{first}&action=another")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.select(".kept li code"), ["sig-tamper-nameid (value = a&b)"]);
    assert_eq!(
        page.attribute("option[selected]", "value"),
        None,
        "one more is asked for"
    );
    assert_eq!(page.select("#app option[selected]"), ["sipgate"]);
    let kept = "kept-0=sig-tamper-nameid&kept-0-value=a%26b";
    let hidden = |name: &str| page.attribute(&format!("input[type=hidden][name={name}]"), "value");
    assert_eq!(hidden("kept-0").as_deref(), Some("sig-tamper-nameid"));
    assert_eq!(hidden("kept-0-value").as_deref(), Some("a&b"));
    let link = page.attribute("tbody a", "href").unwrap();
    assert!(link.starts_with(&format!("?{kept}&fault=")), "{link}");

    // What cannot be armed is not kept.
    let page = agent
        .get(&format!("{path}?{kept}&fault=sig-certificate&action=another"))
        .await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.select(".problem")[0].contains("needs the parameter `certificate`"));
    assert!(page.asks("parameter-certificate"));
    assert_eq!(page.select(".kept li").len(), 1);
    let two = format!("{kept}&kept-1=sig-none");
    let page = agent.get(&format!("{path}?{two}&without=0&fault=ext-")).await;
    assert_eq!(page.select(".kept li code"), ["sig-none"]);
    assert!(page.select(".problem")[0].contains("ext-"), "which is not known");

    let fields = [
        ("action", "arm"),
        ("kept-0", "sig-tamper-nameid"),
        ("kept-0-value", "a&b"),
        ("fault", "bind-get-acs"),
        ("app", "sipgate"),
    ];
    let page = agent.post(&path, &fields).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    let waiting = mock.control("GET", "/faults", Value::Null).await;
    let faults = json!([{"id": "sig-tamper-nameid", "value": "a&b"}, {"id": "bind-get-acs"}]);
    assert_eq!(waiting[0]["faults"], faults);
    let page = agent.post(&path, &fields[..3]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "nothing more need be chosen");
}

#[tokio::test]
async fn an_unknown_fault_is_named_and_code_in_hints_is_code() {
    let mock = Mock::contoso();
    let path = format!("/portal/{}/faults", mock.tenant.id);
    let mut agent = mock.agent();
    let asked = agent.get(&format!("{path}?fault=sig-nonne")).await;
    let posted = agent
        .post(&path, &[("action", "arm"), ("fault", "sig-nonne")])
        .await;
    for page in [asked, posted] {
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        let told = &page.select(".problem")[0];
        assert!(
            told.contains("`sig-nonne`") && told.contains("`sig-none`"),
            "{told}"
        );
        assert!(!told.ends_with("?."), "{told}");
    }
    let page = agent.get(&format!("{path}?fault=bind-get-acs")).await;
    assert!(page.select(".hint code").len() > 2);
    let text = page.select(".hint, td, option").concat();
    assert!(!text.contains('`'), "{text}");
}

/// Without scripts: a fault is chosen, its parameters are filled in, it waits, and is disarmed.
#[tokio::test]
async fn faults_are_armed_on_the_page() {
    let mock = Mock::contoso();
    let path = format!("/portal/{}/faults", mock.tenant.id);
    let mut agent = mock.agent();
    let page = agent.get(&path).await;
    assert_eq!(page.select("optgroup option").len(), mock_idp::FAULTS.len());
    assert!(page.body.contains("Nothing is armed"));
    let page = agent.get(&format!("{path}?fault=aadsts")).await;
    assert!(page.asks("parameter-code") && page.body.contains("<option value=\"50105\">"));
    assert_eq!(
        page.attribute("option[selected]", "value").as_deref(),
        Some("aadsts")
    );
    let form = [
        ("action", "arm"),
        ("fault", "sig-certificate"),
        ("app", "sipgate"),
        ("user", "B.Simon"),
    ];
    let page = agent.post(&path, &form).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.select(".problem")[0].contains("needs the parameter `certificate`"));
    assert!(page.asks("parameter-certificate"), "the form asks for it now");
    assert_eq!(page.attribute("#user", "value").as_deref(), Some("B.Simon"));
    assert_eq!(page.select("#app option[selected]"), ["sipgate"]);
    let page = agent
        .post(&path, &[("action", "arm"), ("fault", "sig-none"), ("times", "0")])
        .await;
    assert!(page.select(".problem")[0].contains("expected a number from 1 to 10000 or `until-disarmed`"));
    assert_eq!(page.attribute("#times", "value").as_deref(), Some("0"));
    let page = agent.post(&path, &[("action", "arm"), ("fault", "")]).await;
    assert_eq!(page.select(".problem"), ["Choose a fault."]);
    let form = [&form[..], &[("parameter-certificate", "current")]].concat();
    let page = agent.post(&path, &form).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    agent
        .post(&path, &[("action", "arm"), ("fault", "sig-none"), ("times", "3")])
        .await;
    let page = agent.get(page.header(header::LOCATION)).await;
    assert_eq!(page.select(".notice"), ["The fault is armed."]);
    let armed = page.select("section:first-of-type tbody td:nth-child(2)");
    assert_eq!(
        armed,
        [
            "to sipgate of B.Simon",
            "to any application of anybody, 3 times, 0 of them done"
        ]
    );
    let number = page.attribute("input[name=number]", "value").unwrap();
    agent
        .post(&path, &[("action", "disarm"), ("number", &number)])
        .await;
    let waiting = mock.control("GET", "/faults", Value::Null).await;
    assert_eq!(
        waiting,
        json!([{"number": 2, "faults": [{"id": "sig-none"}], "times": 3, "used": 0}])
    );
    let page = agent
        .post(&path, &[("action", "disarm"), ("number", &number)])
        .await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.select(".problem")[0].contains(&format!("under the number {number}")));
    agent.post(&path, &[("action", "disarm-all")]).await;
    assert_eq!(mock.control("GET", "/faults", Value::Null).await, json!([]));
}
