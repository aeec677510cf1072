//! Section 4 of entra-behaviour.md row by row: every source, transformation, condition, group choice and NameID has an id
//! and what a document of Microsoft's says it gives. `origin` is the tag of the document in section 0; `(uncertain)` is
//! what none says.

mod groups;
mod name_ids;
mod policies;
mod rules;
mod sources;
mod transformations;

use std::collections::{BTreeMap, BTreeSet};

use control_api::idp::{TestedClaim, TestedClaims};
use control_api::tenant::{FUNCTIONS, SOURCES, TenantFile};
use mock_idp::MockIdp;
use proptest::prelude::*;
use saml_model::{Assertion, Attribute, names};
use serde_json::{Value, json};

use crate::agent::{Mock, SP, redirect, request};

const TENANT: &str = include_str!("section_4.tenant.toml");

/// The user with every attribute; rows name the others.
const SIMON: &str = "B.Simon@fabrikam.onmicrosoft.com";
const BARE: &str = "N.Bare@fabrikam.onmicrosoft.com";
const JAMES: &str = "James_contoso.com#EXT#@fabrikam.onmicrosoft.com";
const JANE: &str = "Jane_contoso.com#EXT#@fabrikam.onmicrosoft.com";
const GOOGLE: &str = "gil_gmail.com#EXT#@fabrikam.onmicrosoft.com";
const OTP: &str = "otto_mail.example#EXT#@fabrikam.onmicrosoft.com";
const MICROSOFT: &str = "mia_outlook.com#EXT#@fabrikam.onmicrosoft.com";

const ODD: &str = "A.Odd@fabrikam.onmicrosoft.com";

/// One row.
struct Row {
    id: &'static str,
    origin: &'static str,
    user: &'static str,
    config: &'static str,
    expected: Expected,
}

/// What a row's configuration gives.
#[derive(Debug)]
enum Expected {
    /// `config` are keys of a claim, whose values these are; none: it is left out.
    Claim(&'static [&'static str]),
    /// `config` are keys of the application; of its attributes these have these values, and no values mean no attribute.
    Attributes(&'static [(&'static str, &'static [&'static str])]),
    /// `config` is `name_id`, or keys of the application with `policy`; the NameID has this format and value.
    NameId(&'static str, &'static str),
    /// `config` is `name_id`, which is the pairwise value in the persistent format.
    Pairwise,
    /// `config` is `name_id`; the sign-on ends with this code and message.
    Stop(&'static str, &'static str),
}

fn all() -> impl Iterator<Item = &'static Row> {
    [
        sources::ROWS,
        transformations::ROWS,
        rules::ROWS,
        groups::ROWS,
        name_ids::ROWS,
        policies::ROWS,
    ]
    .into_iter()
    .flatten()
}

fn base() -> TenantFile {
    TenantFile::from_toml("section_4.tenant.toml", TENANT).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The tenant with more keys for its application.
fn tenant(base: &TenantFile, mut keys: Value) -> TenantFile {
    keys["name"] = json!("App");
    base.patched(&json!({"app": [keys]}))
        .unwrap_or_else(|errors| panic!("{errors}"))
}

/// Keys of the application whose `policy` is the claims mapping policy as JSON, which the key takes as a text.
fn with_policy(mut keys: Value) -> Value {
    keys["claims_mapping_policy"] = json!(keys["policy"].take().to_string());
    keys.as_object_mut().unwrap().remove("policy");
    keys
}

fn put(idp: &MockIdp, file: TenantFile) -> Mock {
    let tenant = idp
        .put_tenant(file, Some(SP))
        .unwrap_or_else(|errors| panic!("{errors}"));
    Mock {
        idp: idp.clone(),
        tenant,
    }
}

/// The assertion, or the code and message of the page that takes its place.
async fn sign_on(mock: &Mock, user: &str) -> Result<Assertion, (String, String)> {
    let app = mock.app("App");
    let mut agent = mock.agent();
    let page = agent.get(&redirect(&app, &request(&app))).await;
    let page = agent.sign_in(page, user).await;
    let told = told(mock, user).await;
    if let Some(code) = page.aadsts() {
        let stopped = (code, page.error_text());
        let told = told.stopped.map(|stop| (stop.code, stop.text));
        assert_eq!(told.as_ref(), Some(&stopped));
        return Err(stopped);
    }
    let delivered = page.delivered();
    let assertion = mock.verify("App", &delivered.xml).await.unwrap().into_assertion();
    assert_eq!(told.stopped, None);
    let name_id = told.name_id.unwrap();
    let issued = assertion.name_id().unwrap();
    assert_eq!(
        (Some(name_id.format), name_id.value),
        (issued.format.clone(), issued.value.clone())
    );
    let attribute = |claim: TestedClaim| Attribute {
        name: claim.name,
        name_format: claim.name_format,
        values: claim.values,
    };
    let attributes: Vec<_> = told.attributes.into_iter().map(attribute).collect();
    assert_eq!(attributes, assertion.attributes);
    Ok(assertion)
}

/// What the control route tells, which every row holds against the assertion.
async fn told(mock: &Mock, user: &str) -> TestedClaims {
    let asked = json!({"app": "App", "user": user});
    let told = mock.control("POST", "/claims-test", asked).await;
    serde_json::from_value(told).unwrap()
}

fn values<'a>(assertion: &'a Assertion, name: &str) -> &'a [String] {
    assertion.attribute(name).unwrap_or_default()
}

