//! From an unverified response to an accepted assertion: the table of checks, folded to the first rejection.
//!
//! In two steps: everything that needs no store, canonicalisation and RSA among it, makes a [`CheckedAssertion`]; the last
//! row, which asks the memory of used assertions and writes to it, makes the [`AcceptedAssertion`]. The store is one for
//! all instances, so that only the second step may hold it.

use control_api::sp::Settings;
use jiff::Timestamp;
use saml_accept::decryption::DecryptionKeys;
use saml_accept::response::{EncryptedResponseError, SignedAssertion, UnverifiedResponse};
use saml_accept::signature::SignatureError;
use saml_model::{Assertion, NameId};

use super::checks::{CHECKS, Check, Facts, ahead};
use crate::{
    pending::Pending,
    personality::Addresses,
    rejection::{Refused, Rejection},
    session::Session,
    skip::Skip,
    store::{Memory, Scope, Store},
    trust::Trust,
};

/// The longest NameID value, in characters; SAML wants 256 to be possible (saml-core 8.3.7).
pub(crate) const NAME_ID_MAX: usize = 1024;

/// How a null may be spelled where XML can carry none: whoever decodes it later would find another name.
const NULLS: [&str; 2] = ["%00", "\\0"];

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
    /// What decrypts the assertion; `None`: it is not encrypted.
    pub(crate) decryption: Option<&'a DecryptionKeys>,
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
    expires: Timestamp,
}

impl CheckedAssertion {
    /// Makes every check of [`CHECKS`] but the last, and the rules beside them, but for the one that is skipped.
    ///
    /// # Errors
    /// The first rejection.
    pub(crate) fn check(
        response: UnverifiedResponse,
        circumstances: &Circumstances<'_>,
        skip: Skip,
    ) -> Result<Self, Refused> {
        for row in CHECKS.iter().filter(|row| !skip.skips(row.rejection)) {
            if let Check::Envelope(check) = row.check {
                check(&response).map_err(|cause| Refused::new(row.rejection, cause))?;
            }
        }
        let signed = verify(response, circumstances, skip)?;
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
        let (expires, now) = (checked.expires.as_second(), checked.checked.as_second());
        let cause = match store.remember(scope, issuer, id, expires, now) {
            Ok(Memory::New) => return Ok(Self(checked)),
            Ok(Memory::Used) => format!("the assertion `{id}` was accepted before"),
            Ok(Memory::Full) => "the replay memory is full, so nothing is accepted".to_owned(),
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
    circumstances: &Circumstances<'_>,
    skip: Skip,
) -> Result<SignedAssertion, Refused> {
    #[cfg(debug_assertions)]
    if skip.skips(Rejection::SignatureInvalid) {
        let unchecked = response.without_signature_check();
        return unchecked.map_err(|error| Refused::new(Rejection::Malformed, error.to_string()));
    }
    let invalid = |cause: String| Refused::new(Rejection::SignatureInvalid, cause);
    let trust = circumstances.trust;
    let trust = trust.ok_or_else(|| {
        invalid(
            "no identity provider is trusted: none was set up, its metadata is no longer valid, or single sign-on is switched off"
                .to_owned(),
        )
    })?;
    let keys = trust.keys(circumstances.settings.sha1).map_err(invalid)?;
    let unsigned = |cause: String| invalid(trust.explained(&cause));
    let unsound = |error: SignatureError| match error {
        // The signature holds, or there is nothing that it could be of.
        SignatureError::Malformed(_) | SignatureError::NoAssertion => {
            Refused::new(Rejection::Malformed, error.to_string())
        }
        other => unsigned(other.to_string()),
    };
    let signed = match circumstances.decryption {
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
        trust.require_unexpired(signer.key_index, circumstances.now)?;
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
