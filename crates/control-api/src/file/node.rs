//! A value of a file, with the place it came from.

use std::cell::OnceCell;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::{Diagnostic, Diagnostics};

/// A text with its name.
pub struct Source {
    name: String,
    text: String,
    /// Where each line begins, looked for once something is wrong.
    lines: OnceCell<Vec<usize>>,
}

impl Source {
    /// A text called `name`; an empty text for values that come from elsewhere.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
            lines: OnceCell::new(),
        }
    }

    fn lines(&self) -> &[usize] {
        self.lines.get_or_init(|| {
            let ends = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(ends).collect()
        })
    }

    /// The name, as the user gave it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Line and column (from 1, columns in characters) of a byte offset.
    pub(super) fn place(&self, offset: usize) -> Option<(usize, usize)> {
        let before = self.text.get(..offset.min(self.text.len()))?;
        if self.text.is_empty() {
            return None;
        }
        let line = self.lines().partition_point(|start| *start <= before.len());
        Some((line, before[self.lines()[line - 1]..].chars().count() + 1))
    }

    /// The line at `place` with carets under `span`.
    pub(super) fn snippet(&self, (line, column): (usize, usize), span: &Range<usize>) -> String {
        let start = self.lines().get(line - 1).copied().unwrap_or_default();
        let text = self.text[start..].lines().next().unwrap_or_default();
        let width = self
            .text
            .get(span.clone())
            .map_or(1, |part| part.lines().next().unwrap_or("").chars().count());
        let carets = "^".repeat(width.clamp(1, 60));
        let indent = " ".repeat(column - 1);
        format!("{line:>5} | {text}\n      | {indent}{carets}")
    }
}

/// A value and the bytes it stands in (`0..0` for a value without a text).
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Byte range in the source.
    pub span: Range<usize>,
    /// The value.
    pub value: Value,
}

/// What a value can be.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text; a TOML date is its text.
    String(String),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A list.
    Array(Vec<Node>),
    /// Keys with values.
    Table(Vec<(Key, Node)>),
    /// JSON null, which removes a key in a patch.
    Null,
}

/// A key and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub name: String,
    /// Byte range in the source.
    pub span: Range<usize>,
}

impl Value {
    /// The kind in words, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::String(_) => "a text",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Boolean(_) => "true or false",
            Self::Array(_) => "a list",
            Self::Table(_) => "a table",
            Self::Null => "null",
        }
    }
}

impl Node {
    /// Parses a TOML text.
    ///
    /// # Errors
    /// Every error of its syntax.
    pub fn from_toml(source: &Source) -> Result<Self, Diagnostics> {
        Self::from_toml_up_to(super::FILE_BYTES_MAX, source)
    }

    /// Parses a TOML text of at most `bytes_max` bytes.
    ///
    /// # Errors
    /// Every error of its syntax, or that it is too large.
    pub fn from_toml_up_to(bytes_max: usize, source: &Source) -> Result<Self, Diagnostics> {
        if source.text.len() > bytes_max {
            let message = format!("the file is larger than {bytes_max} bytes");
            return Err(Diagnostics(vec![Diagnostic::new(source, &(0..0), "", message)]));
        }
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        if errors.is_empty() {
            return Ok(Self {
                span: table.span(),
                value: Self::table(table.get_ref()),
            });
        }
        let problem = |error: &toml::de::Error| {
            let message = format!("not TOML: {}", error.message());
            Diagnostic::new(source, &error.span().unwrap_or(0..0), "", message)
        };
        Err(Diagnostics(errors.iter().map(problem).collect()))
    }

    fn table(table: &DeTable<'_>) -> Value {
        let entry = |(key, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
            let name = AsRef::<str>::as_ref(key.get_ref() as &std::borrow::Cow<'_, str>).to_owned();
            (
                Key {
                    name,
                    span: key.span(),
                },
                Self::toml_value(value),
            )
        };
        Value::Table(table.iter().map(entry).collect())
    }

    fn toml_value(value: &toml::Spanned<DeValue<'_>>) -> Self {
        let parsed = match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or_else(|_| Value::String(number.as_str().to_owned()), Value::Integer),
            DeValue::Float(number) => number
                .as_str()
                .parse()
                .map_or_else(|_| Value::String(number.as_str().to_owned()), Value::Float),
            DeValue::Boolean(boolean) => Value::Boolean(*boolean),
            DeValue::Datetime(date) => Value::String(date.to_string()),
            DeValue::Array(items) => Value::Array(items.iter().map(Self::toml_value).collect()),
            DeValue::Table(table) => Self::table(table),
        };
        Self {
            span: value.span(),
            value: parsed,
        }
    }

    /// Takes a JSON value; it has no place.
    #[must_use]
    pub fn from_json(json: &serde_json::Value) -> Self {
        use serde_json::Value as Json;
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(boolean) => Value::Boolean(*boolean),
            Json::Number(number) => number.as_i64().map_or_else(
                || Value::Float(number.as_f64().unwrap_or(f64::NAN)),
                Value::Integer,
            ),
            Json::String(text) => Value::String(text.clone()),
            Json::Array(items) => Value::Array(items.iter().map(Self::from_json).collect()),
            Json::Object(entries) => Value::Table(
                entries
                    .iter()
                    .map(|(name, value)| {
                        (
                            Key {
                                name: name.clone(),
                                span: 0..0,
                            },
                            Self::from_json(value),
                        )
                    })
                    .collect(),
            ),
        };
        Self { span: 0..0, value }
    }

    /// The value as JSON, for a body.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::String(text) => text.as_str().into(),
            Value::Integer(number) => (*number).into(),
            Value::Float(number) => (*number).into(),
            Value::Boolean(boolean) => (*boolean).into(),
            Value::Array(items) => items.iter().map(Self::to_json).collect(),
            Value::Table(entries) => entries
                .iter()
                .map(|(key, value)| (key.name.clone(), value.to_json()))
                .collect(),
            Value::Null => serde_json::Value::Null,
        }
    }
}
