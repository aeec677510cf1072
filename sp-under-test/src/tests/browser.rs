//! HTTP surface, cookies and sessions: catalogue groups bind and sess.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::{Bytes, HttpBody};
use hyper::body::Frame;

use super::*;

/// Catalogue sess-cookie-flags.
#[tokio::test]
async fn each_cookie_goes_where_it_must_and_no_further() {
    let world = World::new().await;
    let mut browser = Browser::default();
    let login = browser.get(&world, "/i/upsales/login").await;
    let [request, twin] = login.set_cookies()[..] else {
        panic!("{:?}", login.set_cookies())
    };
    assert!(request.starts_with("entrant_request_t_i_upsales="), "{request}");
    for attribute in ["; HttpOnly", "; SameSite=None", "; Secure", "; Path=/i"] {
        assert!(request.contains(attribute), "{request}");
    }
    assert!(twin.starts_with("entrant_request_t_i_upsales_http="), "{twin}");
    assert!(
        twin.contains("; HttpOnly") && twin.contains("; Path=/i"),
        "{twin}"
    );
    assert!(!twin.contains("Secure") && !twin.contains("SameSite"), "{twin}");
    let xml = sign(&good(&world, "upsales", Some(&request_id(&login))));
    let answer = browser.post(&world, "upsales", &xml, None).await;
    // Into the hidden frame of the identity provider's sign-out page too.
    let [session, twin] = answer.set_cookies()[..] else {
        panic!("{:?}", answer.set_cookies())
    };
    assert!(session.starts_with("entrant_session_t_i_upsales="), "{session}");
    for attribute in ["; HttpOnly", "; SameSite=None", "; Secure", "; Path=/i"] {
        assert!(session.contains(attribute), "{session}");
    }
    assert!(twin.starts_with("entrant_session_t_i_upsales_http="), "{twin}");
    assert!(
        twin.contains("; HttpOnly") && twin.contains("; Path=/i"),
        "{twin}"
    );
    assert!(!twin.contains("Secure") && !twin.contains("SameSite"), "{twin}");
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::SEE_OTHER, "/i/upsales")
    );
    let form = browser.get(&world, "/i/upsales").await;
    assert!(form.set_cookies()[0].contains("; SameSite=Strict"));
    // Another personality and another instance do not see the session.
    world.sp.put_instance("j", InstanceSeed::default()).await.unwrap();
    assert!(browser.who_am_i(&world, "iomete").await.is_none());
    assert_eq!(
        browser.get(&world, "/j/upsales/whoami").await.status,
        StatusCode::UNAUTHORIZED
    );
}

/// Whoever honours Secure keeps no such cookie over http: the twin alone answers for the request.
#[tokio::test]
async fn either_twin_answers_for_a_waiting_request() {
    let world = World::new().await;
    let cookie = "entrant_request_t_i_iomete";
    for kept in [cookie.to_owned(), format!("{cookie}_http")] {
        let mut browser = Browser::default();
        let first = browser.login(&world, "iomete").await;
        browser.cookies.retain(|name, _| *name == kept);
        // Another tab does not take the first one's place.
        let second = browser.login(&world, "iomete").await;
        browser.cookies.retain(|name, _| *name == kept);
        for request in [first, second] {
            let xml = sign(&good(&world, "iomete", Some(&request)));
            assert_eq!(
                browser.outcome(&world, "iomete", &xml).await,
                "signed-in",
                "{kept}"
            );
        }
    }
}

