//! Single sign-out: requests of SPs, the broadcast, the answer, the user's own sign-out (entra-behaviour.md 6).

mod faults;
mod messages;
mod signing;

use axum::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use control_api::flow::IdpEvent;
use control_api::idp::AppInfo;
use jiff::Timestamp;
use saml_emit::binding::{Parameter, post_value, redirect_url};
use saml_model::{LogoutRequest, LogoutResponse, NameId, NameIdPolicy, Status, names};
use serde_json::json;

use messages::{Query, as_it_is, encoded_anew, frame_names, frames};

use crate::agent::{Agent, Delivered, Mock, redirect, request, upn};

/// A request as an SP might send it; what Entra does not heed is wrong on purpose.
fn logout(app: &AppInfo) -> LogoutRequest {
    LogoutRequest {
        id: "_logout".to_owned(),
        version: names::VERSION.to_owned(),
        issue_instant: "2013-03-28T07:10:49Z".parse().unwrap(),
        destination: Some("https://login.example/elsewhere".to_owned()),
        not_on_or_after: Some("2013-03-28T07:15:49Z".parse().unwrap()),
        reason: Some("urn:oasis:names:tc:SAML:2.0:logout:user".to_owned()),
        issuer: Some(app.identifiers[0].clone()),
        name_id: Some(NameId {
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
            value: "nobody in particular".to_owned(),
        }),
        session_indexes: vec!["_no such session".to_owned()],
    }
}

fn sent(app: &AppInfo, request: &LogoutRequest) -> String {
    sent_xml(app, &saml_emit::logout_request(request).unwrap())
}

fn sent_xml(app: &AppInfo, xml: &str) -> String {
    redirect_url(&app.login_url, Parameter::SamlRequest, xml, Some("inbox ü/1"))
}

/// Signs in by the tile, or by the session that there is.
async fn use_app(mock: &Mock, agent: &mut Agent, app: &str) -> Delivered {
    let app = mock.app(app);
    let page = agent.get(&redirect(&app, &request(&app))).await;
    if page.body.contains("SAMLResponse") {
        return page.delivered();
    }
    agent.sign_in(page, "B.Simon").await.delivered()
}

/// Two accounts in one browser: both sign-in pages are open before either is answered.
async fn two_accounts(mock: &Mock, first: &str, second: &str) -> Agent {
    let mut agent = mock.agent();
    let one = agent.get(&mock.app(first).launch).await;
    let other = agent.get(&mock.app(second).launch).await;
    agent.sign_in(one, "B.Simon").await.delivered();
    agent.sign_in(other, "A.Nowak").await.delivered();
    agent
}

/// Whether the browser is still signed in.
async fn is_signed_in(mock: &Mock, agent: &mut Agent) -> bool {
    agent
        .get(&mock.app("sipgate").launch)
        .await
        .body
        .contains("SAMLResponse")
}

fn value_between(xml: &str, start: &str, end: &str) -> String {
    let (_, rest) = xml
        .split_once(start)
        .unwrap_or_else(|| panic!("no {start} in {xml}"));
    rest.split_once(end).unwrap().0.to_owned()
}

fn is_guid_id(id: &str) -> bool {
    id.len() == 37 && id.starts_with('_') && id[1..].parse::<uuid::Uuid>().is_ok() && id == id.to_lowercase()
}

