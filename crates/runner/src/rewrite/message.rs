//! Changing an AuthnRequest. Everything that is not changed keeps its bytes: prefixes, white space, quotes.

use std::fmt::Write as _;
use std::ops::Range;

use quick_xml::NsReader;
use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use saml_model::names::{NS_ASSERTION, NS_DSIG, NS_PROTOCOL};

use crate::scenario::RequestChanges;

/// A child of `AuthnRequest` as namespace and local name.
type Child = (&'static str, &'static str);

const ISSUER: Child = (NS_ASSERTION, "Issuer");
const SIGNATURE: Child = (NS_DSIG, "Signature");
const SUBJECT: Child = (NS_ASSERTION, "Subject");
const NAME_ID_POLICY: Child = (NS_PROTOCOL, "NameIDPolicy");
const REQUESTED_AUTHN_CONTEXT: Child = (NS_PROTOCOL, "RequestedAuthnContext");
const SCOPING: Child = (NS_PROTOCOL, "Scoping");

/// The order that the schema demands (saml-core 3.2.1, 3.4.1).
const ORDER: [Child; 8] = [
    ISSUER,
    SIGNATURE,
    (NS_PROTOCOL, "Extensions"),
    SUBJECT,
    NAME_ID_POLICY,
    (NS_ASSERTION, "Conditions"),
    REQUESTED_AUTHN_CONTEXT,
    SCOPING,
];

/// What may stand before a text (Unicode 23.8).
const BYTE_ORDER_MARK: char = '\u{feff}';

/// How often a request may be proxied, where `scoping` asks for the element.
const PROXY_COUNT: &str = "1";

/// The AuthnRequest `xml` with `changes`.
///
/// # Errors
/// That it is no AuthnRequest, or why a change cannot be made.
pub(super) fn rewrite(xml: &str, changes: &RequestChanges) -> Result<String, String> {
    // The reader drops byte order marks and counts its offsets after them.
    let (marks, content) = xml.split_at(xml.len() - xml.trim_start_matches(BYTE_ORDER_MARK).len());
    let mut message = Message::read(content)?;
    if !changes.touches_request() {
        return Ok(xml.to_owned());
    }
    for (name, value) in &changes.attributes {
        message.root.set(name, value);
    }
    if let Some(issuer) = &changes.issuer {
        message.set_issuer(issuer)?;
    }
    if changes.unsigned {
        message.put(SIGNATURE, None);
    }
    if let Some(subject) = &changes.subject {
        let element = (!subject.is_empty()).then(|| message.subject(subject));
        message.put(SUBJECT, element);
    }
    for (name, value) in [
        ("Format", &changes.name_id_format),
        ("SPNameQualifier", &changes.sp_name_qualifier),
    ] {
        if let Some(value) = value {
            message.set_attribute(NAME_ID_POLICY, name, value)?;
        }
    }
    message.set_authn_context(changes)?;
    match changes.scoping {
        Some(true) => message.set_attribute(SCOPING, "ProxyCount", PROXY_COUNT)?,
        Some(false) => message.put(SCOPING, None),
        None => {}
    }
    Ok(format!("{marks}{}", message.write()))
}

/// An AuthnRequest in pieces.
struct Message<'x> {
    /// What stands before the root.
    before: &'x str,
    root: Tag,
    /// What the root holds, in order.
    nodes: Vec<Node>,
    /// What stands after the root.
    after: &'x str,
}

struct Node {
    /// Its place in [`ORDER`]; `None`: anything else, such as white space.
    rank: Option<usize>,
    text: String,
}

/// A start tag; values of attributes are escaped.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
    /// `<a/>`.
    empty: bool,
}

