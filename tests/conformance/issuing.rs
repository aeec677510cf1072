//! What the mock itself sends, by way of its router: the witnesses judge its messages, not only those of the library.

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::{Certificate, CertificateStore, KeyPool};
use control_api::guard::Guard;
use control_api::tenant::{
    CertificateStatus, DataEncryptionWord, EncryptionCertificateEntry, KeyTransportWord, SigningOptionWord,
    TokenEncryptionEntry,
};
use mock_idp::{Config, MockIdp, embedded};
use tower::ServiceExt as _;

const HOST: &str = "localhost:8080";

/// The application that sends everything.
const APP: &str = "Upsales";

/// The mock, with whom the SP trusts.
pub(crate) struct Issuer {
    idp: MockIdp,
    runtime: tokio::runtime::Runtime,
    /// The application's certificate, out of its metadata.
    pub(crate) certificate: Certificate,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        let idp = MockIdp::new(Config {
            base_url: format!("http://{HOST}"),
            internal_url: None,
            cookie_suffix: "8080".to_owned(),
            guard: Guard::new(8080, &[], "token".to_owned(), false),
            keys: KeyPool::open(None, 8).unwrap(),
            certificates: CertificateStore::memory(),
        });
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let tenant = idp.put_tenant(embedded("contoso").unwrap(), Some("http://127.0.0.1:8081/one"));
        let apps = tenant.unwrap().apps;
        let app = apps.iter().find(|app| app.name == APP).unwrap();
        let metadata = runtime.block_on(get(&idp, &app.metadata));
        let (_, role) = metadata.split_once("<IDPSSODescriptor").unwrap();
        let (_, certificate) = role.split_once("<X509Certificate>").unwrap();
        let base64 = certificate.split('<').next().unwrap();
        Self {
            certificate: Certificate::from_text(base64.as_bytes()).unwrap(),
            idp,
            runtime,
        }
    }

    /// The response that the tile sends, encrypted to this certificate.
    pub(crate) fn encrypted(
        &self,
        option: SigningOptionWord,
        data: DataEncryptionWord,
        key_transport: KeyTransportWord,
        recipient: &Certificate,
    ) -> String {
        let mut file = embedded("contoso").unwrap();
        let app = file.apps.iter_mut().find(|app| app.name == APP).unwrap();
        app.signing.option = option;
        app.token_encryption = TokenEncryptionEntry {
            certificates: vec![EncryptionCertificateEntry {
                name: "sp".to_owned(),
                certificate: recipient.pem(),
                status: CertificateStatus::Active,
            }],
            required: false,
            data,
            key_transport,
        };
        let tenant = self.idp.put_tenant(file, Some("http://127.0.0.1:8081/one"));
        let apps = tenant.unwrap().apps;
        let app = apps.iter().find(|app| app.name == APP).unwrap();
        let page = self.runtime.block_on(get(&self.idp, &app.launch));
        let (_, field) = page.split_once("name=\"SAMLResponse\" value=\"").unwrap();
        let message = field.split('"').next().unwrap();
        String::from_utf8(STANDARD.decode(message.replace("&#43;", "+")).unwrap()).unwrap()
    }

    /// The response that the tile sends with a fault.
    pub(crate) fn faulty(&self, option: SigningOptionWord, fault: &serde_json::Value) -> String {
        let mut file = embedded("contoso").unwrap();
        let app = file.apps.iter_mut().find(|app| app.name == APP).unwrap();
        app.signing.option = option;
        let tenant = self
            .idp
            .put_tenant(file, Some("http://127.0.0.1:8081/one"))
            .unwrap();
        let app = tenant.apps.iter().find(|app| app.name == APP).unwrap();
        let order = Request::builder()
            .method("POST")
            .uri(format!("/_entrant/v1/tenants/{}/faults", tenant.id))
            .header(header::HOST, HOST)
            .header(header::CONTENT_TYPE, "application/json");
        let order = order.body(Body::from(serde_json::json!({"faults": [fault]}).to_string()));
        let answer = self
            .runtime
            .block_on(self.idp.router().oneshot(order.unwrap()))
            .unwrap();
        assert!(answer.status().is_success(), "{fault}");
        let page = self.runtime.block_on(get(&self.idp, &app.launch));
        let (_, field) = page
            .split_once("name=\"SAMLResponse\" value=\"")
            .unwrap_or_else(|| panic!("{fault}: {page}"));
        let message = field.split('"').next().unwrap();
        String::from_utf8(STANDARD.decode(message.replace("&#43;", "+")).unwrap()).unwrap()
    }
}

/// A page, for B.Simon, who signs in without one.
async fn get(idp: &MockIdp, url: &str) -> String {
    let request = Request::builder()
        .uri(url)
        .header(header::HOST, HOST)
        .header(control_api::USER_HEADER, "B.Simon");
    let answer = idp
        .router()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}
