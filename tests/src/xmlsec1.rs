//! `xmlsec1`: it verifies what we sign and signs what we accept; it decrypts what we encrypt and encrypts what we accept.

use std::{fs, path::Path, process::Command};

use crate::witness::{Tool, Witness, text, witness};

/// The command line tool of the XML Security Library, on libxml2 and OpenSSL.
pub const XMLSEC1: Tool = Tool {
    name: "xmlsec1",
    program: "xmlsec1",
    install: "apt-get install xmlsec1",
    probe: &["--version"],
    probe_says: "xmlsec1",
    needs: &[],
};

/// The elements whose attribute `ID` is an XML ID; without a DTD the tool has to be told.
const WITH_ID: &[&str] = &[
    "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
    "urn:oasis:names:tc:SAML:2.0:protocol:ArtifactResponse",
    "urn:oasis:names:tc:SAML:2.0:protocol:AuthnRequest",
    "urn:oasis:names:tc:SAML:2.0:protocol:LogoutResponse",
    "urn:oasis:names:tc:SAML:2.0:protocol:Response",
    "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor",
];

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// What `--store-references` prints around the bytes that were digested.
const DIGESTED_START: &[u8] = b"== PreDigest data - start buffer:\n";
const DIGESTED_END: &[u8] = b"\n== PreDigest data - end buffer";

/// The installed `xmlsec1`.
#[derive(Debug)]
pub struct Xmlsec1 {
    witness: Witness,
    with_id: Vec<String>,
}

impl Xmlsec1 {
    /// The tool, or `None` where it is not installed; see [`witness`].
    #[must_use]
    pub fn find() -> Option<Self> {
        let with_id = WITH_ID.iter().map(|element| (*element).to_owned()).collect();
        witness(&XMLSEC1).map(|witness| Self { witness, with_id })
    }

    /// It also takes the attribute `ID` of these elements, each by its namespace and name, for an XML ID.
    #[must_use]
    pub fn knowing(mut self, elements: &[&str]) -> Self {
        self.with_id
            .extend(elements.iter().map(|element| (*element).to_owned()));
        self
    }

    /// Verifies the signature directly in the one element with this local name, with the key of this
    /// certificate and with no other. Gives the bytes that were digested, or what the tool said against it.
    ///
    /// # Errors
    ///
    /// The tool's own words.
    pub fn verify(
        &self,
        xml: impl AsRef<[u8]>,
        signed: &str,
        certificate_pem: &str,
    ) -> Result<Vec<u8>, String> {
        self.verify_in(xml.as_ref(), &format!("local-name()='{signed}'"), certificate_pem)
    }

    /// [`Self::verify`] of the one element with this ID.
    ///
    /// # Errors
    ///
    /// The tool's own words.
    pub fn verify_id(&self, xml: &str, id: &str, certificate_pem: &str) -> Result<Vec<u8>, String> {
        self.verify_in(xml.as_bytes(), &format!("@ID='{id}'"), certificate_pem)
    }

    fn verify_in(&self, xml: &[u8], signed: &str, certificate_pem: &str) -> Result<Vec<u8>, String> {
        let certificate = self.witness.write("certificate.pem", certificate_pem);
        let mut command = self.witness.command();
        command.args(["--verify", "--store-references", "--pubkey-cert-pem"]);
        command.arg(certificate);
        // Without this the tool would also take a key from KeyInfo.
        command.args(["--enabled-key-data", "key-name"]);
        self.verified(command, xml, signed)
    }

    /// As [`Self::verify`], with the key that the message brings: what nobody should do.
    ///
    /// # Errors
    ///
    /// The tool's own words.
    pub fn verify_by_its_own_key(&self, xml: &str, signed: &str) -> Result<Vec<u8>, String> {
        let mut command = self.witness.command();
        command.args(["--verify", "--store-references"]);
        self.verified(command, xml.as_bytes(), &format!("local-name()='{signed}'"))
    }

