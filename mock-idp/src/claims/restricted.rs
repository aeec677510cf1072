//! Claim types that no claim of an application can have (entra-behaviour.md 4.5).

/// The restricted claim set of SAML, without a custom signing key (reference-claims-customization). A claim with such a
/// name is ignored when the assertion is made.
const RESTRICTED: &[&str] = &[
    "http://schemas.microsoft.com/2012/01/devicecontext/claims/ismanaged",
    "http://schemas.microsoft.com/2014/02/devicecontext/claims/isknown",
    "http://schemas.microsoft.com/2014/03/psso",
    "http://schemas.microsoft.com/2014/09/devicecontext/claims/iscompliant",
    "http://schemas.microsoft.com/claims/authnmethodsreferences",
    "http://schemas.microsoft.com/claims/groups.link",
    "http://schemas.microsoft.com/identity/claims/accesstoken",
    "http://schemas.microsoft.com/identity/claims/acct",
    "http://schemas.microsoft.com/identity/claims/agegroup",
    "http://schemas.microsoft.com/identity/claims/aio",
    "http://schemas.microsoft.com/identity/claims/identityprovider",
    "http://schemas.microsoft.com/identity/claims/objectidentifier",
    "http://schemas.microsoft.com/identity/claims/openid2_id",
    "http://schemas.microsoft.com/identity/claims/puid",
    "http://schemas.microsoft.com/identity/claims/scope",
    "http://schemas.microsoft.com/identity/claims/tenantid",
    "http://schemas.microsoft.com/identity/claims/xms_et",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationinstant",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationmethod",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/confirmationkey",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/denyonlyprimarygroupsid",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/denyonlyprimarysid",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/denyonlywindowsdevicegroup",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/expiration",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/expired",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groupsid",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/ispersistent",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarysid",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/samlissuername",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/wids",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsdeviceclaim",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsdevicegroup",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsfqbnversion",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowssubauthority",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsuserclaim",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/authentication",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/authorizationdecision",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/denyonlysid",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/privatepersonalidentifier",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/sid",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/spn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/x500distinguishedname",
    "http://schemas.xmlsoap.org/ws/2009/09/identity/claims/actor",
];

/// Whether this name is one of the set; that case does not matter is uncertain.
pub(crate) fn is_restricted(name: &str) -> bool {
    RESTRICTED
        .iter()
        .any(|restricted| restricted.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_user_may_be_told_is_not_restricted() {
        use saml_model::names;
        assert!(RESTRICTED.iter().all(|name| is_restricted(name)));
        assert!(is_restricted(&names::CLAIM_ROLE.to_uppercase()));
        for free in [
            names::CLAIM_NAME,
            names::CLAIM_EMAIL_ADDRESS,
            names::CLAIM_DISPLAY_NAME,
            "groups",
            "role",
        ] {
            assert!(!is_restricted(free), "{free}");
        }
    }
}
