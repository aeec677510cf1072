//! Asking a table for its keys, and collecting what is wrong.

use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::Range;

use super::{Diagnostic, Diagnostics, Key, Mark, Node, Source, Value, nearest, quoted_list};

/// What is wrong so far with one source.
pub struct Problems<'s> {
    source: &'s Source,
    found: RefCell<Vec<(usize, Diagnostic)>>,
}

impl<'s> Problems<'s> {
    pub(super) fn new(source: &'s Source) -> Self {
        Self {
            source,
            found: RefCell::default(),
        }
    }

    fn add(&self, span: &Range<usize>, path: &str, message: String) {
        let diagnostic = Diagnostic::new(self.source, span, path, message);
        self.found.borrow_mut().push((span.start, diagnostic));
    }

    pub(super) fn into_diagnostics(self) -> Diagnostics {
        let mut found = self.found.into_inner();
        found.sort_by_key(|(start, _)| *start);
        // A part that is read once for each of several variants is wrong once.
        let mut told = HashSet::new();
        found.retain(|(start, diagnostic)| told.insert((*start, diagnostic.message.clone())));
        Diagnostics(found.into_iter().map(|(_, diagnostic)| diagnostic).collect())
    }
}

/// A table of the file. Each method names the key it wants; [`Table::done`] then reports every other key.
///
/// A method gives `None` both for an absent key and for a wrong value: a wrong value has been reported, so
/// whatever the decoder makes of the `None` is thrown away.
pub struct Table<'p> {
    problems: &'p Problems<'p>,
    span: Range<usize>,
    path: String,
    entries: &'p [(Key, Node)],
    asked: RefCell<Vec<&'static str>>,
}

impl<'p> Table<'p> {
    pub(super) fn root(problems: &'p Problems<'p>, node: &'p Node) -> Option<Self> {
        Self::new(problems, node, String::new())
    }

    fn new(problems: &'p Problems<'p>, node: &'p Node, path: String) -> Option<Self> {
        let Value::Table(entries) = &node.value else {
            problems.add(
                &node.span,
                &path,
                format!("expected a table, found {}", node.value.kind()),
            );
            return None;
        };
        Some(Self {
            problems,
            span: node.span.clone(),
            path,
            entries,
            asked: RefCell::default(),
        })
    }

    /// The raw value of a key, for decoders of their own.
    pub fn node(&self, key: &'static str) -> Option<&'p Node> {
        self.asked.borrow_mut().push(key);
        self.entries
            .iter()
            .find(|(name, _)| name.name == key)
            .map(|(_, node)| node)
    }

    /// Whether the key is there.
    pub fn has(&self, key: &'static str) -> bool {
        self.node(key).is_some()
    }

    /// Every key with its value, all of them taken as asked for: a table whose keys are the user's own.
    pub fn entries(&self) -> impl Iterator<Item = (&'p str, &'p Node)> + use<'p> {
        // Keys of such a table are data, so none can be unknown.
        self.asked.borrow_mut().push("");
        self.entries.iter().map(|(key, node)| (key.name.as_str(), node))
    }

    /// Reports that the whole table is wrong.
    pub fn problem(&self, message: impl Into<String>) {
        self.problems.add(&self.span, &self.path, message.into());
    }

    /// Reports that a key's value is wrong; the whole table where the key is absent.
    pub fn problem_at(&self, key: &str, message: impl Into<String>) {
        let span = self
            .entries
            .iter()
            .find(|(name, _)| name.name == key)
            .map_or(&self.span, |(_, node)| &node.span);
        self.problems.add(span, &self.join(key), message.into());
    }

    /// Reports what is wrong with a value that came from [`Table::node`].
    pub fn problem_in(&self, node: &Node, message: impl Into<String>) {
        self.problems.add(&node.span, &self.path, message.into());
    }

    fn wrong_kind<T>(&self, key: &str, expected: &str, node: &Node) -> Option<T> {
        self.problem_at(
            key,
            format!("`{key}`: expected {expected}, found {}", node.value.kind()),
        );
        None
    }

    fn missing<T>(&self, key: &str, expected: &str) -> Option<T> {
        self.problem(format!("`{key}` is missing: expected {expected}"));
        None
    }

    /// A text.
    pub fn string(&self, key: &'static str) -> Option<String> {
        let node = self.node(key)?;
        let Value::String(text) = &node.value else {
            return self.wrong_kind(key, "a text", node);
        };
        Some(text.clone())
    }

