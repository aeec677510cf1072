//! What HTTP carried: the first state of a sign-on (entra-behaviour.md 2.3).

use saml_accept::binding::{DecodeError, Form, RawQuery, decode_post, decode_redirect};
use saml_accept::xml::Limits;

use super::UnverifiedRequest;
use crate::errors::{self, Stop};

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

/// A message and its RelayState, still encoded.
#[derive(Debug)]
pub(crate) struct RequestParam {
    binding: Binding,
    message: String,
    relay_state: Option<String>,
    /// The query's `login_hint` (2.3).
    login_hint: Option<String>,
}

impl RequestParam {
    /// Reads the query of a GET.
    ///
    /// # Errors
    /// 750054 where there is no message; 75005 where the query is no such thing.
    pub(crate) fn from_query(query: &str) -> Result<Self, Stop> {
        let query = RawQuery::parse(query).map_err(|error| stop(&error, Binding::Redirect))?;
        Self::from_parameters(Binding::Redirect, |name| query.parameter(name))
    }

    /// Reads the body of a POST. Without a message it is 75005: the text of 750054 speaks of a query string, and
    /// 7.2 has 75005 for missing fields (which of the two Entra gives here is not known).
    ///
    /// # Errors
    /// 75005.
    pub(crate) fn from_form(body: &[u8]) -> Result<Self, Stop> {
        let form = Form::parse(body).map_err(|error| stop(&error, Binding::Post))?;
        Self::from_parameters(Binding::Post, |name| form.parameter(name))
    }

    fn from_parameters(
        binding: Binding,
        parameter: impl Fn(&str) -> Result<Option<String>, DecodeError>,
    ) -> Result<Self, Stop> {
        let read = |name| parameter(name).map_err(|error| stop(&error, binding));
        // A response in place of a request is decoded too: what it is shows in its XML.
        let message = match read("SAMLRequest")? {
            Some(message) => Some(message),
            None => read("SAMLResponse")?,
        };
        Ok(Self {
            binding,
            message: message.ok_or_else(|| stop(&DecodeError::Missing, binding))?,
            relay_state: read("RelayState")?,
            login_hint: read("login_hint")?.filter(|hint| !hint.is_empty()),
        })
    }

    /// Decodes the binding and reads the message.
    ///
    /// # Errors
    /// 750056, 750055, 7500525, 75005, 7500529, 7500511, 7500522, 75016, in this order.
    pub(crate) fn decode(self) -> Result<UnverifiedRequest, Stop> {
        let limits = Limits::default();
        let xml = match self.binding {
            Binding::Redirect => decode_redirect(&self.message, &limits),
            Binding::Post => decode_post(&self.message, &limits),
        };
        let xml = xml.map_err(|error| stop(&error, self.binding))?;
        UnverifiedRequest::read(&xml, &limits, self.binding, self.relay_state, self.login_hint)
    }
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
