//! Regular expressions of RegexReplace and of the group claim (entra-behaviour.md 4.2, 4.4).
//!
//! Entra's are .NET's. Here they run in time linear in their input, so what needs more (look-around, references back) is
//! refused when the file is read, and what is spelled differently is translated.

use regex::{Regex, RegexBuilder};
use serde::{Serialize, Serializer};

/// Characters of a pattern or a replacement.
const PATTERN_CHARACTERS_MAX: usize = 1000;

/// Bytes that a compiled pattern may take.
const COMPILED_BYTES_MAX: usize = 1024 * 1024;

/// A regular expression in .NET's spelling that can be run.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What was expected, and why this is not it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.chars().count() > PATTERN_CHARACTERS_MAX {
            return Err(format!(
                "a regular expression of 1 to {PATTERN_CHARACTERS_MAX} characters"
            ));
        }
        let translated = Translation::of(text)
            .map_err(|construct| format!("a regular expression that this mock can run: {construct}"))?;
        let compiled = RegexBuilder::new(&translated)
            .size_limit(COMPILED_BYTES_MAX)
            .build();
        let regex = compiled.map_err(|error| format!("a regular expression: {}", last_line(&error)))?;
        Ok(Self {
            text: text.to_owned(),
            regex,
        })
    }

    /// What runs.
    #[must_use]
    pub fn regex(&self) -> &Regex {
        &self.regex
    }
}

/// The parser's message ends with the sentence that says what is wrong.
fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    let line = text.lines().last().unwrap_or_default().trim();
    line.trim_start_matches("error: ").to_owned()
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// .NET's spelling put into that of the `regex` crate.
struct Translation<'t> {
    rest: std::iter::Peekable<std::str::Chars<'t>>,
    out: String,
}

impl<'t> Translation<'t> {
    fn of(text: &'t str) -> Result<String, String> {
        let mut translation = Self {
            rest: text.chars().peekable(),
            out: String::new(),
        };
        while let Some(character) = translation.rest.next() {
            match character {
                '\\' => translation.escape()?,
                '[' => translation.class()?,
                '(' => translation.group()?,
                other => translation.out.push(other),
            }
        }
        Ok(translation.out)
    }

    /// `\<` and `\>` are characters in .NET and word boundaries here; references back cannot be had.
    fn escape(&mut self) -> Result<(), String> {
        match self.rest.next() {
            Some(digit @ '1'..='9') => Err(format!("it cannot refer back (`\\{digit}`)")),
            Some('k') => Err("it cannot refer back (`\\k`)".to_owned()),
            Some('G') => Err("it has no `\\G`".to_owned()),
            Some('Z') => {
                self.out.push_str(r"(?:\n?\z)");
                Ok(())
            }
            Some(angle @ ('<' | '>')) => {
                self.out.push(angle);
                Ok(())
            }
            Some(other) => {
                self.out.push('\\');
                self.out.push(other);
                Ok(())
            }
            None => {
                self.out.push('\\');
                Ok(())
            }
        }
    }

    /// In a class of .NET `[`, `&&`, `~~` and `--` are characters; a class subtracted (`[a-z-[aeiou]]`) cannot be had.
    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut previous = None;
        if self.rest.next_if_eq(&']').is_some() {
            self.out.push_str(r"\]");
            previous = Some(']');
        }
        while let Some(character) = self.rest.next() {
            match character {
                ']' => {
                    self.out.push(']');
                    return Ok(());
                }
                '[' if previous == Some('-') => {
                    return Err("it has no subtracted class (`-[`)".to_owned());
                }
                '[' if self.rest.peek() == Some(&':') => {
                    return Err("`[:` in a class is not known to .NET: write `\\[:`".to_owned());
                }
                '[' => self.out.push_str(r"\["),
                '&' | '~' => {
                    self.out.push('\\');
                    self.out.push(character);
                }
                '-' if previous == Some('-') || self.rest.peek() == Some(&'-') => self.out.push_str(r"\-"),
                '\\' => {
                    self.out.push('\\');
                    self.out.extend(self.rest.next());
                }
                other => self.out.push(other),
            }
            previous = Some(character);
        }
        Ok(())
    }

    /// `(?'name'…)` is `(?<name>…)`.
    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        if self.rest.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        self.out.push('?');
        match self.rest.peek().copied() {
            Some('=' | '!') => Err("it cannot look ahead (`(?=`, `(?!`)".to_owned()),
            Some('>') => Err("it has no atomic group (`(?>`)".to_owned()),
            Some('(') => Err("it has no condition (`(?(`)".to_owned()),
            Some('#') => Err("it has no comment (`(?#`)".to_owned()),
            Some(quote @ ('<' | '\'')) => {
                self.rest.next();
                if quote == '<' && matches!(self.rest.peek(), Some('=' | '!')) {
                    return Err("it cannot look behind (`(?<=`, `(?<!`)".to_owned());
                }
                self.name(if quote == '<' { '>' } else { quote })
            }
            _ => Ok(()),
        }
    }

    fn name(&mut self, end: char) -> Result<(), String> {
        self.out.push('<');
        for character in self.rest.by_ref() {
            match character {
                '-' => return Err("it has no balancing group (`(?<a-b>`)".to_owned()),
                character if character == end => break,
                other => self.out.push(other),
            }
        }
        self.out.push('>');
        Ok(())
    }
}

