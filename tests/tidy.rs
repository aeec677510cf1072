//! What a machine without taste can decide about this project: who uses whom, and what is never written.
//!
//! Every exception is a row of a table with its reason, and a row that excepts nothing any more fails.

#![allow(clippy::unwrap_used, reason = "helpers of tests, as in tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use entrant_tests::checkout;
use serde_json::Value;

/// Who uses whom, outside tests: all of it. A new edge is a decision, and its reason stands in ARCHITECTURE.md.
const EDGES: &[(&str, &[&str])] = &[
    ("certs", &[]),
    ("control-api", &[]),
    ("entrant", &["certs", "control-api", "mock-idp"]),
    (
        "entrant-cli",
        &["certs", "control-api", "entrant", "runner", "sp-under-test"],
    ),
    (
        "mock-idp",
        &["certs", "control-api", "saml-accept", "saml-emit", "saml-model"],
    ),
    ("runner", &["control-api", "saml-accept", "saml-model"]),
    ("saml-accept", &["saml-model"]),
    ("saml-emit", &["saml-model"]),
    ("saml-model", &[]),
    (
        "sp-under-test",
        &["certs", "control-api", "saml-accept", "saml-emit", "saml-model"],
    ),
];

/// Who never reaches whom, on whatever path, in tests neither.
const NEVER: &[(&str, &str)] = &[
    // What they shared would hide their mistakes from each other.
    ("saml-emit", "saml-accept"),
    ("saml-accept", "saml-emit"),
    // The two halves speak HTTP, and so does the driver to both.
    ("mock-idp", "sp-under-test"),
    ("sp-under-test", "mock-idp"),
    ("runner", "mock-idp"),
    ("runner", "sp-under-test"),
    ("runner", "saml-emit"),
    // The embeddable library is the mock and nothing else.
    ("entrant", "sp-under-test"),
    ("entrant", "runner"),
];

/// The files that may read the clock, one in each of the members that own one; what ends in `/` is a folder.
const CLOCKS: &[(&str, &str)] = &[
    (
        "crates/runner/src/",
        "the driver times its steps and meets real servers in real time",
    ),
    ("mock-idp/src/world.rs", "the tenants' clocks start from it"),
    (
        "sp-under-test/src/ambient.rs",
        "the accounts' clocks start from it",
    ),
];

/// The files that may read randomness, one in each of the members that own some; what ends in `/` is a folder.
const ENTROPY: &[(&str, &str)] = &[
    (
        "crates/entrant/src/lib.rs",
        "the control token of a mock that was given none",
    ),
    (
        "crates/runner/src/",
        "the driver's names for messages, tenants and flows decide nothing",
    ),
    ("mock-idp/src/world.rs", "identifiers and secrets"),
    ("sp-under-test/src/ambient.rs", "identifiers and secrets"),
];

/// Tests that wait by the clock although something could tell them when to go on.
const SLEEPS: &[(&str, &str)] = &[];

