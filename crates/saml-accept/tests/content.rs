//! What stands in responses and metadata, once the XML is sound: what is read, and what is refused by name.

#![allow(clippy::unwrap_used)]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use proptest::prelude::*;
use saml_accept::metadata::{self, MetadataError};
use saml_accept::response::{MalformedKind, UnverifiedResponse};
use saml_accept::signature::SignatureError;
use saml_accept::xml::Limits;
use saml_model::names;

use support::{Key, ON_ASSERTION, ON_RESPONSE, response, sign};

/// The kind of a refusal by its name.
fn name(kind: &MalformedKind) -> String {
    let name = format!("{kind:?}");
    name.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
}

/// Replaces in a response, signs the assertion then, and tells the verdict.
fn verdict(key: &Key, from: &str, to: &str) -> String {
    let message = response("m@corp");
    assert!(message.contains(from), "{from}");
    let text = sign(&message.replacen(from, to, 1), ON_ASSERTION, "_a", key).replace(ON_RESPONSE, "");
    match UnverifiedResponse::parse(text.as_bytes(), &Limits::default()) {
        Err(error) => format!("parse {}", name(&error.kind)),
        Ok(unverified) => match unverified.verify(&key.trusted()) {
            Ok(_) => "accepted".to_owned(),
            Err(SignatureError::Malformed(error)) => format!("verify {}", name(&error.kind)),
            Err(other) => other.to_string(),
        },
    }
}

