//! The rules of signature verification, one broken at a time. Each message
//! is first shown to verify, so that a refusal is due to the one thing that was changed. The signer is
//! OpenSSL; that the canonical bytes are right is what `c14n.rs` and `xmlsec1.rs` show.

#![allow(clippy::unwrap_used)]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use saml_accept::c14n::{Exclusive, canonicalize};
use saml_accept::response::UnverifiedResponse;
use saml_accept::signature::{KeyError, Sha1, SignatureError, TrustedKeys, verify_enveloped};
use saml_accept::xml::Limits;
use saml_model::names;

use support::{
    Key, ON_ASSERTION, ON_RESPONSE, Outcome, by_id, cut, document, identity, outcome, response, sign,
    sign_as, signed_assertion, signed_response, trust,
};

macro_rules! assert_refused {
    ($text:expr, $keys:expr, $pattern:pat $(if $guard:expr)?) => {
        match outcome($text, $keys) {
            Outcome::Refused($pattern) $(if $guard)? => {}
            other => panic!("{other:?}"),
        }
    };
}

#[test]
fn an_honest_response_gives_its_content() {
    let key = Key::rsa();
    let other = Key::rsa();
    let keys = trust(&[&other, &key], Sha1::Refused);
    let both = sign(&response("m@corp"), ON_ASSERTION, "_a", &key);
    // The outer signature covers the inner one.
    let inner = both.replace(ON_RESPONSE, "");
    let plain = document(&inner);
    let exclusive = Exclusive::default();
    let content = canonicalize(by_id(&plain, "_r"), &exclusive, None).unwrap();
    let digest = STANDARD.encode(openssl::sha::sha256(content.as_bytes()));
    let both = sign_as(&both, ON_RESPONSE, "_r", &key, MessageDigest::sha256(), |_| {
        support::signed_info("_r", &digest)
    });

    for (text, on_response, on_assertion) in [
        (signed_assertion("m@corp", &key), false, true),
        (signed_response("m@corp", &key), true, false),
        (both.clone(), true, true),
    ] {
        let Outcome::Accepted(signed) = outcome(&text, &keys) else {
            panic!("{text}")
        };
        assert_eq!(
            (signed.response_is_signed(), signed.assertion_is_signed()),
            (on_response, on_assertion)
        );
        let signer = signed.signed_by().unwrap();
        assert_eq!(
            (signer.key_index, signer.algorithm, signer.digest),
            (1, names::SIG_RSA_SHA256, names::DIGEST_SHA256)
        );
        assert_eq!(
            (
                signed.envelope().id.as_str(),
                signed.envelope().in_response_to.as_deref(),
                signed.envelope().destination.as_deref(),
                signed.envelope().issuer.as_deref()
            ),
            ("_r", Some("_q"), Some("https://sp/acs"), Some("https://idp/"))
        );
        let assertion = signed.assertion();
        assert_eq!(
            assertion.attribute("urn:role"),
            Some(&["reader".to_owned(), "writer".to_owned()][..])
        );
        assert_eq!(
            assertion.conditions.as_ref().unwrap().audience_restrictions,
            [["https://sp"]]
        );
        assert_eq!(
            assertion.subject.as_ref().unwrap().confirmations[0].method,
            names::CM_BEARER
        );
        assert_eq!(assertion.authn_statements[0].session_index.as_deref(), Some("_a"));
    }
    // Every signature there is must verify, also the one that is not needed.
    let inner_value = both.rfind("<SignatureValue>").unwrap() + "<SignatureValue>".len();
    let mut broken = both.clone();
    broken.replace_range(inner_value..inner_value + 4, "AAAA");
    assert_refused!(
        &broken,
        &keys,
        SignatureError::SignatureMismatch | SignatureError::DigestMismatch
    );
    let outer_value = both.find("<SignatureValue>").unwrap() + "<SignatureValue>".len();
    let mut broken = both;
    broken.replace_range(outer_value..outer_value + 4, "AAAA");
    assert_refused!(&broken, &keys, SignatureError::SignatureMismatch);
}

