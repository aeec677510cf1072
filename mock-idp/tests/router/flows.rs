//! The flow trace: what is recorded, who may see it, and that nothing which came from outside gets onto a page but as
//! text.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use control_api::flow::{SpEvent, SpFlow};
use control_api::sp::AccountChange;
use mock_idp::MockIdp;
use serde_json::{Value, json};

use crate::agent::{Agent, HOST, Mock, Page, redirect, request, upn};

/// The ID of the Test button's requests (entra-behaviour.md 1).
const TEST_ID: &str = "F84D888AA3B44C1B844375A4E8210D9E";

fn list_path(mock: &Mock) -> String {
    format!("/flows/{}", mock.tenant.id)
}

async fn list(mock: &Mock) -> Page {
    mock.agent().get(&list_path(mock)).await
}

/// The rows of the list, cell by cell.
async fn rows(mock: &Mock) -> Vec<Vec<String>> {
    let page = list(mock).await;
    let cells = page.select("tbody th, tbody td");
    cells.chunks(6).map(<[_]>::to_vec).collect()
}

/// The page of the newest flow.
async fn newest(mock: &Mock) -> Page {
    let href = list(mock).await.attribute("tbody a", "href").unwrap();
    mock.agent().get(&href).await
}

async fn newest_file(mock: &Mock, extension: &str) -> Page {
    let href = list(mock).await.attribute("tbody a", "href").unwrap();
    mock.agent().get(&format!("{href}.{extension}")).await
}

/// What the page shows of a message as it was sent.
fn exactly(page: &Page, id: &str) -> String {
    let html = scraper::Html::parse_document(&page.body);
    let selector = scraper::Selector::parse(id).unwrap();
    html.select(&selector).next().unwrap().text().collect()
}

#[tokio::test]
async fn a_browsers_own_sign_on_is_one_flow_without_secrets() {
    let mock = Mock::contoso();
    let app = mock.app("sipgate");
    let mut agent = mock.agent();
    let page = agent.get(&redirect(&app, &request(&app))).await;
    let token = page
        .form()
        .fields
        .iter()
        .find(|(name, _)| name == "flowToken")
        .unwrap()
        .1
        .clone();
    let delivered = agent.sign_in(page, "B.Simon").await;
    let posted = delivered.form().fields[0].1.clone();
    let rows = rows(&mock).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        rows[0][1..],
        ["sipgate", &upn("B.Simon"), "SP", "Response issued", ""].map(str::to_owned)
    );
    let page = newest(&mock).await;
    assert_eq!(exactly(&page, "#out-1"), posted);
    let sent = STANDARD.decode(&posted).unwrap();
    assert_eq!(exactly(&page, "#out-xml-1").as_bytes(), sent);
    let words = page.select(".timeline .words li").join("\n");
    for expected in [
        "Sign-on to sipgate, asked for by the service provider.",
        "The request _request of the issuer",
        "A page asks for the user name.",
        "A page asks B.Simon@contoso.onmicrosoft.com for the password.",
        "B.Simon@contoso.onmicrosoft.com signed in.",
        "The response _",
    ] {
        assert!(words.contains(expected), "{expected}\n{words}");
    }
    let hops = page.select(".timeline .hop");
    assert_eq!(hops.len(), 4, "{hops:?}");
    assert!(
        hops[0].contains("GET /") && hops[0].contains("/saml2 200 in"),
        "{hops:?}"
    );
    assert!(page.body.contains("This SP does not tell."));
    assert!(page.body.contains("personal data"));
    let har = newest_file(&mock, "har").await.body;
    for secret in ["entrant-demo", &token]
        .into_iter()
        .chain(agent.cookies.values().map(String::as_str))
    {
        assert!(
            secret.len() > 5 && !page.body.contains(secret) && !har.contains(secret),
            "{secret}"
        );
    }
}

