//! Signing in without a page: by a request header, and by the control route. Every check applies as at the pages, by
//! the same code; the factors alone count as passed.

use std::sync::Arc;

use control_api::flow::IdpEvent;
use control_api::tenant::Authentication;
use jiff::Timestamp;

use super::Caller;
use super::ending::Present;
use super::login::elsewhere;
use crate::errors::{self, Stop};
use crate::factors::Factors;
use crate::sessions::{Known, Session};
use crate::sign_in::{Passed, admit, is_expired, method, unknown_user};
use crate::sign_on::{Demands, Wishes};
use crate::tenant::App;
use crate::tenant::slot::{Slot, View};
use crate::{MockIdp, world};

/// Who shall be signed in, and what shall count as passed.
pub(crate) struct Order<'o> {
    /// A UPN or its local part.
    pub(crate) user: &'o str,
    /// The first factor; `None`: the one that the pages would ask for.
    pub(crate) method: Option<Authentication>,
    /// The second factor; `None`: passed where it is demanded.
    pub(crate) second: Option<bool>,
    /// When; `None`: now.
    pub(crate) authn_instant: Option<Timestamp>,
}

impl<'o> Order<'o> {
    /// A user, and nothing further.
    pub(crate) fn of(user: &'o str) -> Self {
        Self {
            user,
            method: None,
            second: None,
            authn_instant: None,
        }
    }
}

/// Signs a user in as the pages would.
///
/// # Errors
/// 50020, 50034, 50053, 50057; 50055, since nobody is there to choose another password.
pub(crate) fn sign_in(
    idp: &MockIdp,
    view: &View,
    app: Option<&App>,
    wishes: &Wishes,
    order: &Order<'_>,
) -> Result<Passed, Stop> {
    let tenant = &view.tenant;
    let user = tenant
        .directory
        .user_called(order.user)
        .map(|index| &tenant.users[index])
        .or_else(|| tenant.user_by_sign_in_name(order.user))
        .ok_or_else(|| {
            elsewhere(idp, view, app, order.user).unwrap_or_else(|| unknown_user(tenant, order.user))
        })?;
    admit(user)?;
    let first = order.method.unwrap_or_else(|| method(user, app, wishes));
    if is_expired(user, first) {
        return Err(Stop::new(errors::PASSWORD_EXPIRED, &[]));
    }
    let demanded = Demands::of(tenant, user, app.map(|app| app.id)).second_factor;
    let factors = Factors::passed(first, order.second, demanded);
    Ok(Passed::taken(
        user.id,
        factors,
        order.authn_instant.unwrap_or(view.now),
    ))
}

impl MockIdp {
    /// Begins the session of a user who signed in, among the browser's others. The cookie is the caller's to set.
    pub(crate) fn begin_session(
        &self,
        slot: &Arc<Slot>,
        view: &View,
        passed: &Passed,
        persistent: bool,
        caller: &Caller,
    ) -> Present {
        let session = Session {
            id: world::guid(),
            tenant: slot.id,
            user: passed.user(),
            authn_instant: passed.authn_instant(),
            factors: passed.factors(),
            persistent,
            participants: Vec::new(),
        };
        let user = view.tenant.user(passed.user());
        let event = IdpEvent::Authenticated {
            upn: user.map_or_else(String::new, |user| user.entry.user_principal_name.clone()),
            by_session: false,
        };
        self.record(slot, caller, event);
        let known = Known {
            session: caller.session_secret(self, slot.id),
            browser: caller.browser_secret(self),
        };
        let secret = world::secret();
        self.state.sessions.begin(known, secret.clone(), session.clone());
        Present { secret, session }
    }
}
