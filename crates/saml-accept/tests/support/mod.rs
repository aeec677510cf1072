//! What the tests of this crate share: foreign witnesses, keys, a message of Entra's shape, and a signer made
//! of OpenSSL and the crate's own canonicaliser.

#![allow(clippy::unwrap_used, dead_code, missing_docs, unreachable_pub)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::{MessageDigest, hash};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use openssl::x509::X509Builder;
use saml_accept::c14n::{Exclusive, canonicalize};
use saml_accept::response::{MalformedKind, SignedAssertion, UnverifiedResponse};
use saml_accept::signature::{Sha1, SignatureError, TrustedKeys};
use saml_accept::xml::{Document, Element, Limits, parse};

pub const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// The tool is installed; where witnesses are required its absence is a failure.
pub fn has_tool(name: &str) -> bool {
    let found = Command::new(name)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    found.is_ok() || absent(&format!("{name} is not installed"))
}

/// The folder of published vectors, found by walking up from this crate.
pub fn vectors() -> Option<PathBuf> {
    let start = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = start
        .ancestors()
        .map(|folder| folder.join("shared/vectors"))
        .find(|path| path.is_dir());
    if found.is_none() {
        absent("the published vectors are not here");
    }
    found
}

fn absent(reason: &str) -> bool {
    assert!(
        std::env::var("ENTRANT_REQUIRE_WITNESSES").as_deref() != Ok("1"),
        "{reason}"
    );
    eprintln!("skipped: {reason}");
    false
}

