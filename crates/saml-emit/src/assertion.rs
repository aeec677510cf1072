//! `saml:Assertion` in Entra's shape (entra-behaviour.md 3.1).

use saml_model::{Assertion, Attribute, AuthnStatement, Conditions, NameId, Subject, SubjectConfirmation};

use crate::{
    element::{ASSERTION, Element},
    instant,
};

/// The unsigned assertion; its `Issuer` is the first child.
pub(crate) fn element(assertion: &Assertion) -> Element<'_> {
    Element::new(ASSERTION, "Assertion")
        .attribute("ID", &assertion.id)
        .attribute("IssueInstant", instant::format(assertion.issue_instant))
        .attribute("Version", &assertion.version)
        .child(Element::new(ASSERTION, "Issuer").text(&assertion.issuer))
        .children(assertion.subject.as_ref().map(subject))
        .children(assertion.conditions.as_ref().map(conditions))
        .children(attribute_statement(&assertion.attributes))
        .children(assertion.authn_statements.iter().map(authn_statement))
}

fn subject(subject: &Subject) -> Element<'_> {
    Element::new(ASSERTION, "Subject")
        .children(subject.name_id.as_ref().map(name_id))
        .children(subject.confirmations.iter().map(confirmation))
}

/// `NameID`, in a subject or in a LogoutRequest.
pub(crate) fn name_id(name_id: &NameId) -> Element<'_> {
    Element::new(ASSERTION, "NameID")
        .optional_attribute("Format", name_id.format.as_deref())
        .optional_attribute("NameQualifier", name_id.name_qualifier.as_deref())
        .optional_attribute("SPNameQualifier", name_id.sp_name_qualifier.as_deref())
        .text(&name_id.value)
}

fn confirmation(confirmation: &SubjectConfirmation) -> Element<'_> {
    let data = confirmation.data.as_ref().map(|data| {
        Element::new(ASSERTION, "SubjectConfirmationData")
            .optional_attribute("InResponseTo", data.in_response_to.as_deref())
            .optional_attribute("NotBefore", data.not_before.map(instant::format))
            .optional_attribute("NotOnOrAfter", data.not_on_or_after.map(instant::format))
            .optional_attribute("Recipient", data.recipient.as_deref())
    });
    Element::new(ASSERTION, "SubjectConfirmation")
        .attribute("Method", &confirmation.method)
        .children(data)
}

fn conditions(conditions: &Conditions) -> Element<'_> {
    let restrictions = conditions.audience_restrictions.iter().map(|audiences| {
        let audiences = audiences
            .iter()
            .map(|audience| Element::new(ASSERTION, "Audience").text(audience));
        Element::new(ASSERTION, "AudienceRestriction").children(audiences)
    });
    Element::new(ASSERTION, "Conditions")
        .optional_attribute("NotBefore", conditions.not_before.map(instant::format))
        .optional_attribute("NotOnOrAfter", conditions.not_on_or_after.map(instant::format))
        .children(restrictions)
        .children(
            conditions
                .one_time_use
                .then(|| Element::new(ASSERTION, "OneTimeUse")),
        )
}

/// The schema wants at least one `Attribute` in an `AttributeStatement` (saml-core 2.7.3).
fn attribute_statement(attributes: &[Attribute]) -> Option<Element<'_>> {
    let statement =
        || Element::new(ASSERTION, "AttributeStatement").children(attributes.iter().map(attribute));
    (!attributes.is_empty()).then(statement)
}

fn attribute(attribute: &Attribute) -> Element<'_> {
    let values = attribute
        .values
        .iter()
        .map(|value| Element::new(ASSERTION, "AttributeValue").text(value));
    Element::new(ASSERTION, "Attribute")
        .attribute("Name", &attribute.name)
        .optional_attribute("NameFormat", attribute.name_format.as_deref())
        .children(values)
}

fn authn_statement(statement: &AuthnStatement) -> Element<'_> {
    let class_ref = |class_ref| Element::new(ASSERTION, "AuthnContextClassRef").text(class_ref);
    let context =
        Element::new(ASSERTION, "AuthnContext").children(statement.class_ref.as_deref().map(class_ref));
    Element::new(ASSERTION, "AuthnStatement")
        .attribute("AuthnInstant", instant::format(statement.authn_instant))
        .optional_attribute("SessionIndex", statement.session_index.as_deref())
        .optional_attribute(
            "SessionNotOnOrAfter",
            statement.session_not_on_or_after.map(instant::format),
        )
        .child(context)
}
