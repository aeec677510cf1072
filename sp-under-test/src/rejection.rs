//! Every reason for which the reference SP refuses a message, in one table.
//!
//! A rejection has a stable id (contracts.md section 8), which scenarios and reports name, and a public sentence, which
//! stands on the page. The private cause of one refusal goes to the instance's events, never to the page.

use axum::http::StatusCode;

/// A reason for refusing a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// The identity provider answered with a failure (saml-core 3.2.2.2).
    StatusNotSuccess,
    /// No trusted key signed the assertion (saml-profiles 4.1.4.3).
    SignatureInvalid,
    /// Somebody else than the trusted identity provider issued it (saml-profiles 4.1.4.2).
    IssuerUnknown,
    /// The response was addressed elsewhere (saml-core 3.2.2).
    DestinationMismatch,
    /// No bearer confirmation is for this address (saml-profiles 4.1.4.3).
    RecipientMismatch,
    /// The assertion is for another service provider (saml-core 2.5.1.4).
    AudienceMismatch,
    /// The assertion is too old or not valid yet (saml-core 2.5.1.2, saml-profiles 4.1.4.3).
    OutsideValidity,
    /// It answers a request that this browser does not wait for (saml-profiles 4.1.4.3).
    InResponseToUnknown,
    /// Nobody asked, and this service provider wants to be asked (saml-profiles 4.1.5).
    UnsolicitedNotAllowed,
    /// The user was authenticated in another way than was asked for (saml-core 3.3.2.2.1).
    AuthnContextUnmet,
    /// The assertion was used before (saml-profiles 4.1.4.5).
    Replayed,
    /// It is not a message of this protocol.
    Malformed,
    /// The user has no account and none is made.
    AccountUnknown,
    /// A claim is missing without which nobody is signed in.
    AttributeMissing,
    /// The account was deactivated.
    AccountDeactivated,
    /// The identity is tied to another account, or the account to another identity.
    LinkBroken,
    /// The certificate that signed has expired (entra-behaviour.md section 5).
    CertificateExpired,
    /// The certificate that signed is not valid yet (entra-behaviour.md section 5).
    CertificateNotYetValid,
    /// The assertion is not encrypted, and this service provider demands it.
    NotEncrypted,
}

impl Rejection {
    /// Every rejection: the eleven checks in their order, then the others.
    pub const ALL: [Self; 19] = [
        Self::StatusNotSuccess,
        Self::SignatureInvalid,
        Self::IssuerUnknown,
        Self::DestinationMismatch,
        Self::RecipientMismatch,
        Self::AudienceMismatch,
        Self::OutsideValidity,
        Self::InResponseToUnknown,
        Self::UnsolicitedNotAllowed,
        Self::AuthnContextUnmet,
        Self::Replayed,
        Self::Malformed,
        Self::AccountUnknown,
        Self::AttributeMissing,
        Self::AccountDeactivated,
        Self::LinkBroken,
        Self::CertificateExpired,
        Self::CertificateNotYetValid,
        Self::NotEncrypted,
    ];

    /// The stable id.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.row().0
    }

    /// What the page says: true, and of no use to an attacker.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        self.row().1
    }

    /// The status of the refusal page.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            _ => StatusCode::FORBIDDEN,
        }
    }

    fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::StatusNotSuccess => ("status-not-success", "The identity provider did not sign you in."),
            Self::SignatureInvalid => (
                "signature-invalid",
                "The response is not signed by an identity provider that is trusted here.",
            ),
            Self::IssuerUnknown => (
                "issuer-unknown",
                "The response comes from an identity provider that is not trusted here.",
            ),
            Self::DestinationMismatch => (
                "destination-mismatch",
                "The response was addressed to another service.",
            ),
            Self::RecipientMismatch => (
                "recipient-mismatch",
                "The response was made for another recipient.",
            ),
            Self::AudienceMismatch => (
                "audience-mismatch",
                "The response is meant for another application.",
            ),
            Self::OutsideValidity => (
                "outside-validity",
                "The response is no longer valid, or not valid yet. Compare the clocks and sign in again.",
            ),
            Self::InResponseToUnknown => (
                "in-response-to-unknown",
                "The response does not answer a sign-on that was started in this browser. Sign in again.",
            ),
            Self::UnsolicitedNotAllowed => (
                "unsolicited-not-allowed",
                "Sign-on has to start here: open this application and sign in from its page.",
            ),
            Self::AuthnContextUnmet => (
                "authn-context-unmet",
                "You did not sign in in the way that this service demands. Sign in again, with a stronger method.",
            ),
            Self::Replayed => ("replayed", "This response was used before. Sign in again."),
            Self::Malformed => (
                "malformed",
                "What arrived is not a response that this service can read.",
            ),
            Self::AccountUnknown => (
                "account-unknown",
                "There is no account for you here. Ask your administrator to create one.",
            ),
            Self::AttributeMissing => (
                "attribute-missing",
                "The identity provider did not send a claim that is required here. Ask your administrator.",
            ),
            Self::AccountDeactivated => (
                "account-deactivated",
                "Your account is deactivated. Ask your administrator.",
            ),
            Self::LinkBroken => (
                "link-broken",
                "Your account here is tied to another sign-in identity. Ask support to delete the old link.",
            ),
            Self::CertificateExpired => (
                "certificate-expired",
                "The identity provider signs with an expired certificate. Ask your administrator to renew it.",
            ),
            Self::CertificateNotYetValid => (
                "certificate-not-yet-valid",
                "The identity provider signs with a certificate that is not valid yet. Ask your administrator to sign with a valid one.",
            ),
            Self::NotEncrypted => (
                "not-encrypted",
                "The response is not encrypted, as this service demands. Ask your administrator to activate token encryption.",
            ),
        }
    }
}

/// A refusal of one message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {cause}", .rejection.id())]
pub struct Refused {
    /// Why.
    pub rejection: Rejection,
    /// What exactly was wrong; for the events, not for the page.
    pub cause: String,
}

impl Refused {
    /// A refusal with its private cause.
    pub fn new(rejection: Rejection, cause: impl Into<String>) -> Self {
        Self {
            rejection,
            cause: cause.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// contracts.md section 8 and decisions beyond it.
    const PUBLISHED: &str = "status-not-success signature-invalid issuer-unknown destination-mismatch recipient-mismatch \
        audience-mismatch outside-validity in-response-to-unknown unsolicited-not-allowed authn-context-unmet replayed malformed account-unknown \
        attribute-missing account-deactivated link-broken certificate-expired certificate-not-yet-valid not-encrypted";

    #[test]
    fn the_registry_is_what_was_published() {
        let ids: Vec<_> = Rejection::ALL.iter().map(|rejection| rejection.id()).collect();
        assert_eq!(
            ids.join(" "),
            PUBLISHED.split_whitespace().collect::<Vec<_>>().join(" ")
        );
        let sentences: HashSet<_> = Rejection::ALL
            .iter()
            .map(|rejection| rejection.sentence())
            .collect();
        assert_eq!(sentences.len(), Rejection::ALL.len());
        assert!(sentences.iter().all(|sentence| sentence.ends_with('.')));
        let statuses = |status| {
            Rejection::ALL
                .iter()
                .filter(|rejection| rejection.status() == status)
                .count()
        };
        assert_eq!(
            (statuses(StatusCode::BAD_REQUEST), statuses(StatusCode::FORBIDDEN)),
            (1, 18)
        );
    }
}
