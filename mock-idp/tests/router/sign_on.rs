//! Signing on: both bindings, both ways of starting, sessions, assignment, responses (entra-behaviour.md 1, 3, 7.2).

use axum::http::header;
use control_api::flow::IdpEvent;
use jiff::{SignedDuration, Timestamp};
use saml_emit::binding::post_value;
use saml_model::{NameIdPolicy, names};
use serde_json::json;

use crate::agent::{Agent, Mock, Page, redirect, request, upn};

/// 2.3, 3.1: HTTP-Redirect and HTTP-POST lead to the same response; what was asked for is echoed.
#[tokio::test]
async fn both_bindings_sign_on() {
    let mock = Mock::contoso();
    let app = mock.app("Upsales");
    let xml = saml_emit::authn_request(&request(&app)).unwrap();
    let post = post_value(&xml);
    for by_post in [false, true] {
        let mut agent = mock.agent();
        let page = match by_post {
            false => agent.get(&redirect(&app, &request(&app))).await,
            true => {
                agent
                    .post(&app.login_url, &[("SAMLRequest", &post), ("RelayState", "back")])
                    .await
            }
        };
        let delivered = agent.sign_in(page, "B.Simon").await.delivered();
        assert_eq!(delivered.acs, app.reply_urls[0]);
        assert_eq!(delivered.relay_state.as_deref(), Some("back"));
        let signed = mock.verify("Upsales", &delivered.xml).await.unwrap();
        assert!(
            signed.assertion_is_signed() && !signed.response_is_signed(),
            "3.4: the default"
        );
        assert_eq!(signed.envelope().in_response_to.as_deref(), Some("_request"));
        assert_eq!(
            signed.envelope().destination.as_deref(),
            Some(app.reply_urls[0].as_str())
        );
        assert_eq!(
            signed.envelope().issuer.as_deref(),
            Some(mock.tenant.issuer.as_str())
        );
        let assertion = signed.assertion();
        assert_eq!(assertion.issuer, mock.tenant.issuer);
        assert_eq!(assertion.name_id().unwrap().value, "b.simon@contoso.com");
        assert_eq!(
            assertion.name_id().unwrap().format.as_deref(),
            Some(names::NAME_ID_EMAIL)
        );
        let confirmation = assertion.subject.as_ref().unwrap().confirmations[0].clone();
        assert_eq!(confirmation.method, names::CM_BEARER);
        let data = confirmation.data.unwrap();
        assert_eq!(data.recipient.as_ref(), Some(&app.reply_urls[0]));
        assert_eq!(data.in_response_to.as_deref(), Some("_request"));
        let conditions = assertion.conditions.clone().unwrap();
        assert_eq!(conditions.audience_restrictions, [[app.identifiers[0].clone()]]);
        let statement = &assertion.authn_statements[0];
        assert_eq!(statement.session_index.as_ref(), Some(&assertion.id), "3.1");
        assert_eq!(statement.class_ref.as_deref(), Some(names::AC_PASSWORD));
    }
}

/// 0 C1 to C3, 3.1: 5 minutes before the base, 60 after it, the base a little earlier than the issue instant.
#[tokio::test]
async fn the_validity_window_is_the_observed_one() {
    let mock = Mock::contoso();
    let frozen = mock
        .control("PUT", "/clock", json!({"offset": "+2d", "freeze": true}))
        .await;
    let now: Timestamp = frozen["now"].as_str().unwrap().parse().unwrap();
    let delivered = mock.sign_on("sipgate", "B.Simon").await;
    let signed = mock.verify("sipgate", &delivered.xml).await.unwrap();
    let assertion = signed.assertion();
    let conditions = assertion.conditions.clone().unwrap();
    let (start, end) = (
        conditions.not_before.unwrap(),
        conditions.not_on_or_after.unwrap(),
    );
    assert_eq!(end.duration_since(start), SignedDuration::from_mins(65));
    let base = start + SignedDuration::from_mins(5);
    let lead = assertion.issue_instant.duration_since(base);
    assert!((90..=160).contains(&lead.as_millis()), "{lead:?}");
    let data = assertion.subject.as_ref().unwrap().confirmations[0]
        .data
        .clone()
        .unwrap();
    assert_eq!(data.not_on_or_after, Some(end), "C3");
    assert_eq!(data.not_before, None);
    assert!(
        now.duration_since(assertion.issue_instant).as_millis() < 1,
        "the tenant's clock"
    );
}

