//! `ENTRANT_SP_WITHOUT_CHECK`: one check switched off, to show that it is that check which refuses (contracts.md section 6).
//! In builds without debug assertions nothing can be switched off, and the variable is not read.

use crate::{SpError, rejection::Rejection};

/// The rules of this SP beside the checks of the protocol: they can be switched off in the same way.
#[cfg(any(debug_assertions, test))]
const RULES: [Rejection; 3] = [
    Rejection::NotEncrypted,
    Rejection::CertificateExpired,
    Rejection::CertificateNotYetValid,
];

/// Which check is switched off.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Skip {
    #[cfg(any(debug_assertions, test))]
    check: Option<Rejection>,
}

impl Skip {
    /// Reads the environment variable.
    #[cfg(debug_assertions)]
    pub(crate) fn from_environment() -> Result<Self, SpError> {
        match std::env::var_os("ENTRANT_SP_WITHOUT_CHECK") {
            None => Ok(Self::default()),
            Some(id) => Self::only(&id.to_string_lossy()),
        }
    }

    /// Without debug assertions every check is made.
    #[cfg(not(debug_assertions))]
    #[expect(clippy::unnecessary_wraps, reason = "builds with debug assertions can refuse")]
    pub(crate) fn from_environment() -> Result<Self, SpError> {
        Ok(Self::default())
    }

    /// Switches the check of this rejection id off.
    #[cfg(any(debug_assertions, test))]
    pub(crate) fn only(id: &str) -> Result<Self, SpError> {
        let known = crate::acs::CHECKS.iter().map(|row| row.rejection).chain(RULES);
        let check = known.clone().find(|rejection| rejection.id() == id);
        check.map(|check| Self { check: Some(check) }).ok_or_else(|| {
            let ids: Vec<_> = known.map(Rejection::id).collect();
            SpError::UnknownCheck {
                id: id.chars().take(100).collect(),
                known: ids.join(", "),
            }
        })
    }

    /// Whether the check of `rejection` is switched off.
    #[cfg(any(debug_assertions, test))]
    pub(crate) fn skips(self, rejection: Rejection) -> bool {
        self.check == Some(rejection)
    }

    /// Without debug assertions: never.
    #[cfg(not(any(debug_assertions, test)))]
    pub(crate) fn skips(self, _: Rejection) -> bool {
        false
    }
}
