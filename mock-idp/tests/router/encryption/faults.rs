//! Faults in encrypted responses.

use mock_idp::{FAULTS, Stage};
use saml_accept::decryption::DecryptionError;
use saml_accept::response::EncryptedResponseError;
use saml_model::names;
use serde_json::json;

use super::{APP, OPTIONS, SP, agent, encrypting, response};
use crate::agent::{Mock, stays_armed};
use crate::faults::{TOLD_APART, parameters};

/// Each fault acts on an encrypted response as on a plain one: what is said wrong is signed, what is signed wrong or
/// changed later does not verify, and the SP can read it all the same.
#[tokio::test]
async fn every_fault_acts_before_the_encryption() {
    let (mock, trusted) = encrypting().await;
    let body = json!({"app": APP, "action": "add", "name": "next"});
    mock.control("POST", "/certificates", body).await;
    let mut agent = agent(&mock);
    for option in OPTIONS {
        mock.patch_app(APP, json!({"signing": {"option": option}})).await;
        for fault in FAULTS.iter().filter(|fault| TOLD_APART.contains(&fault.id)) {
            let mut spec = parameters(fault.id);
            spec["id"] = json!(fault.id);
            mock.control("POST", "/faults", json!({"faults": [spec]})).await;
            let xml = response(&mock, &mut agent).await;
            let opened = SP.open(&trusted, &xml);
            let case = format!("{option} {}", fault.id);
            match fault.stage() {
                Stage::SignOn | Stage::Transport | Stage::SignOut | Stage::Metadata => unreachable!(),
                Stage::Value => {
                    let opened = opened.unwrap_or_else(|error| panic!("{case}: {error}"));
                    assert!(opened.was_encrypted(), "{case}");
                }
                Stage::Signing | Stage::Bytes => {
                    assert!(opened.is_err(), "{case}");
                    check_signature(&case, fault.id, option, &xml);
                }
                Stage::Encryption => assert!(
                    matches!(
                        opened,
                        Err(EncryptedResponseError::Decryption(
                            DecryptionError::Undecipherable
                        ))
                    ),
                    "{case}"
                ),
            }
        }
    }
    let xml = response(&mock, &mut agent).await;
    assert!(SP.open(&trusted, &xml).is_ok(), "whatever was armed is gone");
}

/// Who is meant to sign wrongly signs soundly: with the attackers' certificate the SP would believe it.
#[tokio::test]
async fn the_attackers_signature_holds() {
    let (mock, _) = encrypting().await;
    let mut agent = agent(&mock);
    for option in ["assertion", "response"] {
        mock.patch_app(APP, json!({"signing": {"option": option}})).await;
        let mut faulty = async |id: &str| {
            mock.control("POST", "/faults", json!({"faults": [{"id": id}]}))
                .await;
            response(&mock, &mut agent).await
        };
        let own = faulty("sig-wrong-key-own-cert").await;
        let whole = format!("{own}{}", SP.plaintext(&own));
        let (_, rest) = whole.split_once("<X509Certificate>").unwrap();
        let attacker = openssl::base64::decode_block(rest.split('<').next().unwrap()).unwrap();
        for xml in [own, faulty("sig-wrong-key").await] {
            let opened = SP.open(std::slice::from_ref(&attacker), &xml);
            assert!(opened.is_ok(), "{option}: {opened:?}");
        }
    }
}

/// What is in the message is what the fault says, and its recipient can read it.
fn check_signature(case: &str, id: &str, option: &str, xml: &str) {
    let plaintext = SP.plaintext(xml);
    let around = xml.split("<EncryptedAssertion").next().unwrap();
    let whole = format!("{around}{plaintext}");
    assert!(xml.contains("<ds:X509IssuerSerial>"), "{case}: {xml}");
    let signatures = match option {
        "response-and-assertion" => 2,
        _ => 1,
    };
    let (signed, with_key_info) = (
        whole.matches("</SignatureValue>").count(),
        whole.matches("<KeyInfo>").count(),
    );
    let expected = match id {
        "sig-none" => (0, 0),
        "sig-wrong-key" => (signatures, 0),
        _ => (signatures, signatures),
    };
    assert_eq!((signed, with_key_info), expected, "{case}: {whole}");
    assert_eq!(
        whole.contains(names::SIG_RSA_SHA1),
        id == "sig-rsa-sha1",
        "{case}"
    );
    assert_eq!(
        whole.contains(">a&amp;b@evil.test</NameID>"),
        id == "sig-tamper-nameid",
        "{case}"
    );
    assert_eq!(
        whole.contains(">O'Neil &amp; &lt;Sons&gt;<"),
        id == "sig-tamper-attribute",
        "{case}"
    );
}

/// An application that does not encrypt has nothing that could be encrypted to somebody else.
#[tokio::test]
async fn a_fault_of_the_encryption_needs_one() {
    let mock = Mock::contoso();
    let armed = mock
        .control("POST", "/faults", json!({"faults": [{"id": "enc-wrong-key"}]}))
        .await;
    let page = agent(&mock).get(&mock.app(APP).launch).await;
    assert_eq!(page.status, 409);
    assert_eq!(
        page.select("main p"),
        [format!(
            "The armed fault could not be applied: the assertion is not encrypted: give the application an active certificate for token encryption, then the fault `enc-wrong-key` can act. {}",
            stays_armed(&armed)
        )]
    );
}

/// What is encrypted begins with a document type, and the assertion behind it is the genuine one. The SP reads neither.
#[tokio::test]
async fn a_document_type_can_be_encrypted() {
    let (mock, trusted) = encrypting().await;
    let mut agent = agent(&mock);
    for option in OPTIONS {
        mock.patch_app(APP, json!({"signing": {"option": option}})).await;
        for (place, faults) in [
            json!([{"id": "xml-xxe-in-ciphertext", "canary": "http://127.0.0.1:1/"}]),
            json!([{"id": "xml-xxe-in-ciphertext", "canary": "http://127.0.0.1:1/"}, {"id": "cond-missing"}]),
        ]
        .into_iter()
        .enumerate()
        {
            mock.control("POST", "/faults", json!({"faults": faults})).await;
            let xml = response(&mock, &mut agent).await;
            let plaintext = SP.plaintext(&xml);
            let document_type = "<!DOCTYPE Assertion [<!ENTITY % x SYSTEM \"http://127.0.0.1:1/\"> %x;]>";
            let assertion = plaintext.strip_prefix(document_type).unwrap_or_default();
            assert!(assertion.starts_with("<Assertion "), "{option}: {plaintext}");
            assert_eq!(assertion.contains("<Conditions"), place == 0, "{option}");
            assert!(SP.open(&trusted, &xml).is_err(), "{option}");
        }
    }
}
