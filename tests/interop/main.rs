//! Real service providers, written elsewhere and started through `[run]` from their own metadata. Each is run in a few
//! variants, by the switches that its `start.sh` takes, and every scenario of a run is named with its end:
//!
//! - every Signing Option and algorithm that the SP takes, and the refusal of the others (entra-behaviour.md 3.4);
//! - requests that the SP signs, by redirect and where it can by HTTP-POST, with verification certificates (2.5);
//! - sign-out in both directions, with a key that the SP does not know as the negative (6);
//! - the rollovers of `scenarios/certificates`, with the SP's own way to read Entra's metadata again (5);
//! - token encryption with every algorithm, at an SP without the key and at one that demands it (3.7; 9, row 52);
//! - the bad responses of `scenarios/checks`.
//!
//! The ends are in `cases.rs`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../e2e/harness.rs"]
#[allow(dead_code, reason = "each test binary uses a part of the harness")]
mod harness;

mod cases;
mod real;

use std::path::{Path, PathBuf};

use cases::End::{Finding, Passes};
use cases::*;
use harness::{entrant, root, stderr, stdout};

/// One start of a rig.
struct Run<'a> {
    /// What it wants signed, in the words of `[supports]`.
    signed: &'a str,
    /// What its `start.sh` is told.
    switches: &'a [&'a str],
    /// What must come of it.
    cases: &'a [Cases],
}

#[test]
fn python3_saml() {
    let sha1 = &[("tests/interop/scenarios/sha1.toml", SIGNED_IN)];
    check(
        "python3-saml",
        &[
            run(
                "assertion",
                &["SIGN=sha256"],
                &[
                    SIGN_INS,
                    REFUSALS,
                    UNSOLICITED,
                    PYTHON3_SAML,
                    ROLLOVERS,
                    TRUSTS_ALL,
                    TRUSTS_ANY_KEY,
                    READS_NO_DATES,
                    ENCRYPTION,
                    FALLS_OVER_WRONG_KEYS,
                    TAKES_RSA_1_5,
                    REFUSES_OAEP_SHA256,
                    REFUSES_SHA1,
                    SIGNED_REQUESTS,
                    SIGN_OUTS,
                ],
            ),
            run(
                "response",
                &["SIGNED=response", "QUERY=lower-case"],
                &[WANTS_RESPONSE, SIGN_OUTS, ENCRYPTED_SIGNED_RESPONSE],
            ),
            run(
                "both",
                &["SIGNED=both", "SHA1=1", "SIGN=sha1", "QUERY=default"],
                &[WANTS_BOTH, sha1, SIGNED_REQUESTS_SHA1, SIGN_OUTS_REFUSED],
            ),
            run("assertion", &["ENCRYPTED=1"], &[DEMANDS_ENCRYPTION]),
            run("assertion", &["KEY=none"], &[FALLS_OVER_WITHOUT_KEY]),
        ],
    );
}

#[test]
fn passport_saml() {
    let rsa_1_5 = if node_decrypts_rsa_1_5() {
        TAKES_RSA_1_5
    } else {
        REFUSES_RSA_1_5
    };
    check(
        "passport-saml",
        &[
            run(
                "assertion",
                &["SIGN=sha256"],
                &[
                    SIGN_INS,
                    REFUSALS,
                    UNSOLICITED,
                    PASSPORT_SAML,
                    ROLLOVERS,
                    TRUSTS_ALL,
                    TRUSTS_ANY_KEY,
                    READS_NO_DATES,
                    ENCRYPTION,
                    WRONG_KEYS,
                    rsa_1_5,
                    REFUSES_OAEP_SHA256,
                    TAKES_SHA1,
                    SIGNED_REQUESTS,
                    SIGN_OUTS,
                ],
            ),
            run(
                "response",
                &[
                    "SIGNED=response",
                    "SIGN=sha256",
                    "AUTHN_POST=1",
                    "CERTIFICATES=first",
                ],
                &[
                    WANTS_RESPONSE,
                    SIGNED_REQUESTS,
                    TRUSTS_THE_FIRST,
                    ENCRYPTED_SIGNED_RESPONSE,
                ],
            ),
            run(
                "both",
                &["SIGNED=both", "SIGN=sha1", "CERTIFICATES=last", "KEY=none"],
                &[
                    WANTS_BOTH,
                    SIGNED_REQUESTS_SHA1,
                    SIGN_OUTS,
                    TRUSTS_THE_LAST,
                    HAS_NO_KEY,
                ],
            ),
        ],
    );
}

