//! The messages that come to an identity provider: which is which, what is in them, and who signed an AuthnRequest.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::MessageDigest;
use proptest::prelude::*;
use saml_accept::request::{
    EnvelopedLogout, EnvelopedSignature, Message, RequestError, SignedRequestError, authn_request,
    logout_request, logout_response, message,
};
use saml_accept::signature::{Sha1, SignatureError};
use saml_accept::xml::Limits;
use saml_model::{LogoutRequest, LogoutResponse, NameId, Status, names};

use support::{DSIG, Key, ON_RESPONSE, cut, sign, sign_as, trust};

static KEY: LazyLock<Key> = LazyLock::new(Key::rsa);

const LIMITS: Limits = Limits {
    bytes: 64 * 1024,
    depth: 64,
    nodes: 1000,
    attributes: 64,
};

/// As the documentation of Entra prints one: a default namespace that is nobody's, no prefix on the assertion's names.
const LOGOUT_REQUEST: &str = r#"<samlp:LogoutRequest xmlns="urn:oasis:names:tc:SAML:2.0:metadata" ID="idaa6e" Version="2.0" IssueInstant="2013-03-28T07:10:49.6004822Z" Destination="https://idp/saml2" NotOnOrAfter="2013-03-28T07:15:49Z" Reason="urn:oasis:names:tc:SAML:2.0:logout:user" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">
<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://sp</Issuer>
<NameID xmlns="urn:oasis:names:tc:SAML:2.0:assertion" Format="urn:f" SPNameQualifier="q"> Uz2P=</NameID>
<samlp:SessionIndex>_s</samlp:SessionIndex>
<samlp:SessionIndex>_t</samlp:SessionIndex>
</samlp:LogoutRequest>"#;

const LOGOUT_RESPONSE: &str = r#"<samlp:LogoutResponse ID="_f096" Version="2.0" IssueInstant="2013-03-18T08:49:24.405Z" Destination="https://sp/slo" InResponseTo="iddce9" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">
<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://idp/</Issuer>
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:PartialLogout"/></samlp:StatusCode><samlp:StatusMessage>half</samlp:StatusMessage></samlp:Status>
</samlp:LogoutResponse>"#;

fn read(sound: &str, from: &str, to: &str) -> Result<Message, RequestError> {
    assert!(sound.contains(from), "{from}");
    message(sound.replacen(from, to, 1).as_bytes(), &LIMITS)
}

#[test]
fn logout_messages_are_read_whole() {
    let request = LogoutRequest {
        id: "idaa6e".to_owned(),
        version: "2.0".to_owned(),
        issue_instant: "2013-03-28T07:10:49.6004822Z".parse().unwrap(),
        destination: Some("https://idp/saml2".to_owned()),
        not_on_or_after: Some("2013-03-28T07:15:49Z".parse().unwrap()),
        reason: Some("urn:oasis:names:tc:SAML:2.0:logout:user".to_owned()),
        issuer: Some("https://sp".to_owned()),
        name_id: Some(NameId {
            format: Some("urn:f".to_owned()),
            name_qualifier: None,
            sp_name_qualifier: Some("q".to_owned()),
            value: " Uz2P=".to_owned(),
        }),
        session_indexes: vec!["_s".to_owned(), "_t".to_owned()],
    };
    assert_eq!(
        logout_request(LOGOUT_REQUEST.as_bytes(), &LIMITS),
        Ok(request.clone())
    );
    assert_eq!(read(LOGOUT_REQUEST, "", ""), Ok(Message::LogoutRequest(request)));
    let response = LogoutResponse {
        id: "_f096".to_owned(),
        version: "2.0".to_owned(),
        issue_instant: "2013-03-18T08:49:24.405Z".parse().unwrap(),
        destination: Some("https://sp/slo".to_owned()),
        in_response_to: Some("iddce9".to_owned()),
        issuer: Some("https://idp/".to_owned()),
        status: Status {
            code: names::STATUS_RESPONDER.to_owned(),
            sub_code: Some(names::STATUS_PARTIAL_LOGOUT.to_owned()),
            message: Some("half".to_owned()),
        },
    };
    assert_eq!(
        logout_response(LOGOUT_RESPONSE.as_bytes(), &LIMITS),
        Ok(response.clone())
    );
    assert_eq!(
        read(LOGOUT_RESPONSE, "", ""),
        Ok(Message::LogoutResponse(response))
    );
}

