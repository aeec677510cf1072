//! Whom a service provider lets in at all, whatever account they might have: the settings `members_only` and `domains`.

use control_api::sp::Settings;
use saml_model::names;

use super::{AcceptedAssertion, account::single};
use crate::rejection::{Refused, Rejection};

/// Judges a user whose user name and mail are `names`.
///
/// # Errors
/// [`Rejection::AccountUnknown`]: a guest, or somebody of another domain; [`Rejection::AttributeMissing`]: nothing says
/// whether it is a guest.
pub(super) fn require(
    accepted: &AcceptedAssertion,
    settings: &Settings,
    names: &[&str],
) -> Result<(), Refused> {
    if settings.members_only {
        require_member(accepted)?;
    }
    if settings.domains.is_empty() {
        return Ok(());
    }
    let names = std::iter::once(accepted.name_id().value.as_str()).chain(names.iter().copied());
    require_domain(&settings.domains, names).map_err(|cause| Refused::new(Rejection::AccountUnknown, cause))
}

/// entra-behaviour.md 4.6: a member's identity provider is the tenant itself, a guest's their own.
fn require_member(accepted: &AcceptedAssertion) -> Result<(), Refused> {
    let provider = single(accepted, names::CLAIM_IDENTITY_PROVIDER)?.ok_or_else(|| {
        let cause = "members alone are let in, and no identityprovider claim says who is one";
        Refused::new(Rejection::AttributeMissing, cause)
    })?;
    let issuer = &accepted.assertion().issuer;
    if provider == *issuer {
        return Ok(());
    }
    let cause = format!("members alone are let in, and this is a guest from `{provider}`");
    Err(Refused::new(Rejection::AccountUnknown, cause))
}

/// Every address is of one of the domains, letter by letter in ASCII lower case, and there is an address.
fn require_domain<'n>(domains: &[String], names: impl Iterator<Item = &'n str>) -> Result<(), String> {
    let mut of_names = names
        .filter_map(|name| name.split_once('@'))
        .map(|(_, domain)| domain)
        .peekable();
    if of_names.peek().is_none() {
        return Err("neither NameID nor user name nor mail is an address, and domains are set".to_owned());
    }
    let is_ours = |domain: &str| domains.iter().any(|ours| ours.eq_ignore_ascii_case(domain));
    match of_names.find(|domain| !is_ours(domain)) {
        Some(domain) => Err(format!("`{domain}` is none of the domains that are let in")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::require_domain;

    #[test]
    fn every_address_is_of_a_domain_and_there_is_one() {
        let domains = ["contoso.com".to_owned(), "corp.example".to_owned()];
        for (names, is_let_in) in [
            (&["b.simon@contoso.com"] as &[&str], true),
            (&["b.simon@CONTOSO.com", "b@corp.example"], true),
            (&["B.Simon", "b.simon@contoso.com"], true),
            (&["b.simon@contoso.com", "b@other.example"], false),
            (&["b@other.example"], false),
            (&["b@sub.contoso.com"], false),
            (&["b@contoso.com.other.example"], false),
            (&["b@contoso.com@other.example"], false),
            (&["b@other.example@contoso.com"], false),
            (&["b@c\u{3bf}ntoso.com"], false),
            (&["b@contoso.com."], false),
            (&["b@"], false),
            (&["B.Simon"], false),
            (&[], false),
        ] {
            let outcome = require_domain(&domains, names.iter().copied());
            assert_eq!(outcome.is_ok(), is_let_in, "{names:?}: {outcome:?}");
        }
    }
}