/// Catalogue sess-fixation, sess-state-tamper.
#[tokio::test]
async fn a_planted_session_is_worth_nothing() {
    let world = World::new().await;
    let name = "entrant_session_t_i_upsales";
    let planted = "a".repeat(64);
    let mut browser = Browser::default();
    browser.cookies.insert(name.to_owned(), planted.clone());
    assert_eq!(
        browser
            .outcome(&world, "upsales", &sign(&good(&world, "upsales", None)))
            .await,
        "signed-in"
    );
    let first = browser.cookies[name].clone();
    assert_ne!(first, planted);
    let mut attacker = Browser {
        cookies: [(name.to_owned(), planted)].into(),
    };
    assert!(attacker.who_am_i(&world, "upsales").await.is_none());
    // A second sign-on ends the first session and begins another.
    let mut old = browser.clone();
    assert_eq!(
        browser
            .outcome(&world, "upsales", &sign(&good(&world, "upsales", None)))
            .await,
        "signed-in"
    );
    assert_ne!(browser.cookies[name], first);
    assert!(old.who_am_i(&world, "upsales").await.is_none());
}

/// Catalogue env-inresponseto-other-session, env-inresponseto-reused.
#[tokio::test]
async fn an_answer_is_for_the_browser_that_asked_and_for_once() {
    let (world, without) = (World::new().await, World::without("in-response-to-unknown").await);
    for (world, elsewhere) in [(&world, "in-response-to-unknown"), (&without, "signed-in")] {
        let (mut victim, mut attacker) = (Browser::default(), Browser::default());
        let request = attacker.login(world, "iomete").await;
        victim.login(world, "iomete").await;
        let xml = sign(&good(world, "iomete", Some(&request)));
        assert_eq!(
            Browser::default().outcome(world, "iomete", &xml).await,
            elsewhere,
            "no cookie at all"
        );
        let xml = sign(&good(world, "iomete", Some(&request)));
        assert_eq!(
            victim.outcome(world, "iomete", &xml).await,
            elsewhere,
            "another browser's cookie"
        );
    }
    let mut browser = Browser::default();
    let request = browser.login(&world, "iomete").await;
    // A refused answer does not use the request up.
    let mut expired = good(&world, "iomete", Some(&request));
    conditions(&mut expired).not_on_or_after = Some(seconds(-3600));
    assert_eq!(
        browser.outcome(&world, "iomete", &sign(&expired)).await,
        "outside-validity"
    );
    let xml = sign(&good(&world, "iomete", Some(&request)));
    assert_eq!(browser.outcome(&world, "iomete", &xml).await, "signed-in");
    browser
        .cookies
        .retain(|name, _| !name.starts_with("entrant_session_"));
    let again = sign(&good(&world, "iomete", Some(&request)));
    assert_eq!(
        browser.outcome(&world, "iomete", &again).await,
        "in-response-to-unknown"
    );
    // Of another personality: its request is no request here.
    let request = browser.login(&world, "upsales").await;
    let xml = sign(&good(&world, "sipgate", Some(&request)));
    assert_eq!(
        browser.outcome(&world, "sipgate", &xml).await,
        "in-response-to-unknown"
    );
}

#[tokio::test]
async fn the_relay_state_leads_to_local_pages_only() {
    let world = World::new().await;
    for (relay_state, target) in [
        (Some("/i/upsales/accounts?a=b"), "/i/upsales/accounts?a=b"),
        (Some("//evil.example"), "/i/upsales"),
        (Some("/\\evil.example"), "/i/upsales"),
        (Some("https://evil.example/"), "/i/upsales"),
        (Some("/x\r\nSet-Cookie: a=b"), "/i/upsales"),
        (Some("/i/upsales/login"), "/i/upsales"),
        (Some(""), "/i/upsales"),
        (None, "/i/upsales"),
    ] {
        let xml = sign(&good(&world, "upsales", None));
        let answer = Browser::default()
            .post(&world, "upsales", &xml, relay_state)
            .await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, target),
            "{relay_state:?}"
        );
    }
    // The way out takes the same.
    let relayed = async |query: &str| {
        let answer = Browser::default()
            .get(&world, &format!("/i/upsales/login?{query}"))
            .await;
        let url: url::Url = answer.location().parse().unwrap();
        url.query_pairs()
            .find(|(name, _)| name == "RelayState")
            .map(|(_, value)| value.into_owned())
    };
    assert_eq!(
        relayed("RelayState=%2Fi%2Fupsales%2Faccounts").await.as_deref(),
        Some("/i/upsales/accounts")
    );
    assert_eq!(relayed("RelayState=%2F%2Fevil.example").await, None);
}

