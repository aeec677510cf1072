//! The two spellings of one tree.
//!
//! Wire form: attributes in the order in which they were added, namespace declarations last and only where a
//! name first needs them (or the element asks), `/>` without a space. Canonical form: exclusive C14N without
//! comments and without an `InclusiveNamespaces` list (xml-exc-c14n, 3): declarations first and only of
//! visibly used namespaces, attributes sorted, start and end tags written out. It is correct by construction for
//! the trees of this crate, and for nothing else.

use crate::{
    EmitError, Place,
    element::{Attribute, Element, Namespace, Node},
    escape::{self, Escaping},
};

/// The XML of an ordinary message fits without growing the buffer.
const EXPECTED_BYTES: usize = 8 * 1024;

/// The element as Entra writes it.
///
/// # Errors
///
/// [`EmitError::ForbiddenCharacter`].
pub(crate) fn wire(element: &Element<'_>) -> Result<String, EmitError> {
    render(element, Form::Wire)
}

/// The element as exclusive C14N gives it when it is the apex of the node set.
///
/// # Errors
///
/// [`EmitError::ForbiddenCharacter`].
pub(crate) fn canonical(element: &Element<'_>) -> Result<String, EmitError> {
    render(element, Form::Canonical)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Wire,
    Canonical,
}

fn render(element: &Element<'_>, form: Form) -> Result<String, EmitError> {
    let mut renderer = Renderer {
        form,
        out: String::with_capacity(EXPECTED_BYTES),
        scope: Vec::with_capacity(8),
    };
    renderer.element(element)?;
    Ok(renderer.out)
}

struct Renderer {
    form: Form,
    out: String,
    /// Every declaration written on the way from the apex, innermost last.
    scope: Vec<Namespace>,
}

impl Renderer {
    fn element(&mut self, element: &Element<'_>) -> Result<(), EmitError> {
        let outer = self.scope.len();
        self.out.push('<');
        self.name(element.namespace, element.local);
        match self.form {
            Form::Wire => {
                self.attributes(element, element.attributes.iter())?;
                self.declare_used(element);
                self.declare_missing(element.declares);
                self.declarations(outer);
            }
            Form::Canonical => {
                self.declare_used(element);
                // The default namespace's empty prefix sorts first, as C14N wants.
                self.scope[outer..].sort_by_key(|namespace| namespace.prefix);
                self.declarations(outer);
                self.sorted_attributes(element)?;
            }
        }
        if element.children.is_empty() && self.form == Form::Wire {
            self.out.push_str("/>");
        } else {
            self.out.push('>');
            self.children(element)?;
            self.out.push_str("</");
            self.name(element.namespace, element.local);
            self.out.push('>');
        }
        self.scope.truncate(outer);
        Ok(())
    }

    fn children(&mut self, element: &Element<'_>) -> Result<(), EmitError> {
        let escaping = match self.form {
            Form::Wire => Escaping::WireText,
            Form::Canonical => Escaping::CanonicalText,
        };
        for child in &element.children {
            match child {
                Node::Element(child) => self.element(child)?,
                Node::Text(text) => self.value(text, escaping, element.local, None)?,
            }
        }
        Ok(())
    }

    /// Canonical XML 1.0, 2.2: by namespace URI, then by local name; those in no namespace come first.
    fn sorted_attributes(&mut self, element: &Element<'_>) -> Result<(), EmitError> {
        let key = |attribute: &Attribute<'_>| (attribute.namespace.uri, attribute.local);
        if element.attributes.is_sorted_by_key(key) {
            return self.attributes(element, element.attributes.iter());
        }
        let mut sorted: Vec<_> = element.attributes.iter().collect();
        sorted.sort_by_key(|attribute| key(attribute));
        self.attributes(element, sorted.into_iter())
    }