/// Entra has a message of its own for a request about nobody (AADSTS7500530), so reading it is no error.
#[test]
fn a_request_about_nobody_is_read() {
    let start = LOGOUT_REQUEST.find("<NameID").unwrap();
    let end = LOGOUT_REQUEST.find("</NameID>").unwrap() + "</NameID>".len();
    let name_id = &LOGOUT_REQUEST[start..end];
    let saml = r#"xmlns="urn:oasis:names:tc:SAML:2.0:assertion""#;
    for instead in [
        String::new(),
        format!("<BaseID {saml}/>"),
        format!("<EncryptedID {saml}><x/></EncryptedID>"),
    ] {
        match read(LOGOUT_REQUEST, name_id, &instead) {
            Ok(Message::LogoutRequest(request)) => assert_eq!(request.name_id, None),
            other => panic!("{other:?}"),
        }
    }
    match read(LOGOUT_REQUEST, " Uz2P=</NameID>", "</NameID>") {
        Ok(Message::LogoutRequest(request)) => assert_eq!(request.name_id.unwrap().value, ""),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_fault_of_a_logout_message_has_its_error() {
    let text = |result: Result<Message, RequestError>| result.unwrap_err().to_string();
    for (sound, from, to, expected) in [
        (
            LOGOUT_REQUEST,
            "\"idaa6e\"",
            "\"1\"",
            "the ID `1` is not an xs:ID",
        ),
        (
            LOGOUT_REQUEST,
            "Version=\"2.0\"",
            "Version=\"1.1\"",
            "the message has version `1.1`, not 2.0",
        ),
        (
            LOGOUT_REQUEST,
            "IssueInstant=",
            "x=",
            "the message lacks the attribute IssueInstant",
        ),
        (
            LOGOUT_RESPONSE,
            " ID=",
            " Id=",
            "the message lacks the attribute ID",
        ),
        (
            LOGOUT_REQUEST,
            "2013-03-28T07:15:49Z",
            "soon",
            "line 1, column 1: NotOnOrAfter has the value `soon`, which is not an xs:dateTime with a time zone",
        ),
        (
            LOGOUT_REQUEST,
            "SPNameQualifier",
            "Qualifier",
            "line 3, column 1: NameID has an attribute Qualifier, which is not part of it",
        ),
        (
            LOGOUT_REQUEST,
            "<samlp:SessionIndex>_s",
            "<SessionIndex/><samlp:SessionIndex>_s",
            "line 4, column 1: SessionIndex is not expected here in LogoutRequest",
        ),
        (
            LOGOUT_REQUEST,
            "_s<",
            "_<!---->s<",
            "line 4, column 1: the text of SessionIndex is broken up by a comment",
        ),
        (
            LOGOUT_RESPONSE,
            "<samlp:Status>",
            "<samlp:Status><samlp:StatusCode Value=\"a\"/></samlp:Status><samlp:Status>",
            "line 3, column 59: LogoutResponse has a second Status",
        ),
        (
            LOGOUT_RESPONSE,
            "samlp:Status>",
            "samlp:State>",
            "line 1, column 1: LogoutResponse lacks a Status",
        ),
    ] {
        let changed = sound.replace(from, to);
        assert_ne!(changed, sound, "{from}");
        assert_eq!(text(message(changed.as_bytes(), &LIMITS)), expected);
    }
}

#[test]
fn each_message_is_itself_and_no_other() {
    let unexpected = |result: Result<(), RequestError>| match result {
        Err(RequestError::NotExpected { expected, .. }) => expected,
        other => panic!("{other:?}"),
    };
    let (logout, answer, sign_on) = (
        LOGOUT_REQUEST.as_bytes(),
        LOGOUT_RESPONSE.as_bytes(),
        unsigned().replace(ON_RESPONSE, ""),
    );
    assert!(matches!(
        message(sign_on.as_bytes(), &LIMITS),
        Ok(Message::AuthnRequest(_))
    ));
    for xml in [logout, answer] {
        assert_eq!(
            unexpected(authn_request(xml, &LIMITS).map(drop)),
            "samlp:AuthnRequest"
        );
        assert_eq!(
            unexpected(EnvelopedSignature::find(xml, &LIMITS).map(drop)),
            "samlp:AuthnRequest"
        );
    }
    for xml in [answer, sign_on.as_bytes()] {
        assert_eq!(
            unexpected(logout_request(xml, &LIMITS).map(drop)),
            "samlp:LogoutRequest"
        );
    }
    for xml in [logout, sign_on.as_bytes()] {
        assert_eq!(
            unexpected(logout_response(xml, &LIMITS).map(drop)),
            "samlp:LogoutResponse"
        );
    }
    for (from, to) in [
        ("SAML:2.0:protocol", "SAML:1.0:protocol"),
        ("samlp:LogoutRe", "samlp:Re"),
    ] {
        let changed = LOGOUT_REQUEST.replace(from, to);
        let error = unexpected(message(changed.as_bytes(), &LIMITS).map(drop));
        assert_eq!(error, "a request or a logout response of SAML 2.0");
    }
}

/// An AuthnRequest that can be signed.
fn unsigned() -> String {
    format!(
        r#"<samlp:AuthnRequest ID="_q" Version="2.0" IssueInstant="2026-01-02T03:04:05Z" AssertionConsumerServiceURL="https://sp/acs" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">https://sp</saml:Issuer>{ON_RESPONSE}<samlp:NameIDPolicy AllowCreate="true"/></samlp:AuthnRequest>"#
    )
}

fn find(xml: &str) -> EnvelopedSignature {
    EnvelopedSignature::find(xml.as_bytes(), &LIMITS)
        .unwrap()
        .unwrap()
}

fn with_key_info(signed: &str, inside: &str) -> String {
    signed.replace(
        "</Signature>",
        &format!("<KeyInfo>{inside}</KeyInfo></Signature>"),
    )
}

#[test]
fn a_signed_request_is_the_one_that_was_signed() {
    let other = Key::rsa();
    let signed = sign(&unsigned(), ON_RESPONSE, "_q", &KEY);
    let verified = find(&signed)
        .verify(&trust(&[&other, &KEY], Sha1::Refused))
        .unwrap();
    assert_eq!(
        verified.request,
        authn_request(signed.as_bytes(), &LIMITS).unwrap()
    );
    assert_eq!(verified.request.acs_url.as_deref(), Some("https://sp/acs"));
    let signer = verified.signer;
    assert_eq!(
        (signer.algorithm, signer.digest, signer.key_index),
        (names::SIG_RSA_SHA256, names::DIGEST_SHA256, 1)
    );

    let refused = |xml: &str, keys| match find(xml).verify(&keys) {
        Err(SignedRequestError::Signature(error)) => error,
        other => panic!("{other:?}"),
    };
    let changed = signed.replace("https://sp/acs", "https://ev/acs");
    assert!(matches!(
        refused(&changed, KEY.trusted()),
        SignatureError::DigestMismatch
    ));
    assert!(matches!(
        refused(&signed, other.trusted()),
        SignatureError::SignatureMismatch
    ));
    let sha_1 = sign_as(
        &unsigned(),
        ON_RESPONSE,
        "_q",
        &KEY,
        MessageDigest::sha1(),
        |info| info.replace(names::SIG_RSA_SHA256, names::SIG_RSA_SHA1),
    );
    assert!(matches!(
        refused(&sha_1, KEY.trusted()),
        SignatureError::Sha1Refused { .. }
    ));
    assert!(find(&sha_1).verify(&trust(&[&KEY], Sha1::Allowed)).is_ok());
}

/// What the sender says about the key is read and never believed.
#[test]
fn the_certificate_a_signature_names_can_be_learnt() {
    let other = Key::rsa();
    let signed = sign(&unsigned(), ON_RESPONSE, "_q", &KEY);
    assert_eq!(find(&signed).certificates().unwrap(), Vec::<Vec<u8>>::new());
    let base64 = |key: &Key| STANDARD.encode(&key.certificate);
    let lines = base64(&other)
        .as_bytes()
        .chunks(64)
        .map(|line| format!("{}\r\n", str::from_utf8(line).unwrap()))
        .collect::<String>();
    let certificate = |text: &str| format!("<X509Certificate>{text}</X509Certificate>");
    let both = format!(
        "<X509Data>{}</X509Data><KeyName>k</KeyName><X509Data>{}</X509Data>",
        certificate(&base64(&KEY)),
        certificate(&lines.replace('\r', "&#13;")),
    );
    let naming = with_key_info(&signed, &both);
    assert_eq!(
        find(&naming).certificates().unwrap(),
        [KEY.certificate.clone(), other.certificate.clone()]
    );
    assert!(find(&naming).verify(&KEY.trusted()).is_ok());
    assert!(find(&naming).verify(&other.trusted()).is_err());

    assert_eq!(
        find(&with_key_info(&signed, "<KeyName>k</KeyName>"))
            .certificates()
            .unwrap(),
        Vec::<Vec<u8>>::new()
    );
    for text in ["", "?", "YQ"] {
        let named = with_key_info(&signed, &format!("<X509Data>{}</X509Data>", certificate(text)));
        assert!(
            matches!(find(&named).certificates(), Err(SignatureError::Structure(_))),
            "{text}"
        );
    }
}

/// The genuine signature is kept, and a forged request put where it is read.
#[test]
fn a_signature_counts_only_for_the_root() {
    let signed = sign(&unsigned(), ON_RESPONSE, "_q", &KEY);
    let signature = cut(&signed, "Signature");
    let genuine = signed.replace(signature, "");
    let forged = signed
        .replace("https://sp/acs", "https://ev/acs")
        .replace("ID=\"_q\"", "ID=\"_e\"");
    let extensions =
        |inside: &str| format!("<samlp:Extensions>{inside}</samlp:Extensions><samlp:NameIDPolicy");
    let object = format!("<Object>{genuine}</Object></Signature>");
    for wrapped in [
        // The root refers to another element.
        forged.replace("<samlp:NameIDPolicy", &extensions(&genuine)),
        forged.replace("</Signature>", &object),
        // The reference is right, but the ID occurs twice.
        forged
            .replace("ID=\"_e\"", "ID=\"_q\"")
            .replace("<samlp:NameIDPolicy", &extensions(&genuine)),
        // Two signatures.
        signed.replace(signature, &signature.repeat(2)),
    ] {
        assert_ne!(wrapped, signed);
        assert!(
            matches!(
                find(&wrapped).verify(&KEY.trusted()),
                Err(SignedRequestError::Signature(_))
            ),
            "{wrapped}"
        );
    }
    // One that is no child of the root is none.
    let parked = signed
        .replace(signature, "")
        .replace("<samlp:NameIDPolicy", &extensions(signature));
    assert!(
        EnvelopedSignature::find(parked.as_bytes(), &LIMITS)
            .unwrap()
            .is_none()
    );
}

/// A message of single sign-out that can be signed.
fn unsigned_logout(kind: &str, rest: &str) -> String {
    format!(
        r#"<samlp:{kind} ID="_l" Version="2.0" IssueInstant="2026-01-02T03:04:05Z" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">https://idp</saml:Issuer>{ON_RESPONSE}{rest}</samlp:{kind}>"#
    )
}

const LOGOUT_NAME: &str = r#"<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">b.simon@c.com.evil.test</saml:NameID>"#;

#[test]
fn a_signed_logout_message_is_the_one_that_was_signed() {
    let other = Key::rsa();
    let status = format!(
        "<samlp:Status><samlp:StatusCode Value=\"{}\"/></samlp:Status>",
        names::STATUS_SUCCESS
    );
    let parse = |xml: &str| EnvelopedLogout::parse(xml.as_bytes(), &LIMITS).unwrap();
    for (kind, rest) in [
        ("LogoutRequest", LOGOUT_NAME),
        ("LogoutResponse", status.as_str()),
    ] {
        let signed = sign(&unsigned_logout(kind, rest), ON_RESPONSE, "_l", &KEY);
        let keys = trust(&[&other, &KEY], Sha1::Refused);
        assert_eq!(parse(&signed).is_request(), kind == "LogoutRequest");
        let (message, signer) = parse(&signed).verify(&keys).unwrap();
        assert_eq!(
            message,
            saml_accept::request::message(signed.as_bytes(), &LIMITS).unwrap()
        );
        assert_eq!(signer.key_index, 1);
        for (case, xml, keys) in [
            (
                "changed",
                signed.replace("https://idp", "https://evi"),
                KEY.trusted(),
            ),
            ("another's key", signed.clone(), other.trusted()),
            (
                "unsigned",
                unsigned_logout(kind, rest).replace(ON_RESPONSE, ""),
                KEY.trusted(),
            ),
        ] {
            let refused = parse(&xml).verify(&keys);
            assert!(matches!(refused, Err(SignedRequestError::Signature(_))), "{case}");
        }
    }
    // A comment is not digested, and what was digested is read: the whole name.
    let signed = sign(
        &unsigned_logout("LogoutRequest", LOGOUT_NAME),
        ON_RESPONSE,
        "_l",
        &KEY,
    );
    let commented = signed.replace("c.com.evil", "c.com<!---->.evil");
    let Ok((Message::LogoutRequest(request), _)) = parse(&commented).verify(&KEY.trusted()) else {
        panic!("{commented}");
    };
    assert_eq!(request.name_id.unwrap().value, "b.simon@c.com.evil.test");
}

/// A signature of something inside is none of the message, wherever it is parked (samlify #634).
#[test]
fn what_is_signed_inside_a_logout_message_signs_nothing() {
    let inner = unsigned_logout("LogoutRequest", LOGOUT_NAME).replace("_l", "_i");
    let inner = sign(&inner, ON_RESPONSE, "_i", &KEY);
    let outer = unsigned_logout("LogoutRequest", LOGOUT_NAME);
    for parked in [
        outer.replace(
            ON_RESPONSE,
            &format!("<samlp:Extensions>{inner}</samlp:Extensions>"),
        ),
        outer.replace(ON_RESPONSE, "").replace(
            "</samlp:LogoutRequest>",
            &format!("{inner}</samlp:LogoutRequest>"),
        ),
    ] {
        let found = EnvelopedLogout::parse(parked.as_bytes(), &LIMITS).unwrap();
        assert!(found.verify(&KEY.trusted()).is_err(), "{parked}");
    }
    for other in [unsigned(), "<a/>".to_owned()] {
        assert!(matches!(
            EnvelopedLogout::parse(other.as_bytes(), &LIMITS),
            Err(RequestError::NotExpected { .. })
        ));
    }
    let document_type = format!("<!DOCTYPE a []>{outer}");
    assert!(EnvelopedLogout::parse(document_type.as_bytes(), &LIMITS).is_err());
}

/// A trusted key may sign nonsense; it stays nonsense.
#[test]
fn what_was_signed_must_be_a_request() {
    let nonsense = unsigned().replace("Version=\"2.0\"", "Version=\"1.1\"");
    let signed = sign(&nonsense, ON_RESPONSE, "_q", &KEY);
    match find(&signed).verify(&KEY.trusted()) {
        Err(SignedRequestError::Request(RequestError::Version { found })) => assert_eq!(found, "1.1"),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    /// A message with a piece cut out, put in elsewhere or doubled gets an answer.
    #[test]
    fn whatever_comes_gets_an_answer(which in 0..3usize, cuts in prop::array::uniform3(any::<prop::sample::Index>()), piece in "\\PC{0,8}") {
        let signed = sign(&unsigned(), ON_RESPONSE, "_q", &KEY);
        let text = [LOGOUT_REQUEST, LOGOUT_RESPONSE, &signed][which];
        let mut places = cuts.map(|cut| text.floor_char_boundary(cut.index(text.len())));
        places.sort_unstable();
        let [from, to, at] = places;
        let moved = [&text[..from], &text[to..at], &piece, &text[from..to], &text[at..]].concat();
        for xml in [moved.as_str(), &text[..from], &text[from..at]] {
            let _ = message(xml.as_bytes(), &LIMITS);
            if let Ok(Some(signature)) = EnvelopedSignature::find(xml.as_bytes(), &LIMITS) {
                let _ = signature.certificates();
                if let Ok(verified) = signature.verify(&KEY.trusted()) {
                    prop_assert_eq!(verified.request.acs_url.as_deref(), Some("https://sp/acs"));
                }
            }
        }
    }
}

#[test]
fn limits_hold_for_every_message() {
    let deep = format!("<a xmlns=\"{DSIG}\">").repeat(65);
    let long = LOGOUT_REQUEST.replace("_s", &"s".repeat(LIMITS.bytes));
    for xml in [deep, long, "<a/>".repeat(LIMITS.nodes)] {
        assert!(matches!(
            message(xml.as_bytes(), &LIMITS),
            Err(RequestError::Xml { .. })
        ));
        assert!(EnvelopedSignature::find(xml.as_bytes(), &LIMITS).is_err());
    }
}
