//! `entrant serve`: its ready file, its messages and its end.

use std::os::unix::fs::PermissionsExt as _;

use crate::browser::Browser;
use crate::harness::{Served, root, run, stderr};

#[test]
fn the_ready_file_names_everything_and_is_for_its_owner_only() {
    let served = Served::start(&[]);
    assert_eq!(
        std::fs::metadata(&served.ready_file)
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o600
    );
    assert_eq!(served.ready["schema"], 1);
    assert!(served.text("/idp").starts_with("http://localhost:"));
    assert!(served.text("/sp").starts_with("http://127.0.0.1:"));
    assert_eq!(served.text("/tenants/0/domain"), "contoso.onmicrosoft.com");
    assert_eq!(served.text("/tenants/1/domain"), "fabrikam.onmicrosoft.com");
    let names: Vec<_> = served.ready["tenants"][0]["apps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|app| app["name"].clone())
        .collect();
    assert_eq!(names, ["Upsales", "Upwork Enterprise", "IOMETE", "sipgate"]);
    assert_eq!(served.ready["tenants"][1]["apps"].as_array().unwrap().len(), 0);
    let ready_file = served.ready_file.clone();
    assert_eq!(served.signal("-TERM").code(), Some(0));
    assert!(!ready_file.exists(), "the ready file outlived the server");
}

/// The two requests of the README's section "Without pages", as they are written there.
#[tokio::test]
async fn the_readme_signs_in_without_pages() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let between = |start: &str, end: &str| {
        let (_, rest) = readme.split_once(start).unwrap();
        rest.split_once(end).unwrap().0.to_owned()
    };
    let header = between("curl -sL -H '", "'");
    let (path, body) = (between("\"$CONTROL", "\""), between("-d '", "'"));
    let served = Served::start(&[]);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let (name, value) = header.split_once(": ").unwrap();
    let launch = served.text("/tenants/0/apps/0/launch");
    let page = http.get(launch).header(name, value).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("name=\"SAMLResponse\""));
    let url = format!("{}{path}", served.text("/control"));
    let answer = http.post(url).body(body).send().await.unwrap();
    let answer: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(answer["upn"], "B.Simon@contoso.onmicrosoft.com", "{answer}");
    assert!(answer["response"]["saml_response"].is_string(), "{answer}");
}

