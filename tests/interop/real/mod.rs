//! What the real service providers do with the suites of failures and attacks: recorded, told on a page of the docs, and
//! checked in part by every run of the tests.
//!
//! `just real-sps` runs every suite at every one of them (`just real-sps mellon` at one), writes `records/*.toml` anew and the page from them. Without it a
//! run of the tests makes the core of the attacks again and compares with the records, and the page with what they say. Where
//! `ENTRANT_REPORTS` names a folder the JSON reports are left there, which have what was sent and seen, and those of an earlier
//! run are read instead.

mod page;
mod record;
mod rows;
mod words;

use std::path::{Path, PathBuf};

use record::{Profile, Record};

use crate::harness::{entrant, root, stderr};
use crate::is_installed;

/// The rigs, in the order of the page.
pub(crate) const RIGS: [&str; 4] = ["python3-saml", "passport-saml", "ruby-saml", "mellon"];

/// The suites of which the page tells.
const SUITES: [&str; 4] = ["conformance", "failures", "attacks", "smoke"];

/// The SP file of the first run, which takes every scenario that it can.
const FIRST: &str = "sp.toml";
/// The SP file of the second, which takes what the first cannot: the Signing Option response, and responses that nobody
/// asked for.
const SECOND: &str = "sp-response.toml";

/// The end of the path of a scenario that says another one once more, with two signatures.
const SIGNED_TWICE: &str = "/response-and-assertion";

/// Runs every suite at the rigs that `ENTRANT_REAL_SPS` names, or at all, and writes what came of it.
#[test]
fn record_what_real_service_providers_do() {
    let Ok(wanted) = std::env::var("ENTRANT_REAL_SPS") else {
        return;
    };
    // The keys are made once, and not by each.
    let warm = entrant(&["test", "@smoke"]).output().unwrap();
    assert!(warm.status.success(), "{}", stderr(&warm));
    let wanted = |rig: &&str| wanted == "all" || wanted.split_whitespace().any(|name| name == *rig);
    std::thread::scope(|threads| {
        for rig in RIGS.into_iter().filter(wanted) {
            threads.spawn(move || record(rig));
        }
    });
    page::write(&records());
}

fn record(rig: &str) {
    assert!(
        is_installed(rig),
        "{rig} is not installed: run tests/interop/{rig}/install.sh"
    );
    let suites: Vec<_> = SUITES.iter().map(|suite| format!("@{suite}")).collect();
    let plain = |sp_file| Run {
        sp_file,
        is_heavy: false,
    };
    let heavy = |sp_file| Run {
        sp_file,
        is_heavy: true,
    };
    let only = |paths: &[String]| -> Vec<String> { paths.iter().map(|path| selector(path)).collect() };
    let first = run(rig, &plain(FIRST), &suites);
    assert!(
        first.counts["all"].passed > 100,
        "{rig} does not work: {:?}",
        first.counts
    );
    let second = run(rig, &plain(SECOND), &only(&first.of_another_configuration()));
    let third = run(rig, &heavy(FIRST), &only(&first.of_heavy_faults()));
    let fourth = run(rig, &heavy(SECOND), &only(&third.of_another_configuration()));
    let record = Record {
        versions: versions(rig),
        profile: vec![first, second, third, fourth],
    };
    std::fs::write(record_path(rig), record.to_text()).unwrap();
}

#[test]
fn the_page_is_what_the_records_say() {
    page::check(&records());
}

#[test]
fn python3_saml_does_what_is_recorded() {
    check("python3-saml");
}

#[test]
fn passport_saml_does_what_is_recorded() {
    check("passport-saml");
}

#[test]
fn ruby_saml_does_what_is_recorded() {
    check("ruby-saml");
}

#[test]
fn mellon_does_what_is_recorded() {
    check("mellon");
}

