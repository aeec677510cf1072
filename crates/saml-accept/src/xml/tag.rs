//! The inside of tags: names, spacing, quoting and attribute values (XML 3.1, 3.3.3).

use super::XmlErrorKind;
use super::lexical::{is_space, reference};

/// One `Name = "value"` of a tag.
pub(super) struct RawAttribute<'s> {
    /// The name as written.
    pub(super) name: &'s str,
    /// The value, references expanded and white space normalised.
    pub(super) value: String,
    /// Where the name begins, in bytes from the start of the tag's inside.
    pub(super) offset: usize,
}

/// An error and the byte offset, from the start of the tag's inside, where it is.
pub(super) type TagError = (usize, XmlErrorKind);

/// Splits the inside of a start tag, without the angle brackets and the closing slash.
pub(super) fn start_tag(
    inside: &str,
    limit_attributes: usize,
) -> Result<(&str, Vec<RawAttribute<'_>>), TagError> {
    let (name, rest) = split_name(inside);
    if name.is_empty() {
        return Err((0, XmlErrorKind::Tag));
    }
    let attributes = attributes(inside, rest, limit_attributes)?;
    Ok((name, attributes))
}

/// Splits what follows a name: `(S Name Eq AttValue)* S?`. `rest` must be a tail of `inside`.
pub(super) fn attributes<'s>(
    inside: &'s str,
    mut rest: &'s str,
    limit_attributes: usize,
) -> Result<Vec<RawAttribute<'s>>, TagError> {
    let offset = |rest: &str| inside.len() - rest.len();
    let mut found = Vec::new();
    loop {
        let begun = rest.trim_start_matches(is_space);
        if begun.is_empty() {
            return Ok(found);
        }
        if begun.len() == rest.len() {
            // No white space before the next attribute.
            return Err((offset(rest), XmlErrorKind::Tag));
        }
        if found.len() == limit_attributes {
            let kind = XmlErrorKind::TooManyAttributes {
                limit: limit_attributes,
            };
            return Err((offset(begun), kind));
        }
        let (name, after) = split_name(begun);
        if name.is_empty() {
            return Err((offset(begun), XmlErrorKind::Tag));
        }
        let (raw, raw_offset, next) = quoted_value(after)
            .map(|(raw, next)| (raw, offset(next) - raw.len() - 1, next))
            .ok_or_else(|| (offset(after), XmlErrorKind::Tag))?;
        found.push(RawAttribute {
            name,
            value: attribute_value(raw).map_err(|(at, kind)| (raw_offset + at, kind))?,
            offset: offset(begun),
        });
        rest = next;
    }
}

/// Splits at the first character that cannot be part of a name in a tag.
fn split_name(text: &str) -> (&str, &str) {
    let end = text
        .find(|c| is_space(c) || matches!(c, '=' | '"' | '\'' | '<' | '>' | '/' | '&'))
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Reads `S? "=" S? quote value quote`; gives the value and what follows.
fn quoted_value(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches(is_space).strip_prefix('=')?;
    let text = text.trim_start_matches(is_space);
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text[1..].split_once(quote)
}

/// Expands references and turns literal white space into spaces (XML 3.3.3, CDATA attributes).
fn attribute_value(raw: &str) -> Result<String, TagError> {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['<', '&', '\t', '\n', '\r']) {
        let offset = raw.len() - rest.len() + at;
        value.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'<' => return Err((offset, XmlErrorKind::LessThanInAttribute)),
            b'&' => {
                let (name, after) = rest[at + 1..]
                    .split_once(';')
                    .ok_or((offset, XmlErrorKind::BareAmpersand))?;
                value.push(reference(name).map_err(|kind| (offset, kind))?);
                rest = after;
                continue;
            }
            _ => value.push(' '),
        }
        rest = &rest[at + 1..];
    }
    value.push_str(rest);
    Ok(value)
}
