//! How a sign-on ends or pauses: a response on its way, an error page, a sign-in page.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use control_api::flow::IdpEvent;
use jiff::Timestamp;
use uuid::Uuid;

use super::Caller;
use crate::errors::{self, Aadsts, Place, Stop};
use crate::pages::{
    self,
    sign_in::{Asked, SignInForm},
};
use crate::pending::{Pending, Target};
use crate::sessions::Session;
use crate::sign_on::{FailureIds, FaultContext, ResponseError, ResponseIds, RoutedRequest, SignedResponse};
use crate::tenant::slot::{Slot, View};
use crate::{MockIdp, world};

/// Why a sign-on gives no response.
#[derive(Debug)]
pub(crate) enum Ending {
    /// Entra stops it.
    Stop(Stop),
    /// The mock itself cannot do it.
    Mishap(ResponseError),
}

impl From<Stop> for Ending {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl From<ResponseError> for Ending {
    fn from(error: ResponseError) -> Self {
        Self::Mishap(error)
    }
}

/// The rest of a sign-on whose user is known, as a page.
pub(crate) fn end(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    request: RoutedRequest,
    session: &Session,
    caller: &Caller,
) -> Response {
    let view = slot.view();
    if let Some(stop) = idp.armed_stop(slot, &view, &request, session.user, caller, |_| true) {
        return refused(idp, slot, &view, &request, stop, caller);
    }
    match respond(idp, slot, view.clone(), request, session, caller) {
        Ok(response) => {
            idp.record(slot, caller, response.event.clone());
            pages::delivery(&response.acs, &response.xml, response.relay_state.as_deref())
        }
        Err(ending) => stopped(idp, Some(slot), view.now, caller, ending),
    }
}

/// The chain from a known user to the signed response.
fn respond(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    view: View,
    request: RoutedRequest,
    session: &Session,
    caller: &Caller,
) -> Result<SignedResponse, Ending> {
    let issued = request
        .authenticate(view, session)?
        .authorize()?
        .issue(world::guid())?;
    let armed = slot.take_armed(caller.flow());
    let ids = ResponseIds {
        response: world::guid(),
        assertion: world::request_id(),
        stranger: world::guid(),
    };
    let context = FaultContext {
        faults: armed.as_ref().map_or(&[], |armed| armed.faults.as_slice()),
        vault: &idp.state.vault,
        certificate: &|app, name| slot.lock().certificate_called(app, name),
    };
    Ok(issued.respond(&ids, &context)?)
}

/// The end of a sign-on that stopped, where Entra shows its error: to the SP, else on a page.
pub(crate) fn refused(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    view: &View,
    request: &RoutedRequest,
    stop: Stop,
    caller: &Caller,
) -> Response {
    match stop.row().place {
        Place::Sp => failed(idp, slot, view, request, &stop, caller),
        Place::Page | Place::Inline | Place::Interrupt | Place::Log => {
            stopped(idp, Some(slot), view.now, caller, stop.into())
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
    let ids = FailureIds {
        response: world::guid(),
        trace: world::request_id(),
    };
    match request.fail(stop, view, &ids) {
        Ok(failure) => {
            idp.record(slot, caller, failure.event);
            pages::delivery(&failure.acs, &failure.xml, failure.relay_state.as_deref())
        }
        Err(error) => {
            let mishap = Ending::Mishap(error.into());
            stopped(idp, Some(slot), view.now, caller, mishap)
        }
    }
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
            pages::error(&stop, advice, now, world::request_id(), world::guid())
        }
        Ending::Mishap(error) => {
            let status = match error {
                ResponseError::Fault(_) => StatusCode::CONFLICT,
                ResponseError::Emit(_) => StatusCode::UNPROCESSABLE_ENTITY,
                ResponseError::Certs(_) => StatusCode::INTERNAL_SERVER_ERROR,
            };
            pages::mishap(
                status,
                "No response was made",
                &super::sentence(&error.to_string()),
            )
        }
    }
}

/// Lets a sign-on wait, and asks for the user's name.
pub(crate) fn sign_in_page(idp: &MockIdp, slot: &Arc<Slot>, target: Target, caller: &Caller) -> Response {
    let browser = caller
        .browser_secret(idp)
        .map_or_else(world::secret, str::to_owned);
    let (context, flow_token) = (world::secret(), world::secret());
    let pending = Pending {
        tenant: slot.id,
        browser: browser.clone(),
        flow_token: flow_token.clone(),
        target,
        since: world::now(),
    };
    idp.state.pending.add(context.clone(), pending);
    let view = slot.view();
    let form = SignInForm::new(&view.tenant, &context, &flow_token);
    let mut response = pages::sign_in::user_name(
        Asked {
            form: &form,
            user: "",
            error: None,
        },
        false,
    );
    idp.set_cookie(&mut response, &idp.browser_cookie(), &browser);
    response
}

impl MockIdp {
    /// Records an event of the caller's flow.
    pub(crate) fn record(&self, slot: &Slot, caller: &Caller, event: IdpEvent) {
        self.state.flows.record(slot.id, caller.flow(), event);
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
        let row = slot.take_armed_error(caller.flow(), is_wanted)?;
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

    /// This browser's session in the tenant, while its user exists.
    pub(crate) fn session(&self, view: &View, caller: &Caller) -> Option<Session> {
        let tenant = view.tenant.id;
        let secret = caller.session_secret(self, tenant)?;
        let mut accounts = self.state.sessions.accounts(secret, tenant);
        let session = accounts.pop()?;
        view.tenant.user(session.user).map(|_| session)
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
