//! What a pasted text says: which error of the registry, and what stands in the blanks of its message.

use super::source;
use crate::errors::{self, Aadsts};
use crate::limits::{REPEATED_CHARACTERS_MAX, shortened};

/// Characters of a message's fixed words that have to be there to know it without its code.
const WORDS_MIN: usize = 20;

/// Characters of a pasted text that are read: a whole error page has fewer.
const TEXT_CHARACTERS_MAX: usize = 100_000;

const PREFIX: &str = "AADSTS";

/// What a text says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing of Entra's.
    Nothing,
    /// A code that is not in the registry.
    Unknown(String),
    /// An error.
    Row(Found),
}

/// An error that a text tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) row: &'static Aadsts,
    /// What stands in the blanks, by their names.
    values: Vec<(&'static str, String)>,
    /// What stands in quotation marks, in order: the wording of a message changes, its values do not.
    quoted: Vec<String>,
}

impl Found {
    /// The message, with what is known of its blanks.
    pub(super) fn message(&self) -> String {
        let mut parts = self.row.template.split('{');
        let mut message = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, fixed) = part.split_once('}').unwrap_or((part, ""));
            message.push_str(self.value(name, None).unwrap_or("\u{2026}"));
            message.push_str(fixed);
        }
        message
    }

    /// The value of a blank; else of the quotation marks at `place`.
    pub(super) fn value(&self, name: &str, place: Option<usize>) -> Option<&str> {
        let named = self.values.iter().find(|(known, _)| *known == name);
        let quoted = || self.quoted.get(place?).map(String::as_str);
        named.map(|(_, value)| value.as_str()).or_else(quoted)
    }
}

/// Reads an error's text, its code alone, or a whole page. The first code counts.
pub(super) fn told(text: &str) -> Told {
    let text = plain(text);
    if let Some(code) = code_in(&text) {
        return match errors::find(code) {
            Some(row) => Told::Row(found(row, &text)),
            None => Told::Unknown(format!("{PREFIX}{code}")),
        };
    }
    let matched = errors::all().filter_map(|row| {
        let (length, _, is_whole) = blanks(row.template, &text);
        (is_whole && length >= WORDS_MIN).then_some((length, row))
    });
    let best = matched.max_by_key(|(length, _)| *length);
    best.map_or(Told::Nothing, |(_, row)| Told::Row(found(row, &text)))
}

fn found(row: &'static Aadsts, text: &str) -> Found {
    let (_, values, _) = blanks(row.template, text);
    let message = after_code(text);
    let marks: Vec<_> = message.split('\'').collect();
    let quoted = marks.iter().skip(1).step_by(2).map(|value| kept(value));
    Found {
        row,
        values,
        quoted: quoted.collect(),
    }
}

/// The text of a page's source, white space normalised, and the quotation marks of other writers made Entra's.
fn plain(text: &str) -> String {
    let text = shortened(text, TEXT_CHARACTERS_MAX);
    let text = source::text_of(&text);
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").replace(['\u{2018}', '\u{2019}'], "'")
}

/// The digits of the first code; of a text that is a code and nothing else, its digits.
fn code_in(text: &str) -> Option<&str> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits(text) {
        return Some(text);
    }
    let mut rest = text;
    while let Some(place) = position(rest) {
        let after = &rest[place + PREFIX.len()..];
        let after = after.strip_prefix(':').unwrap_or(after).trim_start();
        let end = after.find(|letter: char| !letter.is_ascii_digit());
        let digits = &after[..end.unwrap_or(after.len())];
        if is_digits(digits) {
            return Some(digits);
        }
        rest = after;
    }
    None
}

/// Where the first `AADSTS` is, in any case.
fn position(text: &str) -> Option<usize> {
    let windows = text.as_bytes().windows(PREFIX.len());
    let mut places = windows.enumerate();
    let found = places.find(|(_, window)| window.eq_ignore_ascii_case(PREFIX.as_bytes()));
    found.map(|(place, _)| place)
}

/// What follows the first code.
fn after_code(text: &str) -> &str {
    position(text).map_or(text, |place| &text[place + PREFIX.len()..])
}

