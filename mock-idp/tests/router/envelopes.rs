//! Every fault about encryption and about the form is in what is sent, and acts on nothing else: what must still be
//! decrypted is, by a service provider that has the key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::{KeySize, SigningKey};
use mock_idp::{CaseOutcome, FAULTS, Fault};
use openssl::hash::MessageDigest;
use openssl::rsa::Padding;
use openssl::symm::{Cipher, Crypter, Mode};
use saml_accept::decryption::{Cbc, DecryptionKeys, DecryptionPolicy};
use saml_accept::response::{EncryptedResponseError, SignedAssertion, UnverifiedResponse};
use saml_accept::signature::{Sha1, TrustedKeys};
use saml_accept::xml::{Limits, parse};
use saml_model::names;
use serde_json::{Value, json};

use crate::agent::{Mock, Page, redirect, request};

const GENUINE: &str = "B.Simon@contoso.onmicrosoft.com";
const VICTIM: &str = "U.Keller@contoso.onmicrosoft.com";
const OPTIONS: [&str; 3] = ["assertion", "response", "response-and-assertion"];

struct Rig {
    mock: Mock,
    trusted: Vec<Vec<u8>>,
    key: SigningKey,
}

impl Rig {
    /// An application whose assertions are encrypted like this.
    async fn encrypting(data: &str) -> Self {
        let mock = Mock::contoso();
        let trusted = mock.certificates("sipgate").await;
        let key = SigningKey::generate(KeySize::Rsa2048).unwrap();
        let spec = certs::CertificateSpec {
            common_name: "sp.example".to_owned(),
            serial: [7; 16],
            not_before: "2020-01-01T00:00:00Z".parse().unwrap(),
            not_after: "2090-01-01T00:00:00Z".parse().unwrap(),
        };
        let certificate = certs::Certificate::self_signed(&key, &spec).unwrap().pem();
        let certificate = json!([{"name": "sp", "certificate": certificate, "status": "active"}]);
        mock.patch_app(
            "sipgate",
            json!({"token_encryption": {"data": data, "certificates": certificate}}),
        )
        .await;
        Self { mock, trusted, key }
    }

    async fn sign(&self, option: &str) {
        let signing = json!({"signing": {"option": option}});
        self.mock.patch_app("sipgate", signing).await;
    }

    async fn page(&self, fault: Value) -> Page {
        let order = json!({"faults": [fault]});
        self.mock.control("POST", "/faults", order).await;
        let app = self.mock.app("sipgate");
        let mut agent = self.mock.agent();
        let page = agent.get(&redirect(&app, &request(&app))).await;
        agent.sign_in(page, "B.Simon").await
    }

    async fn sent(&self, fault: Value) -> Result<String, String> {
        let page = self.page(fault).await;
        match page.status.is_success() {
            true => Ok(page.delivered().xml),
            false => {
                // It would stay armed.
                self.mock.control("DELETE", "/faults", Value::Null).await;
                Err(page.select("main p").concat())
            }
        }
    }

    /// Whom a service provider takes the user for.
    fn opened(&self, xml: &str) -> Result<String, String> {
        let policy = DecryptionPolicy {
            cbc: Cbc::Allowed,
            ..DecryptionPolicy::default()
        };
        let own = DecryptionKeys::new([self.key.private()], policy).unwrap();
        let keys = self.trusted.iter().map(Vec::as_slice);
        let keys = TrustedKeys::from_certificates(keys, Sha1::Refused).unwrap();
        let parsed = UnverifiedResponse::parse(xml.as_bytes(), &Limits::default());
        let parsed = parsed.map_err(|error| format!("unread: {error}"))?;
        let opened = parsed.decrypt_and_verify(&own, &keys);
        opened
            .map(|signed| name_id(&signed))
            .map_err(|error| match error {
                EncryptedResponseError::Decryption(error) => format!("encryption: {error}"),
                EncryptedResponseError::Signature(error) => format!("signature: {error}"),
            })
    }

