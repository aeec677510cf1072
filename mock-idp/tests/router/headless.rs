//! Signing in without a page: by the request header, and by the control route.

use control_api::flow::IdpEvent;
use saml_model::names;
use serde_json::{Value, json};

use crate::agent::{Agent, HOST, Mock, Page, redirect, redirect_xml, request, upn, verify};
use crate::sign_in::stated;

fn with_header(mock: &Mock, user: &str) -> Agent {
    let mut agent = mock.agent();
    agent.headers.push((control_api::USER_HEADER, user.to_owned()));
    agent
}

async fn sign_in(mock: &Mock, body: Value) -> Value {
    mock.control("POST", "/sign-in", body).await
}

async fn refused(mock: &Mock, body: Value) -> (u16, String) {
    let page = mock.try_control("POST", "/sign-in", body).await;
    let json: Value = serde_json::from_str(&page.body).unwrap();
    (page.status.as_u16(), json["error"].as_str().unwrap().to_owned())
}

/// The header stands for every page, at the endpoint by either binding, at the tile and at My Apps; the session stays.
#[tokio::test]
async fn a_header_signs_in() {
    let mock = Mock::contoso();
    let app = mock.app("Upsales");
    let values = json!({"mfa": true, "authentication": "certificate"});
    mock.control(
        "POST",
        "/users",
        json!({"user": "B.Simon", "action": "set", "values": values}),
    )
    .await;
    let post = saml_emit::binding::post_value(&saml_emit::authn_request(&request(&app)).unwrap());
    for user in ["B.Simon", &upn("b.simon")] {
        for way in ["redirect", "post", "tile"] {
            let mut agent = with_header(&mock, user);
            // An SP's form brings the SP's Origin.
            agent.headers.push(("origin", "http://sp.example".to_owned()));
            let page = match way {
                "redirect" => agent.get(&redirect(&app, &request(&app))).await,
                "post" => agent.post(&app.login_url, &[("SAMLRequest", &post)]).await,
                _ => agent.get(&mock.path_of_launch("Upsales")).await,
            };
            let signed = mock.verify("Upsales", &page.delivered().xml).await.unwrap();
            assert_eq!(
                stated(&signed),
                (
                    names::AC_X509.to_owned(),
                    vec![
                        names::AUTHN_METHOD_X509.to_owned(),
                        names::AUTHN_METHOD_MULTIPLE.to_owned()
                    ]
                )
            );
            agent.headers.clear();
            agent.get(&mock.path_of_launch("sipgate")).await.delivered();
        }
    }
    let page = with_header(&mock, "B.Simon").get("/myapps/contoso.com").await;
    assert_eq!(page.heading(), "My Apps");
}

/// Every check applies as at the pages.
#[tokio::test]
async fn a_header_passes_no_check() {
    for (user, values, code) in [
        ("nobody", json!({}), "AADSTS50034"),
        ("M.Rossi@fabrikam.onmicrosoft.com", json!({}), "AADSTS50020"),
        ("D.Weber", json!({}), "AADSTS50057"),
        ("U.Keller", json!({}), "AADSTS50105"),
        ("B.Simon", json!({"locked": true}), "AADSTS50053"),
        ("B.Simon", json!({"password_expired": true}), "AADSTS50055"),
    ] {
        let mock = Mock::contoso();
        mock.idp
            .put_tenant(mock_idp::embedded("fabrikam").unwrap(), None)
            .unwrap();
        if user == "B.Simon" {
            mock.control(
                "POST",
                "/users",
                json!({"user": user, "action": "set", "values": values}),
            )
            .await;
        }
        let page = with_header(&mock, user)
            .get(&mock.path_of_launch("Upsales"))
            .await;
        assert_eq!(page.aadsts().as_deref(), Some(code), "{user} {values}");
        let (status, error) = refused(&mock, json!({"user": user, "app": "Upsales"})).await;
        assert_eq!(status, 422);
        assert!(error.starts_with(&format!("{code}: ")), "{error}");
    }
    let mock = Mock::contoso();
    let block = json!({"conditional_access": [{"name": "all", "grant": "block"}]});
    mock.control("PATCH", "", block).await;
    let page = with_header(&mock, "B.Simon")
        .get(&mock.path_of_launch("Upsales"))
        .await;
    assert_eq!(page.aadsts().as_deref(), Some("AADSTS53003"));
}

