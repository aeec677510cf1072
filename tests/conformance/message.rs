//! Every kind of message we emit.

use std::sync::LazyLock;

use saml_emit::EntraMetadata;
use saml_model::{
    Assertion, Attribute, AuthnRequest, AuthnStatement, Conditions, LogoutRequest, LogoutResponse, NameId,
    NameIdPolicy, RequestedAuthnContext, Response, SignatureAlgorithm, SigningOption, Status, Subject,
    SubjectConfirmation, SubjectConfirmationData, Timestamp,
    metadata::{Endpoint, IdpMetadata, IndexedEndpoint, SpMetadata},
    names,
};

use crate::identity::{Identity, RSA_2048, RSA_4096};

pub(crate) const TENANT: &str = "7e4c2b1a-0d3f-4a56-9b8c-1d2e3f405162";
pub(crate) const ISSUER: &str = "https://sts.windows.net/7e4c2b1a-0d3f-4a56-9b8c-1d2e3f405162/";
pub(crate) const ACS: &str = "https://sp.example/saml/acs?tenant=1&way=2";
pub(crate) const REQUEST_ID: &str = "_f84d888a-a3b4-4c1b-8443-75a4e8210d9e";
const RESPONSE_ID: &str = "_3f1d2c4b-5a69-4788-96a5-b4c3d2e1f001";
const ASSERTION_ID: &str = "_0a1b2c3d-4e5f-4061-8273-8495a6b7c800";

/// Every bit of a request that can be there or not: [`authn_request`] reads one bit each.
pub(crate) const REQUEST_OPTIONS: u32 = 9;

/// Every bit of a LogoutRequest that can be there or not: [`logout_request`] reads one bit each.
pub(crate) const LOGOUT_REQUEST_OPTIONS: u32 = 7;

/// The same of a LogoutResponse: [`logout_response`].
pub(crate) const LOGOUT_RESPONSE_OPTIONS: u32 = 5;

/// The name of a message that a reader of XML 1.1 would change.
pub(crate) const XML_1_1_LINE_ENDS: &str = "a response with line ends of XML 1.1";

/// A signed message and what a witness has to know to judge it.
pub(crate) struct Signed {
    pub(crate) name: String,
    pub(crate) xml: String,
    /// The local names of the elements that carry a signature.
    pub(crate) elements: Vec<&'static str>,
    pub(crate) identity: &'static Identity,
    pub(crate) algorithm: SignatureAlgorithm,
}

/// Responses of every signing option, algorithm and key size; a signed failure; requests; both shapes of metadata.
pub(crate) static SIGNED: LazyLock<Vec<Signed>> = LazyLock::new(|| {
    let mut messages = Vec::new();
    for (size, identity) in [("2048", &RSA_2048), ("4096", &RSA_4096)] {
        for algorithm in [SignatureAlgorithm::RsaSha256, SignatureAlgorithm::RsaSha1] {
            for option in [
                SigningOption::Assertion,
                SigningOption::Response,
                SigningOption::ResponseAndAssertion,
            ] {
                let name = format!("response, {option:?}, {algorithm:?}, RSA-{size}");
                messages.push(signed_response(name, &success(), option, algorithm, identity));
            }
        }
    }
    let sha256 = SignatureAlgorithm::RsaSha256;
    for (name, response) in [
        ("an unsolicited response", unsolicited()),
        ("a response full of text", awkward()),
        (XML_1_1_LINE_ENDS, xml_1_1_line_ends()),
        ("a failure", failure()),
        ("a bare failure", bare_failure()),
    ] {
        let option = SigningOption::ResponseAndAssertion;
        messages.push(signed_response(
            name.to_owned(),
            &response,
            option,
            sha256,
            &RSA_2048,
        ));
    }
    for (name, bits, algorithm) in [
        ("a request with all that it can have", u32::MAX, sha256),
        (
            "a request with all that it can have, SHA-1",
            u32::MAX,
            SignatureAlgorithm::RsaSha1,
        ),
        ("a request without an issuer", 0, sha256),
    ] {
        let signing = RSA_2048.signing(algorithm);
        messages.push(Signed {
            name: name.to_owned(),
            xml: saml_emit::signed_authn_request(&authn_request(bits), &signing).unwrap(),
            elements: vec!["AuthnRequest"],
            identity: &RSA_2048,
            algorithm,
        });
    }
    for (name, metadata, identity) in [
        ("metadata of a tenant", tenant_metadata(), &RSA_4096),
        ("metadata of an application", application_metadata(), &RSA_2048),
    ] {
        messages.push(Signed {
            name: name.to_owned(),
            xml: saml_emit::idp_metadata(&metadata, Some(&identity.signing(sha256))).unwrap(),
            elements: vec!["EntityDescriptor"],
            identity,
            algorithm: sha256,
        });
    }
    messages
});

