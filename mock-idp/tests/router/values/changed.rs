//! What differs between two messages, in lines that a person can read.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use regex::{Captures, Regex};
use saml_accept::xml::{Document, Element, Limits, parse};
use saml_model::names;

/// The longest value that is shown, in characters.
const SHOWN_MAX: usize = 140;

/// More equal lines than this, but for their place, are one.
const PLACES_MAX: usize = 4;

/// Elements whose content nobody can foresee.
const OPAQUE: &[&str] = &["EncryptedID", "KeyInfo"];

/// What the names of most attributes begin with.
const NAMESPACES: &[&str] = &[
    "http://schemas.microsoft.com/identity/claims/",
    "http://schemas.microsoft.com/claims/",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/",
];

static ID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("_?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}").unwrap());

static INSTANT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$").unwrap()
});

/// `-` is in the honest message alone, `+` in the other; an element that is gone is told without what was in it. Of
/// signatures nothing is said; ids that only one of the messages has are `ID`, instants are minutes from the honest one's
/// IssueInstant.
pub(crate) fn differences(honest: &str, faulty: &str) -> Vec<String> {
    let parsed = |xml: &str| parse(xml.as_bytes(), &Limits::default());
    let now = parsed(honest)
        .unwrap()
        .root()
        .attribute("IssueInstant")
        .unwrap()
        .parse()
        .unwrap();
    let Ok(document) = parsed(faulty) else {
        return vec!["it is no XML".to_owned()];
    };
    let honest_lines = lines(&parsed(honest).unwrap(), faulty, now);
    let faulty_lines = lines(&document, honest, now);
    let mut found = together(gone(only(&honest_lines, &faulty_lines), &faulty_lines), '-');
    found.extend(together(only(&faulty_lines, &honest_lines), '+'));
    found
}

/// The lines of the first that the second has not as often.
fn only(these: &[String], those: &[String]) -> Vec<String> {
    let mut rest = those.to_vec();
    let is_only = |line: &&String| match rest.iter().position(|other| other == *line) {
        Some(place) => {
            rest.remove(place);
            false
        }
        None => true,
    };
    these.iter().filter(is_only).cloned().collect()
}

/// One line for each element of which `others` has nothing.
fn gone(lines: Vec<String>, others: &[String]) -> Vec<String> {
    let is_there = |path: &str| {
        let goes_on = |line: &String| {
            let rest = line.strip_prefix(path);
            rest.is_some_and(|rest| rest.starts_with(['/', '@', '=', ' ']))
        };
        others.iter().any(goes_on)
    };
    let mut told = Vec::new();
    for line in lines {
        let path = line.split(['@', '=', ' ']).next().unwrap_or_default();
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let absent = ends
            .map(|end| &path[..end])
            .find(|path| !path.is_empty() && !is_there(path));
        let line = absent.map_or_else(|| line.clone(), str::to_owned);
        if !told.contains(&line) {
            told.push(line);
        }
    }
    told
}

/// Lines that many places have are told once.
fn together(lines: Vec<String>, sign: char) -> Vec<String> {
    let tail = |line: &str| line.find(['@', '=']).map(|at| line[at..].to_owned());
    let mut places = BTreeMap::<_, usize>::new();
    for line in &lines {
        *places.entry(tail(line)).or_default() += 1;
    }
    let mut told = Vec::new();
    for line in lines {
        let tail = tail(&line);
        let line = match (places[&tail], &tail) {
            (many, Some(tail)) if many > PLACES_MAX => format!("{sign} *{tail}"),
            _ => format!("{sign} {line}"),
        };
        if !told.contains(&line) {
            told.push(line);
        }
    }
    told
}

fn lines(document: &Document, other: &str, now: Timestamp) -> Vec<String> {
    let mut writer = Writer {
        now,
        other,
        lines: Vec::new(),
    };
    writer.element(document.root(), "");
    writer.lines
}

struct Writer<'w> {
    now: Timestamp,
    other: &'w str,
    lines: Vec<String>,
}

impl Writer<'_> {
    fn element(&mut self, element: Element<'_>, path: &str) {
        let before = self.lines.len();
        if OPAQUE.contains(&element.name()) {
            self.lines.push(format!("{path} …"));
            return;
        }
        for attribute in element.attributes() {
            if element.name() != "Attribute" || attribute.local != "Name" {
                let value = self.value(attribute.value);
                self.lines.push(format!("{path}@{}={value}", attribute.local));
            }
        }
        let mut seen = BTreeMap::<String, usize>::new();
        for child in element.children() {
            if child.is(names::NS_DSIG, "Signature") {
                continue;
            }
            let name = name(child);
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            let number = if *count > 1 {
                format!("#{count}")
            } else {
                String::new()
            };
            let slash = if path.is_empty() { "" } else { "/" };
            self.element(child, &format!("{path}{slash}{name}{number}"));
        }
        if element.children().next().is_none() {
            match element.text() {
                Ok(text) if text.is_empty() && self.lines.len() > before => {}
                Ok(text) => {
                    let text = self.value(&text);
                    self.lines.push(format!("{path}={text}"));
                }
                Err(_) => self.lines.push(format!("{path} has broken text")),
            }
        }
    }

    /// A value without what differs from one message to the next.
    fn value(&self, value: &str) -> String {
        if let Some(instant) = self.instant(value) {
            return instant;
        }
        let without = ID.replace_all(value, |found: &Captures<'_>| {
            let found = &found[0];
            let is_in_both = self.other.contains(found);
            if is_in_both {
                found.to_owned()
            } else {
                "ID".to_owned()
            }
        });
        match without.chars().count() {
            shown if shown <= SHOWN_MAX => without.into_owned(),
            length => format!("{length} characters"),
        }
    }

    fn instant(&self, value: &str) -> Option<String> {
        let parts = INSTANT.captures(value)?;
        let Some(zone) = parts.get(3) else {
            return Some("an instant without zone".to_owned());
        };
        if &parts[1] == "60" {
            return Some("a leap second".to_owned());
        }
        let digits = parts.get(2).map_or(0, |digits| digits.len());
        // What is finer than a nanosecond is nobody's business here.
        let short = value.replace("000000000001", "0");
        let instant: Timestamp = short.parse().ok()?;
        let minutes = (instant.as_second() - self.now.as_second() + 30).div_euclid(60);
        Some(match (digits, zone.as_str()) {
            (3, "Z") => format!("now{minutes:+}"),
            (digits, zone) => format!("now{minutes:+}, {digits} digits, {zone}"),
        })
    }
}

/// An attribute is called by its Name, without what most of them begin with.
fn name(element: Element<'_>) -> String {
    let Some(name) = element
        .attribute("Name")
        .filter(|_| element.name() == "Attribute")
    else {
        return element.name().to_owned();
    };
    let short = NAMESPACES
        .iter()
        .find_map(|namespace| name.strip_prefix(namespace));
    format!("[{}]", short.unwrap_or(name).replace(['/', '='], "|"))
}
