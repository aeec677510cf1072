//! Attributes and Issuer of the request.

use super::Expected::{Answers, Stops};
use super::{ID_FAULT, ISSUER, ISSUER_ELEMENT, NOT_A_MESSAGE, Row, VERSION, XML_FAULT, row, switched};

/// 2.1, attributes of the request.
pub(super) const ATTRIBUTES: &[Row] = &[
    row(
        "2.1 ID is echoed in InResponseTo",
        "_request",
        "_other",
        Answers(&["InResponseTo=\"_other\""]),
    ),
    row(
        "2.1 ID absent",
        "ID=\"_request\" ",
        "",
        Stops("AADSTS75005", NOT_A_MESSAGE),
    ),
    row(
        "2.1 ID begins with a digit",
        "_request",
        "1request",
        Stops("AADSTS7500529", ID_FAULT),
    ),
    row(
        "2.1 ID with =",
        "_request",
        "aGk=",
        Stops("AADSTS7500529", "The value 'aGk=' is not a valid SAML ID."),
    ),
    row(
        "2.1 ID with /",
        "_request",
        "a/b",
        Stops("AADSTS7500529", ID_FAULT),
    ),
    row(
        "2.1 ID with +",
        "_request",
        "a+b",
        Stops("AADSTS7500529", ID_FAULT),
    ),
    row(
        "2.1 Version is not 2.0",
        VERSION,
        "Version=\"1.1\"",
        Stops("AADSTS75005", NOT_A_MESSAGE),
    ),
    row(
        "2.1 Version absent",
        VERSION,
        "",
        Stops("AADSTS75005", NOT_A_MESSAGE),
    ),
    row(
        "2.1 IssueInstant absent",
        "IssueInstant=",
        "Instant=",
        Stops("AADSTS75005", NOT_A_MESSAGE),
    ),
    row(
        "2.1 IssueInstant is no instant",
        "2026-11-23T",
        "2026-13-23T",
        Stops("AADSTS7500525", XML_FAULT),
    ),
    row(
        "2.1 IssueInstant in .NET round-trip form",
        ".000Z\"",
        ".1234567Z\"",
        Answers(&[]),
    ),
    row(
        "2.1 C6 IssueInstant is not enforced",
        "2026-11-23T",
        "2001-11-23T",
        Answers(&[]),
    ),
    switched(
        "2.1 C6 IssueInstant enforced by the switch",
        r#"{"switches": ["issue-instant-enforced"]}"#,
        "2026-11-23T",
        "2001-11-23T",
        Stops(
            "AADSTS76026",
            "IssueTime in a SAML2 Authentication Request is expired.",
        ),
    ),
    switched(
        "2.1 C6 the future is not enforced by the switch",
        r#"{"switches": ["issue-instant-enforced"]}"#,
        "2026-11-23T",
        "2999-11-23T",
        Answers(&[]),
    ),
    row(
        "2.1 C5 Destination absent",
        "Destination",
        "Ignored",
        Answers(&[]),
    ),
    row(
        "2.1 C5 Destination of another host",
        "http://localhost:8080",
        "https://login.microsoftonline.com",
        Stops(
            "AADSTS75008",
            "Received SAML request with an unexpected destination 'https://login.microsoftonline.com/",
        ),
    ),
    row(
        "2.1 C5 Destination with another path",
        "/saml2\"",
        "/saml2/\"",
        Stops("AADSTS75008", "Expected one of '[http://localhost:8080/"),
    ),
    switched(
        "2.1 C5 Destination ignored by the switch",
        r#"{"switches": ["destination-ignored"]}"#,
        "http://localhost:8080",
        "https://login.microsoftonline.com",
        Answers(&[]),
    ),
    row(
        "2.1 ProtocolBinding HTTP-POST",
        VERSION,
        "Version=\"2.0\" ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\"",
        Answers(&[]),
    ),
    row(
        "2.1 ProtocolBinding unknown is ignored",
        VERSION,
        "Version=\"2.0\" ProtocolBinding=\"urn:x\"",
        Answers(&[]),
    ),
    row(
        "2.1 ProtocolBinding Artifact",
        VERSION,
        "Version=\"2.0\" ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact\"",
        Stops("AADSTS75003", "via bindings other than HTTP POST"),
    ),
    row(
        "2.1 ProtocolBinding Redirect",
        VERSION,
        "Version=\"2.0\" ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\"",
        Stops("AADSTS75003", ""),
    ),
    row(
        "2.1 ProtocolBinding PAOS",
        VERSION,
        "Version=\"2.0\" ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:PAOS\"",
        Stops("AADSTS75003", ""),
    ),
    row(
        "2.1 Consent is ignored",
        VERSION,
        "Version=\"2.0\" Consent=\"urn:oasis:names:tc:SAML:2.0:consent:obtained\"",
        Answers(&["!Consent"]),
    ),
    row(
        "2.1 ProviderName is ignored",
        VERSION,
        "Version=\"2.0\" ProviderName=\"SP\"",
        Answers(&[]),
    ),
    row(
        "2.1 unknown attributes of the root are ignored",
        VERSION,
        "Version=\"2.0\" Colour=\"red\"",
        Answers(&[]),
    ),
    row(
        "2.1 ForceAuthn is no boolean",
        VERSION,
        "Version=\"2.0\" ForceAuthn=\"si\"",
        Stops("AADSTS7500525", XML_FAULT),
    ),
    row(
        "2.1 the default xmlns of the sample request",
        "<samlp:AuthnRequest ",
        "<samlp:AuthnRequest xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" ",
        Answers(&[]),
    ),
    row(
        "1 the Test button's ID is not echoed",
        "_request",
        "F84D888AA3B44C1B844375A4E8210D9E",
        Answers(&["!InResponseTo", "<Audience>https://sp.test/saml</Audience>"]),
    ),
];