fn signed_response(
    name: String,
    response: &Response,
    option: SigningOption,
    algorithm: SignatureAlgorithm,
    identity: &'static Identity,
) -> Signed {
    let mut elements = Vec::new();
    if option.signs_assertion() && response.assertion.is_some() {
        elements.push("Assertion");
    }
    if option.signs_response() {
        elements.push("Response");
    }
    Signed {
        name,
        xml: saml_emit::response(response, option, Some(&identity.signing(algorithm))).unwrap(),
        elements,
        identity,
        algorithm,
    }
}

/// The answer to a request, with every attribute of entra-behaviour.md 3.2.
pub(crate) fn success() -> Response {
    Response {
        id: RESPONSE_ID.to_owned(),
        version: names::VERSION.to_owned(),
        issue_instant: instant("2026-03-04T05:06:07.872Z"),
        destination: Some(ACS.to_owned()),
        in_response_to: Some(REQUEST_ID.to_owned()),
        issuer: Some(ISSUER.to_owned()),
        status: Status::success(),
        assertion: Some(assertion()),
    }
}

/// Nobody asked (entra-behaviour.md 1, the IdP-initiated rule).
pub(crate) fn unsolicited() -> Response {
    let mut response = success();
    response.in_response_to = None;
    let subject = response
        .assertion
        .as_mut()
        .and_then(|assertion| assertion.subject.as_mut());
    let data = subject.and_then(|subject| subject.confirmations[0].data.as_mut());
    data.unwrap().in_response_to = None;
    response
}

/// Everything optional is there, and text that needs every escape stands wherever free text may stand.
pub(crate) fn awkward() -> Response {
    let text = " \"B\" <Simon> & 'Säpo'\t\r\n\u{A0}\u{1F600}]]> ";
    let mut response = success();
    response.status.message = Some(text.to_owned());
    let assertion = response.assertion.as_mut().unwrap();
    let name_id = assertion.subject.as_mut().unwrap().name_id.as_mut().unwrap();
    name_id.value = text.to_owned();
    name_id.name_qualifier = Some(text.to_owned());
    name_id.sp_name_qualifier = Some(text.to_owned());
    assertion.conditions.as_mut().unwrap().one_time_use = true;
    assertion.attributes[3].values = vec![text.to_owned(), String::new()];
    assertion.attributes[4].name = text.to_owned();
    assertion.attributes[5].name_format = Some("urn:oasis:names:tc:SAML:2.0:attrname-format:uri".to_owned());
    assertion.authn_statements[0].session_not_on_or_after = Some(instant("2026-03-04T15:06:07Z"));
    response
}

/// NEL and LINE SEPARATOR are ordinary characters of XML 1.0 and line ends of XML 1.1.
pub(crate) fn xml_1_1_line_ends() -> Response {
    let mut response = success();
    let assertion = response.assertion.as_mut().unwrap();
    assertion.attributes[2].values = vec!["B.\u{85}Sim\u{2028}on".to_owned()];
    response
}

/// entra-behaviour.md 3.6.
pub(crate) fn failure() -> Response {
    Response {
        destination: None,
        assertion: None,
        status: Status {
            code: names::STATUS_REQUESTER.to_owned(),
            sub_code: Some(names::STATUS_REQUEST_UNSUPPORTED.to_owned()),
            message: Some(
                "AADSTS75006: An error occurred while processing a SAML2 Authentication request.\r\n\
                 Timestamp: 2026-03-04 05:06:07Z"
                    .to_owned(),
            ),
        },
        ..success()
    }
}

/// A failure in as few words as the schema allows.
pub(crate) fn bare_failure() -> Response {
    Response {
        in_response_to: None,
        issuer: None,
        status: Status {
            code: names::STATUS_RESPONDER.to_owned(),
            sub_code: None,
            message: None,
        },
        ..failure()
    }
}