/// 6: one session ends, whoever the NameID names and whatever the other attributes say; the signature is not needed.
/// The answer goes to the Logout URL by redirect, with the RelayState, signed over lower-case escapes (9, row 46).
#[tokio::test]
async fn one_session_ends_and_the_answer_goes_to_the_logout_url() {
    let mock = Mock::contoso();
    let app = mock.app("Upsales");
    let mut agent = mock.agent();
    use_app(&mock, &mut agent, "Upsales").await;
    agent.flow = Some("out".to_owned());
    let answer = agent.get(&sent(&app, &logout(&app))).await;
    assert_eq!(answer.status, 302, "{}", answer.body);
    let query = Query::of(answer.header(header::LOCATION), &app.logout_url);
    assert_eq!(query.value("RelayState").as_deref(), Some("inbox ü/1"));

    let parameter = Parameter::SamlResponse;
    let certificate = &mock.certificates("Upsales").await[0];
    assert_eq!(query.value("SigAlg").as_deref(), Some(names::SIG_RSA_SHA256));
    assert_eq!(
        query.raw("SigAlg"),
        Some("http%3a%2f%2fwww.w3.org%2f2001%2f04%2fxmldsig-more%23rsa-sha256")
    );
    assert_eq!(query.raw("RelayState"), Some("inbox%20%c3%bc%2f1"));
    assert!(query.is_signed_by(certificate, parameter, as_it_is));
    assert!(
        !query.is_signed_by(certificate, parameter, encoded_anew),
        "upper case is another query"
    );
    let names: Vec<_> = query
        .0
        .split('&')
        .map(|pair| pair.split('=').next().unwrap())
        .collect();
    assert_eq!(names, ["SAMLResponse", "RelayState", "Signature", "SigAlg"]);

    let xml = query.xml(parameter);
    let (id, instant) = (
        value_between(&xml, " ID=\"", "\""),
        value_between(&xml, "IssueInstant=\"", "\""),
    );
    assert_eq!(
        xml,
        format!(
            "<samlp:LogoutResponse ID=\"{id}\" Version=\"2.0\" IssueInstant=\"{instant}\" Destination=\"{}\" InResponseTo=\"_logout\" xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"><Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{}</Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status></samlp:LogoutResponse>",
            app.logout_url, mock.tenant.issuer
        )
    );
    assert!(is_guid_id(&id), "{id}");
    assert!(
        instant.len() == 24 && instant.parse::<Timestamp>().is_ok(),
        "{instant}"
    );

    assert!(
        !agent.cookies.keys().any(|name| name.starts_with("ESTSAUTH_")),
        "{:?}",
        agent.cookies
    );
    assert!(!is_signed_in(&mock, &mut agent).await);
    let requested = IdpEvent::LogoutRequested {
        request_id: "_logout".to_owned(),
        issuer: app.identifiers[0].clone(),
    };
    let signed_out = IdpEvent::SignedOut {
        upn: upn("B.Simon"),
        told: Vec::new(),
    };
    assert_eq!(mock.flow("out").await.events[..2], [requested, signed_out]);
}

/// 6, 9 row 48: every other participant with a Logout URL gets a signed LogoutRequest in a hidden frame. Its NameID is
/// the opaque pairwise value, without a format, whatever the assertion's was.
#[tokio::test]
async fn the_other_applications_of_the_session_are_told() {
    let mock = Mock::contoso();
    mock.patch_app("IOMETE", json!({"logout_url": ""})).await;
    let mut agent = mock.agent();
    let mut sessions = Vec::new();
    for name in ["Upsales", "sipgate", "IOMETE", "Upwork Enterprise"] {
        let delivered = use_app(&mock, &mut agent, name).await;
        sessions.push(value_between(&delivered.xml, "SessionIndex=\"", "\""));
    }
    agent.flow = Some("out".to_owned());
    let upsales = mock.app("Upsales");
    let page = agent.get(&sent(&upsales, &logout(&upsales))).await;
    assert_eq!(page.status, 200);
    assert_eq!(frame_names(&page), ["sipgate", "Upwork Enterprise"]);
    for ((name, url), session) in frames(&page).into_iter().zip([&sessions[1], &sessions[3]]) {
        let app = mock.app(&name);
        let query = Query::of(&url, &app.logout_url);
        let parameter = Parameter::SamlRequest;
        assert_eq!(query.raw("RelayState"), None);
        let certificate = &mock.certificates(&name).await[0];
        assert!(query.is_signed_by(certificate, parameter, as_it_is), "{url}");
        assert!(!query.is_signed_by(certificate, parameter, encoded_anew), "{url}");
        let xml = query.xml(parameter);
        let (id, instant) = (
            value_between(&xml, " ID=\"", "\""),
            value_between(&xml, "IssueInstant=\"", "\""),
        );
        let name_id = value_between(&xml, "assertion\">", "</NameID>");
        let name_id = name_id.rsplit('>').next().unwrap();
        assert_eq!(
            xml,
            format!(
                "<samlp:LogoutRequest ID=\"{id}\" Version=\"2.0\" IssueInstant=\"{instant}\" Destination=\"{}\" xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"><Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{}</Issuer><NameID xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{name_id}</NameID><samlp:SessionIndex>{session}</samlp:SessionIndex></samlp:LogoutRequest>",
                app.logout_url, mock.tenant.issuer
            )
        );
        assert!(is_guid_id(&id), "{id}");
        assert_eq!(name_id, pairwise(&mock, &name).await, "{name}");
    }
    let told = IdpEvent::SignedOut {
        upn: upn("B.Simon"),
        told: vec!["sipgate".to_owned(), "Upwork Enterprise".to_owned()],
    };
    assert_eq!(mock.flow("out").await.events[1], told);
    assert!(!is_signed_in(&mock, &mut agent).await);
}

