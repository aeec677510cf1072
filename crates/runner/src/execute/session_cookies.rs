//! The cookies that carry a session: which they are, and what becomes of it when they are changed (catalogue
//! `sess-cookie-flags`, `sess-state-tamper`).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use control_api::idp::UserInfo;
use url::Url;

use super::taken;
use crate::agent::Agent;
use crate::agent::cookies::{Flags, changed};
use crate::probe::{self, Answer};
use crate::sp_file::Whoami;
use crate::verdict::Outcome;

/// The most cookies of one SP that are looked at.
const COOKIES_MAX: usize = 16;

/// Either alphabet of base64, with its padding or without.
const ALPHABETS: [&alphabet::Alphabet; 2] = [&alphabet::URL_SAFE, &alphabet::STANDARD];

/// The cookies that carry the session of `agent`: with one alone somebody is signed in, or without it nobody.
///
/// # Errors
/// Why that cannot be read.
pub(super) async fn of(agent: &mut Agent, whoami: &Whoami) -> Result<Vec<Flags>, String> {
    let url = whoami.url.as_deref().and_then(|url| Url::parse(url).ok());
    let url = url.ok_or("the identity probe has no address")?;
    let all = agent.jar().of_host(&url);
    let mut carrying = Vec::new();
    for cookie in all.into_iter().take(COOKIES_MAX) {
        let alone = is_signed_in(agent, whoami, |name| name == cookie.name).await;
        if alone || !is_signed_in(agent, whoami, |name| name != cookie.name).await {
            carrying.push(cookie);
        }
    }
    Ok(carrying)
}

/// Whether somebody is signed in with the cookies that are wanted alone; what cannot be read counts as nobody.
async fn is_signed_in(agent: &Agent, whoami: &Whoami, is_wanted: impl Fn(&str) -> bool) -> bool {
    let mut other = agent.clone();
    other.jar().keep(is_wanted);
    matches!(probe::ask(&mut other, whoami).await, Answer::SignedIn(_))
}

/// How the value of a cookie is changed; `None`: there is nothing in it to change so.
type Way<'w> = &'w dyn Fn(&str) -> Option<String>;

/// The outcome of a sign-on that went well, by what the probe says to the session's cookies once they are changed: nobody
/// may be signed in with them, and least of all somebody else.
pub(super) async fn forged(
    agent: &Agent,
    whoami: &Whoami,
    cookies: &[Flags],
    own: Option<&UserInfo>,
    users: &[UserInfo],
) -> Outcome {
    let names: Vec<_> = cookies.iter().map(|cookie| cookie.name.clone()).collect();
    let facts = own.map(|own| replacements(own, users)).unwrap_or_default();
    let ways: [(&str, Way<'_>); 4] = [
        ("a character of its cookie is another", &|value| {
            Some(changed(value))
        }),
        ("its cookie names another user", &|value| {
            renamed(value, &facts, Padding::AsRead)
        }),
        ("its cookie names another user", &|value| {
            renamed(value, &facts, Padding::Whole)
        }),
        (
            "its cookie names another user, and no algorithm of its signature",
            &|value| unsigned(value, &facts),
        ),
    ];
    for (words, way) in ways {
        let mut other = agent.clone();
        if !other.jar().change(&names, way) {
            continue;
        }
        match probe::ask(&mut other, whoami).await {
            Answer::SignedOut => {}
            Answer::SignedIn(who) => {
                return Outcome::SomebodyElse {
                    expected: format!("nobody where {words}"),
                    actual: who.identity,
                    user: None,
                };
            }
            Answer::Unreadable(reason) => {
                return Outcome::Inconclusive(format!("where {words}: {reason}"));
            }
        }
    }
    Outcome::SignedIn
}

/// Each fact of the user with that of another one.
fn replacements(own: &UserInfo, users: &[UserInfo]) -> Vec<(String, String)> {
    let Some(other) = taken::first_other(users, Some(own)) else {
        return Vec::new();
    };
    let facts = |user: &UserInfo| {
        [
            Some(user.upn.clone()),
            user.mail.clone(),
            Some(user.object_id.clone()),
        ]
    };
    let pairs = facts(own).into_iter().zip(facts(other));
    pairs
        .filter_map(|(own, other)| own.zip(other))
        .filter(|(own, _)| !own.is_empty())
        .collect()
}

/// What ends base64 that is written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Padding {
    /// As where it was read.
    AsRead,
    /// Whatever it takes, where nothing tells: what was read had room for none.
    Whole,
}

