//! What a flow is made of.

use std::borrow::Cow;

use control_api::flow::IdpEvent;
use control_api::idp::FaultSpec;
use control_api::message::carried_sha256;
use jiff::SignedDuration;
use uuid::Uuid;

use super::Carried;
use crate::limits::{EVENT_TEXT_MAX, FLOW_MESSAGE_BYTES_MAX, shortened};
use crate::tenant::App;

/// Something that happened in a flow.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    /// It began, or went on, with this; the application by id and name, where it is known.
    Began {
        start: Start,
        app: Option<(Uuid, String)>,
    },
    /// A message came by HTTP-POST, or to the control route as a query. That of an HTTP-Redirect is in its [`Hop`].
    Received(Received),
    /// A page asked for this.
    Asked { what: &'static str, user: String },
    /// Faults that were armed took effect here.
    Armed(Vec<FaultSpec>),
    /// An event.
    Event(IdpEvent),
    /// A message went out.
    Sent(Sent),
    /// The mock itself could not go on.
    Mishap(String),
    /// The HTTP request with its answer.
    Hop(Hop),
}

/// How a flow began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// An SP sent an AuthnRequest.
    Sp,
    /// A tile.
    Idp,
    /// The admin center's Test button.
    Test,
    /// My Apps.
    MyApps,
    /// The control route.
    Control,
    /// An SP sent a LogoutRequest.
    SignOutSp,
    /// The user signed out at the identity provider.
    SignOutIdp,
}

impl Start {
    /// In words.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Sp => "SP",
            Self::Idp => "IdP",
            Self::Test => "Test",
            Self::MyApps => "My Apps",
            Self::Control => "Control API",
            Self::SignOutSp => "Sign-out, SP",
            Self::SignOutIdp => "Sign-out, IdP",
        }
    }
}

/// A text of at most [`FLOW_MESSAGE_BYTES_MAX`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    text: Box<str>,
    bytes: usize,
}

impl Kept {
    /// Keeps a text, or its beginning.
    pub(crate) fn new(text: &str) -> Self {
        Self {
            text: beginning(text, FLOW_MESSAGE_BYTES_MAX).into(),
            bytes: text.len(),
        }
    }

    /// What was kept.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// How long it was, in bytes, where it was not kept whole.
    pub(crate) fn cut(&self) -> Option<usize> {
        (self.text.len() < self.bytes).then_some(self.bytes)
    }
}

/// The beginning of a text, in bytes.
fn beginning(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

/// A message that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// In a form.
    Form {
        /// `SAMLRequest` or `SAMLResponse`.
        parameter: &'static str,
        /// Its value.
        message: Kept,
        /// `RelayState`.
        relay_state: Option<Kept>,
    },
    /// In a query, as it came.
    Query(Kept),
}

/// A message that went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// The application's id: its name may change, and another may take it.
    pub(crate) app_id: Option<Uuid>,
    /// The application.
    pub(crate) app: String,
    /// Where it goes; of an HTTP-Redirect without the query.
    pub(crate) to: String,
    /// By which the service provider tells it from others (see [`control_api::message`]); `None`: nothing is in its field.
    pub(crate) sha256: Option<String>,
    /// The message.
    pub(crate) message: Message,
}

/// How a message went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// By a form that the browser posts.
    Post(Box<Posted>),
    /// By the address, whole.
    Redirect(Kept),
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Posted {
    /// As it was sent.
    pub(crate) xml: Kept,
    /// With its assertion open, where that was encrypted.
    pub(crate) open: Option<Kept>,
    /// What would have been sent without the faults, where there were some; its assertion open.
    pub(crate) honest: Option<Kept>,
    /// How the form differs from Entra's, where faults changed it.
    pub(crate) carried: Option<Carried>,
    /// `RelayState`.
    pub(crate) relay_state: Option<Kept>,
}

impl From<Posted> for Message {
    fn from(posted: Posted) -> Self {
        Self::Post(Box::new(posted))
    }
}

impl Sent {
    /// By an address that the browser loads.
    pub(crate) fn redirect(app_id: Option<Uuid>, app: &str, address: &str) -> Self {
        Self {
            app_id,
            app: app.to_owned(),
            to: address.split('?').next().unwrap_or_default().to_owned(),
            sha256: address
                .split_once('?')
                .and_then(|(_, query)| carried_sha256(query.as_bytes())),
            message: Message::Redirect(Kept::new(address)),
        }
    }
}

/// An HTTP request at the mock, and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hop {
    /// The verb.
    pub(crate) method: String,
    /// The path.
    pub(crate) path: String,
    /// The query; see [`without_secrets`].
    pub(crate) query: Option<Kept>,
    /// Headers that are no secrets.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Status code.
    pub(crate) status: u16,
    /// Headers of the answer that are no secrets.
    pub(crate) answer_headers: Vec<(&'static str, String)>,
    /// How long the answer is, in bytes, where that is known.
    pub(crate) bytes: Option<u64>,
    /// How long it took, by the real clock.
    pub(crate) took: SignedDuration,
}

/// The parameters whose values are recorded.
const RECORDED: &[&str] = &[
    "SAMLRequest",
    "SAMLResponse",
    "RelayState",
    "SAMLEncoding",
    "SigAlg",
    "Signature",
    "client-request-id",
    "domain_hint",
    "login_hint",
    "tenantId",
    "whr",
];

/// What stands in the place of any other value.
const NOT_RECORDED: &str = "(not-recorded)";

