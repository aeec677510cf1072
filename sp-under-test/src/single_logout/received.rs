//! From a query or a form to a message that a trusted key signed (saml-bindings 3.4.4.1, 3.5.4).

use control_api::sp::Settings;
use jiff::Timestamp;
use saml_accept::{
    binding::{self, Parameter, RawQuery},
    request::{self, EnvelopedLogout, Message, SignedRequestError},
    signature::{TrustedKeys, verify_query},
    xml::Limits,
};
use saml_model::{LogoutRequest, LogoutResponse};

use crate::{
    acs::{ahead, posted},
    rejection::{Refused, Rejection},
    skip::Skip,
    trust::{NOBODY_TRUSTED, Trust},
};

/// The only value of `SAMLEncoding` (saml-bindings 3.4.4).
const ENCODING_DEFLATE: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";

/// A query with one message in it, which nobody looked into yet.
#[derive(Debug)]
pub(crate) struct ReceivedQuery<'a> {
    query: RawQuery<'a>,
    parameter: Parameter,
}

/// A message whose query was signed by a trusted key; only the checks read it.
#[derive(Debug)]
pub(crate) enum SignedMessage {
    /// The identity provider asks for a sign-out.
    Request(Signed<LogoutRequest>),
    /// It answers a LogoutRequest.
    Response(Signed<LogoutResponse>),
}

/// A message of one kind with its RelayState, which the signature covers too.
#[derive(Debug)]
pub(crate) struct Signed<M> {
    pub(super) message: M,
    pub(super) relay_state: Option<String>,
}

impl Signed<LogoutRequest> {
    /// `ID`, to record.
    pub(crate) fn id(&self) -> &str {
        &self.message.id
    }
}

impl Signed<LogoutResponse> {
    /// `ID`, to record.
    pub(crate) fn id(&self) -> &str {
        &self.message.id
    }

    /// `InResponseTo`, to record.
    pub(crate) fn in_response_to(&self) -> Option<&str> {
        self.message.in_response_to.as_deref()
    }

    /// What the identity provider says about its own failure, to show.
    pub(crate) fn status_message(&self) -> Option<&str> {
        self.message.status.message.as_deref()
    }
}

impl<'a> ReceivedQuery<'a> {
    /// Finds the message.
    ///
    /// # Errors
    /// [`Rejection::Malformed`]: none, two, one twice, or an encoding that nobody knows.
    pub(crate) fn read(query: &'a str) -> Result<Self, Refused> {
        let query = RawQuery::parse(query).map_err(malformed)?;
        let has = |parameter: Parameter| Ok(query.raw(parameter.name()).map_err(malformed)?.is_some());
        let parameter = the_one(
            "query",
            has(Parameter::SamlRequest)?,
            has(Parameter::SamlResponse)?,
        )?;
        let encoding = query.parameter("SAMLEncoding").map_err(malformed)?;
        if encoding.is_some_and(|encoding| encoding != ENCODING_DEFLATE) {
            return Err(malformed("the SAMLEncoding is another than DEFLATE"));
        }
        Ok(Self { query, parameter })
    }

    /// Verifies the signature over the query as it came, spelling included, then decodes the message: the only way from one
    /// type to the next. `now` is what the SP's clock shows.
    ///
    /// # Errors
    /// [`Rejection::SignatureInvalid`], [`Rejection::CertificateExpired`], [`Rejection::CertificateNotYetValid`], or
    /// [`Rejection::Malformed`].
    pub(crate) fn verify(
        self,
        trust: Option<&Trust>,
        settings: &Settings,
        now: Timestamp,
        skip: Skip,
    ) -> Result<SignedMessage, Refused> {
        if !skip.skips(Rejection::SignatureInvalid) {
            self.verify_signature(trust, settings, now, skip)?;
        }
        let value = self.query.parameter(self.parameter.name()).map_err(malformed)?;
        let limits = Limits::default();
        let xml = binding::decode_redirect(&value.unwrap_or_default(), &limits).map_err(malformed)?;
        let relay_state = self.query.parameter("RelayState").map_err(malformed)?;
        Ok(match self.parameter {
            Parameter::SamlRequest => SignedMessage::Request(Signed {
                message: request::logout_request(&xml, &limits).map_err(malformed)?,
                relay_state,
            }),
            Parameter::SamlResponse => SignedMessage::Response(Signed {
                message: request::logout_response(&xml, &limits).map_err(malformed)?,
                relay_state,
            }),
        })
    }

