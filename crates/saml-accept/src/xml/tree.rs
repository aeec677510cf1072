//! The tree: an arena of nodes, and handles that read it.

use std::fmt;

use super::{Limits, TextError, TextErrorKind};

/// The index of a node in its document.
pub(crate) type NodeId = usize;

/// A parsed document. It owns its text; [`Element`] borrows from it.
#[derive(Clone, Debug)]
pub struct Document {
    /// Every node in document order of its beginning.
    pub(crate) nodes: Vec<Node>,
    /// The root element.
    pub(crate) root: NodeId,
    /// Every namespace name that is declared, each once.
    pub(crate) namespaces: Vec<String>,
    /// The size of the text it was read from.
    pub(crate) bytes: usize,
    /// What the document was held to; a tree rebuilt from a part of it is held to the same.
    pub(crate) limits: Limits,
}

/// One node and where it begins.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) parent: Option<NodeId>,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) kind: NodeKind,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    Comment(String),
    Element(ElementData),
    ProcessingInstruction { target: String, data: String },
    Text(String),
}

/// An element. Namespace names are indices into [`Document::namespaces`].
#[derive(Clone, Debug)]
pub(crate) struct ElementData {
    pub(crate) prefix: String,
    pub(crate) local: String,
    pub(crate) namespace: Option<usize>,
    pub(crate) attributes: Vec<AttributeData>,
    /// Prefix (empty for the default namespace) and namespace; `None` undeclares the default namespace.
    pub(crate) declarations: Vec<(String, Option<usize>)>,
    pub(crate) children: Vec<NodeId>,
}

/// An attribute that is not a namespace declaration.
#[derive(Clone, Debug)]
pub(crate) struct AttributeData {
    pub(crate) prefix: String,
    pub(crate) local: String,
    pub(crate) namespace: Option<usize>,
    pub(crate) value: String,
}

impl Document {
    /// The root element.
    #[must_use]
    pub fn root(&self) -> Element<'_> {
        Element {
            document: self,
            id: self.root,
        }
    }

    /// Every element in document order, the root first.
    pub fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        self.nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| matches!(node.kind, NodeKind::Element(_)))
            .map(|(id, _)| Element { document: self, id })
    }

    pub(crate) fn namespace_name(&self, index: Option<usize>) -> Option<&str> {
        index.map(|index| self.namespaces[index].as_str())
    }
}

/// A handle on an element of a [`Document`].
#[derive(Clone, Copy)]
pub struct Element<'d> {
    pub(crate) document: &'d Document,
    pub(crate) id: NodeId,
}

/// Two handles are equal when they are the same element of the same document.
impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.id == other.id
    }
}

impl Eq for Element<'_> {}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let namespace = self.namespace().unwrap_or_default();
        write!(
            f,
            "{{{namespace}}}{} at {}:{}",
            self.name(),
            self.line(),
            self.column()
        )
    }
}

impl<'d> Element<'d> {
    /// The local name.
    #[must_use]
    pub fn name(self) -> &'d str {
        &self.data().local
    }

    /// The namespace name, or `None` for an element in no namespace.
    #[must_use]
    pub fn namespace(self) -> Option<&'d str> {
        self.document.namespace_name(self.data().namespace)
    }

    /// This element has exactly this expanded name.
    #[must_use]
    pub fn is(self, namespace: &str, local: &str) -> bool {
        self.name() == local && self.namespace() == Some(namespace)
    }

    /// The value of the attribute with this name in no namespace; a prefixed attribute never answers.
    #[must_use]
    pub fn attribute(self, local: &str) -> Option<&'d str> {
        self.attributes()
            .find(|attribute| attribute.namespace.is_none() && attribute.local == local)
            .map(|attribute| attribute.value)
    }

    /// Every attribute in document order, namespace declarations left out.
    pub fn attributes(self) -> impl Iterator<Item = Attribute<'d>> {
        self.data().attributes.iter().map(move |attribute| Attribute {
            namespace: self.document.namespace_name(attribute.namespace),
            local: &attribute.local,
            value: &attribute.value,
        })
    }

    /// The child elements in document order.
    pub fn children(self) -> impl Iterator<Item = Element<'d>> {
        self.child_nodes()
            .filter(|(_, kind)| matches!(kind, NodeKind::Element(_)))
            .map(move |(id, _)| Element {
                document: self.document,
                id,
            })
    }

    /// The child elements with this expanded name, in document order.
    pub fn children_named(self, namespace: &str, local: &str) -> impl Iterator<Item = Element<'d>> {
        self.children().filter(move |child| child.is(namespace, local))
    }

    /// The first child element with this expanded name.
    #[must_use]
    pub fn child(self, namespace: &str, local: &str) -> Option<Element<'d>> {
        self.children_named(namespace, local).next()
    }

    /// The element around this one; `None` at the root.
    #[must_use]
    pub fn parent(self) -> Option<Element<'d>> {
        let id = self.document.nodes[self.id].parent?;
        Some(Element {
            document: self.document,
            id,
        })
    }

    /// The whole text of an element that holds nothing but text; CDATA sections and references are text.
    ///
    /// # Errors
    ///
    /// A child element, a comment or a processing instruction is an error: a reader that skips it, or stops
    /// at it, sees another text than the signer saw.
    pub fn text(self) -> Result<String, TextError> {
        let mut text = String::new();
        for (_, kind) in self.child_nodes() {
            let kind = match kind {
                NodeKind::Text(part) => {
                    text.push_str(part);
                    continue;
                }
                NodeKind::Comment(_) => TextErrorKind::Comment,
                NodeKind::Element(_) => TextErrorKind::ChildElement,
                NodeKind::ProcessingInstruction { .. } => TextErrorKind::ProcessingInstruction,
            };
            return Err(TextError {
                line: self.line(),
                column: self.column(),
                element: self.name().to_owned(),
                kind,
            });
        }
        Ok(text)
    }

    /// The line where the element begins, counted from 1.
    #[must_use]
    pub fn line(self) -> usize {
        self.document.nodes[self.id].line
    }

    /// The column in characters where the element begins, counted from 1.
    #[must_use]
    pub fn column(self) -> usize {
        self.document.nodes[self.id].column
    }

    /// Every child node in document order.
    pub(crate) fn child_nodes(self) -> impl Iterator<Item = (NodeId, &'d NodeKind)> {
        let document = self.document;
        self.data()
            .children
            .iter()
            .map(move |id| (*id, &document.nodes[*id].kind))
    }

    pub(crate) fn data(self) -> &'d ElementData {
        match &self.document.nodes[self.id].kind {
            NodeKind::Element(data) => data,
            _ => unreachable!("a handle is only ever made for an element"),
        }
    }
}

/// An attribute of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'d> {
    /// The namespace name; an attribute without a prefix is in no namespace.
    pub namespace: Option<&'d str>,
    /// The local name.
    pub local: &'d str,
    /// The value, references expanded and white space normalised.
    pub value: &'d str,
}
