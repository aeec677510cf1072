//! A message as a tree that can be changed and written again, octet by octet as it was where nothing was changed.
//!
//! What it reads is the mock's own message, or one that a fault made of it. Names, attribute values and text are kept as
//! they are spelled: a fault may put in what no XML writer would.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::FaultError;

/// An element, its name and its values as they are spelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tree {
    /// The name with its prefix.
    pub(super) name: String,
    /// Attributes and namespace declarations in their order, values escaped.
    pub(super) attributes: Vec<(String, String)>,
    /// What is in it.
    pub(super) children: Vec<Node>,
}

/// What is in an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// An element.
    Tree(Tree),
    /// Anything else, as it is spelled: text, references, comments, processing instructions.
    Markup(String),
}

impl Tree {
    /// Reads a message.
    ///
    /// # Errors
    /// What is not one well-formed element.
    pub(super) fn read(xml: &str) -> Result<Self, FaultError> {
        let unreadable = || FaultError::Unreadable;
        let mut reader = Reader::from_str(xml);
        reader.config_mut().check_end_names = true;
        let mut open: Vec<Self> = Vec::new();
        loop {
            let from = position(&reader, xml);
            let event = reader.read_event().map_err(|_| unreadable())?;
            let done = match event {
                Event::Start(start) => {
                    open.push(Self::start(&start)?);
                    continue;
                }
                Event::Empty(start) => Self::start(&start)?,
                Event::End(_) => open.pop().ok_or_else(unreadable)?,
                Event::Eof => return Err(unreadable()),
                _ => {
                    let markup = xml[from..position(&reader, xml)].to_owned();
                    if let Some(parent) = open.last_mut() {
                        parent.children.push(Node::Markup(markup));
                    }
                    continue;
                }
            };
            match open.last_mut() {
                Some(parent) => parent.children.push(Node::Tree(done)),
                None => return Ok(done),
            }
        }
    }

