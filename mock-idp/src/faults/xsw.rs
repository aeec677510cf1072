//! Signature wrapping: the genuine signature stays, what is read is moved under it.

use saml_model::Response;

use super::tree::Tree;
use super::{Action, FaultError, Inputs, Parameters};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("xsw-3", Action::Message(forged_before)),
    ("xsw-after", Action::Message(forged_after)),
];

fn forged_before(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    let mut message = Tree::read(xml)?;
    let place = message.place("Assertion")?;
    message.insert(place, forged_assertion(parameters, inputs)?);
    Ok(message.write())
}

fn forged_after(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    let mut message = Tree::read(xml)?;
    let place = message.place("Assertion")?;
    message.insert(place + 1, forged_assertion(parameters, inputs)?);
    Ok(message.write())
}

/// What an attacker would have said: the victim's response, unsigned.
fn forged(parameters: &Parameters, inputs: &Inputs<'_>) -> Result<Tree, FaultError> {
    let response: Response = inputs.victim(parameters)?;
    let xml = saml_emit::response(&response, inputs.option, None).map_err(|_| FaultError::Unreadable)?;
    Tree::read(&xml)
}

/// The assertion of [`forged`].
fn forged_assertion(parameters: &Parameters, inputs: &Inputs<'_>) -> Result<Tree, FaultError> {
    forged(parameters, inputs)?.take("Assertion")
}