/// The value that a persistent NameID has (3.3).
async fn pairwise(mock: &Mock, app: &str) -> String {
    let info = mock.app(app);
    let mut asked = request(&info);
    asked.name_id_policy = Some(NameIdPolicy {
        format: Some(names::NAME_ID_PERSISTENT.to_owned()),
        ..NameIdPolicy::default()
    });
    let mut agent = mock.agent();
    let page = agent.get(&redirect(&info, &asked)).await;
    let delivered = agent.sign_in(page, "B.Simon").await.delivered();
    let assertion = mock.verify(app, &delivered.xml).await.unwrap().into_assertion();
    assertion.name_id().unwrap().value.clone()
}

/// The page with frames goes on to the LogoutResponse, with script and without.
#[tokio::test]
async fn after_the_broadcast_the_browser_goes_on() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    use_app(&mock, &mut agent, "Upsales").await;
    use_app(&mock, &mut agent, "sipgate").await;
    let upsales = mock.app("Upsales");
    let page = agent.get(&sent(&upsales, &logout(&upsales))).await;
    let onward = page.attribute("#continue", "href").unwrap();
    let query = Query::of(&onward, &upsales.logout_url);
    assert!(
        query
            .xml(Parameter::SamlResponse)
            .contains("InResponseTo=\"_logout\"")
    );
    assert!(query.is_signed_by(
        &mock.certificates("Upsales").await[0],
        Parameter::SamlResponse,
        as_it_is
    ));
    let refresh = page
        .attribute("head meta[http-equiv=refresh]", "content")
        .unwrap();
    assert_eq!(refresh, format!("5; url={onward}"));
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    let (_, script) = page.body.split_once("<script>").unwrap();
    let (script, rest) = script.split_once("</script>").unwrap();
    let hash = STANDARD.encode(openssl::sha::sha256(script.as_bytes()));
    assert!(
        policy.contains(&format!("script-src 'sha256-{hash}'")),
        "{policy}"
    );
    assert!(
        policy.contains("frame-src http: https:") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(
        rest.contains("<iframe"),
        "the script listens before a frame can have loaded"
    );
    assert!(page.body.contains("It is not Microsoft"));
}

/// 6: without a Logout URL the user stays on the signed-out page (uncertain).
#[tokio::test]
async fn without_a_logout_url_the_user_stays_here() {
    let mock = Mock::contoso();
    mock.patch_app("Upsales", json!({"logout_url": ""})).await;
    let upsales = mock.app("Upsales");
    for others in [&[][..], &["sipgate"]] {
        let mut agent = mock.agent();
        use_app(&mock, &mut agent, "Upsales").await;
        for other in others {
            use_app(&mock, &mut agent, other).await;
        }
        let page = agent.get(&sent(&upsales, &logout(&upsales))).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.select("h1"), ["You signed out of your account"]);
        assert!(
            page.body
                .contains("It's a good idea to close all browser windows."),
            "{}",
            page.body
        );
        assert_eq!(frame_names(&page), others);
        assert_eq!(page.attribute("meta[http-equiv=refresh]", "content"), None);
        assert!(!is_signed_in(&mock, &mut agent).await);
    }
}