    /// A text that must be there and not be empty; `expected` says what it is.
    pub fn required_string(&self, key: &'static str, expected: &str) -> Option<String> {
        if !self.has(key) {
            return self.missing(key, expected);
        }
        let text = self.string(key)?;
        if text.trim().is_empty() {
            self.problem_at(key, format!("`{key}` is empty: expected {expected}"));
            return None;
        }
        Some(text)
    }

    /// True or false.
    pub fn boolean(&self, key: &'static str) -> Option<bool> {
        let node = self.node(key)?;
        let Value::Boolean(boolean) = node.value else {
            return self.wrong_kind(key, "true or false", node);
        };
        Some(boolean)
    }

    /// A whole number from 0.
    pub fn integer(&self, key: &'static str) -> Option<u64> {
        let node = self.node(key)?;
        match node.value {
            Value::Integer(number) if number >= 0 => u64::try_from(number).ok(),
            _ => self.wrong_kind(key, "a whole number from 0", node),
        }
    }

    /// A list of texts; a single text counts as a list of one. Empty where the key is absent.
    pub fn strings(&self, key: &'static str) -> Vec<String> {
        let Some(node) = self.node(key) else {
            return Vec::new();
        };
        match &node.value {
            Value::String(text) => vec![text.clone()],
            Value::Array(items) => items
                .iter()
                .filter_map(|item| match &item.value {
                    Value::String(text) => Some(text.clone()),
                    other => {
                        self.problem_in(item, format!("`{key}`: expected a text, found {}", other.kind()));
                        None
                    }
                })
                .collect(),
            _ => self.wrong_kind(key, "a list of texts", node).unwrap_or_default(),
        }
    }

    /// A text that `parse` understands; its error says what was expected.
    pub fn parsed<T>(&self, key: &'static str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.string(key)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(expected) => {
                self.problem_at(key, format!("`{key}`: `{text}` is not {expected}"));
                None
            }
        }
    }

    /// One of some words.
    pub fn word<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.string(key)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let all = || words.iter().map(|(word, _)| *word);
        let hint = nearest(&text, all())
            .map(|word| format!("; did you mean `{word}`?"))
            .unwrap_or_default();
        self.problem_at(
            key,
            format!(
                "`{key}`: unknown word `{text}`: expected one of {}{hint}",
                quoted_list(all())
            ),
        );
        None
    }

    /// A table below this one.
    pub fn table(&self, key: &'static str) -> Option<Table<'p>> {
        let node = self.node(key)?;
        Table::new(self.problems, node, self.join(key))
    }

    /// A list of tables; empty where the key is absent.
    pub fn tables(&self, key: &'static str) -> Vec<Table<'p>> {
        let Some(node) = self.node(key) else {
            return Vec::new();
        };
        let Value::Array(items) = &node.value else {
            return self.wrong_kind(key, "a list of tables", node).unwrap_or_default();
        };
        let at = |(index, item)| Table::new(self.problems, item, format!("{}[{index}]", self.join(key)));
        items.iter().enumerate().filter_map(at).collect()
    }

    /// A place of this table to be told of later: a key's value, the whole table where the key is absent.
    #[must_use]
    pub fn mark(&self, key: &str) -> Mark {
        let entry = self.entries.iter().find(|(name, _)| name.name == key);
        let span = entry.map_or(&self.span, |(_, node)| &node.span);
        let path = self.join(key);
        Mark(Diagnostic::new(self.problems.source, span, &path, String::new()))
    }

    /// Reads a value of a foreign tree as a table of this file's.
    pub fn adopt(&self, node: &'p Node) -> Option<Table<'p>> {
        Table::new(self.problems, node, self.path.clone())
    }

    /// Reports every key that nobody asked for, with the nearest one that somebody did.
    pub fn done(&self) {
        let asked = self.asked.borrow();
        if asked.contains(&"") {
            return;
        }
        for (key, _) in self
            .entries
            .iter()
            .filter(|(key, _)| !asked.contains(&key.name.as_str()))
        {
            let mut known = asked.clone();
            known.sort_unstable();
            known.dedup();
            let hint = nearest(&key.name, known.iter().copied()).map_or_else(
                || format!("expected one of {}", quoted_list(known)),
                |word| format!("did you mean `{word}`?"),
            );
            self.problems.add(
                &key.span,
                &self.join(&key.name),
                format!("unknown key `{}`: {hint}", key.name),
            );
        }
    }

    fn join(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}
