//! `samlp:Response` in Entra's shape (entra-behaviour.md 3.1, 3.4, 3.6).

use saml_model::{Response, SigningOption, Status};

use crate::{
    EmitError, assertion,
    element::{ASSERTION, Element, SAMLP},
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
    let mut assertion = response.assertion.as_ref().map(assertion::element);
    if let (Some(signing), Some(value), Some(element)) = (
        signing,
        &response.assertion,
        assertion.as_mut().filter(|_| option.signs_assertion()),
    ) {
        // Directly after Issuer, as the schema wants it.
        sign_element(element, &value.id, 1, KeyInfoPrefix::Default, signing)?;
    }
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
