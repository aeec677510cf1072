//! How error texts quote what a message said: whoever wrote the message must not fill a log, nor steer a terminal.

use std::fmt;

/// The most characters of a value that an error text shows.
const SHOWN_CHARACTERS: usize = 200;

/// A value of a message, as an error text shows it: its beginning, with `…` where that is not all, and escaped where a
/// character is not seen or changes how others are. The error's field holds the whole value.
pub(crate) fn quoted(value: &str) -> impl fmt::Display {
    Quoted(value)
}

/// The name of an element with the article that goes with it.
pub(crate) fn one(name: &str) -> impl fmt::Display {
    let begins_with_vowel = name.starts_with(|first: char| "aeiouAEIOU".contains(first));
    let article = if begins_with_vowel { "an" } else { "a" };
    format!("{article} {}", quoted(name))
}

/// A value in back quotes, or that there is none.
pub(crate) fn quoted_or_nothing(value: Option<&str>) -> String {
    value.map_or_else(
        || "nothing in particular".to_owned(),
        |value| format!("`{}`", quoted(value)),
    )
}

struct Quoted<'v>(&'v str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.0.chars();
        for character in characters.by_ref().take(SHOWN_CHARACTERS) {
            if is_unseen(character) {
                write!(out, "{}", character.escape_default())?;
            } else {
                write!(out, "{character}")?;
            }
        }
        let rest = if characters.next().is_some() { "…" } else { "" };
        out.write_str(rest)
    }
}

/// Control characters (Unicode Cc), line and paragraph separators, and the format characters that join, hide or turn
/// text around.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_short_and_harmless() {
        for (value, shown) in [
            ("", String::new()),
            ("größer `'\"\\ 🦀", "größer `'\"\\ 🦀".to_owned()),
            ("a\r\n\tb\0", "a\\r\\n\\tb\\u{0}".to_owned()),
            ("\u{1b}[2J\u{7f}\u{9b}", "\\u{1b}[2J\\u{7f}\\u{9b}".to_owned()),
            (
                "\u{202E}x\u{2028}\u{FEFF}",
                "\\u{202e}x\\u{2028}\\u{feff}".to_owned(),
            ),
            (&"é".repeat(200), "é".repeat(200)),
            (&"é".repeat(201), format!("{}…", "é".repeat(200))),
        ] {
            assert_eq!(quoted(value).to_string(), shown);
        }
        assert_eq!(quoted_or_nothing(Some("\n")), "`\\n`");
        assert_eq!(quoted_or_nothing(None), "nothing in particular");
        assert_eq!(one("Assertion").to_string(), "an Assertion");
        assert_eq!(one("Signature\n").to_string(), "a Signature\\n");
    }
}
