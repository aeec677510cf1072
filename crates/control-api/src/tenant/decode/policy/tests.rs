//! Policies of Microsoft's documents as typed claims, and every mistake with its place.

use serde_json::{Value, json};

use crate::tenant::{ClaimsMappingPolicy, NameFormat, TenantFile, Transform};

fn read(policy: &Value) -> Result<ClaimsMappingPolicy, String> {
    ClaimsMappingPolicy::parse(&policy.to_string()).map_err(|errors| errors.to_string())
}

fn transform(keys: Value) -> Value {
    let transform = Transform::from_json("t", &keys, false).unwrap();
    json!({ "transform": transform })
}

/// claims-customization-powershell, "Use a claims transformation in tokens", its JwtClaimType made a SamlClaimType.
fn joined() -> Value {
    json!({"ClaimsMappingPolicy": {
        "Version": 1, "IncludeBasicClaimSet": "true",
        "ClaimsSchema": [
            {"Source": "user", "ID": "extensionattribute1"},
            {"Source": "transformation", "ID": "DataJoin", "TransformationId": "JoinTheData", "SamlClaimType": "JoinedData"},
        ],
        "ClaimsTransformations": [{
            "ID": "JoinTheData", "TransformationMethod": "Join",
            "InputClaims": [{"ClaimTypeReferenceId": "extensionattribute1", "TransformationClaimType": "string1"}],
            "InputParameters": [{"ID": "string2", "Value": "ext"}, {"ID": "separator", "Value": "-"}],
            "OutputClaims": [{"ClaimTypeReferenceId": "DataJoin", "TransformationClaimType": "outputClaim"}],
        }],
    }})
}

/// A policy of these entries and transformations.
fn policy(schema: Value, transformations: Value) -> Value {
    json!({"ClaimsMappingPolicy": {"Version": 1, "ClaimsSchema": schema, "ClaimsTransformation": transformations}})
}

/// A transformation of this ID, method, input and output.
fn method(id: &str, method: &str, inputs: Value, parameters: Value, output: &str) -> Value {
    json!({"ID": id, "TransformationMethod": method, "InputClaims": inputs, "InputParameters": parameters,
        "OutputClaims": [{"ClaimTypeReferenceId": output, "TransformationClaimType": "outputClaim"}]})
}

fn input(entry: &str, name: &str) -> Value {
    json!({"ClaimTypeReferenceId": entry, "TransformationClaimType": name})
}

/// An entry that a transformation feeds.
fn fed(id: &str, transformation: &str) -> Value {
    json!({"Source": "transformation", "ID": id, "TransformationID": transformation, "SamlClaimType": id})
}

#[test]
fn a_policy_is_typed_claims() {
    let found = read(&joined()).unwrap();
    assert!(found.include_basic_claim_set);
    assert_eq!(found.claims.len(), 1);
    assert_eq!(found.claims[0].name, "JoinedData");
    let expected = transform(
        json!({"function": "Join", "input": "user.extensionattribute1", "separator": "-", "parameter": "ext"}),
    );
    assert_eq!(serde_json::to_value(&found.claims[0].origin).unwrap(), expected);
    // Two transformations, the second of what the first gives; flags as texts and methods with parentheses.
    let mail = json!({"Source": "user", "ID": "proxyAddresses"});
    let multi = json!({"ClaimTypeReferenceId": "proxyaddresses", "TransformationClaimType": "sourceClaim", "TreatAsMultiValue": "true"});
    let parameters = json!([{"ID": "regex", "Value": "^smtp:(?<address>.*)$"}, {"ID": "replacement", "Value": "{address}.{country}"}]);
    let two = policy(
        json!([mail, {"Source": "User", "ID": "country"}, fed("first", "one"), fed("second", "two")]),
        json!([
            method(
                "one",
                "RegexReplace()",
                json!([multi, input("country", "country")]),
                parameters,
                "first"
            ),
            method(
                "two",
                "ToLowercase()",
                json!([input("first", "string")]),
                json!([]),
                "second"
            ),
        ]),
    );
    let found = read(&two).unwrap();
    let regex = json!({"function": "RegexReplace", "input": "user.proxyaddresses", "multivalued": true, "pattern": "^smtp:(?<address>.*)$",
        "replacement": "{address}.{country}", "parameters": ["user.country"]});
    let mut both = regex.clone();
    both["then"] = json!({"function": "ToLowercase"});
    for (claim, expected) in found.claims.iter().zip([regex, both]) {
        assert_eq!(serde_json::to_value(&claim.origin).unwrap(), transform(expected));
    }
    let form = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";
    for key in ["SAMLNameForm", "SamlNameFormat"] {
        let entry = json!({"Value": "x", "SamlClaimType": "c", key: form});
        let found = read(&policy(json!([entry]), json!([]))).unwrap();
        assert_eq!(found.claims[0].name_format, Some(NameFormat::Basic), "{key}");
    }
}

