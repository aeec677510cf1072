//! "Test" and "Test this application" (entra-behaviour.md 1, 8).

use axum::http::header;
use saml_accept::binding::{RawQuery, decode_redirect};
use saml_accept::xml::Limits;
use serde_json::json;

use super::Admin;
use super::admin::own_path;

/// The request behind a link of the page.
fn request(admin: &Admin, link: &str) -> String {
    let address = admin.link(link);
    let query = RawQuery::parse(address.split_once('?').unwrap().1).unwrap();
    let message = query.parameter("SAMLRequest").unwrap().unwrap();
    String::from_utf8(decode_redirect(&message, &Limits::default()).unwrap()).unwrap()
}

/// Without a Sign on URL: the button's own request, which is answered as if nobody had asked.
#[tokio::test]
async fn an_idp_initiated_test() {
    let mut admin = Admin::contoso().await;
    admin
        .mock
        .patch_app(
            "Upsales",
            json!({"identifiers": ["urn:a&b", "urn:c"], "sign_on_url": ""}),
        )
        .await;
    admin
        .walk(&["Enterprise apps", "Upsales", "Single sign-on"])
        .await;
    assert_eq!(admin.link("Test"), admin.link("Test this application"));
    admin.click("Test this application").await;
    assert_eq!(admin.page.heading(), "Test single sign-on with Upsales");
    let xml = request(&admin, "Sign in as current user");
    let acs = &admin.mock.app("Upsales").reply_urls[0];
    let (before, after) = xml.split_once(" IssueInstant=\"").unwrap();
    assert_eq!(
        before,
        "<samlp:AuthnRequest xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"F84D888AA3B44C1B844375A4E8210D9E\" Version=\"2.0\""
    );
    let (instant, rest) = after.split_once('"').unwrap();
    assert_eq!(instant.len(), "2026-11-23T10:00:00.000Z".len(), "{instant}");
    assert_eq!(
        rest,
        format!(
            " IsPassive=\"false\" AssertionConsumerServiceURL=\"{acs}\" xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ForceAuthn=\"false\"><Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:a&#38;b</Issuer></samlp:AuthnRequest>"
        )
    );
    assert!(request(&admin, "Sign in as someone else").contains(" ForceAuthn=\"true\""));
    let address = own_path(&admin.link("Sign in as current user")).unwrap();
    let asks = admin.agent.get(&address).await;
    let delivered = admin.agent.sign_in(asks, "B.Simon").await.delivered();
    assert_eq!(&delivered.acs, acs);
    assert!(!delivered.xml.contains("InResponseTo"));
    // The browser's user again; somebody else is asked for.
    assert_eq!(&admin.agent.get(&address).await.delivered().acs, acs);
    let other = own_path(&admin.link("Sign in as someone else")).unwrap();
    assert!(admin.agent.get(&other).await.asks("passwd"));
}

/// Upwork's guide: "this option redirects to Upwork Enterprise Sign on URL where you can initiate the login flow".
#[tokio::test]
async fn with_a_sign_on_url_the_test_begins_there() {
    let mut admin = Admin::contoso().await;
    let url = "https://sp.example/login?a=b&c";
    admin.mock.patch_app("Upsales", json!({"sign_on_url": url})).await;
    admin
        .walk(&["Enterprise apps", "Upsales", "Single sign-on"])
        .await;
    for button in ["Test", "Test this application"] {
        let page = admin.agent.get(&admin.link(button)).await;
        assert_eq!(page.status, 302);
        assert_eq!(page.header(header::LOCATION), url);
    }
}

/// 8: greyed out until the required values are saved; 2.5: and where requests must be signed.
#[tokio::test]
async fn what_cannot_be_tested_has_no_test() {
    let mut admin = Admin::contoso().await;
    admin
        .walk(&["Enterprise apps", "Upsales", "Single sign-on"])
        .await;
    assert!(admin.page.select("button[disabled]").is_empty());
    let url = admin.url.clone();
    for (values, problem) in [
        (
            json!({"verification_certificates": {"required": true}}),
            "Verification certificates are required",
        ),
        (
            json!({"verification_certificates": null, "reply_urls": [], "sign_on_url": "https://sp.example/"}),
            "Save a Reply URL first.",
        ),
        (
            json!({"identifiers": []}),
            "Save an Identifier (Entity ID) first.",
        ),
    ] {
        admin.mock.patch_app("Upsales", values).await;
        let page = admin.agent.get(&url).await;
        assert_eq!(page.select("button[disabled]"), ["Test this application", "Test"]);
        assert!(page.select("#test").concat().contains(problem), "{problem}");
        let page = admin.agent.get(&format!("{url}/test")).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains(problem) && !page.body.contains("Sign in as"));
    }
}
