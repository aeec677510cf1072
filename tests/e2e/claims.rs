//! `entrant claims test`: with a tenant file, the embedded tenant, and a mock that runs.

use serde_json::Value;

use crate::harness::{Served, entrant, run, stderr, stdout};

const TENANT: &str = r#"
[tenant]
display_name = "Tailspin"
domains = ["tailspin.onmicrosoft.com"]
[[user]]
user_principal_name = "J.Doe@tailspin.onmicrosoft.com"
mail = "j.doe@tailspin.example"
[[app]]
name = "Only"
assignment_required = false
claims = [{ name = "alias", transform = { function = "ExtractMailPrefix", input = "user.mail" } }]
"#;

#[test]
fn a_users_claims_are_told_with_why() {
    let output = run(&["claims", "test", "--app", "Upsales", "--user", "B.Simon"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    let line = |part: &str| {
        let found = text.lines().find(|line| line.contains(part));
        found.unwrap_or_else(|| panic!("no {part} in {text}")).to_owned()
    };
    assert_eq!(
        text.lines().next(),
        Some("B.Simon@contoso.onmicrosoft.com at Upsales")
    );
    let name_id = line("source user.mail");
    assert!(
        name_id.trim_start().starts_with("b.simon@contoso.com "),
        "{name_id}"
    );
    // Aligned, and without colours, since nobody looks at a terminal.
    assert_eq!(
        name_id.find("source "),
        line("source user.givenname").find("default claim")
    );
    assert!(!text.contains('\x1b'));
}

#[test]
fn a_tenant_file_is_tested_before_it_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tenant.toml");
    std::fs::write(&file, TENANT).unwrap();
    let file = file.to_str().unwrap();
    let output = run(&["claims", "test", "--tenant", file, "--user", "J.Doe", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let attributes = answer["attributes"].as_array().unwrap();
    let alias = attributes.iter().find(|claim| claim["name"] == "alias").unwrap();
    assert_eq!(alias["values"], serde_json::json!(["j.doe"]));
    assert_eq!(alias["origin"]["transform"]["function"], "ExtractMailPrefix");
    std::fs::write(file, TENANT.replace("user.mail\"", "user.mial\"")).unwrap();
    let output = run(&["claims", "test", "--tenant", file, "--user", "J.Doe"]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(
        told.contains("tenant.toml:11:") && told.contains("did you mean `user.mail`?"),
        "{told}"
    );
}

#[test]
fn exit_codes() {
    let transform = r#"{ function = "Extract", input = "user.mail", after = "Finance_" }"#;
    for (arguments, code, expected) in [
        (
            vec!["--app", "Upsales", "--user", "A.Nowak"],
            1,
            "stopped: AADSTS501241: Mandatory Input 'mail' missing",
        ),
        (
            vec!["--transform", transform, "--value", "user.mail=Finance_BSimon"],
            0,
            "output     BSimon",
        ),
        (
            vec!["--transform", transform, "--value", "user.mail=BSimon"],
            0,
            "Extract()  -       the input does not match",
        ),
        (
            vec!["--transform", "{ function = \"Extrct\" }"],
            2,
            "did you mean `Extract`?",
        ),
        (vec!["--transform", "function"], 2, "expected a TOML inline table"),
        (
            vec!["--transform", transform, "--value", "user.mail"],
            2,
            "expected SOURCE=VALUE",
        ),
        (
            vec!["--app", "Upsals", "--user", "A.Nowak"],
            2,
            "did you mean `Upsales`?",
        ),
        (
            vec!["--user", "A.Nowak", "--url", "http://127.0.0.1:1"],
            2,
            "does not answer",
        ),
        (
            vec!["--user", "A.Nowak", "--tenant", "/nowhere.toml"],
            2,
            "cannot read the tenant file /nowhere.toml",
        ),
        (vec![], 2, "--user <USER>"),
    ] {
        let output = run(&[vec!["claims", "test"], arguments.clone()].concat());
        let text = stdout(&output) + &stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(expected), "{arguments:?}: {text}");
    }
}

/// The tenant as it is now, which need not be a file's; variables stand for flags.
#[test]
fn a_mock_that_runs_is_asked() {
    let served = Served::start(&["--no-sp"]);
    let ask = |variables: &[(&str, &str)]| {
        let mut command = entrant(&["claims", "test", "--user", "B.Simon", "--app", "sipgate"]);
        command
            .env("ENTRANT_URL", served.text("/idp"))
            .envs(variables.iter().copied());
        command.output().unwrap()
    };
    for variables in [
        &[][..],
        &[("ENTRANT_TENANT", "contoso.com")],
        &[("ENTRANT_CONTROL_TOKEN", served.text("/token"))],
    ] {
        let output = ask(variables);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stdout(&output).starts_with("B.Simon@contoso.onmicrosoft.com at sipgate\n"));
    }
    for (variables, expected) in [
        (
            [("ENTRANT_TENANT", "fabrikam.onmicrosoft.com")],
            "there is no application `sipgate`",
        ),
        (
            [("ENTRANT_TENANT", "nobody.example")],
            "there is no tenant `nobody.example`",
        ),
        (
            [("ENTRANT_CONTROL_TOKEN", "wrong")],
            "the control token is missing or wrong",
        ),
    ] {
        let output = ask(&variables);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
}