/// Makes the core of the attacks again, and compares with what is recorded.
fn check(rig: &str) {
    if !is_installed(rig) {
        return;
    }
    let record = Record::read(rig);
    let core = scenarios_of("@core");
    let again = core.iter().filter(|path| !path.ends_with(SIGNED_TWICE));
    let mut selectors: Vec<_> = again.map(|path| selector(path)).collect();
    selectors.push("@smoke".to_owned());
    let how = Run {
        sp_file: FIRST,
        is_heavy: false,
    };
    let found = run(rig, &how, &selectors);
    let recorded = &record.profile[0];
    let mut unlike = Vec::new();
    for (path, ended) in &found.scenarios {
        let known = recorded.scenarios.get(path);
        if known != Some(ended) {
            unlike.push(format!("{path}\n  recorded {known:?}\n  found    {ended:?}"));
        }
    }
    for (reason, paths) in &found.skipped {
        let known = recorded.skipped.get(reason);
        let other = paths
            .iter()
            .filter(|path| known.is_none_or(|known| !known.contains(path)));
        unlike.extend(other.map(|path| format!("{path} is skipped: {reason}")));
    }
    let here = versions(rig);
    assert!(
        unlike.is_empty(),
        "{rig} does not do what is recorded: run `just real-sps`, look at the difference and say what it means\n{}\nrecorded \
         with {:?}, here {here:?}",
        unlike.join("\n"),
        record.versions
    );
    assert!(
        found.scenarios.len() > 40,
        "{rig} ran {} scenarios",
        found.scenarios.len()
    );
}

/// How scenarios are run.
struct Run {
    /// In the rig's folder.
    sp_file: &'static str,
    /// With `--allow-heavy`.
    is_heavy: bool,
}

/// Runs the scenarios that `selectors` name at `rig`. A report of an earlier run in the folder that `ENTRANT_REPORTS` names is read
/// instead, and else left there.
fn run(rig: &str, how: &Run, selectors: &[String]) -> Profile {
    let Run { sp_file, is_heavy } = *how;
    let folder = tempfile::tempdir().unwrap();
    let heavy = if is_heavy { "-heavy" } else { "" };
    let report = match std::env::var_os("ENTRANT_REPORTS") {
        Some(kept) => Path::new(&kept).join(format!("{rig}-{sp_file}{heavy}.json")),
        None => folder.path().join("report.json"),
    };
    if !report.exists() {
        let sp = rig_folder(rig).join(sp_file);
        let to = format!("json={}", report.display());
        let mut command = entrant(&["test", "--sp", sp.to_str().unwrap(), "--report", &to]);
        command.args(is_heavy.then_some("--allow-heavy")).args(selectors);
        let output = command.env("TMPDIR", std::env::temp_dir()).output().unwrap();
        let code = output.status.code();
        assert!(
            matches!(code, Some(0 | 1 | 3)),
            "{rig}: {code:?} {}",
            stderr(&output)
        );
    }
    let report = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
    Profile::of(sp_file, &report)
}

/// What selects the scenario at `path` alone: what ends in `.toml` would be a file.
fn selector(path: &str) -> String {
    path.strip_suffix("toml").unwrap_or(path).to_owned()
}

/// The paths of the scenarios that `selector` names.
fn scenarios_of(selector: &str) -> Vec<String> {
    let output = entrant(&["test", "--list", selector]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let paths = text.lines().filter_map(|line| line.split_whitespace().next());
    paths.map(ToOwned::to_owned).collect()
}

/// What is installed of `rig`, by name.
fn versions(rig: &str) -> Vec<(String, String)> {
    let output = std::process::Command::new(rig_folder(rig).join("versions.sh"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{rig}: {}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, version)| (name.to_owned(), version.to_owned()))
        .collect()
}

fn records() -> Vec<Record> {
    RIGS.iter().map(|rig| Record::read(rig)).collect()
}

fn rig_folder(rig: &str) -> PathBuf {
    root().join("tests/interop").join(rig)
}

fn record_path(rig: &str) -> PathBuf {
    folder().join("records").join(format!("{rig}.toml"))
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/interop"))
}
