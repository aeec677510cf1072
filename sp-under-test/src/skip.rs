//! `ENTRANT_SP_WITHOUT_CHECK`: one check switched off, to show that it is that check which refuses (contracts.md section 6).
//! In builds without debug assertions nothing can be switched off, and the variable is not read.

use crate::{SpError, rejection::Rejection};

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
        let row = crate::acs::CHECKS.iter().find(|row| row.rejection.id() == id);
        row.map(|row| Self {
            check: Some(row.rejection),
        })
        .ok_or_else(|| SpError::UnknownCheck {
            id: id.chars().take(100).collect(),
            known: crate::acs::CHECKS.map(|row| row.rejection.id()).join(", "),
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
