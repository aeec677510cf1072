//! `saml:Assertion` from a tree to its value (saml-core 2). Called on verified trees, and in builds with
//! debug assertions on the unverified one when somebody switches the signature check off.

use std::collections::HashSet;

use saml_model::names::{NAME_ID_ENTITY, NS_ASSERTION};
use saml_model::{
    Assertion, Attribute, AuthnStatement, Conditions, NameId, Subject, SubjectConfirmation,
    SubjectConfirmationData,
};

use crate::malformed::{Malformed, MalformedKind};
use crate::sequence::{
    Foreign, Sequence, bad_value, only_attributes, optional_instant, optional_string, required, required_id,
    required_instant, required_version,
};
use crate::xml::Element;

/// Reads an assertion strictly: children in schema order, none unknown, none twice.
pub(crate) fn read(element: Element<'_>) -> Result<Assertion, Malformed> {
    only_attributes(element, &["ID", "Version", "IssueInstant"], Foreign::Refused)?;
    let id = required_id(element)?;
    let version = required_version(element)?;
    let issue_instant = required_instant(element, "IssueInstant")?;
    let mut children = Sequence::of(element)?;
    let issuer = issuing_entity(children.required(NS_ASSERTION, "Issuer")?)?;
    // Verified or of no interest: what is read here is what the signature covers.
    let _ = children.optional(saml_model::names::NS_DSIG, "Signature");
    let subject = children
        .optional(NS_ASSERTION, "Subject")
        .map(subject)
        .transpose()?;
    let conditions = children
        .optional(NS_ASSERTION, "Conditions")
        .map(conditions)
        .transpose()?;
    // Advice may be ignored (saml-core 2.6.1).
    let _ = children.optional(NS_ASSERTION, "Advice");
    let statements = Statements::read(children)?;
    Ok(Assertion {
        id,
        version,
        issue_instant,
        issuer,
        subject,
        conditions,
        attributes: statements.attributes,
        authn_statements: statements.authn,
    })
}

/// `saml:Issuer`, in a response, an assertion or a request (saml-core 2.2.5).
pub(crate) fn issuer(element: Element<'_>) -> Result<String, Malformed> {
    let known = ["Format", "NameQualifier", "SPNameQualifier", "SPProvidedID"];
    only_attributes(element, &known, Foreign::Refused)?;
    Ok(element.text()?)
}

/// `saml:Issuer` of a response or an assertion: its `Format` is that of an entity, or absent (saml-profiles 4.1.4.2).
pub(crate) fn issuing_entity(element: Element<'_>) -> Result<String, Malformed> {
    match element.attribute("Format") {
        None | Some(NAME_ID_ENTITY) => issuer(element),
        Some(other) => Err(bad_value(element, "Issuer/@Format", other, "that of an entity")),
    }
}

fn unsupported<T>(element: Element<'_>, what: &'static str) -> Result<T, Malformed> {
    Err(Malformed::at(element, MalformedKind::Unsupported { what }))
}

/// The statements of an assertion, of whatever order.
#[derive(Default)]
struct Statements {
    attributes: Vec<Attribute>,
    authn: Vec<AuthnStatement>,
}

impl Statements {
    fn read(mut children: Sequence<'_>) -> Result<Self, Malformed> {
        let mut statements = Self::default();
        let mut names = HashSet::new();
        loop {
            if let Some(statement) = children.optional(NS_ASSERTION, "AuthnStatement") {
                statements.authn.push(authn_statement(statement)?);
            } else if let Some(statement) = children.optional(NS_ASSERTION, "AttributeStatement") {
                statements.attribute_statement(statement, &mut names)?;
            } else if let Some(statement) = children.optional(NS_ASSERTION, "AuthzDecisionStatement") {
                return unsupported(statement, "an AuthzDecisionStatement");
            } else if let Some(statement) = children.optional(NS_ASSERTION, "Statement") {
                return unsupported(statement, "a Statement of an extension");
            } else {
                children.end()?;
                return Ok(statements);
            }
        }
    }

