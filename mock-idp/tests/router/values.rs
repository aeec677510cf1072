//! The catalogue's groups cond, subj, env, nid and actx: each way of each fault is in the message, what carries it is
//! signed as it should be, and everything else is what it would have been.

mod changed;
mod expected;

use control_api::catalogue::{self, Case, Fault};
use serde_json::{Value, json};

use crate::agent::{Mock, redirect, request};
use changed::differences;
use expected::EXPECTED;

const GROUPS: &[&str] = &["cond", "subj", "env", "nid", "actx"];

/// Faults whose ways cannot be told by a difference of two messages; each has a test of its own, here or elsewhere.
const OTHERWISE: &[&str] = &[
    "aadsts",
    "env-assertion-plus-encrypted",
    "env-two-assertions-signed",
    "env-wrong-root",
];

/// Ways that do not fit B.Simon at sipgate: its address names its port, and no name there has a k.
const UNFIT: &[(&str, &str)] = &[("nid-homoglyph", "kelvin"), ("subj-recipient-case", "port")];

/// The faults of the groups with each of their ways.
fn ways() -> impl Iterator<Item = (&'static Case, &'static Fault, Option<&'static str>)> {
    let of_groups = catalogue::faults().filter(|(case, _)| GROUPS.contains(&case.group.as_str()));
    of_groups.flat_map(|(case, fault)| {
        let variants = fault
            .parameters
            .iter()
            .find(|parameter| parameter.name == "variant");
        let words: Vec<_> = match variants {
            Some(parameter) => parameter.values.iter().map(|word| Some(word.as_str())).collect(),
            None => vec![None],
        };
        words.into_iter().map(move |word| (case, fault, word))
    })
}

/// Signs B.Simon on, with the fault or without; the message.
async fn sent(mock: &Mock, app: &str, fault: Option<Value>) -> String {
    if let Some(fault) = fault {
        mock.control("POST", "/faults", json!({"faults": [fault]})).await;
    }
    let app = mock.app(app);
    let mut agent = mock.agent();
    let page = agent.get(&redirect(&app, &request(&app))).await;
    agent.sign_in(page, "B.Simon").await.delivered().xml
}

fn order(id: &str, variant: Option<&str>) -> Value {
    match variant {
        Some(variant) => json!({"id": id, "variant": variant}),
        None => json!({"id": id}),
    }
}

/// A mock whose clock stands, with the signing option for one application.
async fn frozen(app: &str, option: &str) -> Mock {
    let mock = Mock::contoso();
    mock.control("PUT", "/clock", json!({"offset": "0s", "freeze": true}))
        .await;
    mock.patch_app(app, json!({"signing": {"option": option}})).await;
    mock
}

#[tokio::test]
async fn every_way_changes_what_it_says_and_nothing_else() {
    let mock = frozen("sipgate", "assertion").await;
    let honest = sent(&mock, "sipgate", None).await;
    for (case, _, variant) in ways() {
        let id = case.id.as_str();
        if OTHERWISE.contains(&id)
            || UNFIT
                .iter()
                .any(|unfit| *unfit == (id, variant.unwrap_or_default()))
        {
            continue;
        }
        let faulty = sent(&mock, "sipgate", Some(order(id, variant))).await;
        let found = differences(&honest, &faulty);
        let key = variant.map_or_else(|| id.to_owned(), |variant| format!("{id} {variant}"));
        let row = EXPECTED
            .iter()
            .copied()
            .flatten()
            .find(|(known, _)| *known == key);
        let (_, expected) = row.unwrap_or_else(|| panic!("{key} is not expected: {found:#?}"));
        assert_eq!(found, *expected, "{key}");
    }
}
