//! Enforced request signatures (entra-behaviour.md 2.5): each case by its name.

use std::sync::LazyLock;

use certs::{Certificate, CertificateSpec, KeySize, SigningKey};
use control_api::idp::AppInfo;
use saml_emit::binding::{Escapes, Parameter, post_value, signed_redirect_url};
use saml_emit::{Signing, signed_authn_request};
use saml_model::{AuthnRequest, SignatureAlgorithm};
use serde_json::json;

use crate::agent::{Agent, Mock, Page, redirect, request};
use crate::flows::newest;

const APP: &str = "sipgate";
const CODE: &str = "AADSTS76021";
const TEXT: &str =
    "AADSTS76021: The request sent by client is not signed while the application requires signed requests.";

/// Keys of the SP, oldest first, and one that is not registered.
static KEYS: LazyLock<Vec<(SigningKey, Certificate)>> = LazyLock::new(|| (0..4).map(pair).collect());

fn pair(serial: u8) -> (SigningKey, Certificate) {
    let key = SigningKey::generate(KeySize::Rsa2048).unwrap();
    let spec = CertificateSpec {
        common_name: "sp".to_owned(),
        serial: [serial + 1; 16],
        not_before: "2020-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2040-01-01T00:00:00Z".parse().unwrap(),
    };
    let certificate = Certificate::self_signed(&key, &spec).unwrap();
    (key, certificate)
}

fn signing(key: usize, algorithm: SignatureAlgorithm) -> Signing<'static> {
    let (key, certificate) = &KEYS[key];
    Signing {
        algorithm,
        key: key.private(),
        certificate_der: certificate.der(),
    }
}

/// How the request of a row is signed, and sent.
#[derive(Clone, Copy)]
enum Sent {
    Unsigned,
    /// In the query, by this key.
    Query(usize),
    /// In the query, escapes in lower case.
    LowerQuery(usize),
    QuerySha1(usize),
    /// In the query, which is then changed.
    Changed(&'static str, &'static str),
    /// In the message, by this key, which KeyInfo names.
    Message(usize),
    /// In the message, without KeyInfo.
    Nameless(usize),
    MessageSha1(usize),
    /// In the message, which is then changed.
    ChangedMessage,
    /// In the message, sent by HTTP-Redirect.
    MessageInQuery(usize),
    /// By HTTP-POST, unsigned, with the query's parameters beside it.
    BesideMessage,
}

/// The three oldest of [`KEYS`] are registered. What is expected is the mock's advice, or an answer.
const ROWS: &[(&str, Sent, Option<&str>)] = &[
    (
        "2.5 not signed",
        Sent::Unsigned,
        Some("The request is not signed in its query"),
    ),
    ("2.5 redirect: the newest certificate", Sent::Query(2), None),
    ("2.5 redirect: the second newest", Sent::Query(1), None),
    (
        "2.5 redirect: an older one is not tried",
        Sent::Query(0),
        Some("The signature does not verify"),
    ),
    (
        "2.5 redirect: a stranger's key",
        Sent::Query(3),
        Some("The signature does not verify"),
    ),
    (
        "2.5 redirect: over the raw query, in lower case too",
        Sent::LowerQuery(2),
        None,
    ),
    (
        "2.5 redirect: RSA-SHA1 is not allowed",
        Sent::QuerySha1(2),
        Some("The signature's algorithm is not allowed: http://www.w3.org/2000/09/xmldsig#rsa-sha1."),
    ),
    (
        "2.5 redirect: the query was changed",
        Sent::Changed("RelayState=back", "RelayState=other"),
        Some("The signature does not verify"),
    ),
    (
        "2.5 redirect: the query was spelt anew",
        Sent::Changed("%3A", "%3a"),
        Some("The signature does not verify"),
    ),
    (
        "2.5 redirect: the algorithm is missing",
        Sent::Changed("&SigAlg=", "&Alg="),
        Some("The query has a Signature and no SigAlg."),
    ),
    (
        "2.5 redirect: the signature is empty",
        Sent::Changed("&Signature=", "&Signature=&Old="),
        Some("The request is not signed in its query"),
    ),
    ("2.5 post: a named key may be an old one", Sent::Message(0), None),
    ("2.5 post: the newest certificate", Sent::Message(2), None),
    (
        "2.5 post: a named key that is not registered",
        Sent::Message(3),
        Some("The certificate in the signature's KeyInfo is not one"),
    ),
    (
        "2.5 post: no named key, the second newest",
        Sent::Nameless(1),
        None,
    ),
    (
        "2.5 post: no named key, an older one is not tried",
        Sent::Nameless(0),
        Some("The signature does not verify"),
    ),
    (
        "2.5 post: RSA-SHA1 is not allowed",
        Sent::MessageSha1(2),
        Some("The signature's algorithm is not allowed"),
    ),
    (
        "2.5 post: the message was changed",
        Sent::ChangedMessage,
        Some("The signature does not verify"),
    ),
    (
        "2.5 redirect: signed in the message counts as unsigned",
        Sent::MessageInQuery(2),
        Some("The request is not signed in its query"),
    ),
    (
        "2.5 post: signed beside the message counts as unsigned",
        Sent::BesideMessage,
        Some("The request is not signed: HTTP-POST"),
    ),
];

