//! The parts of the typed response that faults change.

use jiff::{SignedDuration, Timestamp};
use saml_model::{Assertion, Conditions, Response, SubjectConfirmationData};

use super::FaultError;
use super::tree::nothing;

/// Belongs to nobody: `.test` is reserved (RFC 2606).
pub(super) const OTHER_ADDRESS: &str = "https://other-sp.test/saml/acs";
/// As [`OTHER_ADDRESS`].
pub(super) const OTHER_AUDIENCE: &str = "https://other-sp.test/saml/metadata";

/// Beyond any sane clock skew.
pub(super) const HOUR: SignedDuration = SignedDuration::from_hours(1);

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

/// The data of its first confirmation.
///
/// # Errors
/// That there is none.
pub(super) fn confirmation_data(response: &mut Response) -> Result<&mut SubjectConfirmationData, FaultError> {
    assertion(response)?
        .subject
        .as_mut()
        .and_then(|subject| subject.confirmations.first_mut()?.data.as_mut())
        .ok_or_else(|| nothing("SubjectConfirmationData"))
}