/// 6, 7.2, 9 rows 47 and 49: what Entra refuses, and nobody is signed out by it.
#[tokio::test]
async fn refused_requests_end_no_session() {
    let mock = Mock::contoso();
    let app = mock.app("Upsales");
    let sound = saml_emit::logout_request(&logout(&app)).unwrap();
    let without = |element: &str| {
        let (before, rest) = sound.split_once(&format!("<{element}")).unwrap();
        let (_, after) = rest.split_once(&format!("</{element}>")).unwrap();
        format!("{before}{after}")
    };
    let encrypted = format!(
        "<EncryptedID xmlns=\"{}\"><x xmlns=\"urn:x\"/></EncryptedID><samlp:SessionIndex>",
        names::NS_ASSERTION
    );
    let encrypted = without("NameID").replace("<samlp:SessionIndex>", &encrypted);
    let named = |issuer: &str| sound.replace(&app.identifiers[0], issuer);
    let mut agent = mock.agent();
    use_app(&mock, &mut agent, "Upsales").await;
    for (xml, code) in [
        (without("NameID"), "AADSTS7500530"),
        (encrypted, "AADSTS7500530"),
        (sound.replace("_logout", "8logout"), "AADSTS7500529"),
        (sound.replace("\"2.0\"", "\"1.1\""), "AADSTS75005"),
        (sound.replace(" IssueInstant=", " Consent="), "AADSTS75005"),
        (
            sound.replace("2013-03-28T07:10:49.000Z", "yesterday"),
            "AADSTS7500525",
        ),
        (sound.replace("</Issuer>", ""), "AADSTS7500525"),
        (without("Issuer"), "AADSTS75005"),
        (named(""), "AADSTS75005"),
        (named("https://nobody.example"), "AADSTS700016"),
        (named(&format!("{}/", app.identifiers[0])), "AADSTS700016"),
        (named(&mock.tenant.issuer), "AADSTS700016"),
    ] {
        let page = agent.get(&sent_xml(&app, &xml)).await;
        assert_eq!(
            (page.status.as_u16(), page.aadsts().as_deref()),
            (200, Some(code)),
            "{xml}"
        );
    }
    let page = agent.get(&sent_xml(&app, &without("NameID"))).await;
    assert_eq!(page.error_text(), "AADSTS7500530: SAML NameId cannot be null.");

    let plain: String = url::form_urlencoded::byte_serialize(post_value(&sound).as_bytes()).collect();
    let deflated = sent_xml(&app, &sound);
    for (url, code) in [
        (app.login_url.clone(), "AADSTS750054"),
        (format!("{}?SAMLRequest=-_-_", app.login_url), "AADSTS750056"),
        (format!("{}?SAMLRequest={plain}", app.login_url), "AADSTS750055"),
        // A request in a response's place.
        (deflated.replace("SAMLRequest=", "SAMLResponse="), "AADSTS75005"),
        (deflated.replace(&mock.tenant.id, "nobody.example"), "AADSTS90002"),
        (deflated.replace(&mock.tenant.id, "common"), "AADSTS50194"),
    ] {
        assert_eq!(agent.get(&url).await.aadsts().as_deref(), Some(code), "{url}");
    }
    agent.flow = Some("posted".to_owned());
    let page = agent
        .post(&app.login_url, &[("SAMLRequest", &post_value(&sound))])
        .await;
    assert_eq!(
        page.error_text(),
        "AADSTS75005: The request is not a valid Saml2 protocol message."
    );
    let events = mock.flow("posted").await.events;
    assert!(
        matches!(&events[..], [IdpEvent::Stopped { code, .. }] if code == "AADSTS75005"),
        "{events:?}"
    );
    assert!(is_signed_in(&mock, &mut agent).await);
}

/// 7.2: the four errors of a sign-out can be armed, and end nothing.
#[tokio::test]
async fn the_errors_of_a_sign_out_are_armed() {
    let mock = Mock::contoso();
    let app = mock.app("Upsales");
    let mut agent = mock.agent();
    use_app(&mock, &mut agent, "Upsales").await;
    agent.flow = Some("out".to_owned());
    for code in ["50061", "50068", "50070", "50071"] {
        let body = json!({"flow": "out", "faults": [{"id": "aadsts", "code": code}]});
        mock.control("POST", "/faults", body).await;
        let page = agent.get(&sent(&app, &logout(&app))).await;
        assert_eq!(page.aadsts(), Some(format!("AADSTS{code}")), "{}", page.body);
    }
    let answer = agent.get(&sent(&app, &logout(&app))).await;
    assert_eq!(answer.status, 302, "nothing is armed any more");
}

