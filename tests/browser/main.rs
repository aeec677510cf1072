//! A person signs in through a real Chromium, by both ways, with the keyboard alone; and follows the published guides.
//!
//! Witness: Chromium, driven by playwright-core (`npm ci` in this folder). Screenshots of every page, at 1280 and at
//! 390 pixels, light and dark, are left in `target/screenshots`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../e2e/harness.rs"]
#[allow(dead_code, reason = "each test binary uses a part of the harness")]
mod harness;

mod guides;

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use harness::{Served, root};

/// Held by whoever drives a browser: two of them at once leave neither the servers nor the pages time to answer.
static BROWSER: Mutex<()> = Mutex::new(());

/// Chromium, unless `CHROMIUM` names another.
const CHROMIUM: &str = "/usr/bin/chromium";

/// Whether the browser and its driver are there; says so plainly where they are not.
fn is_installed() -> bool {
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| CHROMIUM.to_owned());
    let there =
        Path::new(&chromium).exists() && root().join("tests/browser/node_modules/playwright-core").is_dir();
    if !there {
        assert!(
            std::env::var("ENTRANT_REQUIRE_WITNESSES").as_deref() != Ok("1"),
            "Chromium or playwright-core is not installed, and ENTRANT_REQUIRE_WITNESSES demands them"
        );
        eprintln!(
            "skipped: Chromium (apt-get install chromium) or playwright-core (npm ci in tests/browser) is not installed"
        );
    }
    there
}

#[test]
fn a_person_signs_in_through_chromium_by_both_ways() {
    if !is_installed() {
        return;
    }
    let _browser = BROWSER.lock().unwrap_or_else(PoisonError::into_inner);
    let served = Served::start(&[]);
    let output = Command::new("node")
        .arg(root().join("tests/browser/sign-on.mjs"))
        .arg(&served.ready_file)
        .arg(root().join("target/screenshots"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}\n{said}",
        String::from_utf8_lossy(&output.stderr)
    );
    let outcome: serde_json::Value = serde_json::from_str(said.trim()).unwrap();
    for app in served.ready["tenants"][0]["apps"].as_array().unwrap() {
        for way in ["login", "launch"] {
            let seen = &outcome[format!("{} {way}", app["name"].as_str().unwrap())];
            let page = seen["page"].as_str().unwrap();
            let name_id = seen["whoami"]["name_id"].as_str().unwrap();
            assert!(name_id.to_lowercase().starts_with("b.simon@"), "{seen}");
            assert!(
                page.contains(name_id),
                "the SP's page does not show the NameID: {page}"
            );
            assert!(
                page.contains("http://schemas.microsoft.com/identity/claims/objectidentifier"),
                "{page}"
            );
        }
    }
    let cookies = outcome["stayed"]["cookies"].as_array().unwrap();
    assert!(
        !cookies.is_empty() && cookies.iter().all(|lives| *lives == true),
        "{cookies:?}"
    );
    let picked = outcome["picked"]["whoami"]["name_id"].as_str().unwrap();
    assert_eq!(
        picked, "b.simon@contoso.com",
        "the oldest account is the first tile"
    );
    for (name, heading) in [
        ("sign-in-wrong-password", "AADSTS50126"),
        ("sign-in-code", "Enter code"),
        ("sign-in-wrong-code", "AADSTS500121"),
        ("sign-in-picker", "Pick an account"),
        ("sign-in-other", "Email, phone, or Skype"),
        ("sign-in-certificate", "certificate"),
        ("sign-in-windows-hello", "Face, fingerprint, PIN or security key"),
        ("sign-in-windows", "Trying to sign you in"),
        ("sign-in-passcode", "Enter code"),
        ("sign-in-new-password", "Update your password"),
    ] {
        let page = outcome[name]["page"].as_str().unwrap();
        assert!(page.contains(heading), "{name}: {page}");
    }
    let claims = &outcome["claims"];
    assert_eq!(claims["result"], "smith", "{claims}");
    assert_eq!(
        claims["fields"],
        serde_json::json!({"Join": ["separator", "parameter"], "Substring": ["start", "length"]})
    );
    let joined = outcome["claims-transformation"]["page"].as_str().unwrap();
    assert!(joined.contains("joe_smith@contoso.com"), "{joined}");
    for name in ["signed-out-at-sp", "signed-out"] {
        let seen = &outcome[name];
        assert_eq!(seen["before"], serde_json::json!([200, 200]), "{name}: {seen}");
        assert_eq!(seen["after"], serde_json::json!([401, 401]), "{name}: {seen}");
    }
    for (name, heading) in [
        ("signed-out-at-sp", "You are signed out"),
        ("signed-out", "You signed out of your account"),
        ("no-access", "You don't have access to this"),
        ("lookup", "AADSTS50105"),
    ] {
        let page = outcome[name]["page"].as_str().unwrap();
        assert!(page.contains(heading), "{name}: {page}");
    }
    let pages = outcome.as_object().unwrap().iter();
    for (name, seen) in pages.filter(|(name, _)| !["stayed", "picked"].contains(&name.as_str())) {
        assert_eq!(seen["overflow"], false, "{name} scrolls sideways at 390 pixels");
        let page = seen["page"].as_str().unwrap();
        // The reference SP is nobody's double.
        let at_the_sp = ["reference-sp", "signed-out-at-sp"].contains(&name.as_str()) || name.contains(' ');
        assert!(at_the_sp || page.contains("not Microsoft"), "{name}: {page}");
    }
    assert!(
        outcome["error"]["page"]
            .as_str()
            .unwrap()
            .contains("AADSTS750054"),
        "{}",
        outcome["error"]
    );
}
