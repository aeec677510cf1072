//! Every fault about parsers and XML is in the message, whatever the application signs, and a reader that is as strict as XML is
//! not taken in. That what must still verify does, xmlsec1 says (`tests/conformance`).

use mock_idp::{CaseOutcome, FAULTS, Fault};
use serde_json::{Value, json};

use crate::signatures::{GENUINE, OPTIONS, Rig, VICTIM};

/// What each choice of a parameter is called; the first is what every other test sees.
const VARIANTS: &[(&str, &str, &[&str])] = &[
    ("pd-attribute-pollution", "prefix", &["foreign"]),
    ("pd-colon-names", "form", &["attribute", "colon", "declaration"]),
    ("pd-leading-junk", "junk", &["nul", "declaration"]),
    ("pd-reserved-prefix", "declares", &["xmlns", "alias"]),
    ("pd-two-libraries", "form", &["subject", "split"]),
    ("pd-utf8-bom", "before", &["root"]),
    ("pd-void-c14n", "uri", &["invalid"]),
    ("xml-1-1", "line-end", &["ls"]),
    ("xml-comment-issuer-audience", "element", &["Audience"]),
    ("xml-control-chars", "as", &["reference"]),
    ("xml-control-chars", "character", &["backspace", "noncharacter"]),
    ("xml-encoding-mismatch", "declared", &["UTF-8", "UTF-7"]),
    ("xml-encoding-utf16", "order", &["big"]),
    ("xml-entity-bomb", "layers", &["1"]),
    ("xml-entity-quadratic", "count", &["7"]),
    ("xml-many-attributes", "of", &["namespaces"]),
    ("xml-overlong-utf8", "form", &["surrogate"]),
    ("xml-prefix-variants", "prefixes", &["samlp", "default", "odd"]),
    ("xml-stylesheet-pi", "canary", &["http://127.0.0.1:1/"]),
    ("xml-xinclude", "scheme", &["http"]),
    ("xml-xxe-http", "canary", &["http://127.0.0.1:1/"]),
    ("xml-xxe-parameter", "by", &["document-type"]),
];

/// Whose point is to be read as the victim's, somewhere.
fn names_the_victim(fault: &Fault) -> bool {
    let is_victim = |parameter: &mock_idp::Parameter| parameter.name == "victim";
    fault.parameters().iter().any(is_victim) && fault.id != "xml-comment-nameid-middle"
}

/// What it takes that a debug build is quick about it, and that it is still beyond every limit.
fn spec(id: &str) -> Value {
    match id {
        "xml-many-assertions" => json!({"id": id, "count": "300"}),
        "xml-huge-text" => json!({"id": id, "kilobytes": "1100"}),
        _ => json!({"id": id}),
    }
}

fn check(rig: &Rig, fault: &Fault, octets: &[u8], told: &str) {
    let verified = rig.verified(octets);
    let shown = || String::from_utf8_lossy(&octets[..octets.len().min(10_000)]);
    match (fault.spec.outcome.unwrap(), &verified) {
        (CaseOutcome::Refused, Err(rejection)) => {
            assert_eq!(Some(*rejection), fault.rejection(), "{told}: {}", shown());
        }
        (CaseOutcome::SignedIn | CaseOutcome::Safe | CaseOutcome::Either, Ok(name)) => {
            assert_eq!(name, GENUINE, "{told}");
        }
        (CaseOutcome::Safe | CaseOutcome::Either, Err(_)) => {}
        _ => panic!("{told}: {verified:?} {}", shown()),
    }
}

#[tokio::test]
async fn every_fault_acts_on_whatever_is_signed() {
    let rig = Rig::new().await;
    let of_these_groups = |fault: &&Fault| matches!(fault.case.group.as_str(), "pd" | "xml");
    for option in OPTIONS {
        rig.sign(option).await;
        let honest = rig.octets(json!({"id": "sig-keyinfo-absent"})).await.unwrap();
        for fault in FAULTS.iter().filter(of_these_groups) {
            let told = format!("{} {option}", fault.id);
            let sent = rig.octets(spec(fault.id)).await;
            if fault.id == "xml-xxe-in-ciphertext" {
                assert!(sent.is_err_and(|page| page.contains("not encrypted")), "{told}");
                continue;
            }
            let octets = sent.unwrap_or_else(|page| panic!("{told}: {page}"));
            assert_ne!(octets, honest, "{told}");
            check(&rig, fault, &octets, &told);
            let text = String::from_utf8_lossy(&octets);
            let victims = text.contains(VICTIM) || text.contains("u.keller@contoso.com");
            assert_eq!(victims, names_the_victim(fault), "{told}: {text}");
        }
    }
}

#[tokio::test]
async fn every_choice_of_a_parameter_acts() {
    let rig = Rig::new().await;
    for (id, name, values) in VARIANTS {
        let fault = FAULTS.iter().find(|fault| fault.id == *id).unwrap();
        for (place, value) in values.iter().enumerate() {
            rig.sign(OPTIONS[place % OPTIONS.len()]).await;
            let told = format!("{id} {name}={value}");
            let plain = rig.octets(spec(id)).await.unwrap();
            let octets = rig.octets(json!({"id": id, *name: value})).await;
            let octets = octets.unwrap_or_else(|page| panic!("{told}: {page}"));
            assert_ne!(markup(&octets), markup(&plain), "{told}");
            check(&rig, fault, &octets, &told);
        }
        let wrong = rig.octets(json!({"id": id, *name: "no such word"})).await;
        let is_free = *name == "canary";
        assert!(
            wrong.map_or_else(|page| page.contains("expected"), |_| is_free),
            "{id} {name}"
        );
    }
}

/// A message without letters and digits but those of its first and last hundred octets: ids and base64 differ every time.
fn markup(octets: &[u8]) -> Vec<u8> {
    let is_markup = |octet: &u8| !octet.is_ascii_alphanumeric() && !b"+/=-_".contains(octet);
    let names = octets.windows(2).filter(|pair| b"<:&".contains(&pair[0]));
    let names = names.flat_map(|pair| pair.iter().copied());
    octets
        .iter()
        .copied()
        .filter(is_markup)
        .chain(names)
        .chain(octets.iter().copied().take(100))
        .collect()
}

/// The name that a reader stops at is the victim's.
#[tokio::test]
async fn a_comment_stands_behind_the_victims_name() {
    let rig = Rig::new().await;
    let fault = json!({"id": "xml-comment-nameid-middle", "victim": "U.Keller"});
    let text = String::from_utf8(rig.octets(fault).await.unwrap()).unwrap();
    assert!(
        text.contains(&format!(">{VICTIM}<!---->.evil.example</NameID>")),
        "{text}"
    );
    let text = String::from_utf8(rig.octets(json!({"id": "pd-pi-in-text"})).await.unwrap()).unwrap();
    assert!(
        text.contains(&format!("><?p not-an-?>{VICTIM}</NameID>")),
        "{text}"
    );
}
