//! The four published set-up guides, followed word by word, and the illustrated walk-throughs that come of it.
//!
//! `guides/*.toml` has every step of each guide, by the guide's own numbers and labels. One test holds the data against the
//! guides, where they are at hand; one has `guides.mjs` do all of it in Chromium, against a fresh `entrant serve` per guide;
//! one writes `docs/guides` from the same data.

mod published;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::PoisonError;

use serde_json::{Value, json};

use crate::harness::{Served, root};
use crate::{BROWSER, is_installed};

/// The guides, by the names of their files.
const GUIDES: &[&str] = &["upsales", "upwork-enterprise", "iomete", "sipgate"];

/// Bytes of all pictures of the docs together.
const PICTURES_MAX: u64 = 4 * 1024 * 1024;

fn data(name: &str) -> Value {
    let path = root().join(format!("tests/browser/guides/{name}.toml"));
    let text = std::fs::read_to_string(path).unwrap();
    let table: toml::Table = text
        .parse()
        .unwrap_or_else(|error| panic!("{name}.toml: {error}"));
    serde_json::to_value(table).unwrap()
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value[key].as_array().into_iter().flatten()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn is_regenerating() -> bool {
    std::env::var_os("ENTRANT_REGENERATE").is_some()
}

fn pictures() -> PathBuf {
    root().join("docs/guides/images")
}

/// Every numbered step of a guide is in the data under its own heading and number, with every label that the guide sets
/// off; and nothing else claims to be a step of it.
#[test]
fn every_step_of_the_published_guides_is_followed() {
    let folder = root().join("../shared/guides");
    if !folder.is_dir() {
        eprintln!("skipped: the published guides are not at {}", folder.display());
        return;
    }
    for name in GUIDES {
        let data = data(name);
        let published = published::steps(&folder, text(&data, "guide"));
        let followed: Vec<_> = list(&data, "section")
            .flat_map(|section| list(section, "step").map(move |step| (text(section, "title"), step)))
            .collect();
        let numbers = |step: &published::Step| format!("{}, {}", step.section, step.number);
        let published_numbers: Vec<_> = published.iter().map(numbers).collect();
        let followed_numbers: Vec<_> = followed
            .iter()
            .map(|(section, step)| format!("{section}, {}", text(step, "number")))
            .collect();
        assert!(
            published_numbers.len() > 10,
            "{name}: the guide was not understood"
        );
        assert_eq!(
            followed_numbers, published_numbers,
            "left: {name}.toml, right: the guide"
        );
        for (step, (_, followed)) in published.iter().zip(&followed) {
            let words = followed.to_string();
            for label in &step.labels {
                assert!(
                    words.contains(label.as_str()),
                    "{name}: {} does not speak of “{label}”",
                    numbers(step)
                );
            }
        }
    }
}

/// Chromium does every step of every guide, and what ought to work afterwards.
#[test]
fn a_person_follows_the_guides_word_by_word() {
    if !is_installed() {
        return;
    }
    let _browser = BROWSER.lock().unwrap_or_else(PoisonError::into_inner);
    let outcomes = if is_regenerating() {
        std::fs::create_dir_all(pictures()).unwrap();
        for entry in std::fs::read_dir(pictures()).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
        // The pictures show the addresses that a reader has.
        GUIDES
            .iter()
            .map(|name| {
                follow(vec![(
                    name,
                    Served::start_at("127.0.0.1:8080", "127.0.0.1:8081", &[]),
                )])
            })
            .collect()
    } else {
        vec![follow(
            GUIDES.iter().map(|name| (name, Served::start(&[]))).collect(),
        )]
    };
    let all = |key| {
        outcomes
            .iter()
            .flat_map(|outcome| list(outcome, key))
            .collect::<Vec<_>>()
    };
    let failures: Vec<_> = all("failures").into_iter().filter_map(Value::as_str).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    let problems = all("problems");
    assert!(problems.is_empty(), "accessibility: {problems:#?}");
    let kinds: u64 = outcomes
        .iter()
        .filter_map(|outcome| outcome["kinds"].as_u64())
        .sum();
    assert!(kinds > 30, "only {kinds} kinds of pages were looked at");
}

/// Runs `guides.mjs`, which has a browser of its own.
fn follow(guides: Vec<(&&str, Served)>) -> Value {
    let order = json!({
        "screenshots": root().join("target/screenshots"),
        "pictures": is_regenerating().then(pictures),
        "guides": guides.iter().map(|(name, served)| json!({"name": name, "ready": served.ready, "data": data(name)})).collect::<Vec<_>>(),
    });
    let mut node = Command::new("node")
        .arg(root().join("tests/browser/guides.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    node.stdin
        .take()
        .unwrap()
        .write_all(order.to_string().as_bytes())
        .unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "guides.mjs ended with {}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The walk-throughs say what the data says, and every picture that they show is there.
#[test]
fn the_walk_throughs_are_those_of_the_data() {
    let mut shown = BTreeSet::new();
    for name in GUIDES {
        let data = data(name);
        shown.extend(all_steps(&data).flat_map(|step| {
            list(step, "do").filter_map(|action| Some(format!("{name}-{}.png", action["picture"].as_str()?)))
        }));
        let walk_through = walk_through(name, &data);
        let path = root().join(format!("docs/guides/{name}.md"));
        if is_regenerating() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, walk_through).unwrap();
        } else {
            let found = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                found == walk_through,
                "docs/guides/{name}.md is not what the data says: run `just walk-throughs`"
            );
        }
    }
    if is_regenerating() {
        // The run makes the pictures anew at this moment.
        return;
    }
    let mut there = BTreeSet::new();
    let mut bytes = 0;
    for entry in std::fs::read_dir(pictures()).unwrap() {
        let entry = entry.unwrap();
        bytes += entry.metadata().unwrap().len();
        there.insert(entry.file_name().into_string().unwrap());
    }
    assert_eq!(
        there, shown,
        "left: docs/guides/images, right: the pictures of the data; `just walk-throughs` makes them"
    );
    assert!(bytes < PICTURES_MAX, "the pictures have {bytes} bytes");
}

/// Every step in its order, those before and after the guide's own too.
fn all_steps(data: &Value) -> impl Iterator<Item = &Value> {
    let own = list(data, "section").flat_map(|section| list(section, "step"));
    list(data, "before").chain(own).chain(list(data, "after"))
}

fn walk_through(name: &str, data: &Value) -> String {
    let mut out = format!(
        "# {}, step by step\n\n<!-- Generated from tests/browser/guides/{name}.toml by `just walk-throughs`; a test keeps it true. -->\n\n\
         The published guide, followed in the tenant Fabrikam of `entrant serve`. Numbers and labels are the guide's; what stands in \
         italics is ours. The start page tells which addresses to use instead of the guide's. A test does all of this in Chromium, \
         and has made the pictures.\n",
        text(data, "title")
    );
    let free = |out: &mut String, heading: &str, key: &str| {
        for (index, step) in list(data, key).enumerate() {
            if index == 0 {
                let _ = write!(out, "\n## {heading}\n");
            }
            show(out, name, "*", step);
        }
    };
    free(&mut out, "Before", "before");
    for section in list(data, "section") {
        let _ = write!(out, "\n## {}\n", text(section, "title"));
        for step in list(section, "step") {
            show(&mut out, name, &format!("**{}.**", text(step, "number")), step);
        }
    }
    free(&mut out, "Then", "after");
    out
}

/// A step: its number, what it says, what is ours to say of it, and its pictures.
fn show(out: &mut String, name: &str, number: &str, step: &Value) {
    let _ = write!(out, "\n{number} {}", text(step, "says"));
    if !text(step, "note").is_empty() {
        let _ = write!(out, " *{}*", text(step, "note"));
    }
    out.push('\n');
    for action in list(step, "do").filter(|action| action["picture"].is_string()) {
        let _ = write!(
            out,
            "\n![{}](images/{name}-{}.png)\n",
            text(action, "says"),
            text(action, "picture")
        );
    }
}