#[tokio::test]
async fn the_list_tells_how_each_began_and_where_it_led() {
    let mock = Mock::contoso();
    let app = mock.app("Upsales");
    let mut agent = mock.agent();
    agent.post(&mock.path("saml2"), &[("SAMLRequest", "%%%")]).await;
    let page = agent.get(&mock.path_of_launch("Upsales")).await;
    agent.submit(&page, &[("loginfmt", &upn("B.Simon"))]).await;
    agent.get(&format!("/myapps/{}", mock.tenant.id)).await;
    let mut test = request(&app);
    test.id = TEST_ID.to_owned();
    let page = agent.get(&redirect(&app, &test)).await;
    agent.sign_in(page, "B.Simon").await.delivered();
    agent.get(&redirect(&app, &request(&app))).await.delivered();
    let mut passive = request(&app);
    passive.is_passive = true;
    mock.agent().get(&redirect(&app, &passive)).await.delivered();
    let body = json!({"user": "B.Simon", "app": "Upsales"});
    mock.control("POST", "/sign-in", body).await;
    agent.get(&mock.path("oauth2/logout")).await;
    let rows = rows(&mock).await;
    let shown: Vec<_> = rows
        .iter()
        .map(|row| [&row[1], &row[2], &row[3], &row[4]].map(String::as_str))
        .collect();
    let user = upn("B.Simon");
    let expected = [
        ["", &user, "Sign-out, IdP", "Signed out"],
        ["Upsales", &user, "Control API", "Response issued"],
        ["Upsales", "", "SP", "Failure response, AADSTS50058"],
        ["Upsales", &user, "SP", "Response issued"],
        ["Upsales", &user, "Test", "Response issued"],
        ["", "", "My Apps", "Waits for the user"],
        ["Upsales", &user, "IdP", "Waits for the user"],
        ["", "", "SP", "AADSTS750056"],
    ];
    assert_eq!(shown, expected);
    // An application's own sign-out is asked for and answered.
    let page = newest(&mock).await;
    assert!(
        page.select("h2")
            .iter()
            .any(|heading| heading.starts_with("SAMLRequest for Upsales by HTTP-Redirect"))
    );
}

/// Whatever came from outside is text: nothing of it is an element of the page.
#[tokio::test]
async fn markup_from_outside_is_text() {
    const EVIL: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
    let mock = Mock::contoso();
    let app = mock.app("sipgate");
    let mut evil = request(&app);
    evil.issuer = Some(EVIL.to_owned());
    let message = saml_emit::binding::post_value(&saml_emit::authn_request(&evil).unwrap());
    let fields = [("SAMLRequest", message.as_str()), ("RelayState", EVIL)];
    mock.agent().post(&mock.path("saml2"), &fields).await;
    let mut pages = vec![newest(&mock).await];
    let message = saml_emit::binding::post_value(&saml_emit::authn_request(&request(&app)).unwrap());
    let mut agent = mock.agent();
    let page = agent
        .post(
            &mock.path("saml2"),
            &[("SAMLRequest", &message), ("RelayState", EVIL)],
        )
        .await;
    agent.submit(&page, &[("loginfmt", EVIL)]).await;
    pages.push(newest(&mock).await);
    let fault = json!({"id": "sig-tamper-nameid", "value": EVIL});
    mock.control("POST", "/faults", json!({"faults": [fault]})).await;
    pages.push(
        mock.agent()
            .get(&format!("/portal/{}/faults", mock.tenant.id))
            .await,
    );
    agent.sign_in(page, "B.Simon").await.delivered();
    pages.push(newest(&mock).await);
    pages.push(list(&mock).await);
    for page in pages {
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("alert(1)"));
        assert_eq!(
            page.attribute("img, [onerror], script:not([src])", "src"),
            None,
            "{}",
            page.body
        );
        assert!(page.select("script").iter().all(String::is_empty));
        let policy = page.header(header::CONTENT_SECURITY_POLICY);
        assert!(
            policy.contains("script-src 'self'") && policy.contains("default-src 'none'"),
            "{policy}"
        );
    }
}

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
    assert_eq!(waiting, json!([order]));
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

/// By response or by request, whichever the service provider could read.
#[tokio::test]
async fn the_service_providers_decision_is_joined() {
    let mock = Mock::contoso();
    let sent = mock.sign_on("sipgate", "B.Simon").await;
    let id = sent
        .xml
        .split("ID=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let tell = |events: Vec<SpEvent>| {
        let events = Arc::new(move || SpFlow {
            events: events.clone(),
        });
        mock.idp.set_sp_events(mock.tenant.id.parse().unwrap(), events);
    };
    tell(Vec::new());
    assert!(
        newest(&mock)
            .await
            .body
            .contains("It has said nothing about these messages")
    );
    let rejected = |response: Option<&str>, request: Option<&str>| SpEvent::Rejected {
        response_id: response.map(str::to_owned),
        request_id: request.map(str::to_owned),
        rejection: "audience-mismatch".to_owned(),
        cause: "<b>not</b> for us".to_owned(),
    };
    for event in [rejected(Some(&id), None), rejected(None, Some("_request"))] {
        tell(vec![rejected(Some("_other"), None), event]);
        assert_eq!(
            rows(&mock).await[0][4],
            "Response issued; SP refused: audience-mismatch"
        );
        let said = newest(&mock).await.select("section .words li.bad");
        assert_eq!(said, ["It refused: audience-mismatch. <b>not</b> for us"]);
    }
    tell(vec![SpEvent::SignedIn {
        response_id: id,
        request_id: None,
        name_id: "b.simon@contoso.com".to_owned(),
        account: AccountChange::Linked,
    }]);
    assert_eq!(
        rows(&mock).await[0][4],
        "Response issued; SP signed in: account linked"
    );
}

