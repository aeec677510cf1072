//! AuthnRequest handling: each fact of entra-behaviour.md section 2, one row each, by its name.

mod attributes;
mod elements;
mod reply_urls;

use serde_json::{Value, json};

use attributes::{ATTRIBUTES, ISSUERS};
use elements::{ELEMENTS, ORDER};
use reply_urls::REPLY_URLS;

use crate::agent::{Agent, Delivered, Mock, Page, redirect, redirect_xml, request};

const APP: &str = "sipgate";
const ISSUER: &str = "https://sp.test/saml";
const ACS: &str = "https://sp.test/acs";

/// What happens to the request that every row begins with: the [`sound`] one with `from` replaced by `to`.
struct Row {
    fact: &'static str,
    /// A patch of the application.
    app: &'static str,
    from: &'static str,
    to: &'static str,
    expected: Expected,
}

enum Expected {
    /// The error page: code, and a part of its message.
    Stops(&'static str, &'static str),
    /// A response: parts of it; one that begins with `!` is absent.
    Answers(&'static [&'static str]),
}

use Expected::{Answers, Stops};

const fn row(fact: &'static str, from: &'static str, to: &'static str, expected: Expected) -> Row {
    switched(fact, "{}", from, to, expected)
}

const fn switched(
    fact: &'static str,
    app: &'static str,
    from: &'static str,
    to: &'static str,
    expected: Expected,
) -> Row {
    Row {
        fact,
        app,
        from,
        to,
        expected,
    }
}

const VERSION: &str = "Version=\"2.0\"";
const END_OF_ISSUER: &str = "</saml:Issuer>";
const ACS_ATTRIBUTE: &str = "AssertionConsumerServiceURL=\"https://sp.test/acs\"";
const ISSUER_ELEMENT: &str = "<saml:Issuer>https://sp.test/saml</saml:Issuer>";
const ID_FAULT: &str = "is not a valid SAML ID. The ID must not begin with a number.";
const NOT_A_MESSAGE: &str = "The request is not a valid Saml2 protocol message.";
const XML_FAULT: &str = "There was an XML error in the SAML message at line 1, position ";

#[tokio::test]
async fn attributes_of_the_request() {
    check(ATTRIBUTES).await;
}

#[tokio::test]
async fn issuers_of_the_request() {
    check(ISSUERS).await;
}

#[tokio::test]
async fn reply_urls_of_the_request() {
    check(REPLY_URLS).await;
}

#[tokio::test]
async fn elements_of_the_request() {
    check(ELEMENTS).await;
}

#[tokio::test]
async fn the_order_of_checks() {
    check(ORDER).await;
}

async fn check(rows: &[Row]) {
    let world = World::new().await;
    let mut agent = world.signed_in().await;
    for row in rows {
        world.configure(row.app).await;
        let sound = world.sound();
        assert!(
            sound.contains(row.from),
            "{}: no {} in {sound}",
            row.fact,
            row.from
        );
        let xml = sound.replace(row.from, &world.fill(row.to));
        let app = world.mock.app(APP);
        let page = agent.get(&redirect_xml(&app, &xml)).await;
        world.judge(row.fact, &row.expected, &page);
    }
}

/// A mock whose application is set up for the rows.
pub(crate) struct World {
    pub(crate) mock: Mock,
}

impl World {
    pub(crate) async fn new() -> Self {
        let world = Self {
            mock: Mock::contoso(),
        };
        world.configure("{}").await;
        world
    }

    /// The application as every row finds it, with a patch.
    pub(crate) async fn configure(&self, patch: &str) {
        let mut app = json!({
            "enabled": true,
            "identifiers": [ISSUER, "urn:second", "bare"],
            "reply_urls": [ACS, "https://sp.test/second", "http://localhost:3000/acs", "http://127.0.0.1:3000/acs", "https://*.contoso.com/acs"],
            "switches": [],
            "verification_certificates": {"required": false, "allow_rsa_sha1": false, "certificates": []},
        });
        let patch: Value = serde_json::from_str(patch).unwrap();
        for (key, value) in patch.as_object().unwrap() {
            app[key] = value.clone();
        }
        self.mock.patch_app(APP, app).await;
    }

    pub(crate) async fn signed_in(&self) -> Agent {
        let mut agent = self.mock.agent();
        let page = agent.get(&self.mock.app("Upsales").launch).await;
        agent.sign_in(page, "B.Simon").await.delivered();
        agent
    }

    /// A request without anything optional but Destination and reply URL.
    pub(crate) fn sound(&self) -> String {
        let mut sound = request(&self.mock.app(APP));
        sound.issuer = Some(ISSUER.to_owned());
        sound.acs_url = Some(ACS.to_owned());
        saml_emit::authn_request(&sound).unwrap()
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{app}", &self.mock.app(APP).app_id)
            .replace("{idp}", &self.mock.tenant.issuer)
    }

