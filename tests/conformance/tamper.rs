//! One byte changed: nobody may believe the signature any more.

use entrant_tests::xmlsec1::Xmlsec1;
use saml_accept::{
    response::UnverifiedResponse,
    signature::{Sha1, TrustedKeys},
    xml::Limits,
};

use crate::message::{SIGNED, Signed};

/// Every how many bytes a verifier is asked. Primes, so that the places drift; `xmlsec1` is a process each time.
const XMLSEC1_STRIDE: usize = 97;
const ACCEPT_STRIDE: usize = 5;

/// Where a byte is changed: the one after the first of this text in a signed element.
const PLACES: &[&str] = &[
    " ID=\"_",
    "<Issuer>http",
    "<Subject><NameID Format=\"urn",
    "nameid-format:emailAddress\">",
    "NotOnOrAfter=\"2026",
    "Recipient=\"https",
    "<Audience>https",
    "claims/tenantid\"><Attribute",
    "<AttributeValue>",
    "<AttributeValue>reader</AttributeValue><AttributeValue>",
    "SessionIndex=\"_",
    "<samlp:StatusCode Value=\"urn",
    "<samlp:StatusMessage>",
    "<Reference URI=\"#_",
    "<DigestValue>",
    "<SignatureValue>",
    "xml-exc-c14n#\"/></Tr",
    "<SignatureMethod Algorithm=\"http://www.w3.org/200",
    "xsi:type=\"fed",
    "<wsa:Address>h",
    "SingleSignOnService Binding=\"u",
];

/// For every signature of every kind of message: copies in which one byte that it covers was changed at a place of
/// meaning. Messages under the larger key are left out: they are of no other kind.
pub(crate) fn one_byte_changed() -> Vec<Signed> {
    let mut tampered = Vec::new();
    for signed in SIGNED.iter().filter(|signed| !signed.name.ends_with("RSA-4096")) {
        for element in &signed.elements {
            let from = signed.xml.find(&start_tag(element)).unwrap();
            for place in PLACES {
                let Some(at) = signed.xml[from..].find(place).map(|at| from + at + place.len()) else {
                    continue;
                };
                if !covers(&signed.xml, element, at) {
                    continue;
                }
                tampered.push(Signed {
                    name: format!("{}, the byte after {place}", signed.name),
                    xml: changed(&signed.xml, at).unwrap(),
                    elements: vec![element],
                    ..*signed
                });
            }
        }
    }
    tampered
}

/// A place that no message has would test nothing.
#[test]
fn every_place_is_somewhere() {
    let tampered = one_byte_changed();
    for place in PLACES {
        assert!(tampered.iter().any(|one| one.name.ends_with(place)), "{place}");
    }
}

#[test]
fn xmlsec1_refuses_a_change_anywhere() {
    let Some(xmlsec1) = Xmlsec1::find() else { return };
    for signed in [both_signed(), metadata()] {
        let certificate = signed.identity.certificate.pem();
        for element in &signed.elements {
            for (at, xml) in changed_everywhere(&signed.xml, element, XMLSEC1_STRIDE) {
                let verdict = xmlsec1.verify(&xml, element, &certificate);
                assert!(verdict.is_err(), "{}, {element}, byte {at}:\n{xml}", signed.name);
            }
        }
    }
}

/// Our verifier asks for all signatures, so a byte that either covers is enough.
#[test]
fn we_refuse_a_change_anywhere() {
    let signed = both_signed();
    let der = signed.identity.certificate.der();
    let keys = TrustedKeys::from_certificates([der], Sha1::Refused).unwrap();
    let verify = |xml: &str| {
        let response = UnverifiedResponse::parse(xml.as_bytes(), &Limits::default()).ok()?;
        response.verify(&keys).ok()
    };
    assert!(verify(&signed.xml).is_some());
    for (at, xml) in changed_everywhere(&signed.xml, "Response", ACCEPT_STRIDE) {
        assert!(verify(&xml).is_none(), "byte {at}:\n{xml}");
    }
}

fn both_signed() -> &'static Signed {
    let both = |signed: &&Signed| signed.elements == ["Assertion", "Response"];
    SIGNED.iter().find(both).unwrap()
}

fn metadata() -> &'static Signed {
    let metadata = |signed: &&Signed| signed.elements == ["EntityDescriptor"];
    SIGNED.iter().find(metadata).unwrap()
}

fn changed_everywhere(xml: &str, element: &str, stride: usize) -> Vec<(usize, String)> {
    let places = (0..xml.len())
        .step_by(stride)
        .filter(|at| covers(xml, element, *at));
    let changed: Vec<_> = places.filter_map(|at| Some((at, changed(xml, at)?))).collect();
    assert!(
        changed.len() > 2000 / stride,
        "{element}: {} places",
        changed.len()
    );
    changed
}

/// The message with the lowest bit of one byte flipped, which never yields another spelling of the same XML; `None`
/// where the result is no UTF-8.
fn changed(xml: &str, at: usize) -> Option<String> {
    let mut bytes = xml.as_bytes().to_vec();
    bytes[at] ^= 1;
    String::from_utf8(bytes).ok()
}

/// The signature of the element protects the byte: the byte lies in the element and is neither in the `KeyInfo` of
/// its signature nor the last character of its `SignatureValue`, of which base64 uses some bits only.
fn covers(xml: &str, element: &str, at: usize) -> bool {
    let close = format!("{}>", start_tag(element).replacen('<', "</", 1).trim_end());
    let from = xml.find(&start_tag(element)).unwrap();
    let to = xml.find(&close).unwrap() + close.len();
    // The signature follows the issuer, or comes first; so the first one in the element is its own.
    let value_end = from + xml[from..].find("</SignatureValue>").unwrap();
    let signature_end = from + xml[from..].find("</Signature>").unwrap();
    let last_character = value_end
        - 1
        - xml[..value_end]
            .bytes()
            .rev()
            .take_while(|byte| *byte == b'=')
            .count();
    (from..to).contains(&at) && !(value_end..signature_end).contains(&at) && at != last_character
}

fn start_tag(element: &str) -> String {
    match element {
        "AuthnRequest" | "Response" => format!("<samlp:{element} "),
        _ => format!("<{element} "),
    }
}
