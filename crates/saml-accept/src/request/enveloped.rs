//! The signature inside an AuthnRequest, a LogoutRequest or a LogoutResponse that came by HTTP-POST (saml-core 5;
//! entra-behaviour.md 2.5).

use saml_model::AuthnRequest;
use saml_model::names::{NS_DSIG, NS_PROTOCOL};
use thiserror::Error;

use super::{Message, RequestError, authn, logout, not_expected, parse};
use crate::response::Signer;
use crate::signature::{SignatureError, TrustedKeys, named_certificates, verify_enveloped};
use crate::xml::{Document, Limits};

/// The signature of an AuthnRequest; nobody has verified it.
#[derive(Clone, Debug)]
pub struct EnvelopedSignature {
    document: Document,
}

/// An AuthnRequest that a trusted key signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRequest {
    /// The request, rebuilt from the digested bytes.
    pub request: AuthnRequest,
    /// Who signed it.
    pub signer: Signer,
}

/// A LogoutRequest or LogoutResponse that was posted; nobody has verified its signature, and nothing of it can be read before.
#[derive(Clone, Debug)]
pub struct EnvelopedLogout {
    document: Document,
}

impl EnvelopedLogout {
    /// Finds a message of single sign-out, signed or not.
    ///
    /// # Errors
    ///
    /// [`RequestError::Xml`] or [`RequestError::NotExpected`].
    pub fn parse(xml: &[u8], limits: &Limits) -> Result<Self, RequestError> {
        let document = parse(xml, limits)?;
        let root = document.root();
        if !root.is(NS_PROTOCOL, "LogoutRequest") && !root.is(NS_PROTOCOL, "LogoutResponse") {
            return Err(not_expected(root, "samlp:LogoutRequest or samlp:LogoutResponse"));
        }
        Ok(Self { document })
    }

    /// Whether it is a LogoutRequest.
    #[must_use]
    pub fn is_request(&self) -> bool {
        self.document.root().is(NS_PROTOCOL, "LogoutRequest")
    }

    /// Verifies the signature over the whole message; gives it rebuilt from the digested bytes, with who signed it. A signature
    /// of something in it is none.
    ///
    /// # Errors
    ///
    /// See [`SignedRequestError`].
    pub fn verify(&self, keys: &TrustedKeys) -> Result<(Message, Signer), SignedRequestError> {
        let verified = verify_enveloped(self.document.root(), keys)?;
        let root = verified.document.root();
        let message = if root.is(NS_PROTOCOL, "LogoutRequest") {
            Message::LogoutRequest(logout::read_request(root)?)
        } else {
            Message::LogoutResponse(logout::read_response(root)?)
        };
        Ok((message, Signer::of(&verified)))
    }
}

/// Why a signed message is not believed.
#[derive(Debug, Error)]
pub enum SignedRequestError {
    /// The signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The signature holds, but what it covers is not a sound request.
    #[error("the signed content is not a request: {0}")]
    Request(#[from] RequestError),
}

impl EnvelopedSignature {
    /// Finds the signature of an AuthnRequest, `None` where it has none. Of the request itself nothing is judged.
    ///
    /// # Errors
    ///
    /// [`RequestError::Xml`] or [`RequestError::NotExpected`].
    pub fn find(xml: &[u8], limits: &Limits) -> Result<Option<Self>, RequestError> {
        let document = parse(xml, limits)?;
        let root = document.root();
        if !root.is(NS_PROTOCOL, "AuthnRequest") {
            return Err(not_expected(root, "samlp:AuthnRequest"));
        }
        let signed = root.child(NS_DSIG, "Signature").is_some();
        Ok(signed.then_some(Self { document }))
    }

    /// The certificates that `KeyInfo` names, as DER, in document order; empty where it names none. They are a claim of
    /// the sender: which keys are trusted, the caller of [`Self::verify`] says.
    ///
    /// # Errors
    ///
    /// [`SignatureError::SecondSignature`], or [`SignatureError::Structure`] for an `X509Certificate` that is not base64.
    pub fn certificates(&self) -> Result<Vec<Vec<u8>>, SignatureError> {
        named_certificates(self.document.root())
    }

    /// Verifies the signature over the whole request.
    ///
    /// # Errors
    ///
    /// See [`SignedRequestError`].
    pub fn verify(&self, keys: &TrustedKeys) -> Result<SignedRequest, SignedRequestError> {
        let verified = verify_enveloped(self.document.root(), keys)?;
        Ok(SignedRequest {
            request: authn::read(verified.document.root())?,
            signer: Signer::of(&verified),
        })
    }
}
