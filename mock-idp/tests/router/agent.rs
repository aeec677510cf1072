//! A browser without sockets, and the mock it talks to.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::{CertificateStore, KeyPool};
use control_api::flow::IdpFlow;
use control_api::guard::Guard;
use control_api::idp::{AppInfo, TenantInfo};
use mock_idp::{Config, MockIdp, embedded};
use saml_accept::response::{SignedAssertion, UnverifiedResponse};
use saml_accept::signature::{Sha1, SignatureError, TrustedKeys};
use saml_accept::xml::Limits;
use saml_model::AuthnRequest;
use scraper::{Html, Selector};
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub(crate) const SP: &str = "http://127.0.0.1:8081/one";
pub(crate) const HOST: &str = "localhost:8080";

/// Keys of all tests; six for Contoso and its attackers, two for what a test adds.
static KEYS: LazyLock<KeyPool> = LazyLock::new(|| KeyPool::open(None, 8).unwrap());

/// A mock with Contoso.
pub(crate) struct Mock {
    pub(crate) idp: MockIdp,
    pub(crate) tenant: TenantInfo,
}

/// How the page ends on which a fault that does not fit is told; `armed` is what the control API answered to the order.
pub(crate) fn stays_armed(armed: &Value) -> String {
    let faults = armed["faults"].as_array().unwrap().iter();
    let ids: Vec<_> = faults
        .map(|fault| format!("`{}`", fault["id"].as_str().unwrap()))
        .collect();
    format!(
        "It was not used: set {} ({}) stays armed until it fits, or is disarmed on the page Faults or by the control API.",
        armed["number"],
        ids.join(", ")
    )
}

impl Mock {
    pub(crate) fn contoso() -> Self {
        Self::contoso_at(&format!("http://{HOST}"))
    }

    /// With a mail address for A.Nowak, so that every application takes two of its users.
    pub(crate) async fn contoso_of_two() -> Self {
        let mock = Self::contoso();
        let values = json!({"mail": "a.nowak@contoso.com"});
        let action = json!({"user": "A.Nowak", "action": "set", "values": values});
        mock.control("POST", "/users", action).await;
        mock
    }

    /// With another address for browsers.
    pub(crate) fn contoso_at(base_url: &str) -> Self {
        Self::contoso_in(Self::at(base_url, false, CertificateStore::memory()))
    }

    /// With another place for its certificates.
    pub(crate) fn contoso_with(certificates: CertificateStore) -> Self {
        Self::contoso_in(Self::at(&format!("http://{HOST}"), false, certificates))
    }

    fn contoso_in(idp: MockIdp) -> Self {
        let tenant = idp.put_tenant(embedded("contoso").unwrap(), Some(SP)).unwrap();
        Self { idp, tenant }
    }

    pub(crate) fn empty(token_required: bool) -> MockIdp {
        Self::at(
            &format!("http://{HOST}"),
            token_required,
            CertificateStore::memory(),
        )
    }

    fn at(base_url: &str, token_required: bool, certificates: CertificateStore) -> MockIdp {
        MockIdp::new(Config {
            base_url: base_url.to_owned(),
            internal_url: Some("http://mock:9000".to_owned()),
            cookie_suffix: "8080".to_owned(),
            guard: Guard::new(
                8080,
                &["http://mock:9000".parse().unwrap()],
                "secret".to_owned(),
                token_required,
            ),
            keys: KEYS.clone(),
            certificates,
        })
    }

    pub(crate) fn agent(&self) -> Agent {
        Agent::of(&self.idp)
    }

    pub(crate) fn app(&self, name: &str) -> AppInfo {
        self.tenant
            .apps
            .iter()
            .find(|app| app.name == name)
            .unwrap()
            .clone()
    }

    /// The tile of an application, without the host.
    pub(crate) fn path_of_launch(&self, app: &str) -> String {
        let url: url::Url = self.app(app).launch.parse().unwrap();
        url[url::Position::BeforePath..].to_owned()
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/{}/{rest}", self.tenant.id)
    }

