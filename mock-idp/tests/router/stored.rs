//! What the state directory holds of a tenant's certificates.

use std::fs;

use certs::CertificateStore;
use serde_json::{Value, json};

use crate::agent::{Mock, SP};

/// A tenant made anew finds its certificates; a deleted one leaves neither keys nor certificates behind.
#[tokio::test]
async fn a_deleted_tenant_leaves_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let files = || fs::read_dir(directory.path()).unwrap().count();
    let start = || Mock::contoso_with(CertificateStore::directory(directory.path().to_owned()));
    let mock = start();
    let expire = json!({"app": "Upsales", "action": "expire", "name": "current"});
    mock.control("POST", "/certificates", expire).await;
    assert!(files() > 0, "the answer has the thumbprints");

    let mock = start();
    let seed = || json!({"base": "contoso", "sp": SP});
    mock.control("GET", "", Value::Null).await;
    let before = mock.certificates("Upsales").await;
    mock.control("PUT", "", seed()).await;
    assert_eq!(mock.certificates("Upsales").await, before);

    let path = "/_entrant/v1/tenants/aaaaaaaa-0000-4000-8000-000000000001";
    let mut agent = mock.agent();
    agent
        .send("PUT", path, seed().to_string(), "application/json")
        .await;
    assert_eq!(agent.get(path).await.status, 200);
    let both = files();
    mock.control("DELETE", "", Value::Null).await;
    let rest = files();
    assert!(0 < rest && rest < both, "the other tenant's stay");
    assert_eq!(agent.send("DELETE", path, String::new(), "").await.status, 204);
    assert_eq!(files(), 0, "those of the earlier start are gone too");

    mock.control("PUT", "", seed()).await;
    assert_ne!(mock.certificates("Upsales").await, before);
}
