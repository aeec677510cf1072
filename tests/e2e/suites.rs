//! `entrant test`: suites, cases, findings, what an attack gained, and where attacks may go.

use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use crate::counting_sp;
use crate::harness::{entrant, run, stderr, stdout};

/// A folder with one scenario file, and where its reports go.
pub(crate) struct Suite {
    folder: tempfile::TempDir,
}

impl Suite {
    pub(crate) fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("suite.toml"), text).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs it with every kind of report.
    pub(crate) fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = entrant(&["test"]);
        for kind in ["json", "junit", "sarif"] {
            command.args(["--report", &format!("{kind}={}", self.path(kind).display())]);
        }
        let output = command
            .arg(self.path("suite.toml"))
            .args(arguments)
            .envs(environment.iter().copied())
            .output();
        output.unwrap()
    }

    pub(crate) fn report(&self, kind: &str) -> String {
        std::fs::read_to_string(self.path(kind)).unwrap()
    }

    pub(crate) fn json(&self, kind: &str) -> Value {
        serde_json::from_str(&self.report(kind)).unwrap()
    }
}

const HEAD: &str = "app = \"Upwork Enterprise\"\nuser = \"B.Simon\"\ntags = [\"attacks\"]\n";

#[test]
fn a_file_runs_once_for_each_case_and_signing_option() {
    let suite = Suite::new(&format!(
        "{HEAD}cases = [\"sig-none\", \"sig-keyinfo-absent\"]\nsigning = [\"assertion\", \"response\", \"response-and-assertion\"]\n\
         [[step]]\nsign_in = {{ fault = \"{{case}}\" }}\n"
    ));
    let output = suite.run(&[], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let report = suite.json("json");
    let scenarios = report["scenarios"].as_array().unwrap();
    assert_eq!(scenarios.len(), 6);
    for scenario in scenarios {
        let evidence = &scenario["steps"][0]["evidence"];
        let refused = scenario["cases"][0]["id"] == "sig-none";
        let outcome = if refused {
            "refused (signature-invalid)"
        } else {
            "signed-in"
        };
        assert_eq!(evidence["outcome"], outcome, "{scenario}");
        let gone = evidence["difference"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line.as_str().unwrap())
            .filter(|line| line.starts_with('-'))
            .collect::<String>();
        assert!(gone.contains("KeyInfo"), "{evidence}");
        assert!(gone.contains("SignatureValue") || !refused, "{evidence}");
        let signed_in = evidence["taken_for"].as_str();
        let expected = (!refused).then_some("B.Simon@contoso.onmicrosoft.com, who signed in");
        assert_eq!(signed_in, expected);
    }
    // What is printed as the way to run one again selects that one.
    let again = scenarios[1]["rerun"].as_str().unwrap();
    let again: Vec<_> = again.split(' ').skip(1).collect();
    let output = run(&again);
    assert!(
        stdout(&output).contains("1 scenario in") && stdout(&output).contains("suite/sig-none/response "),
        "{again:?}: {}",
        stdout(&output)
    );
}

#[test]
fn what_is_left_to_the_sp_is_a_finding_in_every_report() {
    let suite = Suite::new(&format!(
        "{HEAD}cases = [\"sig-none\", \"sig-keyinfo-absent\"]\n\
         [[step]]\nsign_in = {{ fault = \"{{case}}\" }}\nexpect = {{ outcome = \"either\" }}\n\
         [[step]]\nsign_in = {{ fault = \"{{case}}\" }}\nexpect = {{ outcome = \"safe\" }}\n"
    ));
    let output = suite.run(&[], &[]);
    let printed = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{printed}");
    assert!(
        printed.contains("2 passed, 0 failed, 0 inconclusive, 0 skipped, 2 findings"),
        "{printed}"
    );
    let found = ["refused (signature-invalid)", "signed-in"];
    let about = ["sig-none", "sig-keyinfo-absent"];
    let report = suite.json("json");
    assert_eq!(report["summary"]["findings"], 2);
    let (junit, sarif) = (suite.report("junit"), suite.json("sarif"));
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), found.len());
    for (index, finding) in found.iter().enumerate() {
        assert_eq!(report["scenarios"][index]["steps"][0]["finding"], *finding);
        let told = format!("finding: {}: {finding}, a matter of policy", about[index]);
        assert!(printed.contains(&format!("{told}\n")), "{printed}");
        assert!(
            junit.contains(&format!("<system-out>{told}</system-out>")),
            "{junit}"
        );
        assert_eq!(results[index]["level"], "note");
        assert!(
            results[index]["message"]["text"]
                .as_str()
                .unwrap()
                .contains(finding)
        );
    }
}

