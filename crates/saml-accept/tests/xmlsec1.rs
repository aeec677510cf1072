//! xmlsec1 signs, this crate verifies: every accepted algorithm, prefix lists, comments, and random content.

#![allow(clippy::unwrap_used)]

mod generator;
mod support;

use std::fs;

use openssl::nid::Nid;
use proptest::prelude::*;
use saml_accept::response::UnverifiedResponse;
use saml_accept::signature::{Sha1, SignatureError, TrustedKeys, verify_enveloped};
use saml_accept::xml::Limits;
use saml_model::names;
use tempfile::TempDir;

use support::{Key, ON_ASSERTION, ON_RESPONSE, by_id, cut, document, response, trust};

/// How a template asks xmlsec1 to sign.
struct Template {
    signature: &'static str,
    digest: &'static str,
    method: &'static str,
    prefix_list: Option<&'static str>,
}

impl Template {
    const PLAIN: Self = Self {
        signature: names::SIG_RSA_SHA256,
        digest: names::DIGEST_SHA256,
        method: names::C14N_EXCLUSIVE,
        prefix_list: None,
    };

    fn render(&self, id: &str) -> String {
        let Self {
            signature,
            digest,
            method,
            ..
        } = self;
        let prefixes = self.prefix_list.map_or_else(String::new, |list| {
            let namespace = names::C14N_EXCLUSIVE;
            format!("<ec:InclusiveNamespaces xmlns:ec=\"{namespace}\" PrefixList=\"{list}\"/>")
        });
        format!(
            r##"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{method}">{prefixes}</ds:CanonicalizationMethod>
<ds:SignatureMethod Algorithm="{signature}"/><ds:Reference URI="#{id}"><ds:Transforms><ds:Transform Algorithm="{}"/><ds:Transform Algorithm="{method}">{prefixes}</ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:KeyName/></ds:KeyInfo></ds:Signature>"##,
            names::TRANSFORM_ENVELOPED
        )
    }
}

/// A private key where xmlsec1 can read it.
struct Signer {
    key: Key,
    folder: TempDir,
}

impl Signer {
    fn new(key: Key) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(
            folder.path().join("key.pem"),
            key.private.private_key_to_pem_pkcs8().unwrap(),
        )
        .unwrap();
        Self { key, folder }
    }

    /// Signs the template in a document whose elements named `element` carry IDs.
    fn sign(&self, text: &str, element: &str) -> String {
        let (key, input) = (
            self.folder.path().join("key.pem"),
            self.folder.path().join("in.xml"),
        );
        fs::write(&input, text).unwrap();
        let (key, input) = (key.to_str().unwrap(), input.to_str().unwrap());
        let arguments = ["--sign", "--privkey-pem", key, "--id-attr:ID", element, input];
        let signed =
            support::run("xmlsec1", &arguments, b"").unwrap_or_else(|error| panic!("{error}\n{text}"));
        String::from_utf8(signed).unwrap()
    }
}

fn name_id(text: &str, keys: &TrustedKeys) -> Result<String, SignatureError> {
    let response = UnverifiedResponse::parse(text.as_bytes(), &Limits::default()).unwrap();
    let signed = response.verify(keys)?;
    Ok(signed.assertion().name_id().unwrap().value.clone())
}

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion:Assertion";
const RESPONSE: &str = "urn:oasis:names:tc:SAML:2.0:protocol:Response";

#[test]
fn every_accepted_algorithm_verifies() {
    if !support::has_tool("xmlsec1") {
        return;
    }
    let rsa = Signer::new(Key::rsa());
    let p256 = Signer::new(Key::ec(Nid::X9_62_PRIME256V1, 32));
    let p384 = Signer::new(Key::ec(Nid::SECP384R1, 48));
    let p521 = Signer::new(Key::ec(Nid::SECP521R1, 66));
    for (signer, signature, digest) in [
        (&rsa, names::SIG_RSA_SHA1, names::DIGEST_SHA1),
        (&rsa, names::SIG_RSA_SHA256, names::DIGEST_SHA256),
        (&rsa, names::SIG_RSA_SHA384, names::DIGEST_SHA384),
        (&rsa, names::SIG_RSA_SHA512, names::DIGEST_SHA512),
        (&p256, names::SIG_ECDSA_SHA1, names::DIGEST_SHA1),
        (&p256, names::SIG_ECDSA_SHA256, names::DIGEST_SHA256),
        (&p384, names::SIG_ECDSA_SHA384, names::DIGEST_SHA384),
        (&p521, names::SIG_ECDSA_SHA512, names::DIGEST_SHA512),
    ] {
        let template = Template {
            signature,
            digest,
            ..Template::PLAIN
        };
        let text = response("m@corp")
            .replace(ON_ASSERTION, &template.render("_a"))
            .replace(ON_RESPONSE, "");
        let text = signer.sign(&text, ASSERTION);
        assert_eq!(
            name_id(&text, &trust(&[&signer.key], Sha1::Allowed)).unwrap(),
            "m@corp",
            "{signature}"
        );
        let strict = name_id(&text, &trust(&[&signer.key], Sha1::Refused));
        match strict {
            Ok(_) => assert_ne!(digest, names::DIGEST_SHA1),
            Err(SignatureError::Sha1Refused { .. }) => assert_eq!(digest, names::DIGEST_SHA1),
            Err(other) => panic!("{other}"),
        }
        let forged = text.replace("m@corp", "v@corp");
        let forged = name_id(&forged, &trust(&[&signer.key], Sha1::Allowed));
        assert!(
            matches!(forged, Err(SignatureError::DigestMismatch)),
            "{forged:?}"
        );
    }
}