/// Runs a tool with the input on its standard input; gives its standard output.
pub fn run(tool: &str, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, String> {
    let mut child = Command::new(tool)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

pub fn document(text: &str) -> Document {
    parse(text.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

pub fn by_id<'d>(document: &'d Document, id: &str) -> Element<'d> {
    document
        .elements()
        .find(|element| element.attribute("ID") == Some(id))
        .unwrap()
}

/// A private key with a certificate around its public half.
pub struct Key {
    pub private: PKey<Private>,
    pub certificate: Vec<u8>,
    /// The width of one of the two numbers of an ECDSA signature; 0 for RSA.
    width: usize,
}

impl Key {
    pub fn rsa() -> Self {
        Self::new(PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap(), 0)
    }

    pub fn ec(curve: Nid, width: usize) -> Self {
        let group = EcGroup::from_curve_name(curve).unwrap();
        Self::new(
            PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap(),
            width,
        )
    }

    fn new(private: PKey<Private>, width: usize) -> Self {
        let mut builder = X509Builder::new().unwrap();
        builder.set_version(2).unwrap();
        builder.set_pubkey(&private).unwrap();
        // Long expired: of a certificate only the key counts.
        builder.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(1).unwrap()).unwrap();
        builder.sign(&private, MessageDigest::sha256()).unwrap();
        let certificate = builder.build().to_der().unwrap();
        Self {
            private,
            certificate,
            width,
        }
    }

    pub fn trusted(&self) -> TrustedKeys {
        trust(&[self], Sha1::Refused)
    }

    /// The `SignatureValue` over a canonical SignedInfo.
    pub fn sign(&self, digest: MessageDigest, message: &[u8]) -> Vec<u8> {
        let signed = Signer::new(digest, &self.private)
            .unwrap()
            .sign_oneshot_to_vec(message)
            .unwrap();
        if self.width == 0 {
            return signed;
        }
        let signed = EcdsaSig::from_der(&signed).unwrap();
        let width = i32::try_from(self.width).unwrap();
        [
            signed.r().to_vec_padded(width).unwrap(),
            signed.s().to_vec_padded(width).unwrap(),
        ]
        .concat()
    }
}

pub fn trust(keys: &[&Key], sha1: Sha1) -> TrustedKeys {
    TrustedKeys::from_certificates(keys.iter().map(|key| key.certificate.as_slice()), sha1).unwrap()
}

/// The places where [`response`] can take a signature.
pub const ON_RESPONSE: &str = "<!--on response-->";
pub const ON_ASSERTION: &str = "<!--on assertion-->";

/// A response of Entra's shape about the given name, not signed yet.
pub fn response(name_id: &str) -> String {
    format!(
        r##"<samlp:Response ID="_r" Version="2.0" IssueInstant="2026-01-02T03:04:05.678Z" Destination="https://sp/acs" InResponseTo="_q" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://idp/</Issuer>{ON_RESPONSE}<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><Assertion ID="_a" IssueInstant="2026-01-02T03:04:05.678Z" Version="2.0" xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><Issuer>https://idp/</Issuer>{ON_ASSERTION}<Subject><NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">{name_id}</NameID><SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData InResponseTo="_q" NotOnOrAfter="2026-01-02T04:04:05.678Z" Recipient="https://sp/acs"/></SubjectConfirmation></Subject><Conditions NotBefore="2026-01-02T02:59:05.678Z" NotOnOrAfter="2026-01-02T04:04:05.678Z"><AudienceRestriction><Audience>https://sp</Audience></AudienceRestriction></Conditions><AttributeStatement><Attribute Name="urn:role"><AttributeValue>reader</AttributeValue><AttributeValue>writer</AttributeValue></Attribute></AttributeStatement><AuthnStatement AuthnInstant="2026-01-02T03:00:00.000Z" SessionIndex="_a"><AuthnContext><AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</AuthnContextClassRef></AuthnContext></AuthnStatement></Assertion></samlp:Response>"##
    )
}

/// A `SignedInfo` as Entra writes it.
pub fn signed_info(id: &str, digest: &str) -> String {
    format!(
        r##"<SignedInfo><CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><Reference URI="#{id}"><Transforms><Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue>{digest}</DigestValue></Reference></SignedInfo>"##
    )
}

/// Signs the element with this ID where the marker stands, with SHA-256 and exclusive canonicalisation.
pub fn sign(text: &str, marker: &str, id: &str, key: &Key) -> String {
    sign_as(text, marker, id, key, MessageDigest::sha256(), |info| info)
}

/// The same, with a SignedInfo that is changed before it is signed.
pub fn sign_as(
    text: &str,
    marker: &str,
    id: &str,
    key: &Key,
    digest: MessageDigest,
    change: impl FnOnce(String) -> String,
) -> String {
    let plain = document(&text.replace(ON_RESPONSE, "").replace(ON_ASSERTION, ""));
    let exclusive = Exclusive::default();
    let content = canonicalize(by_id(&plain, id), &exclusive, None).unwrap();
    let value = STANDARD.encode(hash(MessageDigest::sha256(), content.as_bytes()).unwrap());
    let info = change(signed_info(id, &value));
    let unsigned = format!("<Signature xmlns=\"{DSIG}\">{info}<SignatureValue/></Signature>");
    let holder = document(&unsigned);
    let message = holder
        .root()
        .child(DSIG, "SignedInfo")
        .map(|info| canonicalize(info, &exclusive, None).unwrap())
        .unwrap_or_default();
    let value = STANDARD.encode(key.sign(digest, message.as_bytes()));
    let signature = unsigned.replace(
        "<SignatureValue/>",
        &format!("<SignatureValue>{value}</SignatureValue>"),
    );
    text.replace(marker, &signature)
}

/// A response with a signed assertion.
pub fn signed_assertion(name_id: &str, key: &Key) -> String {
    sign(&response(name_id), ON_ASSERTION, "_a", key).replace(ON_RESPONSE, "")
}

/// A response that is signed itself.
pub fn signed_response(name_id: &str, key: &Key) -> String {
    sign(&response(name_id), ON_RESPONSE, "_r", key).replace(ON_ASSERTION, "")
}

/// The text of an element in a message, from its start tag to its end tag.
pub fn cut<'t>(text: &'t str, name: &str) -> &'t str {
    let start = text.find(&format!("<{name} ")).unwrap();
    let end_tag = format!("</{name}>");
    let end = start + text[start..].find(&end_tag).unwrap() + end_tag.len();
    &text[start..end]
}

/// What becomes of a response: its verdict in words, or the identity.
#[derive(Debug)]
pub enum Outcome {
    Malformed(MalformedKind),
    Refused(SignatureError),
    Accepted(Box<SignedAssertion>),
}

pub fn outcome(text: &str, keys: &TrustedKeys) -> Outcome {
    match UnverifiedResponse::parse(text.as_bytes(), &Limits::default()) {
        Err(malformed) => Outcome::Malformed(malformed.kind),
        Ok(unverified) => match unverified.verify(keys) {
            Err(error) => Outcome::Refused(error),
            Ok(signed) => Outcome::Accepted(Box::new(signed)),
        },
    }
}

pub fn identity(text: &str, keys: &TrustedKeys) -> String {
    match outcome(text, keys) {
        Outcome::Accepted(signed) => signed.assertion().name_id().unwrap().value.clone(),
        other => panic!("{other:?}\n{text}"),
    }
}