/// 1, IdP-initiated rule; 2.3, Relay State; 3.1, Audience.
#[tokio::test]
async fn a_tile_without_sign_on_url_is_unsolicited() {
    let mock = Mock::contoso();
    mock.patch_app(
        "Upsales",
        json!({"relay_state": "/orders", "identifiers": ["https://one.test", "https://two.test"]}),
    )
    .await;
    let app = mock.app("Upsales");
    let mut agent = mock.agent();
    let page = agent.get(&app.launch).await;
    let delivered = agent.sign_in(page, "B.Simon").await.delivered();
    assert_eq!(delivered.relay_state.as_deref(), Some("/orders"));
    assert!(!delivered.xml.contains("InResponseTo"));
    let signed = mock.verify("Upsales", &delivered.xml).await.unwrap();
    let conditions = signed.assertion().conditions.clone().unwrap();
    assert_eq!(conditions.audience_restrictions, [["https://one.test"]]);
    let blank = mock.app("sipgate");
    assert_eq!(agent.get(&blank.launch).await.delivered().relay_state, None);
}

/// 1, IdP-initiated rule: with a Sign on URL the tile only redirects.
#[tokio::test]
async fn a_tile_with_sign_on_url_redirects() {
    let mock = Mock::contoso();
    let app = mock.app("IOMETE");
    let page = mock.agent().get(&app.launch).await;
    assert_eq!(page.status, 302);
    assert_eq!(page.header(header::LOCATION), app.sign_on_url);
    mock.patch_app("IOMETE", json!({"sign_on_url": "http://sp.test/é"}))
        .await;
    let page = mock.agent().get(&app.launch).await;
    assert_eq!(page.header(header::LOCATION), "http://sp.test/%C3%A9");
}

/// 1, 7.2.
#[tokio::test]
async fn a_tile_of_nobody_is_an_error() {
    let mock = Mock::contoso();
    let tenant = &mock.tenant.id;
    for (url, code) in [
        (format!("/api/signin/{tenant}?tenantId={tenant}"), "AADSTS700016"),
        (format!("/api/signin/x?tenantId={tenant}"), "AADSTS700016"),
        ("/api/signin/x?tenantId=nobody.test".to_owned(), "AADSTS90002"),
        ("/api/signin/x".to_owned(), "AADSTS900023"),
    ] {
        assert_eq!(
            mock.agent().get(&url).await.aadsts().as_deref(),
            Some(code),
            "{url}"
        );
    }
}