#[test]
fn what_is_not_signed_or_signed_by_others_is_refused() {
    let (key, attacker) = (Key::rsa(), Key::rsa());
    let keys = key.trusted();
    let unsigned = response("m@corp")
        .replace(ON_RESPONSE, "")
        .replace(ON_ASSERTION, "");
    assert_refused!(&unsigned, &keys, SignatureError::NotSigned { .. });
    let forged = signed_assertion("v@corp", &attacker);
    assert_refused!(&forged, &keys, SignatureError::SignatureMismatch);
    // The attacker's certificate travels along; KeyInfo is ignored.
    let certificate = STANDARD.encode(&attacker.certificate);
    let info = format!(
        "</SignatureValue><KeyInfo><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo>"
    );
    let hinted = forged.replace("</SignatureValue>", &info);
    assert_refused!(&hinted, &keys, SignatureError::SignatureMismatch);
    // So is an unrelated hint on an honest message.
    let honest = signed_assertion("m@corp", &key);
    assert_eq!(identity(&honest, &keys), "m@corp");
    assert_eq!(
        identity(&honest.replace("</SignatureValue>", &info), &keys),
        "m@corp"
    );
}

#[test]
fn what_was_changed_after_signing_is_refused() {
    let key = Key::rsa();
    let keys = key.trusted();
    let honest = signed_assertion("admin@corp.evil", &key);
    let digest = cut(&honest.replace("<DigestValue>", "<DigestValue >"), "DigestValue").replace(" >", ">");
    let forged_digest = STANDARD.encode([7; 32]);
    for (from, to) in [
        ("admin@corp.evil", "admin@corp"),
        ("reader", "owner"),
        ("Recipient=\"https://sp/acs\"", "Recipient=\"https://sp/acx\""),
        ("</Assertion>", " </Assertion>"),
        // A comment in the digest hides nothing, and the content decides.
        ("<AttributeValue>reader", "<AttributeValue>owner<!--"),
    ] {
        let text = honest.replacen(from, to, 1).replace("owner<!--", "owner<!---->");
        assert_refused!(&text, &keys, SignatureError::DigestMismatch);
    }
    let mut flipped = honest.clone();
    let at = flipped.find("<SignatureValue>").unwrap() + 20;
    let other = if &flipped[at..=at] == "A" { "B" } else { "A" };
    flipped.replace_range(at..=at, other);
    assert_refused!(&flipped, &keys, SignatureError::SignatureMismatch);
    let edited = honest.replace(&digest, &format!("<DigestValue>{forged_digest}</DigestValue>"));
    assert_refused!(&edited, &keys, SignatureError::SignatureMismatch);
    // SAMLStorm: a forged digest in a comment before the genuine one.
    let commented = honest
        .replace("<DigestValue>", &format!("<DigestValue><!--{forged_digest}-->"))
        .replace("admin@corp.evil", "admin@corp");
    assert_refused!(&commented, &keys, SignatureError::DigestMismatch);
    let emptied = honest.replace(
        cut(
            &honest.replace("<SignatureValue>", "<SignatureValue >"),
            "SignatureValue",
        )
        .replace(" >", ">")
        .as_str(),
        "<SignatureValue/>",
    );
    assert_refused!(&emptied, &keys, SignatureError::SignatureValueNotBase64);
    // The empty signature value of an honest message removed altogether.
    let removed = emptied.replace("<SignatureValue/>", "");
    assert_refused!(&removed, &keys, SignatureError::Structure(_));
}

