//! What HTTP carried: the first state of a sign-on or a sign-out (entra-behaviour.md 2.3).

use saml_accept::binding::{DecodeError, Form, Parameter, RawQuery, decode_post, decode_redirect};
use saml_accept::request::{Message, RequestError, message};
use saml_accept::xml::Limits;
use saml_model::LogoutRequest;

use super::UnverifiedRequest;
use super::signature::SignatureSource;
use crate::errors::{self, Stop};
use crate::flows::{Kept, Received};
use crate::limits::{FIELD_CHARACTERS_MAX, MESSAGE_ID_CHARACTERS_MAX, RELAY_STATE_BYTES_MAX, is_longer};

/// A `login_hint` as it is heeded: one that is empty or longer than any user name is none.
pub(crate) fn login_hint(value: String) -> Option<String> {
    (!value.is_empty() && !is_longer(&value, FIELD_CHARACTERS_MAX)).then_some(value)
}

/// How a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    /// HTTP-Redirect.
    Redirect,
    /// HTTP-POST.
    Post,
}

impl Binding {
    /// The word of a recorded event.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::Post => "post",
        }
    }
}

/// A message and what came beside it, still encoded.
#[derive(Debug)]
pub(crate) struct RequestParam {
    carrier: Carrier,
    parameter: Parameter,
    message: String,
    relay_state: Option<String>,
    /// The query's `login_hint` (2.3); `domain_hint` and `whr` choose among home realms, of which there are none here.
    login_hint: Option<String>,
}

/// What a binding keeps for the signature.
#[derive(Debug)]
enum Carrier {
    /// The query as it came.
    Query(String),
    Form,
}

/// A message of any kind that comes to `/{tenant}/saml2`.
#[derive(Debug)]
pub(crate) enum Decoded {
    /// An AuthnRequest.
    SignOn(Box<UnverifiedRequest>),
    /// A LogoutRequest.
    SignOut(Box<SignOutRequest>),
    /// An SP's answer to a LogoutRequest.
    LogoutResponse,
}

/// A LogoutRequest with what came beside it; its signature is not looked at (6).
#[derive(Debug)]
pub(crate) struct SignOutRequest {
    /// The message.
    pub(crate) request: LogoutRequest,
    /// How it came.
    pub(crate) binding: Binding,
    /// `RelayState`.
    pub(crate) relay_state: Option<String>,
}

impl RequestParam {
    /// Reads the query of a GET.
    ///
    /// # Errors
    /// 750054 where there is no message; 75005 where the query is no such thing or the RelayState is too long.
    pub(crate) fn from_query(query: &str) -> Result<Self, Stop> {
        let carrier = Carrier::Query(query.to_owned());
        let query = RawQuery::parse(query).map_err(|error| stop(&error, Binding::Redirect))?;
        Self::from_parameters(carrier, |name| query.parameter(name))
    }

    /// Reads the body of a POST. Without a message it is 75005: the text of 750054 speaks of a query string, and
    /// 7.2 has 75005 for missing fields (which of the two Entra gives here is not known).
    ///
    /// # Errors
    /// 75005.
    pub(crate) fn from_form(body: &[u8]) -> Result<Self, Stop> {
        let form = Form::parse(body).map_err(|error| stop(&error, Binding::Post))?;
        Self::from_parameters(Carrier::Form, |name| form.parameter(name))
    }

    fn from_parameters(
        carrier: Carrier,
        value: impl Fn(&str) -> Result<Option<String>, DecodeError>,
    ) -> Result<Self, Stop> {
        let binding = carrier.binding();
        let read = |name| value(name).map_err(|error| stop(&error, binding));
        let (parameter, message) = match read("SAMLRequest")? {
            Some(message) => (Parameter::SamlRequest, Some(message)),
            None => (Parameter::SamlResponse, read("SAMLResponse")?),
        };
        Ok(Self {
            carrier,
            parameter,
            message: message.ok_or_else(|| stop(&DecodeError::Missing, binding))?,
            relay_state: read("RelayState")?.map(short_relay_state).transpose()?,
            login_hint: read("login_hint")?.and_then(login_hint),
        })
    }

    /// What is recorded of a form. What a query carries is recorded with the request.
    pub(crate) fn received(&self) -> Option<Received> {
        match self.carrier {
            Carrier::Query(_) => None,
            Carrier::Form => Some(Received::Form {
                parameter: self.parameter.name(),
                message: Kept::new(&self.message),
                relay_state: self.relay_state.as_deref().map(Kept::new),
            }),
        }
    }

