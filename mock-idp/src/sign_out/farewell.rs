//! What the applications are sent when a session ends: signed, ready for a browser (entra-behaviour.md 6).

use control_api::flow::IdpEvent;
use saml_emit::Signing;
use saml_emit::binding::{Escapes, Parameter, signed_redirect_url};
use saml_model::{LogoutRequest, LogoutResponse, NameId, SignatureAlgorithm, Status, names};
use uuid::Uuid;

use super::EndedSessions;
use super::routed::RoutedLogout;
use crate::faults::Carrier;
use crate::name_id::pairwise;
use crate::sessions::{Participant, Session};
use crate::sign_on::ResponseError;
use crate::tenant::App;
use crate::tenant::slot::View;

/// The end of a sign-out.
#[derive(Debug)]
pub(crate) struct Farewell {
    /// The broadcast, in the order in which the applications came into the sessions.
    pub(crate) told: Vec<Told>,
    /// Where the browser goes then: the initiator's Logout URL with the LogoutResponse. Without it the browser stays.
    pub(crate) onward: Option<Carrier>,
    /// What is recorded.
    pub(crate) events: Vec<IdpEvent>,
    /// Why an application could not be sent anything, if so; of several the first.
    pub(crate) failure: Option<ResponseError>,
}

/// An application that is sent a LogoutRequest.
#[derive(Debug)]
pub(crate) struct Told {
    /// The application's name.
    pub(crate) app: String,
    /// Its Logout URL with the request.
    pub(crate) address: String,
}

impl Farewell {
    pub(super) fn new(
        ended: &EndedSessions,
        view: &View,
        guid: &dyn Fn() -> Uuid,
        is_told: &dyn Fn(Uuid) -> bool,
    ) -> Self {
        let mut farewell = Self {
            told: Vec::new(),
            onward: None,
            events: Vec::new(),
            failure: None,
        };
        for session in &ended.sessions {
            let told = farewell.broadcast(session, is_told, view, guid);
            farewell.events.push(IdpEvent::SignedOut {
                upn: user_name(session, view),
                told: told.iter().map(|told| told.app.clone()).collect(),
            });
            farewell.told.extend(told);
        }
        if let Some(initiator) = &ended.initiator
            && let Some(app) = view.tenant.app(initiator.app)
        {
            let answered = farewell.kept(app, answer(initiator, app, view, guid()));
            farewell.onward = answered.map(Carrier::Redirect);
        }
        farewell
    }

    /// A LogoutRequest for every participant that has a Logout URL. One that cannot be written keeps none of the others
    /// from theirs.
    fn broadcast(
        &mut self,
        session: &Session,
        is_told: &dyn Fn(Uuid) -> bool,
        view: &View,
        guid: &dyn Fn() -> Uuid,
    ) -> Vec<Told> {
        let participants = session
            .participants
            .iter()
            .filter(|participant| is_told(participant.app));
        let mut told = Vec::new();
        for participant in participants {
            let Some(app) = view.tenant.app(participant.app) else {
                continue;
            };
            let message = told_by(&request(session, participant, app, view, guid()), app, view);
            told.extend(self.kept(app, message).map(|address| Told {
                app: app.entry.name.clone(),
                address,
            }));
        }
        told
    }

    /// The address of a message; where it could not be written that is recorded. It is no error of Entra's, so it has no
    /// code.
    fn kept(&mut self, app: &App, message: Result<Option<String>, ResponseError>) -> Option<String> {
        message.unwrap_or_else(|error| {
            self.events.push(IdpEvent::Stopped {
                code: String::new(),
                message: format!("{} could not be told of the sign-out: {error}", app.entry.name),
                faults: Vec::new(),
            });
            self.failure.get_or_insert(error);
            None
        })
    }
}

/// The address by which an application is sent a LogoutRequest.
fn told_by(request: &LogoutRequest, app: &App, view: &View) -> Result<Option<String>, ResponseError> {
    let xml = saml_emit::logout_request(request)?;
    address(app, view, Parameter::SamlRequest, &xml, None)
}

/// The NameID is the opaque pairwise value without a format, whatever the assertion had (entra-behaviour.md 6, a
/// reported quirk). That the session index is sent is (uncertain).
pub(super) fn request(
    session: &Session,
    participant: &Participant,
    app: &App,
    view: &View,
    id: Uuid,
) -> LogoutRequest {
    LogoutRequest {
        id: format!("_{id}"),
        version: names::VERSION.to_owned(),
        issue_instant: view.now,
        destination: Some(app.entry.logout_url.clone()),
        not_on_or_after: None,
        reason: None,
        issuer: Some(app.logout_issuer(&view.tenant)),
        name_id: Some(NameId {
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
            value: pairwise(view.tenant.id, session.user, app.id),
        }),
        session_indexes: vec![participant.session_index.clone()],
    }
}

