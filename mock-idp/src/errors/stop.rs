//! A row of the registry, filled in.

use uuid::Uuid;

use super::Aadsts;
use crate::faults::AADSTS;
use crate::limits::{REPEATED_CHARACTERS_MAX, shortened};

/// Why a sign-on stopped: a row with its message filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    row: &'static Aadsts,
    message: String,
    by_fault: bool,
    app: Option<(String, Uuid)>,
    advice: Option<String>,
}

impl Stop {
    /// Fills a row's template. A value may hold braces itself: it is not filled in again. What is too long is shortened.
    pub(crate) fn new(row: &'static Aadsts, values: &[(&str, &str)]) -> Self {
        Self {
            row,
            message: fill(row.template, values),
            by_fault: false,
            app: None,
            advice: None,
        }
    }

    /// Adds what the mock knows and Entra does not say: a sentence, shown on the page alone.
    pub(crate) fn advised(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(shortened(&advice.into(), REPEATED_CHARACTERS_MAX).into_owned());
        self
    }

    /// What the mock adds to Entra's message.
    pub(crate) fn advice(&self) -> Option<&str> {
        self.advice.as_deref()
    }

    /// Says which application the user was on the way to, by name and id.
    pub(crate) fn about(mut self, app: &str, id: Uuid) -> Self {
        self.app = Some((app.to_owned(), id));
        self
    }

    /// The application, where it is known.
    pub(crate) fn app(&self) -> Option<(&str, Uuid)> {
        self.app.as_ref().map(|(name, id)| (name.as_str(), *id))
    }

    /// Says that it was armed.
    pub(crate) fn by_fault(mut self) -> Self {
        self.by_fault = true;
        self
    }

    /// Ids of the faults that it comes of, as events tell them.
    pub(crate) fn faults(&self) -> Vec<String> {
        let armed = self.by_fault.then(|| AADSTS.to_owned());
        armed.into_iter().collect()
    }

    /// `AADSTS50105`.
    pub(crate) fn code(&self) -> String {
        format!("AADSTS{}", self.row.code)
    }

    /// The message without the code.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// `AADSTS50105: Your administrator …`, as the page shows it.
    pub(crate) fn text(&self) -> String {
        format!("{}: {}", self.code(), self.message)
    }

    /// The row it came from.
    pub(crate) fn row(&self) -> &'static Aadsts {
        self.row
    }
}

fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        let value = values.iter().find(|(given, _)| *given == name);
        debug_assert!(value.is_some(), "nothing fills {{{name}}}");
        let value = value.map_or("", |(_, value)| value);
        filled.push_str(&shortened(value, REPEATED_CHARACTERS_MAX));
        rest = tail;
    }
    filled.push_str(rest);
    filled
}
