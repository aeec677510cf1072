//! Subject confirmation.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "subj-recipient-other",
        &[
            "- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@Recipient=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs",
            "+ Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@Recipient=https://other-sp.test/saml/acs",
        ],
    ),
    (
        "subj-recipient-missing",
        &[
            "- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@Recipient=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs",
        ],
    ),
    (
        "subj-recipient-case path",
        &[
            "- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@Recipient=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs",
            "+ Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@Recipient=http://127.0.0.1:8081/ONE/SIPGATE/SIPGATE-SSO-1234567/ACS",
        ],
    ),
    (
        "subj-recipient-case slash",
        &[
            "- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@Recipient=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs",
            "+ Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@Recipient=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs/",
        ],
    ),
    (
        "subj-recipient-case host",
        &[
            "- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@Recipient=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs",
            "+ Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@Recipient=HTTP://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs",
        ],
    ),
    (
        "subj-inresponseto-other",
        &[
            "- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@InResponseTo=_request",
            "+ Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@InResponseTo=ID",
        ],
    ),
    (
        "subj-inresponseto-missing",
        &["- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@InResponseTo=_request"],
    ),
    (
        "subj-inresponseto-mismatch",
        &[
            "- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@InResponseTo=_request",
            "+ Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@InResponseTo=ID",
        ],
    ),
    ("subj-inresponseto-on-unsolicited", &["- @InResponseTo=_request"]),
    (
        "subj-noa-past",
        &[
            "- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@NotOnOrAfter=now+60",
            "+ Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@NotOnOrAfter=now-60",
        ],
    ),
    (
        "subj-noa-missing",
        &["- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@NotOnOrAfter=now+60"],
    ),
    (
        "subj-notbefore-present",
        &["+ Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@NotBefore=now-5"],
    ),
    (
        "subj-scd-missing",
        &["- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData"],
    ),
    (
        "subj-no-confirmation",
        &["- Assertion/Subject/SubjectConfirmation"],
    ),
    (
        "subj-method-hok",
        &[
            "- Assertion/Subject/SubjectConfirmation@Method=urn:oasis:names:tc:SAML:2.0:cm:bearer",
            "+ Assertion/Subject/SubjectConfirmation@Method=urn:oasis:names:tc:SAML:2.0:cm:holder-of-key",
            "+ Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@type=saml:KeyInfoConfirmationDataType",
            "+ Assertion/Subject/SubjectConfirmation/SubjectConfirmationData/KeyInfo …",
        ],
    ),
    (
        "subj-method-sv",
        &[
            "- Assertion/Subject/SubjectConfirmation@Method=urn:oasis:names:tc:SAML:2.0:cm:bearer",
            "+ Assertion/Subject/SubjectConfirmation@Method=urn:oasis:names:tc:SAML:2.0:cm:sender-vouches",
        ],
    ),
    (
        "subj-method-missing absent",
        &["- Assertion/Subject/SubjectConfirmation@Method=urn:oasis:names:tc:SAML:2.0:cm:bearer"],
    ),
    (
        "subj-method-missing empty",
        &[
            "- Assertion/Subject/SubjectConfirmation@Method=urn:oasis:names:tc:SAML:2.0:cm:bearer",
            "+ Assertion/Subject/SubjectConfirmation@Method=",
        ],
    ),
    (
        "subj-two-one-good holder-of-key",
        &[
            "- Assertion/Subject/SubjectConfirmation@Method=urn:oasis:names:tc:SAML:2.0:cm:bearer",
            "- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData",
            "+ Assertion/Subject/SubjectConfirmation@Method=urn:oasis:names:tc:SAML:2.0:cm:holder-of-key",
            "+ Assertion/Subject/SubjectConfirmation#2@Method=urn:oasis:names:tc:SAML:2.0:cm:bearer",
            "+ Assertion/Subject/SubjectConfirmation#2/SubjectConfirmationData@InResponseTo=_request",
            "+ Assertion/Subject/SubjectConfirmation#2/SubjectConfirmationData@NotOnOrAfter=now+60",
            "+ Assertion/Subject/SubjectConfirmation#2/SubjectConfirmationData@Recipient=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs",
        ],
    ),
    (
        "subj-two-one-good expired",
        &[
            "- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@NotOnOrAfter=now+60",
            "+ Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@NotOnOrAfter=now-60",
            "+ Assertion/Subject/SubjectConfirmation#2@Method=urn:oasis:names:tc:SAML:2.0:cm:bearer",
            "+ Assertion/Subject/SubjectConfirmation#2/SubjectConfirmationData@InResponseTo=_request",
            "+ Assertion/Subject/SubjectConfirmation#2/SubjectConfirmationData@NotOnOrAfter=now+60",
            "+ Assertion/Subject/SubjectConfirmation#2/SubjectConfirmationData@Recipient=http://127.0.0.1:8081/one/sipgate/sipgate-sso-1234567/acs",
        ],
    ),
    (
        "subj-two-both-bad",
        &[
            "- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@NotOnOrAfter=now+60",
            "+ Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@NotOnOrAfter=now-60",
            "+ Assertion/Subject/SubjectConfirmation#2@Method=urn:oasis:names:tc:SAML:2.0:cm:bearer",
            "+ Assertion/Subject/SubjectConfirmation#2/SubjectConfirmationData@InResponseTo=_request",
            "+ Assertion/Subject/SubjectConfirmation#2/SubjectConfirmationData@NotOnOrAfter=now+60",
            "+ Assertion/Subject/SubjectConfirmation#2/SubjectConfirmationData@Recipient=https://other-sp.test/saml/acs",
        ],
    ),
    ("subj-missing", &["- Assertion/Subject"]),
    (
        "subj-encryptedid-confirmation",
        &["+ Assertion/Subject/SubjectConfirmation/EncryptedID …"],
    ),
];
