//! `samlp:Response` in Entra's shape (entra-behaviour.md 3.1, 3.4, 3.6, 3.7).

use saml_model::{Response, SigningOption, Status};

use crate::{
    EmitError, assertion,
    element::{ASSERTION, Element, SAMLP},
    encryption::{self, Encryption},
    instant, render,
    signature::{KeyInfoPrefix, Signing, sign_element},
};

/// The response as Entra writes it: one line, no XML declaration.
///
/// `option` says which elements are signed; without `signing` none is. The assertion is signed first, so that a
/// signature of the response covers it. A response without an assertion (a failure, entra-behaviour.md 3.6) is
/// signed only where `option` signs the response.
///
/// Nothing is judged: a value that the schema or Entra would not allow is written as it is, as long as the result
/// is well-formed. `AuthnContext` is written empty where there is no class reference.
///
/// # Errors
///
/// [`EmitError::ForbiddenCharacter`] for a value XML cannot carry, else what signing gives.
pub fn response(
    response: &Response,
    option: SigningOption,
    signing: Option<&Signing<'_>>,
) -> Result<String, EmitError> {
    let assertion = assertion_element(response, option, signing)?;
    around(response, assertion, option, signing)
}

/// The assertion by itself, in wire form, signed where `option` says so: what [`encrypted_response`] encrypts. `None`
/// where the response has none.
///
/// # Errors
///
/// Those of [`response`].
pub fn signed_assertion(
    response: &Response,
    option: SigningOption,
    signing: Option<&Signing<'_>>,
) -> Result<Option<String>, EmitError> {
    let assertion = assertion_element(response, option, signing)?;
    assertion.as_ref().map(render::wire).transpose()
}

/// The response with its assertion encrypted (entra-behaviour.md 3.7), otherwise as [`response`] writes it. The
/// assertion is signed before it is encrypted, the response after (saml-core 6.2). A response without an assertion
/// has nothing to encrypt.
///
/// # Errors
///
/// Those of [`response`], and [`EmitError::EncryptionCertificate`].
pub fn encrypted_response(
    response: &Response,
    option: SigningOption,
    signing: Option<&Signing<'_>>,
    encryption: &Encryption<'_>,
) -> Result<String, EmitError> {
    let encrypted = signed_assertion(response, option, signing)?
        .map(|plaintext| encryption::element(&plaintext, encryption))
        .transpose()?;
    around(response, encrypted, option, signing)
}

/// The assertion, signed where `option` says so.
fn assertion_element<'r>(
    response: &'r Response,
    option: SigningOption,
    signing: Option<&Signing<'_>>,
) -> Result<Option<Element<'r>>, EmitError> {
    let Some(value) = &response.assertion else {
        return Ok(None);
    };
    let mut element = assertion::element(value);
    if let Some(signing) = signing.filter(|_| option.signs_assertion()) {
        // Directly after Issuer, as the schema wants it.
        sign_element(&mut element, &value.id, 1, KeyInfoPrefix::Default, signing)?;
    }
    Ok(Some(element))
}

/// The whole message around what stands for the assertion.
fn around<'r>(
    response: &'r Response,
    assertion: Option<Element<'r>>,
    option: SigningOption,
    signing: Option<&Signing<'_>>,
) -> Result<String, EmitError> {
    let mut element = envelope(response).children(assertion);
    if let Some(signing) = signing.filter(|_| option.signs_response()) {
        let after_issuer = usize::from(response.issuer.is_some());
        sign_element(
            &mut element,
            &response.id,
            after_issuer,
            KeyInfoPrefix::Default,
            signing,
        )?;
    }
    render::wire(&element)
}

/// All of the response but the assertion.
fn envelope(response: &Response) -> Element<'_> {
    let issuer = response
        .issuer
        .as_deref()
        .map(|issuer| Element::new(ASSERTION, "Issuer").text(issuer));
    Element::new(SAMLP, "Response")
        .attribute("ID", &response.id)
        .attribute("Version", &response.version)
        .attribute("IssueInstant", instant::format(response.issue_instant))
        .optional_attribute("Destination", response.destination.as_deref())
        .optional_attribute("InResponseTo", response.in_response_to.as_deref())
        .children(issuer)
        .child(status(&response.status))
}

/// `Status`, in a response of any kind.
pub(crate) fn status(status: &Status) -> Element<'_> {
    let code = |value| Element::new(SAMLP, "StatusCode").attribute("Value", value);
    let message = status
        .message
        .as_deref()
        .map(|message| Element::new(SAMLP, "StatusMessage").text(message));
    Element::new(SAMLP, "Status")
        .child(code(status.code.as_str()).children(status.sub_code.as_deref().map(code)))
        .children(message)
}
