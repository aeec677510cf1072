//! The signature: who makes it, how, and what is changed behind it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use saml_model::{Response, SignatureAlgorithm, names};

use super::bytes::{cut, replace_text};
use super::forge::Forge;
use super::tree::{escaped, nothing};
use super::{Action, FaultError, Inputs, Parameters, Signer, SigningPlan};

/// The parameter that holds the text put in.
const VALUE: &str = "value";

/// What an attribute says after it was changed, where nobody says otherwise.
const ADMINISTRATOR: &str = "administrator";

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("sig-certificate", Action::Signing(certificate)),
    ("sig-keyinfo-absent", Action::Forge(without_key_info)),
    ("sig-none", Action::Signing(none)),
    ("sig-rsa-sha1", Action::Signing(rsa_sha1)),
    ("sig-tamper-attribute", Action::Message(tamper_attribute)),
    ("sig-tamper-nameid", Action::Message(tamper_name_id)),
    ("sig-value-bitflip", Action::Message(flip_a_bit)),
    ("sig-wrong-key", Action::Signing(wrong_key)),
    ("sig-wrong-key-own-cert", Action::Signing(wrong_key_own_certificate)),
];

fn certificate(
    plan: &mut SigningPlan,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let name = parameters.get("certificate").map_or("", String::as_str);
    let certificate = (inputs.certificate)(name).ok_or_else(|| FaultError::NoCertificate {
        name: name.to_owned(),
    })?;
    plan.signer = Signer::Certificate(certificate);
    Ok(())
}

fn none(plan: &mut SigningPlan, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    plan.signer = Signer::Nobody;
    Ok(())
}

fn without_key_info(forge: &mut Forge, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    forge.key_info.clear();
    Ok(())
}

fn rsa_sha1(plan: &mut SigningPlan, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    plan.algorithm = SignatureAlgorithm::RsaSha1;
    Ok(())
}

fn wrong_key(plan: &mut SigningPlan, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    plan.signer = Signer::Attacker;
    plan.without_key_info = true;
    Ok(())
}

fn wrong_key_own_certificate(
    plan: &mut SigningPlan,
    _: &Parameters,
    _: &Inputs<'_>,
) -> Result<(), FaultError> {
    plan.signer = Signer::Attacker;
    Ok(())
}

fn tamper_name_id(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    let wanted = match parameters.get(VALUE) {
        Some(value) => value.clone(),
        None => name_of(&inputs.victim(parameters)?)?,
    };
    replace_text(xml, 0, "NameID", &wanted)
}

fn tamper_attribute(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Result<String, FaultError> {
    let name = parameters
        .get("name")
        .map_or(names::CLAIM_DISPLAY_NAME, String::as_str);
    let start = format!("<Attribute Name=\"{}\"", escaped(name));
    let at = xml.find(&start).ok_or_else(|| FaultError::NothingThere {
        what: format!("attribute `{name}`"),
    })?;
    let wanted = parameters.get(VALUE).map_or(ADMINISTRATOR, String::as_str);
    replace_text(xml, at, "AttributeValue", wanted)
}

fn flip_a_bit(xml: &str, _: &Parameters, _: &Inputs<'_>) -> Result<String, FaultError> {
    let mut flipped = String::with_capacity(xml.len());
    let mut rest = xml;
    let (start, end) = ("<SignatureValue>", "</SignatureValue>");
    while let Some((before, value, after)) = cut(rest, start, end) {
        let mut bytes = STANDARD.decode(value).unwrap_or_default();
        let middle = bytes.len() / 2;
        if let Some(byte) = bytes.get_mut(middle) {
            *byte ^= 1;
        }
        flipped.extend([before, start, &STANDARD.encode(bytes), end]);
        rest = after;
    }
    if flipped.is_empty() {
        return Err(nothing("SignatureValue"));
    }
    flipped.push_str(rest);
    Ok(flipped)
}

/// The NameID of a response.
fn name_of(response: &Response) -> Result<String, FaultError> {
    let subject = response.assertion.as_ref().and_then(|assertion| assertion.subject.as_ref());
    let name_id = subject.and_then(|subject| subject.name_id.as_ref());
    Ok(name_id.ok_or_else(|| nothing("NameID"))?.value.clone())
}
