//! `samlp:Response`: from bytes to an assertion that somebody trusted signed (saml-core 3.3.3, 5).
//!
//! [`UnverifiedResponse`] shows of a message only what is needed to find the keys, to correlate and to
//! report. [`UnverifiedResponse::verify`] and [`UnverifiedResponse::decrypt_and_verify`] consume it; the assertion that
//! comes out was rebuilt from the bytes that were digested, or decrypted out of them.

use saml_model::names::{NS_ASSERTION, NS_DSIG, NS_PROTOCOL};
use saml_model::{Assertion, Status, Timestamp};
use thiserror::Error;

use crate::assertion;
use crate::decryption::{self, DecryptionError, DecryptionKeys, EncryptedAssertion};
use crate::malformed::ENCRYPTED_BESIDE_PLAIN;
pub use crate::malformed::{Malformed, MalformedKind};
use crate::sequence::{
    Foreign, Sequence, only_attributes, optional_string, required, required_id, required_instant,
    required_version, unique_ids, unique_ids_of,
};
use crate::signature::{SignatureError, TrustedKeys, Verified, verify_enveloped};
use crate::xml::{self, Document, Element, Limits};

/// A response of sound structure that nobody has verified.
#[derive(Clone, Debug)]
pub struct UnverifiedResponse {
    document: Document,
    envelope: Envelope,
}

/// What stands around the assertion. It is verified where [`SignedAssertion::response_is_signed`]; elsewhere anybody
/// may have written it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// `ID`.
    pub id: String,
    /// `IssueInstant`.
    pub issue_instant: Timestamp,
    /// `Destination`.
    pub destination: Option<String>,
    /// `InResponseTo`.
    pub in_response_to: Option<String>,
    /// `Issuer`; the assertion has its own.
    pub issuer: Option<String>,
    /// `Status`.
    pub status: Status,
}

impl UnverifiedResponse {
    /// Parses a response and judges its structure: a `samlp:Response` of version 2.0; children known and in
    /// schema order; no ID twice; at most one assertion, as a direct child, plain or encrypted; signatures only on the
    /// response and on the assertion, one each; nothing else encrypted.
    ///
    /// # Errors
    ///
    /// [`Malformed`] says what is wrong and where.
    pub fn parse(xml: &[u8], limits: &Limits) -> Result<Self, Malformed> {
        let document = xml::parse(xml, limits)?;
        let root = document.root();
        if !root.is(NS_PROTOCOL, "Response") {
            let (expected, found) = ("samlp:Response", root.name().to_owned());
            return Err(Malformed::at(root, MalformedKind::WrongRoot { expected, found }));
        }
        unique_ids(&document)?;
        refuse_misplaced(&document, |element| element.parent() == Some(root))?;
        let (envelope, content) = Envelope::read(root)?;
        if let Some(Content::Encrypted(encrypted)) = content {
            EncryptedAssertion::read(encrypted)?;
        }
        Ok(Self { document, envelope })
    }

    /// What stands around the assertion; nobody has verified it.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// There is an assertion, plain or encrypted.
    #[must_use]
    pub fn has_assertion(&self) -> bool {
        self.assertion().is_some() || self.is_encrypted()
    }