/// Off loopback nobody signs in by the header without the control token, and no page of another site can send it.
#[tokio::test]
async fn off_loopback_a_header_needs_the_token() {
    let idp = Mock::empty(true);
    let tenant = idp
        .put_tenant(mock_idp::embedded("contoso").unwrap(), Some(crate::agent::SP))
        .unwrap();
    let app = tenant.apps.iter().find(|app| app.name == "Upsales").unwrap();
    for (token, status) in [
        (None, 401),
        (Some("Bearer wrong"), 401),
        (Some("Bearer "), 401),
        (Some("Basic secret"), 401),
        (Some("Bearer secret"), 200),
    ] {
        let mut agent = Agent::of(&idp);
        agent
            .headers
            .push((control_api::USER_HEADER, "B.Simon".to_owned()));
        agent
            .headers
            .extend(token.map(|token| ("authorization", token.to_owned())));
        let page = agent.get(&app.launch).await;
        assert_eq!(page.status, status, "{token:?}");
        let signed_in = agent.cookies.keys().any(|name| name.starts_with("ESTSAUTH"));
        assert_eq!(signed_in, status == 200, "{token:?}");
    }
    let mut agent = Agent::of(&idp);
    agent.headers.push(("origin", "http://evil.example".to_owned()));
    agent.headers.push((
        "access-control-request-headers",
        control_api::USER_HEADER.to_owned(),
    ));
    let page = agent
        .send("OPTIONS", &app.launch, String::new(), "text/plain")
        .await;
    assert!(page.headers.get("access-control-allow-headers").is_none());
    assert!(page.headers.get("access-control-allow-origin").is_none());
}

/// The control route gives cookies that open a session, and with `app` or `query` the response.
#[tokio::test]
async fn the_control_route_signs_in() {
    let mock = Mock::contoso();
    let app = mock.app("Upsales");
    let signed_in = sign_in(&mock, json!({"user": "b.simon"})).await;
    assert_eq!(signed_in["upn"], upn("B.Simon"));
    assert_eq!(signed_in.get("response"), None);
    let cookies = signed_in["cookies"].as_array().unwrap();
    assert_eq!(cookies.len(), 2, "a cookie and its twin: {cookies:?}");
    for (cookie, (secure, same_site)) in cookies.iter().zip([(true, "None"), (false, "Lax")]) {
        assert_eq!(cookie["url"], format!("http://{HOST}"));
        assert_eq!(
            (&cookie["secure"], &cookie["sameSite"]),
            (&json!(secure), &json!(same_site))
        );
        assert_eq!(cookie["httpOnly"], true);
        let mut agent = mock.agent();
        let (name, value) = (
            cookie["name"].as_str().unwrap(),
            cookie["value"].as_str().unwrap(),
        );
        agent.cookies.insert(name.to_owned(), value.to_owned());
        agent.get(&mock.path_of_launch("Upsales")).await.delivered();
    }
    let certificates = mock.certificates("Upsales").await;
    let query = redirect(&app, &request(&app))
        .split_once('?')
        .unwrap()
        .1
        .to_owned();
    for (body, in_response_to, relay_state) in [
        (json!({"user": "B.Simon", "app": "upsales"}), None, None),
        (
            json!({"user": "B.Simon", "query": query}),
            Some("_request"),
            Some("back"),
        ),
    ] {
        let response = sign_in(&mock, body).await["response"].clone();
        assert_eq!(response["acs"], app.reply_urls[0]);
        assert_eq!(response["relay_state"].as_str(), relay_state);
        let signed = verify(&certificates, &decoded(&response)).unwrap();
        assert_eq!(signed.envelope().in_response_to.as_deref(), in_response_to);
    }
}

