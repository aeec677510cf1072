//! How a session's user proved who they are, and what an assertion says of it (entra-behaviour.md 2.2, 3.2).

use control_api::tenant::{Authentication, Switch};
use saml_model::names;

use crate::tenant::App;

/// The class reference `unspecified` as Microsoft's list spells it (2.1); saml-authn-context writes it in lower case.
const UNSPECIFIED_AS_LISTED: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Unspecified";

/// The factors of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Factors {
    /// The first.
    pub(crate) first: Authentication,
    /// Whether a second was passed.
    pub(crate) second: bool,
}

impl Factors {
    /// A first factor, and a second one where that is said or else demanded and not there yet.
    pub(crate) fn passed(first: Authentication, second: Option<bool>, is_demanded: bool) -> Self {
        let first_alone = Self { first, second: false };
        Self {
            first,
            second: second.unwrap_or(is_demanded && !first_alone.is_multiple()),
        }
    }

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
    /// PasswordProtectedTransport one too, second factor or not (C8, sample S6), unless the application takes the
    /// documented references alone.
    pub(crate) fn satisfy(self, class_ref: &str, app: Option<&App>) -> bool {
        match class_ref {
            names::AC_UNSPECIFIED | UNSPECIFIED_AS_LISTED => true,
            names::AC_PASSWORD => self.first == Authentication::Password,
            names::AC_PASSWORD_PROTECTED_TRANSPORT => {
                let documented = app.is_some_and(|app| app.has(Switch::ClassRefsAsDocumented));
                self.first == Authentication::Password && !documented
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

/// What an assertion says of the factors, which is what the request asked for where that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatedFactors {
    /// The session's.
    pub(crate) factors: Factors,
    /// The class reference that was asked for and matched is PasswordProtectedTransport (sample S6).
    pub(crate) protected_transport: bool,
}

impl StatedFactors {
    /// The AuthnContextClassRef.
    pub(crate) fn class_ref(self) -> &'static str {
        if self.protected_transport {
            return names::AC_PASSWORD_PROTECTED_TRANSPORT;
        }
        self.factors.class_ref()
    }

    /// The values of authnmethodsreferences; PasswordProtectedTransport comes in the first one's place (sample S6).
    pub(crate) fn methods(self) -> Vec<&'static str> {
        let mut methods = self.factors.methods();
        if let Some(first) = methods.first_mut().filter(|_| self.protected_transport) {
            *first = names::AC_PASSWORD_PROTECTED_TRANSPORT;
        }
        methods
    }
}

/// A class reference as the message of AADSTS75011 prints it (2.2): what is not PasswordProtectedTransport by its
/// last segment (uncertain).
pub(crate) fn requested_word(class_ref: &str) -> &str {
    match class_ref {
        names::AC_PASSWORD_PROTECTED_TRANSPORT => "Password, ProtectedTransport",
        // As the session's own method is printed (uncertain).
        names::AC_WINDOWS => "WindowsIntegrated",
        other => other.rsplit([':', '/']).next().unwrap_or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// entra-behaviour.md 3.2, samples S1, S2, S3 and S6.
    #[test]
    fn what_is_said_of_each_method() {
        let multiple = names::AUTHN_METHOD_MULTIPLE;
        let password = (names::AC_PASSWORD, names::AUTHN_METHOD_PASSWORD);
        let x509 = (names::AC_X509, names::AUTHN_METHOD_X509);
        let windows = (names::AC_WINDOWS, names::AUTHN_METHOD_WINDOWS);
        for (first, second, (class_ref, method)) in [
            (Authentication::Password, false, password),
            (Authentication::Password, true, password),
            (Authentication::Certificate, false, x509),
            (Authentication::WindowsHello, true, x509),
            (Authentication::Windows, false, windows),
        ] {
            let factors = Factors { first, second };
            let mut stated = StatedFactors {
                factors,
                protected_transport: false,
            };
            let second = second.then_some(multiple);
            let methods: Vec<_> = std::iter::once(method).chain(second).collect();
            assert_eq!(
                (stated.class_ref(), stated.methods()),
                (class_ref, methods),
                "{first:?}"
            );
            stated.protected_transport = true;
            let protected = names::AC_PASSWORD_PROTECTED_TRANSPORT;
            let methods: Vec<_> = std::iter::once(protected).chain(second).collect();
            assert_eq!(
                (stated.class_ref(), stated.methods()),
                (protected, methods),
                "{first:?}"
            );
        }
    }
}