    /// The assertion is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.encrypted().is_some()
    }

    /// Verifies every signature there is, on the response, on the assertion or on both, and gives out the
    /// assertion. At least one must cover it.
    ///
    /// # Errors
    ///
    /// See [`SignatureError`]. A signed assertion whose content is not sound is
    /// [`SignatureError::Malformed`].
    pub fn verify(self, keys: &TrustedKeys) -> Result<SignedAssertion, SignatureError> {
        if self.is_encrypted() {
            return Err(SignatureError::Encrypted);
        }
        let root = self.document.root();
        let assertion = self.assertion().ok_or(SignatureError::NoAssertion)?;
        let on_response = verify_if_signed(root, keys)?;
        let on_assertion = verify_if_signed(assertion, keys)?;
        let malformed = SignatureError::Malformed;

        let covering = match (&on_assertion, &on_response) {
            // Its own signature says most precisely which bytes are the assertion.
            (Some(own), _) => own.document.root(),
            (None, Some(outer)) => match content(outer.document.root()).map_err(malformed)? {
                Some(Content::Plain(assertion)) => assertion,
                _ => return Err(SignatureError::NoAssertion),
            },
            (None, None) => {
                return Err(SignatureError::NotSigned {
                    element: assertion.name().to_owned(),
                });
            }
        };
        let assertion = assertion::read(covering).map_err(malformed)?;
        let envelope = match &on_response {
            Some(outer) => Envelope::read(outer.document.root()).map_err(malformed)?.0,
            None => self.envelope.clone(),
        };
        Ok(SignedAssertion {
            envelope,
            assertion,
            on_response: on_response.as_ref().map(Signer::of),
            on_assertion: on_assertion.as_ref().map(Signer::of),
            was_encrypted: false,
        })
    }

    /// [`Self::verify`], with an encrypted assertion decrypted on the way; a plain one is verified as it is.
    ///
    /// A signature of the response covers the encrypted form and is verified first; what is decrypted then comes out
    /// of the digested bytes. A signature of the assertion is inside. Where there are both, both must hold; where there
    /// is none, the assertion is not signed, however it is encrypted.
    ///
    /// # Errors
    ///
    /// See [`EncryptedResponseError`]. What is wrong with a decrypted assertion is told only where nobody can have
    /// tried it out: where the response is signed, or the encryption is authenticated. Elsewhere it is
    /// [`DecryptionError::Undecipherable`] like everything else, until the assertion's own signature holds.
    pub fn decrypt_and_verify(
        self,
        decryption: &DecryptionKeys,
        keys: &TrustedKeys,
    ) -> Result<SignedAssertion, EncryptedResponseError> {
        if !self.is_encrypted() {
            return Ok(self.verify(keys)?);
        }
        let on_response = verify_if_signed(self.document.root(), keys)?;
        let around = on_response
            .as_ref()
            .map_or(&self.document, |outer| &outer.document);
        let malformed = |error| EncryptedResponseError::Signature(SignatureError::Malformed(error));
        let (envelope, content) = Envelope::read(around.root()).map_err(malformed)?;
        let Some(Content::Encrypted(encrypted)) = content else {
            return Err(SignatureError::NoAssertion.into());
        };
        let encrypted = EncryptedAssertion::read(encrypted).map_err(malformed)?;
        let opened = decryption::open(&encrypted, decryption, &self.document.limits)?;
        let may_be_told = opened.is_authenticated || on_response.is_some();
        let on_assertion = self
            .verify_opened(&opened.document, on_response.is_some(), keys)
            .map_err(|error| match may_be_told {
                true => EncryptedResponseError::Signature(error),
                false => DecryptionError::Undecipherable.into(),
            })?;
        let covering = on_assertion
            .as_ref()
            .map_or(opened.document.root(), |own| own.document.root());
        Ok(SignedAssertion {
            envelope,
            assertion: assertion::read(covering).map_err(malformed)?,
            on_response: on_response.as_ref().map(Signer::of),
            on_assertion: on_assertion.as_ref().map(Signer::of),
            was_encrypted: true,
        })
    }

    /// Judges what was decrypted as if it had always stood here, and verifies its signature, which there must be
    /// unless the response has one.
    fn verify_opened(
        &self,
        opened: &Document,
        response_is_signed: bool,
        keys: &TrustedKeys,
    ) -> Result<Option<Verified>, SignatureError> {
        let root = opened.root();
        unique_ids_of([&self.document, opened]).map_err(SignatureError::Malformed)?;
        refuse_misplaced(opened, |element| element == root).map_err(SignatureError::Malformed)?;
        let own = verify_if_signed(root, keys)?;
        if own.is_none() && !response_is_signed {
            let element = root.name().to_owned();
            return Err(SignatureError::NotSigned { element });
        }
        Ok(own)
    }

    /// The assertion with no signature verified at all. Only builds with debug assertions have this: it is
    /// how the reference SP shows that its signature check is what refuses a forgery.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if there is no assertion or its content is not sound.
    #[cfg(debug_assertions)]
    pub fn without_signature_check(self) -> Result<SignedAssertion, Malformed> {
        let root = self.document.root();
        let assertion = self.assertion().ok_or_else(|| {
            let (element, child) = ("Response".to_owned(), "Assertion".to_owned());
            Malformed::at(root, MalformedKind::ElementMissing { element, child })
        })?;
        Ok(SignedAssertion {
            assertion: assertion::read(assertion)?,
            envelope: self.envelope.clone(),
            on_response: None,
            on_assertion: None,
            was_encrypted: false,
        })
    }

    /// [`Self::without_signature_check`], with an encrypted assertion decrypted on the way; a plain one is read as it is.
    ///
    /// # Errors
    ///
    /// As [`Self::decrypt_and_verify`], less what is wrong with signatures.
    #[cfg(debug_assertions)]
    pub fn decrypt_without_signature_check(
        self,
        decryption: &DecryptionKeys,
    ) -> Result<SignedAssertion, EncryptedResponseError> {
        let malformed = |error| EncryptedResponseError::Signature(SignatureError::Malformed(error));
        let Some(encrypted) = self.encrypted() else {
            return self.without_signature_check().map_err(malformed);
        };
        let encrypted = EncryptedAssertion::read(encrypted).map_err(malformed)?;
        let opened = decryption::open(&encrypted, decryption, &self.document.limits)?;
        let root = opened.document.root();
        unique_ids_of([&self.document, &opened.document]).map_err(malformed)?;
        refuse_misplaced(&opened.document, |element| element == root).map_err(malformed)?;
        Ok(SignedAssertion {
            assertion: assertion::read(root).map_err(malformed)?,
            envelope: self.envelope.clone(),
            on_response: None,
            on_assertion: None,
            was_encrypted: true,
        })
    }

    fn assertion(&self) -> Option<Element<'_>> {
        self.document.root().child(NS_ASSERTION, "Assertion")
    }

    fn encrypted(&self) -> Option<Element<'_>> {
        self.document.root().child(NS_ASSERTION, "EncryptedAssertion")
    }
}

