//! The protocol messages (saml-core section 3) and how a response is signed.

use jiff::Timestamp;

use crate::{Assertion, NameId, names};

/// `samlp:AuthnRequest` (saml-core 3.4.1), as far as anyone reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthnRequest {
    /// `ID`, an xs:ID.
    pub id: String,
    /// `Version`; "2.0".
    pub version: String,
    /// `IssueInstant`, UTC.
    pub issue_instant: Timestamp,
    /// `Destination`: the address the request is sent to.
    pub destination: Option<String>,
    /// `ForceAuthn`; absent means false.
    pub force_authn: bool,
    /// `IsPassive`; absent means false.
    pub is_passive: bool,
    /// `ProtocolBinding`.
    pub protocol_binding: Option<String>,
    /// `AssertionConsumerServiceIndex`.
    pub acs_index: Option<u16>,
    /// `AssertionConsumerServiceURL`.
    pub acs_url: Option<String>,
    /// `Issuer`: the entity id of the service provider.
    pub issuer: Option<String>,
    /// `Subject` is present, which Entra refuses (entra-behaviour.md 2.1).
    pub has_subject: bool,
    /// `Scoping`.
    pub scoping: Option<Scoping>,
    /// `NameIDPolicy`.
    pub name_id_policy: Option<NameIdPolicy>,
    /// `RequestedAuthnContext`.
    pub requested_authn_context: Option<RequestedAuthnContext>,
}

impl AuthnRequest {
    /// The smallest honest request: everything optional is absent.
    #[must_use]
    pub fn new(id: impl Into<String>, issue_instant: Timestamp, issuer: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            version: names::VERSION.to_owned(),
            issue_instant,
            destination: None,
            force_authn: false,
            is_passive: false,
            protocol_binding: None,
            acs_index: None,
            acs_url: None,
            issuer: Some(issuer.into()),
            has_subject: false,
            scoping: None,
            name_id_policy: None,
            requested_authn_context: None,
        }
    }
}

/// `samlp:NameIDPolicy` (saml-core 3.4.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameIdPolicy {
    /// `Format`.
    pub format: Option<String>,
    /// `SPNameQualifier`.
    pub sp_name_qualifier: Option<String>,
    /// `AllowCreate`.
    pub allow_create: Option<bool>,
}

/// `samlp:RequestedAuthnContext` (saml-core 3.3.2.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestedAuthnContext {
    /// `Comparison`; absent means exact.
    pub comparison: Option<String>,
    /// Every `AuthnContextClassRef`, in document order.
    pub class_refs: Vec<String>,
}

/// Which parts `samlp:Scoping` has (saml-core 3.4.1.2): Entra takes it empty and refuses each of them
/// (entra-behaviour.md 2.1), so nobody reads what they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scoping {
    /// `ProxyCount` is present.
    pub proxy_count: bool,
    /// `IDPList` is present.
    pub idp_list: bool,
    /// There is a `RequesterID`.
    pub requester_id: bool,
}

/// `samlp:LogoutRequest` (saml-core 3.7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutRequest {
    /// `ID`, an xs:ID.
    pub id: String,
    /// `Version`; "2.0".
    pub version: String,
    /// `IssueInstant`, UTC.
    pub issue_instant: Timestamp,
    /// `Destination`: the address the request is sent to.
    pub destination: Option<String>,
    /// `NotOnOrAfter`: when the sender forgets the request, UTC.
    pub not_on_or_after: Option<Timestamp>,
    /// `Reason`.
    pub reason: Option<String>,
    /// `Issuer`: the entity id of whoever asks.
    pub issuer: Option<String>,
    /// `NameID`: who is to be signed out. The schema wants one, or a `BaseID` or an `EncryptedID`, which nobody here
    /// reads.
    pub name_id: Option<NameId>,
    /// Every `SessionIndex`, in document order; none means every session of the subject.
    pub session_indexes: Vec<String>,
}

/// `samlp:LogoutResponse` (saml-core 3.7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutResponse {
    /// `ID`, an xs:ID.
    pub id: String,
    /// `Version`; "2.0".
    pub version: String,
    /// `IssueInstant`, UTC.
    pub issue_instant: Timestamp,
    /// `Destination`: the address the response is sent to.
    pub destination: Option<String>,
    /// `InResponseTo`: the ID of the LogoutRequest.
    pub in_response_to: Option<String>,
    /// `Issuer`: the entity id of whoever answers.
    pub issuer: Option<String>,
    /// `Status`.
    pub status: Status,
}

/// `samlp:Response` (saml-core 3.3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// `ID`, an xs:ID.
    pub id: String,
    /// `Version`; "2.0".
    pub version: String,
    /// `IssueInstant`, UTC.
    pub issue_instant: Timestamp,
    /// `Destination`: the AssertionConsumerService URL.
    pub destination: Option<String>,
    /// `InResponseTo`: the ID of the AuthnRequest; absent when nobody asked.
    pub in_response_to: Option<String>,
    /// `Issuer`: the entity id of the identity provider.
    pub issuer: Option<String>,
    /// `Status`.
    pub status: Status,
    /// `Assertion`; one in every honest success, none in a failure.
    pub assertion: Option<Assertion>,
}

/// `samlp:Status` (saml-core 3.2.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The `Value` of the top-level `StatusCode`.
    pub code: String,
    /// The `Value` of the nested `StatusCode`.
    pub sub_code: Option<String>,
    /// `StatusMessage`.
    pub message: Option<String>,
}

impl Status {
    /// The status of every good answer.
    #[must_use]
    pub fn success() -> Self {
        Self {
            code: names::STATUS_SUCCESS.to_owned(),
            sub_code: None,
            message: None,
        }
    }

    /// The top-level code decides (saml-core 3.2.2.2).
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.code == names::STATUS_SUCCESS
    }
}

/// Which elements of a response carry a signature: the admin center's Signing Option.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SigningOption {
    /// "Sign SAML assertion", the default.
    #[default]
    Assertion,
    /// "Sign SAML response".
    Response,
    /// "Sign SAML response and assertion".
    ResponseAndAssertion,
}

impl SigningOption {
    /// The assertion carries its own signature.
    #[must_use]
    pub fn signs_assertion(self) -> bool {
        matches!(self, Self::Assertion | Self::ResponseAndAssertion)
    }

    /// The response carries its own signature.
    #[must_use]
    pub fn signs_response(self) -> bool {
        matches!(self, Self::Response | Self::ResponseAndAssertion)
    }
}

/// The admin center's Signing Algorithm: it chooses the signature method and the digest method together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSA-SHA256 over SHA-256 digests, the default.
    #[default]
    RsaSha256,
    /// RSA-SHA1 over SHA-1 digests.
    RsaSha1,
}