#[test]
fn an_assertion_is_read_strictly() {
    let key = Key::rsa();
    for (from, to, expected) in [
        ("", "", "accepted"),
        // Twice what may stand once.
        ("<Conditions", "<Subject/><Conditions", "verify ElementRepeated"),
        ("</Subject>", "</Subject><Conditions/>", "verify ElementRepeated"),
        (
            "<SubjectConfirmation ",
            "<NameID>v@corp</NameID><SubjectConfirmation ",
            "verify ElementRepeated",
        ),
        (
            "<AttributeStatement>",
            "<AttributeStatement><Attribute Name='urn:role'/></AttributeStatement><AttributeStatement>",
            "verify AttributeNameRepeated",
        ),
        (
            "<AttributeStatement>",
            "<AttributeStatement><Attribute Name='urn:other'/></AttributeStatement><AttributeStatement>",
            "accepted",
        ),
        (
            "<AuthnContextClassRef>",
            "<AuthnContextClassRef>urn:x</AuthnContextClassRef><AuthnContextClassRef>",
            "verify ElementRepeated",
        ),
        // How somebody was authenticated: a class, a declaration or both (saml-core 2.7.2.2).
        (
            "<AuthnContextClassRef>",
            "<AuthnContextDeclRef>urn:d</AuthnContextDeclRef></AuthnContext></AuthnStatement><AuthnStatement AuthnInstant='2026-11-23T10:00:00Z'><AuthnContext><AuthnContextClassRef>",
            "accepted",
        ),
        (
            "<AuthnContextClassRef>",
            "</AuthnContext></AuthnStatement><AuthnStatement AuthnInstant='2026-11-23T10:00:00Z'><AuthnContext><AuthnContextClassRef>",
            "verify ElementMissing",
        ),
        // Who issued it is an entity (saml-profiles 4.1.4.2).
        (
            "<Issuer>",
            "<Issuer Format='urn:oasis:names:tc:SAML:2.0:nameid-format:entity'>",
            "accepted",
        ),
        (
            "<Issuer>",
            "<Issuer Format='urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'>",
            "verify Value",
        ),
        // Unknown, misplaced, in a foreign namespace, missing.
        (
            "<AudienceRestriction>",
            "<Condition/><AudienceRestriction>",
            "verify ConditionUnknown",
        ),
        (
            "<AudienceRestriction>",
            "<x xmlns='urn:x'/><AudienceRestriction>",
            "verify ConditionUnknown",
        ),
        (
            "<AudienceRestriction>",
            "<OneTimeUse/><ProxyRestriction Count='0'/><AudienceRestriction>",
            "accepted",
        ),
        ("<Audience>https://sp</Audience>", "", "verify Value"),
        ("<Subject>", "<x/><Subject>", "verify ElementUnexpected"),
        (
            "<NameID ",
            "<NameID xmlns='urn:x'/><NameID ",
            "verify ElementUnexpected",
        ),
        (
            "<AttributeValue>",
            "text<AttributeValue>",
            "verify TextBetweenElements",
        ),
        ("<AttributeValue>", "<AttributeValue><x/>", "verify Text"),
        (
            "<Conditions NotBefore",
            "<Advice/><Conditions NotBefore",
            "verify ElementUnexpected",
        ),
        (
            "<AttributeStatement>",
            "<Advice/><AttributeStatement>",
            "accepted",
        ),
        // Refused by name.
        ("<NameID ", "<BaseID/><NameID ", "verify Unsupported"),
        ("<NameID ", "<EncryptedID/><NameID ", "verify Unsupported"),
        (
            "</AttributeStatement>",
            "<EncryptedAttribute/></AttributeStatement>",
            "verify Unsupported",
        ),
        (
            "<AuthnStatement",
            "<AuthzDecisionStatement/><AuthnStatement",
            "verify Unsupported",
        ),
        (
            "<AuthnStatement",
            "<Statement/><AuthnStatement",
            "verify Unsupported",
        ),
        // Values.
        (
            "NotOnOrAfter=\"2026-01-02T04:04:05.678Z\" Recipient",
            "NotOnOrAfter=\"tomorrow\" Recipient",
            "verify Value",
        ),
        (
            "<Conditions NotBefore=\"2026-01-02T02:59:05.678Z\"",
            "<Conditions NotBefore=\"2026-01-02T02:59:60Z\"",
            "verify Value",
        ),
        (
            "AuthnInstant=\"2026-01-02T03:00:00.000Z\"",
            "AuthnInstant=\"10000-01-02T03:00:00Z\"",
            "verify Value",
        ),
        (
            "Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"",
            "",
            "verify AttributeMissing",
        ),
        ("SessionIndex", "sessionIndex", "verify AttributeUnexpected"),
        (
            "<Attribute Name=\"urn:role\"",
            "<Attribute xmlns:x='urn:x' x:Name='urn:role' Name=\"urn:role\"",
            "accepted",
        ),
        (
            "<NameID Format",
            "<NameID xmlns:x='urn:x' x:Format='y' Format",
            "verify AttributeUnexpected",
        ),
        // The envelope.
        (
            "<samlp:Response ID=\"_r\" Version=\"2.0\"",
            "<samlp:Response ID=\"_r\" Version=\"2.1\"",
            "parse Version",
        ),
        (
            "<samlp:Response ID=\"_r\"",
            "<samlp:Response",
            "parse AttributeMissing",
        ),
        (
            "<samlp:StatusCode",
            "<samlp:StatusCode Value='urn:x'/><samlp:StatusCode",
            "parse ElementRepeated",
        ),
        ("<samlp:StatusCode", "<samlp:Nothing", "parse ElementMissing"),
        (
            "<samlp:Status>",
            "<samlp:Extensions><x xmlns='urn:x'/></samlp:Extensions><samlp:Status>",
            "accepted",
        ),
        (
            "<samlp:Status>",
            "<!-- comment --><?instruction?><samlp:Status>",
            "accepted",
        ),
        ("Destination=", "Consent=\"urn:x\" Destination=", "accepted"),
        ("https://idp/", "https://<!---->idp/", "parse Text"),
    ] {
        assert_eq!(verdict(&key, from, to), expected, "{from} -> {to}");
    }
    let text = response("m@corp").replace(
        "ID=\"_a\" IssueInstant=\"2026-01-02T03:04:05.678Z\" Version=\"2.0\"",
        "ID=\"_a\" IssueInstant=\"2026-01-02T03:04:05.678Z\" Version=\"1.1\"",
    );
    let text = sign(&text, ON_ASSERTION, "_a", &key).replace(ON_RESPONSE, "");
    let unverified = UnverifiedResponse::parse(text.as_bytes(), &Limits::default()).unwrap();
    let error = unverified.verify(&key.trusted()).unwrap_err().to_string();
    assert_eq!(
        error,
        "the message is malformed: line 1, column 1: Assertion has version `1.1`, not 2.0"
    );
}

