//! The NameID.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    ("nid-missing", &["- Assertion/Subject/NameID"]),
    (
        "nid-empty empty",
        &["- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com"],
    ),
    (
        "nid-empty white-space",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID= \t ",
        ],
    ),
    (
        "nid-format-unspecified unspecified",
        &[
            "- Assertion/Subject/NameID@Format=urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            "+ Assertion/Subject/NameID@Format=urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        ],
    ),
    (
        "nid-format-unspecified persistent",
        &[
            "- Assertion/Subject/NameID@Format=urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            "+ Assertion/Subject/NameID@Format=urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        ],
    ),
    (
        "nid-format-unspecified transient",
        &[
            "- Assertion/Subject/NameID@Format=urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            "+ Assertion/Subject/NameID@Format=urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
        ],
    ),
    (
        "nid-transient-as-key",
        &[
            "- Assertion/Subject/NameID@Format=urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID@Format=urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
            "+ Assertion/Subject/NameID=ID",
        ],
    ),
    (
        "nid-spnamequalifier-other",
        &["+ Assertion/Subject/NameID@SPNameQualifier=https://other-sp.test/saml/metadata"],
    ),
    (
        "nid-case-variant",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=b.sIMON@CONTOSO.ONMICROSOFT.COM",
        ],
    ),
    (
        "nid-unicode-nfc-nfd composed",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "- Assertion/AttributeStatement/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=josé.B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue=josé.b.simon@contoso.com",
            "+ Assertion/AttributeStatement/[name]/AttributeValue=josé.B.Simon@contoso.onmicrosoft.com",
        ],
    ),
    (
        "nid-unicode-nfc-nfd decomposed",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "- Assertion/AttributeStatement/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=jose\u{301}.B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue=jose\u{301}.b.simon@contoso.com",
            "+ Assertion/AttributeStatement/[name]/AttributeValue=jose\u{301}.B.Simon@contoso.onmicrosoft.com",
        ],
    ),
    (
        "nid-homoglyph cyrillic",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "- Assertion/AttributeStatement/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=B.Simоn@contoso.onmicrosoft.com",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simоn@contoso.com",
            "+ Assertion/AttributeStatement/[name]/AttributeValue=B.Simоn@contoso.onmicrosoft.com",
        ],
    ),
    (
        "nid-homoglyph fullwidth-at",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "- Assertion/AttributeStatement/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=B.Simon＠contoso.onmicrosoft.com",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon＠contoso.com",
            "+ Assertion/AttributeStatement/[name]/AttributeValue=B.Simon＠contoso.onmicrosoft.com",
        ],
    ),
    (
        "nid-homoglyph dotless-i",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "- Assertion/AttributeStatement/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=B.Sımon@contoso.onmicrosoft.com",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.sımon@contoso.com",
            "+ Assertion/AttributeStatement/[name]/AttributeValue=B.Sımon@contoso.onmicrosoft.com",
        ],
    ),
    (
        "nid-zero-width zero-width-space",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "- Assertion/AttributeStatement/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=B\u{200b}.Simon@contoso.onmicrosoft.com",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue=b\u{200b}.simon@contoso.com",
            "+ Assertion/AttributeStatement/[name]/AttributeValue=B\u{200b}.Simon@contoso.onmicrosoft.com",
        ],
    ),
    (
        "nid-zero-width soft-hyphen",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "- Assertion/AttributeStatement/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=B\u{ad}.Simon@contoso.onmicrosoft.com",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue=b\u{ad}.simon@contoso.com",
            "+ Assertion/AttributeStatement/[name]/AttributeValue=B\u{ad}.Simon@contoso.onmicrosoft.com",
        ],
    ),
    (
        "nid-zero-width right-to-left",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "- Assertion/AttributeStatement/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=B\u{202e}.Simon@contoso.onmicrosoft.com",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue=b\u{202e}.simon@contoso.com",
            "+ Assertion/AttributeStatement/[name]/AttributeValue=B\u{202e}.Simon@contoso.onmicrosoft.com",
        ],
    ),
    ("nid-null-like reference", &["it is no XML"]),
    (
        "nid-null-like percent",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com%00",
        ],
    ),
    (
        "nid-null-like backslash",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com\\0",
        ],
    ),
    (
        "nid-injection sql",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "- Assertion/AttributeStatement/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=' OR 1=1 --",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue=' OR 1=1 --",
            "+ Assertion/AttributeStatement/[name]/AttributeValue=' OR 1=1 --",
        ],
    ),
    (
        "nid-injection ldap",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "- Assertion/AttributeStatement/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=*)(uid=*",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue=*)(uid=*",
            "+ Assertion/AttributeStatement/[name]/AttributeValue=*)(uid=*",
        ],
    ),
    (
        "nid-injection path",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "- Assertion/AttributeStatement/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=../../../../etc/passwd",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue=../../../../etc/passwd",
            "+ Assertion/AttributeStatement/[name]/AttributeValue=../../../../etc/passwd",
        ],
    ),
    (
        "nid-injection template",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "- Assertion/AttributeStatement/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID={{7*7}}${7*7}",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue={{7*7}}${7*7}",
            "+ Assertion/AttributeStatement/[name]/AttributeValue={{7*7}}${7*7}",
        ],
    ),
    (
        "nid-injection line-break",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "- Assertion/AttributeStatement/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=b.simon\r\nSet-Cookie: role=admin",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon\r\nSet-Cookie: role=admin",
            "+ Assertion/AttributeStatement/[name]/AttributeValue=b.simon\r\nSet-Cookie: role=admin",
        ],
    ),
    (
        "nid-injection markup",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "- Assertion/AttributeStatement/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=<script>alert(1)</script>",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue=<script>alert(1)</script>",
            "+ Assertion/AttributeStatement/[name]/AttributeValue=<script>alert(1)</script>",
        ],
    ),
    (
        "nid-long-256",
        &[
            "- Assertion/Subject/NameID@Format=urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "- Assertion/AttributeStatement/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID@Format=urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            "+ Assertion/Subject/NameID=226 characters",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue=ID@contoso.com",
            "+ Assertion/AttributeStatement/[name]/AttributeValue=ID@contoso.onmicrosoft.com",
        ],
    ),
    (
        "nid-long-10k",
        &[
            "- Assertion/Subject/NameID=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/Subject/NameID=10000 characters",
        ],
    ),
];
