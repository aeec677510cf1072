//! Every name in `saml_model::names` is one that somebody else published.
//!
//! Both sides of a sign-on read those constants, so no round trip can find a slip in them.

use std::{collections::BTreeMap, fs};

use entrant_tests::{checkout, xmllint, xmllint::Xmllint};
use saml_model::names;

use crate::{acceptance::METHODS, encryption};

/// Names that entra-behaviour.md prints in two parts: what it prints with `…` in front, or in a list with `|`, after
/// the part that it or a schema prints elsewhere.
const IN_PARTS: &[(&str, &str, &str)] = &[
    (
        "AUTHN_METHOD_WINDOWS",
        "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/",
        "…/windows",
    ),
    (
        "AUTHN_METHOD_X509",
        "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/",
        "…/x509",
    ),
    (
        "STATUS_REQUESTER",
        "urn:oasis:names:tc:SAML:2.0:status:",
        "…status:Requester",
    ),
    (
        "STATUS_REQUEST_UNSUPPORTED",
        "urn:oasis:names:tc:SAML:2.0:status:",
        "…status:RequestUnsupported",
    ),
    (
        "NAME_ID_TRANSIENT",
        "urn:oasis:names:tc:SAML:2.0:nameid-format:",
        "|transient",
    ),
    (
        "NAME_ID_UNSPECIFIED",
        "urn:oasis:names:tc:SAML:1.1:nameid-format:",
        "|unspecified",
    ),
    (
        "NAME_ID_WINDOWS",
        "urn:oasis:names:tc:SAML:1.1:nameid-format:",
        "|WindowsDomainQualifiedName",
    ),
    (
        "ATTRIBUTE_NAME_URI",
        "urn:oasis:names:tc:SAML:2.0:attrname-format:",
        "|uri",
    ),
    (
        "ATTRIBUTE_NAME_BASIC",
        "urn:oasis:names:tc:SAML:2.0:attrname-format:",
        "|basic",
    ),
    (
        "CLAIM_WIDS",
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/",
        "…/wids",
    ),
    (
        "CLAIM_SURNAME",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/",
        "…/claims/surname",
    ),
    (
        "CLAIM_EMAIL_ADDRESS",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/",
        "…/claims/emailaddress",
    ),
    (
        "CLAIM_NAME",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/",
        "…/claims/name",
    ),
];

/// Names that no document at hand prints, and who judges them instead.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "AC_UNSPECIFIED",
        "saml-authn-context 3.4.25; it has no schema, and entra-behaviour.md 2.1 begins it with a capital",
    ),
    (
        "BINDING_HTTP_POST",
        "the real service providers of tests/interop name their endpoints by it",
    ),
    (
        "BINDING_HTTP_REDIRECT",
        "the real service providers of tests/interop look our address up by it",
    ),
    (
        "KEY_RSA_OAEP",
        "the JDK's ciphers decrypt what is encrypted under this name, in the words of Decrypt.java",
    ),
    ("MGF1_SHA1", "xmlenc-core1 5.5.2; Entra does not write it"),
    (
        "MGF1_SHA256",
        "the JDK's ciphers decrypt what is encrypted under this name, in the words of Decrypt.java",
    ),
    ("MGF1_SHA384", "xmlenc-core1 5.5.2; Entra does not write it"),
    ("MGF1_SHA512", "xmlenc-core1 5.5.2; Entra does not write it"),
    (
        "NS_FED_AUTH",
        "only Entra's fed: role descriptors use it, which no SAML software reads",
    ),
    (
        "NS_WSA",
        "only Entra's fed: role descriptors use it, which no SAML software reads",
    ),
    ("NS_XMLNS", "xmllint refuses to bind it, below"),
    ("NS_XSI", "xmllint obeys an attribute of it, below"),
    (
        "STATUS_AUTHN_FAILED",
        "saml-core 3.2.2.2; no response of an honest tenant carries it",
    ),
    (
        "NAME_ID_ENTITY",
        "saml-core 8.3.6; the schemas do not list the formats",
    ),
    (
        "STATUS_PARTIAL_LOGOUT",
        "saml-core 3.2.2.2; the schemas do not list the codes",
    ),
    (
        "STATUS_RESPONDER",
        "saml-core 3.2.2.2; the schemas do not list the codes",
    ),
    (
        "STATUS_UNKNOWN_PRINCIPAL",
        "saml-core 3.2.2.2; the schemas do not list the codes",
    ),
    (
        "XENC_TYPE_ENCRYPTED_KEY",
        "xmlenc-core1 3.5.2; Entra does not write it",
    ),
];

