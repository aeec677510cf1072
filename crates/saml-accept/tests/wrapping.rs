//! Signature wrapping: the genuine signature is kept, and what it covers is moved out of the reader's sight.

#![allow(clippy::unwrap_used)]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saml_accept::c14n::{Exclusive, canonicalize};
use saml_accept::response::{MalformedKind, UnverifiedResponse};
use saml_accept::signature::verify_enveloped;
use saml_accept::xml::Limits;
use saml_model::names;

use support::{Key, Outcome, cut, document, identity, outcome, signed_assertion, signed_response};

macro_rules! assert_malformed {
    ($text:expr, $pattern:pat $(if $guard:expr)?) => {
        match UnverifiedResponse::parse($text.as_bytes(), &Limits::default()).map_err(|error| error.kind) {
            Err($pattern) $(if $guard)? => {}
            other => panic!("{other:?}"),
        }
    };
}

/// The eight wrappings of Somorovsky and others (2012), named as SAML Raider names them.
fn wrapped(number: usize, key: &Key) -> String {
    let on_response = signed_response("m@corp", key);
    let on_assertion = signed_assertion("m@corp", key);
    let forge = |text: &str| text.replace("m@corp", "v@corp");
    let assertion = cut(&on_assertion, "Assertion");
    let signature = cut(&on_assertion, "Signature");
    let bare = assertion.replace(signature, "");
    let forged = forge(&bare).replace("ID=\"_a\"", "ID=\"_evil\"");
    // The forged assertion keeps the genuine signature.
    let keeping = forge(assertion).replace("ID=\"_a\"", "ID=\"_evil\"");
    let outer = cut(&on_response, "Signature");
    let original = on_response.replace(outer, "");
    let evil = forge(&on_response)
        .replace("ID=\"_r\"", "ID=\"_evil\"")
        .replace("ID=\"_a\"", "ID=\"_b\"");
    match number {
        1 => evil.replace(
            "</Signature>",
            &format!("<Object>{original}</Object></Signature>"),
        ),
        2 => evil.replace(outer, &format!("{original}{outer}")),
        3 => on_assertion.replace(assertion, &format!("{forged}{assertion}")),
        4 => {
            let around = forged.replace("</Assertion>", &format!("{assertion}</Assertion>"));
            on_assertion.replace(assertion, &around)
        }
        5 => on_assertion.replace(assertion, &format!("{keeping}{bare}")),
        6 => {
            let inside = keeping.replace("</Signature>", &format!("{bare}</Signature>"));
            on_assertion.replace(assertion, &inside)
        }
        7 => {
            let parked = format!(
                "<samlp:Extensions>{}</samlp:Extensions><samlp:Status>",
                forge(&bare)
            );
            on_assertion.replace("<samlp:Status>", &parked)
        }
        8 => {
            let inside = keeping.replace("</Signature>", &format!("<Object>{bare}</Object></Signature>"));
            on_assertion.replace(assertion, &inside)
        }
        _ => unreachable!("there are eight"),
    }
}

/// Somewhere in the tree is an element about m@corp whose digest the signature still states: the attack is a
/// sound one.
fn genuine_still_holds(text: &str) -> bool {
    let tree = document(text);
    tree.elements().any(|element| {
        let own = element.child(names::NS_DSIG, "Signature");
        let content = canonicalize(element, &Exclusive::default(), own).unwrap();
        let digest = STANDARD.encode(openssl::sha::sha256(content.as_bytes()));
        content.contains("m@corp") && text.contains(&format!("<DigestValue>{digest}<"))
    })
}

#[test]
fn no_wrapping_is_accepted() {
    let key = Key::rsa();
    let keys = key.trusted();
    assert_eq!(identity(&signed_response("m@corp", &key), &keys), "m@corp");
    assert_eq!(identity(&signed_assertion("m@corp", &key), &keys), "m@corp");
    for number in 1..=8 {
        assert!(genuine_still_holds(&wrapped(number, &key)), "xsw-{number}");
        let text = wrapped(number, &key);
        assert!(text.contains("v@corp") && text.contains("m@corp"), "xsw-{number}");
        // The tree is well-formed, so it is the wrapping that is refused; and with the structure rules out
        // of the way the verifier alone still refuses the element that would be consumed.
        let tree = document(&text);
        let refused = UnverifiedResponse::parse(text.as_bytes(), &Limits::default()).unwrap_err();
        assert!(refused.kind.is_about_signing(), "xsw-{number}: {refused}");
        assert!(
            !matches!(outcome(&text, &keys), Outcome::Accepted(_)),
            "xsw-{number}"
        );
        for element in tree
            .elements()
            .filter(|e| e.name() == "Assertion" || e.name() == "Response")
        {
            if let Ok(verified) = verify_enveloped(element, &keys) {
                let content = canonicalize(verified.document.root(), &Exclusive::default(), None).unwrap();
                assert!(!content.contains("v@corp"), "xsw-{number}");
            }
        }
    }
}

