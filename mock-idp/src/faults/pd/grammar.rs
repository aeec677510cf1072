//! What a parser must refuse, since XML and its namespaces say so, and what it must read although it looks odd.

use saml_model::names;

use super::super::impostor::id;
use super::super::sig::choice;
use super::super::tree::Tree;
use super::super::{Action, FaultError, Inputs, Parameters};
use super::{DECOY, Written};

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("pd-colon-names", Action::Message(colons)),
    ("pd-crlf-attr", Action::Draft(white_space)),
    ("pd-directive-nesting", Action::Message(nested_directive)),
    ("pd-duplicate-attribute", Action::Message(duplicate_attribute)),
    ("pd-leading-junk", Action::Message(leading)),
    ("pd-reserved-prefix", Action::Message(reserved_prefix)),
    ("pd-trailing-comment", Action::Message(trailing_comment)),
    ("pd-trailing-junk", Action::Message(trailing)),
    ("pd-undeclared-prefix", Action::Message(undeclared_prefix)),
    ("pd-utf8-bom", Action::Message(byte_order_mark)),
];

/// An XML declaration as most identity providers write it.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

fn reserved_prefix(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let (name, namespace) = choice(
        parameters,
        "declares",
        &[
            ("xml", ("xmlns:xml", DECOY)),
            ("xmlns", ("xmlns:xmlns", DECOY)),
            ("alias", ("xmlns:x", names::NS_XML)),
        ],
    )?;
    let mut message = Tree::read(xml)?;
    message.set(name, namespace);
    Ok(message.write())
}

fn colons(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let mut message = Tree::read(xml)?;
    let attribute = choice(
        parameters,
        "form",
        &[
            ("element", None),
            ("attribute", Some("::ID")),
            ("colon", Some(":")),
            ("declaration", Some("xmlns:")),
        ],
    )?;
    match attribute {
        Some(name) => message.set(name, "_colon"),
        None => message.name = message.name.replace(':', "::"),
    }
    Ok(message.write())
}

/// Its author and a careless reader differ in where the directive ends.
fn nested_directive(xml: &str, _: &Parameters, _: &Inputs<'_>) -> Written {
    Ok(format!("<! <<!-- -->!-- x --> y>{xml}"))
}

/// Values as XML normalises them are in the catalogue's scenario (XML 2.11, 3.3.3).
fn white_space(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let statement = message.at_mut(&["Assertion", "AttributeStatement"])?;
    let spaced = "a\r\nb\rc\nd\te&#13;f&#10;g&#9;h";
    statement.children.push(
        Tree::new("Attribute")
            .with("Name", &format!("urn:example:{spaced}"))
            .around(Tree::new("AttributeValue").around(spaced))
            .into(),
    );
    Ok(())
}

fn byte_order_mark(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let declaration = choice(
        parameters,
        "before",
        &[("declaration", DECLARATION), ("root", "")],
    )?;
    Ok(format!("\u{FEFF}{declaration}{xml}"))
}

fn leading(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let junk = choice(
        parameters,
        "junk",
        &[
            ("text", "junk"),
            ("nul", "\0"),
            ("declaration", "<?xml version=\"1.0\"?>"),
        ],
    )?;
    Ok(match junk.starts_with('<') {
        true => format!("{DECLARATION}{junk}{xml}"),
        false => format!("{junk}{xml}"),
    })
}

fn trailing(xml: &str, _: &Parameters, _: &Inputs<'_>) -> Written {
    Ok(format!("{xml}junk"))
}

fn trailing_comment(xml: &str, _: &Parameters, _: &Inputs<'_>) -> Written {
    Ok(format!("{xml}\n<!-- the end --><?end?>\n"))
}

/// Readers differ in which of two counts.
fn duplicate_attribute(xml: &str, _: &Parameters, inputs: &Inputs<'_>) -> Written {
    let mut message = Tree::read(xml)?;
    let other = id(inputs, "twice");
    message.attributes.push(("ID".to_owned(), other));
    Ok(message.write())
}

/// A reader that does not resolve prefixes knows this one.
fn undeclared_prefix(xml: &str, _: &Parameters, inputs: &Inputs<'_>) -> Written {
    inputs.require_plain()?;
    let mut message = Tree::read(xml)?;
    message.at_mut(&["Assertion"])?.name = "saml:Assertion".to_owned();
    Ok(message.write())
}
