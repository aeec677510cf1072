//! Federation metadata (entra-behaviour.md 1).

use axum::http::header;
use saml_accept::metadata::idp;
use saml_accept::xml::Limits;
use serde_json::json;

use crate::agent::Mock;

/// 1: byte order mark, entity id, endpoints, every certificate of the application in all three descriptors; 5: all of
/// them, active or not.
#[tokio::test]
async fn an_applications_metadata_has_all_its_certificates() {
    let mock = Mock::contoso();
    mock.control(
        "POST",
        "/certificates",
        json!({"app": "Upsales", "action": "add", "name": "next"}),
    )
    .await;
    let page = mock.agent().get(&mock.app("Upsales").metadata).await;
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header(header::CONTENT_TYPE),
        "application/xml; charset=utf-8"
    );
    let xml = page.body.strip_prefix('\u{feff}').expect("a byte order mark");
    let metadata = idp(xml.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(metadata.entity_id, mock.tenant.issuer);
    assert_eq!(metadata.signing_certificates.len(), 2);
    assert_ne!(metadata.signing_certificates[0], metadata.signing_certificates[1]);
    let locations: Vec<_> = metadata
        .single_sign_on_services
        .iter()
        .map(|service| &service.location)
        .collect();
    assert_eq!(locations, [&mock.app("Upsales").login_url; 2]);
    assert_eq!(metadata.single_logout_services.len(), 1);
    assert_eq!(xml.matches("<KeyDescriptor").count(), 6);
    assert!(xml.contains("<Signature "), "signed");
}

/// 1: without an application it is the tenant's own key, which no application has.
#[tokio::test]
async fn the_tenants_metadata_has_its_own_key() {
    let mock = Mock::contoso();
    let page = mock.agent().get(&mock.tenant.metadata).await;
    let read = |body: &str| idp(body.trim_start_matches('\u{feff}').as_bytes(), &Limits::default()).unwrap();
    let own = read(&page.body).signing_certificates;
    assert_eq!(own.len(), 1);
    let common_name = certs::Certificate::from_der(&own[0])
        .unwrap()
        .subject_common_name();
    assert_eq!(common_name.as_deref(), Some("accounts.accesscontrol.windows.net"));
    let mut keys = vec![public_key(&own[0])];
    for app in &mock.tenant.apps {
        keys.extend(
            mock.certificates(&app.name)
                .await
                .iter()
                .map(|der| public_key(der)),
        );
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 5, "no two share a key");
}

fn public_key(der: &[u8]) -> Vec<u8> {
    let certificate = openssl::x509::X509::from_der(der).unwrap();
    certificate.public_key().unwrap().public_key_to_der().unwrap()
}

/// 1: the path is served in any case, the tenant by its domain too; a stranger is told so by the status.
#[tokio::test]
async fn the_path_is_served_in_any_case() {
    let mock = Mock::contoso();
    let app = mock.app("Upsales").app_id;
    for (path, status) in [
        (
            mock.path("FederationMetadata/2007-06/FederationMetadata.xml"),
            200,
        ),
        (
            "/Contoso.com/federationmetadata/2007-06/federationmetadata.xml".to_owned(),
            200,
        ),
        (
            mock.path(&format!(
                "FEDERATIONMETADATA/2007-06/federationmetadata.XML?appid={app}"
            )),
            200,
        ),
        (
            mock.path("federationmetadata/2007-06/federationmetadata.xml?appid=x"),
            404,
        ),
        (
            mock.path("federationmetadata/2007-06/federationmetadata.xml?v=1&AppId=x"),
            404,
        ),
        (
            mock.path("federationmetadata/2007-06/federationmetadata.xml?application=x"),
            200,
        ),
        (
            "/nobody.test/federationmetadata/2007-06/federationmetadata.xml".to_owned(),
            404,
        ),
        (
            mock.path("federationmetadata/2008-06/federationmetadata.xml"),
            404,
        ),
    ] {
        assert_eq!(mock.agent().get(&path).await.status, status, "{path}");
    }
}

/// An application without certificates still has metadata, unsigned.
#[tokio::test]
async fn metadata_without_certificates() {
    let mock = Mock::contoso();
    mock.patch_app("Upsales", json!({"certificates": []})).await;
    assert!(mock.certificates("Upsales").await.is_empty());
}