#[tokio::test]
async fn required_signatures() {
    let mock = Mock::contoso();
    let mut agent = signed_in(&mock).await;
    require(&mock, true, false, 3).await;
    for (fact, sent, advice) in ROWS {
        let page = send(&mock, &mut agent, *sent).await;
        match advice {
            Some(advice) => refused(fact, &page, advice),
            None => assert_eq!(page.delivered().acs, mock.app(APP).reply_urls[0], "{fact}"),
        }
    }
}

/// C10: RSA-SHA1 where it is allowed.
#[tokio::test]
async fn rsa_sha1_where_it_is_allowed() {
    let mock = Mock::contoso();
    let mut agent = signed_in(&mock).await;
    require(&mock, true, true, 3).await;
    for sent in [Sent::QuerySha1(2), Sent::MessageSha1(2), Sent::Query(2)] {
        send(&mock, &mut agent, sent).await.delivered();
    }
}

/// 2.5: off, any signature is ignored, right or wrong.
#[tokio::test]
async fn signatures_are_ignored_where_none_is_required() {
    let mock = Mock::contoso();
    let mut agent = signed_in(&mock).await;
    require(&mock, false, false, 1).await;
    for (fact, sent, _) in ROWS {
        let page = send(&mock, &mut agent, *sent).await;
        assert_eq!(page.aadsts(), None, "{fact}");
    }
}

/// Whether or not a signature counts, the flow trace says whose it is.
#[tokio::test]
async fn the_flow_trace_tells_whose_signature_holds() {
    let mock = Mock::contoso();
    let mut agent = signed_in(&mock).await;
    require(&mock, false, false, 3).await;
    let registered = "It holds by the application's verification certificate, thumbprint";
    let own = "It holds by the application's certificate current";
    for (sent, expected) in [
        (Sent::Query(2), registered),
        (Sent::LowerQuery(0), registered),
        (
            Sent::Query(3),
            "It does not hold: no trusted key verifies the signature",
        ),
        (Sent::Message(1), registered),
        (
            Sent::ChangedMessage,
            "It does not hold: the digest does not match",
        ),
        (Sent::Unsigned, own),
    ] {
        send(&mock, &mut agent, sent).await.delivered();
        let said = newest(&mock).await.select(".message dd");
        let first = said.iter().find(|text| text.starts_with("It ")).unwrap();
        assert!(first.starts_with(expected), "{first}");
    }
    require(&mock, false, false, 0).await;
    send(&mock, &mut agent, Sent::Query(0)).await.delivered();
    let said = newest(&mock).await.select(".message dd").concat();
    assert!(
        said.contains("Not judged: the application has no certificate for it"),
        "{said}"
    );
}

/// 2.5: IdP-initiated sign-on stops working; 1: so does the endpoint of an instance, even with a good signature.
#[tokio::test]
async fn what_nobody_can_sign_is_refused() {
    let mock = Mock::contoso();
    let mut agent = signed_in(&mock).await;
    require(&mock, true, false, 3).await;
    let app = mock.app(APP);
    let tile = agent.get(&app.launch).await;
    refused(
        "2.5 tile",
        &tile,
        "An application that requires signed requests cannot be started",
    );
    let mut test = request(&app);
    test.id = "F84D888AA3B44C1B844375A4E8210D9E".to_owned();
    refused(
        "2.5 Test",
        &agent.get(&redirect(&app, &test)).await,
        "The request is not signed",
    );
    let url = query(
        &app,
        &request(&app),
        2,
        SignatureAlgorithm::RsaSha256,
        Escapes::Upper,
    );
    let instance = url.replace("/saml2?", &format!("/saml2/{}?", app.object_id));
    let advice = "The endpoint of an instance takes no request for an application that requires signed ones.";
    refused("1 instance", &agent.get(&instance).await, advice);
    require(&mock, true, false, 0).await;
    let page = agent.get(&url).await;
    refused(
        "2.5 none configured",
        &page,
        "The application has no verification certificate.",
    );
}

