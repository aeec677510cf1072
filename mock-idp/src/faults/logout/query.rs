//! The query that carries a message by HTTP-Redirect, as it is spelled (saml-bindings 3.4.4.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::KeyedCertificate;
use openssl::hash::MessageDigest;
use openssl::sign::Signer;
use saml_emit::binding::{Escapes, Parameter, deflate, escaped};
use saml_model::names;

use super::super::FaultError;
use super::super::transport::RELAY_STATE;

/// The parameter that names the algorithm.
pub(in super::super) const SIG_ALG: &str = "SigAlg";

/// The parameter of the signature.
pub(in super::super) const SIGNATURE: &str = "Signature";

/// A query, its values escaped.
pub(in super::super) struct Query<'q> {
    /// Names and values, in their order.
    pub(in super::super) pairs: Vec<(&'static str, String)>,
    /// The parameter of the message.
    pub(in super::super) parameter: Parameter,
    keyed: Option<&'q KeyedCertificate>,
}

impl<'q> Query<'q> {
    /// As Entra writes it: escapes in lower case, Signature before SigAlg (entra-behaviour.md 6).
    ///
    /// # Errors
    /// That it could not be signed.
    pub(super) fn new(
        parameter: Parameter,
        deflated: &[u8],
        relay_state: Option<&str>,
        keyed: Option<&'q KeyedCertificate>,
    ) -> Result<Self, FaultError> {
        let message = spelled(&STANDARD.encode(deflated));
        let beside = relay_state.map(|relay_state| (RELAY_STATE, spelled(relay_state)));
        let mut query = Self {
            pairs: [(parameter.name(), message)].into_iter().chain(beside).collect(),
            parameter,
            keyed,
        };
        if keyed.is_some() {
            let algorithm = (SIG_ALG, spelled(names::SIG_RSA_SHA256));
            query.pairs.push(algorithm.clone());
            let signature = query.signature(&query.write(), MessageDigest::sha256())?;
            query.pairs.pop();
            query.pairs.extend([(SIGNATURE, signature), algorithm]);
        }
        Ok(query)
    }

    /// The query.
    pub(in super::super) fn write(&self) -> String {
        let pairs: Vec<_> = self
            .pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("&")
    }

    /// What a signature is over, as it is spelled: the message, RelayState where it is there, and the algorithm.
    ///
    /// # Errors
    /// That nobody signed.
    pub(in super::super) fn signed(&self) -> Result<String, FaultError> {
        let pair = |wanted: &str| self.pairs.iter().find(|(name, _)| *name == wanted);
        let message = pair(self.parameter.name()).ok_or(FaultError::NotSigned)?;
        let algorithm = pair(SIG_ALG).ok_or(FaultError::NotSigned)?;
        let covered = [Some(message), pair(RELAY_STATE), Some(algorithm)];
        let covered = covered.into_iter().flatten();
        let covered: Vec<_> = covered.map(|(name, value)| format!("{name}={value}")).collect();
        Ok(covered.join("&"))
    }

    /// Another message in the place of the one that is there.
    pub(super) fn put_message(&mut self, xml: &str) {
        let name = self.parameter.name();
        if let Some((_, value)) = self.pairs.iter_mut().find(|(known, _)| *known == name) {
            *value = message(xml);
        }
    }

    /// The value of a parameter.
    ///
    /// # Errors
    /// That it is not there: nobody signed.
    pub(in super::super) fn value(&mut self, name: &str) -> Result<&mut String, FaultError> {
        let mut pairs = self.pairs.iter_mut();
        let found = pairs.find(|(known, _)| *known == name);
        found.map(|(_, value)| value).ok_or(FaultError::NotSigned)
    }

    /// A signature over octets, by the key that signs, escaped.
    ///
    /// # Errors
    /// That nobody signs, or what OpenSSL says.
    pub(in super::super) fn signature(
        &self,
        octets: &str,
        hash: MessageDigest,
    ) -> Result<String, FaultError> {
        let keyed = self.keyed.ok_or(FaultError::NotSigned)?;
        let sign = || Signer::new(hash, keyed.key.private())?.sign_oneshot_to_vec(octets.as_bytes());
        let signature = sign().map_err(|_: openssl::error::ErrorStack| FaultError::NotSigned)?;
        Ok(spelled(&STANDARD.encode(signature)))
    }
}

/// A message as it stands in a query.
pub(in super::super) fn message(xml: &str) -> String {
    spelled(&STANDARD.encode(deflate(xml.as_bytes())))
}

/// A value as Entra spells it.
pub(in super::super) fn spelled(value: &str) -> String {
    escaped(value, Escapes::Lower)
}
