//! The way out, and what the identity provider is told.

use saml_accept::{
    binding::{self, RawQuery},
    request,
    signature::verify_query,
    xml::Limits,
};

use super::{
    super::{
        browser::form_token,
        requests::{announced_keys, query_of, set},
    },
    *,
};

fn read_request(query: &str) -> LogoutRequest {
    let limits = Limits::default();
    let message = RawQuery::parse(query).unwrap().parameter("SAMLRequest").unwrap();
    let xml = binding::decode_redirect(&message.unwrap(), &limits).unwrap();
    request::logout_request(&xml, &limits).unwrap()
}

pub(super) fn read_response(query: &str) -> LogoutResponse {
    let limits = Limits::default();
    let message = RawQuery::parse(query).unwrap().parameter("SAMLResponse").unwrap();
    let xml = binding::decode_redirect(&message.unwrap(), &limits).unwrap();
    request::logout_response(&xml, &limits).unwrap()
}

#[tokio::test]
async fn signing_out_asks_the_identity_provider_and_takes_its_answer() {
    let world = knowing().await;
    let mut browser = signed_in(&world).await;
    let mut stolen = browser.clone();
    let who = browser.who_am_i(&world, "upsales").await.unwrap();
    let out = browser
        .get(&world, "/i/upsales/logout?RelayState=%2Fi%2Fupsales%2Faccounts")
        .await;
    assert!(out.location().starts_with(&format!("{SSO_URL}?SAMLRequest=")));
    let query = query_of(&out);
    assert!(
        query.ends_with("&RelayState=%2Fi%2Fupsales%2Faccounts"),
        "not signed: {query}"
    );
    let request = read_request(query);
    let name_id = request.name_id.unwrap();
    assert_eq!(
        (name_id.value, name_id.format, request.session_indexes),
        (who.name_id, who.name_id_format, vec![who.session_index.unwrap()])
    );
    assert_eq!(request.destination.as_deref(), Some(SSO_URL));
    assert_eq!(
        request.issuer,
        Some(world.provider("upsales", |it| it.addresses.entity_id.clone()))
    );
    // The session here ended already, whatever becomes of the rest.
    assert!(browser.who_am_i(&world, "upsales").await.is_none());
    assert!(stolen.who_am_i(&world, "upsales").await.is_none());
    assert_eq!(
        last_event(&world),
        SpEvent::RequestSent {
            request_id: request.id.clone()
        }
    );
    let response = answers(&request.id);
    let url = response_url(&response, Some("/i/upsales/accounts"));
    let back = browser.get(&world, &url).await;
    assert_eq!(
        (back.status, back.location()),
        (StatusCode::SEE_OTHER, "/i/upsales/accounts")
    );
    let (_, query) = url.split_once('?').unwrap();
    let expected = SpEvent::SignedOut {
        message_sha256: control_api::message::carried_sha256(query.as_bytes()),
        message_id: response.id.clone(),
        asked_by_idp: false,
    };
    assert_eq!(last_event(&world), expected);
    let again = browser.get(&world, &response_url(&response, None)).await;
    assert_eq!(again.rejection(), Some("in-response-to-unknown"), "once");
    // A RelayState that leads away is not followed.
    let mut browser = signed_in(&world).await;
    let request = leave(&world, &mut browser).await;
    let url = response_url(&answers(&request), Some("https://evil.example/"));
    let done = browser.get(&world, &url).await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.page().starts_with("You are signed out"), "{}", done.page());
    assert!(!done.text.contains("evil"));
}

#[tokio::test]
async fn without_anybody_to_ask_it_ends_here() {
    let world = World::new().await;
    let mut browser = signed_in(&world).await;
    let out = browser.get(&world, "/i/upsales/logout").await;
    assert_eq!(
        (out.status, out.location()),
        (StatusCode::SEE_OTHER, "/i/upsales")
    );
    assert!(browser.who_am_i(&world, "upsales").await.is_none());
    with_sign_out(&world, SSO_URL, SSO_URL);
    let nobody = Browser::default().get(&world, "/i/upsales/logout").await;
    assert_eq!(nobody.location(), "/i/upsales");
    // Another identity provider is trusted by now, or none: it would not know the session.
    for enabled in [true, false] {
        let mut browser = signed_in(&world).await;
        world.provider("upsales", |provider| {
            let mut state = provider.state();
            let other = "https://sts.windows.net/other/".to_owned();
            if enabled {
                state.trust.as_mut().unwrap().issuer = other;
            } else {
                state.enabled = false;
            }
        });
        assert_eq!(
            browser.get(&world, "/i/upsales/logout").await.location(),
            "/i/upsales"
        );
        assert!(browser.who_am_i(&world, "upsales").await.is_none());
        with_sign_out(&world, SSO_URL, SSO_URL);
    }
}

