//! What a user principal name may be.

use control_api::tenant::TenantFile;

use crate::limits::is_longer;
use crate::tenant::TenantError;

/// Characters of the part before the domain (Microsoft, "Entra service limits"); a guest's is made of a mail address.
const LOCAL_CHARACTERS_MAX: usize = 64;

/// The signs that it may have beside letters and digits (Microsoft, "userPrincipalName attribute population").
const SIGNS: &str = "'.-_!#^~";

/// Checks a user principal name that is new to the tenant.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub(super) fn check(file: &TenantFile, upn: &str, is_guest: bool) -> Result<(), TenantError> {
    let problem = |problem: String| Err(TenantError::one(problem));
    let Some((local, domain)) = upn.rsplit_once('@') else {
        return problem("User principal name: enter a name and choose a domain.".to_owned());
    };
    let is_verified = |known: &String| known.eq_ignore_ascii_case(domain);
    if !file.tenant.domains.iter().any(is_verified) {
        return problem(format!(
            "User principal name: \u{201c}{domain}\u{201d} is not a verified domain of this tenant: it has {}.",
            file.tenant.domains.join(", ")
        ));
    }
    if local.is_empty() {
        return problem("User principal name: enter a name.".to_owned());
    }
    if !is_guest {
        if is_longer(local, LOCAL_CHARACTERS_MAX) {
            return problem(format!(
                "User principal name: at most {LOCAL_CHARACTERS_MAX} characters before the domain, these are {}.",
                local.chars().count()
            ));
        }
        let is_allowed = |sign: char| sign.is_ascii_alphanumeric() || SIGNS.contains(sign);
        if let Some(sign) = local.chars().find(|sign| !is_allowed(*sign)) {
            return problem(format!(
                "User principal name: \u{201c}{sign}\u{201d} is not allowed: letters, digits and {SIGNS} are."
            ));
        }
        if local.starts_with('.') || local.ends_with('.') {
            return problem("User principal name: the name must not begin or end with a period.".to_owned());
        }
    }
    check_unused(file, upn)
}

/// A user principal name is used once.
fn check_unused(file: &TenantFile, upn: &str) -> Result<(), TenantError> {
    let mut users = file.users.iter();
    if users.any(|user| user.user_principal_name.eq_ignore_ascii_case(upn)) {
        return Err(TenantError::one(format!(
            "There is a user \u{201c}{upn}\u{201d} already: a user principal name is used once."
        )));
    }
    Ok(())
}
