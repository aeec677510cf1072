//! A strict XML 1.0 parser and its tree.
//!
//! quick-xml cuts the text into tokens; everything XML 1.0 and Namespaces in XML 1.0 ask of a
//! non-validating processor is checked here, because a tokenizer lets most of it pass. Stricter than
//! required: a document type declaration, XML 1.1 and any encoding but UTF-8 are refused by name.
//!
//! The tree keeps comments and processing instructions, since canonicalisation may have to render them, and
//! keeps namespace declarations apart from attributes.

mod error;
mod lexical;
mod parser;
mod tag;
mod tree;

pub use error::{TextError, TextErrorKind, XmlError, XmlErrorKind};
pub use tree::{Attribute, Document, Element};

pub use lexical::is_ncname;
pub(crate) use lexical::is_space;
pub(crate) use tree::{ElementData, NodeId, NodeKind};

/// The largest message that is parsed, in bytes: five times the largest honest response known, which
/// carries 150 groups and a photograph.
pub const LIMIT_BYTES: usize = 1024 * 1024;
/// The deepest nesting of elements, whatever the [`Limits`], since canonicalisation recurses; a signed response
/// needs 9.
pub const LIMIT_DEPTH: usize = 64;
/// The most nodes (elements, texts, comments, processing instructions) of one document.
pub const LIMIT_NODES: usize = 50_000;
/// The most attributes of one element, namespace declarations included.
pub const LIMIT_ATTRIBUTES: usize = 256;

/// What a document may ask of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The size of the document in bytes; decoders of [`crate::binding`] stop here too.
    pub bytes: usize,
    /// The nesting of elements, [`LIMIT_DEPTH`] at most.
    pub depth: usize,
    /// The nodes of the document.
    pub nodes: usize,
    /// The attributes of one element, namespace declarations included.
    pub attributes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: LIMIT_BYTES,
            depth: LIMIT_DEPTH,
            nodes: LIMIT_NODES,
            attributes: LIMIT_ATTRIBUTES,
        }
    }
}

/// Parses one whole document.
///
/// # Errors
///
/// An [`XmlError`] names the first place where the input leaves XML 1.0, Namespaces in XML 1.0, the profile
/// of this module, or the limits.
pub fn parse(input: &[u8], limits: &Limits) -> Result<Document, XmlError> {
    let limits = Limits {
        depth: limits.depth.min(LIMIT_DEPTH),
        ..*limits
    };
    parser::parse(input, limits)
}