    fn attribute_statement(
        &mut self,
        statement: Element<'_>,
        names: &mut HashSet<String>,
    ) -> Result<(), Malformed> {
        only_attributes(statement, &[], Foreign::Refused)?;
        let mut children = Sequence::of(statement)?;
        while let Some(element) = children.optional(NS_ASSERTION, "Attribute") {
            let attribute = attribute(element)?;
            // Which of two would count depends on the reader, so neither does.
            if !names.insert(attribute.name.clone()) {
                let name = attribute.name;
                return Err(Malformed::at(
                    element,
                    MalformedKind::AttributeNameRepeated { name },
                ));
            }
            self.attributes.push(attribute);
        }
        if let Some(encrypted) = children.optional(NS_ASSERTION, "EncryptedAttribute") {
            return unsupported(encrypted, "an EncryptedAttribute");
        }
        children.end()
    }
}

fn attribute(element: Element<'_>) -> Result<Attribute, Malformed> {
    only_attributes(element, &["Name", "NameFormat", "FriendlyName"], Foreign::Allowed)?;
    let name = required(element, "Name")?.to_owned();
    let mut children = Sequence::of(element)?;
    let mut values = Vec::new();
    for value in children.many(NS_ASSERTION, "AttributeValue") {
        values.push(value.text()?);
    }
    children.end()?;
    Ok(Attribute {
        name,
        name_format: optional_string(element, "NameFormat"),
        values,
    })
}

fn authn_statement(element: Element<'_>) -> Result<AuthnStatement, Malformed> {
    let known = ["AuthnInstant", "SessionIndex", "SessionNotOnOrAfter"];
    only_attributes(element, &known, Foreign::Refused)?;
    let mut children = Sequence::of(element)?;
    let _ = children.optional(NS_ASSERTION, "SubjectLocality");
    let context = children.required(NS_ASSERTION, "AuthnContext")?;
    children.end()?;
    Ok(AuthnStatement {
        authn_instant: required_instant(element, "AuthnInstant")?,
        session_index: optional_string(element, "SessionIndex"),
        session_not_on_or_after: optional_instant(element, "SessionNotOnOrAfter")?,
        class_ref: class_ref(context)?,
    })
}

/// A class, a declaration, or both (saml-core 2.7.2.2).
fn class_ref(context: Element<'_>) -> Result<Option<String>, Malformed> {
    only_attributes(context, &[], Foreign::Refused)?;
    let mut children = Sequence::of(context)?;
    let class_ref = children.optional(NS_ASSERTION, "AuthnContextClassRef");
    let declaration = children
        .optional(NS_ASSERTION, "AuthnContextDecl")
        .or_else(|| children.optional(NS_ASSERTION, "AuthnContextDeclRef"));
    if class_ref.is_none() && declaration.is_none() {
        children.required(NS_ASSERTION, "AuthnContextClassRef")?;
    }
    let _ = children.many(NS_ASSERTION, "AuthenticatingAuthority");
    children.end()?;
    Ok(class_ref.map(Element::text).transpose()?)
}

fn subject(element: Element<'_>) -> Result<Subject, Malformed> {
    only_attributes(element, &[], Foreign::Refused)?;
    let mut children = Sequence::of(element)?;
    let name_id = identifier(&mut children)?;
    let confirmations = children
        .many(NS_ASSERTION, "SubjectConfirmation")
        .into_iter()
        .map(subject_confirmation)
        .collect::<Result<_, _>>()?;
    children.end()?;
    Ok(Subject {
        name_id,
        confirmations,
    })
}

