//! Whether a request is signed as its application requires (entra-behaviour.md 2.5). Where none requires it, nothing
//! here is asked.

use saml_accept::binding::{Parameter, RawQuery};
use saml_accept::request::{EnvelopedSignature, SignedRequestError};
use saml_accept::signature::{
    KeyError, QuerySignatureError, Sha1, SignatureError, TrustedKeys, verify_query,
};
use saml_accept::xml::Limits;
use saml_model::{AuthnRequest, names};
use thiserror::Error;

use super::Binding;
use crate::errors::{self, Stop};
use crate::tenant::App;

/// How many of the newest verification certificates are tried for a request that names no key.
const NEWEST_TRIED: usize = 2;

/// Where a binding has the signature of a request. Anywhere else it does not count.
#[derive(Debug)]
pub(super) enum SignatureSource {
    /// HTTP-Redirect: the query, as it came.
    Query(String),
    /// HTTP-POST: the message.
    Message(Vec<u8>),
}

/// What is wrong with a request's signature: the cases that Microsoft lists, but for those of other protocols.
#[derive(Debug, Error)]
enum SignatureFault {
    #[error(
        "The request is not signed in its query: HTTP-Redirect has SigAlg and Signature there, and a signature inside the message does not count."
    )]
    UnsignedQuery,
    #[error(
        "The request is not signed: HTTP-POST has the signature inside the message, and one beside it does not count."
    )]
    UnsignedMessage,
    #[error("The query has a Signature and no SigAlg.")]
    NoAlgorithm,
    #[error("The signature's algorithm is not allowed: {0}.")]
    Algorithm(String),
    #[error("The application has no verification certificate.")]
    NoCertificate,
    #[error(
        "The certificate in the signature's KeyInfo is not one of the application's verification certificates."
    )]
    UnknownCertificate,
    #[error("The signature does not verify: {0}.")]
    Mismatch(String),
}

impl SignatureSource {
    pub(super) fn binding(&self) -> Binding {
        match self {
            Self::Query(_) => Binding::Redirect,
            Self::Message(_) => Binding::Post,
        }
    }

    /// Holds `request`, which was read from here, to what `app` requires.
    ///
    /// # Errors
    /// 76021 for whatever is wrong: of the codes for other faults than a missing signature no number is known
    /// (uncertain). The mock's advice tells them apart.
    pub(super) fn check(&self, request: &AuthnRequest, app: &App) -> Result<(), Stop> {
        if !app.entry.verification_certificates.required {
            return Ok(());
        }
        let checked = match self {
            Self::Query(query) => check_query(query, app),
            Self::Message(xml) => check_message(xml, request, app),
        };
        checked.map_err(|fault| Stop::new(errors::NOT_SIGNED, &[]).advised(fault.to_string()))
    }
}

/// A request that nobody could sign, since no SP sent it, or that went to the endpoint of an instance.
///
/// # Errors
/// 76021 where `app` requires signed requests. That unsolicited sign-on stops is documented, not its code (uncertain).
pub(super) fn refuse_if_required(app: &App, why: &str) -> Result<(), Stop> {
    if app.entry.verification_certificates.required {
        Err(Stop::new(errors::NOT_SIGNED, &[]).advised(why))
    } else {
        Ok(())
    }
}

fn check_query(query: &str, app: &App) -> Result<(), SignatureFault> {
    let mismatch = |error: QuerySignatureError| SignatureFault::Mismatch(error.to_string());
    let query = RawQuery::parse(query).map_err(|error| mismatch(error.into()))?;
    let is_signed = query
        .raw("Signature")
        .map_err(|error| mismatch(error.into()))?
        .is_some();
    if !is_signed {
        return Err(SignatureFault::UnsignedQuery);
    }
    let keys = keys(app, newest(app))?;
    match verify_query(&query, Parameter::SamlRequest, &keys) {
        Ok(_) => Ok(()),
        Err(QuerySignatureError::Missing { parameter: "SigAlg" }) => Err(SignatureFault::NoAlgorithm),
        Err(QuerySignatureError::Missing { .. }) => Err(SignatureFault::UnsignedQuery),
        Err(QuerySignatureError::AlgorithmNotAllowed { uri }) => Err(SignatureFault::Algorithm(uri)),
        Err(error) => Err(mismatch(error)),
    }
}

fn check_message(xml: &[u8], request: &AuthnRequest, app: &App) -> Result<(), SignatureFault> {
    let mismatch = |error: &dyn std::error::Error| SignatureFault::Mismatch(error.to_string());
    let signature = EnvelopedSignature::find(xml, &Limits::default())
        .map_err(|error| mismatch(&error))?
        .ok_or(SignatureFault::UnsignedMessage)?;
    let named = signature.certificates().map_err(|error| mismatch(&error))?;
    let candidates = match named.as_slice() {
        [] => newest(app),
        named => registered(app, named),
    };
    let signed = match signature.verify(&keys(app, candidates)?) {
        Ok(signed) => signed,
        Err(SignedRequestError::Signature(SignatureError::SignatureMethodRefused { uri })) => {
            return Err(SignatureFault::Algorithm(uri));
        }
        Err(SignedRequestError::Signature(SignatureError::Sha1Refused { uri })) => {
            return Err(SignatureFault::Algorithm(uri.to_owned()));
        }
        Err(error) => return Err(mismatch(&error)),
    };
    let allowed = match signed.signer.algorithm {
        names::SIG_RSA_SHA256 => true,
        names::SIG_RSA_SHA1 => app.entry.verification_certificates.allow_rsa_sha1,
        _ => false,
    };
    if !allowed {
        return Err(SignatureFault::Algorithm(signed.signer.algorithm.to_owned()));
    }
    // What was signed is all that counts; that it says the same as what was read, nobody has to believe.
    if signed.request == *request {
        Ok(())
    } else {
        Err(SignatureFault::Mismatch("it covers another request".to_owned()))
    }
}

/// The verification certificates that were added last, as DER. Whether an expired one still counts is not known; it
/// does here (uncertain).
fn newest(app: &App) -> Vec<&[u8]> {
    let all = &app.verification;
    let from = all.len().saturating_sub(NEWEST_TRIED);
    all[from..].iter().map(certs::Certificate::der).collect()
}

/// Those of the named certificates that are registered.
fn registered<'a>(app: &'a App, named: &[Vec<u8>]) -> Vec<&'a [u8]> {
    let all = app.verification.iter().map(certs::Certificate::der);
    all.filter(|der| named.iter().any(|named| named == der)).collect()
}

fn keys(app: &App, certificates: Vec<&[u8]>) -> Result<TrustedKeys, SignatureFault> {
    let sha1 = if app.entry.verification_certificates.allow_rsa_sha1 {
        Sha1::Allowed
    } else {
        Sha1::Refused
    };
    TrustedKeys::from_certificates(certificates, sha1).map_err(|error| match error {
        KeyError::Empty if app.verification.is_empty() => SignatureFault::NoCertificate,
        KeyError::Empty => SignatureFault::UnknownCertificate,
        // The tenant takes none whose key is not RSA.
        error => SignatureFault::Mismatch(error.to_string()),
    })
}
