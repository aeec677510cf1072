//! How a sign-on ends: a response on its way, a failure that the SP is told of, an error page.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use control_api::flow::IdpEvent;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Caller, ask};
use crate::errors::{self, Aadsts, Place, Stop};
use crate::faults::Form;
use crate::flows::{Item, Kept, Posted, Sent};
use crate::pages;
use crate::pending::Target;
use crate::sessions::{Participant, Session};
use crate::sign_in::Step;
use crate::sign_on::{
    Denied, FailureIds, FaultContext, Reading, ResponseError, ResponseIds, RoutedRequest, SignedResponse,
};
use crate::tenant::slot::{Occasion, Slot, View};
use crate::{MockIdp, metadata, world};

/// Why a sign-on gives no response.
#[derive(Debug)]
pub(crate) enum Ending {
    /// Entra stops it.
    Stop(Stop),
    /// The session lacks the second factor.
    SecondFactor,
    /// The mock itself cannot do it.
    Mishap(ResponseError),
}

impl Ending {
    /// Says at which application it stopped, as the page of Conditional Access tells.
    fn about(self, view: &View, request: &RoutedRequest) -> Self {
        match (self, view.tenant.app(request.app())) {
            (Self::Stop(stop), Some(app)) => Self::Stop(stop.about(&app.entry.name, app.id)),
            (ending, _) => ending,
        }
    }
}

impl From<Stop> for Ending {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl From<Denied> for Ending {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Stop(stop) => Self::Stop(stop),
            Denied::SecondFactor => Self::SecondFactor,
        }
    }
}

impl From<ResponseError> for Ending {
    fn from(error: ResponseError) -> Self {
        Self::Mishap(error)
    }
}

/// A session with the secret of its browser.
#[derive(Clone, Debug)]
pub(crate) struct Present {
    /// What the browser's cookie holds.
    pub(crate) secret: String,
    /// The session.
    pub(crate) session: Session,
}

/// A message on its way to an SP.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// The message.
    pub(crate) xml: String,
    /// The octets that the form carries where they are not the message's own.
    pub(crate) octets: Option<Vec<u8>>,
    /// What carries it.
    pub(crate) form: Form,
}

impl Delivery {
    fn page(&self) -> Response {
        pages::delivery(&self.form)
    }

    /// What goes out, as a text that people read: UTF-16 by its byte order mark, else UTF-8 as far as it is.
    fn shown(&self) -> Cow<'_, str> {
        let utf_16 = |octets: &[u8], unit: fn([u8; 2]) -> u16| {
            let (pairs, _) = octets.as_chunks::<2>();
            let units: Vec<_> = pairs.iter().map(|pair| unit(*pair)).collect();
            Cow::Owned(String::from_utf16_lossy(&units))
        };
        match self.octets.as_deref() {
            None => Cow::Borrowed(&self.xml),
            Some([0xFF, 0xFE, rest @ ..]) => utf_16(rest, u16::from_le_bytes),
            Some([0xFE, 0xFF, rest @ ..]) => utf_16(rest, u16::from_be_bytes),
            Some(octets) => String::from_utf8_lossy(octets),
        }
    }
}

/// The rest of a sign-on whose user is known, as a page.
pub(crate) fn end(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    request: RoutedRequest,
    present: &Present,
    caller: &Caller,
) -> Response {
    let view = slot.view();
    match deliver(idp, slot, &view, &request, present, caller) {
        Ok(delivery) => delivery.page(),
        Err(Ending::SecondFactor) => {
            let (session, user) = (present.session.id, present.session.user);
            let step = Step::SessionSecondFactor { session, user };
            ask(idp, slot, Target::Response(request), step, caller)
        }
        Err(ending) => stopped(idp, Some(slot), view.now, caller, ending.about(&view, &request)),
    }
}

