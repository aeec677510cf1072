//! Signing out: asked for by an SP at `/{tenant}/saml2`, and by the user at `/{tenant}/oauth2/logout`
//! (entra-behaviour.md 6).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use control_api::flow::IdpEvent;
use saml_accept::binding::Form;
use uuid::Uuid;

use super::ending::stopped;
use super::sign_on::tenant_not_found;
use super::{Caller, Sender, blocking, common, redirect, with_form};
use crate::errors::{self, Stop};
use crate::faults::Carrier;
use crate::flows::{Item, Kept, Posted, Sent, Start};
use crate::limits::SIGN_OUT_FORM_BYTES_MAX;
use crate::pages::{self, Picker};
use crate::sessions::Session;
use crate::sign_on::{ResponseError, Route, SignOutRequest, find_app};
use crate::sign_out::{EndedSessions, Faulted, FaultyMessage, RoutedLogout, UnverifiedLogout};
use crate::tenant::slot::{Occasion, Slot, View};
use crate::{MockIdp, world};

/// The errors of a sign-out that nothing but an armed fault brings about: when Entra shows them is not known (7.2).
const ARMED_CODES: [u32; 4] = [50_061, 50_068, 50_070, 50_071];

/// A LogoutRequest came. One session of this browser ends at once, of several the user picks one. Whose session the
/// request means is not asked, so any site can have a browser signed out here, as at Entra.
pub(super) fn asked_for(
    idp: &MockIdp,
    segment: &str,
    instance: Option<&str>,
    sent: SignOutRequest,
    caller: &Caller,
) -> Response {
    let slot = idp.state.tenants.find(segment);
    let now = slot.as_ref().map_or_else(world::now, |slot| slot.view().now);
    let stop = |stop: Stop| stopped(idp, slot.as_ref(), now, caller, stop.into());
    let request = match UnverifiedLogout::read(sent) {
        Ok(request) => request,
        Err(reason) => return stop(reason),
    };
    let Some(slot) = &slot else {
        return stop(common::no_tenant(idp, segment, request.issuer()));
    };
    let event = IdpEvent::LogoutRequested {
        request_id: request.request_id().to_owned(),
        issuer: request.issuer().to_owned(),
    };
    let view = slot.view();
    let route = Route {
        tenant: &view.tenant,
        now: view.now,
        service_principal: instance,
        addresses: &idp.state.addresses,
    };
    let app = find_app(request.issuer(), &route).ok();
    idp.note(slot, caller, Item::began(Start::SignOutSp, app));
    idp.record(slot, caller, event);
    let logout = match request.route(&route) {
        Ok(logout) => logout,
        Err(reason) => return stop(reason),
    };
    let mut sessions = idp.accounts(&view, caller);
    let occasion = Occasion {
        flow: caller.flow(),
        app: Some(logout.app),
        user: sessions.last().map(|session| session.user),
    };
    if let Some((row, armed)) = slot.take_armed_error(&occasion, |row| ARMED_CODES.contains(&row.code)) {
        idp.note(slot, caller, Item::Armed(armed.faults.faults));
        return stop(Stop::new(row, &[]).by_fault());
    }
    if sessions.len() > 1 {
        let user = String::new();
        let what = "which account to sign out of";
        idp.note(slot, caller, Item::Asked { what, user });
        return picker(slot, &view, &logout, &sessions);
    }
    let session = sessions.pop();
    if let Some(session) = &session {
        idp.end_session(slot, session.id, caller);
    }
    finish(idp, slot, &view, logout.end(session, &[]), caller)
}

/// `POST /{tenant}/oauth2/logout`: an account was picked.
pub(crate) async fn picked(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    sender: Sender,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let caller = sender.caller();
    with_form(body, SIGN_OUT_FORM_BYTES_MAX, move |body| {
        end_picked(&idp, &tenant, Fields::read(body), &caller)
    })
    .await
}