/// Catalogue bind-get-acs, bind-head-options, bind-post-to-other-endpoint, bind-big-body, bind-acs-index.
#[tokio::test]
async fn the_acs_takes_posts_alone() {
    let world = World::new().await;
    let message = post_value(&sign(&good(&world, "upsales", None)));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("SAMLResponse", &message)
        .finish();
    let mut browser = Browser::default();
    for personality in ["upsales", "iomete"] {
        let get = browser
            .get(&world, &format!("/i/{personality}/acs?{query}"))
            .await;
        assert_eq!(
            (get.status, get.rejection()),
            (StatusCode::BAD_REQUEST, Some("malformed"))
        );
    }
    assert_eq!(
        browser.get(&world, "/i/upsales/acs").await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    for method in [Method::OPTIONS, Method::PUT, Method::HEAD] {
        let request = Request::builder()
            .method(method.clone())
            .uri("/i/upsales/acs")
            .header(header::ORIGIN, "https://evil.example");
        let answer = browser
            .request(&world, request.body(Body::empty()).unwrap())
            .await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert!(
            !answer
                .headers
                .keys()
                .any(|name| name.as_str().starts_with("access-control"))
        );
    }
    let fields = [("SAMLResponse", message.as_str())];
    for (path, status) in [
        ("/i/upsales/metadata", StatusCode::METHOD_NOT_ALLOWED),
        ("/i/upsales/login", StatusCode::METHOD_NOT_ALLOWED),
        ("/i/upsales", StatusCode::METHOD_NOT_ALLOWED),
        ("/i/upsales/logout", StatusCode::FORBIDDEN),
        ("/i/sipgate/acs", StatusCode::NOT_FOUND),
        ("/i/upsales/acs2", StatusCode::NOT_FOUND),
        ("/i/nobody/acs", StatusCode::NOT_FOUND),
        ("/other/upsales/acs", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(browser.form(&world, path, &fields).await.status, status, "{path}");
    }
    let big = "A".repeat(crate::acs::posted::FORM_BYTES_MAX);
    let answer = browser
        .form(&world, "/i/upsales/acs", &[("SAMLResponse", &big)])
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.rejection(), Some("malformed"));
    assert!(browser.who_am_i(&world, "upsales").await.is_none());
}

/// A body that begins, and then fails.
struct Failing(bool, std::io::ErrorKind);

impl HttpBody for Failing {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let begun = std::mem::replace(&mut self.0, true);
        Poll::Ready(Some(match begun {
            false => Ok(Frame::data(Bytes::from_static(b"SAMLResponse=PHg"))),
            true => Err(self.1.into()),
        }))
    }
}

/// Whoever is slow is told so, and not that it was too much (RFC 9110, 15.5.9).
#[tokio::test]
async fn a_body_that_stalls_or_breaks_off_is_told_apart() {
    use std::io::ErrorKind::{ConnectionReset, TimedOut};
    let world = World::new().await;
    for (path, kind, status, words) in [
        (
            "/i/upsales/acs",
            TimedOut,
            StatusCode::REQUEST_TIMEOUT,
            "the form did not arrive in time",
        ),
        (
            "/i/upsales/slo",
            TimedOut,
            StatusCode::REQUEST_TIMEOUT,
            "the form did not arrive in time",
        ),
        (
            "/i/upsales/acs",
            ConnectionReset,
            StatusCode::BAD_REQUEST,
            "the form did not arrive whole",
        ),
        ("/i/upsales/logout", TimedOut, StatusCode::REQUEST_TIMEOUT, ""),
    ] {
        let body = Body::new(Failing(false, kind));
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = Browser::default()
            .request(&world, request.body(body).unwrap())
            .await;
        assert_eq!(answer.status, status, "{path} {kind:?}");
        match words {
            "" => assert_eq!(answer.page(), "Too slow What was sent did not arrive in time."),
            words => {
                assert_eq!(answer.rejection(), Some("malformed"), "{path} {kind:?}");
                assert!(world.last_cause().contains(words), "{}", world.last_cause());
            }
        }
    }
}

