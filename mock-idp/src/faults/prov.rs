//! Provisioning: what an account is made of.

use saml_model::names;

use super::tree::{Tree, escaped};
use super::{Action, FaultError, Inputs, Parameters};

pub(super) const ACTIONS: &[(&str, Action)] = &[("prov-role-duplicate", Action::Draft(second_role))];

/// A user's role, and whatever else is asked for, each in an Attribute of the same name (saml-core 2.7.3.1).
fn second_role(message: &mut Tree, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let statement = message.at_mut(&["Assertion", "AttributeStatement"])?;
    let name = Some(names::CLAIM_ROLE);
    if !statement
        .elements()
        .any(|attribute| attribute.attribute("Name") == name)
    {
        add(statement, "user");
    }
    let wanted = parameters.get("value").map_or("admin", String::as_str);
    add(statement, wanted);
    Ok(())
}

fn add(statement: &mut Tree, role: &str) {
    let value = Tree::new("AttributeValue").around(escaped(role));
    let attribute = Tree::new("Attribute")
        .with("Name", names::CLAIM_ROLE)
        .around(value);
    statement.insert(usize::MAX, attribute);
}