    /// Sends a control request that must succeed, and gives its JSON.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let page = self.try_control(method, path, body).await;
        assert!(
            page.status.is_success(),
            "{method} {path}: {} {}",
            page.status,
            page.body
        );
        serde_json::from_str(&page.body).unwrap_or_default()
    }

    pub(crate) async fn try_control(&self, method: &str, path: &str, body: Value) -> Page {
        let path = format!("/_entrant/v1/tenants/{}{path}", self.tenant.id);
        self.agent()
            .send(method, &path, body.to_string(), "application/json")
            .await
    }

    pub(crate) async fn patch_app(&self, name: &str, mut values: Value) {
        values["name"] = json!(name);
        self.control("PATCH", "", json!({ "app": [values] })).await;
    }

    pub(crate) async fn flow(&self, id: &str) -> IdpFlow {
        let json = self.control("GET", &format!("/flows/{id}"), Value::Null).await;
        serde_json::from_value(json).unwrap()
    }

    /// The DER of an application's certificates, out of its metadata.
    pub(crate) async fn certificates(&self, app: &str) -> Vec<Vec<u8>> {
        let url = self.app(app).metadata;
        let page = self.agent().get(&url).await;
        let xml = page.body.trim_start_matches('\u{feff}');
        let (_, descriptor) = xml.split_once("<IDPSSODescriptor").unwrap();
        descriptor
            .split("<X509Certificate>")
            .skip(1)
            .map(|rest| STANDARD.decode(rest.split('<').next().unwrap()).unwrap())
            .collect()
    }

    /// Verifies a response as the SP of `app` would (saml-accept shares no code with saml-emit).
    pub(crate) async fn verify(&self, app: &str, xml: &str) -> Result<SignedAssertion, SignatureError> {
        verify(&self.certificates(app).await, xml)
    }

    /// Signs on at `app` by its tile or by a request; the response as XML.
    pub(crate) async fn sign_on(&self, app: &str, user: &str) -> Delivered {
        let app = self.app(app);
        let mut agent = self.agent();
        let page = agent.get(&redirect(&app, &request(&app))).await;
        agent.sign_in(page, user).await.delivered()
    }
}

pub(crate) fn verify(certificates: &[Vec<u8>], xml: &str) -> Result<SignedAssertion, SignatureError> {
    let keys = TrustedKeys::from_certificates(certificates.iter().map(Vec::as_slice), Sha1::Refused).unwrap();
    UnverifiedResponse::parse(xml.as_bytes(), &Limits::default())
        .unwrap()
        .verify(&keys)
}

/// The request that an SP would send.
pub(crate) fn request(app: &AppInfo) -> AuthnRequest {
    let mut request = AuthnRequest::new(
        "_request",
        "2026-11-23T10:00:00Z".parse().unwrap(),
        &app.identifiers[0],
    );
    request.acs_url = Some(app.reply_urls[0].clone());
    request.destination = Some(app.login_url.clone());
    request
}

/// The address that sends a request by HTTP-Redirect.
pub(crate) fn redirect(app: &AppInfo, request: &AuthnRequest) -> String {
    redirect_xml(app, &saml_emit::authn_request(request).unwrap())
}

pub(crate) fn redirect_xml(app: &AppInfo, xml: &str) -> String {
    use saml_emit::binding::{Parameter, redirect_url};
    redirect_url(&app.login_url, Parameter::SamlRequest, xml, Some("back"))
}

