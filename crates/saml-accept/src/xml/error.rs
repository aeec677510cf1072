//! What can be wrong with a document, and where.

use thiserror::Error;

use crate::quoted::quoted;

/// The first thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {kind}")]
pub struct XmlError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub kind: XmlErrorKind,
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum XmlErrorKind {
    /// `&` does not begin a reference (XML 4.1).
    #[error("`&` does not begin a reference")]
    BareAmpersand,
    /// A character that XML does not allow (XML 2.2), as itself or by reference.
    #[error("the character U+{code:04X} is not allowed in XML")]
    Character {
        /// The code point.
        code: u32,
    },
    /// `--` inside a comment (XML 2.5).
    #[error("a comment contains `--`")]
    Comment,
    /// A CDATA section, a reference or text outside the root element (XML 2.1).
    #[error("there is text outside the root element")]
    ContentOutsideRoot,
    /// The XML declaration is not built as XML 2.8 says.
    #[error("the XML declaration is malformed")]
    Declaration,
    /// An XML declaration anywhere but at the very start (XML 2.8).
    #[error("an XML declaration stands where none may stand")]
    DeclarationMisplaced,
    /// More nested elements than allowed.
    #[error("elements are nested deeper than {limit}")]
    Depth {
        /// The limit.
        limit: usize,
    },
    /// A document type declaration; always refused.
    #[error("a document type declaration (DTD) is refused")]
    DocumentType,
    /// Two attributes of one element have one expanded name (XML 3.1, Namespaces 6.3).
    #[error("the attribute {} occurs twice", quoted(.name))]
    DuplicateAttribute {
        /// The name as written the second time.
        name: String,
    },
    /// No root element at all.
    #[error("the document is empty")]
    Empty,
    /// An encoding other than UTF-8.
    #[error("the encoding {} is not supported, only UTF-8 is", quoted(.name))]
    Encoding {
        /// The encoding as declared or detected.
        name: String,
    },
    /// An end tag that closes another element than the open one.
    #[error("the end tag {} closes the element {}", quoted(.found), quoted(.expected))]
    EndTag {
        /// The name of the open element.
        expected: String,
        /// The name in the end tag.
        found: String,
    },
    /// An entity other than the five predefined ones (XML 4.6).
    #[error("the entity {} is not defined", quoted(.name))]
    Entity {
        /// The name of the entity.
        name: String,
    },
    /// `<` inside an attribute value (XML 3.1).
    #[error("an attribute value contains `<`")]
    LessThanInAttribute,
    /// Markup that cannot be told apart: unfinished, or begun with an unknown `<!`.
    #[error("malformed markup: {}", quoted(.reason))]
    Markup {
        /// What the tokenizer said.
        reason: String,
    },
    /// A name that is not a qualified name (XML 2.3, Namespaces 4).
    #[error("`{}` is not a qualified name", quoted(.name))]
    Name {
        /// The name as written.
        name: String,
    },
    /// A prefix bound to the empty namespace name (Namespaces 2.2).
    #[error("the prefix {} is bound to an empty namespace name", quoted(.prefix))]
    NamespaceEmpty {
        /// The prefix.
        prefix: String,
    },
    /// A prefix that no declaration in scope binds (Namespaces 5).
    #[error("the prefix {} is not declared", quoted(.prefix))]
    NamespaceUnbound {
        /// The prefix.
        prefix: String,
    },
    /// `xml` or `xmlns` is bound to something else, or something else to their namespaces (Namespaces 3).
    #[error("the declaration of the prefix {} touches a reserved name", quoted(.prefix))]
    NamespaceReserved {
        /// The prefix being declared; empty for the default namespace.
        prefix: String,
    },
    /// Bytes that are not UTF-8.
    #[error("the bytes are not UTF-8")]
    NotUtf8,
    /// A processing instruction without a target, or with a reserved one (XML 2.6).
    #[error("a processing instruction is malformed")]
    ProcessingInstruction,
    /// `]]>` in text (XML 2.4).
    #[error("text contains `]]>`")]
    SectionEnd,
    /// A second root element (XML 2.1).
    #[error("there is a second root element")]
    SecondRoot,
    /// A tag whose parts are not separated, quoted or joined as XML 3.1 says.
    #[error("the tag is malformed")]
    Tag,
    /// More bytes than allowed.
    #[error("the document is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// More attributes on one element than allowed.
    #[error("an element has more than {limit} attributes")]
    TooManyAttributes {
        /// The limit.
        limit: usize,
    },
    /// More nodes than allowed.
    #[error("the document has more than {limit} nodes")]
    TooManyNodes {
        /// The limit.
        limit: usize,
    },
    /// The document ends inside an element.
    #[error("the element {} is not closed", quoted(.element))]
    Unclosed {
        /// The name of the innermost open element.
        element: String,
    },
    /// An end tag where no element is open.
    #[error("the end tag {} closes nothing", quoted(.found))]
    UnexpectedEndTag {
        /// The name in the end tag.
        found: String,
    },
    /// A version other than 1.0.
    #[error("XML version {} is not supported, only 1.0 is", quoted(.version))]
    Version {
        /// The version as declared.
        version: String,
    },
}

/// An element that should hold text holds something else.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: the text of {} {kind}", quoted(.element))]
pub struct TextError {
    /// The line of the element, counted from 1.
    pub line: usize,
    /// The column of the element, counted from 1.
    pub column: usize,
    /// The local name of the element.
    pub element: String,
    /// What stands in the way.
    pub kind: TextErrorKind,
}

/// What stands in the way of reading an element as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TextErrorKind {
    /// A child element.
    #[error("is broken up by a child element")]
    ChildElement,
    /// A comment, which readers are known to stop at (VU#475445).
    #[error("is broken up by a comment")]
    Comment,
    /// A processing instruction.
    #[error("is broken up by a processing instruction")]
    ProcessingInstruction,
}