/// Why a response whose assertion may be encrypted is not believed.
#[derive(Debug, Error)]
pub enum EncryptedResponseError {
    /// The assertion was not decrypted.
    #[error(transparent)]
    Decryption(#[from] DecryptionError),
    /// A signature does not hold, or what it covers is not sound.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// Who signed, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The URI of the `SignatureMethod`.
    pub algorithm: &'static str,
    /// The URI of the `DigestMethod`.
    pub digest: &'static str,
    /// The key that verified: its place among the certificates of the [`TrustedKeys`], counted from 0.
    pub key_index: usize,
}

impl Signer {
    pub(crate) fn of(verified: &Verified) -> Self {
        let Verified {
            algorithm,
            digest,
            key_index,
            ..
        } = *verified;
        Self {
            algorithm,
            digest,
            key_index,
        }
    }
}

/// An assertion whose content is what a trusted key signed, with what stood around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAssertion {
    envelope: Envelope,
    assertion: Assertion,
    on_response: Option<Signer>,
    on_assertion: Option<Signer>,
    was_encrypted: bool,
}

impl SignedAssertion {
    /// The assertion, rebuilt from the digested bytes.
    #[must_use]
    pub fn assertion(&self) -> &Assertion {
        &self.assertion
    }

    /// Gives the assertion away.
    #[must_use]
    pub fn into_assertion(self) -> Assertion {
        self.assertion
    }

    /// What stood around the assertion.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The response carried a signature of its own, and it verified.
    #[must_use]
    pub fn response_is_signed(&self) -> bool {
        self.on_response.is_some()
    }

    /// The assertion carried a signature of its own, and it verified.
    #[must_use]
    pub fn assertion_is_signed(&self) -> bool {
        self.on_assertion.is_some()
    }

    /// The assertion was encrypted.
    #[must_use]
    pub fn was_encrypted(&self) -> bool {
        self.was_encrypted
    }

    /// Who signed the content of the assertion: by the assertion's own signature, else by the response's.
    /// `None` only where the check was switched off.
    #[must_use]
    pub fn signed_by(&self) -> Option<Signer> {
        self.on_assertion.or(self.on_response)
    }
}

impl Envelope {
    /// Reads a response, and finds its assertion without reading it.
    fn read(root: Element<'_>) -> Result<(Self, Option<Content<'_>>), Malformed> {
        let known = [
            "ID",
            "InResponseTo",
            "Version",
            "IssueInstant",
            "Destination",
            "Consent",
        ];
        only_attributes(root, &known, Foreign::Refused)?;
        required_version(root)?;
        let mut children = Sequence::of(root)?;
        let issuer = children
            .optional(NS_ASSERTION, "Issuer")
            .map(assertion::issuing_entity)
            .transpose()?;
        let _ = children.optional(NS_DSIG, "Signature");
        let _ = children.optional(NS_PROTOCOL, "Extensions");
        let status = status(children.required(NS_PROTOCOL, "Status")?)?;
        let content = Content::take(&mut children)?;
        children.end()?;
        let envelope = Self {
            id: required_id(root)?,
            issue_instant: required_instant(root, "IssueInstant")?,
            destination: optional_string(root, "Destination"),
            in_response_to: optional_string(root, "InResponseTo"),
            issuer,
            status,
        };
        Ok((envelope, content))
    }
}

