//! A sign-on whose user is known.

use jiff::Timestamp;

use super::routed::{application_not_found, check_enabled};
use super::{AuthorizedSignIn, Denied, RoutedRequest};
use crate::errors::{self, Stop};
use crate::factors::StatedFactors;
use crate::sessions::Session;
use crate::tenant::slot::View;
use crate::tenant::{App, User};

/// A request, a user of the tenant, and when that user authenticated.
#[derive(Debug)]
pub(crate) struct AuthenticatedSignIn {
    pub(super) request: RoutedRequest,
    pub(super) view: View,
    /// Place among the tenant's users.
    user: usize,
    /// Place among the tenant's applications.
    app: usize,
    pub(super) authn_instant: Timestamp,
    pub(super) factors: StatedFactors,
}

impl AuthenticatedSignIn {
    pub(super) fn new(request: RoutedRequest, view: View, session: &Session) -> Result<Self, Stop> {
        let tenant = &view.tenant;
        let user = tenant
            .directory
            .user(session.user)
            .ok_or_else(|| Stop::new(errors::FLOW_EXPIRED, &[]))?;
        if !tenant.users[user].entry.account_enabled {
            return Err(Stop::new(errors::USER_DISABLED, &[]));
        }
        // The user may have taken a while: the application is looked up again.
        let app = tenant
            .apps
            .iter()
            .position(|app| app.id == request.app)
            .ok_or_else(|| application_not_found(&request.app.to_string(), tenant))?;
        check_enabled(&tenant.apps[app])?;
        Ok(Self {
            request,
            user,
            app,
            authn_instant: session.authn_instant,
            factors: StatedFactors {
                factors: session.factors,
                protected_transport: false,
            },
            view,
        })
    }

    pub(super) fn user(&self) -> &User {
        &self.view.tenant.users[self.user]
    }

    pub(super) fn app(&self) -> &App {
        &self.view.tenant.apps[self.app]
    }

    /// Checks policies, the assignment and the requested authentication context, in this order (entra-behaviour.md 7.3).
    ///
    /// # Errors
    /// 53003, 53000, 53001, 53002; a second factor that is missing; 50105; 75011.
    pub(crate) fn authorize(self) -> Result<AuthorizedSignIn, Denied> {
        AuthorizedSignIn::new(self)
    }
}
