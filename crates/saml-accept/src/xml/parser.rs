//! From bytes to the tree: quick-xml says where a token begins and ends, everything else is decided here.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use quick_xml::events::Event;
use quick_xml::reader::Reader;
use saml_model::names;

use super::lexical::{forbidden_character, is_space, qualified_name, reference};
use super::tag::{self, RawAttribute};
use super::tree::{AttributeData, Document, ElementData, Node, NodeId, NodeKind};
use super::{Limits, XmlError, XmlErrorKind};

/// See [`super::parse`].
pub(super) fn parse(input: &[u8], limits: Limits) -> Result<Document, XmlError> {
    let source = decode(input, limits.bytes)?;
    let mut builder = Builder::new(&source, limits);
    if let Some((at, kind)) = forbidden_character(&source) {
        return Err(builder.error(at, kind));
    }
    let mut reader = Reader::from_str(&source);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    loop {
        let start = offset(reader.buffer_position());
        let event = reader.read_event();
        let end = offset(reader.buffer_position());
        builder.advance(start);
        match event {
            Ok(Event::Eof) => return builder.finish(),
            Ok(event) => builder.event(&event, &source[start..end])?,
            Err(error) => return Err(builder.tokenizer_error(&source[start..], &error)),
        }
    }
}

/// quick-xml counts in u64; a document is never larger than memory.
fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// Bytes to text: size, encoding, byte order mark, line ends (XML 2.11, 4.3.3).
fn decode(input: &[u8], limit: usize) -> Result<Cow<'_, str>, XmlError> {
    let at_start = |kind| XmlError {
        line: 1,
        column: 1,
        kind,
    };
    if input.len() > limit {
        return Err(at_start(XmlErrorKind::TooLarge { limit }));
    }
    if let [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, b'<' | 0, ..] | [b'<', 0, ..] = input {
        return Err(at_start(XmlErrorKind::Encoding {
            name: "UTF-16 or UTF-32".to_owned(),
        }));
    }
    let input = input.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input);
    let text = str::from_utf8(input).map_err(|error| not_utf8(input, error.valid_up_to()))?;
    // quick-xml would swallow a second byte order mark in silence.
    if text.starts_with('\u{FEFF}') {
        return Err(at_start(XmlErrorKind::ContentOutsideRoot));
    }
    Ok(if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    })
}

/// Bytes that are no UTF-8 are refused under the name of the encoding they claim, where they claim one.
fn not_utf8(input: &[u8], valid: usize) -> XmlError {
    let text = String::from_utf8_lossy(&input[..valid]);
    if let Some((inside, _)) = text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>"))
        && let Err((_, kind @ XmlErrorKind::Encoding { .. })) = declaration(inside)
    {
        return XmlError {
            line: 1,
            column: 1,
            kind,
        };
    }
    let (line, column) = position(&text, 1, 1);
    XmlError {
        line,
        column,
        kind: XmlErrorKind::NotUtf8,
    }
}

/// Checks what is between `<?xml` and `?>` (XML 2.8).
fn declaration(inside: &str) -> Result<(), tag::TagError> {
    let malformed = || (0, XmlErrorKind::Declaration);
    // Nothing in it is an attribute value: there are no references.
    if inside.contains('&') {
        return Err(malformed());
    }
    let parts = tag::attributes(inside, inside, 3).map_err(|_| malformed())?;
    let mut parts = parts.iter().peekable();
    let version = parts
        .next()
        .filter(|part| part.name == "version")
        .ok_or_else(malformed)?;
    if version.value != "1.0" {
        return Err((
            0,
            XmlErrorKind::Version {
                version: version.value.clone(),
            },
        ));
    }
    if let Some(encoding) = parts.next_if(|part| part.name == "encoding")
        && !encoding.value.eq_ignore_ascii_case("UTF-8")
    {
        return Err((
            0,
            XmlErrorKind::Encoding {
                name: encoding.value.clone(),
            },
        ));
    }
    let standalone = parts.next_if(|part| part.name == "standalone");
    let standalone_is_sound = standalone.is_none_or(|part| matches!(part.value.as_str(), "yes" | "no"));
    if standalone_is_sound && parts.next().is_none() {
        Ok(())
    } else {
        Err(malformed())
    }
}

/// Line and column after `text`, which begins at the given ones.
fn position(text: &str, line: usize, column: usize) -> (usize, usize) {
    match text.rfind('\n') {
        Some(last) => (
            line + text.bytes().filter(|b| *b == b'\n').count(),
            1 + text[last + 1..].chars().count(),
        ),
        None => (line, column + text.chars().count()),
    }
}