#[test]
fn every_name_is_published() {
    let Some(mut published) = xmllint::schema_texts() else {
        return;
    };
    let behaviour = fs::read_to_string(checkout().join("docs/entra-behaviour.md")).unwrap();
    // Algorithms that xmlsec1 was asked for by these words, and obeyed (`acceptance`).
    for method in METHODS {
        published.push(format!(
            "{} {} {}",
            method.signature, method.digest, method.canonicalization
        ));
    }
    // The same of encryption.
    published.extend(encryption::OBEYED.iter().map(|uri| (*uri).to_owned()));
    published.push(behaviour.clone());

    let constants = constants();
    let elsewhere: BTreeMap<_, _> = ELSEWHERE.iter().copied().collect();
    for (name, value) in &constants {
        let whole = published.iter().any(|text| prints(text, value));
        let in_parts = IN_PARTS.iter().any(|(part_of, head, tail)| {
            let word = tail.trim_start_matches(['…', '|']);
            let head_is_printed = published.iter().any(|text| text.contains(head));
            let joined = part_of == name && value.starts_with(head) && value.ends_with(word);
            joined && head_is_printed && prints(&behaviour, tail)
        });
        let ways = [whole, in_parts, elsewhere.contains_key(name.as_str())];
        let count = ways.iter().filter(|way| **way).count();
        assert_eq!(
            count, 1,
            "{name} = {value}: whole, in parts, elsewhere = {ways:?}"
        );
    }
    let listed = IN_PARTS
        .iter()
        .map(|(name, ..)| name)
        .chain(ELSEWHERE.iter().map(|(name, _)| name));
    for name in listed {
        assert!(constants.contains_key(*name), "there is no {name} any more");
    }
}

/// A type that the schema cannot check otherwise: `xsi:type` of the right namespace makes the text a number.
#[test]
fn xmllint_knows_the_namespaces_of_xml() {
    let Some(xmllint) = Xmllint::find() else { return };
    let document = |xsi: &str, value: &str| {
        format!(
            r#"<Attribute Name="n" xmlns="{}"><AttributeValue xmlns:i="{xsi}" xmlns:xs="http://www.w3.org/2001/XMLSchema" i:type="xs:integer">{value}</AttributeValue></Attribute>"#,
            names::NS_ASSERTION
        )
    };
    let (number, word, unknown) = (
        document(names::NS_XSI, "12"),
        document(names::NS_XSI, "twelve"),
        document("urn:unknown", "twelve"),
    );
    let documents = [
        ("number", number.as_str()),
        ("word", &word),
        ("unknown", &unknown),
    ];
    let invalid = xmllint.invalid(xmllint::Schema::Assertion, documents);
    assert_eq!(invalid.keys().collect::<Vec<_>>(), ["word"], "{invalid:?}");

    let bound = format!("<a xmlns:b=\"{}\"/>", names::NS_XMLNS);
    let refused = xmllint.invalid(xmllint::Schema::Assertion, [("bound", bound.as_str())]);
    assert!(
        refused["bound"].contains("reuse of the xmlns namespace name is forbidden"),
        "{refused:?}"
    );
}

/// Name and value of every constant, from the source: Rust has no list of them.
fn constants() -> BTreeMap<String, String> {
    let source = fs::read_to_string(checkout().join("crates/saml-model/src/names.rs")).unwrap();
    let constants: BTreeMap<_, _> = source
        .split("pub const ")
        .skip(1)
        .map(|item| {
            let (name, rest) = item.split_once(": &str =").unwrap();
            (name.to_owned(), rest.split('"').nth(1).unwrap().to_owned())
        })
        .collect();
    assert_eq!(constants["NS_PROTOCOL"], names::NS_PROTOCOL);
    constants
}

/// The text holds this name and not merely a longer one around it.
fn prints(text: &str, name: &str) -> bool {
    let in_a_name = |character: char| character.is_ascii_alphanumeric() || "#/:_-".contains(character);
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        let own_start = name.starts_with(['…', '|']) || !before.is_some_and(in_a_name);
        own_start && !after.is_some_and(in_a_name)
    })
}
