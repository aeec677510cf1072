//! What a request may leave behind: nobody fills the mock's memory, and nobody plants a secret.

use axum::http::header;
use control_api::flow::IdpEvent;
use saml_emit::binding::post_value;

use crate::agent::{Mock, Page, redirect, request, upn};

const NO_MESSAGE: &str = "AADSTS75005: The request is not a valid Saml2 protocol message.";

/// entra-behaviour.md 2.3: what goes beside a message.
#[tokio::test]
async fn a_relay_state_may_be_long_and_not_longer() {
    let mock = Mock::contoso();
    let message = post_value(&saml_emit::authn_request(&request(&mock.app("Upsales"))).unwrap());
    let post = async |length: usize| {
        let relay_state = "x".repeat(length);
        let fields = [("SAMLRequest", message.as_str()), ("RelayState", &relay_state)];
        let mut agent = mock.agent();
        let page = agent.post(&mock.path("saml2"), &fields).await;
        (agent, page)
    };
    let (mut agent, page) = post(64 * 1024).await;
    let delivered = agent.sign_in(page, "B.Simon").await.delivered();
    assert_eq!(delivered.relay_state.unwrap().len(), 64 * 1024);
    let (_, page) = post(64 * 1024 + 1).await;
    assert_eq!(page.error_text(), NO_MESSAGE);
    assert!(page.body.contains("The RelayState has more than 65536 bytes."));
    let (_, page) = post(3 << 20).await;
    assert_eq!(page.error_text(), NO_MESSAGE);
}

/// A hint that is no user name is none, wherever it comes from.
#[tokio::test]
async fn a_login_hint_that_is_too_long_is_none() {
    let mock = Mock::contoso();
    let app = mock.app("Upsales");
    let sent = redirect(&app, &request(&app));
    let message = post_value(&saml_emit::authn_request(&request(&app)).unwrap());
    for (length, heeded) in [(1024, true), (1025, false)] {
        let hint = "x".repeat(length);
        let mut agent = mock.agent();
        let fields = [("SAMLRequest", message.as_str()), ("login_hint", &hint)];
        let pages = [
            agent.get(&format!("{sent}&login_hint={hint}")).await,
            agent.post(&mock.path("saml2"), &fields).await,
            agent.get(&format!("/myapps/contoso.com?login_hint={hint}")).await,
            agent
                .get(&format!("{}&login_hint={hint}", mock.path_of_launch("Upsales")))
                .await,
        ];
        for page in pages {
            let shown = page.attribute("#i0116", "value").unwrap();
            assert_eq!(shown, if heeded { hint.as_str() } else { "" });
        }
    }
}

/// An Issuer and an ID are neither kept nor repeated whole.
#[tokio::test]
async fn a_long_issuer_or_id_is_nobodys() {
    let mock = Mock::contoso();
    let app = mock.app("Upsales");
    let post = async |issuer: String, id: String, path: &str| {
        let mut asked = request(&app);
        (asked.issuer, asked.id, asked.destination) = (Some(issuer), id, None);
        let message = post_value(&saml_emit::authn_request(&asked).unwrap());
        let mut agent = mock.agent();
        agent.flow = Some("long".to_owned());
        agent.post(path, &[("SAMLRequest", &message)]).await
    };
    let is_short = |page: &Page| page.body.len() < 30_000;
    let (id, issuer) = ("_request".to_owned(), app.identifiers[0].clone());
    let of_instance = mock.path(&format!("saml2/{}", app.object_id));
    for path in [mock.path("saml2"), of_instance.clone()] {
        let page = post("i".repeat(700_000), id.clone(), &path).await;
        assert_eq!(page.aadsts().as_deref(), Some("AADSTS700016"), "{path}");
        assert!(page.error_text().contains(&format!("'{}…'", "i".repeat(4096))));
        assert!(is_short(&page), "{}", page.body.len());
    }
    assert!(post("i".repeat(4096), id, &of_instance).await.asks("loginfmt"));
    let page = post(
        issuer.clone(),
        format!("_{}", "i".repeat(4096)),
        &mock.path("saml2"),
    )
    .await;
    assert_eq!(page.error_text(), NO_MESSAGE);
    assert!(page.body.contains("ID has more than 4096 characters."));
    let page = post(issuer, format!("_{}", "i".repeat(4095)), &mock.path("saml2")).await;
    assert!(page.asks("loginfmt"));
    for event in mock.flow("long").await.events {
        let (IdpEvent::RequestReceived { issuer: text, .. } | IdpEvent::Stopped { message: text, .. }) =
            event
        else {
            panic!("{event:?}");
        };
        assert!(text.chars().count() <= 1025);
    }
}

