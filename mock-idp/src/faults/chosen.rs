//! The faults of one order, checked: what they do at each stage of a message.

use certs::KeyedCertificate;
use control_api::catalogue::Stage;
use control_api::idp::FaultSpec;
use saml_emit::Encryption;
use saml_model::Response;

use super::envelope::Envelope;
use super::forge::{self, Forge};
use super::meta::Document;
use super::sign_on;
use super::tree::Tree;
use super::{
    About, Action, DocumentInputs, FAULTS, Fault, FaultError, Form, Inputs, Parameter, Parameters,
    Publication, Recipient, SigningPlan, VICTIM,
};

/// Faults whose parameters have been checked, with their parameters.
#[derive(Default)]
pub(crate) struct Chosen<'f>(pub(super) Vec<(&'static Fault, &'f Parameters)>);

/// Looks each fault up and checks its parameters.
///
/// # Errors
/// The first fault or parameter that is not known or not there, and faults that are about different messages or leave the
/// others none.
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
        if fault.stage() == Stage::Metadata && !chosen.are_of_metadata() {
            return Err(FaultError::OfMetadata { id: fault.id });
        }
    }
    chosen.require_one_message()?;
    Ok(chosen)
}

fn find(spec: &FaultSpec) -> Result<&'static Fault, FaultError> {
    let fault = FAULTS
        .iter()
        .find(|fault| fault.id == spec.id)
        .ok_or_else(|| FaultError::UnknownFault { id: spec.id.clone() })?;
    let known = || fault.parameters().iter().map(|parameter| parameter.name.as_str());
    if let Some(name) = spec
        .parameters
        .keys()
        .find(|name| !known().any(|known| known == name.as_str()))
    {
        return Err(FaultError::UnknownParameter {
            id: fault.id,
            name: name.clone(),
            known: known().collect(),
        });
    }
    let missing =
        |parameter: &&Parameter| parameter.required && !spec.parameters.contains_key(&parameter.name);
    if let Some(parameter) = fault.parameters().iter().find(missing) {
        return Err(FaultError::MissingParameter {
            id: fault.id,
            name: &parameter.name,
            meaning: &parameter.meaning,
        });
    }
    check_values(fault, &spec.parameters)?;
    Ok(fault)
}

/// A parameter that has words is one of them, and one that is a number is of its range.
fn check_values(fault: &'static Fault, parameters: &Parameters) -> Result<(), FaultError> {
    for parameter in fault.parameters() {
        let Some(value) = parameters.get(&parameter.name) else {
            continue;
        };
        if !parameter.values.is_empty() && !parameter.values.contains(value) {
            return Err(FaultError::UnknownValue {
                id: fault.id,
                parameter: &parameter.name,
                value: value.clone(),
                known: &parameter.values,
            });
        }
        if let Some(expected) = parameter.out_of_range(value) {
            return Err(FaultError::BadParameter {
                name: &parameter.name,
                value: value.clone(),
                expected,
            });
        }
    }
    Ok(())
}

