//! Changes of the signed message as text.
//!
//! The message is our own, in the wire form that saml-emit writes (entra-behaviour.md 3.1), so that plain text search
//! finds each element: no prefix, no white space, values escaped.

use super::FaultError;
use super::tree::{escaped, nothing};

/// What stands before the first `element` of this name that has attributes, the element, and what stands after.
pub(crate) fn cut_element<'x>(xml: &'x str, element: &str) -> Option<(&'x str, &'x str, &'x str)> {
    let (start, end) = (format!("<{element} "), format!("</{element}>"));
    let from = xml.find(&start)?;
    let to = from + xml[from..].find(&end)? + end.len();
    Some((&xml[..from], &xml[from..to], &xml[to..]))
}

/// What stands before `start`, between it and `end`, and after.
pub(super) fn cut<'x>(xml: &'x str, start: &str, end: &str) -> Option<(&'x str, &'x str, &'x str)> {
    let (before, tail) = xml.split_once(start)?;
    let (inside, after) = tail.split_once(end)?;
    Some((before, inside, after))
}

/// Replaces the text of the first `element` from `from` on.
pub(super) fn replace_text(xml: &str, from: usize, element: &str, text: &str) -> Result<String, FaultError> {
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
