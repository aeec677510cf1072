//! `xmlsec1` and the JDK open what we encrypt, and we open what `xmlsec1` encrypts.

use control_api::tenant::{DataEncryptionWord, KeyTransportWord, SigningOptionWord};
use entrant_tests::{
    jdk_decrypts,
    xmllint::{Schema, Xmllint},
    xmlsec1::Xmlsec1,
};
use openssl::base64;
use saml_accept::{
    decryption::{Cbc, DecryptionError, DecryptionKeys, DecryptionPolicy, Rsa15},
    response::{EncryptedResponseError, SignedAssertion, UnverifiedResponse},
    signature::{Sha1, SignatureError, TrustedKeys},
    xml::Limits,
};
use saml_emit::{Encryption, Randomness};
use saml_model::{DataEncryption, KeyTransport, Response, SignatureAlgorithm, SigningOption};

use crate::{
    identity::{Identity, RSA_2048, RSA_4096, STRANGER},
    issuing::Issuer,
    message,
};

/// Every URI that [`TEMPLATE`] asks `xmlsec1` for, spelt out here once more: it knows no other spelling.
pub(crate) const OBEYED: &[&str] = &[
    "http://www.w3.org/2001/04/xmlenc#Element",
    "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
    "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2001/04/xmlenc#rsa-1_5",
    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
];

/// How `xmlsec1` is asked to encrypt; `[…]` is filled in.
const TEMPLATE: &str = r#"<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Id="_data" Type="http://www.w3.org/2001/04/xmlenc#Element">
  <xenc:EncryptionMethod Algorithm="[data]"/>
  <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
    <xenc:EncryptedKey Recipient="https://sp.example/metadata">
      <xenc:EncryptionMethod Algorithm="[key]"/>
      <ds:KeyInfo><ds:KeyName>sp</ds:KeyName></ds:KeyInfo>
      <xenc:CipherData><xenc:CipherValue/></xenc:CipherData>
      <xenc:ReferenceList><xenc:DataReference URI="_data_"/></xenc:ReferenceList>
    </xenc:EncryptedKey>
  </ds:KeyInfo>
  <xenc:CipherData><xenc:CipherValue/></xenc:CipherData>
</xenc:EncryptedData>"#;

const OPTIONS: [SigningOption; 3] = [
    SigningOption::Assertion,
    SigningOption::Response,
    SigningOption::ResponseAndAssertion,
];

/// Every pair of algorithms.
fn pairs() -> impl Iterator<Item = (DataEncryption, KeyTransport)> {
    let transports = |data| KeyTransport::ALL.map(|transport| (data, transport));
    DataEncryption::ALL.into_iter().flat_map(transports)
}

fn emit(response: &Response, option: SigningOption, data: DataEncryption, key: KeyTransport) -> String {
    let encryption = Encryption {
        data,
        key_transport: key,
        certificate_der: RSA_4096.certificate.der(),
        randomness: &Randomness {
            session_key: *b"conformance, never to be reused.",
            iv: *b"nor this, please",
        },
    };
    let signing = RSA_2048.signing(SignatureAlgorithm::RsaSha256);
    saml_emit::encrypted_response(response, option, Some(&signing), &encryption).unwrap()
}

fn open(xml: &str, by: &Identity) -> Result<SignedAssertion, EncryptedResponseError> {
    let policy = DecryptionPolicy {
        cbc: Cbc::Allowed,
        rsa_1_5: Rsa15::Allowed,
        recipient: Some("https://sp.example/metadata".to_owned()),
    };
    let keys = DecryptionKeys::new([by.key.private()], policy).unwrap();
    let trust = TrustedKeys::from_certificates([RSA_2048.certificate.der()], Sha1::Refused).unwrap();
    UnverifiedResponse::parse(xml.as_bytes(), &Limits::default())
        .map_err(SignatureError::Malformed)?
        .decrypt_and_verify(&keys, &trust)
}

fn private_pem(identity: &Identity) -> Vec<u8> {
    identity.key.private().private_key_to_pem_pkcs8().unwrap()
}

