//! Subject confirmation.

use saml_model::Response;

use super::value::{HOUR, OTHER_ADDRESS, before, confirmation_data};
use super::{Action, FaultError, Inputs, Parameters};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("subj-noa-past", Action::Value(confirmation_past)),
    ("subj-recipient-other", Action::Value(other_recipient)),
];

fn confirmation_past(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    confirmation_data(response)?.not_on_or_after = Some(before(inputs.now, HOUR));
    Ok(())
}

fn other_recipient(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    confirmation_data(response)?.recipient = Some(OTHER_ADDRESS.to_owned());
    Ok(())
}