/// `GET /{tenant}/oauth2/logout`: the user signs out at the identity provider, and every session of this browser in the
/// tenant ends. There is no form and no token: any site can send a browser here, as it can at Entra.
pub(crate) async fn everywhere(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    sender: Sender,
) -> Response {
    let caller = sender.caller();
    blocking(move || end_all(&idp, &tenant, &caller)).await
}

/// The form of the picker.
struct Fields {
    logout: RoutedLogout,
    /// `None` where no account was pressed.
    session: Option<Uuid>,
}

impl Fields {
    /// `None` where it is not the picker's: no session ends for a form that could not be answered.
    fn read(body: &[u8]) -> Option<Self> {
        let form = Form::parse(body).ok()?;
        let field = |name: &str| form.parameter(name).ok().flatten();
        Some(Self {
            logout: RoutedLogout::of_form(field(APP)?.parse().ok()?, field(REQUEST)?, field(RELAY_STATE))?,
            session: field("session").and_then(|id| id.parse().ok()),
        })
    }
}

/// Names of the picker's hidden fields.
const APP: &str = "app";
const REQUEST: &str = "request";
const RELAY_STATE: &str = "RelayState";

fn end_picked(idp: &MockIdp, segment: &str, fields: Option<Fields>, caller: &Caller) -> Response {
    let slot = idp.state.tenants.find(segment);
    let fields = match (&slot, fields) {
        // No account was pressed: the question stands.
        (Some(slot), Some(fields)) if fields.session.is_none() => {
            let view = slot.view();
            return picker(slot, &view, &fields.logout, &idp.accounts(&view, caller));
        }
        (_, fields) => fields,
    };
    let found = slot.as_ref().zip(fields).and_then(|(slot, fields)| {
        let session = idp.end_session(slot, fields.session?, caller)?;
        Some((slot, fields.logout, session))
    });
    let Some((slot, logout, session)) = found else {
        // The session ended meanwhile, or the form is another browser's.
        let now = slot.as_ref().map_or_else(world::now, |slot| slot.view().now);
        let stop = Stop::new(errors::FLOW_EXPIRED, &[]);
        return stopped(idp, slot.as_ref(), now, caller, stop.into());
    };
    let view = slot.view();
    let others = idp.accounts(&view, caller);
    finish(idp, slot, &view, logout.end(Some(session), &others), caller)
}

fn end_all(idp: &MockIdp, segment: &str, caller: &Caller) -> Response {
    let Some(slot) = idp.state.tenants.find(segment) else {
        return stopped(idp, None, world::now(), caller, tenant_not_found(segment).into());
    };
    let view = slot.view();
    idp.note(&slot, caller, Item::began(Start::SignOutIdp, None));
    let sessions = idp.accounts(&view, caller);
    for session in &sessions {
        idp.end_session(&slot, session.id, caller);
    }
    if let Some(browser) = caller.browser_secret(idp) {
        idp.state.sessions.end_of_browser(browser, slot.id);
    }
    finish(idp, &slot, &view, EndedSessions::everywhere(sessions), caller)
}

/// Asks which account is meant.
fn picker(slot: &Slot, view: &View, logout: &RoutedLogout, sessions: &[Session]) -> Response {
    let app = logout.app.to_string();
    let mut hidden = vec![(APP, app.as_str()), (REQUEST, &logout.request_id)];
    hidden.extend(logout.relay_state.as_deref().map(|value| (RELAY_STATE, value)));
    pages::pick(&Picker {
        tenant: &view.tenant.file.tenant.display_name,
        heading: "Which account do you want to sign out of?",
        action: &format!("/{}/oauth2/logout", slot.id),
        hidden: &hidden,
        accounts: pages::accounts(&view.tenant, sessions),
        may_add: false,
    })
}

