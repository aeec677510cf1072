//! The encrypted form is the one printed in entra-behaviour.md 3.7; OpenSSL itself opens it. `tests/conformance` has
//! `xmlsec1` open it too.

#![allow(clippy::unwrap_used, reason = "helpers of tests, as in tests")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{
    asn1::Asn1Time,
    bn::BigNum,
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    rsa::{Padding, Rsa},
    symm::{Cipher, decrypt, decrypt_aead},
    x509::{X509, X509NameBuilder},
};
use saml_emit::{EmitError, Encryption, Randomness};
use saml_model::{Assertion, DataEncryption, KeyTransport, Response, SigningOption, Status, Timestamp};

const RANDOMNESS: Randomness = Randomness {
    session_key: *b"0123456789abcdef0123456789ABCDEF",
    iv: *b"fedcba9876543210",
};

#[test]
fn an_encrypted_assertion_is_section_3_7() {
    let (key, der) = rsa();
    for (data, data_uri, transport, method) in [
        (
            DataEncryption::Aes256Cbc,
            "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
            KeyTransport::RsaOaepMgf1p,
            r#"<e:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"><DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/></e:EncryptionMethod>"#,
        ),
        (
            DataEncryption::Aes128Cbc,
            "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
            KeyTransport::Rsa15,
            r#"<e:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-1_5"/>"#,
        ),
        (
            DataEncryption::Aes256Gcm,
            "http://www.w3.org/2009/xmlenc11#aes256-gcm",
            KeyTransport::RsaOaepSha256,
            r#"<e:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#rsa-oaep"><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><xenc11:MGF Algorithm="http://www.w3.org/2009/xmlenc11#mgf1sha256" xmlns:xenc11="http://www.w3.org/2009/xmlenc11#"/></e:EncryptionMethod>"#,
        ),
        (
            DataEncryption::Aes128Gcm,
            "http://www.w3.org/2009/xmlenc11#aes128-gcm",
            KeyTransport::RsaOaepMgf1p,
            r#"<e:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"><DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/></e:EncryptionMethod>"#,
        ),
    ] {
        let xml = emit(&der, data, transport).unwrap();
        let values: Vec<_> = xml
            .split("CipherValue>")
            .skip(1)
            .step_by(2)
            .map(|value| value.split_once("</").unwrap().0)
            .collect();
        let [wrapped, ciphertext] = values[..] else {
            panic!("{xml}")
        };
        let expected = format!(
            r#"<EncryptedAssertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><xenc:EncryptedData Type="http://www.w3.org/2001/04/xmlenc#Element" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"><xenc:EncryptionMethod Algorithm="{data_uri}"/><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><e:EncryptedKey xmlns:e="http://www.w3.org/2001/04/xmlenc#">{method}<KeyInfo><ds:X509Data xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509IssuerSerial><ds:X509IssuerName>CN=sp.example, O=Contoso</ds:X509IssuerName><ds:X509SerialNumber>340282366920938463463374607431768211455</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data></KeyInfo><e:CipherData><e:CipherValue>{wrapped}</e:CipherValue></e:CipherData></e:EncryptedKey></KeyInfo><xenc:CipherData><xenc:CipherValue>{ciphertext}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></EncryptedAssertion></samlp:Response>"#
        );
        assert_eq!(xml.split_once("</samlp:Status>").unwrap().1, expected);

        let session_key = &RANDOMNESS.session_key[..data_key_length(data)];
        if transport != KeyTransport::RsaOaepSha256 {
            let padding = match transport {
                KeyTransport::Rsa15 => Padding::PKCS1,
                _ => Padding::PKCS1_OAEP,
            };
            let mut unwrapped = [0; 256];
            let wrapped = STANDARD.decode(wrapped).unwrap();
            let length = key
                .rsa()
                .unwrap()
                .private_decrypt(&wrapped, &mut unwrapped, padding)
                .unwrap();
            assert_eq!(&unwrapped[..length], session_key);
        }
        assert_eq!(
            open(data, session_key, &STANDARD.decode(ciphertext).unwrap()),
            plain()
        );
    }
}

#[test]
fn a_response_without_an_assertion_has_nothing_to_encrypt() {
    let (_, der) = rsa();
    let failure = Response {
        assertion: None,
        ..response()
    };
    let encryption = encryption(&der, DataEncryption::Aes256Cbc, KeyTransport::RsaOaepMgf1p);
    assert_eq!(
        saml_emit::encrypted_response(&failure, SigningOption::Assertion, None, &encryption).unwrap(),
        saml_emit::response(&failure, SigningOption::Assertion, None).unwrap()
    );
}

