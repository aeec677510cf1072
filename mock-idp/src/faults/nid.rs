//! The NameID (saml-core 2.2.3, 8.3). What stands in attributes is in [`attributes`].

pub(super) mod attributes;

use saml_model::{Response, names};
use uuid::Uuid;

use super::person::{name_id, rename};
use super::tree::nothing;
use super::value::{OTHER_AUDIENCE, subject, unlike};
use super::{Action, FaultError, Inputs, Parameters, variant};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("nid-case-variant", Action::Value(other_case)),
    (EMPTY, Action::Value(empty)),
    (FORMAT, Action::Value(other_format)),
    (HOMOGLYPH, Action::Value(homoglyph)),
    (INJECTION, Action::Value(injection)),
    ("nid-long-10k", Action::Value(very_long)),
    ("nid-long-256", Action::Value(long)),
    ("nid-missing", Action::Value(missing)),
    (NULL, Action::Value(spelled_null)),
    (NULL, Action::Message(null_reference)),
    ("nid-spnamequalifier-other", Action::Value(other_qualifier)),
    ("nid-transient-as-key", Action::Value(transient)),
    (UNICODE, Action::Value(composed_or_not)),
    (ZERO_WIDTH, Action::Value(invisible)),
];

const EMPTY: &str = "nid-empty";
const FORMAT: &str = "nid-format-unspecified";
const HOMOGLYPH: &str = "nid-homoglyph";
const INJECTION: &str = "nid-injection";
const NULL: &str = "nid-null-like";
const UNICODE: &str = "nid-unicode-nfc-nfd";
const ZERO_WIDTH: &str = "nid-zero-width";

/// The longest persistent NameID (saml-core 8.3.7), in code points.
const LONGEST: usize = 256;
/// What no NameID is as long as, in code points.
const TOO_LONG: usize = 10_000;
/// A character beyond the Basic Multilingual Plane, and one within Latin-1.
const WIDE: [char; 2] = ['\u{1f600}', '\u{e9}'];

fn missing(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let taken = subject(response)?.name_id.take();
    taken.map(|_| ()).ok_or_else(|| nothing("NameID"))
}

fn empty(response: &mut Response, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let text = match variant(parameters, EMPTY) {
        "white-space" => " \t ",
        _ => "",
    };
    text.clone_into(&mut name_id(response)?.value);
    Ok(())
}

fn other_format(response: &mut Response, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let format = match variant(parameters, FORMAT) {
        "persistent" => names::NAME_ID_PERSISTENT,
        "transient" => names::NAME_ID_TRANSIENT,
        _ => names::NAME_ID_UNSPECIFIED,
    };
    let known = &mut name_id(response)?.format;
    let wanted = unlike(known.as_deref().unwrap_or_default(), format.to_owned())?;
    *known = Some(wanted);
    Ok(())
}

/// Another one at each sign-on (saml-core 8.3.8).
fn transient(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let name_id = name_id(response)?;
    name_id.format = Some(names::NAME_ID_TRANSIENT.to_owned());
    name_id.value = format!("_{}", inputs.stranger);
    Ok(())
}

fn other_qualifier(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    name_id(response)?.sp_name_qualifier = Some(OTHER_AUDIENCE.to_owned());
    Ok(())
}

/// The NameID alone: the mailbox stays the same.
fn other_case(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let value = &mut name_id(response)?.value;
    let swapped = value.chars().map(|letter| match letter {
        letter if letter.is_ascii_uppercase() => letter.to_ascii_lowercase(),
        letter => letter.to_ascii_uppercase(),
    });
    *value = unlike(value, swapped.collect())?;
    Ok(())
}

/// What `other` makes of the name that everybody is called by, unless nothing changes: a transient NameID may have nothing
/// to change where the attributes have.
fn called(response: &mut Response, other: impl Fn(&str) -> String) -> Result<(), FaultError> {
    let known = name_id(response)?.value.clone();
    let before = response.clone();
    rename(response, &other)?;
    if *response == before {
        unlike(&known, other(&known))?;
    }
    Ok(())
}

/// The same to a reader, with an accent that is one character or two.
fn composed_or_not(
    response: &mut Response,
    parameters: &Parameters,
    _: &Inputs<'_>,
) -> Result<(), FaultError> {
    let accented = match variant(parameters, UNICODE) {
        "decomposed" => "jose\u{301}",
        _ => "jos\u{e9}",
    };
    called(response, |known| format!("{accented}.{known}"))
}

/// Looks the same, or becomes the same where somebody normalises or folds it.
fn homoglyph(response: &mut Response, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let (from, to) = match variant(parameters, HOMOGLYPH) {
        "fullwidth-at" => ("@", "\u{ff20}"),
        "dotless-i" => ("i", "\u{131}"),
        "kelvin" => ("k", "\u{212a}"),
        _ => ("o", "\u{43e}"),
    };
    called(response, |known| known.replacen(from, to, 1))
}

fn invisible(response: &mut Response, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let hidden = match variant(parameters, ZERO_WIDTH) {
        "soft-hyphen" => '\u{ad}',
        "right-to-left" => '\u{202e}',
        _ => '\u{200b}',
    };
    called(response, |known| {
        let mut letters: Vec<char> = known.chars().collect();
        letters.insert(letters.len().min(1), hidden);
        letters.into_iter().collect()
    })
}

/// A null as URLs and as C spell it.
fn spelled_null(response: &mut Response, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let null = match variant(parameters, NULL) {
        "percent" => "%00",
        "backslash" => "\\0",
        _ => return Ok(()),
    };
    name_id(response)?.value.push_str(null);
    Ok(())
}

/// A reference to what is no character of XML: the message is none, so that nothing can be signed.
fn null_reference(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Result<String, FaultError> {
    if variant(parameters, NULL) != "reference" {
        return Ok(xml.to_owned());
    }
    let (before, after) = xml.split_once("</NameID>").ok_or_else(|| nothing("NameID"))?;
    Ok([before, "&#0;</NameID>", after].concat())
}

fn injection(response: &mut Response, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let text = match variant(parameters, INJECTION) {
        "ldap" => "*)(uid=*",
        "path" => "../../../../etc/passwd",
        "template" => "{{7*7}}${7*7}",
        "line-break" => "b.simon\r\nSet-Cookie: role=admin",
        "markup" => "<script>alert(1)</script>",
        _ => "' OR 1=1 --",
    };
    rename(response, |_| text.to_owned())
}

/// As long as it may be. Who it is about is new, so that no account is in the way.
fn long(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let local = Uuid::new_v5(&inputs.stranger, b"long").simple().to_string();
    rename(response, |known| match known.split_once('@') {
        Some((_, domain)) => format!("{local}@{domain}"),
        None => local.clone(),
    })?;
    let name_id = name_id(response)?;
    name_id.format = Some(names::NAME_ID_PERSISTENT.to_owned());
    name_id.value = filled(&local, LONGEST);
    Ok(())
}

fn very_long(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let name_id = name_id(response)?;
    name_id.value = filled(&name_id.value, TOO_LONG);
    Ok(())
}

/// So many code points that begin so; whoever cuts them off finds the beginning.
fn filled(beginning: &str, length: usize) -> String {
    let rest = WIDE.into_iter().cycle();
    beginning.chars().chain(rest).take(length).collect()
}