    /// The plaintext with its padding.
    fn plaintext(&self, xml: &str, cipher: Cipher) -> Vec<u8> {
        let values: Vec<_> = between(xml, "CipherValue>", "</").map(decoded).collect();
        let mut decrypter = openssl::encrypt::Decrypter::new(self.key.private()).unwrap();
        decrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
        decrypter.set_rsa_oaep_md(MessageDigest::sha1()).unwrap();
        let mut session_key = vec![0; 256];
        let length = decrypter.decrypt(&values[0], &mut session_key).unwrap();
        let (iv, ciphertext) = values[1].split_at(cipher.iv_len().unwrap());
        let mut crypter = Crypter::new(cipher, Mode::Decrypt, &session_key[..length], Some(iv)).unwrap();
        crypter.pad(false);
        let mut plaintext = vec![0; ciphertext.len() + 32];
        let mut length = crypter.update(ciphertext, &mut plaintext).unwrap();
        length += crypter.finalize(&mut plaintext[length..]).unwrap();
        plaintext.truncate(length);
        plaintext
    }
}

fn name_id(signed: &SignedAssertion) -> String {
    signed.assertion().name_id().unwrap().value.clone()
}

fn decoded(base64: &str) -> Vec<u8> {
    STANDARD.decode(base64).unwrap()
}

/// What stands between two marks, each time.
fn between<'x>(text: &'x str, start: &'x str, end: &'x str) -> impl Iterator<Item = &'x str> {
    text.split(start)
        .skip(1)
        .step_by(2)
        .filter_map(move |rest| rest.split_once(end).map(|(found, _)| found))
}

fn of(group: &'static str) -> impl Iterator<Item = &'static Fault> {
    FAULTS.iter().filter(move |fault| fault.case.group == group)
}

/// Where a case is about one of two signatures, the application has to make it.
fn needs_another_option(id: &str, option: &str) -> bool {
    match id {
        "enc-inner-bad-signature" => option != "response-and-assertion",
        "enc-inner-wrong-key" | "enc-ciphertext-swap" | "enc-nameid-unsigned-swap" => option != "assertion",
        _ => false,
    }
}

/// Which of the two layers refuses, or how it ends.
fn expected(id: &str) -> &'static str {
    match id {
        "enc-control-key-sibling" | "enc-oaep-params" => GENUINE,
        // Its own signature holds, and it answers a request of the victim's.
        "enc-ciphertext-swap" => VICTIM,
        "enc-cipherreference" | "enc-recipient-many-keys" => "unread: ",
        "enc-inner-bad-signature" | "enc-nameid-wrong-key" | "enc-nameid" | "enc-encrypted-attribute" => {
            "signature: "
        }
        _ => "",
    }
}

