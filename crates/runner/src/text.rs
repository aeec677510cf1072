//! Small functions on text that several parts need.

/// What stands for a character that may not be shown.
const REPLACEMENT: char = '\u{fffd}';

/// White space normalised: every run is one space, none at the ends; and printable.
#[must_use]
pub(crate) fn normalised(text: &str) -> String {
    printable(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// At most `max` characters, with an ellipsis where something was cut; and printable.
#[must_use]
pub(crate) fn shortened(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", printable(&text[..end])),
        None => printable(text),
    }
}

/// Text that can be shown on a terminal: what would steer the terminal (C0 but tab and line feed, DEL, C1) or turn the
/// direction of what follows (the bidi controls of UAX #9) is replaced.
#[must_use]
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|letter| if steers(letter) { REPLACEMENT } else { letter })
        .collect()
}

fn steers(letter: char) -> bool {
    let bidi = matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    bidi || (letter.is_control() && !matches!(letter, '\t' | '\n'))
}

/// Replaces `{name}` by its value. What is not the name of a variable stays as it is.
#[must_use]
pub(crate) fn expand(text: &str, variables: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let named = rest.find('}').and_then(|end| {
            let name = &rest[1..end];
            let value = variables.iter().find(|(known, _)| *known == name)?;
            Some((end, &value.1))
        });
        match named {
            Some((end, value)) => {
                out.push_str(value);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// [`expand`] in every text of a JSON value; keys stay.
#[must_use]
pub(crate) fn expand_json(json: &serde_json::Value, variables: &[(&str, String)]) -> serde_json::Value {
    use serde_json::Value;
    match json {
        Value::String(text) => expand(text, variables).into(),
        Value::Array(items) => items.iter().map(|item| expand_json(item, variables)).collect(),
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| (key.clone(), expand_json(value, variables)))
            .collect(),
        other => other.clone(),
    }
}

/// An error with its causes, in one line.
#[must_use]
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_names_are_expanded_and_values_are_not_expanded_again() {
        let variables = [("port", "80".to_owned()), ("a", "{port}".to_owned())];
        for (text, expected) in [
            ("http://x:{port}/", "http://x:80/"),
            ("{a}{port}", "{port}80"),
            (r"\d{4} {other} {", r"\d{4} {other} {"),
            ("{{port}}", "{80}"),
            ("", ""),
        ] {
            assert_eq!(expand(text, &variables), expected, "{text}");
        }
        let json = serde_json::json!({"{port}": ["{port}", 1, {"x": "{a}"}]});
        assert_eq!(
            expand_json(&json, &variables),
            serde_json::json!({"{port}": ["80", 1, {"x": "{port}"}]})
        );
    }

    #[test]
    fn text_is_normalised_and_shortened_by_characters() {
        assert_eq!(normalised(" a\n\t b  "), "a b");
        assert_eq!(shortened("äöü", 2), "äö…");
        assert_eq!(shortened("äöü", 3), "äöü");
    }

    #[test]
    fn what_would_steer_a_terminal_is_replaced() {
        for (text, expected) in [
            ("a\u{1b}[31mb", "a\u{fffd}[31mb"),
            ("a\u{7}\u{7f}\u{9b}b", "a\u{fffd}\u{fffd}\u{fffd}b"),
            ("a\u{202e}\u{2066}b\u{200f}", "a\u{fffd}\u{fffd}b\u{fffd}"),
            ("a\tb\nc ü 漢", "a\tb\nc ü 漢"),
        ] {
            assert_eq!(printable(text), expected, "{text:?}");
            assert_eq!(shortened(text, 100), expected, "{text:?}");
        }
        assert_eq!(normalised("a \u{1b}\r\nb"), "a \u{fffd} b");
    }
}
