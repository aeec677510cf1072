//! The envelope.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "env-destination-other",
        &[
            "- @Destination=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs",
            "+ @Destination=https://other-sp.test/saml/acs",
        ],
    ),
    (
        "env-destination-missing-unsigned",
        &["- @Destination=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs"],
    ),
    (
        "env-destination-empty",
        &[
            "- @Destination=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs",
            "+ @Destination=",
        ],
    ),
    (
        "env-destination-prefix prefix",
        &[
            "- @Destination=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs",
            "+ @Destination=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs.evil",
        ],
    ),
    (
        "env-destination-prefix query",
        &[
            "- @Destination=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs",
            "+ @Destination=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs?x",
        ],
    ),
    (
        "env-destination-prefix suffix",
        &[
            "- @Destination=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs",
            "+ @Destination=https://other-sp.test/?http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs",
        ],
    ),
    (
        "env-destination-prefix cut",
        &[
            "- @Destination=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs",
            "+ @Destination=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/ac",
        ],
    ),
    (
        "env-issuer-other",
        &[
            "- Issuer=https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/",
            "- Assertion/Issuer=https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/",
            "+ Issuer=https://sts.windows.net/ID/",
            "+ Assertion/Issuer=https://sts.windows.net/ID/",
        ],
    ),
    (
        "env-issuer-mismatch response",
        &[
            "- Issuer=https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/",
            "+ Issuer=https://other-idp.test/",
        ],
    ),
    (
        "env-issuer-mismatch assertion",
        &[
            "- Assertion/Issuer=https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/",
            "+ Assertion/Issuer=https://other-idp.test/",
        ],
    ),
    ("env-issuer-assertion-missing", &["- Assertion/Issuer"]),
    (
        "env-issuer-format",
        &[
            "+ Issuer@Format=urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            "+ Assertion/Issuer@Format=urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        ],
    ),
    (
        "env-issuer-tenant",
        &[
            "- Issuer=https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/",
            "- Assertion/Issuer=https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/",
            "+ Issuer=https://sts.windows.net/ID/",
            "+ Assertion/Issuer=https://sts.windows.net/ID/",
        ],
    ),
    (
        "env-issuer-slash slash",
        &[
            "- Issuer=https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/",
            "- Assertion/Issuer=https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/",
            "+ Issuer=https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10",
            "+ Assertion/Issuer=https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10",
        ],
    ),
    (
        "env-issuer-slash scheme",
        &[
            "- Issuer=https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/",
            "- Assertion/Issuer=https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/",
            "+ Issuer=http://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/",
            "+ Assertion/Issuer=http://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/",
        ],
    ),
    (
        "env-issuer-slash case",
        &[
            "- Issuer=https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/",
            "- Assertion/Issuer=https://sts.windows.net/7f3c1a52-5b0e-4d7e-9a54-0c6f2f1e8b10/",
            "+ Issuer=HTTPS://STS.WINDOWS.NET/7F3C1A52-5B0E-4D7E-9A54-0C6F2F1E8B10/",
            "+ Assertion/Issuer=HTTPS://STS.WINDOWS.NET/7F3C1A52-5B0E-4D7E-9A54-0C6F2F1E8B10/",
        ],
    ),
    (
        "env-status-requester",
        &[
            "- Status/StatusCode@Value=urn:oasis:names:tc:SAML:2.0:status:Success",
            "+ Status/StatusCode@Value=urn:oasis:names:tc:SAML:2.0:status:Requester",
            "+ Status/StatusCode/StatusCode@Value=urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported",
        ],
    ),
    (
        "env-status-nested responder-success",
        &[
            "- Status/StatusCode@Value=urn:oasis:names:tc:SAML:2.0:status:Success",
            "+ Status/StatusCode@Value=urn:oasis:names:tc:SAML:2.0:status:Responder",
            "+ Status/StatusCode/StatusCode@Value=urn:oasis:names:tc:SAML:2.0:status:Success",
        ],
    ),
    (
        "env-status-nested success-responder",
        &["+ Status/StatusCode/StatusCode@Value=urn:oasis:names:tc:SAML:2.0:status:Responder"],
    ),
    (
        "env-status-two-codes",
        &[
            "- Status/StatusCode@Value=urn:oasis:names:tc:SAML:2.0:status:Success",
            "+ Status/StatusCode@Value=urn:oasis:names:tc:SAML:2.0:status:Requester",
            "+ Status/StatusCode#2@Value=urn:oasis:names:tc:SAML:2.0:status:Success",
        ],
    ),
    ("env-status-missing status", &["- Status"]),
    ("env-status-missing code", &["- Status/StatusCode", "+ Status="]),
    (
        "env-status-missing value",
        &[
            "- Status/StatusCode@Value=urn:oasis:names:tc:SAML:2.0:status:Success",
            "+ Status/StatusCode@Value=",
        ],
    ),
    (
        "env-status-authnfailed",
        &[
            "- Status/StatusCode@Value=urn:oasis:names:tc:SAML:2.0:status:Success",
            "- Assertion",
            "+ Status/StatusCode@Value=urn:oasis:names:tc:SAML:2.0:status:Responder",
            "+ Status/StatusCode/StatusCode@Value=urn:oasis:names:tc:SAML:2.0:status:AuthnFailed",
            "+ Status/StatusMessage=AADSTS75011: Authentication method does not match. <script>alert('AADSTS75011')</script>",
        ],
    ),
    (
        "env-version-21 response-2.1",
        &["- @Version=2.0", "+ @Version=2.1"],
    ),
    (
        "env-version-21 response-1.1",
        &["- @Version=2.0", "+ @Version=1.1"],
    ),
    ("env-version-21 response-missing", &["- @Version=2.0"]),
    (
        "env-version-21 assertion-2.1",
        &["- Assertion@Version=2.0", "+ Assertion@Version=2.1"],
    ),
    (
        "env-version-21 assertion-1.1",
        &["- Assertion@Version=2.0", "+ Assertion@Version=1.1"],
    ),
    ("env-version-21 assertion-missing", &["- Assertion@Version=2.0"]),
    ("env-id-missing", &["- @ID=ID"]),
    (
        "env-inresponseto-unknown",
        &[
            "- @InResponseTo=_request",
            "- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@InResponseTo=_request",
            "+ @InResponseTo=ID",
            "+ Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@InResponseTo=ID",
        ],
    ),
    (
        "env-inresponseto-missing-when-required",
        &[
            "- @InResponseTo=_request",
            "- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@InResponseTo=_request",
        ],
    ),
    ("env-no-assertion-success", &["- Assertion"]),
    (
        "env-consent-extensions",
        &[
            "+ @Consent=urn:oasis:names:tc:SAML:2.0:consent:obtained",
            "+ Extensions/Hint@level=1",
            "+ Extensions/Hint=text",
        ],
    ),
    ("env-no-authnstatement", &["- Assertion/AuthnStatement"]),
    (
        "env-size-max-legit",
        &[
            "+ *=ID",
            "+ Assertion/AttributeStatement/[thumbnailphoto]/AttributeValue=180000 characters",
        ],
    ),
];
