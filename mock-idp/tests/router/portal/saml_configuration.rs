//! Card 1, "Basic SAML Configuration" (entra-behaviour.md 2.4, 8).

use serde_json::{Value, json};

use super::Admin;

/// At "Basic SAML Configuration" of Upsales.
async fn at_basic() -> Admin {
    let mut admin = Admin::contoso().await;
    let way = [
        "Enterprise apps",
        "Upsales",
        "Single sign-on",
        "Edit Basic SAML Configuration",
    ];
    admin.walk(&way).await;
    assert_eq!(admin.page.heading(), "Basic SAML Configuration", "{}", admin.url);
    admin
}

async fn saved(admin: &Admin) -> Value {
    let file = admin.file().await;
    let apps = file["app"].as_array().unwrap().clone();
    apps.into_iter().find(|app| app["name"] == "Upsales").unwrap()
}

/// Each address costs a comparison with every other while the tenant waits: a form has room for so many.
#[tokio::test]
async fn a_list_of_addresses_has_an_end() {
    let mut admin = at_basic().await;
    let before = admin.file().await;
    let addresses: Vec<_> = (0..257).map(|number| format!("urn:app:{number}")).collect();
    for (action, count, problem) in [
        ("save", 257, Some("Identifier (Entity ID): at most 256.")),
        (
            "add-identifier",
            256,
            Some("Identifier (Entity ID): at most 256."),
        ),
        ("add-identifier", 255, None),
        ("save", 256, None),
    ] {
        let mut fields = vec![("action", action)];
        fields.extend(addresses[..count].iter().map(|one| ("identifier", one.as_str())));
        let page = admin.agent.post(&admin.url, &fields).await;
        if let Some(problem) = problem {
            assert_eq!(page.status, 400, "{action} {count}");
            assert!(page.select("[role=alert]").concat().starts_with(problem));
        }
        if page.status != 303 {
            let shown = page.select("input[name=identifier]").len();
            assert_eq!(shown, 256, "{action} {count}");
            assert_eq!(admin.file().await, before, "nothing is saved");
        }
    }
    assert_eq!(saved(&admin).await["identifiers"].as_array().unwrap().len(), 256);
}

/// contracts.md section 4: the admin center has Entra's rule, and leaves what a manifest registered.
#[tokio::test]
async fn a_new_reply_url_is_one_that_entra_takes() {
    let mut admin = at_basic().await;
    let manifests = "http://app:3000/acs";
    admin
        .mock
        .patch_app("Upsales", json!({"reply_urls": [manifests]}))
        .await;
    for (url, problem) in [
        (
            "http://10.0.0.1/acs",
            Some("Entra takes http on localhost and 127.0.0.1 alone: write https."),
        ),
        (
            "http://other:3000/acs",
            Some("Entra takes http on localhost and 127.0.0.1 alone: write https."),
        ),
        (
            "https://sp.contoso.com/a;b",
            Some("Entra does not take the character ;."),
        ),
        ("http://localhost:3000/acs", None),
        ("http://127.0.0.1:3000/acs", None),
        ("https://sp.contoso.com/acs", None),
    ] {
        let fields = [("action", "save"), ("reply_url", manifests), ("reply_url", url)];
        admin.page = admin.agent.post(&admin.url, &fields).await;
        let Some(problem) = problem else {
            assert_eq!(admin.page.status, 303, "{url}: {}", admin.page.body);
            assert_eq!(saved(&admin).await["reply_urls"], json!([manifests, url]));
            continue;
        };
        let told = format!("Reply URL (Assertion Consumer Service URL): `{url}`: {problem}");
        assert_eq!(admin.problem(), told);
        assert!(admin.page.body.contains(url), "what was typed stays");
    }
}

/// What is wrong is told by the labels that the page has, and not by the keys of the tenant file.
#[tokio::test]
async fn what_is_wrong_is_told_by_its_label() {
    let mut admin = at_basic().await;
    let filled = [
        ("Sign on URL (Optional)", "sp.contoso.com"),
        ("Logout Url (Optional)", "javascript:alert(1)"),
    ];
    admin.press("Save", &filled).await;
    assert_eq!(
        admin.problem(),
        "Sign on URL (Optional): `sp.contoso.com` is not an http or https address. Logout Url (Optional): `javascript:alert(1)` is not an http or https address."
    );
    assert_eq!(admin.value("Sign on URL (Optional)"), "sp.contoso.com");
    admin.walk(&["Upsales", "Properties"]).await;
    admin.press("Save", &[("Homepage URL", "here")]).await;
    assert_eq!(
        admin.problem(),
        "Homepage URL: `here` is not an http or https address."
    );
    admin.walk(&["Single sign-on", "Edit SAML Certificates"]).await;
    let mail = [("Notification Email Addresses", "nobody")];
    admin.press("Save", &mail).await;
    assert_eq!(
        admin.problem(),
        "Notification Email Addresses: `nobody` is not a mail address."
    );
}
