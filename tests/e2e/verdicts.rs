//! `entrant test`: verdicts, exit codes, selectors and reports.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::harness::{entrant, root, run, stderr, stdout};

/// Runs `entrant test` with a JSON report, and reads it.
fn test(arguments: &[&str], environment: &[(&str, &str)]) -> (Output, Value) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    let report = format!("json={}", path.display());
    let mut command = entrant(&["test", "--report", &report]);
    let output = command
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text =
        std::fs::read(&path).unwrap_or_else(|_| panic!("no report\n{}{}", stdout(&output), stderr(&output)));
    (output, serde_json::from_slice(&text).unwrap())
}

fn scenarios(report: &Value) -> &[Value] {
    report["scenarios"].as_array().unwrap()
}

#[test]
fn every_embedded_scenario_is_as_expected() {
    let folder = tempfile::tempdir().unwrap();
    let junit = folder.path().join("deep/report.xml");
    let junit_report = format!("junit={}", junit.display());
    let (output, report) = test(&["--allow-heavy", "--report", &junit_report], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(scenarios(&report).len() >= 40);
    for scenario in scenarios(&report) {
        assert_eq!(scenario["verdict"], "passed", "{scenario}");
    }
    let junit = std::fs::read(junit).unwrap();
    let document = saml_accept::xml::parse(&junit, &saml_accept::xml::Limits::default()).unwrap();
    assert_eq!(
        document.root().attribute("tests"),
        Some(scenarios(&report).len().to_string().as_str())
    );
    assert!(
        !stdout(&output).contains('\u{1b}'),
        "colour on what is no terminal"
    );
}

/// The checks that can be switched off, each with the scenarios that need it: the first rejections of contracts.md
/// section 8, that of the authentication context, and the rules of this SP.
const CHECKS: [(&str, &str); 14] = [
    ("status-not-success", "@checks"),
    ("signature-invalid", "@checks"),
    ("issuer-unknown", "@checks"),
    ("destination-mismatch", "@checks"),
    ("recipient-mismatch", "@checks"),
    ("audience-mismatch", "@checks"),
    ("outside-validity", "@checks"),
    ("in-response-to-unknown", "@checks"),
    ("unsolicited-not-allowed", "@checks"),
    ("authn-context-unmet", "@checks"),
    ("replayed", "@checks"),
    ("not-encrypted", "encryption/deactivated"),
    ("certificate-expired", "certificates/expired"),
    ("certificate-not-yet-valid", "certificates/not-yet-valid"),
];

/// The switch exists in builds with debug assertions only, and so does this test.
#[cfg(debug_assertions)]
#[test]
fn an_sp_without_one_check_turns_a_scenario_red() {
    for (check, scenarios_of_it) in CHECKS {
        let (output, report) = test(&[scenarios_of_it], &[("ENTRANT_SP_WITHOUT_CHECK", check)]);
        assert_eq!(
            output.status.code(),
            Some(1),
            "without {check}: {}",
            stdout(&output)
        );
        let red: Vec<_> = scenarios(&report)
            .iter()
            .filter(|scenario| scenario["verdict"] == "failed")
            .collect();
        let provokes = |scenario: &&&Value| {
            let path = root().join("scenarios").join(scenario["file"].as_str().unwrap());
            std::fs::read_to_string(path)
                .unwrap()
                .contains(&format!("rejection = \"{check}\""))
        };
        let named = red
            .iter()
            .find(provokes)
            .unwrap_or_else(|| panic!("without {check} only {red:?}"));
        let printed = stdout(&output);
        assert!(printed.contains(named["path"].as_str().unwrap()), "{printed}");
        assert!(
            printed.contains("expected") && printed.contains("actual"),
            "{printed}"
        );
    }
}

/// A scenario of many ways tells each of them, also after the first that ends otherwise.
#[cfg(debug_assertions)]
#[test]
fn every_way_of_a_scenario_is_told_when_one_ends_otherwise() {
    let (output, report) = test(
        &["attacks/audiences"],
        &[("ENTRANT_SP_WITHOUT_CHECK", "audience-mismatch")],
    );
    assert_eq!(output.status.code(), Some(1));
    let scenario = &scenarios(&report)[0];
    assert_eq!(scenario["verdict"], "failed");
    let steps = scenario["steps"].as_array().unwrap();
    let ended: Vec<_> = steps
        .iter()
        .map(|step| step["status"].as_str().unwrap())
        .collect();
    assert_eq!(ended, ["failed", "failed", "failed", "passed"]);
    let printed = stdout(&output);
    for way in ["host", "case", "slash"] {
        let title = format!("cond-audience-prefix (variant = {way})");
        assert!(printed.contains(&title), "{title} not in {printed}");
    }
}

#[test]
fn an_unknown_check_cannot_be_switched_off() {
    let output = entrant(&["test", "@checks"])
        .env("ENTRANT_SP_WITHOUT_CHECK", "signatur-invalid")
        .output()
        .unwrap();
    if cfg!(debug_assertions) {
        assert_eq!(output.status.code(), Some(2));
        let known = CHECKS.map(|(check, _)| check).join(", ");
        assert!(stderr(&output).contains(&known), "{}", stderr(&output));
    } else {
        assert_eq!(
            output.status.code(),
            Some(0),
            "a release build knows no such variable"
        );
    }
}

#[test]
fn selectors_filter_by_path_and_tag_and_nothing_is_exit_4() {
    let listed = |selectors: &[&str]| {
        let output = run(&[&["test", "--list"], selectors].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
            .lines()
            .map(|line| line.split_whitespace().next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(listed(&[]).len() >= 40);
    assert_eq!(
        listed(&["guides/iomete"]),
        [
            "guides/iomete/idp-initiated.toml",
            "guides/iomete/sp-initiated.toml"
        ]
    );
    assert!(
        listed(&["@checks"])
            .iter()
            .all(|path| path.starts_with("checks/"))
    );
    for nothing in ["no-such-scenario", "@no-such-tag"] {
        let output = run(&["test", nothing]);
        assert_eq!(output.status.code(), Some(4));
        assert!(stderr(&output).contains(nothing), "{}", stderr(&output));
    }
}

#[test]
fn files_are_loaded_instead_and_every_error_of_a_file_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let missing = run(&["test", "nowhere.toml"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("nowhere.toml"), "{}", stderr(&missing));

    let path = folder.path().join("wrong.toml");
    std::fs::write(
        &path,
        "title = \"t\"\norigin = \"o\"\napp = \"Upsales\"\n\n[[step]]\nsign_inn = { user = \"B.Simon\" }\n\n[[step]]\nsign_in = { user = \"B.Simon\", start = \"idpp\" }\nexpect = { outcome = \"signed-on\" }\n",
    )
    .unwrap();
    let output = run(&["test", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let message = stderr(&output);
    for expected in [
        "wrong.toml:6:1",
        "`sign_in`",
        "wrong.toml:9:",
        "`idp`",
        "wrong.toml:10:",
        "`signed-in`",
    ] {
        assert!(message.contains(expected), "{expected}\nnot in\n{message}");
    }
}

#[test]
fn an_unmet_expectation_is_exit_1_with_both_sides_and_the_way_to_run_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("unmet.toml");
    std::fs::write(
        &path,
        "title = \"t\"\norigin = \"o\"\napp = \"Upsales\"\n\n[[step]]\nsign_in = { user = \"B.Simon\" }\nexpect = { outcome = \"signed-in\", name_id = \"somebody@contoso.com\" }\n",
    )
    .unwrap();
    let (output, report) = test(&[path.to_str().unwrap()], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        report["scenarios"][0]["steps"][0]["mismatches"][0],
        serde_json::json!({"what": "name_id", "expected": "somebody@contoso.com", "actual": "b.simon@contoso.com"})
    );
    let printed = stdout(&output);
    for expected in [
        "somebody@contoso.com",
        "b.simon@contoso.com",
        &format!("entrant test {}", path.display()),
    ] {
        assert!(printed.contains(expected), "{expected}\nnot in\n{printed}");
    }
}

#[test]
fn a_wrong_account_turns_a_scenario_red_and_both_are_told() {
    let (same, other) = ("same_account_as = 2", "other_account_than = 2");
    for (scenario, from, to) in [
        ("renamed-by-name-id", other, same),
        ("renamed-by-object-id", same, other),
    ] {
        let path = root().join(format!("scenarios/life-cycle/{scenario}.toml"));
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains(from), "{text}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("swapped.toml");
        std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
        let (output, report) = test(&[file.to_str().unwrap()], &[]);
        assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
        let steps = scenarios(&report)[0]["steps"].as_array().unwrap();
        let account = |step: usize| steps[step - 1]["evidence"]["account_id"].as_str().unwrap();
        assert_eq!(account(2) == account(4), from == same, "{steps:?}");
        let mismatch = &steps[3]["mismatches"][0];
        assert_eq!(mismatch["what"], to.split(' ').next().unwrap());
        assert!(
            mismatch["expected"].as_str().unwrap().contains(account(2)),
            "{mismatch}"
        );
        assert!(
            mismatch["actual"].as_str().unwrap().contains(account(4)),
            "{mismatch}"
        );
    }
}

#[test]
fn an_sp_that_is_not_there_is_inconclusive_and_nothing_is_attempted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sp.toml");
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let text = format!(
        "name = \"absent\"\nentity_id = \"urn:absent\"\nreply_url = \"http://127.0.0.1:{port}/acs\"\nsign_on_url = \"http://127.0.0.1:{port}/login\"\n\n\
         [whoami]\nurl = \"http://127.0.0.1:{port}/me\"\nidentity = \"json:/mail\"\nmatch = \"mail\"\nsigned_out = {{ status = 401 }}\n"
    );
    std::fs::write(&path, text).unwrap();
    let (output, report) = test(&["--sp", path.to_str().unwrap(), "guides/upsales"], &[]);
    assert_eq!(output.status.code(), Some(3), "{}", stdout(&output));
    for scenario in scenarios(&report) {
        assert_eq!(scenario["verdict"], "inconclusive", "{scenario}");
        assert_eq!(scenario["steps"].as_array().map_or(0, Vec::len), 0, "{scenario}");
    }
}

#[test]
fn a_wrong_report_or_sp_file_is_exit_2() {
    for (arguments, expected) in [
        (
            ["test", "--report", "html=x"],
            "expected `junit`, `json` or `sarif`",
        ),
        (["test", "--sp", "nowhere.toml"], "nowhere.toml"),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
    assert!(!Path::new("x").exists());
}

/// contracts.md section 3: children are ended whatever happens. CI cancels with SIGTERM.
#[test]
fn a_signal_ends_the_sp_that_was_started_and_keeps_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("started.fifo");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let sp = folder.path().join("sp.toml");
    let text = "name = \"sleeper\"\n[run]\nstart = [\"sh\", \"-c\", \"echo $$ > started.fifo; exec sleep 600\"]\n\
                ready = \"http://127.0.0.1:{port}/\"\n[whoami]\nurl = \"http://127.0.0.1:{port}/me\"\nidentity = \"json:/mail\"\nmatch = \"mail\"\n";
    std::fs::write(&sp, text).unwrap();
    let path = folder.path().join("report.json");
    let report = format!("json={}", path.display());
    let mut child = entrant(&[
        "test",
        "guides",
        "--sp",
        sp.to_str().unwrap(),
        "--report",
        &report,
    ])
    .spawn()
    .unwrap();
    // Blocks until the SP runs.
    let pid = std::fs::read_to_string(&fifo).unwrap();
    let signal = |signal: &str, pid: &str| {
        std::process::Command::new("kill")
            .args([signal, pid])
            .output()
            .unwrap()
            .status
            .success()
    };
    assert!(signal("-0", pid.trim()));
    assert!(signal("-TERM", &child.id().to_string()));
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(!signal("-0", pid.trim()), "the SP lives on");
    let report: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(report["subject"], "sleeper");
}

/// An SP that runs already must be able to know the mock beforehand.
#[test]
fn the_mock_listens_where_it_is_told_and_keeps_its_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let sp = folder.path().join("sp.toml");
    let text = "name = \"orders\"\nentity_id = \"urn:orders\"\nreply_url = \"http://127.0.0.1:1/acs\"\nsign_on_url = \"http://127.0.0.1:1/login\"\n\
                [whoami]\nurl = \"http://127.0.0.1:1/me\"\nidentity = \"json:/mail\"\nmatch = \"mail\"\n";
    std::fs::write(&sp, text).unwrap();
    let address = format!("127.0.0.1:{port}");
    let metadata = || {
        let output = run(&[
            "test",
            "guides",
            "--sp",
            sp.to_str().unwrap(),
            "--listen",
            &address,
        ]);
        let printed = stdout(&output);
        let found = printed
            .split_whitespace()
            .find(|word| word.contains("federationmetadata"))
            .map(ToOwned::to_owned);
        found.unwrap_or_else(|| panic!("no metadata address in {printed}"))
    };
    let first = metadata();
    assert!(first.starts_with(&format!("http://localhost:{port}/")), "{first}");
    assert_eq!(metadata(), first);
    let taken = std::net::TcpListener::bind(&address).unwrap();
    let output = run(&[
        "test",
        "guides",
        "--sp",
        sp.to_str().unwrap(),
        "--listen",
        &address,
    ]);
    drop(taken);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("`--listen 127.0.0.1:0`"),
        "{}",
        stderr(&output)
    );
}

/// What the reference SP cannot know is told before anything runs.
#[test]
fn an_unknown_application_is_told_with_its_place_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("typo.toml");
    let text = "title = \"t\"\norigin = \"o\"\napp = \"sipgat\"\n\n[[step]]\nsign_in = { user = \"B.Simon\" }\nexpect = { outcome = \"signed-in\" }\n";
    std::fs::write(&path, text).unwrap();
    let output = run(&["test", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    let message = stderr(&output);
    assert!(
        message.contains("typo.toml:3:") && message.contains("`sipgate`"),
        "{message}"
    );
}
