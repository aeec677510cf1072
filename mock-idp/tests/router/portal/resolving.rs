//! "Resolving errors" of card 5, and identifiers that two applications want (entra-behaviour.md 8).

use serde_json::{Value, json};

use super::Admin;
use crate::agent::{redirect, request};

const BOX: &str = "What does the error look like?";
const ASK: &str = "Get resolution guidance";

/// Contoso's administrator before the cards of an application.
async fn cards(app: &str) -> Admin {
    let mut admin = Admin::contoso().await;
    admin.walk(&["Enterprise apps", app, "Single sign-on"]).await;
    admin
}

async fn guidance(admin: &mut Admin, error: &str) -> String {
    admin.press(ASK, &[(BOX, error)]).await;
    assert_eq!(admin.page.status, 200);
    assert_eq!(admin.value(BOX).trim(), error.trim());
    admin.page.select("#guidance").concat()
}

/// The box stands on card 5 and on the Test page, and the answer has it again.
#[tokio::test]
async fn the_guidance_is_about_this_application() {
    let mut admin = cards("Upsales").await;
    let upsales = admin.mock.app("Upsales");
    for (error, expected) in [
        (
            "Sign in\nSorry, but we\u{2019}re having trouble signing you in.\nAADSTS750054: SAMLRequest or SAMLResponse must be present",
            vec![
                "AADSTS750054",
                "A browser was sent to the Login URL itself",
                &upsales.launch,
            ],
        ),
        (
            "AADSTS50105: Your administrator has configured the application Upsales ('x') to block users unless they are specifically granted ('assigned') access to the application. The signed in user 'U.Keller@contoso.onmicrosoft.com' is blocked because they are not a direct member of a group with access",
            vec![
                "Assigned to Upsales: B.Simon, A.Nowak",
                "U.Keller@contoso.onmicrosoft.com is not assigned, and in none of the assigned groups",
            ],
        ),
        ("7000112", vec!["Enabled for users to sign in? is Yes now"]),
        ("AADSTS53003", vec!["no Conditional Access policy"]),
        ("AADSTS90033", vec!["only where it was armed"]),
        ("AADSTS999999", vec!["This mock does not know the code"]),
        (
            "An error has occurred. Please try again. Back to login.",
            vec!["no error of Entra's", "the application refused the answer"],
        ),
    ] {
        let text = guidance(&mut admin, error).await;
        for part in expected {
            assert!(text.contains(part), "{error}: no {part:?} in {text}");
        }
    }
    admin.walk(&["Single sign-on", "Test"]).await;
    assert!(
        guidance(&mut admin, "50105")
            .await
            .contains("Assigned to Upsales")
    );
    admin.click("Users and groups").await;
    assert_eq!(admin.page.heading(), "Users and groups");
}

/// A nested group grants nothing, and the guidance says through which group the user is there.
#[tokio::test]
async fn a_nested_membership_is_told() {
    let mut admin = cards("Upwork Enterprise").await;
    let error = "AADSTS50105: Your administrator has configured the application Upwork Enterprise ('x') to block users unless they are specifically granted ('assigned') access to the application. The signed in user 'U.Keller@contoso.onmicrosoft.com' is blocked";
    let text = guidance(&mut admin, error).await;
    assert!(
        text.contains("in the assigned group Upwork users through another group alone"),
        "{text}"
    );
}

