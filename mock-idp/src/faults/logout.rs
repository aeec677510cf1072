//! A message of single sign-out with faults, from its value to what carries it (saml-core 3.7, saml-profiles 4.4;
//! entra-behaviour.md 6).
//!
//! The stages are those of a response: the value, who signs, the signed octets, the way. By HTTP-Redirect the query is signed,
//! by HTTP-POST, which Entra never uses here, the message.

pub(super) mod query;

use std::sync::Arc;

use certs::KeyedCertificate;
use jiff::Timestamp;
use saml_emit::binding::{Parameter, deflate, post_value};
use saml_model::{LogoutRequest, LogoutResponse, NameId, SignatureAlgorithm};
use uuid::Uuid;

pub(super) use query::Query;

use super::forge::Forge;
use super::transport::RELAY_STATE;
use super::tree::Tree;
use super::{Action, Chosen, FaultError, Form, Parameters, Signer, SigningPlan};
use crate::tenant::certificates::{AppCertificate, Vault};

/// Which message of single sign-out a fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// The LogoutRequest to the service provider.
    Request,
    /// The LogoutResponse to the service provider.
    Response,
    /// Either of them.
    Either,
}

/// What a fault does to a message of single sign-out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// Nothing: the message is as SAML has it, not as Entra has it.
    Nothing,
    /// To the value of a LogoutRequest.
    Request(fn(&mut LogoutRequest, &Parameters, &Inputs<'_>) -> Result<(), FaultError>),
    /// To the value of a LogoutResponse.
    Response(fn(&mut LogoutResponse, &Parameters, &Inputs<'_>) -> Result<(), FaultError>),
    /// Who signs.
    Signing(fn(&mut SigningPlan)),
    /// To the document as it is sent: a signature of the query is over it, one in the message is not.
    Document(fn(&str, &Parameters, &Inputs<'_>) -> Result<String, FaultError>),
    /// To the document when all is signed.
    Tampered(fn(&str, &Parameters, &Inputs<'_>) -> Result<String, FaultError>),
    /// To the DEFLATE-encoded document, before the query is signed.
    Deflated(fn(&mut Vec<u8>, &str, &Parameters) -> Result<(), FaultError>),
    /// To the signed query.
    Query(fn(&mut Query<'_>, &Parameters, &Inputs<'_>) -> Result<(), FaultError>),
    /// It goes by HTTP-POST.
    Post,
}

/// A message of single sign-out, before anything is changed.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    /// To end a session.
    Request(LogoutRequest),
    /// That one has ended.
    Response(LogoutResponse),
}

/// What a fault may draw on.
pub(crate) struct Inputs<'i> {
    /// The tenant's time.
    pub(crate) now: Timestamp,
    /// An id that nobody has.
    pub(crate) stranger: Uuid,
    /// The application's own certificate: K0 of the catalogue.
    pub(crate) own: &'i Arc<AppCertificate>,
    /// The attackers' key: K1 of the catalogue.
    pub(crate) vault: &'i Vault,
    /// The application's Logout URL.
    pub(crate) location: &'i str,
    /// What goes beside the message.
    pub(crate) relay_state: Option<&'i str>,
    /// The identity provider.
    pub(crate) issuer: &'i str,
    /// The application's identifier.
    pub(crate) audience: &'i str,
    /// The user, as the newest assertion named them; `None`: no session has ended.
    pub(crate) name_id: Option<&'i NameId>,
    /// What the user's sessions in other browsers are called.
    pub(crate) other_sessions: &'i [String],
    /// What somebody else is called, V of the catalogue: the user that is named, or the first other that could be meant.
    pub(crate) victim: &'i dyn Fn(Option<&str>) -> Result<NameId, FaultError>,
}

impl Inputs<'_> {
    /// Whom an attack wants to sign out.
    ///
    /// # Errors
    /// That nobody can be meant.
    pub(super) fn victim(&self, parameters: &Parameters) -> Result<NameId, FaultError> {
        (self.victim)(parameters.get(super::VICTIM).map(String::as_str))
    }

    /// The key that the service provider trusts.
    ///
    /// # Errors
    /// That it could not be made.
    pub(super) fn own(&self) -> Result<&KeyedCertificate, FaultError> {
        self.own.keyed().map_err(|_| FaultError::NotSigned)
    }
}

/// What carries a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// An address that the browser opens.
    Redirect(String),
    /// A form that the browser posts.
    Post(Box<Form>),
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Carried {
    /// What carries it.
    pub(crate) carrier: Carrier,
    /// Thumbprint of the certificate that signed; empty where nobody signed.
    pub(crate) signed_by: String,
}

/// Which message the faults are about; `None`: about a response. Those that may be about either are about a request, where
/// nothing else says more.
pub(crate) fn about(chosen: &Chosen<'_>) -> Option<About> {
    let all = chosen.actions().filter_map(|(_, action, _)| match action {
        Action::Logout(about, _) => Some(about),
        _ => None,
    });
    all.reduce(|one, other| if one == About::Either { other } else { one })
        .map(|about| {
            if about == About::Either {
                About::Request
            } else {
                about
            }
        })
}

impl Chosen<'_> {
    fn acts(&self) -> impl Iterator<Item = (Act, &Parameters)> {
        self.actions().filter_map(|(_, action, parameters)| match action {
            Action::Logout(_, act) => Some((act, parameters)),
            _ => None,
        })
    }

    /// Writes, signs and changes a message of single sign-out.
    ///
    /// # Errors
    /// What does not fit it.
    pub(crate) fn carry(&self, message: Message, inputs: &Inputs<'_>) -> Result<Carried, FaultError> {
        let (parameter, xml) = self.written(message, inputs)?;
        let mut plan = SigningPlan {
            signer: Signer::Certificate(Arc::clone(inputs.own)),
            algorithm: SignatureAlgorithm::RsaSha256,
        };
        for (act, _) in self.acts() {
            if let Act::Signing(change) = act {
                change(&mut plan);
            }
        }
        let keyed = match &plan.signer {
            Signer::Nobody => None,
            Signer::Certificate(certificate) => Some(certificate.keyed().map_err(|_| FaultError::NotSigned)?),
            Signer::Attacker => Some(inputs.vault.attacker().map_err(|_| FaultError::NotSigned)?),
        };
        let posted = self.acts().find(|(act, _)| matches!(act, Act::Post));
        let carrier = match posted {
            Some((_, parameters)) => {
                let to = parameters.get(TO).map_or(inputs.location, String::as_str);
                Carrier::Post(Box::new(self.posted(parameter, &xml, to, keyed, inputs)?))
            }
            None => Carrier::Redirect(self.redirected(parameter, &xml, keyed, inputs)?),
        };
        Ok(Carried {
            carrier,
            signed_by: keyed.map_or_else(String::new, |keyed| keyed.certificate.thumbprint()),
        })
    }

    /// The value, changed and written.
    fn written(&self, message: Message, inputs: &Inputs<'_>) -> Result<(Parameter, String), FaultError> {
        let (parameter, written) = match message {
            Message::Request(mut request) => {
                for (act, parameters) in self.acts() {
                    if let Act::Request(change) = act {
                        change(&mut request, parameters, inputs)?;
                    }
                }
                (Parameter::SamlRequest, saml_emit::logout_request(&request))
            }
            Message::Response(mut response) => {
                for (act, parameters) in self.acts() {
                    if let Act::Response(change) = act {
                        change(&mut response, parameters, inputs)?;
                    }
                }
                (Parameter::SamlResponse, saml_emit::logout_response(&response))
            }
        };
        let xml = written.map_err(|_| FaultError::Unreadable)?;
        Ok((parameter, xml))
    }

    /// The document as it is sent.
    fn document(&self, xml: &str, inputs: &Inputs<'_>) -> Result<String, FaultError> {
        let mut document = xml.to_owned();
        for (act, parameters) in self.acts() {
            if let Act::Document(change) = act {
                document = change(&document, parameters, inputs)?;
            }
        }
        Ok(document)
    }

    /// The document that takes its place once all is signed.
    fn tampered(&self, document: &str, inputs: &Inputs<'_>) -> Result<Option<String>, FaultError> {
        let mut tampered = None;
        for (act, parameters) in self.acts() {
            if let Act::Tampered(change) = act {
                let before = tampered.as_deref().unwrap_or(document);
                tampered = Some(change(before, parameters, inputs)?);
            }
        }
        Ok(tampered)
    }

    /// The form that posts a message (saml-bindings 3.5.4), signed inside.
    fn posted(
        &self,
        parameter: Parameter,
        xml: &str,
        to: &str,
        keyed: Option<&KeyedCertificate>,
        inputs: &Inputs<'_>,
    ) -> Result<Form, FaultError> {
        if self
            .acts()
            .any(|(act, _)| matches!(act, Act::Deflated(_) | Act::Query(_)))
        {
            return Err(FaultError::NotByRedirect);
        }
        let signed = match keyed {
            Some(keyed) => {
                let forge = Forge::new(SignatureAlgorithm::RsaSha256, keyed);
                forge.sign(&Tree::read(xml)?, &[], keyed)?.write()
            }
            None => xml.to_owned(),
        };
        let document = self.document(&signed, inputs)?;
        let sent = self.tampered(&document, inputs)?.unwrap_or(document);
        let message = (parameter.name().to_owned(), post_value(&sent));
        let beside = inputs
            .relay_state
            .map(|relay_state| (RELAY_STATE.to_owned(), relay_state.to_owned()));
        Ok(Form {
            action: to.to_owned(),
            method: "POST",
            enctype: None,
            fields: [message].into_iter().chain(beside).collect(),
            xml: sent,
        })
    }

    /// The address that brings a message (saml-bindings 3.4.4.1), signed in its query.
    fn redirected(
        &self,
        parameter: Parameter,
        xml: &str,
        keyed: Option<&KeyedCertificate>,
        inputs: &Inputs<'_>,
    ) -> Result<String, FaultError> {
        let document = self.document(xml, inputs)?;
        let mut deflated = deflate(document.as_bytes());
        for (act, parameters) in self.acts() {
            if let Act::Deflated(change) = act {
                change(&mut deflated, &document, parameters)?;
            }
        }
        let mut query = Query::new(parameter, &deflated, inputs.relay_state, keyed)?;
        if let Some(tampered) = self.tampered(&document, inputs)? {
            query.put_message(&tampered);
        }
        for (act, parameters) in self.acts() {
            if let Act::Query(change) = act {
                change(&mut query, parameters, inputs)?;
            }
        }
        Ok(saml_emit::binding::with_query(inputs.location, &query.write()))
    }
}

/// The parameter that says where a message is posted.
const TO: &str = "to";
