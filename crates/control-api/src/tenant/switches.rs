//! Where Microsoft's documents and the observed service differ, the mock follows what was recommended
//! (entra-behaviour.md section 0, C1 to C14). A switch of an application takes the other value.

use serde::Serialize;

/// One of an application's `switches`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// C1.
    NotBeforeAtIssue,
    /// C2.
    #[serde(rename = "window-70-minutes")]
    Window70Minutes,
    /// C3.
    #[serde(rename = "confirmation-5-minutes")]
    Confirmation5Minutes,
    /// C4.
    IssuerLoginHost,
    /// C5.
    DestinationIgnored,
    /// C6.
    IssueInstantEnforced,
    /// C7.
    SpNameQualifierRefused,
    /// C8.
    ClassRefsAsDocumented,
    /// C9.
    UnspecifiedPairwise,
    /// C11.
    #[serde(rename = "near-issuer-650056")]
    NearIssuer650056,
    /// C11, the document's value.
    #[serde(rename = "near-issuer-70001")]
    NearIssuer70001,
    /// C12.
    LogoutIssuerLoginHost,
    /// C14.
    NameIdFormatTolerated,
}

/// One row of [`CONFLICTS`].
#[derive(Clone, Copy, Debug)]
pub struct Conflict {
    /// `C1` to `C14`, as entra-behaviour.md section 0 numbers them.
    pub id: &'static str,
    /// What they differ about.
    pub topic: &'static str,
    /// What the mock does.
    pub default: &'static str,
    /// What takes the other value, and which that is.
    pub other: Other,
}

/// How the other value of a conflict is had.
#[derive(Clone, Copy, Debug)]
pub enum Other {
    /// By words of `switches`, each with what it does.
    Switches(&'static [(&'static str, Switch, &'static str)]),
    /// By a key of the application.
    Key(&'static str, &'static str),
    /// Not at all, for this reason.
    Absent(&'static str),
}

/// Every conflict with its decision.
pub const CONFLICTS: &[Conflict] = &[
    Conflict {
        id: "C1",
        topic: "Conditions/@NotBefore",
        default: "5 minutes before the base time",
        other: Other::Switches(&[(
            "not-before-at-issue",
            Switch::NotBeforeAtIssue,
            "the IssueInstant, without skew",
        )]),
    },
    Conflict {
        id: "C2",
        topic: "length of the Conditions window",
        default: "65 minutes: 5 before and 60 after the base time",
        other: Other::Switches(&[(
            "window-70-minutes",
            Switch::Window70Minutes,
            "70 minutes from NotBefore; excludes `token_lifetime`",
        )]),
    },
    Conflict {
        id: "C3",
        topic: "SubjectConfirmationData/@NotOnOrAfter",
        default: "60 minutes after the base time",
        other: Other::Switches(&[(
            "confirmation-5-minutes",
            Switch::Confirmation5Minutes,
            "5 minutes after the base time",
        )]),
    },
    Conflict {
        id: "C4",
        topic: "Issuer of response, assertion and metadata",
        default: "`https://sts.windows.net/{tid}/`",
        other: Other::Switches(&[(
            "issuer-login-host",
            Switch::IssuerLoginHost,
            "`https://login.microsoftonline.com/{tid}/`",
        )]),
    },
    Conflict {
        id: "C5",
        topic: "Destination of the request",
        default: "validated where it is there (AADSTS75008)",
        other: Other::Switches(&[("destination-ignored", Switch::DestinationIgnored, "ignored")]),
    },
    Conflict {
        id: "C6",
        topic: "IssueInstant of the request",
        default: "must be an instant; its age does not matter",
        other: Other::Switches(&[(
            "issue-instant-enforced",
            Switch::IssueInstantEnforced,
            "AADSTS76026 where it is more than 5 minutes old",
        )]),
    },
    Conflict {
        id: "C7",
        topic: "NameIDPolicy/@SPNameQualifier",
        default: "echoed in the NameID; an attribute NameQualifier is an XML error (AADSTS7500525)",
        other: Other::Switches(&[(
            "sp-name-qualifier-refused",
            Switch::SpNameQualifierRefused,
            "a failure response to the SP: AADSTS75006, AADSTS90011",
        )]),
    },
    Conflict {
        id: "C8",
        topic: "PasswordProtectedTransport in RequestedAuthnContext",
        default: "accepted for a password session, and emitted",
        other: Other::Switches(&[(
            "class-refs-as-documented",
            Switch::ClassRefsAsDocumented,
            "matches no session (AADSTS75011)",
        )]),
    },
    Conflict {
        id: "C9",
        topic: "NameIDPolicy Format unspecified",
        default: "the configured value",
        other: Other::Switches(&[(
            "unspecified-pairwise",
            Switch::UnspecifiedPairwise,
            "the pairwise value",
        )]),
    },
    Conflict {
        id: "C10",
        topic: "algorithms of request signatures",
        default: "RSA-SHA256 alone",
        other: Other::Key("verification_certificates.allow_rsa_sha1", "RSA-SHA1 too"),
    },
    Conflict {
        id: "C11",
        topic: "an Issuer that differs from an identifier by no more than one slash at its end and letter case",
        default: "AADSTS700016, as any unknown Issuer",
        other: Other::Switches(&[
            (
                "near-issuer-650056",
                Switch::NearIssuer650056,
                "AADSTS650056; excludes `near-issuer-70001`",
            ),
            (
                "near-issuer-70001",
                Switch::NearIssuer70001,
                "AADSTS70001; excludes `near-issuer-650056`",
            ),
        ]),
    },
    Conflict {
        id: "C12",
        topic: "Issuer of LogoutResponse and LogoutRequest",
        default: "the application's issuer, `https://sts.windows.net/{tid}/`",
        other: Other::Switches(&[(
            "logout-issuer-login-host",
            Switch::LogoutIssuerLoginHost,
            "`https://login.microsoftonline.com/{tid}/`",
        )]),
    },
    Conflict {
        id: "C13",
        topic: "sender of expiry mails",
        default: "no mail is sent",
        other: Other::Absent("the mock sends no mail"),
    },
    Conflict {
        id: "C14",
        topic: "an unsupported NameIDPolicy Format",
        default: "AADSTS75016",
        other: Other::Switches(&[(
            "name-id-format-tolerated",
            Switch::NameIdFormatTolerated,
            "ignored: the portal's format",
        )]),
    },
];

/// The words of `switches`.
pub(super) fn words() -> impl Iterator<Item = (&'static str, Switch)> {
    CONFLICTS.iter().flat_map(|conflict| {
        let switches = match conflict.other {
            Other::Switches(switches) => switches,
            Other::Key(..) | Other::Absent(_) => &[],
        };
        switches.iter().map(|(word, switch, _)| (*word, *switch))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_written_as_it_is_read() {
        for (word, switch) in words() {
            assert_eq!(serde_json::to_value(switch).unwrap(), word);
        }
        assert_eq!(words().count(), 13);
    }
}
