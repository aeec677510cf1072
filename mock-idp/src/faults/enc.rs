//! Encryption of the assertion, and of what is in it. It proves nothing about who wrote a message (saml-profiles 4.1.4.5).

pub(super) mod identifiers;
pub(super) mod inside;
pub(super) mod outside;

use saml_model::SigningOption;

use super::{Action, FaultError, Inputs, Recipient};

pub(super) const ACTIONS: &[(&str, Action)] = &[("enc-wrong-key", Action::Encryption(wrong_key))];

fn wrong_key(recipient: &mut Recipient) {
    *recipient = Recipient::Attacker;
}

/// That the assertion alone is signed: what the case says of the response, that nobody signed it, is true then.
fn require_unsigned_response(inputs: &Inputs<'_>) -> Result<(), FaultError> {
    match inputs.option {
        SigningOption::Assertion => Ok(()),
        SigningOption::Response | SigningOption::ResponseAndAssertion => Err(FaultError::SigningOption {
            needed: "`assertion`: with a signature of the response it would be another case",
        }),
    }
}

/// That the assertion is encrypted.
fn require_encrypted(id: &'static str, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    if inputs.is_encrypted {
        Ok(())
    } else {
        Err(FaultError::NotEncrypted { id })
    }
}
