//! Attributes.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "nid-missing-email-attr",
        &["- Assertion/AttributeStatement/[emailaddress]"],
    ),
    (
        "nid-empty-email-attr empty",
        &[
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue=",
        ],
    ),
    (
        "nid-empty-email-attr white-space",
        &[
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue= ",
        ],
    ),
    (
        "nid-empty-email-attr nil",
        &[
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue@nil=true",
        ],
    ),
    (
        "nid-attr-duplicate-name victim-second",
        &[
            "+ Assertion/AttributeStatement/[objectidentifier]#2/AttributeValue=ID",
            "+ Assertion/AttributeStatement/[emailaddress]#2/AttributeValue=u.keller@contoso.com",
            "+ Assertion/AttributeStatement/[name]#2/AttributeValue=U.Keller@contoso.onmicrosoft.com",
        ],
    ),
    (
        "nid-attr-duplicate-name victim-first",
        &[
            "- Assertion/AttributeStatement/[objectidentifier]/AttributeValue=d633dcf8-7cae-5968-899c-9c42dd3c407b",
            "- Assertion/AttributeStatement/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "- Assertion/AttributeStatement/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
            "+ Assertion/AttributeStatement/[objectidentifier]/AttributeValue=ID",
            "+ Assertion/AttributeStatement/[emailaddress]/AttributeValue=u.keller@contoso.com",
            "+ Assertion/AttributeStatement/[name]/AttributeValue=U.Keller@contoso.onmicrosoft.com",
            "+ Assertion/AttributeStatement/[objectidentifier]#2/AttributeValue=d633dcf8-7cae-5968-899c-9c42dd3c407b",
            "+ Assertion/AttributeStatement/[emailaddress]#2/AttributeValue=b.simon@contoso.com",
            "+ Assertion/AttributeStatement/[name]#2/AttributeValue=B.Simon@contoso.onmicrosoft.com",
        ],
    ),
    (
        "nid-attr-multivalue",
        &["+ Assertion/AttributeStatement/[emailaddress]/AttributeValue#2=u.keller@contoso.com"],
    ),
    (
        "nid-attr-friendlyname",
        &[
            "+ Assertion/AttributeStatement/[urn:example:attributes:nickname:2]@FriendlyName=http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
            "+ Assertion/AttributeStatement/[urn:example:attributes:nickname:2]/AttributeValue=admin@contoso.com",
            "+ Assertion/AttributeStatement/[urn:example:attributes:nickname:1]@FriendlyName=mail",
            "+ Assertion/AttributeStatement/[urn:example:attributes:nickname:1]/AttributeValue=admin@contoso.com",
            "+ Assertion/AttributeStatement/[urn:example:attributes:nickname:0]@FriendlyName=email",
            "+ Assertion/AttributeStatement/[urn:example:attributes:nickname:0]/AttributeValue=admin@contoso.com",
        ],
    ),
    (
        "nid-attr-nameformat uri",
        &["+ *@NameFormat=urn:oasis:names:tc:SAML:2.0:attrname-format:uri"],
    ),
    (
        "nid-attr-nameformat unspecified",
        &["+ *@NameFormat=urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"],
    ),
    (
        "nid-attr-nameformat basic",
        &["+ *@NameFormat=urn:oasis:names:tc:SAML:2.0:attrname-format:basic"],
    ),
    (
        "nid-attr-name-case case",
        &[
            "+ Assertion/AttributeStatement/[HTTP:||SCHEMAS.MICROSOFT.COM|IDENTITY|CLAIMS|OBJECTIDENTIFIER]/AttributeValue=ID",
            "+ Assertion/AttributeStatement/[HTTP:||SCHEMAS.XMLSOAP.ORG|WS|2005|05|IDENTITY|CLAIMS|EMAILADDRESS]/AttributeValue=admin@contoso.com",
            "+ Assertion/AttributeStatement/[HTTP:||SCHEMAS.XMLSOAP.ORG|WS|2005|05|IDENTITY|CLAIMS|NAME]/AttributeValue=admin@contoso.onmicrosoft.com",
        ],
    ),
    (
        "nid-attr-name-case slash",
        &[
            "+ Assertion/AttributeStatement/[objectidentifier|]/AttributeValue=ID",
            "+ Assertion/AttributeStatement/[emailaddress|]/AttributeValue=admin@contoso.com",
            "+ Assertion/AttributeStatement/[name|]/AttributeValue=admin@contoso.onmicrosoft.com",
        ],
    ),
    ("nid-attr-xsi-type string", &["+ *@type=xs:string"]),
    ("nid-attr-xsi-type int", &["+ *@type=xs:int"]),
    ("nid-attr-xsi-type any-type", &["+ *@type=xs:anyType"]),
    ("nid-attr-xsi-type unknown", &["+ *@type=x:Unknown"]),
    (
        "nid-attr-nested-xml",
        &[
            "+ Assertion/AttributeStatement/[urn:oid:1.3.6.1.4.1.5923.1.1.1.10]/AttributeValue/NameID@Format=urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            "+ Assertion/AttributeStatement/[urn:oid:1.3.6.1.4.1.5923.1.1.1.10]/AttributeValue/NameID=ID",
        ],
    ),
    (
        "nid-attr-two-statements",
        &[
            "- Assertion/AttributeStatement/[authnmethodsreferences]",
            "- Assertion/AttributeStatement/[givenname]",
            "- Assertion/AttributeStatement/[surname]",
            "- Assertion/AttributeStatement/[emailaddress]",
            "- Assertion/AttributeStatement/[name]",
            "+ Assertion/AttributeStatement#2/[authnmethodsreferences]/AttributeValue=http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password",
            "+ Assertion/AttributeStatement#2/[givenname]/AttributeValue=Britta",
            "+ Assertion/AttributeStatement#2/[surname]/AttributeValue=Simon",
            "+ Assertion/AttributeStatement#2/[emailaddress]/AttributeValue=b.simon@contoso.com",
            "+ Assertion/AttributeStatement#2/[name]/AttributeValue=B.Simon@contoso.onmicrosoft.com",
        ],
    ),
    (
        "nid-group-overage",
        &[
            "+ Assertion/AttributeStatement/[groups.link]/AttributeValue=https://graph.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/users/d633dcf8-7cae-5968-899c-9c42dd3c407b/getMemberObjects",
        ],
    ),
    (
        "nid-role-spoof-display",
        &[
            "- Assertion/AttributeStatement/[displayname]/AttributeValue=B.Simon",
            "+ Assertion/AttributeStatement/[displayname]/AttributeValue=admin",
            "+ Assertion/AttributeStatement/[jobtitle]/AttributeValue=Administrator",
        ],
    ),
];