/// 2.1, the Issuer.
pub(super) const ISSUERS: &[Row] = &[
    row(
        "2.1 Issuer is a further identifier",
        ISSUER,
        "urn:second",
        Answers(&["<Audience>urn:second</Audience>"]),
    ),
    row(
        "2.1 Issuer is the application id",
        ISSUER,
        "{app}",
        Answers(&["<Audience>spn:{app}</Audience>"]),
    ),
    row(
        "2.1 Issuer is spn: and the application id",
        ISSUER,
        "spn:{app}",
        Answers(&["<Audience>spn:{app}</Audience>"]),
    ),
    row(
        "2.1 Issuer is spn: and an identifier",
        ISSUER,
        "spn:bare",
        Answers(&["<Audience>spn:bare</Audience>"]),
    ),
    row(
        "3.1 Audience of an Issuer that is no URI",
        ISSUER,
        "bare",
        Answers(&["<Audience>spn:bare</Audience>"]),
    ),
    row(
        "2.1 Issuer missing",
        ISSUER_ELEMENT,
        "",
        Stops("AADSTS75005", NOT_A_MESSAGE),
    ),
    row(
        "2.1 Issuer empty",
        ISSUER,
        "",
        Stops("AADSTS75005", NOT_A_MESSAGE),
    ),
    row(
        "2.1 Issuer is nobody's",
        ISSUER,
        "https://nobody.test",
        Stops(
            "AADSTS700016",
            "Application with identifier 'https://nobody.test' was not found in the directory 'Contoso'.",
        ),
    ),
    row(
        "2.1 Issuer differs by a slash",
        ISSUER,
        "https://sp.test/saml/",
        Stops("AADSTS700016", "'https://sp.test/saml/'"),
    ),
    row(
        "2.1 Issuer differs by case",
        ISSUER,
        "https://sp.test/SAML",
        Stops("AADSTS700016", "'https://sp.test/SAML'"),
    ),
    row(
        "2.1 Issuer is the identity provider's",
        ISSUER,
        "{idp}",
        Stops("AADSTS700016", "'https://sts.windows.net/"),
    ),
    switched(
        "C11 a near Issuer by the switch",
        r#"{"switches": ["near-issuer-650056"]}"#,
        ISSUER,
        "https://sp.test/saml/",
        Stops("AADSTS650056", "Misconfigured application."),
    ),
    switched(
        "C11 a near Issuer by the documented switch",
        r#"{"switches": ["near-issuer-70001"]}"#,
        ISSUER,
        "https://SP.test/saml",
        Stops(
            "AADSTS70001",
            "Application with identifier 'https://SP.test/saml' was not found in the directory Contoso.",
        ),
    ),
    switched(
        "C11 a far Issuer in spite of the switch",
        r#"{"switches": ["near-issuer-650056"]}"#,
        ISSUER,
        "https://sp.test/other",
        Stops("AADSTS700016", ""),
    ),
];