#[test]
fn a_failure_is_reported_without_an_assertion() {
    let text = r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r" Version="2.0" IssueInstant="2026-01-02T03:04:05Z">
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:StatusCode><samlp:StatusMessage>AADSTS&lt;b&gt;</samlp:StatusMessage></samlp:Status></samlp:Response>"#;
    let response = UnverifiedResponse::parse(text.as_bytes(), &Limits::default()).unwrap();
    let status = &response.envelope().status;
    // The top-level code decides, whatever is nested.
    assert!(!status.is_success());
    assert_eq!(status.sub_code.as_deref(), Some(names::STATUS_SUCCESS));
    assert_eq!(status.message.as_deref(), Some("AADSTS<b>"));
    assert_eq!(
        (
            response.envelope().issuer.as_deref(),
            response.envelope().destination.as_deref(),
            response.envelope().in_response_to.as_deref()
        ),
        (None, None, None)
    );
}

#[cfg(debug_assertions)]
#[test]
fn a_debug_build_can_leave_the_check_out() {
    let text = response("v@corp")
        .replace(ON_RESPONSE, "")
        .replace(ON_ASSERTION, "");
    let unverified = UnverifiedResponse::parse(text.as_bytes(), &Limits::default()).unwrap();
    let believed = unverified.without_signature_check().unwrap();
    assert_eq!(believed.assertion().name_id().unwrap().value, "v@corp");
    assert_eq!(believed.signed_by(), None);
}

/// Entra's federation document in small: byte order mark, `fed:` roles, three descriptors.
fn federation(key: &Key, from: &str, to: &str) -> Vec<u8> {
    let certificate = STANDARD.encode(&key.certificate);
    let descriptor = format!(
        "<KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>\n{certificate}\n</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
    );
    let text = format!(
        r#"<?xml version="1.0" encoding="utf-8"?><EntityDescriptor ID="_m" entityID="https://sts.windows.net/t/" xmlns="urn:oasis:names:tc:SAML:2.0:metadata"><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/><RoleDescriptor xsi:type="fed:SecurityTokenServiceType" protocolSupportEnumeration="http://docs.oasis-open.org/wsfed/federation/200706" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:fed="http://docs.oasis-open.org/wsfed/federation/200706">{descriptor}</RoleDescriptor><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{descriptor}<KeyDescriptor use="encryption"/><SingleLogoutService Binding="{redirect}" Location="https://login/saml2"/><SingleSignOnService Binding="{redirect}" Location="https://login/saml2"/><SingleSignOnService Binding="{post}" Location="https://login/saml2"/></IDPSSODescriptor></EntityDescriptor>"#,
        redirect = names::BINDING_HTTP_REDIRECT,
        post = names::BINDING_HTTP_POST,
    );
    assert!(text.contains(from), "{from}");
    format!("\u{FEFF}{}", text.replace(from, to)).into_bytes()
}