#[tokio::test]
async fn claims() {
    let rows: Vec<_> = all()
        .filter(|row| matches!(row.expected, Expected::Claim(_)))
        .collect();
    let claim = |row: &&Row| {
        let mut claim: Value =
            serde_json::from_str(row.config).unwrap_or_else(|error| panic!("{}: {error}", row.id));
        claim["name"] = json!(row.id);
        claim
    };
    let keys = json!({"claims": rows.iter().map(claim).collect::<Vec<_>>()});
    let mock = put(&Mock::empty(false), tenant(&base(), keys));
    let users: BTreeSet<_> = rows.iter().map(|row| row.user).collect();
    let mut assertions = BTreeMap::new();
    for user in users {
        assertions.insert(user, sign_on(&mock, user).await.unwrap());
    }
    for row in rows {
        let Expected::Claim(expected) = row.expected else {
            continue;
        };
        assert_eq!(
            values(&assertions[row.user], row.id),
            expected,
            "{} [{}]",
            row.id,
            row.origin
        );
    }
}

#[tokio::test]
async fn applications_and_name_ids() {
    let (idp, base) = (Mock::empty(false), base());
    for row in all() {
        let config: Value =
            serde_json::from_str(row.config).unwrap_or_else(|error| panic!("{}: {error}", row.id));
        let keys = match row.expected {
            Expected::Claim(_) => continue,
            _ if config["policy"].is_object() => with_policy(config),
            Expected::Attributes(_) => config,
            _ => json!({"name_id": config}),
        };
        let mock = put(&idp, tenant(&base, keys));
        let answer = sign_on(&mock, row.user).await;
        let id = format!("{} [{}]", row.id, row.origin);
        match &row.expected {
            Expected::Claim(_) => {}
            Expected::Attributes(expected) => {
                let assertion = answer.unwrap();
                for (name, expected) in *expected {
                    assert_eq!(values(&assertion, name), *expected, "{id} {name}");
                }
            }
            Expected::NameId(format, value) => {
                let assertion = answer.unwrap();
                let name_id = assertion.name_id().unwrap();
                assert_eq!(
                    (name_id.format.as_deref().unwrap(), name_id.value.as_str()),
                    (*format, *value),
                    "{id}"
                );
            }
            Expected::Pairwise => {
                let assertion = answer.unwrap();
                let name_id = assertion.name_id().unwrap();
                assert_eq!(name_id.format.as_deref(), Some(names::NAME_ID_PERSISTENT), "{id}");
                // 32 bytes in base64 (3.3).
                assert_eq!(name_id.value.len(), 44, "{id}");
                let again = sign_on(&mock, row.user).await.unwrap();
                assert_eq!(again.name_id(), Some(name_id), "{id}");
            }
            Expected::Stop(code, message) => {
                assert_eq!(
                    answer.unwrap_err(),
                    ((*code).to_owned(), (*message).to_owned()),
                    "{id}"
                );
            }
        }
    }
}

