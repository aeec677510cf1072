//! Sessions that have ended, and who is to hear of it.

use uuid::Uuid;

use super::{Farewell, FaultyMessage, RoutedLogout};
use crate::faults::Carrier;
use crate::sessions::Session;
use crate::tenant::Tenant;
use crate::tenant::slot::View;

/// Sessions of one browser that have ended at the identity provider.
#[derive(Debug)]
pub(crate) struct EndedSessions {
    /// None where nobody was signed in, several where the user signed out of all.
    pub(super) sessions: Vec<Session>,
    /// The application that is answered.
    pub(super) initiator: Option<RoutedLogout>,
    /// The application that gets no LogoutRequest.
    pub(super) spared: Option<Uuid>,
}

impl EndedSessions {
    /// An application asked. It is left out of the broadcast, unless it takes part in another session of this
    /// browser (entra-behaviour.md 6: so reported by MicrosoftDocs/azure-docs#19955 and #41237).
    pub(super) fn asked_for(initiator: RoutedLogout, session: Option<Session>, others: &[Session]) -> Self {
        let app = initiator.app;
        let takes_part = |session: &Session| session.participants.iter().any(|known| known.app == app);
        Self {
            sessions: session.into_iter().collect(),
            spared: (!others.iter().any(takes_part)).then_some(app),
            initiator: Some(initiator),
        }
    }

    /// The user signed out at the identity provider: everybody hears of it.
    pub(crate) fn everywhere(sessions: Vec<Session>) -> Self {
        Self {
            sessions,
            initiator: None,
            spared: None,
        }
    }

    /// The name of the application that is answered.
    pub(crate) fn answered(&self, tenant: &Tenant) -> Option<String> {
        let app = tenant.app(self.initiator.as_ref()?.app)?;
        Some(app.entry.name.clone())
    }

    /// Writes and signs what the applications are sent; `guid` gives a new random value each time. Whom the message with
    /// faults is for hears by it alone, and where a form carries it the browser cannot tell anybody else.
    pub(crate) fn farewell(
        self,
        view: &View,
        guid: &dyn Fn() -> Uuid,
        faulty: Option<&FaultyMessage>,
    ) -> Farewell {
        let is_told = |app: Uuid| {
            let hears_by_it = |faulty: &FaultyMessage| {
                faulty.app == app || matches!(faulty.carried.carrier, Carrier::Post(_))
            };
            self.spared != Some(app) && !faulty.is_some_and(hears_by_it)
        };
        Farewell::new(&self, view, guid, &is_told)
    }
}
