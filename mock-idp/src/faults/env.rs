//! The response's envelope.

use saml_model::{Response, Status, names};

use super::sign_on::AADSTS;
use super::tree::nothing;
use super::value::{OTHER_ADDRESS, assertion, confirmation_data};
use super::{Action, FaultError, Inputs, Parameters};
use crate::tenant::issuer_of;

pub(super) const ACTIONS: &[(&str, Action)] = &[
    (AADSTS, Action::SignOn),
    ("env-destination-other", Action::Value(other_destination)),
    (
        "env-inresponseto-missing-when-required",
        Action::Value(no_in_response_to),
    ),
    ("env-inresponseto-unknown", Action::Value(unknown_in_response_to)),
    ("env-issuer-other", Action::Value(other_issuer)),
    ("env-status-requester", Action::Value(status_requester)),
];

fn other_destination(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    response.destination = Some(OTHER_ADDRESS.to_owned());
    Ok(())
}

fn no_in_response_to(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    if response.in_response_to.take().is_none() {
        return Err(nothing("InResponseTo, since nobody asked for it"));
    }
    confirmation_data(response)?.in_response_to = None;
    Ok(())
}

fn unknown_in_response_to(
    response: &mut Response,
    _: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let unknown = format!("_{}", inputs.stranger);
    confirmation_data(response)?.in_response_to = Some(unknown.clone());
    response.in_response_to = Some(unknown);
    Ok(())
}

fn other_issuer(
    response: &mut Response,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let other = parameters
        .get("value")
        .cloned()
        .unwrap_or_else(|| issuer_of(inputs.stranger));
    if response.issuer.as_ref() == Some(&other) {
        return Err(FaultError::NoEffect {
            what: format!("the issuer `{other}`"),
        });
    }
    assertion(response)?.issuer.clone_from(&other);
    response.issuer = Some(other);
    Ok(())
}

fn status_requester(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    response.status = Status {
        code: names::STATUS_REQUESTER.to_owned(),
        sub_code: Some(names::STATUS_REQUEST_UNSUPPORTED.to_owned()),
        message: None,
    };
    Ok(())
}
