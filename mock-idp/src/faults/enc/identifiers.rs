//! Encrypted parts of an assertion: the NameID and an attribute (saml-core 2.2.4, 2.7.3.2). Entra encrypts neither.

use saml_emit::Encryption;
use saml_model::Response;

use super::super::envelope::encrypted;
use super::super::impostor::say_it_of_the_victim;
use super::super::sig::choice;
use super::super::sig::keys::attacker;
use super::super::tree::Tree;
use super::super::{Action, FaultError, Inputs, Parameters};
use super::{require_encrypted, require_unsigned_response};

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("enc-encrypted-attribute", Action::Draft(encrypted_attribute)),
    ("enc-nameid", Action::Draft(encrypted_name_id)),
    ("enc-nameid-unsigned-swap", Action::Value(of_the_victim)),
    ("enc-nameid-unsigned-swap", Action::Draft(encrypted_name_id)),
    ("enc-nameid-unsigned-swap", Action::Signing(attacker)),
    ("enc-nameid-wrong-key", Action::Draft(undecryptable_name_id)),
];

fn of_the_victim(
    response: &mut Response,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    require_encrypted("enc-nameid-unsigned-swap", inputs)?;
    require_unsigned_response(inputs)?;
    say_it_of_the_victim(response, parameters, inputs)
}

fn encrypted_name_id(message: &mut Tree, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    hide_name_id(message, &own("enc-nameid", inputs)?)
}

fn undecryptable_name_id(message: &mut Tree, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    hide_name_id(message, &foreign("enc-nameid-wrong-key", inputs)?)
}

fn hide_name_id(message: &mut Tree, encryption: &Encryption<'_>) -> Result<(), FaultError> {
    let subject = message.at_mut(&["Assertion", "Subject"])?;
    let place = subject.place("NameID")?;
    let name_id = alone(subject.take("NameID")?);
    subject.insert(place, encrypted("EncryptedID", &name_id, encryption)?);
    Ok(())
}

/// The first attribute, the tenant id, which nobody needs to be signed in.
fn encrypted_attribute(
    message: &mut Tree,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let id = "enc-encrypted-attribute";
    let is_own = choice(parameters, "key", &[("own", true), ("foreign", false)])?;
    let encryption = if is_own {
        own(id, inputs)?
    } else {
        foreign(id, inputs)?
    };
    let statement = message.at_mut(&["Assertion", "AttributeStatement"])?;
    let attribute = alone(statement.take("Attribute")?);
    let encrypted = encrypted("EncryptedAttribute", &attribute, &encryption)?;
    statement.insert(0, encrypted);
    Ok(())
}

/// As the application's assertions are encrypted.
fn own<'i>(id: &'static str, inputs: &Inputs<'i>) -> Result<Encryption<'i>, FaultError> {
    inputs.encryption.ok_or(FaultError::NotEncrypted { id })
}

/// The same, for a key that the service provider does not have.
fn foreign<'i>(id: &'static str, inputs: &Inputs<'i>) -> Result<Encryption<'i>, FaultError> {
    Ok(Encryption {
        certificate_der: inputs
            .vault
            .attacker()
            .map_err(|_| FaultError::NotSigned)?
            .certificate
            .der(),
        ..own(id, inputs)?
    })
}

/// An element of the assertion that means the same by itself.
fn alone(element: Tree) -> String {
    element.with("xmlns", saml_model::names::NS_ASSERTION).write()
}
