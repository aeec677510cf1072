//! The signature of the Redirect binding, which covers octets of the query (saml-bindings 3.4.4.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::error::ErrorStack;
use saml_model::names;
use thiserror::Error;

use super::signed_info::SignatureMethod;
use super::{Sha1, SignatureError, TrustedKeys};
use crate::binding::{DecodeError, Parameter, RawQuery};
use crate::quoted::quoted;

/// Who signed a query, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuerySigner {
    /// The URI that `SigAlg` names.
    pub algorithm: &'static str,
    /// The key that verified: its place among the certificates of the [`TrustedKeys`], counted from 0.
    pub key_index: usize,
}

/// Why a query is not believed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum QuerySignatureError {
    /// Another algorithm than RSA-SHA256, or RSA-SHA1 where the trust does not allow it.
    #[error("the algorithm `{}` is not allowed", quoted(.uri))]
    AlgorithmNotAllowed {
        /// The value of `SigAlg`.
        uri: String,
    },
    /// The library that computes failed.
    #[error("the cryptographic library failed: {0}")]
    Crypto(ErrorStack),
    /// A parameter that has a part in it occurs twice, or is not UTF-8.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// No trusted key verifies the signature: another key signed, or the query was changed, or written anew.
    #[error("no trusted key verifies the signature of the query")]
    Mismatch,
    /// A parameter without which there is no signed message.
    #[error("the query has no {parameter}")]
    Missing {
        /// `SAMLRequest`, `SAMLResponse`, `SigAlg` or `Signature`.
        parameter: &'static str,
    },
    /// The `Signature` is no base64.
    #[error("the Signature is not base64")]
    NotBase64,
}

/// Verifies the signature of a query over the octets in which it came: those of `message`, of `RelayState` if it is
/// there and of `SigAlg`, put into this order, each value as it is spelt (saml-bindings 3.4.4.1). Entra spells escapes
/// in lower case (entra-behaviour.md 6), most others in upper case; nothing is ever spelt anew here. Other parameters
/// are not covered, not even the other kind of message.
///
/// # Errors
///
/// See [`QuerySignatureError`].
pub fn verify_query(
    query: &RawQuery<'_>,
    message: Parameter,
    keys: &TrustedKeys,
) -> Result<QuerySigner, QuerySignatureError> {
    let missing = |parameter| QuerySignatureError::Missing { parameter };
    let present = |parameter| query.raw(parameter)?.ok_or_else(|| missing(parameter));
    let signature = query.parameter("Signature")?;
    let signature = signature
        .filter(|value| !value.is_empty())
        .ok_or_else(|| missing("Signature"))?;
    let algorithm = query.parameter("SigAlg")?;
    let algorithm = algorithm
        .filter(|value| !value.is_empty())
        .ok_or_else(|| missing("SigAlg"))?;
    let method = method(&algorithm, keys.sha1)?;

    let mut signed = format!("{}={}", message.name(), present(message.name())?);
    if let Some(relay_state) = query.raw("RelayState")? {
        signed.extend(["&RelayState=", relay_state]);
    }
    signed.extend(["&SigAlg=", present("SigAlg")?]);
    let value = STANDARD
        .decode(signature)
        .map_err(|_| QuerySignatureError::NotBase64)?;
    let key_index = keys
        .verify(method, signed.as_bytes(), &value)
        .map_err(|error| match error {
            SignatureError::Crypto(error) => QuerySignatureError::Crypto(error),
            _ => QuerySignatureError::Mismatch,
        })?;
    Ok(QuerySigner {
        algorithm: method.uri(),
        key_index,
    })
}

/// Of the methods for XML only these two are ever seen in a query (entra-behaviour.md 2.5, 6).
fn method(uri: &str, sha1: Sha1) -> Result<SignatureMethod, QuerySignatureError> {
    let allowed = match uri {
        names::SIG_RSA_SHA256 => true,
        names::SIG_RSA_SHA1 => sha1 == Sha1::Allowed,
        _ => false,
    };
    let method = allowed.then(|| SignatureMethod::named(uri)).flatten();
    method.ok_or_else(|| QuerySignatureError::AlgorithmNotAllowed { uri: uri.to_owned() })
}