/// 2.5: what is no RSA certificate is refused when the tenant is made.
#[tokio::test]
async fn verification_certificates_are_judged_at_once() {
    let mock = Mock::contoso();
    for text in ["", "x", "MIIC"] {
        let certificates = json!({"required": true, "certificates": [text]});
        let body = json!({"app": [{"name": APP, "verification_certificates": certificates}]});
        let page = mock.try_control("PATCH", "", body).await;
        assert!(page.status.is_client_error(), "{}", page.body);
        assert!(
            page.body.contains("verification_certificates.certificates[0]"),
            "{}",
            page.body
        );
    }
}

fn refused(fact: &str, page: &Page, advice: &str) {
    assert_eq!(page.aadsts().as_deref(), Some(CODE), "{fact}: {}", page.body);
    assert_eq!(page.error_text(), TEXT, "{fact}");
    let said = page.select("#advice").concat();
    assert!(said.starts_with(advice), "{fact}: {said}");
}

async fn signed_in(mock: &Mock) -> Agent {
    let mut agent = mock.agent();
    let page = agent.get(&mock.app("Upsales").launch).await;
    agent.sign_in(page, "B.Simon").await.delivered();
    agent
}

/// The `registered` oldest keys are, half as PEM, half as bare base64.
async fn require(mock: &Mock, required: bool, sha1: bool, registered: usize) {
    let text = |(index, (_, certificate)): (usize, &(SigningKey, Certificate))| match index % 2 {
        0 => certificate.pem(),
        _ => certificate.base64(),
    };
    let certificates: Vec<_> = KEYS.iter().take(registered).enumerate().map(text).collect();
    let entry = json!({"required": required, "allow_rsa_sha1": sha1, "certificates": certificates});
    mock.patch_app(APP, json!({"verification_certificates": entry}))
        .await;
}

fn query(
    app: &AppInfo,
    request: &AuthnRequest,
    key: usize,
    algorithm: SignatureAlgorithm,
    escapes: Escapes,
) -> String {
    let xml = saml_emit::authn_request(request).unwrap();
    let signing = signing(key, algorithm);
    let parameter = Parameter::SamlRequest;
    signed_redirect_url(&app.login_url, parameter, &xml, Some("back"), &signing, escapes).unwrap()
}

async fn send(mock: &Mock, agent: &mut Agent, sent: Sent) -> Page {
    let app = mock.app(APP);
    let asked = request(&app);
    let sha256 = SignatureAlgorithm::RsaSha256;
    let message = |key, algorithm| signed_authn_request(&asked, &signing(key, algorithm)).unwrap();
    let upper = |key, algorithm| query(&app, &asked, key, algorithm, Escapes::Upper);
    let xml = match sent {
        Sent::Unsigned => return agent.get(&redirect(&app, &asked)).await,
        Sent::Query(key) => return agent.get(&upper(key, sha256)).await,
        Sent::QuerySha1(key) => return agent.get(&upper(key, SignatureAlgorithm::RsaSha1)).await,
        Sent::LowerQuery(key) => {
            return agent.get(&query(&app, &asked, key, sha256, Escapes::Lower)).await;
        }
        Sent::Changed(from, to) => {
            let url = upper(2, sha256);
            assert!(url.contains(from), "{from} in {url}");
            return agent.get(&url.replace(from, to)).await;
        }
        Sent::MessageInQuery(key) => {
            let url = crate::agent::redirect_xml(&app, &message(key, sha256));
            return agent.get(&url).await;
        }
        Sent::BesideMessage => {
            let value = post_value(&saml_emit::authn_request(&asked).unwrap());
            let url: url::Url = upper(2, sha256).parse().unwrap();
            let mut fields: Vec<(String, String)> = url.query_pairs().into_owned().collect();
            fields.retain(|(name, _)| name != "SAMLRequest");
            fields.push(("SAMLRequest".to_owned(), value));
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            return agent.post(&mock.path("saml2"), &fields).await;
        }
        Sent::Message(key) => message(key, sha256),
        Sent::MessageSha1(key) => message(key, SignatureAlgorithm::RsaSha1),
        Sent::ChangedMessage => {
            message(2, sha256).replace("_request\" Version", "_request\" ForceAuthn=\"0\" Version")
        }
        Sent::Nameless(key) => {
            let signed = message(key, sha256);
            let (before, rest) = signed.split_once("<KeyInfo>").unwrap();
            let (_, after) = rest.split_once("</KeyInfo>").unwrap();
            format!("{before}{after}")
        }
    };
    agent
        .post(&mock.path("saml2"), &[("SAMLRequest", &post_value(&xml))])
        .await
}