/// The one assertion of a response.
#[derive(Clone, Copy)]
enum Content<'d> {
    Encrypted(Element<'d>),
    Plain(Element<'d>),
}

impl<'d> Content<'d> {
    /// Takes the next child if it is an assertion. Of one that is encrypted and one that is not, readers differ in
    /// which they believe.
    fn take(children: &mut Sequence<'d>) -> Result<Option<Self>, Malformed> {
        let before = children.optional(NS_ASSERTION, "Assertion");
        let encrypted = children.optional(NS_ASSERTION, "EncryptedAssertion");
        let plain = before.or_else(|| children.optional(NS_ASSERTION, "Assertion"));
        match (plain, encrypted) {
            (Some(_), Some(encrypted)) => {
                let what = ENCRYPTED_BESIDE_PLAIN;
                Err(Malformed::at(encrypted, MalformedKind::Unsupported { what }))
            }
            (plain, encrypted) => Ok(plain.map(Self::Plain).or(encrypted.map(Self::Encrypted))),
        }
    }
}

/// The assertion of a response that was judged by [`Envelope::read`] all over again.
fn content(root: Element<'_>) -> Result<Option<Content<'_>>, Malformed> {
    Envelope::read(root).map(|(_, content)| content)
}

fn verify_if_signed(element: Element<'_>, keys: &TrustedKeys) -> Result<Option<Verified>, SignatureError> {
    let signed = element.child(NS_DSIG, "Signature").is_some();
    signed.then(|| verify_enveloped(element, keys)).transpose()
}

/// `samlp:Status` (saml-core 3.2.2.1). Codes below the second level are not read.
pub(crate) fn status(element: Element<'_>) -> Result<Status, Malformed> {
    only_attributes(element, &[], Foreign::Refused)?;
    let mut children = Sequence::of(element)?;
    let (code, nested) = status_code(children.required(NS_PROTOCOL, "StatusCode")?)?;
    let sub_code = nested
        .map(|nested| status_code(nested).map(|(code, _)| code))
        .transpose()?;
    let message = children.optional(NS_PROTOCOL, "StatusMessage");
    let _ = children.optional(NS_PROTOCOL, "StatusDetail");
    children.end()?;
    Ok(Status {
        code,
        sub_code,
        message: message.map(Element::text).transpose()?,
    })
}

fn status_code(element: Element<'_>) -> Result<(String, Option<Element<'_>>), Malformed> {
    only_attributes(element, &["Value"], Foreign::Refused)?;
    let code = required(element, "Value")?.to_owned();
    let mut children = Sequence::of(element)?;
    let nested = children.optional(NS_PROTOCOL, "StatusCode");
    children.end()?;
    Ok((code, nested))
}

/// Assertions, responses and signatures stand where they are consumed or nowhere: every other place (advice,
/// extensions, status detail, attribute values, the signature itself) is where wrapped ones are parked.
fn refuse_misplaced(document: &Document, is_content: impl Fn(Element<'_>) -> bool) -> Result<(), Malformed> {
    let root = document.root();
    // Looked up once: there may be as many signatures as the root has children.
    let of_root = root.child(NS_DSIG, "Signature");
    let is_assertion = |element: Element<'_>| {
        element.is(NS_ASSERTION, "Assertion") || element.is(NS_ASSERTION, "EncryptedAssertion")
    };
    for element in document.elements() {
        let misplaced = if is_assertion(element) {
            !is_content(element)
        } else if element.is(NS_PROTOCOL, "Response") {
            element != root
        } else if element.is(NS_DSIG, "Signature") {
            // The response's second is one that belongs nowhere; the assertion's is told when it is verified.
            let signs_content = |parent| is_assertion(parent) && is_content(parent);
            of_root != Some(element) && !element.parent().is_some_and(signs_content)
        } else {
            false
        };
        if misplaced {
            let name = element.name().to_owned();
            return Err(Malformed::at(element, MalformedKind::Misplaced { element: name }));
        }
    }
    Ok(())
}