/// The switch exists in builds with debug assertions only, and so does this test.
#[cfg(debug_assertions)]
#[test]
fn an_attack_that_gets_in_is_told_with_whom_it_became() {
    let suite = Suite::new(&format!(
        "{HEAD}cases = [\"sig-tamper-nameid\"]\n[[step]]\nsign_in = {{ fault = \"{{case}}\" }}\n\
         [[step]]\nsign_in = {{}}\nexpect = {{ outcome = \"signed-in\" }}\n"
    ));
    let output = suite.run(&[], &[("ENTRANT_SP_WITHOUT_CHECK", "signature-invalid")]);
    let printed = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    let became = "the SP took the agent for U.Keller@contoso.onmicrosoft.com, whom the attack wanted to be";
    let sarif = suite.json("sarif");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(
        (&result["ruleId"], &result["level"]),
        (&"sig-tamper-nameid".into(), &"error".into())
    );
    assert!(
        result["message"]["text"].as_str().unwrap().contains(became),
        "{result}"
    );
    assert!(suite.report("junit").contains(became));
    for told in [
        became,
        ">U.Keller@contoso.onmicrosoft.com<",
        "why:    sig-tamper-nameid: DSig 3.2.1",
        "again:  entrant test ",
    ] {
        assert!(printed.contains(told), "{told} not in {printed}");
    }
}

#[test]
fn smoke_is_what_every_integration_starts_with() {
    let output = run(&["test", "@smoke"]);
    let printed = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{printed}");
    assert!(printed.contains("4 passed"), "{printed}");
    for part in ["sp-initiated", "idp-initiated", "tampered", "expired"] {
        assert!(printed.contains(part), "{part} not in {printed}");
    }
}

/// An SP that locks itself after a failure, or by chance, refuses the attack too; and one that takes whatever comes fails.
#[test]
fn a_refusal_counts_only_where_the_control_succeeds_before_and_afterwards() {
    let mail = "b.simon@contoso.com";
    let after =
        "refused, but afterwards the same sign-on without the deviation did not succeed either: refused";
    for (signs_in, verdict, reason) in [
        ((|number| number != 2) as fn(usize) -> bool, "passed", None),
        (
            |number| number < 2,
            "inconclusive",
            Some(format!("step 1: {after}")),
        ),
        (
            |_| false,
            "inconclusive",
            Some("step 1: the control did not sign in: refused".to_owned()),
        ),
        (|_| true, "failed", None),
    ] {
        let attack = Suite::new(&format!(
            "{HEAD}cases = [\"sig-none\"]\n[[step]]\nsign_in = {{ fault = \"{{case}}\", start = \"idp\" }}\n"
        ));
        let sp = attack.path("sp.toml");
        counting_sp::start(&sp, mail, signs_in);
        let output = attack.run(&["--sp", sp.to_str().unwrap(), "--listen", "127.0.0.1:0"], &[]);
        let report = attack.json("json");
        let scenario = &report["scenarios"][0];
        assert_eq!(
            scenario["verdict"],
            verdict,
            "{}{}",
            stdout(&output),
            stderr(&output)
        );
        assert_eq!(scenario["reason"].as_str().map(ToOwned::to_owned), reason);
        if verdict == "failed" {
            let evidence = &scenario["steps"][0]["evidence"];
            assert_eq!(
                evidence["taken_for"],
                "B.Simon@contoso.onmicrosoft.com, who signed in"
            );
        }
    }
}

#[test]
fn attacks_on_hosts_of_others_need_a_word() {
    let attack = Suite::new(&format!(
        "{HEAD}cases = [\"sig-none\"]\n[[step]]\nsign_in = {{ fault = \"{{case}}\" }}\n"
    ));
    let sp = attack.path("sp.toml");
    // Nobody is there (RFC 5737).
    std::fs::write(
        &sp,
        "name = \"sp\"\nentity_id = \"urn:sp\"\nreply_url = \"https://192.0.2.1/acs\"\nsign_on_url = \"http://127.0.0.1:9/login\"\n\
         [whoami]\nurl = \"http://127.0.0.1:9/me\"\nidentity = \"json:/mail\"\nmatch = \"mail\"\n",
    )
    .unwrap();
    let to_sp = ["--sp", sp.to_str().unwrap(), "--listen", "127.0.0.1:0"];
    let output = attack.run(&to_sp, &[]);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    let told = stderr(&output);
    assert!(
        told.contains("`reply_url` is at 192.0.2.1, which is neither loopback nor in a private range")
            && told.contains("`--allow-host 192.0.2.1`"),
        "{told}"
    );
    let output = attack.run(&[&to_sp[..], &["--allow-host", "192.0.2.1"]].concat(), &[]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let again = attack.json("json")["scenarios"][0]["rerun"].clone();
    assert!(
        again
            .as_str()
            .unwrap()
            .ends_with("/sp.toml --listen 127.0.0.1:0 --allow-host 192.0.2.1"),
        "{again}"
    );
    for wrong in ["http://192.0.2.1", "192.0.2.1:443", "*", "8.8.8.0/24"] {
        let output = attack.run(&[&to_sp[..], &["--allow-host", wrong]].concat(), &[]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(
            stderr(&output).contains("expected one host without scheme"),
            "{}",
            stderr(&output)
        );
    }
}
