//! What a response carries: no assertion, two, or something else than a response.

use saml_model::{Attribute, Response, SigningOption, names};

use super::super::forge::Forge;
use super::super::tree::{Tree, nothing};
use super::super::value::assertion;
use super::super::{Action, FaultError, Inputs, Parameters, variant};

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    (PLUS_ENCRYPTED, Action::Draft(plain_beside_encrypted)),
    ("env-no-assertion-success", Action::Value(no_assertion)),
    ("env-no-authnstatement", Action::Value(no_authn_statement)),
    ("env-size-max-legit", Action::Value(large)),
    (TWO_SIGNED, Action::Draft(two_assertions)),
    (WRONG_ROOT, Action::Message(wrong_root)),
];

const PLUS_ENCRYPTED: &str = "env-assertion-plus-encrypted";
const TWO_SIGNED: &str = "env-two-assertions-signed";
const WRONG_ROOT: &str = "env-wrong-root";

/// The most groups that Entra lists (entra-behaviour.md 4.4).
const GROUPS: usize = 150;
/// Characters of a photo in base64.
const PHOTO: usize = 180_000;
/// The attribute with the photo.
const PHOTO_NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/thumbnailphoto";

const ASSERTION: &[&str] = &["Assertion"];

fn no_assertion(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let taken = response.assertion.take();
    taken.map(|_| ()).ok_or_else(|| nothing("Assertion"))
}

fn no_authn_statement(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    assertion(response)?.authn_statements.clear();
    Ok(())
}

/// As large as an honest response becomes.
fn large(response: &mut Response, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let attributes = &mut assertion(response)?.attributes;
    attributes.retain(|attribute| attribute.name != names::CLAIM_GROUPS);
    let group = |number: usize| uuid::Uuid::new_v5(&inputs.stranger, &number.to_be_bytes()).to_string();
    for (name, values) in [
        (names::CLAIM_GROUPS, (0..GROUPS).map(group).collect()),
        (PHOTO_NAME, vec!["QUJD".repeat(PHOTO / 4)]),
    ] {
        attributes.push(Attribute {
            name: name.to_owned(),
            name_format: None,
            values,
        });
    }
    Ok(())
}

/// The victim's assertion as the honest identity provider would send it, signed where it signs assertions.
fn victims(message: &Tree, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<Tree, FaultError> {
    let response = inputs.victim(parameters)?;
    let xml = saml_emit::response(&response, inputs.option, None).map_err(|_| FaultError::Unreadable)?;
    // Signed where it will stand: it is canonicalised with the namespaces around it.
    let mut around = message.clone();
    around.take("Assertion")?;
    around.children.push(Tree::read(&xml)?.take("Assertion")?.into());
    if inputs.option.signs_assertion() {
        let key = inputs.own()?;
        around = Forge::new(inputs.algorithm, key).sign(&around, ASSERTION, key)?;
    }
    around.take("Assertion")
}

/// Both are genuine. The first one is signed with the rest of the message; so the second one is signed here.
fn two_assertions(
    message: &mut Tree,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let place = message.place("Assertion")?;
    if variant(parameters, TWO_SIGNED) == "victim-second" {
        let second = victims(message, parameters, inputs)?;
        message.insert(place + 1, second);
        return Ok(());
    }
    let unsigned = Inputs {
        option: SigningOption::Response,
        ..*inputs
    };
    let first = victims(message, parameters, &unsigned)?;
    if inputs.option.signs_assertion() {
        let key = inputs.own()?;
        *message = Forge::new(inputs.algorithm, key).sign(message, ASSERTION, key)?;
    }
    message.insert(place, first);
    Ok(())
}

/// The honest assertion is the first, which is encrypted; the victim's stays as it is.
fn plain_beside_encrypted(
    message: &mut Tree,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    if !inputs.is_encrypted {
        return Err(FaultError::NotEncrypted { id: PLUS_ENCRYPTED });
    }
    if inputs.option.signs_response() {
        let needed =
            "`assertion`: a signature of the response is made before the encryption and would not fit";
        return Err(FaultError::SigningOption { needed });
    }
    let place = message.place("Assertion")?;
    let second = victims(message, parameters, inputs)?;
    message.insert(place + 1, second);
    Ok(())
}

/// saml-bindings 3.5.4: what is posted as `SAMLResponse` here is a Response. Another message, or the assertion alone, signed
/// as it should be.
fn wrong_root(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<String, FaultError> {
    let mut message = Tree::read(xml)?;
    let mut other = match variant(parameters, WRONG_ROOT) {
        "logout-response" => renamed(&message, "LogoutResponse", &["Issuer", "Status"])?,
        "authn-request" => {
            let mut request = renamed(&message, "AuthnRequest", &["Issuer"])?;
            request.attributes.retain(|(name, _)| name != "InResponseTo");
            request
        }
        "artifact-response" => {
            let mut artifact = renamed(&message, "ArtifactResponse", &["Issuer", "Status"])?;
            let id = uuid::Uuid::new_v5(&inputs.stranger, b"artifact");
            artifact.set("ID", &format!("_{id}"));
            artifact.around(message)
        }
        _ => {
            let assertion = message.take("Assertion")?;
            if assertion.place("Signature").is_ok() {
                return Ok(assertion.write());
            }
            assertion
        }
    };
    let key = inputs.own()?;
    other = Forge::new(inputs.algorithm, key).sign(&other, &[], key)?;
    Ok(other.write())
}

/// The message under another name, with these of its children alone.
fn renamed(message: &Tree, name: &str, children: &[&str]) -> Result<Tree, FaultError> {
    let mut other = Tree::new(&message.name.replace("Response", name));
    other.attributes.clone_from(&message.attributes);
    for child in children {
        other.children.push(message.at(&[*child])?.clone().into());
    }
    Ok(other)
}
