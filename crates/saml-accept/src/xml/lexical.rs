//! The small grammar of XML 1.0: characters, names and references.

use super::XmlErrorKind;

/// `S` (XML 2.3).
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// `Char` (XML 2.2).
fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// `NameStartChar` (XML 2.3) without the colon.
fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

/// `NameChar` (XML 2.3) without the colon.
fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Whether a text is an `NCName` (Namespaces in XML 1.0, 3); an xs:ID is one too.
#[must_use]
pub fn is_ncname(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(is_name_start) && characters.all(is_name_char)
}

/// Splits a `QName` (Namespaces 4) into prefix (empty where there is none) and local part.
pub(super) fn qualified_name(name: &str) -> Result<(&str, &str), XmlErrorKind> {
    let (prefix, local) = name.split_once(':').map_or((None, name), |(p, l)| (Some(p), l));
    if prefix.is_none_or(is_ncname) && is_ncname(local) {
        Ok((prefix.unwrap_or_default(), local))
    } else {
        Err(XmlErrorKind::Name {
            name: name.to_owned(),
        })
    }
}

/// The byte offset and code point of the first character that XML does not allow.
pub(super) fn forbidden_character(text: &str) -> Option<(usize, XmlErrorKind)> {
    text.char_indices()
        .find(|(_, c)| !is_char(*c))
        .map(|(at, c)| (at, XmlErrorKind::Character { code: c.into() }))
}

/// The character a reference stands for; `name` is what is between `&` and `;`.
pub(super) fn reference(name: &str) -> Result<char, XmlErrorKind> {
    match name {
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "amp" => return Ok('&'),
        "apos" => return Ok('\''),
        "quot" => return Ok('"'),
        _ => {}
    }
    let Some(number) = name.strip_prefix('#') else {
        return Err(if is_ncname(name) {
            XmlErrorKind::Entity {
                name: name.to_owned(),
            }
        } else {
            XmlErrorKind::BareAmpersand
        });
    };
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(XmlErrorKind::BareAmpersand);
    }
    // A number too large for u32 is no code point either.
    let code = u32::from_str_radix(digits, radix).unwrap_or(u32::MAX);
    char::from_u32(code)
        .filter(|c| is_char(*c))
        .ok_or(XmlErrorKind::Character { code })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_productions() {
        for good in ["a", "_", "a-b.c9", "é", "\u{10000}"] {
            assert!(is_ncname(good), "{good}");
        }
        for bad in ["", "1a", "-a", "a b", "a:b", "a=", "\u{D7}", "\u{37E}"] {
            assert!(!is_ncname(bad), "{bad}");
        }
        assert_eq!(qualified_name("p:l"), Ok(("p", "l")));
        assert_eq!(qualified_name("l"), Ok(("", "l")));
        for bad in [":l", "p:", "a:b:c", "::"] {
            assert!(qualified_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn references_expand_or_are_refused_by_name() {
        assert_eq!(reference("amp"), Ok('&'));
        assert_eq!(reference("#x1F600"), Ok('\u{1F600}'));
        assert_eq!(reference("#13"), Ok('\r'));
        assert_eq!(
            reference("nbsp"),
            Err(XmlErrorKind::Entity { name: "nbsp".into() })
        );
        assert_eq!(reference("#0"), Err(XmlErrorKind::Character { code: 0 }));
        assert_eq!(reference("#xD800"), Err(XmlErrorKind::Character { code: 0xD800 }));
        assert_eq!(
            reference("#99999999999"),
            Err(XmlErrorKind::Character { code: u32::MAX })
        );
        for bad in ["", "#", "#x", "#xg", "#-1", "#+1", " lt", "#X41"] {
            assert_eq!(reference(bad), Err(XmlErrorKind::BareAmpersand), "{bad}");
        }
    }
}
