//! `POST /tenants/{tenant}/claims-test`: why a claim says what it says, and transformations on sample values. That what is
//! told is what is issued, `section_4` holds row by row.

use control_api::idp::{
    ClaimBy, ClaimsTested, LeftOut, StepResult, TestedClaim, TestedClaims, TestedTransform, Why,
};
use saml_model::names;
use serde_json::{Value, json};

use crate::agent::Mock;

async fn claims(mock: &Mock, app: &str, user: &str) -> TestedClaims {
    let answer = mock
        .control("POST", "/claims-test", json!({"app": app, "user": user}))
        .await;
    match serde_json::from_value(answer).unwrap() {
        ClaimsTested::Claims(claims) => *claims,
        ClaimsTested::Transform(other) => panic!("{other:?}"),
    }
}

async fn transformed(mock: &Mock, asked: Value) -> TestedTransform {
    let answer = mock.control("POST", "/claims-test", asked).await;
    match serde_json::from_value(answer).unwrap() {
        ClaimsTested::Transform(transformed) => transformed,
        ClaimsTested::Claims(other) => panic!("{other:?}"),
    }
}

fn claim<'c>(claims: &'c [TestedClaim], name: &str) -> &'c TestedClaim {
    let found = claims.iter().find(|claim| claim.name == name);
    found.unwrap_or_else(|| panic!("no {name} in {claims:?}"))
}