/// 3.1, AuthnInstant: of the session, which signs on to every application of its tenant.
#[tokio::test]
async fn a_session_signs_on_everywhere_in_its_tenant() {
    let mock = Mock::contoso();
    mock.control("PUT", "/clock", json!({"freeze": true})).await;
    let (upsales, sipgate) = (mock.app("Upsales"), mock.app("sipgate"));
    let mut agent = mock.agent();
    agent.flow = Some("one".to_owned());
    let page = agent.get(&upsales.launch).await;
    let first = agent.sign_in(page, "B.Simon").await.delivered();
    mock.control("PUT", "/clock", json!({"offset": "+81d"})).await;
    agent.flow = Some("two".to_owned());
    let second = agent
        .get(&redirect(&sipgate, &request(&sipgate)))
        .await
        .delivered();
    let first = mock.verify("Upsales", &first.xml).await.unwrap().into_assertion();
    let second = mock
        .verify("sipgate", &second.xml)
        .await
        .unwrap()
        .into_assertion();
    assert_eq!(
        first.authn_statements[0].authn_instant,
        second.authn_statements[0].authn_instant
    );
    assert!(second.issue_instant > first.issue_instant);
    let authenticated = |by_session| IdpEvent::Authenticated {
        upn: upn("B.Simon"),
        by_session,
    };
    let events = mock.flow("one").await.events;
    assert!(
        matches!(&events[..], [first, IdpEvent::ResponseIssued { .. }] if *first == authenticated(false)),
        "{events:?}"
    );
    let events = mock.flow("two").await.events;
    assert!(
        matches!(&events[..], [IdpEvent::RequestReceived { issuer, binding, .. }, second, IdpEvent::ResponseIssued { app, name_id, thumbprint, .. }]
            if *issuer == sipgate.identifiers[0] && binding == "redirect" && *second == authenticated(true) && app == "sipgate"
            && *name_id == upn("B.Simon") && thumbprint.len() == 40),
        "{events:?}"
    );
    // Another tenant is another session.
    let other = mock
        .idp
        .put_tenant(mock_idp::embedded("fabrikam").unwrap(), None)
        .unwrap();
    let page = agent.get(&format!("/myapps/{}", other.id)).await;
    assert_eq!(page.select("h1"), ["Sign in"]);
}

/// design.md 5: the session cookie crosses sites as Entra's does, and no script reads it.
#[tokio::test]
async fn cookies_are_what_a_cross_site_post_needs() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let page = agent.get(&mock.app("Upsales").launch).await;
    let done = agent.sign_in(page, "B.Simon").await;
    let cookie = done.header(header::SET_COOKIE);
    for part in ["HttpOnly", "SameSite=None", "Secure", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(cookie.starts_with("ESTSAUTH_8080_"), "{cookie}");
}

/// Whoever honours Secure keeps no such cookie over http: the twins alone do, for the form and for the session.
#[tokio::test]
async fn a_client_that_keeps_no_secure_cookie_over_http_signs_in_and_out() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let strict = |agent: &mut Agent, page: &Page| {
        let cookies = page.headers.get_all(header::SET_COOKIE).iter();
        for cookie in cookies.map(|cookie| cookie.to_str().unwrap()) {
            let name = cookie.split('=').next().unwrap();
            if cookie.contains("; Secure") {
                assert!(cookie.contains("; SameSite=None"), "{cookie}");
                agent.cookies.remove(name);
            } else {
                assert!(!cookie.contains("SameSite"), "{cookie}");
                assert!(cookie.contains("; HttpOnly"), "{cookie}");
            }
        }
    };
    let page = agent.get(&mock.app("Upsales").launch).await;
    strict(&mut agent, &page);
    let done = agent.sign_in(page, "B.Simon").await;
    strict(&mut agent, &done);
    done.delivered();
    assert_eq!(agent.cookies.len(), 2, "{:?}", agent.cookies);
    agent.get(&mock.app("sipgate").launch).await.delivered();
    let out = agent.get(&mock.path("oauth2/logout")).await;
    assert_eq!(out.headers.get_all(header::SET_COOKIE).iter().count(), 2);
    assert_eq!(agent.cookies.len(), 1, "{:?}", agent.cookies);
}

/// Over https every cookie is Secure, and a twin from elsewhere counts for nothing.
#[tokio::test]
async fn over_https_there_are_secure_cookies_alone() {
    let mock = Mock::contoso_at("https://localhost:8080");
    let mut agent = mock.agent();
    let page = agent.get(&mock.path_of_launch("Upsales")).await;
    let done = agent.sign_in(page, "B.Simon").await;
    let cookies: Vec<_> = done.headers.get_all(header::SET_COOKIE).iter().collect();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    assert!(cookies[0].to_str().unwrap().contains("; Secure"), "{cookies:?}");
    done.delivered();
    agent.get(&mock.path_of_launch("sipgate")).await.delivered();
    agent.cookies = std::mem::take(&mut agent.cookies)
        .into_iter()
        .map(|(name, value)| (format!("{name}_http"), value))
        .collect();
    let page = agent.get(&mock.path_of_launch("sipgate")).await;
    assert_eq!(page.select("h1"), ["Sign in"]);
}

