//! Text that is spelled in more than one way: comments, sections, references and white space, put in after signing.
//!
//! Canonicalisation takes comments away and writes sections and references as text, so that the signature holds; what a reader
//! takes for the text is up to it (VU#475445). See also [`entities`], [`names`], [`octets`] and [`size`].

pub(super) mod entities;
pub(super) mod names;
pub(super) mod octets;
pub(super) mod size;

use saml_model::Response;
use saml_model::names::CLAIM_OBJECT_ID;

use super::sig::{choice, name_of};
use super::tree::{Node, Tree, escaped, nothing};
use super::value::assertion;
use super::{Action, FaultError, Inputs, Parameters, VICTIM};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("xml-cdata-nameid", Action::Message(section)),
    ("xml-cdata-nameid-suffix", Action::Message(section_behind)),
    ("xml-charref-nameid", Action::Message(character_references)),
    ("xml-comment-attribute", Action::Message(comment_in_an_attribute)),
    (
        "xml-comment-issuer-audience",
        Action::Message(comment_in_issuer_or_audience),
    ),
    (
        "xml-comment-nameid-middle",
        Action::Value(name_begins_as_the_victims),
    ),
    ("xml-comment-nameid-middle", Action::Message(comment_in_the_name)),
    (
        "xml-comment-nameid-start",
        Action::Message(comment_before_the_name),
    ),
    ("xml-control-chars", Action::Message(control_character)),
    ("xml-whitespace-pretty", Action::Message(indented)),
];

type Written = Result<String, FaultError>;

const NAME_ID: &[&str] = &["Assertion", "Subject", "NameID"];

/// A comment, empty so that it is least likely to be looked for.
const COMMENT: &str = "<!---->";

/// What follows the victim's name in one that is signed. Nobody has it: `.example` is reserved (RFC 2606).
const BEHIND_THE_VICTIMS: &str = ".evil.example";

/// Changes the text of an element as it is spelled.
fn respell(xml: &str, path: &[&str], spell: impl FnOnce(&str) -> Written) -> Written {
    let mut message = Tree::read(xml)?;
    let element = message.at_mut(path)?;
    let spelled = spell(&element.content())?;
    element.set_content(spelled);
    Ok(message.write())
}

/// Where a victim is named, what is signed begins with the victim's name.
fn name_begins_as_the_victims(
    response: &mut Response,
    parameters: &Parameters,
    inputs: &Inputs<'_>,
) -> Result<(), FaultError> {
    if parameters.contains_key(VICTIM) {
        let victim = name_of(&inputs.victim(parameters)?)?;
        let subject = assertion(response)?.subject.as_mut();
        let name_id = subject.and_then(|subject| subject.name_id.as_mut());
        name_id.ok_or_else(|| nothing("NameID"))?.value = format!("{victim}{BEHIND_THE_VICTIMS}");
    }
    Ok(())
}

/// Behind the victim's name, else in the middle of the user's own.
fn comment_in_the_name(xml: &str, _: &Parameters, _: &Inputs<'_>) -> Written {
    respell(xml, NAME_ID, |name| {
        let at = match name.strip_suffix(BEHIND_THE_VICTIMS) {
            Some(victim) => victim.len(),
            None => name
                .find('@')
                .unwrap_or_else(|| name.floor_char_boundary(name.len() / 2)),
        };
        let (before, after) = name.split_at(at);
        Ok(format!("{before}{COMMENT}{after}"))
    })
}

fn comment_before_the_name(xml: &str, _: &Parameters, _: &Inputs<'_>) -> Written {
    respell(xml, NAME_ID, |name| Ok(format!("{COMMENT}{name}")))
}

