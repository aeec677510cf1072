//! Elements of the request, and the order of checks.

use super::Expected::{Answers, Stops};
use super::{END_OF_ISSUER, ISSUER_ELEMENT, NOT_A_MESSAGE, Row, XML_FAULT, row, switched};

const PROTECTED: &str = "</saml:Issuer><samlp:RequestedAuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>";

/// 2.1, elements of the request.
pub(super) const ELEMENTS: &[Row] = &[
    row(
        "2.1 Subject",
        END_OF_ISSUER,
        "</saml:Issuer><saml:Subject><saml:NameID>a</saml:NameID></saml:Subject>",
        Stops(
            "AADSTS900236",
            "The SAML authentication request property 'Subject' is not supported and must not be set.",
        ),
    ),
    row(
        "2.1 Scoping without parts",
        END_OF_ISSUER,
        "</saml:Issuer><samlp:Scoping/>",
        Answers(&[]),
    ),
    row(
        "2.1 Scoping with ProxyCount",
        END_OF_ISSUER,
        "</saml:Issuer><samlp:Scoping ProxyCount=\"0\"/>",
        Stops("AADSTS900236", "'Scoping/ProxyCount'"),
    ),
    row(
        "2.1 Scoping with IDPList",
        END_OF_ISSUER,
        "</saml:Issuer><samlp:Scoping><samlp:IDPList><samlp:IDPEntry ProviderID=\"urn:x\"/></samlp:IDPList></samlp:Scoping>",
        Stops("AADSTS900236", "'Scoping/IDPList'"),
    ),
    row(
        "2.1 Scoping with RequesterID",
        END_OF_ISSUER,
        "</saml:Issuer><samlp:Scoping><samlp:RequesterID>urn:x</samlp:RequesterID></samlp:Scoping>",
        Stops("AADSTS900236", "'Scoping/RequesterID'"),
    ),
    row(
        "2.1 Conditions are ignored",
        END_OF_ISSUER,
        "</saml:Issuer><saml:Conditions NotOnOrAfter=\"2001-01-01T00:00:00Z\"/>",
        Answers(&[]),
    ),
    row(
        "2.1 Extensions are ignored",
        END_OF_ISSUER,
        "</saml:Issuer><samlp:Extensions><x xmlns=\"urn:x\"/></samlp:Extensions>",
        Answers(&[]),
    ),
    row(
        "2.1 Comparison exact",
        END_OF_ISSUER,
        "</saml:Issuer><samlp:RequestedAuthnContext Comparison=\"exact\"><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>",
        Answers(&["classes:Password<"]),
    ),
    row(
        "2.1 Comparison minimum",
        END_OF_ISSUER,
        "</saml:Issuer><samlp:RequestedAuthnContext Comparison=\"minimum\"><saml:AuthnContextClassRef>urn:x</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>",
        Stops(
            "AADSTS900235",
            "SAML authentication request's RequestedAuthenticationContext Comparison value must be 'exact'. Received value: 'Minimum'.",
        ),
    ),
    row(
        "2.1 Comparison better",
        END_OF_ISSUER,
        "</saml:Issuer><samlp:RequestedAuthnContext Comparison=\"better\"><saml:AuthnContextClassRef>urn:x</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>",
        Stops("AADSTS900235", "'Better'"),
    ),
    row(
        "2.1 a class reference is no URI",
        END_OF_ISSUER,
        "</saml:Issuer><samlp:RequestedAuthnContext><saml:AuthnContextClassRef>Password</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>",
        Stops(
            "AADSTS7500522",
            "XML element 'AuthnContextClassRef' in XML Namespace 'urn:oasis:names:tc:SAML:2.0:assertion' in the SAML message must be a URI.",
        ),
    ),
    row(
        "C8 PasswordProtectedTransport matches a password session",
        END_OF_ISSUER,
        PROTECTED,
        Answers(&["classes:PasswordProtectedTransport</AuthnContextClassRef>"]),
    ),
    switched(
        "C8 PasswordProtectedTransport is unknown by the switch",
        r#"{"switches": ["class-refs-as-documented"]}"#,
        END_OF_ISSUER,
        PROTECTED,
        Stops(
            "AADSTS75011",
            "requested authentication method 'Password, ProtectedTransport'.",
        ),
    ),
    row(
        "2.1 NameIDPolicy Format persistent",
        END_OF_ISSUER,
        "</saml:Issuer><samlp:NameIDPolicy AllowCreate=\"false\" Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\"/>",
        Answers(&["<NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">"]),
    ),
    row(
        "2.1 NameIDPolicy Format unsupported",
        END_OF_ISSUER,
        "</saml:Issuer><samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAdress\"/>",
        Stops(
            "AADSTS75016",
            "SAML2 Authentication Request has invalid NameIdPolicy.",
        ),
    ),
    switched(
        "C14 an unsupported Format tolerated by the switch",
        r#"{"switches": ["name-id-format-tolerated"]}"#,
        END_OF_ISSUER,
        "</saml:Issuer><samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAdress\"/>",
        Answers(&[
            "<NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">B.Simon@contoso.onmicrosoft.com<",
        ]),
    ),
    row(
        "2.1 NameIDPolicy without Format",
        END_OF_ISSUER,
        "</saml:Issuer><samlp:NameIDPolicy AllowCreate=\"true\"/>",
        Answers(&["nameid-format:emailAddress\">B.Simon@"]),
    ),
    row(
        "C7 SPNameQualifier is echoed",
        END_OF_ISSUER,
        "</saml:Issuer><samlp:NameIDPolicy SPNameQualifier=\"urn:q\"/>",
        Answers(&["SPNameQualifier=\"urn:q\""]),
    ),
    row(
        "2.1 NameQualifier",
        END_OF_ISSUER,
        "</saml:Issuer><samlp:NameIDPolicy NameQualifier=\"urn:q\"/>",
        Stops("AADSTS7500525", XML_FAULT),
    ),
    row(
        "2.1 NameQualifier at the Issuer",
        "<saml:Issuer",
        "<saml:Issuer NameQualifier=\"urn:q\"",
        Stops("AADSTS7500525", XML_FAULT),
    ),
    row(
        "2.1 NameQualifier at the root",
        " ID=",
        " NameQualifier=\"urn:q\" ID=",
        Stops("AADSTS7500525", XML_FAULT),
    ),
    row(
        "2.1 a comment inside the Issuer",
        "//sp.test/saml</saml:Issuer>",
        "//sp.test/<!---->saml</saml:Issuer>",
        Stops("AADSTS7500525", XML_FAULT),
    ),
    row(
        "2.1 Signature is not validated",
        END_OF_ISSUER,
        "</saml:Issuer><Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\">broken</Signature>",
        Answers(&[]),
    ),
    row(
        "2.3 malformed XML",
        "<saml:Issuer>",
        "<saml:Issuer",
        Stops("AADSTS7500525", XML_FAULT),
    ),
    row(
        "2.3 a wrong child element",
        END_OF_ISSUER,
        "</saml:Issuer><samlp:Nonsense/>",
        Stops("AADSTS7500525", XML_FAULT),
    ),
    row(
        "2.3 another message",
        "samlp:AuthnRequest",
        "samlp:ArtifactResolve",
        Stops("AADSTS75005", NOT_A_MESSAGE),
    ),
];

/// 7.3: of two faults the first in the order of checks is told.
pub(super) const ORDER: &[Row] = &[
    row(
        "7.3 ID before properties",
        "_request\"",
        "1\" ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:PAOS\"",
        Stops("AADSTS7500529", ""),
    ),
    row(
        "7.3 Subject before the Issuer",
        ISSUER_ELEMENT,
        "<saml:Issuer>urn:nobody</saml:Issuer><saml:Subject/>",
        Stops("AADSTS900236", ""),
    ),
    row(
        "7.3 Subject before Comparison",
        END_OF_ISSUER,
        "</saml:Issuer><saml:Subject/><samlp:RequestedAuthnContext Comparison=\"better\"/>",
        Stops("AADSTS900236", ""),
    ),
    row(
        "7.3 Comparison before NameIDPolicy",
        END_OF_ISSUER,
        "</saml:Issuer><samlp:NameIDPolicy Format=\"urn:x\"/><samlp:RequestedAuthnContext Comparison=\"better\"/>",
        Stops("AADSTS900235", ""),
    ),
    row(
        "7.3 NameIDPolicy before ProtocolBinding",
        "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><saml:Issuer>https://sp.test/saml</saml:Issuer>",
        "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:PAOS\"><saml:Issuer>https://sp.test/saml</saml:Issuer><samlp:NameIDPolicy Format=\"urn:x\"/>",
        Stops("AADSTS75016", ""),
    ),
    row(
        "7.3 NameIDPolicy before the Issuer",
        ISSUER_ELEMENT,
        "<saml:Issuer>urn:nobody</saml:Issuer><samlp:NameIDPolicy Format=\"urn:x\"/>",
        Stops("AADSTS75016", ""),
    ),
    switched(
        "7.3 a disabled application before Destination",
        r#"{"enabled": false}"#,
        "http://localhost:8080",
        "http://other.test",
        Stops("AADSTS7000112", ""),
    ),
    row(
        "7.3 Destination before the reply URL",
        "/saml2\" AssertionConsumerServiceURL=\"https://sp.test/acs\"",
        "/saml3\" AssertionConsumerServiceURL=\"https://sp.test/third\"",
        Stops("AADSTS75008", ""),
    ),
    switched(
        "7.3 the reply URL before the signature",
        r#"{"verification_certificates": {"required": true, "certificates": []}}"#,
        "sp.test/acs",
        "sp.test/third",
        Stops("AADSTS50011", ""),
    ),
];
