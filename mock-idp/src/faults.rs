//! Faults: named, parameterised deviations from the correct response (ids of the attack catalogue).
//!
//! Each is a row of [`FAULTS`]. It acts at one stage: on the value before signing, on the signing, on the signed
//! bytes, or on the encryption; whatever the order in which faults are armed, the stages come in this order. So the signed bytes
//! are those that are then encrypted. Each names the rejection
//! that a good service provider answers with (contracts.md section 8). One acts before all of them: it stops the
//! sign-on with an error of the registry, so that there is no response.

mod arming;
mod bytes;
mod encryption;
mod error;
mod sign_on;
mod signing;
mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

use certs::Certificate;
use control_api::file::nearest;
use control_api::idp::FaultSpec;
use jiff::Timestamp;
use saml_model::{Response, SignatureAlgorithm};
use uuid::Uuid;

pub(crate) use arming::arm;
pub(crate) use bytes::cut_element;
pub(crate) use error::FaultError;
pub(crate) use sign_on::{AADSTS, armed_error};

use crate::tenant::certificates::AppCertificate;

/// One row of the fault table.
#[derive(Debug)]
pub struct Fault {
    /// Its name.
    pub id: &'static str,
    /// The rejection it must provoke; `None`: the sign-on stops at the identity provider.
    pub rejection: Option<&'static str>,
    /// The parameters it takes.
    pub parameters: &'static [Parameter],
    /// What it does to the response.
    pub effect: &'static str,
    action: Action,
}

/// A parameter of a fault.
#[derive(Debug)]
pub struct Parameter {
    /// Its key.
    pub name: &'static str,
    /// Whether the fault means nothing without it.
    pub required: bool,
    /// What it is.
    pub meaning: &'static str,
}

/// When a fault acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// On the sign-on, which stops once the user is known.
    SignOn,
    /// On the value, which is then signed as it should be.
    Value,
    /// On who signs and how.
    Signing,
    /// On the signed message, before its assertion is encrypted.
    Bytes,
    /// On for whom the assertion is encrypted.
    Encryption,
}

impl Fault {
    /// When it acts.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match self.action {
            Action::SignOn => Stage::SignOn,
            Action::Value(_) => Stage::Value,
            Action::Signing(_) => Stage::Signing,
            Action::Bytes(_) => Stage::Bytes,
            Action::Encryption(_) => Stage::Encryption,
        }
    }
}

type Parameters = BTreeMap<String, String>;