/// After its first eight characters, which an object id has before its first hyphen.
fn comment_in_an_attribute(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let name = escaped(parameters.get("name").map_or(CLAIM_OBJECT_ID, String::as_str));
    let mut message = Tree::read(xml)?;
    let statement = message.at_mut(&["Assertion", "AttributeStatement"])?;
    let mut attributes = statement.children.iter_mut().filter_map(|child| match child {
        Node::Tree(tree) => Some(tree),
        Node::Markup(_) => None,
    });
    let attribute = attributes.find(|attribute| attribute.attribute("Name") == Some(name.as_str()));
    let attribute = attribute.ok_or_else(|| nothing(&format!("attribute `{name}`")))?;
    let value = attribute.at_mut(&["AttributeValue"])?;
    let said = value.content();
    let (before, after) = said.split_at(said.floor_char_boundary(8.min(said.len() / 2)));
    value.set_content(format!("{before}{COMMENT}{after}"));
    Ok(message.write())
}

fn comment_in_issuer_or_audience(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let path = choice(
        parameters,
        "element",
        &[
            ("Issuer", &["Assertion", "Issuer"] as &[&str]),
            (
                "Audience",
                &["Assertion", "Conditions", "AudienceRestriction", "Audience"],
            ),
        ],
    )?;
    respell(xml, path, |text| {
        let (before, after) = text.split_at(text.floor_char_boundary(text.len() / 2));
        Ok(format!("{before}{COMMENT}{after}"))
    })
}

fn section(xml: &str, _: &Parameters, _: &Inputs<'_>) -> Written {
    respell(xml, NAME_ID, |name| match name.contains(['&', '<']) {
        // In a section references are text.
        true => Err(FaultError::Unreadable),
        false => Ok(format!("<![CDATA[{name}]]>")),
    })
}

/// A reader that takes sections for no text, and a canonicaliser that does, see what was signed.
fn section_behind(xml: &str, _: &Parameters, _: &Inputs<'_>) -> Written {
    respell(xml, NAME_ID, |name| {
        Ok(format!("{name}<![CDATA[{BEHIND_THE_VICTIMS}]]>"))
    })
}

fn character_references(xml: &str, _: &Parameters, _: &Inputs<'_>) -> Written {
    respell(xml, NAME_ID, |name| {
        let mut letters = 0_usize;
        let spell = |letter: char| {
            letters += 1;
            match (letter.is_ascii_alphabetic(), letters % 2) {
                (true, 0) => format!("&#{};", u32::from(letter)),
                (true, _) => format!("&#x{:x};", u32::from(letter)),
                (false, _) => letter.to_string(),
            }
        };
        // The letters of a reference are none of the name.
        match name.contains('&') {
            true => Err(FaultError::Unreadable),
            false => Ok(name.chars().map(spell).collect()),
        }
    })
}

/// What XML cannot hold (XML 2.2).
fn control_character(xml: &str, parameters: &Parameters, _: &Inputs<'_>) -> Written {
    let code = choice(
        parameters,
        "character",
        &[
            ("nul", '\0'),
            ("backspace", '\u{8}'),
            ("noncharacter", '\u{FFFE}'),
        ],
    )?;
    let is_reference = choice(parameters, "as", &[("itself", false), ("reference", true)])?;
    respell(xml, NAME_ID, |name| {
        Ok(match is_reference {
            true => format!("{name}&#{};", u32::from(code)),
            false => format!("{name}{code}"),
        })
    })
}

/// As people read XML: each element on a line of its own.
fn indented(xml: &str, _: &Parameters, _: &Inputs<'_>) -> Written {
    fn indent(tree: &mut Tree, depth: usize) {
        if tree.elements().next().is_none() {
            return;
        }
        let line = |depth: usize| Node::Markup(format!("\n{}", "  ".repeat(depth)));
        let children = std::mem::take(&mut tree.children);
        for mut child in children {
            if let Node::Tree(child) = &mut child {
                indent(child, depth + 1);
            }
            tree.children.extend([line(depth + 1), child]);
        }
        tree.children.push(line(depth));
    }
    let mut message = Tree::read(xml)?;
    indent(&mut message, 0);
    Ok(message.write())
}
