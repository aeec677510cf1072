//! XML Signature over one element, in the shape Entra gives it (entra-behaviour.md 3.1, 3.4).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{
    hash::{MessageDigest, hash},
    pkey::{Id, PKeyRef, Private},
    sign::Signer,
};
use saml_model::{SignatureAlgorithm, names};

use crate::{
    EmitError,
    element::{DS, DSIG, Element, Namespace, Node},
    render,
};

/// What it takes to sign.
#[derive(Clone, Copy)]
pub struct Signing<'a> {
    /// The signature method and, with it, the digest method.
    pub algorithm: SignatureAlgorithm,
    /// An RSA key of any size.
    pub key: &'a PKeyRef<Private>,
    /// The DER of the certificate that goes into `KeyInfo`; it is not held against the key.
    pub certificate_der: &'a [u8],
}

/// Under which prefix the `KeyInfo` of a signature is written.
#[derive(Clone, Copy)]
pub(crate) enum KeyInfoPrefix {
    /// The signature's own default namespace: responses and assertions.
    Default,
    /// `ds`, declared on `KeyInfo`: Entra's metadata.
    Ds,
}

/// Signs `element` as it stands and puts the `Signature` among its children, at `position`.
///
/// `id` is the value of the element's `ID` attribute. The element must not change afterwards.
///
/// # Errors
///
/// Any [`EmitError`].
pub(crate) fn sign_element(
    element: &mut Element<'_>,
    id: &str,
    position: usize,
    key_info: KeyInfoPrefix,
    signing: &Signing<'_>,
) -> Result<(), EmitError> {
    let methods = Methods::of(signing.algorithm);
    // The enveloped-signature transform takes the signature away again: what remains is the element as it is now.
    let digest = hash(methods.digest, render::canonical(element)?.as_bytes())?;
    let signed_info = signed_info(id, &methods, STANDARD.encode(digest));
    let value = signature_value(render::canonical(&signed_info)?.as_bytes(), signing)?;
    let signature = Element::new(DSIG, "Signature")
        .child(signed_info)
        .child(Element::new(DSIG, "SignatureValue").text(value))
        .child(match key_info {
            KeyInfoPrefix::Default => self::key_info(DSIG, signing.certificate_der),
            KeyInfoPrefix::Ds => self::key_info(DS, signing.certificate_der),
        });
    element.children.insert(position, Node::Element(signature));
    Ok(())
}

/// The signature over these octets alone, in base64.
///
/// # Errors
///
/// [`EmitError::NotAnRsaKey`] or [`EmitError::Crypto`].
pub(crate) fn signature_value(octets: &[u8], signing: &Signing<'_>) -> Result<String, EmitError> {
    if signing.key.id() != Id::RSA {
        return Err(EmitError::NotAnRsaKey);
    }
    let mut signer = Signer::new(Methods::of(signing.algorithm).digest, signing.key)?;
    signer.update(octets)?;
    Ok(STANDARD.encode(signer.sign_to_vec()?))
}

/// The URI of the signature method.
pub(crate) fn signature_method(algorithm: SignatureAlgorithm) -> &'static str {
    Methods::of(algorithm).signature_uri
}

/// `KeyInfo` with the whole certificate on one line and nothing else (entra-behaviour.md 3.4).
pub(crate) fn key_info(namespace: Namespace, certificate_der: &[u8]) -> Element<'static> {
    let certificate = Element::new(namespace, "X509Certificate").text(STANDARD.encode(certificate_der));
    Element::new(namespace, "KeyInfo").child(Element::new(namespace, "X509Data").child(certificate))
}

struct Methods {
    digest: MessageDigest,
    digest_uri: &'static str,
    signature_uri: &'static str,
}

impl Methods {
    fn of(algorithm: SignatureAlgorithm) -> Self {
        match algorithm {
            SignatureAlgorithm::RsaSha256 => Self {
                digest: MessageDigest::sha256(),
                digest_uri: names::DIGEST_SHA256,
                signature_uri: names::SIG_RSA_SHA256,
            },
            SignatureAlgorithm::RsaSha1 => Self {
                digest: MessageDigest::sha1(),
                digest_uri: names::DIGEST_SHA1,
                signature_uri: names::SIG_RSA_SHA1,
            },
        }
    }
}

fn signed_info(id: &str, methods: &Methods, digest: String) -> Element<'static> {
    let algorithm = |local, uri: &'static str| Element::new(DSIG, local).attribute("Algorithm", uri);
    let transforms = Element::new(DSIG, "Transforms")
        .child(algorithm("Transform", names::TRANSFORM_ENVELOPED))
        .child(algorithm("Transform", names::C14N_EXCLUSIVE));
    let reference = Element::new(DSIG, "Reference")
        .attribute("URI", format!("#{id}"))
        .child(transforms)
        .child(algorithm("DigestMethod", methods.digest_uri))
        .child(Element::new(DSIG, "DigestValue").text(digest));
    Element::new(DSIG, "SignedInfo")
        .child(algorithm("CanonicalizationMethod", names::C14N_EXCLUSIVE))
        .child(algorithm("SignatureMethod", methods.signature_uri))
        .child(reference)
}
