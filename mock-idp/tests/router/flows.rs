//! The flow trace: what is recorded, who may see it, and that nothing which came from outside gets onto a page but as
//! text.

mod faults;
mod forms;
mod leaving;

use std::sync::Arc;

use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use control_api::flow::{SpEvent, SpFlow};
use control_api::message::message_sha256;
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
pub(crate) async fn newest(mock: &Mock) -> Page {
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
    let asked = redirect(&app, &request(&app));
    let (_, asked) = asked.split_once("SAMLRequest=").unwrap();
    let rows = rows(&mock).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        rows[0][1..],
        ["sipgate", &upn("B.Simon"), "SP", "Response issued", ""].map(str::to_owned)
    );
    let page = newest(&mock).await;
    assert_eq!(exactly(&page, "#in-1"), asked.split('&').next().unwrap());
    let xml = saml_emit::authn_request(&request(&app)).unwrap();
    assert_eq!(exactly(&page, "#in-xml-1"), xml);
    assert!(page.body.contains("RelayState <code>back</code>"));
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
    let verdict = page.select(".message dd").join("\n");
    assert!(
        verdict.contains("It holds by the application's certificate current (active), thumbprint"),
        "{verdict}"
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
        message_sha256: None,
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
        message_sha256: None,
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

/// What is wrapped, cannot be read, or came otherwise than in its form has no ID that would join it: its digest does.
#[tokio::test]
async fn a_decision_about_what_has_no_id_of_its_own_is_joined() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let page = agent.get(&mock.path_of_launch("Upsales")).await;
    agent.sign_in(page, "B.Simon").await.delivered();
    for fault in [
        json!({"id": "xsw-3"}),
        json!({"id": "env-id-missing"}),
        json!({"id": "pd-leading-junk"}),
        json!({"id": "bind-bad-base64"}),
        json!({"id": "bind-base64-noise"}),
        json!({"id": "bind-get-acs", "encoding": "deflate"}),
    ] {
        mock.control("POST", "/faults", json!({"faults": [fault]})).await;
        let form = agent.get(&mock.path_of_launch("Upsales")).await.form();
        let (_, value) = form
            .fields
            .iter()
            .find(|(name, _)| name == "SAMLResponse")
            .unwrap();
        let rejected = SpEvent::Rejected {
            // A browser ends lines in its own way.
            message_sha256: Some(message_sha256(&value.replace('\n', "\r\n"))),
            response_id: None,
            request_id: None,
            rejection: "malformed".to_owned(),
            cause: fault["id"].to_string(),
        };
        let events = Arc::new(move || SpFlow {
            events: vec![rejected.clone()],
        });
        mock.idp.set_sp_events(mock.tenant.id.parse().unwrap(), events);
        let said = newest(&mock).await.select("section .words li.bad");
        assert_eq!(said.len(), 1, "{fault}");
        assert_eq!(rows(&mock).await[0][4], "Response issued; SP refused: malformed");
        let others = rows(&mock).await.into_iter().skip(1);
        assert!(others.into_iter().all(|row| !row[4].contains("SP")), "{fault}");
    }
}

/// A message that names another flow's request is no word about that flow.
#[tokio::test]
async fn a_decision_is_joined_to_the_flow_of_its_message_alone() {
    let mock = Mock::contoso();
    mock.sign_on("sipgate", "B.Simon").await;
    let fault = json!({"id": "env-inresponseto-unknown", "value": "_request"});
    mock.control("POST", "/faults", json!({"faults": [fault]})).await;
    let mut agent = mock.agent();
    let app = mock.app("sipgate");
    let mut asked = request(&app);
    asked.id = "_second".to_owned();
    let page = agent.get(&redirect(&app, &asked)).await;
    let form = agent.sign_in(page, "B.Simon").await.form();
    let decisions = async |message_sha256: Option<String>| {
        let rejected = SpEvent::Rejected {
            message_sha256,
            response_id: None,
            request_id: Some("_request".to_owned()),
            rejection: "in-response-to-unknown".to_owned(),
            cause: "nobody asked".to_owned(),
        };
        let events = Arc::new(move || SpFlow {
            events: vec![rejected.clone()],
        });
        mock.idp.set_sp_events(mock.tenant.id.parse().unwrap(), events);
        let rows = rows(&mock).await;
        rows.iter()
            .map(|row| row[4].contains("SP refused"))
            .collect::<Vec<_>>()
    };
    let digest = message_sha256(&form.fields[0].1);
    assert_eq!(decisions(Some(digest)).await, [true, false]);
    // What no flow sent is joined by the request that it names.
    assert_eq!(decisions(Some(message_sha256("strange"))).await, [false, true]);
    assert_eq!(decisions(None).await, [false, true]);
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

/// Whoever opens the trace while the user still types is told when the response has gone out.
#[tokio::test]
async fn a_page_that_was_loaded_too_early_says_so() {
    let mock = Mock::contoso();
    let app = mock.app("sipgate");
    let mut agent = mock.agent();
    let asked = agent.get(&redirect(&app, &request(&app))).await;
    let early = newest(&mock).await;
    let live = early.attribute("[data-live]", "data-live").unwrap();
    let told = "There is a message since this page was loaded.";
    assert!(!early.body.contains(told) && !mock.agent().get(&live).await.body.contains(told));
    agent.sign_in(asked, "B.Simon").await.delivered();
    let part = mock.agent().get(&live).await;
    assert!(part.body.contains(told), "{}", part.body);
    let href = part.attribute(".notice a", "href").unwrap();
    let page = mock.agent().get(&href).await;
    assert_eq!(page.select("section.message").len(), 2);
    assert!(!page.body.contains(told));
}
