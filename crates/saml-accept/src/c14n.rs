//! Exclusive XML Canonicalization 1.0 (exc-c14n, RFC 3741) of an element and everything in it.
//!
//! Inclusive canonicalisation is not here: no signature is accepted that needs it.

use std::collections::{BTreeMap, HashMap};

use saml_model::names;
use thiserror::Error;

use crate::quoted::quoted;
use crate::xml::{Document, Element, ElementData, NodeId, NodeKind};

/// The most bytes any canonical form may have. A short declaration that a thousand elements must each repeat
/// makes the form far larger than the document.
pub const LIMIT_OUTPUT_BYTES: usize = 8 * 1024 * 1024;

/// How many bytes of canonical form a byte of the document may make, beyond [`LIMIT_ROOM_BYTES`], where nobody vouches for it.
/// A `>` in a text makes four; anything else that makes more is a namespace repeated at every element.
pub const LIMIT_GROWTH: usize = 4;

/// What a canonical form may have whatever the size of its document, in bytes.
pub const LIMIT_ROOM_BYTES: usize = 64 * 1024;

/// How to canonicalise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exclusive<'a> {
    /// Comments are kept (`…xml-exc-c14n#WithComments`).
    pub with_comments: bool,
    /// The `PrefixList` of `InclusiveNamespaces`; `#default` means the default namespace.
    pub inclusive_prefixes: &'a [&'a str],
}

/// Why there is no canonical form.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum C14nError {
    /// The element to leave out is the element itself, or around it.
    #[error("the excluded element contains the element to canonicalise")]
    NothingLeft,
    /// A namespace name in the subtree is not an absolute URI (Canonical XML 1.0 section 1.3): libraries
    /// that fail half way here have signed the empty string.
    #[error("line {line}, column {column}: the namespace name `{}` is not an absolute URI", quoted(.name))]
    RelativeNamespace {
        /// The namespace name.
        name: String,
        /// The line of the element that declares or needs it, counted from 1.
        line: usize,
        /// The column of that element, counted from 1.
        column: usize,
    },
    /// The form would be larger than its limit, [`LIMIT_OUTPUT_BYTES`] at most.
    #[error("the canonical form is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
}

/// The canonical form of an element and everything in it, as UTF-8 text, without the subtree `excluded`
/// (the signature that the enveloped transform removes). `excluded` is that very element, not one like it.
///
/// # Errors
///
/// See [`C14nError`]; there is no partial result.
pub fn canonicalize(
    element: Element<'_>,
    mode: &Exclusive<'_>,
    excluded: Option<Element<'_>>,
) -> Result<String, C14nError> {
    canonicalize_within(element, mode, excluded, LIMIT_OUTPUT_BYTES)
}

/// The most bytes that the canonical form of a part of this document is given where nobody vouches for it: in proportion to
/// its size, so that a small message is small work.
pub(crate) fn limit_of(document: &Document) -> usize {
    let grown = document.bytes.saturating_mul(LIMIT_GROWTH);
    grown.saturating_add(LIMIT_ROOM_BYTES).min(LIMIT_OUTPUT_BYTES)
}

/// [`canonicalize`], with a form of at most `limit` bytes, which stops where it outgrows them.
pub(crate) fn canonicalize_within(
    element: Element<'_>,
    mode: &Exclusive<'_>,
    excluded: Option<Element<'_>>,
    limit: usize,
) -> Result<String, C14nError> {
    let same_document = |other: &Element<'_>| std::ptr::eq(other.document, element.document);
    let excluded = excluded.filter(same_document).map(|excluded| excluded.id);
    let mut around = Some(element);
    while let Some(ancestor) = around {
        if Some(ancestor.id) == excluded {
            return Err(C14nError::NothingLeft);
        }
        around = ancestor.parent();
    }
    let mut writer = Writer::new(element.document, mode, excluded, limit);
    writer.inherit(element);
    writer.element(element)?;
    Ok(writer.out)
}