const READS_CLOCK: &[&str] = &[
    "Timestamp::now(",
    "Zoned::now(",
    "SystemTime::now(",
    "Instant::now(",
];
const READS_ENTROPY: &[&str] = &["rand_bytes(", "Uuid::new_v4", "Uuid::now_v7"];
// In two parts, so that this file does not contain them.
const SLEEPING: &[&str] = &[concat!("sle", "ep("), concat!("sleep_", "until(")];
const UNFINISHED: &[&str] = &[
    concat!("#[ign", "ore"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
];

/// What no tool of ours looks into.
const FOREIGN_FOLDERS: &[&str] = &["target", ".git", "node_modules", ".cache"];

#[test]
fn the_house_is_built_as_drawn() {
    let drawn: BTreeMap<_, BTreeSet<_>> = EDGES
        .iter()
        .map(|(from, to)| ((*from).to_owned(), to.iter().map(|to| (*to).to_owned()).collect()))
        .collect();
    let mut built = edges(|kind| kind.is_null());
    // The tests are where all rooms meet.
    built.remove("entrant-tests");
    assert_eq!(built, drawn, "left: Cargo.toml, right: EDGES");
}

#[test]
fn some_rooms_never_meet() {
    let edges = edges(|_| true);
    for (from, to) in NEVER {
        assert!(
            edges.contains_key(*from) && edges.contains_key(*to),
            "{from}, {to}"
        );
        assert!(!reached(&edges, from).contains(*to), "{from} reaches {to}");
    }
    for from in edges.keys() {
        assert!(
            !reached(&edges, from).contains("entrant-tests"),
            "{from} uses the tests"
        );
    }
}

/// design.md, section 3, "Independence": a fault may sign what no honest emitter would write.
#[test]
fn only_faults_borrow_the_canonicaliser() {
    for file in rust_files()
        .iter()
        .filter(|file| file.path.starts_with("mock-idp/src/"))
    {
        let borrows = file.code().any(|line| line.contains("c14n"));
        let in_faults = file.path.starts_with("mock-idp/src/faults");
        assert!(!borrows || in_faults, "{} canonicalises", file.path);
    }
}

#[test]
fn every_file_says_what_it_is() {
    for file in rust_files() {
        assert!(
            file.text.starts_with("//! "),
            "{} does not begin with a module doc",
            file.path
        );
    }
}

#[test]
fn nothing_is_unfinished() {
    for file in rust_files() {
        for word in UNFINISHED {
            assert!(
                !file.code().any(|line| line.contains(word)),
                "{word} in {}",
                file.path
            );
        }
    }
}

#[test]
fn tests_do_not_wait_by_the_clock() {
    let files = rust_files();
    let sleeps = files
        .iter()
        .filter(|file| contains_any(file.test_code(), SLEEPING));
    only_the_listed(sleeps, SLEEPS, "waits by the clock");
}

#[test]
fn time_and_randomness_come_in_at_one_place() {
    let files = rust_files();
    for (words, listed, what) in [
        (READS_CLOCK, CLOCKS, "reads the clock"),
        (READS_ENTROPY, ENTROPY, "reads randomness"),
    ] {
        let reads = files
            .iter()
            .filter(|file| contains_any(file.product_code(), words));
        only_the_listed(reads, listed, what);
        let members: BTreeSet<_> = listed
            .iter()
            .map(|(path, _)| path.split("/src/").next())
            .collect();
        assert_eq!(members.len(), listed.len(), "two files of one member: {what}");
    }
}

#[test]
fn no_private_key_is_committed() {
    for (path, bytes) in all_files() {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!holds_private_key(&text), "{path}");
    }
}

#[test]
fn a_private_key_would_be_found() {
    let key = openssl::rsa::Rsa::generate(1024).unwrap();
    let pem = String::from_utf8(key.private_key_to_pem().unwrap()).unwrap();
    assert!(holds_private_key(&pem));
    assert!(holds_private_key(&format!("key = {pem:?}")));
    let public = String::from_utf8(key.public_key_to_pem().unwrap()).unwrap();
    assert!(!holds_private_key(&public));
    assert!(!holds_private_key(pem.lines().next().unwrap()));
}

#[test]
fn there_is_one_library_for_time() {
    let lock = fs::read_to_string(checkout().join("Cargo.lock")).unwrap();
    assert!(lock.contains("name = \"jiff\"") && !lock.contains("name = \"chrono\""));
}

#[test]
fn every_member_takes_the_lints_of_the_workspace() {
    for package in packages() {
        let manifest = fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap();
        let lints = "\n[lints]\nworkspace = true\n";
        assert!(manifest.contains(lints), "{}", package["name"]);
    }
}

