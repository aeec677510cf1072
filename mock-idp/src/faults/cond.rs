//! Conditions and time.

use saml_model::Response;

use super::tree::Tree;
use super::value::{HOUR, OTHER_AUDIENCE, before, conditions};
use super::{Action, FaultError, Inputs, Parameters};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("cond-audience-other", Action::Value(other_audience)),
    ("cond-empty", Action::Draft(empty)),
    ("cond-expired", Action::Value(expired)),
    ("cond-missing", Action::Draft(missing)),
    ("cond-not-yet", Action::Value(not_yet)),
];

fn other_audience(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    conditions(response)?.audience_restrictions = vec![vec![OTHER_AUDIENCE.to_owned()]];
    Ok(())
}

fn expired(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let conditions = conditions(response)?;
    conditions.not_before = Some(before(inputs.now, HOUR * 2));
    conditions.not_on_or_after = Some(before(inputs.now, HOUR));
    Ok(())
}

fn not_yet(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let conditions = conditions(response)?;
    conditions.not_before = Some(before(inputs.now, -HOUR));
    conditions.not_on_or_after = Some(before(inputs.now, HOUR * -2));
    Ok(())
}

/// saml-profiles 4.1.4.2: an AudienceRestriction is required, and this is where it would be.
fn missing(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    message.at_mut(&["Assertion"])?.take("Conditions")?;
    Ok(())
}

fn empty(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    *message.at_mut(&["Assertion", "Conditions"])? = Tree::new("Conditions");
    Ok(())
}
