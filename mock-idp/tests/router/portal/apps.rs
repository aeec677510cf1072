//! Enterprise apps, from New application to the numbered cards (entra-behaviour.md 8).

use serde_json::{Value, json};

use super::Admin;

const SAML: &str = "SAML Rich and secure authentication to applications using the SAML (Security Assertion Markup Language) protocol.";
const NON_GALLERY: &str = "Integrate any other application you don't find in the gallery (Non-gallery)";

/// What an application of this name is in the tenant's file.
async fn app(admin: &Admin, name: &str) -> Value {
    let file = admin.file().await;
    let apps = file["app"].as_array().unwrap().clone();
    apps.into_iter().find(|app| app["name"] == name).unwrap()
}

#[tokio::test]
async fn the_menus_have_entras_labels() {
    let mut admin = Admin::contoso().await;
    admin
        .walk(&["Enterprise apps", "All applications", "Upsales"])
        .await;
    let groups = admin.page.select(".menu .group");
    assert_eq!(groups, ["Manage", "Security", "This mock"]);
    let labels = admin.page.select(".menu a");
    for label in [
        "Properties",
        "Users and groups",
        "Single sign-on",
        "Token encryption",
    ] {
        assert!(labels.iter().any(|one| one == label), "{label} in {labels:?}");
        admin.click(label).await;
        admin.click("Upsales").await;
    }
    assert_eq!(
        admin.page.select(".steps .name"),
        ["Assign users and groups", "Set up single sign on"]
    );
}

#[tokio::test]
async fn an_application_of_ones_own_is_set_up() {
    let mut admin = Admin::contoso().await;
    admin.walk(&["Enterprise apps", "New application"]).await;
    admin.link("Create your own application");
    admin
        .press(
            "Create",
            &[("What's the name of your app?", "Mine"), (NON_GALLERY, "yes")],
        )
        .await;
    assert_eq!(admin.notice(), "The application was added.");
    assert_eq!(app(&admin, "Mine").await["template"], "non-gallery");
    admin.click("Single sign-on").await;
    assert!(admin.page.heading().starts_with("Select a single sign-on method"));
    assert_eq!(admin.page.select(".methods .name"), ["Disabled", "SAML"]);
    admin.press(SAML, &[]).await;
    assert!(
        admin
            .page
            .heading()
            .starts_with("Set up Single Sign-On with SAML")
    );
    let cards = admin.page.select(".cards h2");
    let expected = [
        "Basic SAML Configuration",
        "Attributes & Claims",
        "SAML Certificates",
        "Set up Mine",
        "Test single sign-on with Mine",
    ];
    assert_eq!(cards.len(), expected.len());
    for (card, label) in cards.iter().zip(expected) {
        assert!(card.starts_with(label), "{card}");
    }
    for label in [
        "Upload metadata file",
        "Change single sign-on mode",
        "Test this application",
    ] {
        assert!(admin.page.select(".toolbar").concat().contains(label), "{label}");
    }
    for (label, value) in [
        ("Identifier (Entity ID)", "Required"),
        ("Reply URL (Assertion Consumer Service URL)", "Required"),
        ("Sign on URL", "Optional"),
        ("Unique User Identifier", "user.userprincipalname"),
        ("Status", "Active"),
    ] {
        assert_eq!(admin.row(label), value, "{label}");
    }
    for label in ["Login URL", "Logout URL", "App Federation Metadata Url"] {
        assert!(admin.row(label).contains(&admin.mock.tenant.id), "{label}");
    }
    assert_eq!(
        admin.row("Microsoft Entra Identifier earlier: Azure AD Identifier"),
        admin.mock.tenant.issuer
    );
    admin.click("Change single sign-on mode").await;
    assert!(admin.page.heading().starts_with("Select a single sign-on method"));
}

