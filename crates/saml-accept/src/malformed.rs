//! What can be wrong with the structure of a message that is well-formed XML.

use thiserror::Error;

use crate::quoted::{one, quoted};
use crate::xml::{Element, TextError, TextErrorKind, XmlError, XmlErrorKind};

/// Of one that is encrypted and one that is not, readers differ in which they believe.
pub(crate) const ENCRYPTED_BESIDE_PLAIN: &str = "an EncryptedAssertion beside an Assertion";

/// A message that is not built as the SAML schemas say, or uses what is refused by name.
///
/// Line and column are those of the element at fault in the bytes that were read; where the content was read
/// after verification those are the digested, canonical bytes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {kind}")]
pub struct Malformed {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub kind: MalformedKind,
}

/// What is wrong with the structure of a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MalformedKind {
    /// An attribute that the element does not have.
    #[error("{} has an attribute {}, which is not part of it", quoted(.element), quoted(.attribute))]
    AttributeUnexpected {
        /// The element.
        element: String,
        /// The attribute's local name.
        attribute: String,
    },
    /// An attribute `Name` occurs twice in one assertion.
    #[error("the attribute named `{}` occurs twice", quoted(.name))]
    AttributeNameRepeated {
        /// The `Name`.
        name: String,
    },
    /// A required attribute is absent.
    #[error("{} lacks the attribute {}", quoted(.element), quoted(.attribute))]
    AttributeMissing {
        /// The element.
        element: String,
        /// The attribute.
        attribute: String,
    },
    /// An attribute or an element's text is not of its type.
    #[error("{} has the value `{}`, which is not {expected}", quoted(.place), quoted(.value))]
    Value {
        /// The attribute or element.
        place: String,
        /// The value.
        value: String,
        /// What it should be, such as `an xs:dateTime`.
        expected: &'static str,
    },
    /// A condition that this reader does not know, so that the assertion cannot be valid
    /// (saml-core 2.5.1.1).
    #[error("the condition {} is not known", quoted(.condition))]
    ConditionUnknown {
        /// The local name of the condition.
        condition: String,
    },
    /// A child element that the schema does not have here, or not in this order.
    #[error("{} is not expected here in {}", quoted(.child), quoted(.element))]
    ElementUnexpected {
        /// The element.
        element: String,
        /// The child.
        child: String,
    },
    /// A required child element is absent.
    #[error("{} lacks {}", quoted(.element), one(.child))]
    ElementMissing {
        /// The element.
        element: String,
        /// The child.
        child: String,
    },
    /// A child element occurs twice where one may.
    #[error("{} has a second {}", quoted(.element), quoted(.child))]
    ElementRepeated {
        /// The element.
        element: String,
        /// The child.
        child: String,
    },
    /// Two elements of the document carry one ID (xs:ID; saml-core 1.3.4).
    #[error("the ID `{}` occurs twice in the document", quoted(.id))]
    IdRepeated {
        /// The ID.
        id: String,
    },
    /// A signed or signing element in a place where none belongs.
    #[error("{} stands where none belongs", one(.element))]
    Misplaced {
        /// The element.
        element: String,
    },
    /// Text between elements.
    #[error("{} has text between its elements", quoted(.element))]
    TextBetweenElements {
        /// The element.
        element: String,
    },
    /// Text that is broken up.
    #[error("the text of {} {kind}", quoted(.element))]
    Text {
        /// The element.
        element: String,
        /// By what.
        kind: TextErrorKind,
    },
    /// Something that SAML has and this reader refuses.
    #[error("{what} is not supported")]
    Unsupported {
        /// Its name.
        what: &'static str,
    },
    /// A version other than 2.0.
    #[error("{} has version `{}`, not 2.0", quoted(.element), quoted(.found))]
    Version {
        /// The element.
        element: String,
        /// The version.
        found: String,
    },
    /// The root is another element.
    #[error("the root element is {}, not {expected}", quoted(.found))]
    WrongRoot {
        /// What it should be.
        expected: &'static str,
        /// Its local name.
        found: String,
    },
    /// The document is not well-formed, or beyond a limit.
    #[error(transparent)]
    Xml(XmlErrorKind),
}

impl Malformed {
    pub(crate) fn at(element: Element<'_>, kind: MalformedKind) -> Self {
        Self {
            line: element.line(),
            column: element.column(),
            kind,
        }
    }
}

impl MalformedKind {
    /// Whether it is about what is signed, as it is where something signed is wrapped: an assertion, a response or a signature
    /// where none belongs or once too often, and an ID that two elements have.
    #[must_use]
    pub fn is_about_signing(&self) -> bool {
        let is_signed = |name: &str| {
            let signed = ["Assertion", "EncryptedAssertion", "Response", "Signature"];
            signed.contains(&name)
        };
        match self {
            Self::Misplaced { .. } | Self::IdRepeated { .. } => true,
            Self::ElementRepeated { child, .. } | Self::ElementUnexpected { child, .. } => is_signed(child),
            Self::Unsupported { what } => *what == ENCRYPTED_BESIDE_PLAIN,
            _ => false,
        }
    }
}

impl From<XmlError> for Malformed {
    fn from(error: XmlError) -> Self {
        let XmlError { line, column, kind } = error;
        Self {
            line,
            column,
            kind: MalformedKind::Xml(kind),
        }
    }
}

impl From<TextError> for Malformed {
    fn from(error: TextError) -> Self {
        let TextError {
            line,
            column,
            element,
            kind,
        } = error;
        Self {
            line,
            column,
            kind: MalformedKind::Text { element, kind },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_signing_is_told_from_what_is_not() {
        let element = || "Response".to_owned();
        let unexpected = |child: &str| MalformedKind::ElementUnexpected {
            element: element(),
            child: child.to_owned(),
        };
        let missing = |attribute: &str| MalformedKind::AttributeMissing {
            element: element(),
            attribute: attribute.to_owned(),
        };
        let unsupported = |what| MalformedKind::Unsupported { what };
        for (kind, expected) in [
            (MalformedKind::Misplaced { element: element() }, true),
            (MalformedKind::IdRepeated { id: "_a".to_owned() }, true),
            (unexpected("EncryptedAssertion"), true),
            (unexpected("assertion"), false),
            (missing("ID"), false),
            (unsupported(ENCRYPTED_BESIDE_PLAIN), true),
            (unsupported("a BaseID"), false),
            (
                MalformedKind::WrongRoot {
                    expected: "samlp:Response",
                    found: "Envelope".to_owned(),
                },
                false,
            ),
        ] {
            assert_eq!(kind.is_about_signing(), expected, "{kind}");
        }
    }
}
