//! The signature of a query: over octets, in one order, under one of two algorithms.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use proptest::prelude::*;
use saml_accept::binding::{DecodeError, LIMIT_PARAMETERS, Parameter, RawQuery};
use saml_accept::signature::{QuerySignatureError, QuerySigner, Sha1, TrustedKeys, verify_query};
use saml_model::names::{SIG_ECDSA_SHA256, SIG_RSA_SHA1, SIG_RSA_SHA256, SIG_RSA_SHA512};

use support::{Key, trust};

static KEY: LazyLock<Key> = LazyLock::new(Key::rsa);
static OTHER: LazyLock<Key> = LazyLock::new(Key::rsa);
static TRUSTED: LazyLock<TrustedKeys> = LazyLock::new(|| KEY.trusted());

/// As it stands in a query; base64 and URIs have characters that need it.
fn escaped(text: &str) -> String {
    percent_encode(text.as_bytes(), NON_ALPHANUMERIC).to_string()
}

/// `Signature=…` over these octets.
fn signature(octets: &str, digest: MessageDigest) -> String {
    let value = KEY.sign(digest, octets.as_bytes());
    format!("Signature={}", escaped(&STANDARD.encode(value)))
}

/// Message, RelayState and SigAlg, and the signature over them with SHA-256.
fn parts() -> [String; 4] {
    let message = "SAMLRequest=fZ%2FB%2b%3D".to_owned();
    let relay_state = "RelayState=a+b%20c%2f".to_owned();
    let algorithm = format!("SigAlg={}", escaped(SIG_RSA_SHA256).to_lowercase());
    let signed = [&*message, &relay_state, &algorithm].join("&");
    let signature = signature(&signed, MessageDigest::sha256());
    [message, relay_state, algorithm, signature]
}

fn verify(query: &str) -> Result<QuerySigner, QuerySignatureError> {
    verify_with(query, &TRUSTED)
}

fn verify_with(query: &str, keys: &TrustedKeys) -> Result<QuerySigner, QuerySignatureError> {
    verify_query(&RawQuery::parse(query).unwrap(), Parameter::SamlRequest, keys)
}