    fn verified(&self, mut command: Command, xml: &[u8], signed: &str) -> Result<Vec<u8>, String> {
        let message = self.witness.write("message.xml", xml);
        self.with_id.iter().for_each(|element| {
            command.args(["--id-attr:ID", element]);
        });
        // With the namespace: from an element that is not a signature the tool would go on looking for one.
        let signature = format!("//*[{signed}]/*[local-name()='Signature' and namespace-uri()='{DSIG}']");
        command.args(["--node-xpath", &signature]).arg(message);
        let output = command.output().expect("an installed witness starts");
        if output.status.success() {
            digested(&output.stdout).ok_or_else(|| text(&output))
        } else {
            Err(text(&output))
        }
    }

    /// Fills in the one signature template of a message with this private key.
    ///
    /// # Errors
    ///
    /// The tool's own words.
    pub fn sign(&self, template: &str, private_key_pem: &[u8]) -> Result<String, String> {
        let message = self.witness.write("template.xml", template);
        let key = self.witness.write("key.pem", private_key_pem);
        let signed = self.witness.path("signed.xml");
        let mut command = self.witness.command();
        command.args(["--sign", "--privkey-pem"]).arg(key);
        self.with_id.iter().for_each(|element| {
            command.args(["--id-attr:ID", element]);
        });
        command.arg("--output").arg(&signed).arg(message);
        let output = command.output().expect("an installed witness starts");
        if output.status.success() {
            read(&signed)
        } else {
            Err(text(&output))
        }
    }

    /// The message with the one `EncryptedData` decrypted where it stands, by this private key.
    ///
    /// # Errors
    ///
    /// The tool's own words.
    pub fn decrypt(&self, xml: &str, private_key_pem: &[u8]) -> Result<String, String> {
        let message = self.witness.write("encrypted.xml", xml);
        let key = self.witness.write("key.pem", private_key_pem);
        let mut command = self.witness.command();
        command.args(["--decrypt", "--privkey-pem"]).arg(key);
        command.args(["--node-xpath", "//*[local-name()='EncryptedData']"]);
        self.rewritten(command, &message)
    }

    /// The message with its one `Assertion` encrypted where it stands, as this template of an `EncryptedData` asks for,
    /// for the key of this certificate. `session_key` is a kind of key as the tool names it, such as `aes-256`.
    ///
    /// # Errors
    ///
    /// The tool's own words.
    pub fn encrypt(
        &self,
        xml: &str,
        template: &str,
        session_key: &str,
        certificate_pem: &str,
    ) -> Result<String, String> {
        let message = self.witness.write("plain.xml", xml);
        let template = self.witness.write("template.xml", template);
        let certificate = self.witness.write("certificate.pem", certificate_pem);
        let mut command = self.witness.command();
        command.args(["--encrypt", "--session-key", session_key, "--pubkey-cert-pem"]);
        command.arg(certificate).arg("--xml-data").arg(message);
        command.args(["--node-xpath", "//*[local-name()='Assertion']"]);
        self.rewritten(command, &template)
    }

    fn rewritten(&self, mut command: Command, input: &Path) -> Result<String, String> {
        let rewritten = self.witness.path("rewritten.xml");
        let output = command.arg("--output").arg(&rewritten).arg(input).output();
        let output = output.expect("an installed witness starts");
        if output.status.success() {
            read(&rewritten)
        } else {
            Err(text(&output))
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| error.to_string())
}

/// The bytes between the two marks.
fn digested(output: &[u8]) -> Option<Vec<u8>> {
    let find = |from: usize, mark: &[u8]| {
        let tail = output.get(from..)?;
        let at = tail.windows(mark.len()).position(|window| window == mark)?;
        Some(from + at)
    };
    let start = find(0, DIGESTED_START)? + DIGESTED_START.len();
    let end = find(start, DIGESTED_END)?;
    Some(output[start..end].to_vec())
}
