//! What decides how a user signs in: the first factor, and Conditional Access.

use serde::Serialize;

use super::decode::Whole;
use super::is_true;
use crate::file::Table;

/// The code that passes the second factor of every user without a `mfa_code`. It is on the page that asks for it, as
/// every password is.
pub const DEFAULT_MFA_CODE: &str = "123456";

/// A user's first factor (entra-behaviour.md 2.2, 3.2): what the session then says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authentication {
    /// A password.
    #[default]
    Password,
    /// A certificate, or a device's primary refresh token (X509).
    Certificate,
    /// Windows Hello (X509, MultiFactor, X509Device).
    WindowsHello,
    /// Integrated Windows authentication of a federated domain.
    Windows,
    /// Email one-time passcode (MultiFactor, OneTimePasscode).
    Passcode,
}

/// The words of a user's `authentication`.
pub const AUTHENTICATIONS: &[(&str, Authentication)] = &[
    ("password", Authentication::Password),
    ("certificate", Authentication::Certificate),
    ("windows-hello", Authentication::WindowsHello),
    ("windows", Authentication::Windows),
    ("passcode", Authentication::Passcode),
];

/// `[[conditional_access]]`: a Conditional Access policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConditionalAccessEntry {
    /// Name.
    pub name: String,
    /// "Enable policy": On or Off.
    #[serde(skip_serializing_if = "is_true")]
    pub enabled: bool,
    /// Users by UPN or its local part; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<String>,
    /// Applications by name; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<String>,
    /// "Grant".
    pub grant: Grant,
}

/// What a policy grants, and so what it refuses (entra-behaviour.md 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grant {
    /// "Block access": AADSTS53003.
    Block,
    /// "Require multifactor authentication".
    Mfa,
    /// "Require device to be marked as compliant": AADSTS53000, since no browser is such a device here.
    CompliantDevice,
    /// "Require Microsoft Entra hybrid joined device": AADSTS53001.
    HybridJoinedDevice,
    /// "Require approved client app": AADSTS53002.
    ApprovedApp,
}

/// The words of a policy's `grant`.
const GRANTS: &[(&str, Grant)] = &[
    ("block", Grant::Block),
    ("mfa", Grant::Mfa),
    ("compliant-device", Grant::CompliantDevice),
    ("hybrid-joined-device", Grant::HybridJoinedDevice),
    ("approved-app", Grant::ApprovedApp),
];

/// Reads a policy.
pub(super) fn conditional_access(table: &Table<'_>, whole: Whole) -> Option<ConditionalAccessEntry> {
    let name = table.required_string("name", "the policy's name");
    let grant = table.word("grant", GRANTS);
    if !table.has("grant") && whole == Whole::Yes {
        let words = crate::file::quoted_list(GRANTS.iter().map(|(word, _)| *word));
        table.problem(format!("`grant` is missing: expected one of {words}"));
    }
    Some(ConditionalAccessEntry {
        enabled: table.boolean("enabled").unwrap_or(true),
        users: table.strings("users"),
        apps: table.strings("apps"),
        name: name?,
        grant: grant?,
    })
}
