//! From an unverified response to an accepted assertion: the table of checks, folded to the first rejection.
//!
//! In three steps: what needs nothing but the message and the keys, canonicalisation and RSA among it, makes a
//! [`VerifiedResponse`], and nobody waits for it; what is held against the state of the provider makes a [`CheckedAssertion`];
//! the last row, which asks the memory of used assertions and writes to it, makes the [`AcceptedAssertion`]. The store is one
//! for all instances, so that only the last step may hold it.

use control_api::sp::Settings;
use jiff::Timestamp;
use saml_accept::decryption::DecryptionKeys;
use saml_accept::response::{EncryptedResponseError, SignedAssertion, UnverifiedResponse};
use saml_accept::signature::SignatureError;
use saml_model::{Assertion, NameId, names};

use super::checks::{CHECKS, Check, Facts, ahead};
use crate::{
    pending::Pending,
    personality::Addresses,
    rejection::{Refused, Rejection},
    session::Session,
    skip::Skip,
    store::{Memory, Scope, Store},
    trust::{NOBODY_TRUSTED, Trust},
};

/// The longest NameID value, in characters; SAML wants 256 to be possible (saml-core 8.3.7).
pub(crate) const NAME_ID_MAX: usize = 1024;

/// How a null may be spelled where XML can carry none: whoever decodes it later would find another name.
const NULLS: [&str; 2] = ["%00", "\\0"];

/// What a signature is held against.
#[derive(Clone, Debug)]
pub(crate) struct Verification {
    /// What the SP's clock shows.
    pub(crate) now: Timestamp,
    /// Whom we trust; `None`: nobody, or single sign-on is switched off.
    pub(crate) trust: Option<Trust>,
    /// The setting `sha1`.
    pub(crate) sha1: bool,
}

