//! The source of a page as the text that a browser shows of it.

use std::borrow::Cow;

/// Bytes of a character reference that is read, with its `&` and `;`.
const REFERENCE_BYTES_MAX: usize = 10;

/// The characters that HTML has to escape, by their names.
const NAMED: [(&str, char); 5] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
];

/// The text of a page's source; of any other text that text itself.
pub(super) fn text_of(pasted: &str) -> Cow<'_, str> {
    if pasted.contains("</") {
        Cow::Owned(decoded(&without_tags(pasted)))
    } else if pasted.contains("&#39;") {
        Cow::Owned(decoded(pasted))
    } else {
        Cow::Borrowed(pasted)
    }
}

fn without_tags(source: &str) -> String {
    let mut text = String::new();
    let mut parts = source.split('<');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let is_tag =
            part.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '/' | '!'));
        match part.split_once('>').filter(|_| is_tag) {
            Some((_, after)) => text.extend([" ", after]),
            None => text.extend(["<", part]),
        }
    }
    text
}

fn decoded(source: &str) -> String {
    let mut text = String::new();
    let mut parts = source.split('&');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        match reference(part) {
            Some((character, after)) => {
                text.push(character);
                text.push_str(after);
            }
            None => text.extend(["&", part]),
        }
    }
    text
}

/// The character that a reference stands for, and what follows it.
fn reference(part: &str) -> Option<(char, &str)> {
    let (name, after) = part.split_once(';')?;
    if name.len() + 2 > REFERENCE_BYTES_MAX {
        return None;
    }
    let character = match name.strip_prefix('#') {
        Some(number) => {
            let hexadecimal = number.strip_prefix(['x', 'X']);
            let parsed = hexadecimal.map_or_else(|| number.parse(), |digits| u32::from_str_radix(digits, 16));
            char::from_u32(parsed.ok()?)?
        }
        None => NAMED.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((character, after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_go_and_references_are_read() {
        for (source, text) in [
            ("<p class=\"x\">a &amp; b</p>", " a & b "),
            ("<!doctype html><b>1 < 2 &lt; 3</b>", "  1 < 2 < 3 "),
            ("it&#39;s &#x27;it&#X27; &quot;&apos;", "it's 'it' \"'"),
            (
                "</p>&#0000000000039; &nope; &#xD800; & &;",
                " &#0000000000039; &nope; &#xD800; & &;",
            ),
            ("<p a", "<p a"),
            // No page: an address may say so.
            ("https://sp.test/?a=1&amp;b=<2>", "https://sp.test/?a=1&amp;b=<2>"),
        ] {
            assert_eq!(text_of(source), text, "{source}");
        }
    }

    proptest! {
        #[test]
        fn what_a_page_shows_is_read(text in "[^<]{0,40}") {
            let mut escaped = String::new();
            for character in text.chars() {
                match NAMED.iter().find(|(_, known)| *known == character) {
                    Some((name, _)) => escaped.extend(["&", name, ";"]),
                    None => escaped.push(character),
                }
            }
            let source = format!("<p>{escaped}</p>");
            let expected = format!(" {text} ");
            prop_assert_eq!(text_of(&source), expected);
        }
    }
}