/// For each prefix (empty for the default namespace) a stack of what it is bound to. Namespaces are indices into
/// [`Document::namespaces`]: names may be long, and they are compared at every element.
type Bindings<'d> = HashMap<&'d str, Vec<Option<usize>>>;

fn bound(bindings: &Bindings<'_>, prefix: &str) -> Option<usize> {
    bindings
        .get(prefix)
        .and_then(|stack| stack.last())
        .copied()
        .flatten()
}

struct Writer<'d, 'a> {
    document: &'d Document,
    mode: &'a Exclusive<'a>,
    excluded: Option<NodeId>,
    /// What the document declares, here.
    scope: Bindings<'d>,
    /// What the output declares, here.
    rendered: Bindings<'d>,
    /// The prefixes of the prefix list that the ancestors of the apex declare; the apex takes them.
    inherited: Vec<&'d str>,
    /// For each namespace its place in the order of their names.
    ranks: Vec<usize>,
    limit: usize,
    out: String,
}

impl<'d, 'a> Writer<'d, 'a> {
    fn new(document: &'d Document, mode: &'a Exclusive<'a>, excluded: Option<NodeId>, limit: usize) -> Self {
        Self {
            document,
            mode,
            excluded,
            scope: HashMap::new(),
            rendered: HashMap::new(),
            inherited: Vec::new(),
            ranks: ranks(&document.namespaces),
            limit,
            out: String::new(),
        }
    }

    /// Takes over what the ancestors of the apex declare; none of it is rendered yet.
    fn inherit(&mut self, apex: Element<'d>) {
        let ancestors: Vec<_> = std::iter::successors(apex.parent(), |element| element.parent()).collect();
        for ancestor in ancestors.into_iter().rev() {
            for (prefix, namespace) in &ancestor.data().declarations {
                self.scope.entry(prefix).or_default().push(*namespace);
                if self.is_listed(prefix) {
                    self.inherited.push(prefix);
                }
            }
        }
    }

    fn is_listed(&self, prefix: &str) -> bool {
        let listed = if prefix.is_empty() { "#default" } else { prefix };
        self.mode.inclusive_prefixes.contains(&listed)
    }

    fn node(&mut self, id: NodeId) -> Result<(), C14nError> {
        match &self.document.nodes[id].kind {
            NodeKind::Comment(text) if self.mode.with_comments => {
                self.out.extend(["<!--", text, "-->"]);
            }
            NodeKind::Comment(_) => {}
            NodeKind::Element(_) if self.excluded == Some(id) => {}
            NodeKind::Element(_) => self.element(Element {
                document: self.document,
                id,
            })?,
            NodeKind::ProcessingInstruction { target, data } => {
                let space = if data.is_empty() { "" } else { " " };
                self.out.extend(["<?", target, space, data, "?>"]);
            }
            NodeKind::Text(text) => escape_text(text, &mut self.out),
        }
        self.check_length()
    }

    fn check_length(&self) -> Result<(), C14nError> {
        match self.out.len() > self.limit {
            true => Err(C14nError::TooLarge { limit: self.limit }),
            false => Ok(()),
        }
    }

    /// The recursion is as deep as the document, which the parser limits.
    fn element(&mut self, element: Element<'d>) -> Result<(), C14nError> {
        let data = element.data();
        for (prefix, namespace) in &data.declarations {
            check_absolute(self.document.namespace_name(*namespace), element)?;
            self.scope.entry(prefix).or_default().push(*namespace);
        }
        let name = (data.prefix.as_str(), data.local.as_str());
        let declared = self.needed(data);
        self.out.push('<');
        self.name(name);
        for (prefix, namespace) in &declared {
            let name = self.document.namespace_name(*namespace);
            check_absolute(name, element)?;
            self.declaration(prefix, name.unwrap_or_default());
            self.rendered.entry(prefix).or_default().push(*namespace);
        }
        self.attributes(data);
        self.out.push('>');
        self.check_length()?;
        for (id, _) in element.child_nodes() {
            self.node(id)?;
        }
        self.out.push_str("</");
        self.name(name);
        self.out.push('>');
        for prefix in declared.keys() {
            self.rendered.get_mut(prefix).map(Vec::pop);
        }
        for (prefix, _) in &data.declarations {
            self.scope.get_mut(prefix.as_str()).map(Vec::pop);
        }
        Ok(())
    }

