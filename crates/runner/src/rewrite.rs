//! Rewriting an SP's AuthnRequest on its way to the identity provider, as a person with a proxy would. It works on
//! what the browser carries, so for any SP.

mod message;

use std::borrow::Cow;

use saml_accept::binding::{decode_post, decode_redirect};
use saml_accept::xml::Limits;
use url::form_urlencoded::{byte_serialize, parse};
use url::{Origin, Url};

use crate::request::encode;
use crate::scenario::{Binding, Encoding, RequestChanges};

/// What carries the message.
const MESSAGE: &str = "SAMLRequest";
/// What carries a signature beside a message (saml-bindings 3.4.4.1).
const SIGNATURE: [&str; 2] = ["Signature", "SigAlg"];
/// What names the account (entra-behaviour.md 2.3).
const LOGIN_HINT: &str = "login_hint";

/// Rewrites the AuthnRequests that come from elsewhere to the identity provider.
#[derive(Clone, Debug)]
pub(crate) struct Rewriter {
    changes: RequestChanges,
    idp: Vec<Origin>,
    rewritten: usize,
}

impl Rewriter {
    /// A rewriter; `changes` are expanded already.
    pub(crate) fn new(changes: RequestChanges, idp: &[Origin]) -> Self {
        Self {
            changes,
            idp: idp.to_vec(),
            rewritten: 0,
        }
    }

    /// How many requests it has rewritten.
    pub(crate) fn rewritten(&self) -> usize {
        self.rewritten
    }

    /// Rewrites the message in the query, or in the form `body`, of what goes from `source` to `url`. What carries no
    /// AuthnRequest to the identity provider stays, and what the identity provider sends to itself.
    ///
    /// # Errors
    /// Why the SP's message cannot be read or changed.
    pub(crate) fn apply(
        &mut self,
        source: Option<&Origin>,
        url: &mut Url,
        body: &mut Option<String>,
    ) -> Result<(), String> {
        let crosses = source.is_some_and(|source| !self.idp.contains(source));
        if !crosses || !self.idp.contains(&url.origin()) {
            return Ok(());
        }
        let query = url.query().unwrap_or_default().to_owned();
        let (query, form) = match body {
            Some(form) => (query, self.parameters(form, Binding::Post)?),
            None => match self.parameters(&query, Binding::Redirect)? {
                Some(query) => (query, None),
                None => return Ok(()),
            },
        };
        if let Some(form) = form {
            *body = Some(form);
        } else if body.is_some() {
            return Ok(());
        }
        let query = match &self.changes.login_hint {
            Some(hint) => with_login_hint(&query, hint),
            None => query,
        };
        url.set_query(Some(query.as_str()).filter(|query| !query.is_empty()));
        self.rewritten += 1;
        Ok(())
    }

    /// Changes the message among `parameters`; `None`: there is none. What is not touched stays byte for byte.
    fn parameters(&self, parameters: &str, binding: Binding) -> Result<Option<String>, String> {
        let Some(value) = parameter(parameters, MESSAGE) else {
            return Ok(None);
        };
        let limits = Limits::default();
        let (bytes, encoding) = match binding {
            Binding::Redirect => (decode_redirect(&value, &limits), Encoding::Deflate),
            Binding::Post => (decode_post(&value, &limits), Encoding::Base64),
        };
        let unreadable =
            |reason: &dyn std::fmt::Display| format!("the SP's AuthnRequest cannot be rewritten: {reason}");
        let bytes = bytes.map_err(|error| unreadable(&error))?;
        let xml = std::str::from_utf8(&bytes).map_err(|error| unreadable(&error))?;
        let changed = message::rewrite(xml, &self.changes).map_err(|reason| unreadable(&reason))?;
        let value: Option<String> = (changed != xml)
            .then(|| byte_serialize(encode(&changed, encoding, binding).as_bytes()).collect());
        let kept = parameters.split('&').filter_map(|piece| {
            let name = name_of(piece);
            match &value {
                Some(value) if name == MESSAGE => Some(Cow::Owned(format!("{MESSAGE}={value}"))),
                _ if self.changes.unsigned && SIGNATURE.contains(&&*name) => None,
                _ => Some(Cow::Borrowed(piece)),
            }
        });
        Ok(Some(kept.collect::<Vec<_>>().join("&")))
    }
}

/// `query` with this `login_hint` and no other; with none where `hint` is empty.
pub(crate) fn with_login_hint(query: &str, hint: &str) -> String {
    let mut pieces: Vec<_> = query
        .split('&')
        .filter(|piece| !piece.is_empty() && name_of(piece) != LOGIN_HINT)
        .map(ToOwned::to_owned)
        .collect();
    if !hint.is_empty() {
        let value: String = byte_serialize(hint.as_bytes()).collect();
        pieces.push(format!("{LOGIN_HINT}={value}"));
    }
    pieces.join("&")
}

fn parameter(parameters: &str, name: &str) -> Option<String> {
    parse(parameters.as_bytes())
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

fn name_of(piece: &str) -> Cow<'_, str> {
    parse(piece.as_bytes())
        .next()
        .map(|(name, _)| name)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
