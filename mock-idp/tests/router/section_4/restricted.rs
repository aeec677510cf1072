//! The restricted claim set, name by name.

use saml_model::Attribute;
use serde_json::json;

use super::{SIMON, base, put, sign_on, tenant, told};
use crate::agent::Mock;

/// The SAML restricted claim set without a custom signing key, as the document lists it [CP].
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
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/samlissuername",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/wids",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsdeviceclaim",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsdevicegroup",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsfqbnversion",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowssubauthority",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsuserclaim",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/authentication",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/authorizationdecision",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/denyonlysid",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/privatepersonalidentifier",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/spn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "http://schemas.xmlsoap.org/ws/2009/09/identity/claims/actor",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarysid",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/sid",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/x500distinguishedname",
];

/// 4.5: a claim with any of these names is ignored at run time, and each is told of.
#[tokio::test]
async fn the_whole_restricted_set_is_ignored() {
    let claims: Vec<_> = RESTRICTED
        .iter()
        .map(|name| json!({"name": name, "value": "forged"}))
        .collect();
    let mock = put(&Mock::empty(false), tenant(&base(), json!({ "claims": claims })));
    let assertion = sign_on(&mock, SIMON).await.unwrap();
    let forged = |attribute: &&Attribute| attribute.values.iter().any(|value| value == "forged");
    assert_eq!(assertion.attributes.iter().find(forged), None);
    let left_out = told(&mock, SIMON).await.left_out;
    let names: Vec<_> = left_out.iter().map(|claim| claim.name.as_str()).collect();
    assert_eq!(names, RESTRICTED);
}
