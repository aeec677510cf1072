//! The faults about signatures and wrapping are sound: what an attack lives on still verifies, says `xmlsec1`, which shares
//! nothing with the mock. One whose signature is merely broken would be refused by everybody, and prove nothing.

use certs::Certificate;
use control_api::tenant::SigningOptionWord;
use entrant_tests::xmlsec1::Xmlsec1;
use serde_json::{Value, json};

use crate::issuing::Issuer;

const OPTIONS: [SigningOptionWord; 3] = [
    SigningOptionWord::Assertion,
    SigningOptionWord::Response,
    SigningOptionWord::ResponseAndAssertion,
];

/// Who signs in, and whom an attack wants to be, by their mail.
const GENUINE: &str = "b.simon@contoso.com";
const VICTIM: &str = "u.keller@contoso.com";
/// The victim's NameID.
const VICTIM_NAME: &str = "U.Keller@contoso.onmicrosoft.com";

const META: &str = "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor";
const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion:";
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol:";

/// Faults whose signature is the trusted key's, with what of the signed element is digested: who signed in, the victim, or
/// neither.
const BY_THE_TRUSTED_KEY: &[(&str, &str, &str)] = &[
    ("sig-c14n-inclusive", "{}", GENUINE),
    ("sig-c14n-inclusive", r#"{"version": "1.1"}"#, GENUINE),
    ("sig-c14n-with-comments", "{}", GENUINE),
    ("sig-digest-sha1", "{}", GENUINE),
    ("sig-rsa-md5", "{}", GENUINE),
    ("sig-keyinfo-absent", "{}", GENUINE),
    ("sig-keyinfo-unrelated", "{}", GENUINE),
    ("sig-position-end", "{}", GENUINE),
    ("sig-prefixlist", "{}", GENUINE),
    ("sig-ref-empty-uri", "{}", GENUINE),
    ("sig-ref-two", "{}", ""),
    ("sig-ref-two", r#"{"decoy": "last"}"#, GENUINE),
    ("sig-ref-xpointer", "{}", GENUINE),
    ("sig-ref-xpointer", r#"{"form": "root"}"#, GENUINE),
    ("sig-transform-xpath", "{}", ""),
    ("sig-transform-xpath", r#"{"language": "filter2"}"#, ""),
    ("sig-manifest", "{}", ""),
    ("sig-wrong-element", "{}", ""),
    ("sig-wrong-element", r#"{"element": "Subject"}"#, GENUINE),
    (
        "sig-wrong-element",
        r#"{"element": "AttributeStatement"}"#,
        GENUINE,
    ),
    ("sig-wrong-element", r#"{"element": "Status"}"#, ""),
    ("pd-attribute-name-pollution", "{}", GENUINE),
    ("pd-crlf-attr", "{}", "h</AttributeValue>"),
    ("pd-trailing-comment", "{}", GENUINE),
    ("pd-two-libraries", r#"{"form": "split"}"#, GENUINE),
    ("pd-utf8-bom", "{}", GENUINE),
    ("pd-utf8-bom", r#"{"before": "root"}"#, GENUINE),
    ("xml-cdata-nameid", "{}", GENUINE),
    ("xml-charref-nameid", "{}", GENUINE),
    ("xml-comment-attribute", "{}", GENUINE),
    ("xml-comment-issuer-audience", "{}", GENUINE),
    (
        "xml-comment-issuer-audience",
        r#"{"element": "Audience"}"#,
        GENUINE,
    ),
    ("xml-comment-nameid-middle", "{}", GENUINE),
    ("xml-comment-nameid-start", "{}", GENUINE),
    ("xml-doctype-benign", "{}", GENUINE),
    ("xml-prefix-variants", "{}", GENUINE),
    ("xml-prefix-variants", r#"{"prefixes": "samlp"}"#, GENUINE),
    ("xml-prefix-variants", r#"{"prefixes": "default"}"#, GENUINE),
    ("xml-prefix-variants", r#"{"prefixes": "odd"}"#, GENUINE),
    ("xml-stylesheet-pi", "{}", GENUINE),
    ("xml-xinclude", "{}", GENUINE),
];

/// What is forged stands where no signature looks, and the genuine message is as it was.
const BESIDE_THE_GENUINE: &[(&str, &str)] = &[
    ("pd-case-fold-elements", "{}"),
    ("pd-doctype-comment", "{}"),
    ("pd-namespace-confusion", "{}"),
    ("pd-two-libraries", "{}"),
    ("pd-two-libraries", r#"{"form": "subject"}"#),
];

/// What was signed is moved, whole.
const WRAPPED: &[&str] = &[
    "sig-id-duplicate-assertion",
    "sig-id-duplicate-foreign",
    "sig-object-unsigned",
    "pd-entity-in-id",
    "xsw-1",
    "xsw-2",
    "xsw-3",
    "xsw-4",
    "xsw-5",
    "xsw-6",
    "xsw-7",
    "xsw-8",
    "xsw-advice",
    "xsw-after",
    "xsw-ancestor",
    "xsw-attributevalue",
    "xsw-evidence",
    "xsw-extensions-response",
    "xsw-first-signature",
    "xsw-keyinfo",
    "xsw-second-root",
    "xsw-signaturevalue-twin",
    "xsw-soap-wrapper",
    "xsw-statusdetail",
];

struct Rig {
    issuer: Issuer,
    xmlsec1: Xmlsec1,
}

impl Rig {
    fn find() -> Option<Self> {
        let xmlsec1 = Xmlsec1::find()?.knowing(&[
            &format!("{SAML}Issuer"),
            &format!("{SAML}Subject"),
            &format!("{SAML}AttributeStatement"),
            &format!("{PROTOCOL}Status"),
            &format!("{PROTOCOL}LogoutRequest"),
            META,
        ]);
        let issuer = Issuer::new();
        Some(Self { issuer, xmlsec1 })
    }

    fn faulty(&self, option: SigningOptionWord, id: &str, parameters: &str) -> String {
        let mut fault: Value = serde_json::from_str(parameters).unwrap();
        fault["id"] = json!(id);
        self.issuer.faulty(option, &fault)
    }

    /// What is digested where the signature of the element with this name is good.
    fn digested(&self, xml: &str, signed: &str, certificate: &Certificate) -> Result<String, String> {
        let digested = self.xmlsec1.verify(xml, signed, &certificate.pem())?;
        Ok(String::from_utf8(digested).unwrap())
    }
}

/// The elements that are signed.
fn signed(option: SigningOptionWord) -> &'static [&'static str] {
    match option {
        SigningOptionWord::Assertion => &["Assertion"],
        SigningOptionWord::Response => &["Response"],
        SigningOptionWord::ResponseAndAssertion => &["Assertion", "Response"],
    }
}

#[test]
fn what_the_trusted_key_signed_verifies() {
    let Some(rig) = Rig::find() else { return };
    for option in OPTIONS {
        for (id, parameters, covered) in BY_THE_TRUSTED_KEY {
            let xml = rig.faulty(option, id, parameters);
            for signed in signed(option) {
                let told = format!("{id} {parameters} {option:?} {signed}");
                let digested = rig.digested(&xml, signed, &rig.issuer.certificate);
                let digested = digested.unwrap_or_else(|error| panic!("{told}: {error}\n{xml}"));
                // Of a message that is signed twice, what is inside may be signed with it.
                let digested = digested.replace("b.simon<!---->@", "b.simon@");
                assert!(digested.contains(covered), "{told}: {digested}");
                assert!(!digested.contains(VICTIM), "{told}: {digested}");
            }
        }
    }
}

/// Where both are signed, the response's is taken away, since it would give the decoy away.
#[test]
fn what_stands_beside_a_decoy_verifies() {
    let Some(rig) = Rig::find() else { return };
    for option in OPTIONS {
        let signed = signed(option)[0];
        for (id, parameters) in BESIDE_THE_GENUINE {
            let xml = rig.faulty(option, id, parameters);
            let told = format!("{id} {parameters} {option:?}");
            assert!(xml.contains(VICTIM) || xml.contains(VICTIM_NAME), "{told}: {xml}");
            let digested = rig.digested(&xml, signed, &rig.issuer.certificate);
            let digested = digested.unwrap_or_else(|error| panic!("{told}: {error}\n{xml}"));
            assert!(
                digested.contains(GENUINE) && !digested.contains(VICTIM),
                "{told}: {digested}"
            );
        }
    }
}

/// What is read by who ends a document type at the first `>`: the forged message alone.
#[test]
fn a_document_type_that_ends_early_leaves_the_forged_message() {
    let Some(rig) = Rig::find() else { return };
    for option in OPTIONS {
        let xml = rig.faulty(option, "pd-doctype-comment", "{}");
        let (_, rest) = xml.split_once("'x\">").unwrap();
        let (_, rest) = rest.strip_prefix("<!--").unwrap().split_once("-->").unwrap();
        let (forged, _) = rest.split_once("<!--").unwrap();
        assert!(
            forged.starts_with("<samlp:Response ") && forged.ends_with("</samlp:Response>"),
            "{forged}"
        );
        assert!(forged.contains(VICTIM) && !forged.contains(GENUINE), "{forged}");
    }
}

/// The octets of another encoding are the same message, and what a careless canonicaliser digests is what was signed.
#[test]
fn another_spelling_verifies_where_it_is_undone() {
    let Some(rig) = Rig::find() else { return };
    for option in OPTIONS {
        for order in ["little", "big"] {
            let fault = json!({"id": "xml-encoding-utf16", "order": order});
            let octets = rig.issuer.faulty_octets(option, &fault);
            let digested = rig
                .xmlsec1
                .verify(&octets, signed(option)[0], &rig.issuer.certificate.pem());
            let digested = String::from_utf8(digested.unwrap()).unwrap();
            assert!(digested.contains(GENUINE), "{digested}");
        }
        // To xmlsec1 an ID is one whatever its prefix, so that there are two.
        for (prefix, parameters) in [("samlp", "{}"), ("x", r#"{"prefix": "foreign"}"#)] {
            let xml = rig.faulty(option, "pd-attribute-pollution", parameters);
            let (before, rest) = xml.split_once(&format!(" {prefix}:ID=\"")).unwrap();
            let (_, after) = rest.split_once('"').unwrap();
            let undone = format!("{before}{after}");
            let digested = rig.digested(&undone, signed(option)[0], &rig.issuer.certificate);
            assert!(digested.unwrap().contains(GENUINE), "{xml}");
        }
        let xml = rig.faulty(option, "pd-pi-in-text", "{}");
        let undone = xml.replace("<?p not-an-?>", "not-an-");
        for signed in signed(option) {
            let digested = rig.digested(&undone, signed, &rig.issuer.certificate);
            assert!(digested.unwrap().contains(">not-an-"), "{xml}");
            let as_sent = rig.digested(&xml, signed, &rig.issuer.certificate);
            assert!(as_sent.is_err(), "{signed}");
        }
    }
}

/// Nothing, digested: what a canonicaliser leaves that fails in silence.
#[test]
fn a_void_digest_is_that_of_nothing() {
    let Some(rig) = Rig::find() else { return };
    let nothing = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    for uri in ["relative", "invalid"] {
        let parameters = format!("{{\"uri\": \"{uri}\"}}");
        let xml = rig.faulty(SigningOptionWord::Assertion, "pd-void-c14n", &parameters);
        assert!(
            xml.contains(&format!("<DigestValue>{nothing}</DigestValue>")) && xml.contains(VICTIM),
            "{xml}"
        );
    }
}

/// xmlsec1 itself believes a key that the message brings (pysaml2, CVE-2021-21239).
#[test]
fn what_the_attackers_key_signed_verifies_by_it() {
    let Some(rig) = Rig::find() else { return };
    let own = rig.faulty(SigningOptionWord::Assertion, "sig-wrong-key-own-cert", "{}");
    let attackers = certificate_in(&own);
    for option in OPTIONS {
        for id in [
            "sig-wrong-key",
            "sig-wrong-key-cloned-cert",
            "sig-wrong-key-genuine-cert",
            "sig-wrong-key-keyvalue",
            "sig-wrong-key-own-cert",
            "sig-wrong-key-same-ca",
            "sig-keyinfo-remote",
        ] {
            let xml = rig.faulty(option, id, "{}");
            for signed in signed(option) {
                let digested = rig.digested(&xml, signed, &attackers);
                let digested = digested.unwrap_or_else(|error| panic!("{id} {option:?}: {error}"));
                assert!(digested.contains(VICTIM), "{id} {option:?}: {digested}");
                let trusted = rig.digested(&xml, signed, &rig.issuer.certificate);
                assert!(trusted.is_err(), "{id} {option:?}");
            }
        }
    }
    for id in ["sig-hmac-embedded-key", "sig-wrong-key-keyvalue"] {
        let xml = rig.faulty(SigningOptionWord::Assertion, id, "{}");
        let digested = rig.xmlsec1.verify_by_its_own_key(&xml, "Assertion");
        let digested = digested.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert!(String::from_utf8(digested).unwrap().contains(VICTIM), "{id}");
    }
}

/// The certificates that look right are what they say.
#[test]
fn the_attackers_certificates_look_right() {
    let Some(rig) = Rig::find() else { return };
    let xml = |id: &str| rig.faulty(SigningOptionWord::Assertion, id, "{}");
    let own = certificate_in(&xml("sig-wrong-key-own-cert"));
    let genuine = openssl::x509::X509::from_der(rig.issuer.certificate.der()).unwrap();
    let key_of = |certificate: &Certificate| certificate.public_key().unwrap();
    for id in ["sig-wrong-key-cloned-cert", "sig-wrong-key-same-ca"] {
        let certificate = certificate_in(&xml(id));
        assert!(key_of(&certificate).public_eq(&key_of(&own)), "{id}");
        let read = openssl::x509::X509::from_der(certificate.der()).unwrap();
        let issuer = |it: &openssl::x509::X509| it.issuer_name().to_der().unwrap();
        assert_eq!(issuer(&read), issuer(&genuine), "{id}");
        let is_clone = id == "sig-wrong-key-cloned-cert";
        let serial = |it: &openssl::x509::X509| it.serial_number().to_bn().unwrap();
        assert_eq!(serial(&read) == serial(&genuine), is_clone, "{id}");
        let by_the_authority = read.verify(&genuine.public_key().unwrap()).unwrap();
        assert_eq!(by_the_authority, !is_clone, "{id}");
        assert_eq!(
            certificate.not_after(),
            rig.issuer.certificate.not_after(),
            "{id}"
        );
    }
    assert_eq!(
        certificate_in(&xml("sig-wrong-key-genuine-cert")).der(),
        rig.issuer.certificate.der()
    );
}

#[test]
fn what_is_wrapped_verifies_where_it_is_put_back() {
    let Some(rig) = Rig::find() else { return };
    for option in OPTIONS {
        for id in WRAPPED {
            let xml = rig.faulty(option, id, "{}");
            let told = format!("{id} {option:?}");
            if !id.ends_with("soap-wrapper") && *id != "sig-id-duplicate-foreign" {
                assert!(xml.contains(VICTIM), "{told}: {xml}");
            }
            let whole = match (option, *id) {
                (SigningOptionWord::Assertion, _) => "Assertion",
                (SigningOptionWord::Response, _) => "samlp:Response",
                (_, "xsw-1" | "xsw-2" | "xsw-extensions-response") => "samlp:Response",
                _ => "Assertion",
            };
            let genuine = put_back(&xml, whole).unwrap_or_else(|| panic!("{told}: {xml}"));
            let signed = whole.trim_start_matches("samlp:");
            let digested = rig.digested(&genuine, signed, &rig.issuer.certificate);
            let digested = digested.unwrap_or_else(|error| panic!("{told}: {error}\n{genuine}\n{xml}"));
            assert!(
                digested.contains(GENUINE) && !digested.contains(VICTIM),
                "{told}: {digested}"
            );
        }
    }
}

/// What is signed by the trusted key and means something else.
#[test]
fn what_is_borrowed_verifies() {
    let Some(rig) = Rig::find() else { return };
    for option in OPTIONS {
        for (id, signed) in [
            ("sig-from-metadata", "EntityDescriptor"),
            ("sig-from-logout", "LogoutRequest"),
        ] {
            let xml = rig.faulty(option, id, "{}");
            let digested = rig.digested(&xml, signed, &rig.issuer.certificate);
            let digested = digested.unwrap_or_else(|error| panic!("{id} {option:?}: {error}\n{xml}"));
            assert!(
                xml.contains(VICTIM) && !digested.contains(VICTIM),
                "{id} {option:?}"
            );
        }
        let xml = rig.faulty(option, "sig-from-error-response", "{}");
        let (start, rest) = xml.split_once("</Signature><Signature ").unwrap();
        let (_, end) = rest.split_once("</Signature>").unwrap();
        let genuine = format!("{start}</Signature>{end}");
        let digested = rig
            .digested(&genuine, "Response", &rig.issuer.certificate)
            .unwrap();
        assert!(digested.contains("status:Requester") && !digested.contains("Assertion "));
    }
}

/// What the trusted key signed of a LogoutRequest that is posted, and what the attackers' did.
#[test]
fn posted_logout_messages_verify_by_who_signed_them() {
    let Some(rig) = Rig::find() else { return };
    let posted = |id: &str, parameters: &str| {
        let mut fault: Value = serde_json::from_str(parameters).unwrap();
        fault["id"] = json!(id);
        rig.issuer.logout(&json!([{"id": "slo-post"}, fault]))
    };
    for (id, parameters, name) in [
        ("slo-named", "{}", GENUINE),
        ("slo-comment-nameid", "{}", GENUINE),
        ("slo-destination-other", "{}", GENUINE),
        ("slo-issuer-other-idp", "{}", GENUINE),
        ("slo-nameid-format-differs", "{}", GENUINE),
        ("slo-no-sessionindex", "{}", GENUINE),
        ("slo-notonorafter-past", "{}", GENUINE),
        ("slo-wrong-sessionindex", "{}", GENUINE),
    ] {
        let xml = posted(id, parameters);
        let digested = rig.digested(&xml, "LogoutRequest", &rig.issuer.certificate);
        let digested = digested.unwrap_or_else(|error| panic!("{id}: {error}\n{xml}"));
        assert!(
            digested.contains(name) && !digested.contains("<!--"),
            "{id}: {digested}"
        );
        assert_eq!(xml.contains("<!---->"), id == "slo-comment-nameid", "{xml}");
    }
    // A document type stands outside of what is signed.
    let xml = posted("slo-xxe", "{}");
    let (document_type, root) = xml.split_once("<samlp:LogoutRequest ").unwrap();
    assert!(document_type.starts_with("<!DOCTYPE"), "{xml}");
    let root = format!("<samlp:LogoutRequest {root}");
    assert!(
        rig.digested(&root, "LogoutRequest", &rig.issuer.certificate)
            .is_ok()
    );
    for id in ["slo-tampered-nameid", "slo-wrong-key"] {
        let xml = posted(id, "{}");
        let refused = rig.digested(&xml, "LogoutRequest", &rig.issuer.certificate);
        assert!(refused.is_err(), "{id}: {xml}");
    }
    // By the attackers' key it is good; what was tampered with is good where that is undone.
    let xml = posted("slo-wrong-key", "{}");
    assert!(rig.digested(&xml, "LogoutRequest", &certificate_in(&xml)).is_ok());
    // What is captured verifies alone, and the request around it has no signature.
    let xml = posted("slo-wrapped", "{}");
    let (before, rest) = xml.split_once("<Assertion ").unwrap();
    let (assertion, _) = rest.split_once("</Assertion>").unwrap();
    assert!(
        !before.contains("<Signature") && before.contains("<samlp:Extensions>"),
        "{xml}"
    );
    let assertion = format!("<Assertion {assertion}</Assertion>");
    let digested = rig
        .digested(&assertion, "Assertion", &rig.issuer.certificate)
        .unwrap();
    assert!(digested.contains(GENUINE) && xml.contains(VICTIM), "{xml}");
}

/// The digest that an attack plants is that of what it says: a reader that takes it for the signed one finds it right.
#[test]
fn planted_digests_fit() {
    let Some(rig) = Rig::find() else { return };
    let pem = &rig.issuer.certificate;
    for option in OPTIONS {
        let signed = signed(option)[0];
        let fits = |xml: &str, told: &str| {
            let error = rig.digested(xml, signed, pem).expect_err(told);
            assert!(
                error.contains("SignedInfo References (ok/all): 1/1"),
                "{told}: {error}\n{xml}"
            );
        };
        fits(&rig.faulty(option, "sig-digest-edit", "{}"), "sig-digest-edit");
        let commented = rig.faulty(option, "sig-digest-comment", "{}");
        let (before, rest) = commented.split_once("<DigestValue><!--").unwrap();
        let (forged, rest) = rest.split_once("-->").unwrap();
        let (_, after) = rest.split_once('<').unwrap();
        fits(
            &format!("{before}<DigestValue>{forged}<{after}"),
            "sig-digest-comment",
        );
        let two = rig.faulty(option, "sig-two-signedinfo", "{}");
        let (before, rest) = two.split_once("</SignedInfo><SignedInfo>").unwrap();
        let (_, after) = rest.split_once("</SignedInfo>").unwrap();
        fits(&format!("{before}</SignedInfo>{after}"), "sig-two-signedinfo");
        let decoy = rig.faulty(option, "sig-digest-decoy", "{}");
        let values: Vec<_> = decoy
            .split("<DigestValue>")
            .skip(1)
            .map(|rest| rest.split('<').next().unwrap())
            .collect();
        fits(
            &decoy
                .replace(values[1], values[0])
                .replace("<Object>", "<!--")
                .replace("</Object>", "-->"),
            "sig-digest-decoy",
        );
    }
}

/// The certificate in the first KeyInfo.
fn certificate_in(xml: &str) -> Certificate {
    let (_, rest) = xml.split_once("<X509Certificate>").unwrap();
    Certificate::from_text(rest.split('<').next().unwrap().as_bytes()).unwrap()
}

/// What was signed, alone, with its signature where it was: behind its Issuer.
fn put_back(xml: &str, whole: &str) -> Option<String> {
    let genuine = elements(xml, whole)
        .into_iter()
        .filter(|element| element.contains(GENUINE) && !without_signatures(element).contains(VICTIM))
        .min_by_key(|element| element.len())?;
    let bare = without_signatures(genuine);
    let (_, id) = genuine.split_once(" ID=\"")?;
    let reference = format!("URI=\"#{}\"", id.split('"').next()?);
    // What stands in the signature besides is none of it.
    let signature = elements(xml, "Signature")
        .into_iter()
        .find(|it| it.contains(&reference))?;
    let (start, _) = signature.split_once("</SignatureValue>")?;
    let (head, tail) = bare.split_once("</Issuer>")?;
    Some(format!(
        "{head}</Issuer>{start}</SignatureValue></Signature>{tail}"
    ))
}

/// An element without the signature that is its own child; one of something in it stays.
fn without_signatures(element: &str) -> String {
    let Some((head, rest)) = element.split_once("</Issuer><Signature ") else {
        return element.to_owned();
    };
    if head.matches("<Issuer").count() > 1 {
        return element.to_owned();
    }
    let mut rest = rest;
    loop {
        let inner = elements(&format!("<Signature {rest}"), "Signature")[0].len() - "<Signature ".len();
        rest = &rest[inner..];
        match rest.strip_prefix("<Signature ") {
            Some(again) => rest = again,
            None => return format!("{head}</Issuer>{rest}"),
        }
    }
}

/// Every element with this name, however deep, in the order of their starts.
fn elements<'x>(xml: &'x str, name: &str) -> Vec<&'x str> {
    let (start, end) = (format!("<{name} "), format!("</{name}>"));
    let starts = xml.match_indices(&start).map(|(at, _)| at);
    starts
        .map(|from| {
            let mut depth = 0;
            let mut at = from;
            loop {
                let rest = &xml[at..];
                let close = rest.find(&end).unwrap();
                match rest.find(&start).filter(|open| *open < close) {
                    Some(open) => (depth, at) = (depth + 1, at + open + start.len()),
                    None => (depth, at) = (depth - 1, at + close + end.len()),
                }
                if depth == 0 {
                    return &xml[from..at];
                }
            }
        })
        .collect()
}
