//! The wire form is the one printed in entra-behaviour.md 3.1, 3.6 and 1, spelling for spelling.

#![allow(clippy::unwrap_used, reason = "helpers of tests, as in tests")]

use saml_emit::{EmitError, EntraMetadata};
use saml_model::{
    Assertion, Attribute, AuthnStatement, Conditions, NameId, Response, SigningOption, Status, Subject,
    SubjectConfirmation, SubjectConfirmationData, Timestamp,
    metadata::{Endpoint, IdpMetadata},
    names,
};

#[test]
fn a_successful_response_is_section_3_1() {
    let xml = saml_emit::response(&success(), SigningOption::Assertion, None).unwrap();
    let expected = r#"<samlp:Response ID="_r" Version="2.0" IssueInstant="2022-02-23T17:49:18.872Z" Destination="{acs}" InResponseTo="{request id}" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">
 <Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://sts.windows.net/{tid}/</Issuer>
 <samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
 <Assertion ID="_a" IssueInstant="2022-02-23T17:49:18.872Z" Version="2.0" xmlns="urn:oasis:names:tc:SAML:2.0:assertion">
  <Issuer>https://sts.windows.net/{tid}/</Issuer>
  <Subject>
   <NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">{upn}</NameID>
   <SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData InResponseTo="{request id}" NotOnOrAfter="2022-02-23T18:49:18.779Z" Recipient="{acs}"/></SubjectConfirmation>
  </Subject>
  <Conditions NotBefore="2022-02-23T17:44:18.779Z" NotOnOrAfter="2022-02-23T18:49:18.779Z"><AudienceRestriction><Audience>{entity id}</Audience></AudienceRestriction></Conditions>
  <AttributeStatement>
   <Attribute Name="http://schemas.microsoft.com/identity/claims/tenantid"><AttributeValue>{tid}</AttributeValue></Attribute>
  </AttributeStatement>
  <AuthnStatement AuthnInstant="2022-02-23T10:17:10.452Z" SessionIndex="_a"><AuthnContext><AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</AuthnContextClassRef></AuthnContext></AuthnStatement>
 </Assertion>
</samlp:Response>"#;
    let expected: String = expected.lines().map(str::trim_start).collect();
    assert_eq!(xml, expected);
}

#[test]
fn what_is_absent_is_not_written() {
    let mut response = success();
    let assertion = response.assertion.as_mut().unwrap();
    assertion.attributes.clear();
    assertion.conditions = None;
    assertion.authn_statements.clear();
    assertion.subject.as_mut().unwrap().confirmations.clear();
    assertion
        .subject
        .as_mut()
        .unwrap()
        .name_id
        .as_mut()
        .unwrap()
        .format = None;
    response.in_response_to = None;
    let xml = saml_emit::response(&response, SigningOption::Assertion, None).unwrap();
    let assertion = xml.split_once("</Issuer><Subject>").unwrap().1;
    assert_eq!(
        assertion,
        "<NameID>{upn}</NameID></Subject></Assertion></samlp:Response>"
    );
    assert!(!xml.contains("InResponseTo"));
}

#[test]
fn a_failure_response_is_section_3_6() {
    let response = Response {
        destination: None,
        assertion: None,
        status: Status {
            code: names::STATUS_REQUESTER.to_owned(),
            sub_code: Some(names::STATUS_REQUEST_UNSUPPORTED.to_owned()),
            message: Some("AADSTS75006: <no>\r\nTrace ID: {guid}".to_owned()),
        },
        ..success()
    };
    let xml = saml_emit::response(&response, SigningOption::Assertion, None).unwrap();
    let expected = concat!(
        r#"<samlp:Response ID="_r" Version="2.0" IssueInstant="2022-02-23T17:49:18.872Z" InResponseTo="{request id}" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">"#,
        r#"<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://sts.windows.net/{tid}/</Issuer>"#,
        r#"<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Requester">"#,
        r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported"/></samlp:StatusCode>"#,
        "<samlp:StatusMessage>AADSTS75006: &lt;no&gt;&#xD;\nTrace ID: {guid}</samlp:StatusMessage></samlp:Status></samlp:Response>",
    );
    assert_eq!(xml, expected);
}

