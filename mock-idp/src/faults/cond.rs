//! Conditions: for whom an assertion is, and what else it depends on (saml-core 2.5.1). When it is valid is in [`instants`].

pub(super) mod instants;

use saml_model::{Conditions, Response, names};

use super::tree::Tree;
use super::value::{OTHER_AUDIENCE, conditions, unlike};
use super::{Action, FaultError, Inputs, Parameters, variant};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("cond-audience-other", Action::Value(other_audience)),
    (AUDIENCE_PREFIX, Action::Value(near_audience)),
    ("cond-audience-spn", Action::Value(audience_of_an_spn)),
    ("cond-audience-two-in-one", Action::Value(two_audiences)),
    ("cond-audience-two-restrictions", Action::Value(two_restrictions)),
    (DUPLICATE, Action::Draft(duplicate)),
    ("cond-empty", Action::Draft(empty)),
    ("cond-missing", Action::Draft(missing)),
    ("cond-onetimeuse", Action::Value(one_time_use)),
    ("cond-proxyrestriction", Action::Draft(proxy_restriction)),
    ("cond-unknown-condition", Action::Draft(unknown_condition)),
];

const AUDIENCE_PREFIX: &str = "cond-audience-prefix";
const DUPLICATE: &str = "cond-duplicate";

fn other_audience(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    conditions(response)?.audience_restrictions = vec![vec![OTHER_AUDIENCE.to_owned()]];
    Ok(())
}

/// The audience, which is one in every honest response.
fn audience(conditions: &mut Conditions) -> Result<&mut String, FaultError> {
    let first = conditions.audience_restrictions.first_mut();
    let audience = first.and_then(|audiences| audiences.first_mut());
    audience.ok_or_else(|| super::tree::nothing("Audience"))
}

/// saml-core 1.3.2: URIs are compared octet by octet.
fn near_audience(response: &mut Response, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let audience = audience(conditions(response)?)?;
    let near = match variant(parameters, AUDIENCE_PREFIX) {
        "host" => format!("{audience}.evil.test"),
        "case" => audience.to_ascii_uppercase(),
        "slash" => format!("{audience}/"),
        _ => format!("{audience}/x"),
    };
    *audience = unlike(audience, near)?;
    Ok(())
}

/// How Entra names an application by its id in other tokens.
fn audience_of_an_spn(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let audience = audience(conditions(response)?)?;
    *audience = format!("spn:{audience}");
    Ok(())
}

fn two_audiences(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let restrictions = &mut conditions(response)?.audience_restrictions;
    for audiences in restrictions {
        audiences.insert(0, OTHER_AUDIENCE.to_owned());
    }
    Ok(())
}

fn two_restrictions(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let restrictions = &mut conditions(response)?.audience_restrictions;
    restrictions.push(vec![OTHER_AUDIENCE.to_owned()]);
    Ok(())
}

fn one_time_use(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    conditions(response)?.one_time_use = true;
    Ok(())
}

/// One is for another service provider, the other is the honest one.
fn duplicate(message: &mut Tree, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let assertion = message.at_mut(&["Assertion"])?;
    let place = assertion.place("Conditions")?;
    let mut strict = assertion.at(&["Conditions"])?.clone();
    let audience = strict.at_mut(&["AudienceRestriction", "Audience"])?;
    audience.set_content(OTHER_AUDIENCE);
    let is_first = variant(parameters, DUPLICATE) == "strict-first";
    assertion.insert(if is_first { place } else { place + 1 }, strict);
    Ok(())
}

/// saml-profiles 4.1.4.2: an AudienceRestriction is required, and this is where it would be.
fn missing(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    message.at_mut(&["Assertion"])?.take("Conditions")?;
    Ok(())
}

fn empty(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    *message.at_mut(&["Assertion", "Conditions"])? = Tree::new("Conditions");
    Ok(())
}

/// saml-core 2.5.1.6.
fn proxy_restriction(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let conditions = message.at_mut(&["Assertion", "Conditions"])?;
    conditions
        .children
        .push(Tree::new("ProxyRestriction").with("Count", "0").into());
    Ok(())
}

/// saml-core 2.5.1.1: whoever does not know a condition cannot say that it holds.
fn unknown_condition(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let unknown = Tree::new("Condition")
        .with("xmlns:xsi", names::NS_XSI)
        .with("xmlns:x", "urn:example:conditions")
        .with("xsi:type", "x:Foo");
    let conditions = message.at_mut(&["Assertion", "Conditions"])?;
    conditions.children.push(unknown.into());
    Ok(())
}
