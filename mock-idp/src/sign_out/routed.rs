//! A sign-out whose application is known.

use saml_accept::xml::is_ncname;
use uuid::Uuid;

use super::{EndedSessions, UnverifiedLogout};
use crate::errors::Stop;
use crate::limits::{MESSAGE_ID_CHARACTERS_MAX, RELAY_STATE_BYTES_MAX, is_longer};
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

    /// Takes back what waited in the form; `None` where no request can have said it, so that its answer can be written.
    pub(crate) fn of_form(app: Uuid, request_id: String, relay_state: Option<String>) -> Option<Self> {
        let is_id = is_ncname(&request_id) && !is_longer(&request_id, MESSAGE_ID_CHARACTERS_MAX);
        let is_short = relay_state
            .as_ref()
            .is_none_or(|value| value.len() <= RELAY_STATE_BYTES_MAX);
        (is_id && is_short).then_some(Self {
            app,
            request_id,
            relay_state,
        })
    }

    /// Signs a user out: `session` has ended, `others` of the browser go on. Without a session the application is
    /// answered all the same (uncertain).
    pub(crate) fn end(self, session: Option<Session>, others: &[Session]) -> EndedSessions {
        EndedSessions::asked_for(self, session, others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_no_more_than_a_request_could() {
        let long = "a".repeat(MESSAGE_ID_CHARACTERS_MAX + 1);
        for (id, good) in [
            ("_logout", true),
            ("é-1.2", true),
            ("a".repeat(MESSAGE_ID_CHARACTERS_MAX).as_str(), true),
            ("", false),
            ("1a", false),
            ("-a", false),
            ("a b", false),
            ("a:b", false),
            ("a\u{1}", false),
            ("a\u{D7}", false),
            (&long, false),
        ] {
            let read = RoutedLogout::of_form(Uuid::nil(), id.to_owned(), None);
            assert_eq!(read.is_some(), good, "{id}");
        }
        for (length, good) in [(RELAY_STATE_BYTES_MAX, true), (RELAY_STATE_BYTES_MAX + 1, false)] {
            let relay_state = Some("x".repeat(length));
            let read = RoutedLogout::of_form(Uuid::nil(), "_a".to_owned(), relay_state);
            assert_eq!(read.is_some(), good, "{length}");
        }
    }
}
