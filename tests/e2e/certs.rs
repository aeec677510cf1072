//! `entrant certs`, against a mock that runs.

use std::path::Path;
use std::process::Output;

use openssl::x509::X509;

use crate::harness::{Served, entrant, run, stderr, stdout};

/// Runs `entrant certs` at the mock that is served; it must succeed.
fn certs(served: &Served, arguments: &[&str]) -> Vec<u8> {
    let output = try_certs(served, arguments);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{arguments:?}: {}",
        stderr(&output)
    );
    output.stdout
}

fn try_certs(served: &Served, arguments: &[&str]) -> Output {
    let url = served.text("/idp");
    run(&[&["certs"], arguments, &["--url", url]].concat())
}

/// Name, status and thumbprint of Upsales' certificates.
fn listed(served: &Served) -> Vec<(String, String, String)> {
    let json = certs(served, &["list", "--app", "upsales", "--json"]);
    let list: Vec<serde_json::Value> = serde_json::from_slice(&json).unwrap();
    let text = |entry: &serde_json::Value, key: &str| entry[key].as_str().unwrap().to_owned();
    list.iter()
        .map(|entry| {
            (
                text(entry, "name"),
                text(entry, "status"),
                text(entry, "thumbprint"),
            )
        })
        .collect()
}

fn names(served: &Served) -> Vec<(String, String)> {
    listed(served)
        .into_iter()
        .map(|(name, status, _)| (name, status))
        .collect()
}

fn named(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(name, status)| ((*name).to_owned(), (*status).to_owned()))
        .collect()
}

