//! The signature: who makes it, how, and what is changed behind it.

pub(super) mod algorithms;
pub(super) mod borrowed;
pub(super) mod edits;
pub(super) mod ids;
pub(super) mod keys;
pub(super) mod references;
pub(super) mod transforms;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use saml_model::{Response, SignatureAlgorithm, SigningOption, names};

use super::bytes::{cut, replace_text};
use super::forge::signed_paths;
use super::tree::{Tree, escaped, nothing};
use super::{Action, FaultError, Inputs, Parameters, Signer, SigningPlan};

/// The parameter with the address that nobody may ask for anything.
const CANARY: &str = "canary";

/// That address where nobody gives one: the discard port of whoever asks.
const CANARY_DEFAULT: &str = "http://127.0.0.1:9/entrant-canary";

/// The parameter that holds the text put in.
const VALUE: &str = "value";

/// What an attribute says after it was changed, where nobody says otherwise.
const ADMINISTRATOR: &str = "administrator";

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("sig-certificate", Action::Signing(certificate)),
    ("sig-none", Action::Signing(none)),
    ("sig-rsa-sha1", Action::Signing(rsa_sha1)),
    ("sig-tamper-attribute", Action::Message(tamper_attribute)),
    ("sig-tamper-nameid", Action::Message(tamper_name_id)),
    ("sig-value-bitflip", Action::Message(flip_a_bit)),
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

fn rsa_sha1(plan: &mut SigningPlan, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    plan.algorithm = SignatureAlgorithm::RsaSha1;
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
pub(super) fn name_of(response: &Response) -> Result<String, FaultError> {
    let subject = response
        .assertion
        .as_ref()
        .and_then(|assertion| assertion.subject.as_ref());
    let name_id = subject.and_then(|subject| subject.name_id.as_ref());
    Ok(name_id.ok_or_else(|| nothing("NameID"))?.value.clone())
}

/// The address that nobody may ask for anything, escaped.
pub(super) fn canary(parameters: &Parameters) -> String {
    escaped(parameters.get(CANARY).map_or(CANARY_DEFAULT, String::as_str))
}

/// What a parameter chooses; the first where it is absent.
///
/// # Errors
/// A word that is none of these.
pub(super) fn choice<T: Copy>(
    parameters: &Parameters,
    name: &'static str,
    choices: &[(&'static str, T)],
) -> Result<T, FaultError> {
    let words = choices.iter().map(|(word, _)| *word);
    let value = parameters.get(name).map(String::as_str).or(words.clone().next());
    let found = choices.iter().find(|(word, _)| Some(*word) == value);
    found
        .map(|(_, chosen)| *chosen)
        .ok_or_else(|| FaultError::BadParameter {
            name,
            value: value.unwrap_or_default().to_owned(),
            expected: words
                .map(|word| format!("`{word}`"))
                .collect::<Vec<_>>()
                .join(", "),
        })
}

/// What a parameter counts.
///
/// # Errors
/// What is no number of the range.
pub(super) fn number(
    parameters: &Parameters,
    name: &'static str,
    default: usize,
    range: std::ops::RangeInclusive<usize>,
) -> Result<usize, FaultError> {
    let Some(value) = parameters.get(name) else {
        return Ok(default);
    };
    let number = value.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| FaultError::BadParameter {
        name,
        value: value.clone(),
        expected: format!("a number from {} to {}", range.start(), range.end()),
    })
}

/// The elements of a message that have a signature of their own, the inner one first.
///
/// # Errors
/// That there is none.
pub(super) fn signed(message: &Tree) -> Result<Vec<&'static [&'static str]>, FaultError> {
    let all = signed_paths(SigningOption::ResponseAndAssertion);
    let has = |path: &&&'static [&str]| {
        message
            .at(path)
            .is_ok_and(|element| element.place("Signature").is_ok())
    };
    let signed: Vec<_> = all.iter().filter(has).copied().collect();
    if signed.is_empty() {
        Err(nothing("Signature"))
    } else {
        Ok(signed)
    }
}

/// What an attack works on: the one signature that it keeps. Where both are signed it is the assertion's, as every service
/// provider looks for that one; the other is taken away, since it would only give the attack away.
///
/// # Errors
/// That nothing is signed.
pub(super) fn one_signed(message: &mut Tree) -> Result<&'static [&'static str], FaultError> {
    let signed = signed(message)?;
    if signed.len() > 1 {
        message.take("Signature")?;
    }
    signed.first().copied().ok_or_else(|| nothing("Signature"))
}
