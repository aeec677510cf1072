//! The messages of a flow, decoded for the reader. What was recorded is what came and went; nothing here is kept.

use jiff::Timestamp;
use saml_accept::binding::{RawQuery, decode_post, decode_redirect};
use saml_accept::xml::{self, Limits};

use uuid::Uuid;

use crate::flows::{Carried, Entry, Item, Kept, Message, Received, Recorded};

/// A message that came.
pub(crate) struct Incoming {
    /// When.
    pub(crate) at: Timestamp,
    /// In which HTTP request.
    pub(crate) request: u64,
    /// `HTTP-Redirect` or `HTTP-POST`.
    pub(crate) binding: &'static str,
    /// `SAMLRequest` or `SAMLResponse`.
    pub(crate) parameter: &'static str,
    /// The parameter's value: of a query as it stands there, percent-encoded.
    pub(crate) raw: String,
    /// The message, or why it cannot be read.
    pub(crate) xml: Result<String, String>,
    /// `RelayState`.
    pub(crate) relay_state: Option<String>,
    /// The query's `login_hint`.
    pub(crate) login_hint: Option<String>,
    /// The query as it came, where it did.
    pub(crate) query: Option<String>,
}

/// A message that went out.
pub(crate) struct Outgoing {
    /// When.
    pub(crate) at: Timestamp,
    /// In which HTTP request.
    pub(crate) request: u64,
    /// The application's id.
    pub(crate) app_id: Option<Uuid>,
    /// The application.
    pub(crate) app: String,
    /// Where it went.
    pub(crate) to: String,
    /// `HTTP-Redirect` or `HTTP-POST`.
    pub(crate) binding: &'static str,
    /// `SAMLRequest` or `SAMLResponse`.
    pub(crate) parameter: &'static str,
    /// The form's field as it was posted, or the address as it was loaded.
    pub(crate) raw: String,
    /// The message, or why it is not shown.
    pub(crate) xml: Result<String, String>,
    /// The message with its assertion open, where that was encrypted.
    pub(crate) open: Option<String>,
    /// The message without the faults, where there were some; its assertion open.
    pub(crate) honest: Option<String>,
    /// How the form differs from Entra's, where it does.
    pub(crate) carried: Option<Carried>,
    /// `RelayState`.
    pub(crate) relay_state: Option<String>,
}

/// The parameters that carry a message.
const PARAMETERS: [&str; 2] = ["SAMLRequest", "SAMLResponse"];

const REDIRECT: &str = "HTTP-Redirect";
const POST: &str = "HTTP-POST";

/// The messages that came, oldest first.
pub(crate) fn incoming(recorded: &Recorded) -> Vec<Incoming> {
    let of_entry = |entry: &Entry| match &entry.item {
        Item::Received(Received::Query(query)) => in_query(entry, query),
        Item::Hop(hop) => in_query(entry, hop.query.as_ref()?),
        Item::Received(Received::Form {
            parameter,
            message,
            relay_state,
        }) => Some(Incoming {
            at: entry.at,
            request: entry.request,
            binding: POST,
            parameter,
            raw: message.text().to_owned(),
            xml: readable(message, |value| text(decode_post(value, &Limits::default()))),
            relay_state: relay_state.as_ref().map(|kept| kept.text().to_owned()),
            login_hint: None,
            query: None,
        }),
        _ => None,
    };
    recorded.entries.iter().filter_map(of_entry).collect()
}

fn in_query(entry: &Entry, kept: &Kept) -> Option<Incoming> {
    let query = RawQuery::parse(kept.text()).ok()?;
    let (parameter, raw) = PARAMETERS
        .into_iter()
        .find_map(|name| Some((name, query.raw(name).ok()??)))?;
    let value = |name: &str| query.parameter(name).ok().flatten();
    Some(Incoming {
        at: entry.at,
        request: entry.request,
        binding: REDIRECT,
        parameter,
        raw: raw.to_owned(),
        xml: readable(kept, |_| redirected(&value(parameter).unwrap_or_default())),
        relay_state: value("RelayState"),
        login_hint: value("login_hint"),
        query: Some(kept.text().to_owned()),
    })
}

/// The messages that went out, oldest first.
pub(crate) fn outgoing(recorded: &Recorded) -> Vec<Outgoing> {
    let of_entry = |entry: &Entry| {
        let Item::Sent(sent) = &entry.item else {
            return None;
        };
        let outgoing = Outgoing {
            at: entry.at,
            request: entry.request,
            app_id: sent.app_id,
            app: sent.app.clone(),
            to: sent.to.clone(),
            binding: POST,
            parameter: PARAMETERS[1],
            raw: String::new(),
            xml: Err(String::new()),
            open: None,
            honest: None,
            carried: None,
            relay_state: None,
        };
        Some(match &sent.message {
            Message::Post(posted) => Outgoing {
                raw: saml_emit::binding::post_value(posted.xml.text()),
                xml: readable(&posted.xml, |xml| Ok(xml.to_owned())),
                open: posted.open.as_ref().and_then(whole),
                honest: posted.honest.as_ref().and_then(whole),
                carried: posted.carried.clone(),
                relay_state: posted.relay_state.as_ref().map(|kept| kept.text().to_owned()),
                ..outgoing
            },
            Message::Redirect(address) => by_address(outgoing, address),
        })
    };
    recorded.entries.iter().filter_map(of_entry).collect()
}

fn by_address(outgoing: Outgoing, address: &Kept) -> Outgoing {
    let query = address.text().split_once('?').map_or("", |(_, query)| query);
    let query = RawQuery::parse(query).ok();
    let value = |name: &str| query.as_ref()?.parameter(name).ok().flatten();
    let named = PARAMETERS.into_iter().find_map(|name| Some((name, value(name)?)));
    let (parameter, message) = named.unwrap_or((PARAMETERS[0], String::new()));
    Outgoing {
        binding: REDIRECT,
        parameter,
        raw: address.text().to_owned(),
        xml: readable(address, |_| redirected(&message)),
        relay_state: value("RelayState"),
        ..outgoing
    }
}

fn redirected(value: &str) -> Result<String, String> {
    text(decode_redirect(value, &Limits::default()))
}

fn text<E: std::fmt::Display>(bytes: Result<Vec<u8>, E>) -> Result<String, String> {
    bytes
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .map_err(|error| format!("It cannot be decoded: {error}."))
}

/// A text that was kept whole.
fn whole(kept: &Kept) -> Option<String> {
    kept.cut().is_none().then(|| kept.text().to_owned())
}

/// What was not kept whole cannot be read.
fn readable(kept: &Kept, read: impl FnOnce(&str) -> Result<String, String>) -> Result<String, String> {
    match kept.cut() {
        Some(bytes) => Err(format!(
            "It had {bytes} bytes, of which only the beginning was kept."
        )),
        None => read(kept.text()),
    }
}

/// `ID` of a message.
pub(crate) fn id_of(xml: &str) -> Option<String> {
    let document = xml::parse(xml.as_bytes(), &Limits::default()).ok()?;
    document.root().attribute("ID").map(str::to_owned)
}
