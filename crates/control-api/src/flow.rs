//! The typed events of a recorded sign-on. Reports and pages read them and decide nothing.

use serde::{Deserialize, Serialize};

/// What the identity provider recorded under one flow id, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdpFlow {
    /// The events.
    pub events: Vec<IdpEvent>,
}

/// An event at the identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum IdpEvent {
    /// A sign-on request came in and was understood.
    RequestReceived {
        /// `ID`.
        request_id: String,
        /// `Issuer`.
        issuer: String,
        /// `redirect` or `post`.
        binding: String,
    },
    /// The sign-on ended at the identity provider.
    Stopped {
        /// `AADSTS50105`.
        code: String,
        /// The message, as on the page.
        message: String,
        /// Ids of the faults that it comes of.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        faults: Vec<String>,
    },
    /// A user authenticated, by password or by an existing session.
    Authenticated {
        /// User principal name.
        upn: String,
        /// Whether a session answered instead of the user.
        by_session: bool,
    },
    /// A LogoutRequest came in and was understood.
    LogoutRequested {
        /// `ID`.
        request_id: String,
        /// `Issuer`.
        issuer: String,
    },
    /// A session ended.
    SignedOut {
        /// User principal name.
        upn: String,
        /// Names of the applications that were sent a LogoutRequest.
        told: Vec<String>,
    },
    /// A message of single sign-out that faults changed went out to the SP.
    LogoutIssued {
        /// `ID` of the message.
        message_id: String,
        /// Application name.
        app: String,
        /// Thumbprint of the certificate that signed; empty where nobody signed.
        thumbprint: String,
        /// Ids of the faults that were applied, in order.
        faults: Vec<String>,
    },
    /// Somebody fetched federation metadata that faults had changed.
    MetadataServed {
        /// Application name; empty: the tenant-wide document.
        app: String,
        /// Ids of the faults that were applied, in order.
        faults: Vec<String>,
    },
    /// A failure response went out to the SP (entra-behaviour.md 3.6).
    FailureIssued {
        /// `ID` of the response.
        response_id: String,
        /// Application name.
        app: String,
        /// `AADSTS50058`.
        code: String,
        /// Ids of the faults that it comes of.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        faults: Vec<String>,
    },
    /// A response went out.
    ResponseIssued {
        /// `ID` of the response.
        response_id: String,
        /// `ID` of the assertion.
        assertion_id: String,
        /// Application name.
        app: String,
        /// NameID value of the user: what a fault makes of it where it is said of the user, and what it would be where a fault
        /// speaks for somebody else.
        name_id: String,
        /// Thumbprint of the certificate that signed.
        thumbprint: String,
        /// Thumbprint of the certificate that the assertion was encrypted to; absent: it is plain.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        encrypted_to: Option<String>,
        /// Ids of the faults that were applied, in order.
        faults: Vec<String>,
    },
}

/// How a response with faults differs from the one that would have gone out without them, line by line: of the form that
/// carries it, where that differs, then of the messages as they are laid out for reading. No lines: no faults, or nothing that shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The lines, in the order of the message.
    pub lines: Vec<DifferenceLine>,
}

/// A line of a [`Difference`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceLine {
    /// Both have it.
    Same(String),
    /// The response without the faults has it.
    Honest(String),
    /// The response that was sent has it.
    Sent(String),
    /// Both have so many lines that are not shown.
    LeftOut(usize),
}

/// What a reference SP instance recorded, oldest first, the newest [`SP_EVENTS_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpFlow {
    /// The events.
    pub events: Vec<SpEvent>,
}

/// How many events an SP instance keeps.
pub const SP_EVENTS_MAX: usize = 200;

/// An event at the reference SP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum SpEvent {
    /// A request was sent to the identity provider.
    RequestSent {
        /// `ID`.
        request_id: String,
    },
    /// A response was refused.
    Rejected {
        /// Digest of the message as it came (see [`crate::message`]); absent: none came that could be told from others.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_sha256: Option<String>,
        /// `ID` of the response, where it could be read.
        response_id: Option<String>,
        /// `InResponseTo`, where there is one.
        request_id: Option<String>,
        /// Rejection id.
        rejection: String,
        /// The private cause.
        cause: String,
    },
    /// A session ended by a message of the identity provider.
    SignedOut {
        /// Digest of the message as it came (see [`crate::message`]); absent: none came that could be told from others.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_sha256: Option<String>,
        /// `ID` of the message.
        message_id: String,
        /// Whether the identity provider asked for it; else it answered.
        asked_by_idp: bool,
    },
    /// A response was accepted and a session begun.
    SignedIn {
        /// Digest of the message as it came (see [`crate::message`]); absent: none came that could be told from others.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_sha256: Option<String>,
        /// `ID` of the response.
        response_id: String,
        /// `InResponseTo`, where there is one.
        request_id: Option<String>,
        /// NameID value.
        name_id: String,
        /// What became of the account: see [`crate::sp::AccountChange`].
        account: crate::sp::AccountChange,
    },
}