#[test]
fn entras_federation_document_is_idp_metadata() {
    let key = Key::rsa();
    let idp = |from: &str, to: &str| metadata::idp(&federation(&key, from, to), &Limits::default());
    let read = idp("<X509Data>", "<X509Data>").unwrap();
    assert_eq!(read.entity_id, "https://sts.windows.net/t/");
    assert_eq!(read.signing_certificates, std::slice::from_ref(&key.certificate));
    let bindings: Vec<_> = read
        .single_sign_on_services
        .iter()
        .map(|service| service.binding.as_str())
        .collect();
    assert_eq!(bindings, [names::BINDING_HTTP_REDIRECT, names::BINDING_HTTP_POST]);
    assert_eq!(read.single_logout_services[0].location, "https://login/saml2");
    // No use means every use; several certificates mean rollover.
    assert_eq!(idp(" use=\"signing\"", "").unwrap().signing_certificates.len(), 1);

    let missing = |what| Err(MetadataError::Missing { what });
    assert_eq!(
        idp("use=\"signing\"", "use=\"encryption\""),
        missing("signing certificate")
    );
    assert_eq!(
        idp("IDPSSODescriptor", "SPSSODescriptor"),
        missing("IDPSSODescriptor for SAML 2.0")
    );
    assert_eq!(
        idp("SingleSignOnService", "ArtifactResolutionService"),
        missing("SingleSignOnService")
    );
    assert!(matches!(
        idp("https://login", "javascript://login"),
        Err(MetadataError::Location { .. })
    ));
    assert!(matches!(
        idp("<X509Certificate>", "<X509Certificate>AAAA"),
        Err(MetadataError::Certificate { .. })
    ));
    assert!(matches!(
        idp("<X509Certificate>", "<X509Certificate/><X509Certificate>"),
        Err(MetadataError::Several { .. })
    ));
    assert!(matches!(
        idp("entityID", "entityid"),
        Err(MetadataError::Malformed(_))
    ));
    assert!(matches!(
        idp("<EntityDescriptor", "<!DOCTYPE x><EntityDescriptor"),
        Err(MetadataError::Malformed(_))
    ));
    assert!(matches!(
        metadata::idp(b"<html/>", &Limits::default()),
        Err(MetadataError::NotAnEntity { .. })
    ));
}

#[test]
fn metadata_says_how_long_it_may_be_used() {
    let key = Key::rsa();
    let read = |from: &str, to: &str| {
        let xml = federation(&key, from, to);
        metadata::idp_document(&xml, &Limits::default(), None)
    };
    let honest = read("ID=\"_m\"", "ID=\"_m\"").unwrap();
    assert_eq!(
        (
            honest.valid_until,
            honest.cache_duration,
            honest.bad_cache_duration
        ),
        (None, None, None)
    );
    // What the role says counts as well: the earlier end, the shorter time.
    let of_role = "<IDPSSODescriptor validUntil=\"2030-01-01T00:00:00Z\" cacheDuration=\"P1DT1S\"";
    let both = read("<IDPSSODescriptor", of_role).unwrap();
    assert_eq!(both.valid_until, Some("2030-01-01T00:00:00Z".parse().unwrap()));
    assert_eq!(both.cache_duration, Some(SignedDuration::from_secs(86_401)));
    for (text, expected) in [
        ("PT1M", Some(SignedDuration::from_mins(1))),
        ("P1M", Some(SignedDuration::from_hours(31 * 24))),
        ("PT0S", None),
        ("-PT1M", None),
        ("1 minute", None),
        ("", None),
    ] {
        let said = read("ID=\"_m\"", &format!("ID=\"_m\" cacheDuration=\"{text}\"")).unwrap();
        assert_eq!(said.cache_duration, expected, "{text}");
        let bad = expected.is_none().then_some(text);
        assert_eq!(said.bad_cache_duration.as_deref(), bad, "{text}");
    }
    // The end of the validity is no advice.
    for text in ["2030-01-01", "2030-01-01T00:00:00", "never", ""] {
        let said = read("ID=\"_m\"", &format!("ID=\"_m\" validUntil=\"{text}\""));
        assert!(matches!(said, Err(MetadataError::Malformed(_))), "{text}");
    }
    let out = read(
        "<SingleLogoutService",
        "<SingleLogoutService ResponseLocation=\"https://login/out\"",
    );
    assert_eq!(
        out.unwrap().logout_response_location.as_deref(),
        Some("https://login/out")
    );
    let script = read(
        "<SingleLogoutService",
        "<SingleLogoutService ResponseLocation=\"data:,x\"",
    );
    assert!(matches!(script, Err(MetadataError::Location { .. })));
}

