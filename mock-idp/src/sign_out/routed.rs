//! A sign-out whose application is known.

use uuid::Uuid;

use super::{EndedSessions, UnverifiedLogout};
use crate::errors::Stop;
use crate::sessions::Session;
use crate::sign_on::{Route, find_app};

/// Who asked for a sign-out, and what its answer takes up.
///
/// While a user picks an account it waits in the form: a LogoutRequest is nobody's word anyway, so whoever writes the
/// form can say no more in it than in a request.
#[derive(Debug)]
pub(crate) struct RoutedLogout {
    /// Application id.
    pub(crate) app: Uuid,
    /// `ID` of the request.
    pub(crate) request_id: String,
    /// What goes back with the answer.
    pub(crate) relay_state: Option<String>,
}

impl RoutedLogout {
    /// A disabled application may sign its users out, and so may one that is no participant of the session
    /// (both uncertain; the codes 50061 and 50068 exist and can be armed).
    pub(super) fn new(logout: UnverifiedLogout, route: &Route<'_>) -> Result<Self, Stop> {
        Ok(Self {
            app: find_app(&logout.issuer, route)?.id,
            request_id: logout.request_id,
            relay_state: logout.relay_state,
        })
    }

    /// Signs a user out: `session` has ended, `others` of the browser go on. Without a session the application is
    /// answered all the same (uncertain).
    pub(crate) fn end(self, session: Option<Session>, others: &[Session]) -> EndedSessions {
        EndedSessions::asked_for(self, session, others)
    }
}
