//! What a response says about success (saml-core 3.2.2.1, 3.2.2.2).

use saml_model::{Response, Status, names};

use super::super::tree::{Tree, nothing};
use super::super::{Action, FaultError, Inputs, Parameters, variant};

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("actx-status-noauthncontext", Action::Value(no_authn_context)),
    ("env-status-authnfailed", Action::Value(authn_failed)),
    (MISSING, Action::Draft(missing)),
    (NESTED, Action::Value(nested)),
    ("env-status-requester", Action::Value(requester)),
    ("env-status-two-codes", Action::Draft(two_codes)),
];

const MISSING: &str = "env-status-missing";
const NESTED: &str = "env-status-nested";

/// saml-core 3.2.2.2.
const NO_AUTHN_CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext";

/// What Entra would say, and what nobody should take for markup.
const AUTHN_FAILED_MESSAGE: &str =
    "AADSTS75011: Authentication method does not match. <script>alert('AADSTS75011')</script>";
/// What Entra would say.
const NO_AUTHN_CONTEXT_MESSAGE: &str = "AADSTS75011: Authentication method by which the user authenticated with the service doesn't match requested \
     authentication method.";

fn requester(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    response.status = Status {
        code: names::STATUS_REQUESTER.to_owned(),
        sub_code: Some(names::STATUS_REQUEST_UNSUPPORTED.to_owned()),
        message: None,
    };
    Ok(())
}

/// A failure above a success, or the reverse: neither is a success.
fn nested(response: &mut Response, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let (outer, inner) = match variant(parameters, NESTED) {
        "success-responder" => (names::STATUS_SUCCESS, names::STATUS_RESPONDER),
        _ => (names::STATUS_RESPONDER, names::STATUS_SUCCESS),
    };
    response.status = Status {
        code: outer.to_owned(),
        sub_code: Some(inner.to_owned()),
        message: None,
    };
    Ok(())
}

fn authn_failed(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    fail(response, names::STATUS_AUTHN_FAILED, AUTHN_FAILED_MESSAGE)
}

fn no_authn_context(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    fail(response, NO_AUTHN_CONTEXT, NO_AUTHN_CONTEXT_MESSAGE)
}

/// An error response has no assertion (entra-behaviour.md 3.6).
fn fail(response: &mut Response, sub_code: &str, message: &str) -> Result<(), FaultError> {
    response.assertion.take().ok_or_else(|| nothing("Assertion"))?;
    response.status = Status {
        code: names::STATUS_RESPONDER.to_owned(),
        sub_code: Some(sub_code.to_owned()),
        message: Some(message.to_owned()),
    };
    Ok(())
}

fn missing(message: &mut Tree, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    match variant(parameters, MISSING) {
        "code" => drop(message.at_mut(&["Status"])?.take("StatusCode")?),
        "value" => message.at_mut(&["Status", "StatusCode"])?.set("Value", ""),
        _ => drop(message.take("Status")?),
    }
    Ok(())
}

/// The schema has one (saml-core 3.2.2.1); whoever reads the last finds a success.
fn two_codes(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let status = message.at_mut(&["Status"])?;
    let success = status.at(&["StatusCode"])?.clone();
    let failure = success.with("Value", names::STATUS_REQUESTER);
    let place = status.place("StatusCode")?;
    status.insert(place, failure);
    Ok(())
}
