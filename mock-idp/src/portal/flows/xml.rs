//! A message laid out for reading: lines, indented, with the class of every part for its colour.
//!
//! It looks at characters alone and takes what is no XML too, since a fault may have left anything. What it gives is for
//! eyes: nothing that is signed, sent or copied is ever made from it.

/// Lines that are shown of one message.
const LINES_MAX: usize = 5_000;

/// How far a line is indented at most, in steps: the style sheet has a class for each.
const DEPTH_MAX: usize = 12;

/// A tag that is longer than this, in characters, has each attribute on a line of its own.
const TAG_CHARACTERS_MAX: usize = 80;

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// How far it is indented, in steps of two characters.
    pub(crate) depth: usize,
    /// What it is made of; the indent is the style sheet's, so that a wrapped line goes on inside of it.
    pub(crate) spans: Vec<Span>,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Class of the style sheet; empty for plain text.
    pub(crate) class: &'static str,
    /// The characters, as they stand in the message.
    pub(crate) text: String,
}

const ELEMENT: &str = "xe";
const ATTRIBUTE: &str = "xa";
const VALUE: &str = "xv";
const MARK: &str = "xp";
const TEXT: &str = "";

impl Line {
    /// Its characters, indented.
    pub(crate) fn text(&self) -> String {
        let spans = self.spans.iter().map(|span| span.text.as_str());
        "  ".repeat(self.depth) + &spans.collect::<String>()
    }

    /// A line that is no markup.
    pub(crate) fn plain(text: &str) -> Self {
        let mut line = Self::default();
        line.push(TEXT, text);
        line
    }

    fn push(&mut self, class: &'static str, text: &str) {
        let text = text.to_owned();
        self.spans.push(Span { class, text });
    }
}

/// The lines of a message, and how many more there are.
pub(crate) fn lines(xml: &str) -> (Vec<Line>, usize) {
    let mut layout = Layout::default();
    let mut rest = xml.strip_prefix('\u{feff}').unwrap_or(xml);
    while !rest.is_empty() {
        let (token, after) = Token::first(rest);
        rest = layout.take(token, after);
    }
    (layout.lines, layout.left_out)
}