#[test]
fn comments_never_shorten_a_value() {
    let key = Key::rsa();
    let keys = key.trusted();
    // Canonicalisation without comments drops them, so the signature holds; the identity is the whole text.
    let honest = signed_assertion("admin@corp.com.evil.com", &key);
    for (from, to) in [
        ("corp.com.evil", "corp.com<!---->.evil"),
        (">admin@", "><!--x-->admin@"),
        (
            ">admin@corp.com.evil.com<",
            "><![CDATA[admin@corp.com.evil.com]]><",
        ),
        ("admin@", "&#x61;dmin&#64;"),
    ] {
        assert_eq!(
            identity(&honest.replace(from, to), &keys),
            "admin@corp.com.evil.com"
        );
    }
    // A processing instruction is content, so the digest changes.
    let instructed = honest.replace("admin@corp", "<?x y?>admin@corp");
    assert_refused!(&instructed, &keys, SignatureError::DigestMismatch);
    // A method that keeps comments keeps none of what `#id` selects (xmldsig-core1 4.4.3.3).
    let commented = response("admin@corp<!---->.evil");
    let plain = document(&commented.replace(ON_RESPONSE, "").replace(ON_ASSERTION, ""));
    for (with_comments, accepted) in [(false, true), (true, false)] {
        let mode = Exclusive {
            with_comments,
            inclusive_prefixes: &[],
        };
        let content = canonicalize(by_id(&plain, "_a"), &mode, None).unwrap();
        let digest = STANDARD.encode(openssl::sha::sha256(content.as_bytes()));
        let info = support::signed_info("_a", &digest).replace(
            &format!("<Transform Algorithm=\"{}\"/>", names::C14N_EXCLUSIVE),
            &format!(
                "<Transform Algorithm=\"{}\"/>",
                names::C14N_EXCLUSIVE_WITH_COMMENTS
            ),
        );
        let text = sign_as(
            &commented,
            ON_ASSERTION,
            "_a",
            &key,
            MessageDigest::sha256(),
            |_| info,
        );
        let text = text.replace(ON_RESPONSE, "");
        if accepted {
            assert_eq!(identity(&text, &keys), "admin@corp.evil");
        } else {
            assert_refused!(&text, &keys, SignatureError::DigestMismatch);
        }
    }
}