/// The error in few words.
fn refusal(query: &str) -> String {
    match verify(query).unwrap_err() {
        QuerySignatureError::AlgorithmNotAllowed { uri } => format!("not allowed {uri}"),
        QuerySignatureError::Decode(DecodeError::Duplicate { name }) => format!("duplicate {name}"),
        QuerySignatureError::Decode(DecodeError::NotUtf8) => "not UTF-8".to_owned(),
        QuerySignatureError::Mismatch => "mismatch".to_owned(),
        QuerySignatureError::Missing { parameter } => format!("missing {parameter}"),
        QuerySignatureError::NotBase64 => "not base64".to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_order_in_the_query_does_not_matter_nor_what_else_is_there() {
    let [message, relay_state, algorithm, signature] = parts();
    let signer = QuerySigner {
        algorithm: SIG_RSA_SHA256,
        key_index: 0,
    };
    for query in [
        [&*message, &relay_state, &algorithm, &signature].join("&"),
        [&*signature, &algorithm, &relay_state, &message].join("&"),
        [
            "login_hint=b",
            &*relay_state,
            &signature,
            "x",
            &message,
            "SAMLResponse=y",
            &algorithm,
        ]
        .join("&"),
        // An escaped name is the same name.
        [
            &*message.replace("SAMLR", "%53AMLR"),
            &relay_state,
            &algorithm,
            &signature,
        ]
        .join("&"),
    ] {
        assert_eq!(verify(&query).unwrap(), signer, "{query}");
    }
    let keys = trust(&[&OTHER, &KEY], Sha1::Refused);
    let query = [&*message, &relay_state, &algorithm, &signature].join("&");
    assert_eq!(verify_with(&query, &keys).unwrap().key_index, 1);
}

/// What is signed in another order, or with another set of parameters, is not what the binding says.
#[test]
fn the_signed_order_is_the_bindings() {
    let [message, relay_state, algorithm, _] = parts();
    let empty = "RelayState=".to_owned();
    let sign = |octets: &[&String]| {
        let octets: Vec<_> = octets.iter().map(|part| part.as_str()).collect();
        signature(&octets.join("&"), MessageDigest::sha256())
    };
    for (signed, sent, good) in [
        (vec![&message, &algorithm], vec![&message, &algorithm], true),
        (
            vec![&message, &empty, &algorithm],
            vec![&message, &empty, &algorithm],
            true,
        ),
        (
            vec![&message, &algorithm],
            vec![&message, &empty, &algorithm],
            false,
        ),
        (
            vec![&message, &empty, &algorithm],
            vec![&message, &algorithm],
            false,
        ),
        (
            vec![&message, &algorithm],
            vec![&message, &relay_state, &algorithm],
            false,
        ),
        (
            vec![&relay_state, &message, &algorithm],
            vec![&message, &relay_state, &algorithm],
            false,
        ),
        (
            vec![&message, &algorithm, &relay_state],
            vec![&message, &relay_state, &algorithm],
            false,
        ),
        (vec![&message], vec![&message, &algorithm], false),
    ] {
        let parts: Vec<_> = sent.into_iter().map(String::as_str).collect();
        let query = format!("{}&{}", parts.join("&"), sign(&signed));
        match verify(&query) {
            Ok(_) => assert!(good, "{query}"),
            Err(error) => assert!(
                !good && matches!(error, QuerySignatureError::Mismatch),
                "{query}: {error}"
            ),
        }
    }
}

#[test]
fn each_fault_has_its_error() {
    let parts = parts();
    let [message, relay_state, algorithm, signature] = parts.each_ref().map(String::as_str);
    let with = |from: &str, to: &str| {
        let query = parts.join("&");
        assert!(query.contains(from), "{from}");
        query.replace(from, to)
    };
    for (query, expected) in [
        ([message, relay_state, algorithm].join("&"), "missing Signature"),
        (
            [message, relay_state, algorithm, "Signature="].join("&"),
            "missing Signature",
        ),
        ([message, relay_state, signature].join("&"), "missing SigAlg"),
        ([message, "SigAlg=", signature].join("&"), "missing SigAlg"),
        (
            [relay_state, algorithm, signature].join("&"),
            "missing SAMLRequest",
        ),
        (with("SAMLRequest", "SAMLResponse"), "missing SAMLRequest"),
        (with("SAMLRequest", "samlrequest"), "missing SAMLRequest"),
        ([&parts.join("&"), message].join("&"), "duplicate SAMLRequest"),
        (
            [&parts.join("&"), "%52elayState=a"].join("&"),
            "duplicate RelayState",
        ),
        ([&parts.join("&"), algorithm].join("&"), "duplicate SigAlg"),
        ([&parts.join("&"), "Signature"].join("&"), "duplicate Signature"),
        ([message, algorithm, "Signature=%ff"].join("&"), "not UTF-8"),
        ([message, algorithm, "Signature=a"].join("&"), "not base64"),
        ([message, algorithm, "Signature=YW+v"].join("&"), "not base64"),
        ([message, algorithm, "Signature=YWE%3D"].join("&"), "mismatch"),
        // Escapes in the other case and a space spelt otherwise mean the same and are not the same.
        (with("%2b", "%2B"), "mismatch"),
        (with("%2F", "%2f"), "mismatch"),
        (with("a+b", "a%20b"), "mismatch"),
        (with("%3a", "%3A"), "mismatch"),
        (with("SAMLRequest=f", "SAMLRequest=%66"), "mismatch"),
    ] {
        assert_eq!(refusal(&query), expected, "{query}");
    }
    assert!(matches!(
        verify_with(&parts.join("&"), &OTHER.trusted()),
        Err(QuerySignatureError::Mismatch)
    ));
    let ec = Key::ec(Nid::X9_62_PRIME256V1, 32).trusted();
    assert!(matches!(
        verify_with(&parts.join("&"), &ec),
        Err(QuerySignatureError::Mismatch)
    ));
}

#[test]
fn sha_1_is_for_those_who_allow_it_and_nothing_else_for_anybody() {
    let query = |uri: &str, digest| {
        let signed = format!("SAMLRequest=a&SigAlg={}", escaped(uri));
        format!("{signed}&{}", signature(&signed, digest))
    };
    let allowed = trust(&[&KEY], Sha1::Allowed);
    let sha_1 = query(SIG_RSA_SHA1, MessageDigest::sha1());
    assert_eq!(refusal(&sha_1), format!("not allowed {SIG_RSA_SHA1}"));
    assert_eq!(verify_with(&sha_1, &allowed).unwrap().algorithm, SIG_RSA_SHA1);
    // The algorithm is the one that is named, not the one that would do.
    let lying = query(SIG_RSA_SHA256, MessageDigest::sha1());
    assert!(matches!(
        verify_with(&lying, &allowed),
        Err(QuerySignatureError::Mismatch)
    ));
    for uri in [
        SIG_RSA_SHA512,
        SIG_ECDSA_SHA256,
        "",
        "rsa-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#RSA-SHA256",
    ] {
        let query = query(uri, MessageDigest::sha512());
        let error = verify_with(&query, &allowed).unwrap_err();
        match error {
            QuerySignatureError::Missing { parameter: "SigAlg" } => assert_eq!(uri, ""),
            QuerySignatureError::AlgorithmNotAllowed { uri: refused } => assert_eq!(refused, uri),
            other => panic!("{other:?}"),
        }
    }
}

/// Every octet that the signature covers, and every octet of the signature but the last before the padding, of which
/// base64 uses some bits only.
#[test]
fn any_flipped_octet_is_noticed() {
    let query = parts().join("&");
    assert!(verify(&query).is_ok());
    // 256 octets end in two signs of padding.
    let last = query.rfind("%3D%3D").unwrap() - 1;
    let mut judged = 0;
    for at in 0..last {
        for bit in 0..7 {
            let mut octets = query.clone().into_bytes();
            octets[at] ^= 1 << bit;
            let changed = String::from_utf8(octets).unwrap();
            // An octet of an escape in the signature may be spelt in either case: the signature does not cover itself.
            let same_signature =
                at > query.find("Signature=").unwrap() && changed.eq_ignore_ascii_case(&query) && {
                    let bytes = query.as_bytes();
                    bytes[at - 1] == b'%' || bytes[at - 2] == b'%'
                };
            assert_eq!(
                verify(&changed).is_ok(),
                same_signature,
                "octet {at}, bit {bit}: {changed}"
            );
            judged += 1;
        }
    }
    assert!(judged > 3000, "{judged}");
}

#[test]
fn a_query_of_many_parameters_is_refused_before_it_is_verified() {
    let query = format!("{}{}", "x&".repeat(LIMIT_PARAMETERS), parts().join("&"));
    let limit = DecodeError::TooManyParameters {
        limit: LIMIT_PARAMETERS,
    };
    assert_eq!(RawQuery::parse(&query), Err(limit));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the spelling is, it is the spelling that was signed.
    #[test]
    fn any_spelling_verifies_as_it_is_spelt(message in "[A-Za-z0-9%+]{1,60}", relay_state in prop::option::of("[ -%'-~]{0,40}")) {
        let mut query = format!("SAMLRequest={message}");
        if let Some(relay_state) = relay_state {
            query.extend(["&RelayState=", &*relay_state]);
        }
        query.push_str("&SigAlg=http://www.w3.org/2001/04/xmldsig-more%23rsa-sha256");
        let query = format!("{query}&{}", signature(&query, MessageDigest::sha256()));
        prop_assert!(verify(&query).is_ok(), "{}", query);
    }

    #[test]
    fn whatever_comes_gets_an_answer(query in "(SAMLRe(quest|sponse)|RelayState|SigAlg|Signature|[&=%+]|[0-9a-fA-F]{2}|\\PC){0,60}") {
        if let Ok(query) = RawQuery::parse(&query) {
            for parameter in [Parameter::SamlRequest, Parameter::SamlResponse] {
                prop_assert!(verify_query(&query, parameter, &TRUSTED).is_err());
            }
        }
    }
}
