//! A sign-on whose user may use the application.

use saml_model::names;

use super::policy::Demands;
use super::{AuthenticatedSignIn, IssuedClaims};
use crate::errors::{self, Stop};
use crate::factors::{StatedFactors, requested_word};
use crate::tenant::{App, Tenant, User};

/// An authenticated sign-on with the user's app roles.
#[derive(Debug)]
pub(crate) struct AuthorizedSignIn {
    pub(super) sign_in: AuthenticatedSignIn,
    pub(super) roles: Vec<String>,
}

/// Why a user may not go on.
#[derive(Debug)]
pub(crate) enum Denied {
    /// Entra stops the sign-on.
    Stop(Stop),
    /// The session lacks the second factor.
    SecondFactor,
}

impl From<Stop> for Denied {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl AuthorizedSignIn {
    pub(super) fn new(mut sign_in: AuthenticatedSignIn) -> Result<Self, Denied> {
        let (tenant, user, app) = (&sign_in.view.tenant, sign_in.user(), sign_in.app());
        let demands = Demands::of(tenant, user, Some(app.id));
        if let Some(stop) = demands.refusal {
            return Err(Denied::Stop(stop));
        }
        if demands.second_factor && !sign_in.factors.factors.is_multiple() {
            return Err(Denied::SecondFactor);
        }
        let roles = roles(tenant, app, user)?;
        sign_in.factors = stated(&sign_in)?;
        Ok(Self { sign_in, roles })
    }

    /// Chooses the signing certificate and gathers NameID and attributes; `random` feeds a transient NameID.
    ///
    /// # Errors
    /// 50003, 50007, 501241.
    pub(crate) fn issue(self, random: uuid::Uuid) -> Result<IssuedClaims, Stop> {
        IssuedClaims::new(self, random)
    }
}

/// The values of a user's app roles: assigned directly or as a direct member of an assigned group; nested groups grant
/// nothing (entra-behaviour.md 7.2, 50105).
///
/// # Errors
/// 50105 where the user is not assigned and has to be.
pub(crate) fn roles(tenant: &Tenant, app: &App, user: &User) -> Result<Vec<String>, Stop> {
    match tenant.roles(app, user.id) {
        Some(roles) => Ok(roles),
        None if !app.entry.assignment_required => Ok(Vec::new()),
        None => {
            let id = app.id.to_string();
            let upn = user.claimed_upn().unwrap_or(&user.entry.user_principal_name);
            let values = [("app", app.entry.name.as_str()), ("appid", &id), ("upn", upn)];
            Err(Stop::new(errors::NOT_ASSIGNED, &values))
        }
    }
}

/// The requested class references against the session's own method, not against a fresh login (entra-behaviour.md
/// 2.2). How several references are printed is not known (uncertain).
fn stated(sign_in: &AuthenticatedSignIn) -> Result<StatedFactors, Stop> {
    let (app, factors) = (sign_in.app(), sign_in.factors.factors);
    let wanted = &sign_in.request.wishes.class_refs;
    let matched = wanted
        .iter()
        .find(|class_ref| factors.satisfy(class_ref, Some(app)));
    if matched.is_none() && !wanted.is_empty() {
        let (actual, requested) = (
            factors.words(),
            wanted.iter().map(|class_ref| requested_word(class_ref)),
        );
        let requested = requested.collect::<Vec<_>>().join(", ");
        let values = [
            ("actual", actual.as_str()),
            ("requested", &requested),
            ("app", &app.entry.name),
        ];
        return Err(Stop::new(errors::AUTHN_CONTEXT, &values));
    }
    let protected_transport =
        matched.is_some_and(|matched| matched == names::AC_PASSWORD_PROTECTED_TRANSPORT);
    Ok(StatedFactors {
        factors,
        protected_transport,
    })
}
