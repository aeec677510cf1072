//! Where the answer goes.

use super::Expected::{Answers, Stops};
use super::{ACS, ACS_ATTRIBUTE, ISSUER, Row, row, switched};

/// 2.1, 2.4, where the answer goes.
pub(super) const REPLY_URLS: &[Row] = &[
    row(
        "2.4 ACS is registered",
        "sp.test/acs",
        "sp.test/second",
        Answers(&[
            "Destination=\"https://sp.test/second\"",
            "Recipient=\"https://sp.test/second\"",
        ]),
    ),
    row(
        "2.1 ACS absent",
        ACS_ATTRIBUTE,
        "",
        Answers(&["Destination=\"https://sp.test/acs\""]),
    ),
    row(
        "2.1 the attribute's name is case-sensitive",
        "ServiceURL=\"https://sp.test/acs",
        "ServiceUrl=\"https://nowhere.test",
        Answers(&["Destination=\"https://sp.test/acs\""]),
    ),
    row(
        "2.1 ACS relative",
        ACS,
        "/acs",
        Stops(
            "AADSTS7500511",
            "XML attribute 'AssertionConsumerServiceURL' in the SAML message must be a URI.",
        ),
    ),
    row("2.1 ACS is no URI", ACS, "acs", Stops("AADSTS7500511", "")),
    row(
        "2.1 the index chooses",
        ACS_ATTRIBUTE,
        "AssertionConsumerServiceIndex=\"1\"",
        Answers(&["Destination=\"https://sp.test/second\""]),
    ),
    row(
        "2.1 an index that nothing has",
        ACS_ATTRIBUTE,
        "AssertionConsumerServiceIndex=\"9\"",
        Answers(&["Destination=\"https://sp.test/acs\""]),
    ),
    row(
        "2.4 ACS is not registered",
        "sp.test/acs",
        "sp.test/third",
        Stops(
            "AADSTS50011",
            "The reply URL 'https://sp.test/third' specified in the request does not match the reply URLs configured for the application 'https://sp.test/saml'.",
        ),
    ),
    row(
        "2.4 path case counts",
        "sp.test/acs",
        "sp.test/Acs",
        Stops("AADSTS50011", ""),
    ),
    row(
        "2.4 the scheme counts",
        "https://sp.test/acs",
        "http://sp.test/acs",
        Stops("AADSTS50011", ""),
    ),
    row(
        "2.4 an explicit port counts",
        "sp.test/acs",
        "sp.test:443/acs",
        Stops("AADSTS50011", ""),
    ),
    row(
        "2.4 the trailing slash counts",
        "sp.test/acs",
        "sp.test/acs/",
        Stops("AADSTS50011", ""),
    ),
    row(
        "2.4 host case does not count",
        "sp.test/acs",
        "SP.test/acs",
        Answers(&["Destination=\"https://SP.test/acs\""]),
    ),
    row(
        "2.4 a query counts",
        "sp.test/acs",
        "sp.test/acs?x=1",
        Stops("AADSTS50011", ""),
    ),
    row(
        "2.4 localhost in any port",
        ACS,
        "http://localhost:4711/acs",
        Answers(&["Destination=\"http://localhost:4711/acs\""]),
    ),
    row(
        "2.4 127.0.0.1 in its port",
        ACS,
        "http://127.0.0.1:4711/acs",
        Stops("AADSTS50011", ""),
    ),
    row(
        "2.4 a wildcard takes labels and drops query and fragment",
        ACS,
        "https://a.b.contoso.com/acs?x=1#y",
        Answers(&["Destination=\"https://a.b.contoso.com/acs\""]),
    ),
    row(
        "2.4 a wildcard is not the domain itself",
        ACS,
        "https://contoso.com/acs",
        Stops("AADSTS50011", ""),
    ),
    switched(
        "2.1 no reply URL at all",
        r#"{"reply_urls": []}"#,
        ACS_ATTRIBUTE,
        "",
        Stops(
            "AADSTS500113",
            "No reply address is registered for the application.",
        ),
    ),
    switched(
        "2.4 a pattern is no default",
        r#"{"reply_urls": ["https://*.contoso.com/acs"]}"#,
        ACS_ATTRIBUTE,
        "",
        Stops("AADSTS500113", ""),
    ),
    switched(
        "7.3 none registered, one sent",
        r#"{"reply_urls": []}"#,
        ISSUER,
        ISSUER,
        Stops("AADSTS50011", ""),
    ),
];