    fn start(start: &BytesStart<'_>) -> Result<Self, FaultError> {
        let mut attributes = Vec::new();
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| FaultError::Unreadable)?;
            attributes.push((attribute.key.as_ref().to_owned(), attribute.value.to_string()));
        }
        Ok(Self {
            name: start.name().as_ref().to_owned(),
            attributes,
            children: Vec::new(),
        })
    }

    /// An element without attributes and content.
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            attributes: Vec::new(),
            children: Vec::new(),
        }
    }

    /// With an attribute, its value escaped already.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    /// With one more child.
    pub(super) fn around(mut self, child: impl Into<Node>) -> Self {
        self.children.push(child.into());
        self
    }

    /// The message.
    pub(super) fn write(&self) -> String {
        let mut xml = String::new();
        self.append_to(&mut xml);
        xml
    }

    fn append_to(&self, xml: &mut String) {
        xml.push('<');
        xml.push_str(&self.name);
        for (name, value) in &self.attributes {
            xml.extend([" ", name, "=\"", value, "\""]);
        }
        if self.children.is_empty() {
            xml.push_str("/>");
            return;
        }
        xml.push('>');
        for child in &self.children {
            match child {
                Node::Tree(tree) => tree.append_to(xml),
                Node::Markup(markup) => xml.push_str(markup),
            }
        }
        xml.extend(["</", &self.name, ">"]);
    }

    /// The name without its prefix.
    pub(super) fn local(&self) -> &str {
        self.name.rsplit(':').next().unwrap_or(&self.name)
    }

    /// Gives it and all elements in it other names.
    pub(super) fn rename(&mut self, other: &impl Fn(&str) -> String) {
        self.name = other(&self.name);
        for child in &mut self.children {
            if let Node::Tree(child) = child {
                child.rename(other);
            }
        }
    }

    /// An attribute's value, as it is spelled.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        attributes
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Gives an attribute a value, escaped already; a new one comes last.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        match self.attributes.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => value.clone_into(known),
            None => self.attributes.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Takes an attribute away.
    ///
    /// # Errors
    /// That it is not there.
    pub(super) fn unset(&mut self, name: &str) -> Result<String, FaultError> {
        let place = self.attributes.iter().position(|(known, _)| known == name);
        let place = place.ok_or_else(|| nothing(name))?;
        Ok(self.attributes.remove(place).1)
    }

    /// The child elements.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            Node::Tree(tree) => Some(tree),
            Node::Markup(_) => None,
        })
    }

    /// As [`Self::elements`], to be changed.
    pub(super) fn elements_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        self.children.iter_mut().filter_map(|child| match child {
            Node::Tree(tree) => Some(tree),
            Node::Markup(_) => None,
        })
    }

    /// The place, among the children, of the first element with this local name.
    ///
    /// # Errors
    /// That there is none.
    pub(super) fn place(&self, local: &str) -> Result<usize, FaultError> {
        let is_it = |child: &Node| matches!(child, Node::Tree(tree) if tree.local() == local);
        self.children.iter().position(is_it).ok_or_else(|| nothing(local))
    }

    /// The element at the end of a path of local names, each the first of its name; the empty path is this one.
    ///
    /// # Errors
    /// The first that is not there.
    pub(super) fn at(&self, path: &[&str]) -> Result<&Self, FaultError> {
        let Some((first, rest)) = path.split_first() else {
            return Ok(self);
        };
        let child = self.elements().find(|tree| tree.local() == *first);
        child.ok_or_else(|| nothing(first))?.at(rest)
    }

    /// As [`Self::at`], to be changed.
    ///
    /// # Errors
    /// The first that is not there.
    pub(super) fn at_mut(&mut self, path: &[&str]) -> Result<&mut Self, FaultError> {
        let Some((first, rest)) = path.split_first() else {
            return Ok(self);
        };
        let child = self.elements_mut().find(|tree| tree.local() == *first);
        child.ok_or_else(|| nothing(first))?.at_mut(rest)
    }

    /// Takes the first child element with this local name away.
    ///
    /// # Errors
    /// That there is none.
    pub(super) fn take(&mut self, local: &str) -> Result<Self, FaultError> {
        let place = self.place(local)?;
        match self.children.remove(place) {
            Node::Tree(tree) => Ok(tree),
            Node::Markup(_) => Err(nothing(local)),
        }
    }

    /// Puts a child at a place among the children.
    pub(super) fn insert(&mut self, place: usize, child: impl Into<Node>) {
        self.children.insert(place.min(self.children.len()), child.into());
    }

    /// The content as it is spelled.
    pub(super) fn content(&self) -> String {
        let mut xml = String::new();
        for child in &self.children {
            match child {
                Node::Tree(tree) => tree.append_to(&mut xml),
                Node::Markup(markup) => xml.push_str(markup),
            }
        }
        xml
    }

    /// Makes markup the content.
    pub(super) fn set_content(&mut self, markup: impl Into<String>) {
        self.children = vec![Node::Markup(markup.into())];
    }
}

impl From<Tree> for Node {
    fn from(tree: Tree) -> Self {
        Self::Tree(tree)
    }
}

impl From<&str> for Node {
    fn from(markup: &str) -> Self {
        Self::Markup(markup.to_owned())
    }
}

impl From<String> for Node {
    fn from(markup: String) -> Self {
        Self::Markup(markup)
    }
}

fn position(reader: &Reader<&[u8]>, xml: &str) -> usize {
    usize::try_from(reader.buffer_position()).map_or(xml.len(), |at| at.min(xml.len()))
}

/// That the message lacks something.
pub(super) fn nothing(what: &str) -> FaultError {
    FaultError::NothingThere {
        what: what.to_owned(),
    }
}

/// Text and attribute values alike.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_changed_is_written_as_it_was() {
        let xml = "<a:r x=\"1\" xmlns:a=\"u&amp;\"><b/>t &#97;&lt;<!--c--><?p i?><![CDATA[<]]><c d=\"'\">\n</c></a:r>";
        let tree = Tree::read(xml).unwrap();
        assert_eq!(tree.write(), xml);
        assert_eq!(tree.at(&["c"]).unwrap().attribute("d"), Some("'"));
    }

    #[test]
    fn what_is_no_element_is_not_read() {
        for xml in ["", "text", "<a>", "<a></b>", "<a b='<'"] {
            assert_eq!(Tree::read(xml), Err(FaultError::Unreadable), "{xml}");
        }
    }
}
