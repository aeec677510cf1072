//! The federation metadata is built as entra-behaviour.md 1 says; the `fed:` parts have no schema here.
//!
//! `xmllint` reads the document; every name is spelt out again.

use entrant_tests::xmllint::Xmllint;

use crate::{
    identity::{RSA_2048, RSA_4096},
    message::{ISSUER, SIGNED, TENANT},
};

const FED: &str = "http://docs.oasis-open.org/wsfed/federation/200706";
const AUTH: &str = "http://docs.oasis-open.org/wsfed/authorization/200706";
const WSA: &str = "http://www.w3.org/2005/08/addressing";
const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Section 1, item 5 of the list after "Metadata document shape": name and DisplayName.
const CLAIM_TYPES: &[&str] = &[
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name Name",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier Subject",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname Given Name",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname Surname",
    "http://schemas.microsoft.com/identity/claims/displayname Display Name",
    "http://schemas.microsoft.com/identity/claims/nickname Nick Name",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationinstant Authentication Instant",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationmethod Authentication Method",
    "http://schemas.microsoft.com/identity/claims/objectidentifier ObjectIdentifier",
    "http://schemas.microsoft.com/identity/claims/tenantid TenantId",
    "http://schemas.microsoft.com/identity/claims/identityprovider IdentityProvider",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress Email",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups Groups",
    "http://schemas.microsoft.com/identity/claims/accesstoken External Access Token",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/expiration External Access Token Expiration",
    "http://schemas.microsoft.com/identity/claims/openid2_id External OpenID 2.0 Identifier",
    "http://schemas.microsoft.com/claims/groups.link GroupsOverageClaim",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/role Role Claim",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/wids RoleTemplate Id Claim",
];

#[test]
fn the_document_has_entras_shape() {
    let Some(xmllint) = Xmllint::find() else { return };
    let signed = SIGNED
        .iter()
        .find(|signed| signed.name == "metadata of an application");
    let xml = &signed.unwrap().xml;
    let wsfed = format!("https://login.example/{TENANT}/wsfed");
    let keys = format!(
        "{} {} ",
        RSA_2048.certificate.base64(),
        RSA_4096.certificate.base64()
    );
    let role =
        |index: u32| format!("/*/*[local-name()='RoleDescriptor' and namespace-uri()='{METADATA}'][{index}]");
    let (sts, service) = (role(1), role(2));
    let address = |parent: &str, name: &str| {
        format!(
            "string({parent}/*[local-name()='{name}' and namespace-uri()='{FED}']\
             /*[local-name()='EndpointReference' and namespace-uri()='{WSA}']\
             /*[local-name()='Address' and namespace-uri()='{WSA}'])"
        )
    };
    let expected = [
        // Document order, all of it: one name for each child.
        (children("/*"), "Signature RoleDescriptor RoleDescriptor IDPSSODescriptor ".to_owned()),
        (
            children(&sts),
            "KeyDescriptor KeyDescriptor ClaimTypesOffered SecurityTokenServiceEndpoint PassiveRequestorEndpoint "
                .to_owned(),
        ),
        (
            children(&service),
            "KeyDescriptor KeyDescriptor TargetScopes ApplicationServiceEndpoint PassiveRequestorEndpoint ".to_owned(),
        ),
        (
            children("/*/*[local-name()='IDPSSODescriptor']"),
            "KeyDescriptor KeyDescriptor SingleLogoutService SingleSignOnService SingleSignOnService ".to_owned(),
        ),
        (schema_type(&sts), "fed:SecurityTokenServiceType".to_owned()),
        (schema_type(&service), "fed:ApplicationServiceType".to_owned()),
        (format!("string({sts}/@protocolSupportEnumeration)"), FED.to_owned()),
        (format!("string({service}/@protocolSupportEnumeration)"), FED.to_owned()),
        // The prefix in the value of xsi:type means something only if it is bound on that element.
        (format!("string({sts}/namespace::fed)"), FED.to_owned()),
        (format!("string({service}/namespace::fed)"), FED.to_owned()),
        (address(&sts, "SecurityTokenServiceEndpoint"), wsfed.clone()),
        (address(&sts, "PassiveRequestorEndpoint"), wsfed.clone()),
        (address(&service, "ApplicationServiceEndpoint"), wsfed.clone()),
        (address(&service, "PassiveRequestorEndpoint"), wsfed),
        (address(&service, "TargetScopes"), ISSUER.to_owned()),
        (certificates(&sts), keys.clone()),
        (certificates(&service), keys.clone()),
        (certificates("/*/*[local-name()='IDPSSODescriptor']"), keys),
        ("count(//*[local-name()='KeyDescriptor' and @use='signing'])".to_owned(), "6".to_owned()),
        ("name(/*/*[1]/*[local-name()='KeyInfo'])".to_owned(), "ds:KeyInfo".to_owned()),
    ];
    for (expression, expected) in expected {
        assert_eq!(evaluate(&xmllint, xml, &expression), expected, "{expression}");
    }
}

#[test]
fn the_claim_types_are_entras() {
    let Some(xmllint) = Xmllint::find() else { return };
    let xml = &SIGNED.last().unwrap().xml;
    let offered = format!("//*[local-name()='ClaimTypesOffered']/*[namespace-uri()='{AUTH}']");
    let count = evaluate(&xmllint, xml, &format!("count({offered})"));
    assert_eq!(count, CLAIM_TYPES.len().to_string());
    for (index, expected) in CLAIM_TYPES.iter().enumerate() {
        let claim = format!("{offered}[{}]", index + 1);
        let name = format!("{claim}/*[local-name()='DisplayName' and namespace-uri()='{AUTH}']");
        let found = evaluate(&xmllint, xml, &format!("concat({claim}/@Uri, ' ', {name})"));
        assert_eq!(&found, expected);
    }
}

/// What the list in section 1 calls absent.
#[test]
fn nothing_is_there_that_entra_leaves_out() {
    let absent = [
        "NameIDFormat",
        "WantAuthnRequestsSigned",
        "validUntil",
        "cacheDuration",
        "Organization",
        "ContactPerson",
        "use=\"encryption\"",
        "ArtifactResolutionService",
    ];
    for signed in SIGNED
        .iter()
        .filter(|signed| signed.elements == ["EntityDescriptor"])
    {
        for word in absent {
            assert!(!signed.xml.contains(word), "{word} in {}", signed.name);
        }
        assert!(
            signed
                .xml
                .starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?><EntityDescriptor ID=\"_")
        );
    }
}

/// XPath 1.0 cannot join a list, so the names of at most five children are put side by side.
fn children(parent: &str) -> String {
    let name = |index| {
        let child = format!("local-name({parent}/*[{index}])");
        format!("{child}, substring(' ', 1, number(boolean({parent}/*[{index}])))")
    };
    let names: Vec<_> = (1..=6).map(name).collect();
    format!("concat({})", names.join(", "))
}

fn certificates(parent: &str) -> String {
    let certificate = |index| {
        format!("{parent}/*[local-name()='KeyDescriptor'][{index}]//*[local-name()='X509Certificate']")
    };
    format!("concat({}, ' ', {}, ' ')", certificate(1), certificate(2))
}

fn schema_type(element: &str) -> String {
    format!("string({element}/@*[local-name()='type' and namespace-uri()='{XSI}'])")
}

fn evaluate(xmllint: &Xmllint, xml: &str, expression: &str) -> String {
    let result = xmllint.xpath(xml, expression);
    result.unwrap_or_else(|said| panic!("{expression}: {said}"))
}