#[test]
fn ruby_saml() {
    let wants_assertion = &[("tests/interop/scenarios/only-the-response.toml", REFUSED)];
    check(
        "ruby-saml",
        &[
            run(
                "assertion",
                &["SIGN=sha256"],
                &[
                    SIGN_INS,
                    REFUSALS,
                    UNSOLICITED,
                    ROLLOVERS,
                    TRUSTS_ALL,
                    TRUSTS_ANY_KEY,
                    RUBY_SAML,
                    ENCRYPTION,
                    FALLS_OVER_WRONG_KEYS,
                    TAKES_RSA_1_5,
                    FALLS_OVER_OAEP_SHA256,
                    WANTS_ENCRYPTION,
                    TAKES_SHA1,
                    SIGNED_REQUESTS,
                    SIGN_OUTS,
                ],
            ),
            run(
                "response",
                &["SIGNED=response", "SIGN=sha256", "AUTHN_POST=1"],
                &[
                    TAKES_RESPONSE,
                    SIGNED_REQUESTS_WITH_KEY_INFO,
                    SIGN_OUTS,
                    ENCRYPTED_SIGNED_RESPONSE,
                ],
            ),
            run(
                "both",
                &["SIGN=sha1", "QUERY=default", "EXPIRY=1"],
                &[
                    wants_assertion,
                    SIGNED_REQUESTS_SHA1,
                    SIGN_OUTS_REFUSED,
                    RUBY_SAML_EXPIRY,
                ],
            ),
            run("assertion", &["KEY=none"], &[FALLS_OVER_WITHOUT_KEY]),
        ],
    );
}

#[test]
fn mellon() {
    let from_the_tile = &[("scenarios/encryption/activated.toml", SIGNED_IN)];
    let has_no_key = &[("tests/interop/scenarios/encrypted-without-a-key.toml", SIGNED_IN)];
    check(
        "mellon",
        &[
            run(
                "assertion",
                &[],
                &[
                    SIGN_INS,
                    REFUSALS,
                    TAKES_SHA1,
                    SIGNED_REQUESTS,
                    MELLON,
                    ROLLOVERS,
                    TRUSTS_ALL,
                    TRUSTS_ANY_KEY,
                    READS_NO_DATES,
                    ENCRYPTION,
                    from_the_tile,
                    WRONG_KEYS,
                    TAKES_RSA_1_5,
                    REFUSES_OAEP_SHA256,
                ],
            ),
            run(
                "response",
                &["AUTHN_POST=1"],
                &[
                    TAKES_RESPONSE,
                    SIGNED_REQUESTS_WITH_KEY_INFO,
                    ENCRYPTED_SIGNED_RESPONSE,
                ],
            ),
            run("assertion", &["SIGN=sha1"], &[SIGNED_REQUESTS_SHA1]),
            run("assertion", &["KEY=none"], &[has_no_key]),
        ],
    );
}

fn node_decrypts_rsa_1_5() -> bool {
    let script = "const { constants, generateKeyPairSync, privateDecrypt, publicEncrypt } = require('crypto'); \
         const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 }); \
         const padding = constants.RSA_PKCS1_PADDING; \
         privateDecrypt({ key: privateKey, padding }, publicEncrypt({ key: publicKey, padding }, Buffer.from('x')));";
    let ran = std::process::Command::new("node").args(["-e", script]).output();
    ran.is_ok_and(|ran| ran.status.success())
}

fn run<'a>(signed: &'a str, switches: &'a [&'a str], cases: &'a [Cases]) -> Run<'a> {
    Run {
        signed,
        switches,
        cases,
    }
}