    fn attributes<'e, 'a: 'e>(
        &mut self,
        element: &Element<'_>,
        attributes: impl Iterator<Item = &'e Attribute<'a>>,
    ) -> Result<(), EmitError> {
        let escaping = match self.form {
            Form::Wire => Escaping::WireAttribute,
            Form::Canonical => Escaping::CanonicalAttribute,
        };
        for attribute in attributes {
            self.out.push(' ');
            self.name(attribute.namespace, attribute.local);
            self.out.push_str("=\"");
            self.value(&attribute.value, escaping, element.local, Some(attribute.local))?;
            self.out.push('"');
        }
        Ok(())
    }

    /// Puts what the element's own name and its prefixed attributes use into scope.
    fn declare_used(&mut self, element: &Element<'_>) {
        self.declare_missing(&[element.namespace]);
        for attribute in &element.attributes {
            if !attribute.namespace.prefix.is_empty() {
                self.declare_missing(&[attribute.namespace]);
            }
        }
    }

    fn declare_missing(&mut self, namespaces: &[Namespace]) {
        for namespace in namespaces {
            let bound = self
                .scope
                .iter()
                .rev()
                .find(|bound| bound.prefix == namespace.prefix);
            if bound.is_none_or(|bound| bound.uri != namespace.uri) {
                self.scope.push(*namespace);
            }
        }
    }

    /// Writes what came into scope after `outer`.
    fn declarations(&mut self, outer: usize) {
        for namespace in &self.scope[outer..] {
            self.out.push_str(" xmlns");
            if !namespace.prefix.is_empty() {
                self.out.push(':');
                self.out.push_str(namespace.prefix);
            }
            // Every URI of this crate is a constant without a character to escape.
            self.out.push_str("=\"");
            self.out.push_str(namespace.uri);
            self.out.push('"');
        }
    }

    fn name(&mut self, namespace: Namespace, local: &str) {
        if !namespace.prefix.is_empty() {
            self.out.push_str(namespace.prefix);
            self.out.push(':');
        }
        self.out.push_str(local);
    }

    fn value(
        &mut self,
        value: &str,
        escaping: Escaping,
        element: &'static str,
        attribute: Option<&'static str>,
    ) -> Result<(), EmitError> {
        escape::append(&mut self.out, value, escaping).map_err(|character| EmitError::ForbiddenCharacter {
            place: Place { element, attribute },
            character,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{canonical, wire};
    use crate::element::{DSIG, Element, FED, METADATA, SAMLP, XSI};

    /// `fed` is declared for an attribute value only: exclusive C14N moves it to the child that shows it.
    #[test]
    fn one_tree_two_spellings() {
        let tree = Element::new(METADATA, "R")
            .qualified_attribute(XSI, "type", "fed:T")
            .attribute("b", "2>")
            .attribute("a", "1")
            .declare(&[FED])
            .child(Element::new(FED, "C").child(Element::new(FED, "D")))
            .child(Element::new(DSIG, "S").child(Element::new(METADATA, "M").text("x")))
            .child(Element::new(SAMLP, "P"));
        let (md, xsi, fed) = (METADATA.uri, XSI.uri, FED.uri);
        let (ds, p) = (DSIG.uri, SAMLP.uri);
        assert_eq!(
            wire(&tree).unwrap(),
            format!(
                r#"<R xsi:type="fed:T" b="2&gt;" a="1" xmlns="{md}" xmlns:xsi="{xsi}" xmlns:fed="{fed}"><fed:C><fed:D/></fed:C><S xmlns="{ds}"><M xmlns="{md}">x</M></S><samlp:P xmlns:samlp="{p}"/></R>"#
            )
        );
        assert_eq!(
            canonical(&tree).unwrap(),
            format!(
                r#"<R xmlns="{md}" xmlns:xsi="{xsi}" a="1" b="2>" xsi:type="fed:T"><fed:C xmlns:fed="{fed}"><fed:D></fed:D></fed:C><S xmlns="{ds}"><M xmlns="{md}">x</M></S><samlp:P xmlns:samlp="{p}"></samlp:P></R>"#
            )
        );
    }

    #[test]
    fn a_forbidden_character_is_placed() {
        let text = Element::new(SAMLP, "StatusMessage").text("a\u{0}");
        let attribute = Element::new(SAMLP, "Response").attribute("ID", "\u{B}");
        for (element, expected) in [
            (text, "StatusMessage holds U+0000, which XML 1.0 cannot carry"),
            (attribute, "Response/@ID holds U+000B, which XML 1.0 cannot carry"),
        ] {
            assert_eq!(wire(&element).unwrap_err().to_string(), expected);
            assert_eq!(canonical(&element).unwrap_err().to_string(), expected);
        }
    }
}