    /// The declarations to render on an element, by prefix: those visibly utilized and those of the prefix
    /// list, as far as the output does not already say the same (exc-c14n section 3). A listed prefix can only
    /// be new where it is declared: what is declared further out, further out has rendered.
    fn needed(&mut self, data: &'d ElementData) -> BTreeMap<&'d str, Option<usize>> {
        let utilized = data.attributes.iter().map(|attribute| attribute.prefix.as_str());
        let utilized = utilized.filter(|prefix| !prefix.is_empty());
        let inherited = std::mem::take(&mut self.inherited);
        let declared = data.declarations.iter().map(|(prefix, _)| prefix.as_str());
        let listed = declared.filter(|prefix| self.is_listed(prefix));
        std::iter::once(data.prefix.as_str())
            .chain(utilized)
            .chain(inherited)
            .chain(listed)
            .filter(|prefix| *prefix != "xml")
            .map(|prefix| (prefix, bound(&self.scope, prefix)))
            // A prefix without a binding cannot be rendered; only the default namespace can be undeclared.
            .filter(|(prefix, namespace)| prefix.is_empty() || namespace.is_some())
            .filter(|(prefix, namespace)| *namespace != bound(&self.rendered, prefix))
            .collect()
    }

    fn declaration(&mut self, prefix: &str, namespace: &str) {
        self.out
            .push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
        self.out.push_str(prefix);
        self.out.push_str("=\"");
        escape_attribute(namespace, &mut self.out);
        self.out.push('"');
    }

    /// Attributes by namespace name, then local name; those in no namespace first (Canonical XML 2.2).
    fn attributes(&mut self, data: &'d ElementData) {
        let mut attributes: Vec<_> = data.attributes.iter().collect();
        attributes.sort_by_key(|attribute| {
            let rank = attribute.namespace.map(|namespace| self.ranks[namespace]);
            (rank, &attribute.local)
        });
        for attribute in attributes {
            self.out.push(' ');
            self.name((&attribute.prefix, &attribute.local));
            self.out.push_str("=\"");
            escape_attribute(&attribute.value, &mut self.out);
            self.out.push('"');
        }
    }

    fn name(&mut self, (prefix, local): (&str, &str)) {
        if !prefix.is_empty() {
            self.out.push_str(prefix);
            self.out.push(':');
        }
        self.out.push_str(local);
    }
}

/// RFC 3986: a scheme, a colon, and only characters that a URI may hold.
fn check_absolute(name: Option<&str>, element: Element<'_>) -> Result<(), C14nError> {
    match name {
        Some(name) if name != names::NS_XML && !crate::scalar::is_absolute_uri(name) => {
            Err(C14nError::RelativeNamespace {
                name: name.to_owned(),
                line: element.line(),
                column: element.column(),
            })
        }
        _ => Ok(()),
    }
}

/// For each namespace its place among all in code point order.
fn ranks(namespaces: &[String]) -> Vec<usize> {
    let mut order: Vec<_> = (0..namespaces.len()).collect();
    order.sort_by_key(|index| &namespaces[*index]);
    let mut ranks = vec![0; order.len()];
    for (rank, index) in order.into_iter().enumerate() {
        ranks[index] = rank;
    }
    ranks
}

fn escape_text(text: &str, out: &mut String) {
    escape(text, out, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    });
}

fn escape_attribute(text: &str, out: &mut String) {
    escape(text, out, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#x9;"),
        b'\n' => Some("&#xA;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    });
}

/// Only ASCII is ever replaced, so bytes will do.
fn escape(text: &str, out: &mut String, replacement: impl Fn(u8) -> Option<&'static str>) {
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        if let Some(escaped) = replacement(byte) {
            out.push_str(&text[written..at]);
            out.push_str(escaped);
            written = at + 1;
        }
    }
    out.push_str(&text[written..]);
}