#[test]
fn what_xml_cannot_carry_is_refused_by_name() {
    let mut in_text = success();
    in_text.assertion.as_mut().unwrap().attributes[0].values[0] = "bell\u{7}".to_owned();
    let mut in_attribute = success();
    in_attribute.destination = Some("\u{FFFE}".to_owned());
    for (response, place) in [
        (in_text, "AttributeValue"),
        (in_attribute, "Response/@Destination"),
    ] {
        match saml_emit::response(&response, SigningOption::Assertion, None) {
            Err(EmitError::ForbiddenCharacter { place: found, .. }) => assert_eq!(found.to_string(), place),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn idp_metadata_is_section_1() {
    let endpoint = |binding: &str| Endpoint {
        binding: binding.to_owned(),
        location: "https://login.example/{tid}/saml2".to_owned(),
    };
    let metadata = EntraMetadata {
        id: "_m".to_owned(),
        idp: IdpMetadata {
            entity_id: "https://sts.windows.net/{tid}/".to_owned(),
            signing_certificates: vec![vec![1], vec![2]],
            single_sign_on_services: vec![
                endpoint(names::BINDING_HTTP_REDIRECT),
                endpoint(names::BINDING_HTTP_POST),
            ],
            single_logout_services: vec![endpoint(names::BINDING_HTTP_REDIRECT)],
        },
        passive_endpoint: "https://login.example/{tid}/wsfed".to_owned(),
        target_scope: "https://sts.windows.net/{tid}/".to_owned(),
    };
    let xml = saml_emit::idp_metadata(&metadata, None).unwrap();
    let (before, offered) = xml.split_once("<fed:ClaimTypesOffered>").unwrap();
    let (offered, after) = offered.split_once("</fed:ClaimTypesOffered>").unwrap();

    let keys = ["AQ==", "Ag=="].map(|der| {
        format!(
            r#"<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>{der}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"#
        )
    });
    let keys = keys.concat();
    let role = |name: &str| {
        format!(
            r#"<RoleDescriptor xsi:type="fed:{name}" protocolSupportEnumeration="http://docs.oasis-open.org/wsfed/federation/200706" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:fed="http://docs.oasis-open.org/wsfed/federation/200706">{keys}"#
        )
    };
    let address = |name: &str, address: &str| {
        format!(
            r#"<fed:{name}><wsa:EndpointReference xmlns:wsa="http://www.w3.org/2005/08/addressing"><wsa:Address>{address}</wsa:Address></wsa:EndpointReference></fed:{name}>"#
        )
    };
    let service = |name: &str, binding: &str| {
        format!(
            r#"<{name} Binding="urn:oasis:names:tc:SAML:2.0:bindings:{binding}" Location="https://login.example/{{tid}}/saml2"/>"#
        )
    };
    let wsfed = "https://login.example/{tid}/wsfed";
    assert_eq!(
        before,
        format!(
            r#"<?xml version="1.0" encoding="utf-8"?><EntityDescriptor ID="_m" entityID="https://sts.windows.net/{{tid}}/" xmlns="urn:oasis:names:tc:SAML:2.0:metadata">{}"#,
            role("SecurityTokenServiceType")
        )
    );
    let expected = [
        address("SecurityTokenServiceEndpoint", wsfed),
        address("PassiveRequestorEndpoint", wsfed),
        "</RoleDescriptor>".to_owned(),
        role("ApplicationServiceType"),
        address("TargetScopes", "https://sts.windows.net/{tid}/"),
        address("ApplicationServiceEndpoint", wsfed),
        address("PassiveRequestorEndpoint", wsfed),
        "</RoleDescriptor>".to_owned(),
        r#"<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">"#.to_owned(),
        keys.clone(),
        service("SingleLogoutService", "HTTP-Redirect"),
        service("SingleSignOnService", "HTTP-Redirect"),
        service("SingleSignOnService", "HTTP-POST"),
        "</IDPSSODescriptor></EntityDescriptor>".to_owned(),
    ];
    assert_eq!(after, expected.concat());

    let offered: Vec<_> = offered
        .split("</auth:ClaimType>")
        .filter(|claim| !claim.is_empty())
        .collect();
    assert_eq!(offered.len(), 19);
    assert_eq!(
        offered[1],
        r#"<auth:ClaimType Uri="http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier" xmlns:auth="http://docs.oasis-open.org/wsfed/authorization/200706"><auth:DisplayName>Subject</auth:DisplayName><auth:Description>An immutable, globally unique, non-reusable identifier of the user that is unique to the application for which a token is issued.</auth:Description>"#
    );
    let names = [
        "name",
        "nameidentifier",
        "givenname",
        "surname",
        "displayname",
        "nickname",
    ]
    .into_iter()
    .chain([
        "authenticationinstant",
        "authenticationmethod",
        "objectidentifier",
        "tenantid",
    ])
    .chain([
        "identityprovider",
        "emailaddress",
        "groups",
        "accesstoken",
        "expiration",
        "openid2_id",
    ])
    .chain(["groups.link", "role", "wids"]);
    for (claim, name) in offered.iter().zip(names) {
        assert!(
            claim.contains(&format!("/{name}\" xmlns:auth=")),
            "{name}: {claim}"
        );
    }
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn success() -> Response {
    Response {
        id: "_r".to_owned(),
        version: "2.0".to_owned(),
        issue_instant: instant("2022-02-23T17:49:18.872Z"),
        destination: Some("{acs}".to_owned()),
        in_response_to: Some("{request id}".to_owned()),
        issuer: Some("https://sts.windows.net/{tid}/".to_owned()),
        status: Status::success(),
        assertion: Some(assertion()),
    }
}

fn assertion() -> Assertion {
    let end = instant("2022-02-23T18:49:18.779Z");
    Assertion {
        id: "_a".to_owned(),
        version: "2.0".to_owned(),
        issue_instant: instant("2022-02-23T17:49:18.872Z"),
        issuer: "https://sts.windows.net/{tid}/".to_owned(),
        subject: Some(Subject {
            name_id: Some(NameId {
                format: Some(names::NAME_ID_EMAIL.to_owned()),
                name_qualifier: None,
                sp_name_qualifier: None,
                value: "{upn}".to_owned(),
            }),
            confirmations: vec![SubjectConfirmation {
                method: names::CM_BEARER.to_owned(),
                data: Some(SubjectConfirmationData {
                    not_before: None,
                    not_on_or_after: Some(end),
                    recipient: Some("{acs}".to_owned()),
                    in_response_to: Some("{request id}".to_owned()),
                }),
            }],
        }),
        conditions: Some(Conditions {
            not_before: Some(instant("2022-02-23T17:44:18.779Z")),
            not_on_or_after: Some(end),
            audience_restrictions: vec![vec!["{entity id}".to_owned()]],
            one_time_use: false,
        }),
        attributes: vec![Attribute {
            name: names::CLAIM_TENANT_ID.to_owned(),
            name_format: None,
            values: vec!["{tid}".to_owned()],
        }],
        authn_statements: vec![AuthnStatement {
            authn_instant: instant("2022-02-23T10:17:10.452Z"),
            session_index: Some("_a".to_owned()),
            session_not_on_or_after: None,
            class_ref: Some(names::AC_PASSWORD.to_owned()),
        }],
    }
}