/// Exactly the listed files are found, each for a reason.
fn only_the_listed<'f>(found: impl Iterator<Item = &'f RustFile>, listed: &[(&str, &str)], what: &str) {
    let found: BTreeSet<_> = found.map(|file| file.path.as_str()).collect();
    let covers = |row: &str, path: &str| row == path || (row.ends_with('/') && path.starts_with(row));
    for path in &found {
        let is_listed = listed.iter().any(|(row, _)| covers(row, path));
        assert!(is_listed, "{path} {what}");
    }
    for (row, reason) in listed {
        let is_found = found.iter().any(|path| covers(row, path));
        assert!(is_found, "{row} is listed ({reason}), but no longer {what}");
    }
}

/// The members of the workspace as Cargo sees them.
fn packages() -> Vec<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(checkout())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// From every member to the members it depends on; Cargo's kind is null for what is not of tests or builds.
fn edges(take: impl Fn(&Value) -> bool) -> BTreeMap<String, BTreeSet<String>> {
    let packages = packages();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let members: BTreeSet<_> = packages.iter().map(name).collect();
    let used = |package: &Value| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let taken = dependencies.filter(|dependency| take(&dependency["kind"]));
        taken.map(name).filter(|name| members.contains(name)).collect()
    };
    packages
        .iter()
        .map(|package| (name(package), used(package)))
        .collect()
}

fn reached<'e>(edges: &'e BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<&'e str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = edges[from].iter().map(String::as_str).collect();
    while let Some(member) = next.pop() {
        if reached.insert(member) {
            next.extend(edges[member].iter().map(String::as_str));
        }
    }
    reached
}

/// A source file of this project, with its path in the checkout.
struct RustFile {
    path: String,
    text: String,
}

impl RustFile {
    /// All lines but comments.
    fn code(&self) -> impl Iterator<Item = &str> {
        code_of(&self.text)
    }

    fn product_code(&self) -> impl Iterator<Item = &str> {
        code_of(&self.text[..self.tests_begin()])
    }

    fn test_code(&self) -> impl Iterator<Item = &str> {
        code_of(&self.text[self.tests_begin()..])
    }

    /// Where the tests of the file begin: at its start if it is of tests only.
    fn tests_begin(&self) -> usize {
        let mut folders = self.path.split('/');
        if folders.any(|part| matches!(part, "tests" | "tests.rs" | "benches")) {
            return 0;
        }
        let inline = self.text.find("#[cfg(test)]\nmod tests {");
        inline.unwrap_or(self.text.len())
    }
}

fn code_of(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

fn contains_any<'l>(mut lines: impl Iterator<Item = &'l str>, words: &[&str]) -> bool {
    lines.any(|line| words.iter().any(|word| line.contains(word)))
}

fn rust_files() -> Vec<RustFile> {
    let files = all_files().into_iter();
    let rust = files.filter(|(path, _)| path.ends_with(".rs"));
    rust.map(|(path, bytes)| RustFile {
        path,
        text: String::from_utf8(bytes).unwrap(),
    })
    .collect()
}

/// Every file of the checkout that is ours, with its path in it.
fn all_files() -> Vec<(String, Vec<u8>)> {
    let root = checkout();
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    assert!(files.len() > 100, "{} files", files.len());
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() && !FOREIGN_FOLDERS.iter().any(|foreign| name == *foreign) {
            collect(root, &entry.path(), files);
        } else if kind.is_file() {
            let path = entry.path();
            let relative = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.push((relative, fs::read(path).unwrap()));
        }
    }
}

/// A PEM of a private key with its content, also inside a string literal; the bare words are no key.
fn holds_private_key(text: &str) -> bool {
    const LEAST_CONTENT: usize = 32;
    let between = |character: char| character.is_whitespace() || "\\n\"'".contains(character);
    text.split(concat!("PRIVATE KEY", "-----")).skip(1).any(|after| {
        let content = after.trim_start_matches(between).bytes();
        let base64 = content.take_while(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte));
        base64.count() >= LEAST_CONTENT
    })
}