impl<'x> Message<'x> {
    fn read(xml: &'x str) -> Result<Self, String> {
        let mut reader = NsReader::from_str(xml);
        let mut parts: Option<(usize, Tag)> = None;
        let mut nodes = Vec::new();
        let mut open: Option<(usize, Option<usize>)> = None;
        let mut depth = 0_usize;
        loop {
            let start = position(reader.buffer_position());
            let (namespace, event) = reader.read_resolved_event().map_err(|error| error.to_string())?;
            let (deeper, shallower) = match &event {
                Event::Start(_) => (true, false),
                Event::End(_) => (false, true),
                Event::Empty(_) => (true, true),
                Event::Eof => return Err("it has no whole root element".to_owned()),
                _ => (false, false),
            };
            let rank = match &event {
                Event::Start(tag) | Event::Empty(tag) => rank(&namespace, tag),
                _ => None,
            };
            if let (0, Event::Start(tag) | Event::Empty(tag)) = (depth, &event) {
                let is_request = namespace == ResolveResult::Bound(Namespace(NS_PROTOCOL))
                    && tag.local_name().as_ref() == "AuthnRequest";
                if !is_request {
                    return Err(format!("it is `{}`, not an AuthnRequest", tag.name().as_ref()));
                }
                parts = Some((start, Tag::of(tag, matches!(event, Event::Empty(_)))?));
            }
            let end = position(reader.buffer_position());
            if depth == 1 && !shallower && !deeper {
                nodes.push(Node {
                    rank: None,
                    text: piece(xml, start..end)?.to_owned(),
                });
            }
            if depth == 1 && deeper {
                open = Some((start, rank));
            }
            depth = depth + usize::from(deeper) - usize::from(shallower);
            if depth == 1
                && shallower
                && let Some((start, rank)) = open.take()
            {
                nodes.push(Node {
                    rank,
                    text: piece(xml, start..end)?.to_owned(),
                });
            }
            if depth == 0
                && shallower
                && let Some((start, root)) = parts.take()
            {
                return Ok(Self {
                    before: piece(xml, 0..start)?,
                    root,
                    nodes,
                    after: piece(xml, end..xml.len())?,
                });
            }
        }
    }

    fn write(mut self) -> String {
        self.root.empty = self.nodes.is_empty();
        let mut text = self.before.to_owned();
        text.push_str(&self.root.write());
        for node in &self.nodes {
            text.push_str(&node.text);
        }
        if !self.root.empty {
            let _ = write!(text, "</{}>", self.root.name);
        }
        text + self.after
    }

    fn find(&self, child: Child) -> Option<usize> {
        let rank = rank_of(child);
        self.nodes
            .iter()
            .position(|node| node.rank.is_some() && node.rank == rank)
    }

    /// Puts an element in the place of the one that is there, or where the schema wants it; `None` takes it away.
    fn put(&mut self, child: Child, element: Option<String>) {
        match (self.find(child), element) {
            (Some(index), Some(text)) => self.nodes[index].text = text,
            (Some(index), None) => drop(self.nodes.remove(index)),
            (None, Some(text)) => {
                let rank = rank_of(child);
                let later = self
                    .nodes
                    .iter()
                    .position(|node| node.rank.is_some() && node.rank > rank);
                let index = later.unwrap_or(self.nodes.len());
                self.nodes.insert(index, Node { rank, text });
            }
            (None, None) => {}
        }
    }

    fn set_issuer(&mut self, issuer: &str) -> Result<(), String> {
        if issuer.is_empty() {
            self.put(ISSUER, None);
            return Ok(());
        }
        let tag = match self.find(ISSUER) {
            Some(index) => start_tag(&self.nodes[index].text)?.0,
            None => self.assertion_tag("Issuer"),
        };
        self.put(ISSUER, Some(tag.around(&escape(issuer))));
        Ok(())
    }

    fn subject(&self, name_id: &str) -> String {
        let name_id = self.assertion_tag("NameID").around(&escape(name_id));
        self.assertion_tag("Subject").around(&name_id)
    }

    /// Sets an attribute of a child of the protocol's namespace, which is made where there is none.
    fn set_attribute(&mut self, child: Child, name: &str, value: &str) -> Result<(), String> {
        let (mut tag, rest) = match self.find(child) {
            Some(index) => {
                let (tag, rest) = start_tag(&self.nodes[index].text)?;
                (tag, rest.to_owned())
            }
            None if value.is_empty() => return Ok(()),
            None => (self.protocol_tag(child.1), String::new()),
        };
        tag.set(name, value);
        self.put(child, Some(tag.write() + &rest));
        Ok(())
    }