impl Verification {
    /// Whether another verification now would be held against the same.
    fn still_holds(&self, circumstances: &Circumstances<'_>) -> bool {
        let same = match (&self.trust, circumstances.trust) {
            (Some(one), Some(other)) => one.says_the_same(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        same && self.sha1 == circumstances.settings.sha1
    }
}

/// A response whose signature holds, and what it was held against.
#[derive(Debug)]
pub(crate) struct VerifiedResponse {
    signed: SignedAssertion,
    against: Verification,
}

impl VerifiedResponse {
    /// Makes the rows of [`CHECKS`] that ask for no state. `decryption` is there where the assertion is encrypted. It may take
    /// long, and whoever calls holds no lock.
    ///
    /// # Errors
    /// The first rejection.
    pub(crate) fn verify(
        response: UnverifiedResponse,
        decryption: Option<&DecryptionKeys>,
        against: Verification,
        skip: Skip,
    ) -> Result<Self, Refused> {
        for row in CHECKS.iter().filter(|row| !skip.skips(row.rejection)) {
            if let Check::Envelope(check) = row.check {
                check(&response).map_err(|cause| Refused::new(row.rejection, cause))?;
            }
        }
        let signed = verify(response, decryption, &against, skip)?;
        Ok(Self { signed, against })
    }
}

/// What a message is held against.
pub(crate) struct Circumstances<'a> {
    /// What the SP's clock shows.
    pub(crate) now: Timestamp,
    /// The settings in force.
    pub(crate) settings: &'a Settings,
    /// Our own addresses.
    pub(crate) addresses: &'a Addresses,
    /// Whom we trust; `None`: nobody, or single sign-on is switched off.
    pub(crate) trust: Option<&'a Trust>,
    /// The keys this browser showed by which requests wait.
    pub(crate) browsers: &'a [String],
    /// The requests that wait.
    pub(crate) pending: &'a Pending,
    /// Who is signed in in this browser already.
    pub(crate) signed_in: Option<&'a Session>,
}

/// An assertion that passed every check but the last: it may have been used before.
#[derive(Debug)]
pub(crate) struct CheckedAssertion {
    assertion: Assertion,
    name_id: NameId,
    response_id: String,
    request_id: Option<String>,
    checked: Timestamp,
    expires: i64,
}

impl CheckedAssertion {
    /// Makes the checks of [`CHECKS`] on what was signed, all but the last, and the rules beside them, but for the one that
    /// is skipped. Nobody else changes `circumstances` before the sign-on is done.
    ///
    /// # Errors
    /// The first rejection; [`Rejection::SignatureInvalid`] also where other keys are trusted than those that verified: they
    /// were changed meanwhile.
    pub(crate) fn check(
        verified: VerifiedResponse,
        circumstances: &Circumstances<'_>,
        skip: Skip,
    ) -> Result<Self, Refused> {
        let VerifiedResponse { signed, against } = verified;
        if !against.still_holds(circumstances) {
            let cause = "whom this service provider trusts was changed while the signature was verified";
            return Err(Refused::new(Rejection::SignatureInvalid, cause));
        }
        if !skip.skips(Rejection::NotEncrypted) {
            require_encryption(&signed, circumstances)?;
        }
        let facts = Facts::new(&signed, circumstances, skip);
        for row in CHECKS.iter().filter(|row| !skip.skips(row.rejection)) {
            if let Check::Content(check) = row.check {
                check(&facts).map_err(|cause| Refused::new(row.rejection, cause))?;
            }
        }
        if !skip.skips(Rejection::CertificateNotYetValid) {
            require_begun(&signed, circumstances)?;
        }
        let name_id = subject(signed.assertion())?;
        let expires = facts.expires();
        Ok(Self {
            name_id,
            response_id: signed.envelope().id.clone(),
            request_id: signed.envelope().in_response_to.clone(),
            assertion: signed.into_assertion(),
            checked: circumstances.now,
            expires,
        })
    }
}

impl CheckedAssertion {
    /// Who signs in, for counting: by the object id, which does not change, else by the NameID.
    fn subject(&self) -> &str {
        let object_id = self
            .assertion
            .attribute(names::CLAIM_OBJECT_ID)
            .and_then(<[_]>::first);
        object_id.unwrap_or(&self.name_id.value)
    }
}

/// An assertion that passed every check and is used up.
#[derive(Debug)]
pub(crate) struct AcceptedAssertion(CheckedAssertion);

impl AcceptedAssertion {
    /// Makes the last check, which is the note that the assertion is used: of two that come at once, one is noted. It is
    /// remembered from here on, whatever becomes of the sign-on; the caller takes its request off the waiting ones
    /// ([`AcceptedAssertion::request_id`]). The assertion's ID is what counts, whatever response it comes in
    /// (saml-profiles 4.1.4.5).
    ///
    /// # Errors
    /// [`Rejection::Replayed`], also where the memory is full or cannot be read or written: what cannot be noted is not
    /// accepted.
    pub(crate) fn accept(
        checked: CheckedAssertion,
        store: &Store,
        scope: &Scope,
        skip: Skip,
    ) -> Result<Self, Refused> {
        let Assertion { issuer, id, .. } = &checked.assertion;
        let (expires, now) = (checked.expires, checked.checked.as_second());
        let subject = checked.subject();
        let cause = match store.remember_of(scope, subject, (issuer, id), expires, now) {
            Ok(Some(Memory::New)) => return Ok(Self(checked)),
            Ok(Some(Memory::Used)) => format!("the assertion `{id}` was accepted before"),
            Ok(Some(Memory::Full)) => "the replay memory is full, so nothing is accepted".to_owned(),
            Ok(None) => {
                "the replay memory has no more room for this user, of whom nothing is accepted".to_owned()
            }
            Err(error) => format!("the replay memory fails, so nothing is accepted: {error}"),
        };
        if skip.skips(Rejection::Replayed) {
            return Ok(Self(checked));
        }
        Err(Refused::new(Rejection::Replayed, cause))
    }

    /// The assertion.
    pub(crate) fn assertion(&self) -> &Assertion {
        &self.0.assertion
    }

    /// Who it is about.
    pub(crate) fn name_id(&self) -> &NameId {
        &self.0.name_id
    }

    /// `ID` of the response.
    pub(crate) fn response_id(&self) -> &str {
        &self.0.response_id
    }

    /// The request that it answers.
    pub(crate) fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }
}

/// The signature row: the only way from one type to the next. An assertion that cannot be decrypted is one that nobody
/// trusted signed: telling the two apart would be a padding oracle.
fn verify(
    response: UnverifiedResponse,
    decryption: Option<&DecryptionKeys>,
    against: &Verification,
    skip: Skip,
) -> Result<SignedAssertion, Refused> {
    #[cfg(debug_assertions)]
    if skip.skips(Rejection::SignatureInvalid) {
        let malformed = |cause: String| Refused::new(Rejection::Malformed, cause);
        return match decryption {
            Some(keys) => {
                let unchecked = response.decrypt_without_signature_check(keys);
                unchecked.map_err(|error| malformed(error.to_string()))
            }
            None => {
                let unchecked = response.without_signature_check();
                unchecked.map_err(|error| malformed(error.to_string()))
            }
        };
    }
    let invalid = |cause: String| Refused::new(Rejection::SignatureInvalid, cause);
    let trust = against.trust.as_ref();
    let trust = trust.ok_or_else(|| invalid(NOBODY_TRUSTED.to_owned()))?;
    let keys = trust.keys(against.sha1).map_err(invalid)?;
    let unsigned = |cause: String| invalid(trust.explained(&cause));
    let unsound = |error: SignatureError| match error {
        // The signature holds, or there is nothing that it could be of.
        SignatureError::Malformed(_) | SignatureError::NoAssertion => {
            Refused::new(Rejection::Malformed, error.to_string())
        }
        other => unsigned(other.to_string()),
    };
    let signed = match decryption {
        Some(decryption) => response
            .decrypt_and_verify(decryption, &keys)
            .map_err(|error| match error {
                EncryptedResponseError::Signature(error) => unsound(error),
                EncryptedResponseError::Decryption(error) => unsigned(error.to_string()),
            })?,
        None => response.verify(&keys).map_err(unsound)?,
    };
    if let Some(signer) = signed.signed_by()
        && !skip.skips(Rejection::CertificateExpired)
    {
        trust.require_unexpired(signer.key_index, against.now)?;
    }
    Ok(signed)
}

