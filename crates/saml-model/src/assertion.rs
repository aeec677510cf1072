//! The assertion and its parts (saml-core section 2).

use jiff::Timestamp;

/// `saml:Assertion` (saml-core 2.3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// `ID`, an xs:ID.
    pub id: String,
    /// `Version`; "2.0" in every message of this protocol.
    pub version: String,
    /// `IssueInstant`, UTC.
    pub issue_instant: Timestamp,
    /// `Issuer`: the entity id of the identity provider.
    pub issuer: String,
    /// `Subject`; an assertion without one names nobody.
    pub subject: Option<Subject>,
    /// `Conditions`.
    pub conditions: Option<Conditions>,
    /// The attributes of every `AttributeStatement`, in document order.
    pub attributes: Vec<Attribute>,
    /// Every `AuthnStatement`, in document order.
    pub authn_statements: Vec<AuthnStatement>,
}

impl Assertion {
    /// The values of the attribute with exactly this `Name`, or `None` where it is absent.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&[String]> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
            .map(|attribute| attribute.values.as_slice())
    }

    /// The subject's `NameID`, where there is one.
    #[must_use]
    pub fn name_id(&self) -> Option<&NameId> {
        self.subject.as_ref()?.name_id.as_ref()
    }
}

/// `saml:NameID` (saml-core 2.2.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NameId {
    /// `Format`; absent means unspecified.
    pub format: Option<String>,
    /// `NameQualifier`.
    pub name_qualifier: Option<String>,
    /// `SPNameQualifier`.
    pub sp_name_qualifier: Option<String>,
    /// The text of the element.
    pub value: String,
}

/// `saml:Subject` (saml-core 2.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// `NameID`.
    pub name_id: Option<NameId>,
    /// Every `SubjectConfirmation`, in document order.
    pub confirmations: Vec<SubjectConfirmation>,
}

/// `saml:SubjectConfirmation` (saml-core 2.4.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectConfirmation {
    /// `Method`, a URI; [`crate::names::CM_BEARER`] in web browser SSO.
    pub method: String,
    /// `SubjectConfirmationData`.
    pub data: Option<SubjectConfirmationData>,
}

/// `saml:SubjectConfirmationData` (saml-core 2.4.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubjectConfirmationData {
    /// `NotBefore`; a bearer confirmation must not carry one (saml-profiles 4.1.4.2).
    pub not_before: Option<Timestamp>,
    /// `NotOnOrAfter`.
    pub not_on_or_after: Option<Timestamp>,
    /// `Recipient`: the AssertionConsumerService URL.
    pub recipient: Option<String>,
    /// `InResponseTo`: the ID of the AuthnRequest that is answered.
    pub in_response_to: Option<String>,
}

/// `saml:Conditions` (saml-core 2.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// `NotBefore`.
    pub not_before: Option<Timestamp>,
    /// `NotOnOrAfter`.
    pub not_on_or_after: Option<Timestamp>,
    /// Each `AudienceRestriction` with its audiences: one of the inner, all of the outer must match.
    pub audience_restrictions: Vec<Vec<String>>,
    /// `OneTimeUse` is present.
    pub one_time_use: bool,
}

/// `saml:Attribute` (saml-core 2.7.3.1), its values as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// `Name`.
    pub name: String,
    /// `NameFormat`; Entra sends none unless told to.
    pub name_format: Option<String>,
    /// The text of each `AttributeValue`, in document order.
    pub values: Vec<String>,
}

/// `saml:AuthnStatement` (saml-core 2.7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthnStatement {
    /// `AuthnInstant`: when the session authenticated, not when the assertion was issued.
    pub authn_instant: Timestamp,
    /// `SessionIndex`.
    pub session_index: Option<String>,
    /// `SessionNotOnOrAfter`.
    pub session_not_on_or_after: Option<Timestamp>,
    /// `AuthnContext/AuthnContextClassRef`.
    pub class_ref: Option<String>,
}