/// What is no text is the address of nothing.
#[tokio::test]
async fn an_address_that_is_no_text_is_not_found() {
    let world = World::new().await;
    for path in ["/i/%ff/acs", "/%ff/upsales/acs", "/%ff/upsales", "/i/upsales/%ff"] {
        let answer = Browser::default().get(&world, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.page().starts_with("Not found"), "{}", answer.text);
    }
    for path in ["/_entrant/v1/sp/%ff", "/_entrant/v1/%ff"] {
        let answer = Browser::default().get(&world, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text.starts_with("{\"error\":"), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_get_on_iometes_acs_starts_sign_on() {
    let world = World::new().await;
    let mut browser = Browser::default();
    let answer = browser.get(&world, "/i/iomete/acs").await;
    assert!(
        answer.location().starts_with(&format!("{SSO_URL}?SAMLRequest=")),
        "{}",
        answer.location()
    );
    let xml = sign(&good(&world, "iomete", Some(&request_id(&answer))));
    assert_eq!(browser.outcome(&world, "iomete", &xml).await, "signed-in");
}

/// Catalogue bind-host-header, bind-x-forwarded: what a request says about our name changes nothing.
#[tokio::test]
async fn names_come_from_the_configuration() {
    let world = World::new().await;
    let post = |name: &'static str, value: &'static str| {
        let fields = [("SAMLResponse", post_value(&sign(&good(&world, "upsales", None))))];
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request =
            Request::post("/i/upsales/acs").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.header(name, value).body(Body::from(body)).unwrap()
    };
    for (name, value, status) in [
        ("host", "evil.example", StatusCode::MISDIRECTED_REQUEST),
        ("host", "evil.example:8081", StatusCode::MISDIRECTED_REQUEST),
        ("host", "localhost:8081", StatusCode::SEE_OTHER),
        ("x-forwarded-host", "evil.example", StatusCode::SEE_OTHER),
    ] {
        let answer = Browser::default().request(&world, post(name, value)).await;
        assert_eq!(answer.status, status, "{name}: {value}");
        assert!(!answer.text.contains("evil") && !answer.location().contains("evil"));
    }
    let without_host = Request::get("/i/upsales").body(Body::empty()).unwrap();
    assert_eq!(
        world.send(without_host).await.status,
        StatusCode::MISDIRECTED_REQUEST
    );
}

/// Catalogue bind-cache-headers.
#[tokio::test]
async fn every_answer_has_its_headers() {
    let world = World::new().await;
    for path in [
        "/",
        "/i/upsales",
        "/i/upsales/whoami",
        "/i/upsales/login",
        "/nowhere/at/all",
        "/_entrant/v1/sp/i",
    ] {
        let headers = Browser::default().get(&world, path).await.headers;
        assert_eq!(headers[header::CACHE_CONTROL], "no-store", "{path}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
    }
}

/// Catalogue sess-response-disclosure, env-status-authnfailed.
#[tokio::test]
async fn a_refusal_repeats_nothing_but_the_providers_own_words() {
    let world = World::new().await;
    let mut response = good(&world, "upsales", None);
    name_id(&mut response).value = "secret-name".to_owned();
    set_attribute(&mut response, names::CLAIM_NAME, &["secret-upn"]);
    set_attribute(&mut response, names::CLAIM_EMAIL_ADDRESS, &["secret-mail"]);
    response.status.message = Some("not to be shown".to_owned());
    let answer = Browser::default()
        .post(&world, "upsales", &sign(&response), None)
        .await;
    assert_eq!(answer.rejection(), Some("account-unknown"));
    assert!(!answer.text.contains("secret") && !answer.text.contains("not to be shown"));
    response.status = Status {
        code: names::STATUS_RESPONDER.to_owned(),
        sub_code: None,
        message: Some(format!("<script>alert(1)</script>{}", "x".repeat(1000))),
    };
    let answer = Browser::default()
        .post(&world, "upsales", &sign(&response), None)
        .await;
    assert_eq!(answer.rejection(), Some("status-not-success"));
    assert!(!answer.text.contains("alert(1)") && !answer.text.contains("xxx"));
    assert!(world.last_cause().contains("alert(1)"), "the events have it");

    // In answer to this browser, escaped and short.
    let mut browser = Browser::default();
    response.in_response_to = Some(browser.login(&world, "upsales").await);
    let xml = sign(&response);
    let elsewhere = Browser::default().post(&world, "upsales", &xml, None).await;
    assert!(!elsewhere.text.contains("alert(1)"));
    let answer = browser.post(&world, "upsales", &xml, None).await;
    assert_eq!(answer.rejection(), Some("status-not-success"));
    assert!(!answer.text.contains("<script>") && answer.page().contains("<script>alert(1)</script>xxx"));
    assert!(answer.text.len() < 3000 && !answer.text.contains(&"x".repeat(400)));
}

#[tokio::test]
async fn signing_out_takes_a_post_from_the_own_page() {
    let world = World::new().await;
    let mut browser = Browser::default();
    assert_eq!(
        browser
            .outcome(&world, "upsales", &sign(&good(&world, "upsales", None)))
            .await,
        "signed-in"
    );
    let stolen = browser.clone();
    let page = browser.get(&world, "/i/upsales").await;
    assert!(
        page.page()
            .contains("Signed in as B.Simon@contoso.onmicrosoft.com"),
        "{}",
        page.page()
    );
    let token = form_token(&page);
    assert_eq!(
        browser.form(&world, "/i/upsales/logout", &[]).await.status,
        StatusCode::FORBIDDEN
    );
    let wrong = "b".repeat(64);
    assert_eq!(
        browser
            .form(&world, "/i/upsales/logout", &[("form_token", &wrong)])
            .await
            .status,
        StatusCode::FORBIDDEN
    );
    assert!(browser.who_am_i(&world, "upsales").await.is_some());
    let out = browser
        .form(&world, "/i/upsales/logout", &[("form_token", &token)])
        .await;
    assert_eq!(
        (out.status, out.location()),
        (StatusCode::SEE_OTHER, "/i/upsales")
    );
    assert!(
        stolen.clone().who_am_i(&world, "upsales").await.is_none(),
        "the session is gone, not only the cookie"
    );
    assert!(
        browser
            .get(&world, "/i/upsales")
            .await
            .page()
            .contains("Sign in with Microsoft")
    );
}

/// Catalogue sess-state-store-flood.
#[tokio::test]
async fn requests_that_nobody_answers_push_nobody_out() {
    let world = World::new().await;
    let mut browser = Browser::default();
    let first = browser.login(&world, "upsales").await;
    for _ in 0..1100 {
        Browser::default().login(&world, "upsales").await;
        browser.login(&world, "upsales").await;
    }
    let xml = sign(&good(&world, "upsales", Some(&first)));
    assert_eq!(
        Browser::default().outcome(&world, "upsales", &xml).await,
        "in-response-to-unknown"
    );
    assert_eq!(browser.outcome(&world, "upsales", &xml).await, "signed-in");
    assert_eq!(
        world.sp.inner.instance("i").unwrap().events().events.len(),
        control_api::flow::SP_EVENTS_MAX
    );
}

/// The token of a page's forms.
pub(super) fn form_token(page: &Answer) -> String {
    let (_, rest) = page.text.split_once(r#"name="form_token" value=""#).unwrap();
    rest[..64].to_owned()
}
