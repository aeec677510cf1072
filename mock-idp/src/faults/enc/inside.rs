//! What is in the encrypted assertion, and who signed it: anybody has the key that encrypts for a service provider.

use saml_emit::Encryption;
use saml_model::{Response, SigningOption, names};

use super::super::envelope::encrypted;
use super::super::impostor::{forged_assertion, impersonate, say_it_of_the_victim};
use super::super::sig::choice;
use super::super::sig::keys::attacker;
use super::super::tree::{Tree, nothing};
use super::super::value::{assertion, confirmation_data};
use super::super::{Action, FaultError, Inputs, Parameters, Signer, SigningPlan};
use super::{require_encrypted, require_unsigned_response};

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("enc-ciphertext-swap", Action::Value(of_the_victims_sign_on)),
    ("enc-inner-bad-signature", Action::Plaintext(bad_inner_signature)),
    ("enc-inner-wrong-key", Action::Value(inside_by_the_attacker)),
    ("enc-inner-wrong-key", Action::Signing(attacker)),
    ("enc-namespace-context", Action::Plaintext(without_namespace)),
    ("enc-nested", Action::Plaintext(nested)),
    ("enc-unsigned-inside", Action::Value(inside_by_nobody)),
    ("enc-unsigned-inside", Action::Signing(nobody)),
];

fn inside_by_nobody(
    response: &mut Response,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    require_encrypted("enc-unsigned-inside", inputs)?;
    say_it_of_the_victim(response, parameters, inputs)
}

fn nobody(plan: &mut SigningPlan, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    plan.signer = Signer::Nobody;
    Ok(())
}

fn inside_by_the_attacker(
    response: &mut Response,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    require_encrypted("enc-inner-wrong-key", inputs)?;
    require_unsigned_response(inputs)?;
    say_it_of_the_victim(response, parameters, inputs)
}

/// The victim's assertion, as it was made for a request of the victim's own.
fn of_the_victims_sign_on(
    response: &mut Response,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    require_encrypted("enc-ciphertext-swap", inputs)?;
    require_unsigned_response(inputs)?;
    let victims = inputs.victim(parameters)?.assertion;
    *assertion(response)? = victims.ok_or_else(|| nothing("Assertion"))?;
    confirmation_data(response)?.in_response_to = Some(format!("_{}", inputs.stranger));
    Ok(())
}

/// Says it of the victim under a signature that no longer fits; that of the response is made afterwards, and does.
fn bad_inner_signature(
    assertion: &str,
    _: &Encryption<'_>,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<String, FaultError> {
    match inputs.option {
        SigningOption::Assertion => return Err(FaultError::NotSignedThere { unsigned: "response" }),
        SigningOption::Response => {
            return Err(FaultError::NotSignedThere {
                unsigned: "assertion",
            });
        }
        SigningOption::ResponseAndAssertion => {}
    }
    let mut around = Tree::new("around").around(Tree::read(assertion)?);
    impersonate(&mut around, parameters, inputs)?;
    Ok(around.take("Assertion")?.write())
}

/// The namespace is bound outside alone, where it no longer is once the assertion stands by itself (saml-core 6.1).
fn without_namespace(
    assertion: &str,
    _: &Encryption<'_>,
    _: &Parameters,
    _: &Inputs<'_>,
) -> Result<String, FaultError> {
    let mut assertion = Tree::read(assertion)?;
    assertion.unset("xmlns")?;
    Ok(assertion.write())
}

#[derive(Clone, Copy)]
enum Plaintext {
    Encrypted,
    Two,
    Response,
}

/// What is decrypted is no assertion, but more than one or something around it (saml-core 2.3.4).
fn nested(
    assertion: &str,
    encryption: &Encryption<'_>,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<String, FaultError> {
    let plaintext = choice(
        parameters,
        "plaintext",
        &[
            ("encrypted-assertion", Plaintext::Encrypted),
            ("two-assertions", Plaintext::Two),
            ("response", Plaintext::Response),
        ],
    )?;
    Ok(match plaintext {
        Plaintext::Encrypted => encrypted("EncryptedAssertion", assertion, encryption)?.write(),
        Plaintext::Two => [&forged_assertion(parameters, inputs)?.write(), assertion].concat(),
        Plaintext::Response => response_around(Tree::read(assertion)?, inputs)?.write(),
    })
}

/// A response that is whole in itself: only its place is wrong.
fn response_around(assertion: Tree, inputs: &Inputs<'_>) -> Result<Tree, FaultError> {
    let instant = assertion.attribute("IssueInstant");
    let instant = instant.ok_or_else(|| nothing("IssueInstant"))?.to_owned();
    let issuer = assertion
        .at(&["Issuer"])?
        .clone()
        .with("xmlns", names::NS_ASSERTION);
    let success = Tree::new("samlp:StatusCode").with("Value", names::STATUS_SUCCESS);
    Ok(Tree::new("samlp:Response")
        .with("xmlns:samlp", names::NS_PROTOCOL)
        .with("ID", &format!("_{}", inputs.stranger))
        .with("Version", names::VERSION)
        .with("IssueInstant", &instant)
        .around(issuer)
        .around(Tree::new("samlp:Status").around(success))
        .around(assertion))
}