impl Chosen<'_> {
    /// A response, a LogoutRequest and a LogoutResponse are sent apart.
    fn require_one_message(&self) -> Result<(), FaultError> {
        let abouts = self.actions().map(|(fault, action, _)| {
            let about = match action {
                Action::Logout(about, _) => Some(about),
                _ => None,
            };
            (fault.id, about)
        });
        let mut first: Option<(&'static str, Option<About>)> = None;
        for (id, about) in abouts.filter(|(_, about)| *about != Some(About::Either)) {
            match first {
                Some((other, known)) if known != about => return Err(FaultError::OtherMessage { id, other }),
                _ => first = Some((id, about)),
            }
        }
        let either = |(_, action, _): &(_, Action, _)| matches!(action, Action::Logout(About::Either, _));
        match (self.actions().find(either), first) {
            (Some((fault, ..)), Some((other, None))) => Err(FaultError::OtherMessage { id: fault.id, other }),
            _ => Ok(()),
        }
    }

    /// What is to be done, in the order in which the faults are armed.
    pub(super) fn actions(&self) -> impl Iterator<Item = (&'static Fault, Action, &Parameters)> {
        let of = |(fault, parameters): &(&'static Fault, _)| {
            let (fault, parameters) = (*fault, *parameters);
            fault
                .actions
                .iter()
                .map(move |action| (fault, *action, parameters))
        };
        self.0.iter().flat_map(of)
    }

    /// Whether a name is that of somebody for whom one of them speaks, and not a new one of the user's.
    pub(crate) fn is_of_victim(&self, name: &str, inputs: &Inputs<'_>) -> bool {
        let names_victim = |fault: &Fault| fault.parameters().iter().any(|one| one.name == VICTIM);
        let victims = self.0.iter().filter(|(fault, _)| names_victim(fault));
        victims
            .filter_map(|(_, parameters)| inputs.victim(parameters).ok())
            .any(|victim| {
                let name_id = victim
                    .assertion
                    .as_ref()
                    .and_then(|assertion| assertion.name_id());
                name_id.is_some_and(|name_id| name_id.value == name)
            })
    }

    /// Whether all of them act on metadata.
    pub(crate) fn are_of_metadata(&self) -> bool {
        self.0.iter().all(|(fault, _)| fault.stage() == Stage::Metadata)
    }

    /// What becomes of an unsigned metadata document.
    ///
    /// # Errors
    /// What does not fit the document.
    pub(crate) fn published(
        &self,
        unsigned: &str,
        inputs: &DocumentInputs<'_>,
    ) -> Result<Publication, FaultError> {
        let mut document = Document::new(unsigned)?;
        for (_, action, parameters) in self.actions() {
            if let Action::Metadata(act) = action {
                act(&mut document, parameters, inputs)?;
            }
        }
        document.publish(inputs)
    }

    /// The first stage, where a typed value says what is changed.
    ///
    /// # Errors
    /// What does not fit the response.
    pub(crate) fn change_value(
        &self,
        response: &mut Response,
        inputs: &Inputs<'_>,
    ) -> Result<(), FaultError> {
        for (_, action, parameters) in self.actions() {
            if let Action::Value(act) = action {
                act(response, parameters, inputs)?;
            }
        }
        Ok(())
    }

    /// Whether the message is not what saml-emit would write and sign.
    pub(crate) fn forges(&self) -> bool {
        self.actions().any(|(_, action, _)| {
            matches!(
                action,
                Action::Draft(_) | Action::Forge(_) | Action::Plaintext(_) | Action::Envelope(_)
            )
        })
    }

    /// The message with all that no typed value says, signed by `keyed` as the plan says. `enclose` makes of the message with
    /// its assertion signed what the response's signature covers.
    ///
    /// # Errors
    /// What does not fit the message.
    pub(crate) fn forged(
        &self,
        unsigned: &str,
        plan: &SigningPlan,
        keyed: Option<&KeyedCertificate>,
        inputs: &Inputs<'_>,
        enclose: &dyn Fn(&str) -> Result<String, FaultError>,
    ) -> Result<String, FaultError> {
        let mut message = Tree::read(unsigned)?;
        for (_, action, parameters) in self.actions() {
            if let Action::Draft(act) = action {
                act(&mut message, parameters, inputs)?;
            }
        }
        let Some(keyed) = keyed else {
            return enclose(&message.write());
        };
        let mut forge = Forge::new(plan.algorithm, keyed);
        for (_, action, parameters) in self.actions() {
            if let Action::Forge(act) = action {
                act(&mut forge, parameters, inputs)?;
            }
        }
        let paths = forge::signed_paths(inputs.option);
        let (of_response, of_assertion): (Vec<_>, Vec<_>) = paths.iter().partition(|path| path.is_empty());
        let inner = if of_response.is_empty() {
            forge.clone()
        } else {
            forge.inner()
        };
        for path in of_assertion {
            message = inner.sign(&message, path, keyed)?;
        }
        let mut enclosed = enclose(&message.write())?;
        for path in of_response {
            enclosed = forge.sign(&Tree::read(&enclosed)?, path, keyed)?.write();
        }
        Ok(enclosed)
    }

    /// The second stage: who signs.
    ///
    /// # Errors
    /// A certificate that is not there.
    pub(crate) fn change_signing(
        &self,
        plan: &mut SigningPlan,
        inputs: &Inputs<'_>,
    ) -> Result<(), FaultError> {
        for (_, action, parameters) in self.actions() {
            if let Action::Signing(act) = action {
                act(plan, parameters, inputs)?;
            }
        }
        Ok(())
    }

    /// Whether the signed message is changed.
    pub(crate) fn changes_bytes(&self) -> bool {
        let acts = |(_, action, _)| matches!(action, Action::Message(_));
        self.actions().any(acts)
    }

    /// The signed message, first with what belongs to its signing, then with what happens to it afterwards.
    ///
    /// # Errors
    /// What does not fit the message.
    pub(crate) fn change_bytes(&self, signed: String, inputs: &Inputs<'_>) -> Result<String, FaultError> {
        let mut xml = signed;
        for stage in [Stage::Signing, Stage::Bytes] {
            for (fault, action, parameters) in self.actions() {
                if let Action::Message(act) = action
                    && fault.stage() == stage
                {
                    xml = act(&xml, parameters, inputs)?;
                }
            }
        }
        Ok(xml)
    }

    /// An `EncryptedAssertion` around an assertion, and what was encrypted.
    ///
    /// # Errors
    /// What does not fit the assertion or its encryption.
    pub(crate) fn enclosed(
        &self,
        assertion: &str,
        encryption: &Encryption<'_>,
        inputs: &Inputs<'_>,
    ) -> Result<(String, String), FaultError> {
        let mut plaintext = assertion.to_owned();
        for (_, action, parameters) in self.actions() {
            if let Action::Plaintext(act) = action {
                plaintext = act(&plaintext, encryption, parameters, inputs)?;
            }
        }
        let mut envelope = Envelope::seal(&plaintext, *encryption)?;
        for (_, action, parameters) in self.actions() {
            if let Action::Envelope(act) = action {
                act(&mut envelope, parameters, inputs)?;
            }
        }
        Ok((envelope.element.write(), plaintext))
    }

    /// The last stage: the form that carries the message.
    ///
    /// # Errors
    /// What does not fit it.
    pub(crate) fn change_transport(&self, form: &mut Form, inputs: &Inputs<'_>) -> Result<(), FaultError> {
        for (_, action, parameters) in self.actions() {
            if let Action::Transport(act) = action {
                act(form, parameters, inputs)?;
            }
        }
        Ok(())
    }

    /// For whom is encrypted; without a `recipient` nothing is.
    ///
    /// # Errors
    /// That nothing is encrypted.
    pub(crate) fn change_encryption(&self, recipient: Option<&mut Recipient>) -> Result<(), FaultError> {
        let mut recipient = recipient;
        for (fault, action, _) in self.actions() {
            let acts = matches!(
                action,
                Action::Encryption(_) | Action::Plaintext(_) | Action::Envelope(_)
            );
            if !acts {
                continue;
            }
            let recipient = recipient.as_deref_mut();
            let recipient = recipient.ok_or(FaultError::NotEncrypted { id: fault.id })?;
            if let Action::Encryption(act) = action {
                act(recipient);
            }
        }
        Ok(())
    }

    /// The octets that go out instead of the message's own; `None`: those.
    ///
    /// # Errors
    /// What does not fit the message, or the octets of another fault.
    pub(crate) fn change_octets(
        &self,
        xml: &str,
        inputs: &Inputs<'_>,
    ) -> Result<Option<Vec<u8>>, FaultError> {
        let mut octets = None;
        for (_, action, parameters) in self.actions() {
            if let Action::Octets(act) = action {
                if octets.is_some() {
                    return Err(FaultError::Unreadable);
                }
                octets = Some(act(xml, parameters, inputs)?);
            }
        }
        Ok(octets)
    }
}
