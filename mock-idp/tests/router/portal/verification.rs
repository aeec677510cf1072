//! "Verification certificates" (entra-behaviour.md 2.5).

use serde_json::json;

use super::Admin;
use crate::section_5::imports::{pfx, rsa};

#[tokio::test]
async fn certificates_are_uploaded_required_and_deleted() {
    let mut admin = Admin::contoso().await;
    let way = [
        "Enterprise apps",
        "Upsales",
        "Single sign-on",
        "Edit Verification certificates",
    ];
    admin.walk(&way).await;
    assert_eq!(admin.page.heading(), "Verification certificates");
    admin.upload("Add", b"?", &[]).await;
    assert!(admin.problem().contains("certificate"), "{}", admin.problem());
    admin.upload("Add", b"", &[]).await;
    assert_eq!(admin.problem(), "The file could not be used: no file was chosen.");
    let (_, der) = pfx(&rsa(2048), 40);
    admin.upload("Add", &der, &[]).await;
    assert_eq!(admin.notice(), "The certificate was uploaded.");
    admin.upload("Add", &der, &[]).await;
    assert_eq!(admin.problem(), "This certificate is there already.");
    let (_, other) = pfx(&rsa(2048), 1);
    admin.upload("Add", &other, &[]).await;
    let thumbprints: Vec<_> = admin.table().into_iter().map(|row| row[0].clone()).collect();
    assert_eq!((thumbprints.len(), thumbprints[0].len()), (2, 40));

    admin.mock.clock("+10d").await;
    let required = [
        ("Require verification certificates", "yes"),
        ("Allow requests signed with RSA-SHA1", "yes"),
    ];
    admin.press("Save", &required).await;
    assert_eq!(admin.notice(), "Saved.");
    for (label, value) in [("Required", "Yes"), ("Active", "1"), ("Expired", "1")] {
        assert_eq!(admin.row(label), value, "{label}");
    }
    let file = admin.file().await;
    let saved = &file["app"][0]["verification_certificates"];
    assert_eq!(
        (&saved["required"], &saved["allow_rsa_sha1"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(saved["certificates"].as_array().unwrap().len(), 2);

    admin.click("Edit Verification certificates").await;
    assert_eq!(admin.value("Require verification certificates"), "yes");
    assert!(admin.table()[1][2].ends_with("(expired)"), "{:?}", admin.table());
    let delete = format!("Delete {}", thumbprints[0]);
    let (page, url) = (admin.agent.get(&admin.url).await, admin.url.clone());
    admin.press(&delete, &[]).await;
    assert_eq!(admin.notice(), "The certificate was deleted.");
    assert_eq!(admin.table().len(), 1);
    (admin.page, admin.url) = (page, url);
    admin.press(&delete, &[]).await;
    assert_eq!(admin.problem(), "This certificate is not there any more.");
    admin
        .press("Save", &[("Require verification certificates", "no")])
        .await;
    assert_eq!(admin.row("Required"), "No");
}