#[tokio::test]
async fn every_guide_application_signs_b_simon_in_by_both_ways() {
    let served = Served::start(&[]);
    for app in served.ready["tenants"][0]["apps"].as_array().unwrap() {
        for way in ["login", "launch"] {
            let mut browser = Browser::new();
            let (status, page) = browser
                .sign_in(
                    app[way].as_str().unwrap(),
                    "B.Simon@contoso.onmicrosoft.com",
                    "entrant-demo",
                )
                .await;
            assert_eq!(status, 200, "{} {way}: {page}", app["name"]);
            let (status, who) = browser.get(app["whoami"].as_str().unwrap()).await;
            assert_eq!(status, 200, "{} {way}: {who}", app["name"]);
            let who: serde_json::Value = serde_json::from_str(&who).unwrap();
            assert_eq!(
                who["account"]["mail"]
                    .as_str()
                    .unwrap()
                    .to_lowercase()
                    .split('@')
                    .next(),
                Some("b.simon"),
                "{who}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_armed_and_never_used_is_told_at_the_end() {
    let served = Served::start(&["--no-sp"]);
    let faults = format!(
        "{}/tenants/{}/faults",
        served.text("/control"),
        served.text("/tenants/0/id")
    );
    let order = serde_json::json!({"app": "Upsales", "faults": [{"id": "xsw-3"}]});
    let answer = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = answer
        .post(faults)
        .header("content-type", "application/json")
        .body(order.to_string())
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success());
    assert_eq!(
        served.last_words(),
        "armed and never used: contoso.onmicrosoft.com: xsw-3, to Upsales of anybody\nended\n"
    );
}

#[tokio::test]
async fn accounts_and_links_survive_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = folder.path().join("accounts.sqlite");
    let state = folder.path().join("state");
    let arguments = [
        "--sp-accounts",
        accounts.to_str().unwrap(),
        "--state-dir",
        state.to_str().unwrap(),
    ];
    for expected in ["created", "unchanged"] {
        let served = Served::start(&arguments);
        let app = served.app("Upwork Enterprise").clone();
        let mut browser = Browser::new();
        browser
            .sign_in(
                app["launch"].as_str().unwrap(),
                "A.Nowak@contoso.onmicrosoft.com",
                "entrant-demo",
            )
            .await;
        let (_, who) = browser.get(app["whoami"].as_str().unwrap()).await;
        let who: serde_json::Value = serde_json::from_str(&who).unwrap();
        assert_eq!(who["account"]["change"], expected, "{who}");
        served.signal("-KILL");
    }
}

#[test]
fn a_second_start_makes_no_key() {
    let state = tempfile::tempdir().unwrap();
    let keys = state.path().join("keys");
    let arguments = ["--state-dir", state.path().to_str().unwrap()];
    let read = || -> Vec<(std::ffi::OsString, Vec<u8>)> {
        let mut files: Vec<_> = std::fs::read_dir(&keys).unwrap().map(Result::unwrap).collect();
        files.retain(|file| {
            file.path()
                .extension()
                .is_some_and(|extension| extension == "pem")
        });
        let mut files: Vec<_> = files
            .iter()
            .map(|file| (file.file_name(), std::fs::read(file.path()).unwrap()))
            .collect();
        files.sort();
        files
    };
    let pool = certs::KeyPool::open(Some(state.path()), certs::KeyPool::DEFAULT_SIZE).unwrap();
    (0..pool.len()).for_each(|slot| drop(pool.key(slot)));
    drop(pool);
    let before = read();
    assert_eq!(before.len(), certs::KeyPool::DEFAULT_SIZE);
    drop(Served::start(&arguments));
    assert_eq!(read(), before);
}

#[test]
fn a_taken_port_is_named_with_the_way_out() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (flag, other) in [("--listen", "--sp-listen"), ("--sp-listen", "--listen")] {
        let output = run(&["serve", flag, &address, other, "127.0.0.1:0"]);
        assert_eq!(output.status.code(), Some(2));
        let message = stderr(&output);
        assert!(
            message.contains(&format!("cannot listen on {address}")),
            "{message}"
        );
        assert!(message.contains(&format!("`{flag} 127.0.0.1:0`")), "{message}");
    }
}

#[test]
fn a_wrong_tenant_file_is_named_with_line_and_word() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.toml");
    let output = run(&["serve", "--tenant", missing.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("missing.toml"), "{}", stderr(&output));

    let wrong = folder.path().join("wrong.toml");
    std::fs::write(&wrong, "[tenant]\ndisplay_nam = \"x\"\ndomains = [\"x.onmicrosoft.com\"]\n\n[[app]]\nname = \"a\"\nsign_on_uri = \"\"\n").unwrap();
    let output = run(&["serve", "--tenant", wrong.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let message = stderr(&output);
    for expected in [
        "wrong.toml:2:1: unknown key `display_nam`: did you mean `display_name`?",
        "wrong.toml:7:1: unknown key `sign_on_uri`: did you mean `sign_on_url`?",
    ] {
        assert!(message.contains(expected), "{expected}\nnot in\n{message}");
    }
}

#[test]
fn an_unknown_flag_is_refused_with_the_nearest_one() {
    let output = run(&["serve", "--listn", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--listen"), "{}", stderr(&output));
}

#[test]
fn wrong_addresses_and_tokens_are_refused_with_what_was_expected() {
    for (arguments, expected) in [
        (["--public-url", "https://idp.example/base"], "without a path"),
        (["--public-url", "ftp://idp.example"], "http or https"),
        (["--sp-listen", "0.0.0.0:0"], "loopback only"),
        (["--listen", "8080"], "127.0.0.1:8080"),
        (["--control-token", ""], "visible ASCII"),
    ] {
        let output = run(&[&["serve"], &arguments[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            stderr(&output).contains(expected),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn two_files_of_one_tenant_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one.toml"), folder.path().join("two.toml"));
    for path in [&one, &two] {
        std::fs::write(
            path,
            "[tenant]\ndisplay_name = \"x\"\ndomains = [\"x.onmicrosoft.com\"]\n",
        )
        .unwrap();
    }
    let output = run(&[
        "serve",
        "--tenant",
        one.to_str().unwrap(),
        "--tenant",
        two.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("one.toml") && stderr(&output).contains("two.toml"),
        "{}",
        stderr(&output)
    );
}
