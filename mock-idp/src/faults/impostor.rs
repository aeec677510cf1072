//! What an attacker would say: the response that the victim would have got.

use saml_model::Response;
use uuid::Uuid;

use super::tree::{Tree, nothing};
use super::value::assertion;
use super::{FaultError, Inputs, Parameters};

/// Stage value: the response says it of the victim. Its ids, addresses and times stay, so that only who it is changes.
pub(super) fn say_it_of_the_victim(
    response: &mut Response,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let victim = inputs
        .victim(parameters)?
        .assertion
        .ok_or_else(|| nothing("Assertion"))?;
    let said = assertion(response)?;
    said.attributes = victim.attributes;
    if let (Some(subject), Some(victim)) = (&mut said.subject, victim.subject) {
        subject.name_id = victim.name_id;
    }
    Ok(())
}

/// The victim's response, unsigned.
///
/// # Errors
/// That nobody can be meant.
pub(super) fn forged(parameters: &Parameters, inputs: &Inputs<'_>) -> Result<Tree, FaultError> {
    let response = inputs.victim(parameters)?;
    let xml = saml_emit::response(&response, inputs.option, None).map_err(|_| FaultError::Unreadable)?;
    Tree::read(&xml)
}

/// The assertion of [`forged`].
///
/// # Errors
/// As [`forged`].
pub(super) fn forged_assertion(parameters: &Parameters, inputs: &Inputs<'_>) -> Result<Tree, FaultError> {
    forged(parameters, inputs)?.take("Assertion")
}

/// Puts the victim's NameID and attributes into the assertion of a message; its signatures stay, and no longer fit.
///
/// # Errors
/// That nobody can be meant, or that the message names nobody.
pub(super) fn impersonate(
    message: &mut Tree,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let victim = forged_assertion(parameters, inputs)?;
    let assertion = message.at_mut(&["Assertion"])?;
    *assertion.at_mut(&["Subject", "NameID"])? = victim.at(&["Subject", "NameID"])?.clone();
    if let (Ok(said), Ok(forged)) = (
        assertion.at_mut(&["AttributeStatement"]),
        victim.at(&["AttributeStatement"]),
    ) {
        *said = forged.clone();
    }
    Ok(())
}

/// An id of the forged message, which nobody else has.
pub(super) fn id(inputs: &Inputs<'_>, what: &str) -> String {
    format!("_{}", Uuid::new_v5(&inputs.stranger, what.as_bytes()))
}
