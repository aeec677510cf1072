//! Who may use the admin center (contracts.md section 6).

use axum::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Admin;
use crate::agent::{Agent, Mock};

/// A page of another site cannot have a browser post here, nor reach the pages by another name.
#[tokio::test]
async fn other_sites_and_names_change_nothing() {
    let mut admin = Admin::contoso().await;
    let before = admin.file().await;
    let url = format!("/portal/{}/users/new", admin.mock.tenant.id);
    let fields = [("user_principal_name", "x@contoso.com"), ("display_name", "x")];
    for origin in [
        "https://evil.example",
        "null",
        "http://localhost:9999",
        "http://127.0.0.1:8081",
    ] {
        admin.agent.headers = vec![("origin", origin.to_owned())];
        let page = admin.agent.post(&url, &fields).await;
        assert_eq!(page.status, 403, "{origin}");
        assert_eq!(page.heading(), "This request is not for the admin center");
    }
    admin.agent.headers.clear();
    admin.agent.host = Some("evil.example:8080".to_owned());
    assert!(admin.agent.post(&url, &fields).await.status.is_client_error());
    assert!(admin.agent.get(&url).await.status.is_client_error());
    assert_eq!(admin.file().await, before);
    admin.agent.host = Some("127.0.0.1:8080".to_owned());
    admin.agent.headers = vec![("origin", "http://localhost:8080".to_owned())];
    assert_eq!(admin.agent.post(&url, &fields).await.status, 303);
}

/// A page may cost what an administrator asks of it: other sites get none as a part of theirs, but may link to it.
#[tokio::test]
async fn no_page_is_a_part_of_another_sites() {
    let mut admin = Admin::contoso().await;
    let url = format!("/portal/{}/users", admin.mock.tenant.id);
    for (site, mode, status) in [
        ("cross-site", "no-cors", 403),
        ("cross-site", "cors", 403),
        ("cross-site", "navigate", 200),
        ("same-origin", "cors", 200),
        ("none", "navigate", 200),
    ] {
        admin.agent.headers = vec![
            ("sec-fetch-site", site.to_owned()),
            ("sec-fetch-mode", mode.to_owned()),
        ];
        assert_eq!(admin.agent.get(&url).await.status, status, "{site} {mode}");
    }
}

/// A form of another page is refused by Fetch Metadata alone.
#[tokio::test]
async fn no_form_comes_from_another_page() {
    let mut admin = Admin::contoso().await;
    let url = format!("/portal/{}/groups/new", admin.mock.tenant.id);
    for (site, status) in [
        ("cross-site", 403),
        ("same-site", 403),
        ("same-origin", 303),
        ("none", 303),
    ] {
        admin.agent.headers = vec![
            ("sec-fetch-site", site.to_owned()),
            ("sec-fetch-mode", "navigate".to_owned()),
        ];
        let fields = [("kind", "security"), ("display_name", site)];
        assert_eq!(admin.agent.post(&url, &fields).await.status, status, "{site}");
    }
}

/// Who types the address by hand ends it with a slash.
#[tokio::test]
async fn a_slash_at_the_end_is_no_other_page() {
    let mut admin = Admin::contoso().await;
    for place in ["portal", "flows"] {
        let page = format!("/{place}/{}", admin.mock.tenant.id);
        let answer = admin.agent.get(&format!("{page}/")).await;
        assert_eq!(answer.status, 308);
        assert_eq!(answer.header(header::LOCATION), page);
        assert_eq!(admin.agent.get(&page).await.status, 200);
    }
}

/// Off loopback the control token is demanded: as a bearer, or as the password that a browser asks for.
#[tokio::test]
async fn off_loopback_the_token_is_demanded() {
    let idp = Mock::empty(true);
    idp.put_tenant(mock_idp::embedded("contoso").unwrap(), None)
        .unwrap();
    let mut agent = Agent::of(&idp);
    let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
    for (authorization, status) in [
        (None, 401),
        (Some(basic("admin:secret")), 200),
        (Some(basic(":secret")), 200),
        (Some("Bearer secret".to_owned()), 200),
        (Some(basic("secret:")), 401),
        (Some(basic("secret")), 401),
        (Some(basic("admin:secret ")), 401),
        (Some("Basic !".to_owned()), 401),
        (Some("Basic".to_owned()), 401),
        (Some("Digest secret".to_owned()), 401),
    ] {
        agent.headers = authorization
            .iter()
            .map(|value| ("authorization", value.clone()))
            .collect();
        for path in ["", "/users", "/users/new", "/groups", "/apps", "/mails"] {
            let page = agent.get(&format!("/portal/contoso.com{path}")).await;
            assert_eq!(page.status, status, "{path} {authorization:?}");
            let asks = page.header(header::WWW_AUTHENTICATE).starts_with("Basic realm=");
            assert_eq!(asks, status == 401);
        }
    }
    agent.headers.clear();
    let fields = [("user_principal_name", "x@contoso.com"), ("display_name", "x")];
    assert_eq!(
        agent.post("/portal/contoso.com/users/new", &fields).await.status,
        401
    );
    let tenants = serde_json::to_value(idp.tenants()).unwrap();
    let users = tenants[0]["users"].as_array().unwrap();
    assert!(!users.iter().any(|user| user["upn"] == "x@contoso.com"));
}