/// What `xmlsec1` decrypts has the signature that it had before, over the same bytes.
#[test]
fn xmlsec1_opens_what_we_encrypt_and_verifies_what_is_inside() {
    let Some(xmlsec1) = Xmlsec1::find() else { return };
    let signer = RSA_2048.certificate.pem();
    let known = |(_, key): &(DataEncryption, KeyTransport)| *key != KeyTransport::RsaOaepSha256;
    let response = message::awkward();
    for (data, key) in pairs().filter(known) {
        for option in OPTIONS {
            let xml = emit(&response, option, data, key);
            if option.signs_response() {
                xmlsec1.verify(&xml, "Response", &signer).unwrap();
            }
            let opened = xmlsec1.decrypt(&xml, &private_pem(&RSA_4096)).unwrap();
            assert!(opened.contains("<EncryptedAssertion ") && !opened.contains("EncryptedData"));
            if option.signs_assertion() {
                let signing = RSA_2048.signing(SignatureAlgorithm::RsaSha256);
                let plain = saml_emit::response(&response, option, Some(&signing)).unwrap();
                assert_eq!(
                    xmlsec1.verify(&opened, "Assertion", &signer).unwrap(),
                    xmlsec1.verify(&plain, "Assertion", &signer).unwrap(),
                    "{data:?}, {key:?}"
                );
            }
            assert!(xmlsec1.decrypt(&xml, &private_pem(&STRANGER)).is_err());
        }
    }
}

/// The plaintext is the wire form of the assertion to the byte.
#[test]
fn the_jdk_opens_what_we_encrypt() {
    let response = message::awkward();
    let option = SigningOption::Assertion;
    let signing = RSA_2048.signing(SignatureAlgorithm::RsaSha256);
    let plain = saml_emit::response(&response, option, Some(&signing)).unwrap();
    let assertion = &plain[plain.find("<Assertion ").unwrap()..plain.find("</samlp:Response>").unwrap()];
    let messages: Vec<_> = pairs()
        .map(|(data, key)| emit(&response, option, data, key))
        .collect();
    let private = |identity: &Identity| identity.key.private().private_key_to_pkcs8().unwrap();
    let (ours, foreign) = (private(&RSA_4096), private(&STRANGER));
    let mut questions: Vec<_> = messages
        .iter()
        .map(|xml| (xml.as_str(), ours.as_slice()))
        .collect();
    questions.push((&messages[0], &foreign));
    let Some(mut answers) = jdk_decrypts(&questions) else {
        return;
    };
    assert!(answers.pop().unwrap().is_err());
    for (answer, pair) in answers.into_iter().zip(pairs()) {
        let plaintext =
            base64::decode_block(&answer.unwrap_or_else(|why| panic!("{pair:?}: {why}"))).unwrap();
        assert_eq!(String::from_utf8(plaintext).unwrap(), assertion, "{pair:?}");
    }
}

#[test]
fn the_schemas_validate_what_we_encrypt() {
    let Some(xmllint) = Xmllint::find() else { return };
    let mut messages = Vec::new();
    for (data, key) in pairs() {
        for option in OPTIONS {
            let xml = emit(&message::awkward(), option, data, key);
            messages.push((format!("{data:?}, {key:?}, {option:?}"), without_mgf(&xml, key)));
        }
    }
    let documents = messages.iter().map(|(name, xml)| (name.as_str(), xml.as_str()));
    let invalid = xmllint.invalid(Schema::Protocol, documents);
    assert!(invalid.is_empty(), "{invalid:#?}");
    // The schemas do judge what is inside of an EncryptedAssertion.
    let wrong = messages[0].1.replace("CipherValue", "CipherValues");
    assert_eq!(
        xmllint
            .invalid(Schema::Protocol, [("wrong", wrong.as_str())])
            .len(),
        1
    );
}

/// The schemas of SAML know XML Encryption 1.0 only and want to know every element.
fn without_mgf(xml: &str, key: KeyTransport) -> String {
    let Some((before, after)) = xml.split_once("<xenc11:MGF ") else {
        assert_ne!(key, KeyTransport::RsaOaepSha256);
        return xml.to_owned();
    };
    format!("{before}{}", after.split_once("/>").unwrap().1)
}

#[test]
fn what_xmlsec1_encrypts_is_opened() {
    let Some(xmlsec1) = Xmlsec1::find() else { return };
    let signing = RSA_2048.signing(SignatureAlgorithm::RsaSha256);
    let plain = saml_emit::response(&message::success(), SigningOption::Assertion, Some(&signing)).unwrap();
    let plain = plain
        .replace(
            "<Assertion ",
            "<EncryptedAssertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><Assertion ",
        )
        .replace("</Assertion>", "</Assertion></EncryptedAssertion>");
    for data in &OBEYED[1..5] {
        for key in &OBEYED[5..] {
            let session_key = if data.contains("128") {
                "aes-128"
            } else {
                "aes-256"
            };
            let template = TEMPLATE
                .replace("[data]", data)
                .replace("[key]", key)
                .replace("_data_", "#_data");
            let xml = xmlsec1
                .encrypt(&plain, &template, session_key, &RSA_4096.certificate.pem())
                .unwrap();
            assert!(!xml.contains("B.Simon"), "{xml}");
            let opened =
                open(&xml, &RSA_4096).unwrap_or_else(|error| panic!("{data}, {key}: {error}\n{xml}"));
            assert!(opened.was_encrypted() && opened.assertion_is_signed());
            assert_eq!(Some(opened.into_assertion()), message::success().assertion);
            let refused = open(&xml, &STRANGER);
            assert!(matches!(
                refused,
                Err(EncryptedResponseError::Decryption(
                    DecryptionError::Undecipherable
                ))
            ));
        }
    }
}

