//! What a reader should know of a step besides whether it was met.

use std::fmt;
use std::ops::Deref;

use serde::{Serialize, Serializer};

/// A sentence with what it is about, which decides where it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub about: About,
    /// The sentence.
    pub text: String,
}

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// What the service provider does, though no expectation speaks of it.
    Behaviour,
    /// What the step did not send, or could not see.
    Step,
    /// Under what the run stands, such as a hook that the SP has not: the same in many scenarios, so told once.
    Conditions,
}

impl Note {
    /// A note about what the service provider does.
    pub(crate) fn behaviour(text: impl Into<String>) -> Self {
        Self {
            about: About::Behaviour,
            text: text.into(),
        }
    }

    /// A note about what the run stands under.
    pub(crate) fn conditions(text: impl Into<String>) -> Self {
        Self {
            about: About::Conditions,
            text: text.into(),
        }
    }
}

/// A note about the step.
impl<T: Into<String>> From<T> for Note {
    fn from(text: T) -> Self {
        Self {
            about: About::Step,
            text: text.into(),
        }
    }
}

impl Deref for Note {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl PartialEq<&str> for Note {
    fn eq(&self, other: &&str) -> bool {
        self.text == *other
    }
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// As its text.
impl Serialize for Note {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
