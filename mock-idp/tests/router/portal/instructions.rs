//! "View step-by-step instructions" of card 4 (entra-behaviour.md 8).

use super::Admin;
use crate::agent::SP;

/// Each application of the gallery: a field at the product with what goes in, and a value of the product with its field.
#[tokio::test]
async fn each_gallery_application_has_instructions() {
    let mut admin = Admin::contoso().await;
    let issuer = admin.mock.tenant.issuer.clone();
    let at_sp = |path: &str| format!("{SP}/{path}");
    for (product, there, back) in [
        (
            "IOMETE",
            ["Entity ID", &issuer],
            ["Sign on URL", &at_sp("iomete/acs")],
        ),
        (
            "sipgate",
            ["Entity ID", &issuer],
            [
                "Reply URL (Assertion Consumer Service URL)",
                &at_sp("sipgate/sipgate-sso-1234567/acs"),
            ],
        ),
        (
            "Upsales",
            ["Add certificate", "Download"],
            ["Upload metadata file", &at_sp("upsales/metadata")],
        ),
        (
            "Upwork Enterprise",
            ["Federation Metadata XML", "Download"],
            ["Sign on URL", &at_sp("upwork/login")],
        ),
    ] {
        let name = format!("Second {product}");
        admin.walk(&["Enterprise apps", "New application"]).await;
        admin
            .press(&format!("Create {product}"), &[("Name", &name)])
            .await;
        admin.click("Single sign-on").await;
        let saml = "SAML Rich and secure authentication to applications using the SAML (Security Assertion Markup Language) protocol.";
        admin.press(saml, &[]).await;
        admin.click("View step-by-step instructions").await;
        assert_eq!(admin.page.heading(), format!("Configure {name}"));
        let rows = admin.table();
        for [field, value] in [there, back] {
            let row = rows.iter().find(|row| row[0].starts_with(field));
            let row = row.unwrap_or_else(|| panic!("{product}: no {field} in {rows:?}"));
            assert!(row[2].starts_with(value), "{product}: {row:?}");
        }
        admin.click("Basic SAML Configuration").await;
    }
}

/// The files are those of the active certificate, and older names stand beside today's.
#[tokio::test]
async fn the_files_and_the_older_names_are_there() {
    let mut admin = Admin::contoso().await;
    admin
        .walk(&[
            "Enterprise apps",
            "Upwork Enterprise",
            "Single sign-on",
            "View step-by-step instructions",
        ])
        .await;
    assert!(admin.page.body.contains("earlier: Azure AD Identifier"));
    assert!(admin.page.body.contains("The identifier is a fixed string"));
    // The guide's test user has a name to sign in with and a display name: Upwork asks for more.
    assert!(admin.page.body.contains("First name and Last name"));
    let file = admin
        .agent
        .get(&admin.link("Download Federation Metadata XML for Federation Metadata XML"))
        .await;
    assert!(file.body.contains(&admin.mock.tenant.issuer));
    // Without an active certificate there is no file, and the page says what to do.
    admin
        .mock
        .patch_app("Upwork Enterprise", serde_json::json!({"certificates": []}))
        .await;
    admin.click("Single sign-on").await;
    admin.click("View step-by-step instructions").await;
    assert!(admin.page.body.contains("No certificate is active"));
}

/// What was created without the gallery has none.
#[tokio::test]
async fn an_application_of_ones_own_has_no_instructions() {
    let mut admin = Admin::contoso().await;
    admin
        .walk(&["Enterprise apps", "Upsales", "Single sign-on"])
        .await;
    assert!(!admin.page.body.contains("step-by-step"));
    let url = format!("{}/instructions", admin.url);
    let page = admin.agent.get(&url).await;
    assert_eq!(page.status, 404);
    assert_eq!(page.heading(), "There are no step-by-step instructions");
}
