//! Foreign verifiers believe every signature we make, under the right key and under no other.

use entrant_tests::{Question, Verdict, jdk, xml_crypto, xmlsec1::Xmlsec1};
use saml_model::SignatureAlgorithm;

use crate::{
    identity::{Identity, STRANGER},
    message::{SIGNED, Signed, XML_1_1_LINE_ENDS},
    tamper,
};

#[test]
fn xmlsec1_believes_every_signature() {
    let Some(xmlsec1) = Xmlsec1::find() else { return };
    let ask = |question: &Question| {
        let digested = xmlsec1.verify(&question.xml, question.signed, &question.certificate_pem)?;
        assert!(!digested.is_empty(), "{}", question.name);
        Ok(())
    };
    judge(|_| true, |questions| Some(questions.iter().map(ask).collect()));
}

/// The JDK's secure validation forbids SHA-1 since 17: those signatures are left to the others.
#[test]
fn the_jdk_believes_every_signature_of_sha_256() {
    judge(|signed| signed.algorithm == SignatureAlgorithm::RsaSha256, jdk);
}

#[test]
fn xml_crypto_believes_every_signature_that_its_parser_leaves_alone() {
    judge(|signed| !signed.name.starts_with(XML_1_1_LINE_ENDS), xml_crypto);
}

/// @xmldom/xmldom 0.8 turns the line ends of XML 1.1 into LF in documents of XML 1.0 too. Once it does not, the
/// exception above can go.
#[test]
fn xml_crypto_does_not_see_line_ends_of_xml_1_1() {
    let signed = SIGNED
        .iter()
        .find(|signed| signed.name == XML_1_1_LINE_ENDS)
        .unwrap();
    let Some(verdicts) = xml_crypto(&[question(signed, "Assertion", signed.identity)]) else {
        return;
    };
    assert!(verdicts[0].is_err());
}

/// Asks a verifier about every signature, about each under a key that did not sign, and about messages of which one
/// byte was changed.
fn judge(take: impl Fn(&Signed) -> bool, ask: impl FnOnce(&[Question]) -> Option<Vec<Verdict>>) {
    let (mut questions, mut good) = (Vec::new(), Vec::new());
    let mut push = |question, is_good| {
        questions.push(question);
        good.push(is_good);
    };
    for signed in SIGNED.iter().filter(|signed| take(signed)) {
        for element in &signed.elements {
            push(question(signed, element, signed.identity), true);
            push(question(signed, element, &STRANGER), false);
        }
    }
    for tampered in tamper::one_byte_changed()
        .iter()
        .filter(|tampered| take(tampered))
    {
        for element in &tampered.elements {
            push(question(tampered, element, tampered.identity), false);
        }
    }
    let Some(verdicts) = ask(&questions) else { return };
    for ((question, verdict), is_good) in questions.iter().zip(&verdicts).zip(good) {
        let (name, element) = (&question.name, question.signed);
        assert_eq!(
            verdict.is_ok(),
            is_good,
            "{name}, {element}: {verdict:?}\n{}",
            question.xml
        );
    }
}

fn question(signed: &Signed, element: &'static str, trusted: &Identity) -> Question {
    Question {
        name: signed.name.clone(),
        xml: signed.xml.clone(),
        signed: element,
        certificate_pem: trusted.certificate.pem(),
    }
}
