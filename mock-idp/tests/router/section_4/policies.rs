//! 4.5 Claims mapping policies. `claims-customization-powershell` and `claimsmappingpolicy-post` are pages of Microsoft's
//! that section 0 does not list: the policy's how-to, and Microsoft Graph's "Create claimsMappingPolicy".

use saml_model::names;

use super::Expected::{Attributes, NameId, Pairwise};
use super::{JAMES, Row, SIMON};

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "p.omit-basic-claims",
        origin: "claims-customization-powershell: \"Omit the basic claims from tokens\"",
        user: SIMON,
        config: r#"{"default_claims":true,"policy":{"ClaimsMappingPolicy":{"Version":1,"IncludeBasicClaimSet":"false"}}}"#,
        expected: Attributes(&[
            (names::CLAIM_GIVEN_NAME, &[]),
            (names::CLAIM_SURNAME, &[]),
            (names::CLAIM_EMAIL_ADDRESS, &[]),
            (names::CLAIM_NAME, &[]),
            // "Present in every token regardless of the policy" [CP].
            (names::CLAIM_DISPLAY_NAME, &["B.Simon"]),
        ]),
    },
    Row {
        id: "p.employeeid-and-tenantcountry",
        origin: "claims-customization-powershell: \"Include the EmployeeID and TenantCountry as claims in tokens\"",
        user: SIMON,
        config: r#"{"policy":{"ClaimsMappingPolicy":{"Version":1,"IncludeBasicClaimSet":"true", "ClaimsSchema": [{"Source":"user","ID":"employeeid","SamlClaimType":"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/employeeid","JwtClaimType":"employeeid"},{"Source":"company","ID":"tenantcountry","SamlClaimType":"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/country","JwtClaimType":"country"}]}}}"#,
        expected: Attributes(&[
            (
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/employeeid",
                &["E1234"],
            ),
            (
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/country",
                &["US"],
            ),
            (names::CLAIM_GIVEN_NAME, &["Britta"]),
            (names::CLAIM_NAME, &["B.Simon@fabrikam.onmicrosoft.com"]),
        ]),
    },
    Row {
        id: "p.transformation-for-jwt-alone",
        origin: "claims-customization-powershell: \"emits a custom claim \"JoinedData\" to JWTs\"",
        user: SIMON,
        config: r#"{"policy":{"ClaimsMappingPolicy":{"Version":1,"IncludeBasicClaimSet":"true", "ClaimsSchema":[{"Source":"user","ID":"extensionattribute1"},{"Source":"transformation","ID":"DataJoin","TransformationId":"JoinTheData","JwtClaimType":"JoinedData"}],"ClaimsTransformations":[{"ID":"JoinTheData","TransformationMethod":"Join","InputClaims":[{"ClaimTypeReferenceId":"extensionattribute1","TransformationClaimType":"string1"}], "InputParameters": [{"ID":"string2","Value":"ext"},{"ID":"separator","Value":"-"}],"OutputClaims":[{"ClaimTypeReferenceId":"DataJoin","TransformationClaimType":"outputClaim"}]}]}}}"#,
        expected: Attributes(&[
            ("JoinedData", &[]),
            ("DataJoin", &[]),
            ("extensionattribute1", &[]),
        ]),
    },
    Row {
        id: "p.Join",
        origin: "CP: \"string1:foo@bar.com, string2:sandbox, separator:. results in foo@bar.com.sandbox\"",
        user: SIMON,
        config: r#"{"policy":{"ClaimsMappingPolicy":{"Version":1,"ClaimsSchema":[{"Source":"user","ID":"extensionattribute11"},{"Source":"transformation","ID":"DataJoin","TransformationID":"JoinTheData","SamlClaimType":"joined"}],"ClaimsTransformation":[{"ID":"JoinTheData","TransformationMethod":"Join","InputClaims":[{"ClaimTypeReferenceId":"extensionattribute11","TransformationClaimType":"string1"}],"InputParameters":[{"ID":"string2","Value":"sandbox"},{"ID":"separator","Value":"."}],"OutputClaims":[{"ClaimTypeReferenceId":"DataJoin","TransformationClaimType":"outputClaim"}]}]}}}"#,
        expected: Attributes(&[("joined", &["foo@bar.com.sandbox"])]),
    },
    Row {
        id: "p.ExtractMailPrefix",
        origin: "CP: \"mail:foo@bar.com results in output claim:foo\"",
        user: SIMON,
        config: r#"{"policy":{"ClaimsMappingPolicy":{"Version":1,"ClaimsSchema":[{"Source":"user","ID":"extensionattribute11"},{"Source":"transformation","ID":"Prefix","TransformationID":"Extract","SamlClaimType":"prefix"}],"ClaimsTransformation":[{"ID":"Extract","TransformationMethod":"ExtractMailPrefix","InputClaims":[{"ClaimTypeReferenceId":"extensionattribute11","TransformationClaimType":"mail"}],"OutputClaims":[{"ClaimTypeReferenceId":"Prefix","TransformationClaimType":"outputClaim"}]}]}}}"#,
        expected: Attributes(&[("prefix", &["foo"])]),
    },
    Row {
        id: "p.TreatAsMultiValue",
        origin: "CP: \"Setting this value to true ensures it's applied to all. ProxyAddresses\"; names of RegexReplace: public samples",
        user: SIMON,
        config: r#"{"policy":{"ClaimsMappingPolicy":{"Version":1,"ClaimsSchema":[{"Source":"user","ID":"proxyaddresses"},{"Source":"transformation","ID":"Address","TransformationID":"Regex","SamlClaimType":"address"}],"ClaimsTransformation":[{"ID":"Regex","TransformationMethod":"RegexReplace","InputClaims":[{"ClaimTypeReferenceId":"proxyaddresses","TransformationClaimType":"sourceClaim","TreatAsMultiValue":"true"}],"InputParameters":[{"ID":"regex","Value":"^(?i)smtp:(?<address>.*)$"},{"ID":"replacement","Value":"{address}"}],"OutputClaims":[{"ClaimTypeReferenceId":"Address","TransformationClaimType":"outputClaim"}]}]}}}"#,
        expected: Attributes(&[("address", &["B.Simon@contoso.com", "britta@contoso.com"])]),
    },
    Row {
        id: "p.graph-example",
        origin: "claimsmappingpolicy-post: the example's request",
        user: SIMON,
        config: r#"{"policy":{"ClaimsMappingPolicy":{"Version":1,"IncludeBasicClaimSet":"true","ClaimsSchema": [{"Source":"user","ID":"userprincipalname","SamlClaimType":"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"},{"Source":"user","ID":"givenname","SamlClaimType":"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname"},{"Source":"user","ID":"displayname","SamlClaimType":"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"},{"Source":"user","ID":"surname","SamlClaimType":"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname"},{"Source":"user","ID":"userprincipalname","SamlClaimType":"username"}],"ClaimsTransformation":[{"ID":"CreateTermsOfService","TransformationMethod":"CreateStringClaim","InputParameters": [{"ID":"value","DataType":"string", "Value":"sandbox"}],"OutputClaims":[{"ClaimTypeReferenceId":"TOS","TransformationClaimType":"createdClaim"}]}]}}}"#,
        expected: Attributes(&[
            (names::CLAIM_GIVEN_NAME, &["Britta"]),
            (names::CLAIM_NAME, &["B.Simon"]),
            (names::CLAIM_SURNAME, &["Simon"]),
            ("username", &["B.Simon@fabrikam.onmicrosoft.com"]),
            (names::CLAIM_EMAIL_ADDRESS, &["B.Simon@contoso.com"]),
            ("TOS", &[]),
        ]),
    },
    Row {
        id: "p.overrides-attributes-and-claims",
        origin: "CP: \"tokens issued for that application will ignore the configuration in … claims customization\"",
        user: SIMON,
        config: r#"{"default_claims":true,"claims":[{"name":"portal","value":"x"},{"name":"both","value":"portal"}],"policy":{"ClaimsMappingPolicy":{"Version":1,"IncludeBasicClaimSet":false,"ClaimsSchema":[{"Value":"policy","SamlClaimType":"both"}]}}}"#,
        expected: Attributes(&[
            ("portal", &[]),
            ("both", &["policy"]),
            (names::CLAIM_GIVEN_NAME, &[]),
        ]),
    },
    Row {
        id: "p.groups-roles-and-optional-claims-stay",
        origin: "CP: \"Any optional claims that the application has chosen to receive\"; groups and roles (uncertain)",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"assigned"},"optional_claims":[{"name":"upn"}],"policy":{"ClaimsMappingPolicy":{"Version":1}}}"#,
        expected: Attributes(&[
            (
                names::CLAIM_GROUPS,
                &[
                    "bbbbbbbb-0000-4000-8000-000000000000",
                    "cccccccc-0000-4000-8000-000000000000",
                ],
            ),
            (names::CLAIM_ROLE, &["writer", "reader"]),
            (names::CLAIM_UPN, &["B.Simon@fabrikam.onmicrosoft.com"]),
        ]),
    },
    Row {
        id: "p.GroupFilter",
        origin: "CP: \"Include groups where the MatchOn property ends with the provided Value property\"",
        user: SIMON,
        config: r#"{"group_claim":{"groups":"assigned","filter":{"attribute":"display-name","match":"prefix","value":"New"}},"policy":{"ClaimsMappingPolicy":{"Version":1,"GroupFilter":{"MatchOn":"displayname","Type":"suffix","Value":"B"}}}}"#,
        expected: Attributes(&[(names::CLAIM_GROUPS, &["bbbbbbbb-0000-4000-8000-000000000000"])]),
    },
    Row {
        id: "p.ExtensionID",
        origin: "CP: \"Source/ExtensionID pair\"",
        user: SIMON,
        config: r#"{"policy":{"ClaimsMappingPolicy":{"Version":1,"ClaimsSchema":[{"Source":"user","ExtensionID":"extension_0123456789abcdef0123456789abcdef_projects","SamlClaimType":"projects"}]}}}"#,
        expected: Attributes(&[("projects", &["alpha", "beta"])]),
    },
    Row {
        id: "p.source-of-each-kind",
        origin: "CP: table of Source and ID",
        user: SIMON,
        config: r#"{"policy":{"ClaimsMappingPolicy":{"Version":1,"ClaimsSchema":[{"Source":"user","ID":"accountEnabled","SamlClaimType":"a"},{"Source":"application","ID":"displayname","SamlClaimType":"b"},{"Source":"resource","ID":"objectid","SamlClaimType":"c"},{"Source":"audience","ID":"tags","SamlClaimType":"d"},{"Value":"static","SamlClaimType":"e"}]}}}"#,
        expected: Attributes(&[
            ("a", &["True"]),
            ("b", &["App"]),
            ("c", &["9a1b2c3d-0000-4000-8000-00000000000b"]),
            ("d", &["WindowsAzureActiveDirectoryIntegratedApp"]),
            ("e", &["static"]),
        ]),
    },
    Row {
        id: "p.restricted",
        origin: "CP: \"Names and URIs of claims in the restricted claim set can't be used\"; that it is ignored: GRP",
        user: SIMON,
        config: r#"{"policy":{"ClaimsMappingPolicy":{"Version":1,"ClaimsSchema":[{"Value":"forged","SamlClaimType":"http://schemas.microsoft.com/identity/claims/tenantid"}]}}}"#,
        expected: Attributes(&[(names::CLAIM_TENANT_ID, &["5f0e4a7d-1c3b-4a2e-9d6f-0b8c7e5a3d21"])]),
    },
    Row {
        id: "p.guest",
        origin: "CP says nothing of guests any more (uncertain: before 2023 \"the policy has no effect\")",
        user: JAMES,
        config: r#"{"policy":{"ClaimsMappingPolicy":{"Version":1,"ClaimsSchema":[{"Source":"user","ID":"mail","SamlClaimType":"m"}]}}}"#,
        expected: Attributes(&[("m", &["james@contoso.com"])]),
    },
    Row {
        id: "p.nameid",
        origin: "CP: \"Attributes allowed as a data source for SAML NameID\"",
        user: SIMON,
        config: r#"{"name_id":{"source":"user.mail"},"policy":{"ClaimsMappingPolicy":{"Version":1,"ClaimsSchema":[{"Source":"user","ID":"userprincipalname","SamlClaimType":"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"}]}}}"#,
        expected: NameId(names::NAME_ID_EMAIL, "B.Simon@fabrikam.onmicrosoft.com"),
    },
    Row {
        id: "p.nameid-none",
        origin: "3.3: the default configuration (uncertain for a policy without a NameID)",
        user: SIMON,
        config: r#"{"name_id":{"source":"user.mail"},"policy":{"ClaimsMappingPolicy":{"Version":1}}}"#,
        expected: NameId(names::NAME_ID_EMAIL, "B.Simon@fabrikam.onmicrosoft.com"),
    },
    Row {
        id: "p.nameid-ExtractMailPrefix",
        origin: "CP: \"Transformation methods allowed for SAML NameID\"; the format (uncertain)",
        user: SIMON,
        config: r#"{"policy":{"ClaimsMappingPolicy":{"Version":1,"ClaimsSchema":[{"Source":"user","ID":"extensionattribute11"},{"Source":"transformation","ID":"Prefix","TransformationID":"Extract","SamlClaimType":"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"}],"ClaimsTransformation":[{"ID":"Extract","TransformationMethod":"ExtractMailPrefix","InputClaims":[{"ClaimTypeReferenceId":"extensionattribute11","TransformationClaimType":"mail"}],"OutputClaims":[{"ClaimTypeReferenceId":"Prefix","TransformationClaimType":"outputClaim"}]}]}}}"#,
        expected: NameId(names::NAME_ID_UNSPECIFIED, "foo"),
    },
    Row {
        id: "p.nameid-Join",
        origin: "CC: \"joe_smith@fabrikam.com\"; CP: \"must be a verified domain\"",
        user: SIMON,
        config: r#"{"policy":{"ClaimsMappingPolicy":{"Version":1,"ClaimsSchema":[{"Source":"user","ID":"extensionattribute10"},{"Source":"transformation","ID":"Joined","TransformationID":"Join","SamlClaimType":"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"}],"ClaimsTransformation":[{"ID":"Join","TransformationMethod":"Join","InputClaims":[{"ClaimTypeReferenceId":"extensionattribute10","TransformationClaimType":"string1"}],"InputParameters":[{"ID":"string2","Value":"fabrikam.com"},{"ID":"separator","Value":"@"}],"OutputClaims":[{"ClaimTypeReferenceId":"Joined","TransformationClaimType":"outputClaim"}]}]}}}"#,
        expected: NameId(names::NAME_ID_UNSPECIFIED, "joe_smith@fabrikam.com"),
    },
    Row {
        id: "p.nameid-Join-not-verified",
        origin: "CP: \"The suffix being joined must be a verified domain of the resource tenant\"; CC: \"a persistent pairwise identifier\"",
        user: SIMON,
        config: r#"{"policy":{"ClaimsMappingPolicy":{"Version":1,"ClaimsSchema":[{"Source":"user","ID":"extensionattribute10"},{"Source":"transformation","ID":"Joined","TransformationID":"Join","SamlClaimType":"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"}],"ClaimsTransformation":[{"ID":"Join","TransformationMethod":"Join","InputClaims":[{"ClaimTypeReferenceId":"extensionattribute10","TransformationClaimType":"string1"}],"InputParameters":[{"ID":"string2","Value":"contoso.com"},{"ID":"separator","Value":"@"}],"OutputClaims":[{"ClaimTypeReferenceId":"Joined","TransformationClaimType":"outputClaim"}]}]}}}"#,
        expected: Pairwise,
    },
];
