//! The ID by which the signature names what it signs, and where it stands.

use saml_model::SigningOption;

use super::super::forge::{Forge, Position, signed_paths};
use super::super::impostor::id;
use super::super::tree::Tree;
use super::super::{Action, FaultError, Inputs, Parameters};
use super::{choice, one_signed};

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("sig-id-duplicate-foreign", Action::Message(duplicate_foreign)),
    ("sig-id-missing", Action::Draft(missing)),
    ("sig-id-missing", Action::Forge(refer_nevertheless)),
    ("sig-id-non-ncname", Action::Draft(no_ncname)),
    ("sig-position-end", Action::Forge(position_end)),
];

fn position_end(forge: &mut Forge, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    forge.position = Position::Last;
    Ok(())
}

/// The assertion's; where the response alone is signed, its signature covers that.
fn missing(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    message.at_mut(&["Assertion"])?.unset("ID")?;
    Ok(())
}

fn refer_nevertheless(forge: &mut Forge, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    if inputs.option != SigningOption::Response {
        forge.uri = Some(Some(format!("#{}", id(inputs, "gone"))));
    }
    Ok(())
}

fn no_ncname(message: &mut Tree, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let start = choice(
        parameters,
        "form",
        &[("digit", "1"), ("colon", "a:"), ("space", "a ")],
    )?;
    for path in signed_paths(inputs.option) {
        let signed = message.at_mut(path)?;
        let id = format!("{start}{}", signed.attribute("ID").unwrap_or_default());
        signed.set("ID", &id);
    }
    Ok(())
}

/// The decoy stands where no signature looks: in the KeyInfo of the one that covers the response, else in Extensions.
fn duplicate_foreign(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Result<String, FaultError> {
    let attribute = choice(
        parameters,
        "attribute",
        &[
            ("Id", "Id"),
            ("ID", "ID"),
            ("id", "id"),
            ("xml:id", "xml:id"),
            ("wsu:Id", "wsu:Id"),
        ],
    )?;
    let mut message = Tree::read(xml)?;
    let path = one_signed(&mut message)?;
    let id = message.at(path)?.attribute("ID").unwrap_or_default().to_owned();
    let wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
    let decoy = Tree::new("decoy:Decoy")
        .with("xmlns:decoy", "urn:example:decoy")
        .with("xmlns:wsu", wsu)
        .with(attribute, &id);
    if path.is_empty() {
        message.at_mut(&["Signature", "KeyInfo"])?.insert(0, decoy);
    } else {
        let status = message.place("Status")?;
        message.insert(status, Tree::new("samlp:Extensions").around(decoy));
    }
    Ok(message.write())
}