/// The way through JSON keeps the policy as it was written.
#[test]
fn a_policy_survives_export() {
    let text = joined().to_string();
    let file = json!({"tenant": {"display_name": "C", "domains": ["c.onmicrosoft.com"]}, "app": [{"name": "A", "claims_mapping_policy": text}]});
    let file = TenantFile::from_json("t", &file).unwrap();
    assert_eq!(file.to_json()["app"][0]["claims_mapping_policy"], json!(text));
    assert_eq!(TenantFile::from_json("copy", &file.to_json()).unwrap(), file);
    let without = file
        .patched(&json!({"app": [{"name": "A", "claims_mapping_policy": null}]}))
        .unwrap();
    assert_eq!(without.apps[0].claims_mapping_policy, None);
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let entry = |entry: Value| policy(json!([entry]), json!([]));
    let change = |pointer: &str, value: Value| {
        let mut policy = joined();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        policy.pointer_mut(parent).unwrap()[key] = value;
        policy
    };
    let name_id = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";
    let named = |mut entry: Value, transformations: Value| {
        entry["SamlClaimType"] = json!(name_id);
        policy(
            json!([{"Source": "user", "ID": "mail"}, {"Source": "user", "ID": "city"}, entry]),
            transformations,
        )
    };
    const TRANSFORMATION: &str = "/ClaimsMappingPolicy/ClaimsTransformations/0";
    let at = |rest: &str| format!("{TRANSFORMATION}{rest}");
    for (policy, path, expected) in [
        (json!([]), "", "expected a table, found a list"),
        (json!({}), "", "`ClaimsMappingPolicy` is missing"),
        (
            json!({"ClaimsMappingPolicy": {}}),
            "ClaimsMappingPolicy",
            "`Version` is missing: expected 1",
        ),
        (
            json!({"ClaimsMappingPolicy": {"Version": 2}}),
            "ClaimsMappingPolicy.Version",
            "expected 1",
        ),
        (
            json!({"ClaimsMappingPolicy": {"Version": 1, "ClaimSchema": []}}),
            "ClaimsMappingPolicy.ClaimSchema",
            "did you mean `ClaimsSchema`?",
        ),
        (
            json!({"ClaimsMappingPolicy": {"Version": 1, "IncludeBasicClaimSet": "yes"}}),
            "ClaimsMappingPolicy.IncludeBasicClaimSet",
            "expected \"true\" or \"false\"",
        ),
        (
            json!({"ClaimsMappingPolicy": {"Version": 1, "AudienceOverride": "urn:x"}}),
            "ClaimsMappingPolicy.AudienceOverride",
            "needs a custom signing key",
        ),
        (
            json!({"ClaimsMappingPolicy": {"Version": 1, "issuerWithApplicationId": true}}),
            "ClaimsMappingPolicy.IssuerWithApplicationId",
            "needs a custom signing key",
        ),
        (
            json!({"ClaimsMappingPolicy": {"Version": 1, "ClaimsTransformation": [], "ClaimsTransformations": []}}),
            "",
            "`ClaimsMappingPolicy.ClaimsTransformation` stands there twice",
        ),
        (
            json!({"ClaimsMappingPolicy": {"Version": 1, "GroupFilter": {"MatchOn": "name", "Type": "prefix", "Value": "x"}}}),
            "ClaimsMappingPolicy.GroupFilter.MatchOn",
            "expected one of `displayname`, `samaccountname`",
        ),
        (
            entry(json!({"SamlClaimType": "c"})),
            "ClaimsMappingPolicy.ClaimsSchema[0]",
            "`Source` is missing",
        ),
        (
            entry(json!({"Source": "usr", "ID": "mail"})),
            "ClaimsMappingPolicy.ClaimsSchema[0].Source",
            "did you mean `user`?",
        ),
        (
            entry(json!({"Source": "user"})),
            "ClaimsMappingPolicy.ClaimsSchema[0]",
            "`ID` is missing",
        ),
        (
            entry(json!({"Source": "user", "ID": "emploeeid"})),
            "ClaimsMappingPolicy.ClaimsSchema[0].ID",
            "did you mean `user.employeeid`?",
        ),
        (
            entry(json!({"Source": "company", "ID": "displayname"})),
            "ClaimsMappingPolicy.ClaimsSchema[0].ID",
            "is not a source attribute",
        ),
        (
            entry(json!({"Source": "user", "ExtensionID": "cost"})),
            "ClaimsMappingPolicy.ClaimsSchema[0].ExtensionID",
            "is not a source attribute",
        ),
        (
            entry(json!({"Source": "user", "ID": "mail", "Value": "x"})),
            "ClaimsMappingPolicy.ClaimsSchema[0]",
            "exactly one of `Value`",
        ),
        (
            entry(json!({"Source": "user", "ID": "mail", "TransformationID": "t"})),
            "ClaimsMappingPolicy.ClaimsSchema[0].TransformationID",
            "goes with the `Source` `transformation` alone",
        ),
        (
            entry(json!({"Source": "user", "ID": "mail", "SamlClaimType": ""})),
            "ClaimsMappingPolicy.ClaimsSchema[0].SamlClaimType",
            "is empty",
        ),
        (
            entry(json!({"Source": "user", "ID": "mail", "SAMLNameForm": "uri"})),
            "ClaimsMappingPolicy.ClaimsSchema[0].SAMLNameForm",
            "attrname-format:uri",
        ),
        (
            entry(fed("a", "b")),
            "ClaimsMappingPolicy.ClaimsSchema[0].TransformationID",
            "`b` is the ID of no entry of `ClaimsTransformation`",
        ),
        (
            policy(
                json!([{"Value": "a", "SamlClaimType": "c"}, {"Value": "b", "SamlClaimType": "c"}]),
                json!([]),
            ),
            "ClaimsMappingPolicy.ClaimsSchema[1].SamlClaimType",
            "an earlier entry has `c` already",
        ),
        (
            change(&at("/TransformationMethod"), json!("Contains")),
            "ClaimsMappingPolicy.ClaimsTransformation[0].TransformationMethod",
            "`Contains` is no method of a policy: expected one of `Join`, `ExtractMailPrefix`",
        ),
        (
            change(&at("/InputClaims"), json!([])),
            "ClaimsMappingPolicy.ClaimsTransformation[0]",
            "Join takes its input `string1` from `InputClaims`",
        ),
        (
            change(
                &at("/InputClaims/0/ClaimTypeReferenceId"),
                json!("extensionattribut1"),
            ),
            "ClaimsMappingPolicy.ClaimsTransformation[0].InputClaims[0].ClaimTypeReferenceId",
            "did you mean `extensionattribute1`?",
        ),
        (
            change(&at("/InputClaims/0/TreatAsMultiValue"), json!(true)),
            "ClaimsMappingPolicy.ClaimsTransformation[0].InputClaims[0].TreatAsMultiValue",
            "`user.extensionattribute1` has one value",
        ),
        (
            change(&at("/InputParameters/0/ID"), json!("string3")),
            "ClaimsMappingPolicy.ClaimsTransformation[0]",
            "Join takes `string2` from `InputParameters`: it is missing",
        ),
        (
            change(&at("/InputParameters/1/ID"), json!("seperator")),
            "ClaimsMappingPolicy.ClaimsTransformation[0].InputParameters[1].ID",
            "Join takes no input parameter `seperator`",
        ),
        (
            change(&at("/OutputClaims/0/ClaimTypeReferenceId"), json!("Other")),
            "ClaimsMappingPolicy.ClaimsSchema[1].TransformationID",
            "do not name this entry",
        ),
        (
            change(
                &at("/OutputClaims/0/ClaimTypeReferenceId"),
                json!("extensionattribute1"),
            ),
            "ClaimsMappingPolicy.ClaimsTransformation[0].OutputClaims[0].ClaimTypeReferenceId",
            "has another `Source`",
        ),
        (
            policy(
                json!([{"Value": "x", "ID": "const"}, fed("out", "t")]),
                json!([method(
                    "t",
                    "ToLowercase",
                    json!([input("const", "string")]),
                    json!([]),
                    "out"
                )]),
            ),
            "ClaimsMappingPolicy.ClaimsTransformation[0].InputClaims[0].ClaimTypeReferenceId",
            "a constant as the input of ToLowercase cannot be expressed",
        ),
        (
            policy(
                json!([{"Source": "user", "ID": "mail"}, fed("a", "1"), fed("b", "2"), fed("c", "3")]),
                json!([
                    method(
                        "1",
                        "ExtractMailPrefix",
                        json!([input("mail", "mail")]),
                        json!([]),
                        "a"
                    ),
                    method("2", "ToLowercase", json!([input("a", "string")]), json!([]), "b"),
                    method("3", "ToUppercase", json!([input("b", "string")]), json!([]), "c"),
                ]),
            ),
            "ClaimsMappingPolicy.ClaimsSchema[3].TransformationID",
            "at most two transformations are chained",
        ),
        (
            policy(
                json!([{"Source": "user", "ID": "mail"}, fed("a", "1")]),
                json!([method(
                    "1",
                    "RegexReplace",
                    json!([input("mail", "sourceClaim")]),
                    json!([{"ID": "regex", "Value": "(?<a>.*)"}, {"ID": "replacement", "Value": "{b}"}]),
                    "a"
                )]),
            ),
            "ClaimsMappingPolicy.ClaimsTransformation[0].InputParameters[1].Value",
            "`{b}` is neither a group of the pattern nor a parameter; did you mean `a`?",
        ),
        (
            named(json!({"Source": "user", "ID": "city"}), json!([])),
            "ClaimsMappingPolicy.ClaimsSchema[2].ID",
            "`user.city` may not make the NameID",
        ),
        (
            named(json!({"Value": "x"}), json!([])),
            "ClaimsMappingPolicy.ClaimsSchema[2].Value",
            "a constant may not make the NameID",
        ),
        (
            named(
                fed("out", "t"),
                json!([method(
                    "t",
                    "ToLowercase",
                    json!([input("mail", "string")]),
                    json!([]),
                    "out"
                )]),
            ),
            "ClaimsMappingPolicy.ClaimsSchema[2].TransformationID",
            "ToLowercase may not make the NameID: expected a transformation by `ExtractMailPrefix` or `Join`",
        ),
        (
            named(
                fed("out", "t"),
                json!([method(
                    "t",
                    "ExtractMailPrefix",
                    json!([input("city", "mail")]),
                    json!([]),
                    "out"
                )]),
            ),
            "ClaimsMappingPolicy.ClaimsSchema[2].TransformationID",
            "`user.city` may not make the NameID",
        ),
    ] {
        let wrong = ClaimsMappingPolicy::parse(&policy.to_string()).expect_err(expected);
        let told = wrong
            .0
            .iter()
            .any(|one| one.path == path && one.message.contains(expected));
        assert!(told, "{path}: {expected}\nnot in\n{wrong}");
        let mut once = wrong.0.clone();
        once.dedup();
        assert_eq!(once.len(), wrong.0.len(), "{wrong}");
    }
    let wrong = ClaimsMappingPolicy::parse("{\"ClaimsMappingPolicy\": ")
        .unwrap_err()
        .to_string();
    assert!(wrong.contains("not JSON: EOF while parsing"), "{wrong}");
}

/// In a tenant file: at the key, with the path in the JSON, all at once.
#[test]
fn a_tenant_file_tells_the_line_and_the_path() {
    let text = r#"
[tenant]
display_name = "C"
domains = ["c.onmicrosoft.com"]
[[app]]
name = "A"
claims_mapping_policy = '{"ClaimsMappingPolicy": {"Version": 3, "ClaimsSchema": [{"Source": "user", "ID": "mial"}]}}'
"#;
    let wrong = TenantFile::from_toml("t.toml", text).unwrap_err();
    let told: Vec<_> = wrong
        .0
        .iter()
        .map(|one| (one.place, one.message.as_str()))
        .collect();
    assert_eq!(told.len(), 2, "{wrong}");
    assert_eq!(
        told[0],
        (
            Some((7, 25)),
            "`claims_mapping_policy`: ClaimsMappingPolicy.Version: `Version`: expected 1"
        )
    );
    assert_eq!(told[1].0, Some((7, 25)));
    assert!(
        told[1].1.starts_with(
            "`claims_mapping_policy`: ClaimsMappingPolicy.ClaimsSchema[0].ID: `ID`: `mial` is not"
        )
    );
    assert!(told[1].1.ends_with("did you mean `user.mail`?"));
}
