//! The JDK and npm's xml-crypto as second and third opinion on signatures.
//!
//! Both start slowly, so each is started once for a list of questions.

use std::{fmt::Write as _, process::Command};

use crate::witness::{Tool, Witness, text, witness};

/// The source launcher, which is part of the JDK and not of the JRE, for programs of this repository.
#[must_use]
pub const fn source_launcher(programs: &'static [&'static str]) -> Tool {
    Tool {
        name: "a JDK",
        program: "java",
        install: "apt-get install openjdk-17-jdk-headless",
        probe: &["--list-modules"],
        probe_says: "jdk.compiler@",
        needs: programs,
    }
}

/// `javax.xml.crypto.dsig` of OpenJDK.
const JDK: Tool = source_launcher(&[JDK_PROGRAM, JDK_DECRYPTS]);
const JDK_PROGRAM: &str = "tests/conformance/Verify.java";
const JDK_DECRYPTS: &str = "tests/conformance/Decrypt.java";

/// The library below passport-saml and node-saml, with a DOM, a canonicaliser and a verifier in JavaScript.
const XML_CRYPTO: Tool = Tool {
    name: "xml-crypto",
    program: "node",
    install: "npm ci --prefix tests/conformance/xml-crypto",
    probe: &["--version"],
    probe_says: "v",
    needs: &[
        XML_CRYPTO_PROGRAM,
        "tests/conformance/xml-crypto/node_modules/xml-crypto",
    ],
};
const XML_CRYPTO_PROGRAM: &str = "tests/conformance/xml-crypto/verify.js";

/// Does this key verify the signature of this element?
#[derive(Clone, Debug)]
pub struct Question {
    /// For the reader of a failure.
    pub name: String,
    /// The message.
    pub xml: String,
    /// The local name of the one element that carries the signature as a child.
    pub signed: &'static str,
    /// The certificate whose key is the only one trusted.
    pub certificate_pem: String,
}

/// The JDK's answer to encrypted messages, each with its private key in PKCS#8 DER: the plaintext in base64, or why there
/// is none. `None` where there is no JDK.
///
/// # Panics
///
/// Where the JDK does not answer every question.
#[must_use]
pub fn jdk_decrypts(messages: &[(&str, &[u8])]) -> Option<Vec<Result<String, String>>> {
    let witness = witness(&JDK)?;
    let mut lines = String::new();
    for (index, (xml, key)) in messages.iter().enumerate() {
        let message = witness.write(format!("{index}.xml"), xml);
        let key = witness.write(format!("{index}.der"), key);
        writeln!(lines, "{}\t{}", message.display(), key.display()).expect("writing to a string cannot fail");
    }
    let mut command = witness.command();
    command.arg(crate::checkout().join(JDK_DECRYPTS));
    command.arg(witness.write("questions", lines));
    let output = command.output().expect("an installed witness starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let answers: Vec<_> = said
        .lines()
        .filter_map(|line| match line.strip_prefix("decrypted: ") {
            Some(plaintext) => Some(Ok(plaintext.to_owned())),
            None => line.strip_prefix("refused: ").map(|why| Err(why.to_owned())),
        })
        .collect();
    assert!(
        output.status.success() && answers.len() == messages.len(),
        "{} of {} questions answered: {}",
        answers.len(),
        messages.len(),
        text(&output)
    );
    Some(answers)
}

/// What a verifier answers: nothing, or why it refuses.
pub type Verdict = Result<(), String>;

/// The JDK's answers, in the order of the questions; `None` where there is no JDK. Its secure validation is on, so it
/// refuses SHA-1 whatever the signature is worth.
///
/// # Panics
///
/// Where the verifier does not answer every question.
#[must_use]
pub fn jdk(questions: &[Question]) -> Option<Vec<Verdict>> {
    let witness = witness(&JDK)?;
    let mut command = witness.command();
    command.arg(crate::checkout().join(JDK_PROGRAM));
    Some(ask(&witness, command, questions))
}

/// The answers of xml-crypto, in the order of the questions; `None` where it is not installed.
///
/// # Panics
///
/// Where the verifier does not answer every question.
#[must_use]
pub fn xml_crypto(questions: &[Question]) -> Option<Vec<Verdict>> {
    let witness = witness(&XML_CRYPTO)?;
    let mut command = witness.command();
    command.arg(crate::checkout().join(XML_CRYPTO_PROGRAM));
    Some(ask(&witness, command, questions))
}

/// The program gets one file of lines `message TAB certificate TAB element` and prints one line for each:
/// `accepted`, or `refused: ` and why.
fn ask(witness: &Witness, mut command: Command, questions: &[Question]) -> Vec<Verdict> {
    let mut lines = String::new();
    for (index, question) in questions.iter().enumerate() {
        let message = witness.write(format!("{index}.xml"), &question.xml);
        let certificate = witness.write(format!("{index}.pem"), &question.certificate_pem);
        let (message, certificate) = (message.display(), certificate.display());
        writeln!(lines, "{message}\t{certificate}\t{}", question.signed)
            .expect("writing to a string cannot fail");
    }
    command.arg(witness.write("questions", lines));
    let output = command.output().expect("an installed witness starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let verdicts: Vec<_> = said.lines().filter_map(verdict).collect();
    assert!(
        output.status.success() && verdicts.len() == questions.len(),
        "{} of {} questions answered: {}",
        verdicts.len(),
        questions.len(),
        text(&output)
    );
    verdicts
}

fn verdict(line: &str) -> Option<Verdict> {
    match line {
        "accepted" => Some(Ok(())),
        _ => line.strip_prefix("refused: ").map(|why| Err(why.to_owned())),
    }
}