#[derive(Clone, Copy, Debug)]
enum Action {
    SignOn,
    Value(fn(&mut Response, &Parameters, &Inputs<'_>) -> Result<(), FaultError>),
    Signing(fn(&mut SigningPlan, &Parameters, &Inputs<'_>) -> Result<(), FaultError>),
    Bytes(fn(&str, &Parameters) -> Result<String, FaultError>),
    Encryption(fn(&mut Recipient)),
}

/// What a fault may draw on.
pub(crate) struct Inputs<'i> {
    /// The tenant's time.
    pub(crate) now: Timestamp,
    /// An id that nobody has.
    pub(crate) stranger: Uuid,
    /// The certificate that the application has or had under a name.
    pub(crate) certificate: &'i dyn Fn(&str) -> Option<Arc<AppCertificate>>,
}

/// Who signs, and how.
#[derive(Debug)]
pub(crate) struct SigningPlan {
    /// Whose key.
    pub(crate) signer: Signer,
    /// With which algorithm.
    pub(crate) algorithm: SignatureAlgorithm,
    /// Whether `KeyInfo` is left out.
    pub(crate) without_key_info: bool,
}

/// Whose key signs.
#[derive(Debug)]
pub(crate) enum Signer {
    /// Nobody's.
    Nobody,
    /// A certificate of the application.
    Certificate(Arc<AppCertificate>),
    /// The attackers', which no application has.
    Attacker,
}

/// Whose key the assertion is encrypted to.
#[derive(Debug)]
pub(crate) enum Recipient {
    /// The application's active certificate.
    Certificate(Certificate),
    /// The attackers', which no service provider has.
    Attacker,
}

const VALUE: Parameter = Parameter {
    name: "value",
    required: true,
    meaning: "the text put in",
};

/// Every fault.
pub const FAULTS: &[Fault] = &[
    Fault {
        id: sign_on::AADSTS,
        rejection: None,
        parameters: &[Parameter {
            name: sign_on::CODE,
            required: true,
            meaning: "an error of docs/errors.md that is not absent, such as `50131`",
        }],
        effect: "the sign-on stops with an error at the identity provider, where Entra shows it",
        action: Action::SignOn,
    },
    Fault {
        id: "cond-audience-other",
        rejection: Some("audience-mismatch"),
        parameters: &[],
        effect: "Audience is another service provider",
        action: Action::Value(value::other_audience),
    },
    Fault {
        id: "cond-expired",
        rejection: Some("outside-validity"),
        parameters: &[],
        effect: "Conditions ended an hour ago",
        action: Action::Value(value::expired),
    },
    Fault {
        id: "cond-not-yet",
        rejection: Some("outside-validity"),
        parameters: &[],
        effect: "Conditions begin in an hour",
        action: Action::Value(value::not_yet),
    },
    Fault {
        id: "enc-wrong-key",
        rejection: Some("signature-invalid"),
        parameters: &[],
        effect: "the assertion is encrypted to a key that no service provider has; the application encrypts",
        action: Action::Encryption(encryption::wrong_key),
    },
    Fault {
        id: "env-destination-other",
        rejection: Some("destination-mismatch"),
        parameters: &[],
        effect: "Destination is another address",
        action: Action::Value(value::other_destination),
    },
    Fault {
        id: "env-inresponseto-missing",
        rejection: Some("unsolicited-not-allowed"),
        parameters: &[],
        effect: "InResponseTo is left out of Response and SubjectConfirmationData",
        action: Action::Value(value::no_in_response_to),
    },
    Fault {
        id: "env-inresponseto-unknown",
        rejection: Some("in-response-to-unknown"),
        parameters: &[],
        effect: "InResponseTo of Response and SubjectConfirmationData is an ID that nobody sent",
        action: Action::Value(value::unknown_in_response_to),
    },
    Fault {
        id: "env-issuer-other",
        rejection: Some("issuer-unknown"),
        parameters: &[Parameter {
            name: "value",
            required: false,
            meaning: "the other issuer",
        }],
        effect: "Issuer of Response and Assertion is another identity provider; the tenant's own key signs",
        action: Action::Value(value::other_issuer),
    },
    Fault {
        id: "env-status-requester",
        rejection: Some("status-not-success"),
        parameters: &[],
        effect: "StatusCode is Requester beside a complete signed assertion",
        action: Action::Value(value::status_requester),
    },
    Fault {
        id: "sig-certificate",
        rejection: Some("signature-invalid"),
        parameters: &[Parameter {
            name: "certificate",
            required: true,
            meaning: "the name of a certificate that the application has, or had",
        }],
        effect: "another certificate of the application signs, inactive or withdrawn",
        action: Action::Signing(signing::certificate),
    },
    Fault {
        id: "sig-none",
        rejection: Some("signature-invalid"),
        parameters: &[],
        effect: "nothing is signed",
        action: Action::Signing(signing::none),
    },
    Fault {
        id: "sig-rsa-sha1",
        rejection: Some("signature-invalid"),
        parameters: &[],
        effect: "RSA-SHA1 signs over SHA-1 digests",
        action: Action::Signing(signing::rsa_sha1),
    },
    Fault {
        id: "sig-tamper-attribute",
        rejection: Some("signature-invalid"),
        parameters: &[
            Parameter {
                name: "name",
                required: false,
                meaning: "the attribute's Name; displayname where it is absent",
            },
            VALUE,
        ],
        effect: "an attribute's first value is changed after signing",
        action: Action::Bytes(bytes::tamper_attribute),
    },
    Fault {
        id: "sig-tamper-nameid",
        rejection: Some("signature-invalid"),
        parameters: &[VALUE],
        effect: "the NameID is changed after signing",
        action: Action::Bytes(bytes::tamper_name_id),
    },
    Fault {
        id: "sig-value-bitflip",
        rejection: Some("signature-invalid"),
        parameters: &[],
        effect: "one bit of every SignatureValue is flipped",
        action: Action::Bytes(bytes::flip_a_bit),
    },
    Fault {
        id: "sig-wrong-key",
        rejection: Some("signature-invalid"),
        parameters: &[],
        effect: "a key that no application has signs, and KeyInfo is left out",
        action: Action::Signing(signing::wrong_key),
    },
    Fault {
        id: "sig-wrong-key-own-cert",
        rejection: Some("signature-invalid"),
        parameters: &[],
        effect: "a key that no application has signs, and KeyInfo holds its certificate",
        action: Action::Signing(signing::wrong_key_own_certificate),
    },
    Fault {
        id: "subj-noa-past",
        rejection: Some("outside-validity"),
        parameters: &[],
        effect: "NotOnOrAfter of SubjectConfirmationData was an hour ago",
        action: Action::Value(value::confirmation_past),
    },
    Fault {
        id: "subj-recipient-other",
        rejection: Some("recipient-mismatch"),
        parameters: &[],
        effect: "Recipient is another address",
        action: Action::Value(value::other_recipient),
    },
];

/// Faults whose parameters have been checked, with their parameters.
#[derive(Default)]
pub(crate) struct Chosen<'f>(Vec<(&'static Fault, &'f Parameters)>);

/// Looks each fault up and checks its parameters.
///
/// # Errors
/// The first fault or parameter that is not known or not there, and a fault beside one that leaves it no response.
pub(crate) fn find_all(specs: &[FaultSpec]) -> Result<Chosen<'_>, FaultError> {
    let found = specs.iter().map(|spec| Ok((find(spec)?, &spec.parameters)));
    let chosen = found.collect::<Result<_, _>>().map(Chosen)?;
    for (fault, parameters) in &chosen.0 {
        if fault.stage() == Stage::SignOn {
            sign_on::row(parameters)?;
            if chosen.0.len() > 1 {
                return Err(FaultError::NotAlone { id: fault.id });
            }
        }
    }
    Ok(chosen)
}

fn find(spec: &FaultSpec) -> Result<&'static Fault, FaultError> {
    let fault = FAULTS
        .iter()
        .find(|fault| fault.id == spec.id)
        .ok_or_else(|| FaultError::UnknownFault {
            id: spec.id.clone(),
            nearest: nearest(&spec.id, FAULTS.iter().map(|fault| fault.id)).map(str::to_owned),
        })?;
    let known = || fault.parameters.iter().map(|parameter| parameter.name);
    if let Some(name) = spec
        .parameters
        .keys()
        .find(|name| !known().any(|known| known == **name))
    {
        return Err(FaultError::UnknownParameter {
            id: fault.id,
            name: name.clone(),
            known: known().collect(),
        });
    }
    let missing =
        |parameter: &&Parameter| parameter.required && !spec.parameters.contains_key(parameter.name);
    match fault.parameters.iter().find(missing) {
        Some(parameter) => Err(FaultError::MissingParameter {
            id: fault.id,
            name: parameter.name,
            meaning: parameter.meaning,
        }),
        None => Ok(fault),
    }
}

impl Chosen<'_> {
    /// The first stage.
    ///
    /// # Errors
    /// What does not fit the response.
    pub(crate) fn change_value(
        &self,
        response: &mut Response,
        inputs: &Inputs<'_>,
    ) -> Result<(), FaultError> {
        for (fault, parameters) in &self.0 {
            if let Action::Value(act) = fault.action {
                act(response, parameters, inputs)?;
            }
        }
        Ok(())
    }