#[test]
fn nothing_signed_can_be_parked_elsewhere() {
    let key = Key::rsa();
    let genuine = signed_assertion("m@corp", &key);
    let assertion = cut(&genuine, "Assertion").to_owned();
    let signature = cut(&genuine, "Signature").to_owned();
    let forged = assertion
        .replace(&signature, "")
        .replace("m@corp", "v@corp")
        .replace("\"_a\"", "\"_b\"");
    let whole = genuine.replace("\"_r\"", "\"_s\"");
    for (text, pattern) in [
        // The signature of the response twice.
        (genuine.replacen("<samlp:Status>", &format!("{signature}{signature}<samlp:Status>"), 1), "Misplaced"),
        // After the genuine one.
        (genuine.replace(&assertion, &format!("{assertion}{forged}")), "ElementRepeated"),
        // In the status detail, in the extensions, in advice, in an attribute value, in the evidence.
        (genuine.replace(&assertion, &forged).replace("</samlp:Status>", &format!("<samlp:StatusDetail>{assertion}</samlp:StatusDetail></samlp:Status>")), "Misplaced"),
        (genuine.replace(&assertion, &forged).replace("<samlp:Status>", &format!("<samlp:Extensions>{whole}</samlp:Extensions><samlp:Status>")), "IdRepeated|Misplaced"),
        (genuine.replace(&assertion, &forged.replace("<AttributeStatement>", &format!("<Advice>{assertion}</Advice><AttributeStatement>"))), "Misplaced"),
        (genuine.replace(&assertion, &forged.replace("reader", &assertion)), "Misplaced"),
        (genuine.replace(&assertion, &forged.replace("<AuthnStatement", &format!("<AuthzDecisionStatement><Evidence>{assertion}</Evidence></AuthzDecisionStatement><AuthnStatement"))), "Misplaced"),
        (genuine.replace(&assertion, &forged).replacen("https://idp/", &assertion, 1), "Text|Misplaced"),
        (genuine.replace("</SignatureValue>", &format!("</SignatureValue><KeyInfo>{forged}</KeyInfo>")), "Misplaced"),
        // A second root, another root, no namespace.
        (format!("{genuine}{genuine}"), "Xml"),
        (format!("<soap xmlns='urn:soap'>{genuine}</soap>"), "WrongRoot"),
        (assertion.clone(), "WrongRoot"),
        (genuine.replace("xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"", "xmlns:samlp=\"urn:oasis:names:tc:SAML:1.0:protocol\""), "WrongRoot"),
        // Encrypted, beside or alone.
        (genuine.replace(&assertion, &format!("{assertion}<EncryptedAssertion xmlns=\"{}\"/>", names::NS_ASSERTION)), "Unsupported"),
        (genuine.replace(&assertion, &format!("<EncryptedAssertion xmlns=\"{}\"/>{assertion}", names::NS_ASSERTION)), "Unsupported"),
        // Lower-case twins and foreign namesakes.
        (genuine.replace(&assertion, &format!("<assertion xmlns=\"{}\"/>{assertion}", names::NS_ASSERTION)), "ElementUnexpected"),
        (genuine.replace(&assertion, &format!("<Assertion xmlns=\"urn:x\"/>{assertion}")), "ElementUnexpected"),
    ] {
        let kind = UnverifiedResponse::parse(text.as_bytes(), &Limits::default()).unwrap_err().kind;
        let name = format!("{kind:?}");
        assert!(pattern.split('|').any(|pattern| name.starts_with(pattern)), "{pattern}: {name}");
    }
}

#[test]
fn an_id_is_unique_whoever_reads_it() {
    let key = Key::rsa();
    let honest = signed_assertion("m@corp", &key);
    assert_eq!(identity(&honest, &key.trusted()), "m@corp");
    for decoy in [
        "<x ID='_a'/>",
        "<x Id='_a'/>",
        "<x id='_a'/>",
        "<x xml:id='_a'/>",
        "<x xmlns:w='urn:wsu' w:Id='_a'/>",
    ] {
        let extended = honest.replace(
            "<samlp:Status>",
            &format!("<samlp:Extensions>{decoy}</samlp:Extensions><samlp:Status>"),
        );
        assert_malformed!(extended, MalformedKind::IdRepeated { ref id } if id == "_a");
        let other = extended.replace("'_a'", "'_x'");
        assert_eq!(identity(&other, &key.trusted()), "m@corp");
    }
    let polluted = honest.replace("<samlp:Response ", "<samlp:Response samlp:ID=\"_z\" ");
    assert_malformed!(polluted, MalformedKind::AttributeUnexpected { .. });
    let digits = sign_numbered(&key);
    assert_malformed!(
        digits,
        MalformedKind::Value {
            expected: "an xs:ID",
            ..
        }
    );
}

/// A response whose own ID begins with a digit.
fn sign_numbered(key: &Key) -> String {
    signed_assertion("m@corp", key).replace("ID=\"_r\"", "ID=\"1r\"")
}
