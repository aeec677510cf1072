//! Messages with two assertions, and messages that are no response.

use saml_accept::xml::{Document, Element, Limits, parse};
use saml_model::names;
use serde_json::json;

use super::{frozen, order, sent};
use crate::agent::{Mock, verify};

fn read(xml: &str) -> Document {
    parse(xml.as_bytes(), &Limits::default()).unwrap()
}

fn name_id(assertion: Element<'_>) -> String {
    let subject = assertion.child(names::NS_ASSERTION, "Subject").unwrap();
    subject
        .child(names::NS_ASSERTION, "NameID")
        .unwrap()
        .text()
        .unwrap()
}

/// The message without its nth assertion, plain or encrypted.
fn without(xml: &str, number: usize) -> String {
    let starts: Vec<_> = ["<Assertion ", "<EncryptedAssertion "]
        .into_iter()
        .flat_map(|start| xml.match_indices(start).map(|(at, _)| at))
        .collect();
    let mut starts = starts;
    starts.sort_unstable();
    let from = starts[number];
    let name = if xml[from..].starts_with("<A") {
        "Assertion"
    } else {
        "EncryptedAssertion"
    };
    let end = format!("</{name}>");
    let to = from + xml[from..].find(&end).unwrap() + end.len();
    [&xml[..from], &xml[to..]].concat()
}

#[tokio::test]
async fn two_genuine_assertions() {
    for (variant, expected) in [
        ("victim-second", ["B.Simon", "U.Keller"]),
        ("victim-first", ["U.Keller", "B.Simon"]),
    ] {
        let mock = frozen("sipgate", "assertion").await;
        let trusted = mock.certificates("sipgate").await;
        let xml = sent(
            &mock,
            "sipgate",
            Some(order("env-two-assertions-signed", Some(variant))),
        )
        .await;
        let document = read(&xml);
        let assertions = document.root().children_named(names::NS_ASSERTION, "Assertion");
        let found: Vec<_> = assertions.map(name_id).collect();
        assert_eq!(
            found,
            expected.map(|name| format!("{name}@contoso.onmicrosoft.com")),
            "{variant}"
        );
        // Each of them is what the application says, all by itself.
        for (number, name) in expected.iter().rev().enumerate() {
            let signed = verify(&trusted, &without(&xml, number)).unwrap();
            let value = &signed.assertion().name_id().unwrap().value;
            assert!(
                value.starts_with(name) && signed.assertion_is_signed(),
                "{variant}"
            );
        }
    }
    // Signed around both, neither is signed by itself.
    let mock = frozen("sipgate", "response").await;
    let xml = sent(&mock, "sipgate", Some(order("env-two-assertions-signed", None))).await;
    assert_eq!(xml.matches("<SignatureValue>").count(), 1);
    let mock = frozen("sipgate", "response-and-assertion").await;
    let xml = sent(
        &mock,
        "sipgate",
        Some(order("env-two-assertions-signed", Some("victim-first"))),
    )
    .await;
    assert_eq!(xml.matches("<SignatureValue>").count(), 3);
}

/// With token encryption for a key that the attackers need not have.
async fn encrypting(option: &str) -> Mock {
    let mock = frozen("sipgate", option).await;
    let signing = mock.certificates("sipgate").await.remove(0);
    let pem = certs::Certificate::from_der(&signing).unwrap().pem();
    for action in [
        json!({"app": "sipgate", "action": "import", "name": "sp", "certificate": pem}),
        json!({"app": "sipgate", "action": "activate", "name": "sp"}),
    ] {
        mock.control("POST", "/token-encryption", action).await;
    }
    mock
}

#[tokio::test]
async fn a_plain_assertion_beside_an_encrypted_one() {
    let mock = encrypting("assertion").await;
    let trusted = mock.certificates("sipgate").await;
    let fault = || Some(json!({"id": "env-assertion-plus-encrypted", "victim": "D.Weber"}));
    let xml = sent(&mock, "sipgate", fault()).await;
    let (encrypted, plain) = (
        xml.find("<EncryptedAssertion ").unwrap(),
        xml.find("<Assertion ").unwrap(),
    );
    assert!(encrypted < plain, "{xml}");
    let signed = verify(&trusted, &without(&xml, 0)).unwrap();
    assert_eq!(
        signed.assertion().name_id().unwrap().value,
        "D.Weber@contoso.onmicrosoft.com"
    );
    // What signs the response signs before the encryption.
    let mock = encrypting("response").await;
    mock.control("POST", "/faults", json!({"faults": [fault()]}))
        .await;
    let mut agent = mock.agent();
    let page = agent.get(&mock.app("sipgate").launch).await;
    let page = agent.sign_in(page, "B.Simon").await;
    let told = page.select("main p").concat();
    assert!(
        page.status == 409 && told.contains("set it to `assertion`"),
        "{told}"
    );
}

#[tokio::test]
async fn what_is_no_response() {
    for option in ["assertion", "response"] {
        let mock = frozen("sipgate", option).await;
        for (variant, namespace, root, children) in [
            (
                "assertion",
                names::NS_ASSERTION,
                "Assertion",
                "Issuer Signature Subject",
            ),
            (
                "logout-response",
                names::NS_PROTOCOL,
                "LogoutResponse",
                "Issuer Signature Status",
            ),
            (
                "authn-request",
                names::NS_PROTOCOL,
                "AuthnRequest",
                "Issuer Signature",
            ),
            (
                "artifact-response",
                names::NS_PROTOCOL,
                "ArtifactResponse",
                "Issuer Signature Status Response",
            ),
        ] {
            let xml = sent(&mock, "sipgate", Some(order("env-wrong-root", Some(variant)))).await;
            let document = read(&xml);
            assert!(document.root().is(namespace, root), "{variant}");
            let found: Vec<_> = document.root().children().map(Element::name).collect();
            assert!(found.join(" ").starts_with(children), "{variant}: {found:?}");
        }
    }
}