/// A query as it came, but for the values of parameters that are none of the protocol's.
pub(crate) fn without_secrets(query: &str) -> Cow<'_, str> {
    let is_open = |pair: &&str| {
        let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
        name == *pair || RECORDED.contains(&name)
    };
    if query.split('&').all(|pair| is_open(&pair)) {
        return Cow::Borrowed(query);
    }
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if !is_open(&pair) => Cow::Owned(format!("{name}={NOT_RECORDED}")),
        _ => Cow::Borrowed(pair),
    });
    Cow::Owned(pairs.collect::<Vec<_>>().join("&"))
}

impl Item {
    /// A flow of this application.
    pub(crate) fn began(start: Start, app: Option<&App>) -> Self {
        Self::Began {
            start,
            app: app.map(|app| (app.id, app.entry.name.clone())),
        }
    }

    /// With every text shortened; messages are [`Kept`] already.
    pub(super) fn bounded(mut self) -> Self {
        for text in self.texts() {
            if text.len() > EVENT_TEXT_MAX {
                *text = shortened(text, EVENT_TEXT_MAX).into_owned();
            }
        }
        self
    }

    /// How much memory its texts take, in bytes.
    pub(super) fn bytes(&mut self) -> usize {
        let mut texts: usize = self
            .texts()
            .iter()
            .map(|text| size_of::<String>() + text.len())
            .sum();
        let kept = |kept: &Kept| kept.text.len();
        let option = |option: &Option<Kept>| option.as_ref().map_or(0, |kept| kept.text.len());
        texts += match self {
            Self::Received(Received::Query(query)) => kept(query),
            Self::Received(Received::Form {
                message, relay_state, ..
            }) => kept(message) + option(relay_state),
            Self::Sent(Sent { message, .. }) => match message {
                Message::Redirect(address) => kept(address),
                Message::Post(posted) => {
                    size_of::<Posted>()
                        + kept(&posted.xml)
                        + option(&posted.open)
                        + option(&posted.honest)
                        + posted.carried.as_ref().map_or(0, Carried::bytes)
                        + option(&posted.relay_state)
                }
            },
            Self::Hop(hop) => option(&hop.query),
            _ => 0,
        };
        texts
    }

    /// Every text that is shortened.
    fn texts(&mut self) -> Vec<&mut String> {
        match self {
            Self::Began { app, .. } => app.iter_mut().map(|(_, name)| name).collect(),
            Self::Received(_) => Vec::new(),
            Self::Asked { user, .. } => vec![user],
            Self::Armed(faults) => faults
                .iter_mut()
                .flat_map(|fault| std::iter::once(&mut fault.id).chain(fault.parameters.values_mut()))
                .collect(),
            Self::Event(event) => texts_of(event),
            Self::Sent(sent) => [&mut sent.app, &mut sent.to]
                .into_iter()
                .chain(&mut sent.sha256)
                .collect(),
            Self::Mishap(text) => vec![text],
            Self::Hop(hop) => {
                let headers = hop.headers.iter_mut().chain(&mut hop.answer_headers);
                [&mut hop.method, &mut hop.path]
                    .into_iter()
                    .chain(headers.map(|(_, value)| value))
                    .collect()
            }
        }
    }
}

fn texts_of(event: &mut IdpEvent) -> Vec<&mut String> {
    match event {
        IdpEvent::RequestReceived {
            request_id,
            issuer,
            binding,
        } => vec![request_id, issuer, binding],
        IdpEvent::Stopped {
            code,
            message,
            faults,
        } => [code, message].into_iter().chain(faults).collect(),
        IdpEvent::Authenticated { upn, .. } => vec![upn],
        IdpEvent::LogoutRequested { request_id, issuer } => vec![request_id, issuer],
        IdpEvent::SignedOut { upn, told } => [upn].into_iter().chain(told).collect(),
        IdpEvent::LogoutIssued {
            message_id,
            app,
            thumbprint,
            faults,
        } => [message_id, app, thumbprint].into_iter().chain(faults).collect(),
        IdpEvent::MetadataServed { app, faults } => [app].into_iter().chain(faults).collect(),
        IdpEvent::FailureIssued {
            response_id,
            app,
            code,
            faults,
        } => [response_id, app, code].into_iter().chain(faults).collect(),
        IdpEvent::ResponseIssued {
            response_id,
            assertion_id,
            app,
            name_id,
            thumbprint,
            encrypted_to,
            faults,
        } => [response_id, assertion_id, app, name_id, thumbprint]
            .into_iter()
            .chain(encrypted_to)
            .chain(faults)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_protocols_own_parameters_are_recorded() {
        for (query, recorded) in [
            ("", ""),
            (
                "SAMLRequest=a%2B&RelayState=b&x",
                "SAMLRequest=a%2B&RelayState=b&x",
            ),
            (
                "SAMLRequest=a&code=secret&Signature=s&token=t=u",
                "SAMLRequest=a&code=(not-recorded)&Signature=s&token=(not-recorded)",
            ),
            ("samlrequest=a", "samlrequest=(not-recorded)"),
        ] {
            assert_eq!(without_secrets(query), recorded);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let kept = Kept::new(&"ü".repeat(FLOW_MESSAGE_BYTES_MAX));
        assert_eq!(kept.text().len(), FLOW_MESSAGE_BYTES_MAX);
        assert_eq!(kept.cut(), Some(2 * FLOW_MESSAGE_BYTES_MAX));
        let odd = Kept::new(&format!("a{}", "ü".repeat(FLOW_MESSAGE_BYTES_MAX)));
        assert_eq!(odd.text().len(), FLOW_MESSAGE_BYTES_MAX - 1);
        assert_eq!(Kept::new("ü").cut(), None);
    }
}