/// 50011: what was asked for beside what is registered, and "Fix it" registers it.
#[tokio::test]
async fn a_reply_url_is_compared_and_fixed() {
    let mut admin = cards("Upsales").await;
    let upsales = admin.mock.app("Upsales");
    let (known, identifier) = (upsales.reply_urls[0].clone(), upsales.identifiers[0].clone());
    let error = |acs: &str, issuer: &str| {
        format!(
            "AADSTS50011: The reply URL '{acs}' specified in the request does not match the reply URLs configured for the application '{issuer}'. Make sure the reply URL sent in the request matches one added to your application in the Azure portal."
        )
    };
    let wrong = format!("{known}/");
    let text = guidance(&mut admin, &error(&wrong, &identifier)).await;
    for part in [
        format!("Reply URL of Upsales: {known}"),
        format!("asked for {wrong}, which is not registered"),
        "differs from a registered one by the slash at its end".to_owned(),
    ] {
        assert!(text.contains(&part), "no {part:?} in {text}");
    }
    admin.press("Fix it", &[]).await;
    assert_eq!(admin.notice(), "Saved.");
    let file = admin.file().await;
    let app = |file: &Value, name: &str| {
        let apps = file["app"].as_array().unwrap().clone();
        apps.into_iter().find(|app| app["name"] == name).unwrap()
    };
    assert_eq!(app(&file, "Upsales")["reply_urls"], json!([known, wrong]));
    let text = guidance(&mut admin, &error(&wrong, &identifier)).await;
    assert!(text.contains("which is registered now"), "{text}");
    assert!(admin.page.select("#guidance form").is_empty());
    // The message of another application leads there, and nothing is fixed here.
    let other = admin.mock.app("sipgate").identifiers[0].clone();
    let text = guidance(&mut admin, &error("https://x/", &other)).await;
    assert!(text.contains("another application, sipgate"), "{text}");
    assert!(admin.page.select("#guidance form").is_empty());
    admin.click("Basic SAML Configuration of sipgate").await;
    assert_eq!(admin.value("Identifier (Entity ID)"), other);
}

/// "or the whole page": its source too, in which everything stands escaped between tags.
#[tokio::test]
async fn the_source_of_the_error_page_is_read() {
    let mut admin = cards("Upsales").await;
    let upsales = admin.mock.app("Upsales");
    let mut asked = request(&upsales);
    asked.acs_url = Some("https://sp.test/acs?a='1'&b=2".to_owned());
    let page = admin.agent.get(&redirect(&upsales, &asked)).await;
    assert_eq!(page.aadsts().as_deref(), Some("AADSTS50011"));
    admin.press(ASK, &[(BOX, &page.body)]).await;
    let text = admin.page.select("#guidance").concat();
    assert!(
        text.contains("asked for https://sp.test/acs?a='1'&b=2, which is not registered"),
        "{text}"
    );
    assert_eq!(
        admin
            .page
            .attribute("#guidance [name=reply_url]", "value")
            .as_deref(),
        Some("https://sp.test/acs?a='1'&b=2")
    );
}

/// What Basic SAML Configuration would refuse is not offered.
#[tokio::test]
async fn what_is_no_reply_url_is_not_offered() {
    let mut admin = cards("Upsales").await;
    for acs in ["javascript:alert(1)", "acs", "http://"] {
        let error = format!(
            "AADSTS50011: The reply URL '{acs}' specified in the request does not match the reply URLs configured for the application 'urn:x'."
        );
        let text = guidance(&mut admin, &error).await;
        assert!(
            text.contains(&format!(
                "asked for {acs}, which is no address that can be registered"
            )),
            "{text}"
        );
        assert!(admin.page.select("#guidance form").is_empty(), "{acs}");
    }
}

/// The NameID's source is chosen on Attributes & Claims.
#[tokio::test]
async fn an_empty_name_id_leads_to_its_claim() {
    let mut admin = cards("Upsales").await;
    guidance(&mut admin, "AADSTS501241").await;
    admin.click("Attributes & Claims").await;
    assert!(admin.url.ends_with("/sso/claims"), "{}", admin.url);
    admin.link("Unique User Identifier (Name ID)");
}

/// Whoever looks for help has no specification at hand.
#[tokio::test]
async fn no_section_is_cited() {
    let mut admin = cards("Upsales").await;
    for row in mock_idp::REGISTRY.iter().flat_map(|group| group.rows) {
        let text = guidance(&mut admin, &format!("AADSTS{}", row.code)).await;
        let inner = text.split('(').skip(1);
        let mut firsts = inner.filter_map(|inner| inner.split([')', ';', ':']).next());
        let cited = firsts.find(|first| match first.strip_prefix('C') {
            Some(conflict) => conflict.parse::<u8>().is_ok(),
            None => first.len() < 5 && first.parse::<f32>().is_ok(),
        });
        assert_eq!(cited, None, "{text}");
    }
}

