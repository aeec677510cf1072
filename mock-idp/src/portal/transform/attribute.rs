//! A field that takes a source attribute or a constant, as "Source attribute" of "Manage claim" does: any text that is no
//! attribute is a constant, typed without quotes and shown in quotes (entra-behaviour.md 4.1).

use control_api::tenant::SOURCES;
use serde_json::{Value, json};

/// What was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typed<'t> {
    Nothing,
    /// An attribute, or what begins like one: the tenant file knows them, and its hint finds what was mistyped.
    Source(&'t str),
    Constant(&'t str),
}

impl<'t> Typed<'t> {
    /// Reads the field. In quotes everything is a constant, as it stands there.
    pub(crate) fn read(text: &'t str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Nothing;
        }
        let quoted = text.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
        match quoted {
            Some(inner) => Self::Constant(inner),
            None => match known_source(text) {
                Some(source) => Self::Source(source),
                None if begins_like_source(&text.to_ascii_lowercase()) => Self::Source(text),
                None => Self::Constant(text),
            },
        }
    }

    /// As a parameter of a transformation in the tenant file, where a constant that begins like an attribute is told from
    /// one.
    pub(crate) fn as_parameter(self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Constant(text) if begins_like_source(text) => json!({ "value": text }),
            Self::Constant(text) => json!(text),
            // In capitals the file would take it for a constant.
            Self::Source(text) if !begins_like_source(text) => json!(text.to_ascii_lowercase()),
            Self::Source(text) => json!(text),
        }
    }
}

/// A parameter of a transformation in the tenant file as the field shows it.
pub(crate) fn shown(parameter: &str) -> String {
    if begins_like_source(parameter) {
        parameter.to_owned()
    } else {
        quoted(parameter)
    }
}

/// A constant as the field shows it.
pub(crate) fn quoted(constant: &str) -> String {
    format!("\"{constant}\"")
}

/// The attribute of this name in whatever case.
pub(crate) fn known_source(text: &str) -> Option<&'static str> {
    let mut names = SOURCES.iter().map(|source| source.name);
    names.find(|name| name.eq_ignore_ascii_case(text))
}

/// Whether it begins with `user.` or another word that attributes begin with.
fn begins_like_source(text: &str) -> bool {
    let kind = |text: &'static str| text.split_once('.').map(|(kind, _)| kind);
    text.split_once('.')
        .is_some_and(|(given, _)| SOURCES.iter().any(|source| kind(source.name) == Some(given)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use control_api::tenant::Parameter;
    use proptest::prelude::*;

    #[test]
    fn an_attribute_is_known_by_its_name_and_all_else_is_a_constant() {
        for (typed, expected) in [
            ("", Typed::Nothing),
            ("  ", Typed::Nothing),
            ("user.mail", Typed::Source("user.mail")),
            (" User.Mail ", Typed::Source("user.mail")),
            ("user.mial", Typed::Source("user.mial")),
            ("User.Mial", Typed::Source("User.Mial")),
            ("company.tenantcountry", Typed::Source("company.tenantcountry")),
            ("\"user.mail\"", Typed::Constant("user.mail")),
            ("Acme Inc.", Typed::Constant("Acme Inc.")),
            ("a.b", Typed::Constant("a.b")),
            ("\" x \"", Typed::Constant(" x ")),
            ("\"\"", Typed::Constant("")),
            ("\"", Typed::Constant("\"")),
        ] {
            assert_eq!(Typed::read(typed), expected, "{typed:?}");
        }
    }

    proptest! {
        /// What a constant is shown as is read as that constant, and its key is the one that the file writes.
        #[test]
        fn a_constant_survives_its_field(constant in prop_oneof![".{0,12}", Just("user.mail".to_owned()), Just("\"".to_owned())]) {
            let shown = quoted(&constant);
            let typed = Typed::read(&shown);
            prop_assert_eq!(typed, Typed::Constant(&constant));
            let parameter = serde_json::to_value(Parameter::Value(constant.clone())).unwrap();
            prop_assert_eq!(typed.as_parameter(), parameter);
        }
    }
}
