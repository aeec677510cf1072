//! The messages that come to an identity provider, and the answers to its own: `samlp:AuthnRequest`,
//! `samlp:LogoutRequest`, `samlp:LogoutResponse`, from bytes to their values (saml-core 3.4.1, 3.7;
//! entra-behaviour.md 2.1, 6).
//!
//! A signature is not verified by reading: Entra ignores it unless told otherwise. The one in a query
//! [`crate::signature::verify_query`] verifies, the one inside an AuthnRequest [`EnvelopedSignature`], the one inside a message
//! of single sign-out [`EnvelopedLogout`].

mod authn;
mod enveloped;
mod error;
mod logout;

pub use enveloped::{EnvelopedLogout, EnvelopedSignature, SignedRequest, SignedRequestError};
pub use error::RequestError;

use saml_model::names::{NS_PROTOCOL, VERSION};
use saml_model::{AuthnRequest, LogoutRequest, LogoutResponse, Timestamp};

use crate::malformed::Malformed;
use crate::sequence::required_instant;
use crate::xml::{self, Document, Element, Limits, is_ncname};

/// A message of one of the kinds that are read here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// `samlp:AuthnRequest`.
    AuthnRequest(AuthnRequest),
    /// `samlp:LogoutRequest`.
    LogoutRequest(LogoutRequest),
    /// `samlp:LogoutResponse`.
    LogoutResponse(LogoutResponse),
}

/// Reads whichever message it is.
///
/// Attributes that the root element does not have are ignored, as Entra does; a wrong child element, or a wrong attribute
/// below the root, is an error of the XML.
///
/// # Errors
///
/// See [`RequestError`].
pub fn message(xml: &[u8], limits: &Limits) -> Result<Message, RequestError> {
    let document = parse(xml, limits)?;
    let root = document.root();
    match root.name() {
        _ if root.namespace() != Some(NS_PROTOCOL) => {}
        "AuthnRequest" => return authn::read(root).map(Message::AuthnRequest),
        "LogoutRequest" => return logout::read_request(root).map(Message::LogoutRequest),
        "LogoutResponse" => return logout::read_response(root).map(Message::LogoutResponse),
        _ => {}
    }
    Err(not_expected(root, "a request or a logout response of SAML 2.0"))
}

/// Reads an AuthnRequest, as [`message`] does.
///
/// # Errors
///
/// See [`RequestError`].
pub fn authn_request(xml: &[u8], limits: &Limits) -> Result<AuthnRequest, RequestError> {
    let document = parse(xml, limits)?;
    let root = document.root();
    if root.is(NS_PROTOCOL, "AuthnRequest") {
        authn::read(root)
    } else {
        Err(not_expected(root, "samlp:AuthnRequest"))
    }
}

/// Reads a LogoutRequest, as [`message`] does. One without a `NameID` is sound here.
///
/// # Errors
///
/// See [`RequestError`].
pub fn logout_request(xml: &[u8], limits: &Limits) -> Result<LogoutRequest, RequestError> {
    let document = parse(xml, limits)?;
    let root = document.root();
    if root.is(NS_PROTOCOL, "LogoutRequest") {
        logout::read_request(root)
    } else {
        Err(not_expected(root, "samlp:LogoutRequest"))
    }
}

/// Reads a LogoutResponse, as [`message`] does.
///
/// # Errors
///
/// See [`RequestError`].
pub fn logout_response(xml: &[u8], limits: &Limits) -> Result<LogoutResponse, RequestError> {
    let document = parse(xml, limits)?;
    let root = document.root();
    if root.is(NS_PROTOCOL, "LogoutResponse") {
        logout::read_response(root)
    } else {
        Err(not_expected(root, "samlp:LogoutResponse"))
    }
}

fn parse(xml: &[u8], limits: &Limits) -> Result<Document, RequestError> {
    Ok(xml::parse(xml, limits).map_err(Malformed::from)?)
}

fn not_expected(root: Element<'_>, expected: &'static str) -> RequestError {
    RequestError::NotExpected {
        expected,
        root: root.name().to_owned(),
        namespace: root.namespace().map(str::to_owned),
    }
}

/// What every message begins with (saml-core 3.2.1, 3.2.2).
struct Head<'d> {
    root: Element<'d>,
    id: String,
    version: String,
}

impl<'d> Head<'d> {
    fn read(root: Element<'d>) -> Result<Self, RequestError> {
        let version = required(root, "Version")?;
        if version != VERSION {
            return Err(RequestError::Version {
                found: version.to_owned(),
            });
        }
        let id = required(root, "ID")?;
        if !is_ncname(id) {
            return Err(RequestError::InvalidId { value: id.to_owned() });
        }
        required(root, "IssueInstant")?;
        Ok(Self {
            root,
            id: id.to_owned(),
            version: version.to_owned(),
        })
    }

    /// `IssueInstant`, after the children: what is wrong with them is said first.
    fn issue_instant(&self) -> Result<Timestamp, Malformed> {
        required_instant(self.root, "IssueInstant")
    }
}

fn required<'d>(root: Element<'d>, attribute: &'static str) -> Result<&'d str, RequestError> {
    root.attribute(attribute)
        .ok_or(RequestError::Missing { attribute })
}
