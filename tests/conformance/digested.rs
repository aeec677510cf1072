//! The bytes libxml2 digests are the bytes our canonicaliser makes, for whatever our emitter writes.
//!
//! A good signature proves that `saml-emit`'s canonical form is libxml2's: the digest is over it. `xmlsec1` prints what
//! it digested, so `saml-accept`'s form can be held against the same bytes.

use entrant_tests::xmlsec1::Xmlsec1;
use proptest::{prelude::*, test_runner::TestRunner};
use saml_accept::{
    c14n::{Exclusive, canonicalize},
    xml::{self, Document, Element, Limits},
};
use saml_model::{Response, SignatureAlgorithm, SigningOption};

use crate::{
    identity::RSA_2048,
    message::{self, SIGNED},
};

/// Each case starts two processes.
const CASES: u32 = 48;

#[test]
fn every_message_is_digested_alike() {
    let Some(xmlsec1) = Xmlsec1::find() else { return };
    for signed in SIGNED.iter() {
        for element in &signed.elements {
            let certificate = signed.identity.certificate.pem();
            let theirs = xmlsec1.verify(&signed.xml, element, &certificate).unwrap();
            assert_eq!(ours(&signed.xml, element), text(theirs), "{}", signed.name);
        }
    }
}

#[test]
fn any_text_is_digested_alike() {
    let Some(xmlsec1) = Xmlsec1::find() else { return };
    let certificate = RSA_2048.certificate.pem();
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(CASES)
    });
    let texts = prop::collection::vec(any_text(), 6);
    let property = |texts: Vec<String>| {
        let signing = RSA_2048.signing(SignatureAlgorithm::RsaSha256);
        let option = SigningOption::ResponseAndAssertion;
        let xml = saml_emit::response(&response_of(&texts), option, Some(&signing)).unwrap();
        for element in ["Assertion", "Response"] {
            let theirs = xmlsec1.verify(&xml, element, &certificate);
            prop_assert!(theirs.is_ok(), "{theirs:?}\n{xml}");
            prop_assert_eq!(ours(&xml, element), text(theirs.unwrap()));
        }
        Ok(())
    };
    runner.run(&texts, property).unwrap();
}

/// A response with these texts in every kind of place: element text and attributes, in both signed elements.
fn response_of(texts: &[String]) -> Response {
    let mut response = message::success();
    response.destination = Some(texts[0].clone());
    response.status.message = Some(texts[1].clone());
    let assertion = response.assertion.as_mut().unwrap();
    let subject = assertion.subject.as_mut().unwrap();
    subject.name_id.as_mut().unwrap().value.clone_from(&texts[2]);
    subject.name_id.as_mut().unwrap().sp_name_qualifier = Some(texts[3].clone());
    assertion.attributes[0].name.clone_from(&texts[4]);
    assertion.attributes[0].values = vec![texts[5].clone(), texts[0].clone()];
    response
}

/// Characters XML 1.0 can carry, most of them such as a parser changes or canonicalisation escapes.
fn any_text() -> impl Strategy<Value = String> {
    let awkward = prop::sample::select(
        "\"'<>&\r\n\t ]{}\u{85}\u{A0}\u{2028}\u{FFFD}\u{10FFFF}"
            .chars()
            .collect::<Vec<_>>(),
    );
    let any = any::<char>().prop_filter("XML 1.0, 2.2 Char", |character| {
        !matches!(character, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
    });
    let characters = prop::collection::vec(prop_oneof![2 => awkward, 1 => any], 0..30);
    characters.prop_map(String::from_iter)
}

/// Our exclusive canonical form of the element without its own signature.
fn ours(xml: &str, element: &str) -> String {
    let document = xml::parse(xml.as_bytes(), &Limits::default()).unwrap();
    let element = only(&document, element);
    let signature = element.child("http://www.w3.org/2000/09/xmldsig#", "Signature");
    canonicalize(element, &Exclusive::default(), Some(signature.unwrap())).unwrap()
}

fn only<'d>(document: &'d Document, name: &str) -> Element<'d> {
    let mut found = document.elements().filter(|element| element.name() == name);
    let element = found.next().unwrap();
    assert!(found.next().is_none(), "two elements named {name}");
    element
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}