#[test]
fn a_trusted_key_cannot_sign_in_another_shape() {
    let key = Key::rsa();
    let keys = key.trusted();
    let shaped = |change: &dyn Fn(String) -> String| {
        let text = sign_as(
            &response("m@corp"),
            ON_ASSERTION,
            "_a",
            &key,
            MessageDigest::sha256(),
            change,
        );
        text.replace(ON_RESPONSE, "")
    };
    let replaced = |from: &str, to: &str| {
        shaped(&|info| {
            assert!(info.contains(from), "{from}");
            info.replacen(from, to, 1)
        })
    };
    assert_eq!(
        identity(&replaced("<SignedInfo>", "<SignedInfo >"), &keys),
        "m@corp"
    );

    for (uri, found) in [
        ("URI=\"\"", Some("")),
        ("URI=\"#_r\"", Some("#_r")),
        ("URI=\"#absent\"", Some("#absent")),
        ("URI=\"_a\"", Some("_a")),
        ("URI=\"http://canary/doc.xml\"", Some("http://canary/doc.xml")),
        ("URI=\"#xpointer(id('_a'))\"", Some("#xpointer(id('_a'))")),
        ("URI=\"#x'] or //*[@ID='_a\"", Some("#x'] or //*[@ID='_a")),
        ("Type=\"urn:x\"", None),
    ] {
        assert_refused!(&replaced("URI=\"#_a\"", uri), &keys,
            SignatureError::ReferenceElsewhere { found: ref it, .. } if it.as_deref() == found);
    }
    let no_reference = shaped(&|info| {
        let start = info.find("<Reference").unwrap();
        format!("{}</SignedInfo>", &info[..start])
    });
    assert_refused!(&no_reference, &keys, SignatureError::NoReference);
    let twice = shaped(&|info| {
        let reference = cut(&info, "Reference").to_owned();
        info.replace(&reference, &format!("{reference}{reference}"))
    });
    assert_refused!(&twice, &keys, SignatureError::SecondReference);

    let exclusive = format!("<Transform Algorithm=\"{}\"/>", names::C14N_EXCLUSIVE);
    let enveloped = format!("<Transform Algorithm=\"{}\"/>", names::TRANSFORM_ENVELOPED);
    for uri in [
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/2000/09/xmldsig#base64",
        "http://www.w3.org/2002/07/decrypt#XML",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2006/12/xml-c14n11",
        "urn:x",
        "",
    ] {
        let other = format!("<Transform Algorithm=\"{uri}\"/>");
        assert_refused!(&replaced(&exclusive, &other), &keys, SignatureError::TransformRefused { uri: ref it } if it == uri);
        assert_refused!(
            &replaced(&exclusive, &format!("{exclusive}{other}")),
            &keys,
            SignatureError::TransformRefused { .. }
        );
    }
    for transforms in [
        enveloped.clone(),
        exclusive.clone(),
        format!("{exclusive}{enveloped}"),
        format!("{enveloped}{enveloped}"),
        format!("{enveloped}{exclusive}{exclusive}"),
        enveloped.repeat(500),
        String::new(),
    ] {
        let text = replaced(&format!("{enveloped}{exclusive}"), &transforms);
        assert_refused!(&text, &keys, SignatureError::Transforms);
    }

    let method = |uri: &str| replaced(names::SIG_RSA_SHA256, uri);
    for uri in [
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        "https://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "none",
        "",
    ] {
        assert_refused!(&method(uri), &keys, SignatureError::SignatureMethodRefused { uri: ref it } if it == uri);
    }
    assert_refused!(
        &method(names::SIG_ECDSA_SHA256),
        &keys,
        SignatureError::KeyKind { .. }
    );
    assert_refused!(
        &method(names::SIG_RSA_SHA1),
        &keys,
        SignatureError::Sha1Refused {
            uri: names::SIG_RSA_SHA1
        }
    );
    assert_refused!(
        &replaced(names::DIGEST_SHA256, names::DIGEST_SHA1),
        &keys,
        SignatureError::Sha1Refused {
            uri: names::DIGEST_SHA1
        }
    );
    assert_refused!(
        &replaced(names::DIGEST_SHA256, "urn:md5"),
        &keys,
        SignatureError::DigestMethodRefused { .. }
    );
    assert_refused!(
        &replaced(names::C14N_EXCLUSIVE, "urn:x"),
        &keys,
        SignatureError::CanonicalizationRefused { .. }
    );
    let length = format!(
        "<SignatureMethod Algorithm=\"{}\"><HMACOutputLength>1</HMACOutputLength></SignatureMethod>",
        names::SIG_RSA_SHA256
    );
    let plain = format!("<SignatureMethod Algorithm=\"{}\"/>", names::SIG_RSA_SHA256);
    assert_refused!(&replaced(&plain, &length), &keys, SignatureError::Structure(_));
    assert_refused!(
        &replaced(&plain, &plain.repeat(2)),
        &keys,
        SignatureError::Structure(_)
    );
    let prefixes = (0..33).map(|n| format!("p{n} ")).collect::<String>();
    let list = format!(
        "<Transform Algorithm=\"{0}\"><InclusiveNamespaces xmlns=\"{0}\" PrefixList=\"{prefixes}\"/></Transform>",
        names::C14N_EXCLUSIVE
    );
    assert_refused!(
        &replaced(&exclusive, &list),
        &keys,
        SignatureError::PrefixList { limit: 32 }
    );
}

