//! Messages that two parsers, or a parser and a canonicaliser, read differently.
//!
//! What is forged stands where nothing that is signed stands, so that the genuine signature holds for whoever reads as it was
//! meant. What no parser should read at all is in [`grammar`].

pub(super) mod grammar;

use saml_model::{Response, names};

use super::forge::{Digested, Forge, signed_paths};
use super::impostor::{forged, forged_assertion, id, say_it_of_the_victim};
use super::sig::{choice, name_of, one_signed};
use super::tree::{Node, Tree, escaped, nothing};
use super::value::{HOUR, assertion, before};
use super::xsw::{genuine_in_an_object, genuine_in_the_signature};
use super::{Action, FaultError, Inputs, Parameters};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("pd-attlist-xmlns", Action::Message(attribute_list)),
    (
        "pd-attribute-name-pollution",
        Action::Draft(polluted_attribute_name),
    ),
    ("pd-attribute-pollution", Action::Message(polluted_id)),
    ("pd-case-fold-elements", Action::Message(lower_case)),
    ("pd-doctype-comment", Action::Message(comment_in_the_doctype)),
    ("pd-empty-element-attrs", Action::Message(empty_element)),
    ("pd-entity-in-id", Action::Message(entity_in_the_id)),
    ("pd-namespace-confusion", Action::Message(foreign_namespace)),
    ("pd-pi-in-text", Action::Value(name_ends_as_the_victims)),
    ("pd-pi-in-text", Action::Message(instruction_in_the_name)),
    ("pd-two-libraries", Action::Draft(split_name)),
    ("pd-two-libraries", Action::Message(second_name)),
    ("pd-void-c14n", Action::Value(say_it_of_the_victim)),
    ("pd-void-c14n", Action::Draft(void_namespace)),
    ("pd-void-c14n", Action::Forge(void_digest)),
];

type Written = Result<String, FaultError>;

/// A namespace that is nobody's.
pub(super) const DECOY: &str = "urn:example:decoy";

/// Puts a decoy where no signature looks and before the genuine assertion: into the signature of a response that is signed
/// itself, else into its Extensions.
fn park(message: &mut Tree, decoy: impl Into<Node>) -> Result<(), FaultError> {
    if one_signed(message)?.is_empty() {
        let signature = message.at_mut(&["Signature"])?;
        signature.children.push(Tree::new("Object").around(decoy).into());
    } else {
        let status = message.place("Status")?;
        message.insert(status, Tree::new("samlp:Extensions").around(decoy));
    }
    Ok(())
}

