//! How a session's user proved who they are, and what an assertion says of it (entra-behaviour.md 2.2, 3.2).

use control_api::tenant::Authentication;
use saml_model::names;

/// The factors of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Factors {
    /// The first.
    pub(crate) first: Authentication,
    /// Whether a second was passed.
    pub(crate) second: bool,
}

impl Factors {
    /// The AuthnContextClassRef where the request asked for none; a second factor does not change it (3.2, sample S2).
    pub(crate) fn class_ref(self) -> &'static str {
        match self.first {
            // What an email passcode gives is not known (uncertain).
            Authentication::Password | Authentication::Passcode => names::AC_PASSWORD,
            // Uncertain (3.2).
            Authentication::Certificate | Authentication::WindowsHello => names::AC_X509,
            Authentication::Windows => names::AC_WINDOWS,
        }
    }

    /// The values of authnmethodsreferences: first factor, then multipleauthn (3.2, sample S2).
    pub(crate) fn methods(self) -> Vec<&'static str> {
        let first = match self.first {
            Authentication::Password => Some(names::AUTHN_METHOD_PASSWORD),
            Authentication::Certificate | Authentication::WindowsHello => Some(names::AUTHN_METHOD_X509),
            Authentication::Windows => Some(names::AUTHN_METHOD_WINDOWS),
            // Which value a passcode has is not known (uncertain).
            Authentication::Passcode => None,
        };
        let second = self.is_multiple().then_some(names::AUTHN_METHOD_MULTIPLE);
        first.into_iter().chain(second).collect()
    }

    /// The words of AADSTS75011 (2.2).
    pub(crate) fn words(self) -> String {
        let first = match self.first {
            Authentication::Password => "Password",
            Authentication::Certificate => "X509",
            Authentication::WindowsHello => return "X509, MultiFactor, X509Device".to_owned(),
            Authentication::Windows => "WindowsIntegrated",
            Authentication::Passcode => return "MultiFactor, OneTimePasscode".to_owned(),
        };
        let second = if self.second { ", MultiFactor" } else { "" };
        format!("{first}{second}")
    }

    /// Whether these factors are what a class reference asks for (2.2). A password session is a
    /// PasswordProtectedTransport one too, second factor or not (C8, sample S6).
    pub(crate) fn satisfy(self, class_ref: &str) -> bool {
        match class_ref {
            names::AC_UNSPECIFIED => true,
            names::AC_PASSWORD | names::AC_PASSWORD_PROTECTED_TRANSPORT => {
                self.first == Authentication::Password
            }
            names::AC_X509 => matches!(
                self.first,
                Authentication::Certificate | Authentication::WindowsHello
            ),
            names::AC_WINDOWS | names::AC_KERBEROS => self.first == Authentication::Windows,
            _ => false,
        }
    }

    /// Windows Hello and a passcode count as more than one factor.
    pub(crate) fn is_multiple(self) -> bool {
        self.second
            || matches!(
                self.first,
                Authentication::WindowsHello | Authentication::Passcode
            )
    }
}
