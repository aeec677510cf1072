//! The response's envelope: who sent it, to whom, in answer to what (saml-core 3.2.2). What it says about success is in
//! [`status`], what it carries in [`several`].

pub(super) mod several;
pub(super) mod status;

use saml_model::{Response, names};

use super::sign_on::AADSTS;
use super::subj::nobody_asked;
use super::tree::{Tree, nothing};
use super::value::{OTHER_ADDRESS, assertion, confirmation_data, unlike};
use super::{Action, FaultError, Inputs, Parameters, variant};
use crate::tenant::issuer_of;

pub(super) const ACTIONS: &[(&str, Action)] = &[
    (AADSTS, Action::SignOn),
    ("env-consent-extensions", Action::Draft(consent_and_extensions)),
    ("env-destination-empty", Action::Value(empty_destination)),
    ("env-destination-missing-unsigned", Action::Value(no_destination)),
    ("env-destination-other", Action::Value(other_destination)),
    (DESTINATION_PREFIX, Action::Value(near_destination)),
    ("env-id-missing", Action::Draft(no_id)),
    (
        "env-inresponseto-missing-when-required",
        Action::Value(no_in_response_to),
    ),
    ("env-inresponseto-unknown", Action::Value(unknown_in_response_to)),
    ("env-issuer-assertion-missing", Action::Draft(no_inner_issuer)),
    ("env-issuer-format", Action::Draft(issuer_format)),
    (ISSUER_MISMATCH, Action::Value(two_issuers)),
    ("env-issuer-other", Action::Value(other_issuer)),
    (ISSUER_SLASH, Action::Value(near_issuer)),
    ("env-issuer-tenant", Action::Value(other_tenant)),
    (VERSION, Action::Draft(other_version)),
];

const DESTINATION_PREFIX: &str = "env-destination-prefix";
const ISSUER_MISMATCH: &str = "env-issuer-mismatch";
const ISSUER_SLASH: &str = "env-issuer-slash";
const VERSION: &str = "env-version-21";

/// An identity provider that nobody trusts.
const OTHER_ISSUER: &str = "https://other-idp.test/";

fn other_destination(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    response.destination = Some(OTHER_ADDRESS.to_owned());
    Ok(())
}

fn no_destination(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    response.destination = None;
    Ok(())
}

fn empty_destination(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    response.destination = Some(String::new());
    Ok(())
}

fn near_destination(
    response: &mut Response,
    parameters: &Parameters,
    _: &Inputs<'_>,
) -> Result<(), FaultError> {
    let destination = response
        .destination
        .as_mut()
        .ok_or_else(|| nothing("Destination"))?;
    *destination = match variant(parameters, DESTINATION_PREFIX) {
        "query" => format!("{destination}?x"),
        "suffix" => format!("https://other-sp.test/?{destination}"),
        "cut" => {
            let mut cut = destination.clone();
            cut.pop();
            cut
        }
        _ => format!("{destination}.evil"),
    };
    Ok(())
}

fn no_in_response_to(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    response.in_response_to.take().ok_or_else(nobody_asked)?;
    confirmation_data(response)?.in_response_to = None;
    Ok(())
}

/// An answer to a request that nobody sent, or to one that a scenario names.
fn unknown_in_response_to(
    response: &mut Response,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let named = parameters.get("value").cloned();
    let unknown = named.unwrap_or_else(|| format!("_{}", inputs.stranger));
    confirmation_data(response)?.in_response_to = Some(unknown.clone());
    response.in_response_to = Some(unknown);
    Ok(())
}

/// Both issuers are somebody else.
fn issued_by(response: &mut Response, other: String) -> Result<(), FaultError> {
    let known = response.issuer.take().unwrap_or_default();
    let other = unlike(&known, other)?;
    assertion(response)?.issuer.clone_from(&other);
    response.issuer = Some(other);
    Ok(())
}

fn other_issuer(
    response: &mut Response,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let named = parameters.get("value").cloned();
    issued_by(response, named.unwrap_or_else(|| issuer_of(inputs.stranger)))
}

/// Entra's tenants share keys in some tokens, so that the issuer alone tells them apart.
fn other_tenant(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let known = assertion(response)?.issuer.clone();
    let is_id = |part: &&str| part.parse::<uuid::Uuid>().is_ok();
    let id = known
        .split('/')
        .find(is_id)
        .ok_or_else(|| nothing("tenant in its Issuer"))?;
    issued_by(response, known.replace(id, &inputs.stranger.to_string()))
}

/// Entity ids are compared octet by octet (saml-core 8.3.6, 1.3.2).
fn near_issuer(response: &mut Response, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let known = assertion(response)?.issuer.clone();
    let near = match variant(parameters, ISSUER_SLASH) {
        "scheme" => known.replacen("https://", "http://", 1),
        "case" => known.to_ascii_uppercase(),
        _ => known.trim_end_matches('/').to_owned(),
    };
    issued_by(response, near)
}

fn two_issuers(response: &mut Response, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    match variant(parameters, ISSUER_MISMATCH) {
        "assertion" => OTHER_ISSUER.clone_into(&mut assertion(response)?.issuer),
        _ => response.issuer = Some(OTHER_ISSUER.to_owned()),
    }
    Ok(())
}

fn no_inner_issuer(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    message.at_mut(&["Assertion"])?.take("Issuer")?;
    Ok(())
}

/// saml-profiles 4.1.4.2: absent, or that of an entity.
fn issuer_format(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    for path in [&["Issuer"][..], &["Assertion", "Issuer"]] {
        message.at_mut(path)?.set("Format", names::NAME_ID_EMAIL);
    }
    Ok(())
}

/// saml-core 4.1: of the response or of the assertion, another one or none.
fn other_version(message: &mut Tree, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let chosen = variant(parameters, VERSION);
    let (element, version) = chosen.split_once('-').unwrap_or_default();
    let path: &[&str] = if element == "assertion" {
        &["Assertion"]
    } else {
        &[]
    };
    let element = message.at_mut(path)?;
    if version == "missing" {
        element.unset("Version")?;
    } else {
        element.set("Version", version);
    }
    Ok(())
}

fn no_id(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    message.unset("ID")?;
    Ok(())
}

/// What the schema leaves open, and few identity providers send.
fn consent_and_extensions(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    message.set("Consent", "urn:oasis:names:tc:SAML:2.0:consent:obtained");
    let foreign = Tree::new("x:Hint")
        .with("xmlns:x", "urn:example:extensions")
        .with("level", "1")
        .around("text");
    let name = message.name.replace("Response", "Extensions");
    let place = message.place("Issuer")? + 1;
    message.insert(place, Tree::new(&name).around(foreign));
    Ok(())
}
