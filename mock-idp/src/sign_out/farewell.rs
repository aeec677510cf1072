//! What the applications are sent when a session ends: signed, ready for a browser (entra-behaviour.md 6).

use control_api::flow::IdpEvent;
use saml_emit::Signing;
use saml_emit::binding::{Escapes, Parameter, signed_redirect_url};
use saml_model::{LogoutRequest, LogoutResponse, NameId, SignatureAlgorithm, Status, names};
use uuid::Uuid;

use super::EndedSessions;
use super::routed::RoutedLogout;
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
    pub(crate) onward: Option<String>,
    /// What is recorded.
    pub(crate) events: Vec<IdpEvent>,
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
    ) -> Result<Self, ResponseError> {
        let mut farewell = Self {
            told: Vec::new(),
            onward: None,
            events: Vec::new(),
        };
        for session in &ended.sessions {
            let told = broadcast(session, ended.spared, view, guid)?;
            farewell.events.push(IdpEvent::SignedOut {
                upn: user_name(session, view),
                told: told.iter().map(|told| told.app.clone()).collect(),
            });
            farewell.told.extend(told);
        }
        if let Some(initiator) = &ended.initiator {
            farewell.onward = answer(initiator, view, guid())?;
        }
        Ok(farewell)
    }
}

/// A LogoutRequest for every participant that has a Logout URL.
fn broadcast(
    session: &Session,
    spared: Option<Uuid>,
    view: &View,
    guid: &dyn Fn() -> Uuid,
) -> Result<Vec<Told>, ResponseError> {
    let participants = session
        .participants
        .iter()
        .filter(|participant| Some(participant.app) != spared);
    let mut told = Vec::new();
    for participant in participants {
        let Some(app) = view.tenant.app(participant.app) else {
            continue;
        };
        let request = request(session, participant, app, view, guid());
        let xml = saml_emit::logout_request(&request)?;
        if let Some(address) = address(app, view, Parameter::SamlRequest, &xml, None)? {
            told.push(Told {
                app: app.entry.name.clone(),
                address,
            });
        }
    }
    Ok(told)
}

/// The NameID is the opaque pairwise value without a format, whatever the assertion had (entra-behaviour.md 6, a
/// reported quirk). That the session index is sent is (uncertain).
fn request(session: &Session, participant: &Participant, app: &App, view: &View, id: Uuid) -> LogoutRequest {
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
fn answer(initiator: &RoutedLogout, view: &View, id: Uuid) -> Result<Option<String>, ResponseError> {
    let Some(app) = view.tenant.app(initiator.app) else {
        return Ok(None);
    };
    let response = LogoutResponse {
        id: format!("_{id}"),
        version: names::VERSION.to_owned(),
        issue_instant: view.now,
        destination: Some(app.entry.logout_url.clone()),
        in_response_to: Some(initiator.request_id.clone()),
        issuer: Some(app.logout_issuer(&view.tenant)),
        status: Status::success(),
    };
    let xml = saml_emit::logout_response(&response)?;
    let relay_state = initiator.relay_state.as_deref();
    address(app, view, Parameter::SamlResponse, &xml, relay_state)
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
