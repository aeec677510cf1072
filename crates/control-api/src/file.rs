//! Reading a user's file: every error at once, each with file, line, column, what was expected and the
//! nearest valid word (contracts.md section 1).
//!
//! A TOML text or a JSON body becomes a tree of [`Node`]s that remember their place. A decoder then asks a
//! [`Table`] for its keys; what is wrong is collected, what nobody asked for is an unknown key. Decoders are
//! written by hand, since serde stops at the first error and cannot name the nearest word.

mod diagnostic;
mod node;
mod table;

pub use diagnostic::{Diagnostic, Diagnostics, Mark};
pub use node::{Key, Node, Source, Value};
pub use table::{Problems, Table};

use std::fmt::Write as _;

/// The largest file or body that is read, in bytes, but for a tenant file.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;

/// The largest tenant file that is read, in bytes: 100,000 users with 10,000 groups fit, with room.
pub const TENANT_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Decodes a TOML file through `decode`.
///
/// # Errors
/// All that is wrong with the file: its syntax, or each problem that `decode` met.
pub fn from_toml<T>(
    name: &str,
    text: &str,
    decode: impl FnOnce(&Table<'_>) -> Option<T>,
) -> Result<T, Diagnostics> {
    from_toml_up_to(FILE_BYTES_MAX, name, text, decode)
}

/// Decodes a TOML file of at most `bytes_max` bytes through `decode`.
///
/// # Errors
/// As [`from_toml`].
pub fn from_toml_up_to<T>(
    bytes_max: usize,
    name: &str,
    text: &str,
    decode: impl FnOnce(&Table<'_>) -> Option<T>,
) -> Result<T, Diagnostics> {
    let source = Source::new(name, text);
    let root = Node::from_toml_up_to(bytes_max, &source)?;
    from_node(&source, &root, decode)
}

/// Decodes a JSON value through `decode`; places are paths such as `app[1].signing`.
///
/// # Errors
/// Each problem that `decode` met.
pub fn from_json<T>(
    name: &str,
    json: &serde_json::Value,
    decode: impl FnOnce(&Table<'_>) -> Option<T>,
) -> Result<T, Diagnostics> {
    let source = Source::new(name, "");
    let root = Node::from_json(json);
    from_node(&source, &root, decode)
}

/// Reads a body that is a JSON object. serde would take an array of a struct's values for the struct, too. That is looked at
/// for the outermost value alone: a struct inside it may still be given as an array.
///
/// # Errors
/// What was expected, and what was there.
pub fn from_object<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let first = body.iter().find(|byte| !b" \t\r\n".contains(byte));
    let found = match first {
        Some(b'{') => return serde_json::from_slice(body).map_err(|error| error.to_string()),
        None => "nothing",
        Some(b'[') => "an array",
        Some(b'"') => "a text",
        Some(b'-' | b'0'..=b'9') => "a number",
        Some(_) => "something else",
    };
    Err(format!("expected a JSON object, {{…}}, found {found}"))
}

fn from_node<T>(
    source: &Source,
    root: &Node,
    decode: impl FnOnce(&Table<'_>) -> Option<T>,
) -> Result<T, Diagnostics> {
    let problems = Problems::new(source);
    let Some(table) = Table::root(&problems, root) else {
        return Err(problems.into_diagnostics());
    };
    let value = decode(&table);
    table.done();
    let diagnostics = problems.into_diagnostics();
    match value {
        Some(value) if diagnostics.is_empty() => Ok(value),
        _ => Err(diagnostics),
    }
}

/// Parses a duration such as `6m`, `+6m`, `-90s`, `3y`, `10 days` (jiff's friendly format).
///
/// # Errors
/// A sentence for the user.
pub fn parse_duration(text: &str) -> Result<jiff::Span, String> {
    text.trim().parse().map_err(|_| {
        "a duration such as 90s, 6m, 2h, 30d or 3y, with + or - where it moves a clock".to_owned()
    })
}

/// Words in a list, each in back quotes.
pub(crate) fn quoted_list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut list = String::new();
    for word in words {
        if !list.is_empty() {
            list.push_str(", ");
        }
        let _ = write!(list, "`{word}`");
    }
    list
}

/// What is longer is near to no word; comparing takes time that grows with its length.
const NEAREST_BYTES_MAX: usize = 128;

/// The word nearest to `given`, where one is near enough to be meant: a word that it begins counts as near.
pub fn nearest<'a>(given: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if given.len() > NEAREST_BYTES_MAX {
        return None;
    }
    let given = given.to_lowercase();
    let distance = |word: &str| {
        let begins = given.len() >= 3 && word.starts_with(&given);
        if begins {
            1
        } else {
            strsim::damerau_levenshtein(&given, word)
        }
    };
    words
        .into_iter()
        .map(|word| (distance(&word.to_lowercase()), word))
        .filter(|(distance, word)| *distance <= word.len().max(given.len()).div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_an_object_and_nothing_else() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Body {
            a: u8,
        }
        for (body, expected) in [
            (" \r\n{\"a\": 1}", Ok(Body { a: 1 })),
            ("[1]", Err("expected a JSON object, {…}, found an array")),
            ("", Err("expected a JSON object, {…}, found nothing")),
            ("\"a\"", Err("expected a JSON object, {…}, found a text")),
            ("-1", Err("expected a JSON object, {…}, found a number")),
            ("null", Err("expected a JSON object, {…}, found something else")),
            ("{\"a\": 1", Err("EOF while parsing an object at line 1 column 7")),
        ] {
            let read = from_object(body.as_bytes());
            assert_eq!(read, expected.map_err(str::to_owned), "{body}");
        }
    }
}