/// 7.2: 50105 with its text, for nobody and for a nested group's member; a direct member is let in.
#[tokio::test]
async fn only_assigned_users_are_let_in() {
    let mock = Mock::contoso();
    for (app, user, allowed) in [
        ("Upsales", "U.Keller", false),
        ("Upwork Enterprise", "U.Keller", false),
        ("Upwork Enterprise", "A.Nowak", true),
        ("sipgate", "A.Nowak", true),
    ] {
        let app = mock.app(app);
        let mut agent = mock.agent();
        let page = agent.get(&app.launch).await;
        let page = agent.sign_in(page, user).await;
        if allowed {
            page.delivered();
            continue;
        }
        let expected = format!(
            "AADSTS50105: Your administrator has configured the application {} ('{}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '{}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application.",
            app.name,
            app.app_id,
            upn(user)
        );
        assert_eq!(page.error_text(), expected);
        assert_eq!(page.aadsts().as_deref(), Some("AADSTS50105"));
    }
    mock.patch_app("Upsales", json!({"assignment_required": false}))
        .await;
    mock.sign_on("Upsales", "U.Keller").await;
}

/// 3.3: the request's format wins over the portal's.
#[tokio::test]
async fn name_id_policies_are_honoured() {
    let mock = Mock::contoso();
    let app = mock.app("sipgate");
    let mut seen = Vec::new();
    for format in [
        names::NAME_ID_PERSISTENT,
        names::NAME_ID_EMAIL,
        names::NAME_ID_UNSPECIFIED,
        names::NAME_ID_TRANSIENT,
    ] {
        let mut request = request(&app);
        request.name_id_policy = Some(NameIdPolicy {
            format: Some(format.to_owned()),
            ..NameIdPolicy::default()
        });
        let mut agent = mock.agent();
        let page = agent.get(&redirect(&app, &request)).await;
        let first = agent.sign_in(page, "B.Simon").await.delivered();
        let second = agent.get(&redirect(&app, &request)).await.delivered();
        let mut values = Vec::new();
        for delivered in [first, second] {
            let assertion = mock
                .verify("sipgate", &delivered.xml)
                .await
                .unwrap()
                .into_assertion();
            let name_id = assertion.name_id().unwrap().clone();
            assert_eq!(name_id.format.as_deref(), Some(format));
            values.push(name_id.value);
        }
        assert_eq!(
            values[0] == values[1],
            format != names::NAME_ID_TRANSIENT,
            "{format}"
        );
        seen.push(values.remove(0));
    }
    assert_eq!([seen[0].len(), seen[3].len()], [44, 44], "opaque");
    assert_eq!(
        [&seen[1], &seen[2]],
        [&upn("B.Simon"), &upn("B.Simon")],
        "the configured source"
    );
}

/// 3.3, 7.2: a NameID without a value stops the sign-on.
#[tokio::test]
async fn an_empty_name_id_stops_the_sign_on() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let page = agent.get(&mock.app("Upsales").launch).await;
    let page = agent.sign_in(page, "A.Nowak").await;
    assert_eq!(
        page.error_text(),
        "AADSTS501241: Mandatory Input 'mail' missing from transformation ID 'CreateNameId'."
    );
}

/// 3.4.
#[tokio::test]
async fn every_signing_option_signs_what_it_says() {
    let mock = Mock::contoso();
    for (option, response, assertion) in [
        ("assertion", false, true),
        ("response", true, false),
        ("response-and-assertion", true, true),
    ] {
        mock.patch_app("sipgate", json!({"signing": {"option": option}}))
            .await;
        let delivered = mock.sign_on("sipgate", "B.Simon").await;
        let signed = mock.verify("sipgate", &delivered.xml).await.unwrap();
        assert_eq!(signed.response_is_signed(), response, "{option}");
        assert_eq!(signed.assertion_is_signed(), assertion, "{option}");
    }
    mock.patch_app("sipgate", json!({"signing": {"algorithm": "sha1"}}))
        .await;
    let delivered = mock.sign_on("sipgate", "B.Simon").await;
    assert!(delivered.xml.contains(names::SIG_RSA_SHA1) && delivered.xml.contains(names::DIGEST_SHA1));
}