#[tokio::test]
async fn the_gallery_is_searched() {
    let mut admin = Admin::contoso().await;
    admin.walk(&["Enterprise apps", "New application"]).await;
    assert!(admin.page.select("h2")[0].contains("Browse Microsoft Entra App Gallery"));
    assert_eq!(
        admin.page.select(".tile h3"),
        ["IOMETE", "sipgate", "Upsales", "Upwork Enterprise"]
    );
    admin.press("Search", &[("Search application", "upwork")]).await;
    assert_eq!(admin.page.select(".tile h3"), ["Upwork Enterprise"]);
    admin.press("Search", &[("Search application", "nothing")]).await;
    assert!(admin.page.body.contains("The gallery has no “nothing”"));
}

/// Several identifiers and reply URLs, one of each the default; a field is added by its button, and what is left blank is
/// no address.
#[tokio::test]
async fn basic_saml_configuration_takes_several_addresses() {
    let mut admin = Admin::contoso().await;
    admin
        .walk(&[
            "Enterprise apps",
            "Upsales",
            "Single sign-on",
            "Edit Basic SAML Configuration",
        ])
        .await;
    let fields = |admin: &Admin| admin.page.body.matches("name=\"identifier\"").count();
    assert_eq!(fields(&admin), 1);
    admin.press("Add identifier", &[]).await;
    assert_eq!(fields(&admin), 2);
    admin.press("Add reply URL", &[]).await;
    assert_eq!(fields(&admin), 2, "what was added stays");
    let url = admin.url.clone();
    let form = [
        ("identifier", "urn:a"),
        ("identifier", "urn:b"),
        ("identifier", ""),
        ("default_identifier", "1"),
        ("reply_url", "https://sp.example/one"),
        ("reply_url", "https://sp.example/two"),
        ("default_reply_url", "1"),
        ("sign_on_url", "https://sp.example/login"),
        ("relay_state", "home"),
        ("logout_url", "https://sp.example/slo"),
        ("action", "save"),
    ];
    assert_eq!(admin.agent.post(&url, &form).await.status, 303);
    let saved = app(&admin, "Upsales").await;
    for (key, value) in [
        ("identifiers", json!(["urn:b", "urn:a"])),
        (
            "reply_urls",
            json!(["https://sp.example/two", "https://sp.example/one"]),
        ),
        ("sign_on_url", json!("https://sp.example/login")),
        ("relay_state", json!("home")),
        ("logout_url", json!("https://sp.example/slo")),
    ] {
        assert_eq!(saved[key], value, "{key}");
    }
    admin.click("Single sign-on").await;
    for (label, value) in [
        ("Sign on URL", "https://sp.example/login"),
        ("Relay State (Optional)", "home"),
        ("Logout Url (Optional)", "https://sp.example/slo"),
    ] {
        assert_eq!(admin.row(label), value);
    }
}

/// The file fills the form in, and nothing is saved before Save.
#[tokio::test]
async fn a_metadata_file_fills_the_form_in() {
    let metadata = "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"urn:uploaded\"><SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://sp.example/acs\" index=\"0\"/></SPSSODescriptor></EntityDescriptor>";
    let mut admin = Admin::contoso().await;
    admin
        .walk(&["Enterprise apps", "Upsales", "Single sign-on"])
        .await;
    let before = app(&admin, "Upsales").await;
    admin.upload("Add", metadata.as_bytes(), &[]).await;
    assert_eq!(admin.value("Identifier (Entity ID)"), "urn:uploaded");
    assert_eq!(
        admin.value("Reply URL (Assertion Consumer Service URL)"),
        "https://sp.example/acs"
    );
    assert_eq!(app(&admin, "Upsales").await, before);
    // The form of the page after the upload is saved as any.
    admin.url = admin.url.trim_end_matches("/upload").to_owned();
    admin.press("Save", &[]).await;
    assert_eq!(
        app(&admin, "Upsales").await["identifiers"],
        json!(["urn:uploaded"])
    );
    admin.upload("Add", b"<html></html>", &[]).await;
    assert!(admin.problem().starts_with("The file could not be used"));
}