/// Whoever's clock is far behind finds a new certificate not valid yet; the clock is what is wrong then, and the validity of
/// the assertion tells so first.
fn require_begun(signed: &SignedAssertion, circumstances: &Circumstances<'_>) -> Result<(), Refused> {
    match (signed.signed_by(), circumstances.trust) {
        (Some(signer), Some(trust)) => {
            trust.require_begun(signer.key_index, circumstances.now, ahead(circumstances.settings))
        }
        _ => Ok(()),
    }
}

/// What is sent in plain text may have been read on its way. Only what a trusted key signed is told so.
fn require_encryption(signed: &SignedAssertion, circumstances: &Circumstances<'_>) -> Result<(), Refused> {
    if signed.was_encrypted() || !circumstances.settings.require_encryption {
        return Ok(());
    }
    let cause = "the assertion is in plain text, and `require_encryption` is set";
    Err(Refused::new(Rejection::NotEncrypted, cause))
}

/// saml-profiles 4.1.4.2: a bearer assertion has a subject with a name and says how it was authenticated.
fn subject(assertion: &Assertion) -> Result<NameId, Refused> {
    let malformed = |cause: &str| Refused::new(Rejection::Malformed, cause);
    if assertion.authn_statements.is_empty() {
        return Err(malformed("the assertion has no AuthnStatement"));
    }
    let name_id = assertion
        .name_id()
        .ok_or_else(|| malformed("the assertion has no NameID"))?;
    let value = name_id.value.as_str();
    if value.trim() != value || value.is_empty() {
        return Err(malformed(
            "the NameID is empty, or begins or ends with white space",
        ));
    }
    if NULLS.iter().any(|null| value.contains(null)) {
        return Err(malformed("the NameID has a null in it, as URLs or as C spell it"));
    }
    if value.chars().count() > NAME_ID_MAX || value.chars().any(char::is_control) {
        return Err(malformed(
            "the NameID is too long, or has control characters in it",
        ));
    }
    Ok(name_id.clone())
}

#[cfg(test)]
mod tests {
    use control_api::sp::Settings;

    use super::*;
    use crate::{
        personality::{Addresses, PERSONALITIES},
        tests::{K0, K1, good_at, now, sign, trust},
    };

    /// Catalogue of what changes between two locks: whoever stops trusting a key means the response on its way, too.
    #[test]
    fn a_key_that_is_not_trusted_any_more_has_not_signed() {
        let personality = &PERSONALITIES[0];
        let addresses = Addresses::new("http://127.0.0.1:8081", "i", personality);
        let settings = personality.default_settings();
        let xml = sign(&good_at(&addresses, personality.id, None));
        let verify = || {
            let response = UnverifiedResponse::parse(xml.as_bytes(), &saml_accept::xml::Limits::default());
            let against = Verification {
                now: now(),
                trust: Some(trust()),
                sha1: settings.sha1,
            };
            VerifiedResponse::verify(response.unwrap(), None, against, Skip::default()).unwrap()
        };
        let check = |trust: Option<&Trust>, settings: &Settings| {
            let circumstances = Circumstances {
                now: now(),
                settings,
                addresses: &addresses,
                trust,
                browsers: &[],
                pending: &Pending::default(),
                signed_in: None,
            };
            let checked = CheckedAssertion::check(verify(), &circumstances, Skip::default());
            checked.map(|_| ()).map_err(|refused| refused.rejection)
        };
        let (same, other) = (
            trust(),
            Trust {
                certificates: vec![K1.certificate.clone()],
                ..trust()
            },
        );
        assert_ne!(K0.certificate.der(), K1.certificate.der());
        let sha1 = Settings {
            sha1: !settings.sha1,
            ..settings.clone()
        };
        assert_eq!(check(Some(&same), &settings), Ok(()));
        for (trust, settings) in [(None, &settings), (Some(&other), &settings), (Some(&same), &sha1)] {
            assert_eq!(check(trust, settings), Err(Rejection::SignatureInvalid));
        }
    }
}
