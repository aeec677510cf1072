//! What a `sign_in` step changes of the SP's AuthnRequest on its way to the identity provider.

use control_api::file::{Table, Value};

use crate::text::expand;

/// `sign_in.request = { … }`: each key that is given replaces what the SP sent; an empty text takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestChanges {
    /// Attributes of `AuthnRequest`, by their name in the message.
    pub attributes: Vec<(&'static str, String)>,
    /// The text of `Issuer`.
    pub issuer: Option<String>,
    /// `NameIDPolicy/@Format`.
    pub name_id_format: Option<String>,
    /// `NameIDPolicy/@SPNameQualifier`.
    pub sp_name_qualifier: Option<String>,
    /// Every `AuthnContextClassRef` of `RequestedAuthnContext`; none takes the element away.
    pub authn_context: Option<Vec<String>>,
    /// `RequestedAuthnContext/@Comparison`.
    pub comparison: Option<String>,
    /// The NameID of `Subject`.
    pub subject: Option<String>,
    /// Whether there is a `Scoping` with a `ProxyCount`.
    pub scoping: Option<bool>,
    /// The query parameter `login_hint`.
    pub login_hint: Option<String>,
    /// Whether the signature is taken away; else it stays, and fits no longer.
    pub unsigned: bool,
}

/// The keys that stand for an attribute of `AuthnRequest` (saml-core 3.2.1, 3.4.1).
const ATTRIBUTES: &[(&str, &str)] = &[
    ("id", "ID"),
    ("version", "Version"),
    ("issue_instant", "IssueInstant"),
    ("acs_url", "AssertionConsumerServiceURL"),
    ("acs_index", "AssertionConsumerServiceIndex"),
    ("destination", "Destination"),
    ("protocol_binding", "ProtocolBinding"),
    ("force_authn", "ForceAuthn"),
    ("is_passive", "IsPassive"),
];

impl RequestChanges {
    /// Whether the message itself is another one, not only what goes beside it.
    #[must_use]
    pub fn touches_message(&self) -> bool {
        let beside = Self {
            login_hint: self.login_hint.clone(),
            unsigned: self.unsigned,
            ..Self::default()
        };
        *self != beside
    }

    /// Whether what the SP sent changes at all, or only gets a `login_hint` beside it.
    pub(crate) fn touches_request(&self) -> bool {
        self.touches_message() || self.unsigned
    }

    /// With every text expanded.
    #[must_use]
    pub(crate) fn expanded(mut self, variables: &[(&str, String)]) -> Self {
        self.texts_mut().for_each(|text| *text = expand(text, variables));
        self
    }

    /// Every text.
    pub(super) fn texts(&self) -> impl Iterator<Item = &String> {
        let fields = [
            &self.issuer,
            &self.name_id_format,
            &self.sp_name_qualifier,
            &self.comparison,
            &self.subject,
            &self.login_hint,
        ];
        let attributes = self.attributes.iter().map(|(_, value)| value);
        let classes = self.authn_context.iter().flatten();
        attributes.chain(classes).chain(fields.into_iter().flatten())
    }

    fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let fields = [
            &mut self.issuer,
            &mut self.name_id_format,
            &mut self.sp_name_qualifier,
            &mut self.comparison,
            &mut self.subject,
            &mut self.login_hint,
        ];
        let attributes = self.attributes.iter_mut().map(|(_, value)| value);
        let classes = self.authn_context.iter_mut().flatten();
        attributes.chain(classes).chain(fields.into_iter().flatten())
    }
}

/// Reads the value of `request` in `sign_in`.
pub(super) fn changes(table: &Table<'_>) -> RequestChanges {
    let attributes = ATTRIBUTES
        .iter()
        .filter_map(|(key, name)| Some((*name, value(table, key)?)))
        .collect();
    let authn_context = table.has("authn_context").then(|| {
        let mut classes = table.strings("authn_context");
        // One empty text takes the element away, as everywhere.
        if classes == [""] {
            classes.clear();
        }
        classes
    });
    let changes = RequestChanges {
        attributes,
        issuer: table.string("issuer"),
        name_id_format: table.string("name_id_format"),
        sp_name_qualifier: table.string("sp_name_qualifier"),
        authn_context,
        comparison: table.string("comparison"),
        subject: table.string("subject"),
        scoping: table.boolean("scoping"),
        login_hint: table.string("login_hint"),
        unsigned: table.boolean("unsigned").unwrap_or_default(),
    };
    table.done();
    changes
}

/// A text, or what TOML writes without quotes: `force_authn = true`, `acs_index = 1`.
fn value(table: &Table<'_>, key: &'static str) -> Option<String> {
    match &table.node(key)?.value {
        Value::Boolean(value) => Some(value.to_string()),
        Value::Integer(value) => Some(value.to_string()),
        _ => table.string(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> RequestChanges {
        control_api::file::from_toml("t", text, |table| Some(changes(table))).unwrap()
    }

    #[test]
    fn values_are_read_with_or_without_quotes_and_expanded() {
        let read = read(
            "id = \"{id}\"\nforce_authn = true\nis_passive = \"1\"\nacs_index = 7\nauthn_context = \"urn:{id}\"\nlogin_hint = \"{id}@c\"\n",
        );
        let expected = [
            ("ID", "{id}"),
            ("AssertionConsumerServiceIndex", "7"),
            ("ForceAuthn", "true"),
            ("IsPassive", "1"),
        ];
        assert_eq!(
            read.attributes,
            expected.map(|(name, value)| (name, value.to_owned()))
        );
        let expanded = read.expanded(&[("id", "_1".to_owned())]);
        assert_eq!(expanded.attributes[0].1, "_1");
        assert_eq!(expanded.authn_context, Some(vec!["urn:_1".to_owned()]));
        assert_eq!(expanded.login_hint.as_deref(), Some("_1@c"));
        assert_eq!(expanded.texts().filter(|text| text.contains("_1")).count(), 3);
    }

    #[test]
    fn what_goes_beside_the_message_leaves_it_as_it_is() {
        for (text, touches) in [
            ("", false),
            ("login_hint = \"x\"\nunsigned = true", false),
            ("issuer = \"\"", true),
            ("scoping = false", true),
            ("authn_context = []", true),
            ("version = \"2.0\"", true),
        ] {
            assert_eq!(read(text).touches_message(), touches, "{text}");
        }
        assert_eq!(read("authn_context = \"\"").authn_context, Some(Vec::new()));
    }
}