/// The rest of a sign-on whose user is known: a response, or a failure that the SP is told of. The session notes who was
/// sent an assertion, and ends where its user has been disabled.
///
/// # Errors
/// Why there is neither; 50089 where the session has ended meanwhile.
pub(crate) fn deliver(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    view: &View,
    request: &RoutedRequest,
    present: &Present,
    caller: &Caller,
) -> Result<Delivery, Ending> {
    let ids = ResponseIds {
        response: world::guid(),
        assertion: world::request_id(),
        stranger: world::guid(),
        encryption: world::encryption(),
    };
    match respond(idp, slot, view, request.clone(), &present.session, &ids, caller) {
        Ok(response) => {
            let participant = Participant {
                app: request.app(),
                session_index: format!("_{}", ids.assertion),
                name_id: response.name_id,
            };
            let sessions = &idp.state.sessions;
            if !sessions.join(&present.secret, &present.session, participant) {
                return Err(Stop::new(errors::FLOW_EXPIRED, &[]).into());
            }
            idp.record(slot, caller, response.event);
            let delivery = Delivery {
                xml: response.xml,
                octets: response.octets,
                form: response.form,
            };
            idp.note_sent(slot, view, request, &delivery, &response.reading, caller);
            Ok(delivery)
        }
        Err(Ending::Stop(stop)) if stop.row().place == Place::Sp => {
            failure(idp, slot, view, request, &stop, caller)
        }
        Err(Ending::SecondFactor) if request.wishes.is_passive => {
            let stop = Stop::new(errors::SILENT, &[]);
            failure(idp, slot, view, request, &stop, caller)
        }
        Err(Ending::Stop(stop)) if stop.row() == errors::USER_DISABLED => {
            idp.state.sessions.end(&present.secret, present.session.id);
            Err(Ending::Stop(stop))
        }
        Err(ending) => Err(ending),
    }
}

/// The chain from a known user to the signed response.
fn respond(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    view: &View,
    request: RoutedRequest,
    session: &Session,
    ids: &ResponseIds,
    caller: &Caller,
) -> Result<SignedResponse, Ending> {
    if let Some(stop) = idp.armed_stop(slot, view, &request, session.user, caller, |_| true) {
        return Err(stop.into());
    }
    let authenticated = request.authenticate(view.clone(), session)?;
    let issued = authenticated.authorize()?.issue(world::guid())?;
    let occasion = Occasion {
        flow: caller.flow(),
        app: Some(issued.app()),
        user: Some(session.user),
    };
    let armed = slot.take_armed(&occasion);
    let faults = armed
        .as_ref()
        .map_or_else(Vec::new, |armed| armed.faults.faults.clone());
    let context = FaultContext {
        faults: &faults,
        vault: &idp.state.vault,
        certificate: &|app, name| slot.lock().certificate_called(app, name),
        metadata: &|id| {
            let published = view.tenant.app(id).map(|app| (app, slot.published(app)));
            let published = published
                .as_ref()
                .map(|(app, certificates)| (*app, &certificates[..]));
            metadata::document(view, published, &idp.state.addresses, world::guid())
        },
    };
    let response = issued.respond(ids, &context);
    let Some(armed) = armed else {
        return Ok(response?);
    };
    match response {
        Ok(response) => {
            idp.note(slot, caller, Item::Armed(faults));
            Ok(response)
        }
        Err(error) => {
            let error = error.of_armed(armed.number, &faults);
            slot.give_back(armed);
            Err(error.into())
        }
    }
}

/// Tells the SP, by way of the browser, why a sign-on stopped (entra-behaviour.md 3.6).
pub(crate) fn failed(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    view: &View,
    request: &RoutedRequest,
    stop: &Stop,
    caller: &Caller,
) -> Response {
    match failure(idp, slot, view, request, stop, caller) {
        Ok(delivery) => delivery.page(),
        Err(ending) => stopped(idp, Some(slot), view.now, caller, ending),
    }
}

