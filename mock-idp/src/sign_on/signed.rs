//! The end of a sign-on: the response, signed, perhaps encrypted, and ready to be posted (entra-behaviour.md 3.1 to 3.7).

use std::sync::Arc;

use certs::CertsError;
use control_api::flow::IdpEvent;
use control_api::idp::FaultSpec;
use control_api::tenant::{SigningAlgorithmWord, SigningOptionWord};
use saml_emit::{EmitError, Randomness};
use saml_model::{
    Assertion, AuthnStatement, Conditions, NameId, Response, SignatureAlgorithm, SigningOption, Status,
    Subject, SubjectConfirmation, SubjectConfirmationData, names,
};
use uuid::Uuid;

use super::IssuedClaims;
use super::victim;
use super::window::{Instants, Window};
use super::written::{Writer, encryption};
use crate::faults::{self, Chosen, FaultError, Form, Inputs, Recipient, Signer, SigningPlan};
use crate::flows::Carried;
use crate::tenant::certificates::{AppCertificate, Vault};

/// The random values of one response.
pub(crate) struct ResponseIds {
    /// Of the response.
    pub(crate) response: Uuid,
    /// Of the assertion and its session index.
    pub(crate) assertion: Uuid,
    /// For a fault that needs an id which nobody has.
    pub(crate) stranger: Uuid,
    /// Session key and initialisation vector, where the assertion is encrypted.
    pub(crate) encryption: Randomness,
}

/// What faults work with.
pub(crate) struct FaultContext<'f> {
    /// The faults, in order; none for an honest response.
    pub(crate) faults: &'f [FaultSpec],
    /// The attackers' key.
    pub(crate) vault: &'f Vault,
    /// The certificate that the application has or had under a name.
    pub(crate) certificate: &'f dyn Fn(Uuid, &str) -> Option<Arc<AppCertificate>>,
    /// The federation metadata of an application.
    pub(crate) metadata: &'f dyn Fn(Uuid) -> Result<String, ResponseError>,
}

/// Why a response could not be made. None of these is Entra's: the tenant file, the state directory or an armed
/// fault is to blame.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResponseError {
    /// No key or certificate.
    #[error("the signing certificate could not be made: {0}")]
    Certs(#[from] CertsError),
    /// A value that XML cannot carry, or a key that does not sign.
    #[error("the response could not be written: {0}")]
    Emit(#[from] EmitError),
    /// A fault does not fit this response.
    #[error("the armed fault could not be applied: {0}")]
    Fault(#[from] FaultError),
    /// The same, and which set of faults waits on. What differs from one run to the next comes after the reason.
    #[error(
        "the armed fault could not be applied: {reason}. It was not used: set {set} ({ids}) stays armed until it fits, or is disarmed on the page Faults or by the control API"
    )]
    StaysArmed {
        /// Why it does not fit.
        reason: FaultError,
        /// The number of the set.
        set: u64,
        /// The ids of its faults, quoted.
        ids: String,
    },
}

impl ResponseError {
    /// Names the set that waits on, where it is to blame.
    pub(crate) fn of_armed(self, set: u64, faults: &[FaultSpec]) -> Self {
        match self {
            Self::Fault(reason) => {
                let ids: Vec<_> = faults.iter().map(|fault| format!("`{}`", fault.id)).collect();
                let ids = ids.join(", ");
                Self::StaysArmed { reason, set, ids }
            }
            other => other,
        }
    }
}

/// The response as it goes out.
#[derive(Debug)]
pub(crate) struct SignedResponse {
    /// The message.
    pub(crate) xml: String,
    /// The octets that the form carries where they are not the message's own.
    pub(crate) octets: Option<Vec<u8>>,
    /// What carries it.
    pub(crate) form: Form,
    /// Whom it would name without faults.
    pub(crate) name_id: NameId,
    /// What is recorded.
    pub(crate) event: IdpEvent,
    /// What the flow trace shows beside it.
    pub(crate) reading: Reading,
}

/// What only a reader of the flow trace sees of a response.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// The response with its assertion open, where that is encrypted.
    pub(crate) open: Option<String>,
    /// What would have been sent without the faults, where there are some; its assertion open.
    pub(crate) honest: Option<String>,
    /// How the form that carries it differs from Entra's, where it does.
    pub(crate) carried: Option<Carried>,
}

