//! The names of elements: other prefixes, no namespace, another version of SAML.

use saml_model::names::{self, NS_ASSERTION, NS_PROTOCOL};

use super::super::forge::Forge;
use super::super::impostor::id;
use super::super::sig::choice;
use super::super::tree::{Node, Tree};
use super::super::{Action, FaultError, Inputs, Parameters};
use super::Written;

pub(in super::super) const ACTIONS: &[(&str, Action)] = &[
    ("xml-no-namespace", Action::Draft(without_namespaces)),
    ("xml-prefix-variants", Action::Draft(other_prefixes)),
    ("xml-prefix-variants", Action::Forge(prefixed_signature)),
    ("xml-saml11", Action::Message(saml_1_1)),
];

/// The prefixes of a message.
#[derive(Clone, Copy)]
struct Prefixes {
    /// Of the protocol; empty: it is the default namespace.
    protocol: &'static str,
    /// Of the assertion.
    assertion: &'static str,
    /// Of the signature, which the root declares; empty: as Entra.
    signature: &'static str,
}

fn prefixes(parameters: &Parameters) -> Result<Prefixes, FaultError> {
    let of = |protocol, assertion, signature| Prefixes {
        protocol,
        assertion,
        signature,
    };
    choice(
        parameters,
        "prefixes",
        &[
            ("saml2p", of("saml2p", "saml2", "ds")),
            ("samlp", of("samlp", "saml", "dsig")),
            ("default", of("", "", "")),
            ("odd", of("_.p-1", "Ä", "xs")),
        ],
    )
}

/// All prefixes that the message has are declared at its root, where there are any.
fn other_prefixes(
    message: &mut Tree,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    inputs.require_plain()?;
    let prefixes = prefixes(parameters)?;
    message.rename(&|name| {
        let local = name.strip_prefix("samlp:");
        let prefix = match local {
            Some(_) => prefixes.protocol,
            None => prefixes.assertion,
        };
        prefixed(prefix, local.unwrap_or(name))
    });
    undeclare(message);
    declare(message, prefixes.protocol, NS_PROTOCOL);
    if prefixes.assertion.is_empty() {
        for child in &mut message.children {
            if let Node::Tree(child) = child
                && matches!(child.name.as_str(), "Issuer" | "Assertion")
            {
                declare(child, "", NS_ASSERTION);
            }
        }
    } else {
        declare(message, prefixes.assertion, NS_ASSERTION);
    }
    if !prefixes.signature.is_empty() {
        declare(message, prefixes.signature, names::NS_DSIG);
    }
    Ok(())
}

fn prefixed_signature(forge: &mut Forge, parameters: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    forge.prefix = prefixes(parameters)?.signature.to_owned();
    Ok(())
}

fn without_namespaces(message: &mut Tree, _: &Parameters, _: &Inputs<'_>) -> Result<(), FaultError> {
    undeclare(message);
    message.rename(&|name| name.trim_start_matches("samlp:").to_owned());
    Ok(())
}

fn undeclare(tree: &mut Tree) {
    tree.attributes
        .retain(|(name, _)| name != "xmlns" && !name.starts_with("xmlns:"));
    for child in &mut tree.children {
        if let Node::Tree(child) = child {
            undeclare(child);
        }
    }
}

fn declare(tree: &mut Tree, prefix: &str, namespace: &str) {
    let name = match prefix {
        "" => "xmlns".to_owned(),
        prefix => format!("xmlns:{prefix}"),
    };
    tree.set(&name, namespace);
}

fn prefixed(prefix: &str, local: &str) -> String {
    match prefix {
        "" => local.to_owned(),
        prefix => format!("{prefix}:{local}"),
    }
}

/// A response as SAML 1.1 has it, signed, of the same user (saml-core-1.1 2, 3; saml-bindings-1.1 4.1.1).
fn saml_1_1(xml: &str, _: &Parameters, inputs: &Inputs<'_>) -> Written {
    inputs.require_plain()?;
    let message = Tree::read(xml)?;
    let text = |path: &[&str]| Ok::<_, FaultError>(message.at(path)?.content());
    let attribute = |path: &[&str], name: &str| {
        let element = message.at(path)?;
        Ok::<_, FaultError>(element.attribute(name).unwrap_or_default().to_owned())
    };
    let conditions = &["Assertion", "Conditions"];
    let (issued, recipient) = (attribute(&[], "IssueInstant")?, attribute(&[], "Destination")?);
    let (start, end) = (
        attribute(conditions, "NotBefore")?,
        attribute(conditions, "NotOnOrAfter")?,
    );
    let audience = text(&["Assertion", "Conditions", "AudienceRestriction", "Audience"])?;
    let (issuer, name) = (text(&["Assertion", "Issuer"])?, text(super::NAME_ID)?);
    let (response, assertion) = (id(inputs, "response-1.1"), id(inputs, "assertion-1.1"));
    let old = format!(
        "<Response xmlns=\"urn:oasis:names:tc:SAML:1.0:protocol\" xmlns:samlp=\"urn:oasis:names:tc:SAML:1.0:protocol\" \
         MajorVersion=\"1\" MinorVersion=\"1\" ResponseID=\"{response}\" IssueInstant=\"{issued}\" Recipient=\"{recipient}\">\
         <Status><StatusCode Value=\"samlp:Success\"/></Status>\
         <Assertion xmlns=\"urn:oasis:names:tc:SAML:1.0:assertion\" MajorVersion=\"1\" MinorVersion=\"1\" \
         AssertionID=\"{assertion}\" Issuer=\"{issuer}\" IssueInstant=\"{issued}\">\
         <Conditions NotBefore=\"{start}\" NotOnOrAfter=\"{end}\"><AudienceRestrictionCondition>\
         <Audience>{audience}</Audience></AudienceRestrictionCondition></Conditions>\
         <AuthenticationStatement AuthenticationMethod=\"urn:oasis:names:tc:SAML:1.0:am:password\" \
         AuthenticationInstant=\"{issued}\"><Subject><NameIdentifier>{name}</NameIdentifier><SubjectConfirmation>\
         <ConfirmationMethod>urn:oasis:names:tc:SAML:1.0:cm:bearer</ConfirmationMethod></SubjectConfirmation></Subject>\
         </AuthenticationStatement></Assertion></Response>"
    );
    let mut forge = Forge::new(inputs.algorithm, inputs.own()?);
    forge.uri = Some(Some(format!("#{response}")));
    Ok(forge.sign(&Tree::read(&old)?, &[], inputs.own()?)?.write())
}
