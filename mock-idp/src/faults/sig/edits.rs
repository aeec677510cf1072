//! What is changed in a genuine signature, or in what it covers, after signing.

use super::super::forge::Forge;
use super::super::impostor::{forged_assertion, impersonate};
use super::super::tree::{Node, Tree, nothing};
use super::super::{Action, FaultError, Inputs, Parameters};
use super::{choice, one_signed, signed};

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("sig-both-one-bad-inner", Action::Message(bad_inner)),
    ("sig-digest-comment", Action::Message(digest_in_a_comment)),
    ("sig-digest-decoy", Action::Message(digest_decoy)),
    ("sig-digest-edit", Action::Message(digest_edited)),
    ("sig-object-unsigned", Action::Message(object)),
    ("sig-two-children", Action::Message(two_children)),
    ("sig-two-signedinfo", Action::Message(two_signed_infos)),
    ("sig-value-missing", Action::Message(missing)),
];

const DIGEST_VALUE: &[&str] = &["Signature", "SignedInfo", "Reference", "DigestValue"];

/// What an SP reads that trusts whatever stands where the value should be.
const GARBAGE: &str = "Z2FyYmFnZQ==";

/// A part of the signature is gone, or empty.
fn missing(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Result<String, FaultError> {
    const SIGNED_INFO: &[&str] = &["Signature", "SignedInfo"];
    const REFERENCE: &[&str] = &["Signature", "SignedInfo", "Reference"];
    let (parent, element) = choice(
        parameters,
        "element",
        &[
            ("SignatureValue", (&["Signature"] as &[&str], "SignatureValue")),
            ("SignatureMethod", (SIGNED_INFO, "SignatureMethod")),
            ("DigestMethod", (REFERENCE, "DigestMethod")),
            ("DigestValue", (REFERENCE, "DigestValue")),
        ],
    )?;
    let is_emptied = choice(parameters, "how", &[("deleted", false), ("emptied", true)])?;
    let mut message = Tree::read(xml)?;
    for path in signed(&message)? {
        let parent = message.at_mut(&[path, parent].concat())?;
        if is_emptied {
            *parent.at_mut(&[element])? = Tree::new(element);
        } else {
            parent.take(element)?;
        }
    }
    Ok(message.write())
}

/// The digest that the signed element would have if it were the victim's.
fn forged_digest(message: &Tree, path: &[&str], inputs: &Inputs<'_>) -> Result<String, FaultError> {
    let mut bare = message.clone();
    bare.at_mut(path)?.take("Signature")?;
    Forge::new(inputs.algorithm, inputs.own()?).digest_of(&bare.write(), path)
}

fn digest_edited(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    let mut message = Tree::read(xml)?;
    impersonate(&mut message, parameters, inputs)?;
    for path in signed(&message)? {
        let forged = forged_digest(&message, path, inputs)?;
        message
            .at_mut(&[path, DIGEST_VALUE].concat())?
            .set_content(forged);
    }
    Ok(message.write())
}

/// What is signed has no comments; who reads the text of the element as it came reads the comment, or its text first.
fn digest_in_a_comment(
    xml: &str,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<String, FaultError> {
    let mut message = Tree::read(xml)?;
    let path = one_signed(&mut message)?;
    impersonate(&mut message, parameters, inputs)?;
    let forged = forged_digest(&message, path, inputs)?;
    let value = message.at_mut(&[path, DIGEST_VALUE].concat())?;
    let genuine = value.content();
    value.set_content(format!("<!--{forged}-->{genuine}"));
    Ok(message.write())
}

/// A `//ds:DigestValue` finds the decoy, which stands before every signature.
fn digest_decoy(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    let mut message = Tree::read(xml)?;
    let path = one_signed(&mut message)?;
    impersonate(&mut message, parameters, inputs)?;
    let decoy = |digest: &str| -> Result<Tree, FaultError> {
        let mut reference = message
            .at(path)?
            .at(&["Signature", "SignedInfo", "Reference"])?
            .clone();
        reference.set("xmlns", saml_model::names::NS_DSIG);
        reference.at_mut(&["DigestValue"])?.set_content(digest);
        Ok(reference)
    };
    let forged = decoy(&forged_digest(&message, path, inputs)?)?;
    if path.is_empty() {
        // All of the response is digested but its signature.
        let signature = message.at_mut(&["Signature"])?;
        signature.insert(0, Tree::new("Object").around(forged));
    } else {
        let status = message.at_mut(&["Status"])?;
        status
            .children
            .push(Tree::new("samlp:StatusDetail").around(forged).into());
    }
    Ok(message.write())
}

/// The enveloped transform takes the signature away with all that is in it.
fn object(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    inputs.require_plain()?;
    let forged = forged_assertion(parameters, inputs)?;
    let mut message = Tree::read(xml)?;
    let path = one_signed(&mut message)?;
    let signature = message.at_mut(&[path, &["Signature"]].concat())?;
    signature.children.push(Tree::new("Object").around(forged).into());
    Ok(message.write())
}

fn two_children(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Result<String, FaultError> {
    let good_is_first = choice(parameters, "first", &[("good", true), ("garbage", false)])?;
    let mut message = Tree::read(xml)?;
    for path in signed(&message)? {
        let signed = message.at_mut(path)?;
        let place = signed.place("Signature")?;
        let mut garbage = signed.at(&["Signature"])?.clone();
        garbage.at_mut(&["SignatureValue"])?.set_content(GARBAGE);
        signed.insert(if good_is_first { place + 1 } else { place }, garbage);
    }
    Ok(message.write())
}

/// One is signed, the other has the digest of what is said.
fn two_signed_infos(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    #[derive(Clone, Copy)]
    enum Place {
        First,
        Last,
        Hidden,
    }
    let places = [
        ("first", Place::First),
        ("last", Place::Last),
        ("hidden", Place::Hidden),
    ];
    let place = choice(parameters, "forged", &places)?;
    let mut message = Tree::read(xml)?;
    let path = one_signed(&mut message)?;
    impersonate(&mut message, parameters, inputs)?;
    let digest = forged_digest(&message, path, inputs)?;
    let signature = message.at_mut(&[path, &["Signature"]].concat())?;
    let mut forged = signature.at(&["SignedInfo"])?.clone();
    forged.at_mut(&["Reference", "DigestValue"])?.set_content(digest);
    match place {
        Place::First => signature.insert(0, forged),
        Place::Last => signature.insert(1, forged),
        Place::Hidden => {
            let key_info = signature.at_mut(&["KeyInfo"])?;
            key_info
                .children
                .push(Tree::new("MgmtData").around(forged).into());
        }
    }
    Ok(message.write())
}

/// The response is signed over an assertion whose own signature does not hold, whatever the application's Signing Option.
fn bad_inner(xml: &str, _: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    inputs.require_plain()?;
    let mut message = Tree::read(xml)?;
    let forge = Forge::new(inputs.algorithm, inputs.own()?);
    if message.place("Signature").is_ok() {
        message.take("Signature")?;
    }
    if message.at(&["Assertion", "Signature"]).is_err() {
        message = forge.sign(&message, &["Assertion"], inputs.own()?)?;
    }
    let value = message.at_mut(&["Assertion", "Signature", "SignatureValue"])?;
    let first = value
        .children
        .first_mut()
        .ok_or_else(|| nothing("SignatureValue"))?;
    if let Node::Markup(text) = first {
        // Another first octet, and still base64.
        let other = if text.starts_with('A') { "B" } else { "A" };
        text.replace_range(..text.len().min(1), other);
    }
    Ok(forge.sign(&message, &[], inputs.own()?)?.write())
}