#[tokio::test]
async fn every_fault_of_the_encryption_acts_whatever_is_signed() {
    for data in ["aes256-cbc", "aes128-gcm"] {
        let rig = Rig::encrypting(data).await;
        for option in OPTIONS {
            rig.sign(option).await;
            for fault in of("enc") {
                let (told, sent) = (
                    format!("{} {option} {data}", fault.id),
                    rig.sent(json!({"id": fault.id})).await,
                );
                let is_of_another = fault.id.contains("-gcm-") != data.contains("gcm")
                    && (fault.id.contains("-gcm-") || fault.id.contains("-cbc-"));
                if needs_another_option(fault.id, option) || is_of_another {
                    assert!(sent.is_err(), "{told}");
                    continue;
                }
                let xml = sent.unwrap_or_else(|page| panic!("{told}: {page}"));
                let opened = rig.opened(&xml);
                let shown = opened.clone().unwrap_or_else(|refusal| refusal);
                assert!(shown.starts_with(expected(fault.id)), "{told}: {shown}");
                match fault.spec.outcome.unwrap() {
                    CaseOutcome::Refused if fault.id != "enc-ciphertext-swap" => {
                        assert!(opened.is_err(), "{told}");
                    }
                    CaseOutcome::Refused | CaseOutcome::SignedIn => {
                        assert!(opened.is_ok(), "{told}: {shown}")
                    }
                    _ => assert_ne!(shown, VICTIM, "{told}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_encrypted_otherwise_is_the_same_assertion() {
    let rig = Rig::encrypting("aes256-cbc").await;
    for form in ["zero", "long"] {
        let fault = json!({"id": "enc-cbc-bad-padding", "form": form});
        let xml = rig.sent(fault).await.unwrap();
        let mut plaintext = rig.plaintext(&xml, Cipher::aes_256_cbc());
        assert!(plaintext.starts_with(b"<Assertion ") && plaintext.len() % 16 == 0);
        let last = usize::from(*plaintext.last().unwrap());
        if form == "zero" {
            assert_eq!(last, 0);
            continue;
        }
        // Whoever believes the count is left with the assertion, whole.
        assert!((17..=32).contains(&last), "{last}");
        plaintext.truncate(plaintext.len() - last);
        assert!(plaintext.ends_with(b"</Assertion>"));
    }
    let nested = json!({"id": "enc-nested", "plaintext": "response"});
    let xml = rig.sent(nested).await.unwrap();
    let mut plaintext = rig.plaintext(&xml, Cipher::aes_256_cbc());
    let padding = usize::from(*plaintext.last().unwrap());
    plaintext.truncate(plaintext.len() - padding);
    let inner = UnverifiedResponse::parse(&plaintext, &Limits::default()).unwrap();
    assert!(inner.envelope().status.is_success() && inner.envelope().issuer.is_some());
    let signed = inner.without_signature_check().unwrap();
    assert_eq!(name_id(&signed), GENUINE);
    assert_eq!(
        signed.envelope().issuer.as_ref(),
        Some(&signed.assertion().issuer)
    );
    assert_eq!(signed.envelope().issue_instant, signed.assertion().issue_instant);
    let xml = rig.sent(json!({"id": "enc-3des"})).await.unwrap();
    assert!(xml.contains("xmlenc#tripledes-cbc"));
    let mut plaintext = rig.plaintext(&xml, Cipher::des_ede3_cbc());
    let padding = usize::from(*plaintext.last().unwrap());
    plaintext.truncate(plaintext.len() - padding);
    assert!(
        parse(&plaintext, &Limits::default())
            .unwrap()
            .root()
            .is(names::NS_ASSERTION, "Assertion")
    );
    for (fault, left) in [
        (json!({"id": "enc-cbc-bad-padding", "form": "iv-only"}), 16),
        (json!({"id": "enc-cbc-bad-padding", "form": "empty"}), 0),
    ] {
        let xml = rig.sent(fault).await.unwrap();
        assert_eq!(
            between(&xml, "CipherValue>", "</")
                .nth(1)
                .map(|value| decoded(value).len()),
            Some(left)
        );
    }
    let xml = rig
        .sent(json!({"id": "enc-recipient-many-keys", "count": "9"}))
        .await
        .unwrap();
    assert_eq!(xml.matches("<e:EncryptedKey ").count(), 9);
    let reference = json!({"id": "enc-cipherreference", "canary": "http://127.0.0.1:1/"});
    let xml = rig.sent(reference).await.unwrap();
    assert!(xml.contains("<xenc:CipherReference URI=\"http://127.0.0.1:1/\"/>"));
    let sibling = json!({"id": "enc-control-key-sibling", "pointer": "none"});
    let xml = rig.sent(sibling).await.unwrap();
    assert!(!xml.contains("RetrievalMethod") && rig.opened(&xml).as_deref() == Ok(GENUINE));
}

#[tokio::test]
async fn what_needs_an_encrypted_assertion_says_so() {
    let mock = Mock::contoso();
    for fault in of("enc") {
        let order = json!({"faults": [{"id": fault.id}]});
        mock.control("POST", "/faults", order).await;
        let app = mock.app("sipgate");
        let mut agent = mock.agent();
        let page = agent.get(&redirect(&app, &request(&app))).await;
        let page = agent.sign_in(page, "B.Simon").await;
        assert!(
            page.body.contains("the assertion is not encrypted"),
            "{}: {}",
            fault.id,
            page.body
        );
    }
}

#[tokio::test]
async fn the_form_is_what_the_fault_says() {
    let rig = Rig::encrypting("aes256-cbc").await;
    let acs = rig.mock.app("sipgate").reply_urls[0].clone();
    for (fault, shows) in [
        (json!({"id": "bind-get-acs"}), "<form method=\"GET\"".to_owned()),
        (
            json!({"id": "bind-acs-index"}),
            format!("action=\"{acs}-retired\""),
        ),
        (
            json!({"id": "bind-post-to-other-endpoint", "to": "http://127.0.0.1:1/slo"}),
            "action=\"http://127.0.0.1:1/slo\"".to_owned(),
        ),
        (
            json!({"id": "bind-content-type"}),
            "enctype=\"multipart/form-data\"".to_owned(),
        ),
        (
            json!({"id": "bind-content-type", "form": "text"}),
            "enctype=\"text/plain\"".to_owned(),
        ),
        (
            json!({"id": "bind-duplicate-field", "second": "query"}),
            format!("action=\"{acs}?SAMLResponse="),
        ),
        (
            json!({"id": "bind-relaystate-open-redirect"}),
            "name=\"RelayState\" value=\"https://evil.test/\"".to_owned(),
        ),
        (
            json!({"id": "bind-relaystate-loop"}),
            format!("name=\"RelayState\" value=\"{acs}\""),
        ),
        (json!({"id": "bind-simplesign"}), "name=\"SigAlg\"".to_owned()),
    ] {
        let page = rig.page(fault.clone()).await;
        assert!(page.body.contains(&shows), "{fault}: {}", page.body);
    }
    // Escaped, so that it is the service provider that is tried, and not this page.
    let page = rig.page(json!({"id": "bind-relaystate-xss"})).await;
    assert!(!page.body.contains("<script>alert"));
    assert!(
        page.delivered()
            .relay_state
            .unwrap()
            .contains("<script>alert(1)</script>")
    );
    let script = json!({"id": "bind-acs-index", "to": "javascript:alert(1)"});
    assert!(rig.sent(script).await.is_err());
}

/// saml-binding-simplesign 2.4.2: a `ds:KeyInfo` by itself.
#[tokio::test]
async fn the_key_beside_the_message_is_of_xml_signature() {
    let rig = Rig::encrypting("aes256-cbc").await;
    let fields = rig.page(json!({"id": "bind-simplesign"})).await.form().fields;
    let (_, value) = fields.iter().find(|(name, _)| name == "KeyInfo").unwrap();
    let read = parse(&decoded(value), &Limits::default()).unwrap();
    let data = read.root().child(names::NS_DSIG, "X509Data").unwrap();
    let certificate = data.child(names::NS_DSIG, "X509Certificate").unwrap();
    assert!(read.root().is(names::NS_DSIG, "KeyInfo"));
    assert!(!decoded(&certificate.text().unwrap()).is_empty());
}

#[tokio::test]
async fn the_message_is_spelled_as_the_fault_says() {
    let rig = Rig::encrypting("aes256-cbc").await;
    let field = async |fault: Value| -> Vec<String> {
        let fields = rig.page(fault).await.form().fields;
        let messages = fields.into_iter().filter(|(name, _)| name == "SAMLResponse");
        messages.map(|(_, value)| value).collect()
    };
    for form in ["illegal", "unpadded", "url-safe", "twice"] {
        let value = field(json!({"id": "bind-bad-base64", "form": form}))
            .await
            .remove(0);
        let read = STANDARD.decode(&value);
        let is_bad = match form {
            "twice" => read.is_ok_and(|once| STANDARD.decode(once).is_ok()),
            _ => read.is_err(),
        };
        assert!(is_bad, "{form}");
    }
    let noise = field(json!({"id": "bind-base64-noise"})).await.remove(0);
    assert!(noise.lines().count() > 10 && noise.lines().all(|line| line.len() <= 79));
    let packed: String = noise.split_ascii_whitespace().collect();
    assert_eq!(
        rig.opened(&String::from_utf8(decoded(&packed)).unwrap())
            .as_deref(),
        Ok(GENUINE)
    );
    assert!(field(json!({"id": "bind-base64-xml-plain"})).await[0].starts_with("<samlp:Response "));
    assert_eq!(field(json!({"id": "bind-missing-field"})).await.len(), 0);
    assert_eq!(
        field(json!({"id": "bind-missing-field", "form": "empty"})).await,
        [""]
    );
    for (genuine, forged) in [("first", 1), ("last", 0)] {
        let both = field(json!({"id": "bind-duplicate-field", "genuine": genuine})).await;
        let reads = |value: &String| String::from_utf8(decoded(value)).unwrap();
        assert!(reads(&both[forged]).contains(VICTIM));
        assert_eq!(rig.opened(&reads(&both[1 - forged])).as_deref(), Ok(GENUINE));
    }
}
