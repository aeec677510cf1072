//! "Upload metadata file" and Basic SAML Configuration (entra-behaviour.md 8).

use super::Admin;

const METADATA: &str = r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="http://127.0.0.1:9/metadata">
<md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="http://127.0.0.1:9/acs" index="0"/>
</md:SPSSODescriptor></md:EntityDescriptor>"#;

/// The form that an upload has filled in is the form itself: a field is added to it, and it is saved.
#[tokio::test]
async fn what_was_uploaded_is_edited_and_saved() {
    let mut admin = Admin::contoso().await;
    admin
        .walk(&["Enterprise apps", "Upsales", "Single sign-on"])
        .await;
    admin.upload("Add", METADATA.as_bytes(), &[]).await;
    assert_eq!(admin.page.heading(), "Basic SAML Configuration");
    assert_eq!(
        admin.value("Identifier (Entity ID)"),
        "http://127.0.0.1:9/metadata"
    );
    admin.press("Add identifier", &[]).await;
    assert_eq!(admin.page.heading(), "Basic SAML Configuration");
    admin.press("Save", &[]).await;
    assert_eq!(admin.notice(), "Saved.");
    for address in ["http://127.0.0.1:9/metadata", "http://127.0.0.1:9/acs"] {
        assert!(
            admin.page.body.contains(&format!("<code>{address}</code>")),
            "{address}"
        );
    }
}