#[test]
fn every_row_has_an_id_and_every_source_and_function_a_row() {
    let ids: BTreeSet<_> = all().map(|row| row.id).collect();
    assert_eq!(ids.len(), all().count(), "an id stands there twice");
    for source in SOURCES {
        assert!(ids.contains(source.name), "no row for {}", source.name);
        let name_id = format!("nameid.{}", source.name.trim_start_matches("user."));
        assert_eq!(ids.contains(name_id.as_str()), source.feeds_name_id, "{name_id}");
    }
    let configs: String = all().map(|row| row.config).collect();
    for function in FUNCTIONS.iter().map(|function| function.name) {
        assert!(
            configs.contains(&format!("\"function\":\"{function}\"")),
            "no row for {function}"
        );
    }
}

/// 4.1 word by word: the specification's sources are those of the mock, and so are those of the NameID.
#[test]
fn the_sources_are_those_of_the_specification() {
    let text = include_str!("../../../docs/entra-behaviour.md");
    let after = |start: &str| text.split_once(start).unwrap_or_else(|| panic!("no {start}")).1;
    let numbered = |name: &str| match name.strip_suffix("1…15").or_else(|| name.strip_suffix("1–15")) {
        Some(stem) => (1..=15).map(|number| format!("{stem}{number}")).collect(),
        None => vec![name.to_owned()],
    };
    let named = |list: &str| -> BTreeSet<String> {
        let names = list.split(',').map(|name| name.split('(').next().unwrap().trim());
        names
            .filter(|name| !name.contains(' '))
            .flat_map(numbered)
            .collect()
    };
    let mut listed = named(
        after("### 4.1 Sources")
            .split_once('\n')
            .unwrap()
            .1
            .split(';')
            .next()
            .unwrap(),
    );
    listed.insert("groups".to_owned());
    let of_user = || {
        SOURCES
            .iter()
            .filter_map(|source| Some((source, source.name.strip_prefix("user.")?)))
    };
    assert_eq!(listed, of_user().map(|(_, name)| name.to_owned()).collect());
    let name_ids = named(after("NameID sources limited to ").split(". ").next().unwrap());
    let feeding = of_user().filter(|(source, _)| source.feeds_name_id);
    assert_eq!(name_ids, feeding.map(|(_, name)| name.to_owned()).collect());
}

/// The SAML restricted claim set without a custom signing key, as the document lists it [CP].
const RESTRICTED: &[&str] = &[
    "http://schemas.microsoft.com/2012/01/devicecontext/claims/ismanaged",
    "http://schemas.microsoft.com/2014/02/devicecontext/claims/isknown",
    "http://schemas.microsoft.com/2014/03/psso",
    "http://schemas.microsoft.com/2014/09/devicecontext/claims/iscompliant",
    "http://schemas.microsoft.com/claims/authnmethodsreferences",
    "http://schemas.microsoft.com/claims/groups.link",
    "http://schemas.microsoft.com/identity/claims/accesstoken",
    "http://schemas.microsoft.com/identity/claims/acct",
    "http://schemas.microsoft.com/identity/claims/agegroup",
    "http://schemas.microsoft.com/identity/claims/aio",
    "http://schemas.microsoft.com/identity/claims/identityprovider",
    "http://schemas.microsoft.com/identity/claims/objectidentifier",
    "http://schemas.microsoft.com/identity/claims/openid2_id",
    "http://schemas.microsoft.com/identity/claims/puid",
    "http://schemas.microsoft.com/identity/claims/scope",
    "http://schemas.microsoft.com/identity/claims/tenantid",
    "http://schemas.microsoft.com/identity/claims/xms_et",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationinstant",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationmethod",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/confirmationkey",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/denyonlyprimarygroupsid",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/denyonlyprimarysid",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/denyonlywindowsdevicegroup",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/expiration",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/expired",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groupsid",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/ispersistent",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/samlissuername",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/wids",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsdeviceclaim",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsdevicegroup",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsfqbnversion",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowssubauthority",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsuserclaim",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/authentication",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/authorizationdecision",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/denyonlysid",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/privatepersonalidentifier",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/spn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "http://schemas.xmlsoap.org/ws/2009/09/identity/claims/actor",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarysid",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/sid",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/x500distinguishedname",
];