/// Tells the applications, and goes on to the one that asked. Who could not be told is recorded; where nobody could be,
/// the page says why.
fn finish(idp: &MockIdp, slot: &Arc<Slot>, view: &View, ended: EndedSessions, caller: &Caller) -> Response {
    let answered = ended.answered(&view.tenant);
    let faulty = match faulty(idp, slot, view, &ended, caller) {
        Ok(faulty) => faulty,
        Err(error) => return stopped(idp, Some(slot), view.now, caller, error.into()),
    };
    let mut farewell = ended.farewell(view, &world::guid, faulty.as_ref());
    for event in std::mem::take(&mut farewell.events) {
        idp.record(slot, caller, event);
    }
    let sent = |app: &str, address: &str| {
        let mut apps = view.tenant.apps.iter();
        let known = apps.find(|known| known.entry.name == app);
        Item::Sent(Sent::redirect(known.map(|known| known.id), app, address))
    };
    for told in &farewell.told {
        idp.note(slot, caller, sent(&told.app, &told.address));
    }
    if let Some(faulty) = faulty {
        idp.note(slot, caller, Item::Sent(sent_with_faults(&faulty)));
        idp.record(slot, caller, faulty.event);
        farewell.onward = Some(faulty.carried.carrier);
    } else if let (Some(Carrier::Redirect(onward)), Some(app)) = (&farewell.onward, answered) {
        idp.note(slot, caller, sent(&app, onward));
    }
    let mut response = match (farewell.onward, farewell.failure) {
        (None, Some(error)) if farewell.told.is_empty() => {
            stopped(idp, Some(slot), view.now, caller, error.into())
        }
        (Some(Carrier::Redirect(onward)), _) if farewell.told.is_empty() => {
            redirect(StatusCode::FOUND, &onward)
        }
        (Some(Carrier::Redirect(onward)), _) => pages::signing_out(&view.tenant, &farewell.told, &onward),
        // Only a fault posts.
        (Some(Carrier::Post(form)), _) => pages::delivery(&form),
        (None, _) => pages::signed_out(&view.tenant, &farewell.told, &idp.state.addresses),
    };
    if idp.accounts(view, caller).is_empty() {
        idp.remove_cookie(&mut response, &idp.session_cookie(slot.id));
    }
    response
}

/// The message that armed faults change; `None`: none are armed for this sign-out.
fn faulty(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    view: &View,
    ended: &EndedSessions,
    caller: &Caller,
) -> Result<Option<FaultyMessage>, ResponseError> {
    let taken = ended.addressees().into_iter().find_map(|to| {
        let occasion = Occasion {
            flow: caller.flow(),
            app: Some(to.app),
            user: to.session.map(|session| session.user),
        };
        Some((to, slot.take_armed_logout(&occasion, to.about)?))
    });
    let Some((to, armed)) = taken else { return Ok(None) };
    let sessions = to.session.map(|session| {
        let known = &idp.state.sessions;
        known.indexes(session.tenant, session.user, to.app)
    });
    let faulted = Faulted {
        faults: &armed.faults.faults,
        vault: &idp.state.vault,
        sessions: &sessions.unwrap_or_default(),
        stranger: world::guid(),
        id: world::guid(),
    };
    let faulty = ended.faulty(to, &faulted, view);
    match faulty {
        Ok(faulty) => {
            idp.note(slot, caller, Item::Armed(armed.faults.faults));
            Ok(Some(faulty))
        }
        Err(error) => {
            let error = error.of_armed(armed.number, &armed.faults.faults);
            slot.give_back(armed);
            Err(error)
        }
    }
}

/// As the flow trace shows it.
fn sent_with_faults(faulty: &FaultyMessage) -> Sent {
    match &faulty.carried.carrier {
        Carrier::Redirect(address) => Sent::redirect(Some(faulty.app), &faulty.name, address),
        Carrier::Post(form) => Sent {
            app_id: Some(faulty.app),
            app: faulty.name.clone(),
            to: form.action.clone(),
            sha256: form.sha256(),
            message: Posted {
                xml: Kept::new(form.message()),
                open: None,
                honest: None,
                carried: None,
                relay_state: form.field(RELAY_STATE).map(Kept::new),
            }
            .into(),
        },
    }
}

impl MockIdp {
    /// Ends one of this browser's sessions; what it was.
    fn end_session(&self, slot: &Slot, session: Uuid, caller: &Caller) -> Option<Session> {
        let secret = caller.session_secret(self, slot.id)?;
        self.state.sessions.end(secret, session)
    }
}
