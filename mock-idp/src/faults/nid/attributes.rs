//! What stands in attributes (saml-core 2.7.3).

use saml_model::{Attribute, Response, names};

use super::super::person::{is_mail, mails, names_somebody};
use super::super::tree::{Node, Tree, nothing};
use super::super::value::assertion;
use super::super::{Action, FaultError, Inputs, Parameters, variant};

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    (DUPLICATE, Action::Value(twice)),
    ("nid-attr-friendlyname", Action::Draft(friendly_name)),
    ("nid-attr-multivalue", Action::Value(two_mails)),
    (NAME_CASE, Action::Value(near_names)),
    (NAME_FORMAT, Action::Value(name_format)),
    ("nid-attr-nested-xml", Action::Draft(nested)),
    ("nid-attr-two-statements", Action::Draft(two_statements)),
    (XSI_TYPE, Action::Draft(typed)),
    (EMPTY_MAIL, Action::Draft(empty_mail)),
    ("nid-group-overage", Action::Value(overage)),
    ("nid-missing-email-attr", Action::Value(no_mail)),
    ("nid-role-spoof-display", Action::Value(spoofed_role)),
];

const DUPLICATE: &str = "nid-attr-duplicate-name";
const EMPTY_MAIL: &str = "nid-empty-email-attr";
const NAME_CASE: &str = "nid-attr-name-case";
const NAME_FORMAT: &str = "nid-attr-nameformat";
const XSI_TYPE: &str = "nid-attr-xsi-type";

/// The job title, as a claim of a user's own choice may be called.
const JOB_TITLE: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/jobtitle";
/// eduPersonTargetedID, whose value is a NameID.
const TARGETED_ID: &str = "urn:oid:1.3.6.1.4.1.5923.1.1.1.10";
/// An attribute whose value users may edit.
const NICKNAME: &str = "urn:example:attributes:nickname";

const STATEMENT: &[&str] = &["Assertion", "AttributeStatement"];

fn attribute(name: &str, values: Vec<String>) -> Attribute {
    Attribute {
        name: name.to_owned(),
        name_format: None,
        values,
    }
}

fn no_mail(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    mails(response)?;
    assertion(response)?
        .attributes
        .retain(|attribute| !is_mail(&attribute.name));
    Ok(())
}

/// The victim's attributes that name somebody.
fn of_victim(parameters: &Parameters, inputs: &Inputs<'_>) -> Result<Vec<Attribute>, FaultError> {
    let mut victim = inputs.victim(parameters)?;
    let mut attributes = std::mem::take(&mut assertion(&mut victim)?.attributes);
    attributes.retain(names_somebody);
    Ok(attributes)
}

/// Each name twice, with the values of both users.
fn twice(response: &mut Response, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let victims = of_victim(parameters, inputs)?;
    let own = &mut assertion(response)?.attributes;
    match variant(parameters, DUPLICATE) {
        "victim-first" => drop(own.splice(0..0, victims)),
        _ => own.extend(victims),
    }
    Ok(())
}

fn two_mails(
    response: &mut Response,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let victims = of_victim(parameters, inputs)?;
    for mail in mails(response)? {
        let same = victims.iter().find(|other| other.name == mail.name);
        mail.values
            .extend(same.ok_or_else(|| nothing("mail of the victim"))?.values.clone());
    }
    Ok(())
}

/// Somebody else's values under names that are almost those of the user's own (saml-core 2.7.3.1: compared exactly).
fn near_names(
    response: &mut Response,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let is_slash = variant(parameters, NAME_CASE) == "slash";
    let attributes = &mut assertion(response)?.attributes;
    let mut others: Vec<_> = attributes
        .iter()
        .filter(|it| names_somebody(it))
        .cloned()
        .collect();
    for other in &mut others {
        other.name = if is_slash {
            format!("{}/", other.name)
        } else {
            other.name.to_ascii_uppercase()
        };
        other.values = vec![nobody(other.values.first(), inputs)];
    }
    attributes.splice(0..0, others);
    Ok(())
}

/// Of the same kind as a value, and nobody's.
fn nobody(value: Option<&String>, inputs: &Inputs<'_>) -> String {
    match value.and_then(|value| value.split_once('@')) {
        Some((_, domain)) => format!("admin@{domain}"),
        None => inputs.stranger.to_string(),
    }
}

fn name_format(response: &mut Response, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let format = match variant(parameters, NAME_FORMAT) {
        "basic" => names::ATTRIBUTE_NAME_BASIC,
        "unspecified" => names::ATTRIBUTE_NAME_UNSPECIFIED,
        _ => names::ATTRIBUTE_NAME_URI,
    };
    for attribute in &mut assertion(response)?.attributes {
        attribute.name_format = Some(format.to_owned());
    }
    Ok(())
}

