//! Octets that are not the UTF-8 of the message, put in place of those on the way.

use saml_model::Response;
use saml_model::names::CLAIM_DISPLAY_NAME;

use super::super::sig::choice;
use super::super::tree::nothing;
use super::super::value::assertion;
use super::super::{Action, FaultError, Inputs, Parameters};

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("xml-encoding-mismatch", Action::Value(letter_beyond_ascii)),
    ("xml-encoding-mismatch", Action::Octets(mismatch)),
    ("xml-encoding-utf16", Action::Octets(utf16)),
    ("xml-overlong-utf8", Action::Octets(overlong)),
];

type Octets = Result<Vec<u8>, FaultError>;

fn declared(encoding: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>")
}

fn utf16(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Octets {
    let octets_of = choice(
        parameters,
        "order",
        &[
            ("little", u16::to_le_bytes as fn(u16) -> [u8; 2]),
            ("big", u16::to_be_bytes),
        ],
    )?;
    let text = format!("\u{FEFF}{}{xml}", declared("UTF-16"));
    Ok(text.encode_utf16().flat_map(octets_of).collect())
}

/// One that its encodings write differently.
fn letter_beyond_ascii(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let mut attributes = assertion(response)?.attributes.iter_mut();
    let named = attributes.find(|attribute| attribute.name == CLAIM_DISPLAY_NAME);
    let value = named.and_then(|attribute| attribute.values.first_mut());
    value.ok_or_else(|| nothing("display name"))?.push('é');
    Ok(())
}

/// The octets are in another encoding than the declaration says.
fn mismatch(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Octets {
    let latin_1 = || {
        let octets = xml.chars().map(|letter| u8::try_from(u32::from(letter)).ok());
        octets.collect::<Option<Vec<_>>>().ok_or(FaultError::Unreadable)
    };
    let (declared, octets) = match choice(
        parameters,
        "declared",
        &[("ISO-8859-1", 0), ("UTF-8", 1), ("UTF-7", 2)],
    )? {
        0 => (declared("ISO-8859-1"), xml.as_bytes().to_vec()),
        1 => (declared("UTF-8"), latin_1()?),
        _ => (declared("UTF-7"), xml.as_bytes().to_vec()),
    };
    Ok([declared.into_bytes(), octets].concat())
}

/// The first letter of the name in more octets than it needs, or half of a pair before it.
fn overlong(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Octets {
    inputs.require_plain()?;
    let is_surrogate = choice(parameters, "form", &[("overlong", false), ("surrogate", true)])?;
    let name = xml.find("<NameID").ok_or_else(|| nothing("NameID"))?;
    let at = name + xml[name..].find('>').ok_or_else(|| nothing("NameID"))? + 1;
    let (before, after) = xml.as_bytes().split_at(at);
    let (first, rest) = after.split_first().ok_or_else(|| nothing("NameID"))?;
    Ok(match is_surrogate {
        true => [before, &[0xED, 0xA0, 0x80], after].concat(),
        false => [before, &in_two_octets(*first), rest].concat(),
    })
}

/// A letter of ASCII as UTF-8 writes those beyond it (RFC 3629 3).
fn in_two_octets(letter: u8) -> [u8; 2] {
    [0xC0 | (letter >> 6), 0x80 | (letter & 0x3F)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A decoder that does not ask for the shortest form finds the same letter.
    #[test]
    fn the_overlong_form_of_a_letter_is_that_letter() {
        for letter in [b'B', b'b', b'.'] {
            let [high, low] = in_two_octets(letter);
            assert_eq!(((high & 0x1F) << 6) | (low & 0x3F), letter);
            assert!(str::from_utf8(&[high, low]).is_err());
        }
    }
}
