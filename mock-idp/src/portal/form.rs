//! A posted form of the admin center.

use axum::body::Bytes;

/// Fields of a form that are read; no page has as many.
const FORM_FIELDS_MAX: usize = 10_000;

/// Fields by name, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads `application/x-www-form-urlencoded`, which can mean anything but never be wrong.
    pub(crate) fn read(body: &Bytes) -> Self {
        let fields = url::form_urlencoded::parse(body).into_owned();
        Self(fields.take(FORM_FIELDS_MAX).collect())
    }

    /// Of fields that were read otherwise.
    pub(crate) fn of(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// Reads a query.
    pub(crate) fn query(query: Option<&str>) -> Self {
        let query = query.unwrap_or_default();
        Self(
            url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// The first value of a field, trimmed; empty where it is absent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.exact(name).trim()
    }

    /// The first value of a field as it was typed: a password may begin with a space.
    pub(crate) fn exact(&self, name: &str) -> &str {
        let named = self.0.iter().find(|(field, _)| field == name);
        named.map_or("", |(_, value)| value)
    }

    /// Every value of a field, trimmed, in order.
    pub(crate) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        let named = self.0.iter().filter(move |(field, _)| field == name);
        named.map(|(_, value)| value.trim())
    }

    /// Every value of a field as it was typed, in order.
    pub(crate) fn all_exact<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        let named = self.0.iter().filter(move |(field, _)| field == name);
        named.map(|(_, value)| value.as_str())
    }

    /// Every value, as it was typed.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, value)| value.as_str())
    }

    /// Whether the field is there, as a ticked box and a pressed button are.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(field, _)| field == name)
    }

    /// Whether a Yes/No choice says yes.
    pub(crate) fn yes(&self, name: &str) -> bool {
        self.text(name) == "yes"
    }
}

/// Whether a text holds what was searched for; case does not matter.
pub(crate) fn holds(text: &str, wanted: &str) -> bool {
    text.to_lowercase().contains(&wanted.to_lowercase())
}
