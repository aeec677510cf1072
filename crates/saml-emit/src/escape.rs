//! Character data that survives both an XML parser and canonicalisation.

/// Where a value stands and in which form: the escapes differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escaping {
    WireText,
    WireAttribute,
    CanonicalText,
    CanonicalAttribute,
}

/// Appends `value` to `out`, escaped.
///
/// Canonical escapes are those of Canonical XML 1.0, 2.3. Wire escapes write `>` everywhere, as .NET does, and
/// every character that a parser would change as a reference: CR in text (XML 1.0, 2.11), TAB, LF and CR in an
/// attribute (3.3.3).
///
/// # Errors
///
/// The first character that XML 1.0 cannot carry at all (2.2 `Char`).
pub(crate) fn append(out: &mut String, value: &str, escaping: Escaping) -> Result<(), char> {
    let bytes = value.as_bytes();
    let mut written = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        // Everything else that is ASCII or continues a longer character stands for itself.
        if byte >= b' ' && !matches!(byte, b'&' | b'<' | b'>' | b'"' | 0xEF) {
            continue;
        }
        if is_forbidden(&bytes[at..]) {
            return Err(value[at..].chars().next().unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        if let Some(reference) = reference(byte, escaping) {
            out.push_str(&value[written..at]);
            out.push_str(reference);
            written = at + 1;
        }
    }
    out.push_str(&value[written..]);
    Ok(())
}

/// The rest of the value starts with a control character other than TAB, LF, CR, or with U+FFFE or U+FFFF.
fn is_forbidden(rest: &[u8]) -> bool {
    matches!(rest, [0x00..=0x08 | 0x0B | 0x0C | 0x0E..=0x1F, ..] | [0xEF, 0xBF, 0xBE | 0xBF, ..])
}

fn reference(byte: u8, escaping: Escaping) -> Option<&'static str> {
    let in_attribute = matches!(escaping, Escaping::WireAttribute | Escaping::CanonicalAttribute);
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' if escaping != Escaping::CanonicalAttribute => Some("&gt;"),
        b'"' if in_attribute => Some("&quot;"),
        b'\t' if in_attribute => Some("&#x9;"),
        b'\n' if in_attribute => Some("&#xA;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Escaping, append};

    const ALL: &str = " a&b<c>d\"e'f\tg\nh\ri\u{85}\u{2028}\u{FFFD}\u{10FFFF} ";

    #[test]
    fn each_context_has_its_escapes() {
        let tail = "i\u{85}\u{2028}\u{FFFD}\u{10FFFF} ";
        for (escaping, expected) in [
            (Escaping::WireText, " a&amp;b&lt;c&gt;d\"e'f\tg\nh&#xD;"),
            (Escaping::CanonicalText, " a&amp;b&lt;c&gt;d\"e'f\tg\nh&#xD;"),
            (
                Escaping::WireAttribute,
                " a&amp;b&lt;c&gt;d&quot;e'f&#x9;g&#xA;h&#xD;",
            ),
            (
                Escaping::CanonicalAttribute,
                " a&amp;b&lt;c>d&quot;e'f&#x9;g&#xA;h&#xD;",
            ),
        ] {
            let mut out = String::new();
            assert_eq!(append(&mut out, ALL, escaping), Ok(()));
            assert_eq!(out, format!("{expected}{tail}"), "{escaping:?}");
        }
    }

    #[test]
    fn what_xml_cannot_carry_is_named() {
        let forbidden = (0..0x20)
            .filter(|code| ![0x9, 0xA, 0xD].contains(code))
            .chain([0xFFFE, 0xFFFF]);
        for code in forbidden {
            let character = char::from_u32(code).unwrap();
            let value = format!("ok{character}");
            assert_eq!(
                append(&mut String::new(), &value, Escaping::WireText),
                Err(character)
            );
        }
    }
}
