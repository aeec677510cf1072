//! What the admin center's labels were called before: guides of different ages name the same thing differently. And
//! which label of the pages a key of the tenant file has.

use super::form::holds;
use crate::tenant::TenantError;

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

/// The keys of an application that a page has a field for, each with that field's label.
const FIELDS: &[(&str, &str)] = &[
    ("identifiers", "Identifier (Entity ID)"),
    ("reply_urls", "Reply URL (Assertion Consumer Service URL)"),
    ("sign_on_url", "Sign on URL (Optional)"),
    ("logout_url", "Logout Url (Optional)"),
    ("homepage_url", "Homepage URL"),
    ("notification_emails", "Notification Email Addresses"),
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

/// What is wrong with an edited file in the words of the page: a field's label, where the file has a key in a place.
pub(crate) fn in_labels(problem: TenantError) -> TenantError {
    let TenantError(problems) = problem;
    let lines = problems.iter().flat_map(|problem| problem.lines());
    TenantError(
        lines
            .map(|line| labelled(line).unwrap_or_else(|| line.to_owned()))
            .collect(),
    )
}

/// `tenant: app[0].logout_url: `logout_url`: …`, by the label; `None` where no field has such a key.
fn labelled(line: &str) -> Option<String> {
    let place = line.strip_prefix("tenant: app[")?;
    let (key, label) = FIELDS.iter().find(|(key, _)| {
        let after = place.split_once("].").map(|(_, key)| key);
        after.is_some_and(|after| after.starts_with(key) && after[key.len()..].starts_with([':', '[', '.']))
    })?;
    let (_, wrong) = place.split_once(&format!("`{key}`: "))?;
    Some(format!("{label}: {wrong}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_the_file_is_told_by_its_label() {
        let told = |problem: &str| in_labels(TenantError::one(problem)).to_string();
        for (problem, expected) in [
            (
                "tenant: app[0].logout_url: `logout_url`: `x` is wrong\ntenant: app[12].reply_urls[1]: `reply_urls`: `y` too",
                "Logout Url (Optional): `x` is wrong.\nReply URL (Assertion Consumer Service URL): `y` too.",
            ),
            (
                "tenant: app[0].identifiers_x: `identifiers`: x",
                "tenant: app[0].identifiers_x: `identifiers`: x",
            ),
            ("app `X`: has no key", "app `X`: has no key"),
        ] {
            assert_eq!(told(problem), expected);
        }
    }
}
