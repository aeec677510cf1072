//! What a hostile message may cost: work grows with the size of a message and with nothing else.

#![allow(clippy::unwrap_used, reason = "helpers of tests, as in tests")]

mod support;

use std::fmt::Write;
use std::time::{Duration, Instant};

use saml_accept::c14n::{C14nError, LIMIT_GROWTH, LIMIT_OUTPUT_BYTES, LIMIT_ROOM_BYTES};
use saml_accept::response::UnverifiedResponse;
use saml_accept::signature::{LIMIT_SIGNED_INFO_BYTES, SignatureError};
use saml_accept::xml::{LIMIT_BYTES, LIMIT_DEPTH, LIMIT_NODES, Limits, XmlErrorKind, parse};
use support::{Key, document, identity, signed_assertion};

/// Many times what an unoptimised build needs, and a small part of what quadratic work would take.
const LIMIT_TIME: Duration = Duration::from_secs(5);

/// Refuses a message of a few megabytes, so that work that is not in proportion shows; in time, and with this error.
fn refused_in_time(text: &str, key: &Key) -> SignatureError {
    let limits = Limits {
        bytes: 4 * LIMIT_BYTES,
        ..Limits::default()
    };
    let begun = Instant::now();
    let unverified = UnverifiedResponse::parse(text.as_bytes(), &limits).unwrap();
    let error = unverified.verify(&key.trusted()).unwrap_err();
    assert!(begun.elapsed() < LIMIT_TIME, "{:?}: {error}", begun.elapsed());
    error
}

/// `SignedInfo` is canonicalised before any key is tried, so its parameters are anybody's.
#[test]
fn long_prefixes_in_a_list_cost_nothing_at_every_element() {
    let key = Key::rsa();
    let prefixes: Vec<_> = (0..32)
        .map(|number| format!("p{number}{}", "x".repeat(20_000)))
        .collect();
    let list = format!(
        r#"<InclusiveNamespaces xmlns="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="{}"/>"#,
        prefixes.join(" ")
    );
    let method = r#"<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>"#;
    let listed = method.replace("/>", &format!(">{list}</CanonicalizationMethod>"));
    let flood = listed + &"<a/>".repeat(LIMIT_NODES - 1000);
    let text = signed_assertion("m@x", &key).replace(method, &flood);
    assert!(matches!(
        refused_in_time(&text, &key),
        SignatureError::C14n(C14nError::TooLarge { limit }) if limit == LIMIT_SIGNED_INFO_BYTES
    ));
}

/// Anybody who may sign in has a genuine `SignedInfo` to put around content of his own.
#[test]
fn long_namespace_names_are_not_compared_at_every_name() {
    let key = Key::rsa();
    let name = format!("urn:{}", "n".repeat(800_000));
    let attributes = (0..250).rev().fold(String::new(), |mut all, number| {
        let prefix = if number % 2 == 0 { "p" } else { "q" };
        write!(all, " {prefix}:a{number:03}=''").unwrap();
        all
    });
    let flood = format!("<a{attributes}/>").repeat(720) + &"<p:b/>".repeat(1000);
    let flood = format!("<p:a xmlns:p='{name}1' xmlns:q='{name}2' q:a=''>{flood}</p:a>");
    let text = signed_assertion("m@x", &key).replace("<Subject>", &format!("{flood}<Subject>"));
    assert!(matches!(
        refused_in_time(&text, &key),
        SignatureError::DigestMismatch
    ));
}

/// A namespace that every child of an unsigned element has to repeat makes much of little.
#[test]
fn what_nobody_signed_does_not_grow_when_it_is_canonicalised() {
    let key = Key::rsa();
    let verify = |text: &str| {
        let unverified = UnverifiedResponse::parse(text.as_bytes(), &Limits::default()).unwrap();
        unverified.verify(&key.trusted()).unwrap_err()
    };
    let limit_of = |error| match error {
        SignatureError::C14n(C14nError::TooLarge { limit }) => limit,
        other => panic!("{other}"),
    };
    let signed = signed_assertion("m@x", &key);
    let declaration = format!("xmlns:p='urn:{}'", "x".repeat(10_000));
    let flood = "<p:a/>".repeat(1000);

    let text = signed.replace("<SignedInfo>", &format!("<SignedInfo {declaration}>"));
    let text = text.replace("</SignedInfo>", &format!("{flood}</SignedInfo>"));
    assert_eq!(limit_of(verify(&text)), LIMIT_SIGNED_INFO_BYTES);

    let text = signed.replace("<Subject>", &format!("<b {declaration}>{flood}</b><Subject>"));
    let limit = text.len() * LIMIT_GROWTH + LIMIT_ROOM_BYTES;
    assert!(limit < LIMIT_OUTPUT_BYTES);
    assert_eq!(limit_of(verify(&text)), limit);
}

/// Whose place a signature is in is asked before anything is verified: for each of many signatures, among many children.
#[test]
fn many_signatures_beside_many_elements_are_placed_in_time() {
    let half = LIMIT_NODES / 2 - 10;
    let text = format!(
        r#"<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:d="{}">{}<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion">{}</Assertion></p:Response>"#,
        support::DSIG,
        "<x/>".repeat(half),
        "<d:Signature/>".repeat(half)
    );
    let begun = Instant::now();
    UnverifiedResponse::parse(text.as_bytes(), &Limits::default()).unwrap_err();
    assert!(begun.elapsed() < LIMIT_TIME, "{:?}", begun.elapsed());
}

#[test]
fn boundless_limits_bring_nothing_down() {
    let boundless = Limits {
        bytes: usize::MAX,
        depth: usize::MAX,
        nodes: usize::MAX,
        attributes: usize::MAX,
    };
    let key = Key::rsa();
    let text = signed_assertion("m@x", &key);
    let signed = UnverifiedResponse::parse(text.as_bytes(), &boundless).unwrap();
    let signed = signed.verify(&key.trusted()).unwrap();
    assert_eq!(
        signed.assertion().name_id().unwrap().value,
        identity(&text, &key.trusted())
    );

    // Canonicalisation recurses, so no caller can ask for a deeper tree.
    let deep = "<a>".repeat(LIMIT_DEPTH + 1) + &"</a>".repeat(LIMIT_DEPTH + 1);
    let error = parse(deep.as_bytes(), &boundless).unwrap_err();
    assert_eq!(error.kind, XmlErrorKind::Depth { limit: LIMIT_DEPTH });
    document(&("<a>".repeat(LIMIT_DEPTH) + &"</a>".repeat(LIMIT_DEPTH)));
}
