//! The OASIS schemas validate everything we emit.

use entrant_tests::xmllint::{Schema, Xmllint};
use saml_model::{NameIdPolicy, RequestedAuthnContext, Response, SigningOption, names};

use crate::message::{self, LOGOUT_REQUEST_OPTIONS, LOGOUT_RESPONSE_OPTIONS, REQUEST_OPTIONS, SIGNED};

#[test]
fn every_authn_request_is_valid() {
    let Some(xmllint) = Xmllint::find() else { return };
    let emit = |request| saml_emit::authn_request(&request).unwrap();
    let mut requests: Vec<_> = (0..1 << REQUEST_OPTIONS)
        .map(|bits| (format!("{bits:#b}"), emit(message::authn_request(bits))))
        .collect();
    let mut sparse = message::authn_request(0);
    sparse.name_id_policy = Some(NameIdPolicy::default());
    sparse.requested_authn_context = Some(RequestedAuthnContext {
        comparison: None,
        class_refs: vec![names::AC_PASSWORD.to_owned()],
    });
    requests.push(("sparse".to_owned(), emit(sparse)));
    let documents = requests.iter().map(|(name, xml)| (name.as_str(), xml.as_str()));
    let invalid = xmllint.invalid(Schema::Protocol, documents);
    assert!(invalid.is_empty(), "{invalid:#?}");
}

#[test]
fn every_logout_message_is_valid() {
    let Some(xmllint) = Xmllint::find() else { return };
    let requests = (0..1 << LOGOUT_REQUEST_OPTIONS).map(|bits| {
        let xml = saml_emit::logout_request(&message::logout_request(bits)).unwrap();
        (format!("request {bits:#b}"), xml)
    });
    let responses = (0..1 << LOGOUT_RESPONSE_OPTIONS).map(|bits| {
        let xml = saml_emit::logout_response(&message::logout_response(bits)).unwrap();
        (format!("response {bits:#b}"), xml)
    });
    let messages: Vec<_> = requests.chain(responses).collect();
    let documents = messages.iter().map(|(name, xml)| (name.as_str(), xml.as_str()));
    let invalid = xmllint.invalid(Schema::Protocol, documents);
    assert!(invalid.is_empty(), "{invalid:#?}");
    // The schema does judge them: it wants somebody to be named.
    let mut nobody = message::logout_request(0);
    nobody.name_id = None;
    let nobody = saml_emit::logout_request(&nobody).unwrap();
    let invalid = xmllint.invalid(Schema::Protocol, [("nobody", nobody.as_str())]);
    assert_eq!(invalid.len(), 1, "{nobody}");
}

#[test]
fn every_response_and_signed_request_is_valid() {
    let Some(xmllint) = Xmllint::find() else { return };
    let unsigned =
        |response: &Response| saml_emit::response(response, SigningOption::Assertion, None).unwrap();
    let unsigned = [
        ("an unsigned failure", unsigned(&message::failure())),
        ("an unsigned bare failure", unsigned(&message::bare_failure())),
        ("an unsigned response", unsigned(&message::success())),
    ];
    let messages = SIGNED
        .iter()
        .filter(|signed| signed.elements != ["EntityDescriptor"]);
    let signed = messages.map(|signed| (signed.name.as_str(), signed.xml.as_str()));
    let documents: Vec<_> = signed
        .chain(unsigned.iter().map(|(name, xml)| (*name, xml.as_str())))
        .collect();
    assert_eq!(documents.len(), 12 + 5 + 3 + 3);
    let invalid = xmllint.invalid(Schema::Protocol, documents);
    assert!(invalid.is_empty(), "{invalid:#?}");
}

/// The assertion alone is what a service provider may store or pass on.
#[test]
fn the_assertion_is_a_document_of_its_own() {
    let Some(xmllint) = Xmllint::find() else { return };
    let xml = &SIGNED[0].xml;
    let from = xml.find("<Assertion ").unwrap();
    let to = xml.find("</Assertion>").unwrap() + "</Assertion>".len();
    let invalid = xmllint.invalid(Schema::Assertion, [("assertion", &xml[from..to])]);
    assert!(invalid.is_empty(), "{invalid:#?}");
}

/// The `fed:` role descriptors have no schema here: they are cut out, and `federation` judges them.
#[test]
fn all_metadata_is_valid() {
    let Some(xmllint) = Xmllint::find() else { return };
    let sp = |metadata| saml_emit::sp_metadata(&metadata).unwrap();
    let mut documents = vec![
        ("bare sp", sp(message::bare_sp_metadata())),
        ("full sp", sp(message::full_sp_metadata())),
    ];
    for signed in SIGNED
        .iter()
        .filter(|signed| signed.elements == ["EntityDescriptor"])
    {
        documents.push((&signed.name, without_role_descriptors(&signed.xml)));
    }
    let unsigned = saml_emit::idp_metadata(&message::tenant_metadata(), None).unwrap();
    documents.push(("unsigned idp", without_role_descriptors(&unsigned)));
    assert_eq!(documents.len(), 5);
    let invalid = xmllint.invalid(
        Schema::Metadata,
        documents.iter().map(|(name, xml)| (*name, xml.as_str())),
    );
    assert!(invalid.is_empty(), "{invalid:#?}");
}

/// A witness that says yes to everything would be none.
#[test]
fn the_schemas_refuse_what_is_wrong() {
    let Some(xmllint) = Xmllint::find() else { return };
    let good = &SIGNED[0].xml;
    let wrong = [
        (
            "a misspelt element",
            "AudienceRestriction",
            "AudienceRestrictions",
        ),
        ("a misspelt attribute", " Recipient=", " Recipiant="),
        (
            "an instant without T",
            "2026-03-04T05:06:07.872Z",
            "2026-03-04 05:06:07.872Z",
        ),
        ("an ID that begins with a digit", "ID=\"_", "ID=\"0_"),
        (
            "a namespace that is off",
            "SAML:2.0:assertion",
            "SAML:2.0:asertion",
        ),
        ("a subject before the issuer", "<Issuer>", "<Subject/><Issuer>"),
    ];
    let documents: Vec<_> = wrong
        .iter()
        .map(|(name, from, to)| (*name, good.replace(from, to)))
        .collect();
    let invalid = xmllint.invalid(
        Schema::Protocol,
        documents.iter().map(|(name, xml)| (*name, xml.as_str())),
    );
    assert_eq!(invalid.len(), wrong.len(), "{invalid:#?}");
}

fn without_role_descriptors(xml: &str) -> String {
    let end = "</RoleDescriptor>";
    let (mut out, mut rest) = (String::new(), xml);
    let mut cut = 0;
    while let Some((before, after)) = rest.split_once("<RoleDescriptor ") {
        out.push_str(before);
        rest = after.split_once(end).unwrap().1;
        cut += 1;
    }
    assert_eq!(cut, 2, "Entra has two of them (entra-behaviour.md 1)");
    out + rest
}
