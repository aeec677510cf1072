//! The typed tree of one message, before anyone has decided how it is spelt.

use std::borrow::Cow;

use saml_model::names;

/// A namespace with the one prefix under which this crate writes it; the empty prefix is the default namespace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Namespace {
    pub(crate) prefix: &'static str,
    pub(crate) uri: &'static str,
}

/// SAML protocol, prefixed in requests and responses alike.
pub(crate) const SAMLP: Namespace = named("samlp", names::NS_PROTOCOL);
/// SAML assertion as Entra writes it: the default namespace (entra-behaviour.md 3.1).
pub(crate) const ASSERTION: Namespace = named("", names::NS_ASSERTION);
/// SAML assertion as SP libraries write it.
pub(crate) const SAML: Namespace = named("saml", names::NS_ASSERTION);
/// SAML metadata, the default namespace.
pub(crate) const METADATA: Namespace = named("", names::NS_METADATA);
/// XML Signature, the default namespace.
pub(crate) const DSIG: Namespace = named("", names::NS_DSIG);
/// XML Signature in the `KeyInfo` of Entra's metadata signature (entra-behaviour.md 1).
pub(crate) const DS: Namespace = named("ds", names::NS_DSIG);
/// XML Encryption around encrypted data (entra-behaviour.md 3.7).
pub(crate) const XENC: Namespace = named("xenc", names::NS_XENC);
/// XML Encryption around an encrypted key (entra-behaviour.md 3.7).
pub(crate) const E: Namespace = named("e", names::NS_XENC);
/// XML Encryption 1.1.
pub(crate) const XENC11: Namespace = named("xenc11", names::NS_XENC11);
/// WS-Federation.
pub(crate) const FED: Namespace = named("fed", names::NS_FED);
/// WS-Federation authorization.
pub(crate) const AUTH: Namespace = named("auth", names::NS_FED_AUTH);
/// WS-Addressing.
pub(crate) const WSA: Namespace = named("wsa", names::NS_WSA);
/// XML Schema instance.
pub(crate) const XSI: Namespace = named("xsi", names::NS_XSI);
/// No namespace: where every unprefixed attribute lives (Namespaces in XML, 6.2).
pub(crate) const NONE: Namespace = named("", "");

const fn named(prefix: &'static str, uri: &'static str) -> Namespace {
    Namespace { prefix, uri }
}

/// One element; its attributes and children in wire order.
#[derive(Debug)]
pub(crate) struct Element<'a> {
    pub(crate) namespace: Namespace,
    pub(crate) local: &'static str,
    pub(crate) attributes: Vec<Attribute<'a>>,
    /// Namespaces declared here in wire form though no name here uses them.
    pub(crate) declares: &'static [Namespace],
    pub(crate) children: Vec<Node<'a>>,
}

/// One attribute; namespace declarations are not attributes here, the renderer writes them.
#[derive(Debug)]
pub(crate) struct Attribute<'a> {
    pub(crate) namespace: Namespace,
    pub(crate) local: &'static str,
    pub(crate) value: Cow<'a, str>,
}

/// What an element contains.
#[derive(Debug)]
pub(crate) enum Node<'a> {
    Element(Element<'a>),
    Text(Cow<'a, str>),
}

impl<'a> Element<'a> {
    pub(crate) fn new(namespace: Namespace, local: &'static str) -> Self {
        Self {
            namespace,
            local,
            attributes: Vec::new(),
            declares: &[],
            children: Vec::new(),
        }
    }

    /// Declares namespaces that only attribute *values* (`xsi:type`) or descendants use.
    pub(crate) fn declare(mut self, namespaces: &'static [Namespace]) -> Self {
        self.declares = namespaces;
        self
    }

    pub(crate) fn attribute(self, local: &'static str, value: impl Into<Cow<'a, str>>) -> Self {
        self.qualified_attribute(NONE, local, value)
    }

    pub(crate) fn qualified_attribute(
        mut self,
        namespace: Namespace,
        local: &'static str,
        value: impl Into<Cow<'a, str>>,
    ) -> Self {
        self.attributes.push(Attribute {
            namespace,
            local,
            value: value.into(),
        });
        self
    }

    /// The attribute, unless there is no value.
    pub(crate) fn optional_attribute(
        self,
        local: &'static str,
        value: Option<impl Into<Cow<'a, str>>>,
    ) -> Self {
        match value {
            Some(value) => self.attribute(local, value),
            None => self,
        }
    }

    pub(crate) fn child(mut self, child: Element<'a>) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    pub(crate) fn children(mut self, children: impl IntoIterator<Item = Element<'a>>) -> Self {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    pub(crate) fn text(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.children.push(Node::Text(text.into()));
        self
    }
}