/// A replacement pattern: text, and names in braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: String,
    pieces: Vec<Piece>,
}

/// A part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Itself.
    Text(String),
    /// What is called so: a group of the pattern, by name or number, or a parameter.
    Name(String),
}

/// What a [`Template`] may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// `{name}`, as RegexReplace has it.
    Braces,
    /// `{name}`, and .NET's `${name}` and `$1`, as the group claim has it.
    BracesAndDollars,
}

impl Template {
    /// Reads a replacement pattern.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str, spelling: Spelling) -> Result<Self, String> {
        if text.chars().count() > PATTERN_CHARACTERS_MAX {
            return Err(format!(
                "a replacement of at most {PATTERN_CHARACTERS_MAX} characters"
            ));
        }
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let (name, after) = match call(rest, spelling)? {
                Some(called) => called,
                None => {
                    plain.push(character);
                    rest = &rest[character.len_utf8()..];
                    continue;
                }
            };
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Name(name.to_owned()));
            rest = after;
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self {
            text: text.to_owned(),
            pieces,
        })
    }

    /// Its parts, in their order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The names it calls.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Name(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }
}

/// What `text` calls at its beginning, with what follows.
fn call(text: &str, spelling: Spelling) -> Result<Option<(&str, &str)>, String> {
    let dollar = (spelling == Spelling::BracesAndDollars)
        .then(|| text.strip_prefix('$'))
        .flatten();
    if let Some(after) = dollar {
        let digits = after.len()
            - after
                .trim_start_matches(|character: char| character.is_ascii_digit())
                .len();
        if digits > 0 {
            return Ok(Some(after.split_at(digits)));
        }
    }
    let Some(inner) = dollar.unwrap_or(text).strip_prefix('{') else {
        return Ok(None);
    };
    match inner.split_once('}') {
        Some((name, after)) if !name.is_empty() && !name.contains('{') => Ok(Some((name, after))),
        _ => {
            Err("a replacement such as `{country}.{domain}@contoso.com`: each brace holds a name".to_owned())
        }
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first row is the documentation's (saml-claims-customization, "Regex pattern").
    #[test]
    fn dot_nets_spelling_is_understood() {
        for (pattern, text, group, expected) in [
            (
                r"(?'domain'^.*?)(?i)(\@fabrikam\.com)$",
                "swmal@FABRIKAM.com",
                "domain",
                "swmal",
            ),
            (r"(?<a>[[\]]+)x", "[]x", "a", "[]"),
            (r"(?<a>\<\>)", "<>", "a", "<>"),
            (r"(?<a>[&&~~]+)", "&~", "a", "&~"),
            (r"(?<a>[a--]+)", "a-", "a", "a-"),
            (r"(?<a>[]a]+)\Z", "]a", "a", "]a"),
        ] {
            let pattern = Pattern::parse(pattern).unwrap();
            let captures = pattern.regex().captures(text).unwrap();
            assert_eq!(&captures[group], expected);
        }
    }

    #[test]
    fn what_needs_more_than_linear_time_or_another_engine_is_refused() {
        for (pattern, expected) in [
            ("(?=a)", "look ahead"),
            ("(?!a)", "look ahead"),
            ("(?<=a)b", "look behind"),
            ("(?<!a)b", "look behind"),
            (r"(a)\1", "refer back"),
            (r"(?<a>a)\k<a>", "refer back"),
            ("(?>a)", "atomic"),
            ("(?(a)b|c)", "condition"),
            ("(?#x)", "comment"),
            ("(?<a-b>x)", "balancing"),
            ("[a-z-[aeiou]]", "subtracted"),
            (r"\Ga", r"\G"),
            ("(", "unclosed group"),
            ("", "1 to 1000 characters"),
            ("((a{1000}){1000}){1000}", "size"),
        ] {
            let error = Pattern::parse(pattern).unwrap_err();
            assert!(error.contains(expected), "{pattern}: {error}");
        }
    }

    #[test]
    fn a_replacement_calls_names_in_braces() {
        let braces = |text| Template::parse(text, Spelling::Braces);
        let template = braces("{country}.{domain}@xyz.com$1").unwrap();
        assert_eq!(template.names().collect::<Vec<_>>(), ["country", "domain"]);
        assert_eq!(
            template.pieces().last(),
            Some(&Piece::Text("@xyz.com$1".to_owned()))
        );
        for wrong in ["{", "{}", "{a{b}}"] {
            assert!(braces(wrong).is_err(), "{wrong}");
        }
        let dollars = Template::parse("$1-${a}-{b}-$", Spelling::BracesAndDollars).unwrap();
        assert_eq!(dollars.names().collect::<Vec<_>>(), ["1", "a", "b"]);
        assert_eq!(dollars.pieces().last(), Some(&Piece::Text("-$".to_owned())));
    }
}
