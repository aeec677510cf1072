//! Whatever a tenant file says of claims and the NameID, opening and saving the form leaves it as it is.

use control_api::tenant::{FUNCTIONS, SOURCES, TenantFile};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::agent::Mock;
use crate::portal::Admin;

const GROUPS: [&str; 3] = ["All, of them", "leads & \"others\"", "<b>"];

/// A text of one line that is more than blanks.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~äß€]{1,12}".prop_filter("not blank", |text| !text.trim().is_empty()),
        prop::sample::select(vec![
            "user.mail",
            "\"",
            "\"x\"",
            "user.x",
            " a ",
            "''",
            "&lt;",
            "company.",
            "x, y"
        ])
        .prop_map(str::to_owned),
    ]
}

fn source(for_name_id: bool) -> impl Strategy<Value = String> {
    let names: Vec<_> = SOURCES
        .iter()
        .filter(|source| source.feeds_name_id || !for_name_id)
        .map(|source| source.name.to_owned())
        .chain(["user.extension_0123456789abcdef0123456789abcdef_costCenter".to_owned()])
        .collect();
    prop::sample::select(names)
}

/// An attribute or a constant.
fn parameter() -> impl Strategy<Value = Value> {
    prop_oneof![
        source(false).prop_map(|source| json!(source)),
        text().prop_map(|constant| json!({ "value": constant })),
        Just(json!("")),
    ]
}

/// A function with what it takes, some of what it may take left out.
fn step(for_name_id: bool) -> impl Strategy<Value = Value> {
    let functions: Vec<_> = FUNCTIONS
        .iter()
        .filter(|function| function.makes_name_id || !for_name_id)
        .collect();
    let all = (
        (text(), text(), text()),
        (parameter(), parameter(), parameter()),
        (0..50_usize, 1..50_usize, any::<bool>()),
        prop::sample::select(vec!["{a}-{0}", "", " {a} ", "{mail}{a}{city}"]),
        any::<[bool; 4]>(),
    );
    (prop::sample::select(functions), all).prop_map(
        |(function, (texts, parameters, numbers, replacement, given))| {
            let parameter_names = if replacement.contains("city") {
                json!(["user.mail", "user.city"])
            } else {
                json!([])
            };
            let all = json!({
                "value": texts.0, "after": texts.1, "before": texts.2, "separator": texts.1,
                "parameter": parameters.0, "output": parameters.1, "output_if_no_match": parameters.2,
                "start": numbers.0, "length": numbers.1, "part": if numbers.2 { "prefix" } else { "suffix" },
                "pattern": "(?<a>\\w+) *", "replacement": replacement, "parameters": parameter_names,
            });
            let mut step = json!({"function": function.name});
            for key in function.takes {
                let is_left_out = match *key {
                    "output_if_no_match" => given[0],
                    "length" => given[1],
                    "separator" => given[2],
                    "after" => given[3],
                    _ => false,
                };
                if !is_left_out {
                    step[*key] = all[*key].clone();
                }
            }
            step
        },
    )
}

fn transform(for_name_id: bool) -> impl Strategy<Value = Value> {
    let then = prop::option::of(step(for_name_id));
    (step(for_name_id), then, any::<bool>()).prop_map(move |(mut transform, then, multivalued)| {
        transform["input"] = json!("user.employeeid");
        if multivalued && !for_name_id {
            transform["input"] = json!("user.proxyaddresses");
            transform["multivalued"] = json!(true);
        }
        if let Some(then) = then {
            transform["then"] = then;
        }
        transform
    })
}

/// `source`, `value` or `transform`.
fn origin(for_name_id: bool) -> impl Strategy<Value = Value> {
    let constants = if for_name_id { 0 } else { 2 };
    let constant = prop_oneof![3 => text(), 1 => Just(String::new())];
    prop_oneof![
        2 => source(for_name_id).prop_map(|source| json!({ "source": source })),
        constants => constant.prop_map(|value| json!({ "value": value })),
        3 => transform(for_name_id).prop_map(|transform| json!({ "transform": transform })),
    ]
}