/// 700016: the identity provider's own name is no identifier of an application.
#[tokio::test]
async fn an_identifier_is_compared_and_fixed() {
    let mut admin = cards("Upsales").await;
    let own = admin.mock.tenant.issuer.clone();
    let error = |issuer: &str, tenant: &str| {
        format!(
            "AADSTS700016: Application with identifier '{issuer}' was not found in the directory '{tenant}'. This can happen if"
        )
    };
    let text = guidance(&mut admin, &error(&own, "Contoso")).await;
    assert!(
        text.contains("sends the identity provider's name as its own"),
        "{text}"
    );
    assert!(admin.page.select("#guidance form").is_empty());
    let text = guidance(&mut admin, &error("urn:new", "Fabrikam")).await;
    assert!(
        text.contains("is from the directory Fabrikam, and this is Contoso"),
        "{text}"
    );
    admin.press("Fix it", &[]).await;
    let identifiers = admin.row("Identifier (Entity ID)");
    assert!(admin.page.body.contains("urn:new"), "{identifiers}");
}

/// The messages of the last sign-on of this application, by the words of the My Apps extension.
#[tokio::test]
async fn the_last_sign_ons_are_linked() {
    let mut admin = cards("Upsales").await;
    let none = admin.page.select("#test").concat();
    assert!(none.contains("No sign-on of this application was recorded yet"));
    assert!(!none.contains("Download the SAML"));
    admin.mock.sign_on("sipgate", "B.Simon").await;
    admin.mock.sign_on("Upsales", "B.Simon").await;
    admin.click("Single sign-on").await;
    assert_eq!(admin.page.select("#test .list li").len(), 1);
    let page = admin.link("Download the SAML response");
    admin.click("Download the SAML response").await;
    assert!(admin.page.select("#out-1").len() == 1, "{page}");
    assert!(admin.page.body.contains("SAMLResponse for Upsales"));
}

const UNIQUE: &str =
    "Please enter an Identifier which is unique within your organization. This Identifier is used by";

/// An identifier in use: Entra's message beside the field, and where the other application is.
#[tokio::test]
async fn an_identifier_of_another_application_is_refused() {
    let mut admin = cards("Upsales").await;
    admin.click("Edit Basic SAML Configuration").await;
    assert!(!admin.page.body.contains(UNIQUE));
    let taken = admin.mock.app("sipgate").identifiers[0].clone();
    admin.press("Save", &[("Identifier (Entity ID)", &taken)]).await;
    let problem = admin.problem();
    assert!(problem.starts_with(&format!("{UNIQUE} sipgate.")), "{problem}");
    assert_eq!(admin.value("Identifier (Entity ID)"), taken, "the input is kept");
    let own = admin.mock.app("Upsales").identifiers[0].clone();
    assert!(admin.file().await.to_string().contains(&own));
    admin.click("Open sipgate").await;
    assert_eq!(admin.value("Identifier (Entity ID)"), taken);
    assert!(!admin.page.body.contains(UNIQUE), "its owner may keep it");
}

/// Upwork's guide: "Identifier of this application is a fixed string value so only one instance can be configured in one
/// tenant."
#[tokio::test]
async fn a_second_upwork_is_added_and_cannot_be_saved() {
    let mut admin = Admin::contoso().await;
    admin.walk(&["Enterprise apps", "New application"]).await;
    admin
        .press("Create Upwork Enterprise", &[("Name", "Second Upwork")])
        .await;
    admin.click("Single sign-on").await;
    admin.press("SAML Rich and secure authentication to applications using the SAML (Security Assertion Markup Language) protocol.", &[]).await;
    admin.click("Edit Basic SAML Configuration").await;
    assert_eq!(
        admin.value("Identifier (Entity ID)"),
        "https://www.upwork.com/saml"
    );
    assert!(admin.page.body.contains(UNIQUE));
    admin.press("Save", &[]).await;
    assert!(
        admin
            .problem()
            .starts_with(&format!("{UNIQUE} Upwork Enterprise."))
    );
    // With an identifier of its own it is an application like any other.
    admin
        .press("Save", &[("Identifier (Entity ID)", "urn:second")])
        .await;
    assert_eq!(admin.row("Identifier (Entity ID)"), "urn:second");
}