#[test]
fn an_sp_publishes_where_it_consumes() {
    let key = Key::rsa();
    let certificate = STANDARD.encode(&key.certificate);
    let text = format!(
        r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sp">
<md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" AuthnRequestsSigned="true" WantAssertionsSigned="1">
<md:KeyDescriptor use="encryption"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></md:KeyDescriptor>
<md:NameIDFormat>
 urn:f </md:NameIDFormat>
<md:AssertionConsumerService Binding="{post}" Location="https://sp/a" index="0"/>
<md:AssertionConsumerService Binding="{post}" Location="https://sp/b" index="7" isDefault="true"/>
</md:SPSSODescriptor></md:EntityDescriptor>"#,
        post = names::BINDING_HTTP_POST
    );
    let sp = |text: &str| metadata::sp(text.as_bytes(), &Limits::default());
    let read = sp(&text).unwrap();
    assert_eq!(read.default_post_acs().unwrap().endpoint.location, "https://sp/b");
    assert_eq!(read.assertion_consumer_services[1].index, 7);
    assert!(read.authn_requests_signed && read.want_assertions_signed);
    assert_eq!(read.name_id_formats, ["urn:f"]);
    assert_eq!(
        (
            read.signing_certificates.len(),
            read.encryption_certificates.len()
        ),
        (0, 1)
    );
    // The one for every use, which stands first, comes after the one that is for encryption.
    let general = STANDARD.encode(Key::rsa().certificate);
    let (start, end) = (text.find("<md:KeyDescriptor").unwrap(), "</md:KeyDescriptor>");
    let own = &text[start..text.find(end).unwrap() + end.len()];
    let any = own
        .replace(" use=\"encryption\"", "")
        .replace(&certificate, &general);
    let read = sp(&text.replace(own, &format!("{any}{own}"))).unwrap();
    let base64 = |found: &[Vec<u8>]| found.iter().map(|der| STANDARD.encode(der)).collect::<Vec<_>>();
    assert_eq!(
        base64(&read.encryption_certificates),
        [certificate.clone(), general.clone()]
    );
    assert_eq!(base64(&read.signing_certificates), [general]);
    assert!(matches!(
        sp(&text.replace(" index=\"0\"", "")),
        Err(MetadataError::Malformed(_))
    ));
    assert!(matches!(
        sp(&text.replace("index=\"7\"", "index=\"65536\"")),
        Err(MetadataError::Malformed(_))
    ));
    assert!(matches!(
        sp(&text.replace("AssertionConsumerService", "x")),
        Err(MetadataError::Malformed(_) | MetadataError::Missing { .. })
    ));
}

proptest! {
    #[test]
    fn no_edit_of_a_message_makes_a_reader_panic(at in any::<prop::sample::Index>(), with in "\\PC{0,4}", drop in 0_usize..40) {
        let text = response("m@corp");
        let start = at.index(text.len());
        let end = (start + drop).min(text.len());
        let edited = [&text.as_bytes()[..start], with.as_bytes(), &text.as_bytes()[end..]].concat();
        let limits = Limits::default();
        if let Ok(unverified) = UnverifiedResponse::parse(&edited, &limits) {
            #[cfg(debug_assertions)]
            let _ = unverified.without_signature_check();
            #[cfg(not(debug_assertions))]
            drop(unverified);
        }
        let _ = saml_accept::request::authn_request(&edited, &limits);
        let _ = metadata::idp(&edited, &limits);
        let _ = metadata::sp(&edited, &limits);
    }

    #[test]
    fn decoders_never_panic_and_keep_to_their_limit(value in "[A-Za-z0-9+/= \\r\\n%é]{0,200}", bytes in 0_usize..100) {
        let limits = Limits { bytes, ..Limits::default() };
        for decoded in [saml_accept::binding::decode_post(&value, &limits), saml_accept::binding::decode_redirect(&value, &limits)] {
            prop_assert!(decoded.is_err() || decoded.is_ok_and(|decoded| decoded.len() <= bytes));
        }
        if let Ok(query) = saml_accept::binding::RawQuery::parse(&value) {
            let _ = query.parameter("A");
        }
    }
}
