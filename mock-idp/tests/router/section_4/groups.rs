//! 4.4 Groups, 4.5 app roles.

use saml_model::names;

use super::Expected::Attributes;
use super::{BARE, JAMES, Row, SIMON};

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "g.none",
        origin: "GRP: None",
        user: SIMON,
        config: r#"{}"#,
        expected: Attributes(&[
            (names::CLAIM_GROUPS, &[]),
            (names::CLAIM_WIDS, &[]),
            (names::CLAIM_ROLE, &["writer", "reader"]),
        ]),
    },
    Row {
        id: "g.all",
        origin: "GRP: \"security groups and distribution lists and roles\"; nested: \"both GroupA and GroupB\"",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"all"}}"#,
        expected: Attributes(&[
            (
                names::CLAIM_GROUPS,
                &[
                    "aaaaaaaa-0000-4000-8000-000000000000",
                    "bbbbbbbb-0000-4000-8000-000000000000",
                    "cccccccc-0000-4000-8000-000000000000",
                    "407355f6-c150-5f34-b741-023bb8f0fac5",
                ],
            ),
            (names::CLAIM_WIDS, &[]),
            (names::CLAIM_ROLE, &["writer", "reader"]),
        ]),
    },
    Row {
        id: "g.security",
        origin: "GRP: \"directory roles, they're emitted as object ID\"",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"security"}}"#,
        expected: Attributes(&[
            (
                names::CLAIM_GROUPS,
                &[
                    "aaaaaaaa-0000-4000-8000-000000000000",
                    "bbbbbbbb-0000-4000-8000-000000000000",
                    "407355f6-c150-5f34-b741-023bb8f0fac5",
                ],
            ),
            (names::CLAIM_WIDS, &[]),
        ]),
    },
    Row {
        id: "g.directory-roles",
        origin: "GRP: \"emitted as a wids claim. (The group's claim won't be emitted.)\"",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"directory-roles"}}"#,
        expected: Attributes(&[
            (names::CLAIM_GROUPS, &[]),
            (names::CLAIM_WIDS, &["62e90394-69f5-4237-9190-012177145e10"]),
        ]),
    },
    Row {
        id: "g.directory-roles-none",
        origin: "S1: omission",
        user: BARE,
        config: r#"{"group_claim":{"groups":"directory-roles"}}"#,
        expected: Attributes(&[(names::CLAIM_GROUPS, &[]), (names::CLAIM_WIDS, &[])]),
    },
    Row {
        id: "g.assigned",
        origin: "GRP: \"nested groups are not included and the user must be a direct member\"",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"assigned"}}"#,
        expected: Attributes(&[(
            names::CLAIM_GROUPS,
            &[
                "bbbbbbbb-0000-4000-8000-000000000000",
                "cccccccc-0000-4000-8000-000000000000",
            ],
        )]),
    },
    Row {
        id: "g.assigned-other",
        origin: "GRP",
        user: BARE,
        config: r#"{"group_claim":{"groups":"assigned"}}"#,
        expected: Attributes(&[(names::CLAIM_GROUPS, &[])]),
    },
    Row {
        id: "g.sam",
        origin: "GRP",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"all","source":"sam-account-name"}}"#,
        expected: Attributes(&[(names::CLAIM_GROUPS, &["group-b"])]),
    },
    Row {
        id: "g.netbios",
        origin: "GRP",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"all","source":"netbios-domain-sam-account-name"}}"#,
        expected: Attributes(&[(names::CLAIM_GROUPS, &["CORP\\group-b"])]),
    },
    Row {
        id: "g.dns",
        origin: "GRP",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"all","source":"dns-domain-sam-account-name"}}"#,
        expected: Attributes(&[(names::CLAIM_GROUPS, &["corp.fabrikam.com\\group-b"])]),
    },
    Row {
        id: "g.sid",
        origin: "GRP",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"all","source":"on-premises-sid"}}"#,
        expected: Attributes(&[(
            names::CLAIM_GROUPS,
            &["S-1-5-21-1004336348-1177238915-682003330-1200"],
        )]),
    },
    Row {
        id: "g.cloud-names",
        origin: "GRP",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"assigned","source":"cloud-display-name"}}"#,
        expected: Attributes(&[(names::CLAIM_GROUPS, &["News"])]),
    },
    Row {
        id: "g.sam-and-cloud-names",
        origin: "GRP: \"on-premises group attribute for synced groups and display name for cloud groups\"",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"assigned","source":"sam-account-name","cloud_display_names":true}}"#,
        expected: Attributes(&[(names::CLAIM_GROUPS, &["group-b", "News"])]),
    },
    Row {
        id: "g.filter-prefix",
        origin: "GRP",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"all","filter":{"attribute":"display-name","match":"prefix","value":"Group"}}}"#,
        expected: Attributes(&[(
            names::CLAIM_GROUPS,
            &[
                "aaaaaaaa-0000-4000-8000-000000000000",
                "bbbbbbbb-0000-4000-8000-000000000000",
                "407355f6-c150-5f34-b741-023bb8f0fac5",
            ],
        )]),
    },
    Row {
        id: "g.filter-suffix",
        origin: "GRP",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"all","filter":{"attribute":"display-name","match":"suffix","value":"B"}}}"#,
        expected: Attributes(&[(
            names::CLAIM_GROUPS,
            &[
                "bbbbbbbb-0000-4000-8000-000000000000",
                "407355f6-c150-5f34-b741-023bb8f0fac5",
            ],
        )]),
    },
    Row {
        id: "g.filter-contains",
        origin: "GRP",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"all","filter":{"attribute":"sam-account-name","match":"contains","value":"oup"}}}"#,
        expected: Attributes(&[(
            names::CLAIM_GROUPS,
            &[
                "bbbbbbbb-0000-4000-8000-000000000000",
                "407355f6-c150-5f34-b741-023bb8f0fac5",
            ],
        )]),
    },
    Row {
        id: "g.name",
        origin: "GRP",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"assigned","name":"teams","namespace":"https://sp.test"}}"#,
        expected: Attributes(&[
            (
                "https://sp.test/teams",
                &[
                    "bbbbbbbb-0000-4000-8000-000000000000",
                    "cccccccc-0000-4000-8000-000000000000",
                ],
            ),
            (names::CLAIM_GROUPS, &[]),
        ]),
    },
    Row {
        id: "g.name-restricted",
        origin: "GRP: \"ignored at runtime\"",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"assigned","name":"wids","namespace":"http://schemas.microsoft.com/ws/2008/06/identity/claims"}}"#,
        expected: Attributes(&[(names::CLAIM_WIDS, &[]), (names::CLAIM_GROUPS, &[])]),
    },
    Row {
        id: "g.as-roles",
        origin: "GRP: \"only groups will appear in the role claim\"",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"assigned","as_roles":true}}"#,
        expected: Attributes(&[
            (
                names::CLAIM_ROLE,
                &[
                    "bbbbbbbb-0000-4000-8000-000000000000",
                    "cccccccc-0000-4000-8000-000000000000",
                ],
            ),
            (names::CLAIM_GROUPS, &[]),
        ]),
    },
    Row {
        id: "g.as-roles-none",
        origin: "GRP: \"Any application roles … won't appear\"",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"assigned","source":"on-premises-sid","as_roles":true,"filter":{"attribute":"display-name","match":"prefix","value":"x"}}}"#,
        expected: Attributes(&[(names::CLAIM_ROLE, &[]), (names::CLAIM_GROUPS, &[])]),
    },
    Row {
        id: "g.regex",
        origin: "GRP: \"any groups that don't match the regex pattern will not be emitted\"",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"assigned","source":"sam-account-name","cloud_display_names":true,"name":"teams","regex":{"pattern":"^group-(?<team>.*)$","replacement":"team {team}"}}}"#,
        expected: Attributes(&[("teams", &["team b"]), (names::CLAIM_GROUPS, &[])]),
    },
    Row {
        id: "g.regex-dollar",
        origin: "GRP: regex notation of .NET",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"assigned","source":"sam-account-name","name":"teams","regex":{"pattern":"^group-(.*)$","replacement":"$1"}}}"#,
        expected: Attributes(&[("teams", &["b"]), (names::CLAIM_GROUPS, &[])]),
    },
    Row {
        id: "g.regex-no-match",
        origin: "GRP: \"the original groups claim will be included in the token\"",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"assigned","name":"teams","regex":{"pattern":"^x$","replacement":"y"}}}"#,
        expected: Attributes(&[
            ("teams", &[]),
            (
                names::CLAIM_GROUPS,
                &[
                    "bbbbbbbb-0000-4000-8000-000000000000",
                    "cccccccc-0000-4000-8000-000000000000",
                ],
            ),
        ]),
    },
    Row {
        id: "r.direct-and-through-group",
        origin: "TOK",
        user: SIMON,
        config: r#"{}"#,
        expected: Attributes(&[(names::CLAIM_ROLE, &["writer", "reader"])]),
    },
    Row {
        id: "r.through-group",
        origin: "TOK",
        user: JAMES,
        config: r#"{}"#,
        expected: Attributes(&[(names::CLAIM_ROLE, &["writer"])]),
    },
    Row {
        id: "r.nested-grants-nothing",
        origin: "ASG",
        user: SIMON,
        config: r#"{"assignments":[{"group":"GroupA","role":"writer"}]}"#,
        expected: Attributes(&[(names::CLAIM_ROLE, &[])]),
    },
    Row {
        id: "r.default-access",
        origin: "ASG (uncertain)",
        user: SIMON,
        config: r#"{"assignments":[{"user":"B.Simon"}]}"#,
        expected: Attributes(&[(names::CLAIM_ROLE, &[])]),
    },
    Row {
        id: "g.all-kinds",
        origin: "GRP: \"security groups and distribution lists\"; Microsoft 365 groups (uncertain)",
        user: JAMES,
        config: r#"{"group_claim":{"groups":"all"}}"#,
        expected: Attributes(&[(
            names::CLAIM_GROUPS,
            &[
                "aaaaaaaa-0000-4000-8000-000000000000",
                "bbbbbbbb-0000-4000-8000-000000000000",
                "eeeeeeee-0000-4000-8000-000000000000",
                "ffffffff-0000-4000-8000-000000000000",
            ],
        )]),
    },
    Row {
        id: "g.security-kinds",
        origin: "GRP: \"security groups\"",
        user: JAMES,
        config: r#"{"group_claim":{"groups":"security"}}"#,
        expected: Attributes(&[(
            names::CLAIM_GROUPS,
            &[
                "aaaaaaaa-0000-4000-8000-000000000000",
                "bbbbbbbb-0000-4000-8000-000000000000",
                "eeeeeeee-0000-4000-8000-000000000000",
            ],
        )]),
    },
    Row {
        id: "g.filter-case",
        origin: "(uncertain)",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"all","filter":{"attribute":"display-name","match":"prefix","value":"group"}}}"#,
        expected: Attributes(&[(names::CLAIM_GROUPS, &["407355f6-c150-5f34-b741-023bb8f0fac5"])]),
    },
    Row {
        id: "g.filter-lacks-attribute",
        origin: "GRP: \"SAMAccountName\"",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"assigned","filter":{"attribute":"sam-account-name","match":"prefix","value":"g"}}}"#,
        expected: Attributes(&[(names::CLAIM_GROUPS, &["bbbbbbbb-0000-4000-8000-000000000000"])]),
    },
    Row {
        id: "g.as-roles-named",
        origin: "(uncertain)",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"assigned","name":"teams","as_roles":true}}"#,
        expected: Attributes(&[
            (
                names::CLAIM_ROLE,
                &[
                    "bbbbbbbb-0000-4000-8000-000000000000",
                    "cccccccc-0000-4000-8000-000000000000",
                ],
            ),
            ("teams", &[]),
        ]),
    },
    Row {
        id: "g.as-roles-regex",
        origin: "GRP: regex and roles together (uncertain)",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"assigned","source":"sam-account-name","name":"teams","as_roles":true,"regex":{"pattern":"^group-(.*)$","replacement":"team-$1"}}}"#,
        expected: Attributes(&[(names::CLAIM_ROLE, &["team-b"]), (names::CLAIM_GROUPS, &[])]),
    },
    Row {
        id: "r.same-role-twice",
        origin: "TOK: one value per role (uncertain)",
        user: SIMON,
        config: r#"{"assignments":[{"group":"GroupB","role":"writer"},{"user":"B.Simon","role":"writer"}]}"#,
        expected: Attributes(&[(names::CLAIM_ROLE, &["writer"])]),
    },
];
