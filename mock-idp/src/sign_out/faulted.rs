//! The message of single sign-out that armed faults change, and what it says of whom (ids `slo-…` of the catalogue).
//!
//! The browser goes to the application itself with it, not in a frame, so that what the application says of it can be seen.
//! A LogoutRequest names the user as the newest assertion did: the opaque value of Entra's own ([`super::farewell`]) is nobody
//! to a service provider that compares names, and would be refused for that alone.

use control_api::flow::IdpEvent;
use control_api::idp::FaultSpec;
use saml_model::NameId;
use uuid::Uuid;

use super::EndedSessions;
use super::farewell;
use crate::claims::Subject;
use crate::faults::{self, About, Carried, FaultError, LogoutInputs, LogoutMessage};
use crate::name_id;
use crate::sessions::{Participant, Session};
use crate::sign_on::{ResponseError, another_user};
use crate::tenant::App;
use crate::tenant::certificates::Vault;
use crate::tenant::slot::View;

/// Faults with what they take.
pub(crate) struct Faulted<'f> {
    /// The faults, in order.
    pub(crate) faults: &'f [FaultSpec],
    /// The attackers' key.
    pub(crate) vault: &'f Vault,
    /// What the user's sessions at the application are called, in every browser.
    pub(crate) sessions: &'f [String],
    /// An id that nobody has.
    pub(crate) stranger: Uuid,
    /// The message's own.
    pub(crate) id: Uuid,
}

/// A message with faults.
#[derive(Debug)]
pub(crate) struct FaultyMessage {
    /// What carries it.
    pub(crate) carried: Carried,
    /// The application's id.
    pub(crate) app: Uuid,
    /// Its name.
    pub(crate) name: String,
    /// What is recorded.
    pub(crate) event: IdpEvent,
}

/// Whom a message with faults may be for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addressee<'e> {
    /// Which message.
    pub(crate) about: About,
    /// The application.
    pub(crate) app: Uuid,
    /// The session that has ended, where there is one.
    pub(crate) session: Option<&'e Session>,
    participant: Option<&'e Participant>,
}

impl EndedSessions {
    /// Whom messages go to that faults may change: the application that is answered; where the user signed out at the identity
    /// provider, each that is told.
    pub(crate) fn addressees(&self) -> Vec<Addressee<'_>> {
        if let Some(initiator) = &self.initiator {
            let session = self.sessions.first();
            return vec![Addressee {
                about: About::Response,
                app: initiator.app,
                session,
                participant: session.and_then(|session| of(session, initiator.app)),
            }];
        }
        let told = self.sessions.iter().flat_map(|session| {
            session.participants.iter().map(move |participant| Addressee {
                about: About::Request,
                app: participant.app,
                session: Some(session),
                participant: Some(participant),
            })
        });
        told.collect()
    }

    /// Makes the message to one of them.
    ///
    /// # Errors
    /// What does not fit it.
    pub(crate) fn faulty(
        &self,
        to: Addressee<'_>,
        faulted: &Faulted<'_>,
        view: &View,
    ) -> Result<FaultyMessage, ResponseError> {
        let app = view.tenant.app(to.app).ok_or(FaultError::NoLogoutUrl)?;
        let certificate = app.signing_certificate(view.now).ok_or(FaultError::NotSigned)?;
        let location = app.entry.logout_url.as_str();
        if location.is_empty() {
            return Err(FaultError::NoLogoutUrl.into());
        }
        let message = self.message(to, app, view, faulted.id);
        let own_session = to.participant.map(|known| known.session_index.as_str());
        let others = faulted.sessions.iter();
        let others: Vec<_> = others
            .filter(|index| Some(index.as_str()) != own_session)
            .cloned()
            .collect();
        let inputs = LogoutInputs {
            now: view.now,
            stranger: faulted.stranger,
            own: certificate,
            vault: faulted.vault,
            location,
            relay_state: self
                .initiator
                .as_ref()
                .and_then(|initiator| initiator.relay_state.as_deref()),
            issuer: &app.logout_issuer(&view.tenant),
            audience: &app.default_identifier(),
            name_id: to.participant.map(|participant| &participant.name_id),
            other_sessions: &others,
            victim: &|named| victim(to, app, view, named),
        };
        let carried = faults::find_all(faulted.faults)?.carry(message, &inputs)?;
        let event = IdpEvent::LogoutIssued {
            message_id: format!("_{}", faulted.id),
            app: app.entry.name.clone(),
            thumbprint: carried.signed_by.clone(),
            faults: faulted.faults.iter().map(|fault| fault.id.clone()).collect(),
        };
        Ok(FaultyMessage {
            carried,
            app: app.id,
            name: app.entry.name.clone(),
            event,
        })
    }

    fn message(&self, to: Addressee<'_>, app: &App, view: &View, id: Uuid) -> LogoutMessage {
        match (&self.initiator, to.session, to.participant) {
            (None, Some(session), Some(participant)) => {
                let mut request = farewell::request(session, participant, app, view, id);
                request.name_id = Some(participant.name_id.clone());
                LogoutMessage::Request(request)
            }
            (initiator, ..) => {
                let request_id = initiator.as_ref().map(|initiator| initiator.request_id.clone());
                LogoutMessage::Response(farewell::response(request_id, app, view, id))
            }
        }
    }
}

fn of(session: &Session, app: Uuid) -> Option<&Participant> {
    session.participants.iter().find(|known| known.app == app)
}

/// What somebody else is called at the application, V of the catalogue.
fn victim(to: Addressee<'_>, app: &App, view: &View, named: Option<&str>) -> Result<NameId, FaultError> {
    let tenant = &view.tenant;
    let user = another_user(tenant, to.session.map(|session| session.user), named)?;
    let roles = tenant.roles(app, user.id).unwrap_or_default();
    let subject = Subject::new(tenant, user, app, &roles);
    name_id::name_id(&subject, None, None, Uuid::nil()).map_err(|stop| FaultError::NoVictim(stop.text()))
}