/// Makes the runs of `rig`, if it is installed.
fn check(rig: &str, runs: &[Run<'_>]) {
    if is_installed(rig) {
        // One after another: a machine has few cores, and the rigs run side by side already.
        runs.iter().for_each(|run| run.check(rig));
    }
}

/// A file that tells that a rig is installed, absolute or in the folder of its `install.sh`.
const MARKS: &[(&str, &str)] = &[
    ("python3-saml", "venv/bin/python"),
    ("passport-saml", "node_modules"),
    ("ruby-saml", "installed"),
    ("mellon", "/usr/lib/apache2/modules/mod_auth_mellon.so"),
];

/// Whether `rig` is there, which it must be where every witness is demanded.
fn is_installed(rig: &str) -> bool {
    let (_, mark) = MARKS.iter().find(|(name, _)| *name == rig).unwrap();
    let cache = std::env::temp_dir().join("entrant-interop").join(rig);
    let found = cache.join(mark).exists();
    assert!(
        found || std::env::var("ENTRANT_REQUIRE_WITNESSES").as_deref() != Ok("1"),
        "{rig} is not installed, and ENTRANT_REQUIRE_WITNESSES demands it: run tests/interop/{rig}/install.sh"
    );
    if !found {
        eprintln!("skipped: {rig} is not installed (tests/interop/{rig}/install.sh)");
    }
    found
}

impl Run<'_> {
    fn check(&self, rig: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let sp = self.sp_file(rig, folder.path());
        let report = format!("json={}", path.display());
        let mut command = entrant(&["test", "--sp", sp.to_str().unwrap(), "--report", &report]);
        let cases: Vec<_> = self.cases.iter().copied().flatten().collect();
        let output = command
            .args(cases.iter().map(|(scenario, _)| root().join(scenario)))
            .env("TMPDIR", std::env::temp_dir())
            .output()
            .unwrap();
        let printed = format!(
            "{rig} {:?}\n{}{}",
            self.switches,
            stdout(&output),
            stderr(&output)
        );
        let findings = cases.iter().any(|(_, end)| matches!(end, Finding(_)));
        assert_eq!(output.status.code(), Some(i32::from(findings)), "{printed}");
        let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(report["subject"], rig);
        let scenarios = report["scenarios"].as_array().unwrap();
        assert_eq!(scenarios.len(), cases.len(), "{printed}");
        for (path, end) in cases {
            let scenario = scenarios
                .iter()
                .find(|scenario| scenario["path"].as_str().unwrap().ends_with(path))
                .unwrap_or_else(|| panic!("{path} in the report: {printed}"));
            let (verdict, outcome) = match end {
                Passes(outcome) => ("passed", outcome),
                Finding(outcome) => ("failed", outcome),
            };
            assert_eq!(scenario["verdict"], verdict, "{path}: {printed}");
            let steps = scenario["steps"].as_array().unwrap();
            let decides = steps.iter().find(|step| step["status"] != "passed");
            let seen = decides.or(steps.last()).unwrap()["evidence"]["outcome"]
                .as_str()
                .unwrap();
            assert!(seen.starts_with(outcome), "{path} ended {seen}: {printed}");
        }
    }

    /// The rig's SP file in `folder`, with this run's switches.
    fn sp_file(&self, rig: &str, folder: &Path) -> PathBuf {
        let here = root().join("tests/interop").join(rig);
        let mut text = std::fs::read_to_string(here.join("sp.toml")).unwrap();
        let switches: String = self
            .switches
            .iter()
            .map(|switch| format!(", {switch:?}"))
            .collect();
        for (from, to) in [
            (
                "\"{metadata_file}\", \"{port}\"",
                format!("\"{{metadata_file}}\", \"{{port}}\"{switches}"),
            ),
            (
                "signed        = \"assertion\"",
                format!("signed        = {:?}", self.signed),
            ),
        ] {
            assert_eq!(text.matches(from).count(), 1, "{from} in {rig}");
            text = text.replace(from, &to);
        }
        let path = folder.join("sp.toml");
        let text = text.replace("\"./", &format!("\"{}/", here.display()));
        std::fs::write(&path, text).unwrap();
        path
    }
}
