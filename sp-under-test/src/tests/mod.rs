//! Through the router: an identity provider that signs whatever it is told, browsers with cookie jars, and what the SP
//! makes of them. `saml-emit` writes the messages; that it writes what others accept is judged in `tests/`.

mod browser;
mod catalogue;
mod certificates;
mod checks;
mod control;
mod control_refusals;
mod encryption;
mod metadata;
mod names_of_people;
mod people;
mod policies;
mod requests;
mod settings;
mod sign_out;
mod way;

use std::{
    collections::BTreeMap,
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use certs::{Certificate, CertificateSpec, ENTRA_COMMON_NAME, KeySize, SigningKey};
use control_api::{
    guard::Guard,
    sp::{InstanceSeed, WhoAmI},
};
use jiff::{SignedDuration, Timestamp};
use saml_emit::{Signing, binding::post_value};
use saml_model::{
    Assertion, Attribute, AuthnStatement, Conditions, NameId, Response, SignatureAlgorithm, SigningOption,
    Status, Subject, SubjectConfirmation, SubjectConfirmationData, names,
};
use tower::ServiceExt as _;

use crate::{
    AccountsIn, Config, ReferenceSp,
    instance::Provider,
    personality::Addresses,
    skip::Skip,
    trust::{Judge, Trust},
};

const BASE: &str = "http://127.0.0.1:8081";
const HOST: &str = "127.0.0.1:8081";
const ISSUER: &str = "https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/";
const SSO_URL: &str = "http://localhost:8080/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/saml2";
const UPN: &str = "B.Simon@contoso.onmicrosoft.com";
const MAIL: &str = "b.simon@contoso.com";
const OBJECT_ID: &str = "0f1e2d3c-0000-4000-8000-000000000001";

/// A key with its certificate, valid from the start of 2026 to the start of 2029.
pub(crate) struct Signer {
    key: SigningKey,
    pub(crate) certificate: Certificate,
}

fn signer() -> Signer {
    let key = SigningKey::generate(KeySize::Rsa2048).unwrap();
    let certificate = certificate(&key, "2026-01-01T00:00:00Z", "2029-01-01T00:00:00Z");
    Signer { key, certificate }
}

fn certificate(key: &SigningKey, from: &str, to: &str) -> Certificate {
    let spec = CertificateSpec {
        common_name: ENTRA_COMMON_NAME.to_owned(),
        serial: [7; 16],
        not_before: from.parse().unwrap(),
        not_after: to.parse().unwrap(),
    };
    Certificate::self_signed(key, &spec).unwrap()
}

/// The trusted key, and one that nobody trusts.
pub(crate) static K0: LazyLock<Signer> = LazyLock::new(signer);
pub(crate) static K1: LazyLock<Signer> = LazyLock::new(signer);

pub(crate) fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn seconds(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

pub(crate) fn trust() -> Trust {
    Trust {
        issuer: ISSUER.to_owned(),
        sso_url: SSO_URL.to_owned(),
        sso_post_url: Some(SSO_URL.to_owned()),
        sign_out: None,
        certificates: vec![K0.certificate.clone()],
        metadata_url: None,
        valid_until: None,
        refresh_at: None,
        tried: None,
        remarks: Vec::new(),
    }
}

/// Reads metadata at [`now`], whoever signed it.
fn judge() -> Judge<'static> {
    Judge {
        now: now(),
        keys: None,
        skip: Skip::default(),
    }
}

/// A reference SP with the instance `i`, its clock standing at [`now`], every personality trusting [`K0`].
struct World {
    sp: ReferenceSp,
    router: Router,
}

impl World {
    async fn new() -> Self {
        Self::with(AccountsIn::Memory, Skip::default()).await
    }

    async fn without(check: &str) -> Self {
        Self::with(AccountsIn::Memory, Skip::only(check).unwrap()).await
    }

    async fn with(accounts: AccountsIn, skip: Skip) -> Self {
        Self::guarded(accounts, skip, false).await
    }

    /// `token_required`: the listener is reached from other machines.
    async fn guarded(accounts: AccountsIn, skip: Skip, token_required: bool) -> Self {
        let config = Config {
            base_url: BASE.to_owned(),
            cookie_suffix: "t".to_owned(),
            guard: Guard::new(
                8081,
                &["https://sp.test".parse().unwrap()],
                "secret".to_owned(),
                token_required,
            ),
            accounts,
            certificates: None,
        };
        let sp = ReferenceSp::with_skip(config, skip).unwrap();
        sp.put_instance("i", InstanceSeed::default()).await.unwrap();
        let world = Self {
            router: sp.router(),
            sp,
        };
        world.show(now());
        for personality in ["upsales", "upwork", "iomete", "sipgate"] {
            world.provider(personality, |provider| {
                provider.state().trust = Some(trust());
                provider.state().enabled = true;
            });
        }
        world
    }

    fn show(&self, instant: Timestamp) {
        self.sp
            .inner
            .instance("i")
            .unwrap()
            .clock()
            .set(instant, now(), true);
    }

    fn provider<T>(&self, personality: &str, read: impl FnOnce(&Provider) -> T) -> T {
        read(
            self.sp
                .inner
                .instance("i")
                .unwrap()
                .provider(personality)
                .unwrap(),
        )
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer {
            status,
            headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// A hook of the control API.
    async fn hook(&self, personality: &str, action: &str, body: &str) -> Answer {
        let request =
            Request::post(format!("/_entrant/v1/sp/i/{personality}/{action}")).header(header::HOST, HOST);
        self.send(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }

    /// The last event's rejection and cause.
    fn last_cause(&self) -> String {
        let events = self.sp.inner.instance("i").unwrap().events().events;
        serde_json::to_string(events.last().unwrap()).unwrap()
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn rejection(&self) -> Option<&str> {
        let (_, rest) = self
            .text
            .split_once(r#"<meta name="entrant-rejection" content=""#)?;
        rest.split_once('"').map(|(id, _)| id)
    }

    fn location(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .map_or("", |location| location.to_str().unwrap())
    }

    /// The text of the page's main part, white space normalised.
    fn page(&self) -> String {
        let html = scraper::Html::parse_document(&self.text);
        let main = scraper::Selector::parse("main").unwrap();
        let text: String = html.select(&main).flat_map(|main| main.text()).collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn set_cookies(&self) -> Vec<&str> {
        self.headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|cookie| cookie.to_str().unwrap())
            .collect()
    }
}

/// A browser that sends every cookie everywhere: what SameSite keeps away is judged by the driver.
#[derive(Clone, Default)]
struct Browser {
    cookies: BTreeMap<String, String>,
}

impl Browser {
    async fn request(&mut self, world: &World, request: Request<Body>) -> Answer {
        let (mut parts, body) = request.into_parts();
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            parts
                .headers
                .insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        parts.headers.entry(header::HOST).or_insert(HOST.parse().unwrap());
        let answer = world.send(Request::from_parts(parts, body)).await;
        for cookie in answer.set_cookies() {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    async fn get(&mut self, world: &World, path: &str) -> Answer {
        self.request(world, Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    async fn form(&mut self, world: &World, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = Request::builder().method(Method::POST).uri(path);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.request(world, request.body(Body::from(body)).unwrap()).await
    }

    /// Starts at the SP; the request's ID.
    async fn login(&mut self, world: &World, personality: &str) -> String {
        let answer = self.get(world, &format!("/i/{personality}/login")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        request_id(&answer)
    }

    async fn post(
        &mut self,
        world: &World,
        personality: &str,
        xml: &str,
        relay_state: Option<&str>,
    ) -> Answer {
        let acs = world.provider(personality, |provider| provider.addresses.acs.clone());
        let message = post_value(xml);
        let mut fields = vec![("SAMLResponse", message.as_str())];
        fields.extend(relay_state.map(|relay_state| ("RelayState", relay_state)));
        self.form(world, acs.strip_prefix(BASE).unwrap(), &fields).await
    }

    async fn who_am_i(&mut self, world: &World, personality: &str) -> Option<WhoAmI> {
        let answer = self.get(world, &format!("/i/{personality}/whoami")).await;
        match answer.status {
            StatusCode::OK => Some(serde_json::from_str(&answer.text).unwrap()),
            status => {
                assert_eq!(status, StatusCode::UNAUTHORIZED);
                assert!(answer.text.starts_with(r#"{"error":"#));
                None
            }
        }
    }

    /// What came of a response: `signed-in`, or the rejection id, held against the identity probe.
    async fn outcome(&mut self, world: &World, personality: &str, xml: &str) -> String {
        let answer = self.post(world, personality, xml, None).await;
        let signed_in = self.who_am_i(world, personality).await.is_some();
        match answer.rejection() {
            None => {
                assert_eq!(
                    (answer.status, signed_in),
                    (StatusCode::SEE_OTHER, true),
                    "{}",
                    answer.text
                );
                "signed-in".to_owned()
            }
            Some(id) => {
                let expected = if id == "malformed" {
                    StatusCode::BAD_REQUEST
                } else {
                    StatusCode::FORBIDDEN
                };
                assert_eq!((answer.status, signed_in), (expected, false), "{id}");
                id.to_owned()
            }
        }
    }
}

/// The ID of the request in a redirect.
fn request_id(answer: &Answer) -> String {
    let url: url::Url = answer.location().parse().unwrap();
    let (_, message) = url.query_pairs().find(|(name, _)| name == "SAMLRequest").unwrap();
    let xml = saml_accept::binding::decode_redirect(&message, &saml_accept::xml::Limits::default()).unwrap();
    let xml = String::from_utf8(xml).unwrap();
    xml.split_once(" ID=\"")
        .unwrap()
        .1
        .split_once('"')
        .unwrap()
        .0
        .to_owned()
}

/// A good response for B.Simon with new IDs, as Entra shapes it.
fn good(world: &World, personality: &str, request: Option<&str>) -> Response {
    let addresses = world.provider(personality, |provider| provider.addresses.clone());
    good_at(&addresses, personality, request)
}

/// [`good`], for whoever is at these addresses.
pub(crate) fn good_at(addresses: &Addresses, personality: &str, request: Option<&str>) -> Response {
    static COUNTER: AtomicUsize = AtomicUsize::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let request = request.map(str::to_owned);
    let mail_is_name = matches!(personality, "upsales" | "iomete");
    let attribute = |name: &str, value: &str| Attribute {
        name: name.to_owned(),
        name_format: None,
        values: vec![value.to_owned()],
    };
    let mut attributes = vec![
        attribute(names::CLAIM_OBJECT_ID, OBJECT_ID),
        attribute(names::CLAIM_GIVEN_NAME, "Britta"),
        attribute(names::CLAIM_SURNAME, "Simon"),
        attribute(names::CLAIM_EMAIL_ADDRESS, MAIL),
        attribute(names::CLAIM_NAME, UPN),
    ];
    if personality == "upwork" {
        attributes.extend([
            attribute("FirstName", "Britta"),
            attribute("LastName", "Simon"),
            attribute("Country", "Germany"),
            attribute("Email", UPN),
        ]);
    }
    let assertion = Assertion {
        id: format!("_assertion-{count}"),
        version: names::VERSION.to_owned(),
        issue_instant: now(),
        issuer: ISSUER.to_owned(),
        subject: Some(Subject {
            name_id: Some(NameId {
                format: Some(names::NAME_ID_EMAIL.to_owned()),
                name_qualifier: None,
                sp_name_qualifier: None,
                value: if mail_is_name { MAIL } else { UPN }.to_owned(),
            }),
            confirmations: vec![SubjectConfirmation {
                method: names::CM_BEARER.to_owned(),
                data: Some(SubjectConfirmationData {
                    not_before: None,
                    not_on_or_after: Some(seconds(3600)),
                    recipient: Some(addresses.acs.clone()),
                    in_response_to: request.clone(),
                }),
            }],
        }),
        conditions: Some(Conditions {
            not_before: Some(seconds(-300)),
            not_on_or_after: Some(seconds(3600)),
            audience_restrictions: vec![vec![addresses.entity_id.clone()]],
            one_time_use: false,
        }),
        attributes,
        authn_statements: vec![AuthnStatement {
            authn_instant: now(),
            session_index: Some(format!("_session-{count}")),
            session_not_on_or_after: None,
            class_ref: Some(names::AC_PASSWORD.to_owned()),
        }],
    };
    Response {
        id: format!("_response-{count}"),
        version: names::VERSION.to_owned(),
        issue_instant: now(),
        destination: Some(addresses.acs.clone()),
        in_response_to: request,
        issuer: Some(ISSUER.to_owned()),
        status: Status::success(),
        assertion: Some(assertion),
    }
}

pub(crate) fn sign(response: &Response) -> String {
    sign_with(
        response,
        SigningOption::Assertion,
        SignatureAlgorithm::RsaSha256,
        &K0,
    )
}

fn sign_with(
    response: &Response,
    option: SigningOption,
    algorithm: SignatureAlgorithm,
    signer: &Signer,
) -> String {
    let signing = Signing {
        algorithm,
        key: signer.key.private(),
        certificate_der: signer.certificate.der(),
    };
    saml_emit::response(response, option, Some(&signing)).unwrap()
}

// Ways into the parts that tests change.

fn assertion(response: &mut Response) -> &mut Assertion {
    response.assertion.as_mut().unwrap()
}

fn subject(response: &mut Response) -> &mut Subject {
    assertion(response).subject.as_mut().unwrap()
}

fn name_id(response: &mut Response) -> &mut NameId {
    subject(response).name_id.as_mut().unwrap()
}

fn data(response: &mut Response) -> &mut SubjectConfirmationData {
    subject(response).confirmations[0].data.as_mut().unwrap()
}

fn conditions(response: &mut Response) -> &mut Conditions {
    assertion(response).conditions.as_mut().unwrap()
}

fn set_attribute(response: &mut Response, name: &str, values: &[&str]) {
    let attributes = &mut assertion(response).attributes;
    attributes.retain(|attribute| attribute.name != name);
    let values = values.iter().map(|&value| value.to_owned()).collect();
    attributes.push(Attribute {
        name: name.to_owned(),
        name_format: None,
        values,
    });
}