#[test]
fn what_we_encrypt_is_opened_and_says_what_was_put_in() {
    for response in [
        message::success(),
        message::awkward(),
        message::xml_1_1_line_ends(),
    ] {
        for (data, key) in pairs() {
            for option in OPTIONS {
                let xml = emit(&response, option, data, key);
                let opened =
                    open(&xml, &RSA_4096).unwrap_or_else(|error| panic!("{data:?}, {key:?}: {error}"));
                assert_eq!(opened.response_is_signed(), option.signs_response());
                assert_eq!(opened.assertion_is_signed(), option.signs_assertion());
                assert_eq!(Some(opened.into_assertion()), response.assertion);
            }
        }
    }
}

const SIGNING_OPTIONS: [SigningOptionWord; 3] = [
    SigningOptionWord::Assertion,
    SigningOptionWord::Response,
    SigningOptionWord::ResponseAndAssertion,
];

/// The words of a tenant file, all of them; `xmlsec1` does not know the last transport (see [`OBEYED`]).
fn words() -> impl Iterator<Item = (DataEncryptionWord, KeyTransportWord)> {
    use DataEncryptionWord::{Aes128Cbc, Aes128Gcm, Aes256Cbc, Aes256Gcm};
    use KeyTransportWord::{Rsa15, RsaOaepMgf1p, RsaOaepSha256};
    let transports = |data| [Rsa15, RsaOaepMgf1p, RsaOaepSha256].map(|transport| (data, transport));
    [Aes128Cbc, Aes128Gcm, Aes256Cbc, Aes256Gcm]
        .into_iter()
        .flat_map(transports)
}

/// The mock's own responses: the signature of the response holds over the encrypted form, the assertion's over what comes
/// out (entra-behaviour.md 3.7).
#[test]
fn xmlsec1_opens_what_the_mock_sends() {
    let Some(xmlsec1) = Xmlsec1::find() else { return };
    let issuer = Issuer::new();
    let signer = issuer.certificate.pem();
    let known = |(_, key): &(DataEncryptionWord, KeyTransportWord)| *key != KeyTransportWord::RsaOaepSha256;
    for (data, key) in words().filter(known) {
        for option in SIGNING_OPTIONS {
            let case = format!("{data:?}, {key:?}, {option:?}");
            let xml = issuer.encrypted(option, data, key, &RSA_4096.certificate);
            if option != SigningOptionWord::Assertion {
                xmlsec1.verify(&xml, "Response", &signer).unwrap();
            }
            assert!(!xml.contains("<Assertion "), "{case}: {xml}");
            let opened = xmlsec1.decrypt(&xml, &private_pem(&RSA_4096)).unwrap();
            assert!(
                opened.contains(">b.simon@contoso.com</NameID>"),
                "{case}: {opened}"
            );
            if option == SigningOptionWord::Response {
                assert!(xmlsec1.verify(&opened, "Assertion", &signer).is_err(), "{case}");
            } else {
                xmlsec1.verify(&opened, "Assertion", &signer).unwrap();
            }
        }
    }
}

/// All algorithms, also the one that `xmlsec1` does not know.
#[test]
fn the_jdk_opens_what_the_mock_sends() {
    let issuer = Issuer::new();
    let mut messages = Vec::new();
    for (data, key) in words() {
        for option in SIGNING_OPTIONS {
            messages.push(issuer.encrypted(option, data, key, &RSA_4096.certificate));
        }
    }
    let private = RSA_4096.key.private().private_key_to_pkcs8().unwrap();
    let questions: Vec<_> = messages
        .iter()
        .map(|xml| (xml.as_str(), private.as_slice()))
        .collect();
    let Some(answers) = jdk_decrypts(&questions) else {
        return;
    };
    assert_eq!(answers.len(), messages.len());
    for (answer, xml) in answers.into_iter().zip(&messages) {
        let plaintext = base64::decode_block(&answer.unwrap_or_else(|why| panic!("{why}: {xml}"))).unwrap();
        let plaintext = String::from_utf8(plaintext).unwrap();
        assert!(
            plaintext.starts_with("<Assertion ") && plaintext.contains(">b.simon@contoso.com</NameID>"),
            "{plaintext}"
        );
    }
}