/// The value in which the user is another, where it can be read: as it is, or in parts of base64 with dots between them, and
/// percent-encoded or not.
fn renamed(value: &str, facts: &[(String, String)], padding: Padding) -> Option<String> {
    let plain = percent_encoding::percent_decode_str(value)
        .decode_utf8()
        .ok()?
        .into_owned();
    let replaced = replaced(&plain, facts).or_else(|| in_parts(&plain, facts, padding))?;
    Some(if plain == value {
        replaced
    } else {
        percent_encoding::utf8_percent_encode(&replaced, percent_encoding::NON_ALPHANUMERIC).to_string()
    })
}

/// A JSON Web Token in which the user is another, and that says of itself that it is not signed (RFC 7519 section 6).
fn unsigned(value: &str, facts: &[(String, String)]) -> Option<String> {
    let (header, rest) = value.split_once('.')?;
    let (payload, _) = rest.split_once('.')?;
    let (header, _) = decoded(header, Padding::AsRead).filter(|(text, _)| text.contains("\"alg\""))?;
    let mut header: serde_json::Value = serde_json::from_str(&header).ok()?;
    header["alg"] = "none".into();
    let (payload, engine) = decoded(payload, Padding::AsRead)?;
    let payload = replaced(&payload, facts)?;
    Some(format!(
        "{}.{}.",
        engine.encode(header.to_string()),
        engine.encode(payload)
    ))
}

fn in_parts(text: &str, facts: &[(String, String)], padding: Padding) -> Option<String> {
    let mut any = false;
    let parts = text.split('.').map(|part| {
        let other =
            decoded(part, padding).and_then(|(text, engine)| Some(engine.encode(replaced(&text, facts)?)));
        any |= other.is_some();
        other.unwrap_or_else(|| part.to_owned())
    });
    let parts: Vec<_> = parts.collect();
    any.then(|| parts.join("."))
}

fn replaced(text: &str, facts: &[(String, String)]) -> Option<String> {
    let other = facts
        .iter()
        .fold(text.to_owned(), |text, (own, other)| text.replace(own, other));
    (other != text).then_some(other)
}

/// The text of a part that is base64, and what writes another one in the same way.
fn decoded(part: &str, padding: Padding) -> Option<(String, GeneralPurpose)> {
    let pads = part.ends_with('=') || (padding == Padding::Whole && part.len().is_multiple_of(4));
    ALPHABETS.into_iter().find_map(|alphabet| {
        let config = GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_encode_padding(pads);
        let engine = GeneralPurpose::new(alphabet, config);
        let text = String::from_utf8(engine.decode(part).ok()?).ok()?;
        Some((text, engine))
    })
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    fn facts() -> Vec<(String, String)> {
        vec![("m@x".to_owned(), "v@x".to_owned())]
    }

    #[test]
    fn what_can_be_read_of_a_cookie_names_another_user() {
        let json = r#"{"user":"m@x","role":1}"#;
        let other = r#"{"user":"v@x","role":1}"#;
        for (value, expected) in [
            ("m@x".to_owned(), Some("v@x".to_owned())),
            ("m%40x".to_owned(), Some("v%40x".to_owned())),
            (STANDARD.encode(json), Some(STANDARD.encode(other))),
            (
                format!("{}.c2ln", URL_SAFE_NO_PAD.encode(json)),
                Some(format!("{}.c2ln", URL_SAFE_NO_PAD.encode(other))),
            ),
            ("0123456789abcdef".to_owned(), None),
            (STANDARD.encode("nobody"), None),
        ] {
            let renamed = renamed(&value, &facts(), Padding::AsRead);
            assert_eq!(renamed, expected, "{value}");
        }
        assert_eq!(renamed("m@x", &[], Padding::AsRead), None);
        // Nothing tells whether this would be padded: three octets are four letters.
        let longer = [("m@x".to_owned(), "v@xy".to_owned())];
        for (padding, expected) in [(Padding::AsRead, "dkB4eQ"), (Padding::Whole, "dkB4eQ==")] {
            let value = STANDARD.encode("m@x");
            assert_eq!(renamed(&value, &longer, padding).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_token_says_that_nobody_signed_it() {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let token = format!("{}.{}.sig", part(r#"{"alg":"HS256"}"#), part(r#"{"sub":"m@x"}"#));
        let forged = format!("{}.{}.", part(r#"{"alg":"none"}"#), part(r#"{"sub":"v@x"}"#));
        assert_eq!(unsigned(&token, &facts()), Some(forged));
        assert_eq!(unsigned("a.b.c", &facts()), None);
        assert_eq!(unsigned(&part("m@x"), &facts()), None);
    }
}
