//! A failure that the SP is told of instead of the user (entra-behaviour.md 3.6).

use control_api::flow::IdpEvent;
use saml_emit::EmitError;
use saml_model::{Response, SigningOption, Status, names};
use uuid::Uuid;

use super::RoutedRequest;
use crate::errors::{self, Stop};
use crate::tenant::slot::View;

/// The random values of one failure response.
pub(crate) struct FailureIds {
    /// Of the response.
    pub(crate) response: Uuid,
    /// The trace id in its message.
    pub(crate) trace: Uuid,
}

/// The failure as it goes out.
#[derive(Debug)]
pub(crate) struct FailureResponse {
    /// The message: no Destination, no Assertion, no Signature.
    pub(crate) xml: String,
    /// Where it goes.
    pub(crate) acs: String,
    /// What goes beside it.
    pub(crate) relay_state: Option<String>,
    /// What is recorded.
    pub(crate) event: IdpEvent,
}

impl RoutedRequest {
    /// Tells the SP why the sign-on stopped.
    ///
    /// # Errors
    /// A value of the request or of the tenant that XML cannot carry.
    pub(crate) fn fail(
        &self,
        stop: &Stop,
        view: &View,
        ids: &FailureIds,
    ) -> Result<FailureResponse, EmitError> {
        let app = view.tenant.app(self.app);
        let response = Response {
            id: format!("_{}", ids.response),
            version: names::VERSION.to_owned(),
            issue_instant: view.now,
            destination: None,
            in_response_to: self.in_response_to.clone(),
            issuer: Some(app.map_or_else(|| view.tenant.issuer(), |app| app.issuer(&view.tenant))),
            status: status(stop, view, ids.trace),
            assertion: None,
        };
        Ok(FailureResponse {
            xml: saml_emit::response(&response, SigningOption::Assertion, None)?,
            acs: self.acs.clone(),
            relay_state: self.relay_state.clone(),
            event: IdpEvent::FailureIssued {
                response_id: response.id,
                app: app.map(|app| app.entry.name.clone()).unwrap_or_default(),
                code: stop.code(),
                faults: stop.faults(),
            },
        })
    }
}

/// The codes are documented for an unsupported property, and are the standard's for NoPassive (uncertain); what else
/// is told to the SP gets those of the document (uncertain).
fn status(stop: &Stop, view: &View, trace: Uuid) -> Status {
    let (code, sub_code) = if stop.row() == errors::SILENT {
        (names::STATUS_RESPONDER, names::STATUS_NO_PASSIVE)
    } else {
        (names::STATUS_REQUESTER, names::STATUS_REQUEST_UNSUPPORTED)
    };
    let timestamp = view.now.strftime("%Y-%m-%d %H:%M:%SZ");
    Status {
        code: code.to_owned(),
        sub_code: Some(sub_code.to_owned()),
        message: Some(format!(
            "{}\nTrace ID: {trace}\nTimestamp: {timestamp}",
            stop.text()
        )),
    }
}
