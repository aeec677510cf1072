//! Section 4 of entra-behaviour.md row by row: every source, transformation, condition, group choice and NameID has an id
//! and what a document of Microsoft's says it gives. `origin` is the tag of the document in section 0; `(uncertain)` is
//! what none says.

mod groups;
mod many;
mod name_ids;
mod policies;
mod restricted;
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
