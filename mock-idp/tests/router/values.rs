//! The catalogue's groups cond, subj, env, nid and actx: each way of each fault is in the message, what carries it is
//! signed as it should be, and everything else is what it would have been.

mod changed;
mod expected;
mod several;

use control_api::catalogue::{self, Case, Fault};
use serde_json::{Value, json};

use crate::agent::{Mock, redirect, request, stays_armed};
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
    let mut rows = 0;
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
        rows += 1;
    }
    assert_eq!(
        rows,
        EXPECTED.iter().copied().flatten().count(),
        "what is expected is sent"
    );
}

/// Where nobody says which way, it is the first.
#[tokio::test]
async fn the_first_way_is_the_one_that_nobody_names() {
    let mock = frozen("sipgate", "assertion").await;
    let honest = sent(&mock, "sipgate", None).await;
    let with_ways =
        ways().filter(|(case, _, variant)| variant.is_some() && !OTHERWISE.contains(&case.id.as_str()));
    let mut ids: Vec<_> = with_ways
        .map(|(case, _, variant)| (case.id.as_str(), variant))
        .collect();
    ids.dedup_by_key(|(id, _)| *id);
    for (id, first) in ids {
        let unnamed = differences(&honest, &sent(&mock, "sipgate", Some(order(id, None))).await);
        let named = differences(&honest, &sent(&mock, "sipgate", Some(order(id, first))).await);
        assert_eq!(unnamed, named, "{id}");
    }
}

/// What does not fit the message is told in the response's place, an unknown word at once.
#[tokio::test]
async fn ways_that_do_not_fit_say_so() {
    let mock = frozen("sipgate", "response").await;
    let wrong = json!({"faults": [{"id": "subj-recipient-case", "variant": "hots"}]});
    let page = mock.try_control("POST", "/faults", wrong).await;
    assert_eq!(page.status, 400);
    let expected =
        "the fault `subj-recipient-case` has no variant `hots`: expected `path`, `slash`, `host`, `port`";
    assert_eq!(
        serde_json::from_str::<Value>(&page.body).unwrap()["error"],
        expected
    );
    for (fault, message) in [
        (
            order("subj-recipient-case", Some("port")),
            "the response has no Recipient at the default port.",
        ),
        (
            order("nid-homoglyph", Some("kelvin")),
            "the response already has `B.Simon@contoso.onmicrosoft.com`.",
        ),
        (
            order("env-assertion-plus-encrypted", None),
            "the assertion is not encrypted: give the application an active certificate for token encryption, then the \
             fault `env-assertion-plus-encrypted` can act.",
        ),
        (
            json!({"id": "subj-inresponseto-mismatch", "value": "_request"}),
            "the response already has `_request`.",
        ),
    ] {
        let armed = mock.control("POST", "/faults", json!({"faults": [fault]})).await;
        let app = mock.app("sipgate");
        let mut agent = mock.agent();
        let page = agent.get(&redirect(&app, &request(&app))).await;
        let page = agent.sign_in(page, "B.Simon").await;
        assert_eq!(page.status, 409, "{fault}");
        assert_eq!(
            page.select("main p"),
            [format!(
                "The armed fault could not be applied: {message} {}",
                stays_armed(&armed)
            )]
        );
        mock.control("DELETE", "/faults", json!(null)).await;
    }
}

/// Others than B.Simon at sipgate have what these need.
#[tokio::test]
async fn a_name_with_a_k_has_the_sign_of_the_kelvin() {
    let mock = frozen("sipgate", "assertion").await;
    mock.control(
        "POST",
        "/faults",
        json!({"faults": [order("nid-homoglyph", Some("kelvin"))]}),
    )
    .await;
    let app = mock.app("sipgate");
    let mut agent = mock.agent();
    let page = agent.get(&redirect(&app, &request(&app))).await;
    let xml = agent.sign_in(page, "A.Nowak").await.delivered().xml;
    assert!(
        xml.contains(">A.Nowa\u{212a}@contoso.onmicrosoft.com</NameID>"),
        "{xml}"
    );
}

/// The request that a scenario names is the one that is answered.
#[tokio::test]
async fn a_request_can_be_named() {
    let mock = frozen("sipgate", "assertion").await;
    for (id, places) in [("env-inresponseto-unknown", 2), ("subj-inresponseto-mismatch", 1)] {
        let xml = sent(&mock, "sipgate", Some(json!({"id": id, "value": "_other"}))).await;
        assert_eq!(xml.matches("InResponseTo=\"_other\"").count(), places, "{id}");
        assert_eq!(
            xml.matches("InResponseTo=\"_request\"").count(),
            2 - places,
            "{id}"
        );
    }
}