/// The link that Entra sends in place of more groups than it lists (entra-behaviour.md 4.4).
fn overage(response: &mut Response, parameters: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let attributes = &mut assertion(response)?.attributes;
    let first = |name: &str| {
        let found = attributes.iter().find(|attribute| attribute.name == name);
        found.and_then(|attribute| attribute.values.first().cloned())
    };
    let tenant = first(names::CLAIM_TENANT_ID).unwrap_or_else(|| inputs.stranger.to_string());
    let user = first(names::CLAIM_OBJECT_ID).unwrap_or_else(|| inputs.stranger.to_string());
    let graph = || format!("https://graph.windows.net/{tenant}/users/{user}/getMemberObjects");
    let link = parameters.get("value").cloned().unwrap_or_else(graph);
    attributes.retain(|attribute| attribute.name != names::CLAIM_GROUPS);
    attributes.push(attribute(names::CLAIM_GROUPS_LINK, vec![link]));
    Ok(())
}

/// What users may call themselves is no role.
fn spoofed_role(response: &mut Response, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let attributes = &mut assertion(response)?.attributes;
    for (name, value) in [(names::CLAIM_DISPLAY_NAME, "admin"), (JOB_TITLE, "Administrator")] {
        attributes.retain(|attribute| attribute.name != name);
        attributes.push(attribute(name, vec![value.to_owned()]));
    }
    Ok(())
}

/// Each attribute value of the message that `wanted` wants by the name of its attribute.
fn for_each_value(
    message: &mut Tree,
    wanted: impl Fn(&str) -> bool,
    mut change: impl FnMut(&mut Tree),
) -> Result<(), FaultError> {
    let mut found = false;
    for attribute in message.at_mut(STATEMENT)?.elements_mut() {
        if attribute.attribute("Name").is_some_and(&wanted) {
            attribute.elements_mut().for_each(&mut change);
            found = true;
        }
    }
    found.then_some(()).ok_or_else(|| nothing("such attribute"))
}

fn empty_mail(message: &mut Tree, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let chosen = variant(parameters, EMPTY_MAIL);
    for_each_value(message, is_mail, |value| {
        value.children.clear();
        match chosen {
            "nil" => {
                value.set("xmlns:xsi", names::NS_XSI);
                value.set("xsi:nil", "true");
            }
            "white-space" => value.set_content(" "),
            _ => {}
        }
    })
}

/// saml-core 2.7.3.1.1: a type may stand there, and the value is the text all the same.
fn typed(message: &mut Tree, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let kind = match variant(parameters, XSI_TYPE) {
        "int" => "xs:int",
        "any-type" => "xs:anyType",
        "unknown" => "x:Unknown",
        _ => "xs:string",
    };
    for_each_value(
        message,
        |_| true,
        |value| {
            value.set("xmlns:xsi", names::NS_XSI);
            value.set("xmlns:xs", "http://www.w3.org/2001/XMLSchema");
            value.set("xmlns:x", "urn:example:types");
            value.set("xsi:type", kind);
        },
    )
}

/// A value that users may edit, under a name of its own whose FriendlyName is that of another (saml-core 2.7.3.1: not for
/// matching).
fn friendly_name(message: &mut Tree, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let statement = message.at_mut(STATEMENT)?;
    let is_mail = |it: &&Tree| it.attribute("Name").is_some_and(is_mail);
    let own = statement
        .elements()
        .find(is_mail)
        .map(|it| it.at(&["AttributeValue"]));
    let own = own.transpose()?.map(Tree::content);
    let mail = nobody(own.as_ref(), inputs);
    for (number, friendly) in ["email", "mail", names::CLAIM_EMAIL_ADDRESS]
        .into_iter()
        .enumerate()
    {
        let value = Tree::new("AttributeValue").around(mail.as_str());
        let nickname = Tree::new("Attribute")
            .with("Name", &format!("{NICKNAME}:{number}"))
            .with("FriendlyName", friendly)
            .around(value);
        statement.insert(0, nickname);
    }
    Ok(())
}

fn nested(message: &mut Tree, _: &Parameters, inputs: &Inputs<'_>) -> Result<(), FaultError> {
    let name_id = Tree::new("NameID")
        .with("Format", names::NAME_ID_PERSISTENT)
        .around(inputs.stranger.to_string());
    let value = Tree::new("AttributeValue").around(name_id);
    let attribute = Tree::new("Attribute").with("Name", TARGETED_ID).around(value);
    message.at_mut(STATEMENT)?.children.push(attribute.into());
    Ok(())
}

/// The second half of the attributes in a statement of their own.
fn two_statements(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let assertion = message.at_mut(&["Assertion"])?;
    let place = assertion.place("AttributeStatement")?;
    let first = assertion.at_mut(&["AttributeStatement"])?;
    if first.children.len() < 2 {
        return Err(nothing("second attribute"));
    }
    let mut second = Tree::new(&first.name);
    second.attributes.clone_from(&first.attributes);
    second.children = first.children.split_off(first.children.len() / 2);
    assertion.insert(place + 1, Node::Tree(second));
    Ok(())
}