/// The LogoutResponse for the application that asked. `Destination` is not in Microsoft's sample, but in a message of
/// May 2025 that the tests of a public repository keep (O).
fn answer(
    initiator: &RoutedLogout,
    app: &App,
    view: &View,
    id: Uuid,
) -> Result<Option<String>, ResponseError> {
    let request_id = Some(initiator.request_id.clone());
    let xml = saml_emit::logout_response(&response(request_id, app, view, id))?;
    let relay_state = initiator.relay_state.as_deref();
    address(app, view, Parameter::SamlResponse, &xml, relay_state)
}

/// That the session has ended.
pub(super) fn response(request_id: Option<String>, app: &App, view: &View, id: Uuid) -> LogoutResponse {
    LogoutResponse {
        id: format!("_{id}"),
        version: names::VERSION.to_owned(),
        issue_instant: view.now,
        destination: Some(app.entry.logout_url.clone()),
        in_response_to: request_id,
        issuer: Some(app.logout_issuer(&view.tenant)),
        status: Status::success(),
    }
}

/// The Logout URL with a message, signed by the application's certificate; `None` where there is no Logout URL, or
/// nothing to sign with. The algorithm is RSA-SHA256 whatever the application's Signing Algorithm (entra-behaviour.md 6).
fn address(
    app: &App,
    view: &View,
    parameter: Parameter,
    xml: &str,
    relay_state: Option<&str>,
) -> Result<Option<String>, ResponseError> {
    let logout_url = app.entry.logout_url.as_str();
    let (false, Some(certificate)) = (logout_url.is_empty(), app.signing_certificate(view.now)) else {
        return Ok(None);
    };
    let keyed = certificate.keyed()?;
    let signing = Signing {
        algorithm: SignatureAlgorithm::RsaSha256,
        key: keyed.key.private(),
        certificate_der: keyed.certificate.der(),
    };
    let url = signed_redirect_url(logout_url, parameter, xml, relay_state, &signing, Escapes::Lower)?;
    Ok(Some(url))
}

/// Who signed out; the object id of a user who is gone.
fn user_name(session: &Session, view: &View) -> String {
    let user = view.tenant.user(session.user);
    user.map_or_else(
        || session.user.to_string(),
        |user| user.entry.user_principal_name.clone(),
    )
}

#[cfg(test)]
mod tests {
    use control_api::tenant::Authentication;
    use jiff::Timestamp;

    use super::*;
    use crate::factors::Factors;
    use crate::tenant::embedded::running;

    /// The application that asked gets its answer and all others their request, whatever became of one.
    #[test]
    fn one_that_cannot_be_told_keeps_nobody_else_from_it() {
        let (_idp, slot) = running("contoso");
        let view = slot.view();
        let app = |name: &str| {
            let mut apps = view.tenant.apps.iter();
            apps.find(|app| app.entry.name == name).unwrap().id
        };
        let participant = |name, session_index: &str| Participant {
            app: app(name),
            session_index: session_index.to_owned(),
            name_id: NameId {
                format: None,
                name_qualifier: None,
                sp_name_qualifier: None,
                value: "b.simon".to_owned(),
            },
        };
        let session = Session {
            id: Uuid::from_u128(1),
            tenant: view.tenant.id,
            user: view.tenant.users[0].id,
            authn_instant: Timestamp::UNIX_EPOCH,
            factors: Factors {
                first: Authentication::Password,
                second: false,
            },
            persistent: false,
            // XML can carry no such character.
            participants: vec![participant("Upsales", "\u{1}"), participant("sipgate", "_2")],
        };
        let initiator = |request_id: &str| RoutedLogout {
            app: app("IOMETE"),
            request_id: request_id.to_owned(),
            relay_state: None,
        };
        for (request_id, is_answered, failed) in [
            ("_1", true, &["Upsales"][..]),
            ("\u{1}", false, &["Upsales", "IOMETE"]),
        ] {
            let ended = initiator(request_id).end(Some(session.clone()), &[]);
            let farewell = ended.farewell(&view, &|| Uuid::from_u128(5), None);
            let told = farewell.told.iter().map(|told| told.app.as_str());
            assert_eq!(told.collect::<Vec<_>>(), ["sipgate"]);
            assert_eq!(farewell.onward.is_some(), is_answered);
            assert!(farewell.failure.is_some());
            let messages = farewell.events.iter().filter_map(|event| match event {
                IdpEvent::Stopped { message, .. } => message.split(" could not be told").next(),
                _ => None,
            });
            assert_eq!(messages.collect::<Vec<_>>(), failed);
        }
    }
}
