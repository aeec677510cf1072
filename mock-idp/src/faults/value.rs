//! Faults of the value: what is said is wrong, and is then signed as it should be.

use jiff::{SignedDuration, Timestamp};
use saml_model::{Assertion, Conditions, Response, Status, SubjectConfirmationData, names};

use super::{FaultError, Inputs, Parameters};
use crate::tenant::issuer_of;

/// Belongs to nobody: `.test` is reserved (RFC 2606).
const OTHER_ADDRESS: &str = "https://other-sp.test/saml/acs";
const OTHER_AUDIENCE: &str = "https://other-sp.test/saml/metadata";

/// Beyond any sane clock skew.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn other_audience(
    response: &mut Response,
    _: &Parameters,
    _: &Inputs<'_>,
) -> Result<(), FaultError> {
    conditions(response)?.audience_restrictions = vec![vec![OTHER_AUDIENCE.to_owned()]];
    Ok(())
}

pub(super) fn expired(
    response: &mut Response,
    _: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let conditions = conditions(response)?;
    conditions.not_before = Some(before(inputs.now, HOUR * 2));
    conditions.not_on_or_after = Some(before(inputs.now, HOUR));
    Ok(())
}

pub(super) fn not_yet(
    response: &mut Response,
    _: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let conditions = conditions(response)?;
    conditions.not_before = Some(before(inputs.now, -HOUR));
    conditions.not_on_or_after = Some(before(inputs.now, HOUR * -2));
    Ok(())
}

pub(super) fn other_destination(
    response: &mut Response,
    _: &Parameters,
    _: &Inputs<'_>,
) -> Result<(), FaultError> {
    response.destination = Some(OTHER_ADDRESS.to_owned());
    Ok(())
}

pub(super) fn no_in_response_to(
    response: &mut Response,
    _: &Parameters,
    _: &Inputs<'_>,
) -> Result<(), FaultError> {
    if response.in_response_to.take().is_none() {
        return Err(FaultError::NothingThere {
            what: "InResponseTo, since nobody asked for it".to_owned(),
        });
    }
    confirmation_data(response)?.in_response_to = None;
    Ok(())
}

pub(super) fn unknown_in_response_to(
    response: &mut Response,
    _: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let unknown = format!("_{}", inputs.stranger);
    confirmation_data(response)?.in_response_to = Some(unknown.clone());
    response.in_response_to = Some(unknown);
    Ok(())
}

pub(super) fn other_issuer(
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

pub(super) fn status_requester(
    response: &mut Response,
    _: &Parameters,
    _: &Inputs<'_>,
) -> Result<(), FaultError> {
    response.status = Status {
        code: names::STATUS_REQUESTER.to_owned(),
        sub_code: Some(names::STATUS_REQUEST_UNSUPPORTED.to_owned()),
        message: None,
    };
    Ok(())
}

pub(super) fn confirmation_past(
    response: &mut Response,
    _: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    confirmation_data(response)?.not_on_or_after = Some(before(inputs.now, HOUR));
    Ok(())
}

pub(super) fn other_recipient(
    response: &mut Response,
    _: &Parameters,
    _: &Inputs<'_>,
) -> Result<(), FaultError> {
    confirmation_data(response)?.recipient = Some(OTHER_ADDRESS.to_owned());
    Ok(())
}

fn before(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_sub(by).unwrap_or(now)
}

fn assertion(response: &mut Response) -> Result<&mut Assertion, FaultError> {
    response.assertion.as_mut().ok_or_else(|| nothing("Assertion"))
}

fn conditions(response: &mut Response) -> Result<&mut Conditions, FaultError> {
    let conditions = assertion(response)?.conditions.as_mut();
    conditions.ok_or_else(|| nothing("Conditions"))
}

fn confirmation_data(response: &mut Response) -> Result<&mut SubjectConfirmationData, FaultError> {
    assertion(response)?
        .subject
        .as_mut()
        .and_then(|subject| subject.confirmations.first_mut()?.data.as_mut())
        .ok_or_else(|| nothing("SubjectConfirmationData"))
}

fn nothing(what: &str) -> FaultError {
    FaultError::NothingThere {
        what: what.to_owned(),
    }
}