fn conditions(for_name_id: bool) -> impl Strategy<Value = Vec<Value>> {
    let types = vec!["any", "members", "all-guests", "entra-guests", "external-guests"];
    let groups = prop::sample::subsequence(GROUPS.to_vec(), 0..=3);
    let condition = (prop::sample::select(types), groups, origin(for_name_id));
    let condition = condition.prop_map(|(user_type, groups, mut condition)| {
        condition["user_type"] = json!(user_type);
        condition["groups"] = json!(groups);
        condition
    });
    prop::collection::vec(condition, 0..3)
}

fn claim() -> impl Strategy<Value = Value> {
    let formats = prop::sample::select(vec!["", "unspecified", "uri", "basic"]);
    let namespace = prop_oneof![
        Just(String::new()),
        Just("https://a.example/b//".to_owned()),
        text()
    ];
    let names = (text(), namespace, formats);
    (names, origin(false), conditions(false), any::<bool>()).prop_map(
        |((name, namespace, format), mut claim, conditions, has_origin)| {
            if !has_origin && !conditions.is_empty() {
                claim = json!({});
            }
            claim["name"] = json!(name);
            claim["namespace"] = json!(namespace);
            if !format.is_empty() {
                claim["name_format"] = json!(format);
            }
            claim["conditions"] = json!(conditions);
            claim
        },
    )
}

fn name_id() -> impl Strategy<Value = Value> {
    let formats = vec![
        "default",
        "persistent",
        "emailAddress",
        "unspecified",
        "windowsDomainQualifiedName",
    ];
    let origin = prop_oneof![1 => Just(json!({})), 4 => origin(true)];
    (prop::sample::select(formats), origin, conditions(true)).prop_map(|(format, mut name_id, conditions)| {
        name_id["format"] = json!(format);
        name_id["conditions"] = json!(conditions);
        name_id
    })
}

/// An administrator of a tenant whose application says this.
async fn admin(name_id: &Value, claim: &Value) -> Admin {
    let groups: Vec<_> = GROUPS
        .map(|name| json!({"display_name": name, "members": []}))
        .to_vec();
    let app =
        json!({"name": "App", "identifiers": [], "reply_urls": [], "name_id": name_id, "claims": [claim]});
    let file = json!({"tenant": {"display_name": "Tailspin", "domains": ["tailspin.onmicrosoft.com"]}, "group": groups, "app": [app]});
    let file = TenantFile::from_json("t", &file).unwrap_or_else(|wrong| panic!("{wrong}\n{claim} {name_id}"));
    let idp = Mock::empty(false);
    let tenant = idp.put_tenant(file, None).unwrap();
    Admin::of(Mock { idp, tenant }).await
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn an_entry_survives_its_form(name_id in name_id(), claim in claim()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut admin = admin(&name_id, &claim).await;
            let before = admin.file().await;
            let app = admin.mock.app("App").app_id;
            let list = format!("/apps/{app}/sso/claims");
            admin.open(&list).await;
            let last = admin.page.select(".claim-names th a").len() - 1;
            let html = scraper::Html::parse_document(&admin.page.body);
            let links = scraper::Selector::parse(".claim-names th a").unwrap();
            let href = html.select(&links).nth(last).unwrap().attr("href").unwrap().to_owned();
            let path = href.split_once(&admin.mock.tenant.id).unwrap().1.to_owned();
            drop(html);
            for form in [format!("{list}/name-id"), path] {
                admin.open(&form).await;
                admin.press("Save", &[]).await;
                assert_eq!(admin.notice(), "Saved.", "{form} {claim} {name_id}: {:?}", admin.page.select("[role=alert]"));
            }
            assert_eq!(admin.file().await, before, "{claim} {name_id}");
        });
    }
}

/// Every default claim opened and saved as it is: what is sent stays what it was.
#[tokio::test]
async fn a_default_claim_that_is_saved_unchanged_is_sent_as_before() {
    let mut admin = super::attributes("Upsales").await;
    let before = super::sent(&admin, "Upsales").await;
    for (name, _) in super::listed(&admin).into_iter().skip(1) {
        admin.click(&name).await;
        admin.press("Save", &[]).await;
        assert_eq!(super::sent(&admin, "Upsales").await, before, "{name}");
    }
}