/// The part that follows is told only where it changed, and the same state gives the same bytes.
#[tokio::test]
async fn a_page_follows_without_being_sent_again() {
    let mock = Mock::contoso();
    mock.sign_on("sipgate", "B.Simon").await;
    let href = list(&mock).await.attribute("tbody a", "href").unwrap();
    let tell = |events: Vec<SpEvent>| {
        let events = Arc::new(move || SpFlow {
            events: events.clone(),
        });
        mock.idp.set_sp_events(mock.tenant.id.parse().unwrap(), events);
    };
    for path in [list_path(&mock), href] {
        tell(Vec::new());
        let page = mock.agent().get(&path).await;
        assert_eq!(page.body, mock.agent().get(&path).await.body);
        let (live, etag) = (
            page.attribute("[data-live]", "data-live").unwrap(),
            page.attribute("[data-live]", "data-etag").unwrap(),
        );
        assert!(
            page.header(header::CONTENT_SECURITY_POLICY)
                .contains("connect-src 'self'")
        );
        let part = mock.agent().get(&live).await;
        assert_eq!(
            (part.status, part.header(header::ETAG)),
            (StatusCode::OK, etag.as_str())
        );
        assert!(page.body.contains(part.body.trim_end()));
        let mut agent = mock.agent();
        agent.headers.push(("if-none-match", etag.clone()));
        assert_eq!(agent.get(&live).await.status, StatusCode::NOT_MODIFIED);
        tell(vec![SpEvent::RequestSent {
            request_id: "_request".to_owned(),
        }]);
        mock.sign_on("sipgate", "B.Simon").await;
        assert_eq!(agent.get(&live).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn only_who_may_administer_sees_flows() {
    let of = async |idp: &MockIdp, path: &str, headers: &[(&'static str, &str)], host: &str| {
        let mut agent = Agent::of(idp);
        agent.host = Some(host.to_owned());
        agent.headers = headers
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        agent.get(path).await.status
    };
    let mock = Mock::contoso();
    let guarded = Mock::empty(true);
    guarded
        .put_tenant(mock_idp::embedded("contoso").unwrap(), None)
        .unwrap();
    for path in [
        list_path(&mock),
        format!("{}/x.har", list_path(&mock)),
        format!("/portal/{}/faults", mock.tenant.id),
    ] {
        let there = if path.ends_with(".har") {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::OK
        };
        assert_eq!(of(&mock.idp, &path, &[], HOST).await, there, "{path}");
        let evil = [("origin", "http://evil.test")];
        assert_eq!(
            of(&mock.idp, &path, &evil, HOST).await,
            StatusCode::FORBIDDEN,
            "{path}"
        );
        assert_eq!(
            of(&mock.idp, &path, &[], "evil.test").await,
            StatusCode::MISDIRECTED_REQUEST,
            "{path}"
        );
        assert_eq!(
            of(&guarded, &path, &[], HOST).await,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
        let token = format!("Basic {}", STANDARD.encode("me:secret"));
        let token = [("authorization", token.as_str())];
        assert_eq!(of(&guarded, &path, &token, HOST).await, there, "{path}");
    }
    let page = mock.agent().get("/flows/nowhere.test").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.body.contains("There is no such tenant"));
}

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

#[tokio::test]
async fn a_message_that_is_too_long_is_kept_in_part() {
    let mock = Mock::contoso();
    let message = "A".repeat(3 << 20);
    mock.agent()
        .post(&mock.path("saml2"), &[("SAMLRequest", &message)])
        .await;
    let page = newest(&mock).await;
    assert!(page.body.len() < 2 << 20, "{}", page.body.len());
    assert!(
        page.body
            .contains("It had 3145728 bytes, of which only the beginning was kept.")
    );
}

#[tokio::test]
async fn flows_are_paged_and_go_with_their_tenant() {
    let mock = Mock::contoso();
    for number in 0..101 {
        let mut agent = mock.agent();
        agent.flow = Some(format!("n{number}"));
        agent.get(&mock.path("saml2")).await;
    }
    let page = list(&mock).await;
    let links = |page: &Page| page.select("tbody a").len();
    assert_eq!(
        (links(&page), page.select(".actions a")),
        (100, vec!["Older".to_owned()])
    );
    let older = page.attribute(".actions a", "href").unwrap();
    let page = mock.agent().get(&older).await;
    assert_eq!(
        (links(&page), page.select(".actions a")),
        (1, vec!["Newer".to_owned()])
    );
    assert_eq!(
        page.attribute("tbody a", "href").unwrap(),
        format!("{}/n0", list_path(&mock))
    );
    mock.control("DELETE", "", Value::Null).await;
    let file = mock_idp::embedded("contoso").unwrap();
    mock.idp.put_tenant(file, None).unwrap();
    assert!(list(&mock).await.body.contains("Nothing was recorded yet."));
    let gone = mock.agent().get(&format!("{}/n0", list_path(&mock))).await;
    assert_eq!(
        (gone.status, gone.heading().as_str()),
        (StatusCode::NOT_FOUND, "There is no such flow")
    );
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
    let fault = json!({"id": "sig-tamper-nameid", "value": "a\"\n\u{7f}b"});
    mock.control("POST", "/faults", json!({"faults": [fault]})).await;
    agent.get(&mock.path_of_launch("sipgate")).await.delivered();
    let text = scenario(&mock).await;
    let expected = "[[step]]\nsign_in = { user = \"B.Simon\", start = \"idp\", browser = \"one\" }\nexpect  = { outcome = \"signed-in\" }\n\n[[step]]\nsign_in = { user = \"B.Simon\", start = \"idp\", browser = \"one\", faults = [{ id = \"sig-tamper-nameid\", value = \"a\\\"\\n\\u007Fb\" }] }\nexpect  = { outcome = \"refused\", rejection = \"signature-invalid\" }\n";
    assert!(text.ends_with(expected), "{text}");
    mock.agent().get(&mock.path("saml2?SAMLRequest=%25")).await;
    let text = scenario(&mock).await;
    let expected = "request = { query = \"SAMLRequest=%25\" }\nexpect  = { outcome = \"stopped-at-idp\", code = \"AADSTS750056\" }\n";
    assert!(text.ends_with(expected), "{text}");
    agent.get(&mock.path("oauth2/logout")).await;
    assert!(
        scenario(&mock)
            .await
            .contains("sign_out = { start = \"idp\", browser = \"one\" }")
    );
    mock.agent().get(&format!("/myapps/{}", mock.tenant.id)).await;
    assert_eq!(newest_file(&mock, "toml").await.status, StatusCode::NOT_FOUND);
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
        ("fault", "sig-tamper-nameid"),
        ("app", "sipgate"),
        ("user", "B.Simon"),
    ];
    let page = agent.post(&path, &form).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.select(".problem")[0].contains("needs the parameter `value`"));
    assert!(page.asks("parameter-value"), "the form asks for it now");
    assert_eq!(page.attribute("#user", "value").as_deref(), Some("B.Simon"));
    assert_eq!(page.select("#app option[selected]"), ["sipgate"]);
    let page = agent.post(&path, &[("action", "arm"), ("fault", "")]).await;
    assert_eq!(page.select(".problem"), ["Choose a fault."]);
    let form = [&form[..], &[("parameter-value", "x@evil.test")]].concat();
    let page = agent.post(&path, &form).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    agent
        .post(&path, &[("action", "arm"), ("fault", "sig-none")])
        .await;
    let page = agent.get(page.header(header::LOCATION)).await;
    assert_eq!(
        page.select(".notice"),
        ["The fault is armed for the next sign-on that fits."]
    );
    let armed = page.select("section:first-of-type tbody td:nth-child(2)");
    assert_eq!(armed, ["to sipgate of B.Simon", "to any application of anybody"]);
    let number = page.attribute("input[name=number]", "value").unwrap();
    agent
        .post(&path, &[("action", "disarm"), ("number", &number)])
        .await;
    let waiting = mock.control("GET", "/faults", Value::Null).await;
    assert_eq!(waiting, json!([{"faults": [{"id": "sig-none"}]}]));
    agent.post(&path, &[("action", "disarm-all")]).await;
    assert_eq!(mock.control("GET", "/faults", Value::Null).await, json!([]));
}