/// A browser: it keeps cookies and follows nothing by itself.
pub(crate) struct Agent {
    router: axum::Router,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) flow: Option<String>,
    pub(crate) host: Option<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Agent {
    pub(crate) fn of(idp: &MockIdp) -> Self {
        Self {
            router: idp.router(),
            cookies: BTreeMap::new(),
            flow: None,
            host: Some(HOST.to_owned()),
            headers: Vec::new(),
        }
    }

    pub(crate) async fn get(&mut self, url: &str) -> Page {
        self.send("GET", url, String::new(), "text/plain").await
    }

    pub(crate) async fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send("POST", url, body, "application/x-www-form-urlencoded")
            .await
    }

    /// Posts a page's form with some fields filled in; without a button, as a browser script would.
    pub(crate) async fn submit(&mut self, page: &Page, filled: &[(&str, &str)]) -> Page {
        let form = page.form();
        let mut fields = form.fields.clone();
        for (name, value) in filled {
            fields.retain(|(known, _)| known != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.post(&form.action, &fields).await
    }

    /// User name, then all that is asked: password or another method, code; no to "Stay signed in?".
    pub(crate) async fn sign_in(&mut self, page: Page, user: &str) -> Page {
        let page = self.enter(page, user).await;
        if page.heading() == "Stay signed in?" {
            return self.submit(&page, &[]).await;
        }
        page
    }

    /// As [`Agent::sign_in`], up to "Stay signed in?".
    pub(crate) async fn enter(&mut self, page: Page, user: &str) -> Page {
        let mut page = self.submit(&page, &[("loginfmt", &upn(user))]).await;
        for _ in 0..2 {
            page = match () {
                () if page.aadsts().is_some() => return page,
                () if page.asks("passwd") => self.submit(&page, &[("passwd", "entrant-demo")]).await,
                () if page.asks("otc") => self.submit(&page, &[("otc", "123456")]).await,
                () if page.asks("authMethodId") => self.submit(&page, &[]).await,
                () => return page,
            };
        }
        page
    }

    pub(crate) async fn send(&mut self, method: &str, url: &str, body: String, content_type: &str) -> Page {
        self.send_bytes(method, url, body.into_bytes(), content_type)
            .await
    }

    pub(crate) async fn send_bytes(
        &mut self,
        method: &str,
        url: &str,
        body: Vec<u8>,
        content_type: &str,
    ) -> Page {
        let path = url.strip_prefix(&format!("http://{HOST}")).unwrap_or(url);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, content_type);
        if let Some(host) = &self.host {
            request = request.header(header::HOST, host);
        }
        if let Some(flow) = &self.flow {
            request = request.header(control_api::FLOW_HEADER, flow);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<_> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let response = self
            .router
            .clone()
            .oneshot(request.body(Body::from(body)).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        self.keep_cookies(&parts.headers);
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Page {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
            bytes: bytes.to_vec(),
        }
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for value in headers.get_all(header::SET_COOKIE) {
            let text = value.to_str().unwrap();
            let (name, rest) = text.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if text.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// The whole name of one of Contoso's users.
pub(crate) fn upn(user: &str) -> String {
    if user.contains('@') {
        user.to_owned()
    } else {
        format!("{user}@contoso.onmicrosoft.com")
    }
}

/// A page, or whatever came back.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// As text; what is none, such as a certificate in DER, is in `bytes`.
    pub(crate) body: String,
    pub(crate) bytes: Vec<u8>,
}

/// A form with its preset fields.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
}

/// A response on its way to an SP.
#[derive(Debug)]
pub(crate) struct Delivered {
    pub(crate) acs: String,
    pub(crate) relay_state: Option<String>,
    pub(crate) xml: String,
    pub(crate) octets: Vec<u8>,
}

impl Page {
    pub(crate) fn select(&self, css: &str) -> Vec<String> {
        let html = Html::parse_document(&self.body);
        let selector = Selector::parse(css).unwrap();
        let text = |element: scraper::ElementRef<'_>| element.text().collect::<String>();
        html.select(&selector)
            .map(|element| text(element).split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    pub(crate) fn attribute(&self, css: &str, attribute: &str) -> Option<String> {
        let html = Html::parse_document(&self.body);
        let element = html.select(&Selector::parse(css).unwrap()).next()?;
        element.attr(attribute).map(str::to_owned)
    }

    /// The code in the page's head.
    pub(crate) fn aadsts(&self) -> Option<String> {
        self.attribute("head meta[name=entrant-aadsts]", "content")
    }

    /// The message of Entra's error page.
    pub(crate) fn error_text(&self) -> String {
        self.select("#service_exception_message").concat()
    }

    /// What the start page says to use where the guide of a product `says` something: the first value of that row.
    pub(crate) fn replacement(&self, product: &str, says: &str) -> Option<String> {
        let html = Html::parse_document(&self.body);
        let all = |css: &str| Selector::parse(css).unwrap();
        let text = |element: scraper::ElementRef<'_>| element.text().collect::<String>();
        let (sections, rows) = (all("section[aria-labelledby]"), all("tbody tr"));
        let (header, value) = (all("th[scope=row]"), all("td a, td code"));
        let section = html.select(&sections).find(|section| {
            let heading = section.attr("aria-labelledby").unwrap();
            let heading = all(&format!("[id=\"{heading}\"]"));
            html.select(&heading).any(|heading| text(heading) == product)
        })?;
        let is_wanted = |row: &scraper::ElementRef<'_>| row.select(&header).any(|cell| text(cell) == says);
        let row = section.select(&rows).find(is_wanted)?;
        row.select(&value).next().map(text)
    }

    /// What the page says it is.
    pub(crate) fn heading(&self) -> String {
        self.select("h1").concat()
    }

    /// Whether the page has a field of this name.
    pub(crate) fn asks(&self, name: &str) -> bool {
        self.attribute(&format!("form [name={name}]"), "name").is_some()
    }

    pub(crate) fn form(&self) -> Form {
        let html = Html::parse_document(&self.body);
        let form = html
            .select(&Selector::parse("form").unwrap())
            .next()
            .unwrap_or_else(|| panic!("no form in {}", self.body));
        let inputs = Selector::parse("input[name]:not([type=submit]):not([type=checkbox])").unwrap();
        let field = |input: scraper::ElementRef<'_>| {
            let value = |name| input.attr(name).unwrap_or_default().to_owned();
            (value("name"), value("value"))
        };
        Form {
            action: form.attr("action").unwrap().to_owned(),
            fields: form.select(&inputs).map(field).collect(),
        }
    }

    pub(crate) fn delivered(&self) -> Delivered {
        let form = self.form();
        let field = |name: &str| {
            let found = form.fields.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        let message = field("SAMLResponse").unwrap_or_else(|| panic!("no response in {}", self.body));
        let octets = STANDARD.decode(message).unwrap();
        Delivered {
            acs: form.action.clone(),
            relay_state: field("RelayState"),
            xml: String::from_utf8_lossy(&octets).into_owned(),
            octets,
        }
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
