//! What a message points at is not fetched: a listener that a fault names hears nothing of it.

use std::io::ErrorKind;
use std::net::TcpListener;

use crate::harness::{entrant, stdout};

/// The faults with something to fetch.
const FAULTS: [(&str, &str); 4] = [
    ("sig-keyinfo-remote", "signature-invalid"),
    ("sig-ref-external", "signature-invalid"),
    ("sig-transform-xslt", "signature-invalid"),
    // Last: its assertion is encrypted.
    ("enc-cipherreference", "malformed"),
];

/// From here on assertions are encrypted.
const ENCRYPTED: &str = r#"
[[step]]
token_encryption = { import = "sp", certificate = "{sp_encryption_certificate}" }

[[step]]
token_encryption = { activate = "sp" }
"#;

#[test]
fn the_reference_sp_fetches_nothing_that_a_message_names() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let canary = format!("http://{}/canary", listener.local_addr().unwrap());
    let mut scenario =
        "title = \"Canaries\"\norigin = \"attack-catalogue\"\napp = \"Upwork Enterprise\"\n".to_owned();
    for (fault, rejection) in FAULTS {
        if fault.starts_with("enc-") {
            scenario += ENCRYPTED;
        }
        scenario += &format!(
            "\n[[step]]\nsign_in = {{ user = \"B.Simon\", start = \"sp\", faults = [{{ id = \"{fault}\", canary = \"{canary}\" }}] }}\n\
             expect = {{ outcome = \"refused\", rejection = \"{rejection}\" }}\n"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("canaries.toml");
    std::fs::write(&path, scenario).unwrap();
    let output = entrant(&["test", "--allow-heavy"]).arg(&path).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains("1 passed"), "{}", stdout(&output));
    // Whoever connected would wait here, accepted or not.
    let heard = listener.accept().map(|(_, from)| from);
    assert_eq!(heard.map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
}
