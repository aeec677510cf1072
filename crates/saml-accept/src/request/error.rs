//! Why a message of the protocol is not read.

use thiserror::Error;

use crate::malformed::Malformed;
use crate::quoted::quoted;

/// Why bytes are not the message that is wanted. The identity provider maps each to an AADSTS code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The `ID` is not an xs:ID (AADSTS7500529).
    #[error("the ID `{}` is not an xs:ID", quoted(.value))]
    InvalidId {
        /// The `ID`.
        value: String,
    },
    /// A required attribute is absent (AADSTS75005).
    #[error("the message lacks the attribute {attribute}")]
    Missing {
        /// The attribute.
        attribute: &'static str,
    },
    /// Another message, or none of the protocol (AADSTS75005).
    #[error("the root element is {} in {}, not {expected}", quoted(.root), quoted(.namespace.as_deref().unwrap_or("no namespace")))]
    NotExpected {
        /// What it should be.
        expected: &'static str,
        /// The local name of the root.
        root: String,
        /// Its namespace name.
        namespace: Option<String>,
    },
    /// An attribute that should be an absolute URI (AADSTS7500511).
    #[error("the attribute {attribute} is not an absolute URI: `{}`", quoted(.value))]
    AttributeNotUri {
        /// The attribute.
        attribute: &'static str,
        /// Its value.
        value: String,
    },
    /// An element that should hold an absolute URI (AADSTS7500522).
    #[error("the element {element} in {namespace} is not an absolute URI: `{}`", quoted(.value))]
    ElementNotUri {
        /// The local name of the element.
        element: &'static str,
        /// Its namespace name.
        namespace: &'static str,
        /// Its text.
        value: String,
    },
    /// Another version than 2.0 (AADSTS75005).
    #[error("the message has version `{}`, not 2.0", quoted(.found))]
    Version {
        /// The `Version`.
        found: String,
    },
    /// Not well-formed, beyond a limit, or not valid against the schema (AADSTS7500525).
    #[error("line {line}, column {column}: {reason}")]
    Xml {
        /// The line, counted from 1.
        line: usize,
        /// The column in characters, counted from 1.
        column: usize,
        /// What is wrong.
        reason: String,
    },
}

impl From<Malformed> for RequestError {
    fn from(error: Malformed) -> Self {
        Self::Xml {
            line: error.line,
            column: error.column,
            reason: error.kind.to_string(),
        }
    }
}