/// The failure that tells the SP why a sign-on stopped.
pub(crate) fn failure(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    view: &View,
    request: &RoutedRequest,
    stop: &Stop,
    caller: &Caller,
) -> Result<Delivery, Ending> {
    let ids = FailureIds {
        response: world::guid(),
        trace: world::request_id(),
    };
    let failure = request.fail(stop, view, &ids);
    let failure = failure.map_err(|error| Ending::Mishap(error.into()))?;
    idp.record(slot, caller, failure.event);
    let delivery = Delivery {
        form: Form::new(
            &failure.acs,
            failure.xml.as_bytes(),
            failure.relay_state.as_deref(),
        ),
        xml: failure.xml,
        octets: None,
    };
    idp.note_sent(slot, view, request, &delivery, &Reading::default(), caller);
    Ok(delivery)
}

/// The page of a sign-on that ended here.
pub(crate) fn stopped(
    idp: &MockIdp,
    slot: Option<&Arc<Slot>>,
    now: Timestamp,
    caller: &Caller,
    ending: Ending,
) -> Response {
    match ending {
        Ending::Stop(stop) => {
            if let Some(slot) = slot {
                idp.record_stop(slot, caller, &stop);
            }
            let advice = (stop.row() == errors::FLOW_EXPIRED && caller.is_without_cookies())
                .then_some(pages::NO_COOKIE);
            let details = pages::Details {
                advice,
                ..caller.details(now)
            };
            pages::error(&stop, &details)
        }
        // Whoever can be asked is asked instead; what is left is a sign-in without pages.
        Ending::SecondFactor => {
            let stop = Stop::new(errors::SECOND_FACTOR, &[]);
            stopped(idp, slot, now, caller, Ending::Stop(stop))
        }
        Ending::Mishap(error) => {
            if let Some(slot) = slot {
                idp.note(slot, caller, Item::Mishap(error.to_string()));
            }
            pages::mishap(
                mishap_status(&error),
                "No response was made",
                &super::sentence(&error.to_string()),
            )
        }
    }
}

