//! "Token encryption" (entra-behaviour.md 3.7).

use serde_json::json;

use super::Admin;
use crate::section_5::imports::{pfx, rsa};

async fn at_encryption() -> Admin {
    let mut admin = Admin::contoso().await;
    admin
        .walk(&["Enterprise apps", "sipgate", "Token encryption"])
        .await;
    assert_eq!(admin.page.heading(), "Token encryption");
    admin
}

#[tokio::test]
async fn a_certificate_is_imported_activated_deactivated_and_deleted() {
    let mut admin = at_encryption().await;
    assert!(admin.page.body.contains("assertions are not encrypted"));
    let (file, der) = pfx(&rsa(2048), 40);
    admin.upload("Add", &file, &[]).await;
    assert!(admin.problem().contains("certificate"), "{}", admin.problem());
    admin.upload("Add", b"", &[]).await;
    assert_eq!(admin.problem(), "The file could not be used: no file was chosen.");
    admin.upload("Add", &der, &[]).await;
    assert_eq!(admin.notice(), "The certificate was imported. It is inactive.");
    let thumbprint = admin.table()[0][0].clone();
    assert_eq!((thumbprint.len(), admin.table()[0][1].as_str()), (40, "Inactive"));
    assert!(
        !admin
            .mock
            .sign_on("sipgate", "B.Simon")
            .await
            .xml
            .contains("EncryptedAssertion")
    );
    let pem = openssl::x509::X509::from_der(&der).unwrap().to_pem().unwrap();
    admin.upload("Add", &pem, &[]).await;
    assert_eq!(admin.problem(), "This certificate is there already.");

    admin.click("Activate token encryption").await;
    admin.click("No").await;
    assert_eq!(admin.table()[0][1], "Inactive");
    admin.click("Activate token encryption").await;
    admin.press("Yes", &[]).await;
    assert_eq!(
        admin.notice(),
        "Token encryption is active: assertions are encrypted from now on."
    );
    assert_eq!(admin.table()[0][1], "Active");
    assert!(
        admin
            .mock
            .sign_on("sipgate", "B.Simon")
            .await
            .xml
            .contains("EncryptedAssertion")
    );

    admin.click("Delete").await;
    admin.press("Yes", &[]).await;
    assert!(admin.problem().contains("deactivate token encryption first"));
    admin.click("Deactivate token encryption").await;
    admin.press("Yes", &[]).await;
    assert_eq!(admin.table()[0][1], "Inactive");
    assert!(
        !admin
            .mock
            .sign_on("sipgate", "B.Simon")
            .await
            .xml
            .contains("EncryptedAssertion")
    );
    let stale = admin.link("Activate token encryption");
    admin.click("Delete").await;
    admin.press("Yes", &[]).await;
    assert_eq!(admin.notice(), "The certificate was deleted.");
    admin.page = admin.agent.get(&stale).await;
    admin.press("Yes", &[]).await;
    assert_eq!(admin.problem(), "This certificate is not there any more.");
}

#[tokio::test]
async fn encryption_that_is_required_and_has_no_certificate_is_told() {
    let mut admin = at_encryption().await;
    admin
        .mock
        .patch_app("sipgate", json!({"token_encryption": {"required": true}}))
        .await;
    admin.click("Token encryption").await;
    assert!(admin.page.body.contains("AADSTS50007"));
}