/// `NameID`, or its relatives, which are refused by name.
fn identifier(children: &mut Sequence<'_>) -> Result<Option<NameId>, Malformed> {
    if let Some(base) = children.optional(NS_ASSERTION, "BaseID") {
        return unsupported(base, "a BaseID");
    }
    if let Some(encrypted) = children.optional(NS_ASSERTION, "EncryptedID") {
        return unsupported(encrypted, "an EncryptedID");
    }
    children.optional(NS_ASSERTION, "NameID").map(name_id).transpose()
}

/// `saml:NameID`, in a subject or in a LogoutRequest (saml-core 2.2.3).
pub(crate) fn name_id(element: Element<'_>) -> Result<NameId, Malformed> {
    let known = ["Format", "NameQualifier", "SPNameQualifier", "SPProvidedID"];
    only_attributes(element, &known, Foreign::Refused)?;
    Ok(NameId {
        format: optional_string(element, "Format"),
        name_qualifier: optional_string(element, "NameQualifier"),
        sp_name_qualifier: optional_string(element, "SPNameQualifier"),
        value: element.text()?,
    })
}

fn subject_confirmation(element: Element<'_>) -> Result<SubjectConfirmation, Malformed> {
    only_attributes(element, &["Method"], Foreign::Refused)?;
    let mut children = Sequence::of(element)?;
    // Who may confirm, which bearer confirmation does not ask (saml-profiles 3.3).
    let _ = identifier(&mut children)?;
    let data = children.optional(NS_ASSERTION, "SubjectConfirmationData");
    children.end()?;
    Ok(SubjectConfirmation {
        method: required(element, "Method")?.to_owned(),
        data: data.map(confirmation_data).transpose()?,
    })
}

/// The content of the element is open (key information, say) and not read.
fn confirmation_data(element: Element<'_>) -> Result<SubjectConfirmationData, Malformed> {
    let known = [
        "NotBefore",
        "NotOnOrAfter",
        "Recipient",
        "InResponseTo",
        "Address",
    ];
    only_attributes(element, &known, Foreign::Allowed)?;
    Ok(SubjectConfirmationData {
        not_before: optional_instant(element, "NotBefore")?,
        not_on_or_after: optional_instant(element, "NotOnOrAfter")?,
        recipient: optional_string(element, "Recipient"),
        in_response_to: optional_string(element, "InResponseTo"),
    })
}

fn conditions(element: Element<'_>) -> Result<Conditions, Malformed> {
    only_attributes(element, &["NotBefore", "NotOnOrAfter"], Foreign::Refused)?;
    let mut conditions = Conditions {
        not_before: optional_instant(element, "NotBefore")?,
        not_on_or_after: optional_instant(element, "NotOnOrAfter")?,
        ..Conditions::default()
    };
    let mut children = Sequence::of(element)?;
    while let Some(child) = children.any() {
        if child.is(NS_ASSERTION, "AudienceRestriction") {
            conditions.audience_restrictions.push(audiences(child)?);
        } else if child.is(NS_ASSERTION, "OneTimeUse") {
            conditions.one_time_use = true;
        } else if !child.is(NS_ASSERTION, "ProxyRestriction") {
            // ProxyRestriction binds those who issue assertions in turn (saml-core 2.5.1.6); of any other
            // condition nobody here can say that it holds.
            let condition = child.name().to_owned();
            return Err(Malformed::at(
                child,
                MalformedKind::ConditionUnknown { condition },
            ));
        }
    }
    Ok(conditions)
}

fn audiences(element: Element<'_>) -> Result<Vec<String>, Malformed> {
    only_attributes(element, &[], Foreign::Refused)?;
    let mut children = Sequence::of(element)?;
    let mut audiences = Vec::new();
    for audience in children.many(NS_ASSERTION, "Audience") {
        audiences.push(audience.text()?);
    }
    children.end()?;
    if audiences.is_empty() {
        return Err(bad_value(
            element,
            "AudienceRestriction",
            "",
            "a list of one Audience or more",
        ));
    }
    Ok(audiences)
}
