//! The fields of the sign-in pages, by the names of the real ones (design.md section 5).

use control_api::tenant::{AUTHENTICATIONS, Authentication};
use saml_accept::binding::Form;
use uuid::Uuid;

use crate::limits::FIELD_CHARACTERS_MAX;

/// What a form answers. A field that is absent, twice there or too long is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answers {
    /// `ctx`.
    pub(crate) context: String,
    /// `flowToken`.
    pub(crate) flow_token: String,
    /// `loginfmt`, without the spaces around it.
    pub(crate) login: Option<String>,
    /// `passwd`.
    pub(crate) password: Option<String>,
    /// `otc`, without the spaces around it.
    pub(crate) code: Option<String>,
    /// `authMethodId`: the method that a button stands for.
    pub(crate) method: Option<Authentication>,
    /// `session`: the tile of an account.
    pub(crate) session: Option<Uuid>,
    /// "Use another account".
    pub(crate) another: bool,
    /// `oldpwd`, `newpwd`, `confirmpwd`. The names are the mock's: the real ones are not known (uncertain).
    pub(crate) new_password: [String; 3],
    /// `LoginOptions`: Yes to "Stay signed in?"; `1` as the real page's script writes it, `Yes` as its button says.
    pub(crate) stay: bool,
    /// `DontShowAgain`.
    pub(crate) dont_show_again: bool,
    /// "Back".
    pub(crate) back: bool,
}

impl Answers {
    /// Reads a posted form.
    pub(crate) fn read(body: &[u8]) -> Self {
        let form = Form::parse(body).ok();
        let field = |name: &str| {
            let value = form.as_ref()?.parameter(name).ok()??;
            (value.chars().count() <= FIELD_CHARACTERS_MAX).then_some(value)
        };
        let trimmed = |name| field(name).map(|value: String| value.trim().to_owned());
        let method = field("authMethodId");
        Self {
            context: field("ctx").unwrap_or_default(),
            flow_token: field("flowToken").unwrap_or_default(),
            login: trimmed("loginfmt"),
            password: field("passwd"),
            code: trimmed("otc"),
            method: AUTHENTICATIONS
                .iter()
                .find(|(word, _)| method.as_deref() == Some(word))
                .map(|(_, method)| *method),
            session: field("session").and_then(|id| id.parse().ok()),
            another: field("another").is_some(),
            new_password: ["oldpwd", "newpwd", "confirmpwd"].map(|name| field(name).unwrap_or_default()),
            stay: field("LoginOptions").is_some_and(|value| matches!(value.as_str(), "1" | "Yes")),
            dont_show_again: field("DontShowAgain").is_some(),
            back: field("back").is_some(),
        }
    }

    /// Whether a password was typed.
    pub(super) fn has_password(&self) -> bool {
        self.password
            .as_deref()
            .is_some_and(|password| !password.is_empty())
    }

    /// Whether a tile of the account picker was pressed.
    pub(super) fn is_of_picker(&self) -> bool {
        self.session.is_some() || self.another
    }

    /// Whether this is the form that asks for the user name.
    pub(super) fn is_of_user_name(&self) -> bool {
        self.login.is_some() && self.password.is_none() && !self.back
    }

    /// Whether this is the form that asks for another password.
    pub(super) fn is_new_password(&self) -> bool {
        self.new_password.iter().any(|field| !field.is_empty())
    }

    /// Whether this is not the form that asks "Stay signed in?".
    pub(super) fn is_of_another_step(&self) -> bool {
        self.login.is_some()
            || self.password.is_some()
            || self.code.is_some()
            || self.method.is_some()
            || self.is_new_password()
    }
}

/// The word by which a form names a method.
pub(crate) fn word(method: Authentication) -> &'static str {
    let named = AUTHENTICATIONS.iter().find(|(_, known)| *known == method);
    named.map_or("", |(word, _)| word)
}