#[test]
fn a_public_key_is_no_secret() {
    // The classical confusion: HMAC, keyed with what everybody knows.
    let key = Key::rsa();
    let secret = PKey::hmac(&key.private.public_key_to_pem().unwrap()).unwrap();
    let text = sign_as(
        &response("v@corp"),
        ON_ASSERTION,
        "_a",
        &key,
        MessageDigest::sha256(),
        |info| {
            info.replace(
                names::SIG_RSA_SHA256,
                "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            )
        },
    )
    .replace(ON_RESPONSE, "");
    let signed = document(&text);
    let info = signed
        .elements()
        .find(|element| element.name() == "SignedInfo")
        .unwrap();
    let message = canonicalize(info, &Exclusive::default(), None).unwrap();
    let value = Signer::new(MessageDigest::sha256(), &secret)
        .unwrap()
        .sign_oneshot_to_vec(message.as_bytes())
        .unwrap();
    let start = text.find("<SignatureValue>").unwrap();
    let end = text.find("</SignatureValue>").unwrap();
    let forged = format!(
        "{}<SignatureValue>{}{}",
        &text[..start],
        STANDARD.encode(value),
        &text[end..]
    );
    assert_refused!(
        &forged,
        &key.trusted(),
        SignatureError::SignatureMethodRefused { .. }
    );
}

#[test]
fn the_signature_element_has_one_shape() {
    let key = Key::rsa();
    let keys = key.trusted();
    let honest = signed_assertion("m@corp", &key);
    let signature = cut(&honest, "Signature").to_owned();
    let info = cut(&honest.replace("<SignedInfo>", "<SignedInfo >"), "SignedInfo")
        .replace("<SignedInfo >", "<SignedInfo>");
    let forged_info = info.replace("_a", "_b");
    for (from, to) in [
        ("</Signature>", "<Object>x</Object></Signature>".to_owned()),
        (
            "</Signature>",
            "<Object><Manifest/></Object></Signature>".to_owned(),
        ),
        ("<SignedInfo>", "<Object/><SignedInfo>".to_owned()),
    ] {
        assert_refused!(&honest.replacen(from, &to, 1), &keys, SignatureError::Object);
    }
    for (from, to) in [
        (info.as_str(), format!("{forged_info}{info}")),
        (info.as_str(), format!("{info}{forged_info}")),
        (info.as_str(), format!("<wrapper>{forged_info}</wrapper>{info}")),
        (info.as_str(), String::new()),
        ("</Signature>", "<KeyInfo/><KeyInfo/></Signature>".to_owned()),
        ("</Signature>", "x</Signature>".to_owned()),
    ] {
        assert_refused!(
            &honest.replacen(from, &to, 1),
            &keys,
            SignatureError::Structure(_)
        );
    }
    // Two signatures on one element: to the schema of the response that is one too many.
    assert_refused_or_malformed(
        &honest.replace(&signature, &format!("{signature}{signature}")),
        &keys,
    );
    let empty = "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>";
    assert_refused_or_malformed(&honest.replace(&signature, &format!("{empty}{signature}")), &keys);
    let twice = document(&honest.replace(&signature, &format!("{signature}{signature}")));
    let result = verify_enveloped(by_id(&twice, "_a"), &keys);
    assert!(
        matches!(result, Err(SignatureError::SecondSignature { .. })),
        "{result:?}"
    );
}

fn assert_refused_or_malformed(text: &str, keys: &TrustedKeys) {
    let outcome = outcome(text, keys);
    assert!(!matches!(outcome, Outcome::Accepted(_)), "{outcome:?}\n{text}");
}

#[test]
fn void_canonicalisation_signs_nothing() {
    // A relative namespace makes other libraries canonicalise to nothing; the digest of nothing is known.
    let key = Key::rsa();
    let nothing = STANDARD.encode(openssl::sha::sha256(b""));
    let text = sign_as(
        &response("v@corp"),
        ON_ASSERTION,
        "_a",
        &key,
        MessageDigest::sha256(),
        |_| support::signed_info("_a", &nothing),
    )
    .replace(ON_RESPONSE, "");
    assert_refused!(&text, &key.trusted(), SignatureError::DigestMismatch);
    for namespace in ["ns", "http://e\u{80}"] {
        let relative = text.replace("<Subject>", &format!("<Subject xmlns:x=\"{namespace}\">"));
        assert_refused!(&relative, &key.trusted(), SignatureError::C14n(_));
    }
}

#[test]
fn ecdsa_has_its_width_and_its_key() {
    let (rsa, p256) = (Key::rsa(), Key::ec(Nid::X9_62_PRIME256V1, 32));
    let ecdsa = |info: String| info.replace(names::SIG_RSA_SHA256, names::SIG_ECDSA_SHA256);
    let text = sign_as(
        &response("m@corp"),
        ON_ASSERTION,
        "_a",
        &p256,
        MessageDigest::sha256(),
        ecdsa,
    )
    .replace(ON_RESPONSE, "");
    assert_eq!(identity(&text, &trust(&[&rsa, &p256], Sha1::Refused)), "m@corp");
    assert_refused!(
        &text,
        &rsa.trusted(),
        SignatureError::KeyKind {
            uri: names::SIG_ECDSA_SHA256
        }
    );
    // The same numbers written one byte wider, or as DER.
    let value = cut(
        &text.replace("<SignatureValue>", "<SignatureValue >"),
        "SignatureValue",
    )
    .replace("<SignatureValue >", "")
    .replace("</SignatureValue>", "");
    let raw = STANDARD.decode(&value).unwrap();
    let wide = STANDARD.encode([&[0], &raw[..32], &[0], &raw[32..]].concat());
    for other in [
        wide,
        STANDARD.encode([]),
        STANDARD.encode(&raw[1..]),
        STANDARD.encode([0; 64]),
    ] {
        let text = text.replace(&value, &other);
        assert_refused!(
            &text,
            &p256.trusted(),
            SignatureError::SignatureMismatch | SignatureError::SignatureValueNotBase64
        );
    }
}

#[test]
fn sha_1_is_accepted_where_the_trust_says_so() {
    let key = Key::rsa();
    let sha1 = |info: String| info.replace(names::SIG_RSA_SHA256, names::SIG_RSA_SHA1);
    let text = sign_as(
        &response("m@corp"),
        ON_ASSERTION,
        "_a",
        &key,
        MessageDigest::sha1(),
        sha1,
    )
    .replace(ON_RESPONSE, "");
    assert_eq!(identity(&text, &trust(&[&key], Sha1::Allowed)), "m@corp");
    assert_refused!(&text, &key.trusted(), SignatureError::Sha1Refused { .. });
}

#[test]
fn trust_needs_certificates_with_usable_keys() {
    let key = Key::rsa();
    let build =
        |certificates: &[&[u8]]| TrustedKeys::from_certificates(certificates.iter().copied(), Sha1::Refused);
    assert!(matches!(build(&[]), Err(KeyError::Empty)));
    assert!(matches!(
        build(&[&key.certificate, b"x"]),
        Err(KeyError::NotACertificate { index: 1 })
    ));
    let odd = Key::ec(Nid::SECP256K1, 32);
    assert!(matches!(
        build(&[&odd.certificate]),
        Err(KeyError::Unsupported { index: 0 })
    ));
}

#[test]
fn a_response_without_assertion_signs_nobody_in() {
    let key = Key::rsa();
    let genuine = response("m@corp").replace(ON_ASSERTION, "");
    let bare = genuine.replace(cut(&genuine, "Assertion"), "");
    let text = sign(&bare, ON_RESPONSE, "_r", &key);
    let unverified = UnverifiedResponse::parse(text.as_bytes(), &Limits::default()).unwrap();
    assert!(unverified.envelope().status.is_success() && !unverified.has_assertion());
    assert!(matches!(
        unverified.verify(&key.trusted()),
        Err(SignatureError::NoAssertion)
    ));
}
