//! The authentication context: how the user was authenticated (saml-core 2.7.2.2, 3.3.2.2.1).

use saml_model::{AuthnStatement, Response, names};

use super::bytes::cut;
use super::tree::{Tree, nothing};
use super::value::{assertion, unlike};
use super::{Action, FaultError, Inputs, Parameters, variant};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("actx-attribute-only", Action::Value(mfa_in_the_attribute_alone)),
    ("actx-comment", Action::Message(comment)),
    (MISSING, Action::Draft(missing)),
    ("actx-unknown", Action::Value(unknown)),
    ("actx-unspecified", Action::Value(unspecified)),
];

const MISSING: &str = "actx-missing";

/// A class that nobody defined.
const UNKNOWN: &str = "urn:example:ac:classes:unknown";

fn statement(response: &mut Response) -> Result<&mut AuthnStatement, FaultError> {
    let first = assertion(response)?.authn_statements.first_mut();
    first.ok_or_else(|| nothing("AuthnStatement"))
}

fn class(response: &mut Response, class: &str) -> Result<(), FaultError> {
    let known = &mut statement(response)?.class_ref;
    let wanted = unlike(known.as_deref().unwrap_or_default(), class.to_owned())?;
    *known = Some(wanted);
    Ok(())
}

fn unspecified(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    class(response, names::AC_UNSPECIFIED)
}

fn unknown(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    class(response, UNKNOWN)
}

/// As Entra tells of a second factor: the class stays Password (entra-behaviour.md 3.2).
fn mfa_in_the_attribute_alone(
    response: &mut Response,
    _: &Parameters,
    _: &Inputs<'_>,
) -> Result<(), FaultError> {
    statement(response)?.class_ref = Some(names::AC_PASSWORD.to_owned());
    let attributes = &mut assertion(response)?.attributes;
    let methods = attributes
        .iter_mut()
        .find(|attribute| attribute.name == names::CLAIM_AUTHN_METHODS);
    let methods = methods.ok_or_else(|| nothing("attribute authnmethodsreferences"))?;
    if !methods
        .values
        .iter()
        .any(|value| value == names::AUTHN_METHOD_MULTIPLE)
    {
        methods.values.push(names::AUTHN_METHOD_MULTIPLE.to_owned());
    }
    Ok(())
}

fn missing(message: &mut Tree, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let (path, child): (&[&str], _) = match variant(parameters, MISSING) {
        "class-ref" => (
            &["Assertion", "AuthnStatement", "AuthnContext"],
            "AuthnContextClassRef",
        ),
        _ => (&["Assertion", "AuthnStatement"], "AuthnContext"),
    };
    message.at_mut(path)?.take(child)?;
    Ok(())
}

/// In the middle of the class; the signature does not cover it.
fn comment(xml: &str, _: &Parameters, _: &Inputs<'_>) -> Result<String, FaultError> {
    let (start, end) = ("<AuthnContextClassRef>", "</AuthnContextClassRef>");
    let (before, class, after) = cut(xml, start, end).ok_or_else(|| nothing("AuthnContextClassRef"))?;
    let middle = class
        .rfind(':')
        .ok_or_else(|| nothing("class of the usual form"))?;
    let (head, tail) = class.split_at(middle);
    Ok([before, start, head, "<!---->", tail, end, after].concat())
}
