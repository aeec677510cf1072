//! The parts of the typed response that faults change.

use jiff::{SignedDuration, Timestamp};
use saml_model::{Assertion, Conditions, Response, Subject, SubjectConfirmation, SubjectConfirmationData};

use super::FaultError;
use super::tree::nothing;

/// Belongs to nobody: `.test` is reserved (RFC 2606).
pub(super) const OTHER_ADDRESS: &str = "https://other-sp.test/saml/acs";
/// As [`OTHER_ADDRESS`].
pub(super) const OTHER_AUDIENCE: &str = "https://other-sp.test/saml/metadata";

/// Beyond any sane clock skew.
pub(super) const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// As long before now as Entra's assertions begin.
pub(super) const FIVE_MINUTES: SignedDuration = SignedDuration::from_mins(5);

/// A moment before another; the earliest there is where there is none.
pub(super) fn before(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_sub(by).unwrap_or(now)
}

/// The assertion.
///
/// # Errors
/// That there is none.
pub(super) fn assertion(response: &mut Response) -> Result<&mut Assertion, FaultError> {
    response.assertion.as_mut().ok_or_else(|| nothing("Assertion"))
}

/// Its Conditions.
///
/// # Errors
/// That there are none.
pub(super) fn conditions(response: &mut Response) -> Result<&mut Conditions, FaultError> {
    let conditions = assertion(response)?.conditions.as_mut();
    conditions.ok_or_else(|| nothing("Conditions"))
}

/// Its Subject.
///
/// # Errors
/// That there is none.
pub(super) fn subject(response: &mut Response) -> Result<&mut Subject, FaultError> {
    assertion(response)?
        .subject
        .as_mut()
        .ok_or_else(|| nothing("Subject"))
}

/// Its first confirmation.
///
/// # Errors
/// That there is none.
pub(super) fn confirmation(response: &mut Response) -> Result<&mut SubjectConfirmation, FaultError> {
    let first = subject(response)?.confirmations.first_mut();
    first.ok_or_else(|| nothing("SubjectConfirmation"))
}

/// The data of its first confirmation.
///
/// # Errors
/// That there is none.
pub(super) fn confirmation_data(response: &mut Response) -> Result<&mut SubjectConfirmationData, FaultError> {
    let data = confirmation(response)?.data.as_mut();
    data.ok_or_else(|| nothing("SubjectConfirmationData"))
}

/// What is put in place of `known`, unless it is the same.
///
/// # Errors
/// That it is the same.
pub(super) fn unlike(known: &str, wanted: String) -> Result<String, FaultError> {
    if known == wanted {
        return Err(FaultError::NoEffect {
            what: format!("`{wanted}`"),
        });
    }
    Ok(wanted)
}