/// 4.5: a claim with any of these names is ignored at run time, and each is told of.
#[tokio::test]
async fn the_whole_restricted_set_is_ignored() {
    let claims: Vec<_> = RESTRICTED
        .iter()
        .map(|name| json!({"name": name, "value": "forged"}))
        .collect();
    let mock = put(&Mock::empty(false), tenant(&base(), json!({ "claims": claims })));
    let assertion = sign_on(&mock, SIMON).await.unwrap();
    let forged = |attribute: &&Attribute| attribute.values.iter().any(|value| value == "forged");
    assert_eq!(assertion.attributes.iter().find(forged), None);
    let left_out = told(&mock, SIMON).await.left_out;
    let names: Vec<_> = left_out.iter().map(|claim| claim.name.as_str()).collect();
    assert_eq!(names, RESTRICTED);
}

/// 3.2, 4.2: whatever of the directory is empty, no attribute is sent without a value and no value is empty; what has a
/// value is sent.
#[test]
fn what_is_empty_is_omitted() {
    const KEYS: [&str; 5] = ["given_name", "surname", "mail", "country", "department"];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let idp = Mock::empty(false);
    let config = ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let value = prop_oneof![Just(None), Just(Some("")), Just(Some("x")), Just(Some("X y"))];
    let users = proptest::array::uniform5(value);
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let outcome = runner.run(&users, |given| {
        let claims: Vec<_> = KEYS
            .iter()
            .flat_map(|key| {
                let source = format!("user.{}", key.replace('_', ""));
                [
                    json!({"name": key, "source": source}),
                    json!({"name": format!("{key} in upper case"), "transform": {"function": "ToUppercase", "input": source}}),
                ]
            })
            .collect();
        let mut user = json!({"user_principal_name": "any@fabrikam.onmicrosoft.com"});
        for (key, value) in KEYS.iter().zip(&given) {
            user[*key] = json!(value);
        }
        user.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let keys = json!({"default_claims": true, "claims": claims});
        let file = tenant(&base(), keys).patched(&json!({"user": [user]})).unwrap();
        let mock = put(&idp, file);
        let assertion = runtime.block_on(sign_on(&mock, "any@fabrikam.onmicrosoft.com")).unwrap();
        for attribute in &assertion.attributes {
            prop_assert!(!attribute.values.is_empty() && attribute.values.iter().all(|value| !value.is_empty()));
        }
        for (key, value) in KEYS.iter().zip(&given) {
            let expected: Vec<_> = value.filter(|value| !value.is_empty()).into_iter().collect();
            prop_assert_eq!(values(&assertion, key), &expected[..]);
            let expected: Vec<_> = expected.iter().map(|value| value.to_uppercase()).collect();
            prop_assert_eq!(values(&assertion, &format!("{key} in upper case")), &expected[..]);
        }
        Ok(())
    });
    outcome.unwrap();
}

/// A tenant in which B.Simon is in so many groups more, all of them through one nested in each.
fn with_groups(count: usize, group_claim: &Value) -> TenantFile {
    let mut base = base();
    let mut group = base.groups[3].clone();
    group.id = None;
    group.members = vec!["group:Through".to_owned()];
    for number in 0..count {
        group.display_name = format!("Nested {number}");
        base.groups.push(group.clone());
    }
    group.display_name = "Through".to_owned();
    group.members = vec!["B.Simon".to_owned()];
    base.groups.push(group);
    tenant(&base, json!({"group_claim": group_claim}))
}

