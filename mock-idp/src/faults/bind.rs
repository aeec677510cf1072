//! How the message is carried: the form, its fields, and where it goes (saml-bindings 3.5). A browser sends nothing else
//! than what a page can ask it for.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use openssl::hash::MessageDigest;
use openssl::sign::Signer as OpenSslSigner;
use saml_emit::binding::{Parameter, post_value, redirect_url};
use saml_model::names;
use url::Url;

use super::impostor::{forged, say_it_of_the_victim};
use super::sig::{choice, number};
use super::transport::{Form, MESSAGE, RELAY_STATE};
use super::tree::Tree;
use super::{Action, FaultError, Inputs, Parameters, Signer, SigningPlan};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("bind-acs-index", Action::Transport(retired_acs)),
    ("bind-bad-base64", Action::Transport(bad_base64)),
    ("bind-base64-noise", Action::Transport(noise)),
    ("bind-base64-xml-plain", Action::Transport(plain)),
    ("bind-big-body", Action::Transport(big)),
    ("bind-content-type", Action::Transport(content_type)),
    ("bind-duplicate-field", Action::Transport(duplicate)),
    ("bind-get-acs", Action::Transport(get)),
    ("bind-missing-field", Action::Transport(missing)),
    ("bind-post-to-other-endpoint", Action::Transport(elsewhere)),
    ("bind-relaystate-long", Action::Transport(long_relay_state)),
    ("bind-relaystate-loop", Action::Transport(looping_relay_state)),
    (
        "bind-relaystate-open-redirect",
        Action::Transport(foreign_relay_state),
    ),
    ("bind-relaystate-xss", Action::Transport(script_in_relay_state)),
    ("bind-simplesign", Action::Value(say_it_of_the_victim)),
    ("bind-simplesign", Action::Signing(nobody)),
    ("bind-simplesign", Action::Transport(simple_sign)),
];

/// How long the lines of MIME are (RFC 2045 6.8).
const MIME_LINE: usize = 76;
/// How long a RelayState may be (saml-bindings 3.5.3), and one more.
const RELAY_STATE_TOO_LONG: usize = 81;
/// How large the form is by default, in bytes: more than a message needs, less than hurts.
const BIG: usize = 3 * 1024 * 1024;
/// How large the form may be.
const BIG_MAX: usize = 64 * 1024 * 1024;

/// The second address of which no metadata know.
fn retired_acs(form: &mut Form, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    form.action = match parameters.get("to") {
        Some(to) => web_address("to", to)?,
        None => format!("{}-retired", form.action),
    };
    Ok(())
}

fn elsewhere(form: &mut Form, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    form.action = match (parameters.get("to"), inputs.logout_url) {
        (Some(to), _) => web_address("to", to)?,
        (None, Some(logout_url)) => logout_url.to_owned(),
        (None, None) => return Err(FaultError::NoLogoutUrl),
    };
    Ok(())
}

/// A page must not send a script in place of a form.
fn web_address(name: &'static str, value: &str) -> Result<String, FaultError> {
    let is_one = Url::parse(value).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    match is_one {
        true => Ok(value.to_owned()),
        false => Err(FaultError::BadParameter {
            name,
            value: value.to_owned(),
            expected: "an address that begins with http:// or https://".to_owned(),
        }),
    }
}

#[derive(Clone, Copy)]
enum BadBase64 {
    Illegal,
    Unpadded,
    UrlSafe,
    Twice,
}

fn bad_base64(form: &mut Form, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let bad = choice(
        parameters,
        "form",
        &[
            ("illegal", BadBase64::Illegal),
            ("unpadded", BadBase64::Unpadded),
            ("url-safe", BadBase64::UrlSafe),
            ("twice", BadBase64::Twice),
        ],
    )?;
    // White space behind the message, which means nothing, makes sure that there is padding.
    let padded = |xml: &str| match xml.len() % 3 {
        0 => format!("{xml}\n"),
        _ => xml.to_owned(),
    };
    let value = match bad {
        BadBase64::Illegal => {
            let mut value = post_value(&form.xml);
            value.insert(value.len() / 2, '*');
            value
        }
        BadBase64::Unpadded => post_value(&padded(&form.xml)).trim_end_matches('=').to_owned(),
        // Three question marks are spelled with a character that differs.
        BadBase64::UrlSafe => URL_SAFE.encode(format!("{}<!--??????-->", form.xml)),
        BadBase64::Twice => STANDARD.encode(post_value(&form.xml)),
    };
    form.set(MESSAGE, value);
    Ok(())
}

/// Lines as MIME writes them, with spaces at their ends.
fn noise(form: &mut Form, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let value = post_value(&form.xml);
    let mut lines = String::with_capacity(value.len() * 2);
    for (at, character) in value.chars().enumerate() {
        if at > 0 && at % MIME_LINE == 0 {
            lines.push_str(" \r\n");
        }
        lines.push(character);
    }
    lines.push_str("  \r\n");
    form.set(MESSAGE, lines);
    Ok(())
}