/// Whose fault it is that no response was made.
pub(crate) fn mishap_status(error: &ResponseError) -> StatusCode {
    match error {
        ResponseError::Fault(_) | ResponseError::StaysArmed { .. } => StatusCode::CONFLICT,
        ResponseError::Emit(_) => StatusCode::UNPROCESSABLE_ENTITY,
        ResponseError::Certs(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl MockIdp {
    /// Records an event of the caller's flow.
    pub(crate) fn record(&self, slot: &Slot, caller: &Caller, event: IdpEvent) {
        self.note(slot, caller, Item::Event(event));
    }

    /// Records what happened in the caller's flow.
    pub(crate) fn note(&self, slot: &Slot, caller: &Caller, item: Item) {
        let now = slot.time_at(world::now());
        self.state.flows.record(slot.id, caller.trace(), now, item);
    }

    /// Records a message that goes out.
    fn note_sent(
        &self,
        slot: &Slot,
        view: &View,
        request: &RoutedRequest,
        delivery: &Delivery,
        reading: &Reading,
        caller: &Caller,
    ) {
        let app = view.tenant.app(request.app());
        let posted = Posted {
            xml: Kept::new(&delivery.shown()),
            open: reading.open.as_deref().map(Kept::new),
            honest: reading.honest.as_deref().map(Kept::new),
            carried: reading.carried.clone(),
            relay_state: delivery.form.field("RelayState").map(Kept::new),
        };
        let sent = Sent {
            app_id: Some(request.app()),
            app: app.map(|app| app.entry.name.clone()).unwrap_or_default(),
            to: delivery.form.action.clone(),
            sha256: delivery.form.sha256(),
            message: posted.into(),
        };
        self.note(slot, caller, Item::Sent(sent));
    }

    /// Takes the error that is armed for this sign-on, in its words, where it is one that is wanted. It acts once the user is
    /// known, and before anything else about the application is checked.
    pub(crate) fn armed_stop(
        &self,
        slot: &Slot,
        view: &View,
        request: &RoutedRequest,
        user: Uuid,
        caller: &Caller,
        is_wanted: impl Fn(&Aadsts) -> bool,
    ) -> Option<Stop> {
        let occasion = Occasion {
            flow: caller.flow(),
            app: Some(request.app()),
            user: Some(user),
        };
        let (row, armed) = slot.take_armed_error(&occasion, is_wanted)?;
        self.note(slot, caller, Item::Armed(armed.faults.faults));
        request.armed_stop(row, view, user, &self.state.addresses)
    }

    /// Records that a sign-on stopped.
    pub(crate) fn record_stop(&self, slot: &Slot, caller: &Caller, stop: &Stop) {
        let event = IdpEvent::Stopped {
            code: stop.code(),
            message: stop.message().to_owned(),
            faults: stop.faults(),
        };
        self.record(slot, caller, event);
    }

    /// This browser's sessions in the tenant whose user exists, oldest first; the others have ended.
    pub(crate) fn accounts(&self, view: &View, caller: &Caller) -> Vec<Session> {
        let tenant = view.tenant.id;
        let Some(secret) = caller.session_secret(self, tenant) else {
            return Vec::new();
        };
        let accounts = self.state.sessions.accounts(secret, tenant);
        let exists = |session: &Session| view.tenant.user(session.user).is_some();
        let (accounts, gone): (Vec<_>, Vec<_>) = accounts.into_iter().partition(exists);
        for session in gone {
            self.state.sessions.end(secret, session.id);
        }
        accounts
    }

    /// Records that a session answered for its user.
    pub(crate) fn record_session(&self, slot: &Slot, view: &View, session: &Session, caller: &Caller) {
        if let Some(user) = view.tenant.user(session.user) {
            let upn = user.entry.user_principal_name.clone();
            self.record(
                slot,
                caller,
                IdpEvent::Authenticated {
                    upn,
                    by_session: true,
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use control_api::FLOW_HEADER;
    use control_api::tenant::Authentication;

    use super::*;
    use crate::factors::Factors;
    use crate::sign_in::Passed;
    use crate::tenant::embedded::running;

    /// The trace shows a text, whatever the octets are.
    #[test]
    fn what_goes_out_is_shown_as_text() {
        let wide = |unit: fn(u16) -> [u8; 2]| "\u{FEFF}<é>".encode_utf16().flat_map(unit).collect();
        for (octets, shown) in [
            (None, "<r/>"),
            (Some(wide(u16::to_le_bytes)), "<é>"),
            (Some(wide(u16::to_be_bytes)), "<é>"),
            (Some(b"<\xC1\x82>".to_vec()), "<\u{FFFD}\u{FFFD}>"),
        ] {
            let delivery = Delivery {
                xml: "<r/>".to_owned(),
                octets,
                form: Form::new("http://sp/acs", b"<r/>", None),
            };
            assert_eq!(delivery.shown(), shown);
        }
    }

    /// The user signed out while the response was made: nobody is sent an assertion.
    #[test]
    fn a_session_that_ended_meanwhile_issues_nothing() {
        let (idp, slot) = running("contoso");
        let view = slot.view();
        let mut headers = HeaderMap::new();
        headers.insert(FLOW_HEADER, "f".parse().unwrap());
        let caller = Caller::new(&headers);
        let mut users = view.tenant.users.iter();
        let user = users.find(|user| user.entry.user_principal_name.starts_with("B.Simon"));
        let factors = Factors {
            first: Authentication::Password,
            second: false,
        };
        let passed = Passed::taken(user.unwrap().id, factors, view.now);
        let mut apps = view.tenant.apps.iter();
        let app = apps.find(|app| app.entry.name == "Upsales").unwrap();
        let request = RoutedRequest::unsolicited(app).unwrap();
        let present = idp.begin_session(&slot, &view, &passed, false, &caller);
        let events = || idp.state.flows.get(slot.id, "f").events.len();
        assert!(deliver(&idp, &slot, &view, &request, &present, &caller).is_ok());
        assert_eq!(events(), 2);
        idp.state.sessions.end(&present.secret, present.session.id);
        let ending = deliver(&idp, &slot, &view, &request, &present, &caller);
        assert!(matches!(ending, Err(Ending::Stop(stop)) if stop.row() == errors::FLOW_EXPIRED));
        assert_eq!(events(), 2);
    }
}