/// 4.4: more than 150, nested ones counted, and a filter's 1,000. Microsoft's documents print both numbers [GRP, TOK].
#[tokio::test]
async fn too_many_groups_become_a_link() {
    const LINK: &str = "https://graph.windows.net/5f0e4a7d-1c3b-4a2e-9d6f-0b8c7e5a3d21/users/9a1b2c3d-0000-4000-8000-000000000001/getMemberObjects";
    let idp = Mock::empty(false);
    let filter = json!({"attribute": "display-name", "match": "prefix", "value": "Group"});
    // Of section 4's own groups B.Simon is in two security groups and has one role; "Through" is the fourth.
    for (id, more, claim, groups, links) in [
        ("g.150", 146, json!({"groups": "security"}), 150, 0),
        ("g.151", 147, json!({"groups": "security"}), 0, 1),
        (
            "g.overage-roles",
            147,
            json!({"groups": "security", "as_roles": true}),
            0,
            1,
        ),
        (
            "g.assigned-has-no-overage",
            147,
            json!({"groups": "assigned"}),
            2,
            0,
        ),
        (
            "g.filter-1000",
            996,
            json!({"groups": "all", "filter": filter}),
            3,
            0,
        ),
        (
            "g.filter-1001",
            997,
            json!({"groups": "all", "filter": filter}),
            0,
            1,
        ),
    ] {
        let mock = put(&idp, with_groups(more, &claim));
        let assertion = sign_on(&mock, SIMON).await.unwrap();
        assert_eq!(values(&assertion, names::CLAIM_GROUPS).len(), groups, "{id}");
        assert_eq!(
            values(&assertion, names::CLAIM_GROUPS_LINK),
            &[LINK][..links],
            "{id}"
        );
        assert!(
            values(&assertion, names::CLAIM_ROLE).is_empty() == claim["as_roles"].is_boolean(),
            "{id}"
        );
    }
}

/// 4.5, 4.1: NameFormat of single claims, and of all that are restricted, core or optional.
#[tokio::test]
async fn name_formats() {
    let claims = json!([
        {"name": "a", "value": "x", "name_format": "unspecified"},
        {"name": "b", "value": "x", "name_format": "uri"},
        {"name": "c", "value": "x", "name_format": "basic"},
        {"name": "d", "value": "x"},
    ]);
    let idp = Mock::empty(false);
    for (included, core) in [(false, None), (true, Some(names::ATTRIBUTE_NAME_URI))] {
        let keys = json!({"claims": claims, "include_attribute_name_format": included, "optional_claims": [{"name": "acct"}]});
        let mock = put(&idp, tenant(&base(), keys));
        let assertion = sign_on(&mock, SIMON).await.unwrap();
        let formats: BTreeMap<_, _> = assertion
            .attributes
            .iter()
            .map(|attribute| {
                (
                    attribute.name.rsplit('/').next().unwrap(),
                    attribute.name_format.as_deref(),
                )
            })
            .collect();
        for (name, expected) in [
            ("a", Some(names::ATTRIBUTE_NAME_UNSPECIFIED)),
            ("b", Some(names::ATTRIBUTE_NAME_URI)),
            ("c", Some(names::ATTRIBUTE_NAME_BASIC)),
            ("d", None),
            ("tenantid", core),
            ("role", core),
            ("acct", core),
        ] {
            assert_eq!(formats[name], expected, "{name}");
        }
    }
}

/// 100,000 users and 10,000 groups: the file is read, and one of them signs on with its own groups. The indices behind
/// it are counted in `tenant::directory`.
#[tokio::test]
async fn a_large_tenant() {
    const USERS: usize = 100_000;
    const GROUPS: usize = 10_000;
    let mut base = base();
    let mut user = base.users[1].clone();
    for number in base.users.len()..USERS {
        user.user_principal_name = format!("u{number}@fabrikam.onmicrosoft.com");
        base.users.push(user.clone());
    }
    let mut group = base.groups[3].clone();
    group.id = None;
    for number in base.groups.len()..GROUPS {
        group.display_name = format!("Team {number}");
        group.members = (0..10)
            .map(|place| format!("u{}", 10 + (number * 10 + place) % (USERS - 10)))
            .collect();
        base.groups.push(group.clone());
    }
    let mock = put(
        &Mock::empty(false),
        tenant(&base, json!({"group_claim": {"groups": "all"}})),
    );
    assert_eq!(mock.tenant.users.len(), USERS);
    for (user, groups) in [("u99999@fabrikam.onmicrosoft.com", 1), (BARE, 1), (SIMON, 4)] {
        let assertion = sign_on(&mock, user).await.unwrap();
        assert_eq!(values(&assertion, names::CLAIM_GROUPS).len(), groups, "{user}");
    }
}
