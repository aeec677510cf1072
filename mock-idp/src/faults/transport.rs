//! The form that carries a message to the service provider (saml-bindings 3.5.4).

use control_api::message::fields_sha256;

/// A form that submits itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Where it goes.
    pub(crate) action: String,
    /// `GET` or `POST`.
    pub(crate) method: &'static str,
    /// Its `enctype`; `None`: `application/x-www-form-urlencoded`.
    pub(crate) enctype: Option<&'static str>,
    /// Names and values, in their order.
    pub(crate) fields: Vec<(String, String)>,
    /// The message in it.
    pub(super) xml: String,
}

/// The field of the message.
pub(super) const MESSAGE: &str = "SAMLResponse";

/// The field of what goes beside it.
pub(super) const RELAY_STATE: &str = "RelayState";

impl Form {
    /// As Entra posts.
    pub(crate) fn new(acs: &str, message: &[u8], relay_state: Option<&str>) -> Self {
        let value = (MESSAGE.to_owned(), saml_emit::binding::post_value(message));
        let beside = relay_state.map(|relay_state| (RELAY_STATE.to_owned(), relay_state.to_owned()));
        Self {
            action: acs.to_owned(),
            method: "POST",
            enctype: None,
            fields: [value].into_iter().chain(beside).collect(),
            xml: String::from_utf8_lossy(message).into_owned(),
        }
    }

    /// The message in it.
    pub(crate) fn message(&self) -> &str {
        &self.xml
    }

    /// The first value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The digest of what its field carries, whichever message that is; `None`: nothing.
    pub(crate) fn sha256(&self) -> Option<String> {
        let fields = self.fields.iter();
        fields_sha256(fields.map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// Gives a field another value; a new one comes last.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        match self.fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value.into(),
            None => self.fields.push((name.to_owned(), value.into())),
        }
    }
}