/// Catalogue sess-logout-csrf: another site's link, image or redirect asks; the own pages and the address bar do not.
#[tokio::test]
async fn another_site_signs_nobody_out() {
    let world = knowing().await;
    let (site, purpose) = ("sec-fetch-site", "sec-purpose");
    for (method, fields, at_once) in [
        (Method::GET, &[(site, "cross-site")][..], false),
        (Method::GET, &[(site, "same-site")], false),
        (Method::GET, &[(site, "nonsense")], false),
        (Method::HEAD, &[], false),
        (Method::GET, &[(site, "same-origin")], true),
        (Method::GET, &[(site, "none")], true),
        (Method::GET, &[], true),
        // Fetched ahead, by the address bar's own guess too.
        (
            Method::GET,
            &[(site, "none"), (purpose, "prefetch;prerender")],
            false,
        ),
        (
            Method::GET,
            &[(site, "same-origin"), (purpose, "prefetch")],
            false,
        ),
        (Method::GET, &[(purpose, "prefetch")], false),
        // A client that does not know Fetch Metadata.
        (Method::GET, &[("origin", "https://evil.example")], false),
        (Method::GET, &[("origin", "null")], false),
        (Method::GET, &[("referer", "https://evil.example/")], false),
        (
            Method::GET,
            &[("referer", "http://127.0.0.1:8082/i/upsales")],
            false,
        ),
        (Method::GET, &[("referer", "nonsense")], false),
        (Method::GET, &[("origin", "http://127.0.0.1:8081")], true),
        (
            Method::GET,
            &[("referer", "http://127.0.0.1:8081/i/upsales?a")],
            true,
        ),
    ] {
        let mut browser = signed_in(&world).await;
        let request = Request::builder().method(method.clone()).uri("/i/upsales/logout");
        let request = fields
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = browser
            .request(&world, request.body(Body::empty()).unwrap())
            .await;
        assert_eq!(
            answer.status == StatusCode::SEE_OTHER,
            at_once,
            "{method} {fields:?}"
        );
        assert_eq!(
            browser.who_am_i(&world, "upsales").await.is_none(),
            at_once,
            "{method} {fields:?}"
        );
        if at_once || method == Method::HEAD {
            continue;
        }
        assert!(answer.page().contains("at Microsoft too"), "{}", answer.page());
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(
            policy.contains("form-action 'self' http://localhost:8080;"),
            "{policy}"
        );
        let token = form_token(&answer);
        let refused = browser.form(&world, "/i/upsales/logout", &[]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let done = browser
            .form(&world, "/i/upsales/logout", &[("form_token", &token)])
            .await;
        assert!(done.location().starts_with(SSO_URL), "{}", done.text);
        assert!(browser.who_am_i(&world, "upsales").await.is_none());
    }
    // Nobody is signed in: nothing to say about Microsoft.
    let request = Request::get("/i/upsales/logout").header("sec-fetch-site", "cross-site");
    let page = Browser::default()
        .request(&world, request.body(Body::empty()).unwrap())
        .await;
    assert!(page.page().contains("goes on"), "{}", page.page());
}

/// Browsers send no Fetch Metadata over plain http off loopback, so that its absence says nothing there.
#[tokio::test]
async fn off_loopback_a_request_that_does_not_say_where_it_comes_from_is_asked_about() {
    let world = World::guarded(AccountsIn::Memory, Skip::default(), true).await;
    for (host, site, at_once) in [
        ("sp.test", None, false),
        ("sp.test", Some("none"), true),
        (HOST, None, true),
    ] {
        let mut browser = signed_in(&world).await;
        let request = Request::get("/i/upsales/logout").header(header::HOST, host);
        let request = site
            .iter()
            .fold(request, |request, site| request.header("sec-fetch-site", *site));
        let answer = browser
            .request(&world, request.body(Body::empty()).unwrap())
            .await;
        let expected = if at_once {
            StatusCode::SEE_OTHER
        } else {
            StatusCode::OK
        };
        assert_eq!(answer.status, expected, "{host} {site:?}");
        assert_eq!(browser.who_am_i(&world, "upsales").await.is_none(), at_once);
    }
}

#[tokio::test]
async fn the_answer_goes_where_answers_go_and_brings_the_relay_state_back() {
    let world = knowing().await;
    let keys = announced_keys(&world).await;
    let relay_state = "opaque: ü/?&=";
    for signed in [false, true] {
        set(&world, "upsales", &format!(r#"{{"sign_requests":{signed}}}"#)).await;
        let responses = "https://login.example/x/answers?a=b";
        with_sign_out(&world, SSO_URL, responses);
        let request = asks();
        let answer = signed_in(&world)
            .await
            .get(&world, &request_url(&request, Some(relay_state)))
            .await;
        assert!(
            answer
                .location()
                .starts_with(&format!("{responses}&SAMLResponse=")),
            "{}",
            answer.location()
        );
        let query = query_of(&answer);
        let response = read_response(query);
        assert_eq!(response.in_response_to, Some(request.id));
        assert_eq!(response.destination.as_deref(), Some(responses));
        assert_eq!(
            response.issuer,
            Some(world.provider("upsales", |it| it.addresses.entity_id.clone()))
        );
        assert!(response.status.is_success());
        let parsed = RawQuery::parse(query).unwrap();
        assert_eq!(
            parsed.parameter("RelayState").unwrap().as_deref(),
            Some(relay_state)
        );
        let kind = saml_accept::binding::Parameter::SamlResponse;
        assert_eq!(verify_query(&parsed, kind, &keys).is_ok(), signed);
        // And the way out.
        let out = signed_in(&world).await.get(&world, "/i/upsales/logout").await;
        let parsed = RawQuery::parse(query_of(&out)).unwrap();
        let kind = saml_accept::binding::Parameter::SamlRequest;
        assert_eq!(verify_query(&parsed, kind, &keys).is_ok(), signed);
    }
    // An identity provider whose address for it nobody was told still signs people out.
    world.provider("upsales", |provider| provider.state().trust = Some(trust()));
    let mut browser = signed_in(&world).await;
    let answer = browser.get(&world, &request_url(&asks(), None)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(
        answer.page().contains("Microsoft asked Upsales"),
        "{}",
        answer.page()
    );
    assert!(browser.who_am_i(&world, "upsales").await.is_none());
}

#[test]
fn trust_learns_the_services_from_metadata() {
    let document = super::control::metadata(ISSUER, &[&K0.certificate]);
    let read = |document: &str| Trust::from_metadata(document.as_bytes(), None, &judge());
    let known = read(&document).unwrap();
    assert_eq!(known.sso_post_url.as_deref(), Some(SSO_URL));
    let service = known.sign_out.unwrap();
    assert_eq!(
        (service.location.as_str(), service.response_location.as_str()),
        (SSO_URL, SSO_URL)
    );
    let (before, rest) = document.split_once("<SingleLogoutService ").unwrap();
    let (_, after) = rest.split_once("/>").unwrap();
    let with = |service: &str| read(&format!("{before}{service}{after}"));
    assert_eq!(with("").unwrap().sign_out, None);
    let logout = |binding: &str, more: &str| {
        format!(r#"<SingleLogoutService Binding="{binding}" Location="https://a/out" {more}/>"#)
    };
    assert_eq!(
        with(&logout(names::BINDING_HTTP_POST, "")).unwrap().sign_out,
        None
    );
    let redirect = |more: &str| with(&logout(names::BINDING_HTTP_REDIRECT, more));
    let service = redirect(r#"ResponseLocation="https://a/answers""#)
        .unwrap()
        .sign_out
        .unwrap();
    assert_eq!(
        (service.location.as_str(), service.response_location.as_str()),
        ("https://a/out", "https://a/answers")
    );
    // The attribute of another service is not this one's.
    let two = logout(names::BINDING_HTTP_POST, r#"ResponseLocation="https://a/post""#)
        + &logout(names::BINDING_HTTP_REDIRECT, "");
    assert_eq!(
        with(&two).unwrap().sign_out.unwrap().response_location,
        "https://a/out"
    );
    // Nor that of a role that speaks something else.
    let other = format!(
        r#"<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol">{}</IDPSSODescriptor><IDPSSODescriptor "#,
        logout(
            names::BINDING_HTTP_REDIRECT,
            r#"ResponseLocation="https://a/other""#
        )
    );
    let several = document.replacen("<IDPSSODescriptor ", &other, 1);
    assert_eq!(
        read(&several).unwrap().sign_out.unwrap().response_location,
        SSO_URL
    );
    assert!(redirect(r#"ResponseLocation="javascript:alert(1)""#).is_err());
}