    fn set_authn_context(&mut self, changes: &RequestChanges) -> Result<(), String> {
        if let Some(classes) = &changes.authn_context {
            let tag = match self.find(REQUESTED_AUTHN_CONTEXT) {
                Some(index) => start_tag(&self.nodes[index].text)?.0,
                None => self.protocol_tag(REQUESTED_AUTHN_CONTEXT.1),
            };
            let class = |class: &String| {
                self.assertion_tag("AuthnContextClassRef")
                    .around(&escape(class.as_str()))
            };
            let references: String = classes.iter().map(class).collect();
            let element = (!classes.is_empty()).then(|| tag.around(&references));
            self.put(REQUESTED_AUTHN_CONTEXT, element);
        }
        let Some(comparison) = &changes.comparison else {
            return Ok(());
        };
        if self.find(REQUESTED_AUTHN_CONTEXT).is_none() && !comparison.is_empty() {
            return Err(
                "it has no RequestedAuthnContext to take a `comparison`: give `authn_context` too".to_owned(),
            );
        }
        self.set_attribute(REQUESTED_AUTHN_CONTEXT, "Comparison", comparison)
    }

    /// A tag with the root's own prefix.
    fn protocol_tag(&self, local: &str) -> Tag {
        let name = match self.root.name.split_once(':') {
            Some((prefix, _)) => format!("{prefix}:{local}"),
            None => local.to_owned(),
        };
        Tag {
            name,
            attributes: Vec::new(),
            empty: true,
        }
    }

    /// A tag with the prefix that the root declares for assertions; else it declares its own.
    fn assertion_tag(&self, local: &str) -> Tag {
        let declared = self.root.attributes.iter().find_map(|(name, value)| {
            let prefix = name.strip_prefix("xmlns")?;
            (value == NS_ASSERTION).then(|| prefix.strip_prefix(':').unwrap_or_default())
        });
        let (name, attributes) = match declared {
            Some("") => (local.to_owned(), Vec::new()),
            Some(prefix) => (format!("{prefix}:{local}"), Vec::new()),
            None => (
                local.to_owned(),
                vec![("xmlns".to_owned(), NS_ASSERTION.to_owned())],
            ),
        };
        Tag {
            name,
            attributes,
            empty: false,
        }
    }
}

impl Tag {
    fn of(tag: &BytesStart<'_>, empty: bool) -> Result<Self, String> {
        let mut attributes = Vec::new();
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| error.to_string())?;
            attributes.push((attribute.key.as_ref().to_owned(), attribute.value.into_owned()));
        }
        Ok(Self {
            name: tag.name().as_ref().to_owned(),
            attributes,
            empty,
        })
    }

    /// Sets an attribute; an empty value takes it away.
    fn set(&mut self, name: &str, value: &str) {
        let place = self.attributes.iter().position(|(known, _)| known == name);
        let escaped = escape(value).into_owned();
        match place {
            Some(index) if value.is_empty() => drop(self.attributes.remove(index)),
            Some(index) => self.attributes[index].1 = escaped,
            None if value.is_empty() => {}
            None => self.attributes.push((name.to_owned(), escaped)),
        }
    }

    fn write(&self) -> String {
        let mut text = format!("<{}", self.name);
        for (name, value) in &self.attributes {
            let quote = if value.contains('"') { '\'' } else { '"' };
            let _ = write!(text, " {name}={quote}{value}{quote}");
        }
        text.push_str(if self.empty { "/>" } else { ">" });
        text
    }

    /// The element with this content.
    fn around(mut self, content: &str) -> String {
        self.empty = false;
        format!("{}{content}</{}>", self.write(), self.name)
    }
}

/// The start tag of an element, and what follows it.
fn start_tag(element: &str) -> Result<(Tag, &str), String> {
    let mut reader = Reader::from_str(element);
    let tag = match reader.read_event().map_err(|error| error.to_string())? {
        Event::Start(tag) => Tag::of(&tag, false)?,
        Event::Empty(tag) => Tag::of(&tag, true)?,
        _ => return Err("an element does not begin with its start tag".to_owned()),
    };
    let end = position(reader.buffer_position());
    Ok((tag, piece(element, end..element.len())?))
}

fn rank(namespace: &ResolveResult<'_>, tag: &BytesStart<'_>) -> Option<usize> {
    let local = tag.local_name();
    ORDER.iter().position(|(known, name)| {
        *namespace == ResolveResult::Bound(Namespace(known)) && local.as_ref() == *name
    })
}

fn rank_of(child: Child) -> Option<usize> {
    ORDER.iter().position(|known| *known == child)
}

/// What stands in `range`.
fn piece(xml: &str, range: Range<usize>) -> Result<&str, String> {
    let piece = xml.get(range);
    piece.ok_or_else(|| "its elements cannot be told apart".to_owned())
}

/// An offset in a text that is in memory.
fn position(offset: u64) -> usize {
    usize::try_from(offset).expect("a text in memory is shorter than its address space")
}