fn assertion() -> Assertion {
    let end = instant("2026-03-04T06:06:07.779Z");
    Assertion {
        id: ASSERTION_ID.to_owned(),
        version: names::VERSION.to_owned(),
        issue_instant: instant("2026-03-04T05:06:07.87Z"),
        issuer: ISSUER.to_owned(),
        subject: Some(Subject {
            name_id: Some(NameId {
                format: Some(names::NAME_ID_EMAIL.to_owned()),
                name_qualifier: None,
                sp_name_qualifier: None,
                value: "B.Simon@contoso.example".to_owned(),
            }),
            confirmations: vec![SubjectConfirmation {
                method: names::CM_BEARER.to_owned(),
                data: Some(SubjectConfirmationData {
                    not_before: None,
                    not_on_or_after: Some(end),
                    recipient: Some(ACS.to_owned()),
                    in_response_to: Some(REQUEST_ID.to_owned()),
                }),
            }],
        }),
        conditions: Some(Conditions {
            not_before: Some(instant("2026-03-04T05:01:07.779Z")),
            not_on_or_after: Some(end),
            audience_restrictions: vec![vec!["https://sp.example/metadata".to_owned()]],
            one_time_use: false,
        }),
        attributes: attributes(),
        authn_statements: vec![AuthnStatement {
            authn_instant: instant("2026-03-04T01:02:03Z"),
            session_index: Some(ASSERTION_ID.to_owned()),
            session_not_on_or_after: None,
            class_ref: Some(names::AC_PASSWORD.to_owned()),
        }],
    }
}

fn attributes() -> Vec<Attribute> {
    let attribute = |name: &str, values: &[&str]| Attribute {
        name: name.to_owned(),
        name_format: None,
        values: values.iter().map(|&value| value.to_owned()).collect(),
    };
    vec![
        attribute(names::CLAIM_TENANT_ID, &[TENANT]),
        attribute(names::CLAIM_OBJECT_ID, &["0d9f1a2b-3c4d-4e5f-8a6b-7c8d9e0f1a2b"]),
        attribute(names::CLAIM_DISPLAY_NAME, &["B. Simón & Söhne"]),
        attribute(names::CLAIM_ROLE, &["reader", "writer"]),
        attribute(names::CLAIM_IDENTITY_PROVIDER, &[ISSUER]),
        attribute(names::CLAIM_AUTHN_METHODS, &[names::AUTHN_METHOD_PASSWORD]),
        attribute(names::CLAIM_GIVEN_NAME, &["B."]),
        attribute(names::CLAIM_SURNAME, &["Simón"]),
        attribute(names::CLAIM_EMAIL_ADDRESS, &["b.simon@contoso.example"]),
        attribute(names::CLAIM_NAME, &["B.Simon@contoso.example"]),
    ]
}

/// Without an application: the keys of the tenant.
pub(crate) fn tenant_metadata() -> EntraMetadata {
    idp_metadata(&[&RSA_4096])
}

/// Of an application during a rollover: the active certificate and the next one.
pub(crate) fn application_metadata() -> EntraMetadata {
    idp_metadata(&[&RSA_2048, &RSA_4096])
}

fn idp_metadata(identities: &[&Identity]) -> EntraMetadata {
    let login = format!("https://login.example/{TENANT}/saml2");
    EntraMetadata {
        id: "_5b6a7988-1728-4394-a5b4-c3d2e1f00112".to_owned(),
        idp: IdpMetadata {
            entity_id: ISSUER.to_owned(),
            signing_certificates: identities
                .iter()
                .map(|one| one.certificate.der().to_vec())
                .collect(),
            single_sign_on_services: vec![
                endpoint(names::BINDING_HTTP_REDIRECT, &login),
                endpoint(names::BINDING_HTTP_POST, &login),
            ],
            single_logout_services: vec![endpoint(names::BINDING_HTTP_REDIRECT, &login)],
        },
        passive_endpoint: format!("https://login.example/{TENANT}/wsfed"),
        target_scope: ISSUER.to_owned(),
    }
}

/// As little as an SP can publish.
pub(crate) fn bare_sp_metadata() -> SpMetadata {
    SpMetadata {
        entity_id: "https://sp.example/metadata".to_owned(),
        assertion_consumer_services: vec![acs(0, None)],
        single_logout_services: Vec::new(),
        name_id_formats: Vec::new(),
        authn_requests_signed: false,
        want_assertions_signed: false,
        signing_certificates: Vec::new(),
        encryption_certificates: Vec::new(),
    }
}

/// Everything an SP can publish, most of it twice.
pub(crate) fn full_sp_metadata() -> SpMetadata {
    let der = |identity: &Identity| identity.certificate.der().to_vec();
    SpMetadata {
        assertion_consumer_services: vec![acs(0, Some(false)), acs(7, Some(true)), acs(u16::MAX, None)],
        single_logout_services: vec![
            endpoint(names::BINDING_HTTP_REDIRECT, "https://sp.example/slo"),
            endpoint(names::BINDING_HTTP_POST, "https://sp.example/slo"),
        ],
        name_id_formats: vec![
            names::NAME_ID_EMAIL.to_owned(),
            names::NAME_ID_PERSISTENT.to_owned(),
        ],
        authn_requests_signed: true,
        want_assertions_signed: true,
        signing_certificates: vec![der(&RSA_2048), der(&RSA_4096)],
        encryption_certificates: vec![der(&RSA_4096)],
        ..bare_sp_metadata()
    }
}

