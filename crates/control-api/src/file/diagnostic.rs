//! What is wrong with a file, and where.

use std::fmt;
use std::ops::Range;

use super::Source;

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file's name, as the user gave it.
    pub file: String,
    /// Line and column, both from 1; `None` for a value that did not come from a text.
    pub place: Option<(usize, usize)>,
    /// The keys that lead to the value: `app[1].signing.option`.
    pub path: String,
    /// What is wrong, what was expected, and the nearest valid word.
    pub message: String,
    /// The line itself with a caret below, ready to print.
    snippet: String,
}

impl Diagnostic {
    pub(super) fn new(source: &Source, span: &Range<usize>, path: &str, message: String) -> Self {
        let place = source.place(span.start);
        let snippet = place.map(|place| source.snippet(place, span)).unwrap_or_default();
        Self {
            file: source.name().to_owned(),
            place,
            path: path.to_owned(),
            message,
            snippet,
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(out, "{}:{line}:{column}: {}", self.file, self.message)?,
            None if self.path.is_empty() => write!(out, "{}: {}", self.file, self.message)?,
            None => write!(out, "{}: {}: {}", self.file, self.path, self.message)?,
        }
        if self.snippet.is_empty() {
            Ok(())
        } else {
            write!(out, "\n{}", self.snippet)
        }
    }
}

/// A place of a file, remembered for what can only be judged later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark(pub(super) Diagnostic);

impl Mark {
    /// What is wrong at this place.
    #[must_use]
    pub fn problem(&self, message: String) -> Diagnostic {
        Diagnostic {
            message,
            ..self.0.clone()
        }
    }
}

/// `file:line`.
impl fmt::Display for Mark {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.place {
            Some((line, _)) => write!(out, "{}:{line}", self.0.file),
            None => write!(out, "{}: {}", self.0.file, self.0.path),
        }
    }
}

/// Everything that is wrong with a file, in the order of the file. Never empty where it is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            write!(out, "{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
