//! What a message points at is not fetched: a listener that a fault names hears nothing of it.

use std::io::ErrorKind;
use std::net::TcpListener;

use crate::harness::{entrant, stdout};

/// The faults with something to fetch.
const FAULTS: [&str; 3] = ["sig-keyinfo-remote", "sig-ref-external", "sig-transform-xslt"];

#[test]
fn the_reference_sp_fetches_nothing_that_a_message_names() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let canary = format!("http://{}/canary", listener.local_addr().unwrap());
    let mut scenario =
        "title = \"Canaries\"\norigin = \"attack-catalogue\"\napp = \"Upwork Enterprise\"\n".to_owned();
    for fault in FAULTS {
        scenario += &format!(
            "\n[[step]]\nsign_in = {{ user = \"B.Simon\", start = \"sp\", faults = [{{ id = \"{fault}\", canary = \"{canary}\" }}] }}\n\
             expect = {{ outcome = \"refused\", rejection = \"signature-invalid\" }}\n"
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
