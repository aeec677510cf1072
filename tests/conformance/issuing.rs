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
use saml_emit::binding::{Parameter, redirect_url};
use saml_model::AuthnRequest;
use serde_json::{Value, json};
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
        message(&page)
    }

    /// The application's metadata with a fault.
    pub(crate) fn faulty_metadata(&self, fault: &serde_json::Value) -> String {
        let tenant = self
            .idp
            .put_tenant(embedded("contoso").unwrap(), Some("http://127.0.0.1:8081/one"))
            .unwrap();
        let app = tenant.apps.iter().find(|app| app.name == APP).unwrap();
        self.arm(&tenant.id, fault);
        self.runtime.block_on(get(&self.idp, &app.metadata))
    }

    fn arm(&self, tenant: &str, fault: &serde_json::Value) {
        let order = Request::builder()
            .method("POST")
            .uri(format!("/_entrant/v1/tenants/{tenant}/faults"))
            .header(header::HOST, HOST)
            .header(header::CONTENT_TYPE, "application/json");
        let order = order.body(Body::from(serde_json::json!({"faults": [fault]}).to_string()));
        let answer = self
            .runtime
            .block_on(self.idp.router().oneshot(order.unwrap()))
            .unwrap();
        assert!(answer.status().is_success(), "{fault}");
    }

    /// The response that the tile sends with a fault.
    pub(crate) fn faulty(&self, option: SigningOptionWord, fault: &serde_json::Value) -> String {
        String::from_utf8(self.faulty_octets(option, fault)).unwrap()
    }

    /// The same where it is no UTF-8.
    pub(crate) fn faulty_octets(&self, option: SigningOptionWord, fault: &serde_json::Value) -> Vec<u8> {
        let mut file = embedded("contoso").unwrap();
        let app = file.apps.iter_mut().find(|app| app.name == APP).unwrap();
        app.signing.option = option;
        let tenant = self
            .idp
            .put_tenant(file, Some("http://127.0.0.1:8081/one"))
            .unwrap();
        let app = tenant.apps.iter().find(|app| app.name == APP).unwrap();
        self.arm(&tenant.id, fault);
        let page = self.runtime.block_on(get(&self.idp, &app.launch));
        let (_, field) = page
            .split_once("name=\"SAMLResponse\" value=\"")
            .unwrap_or_else(|| panic!("{fault}: {page}"));
        let message = field.split('"').next().unwrap();
        STANDARD.decode(message.replace("&#43;", "+")).unwrap()
    }
}

impl Issuer {
    /// The message of single sign-out that is posted where B.Simon signs out at the identity provider, with these faults.
    pub(crate) fn logout(&self, faults: &serde_json::Value) -> String {
        let tenant = self
            .idp
            .put_tenant(embedded("contoso").unwrap(), Some("http://127.0.0.1:8081/one"))
            .unwrap();
        let app = tenant.apps.iter().find(|app| app.name == APP).unwrap();
        let order = serde_json::json!({"faults": faults}).to_string();
        let page = self.runtime.block_on(async {
            let faults = format!("/_entrant/v1/tenants/{}/faults", tenant.id);
            let order = Request::post(faults)
                .header(header::HOST, HOST)
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(order));
            let armed = self.idp.router().oneshot(order.unwrap()).await.unwrap();
            assert!(armed.status().is_success());
            let tile = Request::get(&app.launch)
                .header(header::HOST, HOST)
                .header(control_api::USER_HEADER, "B.Simon");
            let signed_in = self
                .idp
                .router()
                .oneshot(tile.body(Body::empty()).unwrap())
                .await
                .unwrap();
            let set = signed_in.headers().get_all(header::SET_COOKIE).iter();
            let cookies = set.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
            let out = Request::get(format!("/{}/oauth2/logout", tenant.id))
                .header(header::HOST, HOST)
                .header(header::COOKIE, cookies.collect::<Vec<_>>().join("; "));
            let page = self
                .idp
                .router()
                .oneshot(out.body(Body::empty()).unwrap())
                .await
                .unwrap();
            let bytes = to_bytes(page.into_body(), usize::MAX).await.unwrap();
            String::from_utf8(bytes.to_vec()).unwrap()
        });
        field(&page, "SAMLRequest")
    }
}

/// A mock whose application signs response and assertion, and sends what is armed.
pub(crate) struct Faulty {
    issuer: Issuer,
    tenant: String,
    login: String,
}

impl Faulty {
    pub(crate) fn new() -> Self {
        let issuer = Issuer::new();
        let mut file = embedded("contoso").unwrap();
        let app = file.apps.iter_mut().find(|app| app.name == APP).unwrap();
        app.signing.option = SigningOptionWord::ResponseAndAssertion;
        let tenant = issuer
            .idp
            .put_tenant(file, Some("http://127.0.0.1:8081/one"))
            .unwrap();
        let app = tenant.apps.iter().find(|app| app.name == APP).unwrap();
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        let mut request = AuthnRequest::new("_request", now, &app.identifiers[0]);
        request.acs_url = Some(app.reply_urls[0].clone());
        let xml = saml_emit::authn_request(&request).unwrap();
        Self {
            login: redirect_url(&app.login_url, Parameter::SamlRequest, &xml, None),
            tenant: tenant.id.to_string(),
            issuer,
        }
    }

    /// The certificate of the application, as PEM.
    pub(crate) fn certificate_pem(&self) -> String {
        self.issuer.certificate.pem()
    }

    /// The answer to a request, with this fault.
    pub(crate) fn send(&self, fault: &Value) -> String {
        let path = format!("/_entrant/v1/tenants/{}/faults", self.tenant);
        let order = json!({"faults": [fault]}).to_string();
        let runtime = &self.issuer.runtime;
        runtime.block_on(async {
            let request = Request::post(path)
                .header(header::HOST, HOST)
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(order));
            let answer = self.issuer.idp.router().oneshot(request.unwrap()).await.unwrap();
            assert!(answer.status().is_success(), "{fault}: {}", answer.status());
        });
        message(&runtime.block_on(get(&self.issuer.idp, &self.login)))
    }
}

/// The response in a page that delivers one.
fn message(page: &str) -> String {
    field(page, "SAMLResponse")
}

/// The message in a field of a page that delivers one.
fn field(page: &str, name: &str) -> String {
    let (_, field) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap_or_else(|| panic!("no {name} in {page}"));
    let message = field.split('"').next().unwrap();
    String::from_utf8(STANDARD.decode(message.replace("&#43;", "+")).unwrap()).unwrap()
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