/// 6: the endpoint takes no LogoutResponse of an SP.
#[tokio::test]
async fn the_answer_to_a_broadcast_is_not_taken() {
    let mock = Mock::contoso();
    let app = mock.app("Upsales");
    let response = LogoutResponse {
        id: "_answer".to_owned(),
        version: names::VERSION.to_owned(),
        issue_instant: Timestamp::now(),
        destination: Some(app.login_url.clone()),
        in_response_to: Some("_broadcast".to_owned()),
        issuer: Some(app.identifiers[0].clone()),
        status: Status::success(),
    };
    let xml = saml_emit::logout_response(&response).unwrap();
    let mut agent = mock.agent();
    let by_redirect = redirect_url(&app.login_url, Parameter::SamlResponse, &xml, None);
    for page in [
        agent.get(&by_redirect).await,
        agent
            .post(&app.login_url, &[("SAMLResponse", &post_value(&xml))])
            .await,
    ] {
        assert_eq!(page.aadsts().as_deref(), Some("AADSTS75005"), "{}", page.body);
    }
}

/// 6: of several sessions the user picks one, and that one ends alone.
#[tokio::test]
async fn of_several_sessions_the_picked_one_ends() {
    let mock = Mock::contoso();
    let mut agent = two_accounts(&mock, "Upsales", "sipgate").await;
    let sipgate = mock.app("sipgate");
    agent.flow = Some("out".to_owned());
    let page = agent.get(&sent(&sipgate, &logout(&sipgate))).await;
    assert_eq!(page.status, 200);
    let tiles: Vec<_> = ["B.Simon", "A.Nowak"]
        .map(|user| {
            page.attribute(&format!("button[data-test-id='{}']", upn(user)), "value")
                .unwrap()
        })
        .into();
    assert_eq!(page.select("#otherTile"), [""; 0], "nobody signs in here");
    assert_eq!(mock.flow("out").await.events.len(), 1, "nothing has ended yet");

    // Who signed in first leaves: Upsales is told, sipgate is answered and not told.
    let left = agent.submit(&page, &[("session", &tiles[0])]).await;
    assert_eq!(frame_names(&left), ["Upsales"]);
    let onward = left.attribute("#continue", "href").unwrap();
    let query = Query::of(&onward, &sipgate.logout_url);
    assert_eq!(query.value("RelayState").as_deref(), Some("inbox ü/1"));
    assert!(
        query
            .xml(Parameter::SamlResponse)
            .contains("InResponseTo=\"_logout\"")
    );
    let ended = IdpEvent::SignedOut {
        upn: upn("B.Simon"),
        told: vec!["Upsales".to_owned()],
    };
    assert_eq!(mock.flow("out").await.events[1], ended);
    assert!(is_signed_in(&mock, &mut agent).await, "the other account");

    // The same form again names a session that is gone.
    let again = agent.submit(&page, &[("session", &tiles[0])]).await;
    assert_eq!(again.aadsts().as_deref(), Some("AADSTS50089"));
    // Another browser has no such session.
    let stranger = mock.agent().submit(&page, &[("session", &tiles[1])]).await;
    assert_eq!(stranger.aadsts().as_deref(), Some("AADSTS50089"));
    assert!(is_signed_in(&mock, &mut agent).await);
    // One is left: no picker.
    let last = agent.get(&sent(&sipgate, &logout(&sipgate))).await;
    assert_eq!(last.status, 302, "{}", last.body);
}

/// 6: the application that asks is told too where it takes part in another session of this browser (a reported quirk).
#[tokio::test]
async fn who_asks_is_told_where_a_second_session_is_its_own() {
    let mock = Mock::contoso();
    let mut agent = two_accounts(&mock, "sipgate", "sipgate").await;
    let sipgate = mock.app("sipgate");
    let page = agent.get(&sent(&sipgate, &logout(&sipgate))).await;
    let tile = page.attribute("button[name=session]", "value").unwrap();
    let left = agent.submit(&page, &[("session", &tile)]).await;
    assert_eq!(frame_names(&left), ["sipgate"]);
    assert!(left.attribute("#continue", "href").is_some());
}

