//! Messages that are large in one way or another.

use saml_model::names::CLAIM_DISPLAY_NAME;

use super::super::bytes::replace_text;
use super::super::forge::Forge;
use super::super::impostor::id;
use super::super::sig::{choice, number};
use super::super::tree::{Tree, nothing};
use super::super::{Action, Inputs, Parameters};
use super::Written;

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("xml-huge-text", Action::Message(huge_text)),
    ("xml-many-assertions", Action::Message(many_assertions)),
    ("xml-many-attributes", Action::Message(many_attributes)),
];

fn huge_text(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let kilobytes = number(parameters, "kilobytes", 2_900, 1..=50_000)?;
    let start = format!("<Attribute Name=\"{CLAIM_DISPLAY_NAME}\"");
    let at = xml.find(&start).ok_or_else(|| nothing("display name"))?;
    replace_text(xml, at, "AttributeValue", &"x".repeat(kilobytes * 1000))
}

fn many_attributes(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let count = number(parameters, "count", 50_000, 1..=100_000)?;
    let prefix = choice(
        parameters,
        "of",
        &[("attributes", "a"), ("namespaces", "xmlns:a")],
    )?;
    let many = (0..count).map(|n| (format!("{prefix}{n}"), "u".to_owned()));
    let mut message = Tree::read(xml)?;
    message.attributes.extend(many);
    Ok(message.write())
}

/// Each has an ID and a signature of its own, by the key that is trusted.
fn many_assertions(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Written {
    inputs.require_plain()?;
    let count = number(parameters, "count", 400, 1..=1_000)?;
    let key = inputs.own()?;
    let forge = Forge::new(inputs.algorithm, key);
    let mut message = Tree::read(xml)?;
    let place = message.place("Assertion")?;
    let mut bare = message.at(&["Assertion"])?.clone();
    if bare.place("Signature").is_ok() {
        bare.take("Signature")?;
    }
    for n in 1..count {
        bare.set("ID", &id(inputs, &format!("assertion-{n}")));
        message.insert(place + 1, forge.sign(&bare, &[], key)?);
    }
    Ok(message.write())
}
