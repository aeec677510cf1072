//! What is wrong with a message is wrong with what it says: `xmlsec1` verifies every signature of it, though the mock made
//! some of them with the canonicaliser that the reference SP has too.

use std::collections::BTreeSet;

use control_api::catalogue;
use entrant_tests::xmlsec1::Xmlsec1;
use saml_accept::xml::{Limits, parse};
use saml_model::names;
use serde_json::json;

use crate::issuing::Faulty;

/// The groups whose faults are wrong values.
const GROUPS: &[&str] = &["cond", "subj", "env", "nid", "actx"];

/// What is not sent here: it stops the sign-on, needs a name with a k in it, a default port, or encryption.
const ELSEWHERE: &[(&str, &str)] = &[
    ("aadsts", ""),
    ("env-assertion-plus-encrypted", ""),
    ("nid-homoglyph", "kelvin"),
    ("subj-recipient-case", "port"),
];

#[test]
fn a_wrong_value_is_signed_as_a_right_one_is() {
    let Some(xmlsec1) = Xmlsec1::find() else { return };
    let mock = Faulty::new();
    let certificate = mock.certificate_pem();
    let (mut sent, mut verified) = (0, 0);
    for (case, fault) in catalogue::faults().filter(|(case, _)| GROUPS.contains(&case.group.as_str())) {
        let variants = fault
            .parameters
            .iter()
            .find(|parameter| parameter.name == "variant");
        let words = variants.map_or_else(|| vec![""], |one| one.values.iter().map(String::as_str).collect());
        for word in words
            .into_iter()
            .filter(|word| !ELSEWHERE.contains(&(case.id.as_str(), word)))
        {
            let order = match word {
                "" => json!({"id": case.id}),
                word => json!({"id": case.id, "variant": word}),
            };
            let xml = mock.send(&order);
            for (name, id) in signed(&xml) {
                let digested = match &id {
                    Some(id) => xmlsec1.verify_id(&xml, id, &certificate),
                    None => xmlsec1.verify(&xml, &name, &certificate),
                };
                assert!(digested.is_ok(), "{order}, {name}: {digested:?}");
                verified += 1;
            }
            sent += 1;
        }
    }
    // Two signatures each, but where no assertion is left or the message is no XML.
    assert!(sent > 150 && verified > 2 * sent - 20, "{verified} of {sent}");
}

/// The elements with a signature of their own: name and ID.
fn signed(xml: &str) -> BTreeSet<(String, Option<String>)> {
    let Ok(document) = parse(xml.as_bytes(), &Limits::default()) else {
        return BTreeSet::new();
    };
    let elements = document.elements();
    let signed = elements.filter(|element| element.child(names::NS_DSIG, "Signature").is_some());
    let name_and_id = |element: saml_accept::xml::Element<'_>| {
        (
            element.name().to_owned(),
            element.attribute("ID").map(str::to_owned),
        )
    };
    signed.map(name_and_id).collect()
}