/// The tree while it grows.
struct Builder<'s> {
    source: &'s str,
    limits: Limits,
    /// Where the current token begins: byte offset, line, column.
    token: (usize, usize, usize),
    nodes: Vec<Node>,
    root: Option<NodeId>,
    /// The open elements with their names as written, the innermost last.
    open: Vec<(NodeId, &'s str)>,
    namespaces: Vec<String>,
    namespace_indices: HashMap<String, usize>,
    /// For each prefix the namespaces it was bound to, the one in scope last.
    scope: HashMap<String, Vec<Option<usize>>>,
}

impl<'s> Builder<'s> {
    fn new(source: &'s str, limits: Limits) -> Self {
        let mut builder = Self {
            source,
            limits,
            token: (0, 1, 1),
            nodes: Vec::new(),
            root: None,
            open: Vec::new(),
            namespaces: Vec::new(),
            namespace_indices: HashMap::new(),
            scope: HashMap::new(),
        };
        let xml = builder.intern(names::NS_XML);
        builder.scope.insert("xml".to_owned(), vec![Some(xml)]);
        builder
    }

    fn advance(&mut self, to: usize) {
        let (from, line, column) = self.token;
        let (line, column) = position(&self.source[from..to], line, column);
        self.token = (to, line, column);
    }

    /// An error at a byte offset at or after the current token.
    fn error(&self, at: usize, kind: XmlErrorKind) -> XmlError {
        let (from, line, column) = self.token;
        // An offset inside a character cannot be shown; the token's own place is near enough.
        let text = self.source.get(from..at).unwrap_or_default();
        let (line, column) = position(text, line, column);
        XmlError { line, column, kind }
    }

    fn error_here(&self, kind: XmlErrorKind) -> XmlError {
        self.error(self.token.0, kind)
    }

    fn tokenizer_error(&self, rest: &str, error: &quick_xml::Error) -> XmlError {
        self.error_here(if rest.starts_with("<!DOCTYPE") {
            XmlErrorKind::DocumentType
        } else if rest.starts_with('&') {
            XmlErrorKind::BareAmpersand
        } else {
            XmlErrorKind::Markup {
                reason: error.to_string(),
            }
        })
    }

    /// `raw` is the token as it stands in the source.
    fn event(&mut self, event: &Event<'_>, raw: &'s str) -> Result<(), XmlError> {
        match event {
            Event::Start(_) => self.start(&raw[1..raw.len() - 1], false),
            Event::Empty(_) => self.start(&raw[1..raw.len() - 2], true),
            Event::End(_) => self.end(&raw[2..raw.len() - 1]),
            Event::Text(_) => self.text(raw),
            Event::CData(_) => {
                if self.open.is_empty() {
                    return Err(self.error_here(XmlErrorKind::ContentOutsideRoot));
                }
                self.push_text(&raw["<![CDATA[".len()..raw.len() - "]]>".len()])
            }
            Event::GeneralRef(_) => self.reference(&raw[1..raw.len() - 1]),
            Event::Comment(_) => self.comment(&raw["<!--".len()..raw.len() - "-->".len()]),
            Event::PI(_) => self.processing_instruction(&raw[2..raw.len() - 2]),
            Event::Decl(_) => self.declaration(&raw["<?xml".len()..raw.len() - 2]),
            Event::DocType(_) => Err(self.error_here(XmlErrorKind::DocumentType)),
            Event::Eof => Ok(()),
        }
    }

    fn declaration(&self, inside: &str) -> Result<(), XmlError> {
        if self.token.0 != 0 {
            return Err(self.error_here(XmlErrorKind::DeclarationMisplaced));
        }
        declaration(inside).map_err(|(_, kind)| self.error_here(kind))
    }

    fn start(&mut self, inside: &'s str, is_empty: bool) -> Result<(), XmlError> {
        if self.open.is_empty() && self.root.is_some() {
            return Err(self.error_here(XmlErrorKind::SecondRoot));
        }
        if self.open.len() == self.limits.depth {
            return Err(self.error_here(XmlErrorKind::Depth {
                limit: self.limits.depth,
            }));
        }
        let inside_at = self.token.0 + 1;
        let (name, raw) = tag::start_tag(inside, self.limits.attributes)
            .map_err(|(at, kind)| self.error(inside_at + at, kind))?;
        let element = self.element(name, &raw, inside_at)?;
        let id = self.push(NodeKind::Element(element))?;
        if self.open.is_empty() {
            self.root = Some(id);
        }
        self.open.push((id, name));
        if is_empty { self.close() } else { Ok(()) }
    }

