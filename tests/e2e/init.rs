//! `entrant init`: both files from an SP's own metadata, by file and by address.

use control_api::tenant::TenantFile;

use crate::harness::{Served, run, stderr};

#[test]
fn both_files_come_from_the_metadata_at_an_address_and_can_be_used() {
    let served = Served::start(&[]);
    let metadata = served.app("Upsales")["login"]
        .as_str()
        .unwrap()
        .replace("/login", "/metadata");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let arguments = ["init", "--metadata", &metadata, "--out", out];
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = std::fs::read_to_string(folder.path().join("tenant.toml")).unwrap();
    let tenant = TenantFile::from_toml("tenant.toml", &text).unwrap();
    assert_eq!(
        tenant.apps[0].identifiers,
        [served.app("Upsales")["identifier"].as_str().unwrap()]
    );
    assert_eq!(
        tenant.apps[0].reply_urls,
        [served.app("Upsales")["reply_url"].as_str().unwrap()]
    );
    drop(Served::start(&[
        "--no-sp",
        "--tenant",
        folder.path().join("tenant.toml").to_str().unwrap(),
    ]));

    let again = run(&arguments);
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("--force"), "{}", stderr(&again));
}

#[test]
fn what_is_no_metadata_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    std::fs::write(&file, "<html><body>Not found</body></html>").unwrap();
    for place in [
        file.to_str().unwrap(),
        "/nowhere/metadata.xml",
        "http://127.0.0.1:1/metadata",
    ] {
        let output = run(&[
            "init",
            "--metadata",
            place,
            "--out",
            folder.path().to_str().unwrap(),
        ]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(place), "{}", stderr(&output));
        assert!(!folder.path().join("tenant.toml").exists());
    }
}