/// Lays a template over a text: how many characters of its fixed words are there, what stands in the blanks between them,
/// and whether all of it is there.
fn blanks<'t>(template: &'t str, text: &str) -> (usize, Vec<(&'t str, String)>, bool) {
    let mut template = template.strip_suffix('.').unwrap_or(template);
    let (mut rest, mut length, mut values) = (text, 0, Vec::new());
    let mut blank: Option<&str> = None;
    loop {
        let (fixed, after) = template.split_once('{').unwrap_or((template, ""));
        let is_end = fixed.is_empty() && after.is_empty();
        let Some(place) = rest.find(fixed).filter(|_| !is_end) else {
            // The end of the message, or of what was pasted of it.
            let ends: &[char] = if is_end { &['\'', ' '] } else { &['\''] };
            let value = rest.split_once(ends).map(|(value, _)| value);
            let value = value.or(is_end.then_some(rest));
            let named = blank.filter(|_| is_end || fixed.starts_with('\''));
            values.extend(named.and_then(|name| Some((name, kept(value?.trim_end_matches('.'))))));
            return (length, values, is_end);
        };
        if let Some(name) = blank {
            values.push((name, kept(&rest[..place])));
        }
        length += fixed.chars().count();
        rest = &rest[place + fixed.len()..];
        let Some((name, tail)) = after.split_once('}') else {
            return (length, values, true);
        };
        (blank, template) = (Some(name), tail);
    }
}

fn kept(value: &str) -> String {
    shortened(value.trim(), REPEATED_CHARACTERS_MAX).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(text: &str) -> Found {
        match told(text) {
            Told::Row(found) => found,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_code_is_found_in_whatever_was_pasted() {
        for (text, code) in [
            ("50011", 50_011),
            (" aadsts750054 ", 750_054),
            (
                "Sign in\nSorry, but we\u{2019}re having trouble signing you in.\nAADSTS50105: Your administrator",
                50_105,
            ),
            (
                "<p>Message: AADSTS700016: Application with identifier 'x' was not found</p> AADSTS50011",
                700_016,
            ),
            ("Error: AADSTS: 50011", 50_011),
            ("AADSTS what? AADSTS50003: No signing key", 50_003),
        ] {
            assert_eq!(row(text).row.code, code, "{text}");
        }
        assert_eq!(
            told("AADSTS123456789012: ?"),
            Told::Unknown("AADSTS123456789012".into())
        );
        for text in [
            "",
            "An error has occurred. Please try again.",
            "AADSTS",
            "Application with identifier",
        ] {
            assert_eq!(told(text), Told::Nothing, "{text}");
        }
    }

    #[test]
    fn a_message_is_known_without_its_code() {
        let text = "SAMLRequest or SAMLResponse must be present as query string parameters in HTTP request for SAML Redirect binding.";
        assert_eq!(row(text).row.code, 750_054);
        let found = row("No signing key configured");
        assert_eq!(found.row.code, 50_003);
    }

    #[test]
    fn the_blanks_of_a_message_are_read() {
        let text = "AADSTS50011: The reply URL 'https://sp/acs' specified in the request does not match the reply URLs configured for the application 'urn:sp'. Make sure \u{2026}";
        let found = row(text);
        assert_eq!(found.value("acs", None), Some("https://sp/acs"));
        assert_eq!(found.value("issuer", None), Some("urn:sp"));
        // Another wording of the same error: by the quotation marks.
        let text = "AADSTS50011: The redirect URI \u{2018}https://sp/acs\u{2019} specified in the request does not match the redirect URIs configured for the application 'urn:sp'.";
        let found = row(text);
        assert_eq!(found.value("acs", None), None);
        assert_eq!(found.value("acs", Some(0)), Some("https://sp/acs"));
        assert_eq!(found.value("issuer", Some(1)), Some("urn:sp"));
        assert_eq!(row("50011").value("acs", Some(0)), None);
        // The beginning of a message.
        let found = row(
            "AADSTS700016: Application with identifier 'urn:a' was not found in the directory 'Contoso'. This can",
        );
        assert_eq!(
            (found.value("issuer", None), found.value("tenant", None)),
            (Some("urn:a"), Some("Contoso"))
        );
        assert!(found.message().starts_with(
            "Application with identifier 'urn:a' was not found in the directory 'Contoso'. This can happen"
        ));
        assert!(
            row("700016")
                .message()
                .starts_with("Application with identifier '\u{2026}' was")
        );
    }

    proptest! {
        /// Whatever the mock says, it understands.
        #[test]
        fn what_the_mock_fills_in_is_read_again(acs in "[a-z:/.?=&-]{1,40}", issuer in "[a-zA-Z:/.-]{1,40}") {
            let values = [("acs", acs.as_str()), ("issuer", issuer.as_str())];
            let stop = errors::Stop::new(errors::REPLY_URL, &values);
            let found = row(&stop.text());
            prop_assert_eq!(found.value("acs", None), Some(acs.as_str()));
            prop_assert_eq!(found.value("issuer", None), Some(issuer.as_str()));
        }

        /// No text is wrong.
        #[test]
        fn any_text_is_read(text in ".{0,200}") {
            told(&text);
            told(&format!("AADSTS50105: {text}"));
            told(&format!("{text}AADSTS{text}"));
        }
    }
}