/// Without a session, and for an application that takes no part in it, the answer is the same (both uncertain).
#[tokio::test]
async fn whoever_is_signed_in_the_application_is_answered() {
    let mock = Mock::contoso();
    let app = mock.app("Upsales");
    let mut agent = mock.agent();
    agent.flow = Some("nobody".to_owned());
    let answer = agent.get(&sent(&app, &logout(&app))).await;
    let query = Query::of(answer.header(header::LOCATION), &app.logout_url);
    assert!(query.xml(Parameter::SamlResponse).contains(names::STATUS_SUCCESS));
    assert_eq!(mock.flow("nobody").await.events.len(), 1, "nobody signed out");
    use_app(&mock, &mut agent, "sipgate").await;
    let page = agent.get(&sent(&app, &logout(&app))).await;
    assert_eq!(frame_names(&page), ["sipgate"]);
    assert!(!is_signed_in(&mock, &mut agent).await);
}

/// 1: the endpoint of an instance overrides the Issuer.
#[tokio::test]
async fn the_endpoint_of_an_instance_names_the_application() {
    let mock = Mock::contoso();
    let (upsales, sipgate) = (mock.app("Upsales"), mock.app("sipgate"));
    let url = sent(&upsales, &logout(&upsales));
    let at = |id: &str| url.replace("/saml2?", &format!("/saml2/{id}?"));
    let answer = mock.agent().get(&at(&sipgate.object_id)).await;
    Query::of(answer.header(header::LOCATION), &sipgate.logout_url);
    let missing = mock
        .agent()
        .get(&at("11111111-2222-4333-8444-555555555555"))
        .await;
    assert_eq!(missing.aadsts().as_deref(), Some("AADSTS700016"));
}

/// 6: a user who signs out at the identity provider leaves every session, and everybody is told.
#[tokio::test]
async fn a_user_signs_out_everywhere() {
    let mock = Mock::contoso();
    let mut agent = two_accounts(&mock, "Upsales", "sipgate").await;
    agent.flow = Some("out".to_owned());
    let page = agent.get(&mock.path("oauth2/logout")).await;
    assert_eq!(page.select("h1"), ["You signed out of your account"]);
    assert_eq!(frame_names(&page), ["Upsales", "sipgate"]);
    assert!(
        !page.body.contains("http-equiv=\"refresh\""),
        "there is nowhere to go"
    );
    let ended = |user: &str, app: &str| IdpEvent::SignedOut {
        upn: upn(user),
        told: vec![app.to_owned()],
    };
    assert_eq!(
        mock.flow("out").await.events,
        [ended("B.Simon", "Upsales"), ended("A.Nowak", "sipgate")]
    );
    assert!(!is_signed_in(&mock, &mut agent).await);
    assert!(
        !agent.cookies.keys().any(|name| name.starts_with("ESTSAUTH_")),
        "{:?}",
        agent.cookies
    );
    let again = agent.get(&mock.path("oauth2/logout")).await;
    assert_eq!((again.status.as_u16(), frames(&again).len()), (200, 0));
    let nowhere = agent.get("/nobody.example/oauth2/logout").await;
    assert_eq!(nowhere.aadsts().as_deref(), Some("AADSTS90002"));
}

/// The picker's form comes back from a browser: what no request can have said ends no session, and a form without an
/// account asks again.
#[tokio::test]
async fn a_form_that_cannot_be_answered_ends_no_session() {
    let mock = Mock::contoso_of_two().await;
    let mut agent = two_accounts(&mock, "Upsales", "sipgate").await;
    let sipgate = mock.app("sipgate");
    let page = agent.get(&sent(&sipgate, &logout(&sipgate))).await;
    let tile = page.attribute("button[name=session]", "value").unwrap();
    let long = "x".repeat(64 * 1024 + 1);
    for (name, value) in [
        ("request", "a\u{1}"),
        ("request", "8logout"),
        ("request", ""),
        ("RelayState", &long),
    ] {
        let refused = agent
            .submit(&page, &[("session", tile.as_str()), (name, value)])
            .await;
        assert_eq!(refused.aadsts().as_deref(), Some("AADSTS50089"), "{name}={value}");
    }
    let asked = agent.submit(&page, &[]).await;
    assert_eq!(asked.select("button[name=session]").len(), 2);
    let left = agent.submit(&asked, &[("session", &tile)]).await;
    assert_eq!(frame_names(&left), ["Upsales"]);
}