/// The genuine message to who reads the document type as XML says. To who ends it at the first `>` a comment begins there,
/// which hides the genuine message, and ends before the forged one.
fn comment_in_the_doctype(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Written {
    inputs.require_plain()?;
    let forged = forged(parameters, inputs)?.write();
    Ok(format!(
        "<!DOCTYPE r SYSTEM 'x\"><!--'>{xml}<?x -->{forged}<!-- ?><!-- -->"
    ))
}

/// Only who reads the document type sees that the signature is one, and of two declarations the first counts.
fn attribute_list(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Written {
    let wrapped = genuine_in_the_signature(xml, parameters, inputs)?;
    let declared = format!("<Signature xmlns=\"{}\"", names::NS_DSIG);
    if !wrapped.contains(&declared) {
        return Err(nothing("Signature"));
    }
    let attribute = |namespace: &str| format!("<!ATTLIST Signature xmlns CDATA #FIXED \"{namespace}\">");
    let (genuine, decoy) = (attribute(names::NS_DSIG), attribute(DECOY));
    let bare = wrapped.replace(&declared, "<Signature");
    Ok(format!("<!DOCTYPE samlp:Response [{genuine}{decoy}]>{bare}"))
}

/// The response, which is forged, has the ID of what is signed to whoever expands entities, and another to whoever does not.
fn entity_in_the_id(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Written {
    let mut message = Tree::read(xml)?;
    let path = one_signed(&mut message)?;
    let id = message.at(path)?.attribute("ID").unwrap_or_default();
    let mut wrapped = Tree::read(&genuine_in_an_object(xml, parameters, inputs)?)?;
    wrapped.set("ID", "&e;");
    let wrapped = wrapped.write();
    Ok(format!(
        "<!DOCTYPE samlp:Response [<!ENTITY e \"{id}\">]>{wrapped}"
    ))
}

/// No canonical form has a namespace whose name is no absolute URI (C14N 1.0, 1.3): an error that is not looked at leaves
/// nothing, of which the digest is right.
fn void_namespace(
    message: &mut Tree,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let uri = choice(
        parameters,
        "uri",
        &[("relative", "ns"), ("invalid", "http://e\u{80}")],
    )?;
    for path in signed_paths(inputs.option) {
        message.at_mut(path)?.set("xmlns:void", uri);
    }
    Ok(())
}

fn void_digest(forge: &mut Forge, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    forge.digested = Digested::Octets(String::new());
    Ok(())
}

/// An attribute that only who looks at local names takes for the ID, on an element that is not signed.
fn polluted_id(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let (name, namespace) = choice(
        parameters,
        "prefix",
        &[
            ("samlp", ("samlp:ID", ("xmlns:samlp", names::NS_PROTOCOL))),
            ("foreign", ("x:ID", ("xmlns:x", DECOY))),
        ],
    )?;
    let mut message = Tree::read(xml)?;
    let path = one_signed(&mut message)?;
    let signed = message.at(path)?.attribute("ID").unwrap_or_default().to_owned();
    let unsigned = match path.is_empty() {
        true => message.at_mut(&["Signature", "KeyInfo"])?,
        false => &mut message,
    };
    let (declaration, namespace) = namespace;
    unsigned.set(declaration, namespace);
    // Whoever looks at the first attribute of that local name finds this one.
    unsigned.attributes.insert(0, (name.to_owned(), signed));
    Ok(message.write())
}

/// It is signed, but the name by which it is a role is in a namespace that is nobody's (Namespaces in XML 6.2).
fn polluted_attribute_name(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    let statement = message.at_mut(&["Assertion", "AttributeStatement"])?;
    let decoy = Tree::new("Attribute")
        .with("xmlns:x", DECOY)
        .with("x:Name", names::CLAIM_ROLE)
        .with("Name", DECOY)
        .around(Tree::new("AttributeValue").around("administrator"));
    statement.insert(0, decoy);
    Ok(())
}

/// The victim's assertion, and a signature in it, by their local names alone.
fn foreign_namespace(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Written {
    inputs.require_plain()?;
    let mut message = Tree::read(xml)?;
    let path = one_signed(&mut message)?;
    let mut signature = message.at(path)?.at(&["Signature"])?.clone();
    signature.set("xmlns", DECOY);
    let mut decoy = forged_assertion(parameters, inputs)?;
    decoy.set("xmlns", DECOY);
    decoy.set("ID", &id(inputs, "decoy"));
    let place = decoy.place("Issuer")? + 1;
    decoy.insert(place, signature);
    park(&mut message, decoy)?;
    Ok(message.write())
}

/// The victim's assertion, every name of it in lower case.
fn lower_case(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Written {
    inputs.require_plain()?;
    let mut message = Tree::read(xml)?;
    let mut twin = forged_assertion(parameters, inputs)?;
    twin.set("ID", &id(inputs, "twin"));
    twin.rename(&|name| name.to_lowercase());
    park(&mut message, twin)?;
    Ok(message.write())
}

/// What stands before the victim's name in the one that is signed.
const BEFORE_THE_VICTIMS: &str = "not-an-";

fn name_ends_as_the_victims(
    response: &mut Response,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    let victim = name_of(&inputs.victim(parameters)?)?;
    let subject = assertion(response)?.subject.as_mut();
    let name_id = subject.and_then(|subject| subject.name_id.as_mut());
    name_id.ok_or_else(|| nothing("NameID"))?.value = format!("{BEFORE_THE_VICTIMS}{victim}");
    Ok(())
}

/// A canonicaliser that writes what is in an instruction as text finds the digest right.
fn instruction_in_the_name(xml: &str, _: &Parameters, _: &Inputs<'_>) -> Written {
    let mut message = Tree::read(xml)?;
    let name_id = message.at_mut(&["Assertion", "Subject", "NameID"])?;
    let said = name_id.content();
    let rest = said
        .strip_prefix(BEFORE_THE_VICTIMS)
        .ok_or(FaultError::Unreadable)?;
    name_id.set_content(format!("<?p {BEFORE_THE_VICTIMS}?>{rest}"));
    Ok(message.write())
}

/// A canonicaliser that forgets the attributes of an element without content does not see that they were changed.
fn empty_element(xml: &str, _: &Parameters, inputs: &Inputs<'_>) -> Written {
    let mut message = Tree::read(xml)?;
    let data = message.at_mut(&[
        "Assertion",
        "Subject",
        "SubjectConfirmation",
        "SubjectConfirmationData",
    ])?;
    data.attribute("NotOnOrAfter")
        .ok_or_else(|| nothing("NotOnOrAfter"))?;
    data.children.clear();
    data.set(
        "NotOnOrAfter",
        &format!("{:.3}", before(inputs.now, -HOUR * LATER_HOURS)),
    );
    Ok(message.write())
}

/// How much longer than it should the edited confirmation lasts, in hours.
const LATER_HOURS: i32 = 24;

/// How readers that are no parsers see another name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Second {
    NameId,
    Subject,
    Split,
}

fn second(parameters: &Parameters) -> Result<Second, FaultError> {
    choice(
        parameters,
        "form",
        &[
            ("name-id", Second::NameId),
            ("subject", Second::Subject),
            ("split", Second::Split),
        ],
    )
}

/// The first that a regular expression, or a map from names to values, finds.
fn second_name(xml: &str, parameters: &Parameters, inputs: &Inputs<'_>) -> Written {
    let second = second(parameters)?;
    if second == Second::Split {
        return Ok(xml.to_owned());
    }
    let victim = escaped(&name_of(&inputs.victim(parameters)?)?);
    let mut message = Tree::read(xml)?;
    let decoy = match second {
        Second::NameId => Tree::new("NameID")
            .with("xmlns", names::NS_ASSERTION)
            .around(victim),
        _ => Tree::new("Subject")
            .with("xmlns", DECOY)
            .around(Tree::new("NameID").around(victim)),
    };
    park(&mut message, decoy)?;
    Ok(message.write())
}

/// The name is broken up by an element, and signed so.
fn split_name(message: &mut Tree, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    if second(parameters)? != Second::Split {
        return Ok(());
    }
    let name_id = message.at_mut(&["Assertion", "Subject", "NameID"])?;
    let said = name_id.content();
    let at = said.find('@').ok_or_else(|| nothing("`@` in its NameID"))?;
    let (local, domain) = said.split_at(at);
    name_id.set_content(format!("{local}<x xmlns=\"{DECOY}\"/>{domain}"));
    Ok(())
}