/// The SP is told of a failure as of a success, wherever it shows: at the request (C7), by an armed error, by a session
/// that lacks the second factor where nobody may be asked.
#[tokio::test]
async fn the_control_route_gives_the_failure_that_the_sp_is_told() {
    let query = |mock: &Mock, passive: bool, qualifier: &str| {
        let app = mock.app("Upsales");
        let mut request = request(&app);
        request.is_passive = passive;
        let xml = saml_emit::authn_request(&request).unwrap();
        let policy = format!("</saml:Issuer><samlp:NameIDPolicy{qualifier}/>");
        let xml = xml.replace("</saml:Issuer>", &policy);
        let url = redirect_xml(&app, &xml);
        url.split_once('?').unwrap().1.to_owned()
    };
    let refusing = Mock::contoso();
    let switches = json!({"switches": ["sp-name-qualifier-refused"]});
    refusing.patch_app("Upsales", switches).await;
    let armed = Mock::contoso();
    let faults = json!({"flow": "told", "faults": [{"id": "aadsts", "code": "AADSTS75006"}]});
    armed.control("POST", "/faults", faults).await;
    let demanding = Mock::contoso();
    let policy = json!({"conditional_access": [{"name": "all", "grant": "mfa"}]});
    demanding.control("PATCH", "", policy).await;
    let c7 = query(&refusing, false, " SPNameQualifier=\"urn:q\"");
    for (mock, query, status, code) in [
        (&refusing, c7, names::STATUS_REQUEST_UNSUPPORTED, "AADSTS75006"),
        (
            &armed,
            query(&armed, false, ""),
            names::STATUS_REQUEST_UNSUPPORTED,
            "AADSTS75006",
        ),
        (
            &demanding,
            query(&demanding, true, ""),
            names::STATUS_NO_PASSIVE,
            "AADSTS50058",
        ),
    ] {
        let mut agent = mock.agent();
        agent.flow = Some("told".to_owned());
        let body = json!({"user": "B.Simon", "query": query, "mfa": false});
        let url = "/_entrant/v1/tenants/contoso.onmicrosoft.com/sign-in";
        let page = agent
            .send("POST", url, body.to_string(), "application/json")
            .await;
        assert_eq!(page.status, 200, "{}", page.body);
        let signed_in: Value = serde_json::from_str(&page.body).unwrap();
        assert_eq!(signed_in["upn"], upn("B.Simon"));
        assert_eq!(signed_in["cookies"].as_array().unwrap().len(), 2);
        let response = &signed_in["response"];
        assert_eq!(response["acs"], mock.app("Upsales").reply_urls[0]);
        assert_eq!(response["relay_state"], "back");
        let xml = decoded(response);
        assert!(xml.contains("InResponseTo=\"_request\"") && !xml.contains("<Assertion"));
        assert!(xml.contains(status) && xml.contains(code), "{code}: {xml}");
        let events = mock.flow("told").await.events;
        let failures: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                IdpEvent::FailureIssued { code, .. } => Some(code.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(failures, [code], "{events:?}");
    }
}

/// Its keys: method, second factor, how long ago, and whether the cookie outlives the browser.
#[tokio::test]
async fn the_control_route_states_what_it_is_told() {
    let mock = Mock::contoso();
    mock.control("PUT", "/clock", json!({"freeze": true})).await;
    let certificates = mock.certificates("Upsales").await;
    let body = json!({"user": "B.Simon", "app": "Upsales", "method": "windows", "mfa": true, "authenticated_ago": "81d", "stay_signed_in": true});
    let page = mock.try_control("POST", "/sign-in", body).await;
    let lives = |page: &Page| {
        let cookies = page.headers.get_all("set-cookie").iter();
        cookies
            .filter(|value| value.to_str().unwrap().contains("Max-Age=7776000"))
            .count()
    };
    assert_eq!(lives(&page), 2);
    let json: Value = serde_json::from_str(&page.body).unwrap();
    let signed = verify(&certificates, &decoded(&json["response"])).unwrap();
    let windows = names::AUTHN_METHOD_WINDOWS.to_owned();
    let multiple = names::AUTHN_METHOD_MULTIPLE.to_owned();
    assert_eq!(
        stated(&signed),
        (names::AC_WINDOWS.to_owned(), vec![windows, multiple])
    );
    let assertion = signed.assertion();
    let age = assertion
        .issue_instant
        .duration_since(assertion.authn_statements[0].authn_instant);
    assert_eq!((age.as_secs() + 1) / 3600, 81 * 24, "but for the milliseconds");
    for (body, status, part) in [
        (json!({"user": "nobody"}), 422, "AADSTS50034: "),
        (
            json!({"user": "B.Simon", "method": "pasword"}),
            400,
            "did you mean `password`?",
        ),
        (
            json!({"user": "B.Simon", "authenticated_ago": "soon"}),
            400,
            "`authenticated_ago`: `soon` is not",
        ),
        (
            json!({"user": "B.Simon", "app": "Upsale"}),
            400,
            "did you mean `Upsales`?",
        ),
        (
            json!({"user": "B.Simon", "app": "Upsales", "query": "x"}),
            400,
            "`query` excludes `app`",
        ),
        (json!({"user": "B.Simon", "query": "x"}), 422, "AADSTS750054: "),
        (json!({"user": "B.Simon", "password": "x"}), 400, "password"),
    ] {
        let (got, error) = refused(&mock, body.clone()).await;
        assert_eq!(got, status, "{body}: {error}");
        assert!(error.contains(part), "{body}: {error}");
    }
    mock.control(
        "POST",
        "/users",
        json!({"user": "B.Simon", "action": "set", "values": {"mfa": true}}),
    )
    .await;
    let (status, error) = refused(&mock, json!({"user": "B.Simon", "app": "Upsales", "mfa": false})).await;
    assert_eq!(status, 422);
    assert!(error.starts_with("AADSTS50076: "), "{error}");
}

/// The XML of an issued response.
fn decoded(response: &Value) -> String {
    use base64::Engine as _;
    let message = response["saml_response"].as_str().unwrap();
    let bytes = base64::engine::general_purpose::STANDARD.decode(message).unwrap();
    String::from_utf8(bytes).unwrap()
}