fn acs(index: u16, is_default: Option<bool>) -> IndexedEndpoint {
    IndexedEndpoint {
        endpoint: endpoint(names::BINDING_HTTP_POST, ACS),
        index,
        is_default,
    }
}

fn endpoint(binding: &str, location: &str) -> Endpoint {
    Endpoint {
        binding: binding.to_owned(),
        location: location.to_owned(),
    }
}

/// A request in which each of [`REQUEST_OPTIONS`] bits says whether one optional part is there.
pub(crate) fn authn_request(bits: u32) -> AuthnRequest {
    let on = |bit: u32| bits & (1 << bit) != 0;
    let given = |bit: u32, value: &str| on(bit).then(|| value.to_owned());
    AuthnRequest {
        destination: given(0, "https://login.example/saml2"),
        force_authn: on(1),
        is_passive: on(2),
        protocol_binding: given(3, names::BINDING_HTTP_POST),
        acs_index: on(4).then_some(3),
        acs_url: given(5, ACS),
        issuer: given(6, "https://sp.example/metadata?a=1&b=<2>"),
        name_id_policy: on(7).then(|| NameIdPolicy {
            format: Some(names::NAME_ID_PERSISTENT.to_owned()),
            sp_name_qualifier: Some("https://sp.example/group".to_owned()),
            allow_create: Some(true),
        }),
        requested_authn_context: on(8).then(|| RequestedAuthnContext {
            comparison: Some("minimum".to_owned()),
            class_refs: vec![
                names::AC_PASSWORD.to_owned(),
                names::AC_PASSWORD_PROTECTED_TRANSPORT.to_owned(),
            ],
        }),
        ..AuthnRequest::new(REQUEST_ID, instant("2026-03-04T05:06:06.5Z"), "")
    }
}

/// A LogoutRequest in which each of [`LOGOUT_REQUEST_OPTIONS`] bits says whether one optional part is there.
pub(crate) fn logout_request(bits: u32) -> LogoutRequest {
    let on = |bit: u32| bits & (1 << bit) != 0;
    let given = |bit: u32, value: &str| on(bit).then(|| value.to_owned());
    LogoutRequest {
        id: REQUEST_ID.to_owned(),
        version: names::VERSION.to_owned(),
        issue_instant: instant("2026-03-04T05:06:06.5Z"),
        destination: given(0, "https://sp.example/slo?a=1&b=<2>"),
        not_on_or_after: on(1).then(|| instant("2026-03-04T05:11:06.5Z")),
        reason: given(2, "urn:oasis:names:tc:SAML:2.0:logout:user"),
        issuer: given(3, ISSUER),
        name_id: Some(NameId {
            format: given(4, names::NAME_ID_PERSISTENT),
            name_qualifier: given(5, ISSUER),
            sp_name_qualifier: given(5, "https://sp.example/\"metadata\""),
            value: " Uz2Pqz1X7pxe4XLW & <xV9KJQ+n59d573SepSAkuYKSde8=\r\n".to_owned(),
        }),
        session_indexes: if on(6) {
            vec![ASSERTION_ID.to_owned(), "second & <last>".to_owned()]
        } else {
            Vec::new()
        },
    }
}

/// A LogoutResponse in which each of [`LOGOUT_RESPONSE_OPTIONS`] bits says whether one optional part is there.
pub(crate) fn logout_response(bits: u32) -> LogoutResponse {
    let on = |bit: u32| bits & (1 << bit) != 0;
    let given = |bit: u32, value: &str| on(bit).then(|| value.to_owned());
    LogoutResponse {
        id: RESPONSE_ID.to_owned(),
        version: names::VERSION.to_owned(),
        issue_instant: instant("2026-03-04T05:06:07.872Z"),
        destination: given(0, "https://sp.example/slo?a=1&b=<2>"),
        in_response_to: given(1, REQUEST_ID),
        issuer: given(2, ISSUER),
        status: Status {
            code: names::STATUS_SUCCESS.to_owned(),
            sub_code: given(3, names::STATUS_PARTIAL_LOGOUT),
            message: given(4, "two of <3>\r\nare gone"),
        },
    }
}

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}