/// A form over its limit gets the mock's own words, and never more of it is read than its address needs.
#[tokio::test]
async fn a_form_over_its_limit_is_told_so() {
    let mock = Mock::contoso();
    for (path, max) in [
        (mock.path("saml2"), 4 << 20),
        (mock.path("saml2/x"), 4 << 20),
        (mock.path("login"), 64 << 10),
        (mock.path("oauth2/logout"), 256 << 10),
    ] {
        let page = mock
            .agent()
            .send("POST", &path, "x".repeat(max), "text/plain")
            .await;
        assert_eq!(page.status, 200, "{path}");
        let page = mock
            .agent()
            .send("POST", &path, "x".repeat(max + 1), "text/plain")
            .await;
        assert_eq!(page.status, 413, "{path}");
        assert_eq!(page.heading(), "This form is too large", "{path}");
        assert!(page.body.contains(&format!("at most {max} bytes")), "{path}");
    }
}

/// RFC 9110, 10.2.1: the header lists what the address answers.
#[tokio::test]
async fn the_allow_header_lists_what_is_answered() {
    let mock = Mock::contoso();
    for (path, method, allowed) in [
        ("saml2", "HEAD", "GET, POST"),
        ("saml2", "PUT", "GET, POST"),
        ("saml2/x", "DELETE", "GET, POST"),
        ("login", "GET", "POST"),
        ("login", "HEAD", "POST"),
        ("login", "PUT", "POST"),
        ("oauth2/logout", "PUT", "POST,GET,HEAD"),
    ] {
        let page = mock
            .agent()
            .send(method, &mock.path(path), String::new(), "text/plain")
            .await;
        assert_eq!(page.header(header::ALLOW), allowed, "{method} {path}");
    }
}

/// The secret that ties waiting sign-ons to a browser is made here: one that was put into the browser is replaced.
#[tokio::test]
async fn a_planted_cookie_ties_no_sign_on() {
    let mock = Mock::contoso();
    let mut agent = mock.agent();
    let planted = "planted-by-somebody-else";
    for name in ["ESTSCTX_8080", "ESTSCTX_8080_http"] {
        agent.cookies.insert(name.to_owned(), planted.to_owned());
    }
    let page = agent.get(&mock.path_of_launch("Upsales")).await;
    let made = agent.cookies["ESTSCTX_8080"].clone();
    assert_ne!(made, planted);
    agent.get(&mock.path_of_launch("sipgate")).await;
    assert_eq!(agent.cookies["ESTSCTX_8080"], made, "a second tab keeps it");
    agent.sign_in(page, "B.Simon").await.delivered();
}

/// Two tabs whose answers were both sent before either came back: signing out leaves no session behind.
#[tokio::test]
async fn of_two_tabs_that_sign_in_at_once_none_outlives_a_sign_out() {
    let mock = Mock::contoso_of_two().await;
    for kept in ["B.Simon", "A.Nowak"] {
        let mut agent = mock.agent();
        let mut last = Vec::new();
        for user in ["B.Simon", "A.Nowak"] {
            let page = agent.get(&mock.path_of_launch("Upsales")).await;
            let page = agent.submit(&page, &[("loginfmt", &upn(user))]).await;
            let page = agent.submit(&page, &[("passwd", "entrant-demo")]).await;
            last.push((user, page));
        }
        let before = agent.cookies.clone();
        let mut after = Vec::new();
        for (user, page) in last {
            agent.cookies = before.clone();
            agent.submit(&page, &[]).await.delivered();
            after.push((user, agent.cookies.clone()));
        }
        // Either answer may be the last that the browser sees.
        let (_, cookies) = after.iter().find(|(user, _)| *user == kept).unwrap();
        agent.cookies = cookies.clone();
        agent.get(&mock.path("oauth2/logout")).await;
        for (user, cookies) in after {
            agent.cookies = cookies;
            let page = agent.get(&mock.path_of_launch("Upsales")).await;
            assert_eq!(page.heading(), "Sign in", "{user}, {kept}");
        }
    }
}
