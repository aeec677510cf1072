//! A response is spelt as entra-behaviour.md 3.1 prints it.

use entrant_tests::shape::Form;
use saml_model::{Response, SignatureAlgorithm, SigningOption};

use crate::{
    identity::RSA_2048,
    message::{self, ACS, ISSUER, REQUEST_ID},
};

/// Section 3.2, in emission order; roles stand between the third and the fourth.
const ATTRIBUTES: &[(&str, usize)] = &[
    ("http://schemas.microsoft.com/identity/claims/tenantid", 1),
    ("http://schemas.microsoft.com/identity/claims/objectidentifier", 1),
    ("http://schemas.microsoft.com/identity/claims/displayname", 1),
    ("http://schemas.microsoft.com/ws/2008/06/identity/claims/role", 2),
    ("http://schemas.microsoft.com/identity/claims/identityprovider", 1),
    ("http://schemas.microsoft.com/claims/authnmethodsreferences", 1),
    (
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
        1,
    ),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", 1),
    (
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        1,
    ),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", 1),
];

const SOLICITED: Form<'_> = Form {
    response_signed: false,
    assertion_signed: true,
    solicited: true,
    attributes: ATTRIBUTES,
};

#[test]
fn every_signing_option_is_spelt_as_printed() {
    for option in [
        SigningOption::Assertion,
        SigningOption::Response,
        SigningOption::ResponseAndAssertion,
    ] {
        let form = Form {
            response_signed: option != SigningOption::Assertion,
            assertion_signed: option != SigningOption::Response,
            ..SOLICITED
        };
        let values = form.compare(&emit(&message::success(), option)).unwrap();
        for (placeholder, expected) in [
            ("text issuer", ISSUER),
            ("text acs", &ACS.replace('&', "&amp;")),
            ("text request", REQUEST_ID),
            ("text name id", "B.Simon@contoso.example"),
            ("instant of response", "2026-03-04T05:06:07.872Z"),
            // Exactly three digits, whatever the value has.
            ("instant of assertion", "2026-03-04T05:06:07.870Z"),
            ("instant of sign-in", "2026-03-04T01:02:03.000Z"),
            ("base64 certificate", &RSA_2048.certificate.base64()),
        ] {
            assert_eq!(values[placeholder], expected, "{option:?}, {placeholder}");
        }
    }
}

#[test]
fn an_unsolicited_response_names_no_request() {
    let form = Form {
        solicited: false,
        ..SOLICITED
    };
    let xml = emit(&message::unsolicited(), SigningOption::Assertion);
    form.compare(&xml).unwrap();
    assert!(!xml.contains("InResponseTo"));
}

/// The first list of section 3.1: what trips service providers because other identity providers send it.
#[test]
fn nothing_is_there_that_entra_leaves_out() {
    let xml = emit(&message::success(), SigningOption::ResponseAndAssertion);
    for absent in [
        "<?xml",
        "\n",
        "xsi:",
        "NameFormat",
        "FriendlyName",
        "Consent",
        "SessionNotOnOrAfter",
        "SPNameQualifier",
        "NameQualifier",
        " Address=",
        "AuthenticatingAuthority",
        "OneTimeUse",
        "InclusiveNamespaces",
        "KeyName",
        "KeyValue",
        "X509IssuerSerial",
        "<ds:",
        "<saml:",
        " />",
    ] {
        assert!(!xml.contains(absent), "{absent}");
    }
}

fn emit(response: &Response, option: SigningOption) -> String {
    let signing = RSA_2048.signing(SignatureAlgorithm::RsaSha256);
    saml_emit::response(response, option, Some(&signing)).unwrap()
}
