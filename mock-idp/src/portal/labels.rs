//! What the admin center's labels were called before: guides of different ages name the same thing differently.

use super::form::holds;

/// A label of today with its earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// As the pages show it (entra-behaviour.md 8).
    pub now: &'static str,
    /// As older guides name it.
    pub earlier: &'static [&'static str],
}

/// Every label that was called something else. A page shows the earlier ones beside today's, and the search finds it by
/// either.
pub const LABELS: &[Label] = &[
    label(
        "Microsoft Entra ID",
        &["Azure Active Directory", "Azure AD", "Identity", "Entra ID"],
    ),
    label("Entra ID", &["Identity"]),
    label("Enterprise apps", &["Enterprise applications", "Applications"]),
    label("All applications", &["Overview"]),
    label("Remove assignment", &["Remove"]),
    label("Select a single sign-on method", &["Select SSO method"]),
    label("Set up single sign on", &["Set up SSO"]),
    label("Set up Single Sign-On with SAML", &["SAML-based Sign-on"]),
    label("Attributes & Claims", &["User Attributes & Claims"]),
    label("Manage claim", &["Manage user claims"]),
    label("SAML Certificates", &["SAML Signing Certificate"]),
    label("Token signing certificate", &["SAML signing certificate"]),
    label("New Certificate", &["Add new certificate"]),
    label("Base64 certificate download", &["Base64 certificate"]),
    label("Microsoft Entra Identifier", &["Azure AD Identifier"]),
    label("Sign on URL (Optional)", &["Sign-on URL"]),
];

const fn label(now: &'static str, earlier: &'static [&'static str]) -> Label {
    Label { now, earlier }
}

/// `earlier: …` of a label, for the page; empty where it was never called otherwise.
pub(crate) fn earlier(now: &str) -> String {
    let known = LABELS.iter().find(|label| label.now == now);
    match known.map(|label| label.earlier) {
        None | Some([]) => String::new(),
        Some(earlier) => format!("earlier: {}", earlier.join(", ")),
    }
}

/// Whether a label, or one of its earlier ones, holds what was searched for; case does not matter.
pub(crate) fn is_found_by(now: &str, wanted: &str) -> bool {
    let known = LABELS.iter().find(|label| label.now == now);
    holds(now, wanted)
        || known.is_some_and(|label| label.earlier.iter().any(|earlier| holds(earlier, wanted)))
}