    /// The second stage.
    ///
    /// # Errors
    /// A certificate that is not there.
    pub(crate) fn change_signing(
        &self,
        plan: &mut SigningPlan,
        inputs: &Inputs<'_>,
    ) -> Result<(), FaultError> {
        for (fault, parameters) in &self.0 {
            if let Action::Signing(act) = fault.action {
                act(plan, parameters, inputs)?;
            }
        }
        Ok(())
    }

    /// Whether the third stage changes anything.
    pub(crate) fn changes_bytes(&self, plan: &SigningPlan) -> bool {
        let acts = |(fault, _): &(&Fault, _)| matches!(fault.action, Action::Bytes(_));
        plan.without_key_info || self.0.iter().any(acts)
    }

    /// The third stage.
    ///
    /// # Errors
    /// What does not fit the message.
    pub(crate) fn change_bytes(&self, signed: String, plan: &SigningPlan) -> Result<String, FaultError> {
        let mut xml = signed;
        if plan.without_key_info {
            xml = bytes::without_key_info(&xml)?;
        }
        for (fault, parameters) in &self.0 {
            if let Action::Bytes(act) = fault.action {
                xml = act(&xml, parameters)?;
            }
        }
        Ok(xml)
    }

    /// The last stage; without a `recipient` nothing is encrypted.
    ///
    /// # Errors
    /// That nothing is encrypted.
    pub(crate) fn change_encryption(&self, recipient: Option<&mut Recipient>) -> Result<(), FaultError> {
        let mut recipient = recipient;
        for (fault, _) in &self.0 {
            if let Action::Encryption(act) = fault.action {
                let recipient = recipient.as_deref_mut();
                act(recipient.ok_or(FaultError::NotEncrypted { id: fault.id })?);
            }
        }
        Ok(())
    }
}