    fn judge(&self, fact: &str, expected: &Expected, page: &Page) {
        match expected {
            Stops(code, part) => {
                assert_eq!(
                    page.aadsts().as_deref(),
                    Some(*code),
                    "{fact}: {}",
                    page.error_text()
                );
                assert!(page.error_text().contains(part), "{fact}: {}", page.error_text());
            }
            Answers(parts) => {
                assert_eq!(page.aadsts(), None, "{fact}: {}", page.error_text());
                let Delivered { xml, .. } = page.delivered();
                for part in *parts {
                    let part = self.fill(part);
                    match part.strip_prefix('!') {
                        Some(absent) => assert!(!xml.contains(absent), "{fact}: {absent} in {xml}"),
                        None => assert!(xml.contains(&part), "{fact}: no {part} in {xml}"),
                    }
                }
            }
        }
    }
}

/// C7: refused by the switch, the SP hears of it (3.6), and no one is asked to sign in.
#[tokio::test]
async fn a_refused_sp_name_qualifier_is_told_to_the_sp() {
    let world = World::new().await;
    world
        .configure(r#"{"switches": ["sp-name-qualifier-refused"]}"#)
        .await;
    let policy = "</saml:Issuer><samlp:NameIDPolicy SPNameQualifier=\"urn:q\"/>";
    let xml = world.sound().replace(END_OF_ISSUER, policy);
    let mut agent = world.mock.agent();
    agent.flow = Some("refused".to_owned());
    let page = agent.get(&redirect_xml(&world.mock.app(APP), &xml)).await;
    assert_eq!(page.select("title"), ["Working..."]);
    let delivered = page.delivered();
    assert_eq!(
        (delivered.acs.as_str(), delivered.relay_state.as_deref()),
        (ACS, Some("back"))
    );
    let (head, tail) = delivered.xml.split_once("<samlp:Status>").unwrap();
    for absent in ["Destination=", "<Assertion", "<Signature"] {
        assert!(!delivered.xml.contains(absent), "{absent}");
    }
    assert!(head.contains("InResponseTo=\"_request\""), "{head}");
    assert!(
        head.contains(&format!(">{}</Issuer>", world.mock.tenant.issuer)),
        "{head}"
    );
    let message = "AADSTS75006: An error occurred while processing a SAML2 Authentication request. AADSTS90011: The SAML authentication request property 'NameIdentifierPolicy/SPNameQualifier' is not supported.";
    let expected = format!(
        "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Requester\"><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported\"/></samlp:StatusCode><samlp:StatusMessage>{message}\nTrace ID: "
    );
    let rest = tail
        .strip_prefix(expected.as_str())
        .unwrap_or_else(|| panic!("{tail}"));
    let (trace, rest) = rest.split_once("\nTimestamp: ").unwrap();
    assert!(trace.parse::<uuid::Uuid>().is_ok(), "{trace}");
    let (timestamp, end) = rest.split_once("</samlp:StatusMessage>").unwrap();
    assert_eq!(timestamp.len(), "2013-03-18 08:49:24Z".len(), "{timestamp}");
    assert_eq!(timestamp.as_bytes()[10], b' ', "{timestamp}");
    assert_eq!(end, "</samlp:Status></samlp:Response>");
    let events = world.mock.flow("refused").await.events;
    assert!(
        matches!(&events[..], [_, control_api::flow::IdpEvent::FailureIssued { app, code, .. }] if app == APP && code == "AADSTS75006"),
        "{events:?}"
    );
}

/// 2.3: other verbs than those of the bindings (900561).
#[tokio::test]
async fn other_verbs_are_refused() {
    let world = World::new().await;
    let app = world.mock.app(APP);
    for path in [
        world.mock.path("saml2"),
        world.mock.path(&format!("saml2/{}", app.object_id)),
    ] {
        for verb in ["PUT", "DELETE", "OPTIONS", "PATCH"] {
            let page = world
                .mock
                .agent()
                .send(verb, &path, String::new(), "text/plain")
                .await;
            let text = format!(
                "AADSTS900561: The endpoint only accepts GET, POST requests. Received a {verb} request."
            );
            assert_eq!(page.error_text(), text, "{path}");
        }
        let head = world
            .mock
            .agent()
            .send("HEAD", &path, String::new(), "text/plain")
            .await;
        assert!(head.status.is_success(), "{path}");
    }
}

/// 2.3: a message in the other's parameter, and messages of other kinds (75005); the query's hints about realms are
/// ignored.
#[tokio::test]
async fn parameters_of_the_query() {
    let world = World::new().await;
    let mut agent = world.signed_in().await;
    let url = redirect_xml(&world.mock.app(APP), &world.sound());
    for (fact, url, code) in [
        (
            "2.3 domain_hint and whr",
            format!("{url}&domain_hint=contoso.com&whr=contoso.com"),
            None,
        ),
        (
            "2.3 a request as SAMLResponse",
            url.replace("SAMLRequest=", "SAMLResponse="),
            Some("AADSTS75005"),
        ),
        ("2.3 twice", format!("{url}&SAMLRequest=x"), Some("AADSTS75005")),
    ] {
        let page = agent.get(&url).await;
        assert_eq!(page.aadsts().as_deref(), code, "{fact}");
    }
    let long = "A".repeat(3 << 20);
    let page = agent
        .post(&world.mock.path("saml2"), &[("SAMLRequest", &long)])
        .await;
    assert_eq!(
        page.aadsts().as_deref(),
        Some("AADSTS75005"),
        "2.3 more than the parser takes"
    );
}

/// 1, 7.3: what names no application or tenant; unsupported properties are told before.
#[tokio::test]
async fn instances_and_tenants_that_are_not_there() {
    let world = World::new().await;
    let app = world.mock.app(APP);
    let sound = world.sound();
    let subject = sound.replace(END_OF_ISSUER, "</saml:Issuer><saml:Subject/>");
    let stranger = "11111111-2222-4333-8444-555555555555";
    let url = |xml: &str, from: &str, to: &str| redirect_xml(&app, xml).replace(from, to);
    for (fact, url, code) in [
        (
            "1 an instance that is no GUID",
            url(&sound, "/saml2?", "/saml2/instance?"),
            "AADSTS700016",
        ),
        (
            "1 an instance that is an application id",
            url(&sound, "/saml2?", &format!("/saml2/{}?", app.app_id)),
            "AADSTS700016",
        ),
        (
            "7.3 an unknown tenant",
            url(&sound, &world.mock.tenant.id, stranger),
            "AADSTS90002",
        ),
        (
            "7.3 Subject before the tenant",
            url(&subject, &world.mock.tenant.id, stranger),
            "AADSTS900236",
        ),
        (
            "7.3 Subject before the instance",
            url(&subject, "/saml2?", "/saml2/instance?"),
            "AADSTS900236",
        ),
    ] {
        let page = world.mock.agent().get(&url).await;
        assert_eq!(page.aadsts().as_deref(), Some(code), "{fact}");
    }
}

/// C5: the port may be written out.
#[tokio::test]
async fn a_destination_with_its_port() {
    let mock = Mock::contoso_at("http://localhost");
    let app = mock.app(APP);
    let mut asked = request(&app);
    asked.destination = Some(app.login_url.replace("localhost", "LOCALHOST:80"));
    let url = redirect(&app, &asked).replace("http://localhost", "");
    let page = mock.agent().get(&url).await;
    assert_eq!(
        (page.aadsts(), page.select("h1")),
        (None, vec!["Sign in".to_owned()])
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Whatever a well-formed request asks for, it is answered by a response, a page or an error of Entra's.
    #[test]
    fn requests_of_any_values_are_answered(
        texts in proptest::collection::vec("[ -~é\\PC]{0,12}|urn:oasis:names:tc:SAML:2.0:ac:classes:(Password|X509|unspecified)", 6),
        there in proptest::prelude::any::<[bool; 8]>(),
        index in proptest::prelude::any::<u16>(),
    ) {
        let text = |at: usize| there[at].then(|| texts[at].clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            let app = world.mock.app(APP);
            let mut asked = request(&app);
            asked.acs_url = text(0);
            asked.acs_index = there[6].then_some(index);
            asked.protocol_binding = text(1);
            asked.name_id_policy = there[7].then(|| saml_model::NameIdPolicy {
                format: text(2),
                sp_name_qualifier: text(3),
                allow_create: Some(there[0]),
            });
            asked.requested_authn_context = there[5].then(|| saml_model::RequestedAuthnContext {
                comparison: text(4),
                class_refs: vec![texts[5].clone()],
            });
            // What XML cannot carry is nobody's request.
            let Ok(xml) = saml_emit::authn_request(&asked) else { return };
            let mut agent = world.mock.agent();
            agent.headers.push((control_api::USER_HEADER, "B.Simon".to_owned()));
            let page = agent.get(&redirect_xml(&app, &xml)).await;
            assert_eq!(page.status, 200, "{xml}");
            assert!(page.aadsts().is_some() || page.select("title") == ["Working..."], "{xml}");
        });
    }
}