fn plain(form: &mut Form, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let xml = form.xml.clone();
    form.set(MESSAGE, xml);
    Ok(())
}

fn big(form: &mut Form, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let bytes = number(parameters, "bytes", BIG, 1..=BIG_MAX)?;
    form.fields.push(("padding".to_owned(), "A".repeat(bytes)));
    Ok(())
}

fn content_type(form: &mut Form, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let enctypes = [("multipart", "multipart/form-data"), ("text", "text/plain")];
    form.enctype = Some(choice(parameters, "form", &enctypes)?);
    Ok(())
}

/// Once more, but said of the victim.
fn duplicate(form: &mut Form, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let in_query = choice(parameters, "second", &[("form", false), ("query", true)])?;
    let is_first = choice(parameters, "genuine", &[("first", true), ("last", false)])?;
    let forged = (
        MESSAGE.to_owned(),
        post_value(&forged(parameters, inputs)?.write()),
    );
    if in_query {
        let query = query_of(&forged);
        let separator = if form.action.contains('?') { '&' } else { '?' };
        form.action = format!("{}{separator}{query}", form.action);
    } else {
        let place = usize::from(is_first).min(form.fields.len());
        form.fields.insert(place, forged);
    }
    Ok(())
}

fn query_of((name, value): &(String, String)) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair(name, value).finish()
}

/// The fields in the query: the message as in a form, or deflated as by the Redirect binding.
fn get(form: &mut Form, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    form.method = "GET";
    if choice(parameters, "encoding", &[("base64", false), ("deflate", true)])? {
        let url = redirect_url(&form.action, Parameter::SamlResponse, &form.xml, None);
        let deflated = Url::parse(&url).ok().and_then(|url| {
            let mut pairs = url.query_pairs();
            let found = pairs.find(|(name, _)| name == MESSAGE);
            found.map(|(_, value)| value.into_owned())
        });
        form.set(MESSAGE, deflated.ok_or(FaultError::Unreadable)?);
    }
    Ok(())
}

fn missing(form: &mut Form, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    if choice(parameters, "form", &[("absent", true), ("empty", false)])? {
        form.fields.retain(|(name, _)| name != MESSAGE);
    } else {
        form.set(MESSAGE, "");
    }
    Ok(())
}

fn long_relay_state(form: &mut Form, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let length = number(parameters, "length", RELAY_STATE_TOO_LONG, 1..=1024 * 1024)?;
    form.set(RELAY_STATE, format!("/{}", "a".repeat(length - 1)));
    Ok(())
}

/// Back to where the sign-on ended, or began.
fn looping_relay_state(form: &mut Form, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let acs = form.action.clone();
    form.set(RELAY_STATE, parameters.get("value").cloned().unwrap_or(acs));
    Ok(())
}

fn foreign_relay_state(form: &mut Form, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let value = parameters
        .get("value")
        .map_or("https://evil.test/", String::as_str);
    form.set(RELAY_STATE, value);
    Ok(())
}

fn script_in_relay_state(form: &mut Form, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let value = parameters.get("value").map_or(SCRIPT, String::as_str);
    form.set(RELAY_STATE, value);
    Ok(())
}

/// What ends an attribute, a form and a text, and begins a script.
const SCRIPT: &str = "\"'></form></textarea><script>alert(1)</script>";

fn nobody(plan: &mut SigningPlan, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    plan.signer = Signer::Nobody;
    Ok(())
}

/// The message is signed beside it (saml-binding-simplesign 2.4.4), by the attackers.
fn simple_sign(form: &mut Form, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let relay_state = form.field(RELAY_STATE);
    let relay_state = relay_state.map_or_else(String::new, |value| format!("&{RELAY_STATE}={value}"));
    let signed = format!(
        "{MESSAGE}={}{relay_state}&SigAlg={}",
        form.xml,
        names::SIG_RSA_SHA256
    );
    let attacker = inputs.attacker()?;
    let sign = || {
        let mut signer = OpenSslSigner::new(MessageDigest::sha256(), attacker.key.private())?;
        signer.sign_oneshot_to_vec(signed.as_bytes())
    };
    let signature = sign().map_err(|_: openssl::error::ErrorStack| FaultError::NotSigned)?;
    form.set("SigAlg", names::SIG_RSA_SHA256);
    form.set("Signature", STANDARD.encode(signature));
    // It stands by itself, where no Signature around it says its namespace.
    let mut key_info = Tree::read(&super::forge::key_info(attacker.certificate.der()))?;
    key_info.set("xmlns", names::NS_DSIG);
    form.set("KeyInfo", STANDARD.encode(key_info.write()));
    Ok(())
}
