//! What a message points at is not fetched: a listener that a fault names hears nothing of it.

use std::io::ErrorKind;
use std::net::TcpListener;

use crate::harness::{entrant, stdout};

/// The faults with something to fetch, with what else they are told and what must come of them; the last two need encryption.
const FAULTS: &[(&str, &str, &str)] = &[
    ("sig-keyinfo-remote", "", SIGNATURE_INVALID),
    ("sig-ref-external", "", SIGNATURE_INVALID),
    ("sig-transform-xslt", "", SIGNATURE_INVALID),
    ("xml-stylesheet-pi", "", "outcome = \"safe\""),
    ("xml-xinclude", ", scheme = \"http\"", "outcome = \"safe\""),
    ("xml-xxe-http", "", MALFORMED),
    ("xml-xxe-parameter", "", MALFORMED),
    ("xml-xxe-parameter", ", by = \"document-type\"", MALFORMED),
    ("xml-xxe-in-ciphertext", "", SIGNATURE_INVALID),
    ("enc-cipherreference", "", MALFORMED),
];

const SIGNATURE_INVALID: &str = "outcome = \"refused\", rejection = \"signature-invalid\"";
const MALFORMED: &str = "outcome = \"refused\", rejection = \"malformed\"";

/// What makes the application encrypt.
const ENCRYPTION: &str = "\n[[step]]\ntoken_encryption = { import = \"sp\", certificate = \"{sp_encryption_certificate}\" }\n\
    \n[[step]]\ntoken_encryption = { activate = \"sp\" }\n";

#[test]
fn the_reference_sp_fetches_nothing_that_a_message_names() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let canary = format!("http://{}/canary", listener.local_addr().unwrap());
    let mut scenario =
        "title = \"Canaries\"\norigin = \"attack-catalogue\"\napp = \"Upwork Enterprise\"\n".to_owned();
    scenario += &format!(
        "\n[[step]]\nsp = {{ refresh_trust = true, faults = [{{ id = \"meta-xxe\", canary = \"{canary}\" }}] }}\n\
         expect = {{ outcome = \"refused\" }}\n"
    );
    for (fault, more, expected) in FAULTS {
        let needs_encryption = ["xml-xxe-in-ciphertext", "enc-cipherreference"].contains(fault);
        if needs_encryption && !scenario.contains(ENCRYPTION) {
            scenario += ENCRYPTION;
        }
        scenario += &format!(
            "\n[[step]]\nsign_in = {{ user = \"B.Simon\", start = \"sp\", faults = [{{ id = \"{fault}\", canary = \"{canary}\"{more} }}] }}\n\
             expect = {{ {expected} }}\n"
        );
    }
    for post in ["", "{ id = \"slo-post\" }, "] {
        scenario += &format!(
            "\n[[step]]\nsign_in = {{ user = \"B.Simon\", start = \"sp\", browser = \"one\" }}\nexpect = {{ outcome = \"signed-in\" }}\n\
             \n[[step]]\nsign_out = {{ start = \"idp\", browser = \"one\", faults = [{post}{{ id = \"slo-xxe\", canary = \"{canary}\" }}] }}\n\
             expect = {{ {MALFORMED} }}\n"
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