    /// Decodes the binding and reads the message, whichever it is. What is larger than the parser takes is
    /// neither decoded nor inflated whole, and is told to be no message: what Entra says then is not known (uncertain).
    ///
    /// # Errors
    /// 750056, 750055, 7500525, 75005, 7500529, 7500511, 7500522, in this order.
    pub(crate) fn decode(self) -> Result<Decoded, Stop> {
        let limits = Limits::default();
        let binding = self.carrier.binding();
        let xml = match binding {
            Binding::Redirect => decode_redirect(&self.message, &limits),
            Binding::Post => decode_post(&self.message, &limits),
        };
        let xml = xml.map_err(|error| stop(&error, binding))?;
        let message = message(&xml, &limits).map_err(|error| unreadable(&error))?;
        check_id(&message)?;
        match (message, self.parameter) {
            (Message::AuthnRequest(request), Parameter::SamlRequest) => {
                let signature = match self.carrier {
                    Carrier::Query(query) => SignatureSource::Query(query),
                    Carrier::Form => SignatureSource::Message(xml),
                };
                UnverifiedRequest::new(request, signature, self.relay_state, self.login_hint)
                    .map(|request| Decoded::SignOn(Box::new(request)))
            }
            (Message::LogoutRequest(request), Parameter::SamlRequest) => {
                let sent = SignOutRequest {
                    request,
                    binding,
                    relay_state: self.relay_state,
                };
                Ok(Decoded::SignOut(Box::new(sent)))
            }
            (Message::LogoutResponse(_), Parameter::SamlResponse) => Ok(Decoded::LogoutResponse),
            // A request in a response's place, or the other way round.
            _ => Err(Stop::new(errors::NOT_A_REQUEST, &[])),
        }
    }
}

impl Carrier {
    fn binding(&self) -> Binding {
        match self {
            Self::Query(_) => Binding::Redirect,
            Self::Form => Binding::Post,
        }
    }
}

/// What is longer is told to be no message: what Entra says then is not known (uncertain).
fn short_relay_state(value: String) -> Result<String, Stop> {
    if value.len() <= RELAY_STATE_BYTES_MAX {
        return Ok(value);
    }
    let advice = format!("The RelayState has more than {RELAY_STATE_BYTES_MAX} bytes.");
    Err(Stop::new(errors::NOT_A_REQUEST, &[]).advised(advice))
}

/// An ID is kept while the user signs in, and repeated in the answer. One that is too long is told to be no message
/// (uncertain).
fn check_id(message: &Message) -> Result<(), Stop> {
    let id = match message {
        Message::AuthnRequest(request) => &request.id,
        Message::LogoutRequest(request) => &request.id,
        _ => return Ok(()),
    };
    if !is_longer(id, MESSAGE_ID_CHARACTERS_MAX) {
        return Ok(());
    }
    let advice = format!("The message's ID has more than {MESSAGE_ID_CHARACTERS_MAX} characters.");
    Err(Stop::new(errors::NOT_A_REQUEST, &[]).advised(advice))
}

fn stop(error: &DecodeError, binding: Binding) -> Stop {
    let row = match (error, binding) {
        (DecodeError::Missing, Binding::Redirect) => errors::NO_MESSAGE,
        (DecodeError::NotBase64, _) => errors::NOT_BASE64,
        (DecodeError::NotDeflated | DecodeError::TrailingBytes, _) => errors::NOT_DEFLATED,
        _ => errors::NOT_A_REQUEST,
    };
    Stop::new(row, &[])
}

fn unreadable(error: &RequestError) -> Stop {
    match error {
        RequestError::InvalidId { value } => Stop::new(errors::INVALID_ID, &[("id", value)]),
        RequestError::AttributeNotUri { attribute, .. } => {
            Stop::new(errors::ATTRIBUTE_NOT_URI, &[("name", attribute)])
        }
        RequestError::ElementNotUri {
            element, namespace, ..
        } => Stop::new(
            errors::ELEMENT_NOT_URI,
            &[("name", element), ("namespace", namespace)],
        ),
        RequestError::Xml { line, column, .. } => {
            let (line, position) = (line.to_string(), column.to_string());
            Stop::new(errors::XML_ERROR, &[("line", &line), ("position", &position)])
        }
        _ => Stop::new(errors::NOT_A_REQUEST, &[]),
    }
}