/// A part of the message.
#[derive(Clone, Copy)]
enum Token<'x> {
    /// `<name …>` or `<name …/>`.
    Start(&'x str),
    /// `</name>`.
    End(&'x str),
    /// A comment, a CDATA section, an instruction or a declaration.
    Other(&'x str),
    /// What stands between tags.
    Text(&'x str),
}

impl<'x> Token<'x> {
    /// The first one, and what comes after. What does not end is text.
    fn first(xml: &'x str) -> (Self, &'x str) {
        let until = |end: &str| xml.find(end).map(|at| at + end.len());
        if !xml.starts_with('<') {
            let (text, rest) = xml.split_at(xml.find('<').unwrap_or(xml.len()));
            return (Self::Text(text), rest);
        }
        let (end, kind): (_, fn(&'x str) -> Self) = match xml {
            _ if xml.starts_with("<!--") => (until("-->"), Self::Other),
            _ if xml.starts_with("<![CDATA[") => (until("]]>"), Self::Other),
            _ if xml.starts_with("<?") => (until("?>"), Self::Other),
            _ if xml.starts_with("<!") => (until(">"), Self::Other),
            _ if xml.starts_with("</") => (until(">"), Self::End),
            _ => (end_of_tag(xml), Self::Start),
        };
        match end {
            Some(end) => (kind(&xml[..end]), &xml[end..]),
            None => (Self::Text(xml), ""),
        }
    }
}

/// Where a start tag ends: a `>` outside of quotes.
fn end_of_tag(xml: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in xml.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

#[derive(Default)]
struct Layout {
    lines: Vec<Line>,
    left_out: usize,
    depth: usize,
}

impl Layout {
    /// Lays a part out; what is left of the message then.
    fn take<'x>(&mut self, token: Token<'x>, after: &'x str) -> &'x str {
        match token {
            Token::Text(text) if text.trim().is_empty() => {}
            Token::Text(text) => self.line(|line| line.push(TEXT, text.trim())),
            Token::Other(other) => self.line(|line| line.push(MARK, other)),
            Token::End(tag) => {
                self.depth = self.depth.saturating_sub(1);
                self.line(|line| end_tag(line, tag));
            }
            Token::Start(tag) if tag.ends_with("/>") => self.start(tag),
            Token::Start(tag) => return self.element(tag, after),
        }
        after
    }

    /// An element, on one line where it holds nothing but text.
    fn element<'x>(&mut self, tag: &'x str, after: &'x str) -> &'x str {
        self.start(tag);
        let (text, rest) = match Token::first(after) {
            (Token::Text(text), rest) => (text, rest),
            _ => ("", after),
        };
        match Token::first(rest) {
            (Token::End(end), rest) if name(end) == name(tag) => {
                if let Some(line) = self.lines.last_mut().filter(|_| self.left_out == 0) {
                    line.push(TEXT, text);
                    end_tag(line, end);
                }
                rest
            }
            _ => {
                self.depth += 1;
                after
            }
        }
    }

    fn start(&mut self, tag: &str) {
        let inner = tag.strip_prefix('<').unwrap_or(tag);
        let (inner, close) = match inner.strip_suffix("/>") {
            Some(inner) => (inner, "/>"),
            None => (inner.strip_suffix('>').unwrap_or(inner), ">"),
        };
        let name_end = inner.find(char::is_whitespace).unwrap_or(inner.len());
        let (name, attributes) = inner.split_at(name_end);
        let attributes = attributes_of(attributes);
        let is_long = tag.chars().count() > TAG_CHARACTERS_MAX && attributes.len() > 1;
        self.line(|line| {
            line.push(MARK, "<");
            line.push(ELEMENT, name);
        });
        for attribute in attributes {
            if is_long {
                self.depth += 2;
                self.line(|line| push_attribute(line, attribute));
                self.depth -= 2;
            } else {
                self.continued(|line| {
                    line.push(TEXT, " ");
                    push_attribute(line, attribute);
                });
            }
        }
        self.continued(|line| line.push(MARK, close));
    }

    fn line(&mut self, fill: impl FnOnce(&mut Line)) {
        if self.lines.len() >= LINES_MAX {
            self.left_out += 1;
            return;
        }
        let depth = self.depth.min(DEPTH_MAX);
        let mut line = Line {
            depth,
            spans: Vec::new(),
        };
        fill(&mut line);
        self.lines.push(line);
    }

    fn continued(&mut self, fill: impl FnOnce(&mut Line)) {
        if self.left_out == 0
            && let Some(line) = self.lines.last_mut()
        {
            fill(line);
        }
    }
}

/// The name in a tag.
fn name(tag: &str) -> &str {
    let inner = tag.trim_start_matches(['<', '/']);
    let end = inner.find(|character: char| character.is_whitespace() || matches!(character, '>' | '/'));
    &inner[..end.unwrap_or(inner.len())]
}

fn end_tag(line: &mut Line, tag: &str) {
    let inner = tag.strip_prefix("</").and_then(|tag| tag.strip_suffix('>'));
    line.push(MARK, "</");
    line.push(ELEMENT, inner.unwrap_or_default());
    line.push(MARK, ">");
}

/// `name="value"` each, quotes kept.
fn attributes_of(text: &str) -> Vec<&str> {
    let mut attributes = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let mut quote = None;
        let end = rest.char_indices().find(|(_, character)| match quote {
            Some(open) if *character == open => {
                quote = None;
                false
            }
            None if matches!(character, '"' | '\'') => {
                quote = Some(*character);
                false
            }
            open => open.is_none() && character.is_whitespace(),
        });
        let (attribute, after) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
        attributes.push(attribute);
        rest = after.trim_start();
    }
    attributes
}

fn push_attribute(line: &mut Line, attribute: &str) {
    match attribute.split_once('=') {
        Some((name, value)) => {
            line.push(ATTRIBUTE, name);
            line.push(MARK, "=");
            line.push(VALUE, value);
        }
        None => line.push(ATTRIBUTE, attribute),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(xml: &str) -> Vec<String> {
        lines(xml).0.iter().map(Line::text).collect()
    }

    #[test]
    fn elements_are_indented_and_text_stays_beside_its_tags() {
        let xml = r#"<?xml version="1.0"?><a:R xmlns:a="urn:a"><b c="1" d='>'>t &amp; u</b> <e/><!-- x --><f><g></g></f></a:R>"#;
        let expected = [
            r#"<?xml version="1.0"?>"#,
            r#"<a:R xmlns:a="urn:a">"#,
            r#"  <b c="1" d='>'>t &amp; u</b>"#,
            "  <e/>",
            "  <!-- x -->",
            "  <f>",
            "    <g></g>",
            "  </f>",
            "</a:R>",
        ];
        assert_eq!(shown(xml), expected);
        let long = format!(r#"<a id="{}" b="2">"#, "x".repeat(80));
        assert_eq!(
            shown(&long)[1..],
            [
                format!("    id=\"{}\"", "x".repeat(80)),
                "    b=\"2\">".to_owned()
            ]
        );
        let spans = &lines("<a b=\"c\">d</a>").0[0].spans;
        let classes: Vec<_> = spans
            .iter()
            .map(|span| (span.class, span.text.as_str()))
            .collect();
        let expected = [
            ("xp", "<"),
            ("xe", "a"),
            ("", " "),
            ("xa", "b"),
            ("xp", "="),
            ("xv", "\"c\""),
            ("xp", ">"),
            ("", "d"),
            ("xp", "</"),
            ("xe", "a"),
            ("xp", ">"),
        ];
        assert_eq!(classes, expected);
    }

    #[test]
    fn what_is_too_long_is_counted() {
        let (shown, left_out) = lines(&"<a/>".repeat(LINES_MAX + 7));
        assert_eq!((shown.len(), left_out), (LINES_MAX, 7));
    }

    proptest! {
        /// Whatever it is, it ends, and but for white space nothing is lost or added.
        #[test]
        fn nothing_is_lost(xml in "[<>/!?a=\"' \\-\\[\\]x:é&;]{0,60}") {
            let squeezed = |text: &str| text.split_whitespace().collect::<String>();
            let text: String = shown(&xml).concat();
            let (text, whole) = (squeezed(&text), squeezed(&xml));
            prop_assert_eq!(text, whole);
        }
    }
}