#[tokio::test]
async fn every_claim_says_why() {
    let mock = Mock::contoso();
    let mail = { "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress" };
    mock.patch_app(
        "Upsales",
        json!({
            "name_id": {"transform": {"function": "Join", "input": "user.mail", "separator": "@", "parameter": "elsewhere.example"}},
            "group_claim": {"groups": "directory-roles"},
            "optional_claims": [{"name": "acct"}],
            "claims": [
                {"name": "mail", "source": "user.othermail", "conditions": [
                    {"user_type": "all-guests", "source": "user.mail"},
                    {"user_type": "members", "transform": {"function": "ExtractMailPrefix", "input": "user.mail", "then": {"function": "ToUppercase"}}},
                    {"user_type": "members", "transform": {"function": "ToLowercase", "input": "user.othermail"}},
                ]},
                {"name": "emailaddress", "namespace": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims", "value": "constant@x.example"},
                {"name": "tenantid", "namespace": "http://schemas.microsoft.com/identity/claims", "value": "forged"},
                {"name": "nobody", "conditions": [{"user_type": "all-guests", "source": "user.mail"}]},
            ],
        }),
    )
    .await;
    let told = claims(&mock, "upsales", "b.simon").await;
    assert_eq!(
        (told.app.as_str(), told.upn.as_str()),
        ("Upsales", "B.Simon@contoso.onmicrosoft.com")
    );
    assert_eq!(told.stopped, None);
    let check = |why: &Why, by, origin: Value, condition, sentence: &str| {
        assert_eq!(why.by, by, "{why:?}");
        assert_eq!(why.origin.clone().unwrap_or_default(), origin, "{why:?}");
        assert_eq!(why.condition, condition, "{why:?}");
        assert_eq!(why.told, sentence);
    };
    let name_id = told.name_id.unwrap();
    assert_eq!(name_id.format, names::NAME_ID_PERSISTENT);
    assert_eq!(name_id.why.by, ClaimBy::NameIdFallback);
    assert_eq!(
        name_id.why.told,
        "transformation Join() of user.mail, which gives nothing that can be sent: the pairwise value"
    );
    for (name, by, origin, condition, sentence) in [
        (
            names::CLAIM_TENANT_ID,
            ClaimBy::Core,
            Value::Null,
            None,
            "core: in every assertion",
        ),
        (
            names::CLAIM_GIVEN_NAME,
            ClaimBy::DefaultClaim,
            json!({"source": "user.givenname"}),
            None,
            "default claim, source user.givenname",
        ),
        (
            "http://schemas.microsoft.com/identity/claims/acct",
            ClaimBy::OptionalClaim,
            Value::Null,
            None,
            "optional claim acct",
        ),
        (
            mail,
            ClaimBy::Claim,
            json!({"value": "constant@x.example"}),
            None,
            "constant, in the place of an earlier claim of this name",
        ),
        (
            "mail",
            ClaimBy::Claim,
            json!({"transform": {"function": "ExtractMailPrefix", "input": "user.mail", "then": {"function": "ToUppercase"}}}),
            Some(2),
            "condition 2, transformation ExtractMailPrefix() of user.mail, then ToUppercase()",
        ),
    ] {
        check(
            &claim(&told.attributes, name).why,
            by,
            origin,
            condition,
            sentence,
        );
    }
    assert_eq!(claim(&told.attributes, "mail").values, ["B.SIMON"]);
    assert!(
        told.attributes
            .iter()
            .all(|claim| claim.why.left_out.is_none() && !claim.values.is_empty())
    );
    let left_out: Vec<_> = told
        .left_out
        .iter()
        .map(|claim| (claim.name.as_str(), claim.why.left_out, claim.why.told.as_str()))
        .collect();
    assert_eq!(
        left_out,
        [
            (
                names::CLAIM_WIDS,
                Some(LeftOut::Empty),
                "empty: omitted (group claim)"
            ),
            (
                names::CLAIM_TENANT_ID,
                Some(LeftOut::Restricted),
                "restricted: ignored (constant)"
            ),
            (
                "nobody",
                Some(LeftOut::Empty),
                "empty: omitted (no condition gives a value)"
            ),
        ]
    );
}

/// What stops the user is told beside what would be said otherwise.
#[tokio::test]
async fn what_stops_a_user_is_told() {
    let mock = Mock::contoso();
    for (user, app, patch, code, has_name_id) in [
        ("D.Weber", "Upsales", json!({}), Some("AADSTS50057"), true),
        ("A.Nowak", "Upsales", json!({}), Some("AADSTS501241"), false),
        ("U.Keller", "Upsales", json!({}), Some("AADSTS50105"), true),
        (
            "U.Keller",
            "Upsales",
            json!({"assignment_required": false}),
            None,
            true,
        ),
        (
            "B.Simon",
            "Upsales",
            json!({"enabled": false}),
            Some("AADSTS7000112"),
            true,
        ),
        ("B.Simon", "sipgate", json!({}), None, true),
    ] {
        mock.patch_app(app, patch).await;
        let told = claims(&mock, app, user).await;
        let stopped = told.stopped.as_ref().map(|stop| stop.code.as_str());
        assert_eq!(stopped, code, "{user} at {app}: {told:?}");
        assert!(
            told.stopped
                .is_none_or(|stop| stop.text.starts_with(&format!("{}: ", stop.code)))
        );
        assert_eq!(told.name_id.is_some(), has_name_id, "{user} at {app}");
        assert!(!told.attributes.is_empty());
    }
    mock.control(
        "PATCH",
        "",
        json!({"conditional_access": [{"name": "Nobody", "grant": "block"}]}),
    )
    .await;
    let told = claims(&mock, "sipgate", "B.Simon").await;
    assert_eq!(told.stopped.unwrap().code, "AADSTS53003");
}

/// A second factor that a policy demands is said as the pages would have it.
#[tokio::test]
async fn the_factors_are_those_of_the_pages() {
    let mock = Mock::contoso();
    let action = json!({"user": "B.Simon", "action": "set", "values": {"mfa": true}});
    mock.control("POST", "/users", action).await;
    let told = claims(&mock, "Upsales", "B.Simon").await;
    let methods = claim(&told.attributes, names::CLAIM_AUTHN_METHODS);
    assert_eq!(
        methods.values,
        [names::AUTHN_METHOD_PASSWORD, names::AUTHN_METHOD_MULTIPLE]
    );
}

/// 4.2: the documents' examples, step by step.
#[tokio::test]
async fn a_transformation_is_tested_on_sample_values() {
    let mock = Mock::contoso();
    let regex = json!({"function": "RegexReplace", "input": "user.mail", "pattern": "(?'domain'^.*?)(?i)(\\@fabrikam\\.com)$",
        "replacement": "{country}.{domain}@xyz.com", "parameters": ["user.country"]});
    for (asked, output, results) in [
        (
            json!({"transform": {"function": "ExtractMailPrefix", "input": "user.mail"}, "values": {"user.mail": "joe_smith@contoso.com"}}),
            vec!["joe_smith"],
            vec![(Some("joe_smith"), StepResult::Done)],
        ),
        (
            json!({"transform": regex, "values": {"user.mail": "swmal@fabrikam.com", "user.country": "US"}}),
            vec!["US.swmal@xyz.com"],
            vec![(Some("US.swmal@xyz.com"), StepResult::Matched)],
        ),
        (
            // "Test input not matching": it is skipped.
            json!({"transform": regex, "values": {"user.mail": "swmal@contoso.com", "user.country": "US"}}),
            vec!["swmal@contoso.com"],
            vec![(Some("swmal@contoso.com"), StepResult::NotMatched)],
        ),
        (
            json!({"transform": {"function": "Extract", "input": "user.mail", "after": "x_", "then": {"function": "IfEmpty", "output": "none"}}, "values": {"user.mail": "y"}}),
            vec!["none"],
            vec![
                (None, StepResult::NotMatched),
                (Some("none"), StepResult::Matched),
            ],
        ),
        (
            json!({"transform": {"function": "ToLowercase", "input": "user.mail"}}),
            vec![],
            vec![(None, StepResult::NoInput)],
        ),
        (
            json!({"transform": {"function": "ToLowercase", "input": "user.mail"}, "values": {"user.mail": ""}}),
            vec![],
            vec![(None, StepResult::NoInput)],
        ),
        (
            json!({"transform": {"function": "Join", "input": "user.mail", "separator": "@", "parameter": "user.city"}, "values": {"user.mail": "a"}}),
            vec![],
            vec![(None, StepResult::NoParameter)],
        ),
        (
            json!({"for_name_id": true, "transform": {"function": "Join", "input": "user.mail", "separator": "@", "parameter": "contoso.com"}, "values": {"user.mail": "joe_smith@fabrikam.com"}}),
            vec!["joe_smith@contoso.com"],
            vec![(Some("joe_smith@contoso.com"), StepResult::Done)],
        ),
        (
            json!({"for_name_id": true, "transform": {"function": "Join", "input": "user.mail", "separator": "@", "parameter": "fabrikam.com"}, "values": {"user.mail": "joe_smith@contoso.com"}}),
            vec![],
            vec![(None, StepResult::NotVerified)],
        ),
        (
            // Without a sample the user's own value.
            json!({"app": "Upsales", "user": "B.Simon", "transform": {"function": "ToUppercase", "input": "user.mail"}}),
            vec!["B.SIMON@CONTOSO.COM"],
            vec![(Some("B.SIMON@CONTOSO.COM"), StepResult::Done)],
        ),
    ] {
        let told = transformed(&mock, asked.clone()).await;
        assert_eq!(told.output, output, "{asked}");
        assert_eq!(told.runs.len(), 1);
        let steps: Vec<_> = told.runs[0]
            .steps
            .iter()
            .map(|step| (step.output.as_deref(), step.result))
            .collect();
        assert_eq!(steps, results, "{asked}");
    }
    let many = json!({"transform": {"function": "ToLowercase", "input": "user.proxyaddresses", "multivalued": true}, "values": {"user.proxyaddresses": ["A", "", "B"]}});
    let told = transformed(&mock, many).await;
    assert_eq!(told.output, ["a", "b"]);
    let inputs: Vec<_> = told.runs.iter().map(|run| run.input.as_deref()).collect();
    assert_eq!(inputs, [Some("A"), Some("B")]);
}

#[tokio::test]
async fn every_mistake_is_told_with_the_way_out() {
    let mock = Mock::contoso();
    let transform = json!({"function": "ToLowercase", "input": "user.mail"});
    for (asked, expected) in [
        (json!({}), "expected `user` (and `app`)"),
        (
            json!({"user": "B.Simon"}),
            "`app` is missing: the tenant has `Upsales`, `Upwork Enterprise`",
        ),
        (
            json!({"app": "Upsale", "user": "B.Simon"}),
            "there is no application `Upsale` in this tenant; did you mean `Upsales`?",
        ),
        (
            json!({"app": "Upsales", "user": "B.Simn"}),
            "there is no user `B.Simn` in this tenant; did you mean `B.Simon`?",
        ),
        (
            json!({"app": "Upsales", "user": "B.Simon", "values": {"user.mail": "x"}}),
            "belong to `transform`",
        ),
        (
            json!({"transform": {"function": "ToLower", "input": "user.mail"}}),
            "transform: function: `function`: unknown word `ToLower`",
        ),
        (
            json!({"transform": transform, "values": {"user.mal": "x"}}),
            "did you mean `user.mail`?",
        ),
        (
            json!({"transform": transform, "values": {"user.city": "x"}}),
            "the transformation does not read `user.city`: it reads `user.mail`",
        ),
        (
            json!({"transform": transform, "values": {"user.mail": 1}}),
            "a sample value is a text or a list of texts",
        ),
        (
            json!({"transform": {"function": "Contains", "input": "user.mail", "value": "x", "output": "y"}, "for_name_id": true}),
            "unknown word `Contains`: expected one of `ExtractMailPrefix`, `Join`, `ToLowercase`, `ToUppercase`",
        ),
        (json!({"transfrom": transform}), "unknown field `transfrom`"),
    ] {
        let page = mock.try_control("POST", "/claims-test", asked.clone()).await;
        assert_eq!(page.status, 400, "{asked}");
        let error = serde_json::from_str::<Value>(&page.body).unwrap()["error"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(error.contains(expected), "{asked}: {error}");
    }
    let two = json!({"transform": {"function": "RegexReplace", "input": "user.mail", "pattern": "(", "replacement": "{"}});
    let page = mock.try_control("POST", "/claims-test", two).await;
    let error = serde_json::from_str::<Value>(&page.body).unwrap()["error"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        error.contains("transform: pattern: ") && error.contains("\ntransform: replacement: "),
        "{error}"
    );
}