    /// Binds the declarations of a start tag, then resolves its names.
    fn element(
        &mut self,
        name: &str,
        raw: &[RawAttribute<'_>],
        inside_at: usize,
    ) -> Result<ElementData, XmlError> {
        let mut attributes = Vec::with_capacity(raw.len());
        let mut declarations = Vec::new();
        for attribute in raw {
            let fail = |kind| self.error(inside_at + attribute.offset, kind);
            let (prefix, local) = qualified_name(attribute.name).map_err(fail)?;
            let declared = match (prefix, local) {
                ("", "xmlns") => "",
                ("xmlns", prefix) => prefix,
                _ => {
                    attributes.push((prefix, local, attribute));
                    continue;
                }
            };
            check_declaration(declared, &attribute.value).map_err(fail)?;
            if declarations.iter().any(|(prefix, _)| prefix == declared) {
                return Err(fail(XmlErrorKind::DuplicateAttribute {
                    name: attribute.name.to_owned(),
                }));
            }
            let namespace = (!attribute.value.is_empty()).then(|| self.intern(&attribute.value));
            self.scope.entry(declared.to_owned()).or_default().push(namespace);
            declarations.push((declared.to_owned(), namespace));
        }
        let (prefix, local) = qualified_name(name).map_err(|kind| self.error(inside_at, kind))?;
        let namespace = self.resolve(prefix).map_err(|kind| self.error(inside_at, kind))?;
        Ok(ElementData {
            prefix: prefix.to_owned(),
            local: local.to_owned(),
            namespace,
            attributes: self.attributes(&attributes, inside_at)?,
            declarations,
            children: Vec::new(),
        })
    }

    fn attributes(
        &self,
        raw: &[(&str, &str, &RawAttribute<'_>)],
        inside_at: usize,
    ) -> Result<Vec<AttributeData>, XmlError> {
        let mut seen = HashSet::new();
        let mut attributes = Vec::with_capacity(raw.len());
        for (prefix, local, raw) in raw {
            let fail = |kind| self.error(inside_at + raw.offset, kind);
            // An attribute without a prefix is in no namespace, whatever the default (Namespaces 6.2).
            let namespace = if prefix.is_empty() {
                None
            } else {
                self.resolve(prefix).map_err(fail)?
            };
            if !seen.insert((namespace, *local)) {
                return Err(fail(XmlErrorKind::DuplicateAttribute {
                    name: raw.name.to_owned(),
                }));
            }
            attributes.push(AttributeData {
                prefix: (*prefix).to_owned(),
                local: (*local).to_owned(),
                namespace,
                value: raw.value.clone(),
            });
        }
        Ok(attributes)
    }

    /// The namespace a prefix is bound to; the empty prefix may be bound to none.
    fn resolve(&self, prefix: &str) -> Result<Option<usize>, XmlErrorKind> {
        let bound = self
            .scope
            .get(prefix)
            .and_then(|bindings| bindings.last())
            .copied()
            .flatten();
        if bound.is_none() && !prefix.is_empty() {
            return Err(XmlErrorKind::NamespaceUnbound {
                prefix: prefix.to_owned(),
            });
        }
        Ok(bound)
    }

    fn intern(&mut self, name: &str) -> usize {
        if let Some(index) = self.namespace_indices.get(name) {
            return *index;
        }
        let index = self.namespaces.len();
        self.namespaces.push(name.to_owned());
        self.namespace_indices.insert(name.to_owned(), index);
        index
    }

    fn end(&mut self, inside: &str) -> Result<(), XmlError> {
        let found = inside.trim_end_matches(is_space);
        let Some((_, expected)) = self.open.last() else {
            return Err(self.error_here(XmlErrorKind::UnexpectedEndTag {
                found: found.to_owned(),
            }));
        };
        if *expected != found {
            let expected = (*expected).to_owned();
            return Err(self.error_here(XmlErrorKind::EndTag {
                expected,
                found: found.to_owned(),
            }));
        }
        self.close()
    }

    fn close(&mut self) -> Result<(), XmlError> {
        let Some((id, _)) = self.open.pop() else {
            return Ok(());
        };
        if let NodeKind::Element(element) = &self.nodes[id].kind {
            for (prefix, _) in &element.declarations {
                if let Some(bindings) = self.scope.get_mut(prefix) {
                    bindings.pop();
                }
            }
        }
        Ok(())
    }

    fn text(&mut self, raw: &str) -> Result<(), XmlError> {
        if self.open.is_empty() {
            return match raw.find(|c| !is_space(c)) {
                Some(at) => Err(self.error(self.token.0 + at, XmlErrorKind::ContentOutsideRoot)),
                None => Ok(()),
            };
        }
        if let Some(at) = raw.find("]]>") {
            return Err(self.error(self.token.0 + at, XmlErrorKind::SectionEnd));
        }
        self.push_text(raw)
    }

    fn reference(&mut self, name: &str) -> Result<(), XmlError> {
        let character = reference(name).map_err(|kind| self.error_here(kind))?;
        if self.open.is_empty() {
            return Err(self.error_here(XmlErrorKind::ContentOutsideRoot));
        }
        self.push_text(character.encode_utf8(&mut [0; 4]))
    }

    /// Text that meets text becomes one node, so that a reference or a CDATA section cannot split a value.
    fn push_text(&mut self, text: &str) -> Result<(), XmlError> {
        if text.is_empty() {
            return Ok(());
        }
        let parent = self.open.last().map(|(id, _)| *id);
        if let Some(last) = self.nodes.last_mut()
            && last.parent == parent
            && let NodeKind::Text(before) = &mut last.kind
        {
            before.push_str(text);
            return Ok(());
        }
        self.push(NodeKind::Text(text.to_owned())).map(|_| ())
    }

    fn comment(&mut self, text: &str) -> Result<(), XmlError> {
        if text.contains("--") || text.ends_with('-') {
            return Err(self.error_here(XmlErrorKind::Comment));
        }
        self.push(NodeKind::Comment(text.to_owned())).map(|_| ())
    }

    fn processing_instruction(&mut self, inside: &str) -> Result<(), XmlError> {
        let (target, data) = inside.split_once(is_space).unwrap_or((inside, ""));
        // A colon in a target is refused by Namespaces 7; the target `xml` in any case by XML 2.6.
        if !super::is_ncname(target) || target.eq_ignore_ascii_case("xml") {
            return Err(self.error_here(XmlErrorKind::ProcessingInstruction));
        }
        let data = data.trim_start_matches(is_space).to_owned();
        self.push(NodeKind::ProcessingInstruction {
            target: target.to_owned(),
            data,
        })
        .map(|_| ())
    }

    fn push(&mut self, kind: NodeKind) -> Result<NodeId, XmlError> {
        if self.nodes.len() == self.limits.nodes {
            return Err(self.error_here(XmlErrorKind::TooManyNodes {
                limit: self.limits.nodes,
            }));
        }
        let id = self.nodes.len();
        let parent = self.open.last().map(|(id, _)| *id);
        // What stands around the root element belongs to nothing: nobody reads or canonicalises it.
        if let Some(NodeKind::Element(element)) = parent.map(|parent| &mut self.nodes[parent].kind) {
            element.children.push(id);
        }
        let (_, line, column) = self.token;
        self.nodes.push(Node {
            parent,
            line,
            column,
            kind,
        });
        Ok(id)
    }

    fn finish(self) -> Result<Document, XmlError> {
        if let Some((_, name)) = self.open.last() {
            let element = (*name).to_owned();
            return Err(self.error_here(XmlErrorKind::Unclosed { element }));
        }
        let Some(root) = self.root else {
            return Err(self.error_here(XmlErrorKind::Empty));
        };
        Ok(Document {
            nodes: self.nodes,
            root,
            bytes: self.source.len(),
            namespaces: self.namespaces,
            limits: self.limits,
        })
    }
}

/// The constraints on a namespace declaration (Namespaces 2.2, 3).
fn check_declaration(prefix: &str, name: &str) -> Result<(), XmlErrorKind> {
    let reserved = match prefix {
        "xmlns" => true,
        "xml" => name != names::NS_XML,
        _ => name == names::NS_XML || name == names::NS_XMLNS,
    };
    if reserved {
        return Err(XmlErrorKind::NamespaceReserved {
            prefix: prefix.to_owned(),
        });
    }
    if name.is_empty() && !prefix.is_empty() {
        return Err(XmlErrorKind::NamespaceEmpty {
            prefix: prefix.to_owned(),
        });
    }
    Ok(())
}
