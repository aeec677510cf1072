//! Real service providers, written elsewhere and started through `[run]` from their own metadata: they sign B.Simon
//! in and refuse the bad responses, and the report says so.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../e2e/harness.rs"]
#[allow(dead_code, reason = "each test binary uses a part of the harness")]
mod harness;

use harness::{entrant, root, stderr, stdout};

/// Whether a rig is installed; says so plainly where it is not. `mark` is a file that `install.sh` makes: absolute, or in
/// the folder where it puts things.
fn is_installed(rig: &str, mark: &str) -> bool {
    let cache = std::env::temp_dir().join("entrant-interop").join(rig);
    let there = cache.join(mark).exists();
    if !there {
        assert!(
            std::env::var("ENTRANT_REQUIRE_WITNESSES").as_deref() != Ok("1"),
            "{rig} is not installed, and ENTRANT_REQUIRE_WITNESSES demands it: run tests/interop/{rig}/install.sh"
        );
        eprintln!("skipped: {rig} is not installed (tests/interop/{rig}/install.sh)");
    }
    there
}

/// Drives `rig` through `accepted`, which must end signed in, and `refused`, which must be refused after a positive
/// control.
fn check(rig: &str, accepted: &[&str], refused: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    let sp = root().join("tests/interop").join(rig).join("sp.toml");
    let mut command = entrant(&[
        "test",
        "--sp",
        sp.to_str().unwrap(),
        "--report",
        &format!("json={}", path.display()),
    ]);
    // A selector that ends in `.toml` would be a file of the user's own.
    let selectors = accepted
        .iter()
        .chain(refused)
        .map(|path| path.trim_end_matches(".toml"));
    let output = command
        .args(selectors)
        .env("TMPDIR", std::env::temp_dir())
        .output()
        .unwrap();
    let printed = format!("{}{}", stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(0), "{printed}");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(report["subject"], rig);
    let scenarios = report["scenarios"].as_array().unwrap();
    assert_eq!(scenarios.len(), accepted.len() + refused.len(), "{printed}");
    for (paths, outcome) in [(accepted, "signed-in"), (refused, "refused")] {
        for path in paths {
            let scenario = scenarios
                .iter()
                .find(|scenario| scenario["path"] == *path)
                .unwrap();
            assert_eq!(scenario["verdict"], "passed", "{path}: {printed}");
            let last = scenario["steps"].as_array().unwrap().last().unwrap();
            assert_eq!(last["evidence"]["outcome"], outcome, "{path}: {last}");
        }
    }
}

/// What every strict library must refuse.
const REFUSED: [&str; 6] = [
    "checks/audience.toml",
    "checks/expired.toml",
    "checks/signature-foreign-key-own-certificate.toml",
    "checks/signature-none.toml",
    "checks/signature-tampered-name-id.toml",
    "checks/unsolicited.toml",
];

#[test]
fn python3_saml_signs_in_at_its_own_request_and_refuses_the_rest() {
    if is_installed("python3-saml", "venv/bin/python") {
        check(
            "python3-saml",
            &[
                "guides/upsales/sp-initiated.toml",
                "guides/upwork/sp-initiated.toml",
            ],
            &REFUSED,
        );
    }
}

#[test]
fn passport_saml_signs_in_at_its_own_request_and_refuses_the_rest() {
    if is_installed("passport-saml", "node_modules") {
        check(
            "passport-saml",
            &[
                "guides/upsales/sp-initiated.toml",
                "guides/upwork/sp-initiated.toml",
            ],
            &REFUSED,
        );
    }
}

#[test]
fn mellon_signs_in_by_both_ways_and_refuses_the_rest() {
    if is_installed("mellon", "/usr/lib/apache2/modules/mod_auth_mellon.so") {
        check(
            "mellon",
            &[
                "guides/upwork/sp-initiated.toml",
                "guides/upwork/idp-initiated.toml",
                "guides/sipgate/sp-initiated.toml",
            ],
            &REFUSED[..5],
        );
    }
}
