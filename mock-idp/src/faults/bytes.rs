//! Faults of the signed message: something is changed after signing.
//!
//! The message is our own, in the wire form that saml-emit writes (entra-behaviour.md 3.1), so that plain text search
//! finds each element: no prefix, no white space, values escaped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use saml_model::names;

use super::{FaultError, Parameters};

pub(super) fn tamper_name_id(xml: &str, parameters: &Parameters) -> Result<String, FaultError> {
    replace_text(xml, 0, "NameID", wanted(parameters))
}

pub(super) fn tamper_attribute(xml: &str, parameters: &Parameters) -> Result<String, FaultError> {
    let name = parameters
        .get("name")
        .map_or(names::CLAIM_DISPLAY_NAME, String::as_str);
    let start = format!("<Attribute Name=\"{}\"", escaped(name));
    let at = xml.find(&start).ok_or_else(|| FaultError::NothingThere {
        what: format!("attribute `{name}`"),
    })?;
    replace_text(xml, at, "AttributeValue", wanted(parameters))
}

pub(super) fn flip_a_bit(xml: &str, _: &Parameters) -> Result<String, FaultError> {
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

/// Takes every `KeyInfo` away; a signature does not cover its own.
pub(super) fn without_key_info(xml: &str) -> Result<String, FaultError> {
    let mut without = String::with_capacity(xml.len());
    let mut rest = xml;
    while let Some((before, _, after)) = cut(rest, "<KeyInfo>", "</KeyInfo>") {
        without.push_str(before);
        rest = after;
    }
    if without.is_empty() {
        return Err(nothing("KeyInfo"));
    }
    without.push_str(rest);
    Ok(without)
}

/// What stands before the first `element` of this name that has attributes, the element, and what stands after.
pub(crate) fn cut_element<'x>(xml: &'x str, element: &str) -> Option<(&'x str, &'x str, &'x str)> {
    let (start, end) = (format!("<{element} "), format!("</{element}>"));
    let from = xml.find(&start)?;
    let to = from + xml[from..].find(&end)? + end.len();
    Some((&xml[..from], &xml[from..to], &xml[to..]))
}

/// What stands before `start`, between it and `end`, and after.
fn cut<'x>(xml: &'x str, start: &str, end: &str) -> Option<(&'x str, &'x str, &'x str)> {
    let (before, tail) = xml.split_once(start)?;
    let (inside, after) = tail.split_once(end)?;
    Some((before, inside, after))
}

/// Replaces the text of the first `element` from `from` on.
fn replace_text(xml: &str, from: usize, element: &str, text: &str) -> Result<String, FaultError> {
    let missing = || nothing(element);
    let open = from + xml[from..].find(&format!("<{element}")).ok_or_else(missing)?;
    let start = open + xml[open..].find('>').ok_or_else(missing)? + 1;
    let end = start + xml[start..].find(&format!("</{element}>")).ok_or_else(missing)?;
    let text = escaped(text);
    if xml[start..end] == text {
        return Err(FaultError::NoEffect {
            what: format!("the {element} `{text}`"),
        });
    }
    Ok([&xml[..start], &text, &xml[end..]].concat())
}

fn wanted(parameters: &Parameters) -> &str {
    parameters.get("value").map_or("", String::as_str)
}

fn nothing(what: &str) -> FaultError {
    FaultError::NothingThere {
        what: what.to_owned(),
    }
}

/// Text and attribute values alike.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}
