//! A sign-on whose user may use the application.

use super::{AuthenticatedSignIn, IssuedClaims};
use crate::errors::{self, Stop};

/// An authenticated sign-on with the user's app roles.
#[derive(Debug)]
pub(crate) struct AuthorizedSignIn {
    pub(super) sign_in: AuthenticatedSignIn,
    pub(super) roles: Vec<String>,
}

impl AuthorizedSignIn {
    /// Assigned directly or as a direct member of an assigned group; nested groups grant nothing
    /// (entra-behaviour.md 7.2, 50105).
    pub(super) fn new(sign_in: AuthenticatedSignIn) -> Result<Self, Stop> {
        let (user, app) = (sign_in.user(), sign_in.app());
        let roles = match app.assigned.get(&user.id) {
            Some(roles) => roles.clone(),
            None if !app.entry.assignment_required => Vec::new(),
            None => {
                let id = app.id.to_string();
                let upn = user.claimed_upn().unwrap_or(&user.entry.user_principal_name);
                let values = [("app", app.entry.name.as_str()), ("appid", &id), ("upn", upn)];
                return Err(Stop::new(errors::NOT_ASSIGNED, &values));
            }
        };
        Ok(Self { sign_in, roles })
    }

    /// Chooses the signing certificate and gathers NameID and attributes; `random` feeds a transient NameID.
    ///
    /// # Errors
    /// 50003, 501241.
    pub(crate) fn issue(self, random: uuid::Uuid) -> Result<IssuedClaims, Stop> {
        IssuedClaims::new(self, random)
    }
}