/// What is encrypted can be had, changed and encrypted by itself, in the same form.
#[test]
fn the_plaintext_is_the_assertion_by_itself() {
    let (_, der) = rsa();
    let option = SigningOption::Assertion;
    let plaintext = saml_emit::signed_assertion(&response(), option, None)
        .unwrap()
        .unwrap();
    assert_eq!(plaintext.as_bytes(), plain());
    let encryption = encryption(&der, DataEncryption::Aes256Cbc, KeyTransport::RsaOaepMgf1p);
    let alone = saml_emit::encrypted_assertion("anything & <all>", &encryption).unwrap();
    let data = alone.rsplit_once("<xenc:CipherValue>").unwrap().1;
    let octets = STANDARD.decode(data.split_once("</").unwrap().0).unwrap();
    let opened = open(DataEncryption::Aes256Cbc, &RANDOMNESS.session_key, &octets);
    assert_eq!(opened, b"anything & <all>");
    let xml = emit(&der, DataEncryption::Aes256Cbc, KeyTransport::RsaOaepMgf1p).unwrap();
    let start = |text: &str| text.split("<e:CipherValue>").next().unwrap().to_owned();
    assert_eq!(start(&alone), start(xml.split_once("</samlp:Status>").unwrap().1));
    let failure = Response {
        assertion: None,
        ..response()
    };
    assert_eq!(saml_emit::signed_assertion(&failure, option, None).unwrap(), None);
}

#[test]
fn only_a_certificate_with_an_rsa_key_will_do() {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    for der in [certificate(&key), b"no certificate".to_vec(), Vec::new()] {
        let refused = emit(&der, DataEncryption::Aes256Cbc, KeyTransport::RsaOaepMgf1p);
        assert!(matches!(refused, Err(EmitError::EncryptionCertificate)));
    }
}

fn emit(der: &[u8], data: DataEncryption, key_transport: KeyTransport) -> Result<String, EmitError> {
    let encryption = encryption(der, data, key_transport);
    saml_emit::encrypted_response(&response(), SigningOption::Assertion, None, &encryption)
}

fn encryption(certificate_der: &[u8], data: DataEncryption, key_transport: KeyTransport) -> Encryption<'_> {
    Encryption {
        data,
        key_transport,
        certificate_der,
        randomness: &RANDOMNESS,
    }
}

/// The assertion as the response without encryption has it.
fn plain() -> Vec<u8> {
    let xml = saml_emit::response(&response(), SigningOption::Assertion, None).unwrap();
    let (_, assertion) = xml.split_once("</samlp:Status>").unwrap();
    assertion.strip_suffix("</samlp:Response>").unwrap().into()
}

fn data_key_length(data: DataEncryption) -> usize {
    match data {
        DataEncryption::Aes128Cbc | DataEncryption::Aes128Gcm => 16,
        DataEncryption::Aes256Cbc | DataEncryption::Aes256Gcm => 32,
    }
}

fn open(data: DataEncryption, key: &[u8], octets: &[u8]) -> Vec<u8> {
    let cbc = |cipher| {
        assert_eq!(octets[..16], RANDOMNESS.iv);
        decrypt(cipher, key, Some(&octets[..16]), &octets[16..]).unwrap()
    };
    let gcm = |cipher| {
        assert_eq!(octets[..12], RANDOMNESS.iv[..12]);
        let (ciphertext, tag) = octets[12..].split_at(octets.len() - 28);
        decrypt_aead(cipher, key, Some(&octets[..12]), &[], ciphertext, tag).unwrap()
    };
    match data {
        DataEncryption::Aes128Cbc => cbc(Cipher::aes_128_cbc()),
        DataEncryption::Aes256Cbc => cbc(Cipher::aes_256_cbc()),
        DataEncryption::Aes128Gcm => gcm(Cipher::aes_128_gcm()),
        DataEncryption::Aes256Gcm => gcm(Cipher::aes_256_gcm()),
    }
}

fn rsa() -> (PKey<Private>, Vec<u8>) {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let der = certificate(&key);
    (key, der)
}

fn certificate(key: &PKey<Private>) -> Vec<u8> {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("O", "Contoso").unwrap();
    name.append_entry_by_text("CN", "sp.example").unwrap();
    let mut builder = X509::builder().unwrap();
    builder.set_issuer_name(&name.build()).unwrap();
    let serial = BigNum::from_slice(&[0xFF; 16]).unwrap();
    builder
        .set_serial_number(&serial.to_asn1_integer().unwrap())
        .unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(1).unwrap()).unwrap();
    builder.sign(key, MessageDigest::sha256()).unwrap();
    builder.build().to_der().unwrap()
}

fn response() -> Response {
    let instant: Timestamp = "2022-02-23T17:49:18.872Z".parse().unwrap();
    Response {
        id: "_r".to_owned(),
        version: "2.0".to_owned(),
        issue_instant: instant,
        destination: None,
        in_response_to: None,
        issuer: None,
        status: Status::success(),
        assertion: Some(Assertion {
            id: "_a".to_owned(),
            version: "2.0".to_owned(),
            issue_instant: instant,
            issuer: "https://sts.windows.net/{tid}/ <ß>".to_owned(),
            subject: None,
            conditions: None,
            attributes: Vec::new(),
            authn_statements: Vec::new(),
        }),
    }
}
