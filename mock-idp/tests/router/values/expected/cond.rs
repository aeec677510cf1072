//! Conditions and time.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "cond-expired",
        &[
            "- Assertion/Conditions@NotBefore=now-5",
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "+ Assertion/Conditions@NotBefore=now-120",
            "+ Assertion/Conditions@NotOnOrAfter=now-60",
        ],
    ),
    (
        "cond-not-yet",
        &[
            "- Assertion/Conditions@NotBefore=now-5",
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "+ Assertion/Conditions@NotBefore=now+60",
            "+ Assertion/Conditions@NotOnOrAfter=now+120",
        ],
    ),
    (
        "cond-boundary-noa",
        &[
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "+ Assertion/Conditions@NotOnOrAfter=now+0",
        ],
    ),
    (
        "cond-boundary-nb",
        &[
            "- Assertion/Conditions@NotBefore=now-5",
            "+ Assertion/Conditions@NotBefore=now+0",
        ],
    ),
    (
        "cond-skew-inside not-before",
        &[
            "- Assertion/Conditions@NotBefore=now-5",
            "+ Assertion/Conditions@NotBefore=now+1",
        ],
    ),
    (
        "cond-skew-inside not-on-or-after",
        &[
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "+ Assertion/Conditions@NotOnOrAfter=now-1",
        ],
    ),
    (
        "cond-skew-outside not-before",
        &[
            "- Assertion/Conditions@NotBefore=now-5",
            "+ Assertion/Conditions@NotBefore=now+15",
        ],
    ),
    (
        "cond-skew-outside not-on-or-after",
        &[
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "+ Assertion/Conditions@NotOnOrAfter=now-15",
        ],
    ),
    ("cond-no-notbefore", &["- Assertion/Conditions@NotBefore=now-5"]),
    (
        "cond-no-notonorafter",
        &["- Assertion/Conditions@NotOnOrAfter=now+60"],
    ),
    ("cond-missing", &["- Assertion/Conditions"]),
    (
        "cond-empty",
        &[
            "- Assertion/Conditions@NotBefore=now-5",
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "- Assertion/Conditions/AudienceRestriction",
            "+ Assertion/Conditions=",
        ],
    ),
    (
        "cond-duplicate strict-first",
        &[
            "- Assertion/Conditions/AudienceRestriction/Audience=http://127.0.0.1:8081/one/sipgate/metadata",
            "+ Assertion/Conditions/AudienceRestriction/Audience=https://other-sp.test/saml/metadata",
            "+ Assertion/Conditions#2@NotBefore=now-5",
            "+ Assertion/Conditions#2@NotOnOrAfter=now+60",
            "+ Assertion/Conditions#2/AudienceRestriction/Audience=http://127.0.0.1:8081/one/sipgate/metadata",
        ],
    ),
    (
        "cond-duplicate strict-last",
        &[
            "+ Assertion/Conditions#2@NotBefore=now-5",
            "+ Assertion/Conditions#2@NotOnOrAfter=now+60",
            "+ Assertion/Conditions#2/AudienceRestriction/Audience=https://other-sp.test/saml/metadata",
        ],
    ),
    (
        "cond-unknown-condition",
        &["+ Assertion/Conditions/Condition@type=x:Foo"],
    ),
    (
        "cond-audience-other",
        &[
            "- Assertion/Conditions/AudienceRestriction/Audience=http://127.0.0.1:8081/one/sipgate/metadata",
            "+ Assertion/Conditions/AudienceRestriction/Audience=https://other-sp.test/saml/metadata",
        ],
    ),
    (
        "cond-audience-two-in-one",
        &[
            "- Assertion/Conditions/AudienceRestriction/Audience=http://127.0.0.1:8081/one/sipgate/metadata",
            "+ Assertion/Conditions/AudienceRestriction/Audience=https://other-sp.test/saml/metadata",
            "+ Assertion/Conditions/AudienceRestriction/Audience#2=http://127.0.0.1:8081/one/sipgate/metadata",
        ],
    ),
    (
        "cond-audience-two-restrictions",
        &["+ Assertion/Conditions/AudienceRestriction#2/Audience=https://other-sp.test/saml/metadata"],
    ),
    (
        "cond-audience-prefix path",
        &[
            "- Assertion/Conditions/AudienceRestriction/Audience=http://127.0.0.1:8081/one/sipgate/metadata",
            "+ Assertion/Conditions/AudienceRestriction/Audience=http://127.0.0.1:8081/one/sipgate/metadata/x",
        ],
    ),
    (
        "cond-audience-prefix host",
        &[
            "- Assertion/Conditions/AudienceRestriction/Audience=http://127.0.0.1:8081/one/sipgate/metadata",
            "+ Assertion/Conditions/AudienceRestriction/Audience=http://127.0.0.1:8081/one/sipgate/metadata.evil.test",
        ],
    ),
    (
        "cond-audience-prefix case",
        &[
            "- Assertion/Conditions/AudienceRestriction/Audience=http://127.0.0.1:8081/one/sipgate/metadata",
            "+ Assertion/Conditions/AudienceRestriction/Audience=HTTP://127.0.0.1:8081/ONE/SIPGATE/METADATA",
        ],
    ),
    (
        "cond-audience-prefix slash",
        &[
            "- Assertion/Conditions/AudienceRestriction/Audience=http://127.0.0.1:8081/one/sipgate/metadata",
            "+ Assertion/Conditions/AudienceRestriction/Audience=http://127.0.0.1:8081/one/sipgate/metadata/",
        ],
    ),
    (
        "cond-audience-spn",
        &[
            "- Assertion/Conditions/AudienceRestriction/Audience=http://127.0.0.1:8081/one/sipgate/metadata",
            "+ Assertion/Conditions/AudienceRestriction/Audience=spn:http://127.0.0.1:8081/one/sipgate/metadata",
        ],
    ),
    (
        "cond-proxyrestriction",
        &["+ Assertion/Conditions/ProxyRestriction@Count=0"],
    ),
    (
        "cond-time-no-z no-zone",
        &[
            "- Assertion/Conditions@NotBefore=now-5",
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "+ Assertion/Conditions@NotBefore=an instant without zone",
            "+ Assertion/Conditions@NotOnOrAfter=an instant without zone",
        ],
    ),
    (
        "cond-time-no-z offset",
        &[
            "- Assertion/Conditions@NotBefore=now-5",
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "+ Assertion/Conditions@NotBefore=now-5, 0 digits, +02:00",
            "+ Assertion/Conditions@NotOnOrAfter=now+60, 0 digits, +02:00",
        ],
    ),
    (
        "cond-time-no-z offset-expired",
        &[
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "+ Assertion/Conditions@NotOnOrAfter=now-60, 0 digits, +02:00",
        ],
    ),
    (
        "cond-time-fraction seven",
        &[
            "- @IssueInstant=now+0",
            "- Assertion@IssueInstant=now+0",
            "- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@NotOnOrAfter=now+60",
            "- Assertion/Conditions@NotBefore=now-5",
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "- Assertion/AuthnStatement@AuthnInstant=now+0",
            "+ @IssueInstant=now+0, 7 digits, Z",
            "+ Assertion@IssueInstant=now+0, 7 digits, Z",
            "+ Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@NotOnOrAfter=now+60, 7 digits, Z",
            "+ Assertion/Conditions@NotBefore=now-5, 7 digits, Z",
            "+ Assertion/Conditions@NotOnOrAfter=now+60, 7 digits, Z",
            "+ Assertion/AuthnStatement@AuthnInstant=now+0, 7 digits, Z",
        ],
    ),
    (
        "cond-time-fraction none",
        &[
            "- @IssueInstant=now+0",
            "- Assertion@IssueInstant=now+0",
            "- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@NotOnOrAfter=now+60",
            "- Assertion/Conditions@NotBefore=now-5",
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "- Assertion/AuthnStatement@AuthnInstant=now+0",
            "+ @IssueInstant=now+0, 0 digits, Z",
            "+ Assertion@IssueInstant=now+0, 0 digits, Z",
            "+ Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@NotOnOrAfter=now+60, 0 digits, Z",
            "+ Assertion/Conditions@NotBefore=now-5, 0 digits, Z",
            "+ Assertion/Conditions@NotOnOrAfter=now+60, 0 digits, Z",
            "+ Assertion/AuthnStatement@AuthnInstant=now+0, 0 digits, Z",
        ],
    ),
    (
        "cond-time-fraction twelve",
        &[
            "- @IssueInstant=now+0",
            "- Assertion@IssueInstant=now+0",
            "- Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@NotOnOrAfter=now+60",
            "- Assertion/Conditions@NotBefore=now-5",
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "- Assertion/AuthnStatement@AuthnInstant=now+0",
            "+ @IssueInstant=now+0, 12 digits, Z",
            "+ Assertion@IssueInstant=now+0, 12 digits, Z",
            "+ Assertion/Subject/SubjectConfirmation/SubjectConfirmationData@NotOnOrAfter=now+60, 12 digits, Z",
            "+ Assertion/Conditions@NotBefore=now-5, 12 digits, Z",
            "+ Assertion/Conditions@NotOnOrAfter=now+60, 12 digits, Z",
            "+ Assertion/AuthnStatement@AuthnInstant=now+0, 12 digits, Z",
        ],
    ),
    (
        "cond-time-garbage word",
        &[
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "+ Assertion/Conditions@NotOnOrAfter=tomorrow",
        ],
    ),
    (
        "cond-time-garbage impossible",
        &[
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "+ Assertion/Conditions@NotOnOrAfter=9999-99-99T99:99:99Z",
        ],
    ),
    (
        "cond-time-garbage leap-second",
        &[
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "+ Assertion/Conditions@NotOnOrAfter=a leap second",
        ],
    ),
    (
        "cond-time-garbage year-10000",
        &[
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "+ Assertion/Conditions@NotOnOrAfter=10000-01-01T00:00:00Z",
        ],
    ),
    (
        "cond-time-garbage empty",
        &[
            "- Assertion/Conditions@NotOnOrAfter=now+60",
            "+ Assertion/Conditions@NotOnOrAfter=",
        ],
    ),
    (
        "cond-issueinstant-old",
        &[
            "- @IssueInstant=now+0",
            "- Assertion@IssueInstant=now+0",
            "+ @IssueInstant=now-1440",
            "+ Assertion@IssueInstant=now-1440",
        ],
    ),
    (
        "cond-issueinstant-future",
        &[
            "- @IssueInstant=now+0",
            "- Assertion@IssueInstant=now+0",
            "+ @IssueInstant=now+60",
            "+ Assertion@IssueInstant=now+60",
        ],
    ),
    (
        "cond-session-expired",
        &["+ Assertion/AuthnStatement@SessionNotOnOrAfter=now-60"],
    ),
    ("cond-onetimeuse", &["+ Assertion/Conditions/OneTimeUse="]),
    (
        "cond-session-end",
        &["+ Assertion/AuthnStatement@SessionNotOnOrAfter=now+10"],
    ),
];
