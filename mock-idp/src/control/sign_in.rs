//! `POST /tenants/{tenant}/sign-in`: signs a user in without a page, and gives the session's cookies and, where asked
//! for, the response to an SP.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use control_api::file::{nearest, parse_duration};
use control_api::flow::IdpEvent;
use control_api::idp::{IssuedResponse, SessionCookie, SignIn, SignedIn};
use control_api::tenant::{AUTHENTICATIONS, Authentication};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Answer, Refused, find, read};
use crate::MockIdp;
use crate::errors::{self, Stop};
use crate::faults::Form;
use crate::flows::{Item, Kept, Received, Start, without_secrets};
use crate::pending::Target;
use crate::sign_on::{Decoded, Refusal, RequestParam, Route, RoutedRequest};
use crate::tenant::slot::{Slot, View};
use crate::web::headless::{Order, sign_in};
use crate::web::{Caller, Delivery, Ending, Sender, deliver, failure, mishap_status};

/// The field of the message (saml-bindings 3.5.4).
const MESSAGE: &str = "SAMLResponse";
/// The field of what goes beside it.
const RELAY_STATE: &str = "RelayState";

/// Off the threads that serve, since a response may wait for a key.
pub(super) async fn post(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    sender: Sender,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Response> {
    let slot = find(&idp, &tenant)?;
    let asked: SignIn = read(body)?;
    let caller = sender.caller_without_cookies();
    let done = tokio::task::spawn_blocking(move || answer(&idp, &slot, &asked, &caller)).await;
    done.map_err(|error| Refused(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?
}

fn answer(idp: &MockIdp, slot: &Arc<Slot>, asked: &SignIn, caller: &Caller) -> Answer<Response> {
    let view = slot.view();
    let order = Order {
        user: &asked.user,
        method: asked.method.as_deref().map(method).transpose()?,
        second: asked.mfa,
        authn_instant: asked
            .authenticated_ago
            .as_deref()
            .map(|ago| earlier(view.now, ago))
            .transpose()?,
    };
    let stopped = |stop: Stop| {
        idp.record_stop(slot, caller, &stop);
        refused(&stop)
    };
    let (target, told) = match target(idp, slot, &view, asked, caller)? {
        Ok(target) => (target, None),
        Err(Refusal::User(stop)) => return Err(stopped(stop)),
        Err(Refusal::Sp(request, stop)) => (Target::Response(*request), Some(stop)),
    };
    let app = target.app().and_then(|app| view.tenant.app(app));
    let passed = sign_in(idp, &view, app, &target.wishes(), &order).map_err(stopped)?;
    let present = idp.begin_session(slot, &view, &passed, asked.stay_signed_in, caller);
    let response = match &target {
        Target::MyApps { .. } => None,
        Target::Response(request) => {
            // The SP is told of a failure as of a success, whether it shows before or after the user is known.
            let delivery = match &told {
                Some(stop) => failure(idp, slot, &view, request, stop, caller),
                None => deliver(idp, slot, &view, request, &present, caller),
            };
            let delivery = delivery.map_err(|ending| {
                if let Ending::Stop(stop) = &ending {
                    idp.record_stop(slot, caller, stop);
                }
                not_issued(ending)
            })?;
            Some(issued(delivery)?)
        }
    };
    let user = view.tenant.user(passed.user());
    let signed_in = SignedIn {
        upn: user.map_or_else(String::new, |user| user.entry.user_principal_name.clone()),
        cookies: cookies(idp, slot, &present.secret),
        response,
    };
    let mut response = Json(signed_in).into_response();
    idp.set_session_cookie(&mut response, slot.id, &present.secret);
    Ok(response)
}

/// What the user signs in for: an application's tile, an SP's request, or nothing.
fn target(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    view: &View,
    asked: &SignIn,
    caller: &Caller,
) -> Answer<Result<Target, Refusal>> {
    let tenant = &view.tenant;
    match (&asked.app, &asked.query) {
        (None, None) => {
            idp.note(slot, caller, Item::began(Start::MyApps, None));
            Ok(Ok(Target::MyApps { login_hint: None }))
        }
        (Some(_), Some(_)) => Err(Refused::bad("`query` excludes `app`: give one of them")),
        (Some(name), None) => {
            let app = tenant.app_called(Some(name)).map_err(Refused::bad)?;
            idp.note(slot, caller, Item::began(Start::Control, Some(app)));
            Ok(RoutedRequest::unsolicited(app)
                .map(Target::Response)
                .map_err(Refusal::User))
        }
        (None, Some(query)) => Ok(routed(idp, slot, view, query, caller).map(Target::Response)),
    }
}

/// Reads an SP's request as the sign-on endpoint does.
fn routed(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    view: &View,
    query: &str,
    caller: &Caller,
) -> Result<RoutedRequest, Refusal> {
    let query = query.strip_prefix('?').unwrap_or(query);
    let received = Received::Query(Kept::new(&without_secrets(query)));
    idp.note(slot, caller, Item::Received(received));
    let request = match RequestParam::from_query(query).and_then(RequestParam::decode)? {
        Decoded::SignOn(request) => request,
        Decoded::SignOut(_) | Decoded::LogoutResponse => {
            return Err(Stop::new(errors::NOT_A_REQUEST, &[]).into());
        }
    };
    let event = IdpEvent::RequestReceived {
        request_id: request.id().to_owned(),
        issuer: request.issuer().to_owned(),
        binding: request.binding().word().to_owned(),
    };
    let route = Route {
        tenant: &view.tenant,
        now: view.now,
        service_principal: None,
        addresses: &idp.state.addresses,
    };
    idp.note(slot, caller, request.began(&route));
    idp.record(slot, caller, event);
    request.route(&route)
}

fn method(word: &str) -> Answer<Authentication> {
    let words = || AUTHENTICATIONS.iter().map(|(word, _)| *word);
    let named = AUTHENTICATIONS.iter().find(|(known, _)| *known == word);
    named.map(|(_, method)| *method).ok_or_else(|| {
        let near = nearest(word, words());
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let all = words()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", ");
        Refused::bad(format!("`method`: `{word}` is not one of {all}{near}"))
    })
}

/// By the calendar.
fn earlier(now: Timestamp, ago: &str) -> Answer<Timestamp> {
    let span = parse_duration(ago)
        .map_err(|expected| Refused::bad(format!("`authenticated_ago`: `{ago}` is not {expected}")))?;
    if span.is_negative() {
        return Err(Refused::bad(format!(
            "`authenticated_ago`: `{ago}` is in the future: expected how long ago, such as 81d"
        )));
    }
    let before = now.to_zoned(TimeZone::UTC).checked_sub(span);
    before
        .map(|before| before.timestamp())
        .map_err(|_| Refused::bad(format!("`authenticated_ago`: `{ago}` leads out of the calendar")))
}

/// What Entra stops with: the code, the message and what the mock knows of it.
fn refused(stop: &Stop) -> Refused {
    Refused(StatusCode::UNPROCESSABLE_ENTITY, stop.text())
}

fn not_issued(ending: Ending) -> Refused {
    match ending {
        Ending::Stop(stop) => refused(&stop),
        Ending::SecondFactor => refused(&Stop::new(errors::SECOND_FACTOR, &[])),
        Ending::Mishap(error) => Refused(mishap_status(&error), error.to_string()),
    }
}

/// The form that would carry it, with what faults made of it.
fn issued(delivery: Delivery) -> Answer<IssuedResponse> {
    let form = delivery.form;
    if let Some(reason) = unsayable(&form) {
        let error = format!(
            "the armed faults took effect, and this answer cannot say what they made of the form: {reason}. Let a browser sign in instead"
        );
        return Err(Refused(StatusCode::CONFLICT, error));
    }
    Ok(IssuedResponse {
        saml_response: form.field(MESSAGE).unwrap_or_default().to_owned(),
        relay_state: form.field(RELAY_STATE).map(str::to_owned),
        acs: form.action,
    })
}

/// Why an [`IssuedResponse`] cannot say a form; `None`: it can.
fn unsayable(form: &Form) -> Option<String> {
    let count = |name: &str| form.fields.iter().filter(|(known, _)| known == name).count();
    let mut others = form.fields.iter().map(|(name, _)| name.as_str());
    let other = others.find(|name| !matches!(*name, MESSAGE | RELAY_STATE));
    match (form.method, form.enctype) {
        ("POST", None) => {}
        ("POST", Some(enctype)) => return Some(format!("it is sent as {enctype}")),
        (method, _) => return Some(format!("it is sent by {method}")),
    }
    match (count(MESSAGE), count(RELAY_STATE), other) {
        (0, ..) => Some(format!("it has no field `{MESSAGE}`")),
        (1, 0 | 1, None) => None,
        (1, 0 | 1, Some(other)) => Some(format!("it has the field `{other}`")),
        (1, ..) => Some(format!("it has more than one field `{RELAY_STATE}`")),
        _ => Some(format!("it has more than one field `{MESSAGE}`")),
    }
}

/// The session's cookies, in the words of WebDriver and Playwright.
fn cookies(idp: &MockIdp, slot: &Slot, secret: &str) -> Vec<SessionCookie> {
    let cookie = |cookie: cookie::Cookie<'static>| SessionCookie {
        name: cookie.name().to_owned(),
        value: cookie.value().to_owned(),
        url: idp.state.addresses.base().to_owned(),
        secure: cookie.secure().unwrap_or(false),
        // Without the attribute browsers take it for Lax.
        same_site: cookie
            .same_site()
            .map_or_else(|| "Lax".to_owned(), |same_site| same_site.to_string()),
        http_only: cookie.http_only().unwrap_or(false),
    };
    idp.session_cookies(slot.id, secret)
        .into_iter()
        .map(cookie)
        .collect()
}