impl SignedResponse {
    pub(super) fn new(
        issued: IssuedClaims,
        ids: &ResponseIds,
        context: &FaultContext<'_>,
    ) -> Result<Self, ResponseError> {
        let app = issued.sign_in.app();
        let faults = faults::find_all(context.faults)?;
        let mut response = value(&issued, ids);
        let inputs = Inputs {
            now: issued.sign_in.view.now,
            stranger: ids.stranger,
            certificate: &|name| (context.certificate)(app.id, name),
            own: &issued.certificate,
            vault: context.vault,
            option: option(app.entry.signing.option),
            is_encrypted: issued.encryption.is_some(),
            encryption: issued
                .encryption
                .as_ref()
                .map(|certificate| encryption(certificate, &app.entry.token_encryption, &ids.encryption)),
            logout_url: Some(app.entry.logout_url.as_str()).filter(|url| !url.is_empty()),
            algorithm: algorithm(app.entry.signing.algorithm),
            metadata: &|| (context.metadata)(app.id).map_err(|_| FaultError::NotSigned),
            other_app: &|named| victim::other_app(&issued, named),
            victim: &|named| victim::response(&issued, ids, named),
        };
        let mut plan = SigningPlan {
            signer: Signer::Certificate(Arc::clone(&issued.certificate)),
            algorithm: algorithm(app.entry.signing.algorithm),
        };
        let mut recipient = issued.encryption.clone().map(Recipient::Certificate);
        let write = |response: &Response, signing: &_, recipient: Option<&_>, faults: &_| {
            let writer = Writer {
                inputs: &inputs,
                signing,
                recipient,
                algorithms: &app.entry.token_encryption,
                randomness: &ids.encryption,
                faults,
            };
            writer.write(response)
        };
        // It is for the reader alone: that it cannot be written changes nothing about the other.
        let honest = (!context.faults.is_empty())
            .then(|| write(&response, &plan, recipient.as_ref(), &Chosen::default()).ok())
            .flatten();
        faults.change_value(&mut response, &inputs)?;
        faults.change_signing(&mut plan, &inputs)?;
        faults.change_encryption(recipient.as_mut())?;
        let written = write(&response, &plan, recipient.as_ref(), &faults)?;
        let octets = faults.change_octets(&written.xml, &inputs)?;
        let message = octets.as_deref().unwrap_or(written.xml.as_bytes());
        let request = &issued.sign_in.request;
        let relay_state = request.relay_state.as_deref();
        let mut form = Form::new(&request.acs, message, relay_state);
        faults.change_transport(&mut form, &inputs)?;
        let as_entra = || Form::new(&request.acs, written.xml.as_bytes(), relay_state);
        let carried = (!context.faults.is_empty()).then(|| Carried::between(&as_entra(), &form));
        let name_id = said(&response).filter(|name| !faults.is_of_victim(name, &inputs));
        let name_id = name_id.unwrap_or_else(|| issued.name_id.value.clone());
        let event = IdpEvent::ResponseIssued {
            response_id: response.id,
            assertion_id: format!("_{}", ids.assertion),
            app: app.entry.name.clone(),
            name_id,
            thumbprint: written.signed_by,
            encrypted_to: written.encrypted_to,
            faults: context.faults.iter().map(|fault| fault.id.clone()).collect(),
        };
        Ok(Self {
            octets,
            xml: written.xml,
            form,
            name_id: issued.name_id,
            event,
            reading: Reading {
                open: written.open,
                honest: honest.map(|honest| honest.open.unwrap_or(honest.xml)),
                carried: carried.flatten(),
            },
        })
    }
}

/// The name that the response says, which a fault may have changed before it was signed.
fn said(response: &Response) -> Option<String> {
    let name_id = response.assertion.as_ref()?.name_id()?;
    Some(name_id.value.clone())
}

/// The honest response.
pub(super) fn value(issued: &IssuedClaims, ids: &ResponseIds) -> Response {
    let request = &issued.sign_in.request;
    let now = issued.sign_in.view.now;
    let tenant = &issued.sign_in.view.tenant;
    let app = issued.sign_in.app();
    let issuer = app.issuer(tenant);
    let instants = Instants::new(now, issued.sign_in.authn_instant, ids.assertion);
    let window = Window::new(app, &instants);
    let assertion_id = format!("_{}", ids.assertion);
    let confirmation = SubjectConfirmation {
        method: names::CM_BEARER.to_owned(),
        data: Some(SubjectConfirmationData {
            not_before: None,
            not_on_or_after: Some(window.confirmation_end),
            recipient: Some(request.acs.clone()),
            in_response_to: request.in_response_to.clone(),
        }),
    };
    let assertion = Assertion {
        id: assertion_id.clone(),
        version: names::VERSION.to_owned(),
        issue_instant: instants.issue,
        issuer: issuer.clone(),
        subject: Some(Subject {
            name_id: Some(issued.name_id.clone()),
            confirmations: vec![confirmation],
        }),
        conditions: Some(Conditions {
            not_before: Some(window.start),
            not_on_or_after: Some(window.end),
            audience_restrictions: vec![vec![request.audience.clone()]],
            one_time_use: false,
        }),
        attributes: issued.attributes.clone(),
        authn_statements: vec![AuthnStatement {
            authn_instant: issued.sign_in.authn_instant,
            session_index: Some(assertion_id),
            session_not_on_or_after: None,
            class_ref: Some(issued.sign_in.factors.class_ref().to_owned()),
        }],
    };
    Response {
        id: format!("_{}", ids.response),
        version: names::VERSION.to_owned(),
        issue_instant: now,
        destination: Some(request.acs.clone()),
        in_response_to: request.in_response_to.clone(),
        issuer: Some(issuer),
        status: Status::success(),
        assertion: Some(assertion),
    }
}

fn option(word: SigningOptionWord) -> SigningOption {
    match word {
        SigningOptionWord::Assertion => SigningOption::Assertion,
        SigningOptionWord::Response => SigningOption::Response,
        SigningOptionWord::ResponseAndAssertion => SigningOption::ResponseAndAssertion,
    }
}

fn algorithm(word: SigningAlgorithmWord) -> SignatureAlgorithm {
    match word {
        SigningAlgorithmWord::Sha256 => SignatureAlgorithm::RsaSha256,
        SigningAlgorithmWord::Sha1 => SignatureAlgorithm::RsaSha1,
    }
}