/// 5: which certificate signs.
#[tokio::test]
async fn the_certificate_that_signs_follows_expiry() {
    let mock = Mock::contoso();
    let thumbprint = async |mock: &Mock, flow: &str| {
        let mut agent = mock.agent();
        agent.flow = Some(flow.to_owned());
        let page = agent.get(&mock.app("sipgate").launch).await;
        let page = agent.sign_in(page, "B.Simon").await;
        match mock.flow(flow).await.events.last() {
            Some(IdpEvent::ResponseIssued { thumbprint, .. }) => thumbprint.clone(),
            Some(IdpEvent::Stopped { code, message, .. }) => format!("{code}: {message}"),
            other => panic!("{other:?} {page:?}"),
        }
    };
    let certificates = async |action: &str, name: &str| {
        let body = json!({"app": "sipgate", "action": action, "name": name});
        let info = mock.control("POST", "/certificates", body).await;
        let app = info["apps"]
            .as_array()
            .unwrap()
            .iter()
            .find(|app| app["name"] == "sipgate")
            .unwrap()
            .clone();
        let found = app["certificates"]
            .as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["name"] == name);
        found.map(|entry| entry["thumbprint"].as_str().unwrap().to_owned())
    };
    let first = thumbprint(&mock, "a").await;
    let next = certificates("add", "next").await.unwrap();
    assert_ne!(first, next);
    assert_eq!(thumbprint(&mock, "b").await, first, "inactive after it was added");
    let expired = certificates("expire", "current").await.unwrap();
    assert_ne!(expired, first);
    assert_eq!(
        thumbprint(&mock, "c").await,
        next,
        "the valid one signs, activated or not"
    );
    certificates("withdraw", "next").await;
    assert_eq!(thumbprint(&mock, "d").await, expired, "alone it keeps signing");
    mock.patch_app(
        "sipgate",
        json!({"certificates": [{"name": "current", "status": "inactive"}]}),
    )
    .await;
    assert_eq!(
        thumbprint(&mock, "e").await,
        "AADSTS50003: No signing key configured."
    );
}

/// 3.5.
#[tokio::test]
async fn the_delivery_page_works_with_and_without_script() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let page = agent.get(&mock.app("sipgate").launch).await;
    let page = agent.sign_in(page, "B.Simon").await;
    assert_eq!(page.select("title"), ["Working..."]);
    assert_eq!(page.attribute("form", "name").as_deref(), Some("hiddenform"));
    assert_eq!(page.attribute("form", "method").as_deref(), Some("POST"));
    assert!(
        page.body
            .contains("<noscript><p>Script is disabled. Click Submit to continue.</p>")
    );
    let script = page.select("script").concat();
    assert_eq!(script, "document.forms[0].submit()");
    let hash = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        openssl::sha::sha256(script.as_bytes()),
    );
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    assert!(
        policy.contains(&format!("script-src 'sha256-{hash}'")) && !policy.contains("form-action"),
        "{policy}"
    );
}

/// 3.1, Audience: an identifier that is no URI gets `spn:`; the application id is an identifier too (2.1).
#[tokio::test]
async fn the_application_id_is_an_identifier() {
    let mock = Mock::contoso();
    let app = mock.app("sipgate");
    for issuer in [app.app_id.clone(), format!("spn:{}", app.app_id)] {
        let mut asked = request(&app);
        asked.issuer = Some(issuer);
        let mut agent = mock.agent();
        let page = agent.get(&redirect(&app, &asked)).await;
        let delivered = agent.sign_in(page, "B.Simon").await.delivered();
        assert!(
            delivered
                .xml
                .contains(&format!("<Audience>spn:{}</Audience>", app.app_id))
        );
    }
}