#[test]
fn prefix_lists_comments_and_both_signatures_verify() {
    if !support::has_tool("xmlsec1") {
        return;
    }
    let signer = Signer::new(Key::rsa());
    let keys = signer.key.trusted();
    let declared = response("m@corp").replace(
        "<samlp:Response ",
        "<!-- before --><samlp:Response xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns=\"urn:outer\" xmlns:unused=\"urn:u\" ",
    );
    let typed = declared.replace(
        "<AttributeValue>reader",
        "<AttributeValue xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">reader",
    );
    for list in [
        None,
        Some("xs"),
        Some("xs xsi #default"),
        Some("#default unused absent"),
    ] {
        for method in [names::C14N_EXCLUSIVE, names::C14N_EXCLUSIVE_WITH_COMMENTS] {
            let template = Template {
                method,
                prefix_list: list,
                ..Template::PLAIN
            };
            let message = typed.replace("<Subject>", "<!-- kept or dropped --><Subject>");
            let text = message.replace(ON_ASSERTION, &template.render("_a"));
            let inner = signer.sign(&text, ASSERTION);
            assert_eq!(name_id(&inner, &keys).unwrap(), "m@corp", "{list:?} {method}");
            let outer = signer.sign(&message.replace(ON_RESPONSE, &template.render("_r")), RESPONSE);
            assert_eq!(name_id(&outer, &keys).unwrap(), "m@corp", "{list:?} {method}");
            // The response around an assertion that is signed already, under another prefix list.
            let both = signer.sign(
                &inner.replacen(ON_RESPONSE, &Template::PLAIN.render("_r"), 1),
                RESPONSE,
            );
            let response = UnverifiedResponse::parse(both.as_bytes(), &Limits::default()).unwrap();
            let signed = response.verify(&keys).unwrap();
            assert!(signed.response_is_signed() && signed.assertion_is_signed());
            // A reference of the form `#id` leaves comments out, whatever the method (xmldsig-core1 4.4.3.3).
            let changed = inner.replace("kept or dropped", "changed");
            assert_eq!(name_id(&changed, &keys).unwrap(), "m@corp");
        }
    }
}

#[test]
fn wrapping_a_foreign_signature_is_refused_too() {
    if !support::has_tool("xmlsec1") {
        return;
    }
    let signer = Signer::new(Key::rsa());
    let keys = signer.key.trusted();
    let text = response("m@corp")
        .replace(ON_ASSERTION, &Template::PLAIN.render("_a"))
        .replace(ON_RESPONSE, "");
    let text = signer.sign(&text, ASSERTION);
    assert_eq!(name_id(&text, &keys).unwrap(), "m@corp");
    let assertion = cut(&text, "Assertion");
    let signature = cut(assertion, "ds:Signature");
    let bare = assertion.replace(signature, "");
    let evil = bare.replace("m@corp", "v@corp").replace("\"_a\"", "\"_evil\"");
    let keeping = assertion
        .replace("m@corp", "v@corp")
        .replace("ID=\"_a\"", "ID=\"_evil\"");
    let object = format!("<ds:Object>{bare}</ds:Object></ds:Signature>");
    for wrapped in [
        format!("{evil}{assertion}"),
        evil.replace("</Assertion>", &format!("{assertion}</Assertion>")),
        format!("{keeping}{bare}"),
        keeping.replace("</ds:Signature>", &format!("{bare}</ds:Signature>")),
        keeping.replace("</ds:Signature>", &object),
    ] {
        let wrapped = text.replace(assertion, &wrapped);
        assert!(
            UnverifiedResponse::parse(wrapped.as_bytes(), &Limits::default()).is_err(),
            "{wrapped}"
        );
        let tree = document(&wrapped);
        let result = verify_enveloped(by_id(&tree, "_evil"), &keys);
        assert!(result.is_err(), "{wrapped}");
    }
}

#[test]
fn random_signed_subtrees_verify() {
    if !support::has_tool("xmlsec1") {
        return;
    }
    let signer = Signer::new(Key::ec(Nid::X9_62_PRIME256V1, 32));
    let keys = signer.key.trusted();
    let lists = prop::sample::select(vec![None, Some("a"), Some("#default b"), Some("c a #default")]);
    let outer = prop::sample::select(vec![
        "",
        " xmlns='urn:1'",
        " xmlns:a='urn:1' xmlns:b='urn:2'",
        " xmlns='urn:2' xmlns:a='urn:1' xmlns:c='urn:3' xml:lang='en'",
    ]);
    let inner = prop::sample::select(vec![
        "",
        " xmlns=''",
        " xmlns:a='urn:2'",
        " xmlns='urn:1' xmlns:b='urn:2'",
    ]);
    let methods = prop::sample::select(vec![names::C14N_EXCLUSIVE, names::C14N_EXCLUSIVE_WITH_COMMENTS]);
    let case = (generator::element(), outer, inner, lists, methods);
    let config = ProptestConfig {
        cases: 60,
        ..ProptestConfig::default()
    };
    let outcome = proptest::test_runner::TestRunner::new(config).run(&case, |(content, outer, inner, prefix_list, method)| {
        let template = Template {
            signature: names::SIG_ECDSA_SHA256,
            method,
            prefix_list,
            ..Template::PLAIN
        }
        .render("_x");
        // The signed element has a name of its own, so that only its ID attribute is declared to be one.
        let text = format!("<outer{outer}><z:signed xmlns:z='urn:z' ID='_x'{inner}>{template}{content}</z:signed></outer>");
        let signed = signer.sign(&text, "urn:z:signed");
        let tree = document(&signed);
        let verified = verify_enveloped(by_id(&tree, "_x"), &keys);
        prop_assert!(verified.is_ok(), "{:?}\n{}", verified.map(|_| ()), signed);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
