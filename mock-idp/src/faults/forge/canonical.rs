//! Canonicalisation as a fault writes it, and as it is done.

use saml_accept::c14n::{Exclusive, canonicalize};
use saml_accept::xml;
use saml_model::names;

use super::super::FaultError;
use super::super::tree::{Node, Tree};

/// A canonicalisation as it is written and as it is done.
#[derive(Clone, Debug)]
pub(in super::super) struct Canonicalization {
    /// `Algorithm`.
    pub(in super::super) uri: String,
    /// What stands in the element.
    pub(in super::super) content: String,
    /// Whether comments are kept.
    pub(in super::super) with_comments: bool,
    /// The prefixes that are treated as inclusive canonicalisation treats all; `None`: it is inclusive.
    pub(in super::super) prefixes: Option<Vec<String>>,
}

impl Canonicalization {
    /// Exclusive, without comments.
    pub(in super::super) fn exclusive() -> Self {
        Self {
            uri: names::C14N_EXCLUSIVE.to_owned(),
            content: String::new(),
            with_comments: false,
            prefixes: Some(Vec::new()),
        }
    }

    /// The canonical form of an element of this message.
    ///
    /// # Errors
    /// A message that cannot be canonicalised.
    pub(super) fn of(&self, xml: &str, element: xml::Element<'_>) -> Result<String, FaultError> {
        let all;
        let prefixes: Vec<&str> = match &self.prefixes {
            Some(prefixes) => prefixes.iter().map(String::as_str).collect(),
            None => {
                all = declared(xml)?;
                all.iter().map(String::as_str).collect()
            }
        };
        let mode = Exclusive {
            with_comments: self.with_comments,
            inclusive_prefixes: &prefixes,
        };
        canonicalize(element, &mode, None).map_err(|_| FaultError::Unreadable)
    }
}

/// Every prefix that a message declares. Inclusive canonicalisation is the exclusive one with all of them in its list, where no
/// attribute is in the namespace of XML itself, as in all messages here.
fn declared(xml: &str) -> Result<Vec<String>, FaultError> {
    fn collect(tree: &Tree, prefixes: &mut Vec<String>) {
        for (name, _) in &tree.attributes {
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => "#default",
                Some(prefixed) => prefixed.trim_start_matches(':'),
                None => continue,
            };
            if !prefixes.iter().any(|known| known == prefix) {
                prefixes.push(prefix.to_owned());
            }
        }
        for child in &tree.children {
            if let Node::Tree(child) = child {
                collect(child, prefixes);
            }
        }
    }
    let mut prefixes = Vec::new();
    collect(&Tree::read(xml)?, &mut prefixes);
    Ok(prefixes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_is_found_once() {
        let declared = declared("<a xmlns=\"u\" xmlns:p=\"v\"><b xmlns:p=\"w\" xmlns:q=\"x\"/></a>").unwrap();
        assert_eq!(declared, ["#default", "p", "q"]);
    }
}