    fn verify_signature(
        &self,
        trust: Option<&Trust>,
        settings: &Settings,
        now: Timestamp,
        skip: Skip,
    ) -> Result<(), Refused> {
        let (trust, keys) = keys(trust, settings)?;
        let signer = verify_query(&self.query, self.parameter, &keys)
            .map_err(|error| invalid(trust.explained(&error.to_string())))?;
        require_in_force(trust, signer.key_index, settings, now, skip)
    }
}

/// A form with one message in it, which nobody looked into yet.
#[derive(Debug)]
pub(crate) struct ReceivedForm {
    xml: Vec<u8>,
    document: EnvelopedLogout,
    relay_state: Option<String>,
}

impl ReceivedForm {
    /// Finds the message.
    ///
    /// # Errors
    /// [`Rejection::Malformed`]: no form, none, two, one twice, or what is no message of single sign-out.
    pub(crate) fn read(
        content_type: Option<&str>,
        query: Option<&str>,
        body: &[u8],
    ) -> Result<Self, Refused> {
        let form = posted::form(content_type, query, body)?;
        let field = |parameter: Parameter| form.parameter(parameter.name()).map_err(malformed);
        let (request, response) = (field(Parameter::SamlRequest)?, field(Parameter::SamlResponse)?);
        let parameter = the_one("form", request.is_some(), response.is_some())?;
        let value = request.or(response).unwrap_or_default();
        let limits = Limits::default();
        let xml = binding::decode_post(&value, &limits).map_err(malformed)?;
        let document = EnvelopedLogout::parse(&xml, &limits).map_err(malformed)?;
        if document.is_request() != (parameter == Parameter::SamlRequest) {
            return Err(malformed("the message is of the other kind than its field"));
        }
        Ok(Self {
            xml,
            document,
            relay_state: form.parameter("RelayState").map_err(malformed)?,
        })
    }

    /// Verifies the signature inside the message: the only way from one type to the next.
    ///
    /// # Errors
    /// As [`ReceivedQuery::verify`].
    pub(crate) fn verify(
        self,
        trust: Option<&Trust>,
        settings: &Settings,
        now: Timestamp,
        skip: Skip,
    ) -> Result<SignedMessage, Refused> {
        let message = if skip.skips(Rejection::SignatureInvalid) {
            request::message(&self.xml, &Limits::default()).map_err(malformed)?
        } else {
            let (trust, keys) = keys(trust, settings)?;
            let (message, signer) = self.document.verify(&keys).map_err(|error| match error {
                SignedRequestError::Signature(error) => invalid(trust.explained(&error.to_string())),
                SignedRequestError::Request(error) => malformed(error),
            })?;
            require_in_force(trust, signer.key_index, settings, now, skip)?;
            message
        };
        let relay_state = self.relay_state;
        match message {
            Message::LogoutRequest(message) => Ok(SignedMessage::Request(Signed { message, relay_state })),
            Message::LogoutResponse(message) => Ok(SignedMessage::Response(Signed { message, relay_state })),
            Message::AuthnRequest(_) => Err(malformed("it is an AuthnRequest")),
        }
    }
}

/// Which message it is, where there is exactly one.
fn the_one(carrier: &str, has_request: bool, has_response: bool) -> Result<Parameter, Refused> {
    match (has_request, has_response) {
        (true, false) => Ok(Parameter::SamlRequest),
        (false, true) => Ok(Parameter::SamlResponse),
        (true, true) => Err(malformed(format!(
            "the {carrier} has a SAMLRequest and a SAMLResponse"
        ))),
        (false, false) => Err(malformed(format!(
            "the {carrier} has no SAMLRequest and no SAMLResponse"
        ))),
    }
}

/// Whom we trust, and by which keys.
fn keys<'t>(trust: Option<&'t Trust>, settings: &Settings) -> Result<(&'t Trust, TrustedKeys), Refused> {
    let trust = trust.ok_or_else(|| invalid(NOBODY_TRUSTED))?;
    let keys = trust.keys(settings.sha1).map_err(invalid)?;
    Ok((trust, keys))
}

/// The rules about the certificate that signed, as of a response's.
fn require_in_force(
    trust: &Trust,
    key_index: usize,
    settings: &Settings,
    now: Timestamp,
    skip: Skip,
) -> Result<(), Refused> {
    if !skip.skips(Rejection::CertificateExpired) {
        trust.require_unexpired(key_index, now)?;
    }
    if !skip.skips(Rejection::CertificateNotYetValid) {
        trust.require_begun(key_index, now, ahead(settings))?;
    }
    Ok(())
}

fn invalid(cause: impl Into<String>) -> Refused {
    Refused::new(Rejection::SignatureInvalid, cause)
}

fn malformed(cause: impl ToString) -> Refused {
    Refused::new(Rejection::Malformed, cause.to_string())
}