/// A rollover by hand, and an own certificate made by the `openssl` of this machine.
#[test]
fn an_administrator_rolls_over_by_command_line() {
    let served = Served::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    assert_eq!(names(&served), named(&[("current", "active")]));
    let table = certs(
        &served,
        &["new", "next", "--app", "Upsales", "--valid-for", "30d"],
    );
    let table = String::from_utf8(table).unwrap();
    assert!(
        table.starts_with("APP      NAME     STATUS    EXPIRES")
            && table.contains("Upsales  next     inactive"),
        "{table}"
    );
    certs(&served, &["activate", "next", "--app", "Upsales"]);
    certs(&served, &["delete", "current", "--app", "Upsales"]);
    assert_eq!(names(&served), named(&[("next", "active")]));

    make_pfx(folder.path());
    certs(
        &served,
        &[
            "import",
            "own",
            &path("own.pfx"),
            "--password",
            "secret",
            "--app",
            "Upsales",
        ],
    );
    assert_eq!(names(&served), named(&[("next", "active"), ("own", "inactive")]));
    let own = X509::from_pem(&std::fs::read(path("c.pem")).unwrap()).unwrap();
    let pem = certs(&served, &["export", "own", "--app", "Upsales"]);
    assert_eq!(
        X509::from_pem(&pem).unwrap().to_der().unwrap(),
        own.to_der().unwrap()
    );
    certs(
        &served,
        &[
            "export",
            "own",
            "--app",
            "Upsales",
            "--format",
            "raw",
            "--out",
            &path("own.cer"),
        ],
    );
    assert_eq!(std::fs::read(path("own.cer")).unwrap(), own.to_der().unwrap());
    let by_default = certs(&served, &["export", "--app", "Upsales", "--format", "raw"]);
    let digest = X509::from_der(&by_default)
        .unwrap()
        .digest(openssl::hash::MessageDigest::sha1())
        .unwrap();
    let thumbprint: String = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(listed(&served)[0].2, thumbprint, "the active one");
    let metadata = certs(&served, &["export", "--app", "Upsales", "--format", "metadata"]);
    assert!(String::from_utf8(metadata).unwrap().contains("IDPSSODescriptor"));

    let all = certs(&served, &["list", "--json"]);
    let all: Vec<serde_json::Value> = serde_json::from_slice(&all).unwrap();
    assert_eq!(all.len(), 5, "of every application");

    for (arguments, expected) in [
        (
            &["list", "--tenant", "nobody.test"][..],
            "there is no tenant `nobody.test`",
        ),
        (
            &["list", "--app", "Upsale"],
            "has no application `Upsale`; did you mean `Upsales`?",
        ),
        (
            &["activate", "own"],
            "which application? name one with --app: `Upsales`, `Upwork Enterprise`, `IOMETE`, `sipgate`",
        ),
        (
            &["activate", "owm", "--app", "Upsales"],
            "there is no certificate `owm` in this tenant; did you mean `own`?",
        ),
        (
            &["new", "next", "--app", "Upsales"],
            "has a certificate `next` already",
        ),
        (
            &["new", "x", "--app", "Upsales", "--key-bits", "512"],
            "512 is none of 1024, 2048 and 4096",
        ),
        (
            &["delete", "next", "--app", "Upsales"],
            "make another active first",
        ),
        (
            &["import", "x", &path("own.pfx"), "--app", "Upsales"],
            "the password is not that of the PFX file: it has one, so give it",
        ),
        (
            &["import", "x", &path("no.pfx"), "--app", "Upsales"],
            "the PFX file cannot be read",
        ),
        (
            &["export", "own", "--app", "Upsales", "--out", &path("own.cer")],
            "--force overwrites it",
        ),
        (
            &["export", "own", "--app", "Upsales", "--format", "der"],
            "one of `base64`, `raw`, `pem`, `metadata`, not as `der`",
        ),
        (
            &["list", "--tenant", "fabrikam.onmicrosoft.com", "--app", "x"],
            "has no application",
        ),
    ] {
        let output = try_certs(&served, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {}", stdout(&output));
        assert!(
            stderr(&output).contains(expected),
            "{expected}\nnot in\n{}",
            stderr(&output)
        );
    }
}

/// `own.pfx`, password `secret`, and its certificate `c.pem`, by the `openssl` of this machine.
fn make_pfx(folder: &Path) {
    let made = std::process::Command::new("sh")
        .args(["-c", "openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -subj /CN=sso.contoso.com -days 30 \
               && openssl pkcs12 -export -inkey k.pem -in c.pem -passout pass:secret -out own.pfx"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", stderr(&made));
}

/// A tenant file names its PFX file from its own folder, wherever the mock is started.
#[test]
fn a_tenant_file_brings_a_pfx_file_along() {
    let folder = tempfile::tempdir().unwrap();
    make_pfx(folder.path());
    let tenant = folder.path().join("tenant.toml");
    let text = "[tenant]\ndisplay_name = \"Own\"\ndomains = [\"own.example\"]\n[[app]]\nname = \"Orders\"\n\
                certificates = [{ name = \"own\", status = \"active\", pfx = \"own.pfx\", pfx_password = \"secret\" }]\n";
    std::fs::write(&tenant, text).unwrap();
    let served = Served::start(&["--no-sp", "--tenant", tenant.to_str().unwrap()]);
    let own = X509::from_pem(&std::fs::read(folder.path().join("c.pem")).unwrap()).unwrap();
    // The only application, its active certificate.
    let der = certs(&served, &["export", "--format", "raw"]);
    assert_eq!(der, own.to_der().unwrap());

    std::fs::write(&tenant, text.replace("\"secret\"", "\"wrong\"")).unwrap();
    let refused = run(&[
        "serve",
        "--no-sp",
        "--listen",
        "127.0.0.1:0",
        "--tenant",
        tenant.to_str().unwrap(),
    ]);
    assert_eq!(refused.status.code(), Some(2));
    let told = stderr(&refused);
    assert!(
        told.contains("certificate `own`") && told.contains("the password is not that of the PFX file"),
        "{told}"
    );
}

#[test]
fn without_a_mock_it_says_how_to_start_one() {
    let output = run(&["certs", "list", "--url", "http://127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(
        told.contains("start a mock with `entrant serve`") && told.contains("--url"),
        "{told}"
    );
    let output = entrant(&["certs", "list"])
        .env("ENTRANT_URL", "127.0.0.1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}

/// Where others reach the mock too, the token is demanded.
#[test]
fn the_control_token_is_sent_where_it_is_demanded() {
    let served = Served::start(&[
        "--no-sp",
        "--internal-url",
        "http://entra:8080",
        "--control-token",
        "secret",
    ]);
    let refused = try_certs(&served, &["list"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("--control-token"),
        "{}",
        stderr(&refused)
    );
    let wrong = try_certs(&served, &["list", "--control-token", "guessed"]);
    assert_eq!(wrong.status.code(), Some(2));
    certs(&served, &["list", "--control-token", "secret"]);
}
