//! Sign-out: the way out, single where the identity provider knows how, and the SingleLogoutService.

use axum::{
    http::{HeaderMap, Method},
    response::Response,
};
use control_api::{flow::SpEvent, sp::Settings};
use jiff::Timestamp;
use saml_accept::binding::Form;
use saml_emit::binding::Parameter;
use saml_model::{LogoutRequest, LogoutResponse, Status, names};

use super::{
    At, protect, respond, see_other,
    sign_on::{Known, content_type, local_relay_state, waiting},
};
use crate::{
    ambient,
    cookies::{self, Purpose},
    instance::{State, lock},
    own_key::OwnKeyError,
    rejection::Refused,
    relay::local_path,
    session::{Ended, Session},
    single_logout::{
        AcceptedRequest, AcceptedResponse, CheckedRequest, Circumstances, ReceivedForm, ReceivedQuery,
        SignedMessage, received::Signed,
    },
    trust::{SignOutService, Trust},
};

/// Signs out at once where the own pages or an address bar ask, as people and test drivers do; asks first where another
/// site may have sent the browser here, since that must not sign anybody out, and where only the head is wanted.
pub(super) fn get(at: At<'_>, method: &Method, query: Option<&str>, headers: &HeaderMap) -> Response {
    if *method == Method::GET && protect::is_asked_by_person(at, headers) {
        return sign_out(at, local_relay_state(at, query).as_deref(), headers);
    }
    match protect::form_token(at, headers) {
        Ok((token, cookies)) => {
            let tokens = cookies::values(at.sp, at.provider, Purpose::Session, headers);
            let single = single(&at.provider.state(), &tokens, at).is_some();
            protect::with_cookies(respond::confirm_logout(at, single, token), cookies)
        }
        Err(broken) => *broken,
    }
}

/// The form of an own page.
pub(super) fn post(at: At<'_>, headers: &HeaderMap, body: &[u8]) -> Response {
    let token = Form::parse(body)
        .and_then(|form| form.parameter(protect::FORM_TOKEN))
        .ok()
        .flatten();
    let checked = protect::require_same_origin(at, headers)
        .and_then(|()| protect::require_token(at, headers, token.as_deref()));
    match checked {
        Ok(()) => sign_out(at, None, headers),
        Err(refusal) => *refusal,
    }
}

/// Ends this browser's session, then goes to the identity provider with a LogoutRequest where there is one to go to.
///
/// The own session ends before anybody else is asked: whoever signs out wants that much, and what comes after may fail in
/// another server, on the way, or in a closed tab (saml-profiles 4.4.3.1 leaves the order open).
fn sign_out(at: At<'_>, relay_state: Option<&str>, headers: &HeaderMap) -> Response {
    let tokens = cookies::values(at.sp, at.provider, Purpose::Session, headers);
    let known = cookies::values(at.sp, at.provider, Purpose::Request, headers);
    let now = at.instance.now();
    let mut state = at.provider.state();
    let asked = single(&state, &tokens, at).map(|(service, session)| (service.clone(), session.clone()));
    state.sessions.end(&tokens);
    let mut cookies = cookies::set(at.sp, at.provider, Purpose::Session, "");
    let Some((service, session)) = asked else {
        let local = relay_state.unwrap_or(&at.provider.addresses.path);
        return protect::with_cookies(see_other(local), cookies);
    };
    let Ok((id, browser)) = waiting(&mut state.pending_sign_outs, known, now) else {
        return respond::broken("there is no randomness");
    };
    let signed = state.settings.sign_requests;
    drop(state);
    let request = LogoutRequest {
        id: id.clone(),
        version: names::VERSION.to_owned(),
        issue_instant: now,
        destination: Some(service.location.clone()),
        not_on_or_after: None,
        reason: None,
        issuer: Some(at.provider.addresses.entity_id.clone()),
        name_id: Some(session.name_id().clone()),
        session_indexes: session.session_index().map(str::to_owned).into_iter().collect(),
    };
    let url = saml_emit::logout_request(&request).map_err(OwnKeyError::from);
    let url = url.and_then(|xml| {
        let own = &at.sp.own_key;
        own.redirect_url(
            &service.location,
            Parameter::SamlRequest,
            &xml,
            relay_state,
            signed,
        )
    });
    let answer = match url {
        Ok(url) => see_other(&url),
        Err(error) => respond::broken(&error.to_string()),
    };
    at.instance.record(SpEvent::RequestSent { request_id: id });
    cookies.extend(cookies::set(at.sp, at.provider, Purpose::Request, &browser));
    protect::with_cookies(answer, cookies)
}

/// Where to ask for single sign-out and for whom: somebody is signed in, by an identity provider that is still trusted and
/// knows single sign-out.
fn single<'s>(state: &'s State, tokens: &[String], at: At<'_>) -> Option<(&'s SignOutService, &'s Session)> {
    let now = at.instance.now();
    let session = state.sessions.find(tokens, now)?;
    let trust = state
        .trusted(now)
        .filter(|trust| trust.issuer == session.issuer())?;
    Some((trust.sign_out.as_ref()?, session))
}

/// The SingleLogoutService, for messages by HTTP-Redirect. It computes and writes, so it is not for a thread that serves
/// others.
pub(super) fn service(at: At<'_>, query: &str, headers: &HeaderMap) -> Response {
    let unread = Known::unread(None, Some(query), &[]);
    take(at, headers, unread, |trust, settings, now| {
        ReceivedQuery::read(query)?.verify(trust, settings, now, at.sp.skip)
    })
}

/// As [`service`], for messages by HTTP-POST.
pub(super) fn posted(at: At<'_>, query: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Response {
    let content_type = content_type(headers);
    let unread = Known::unread(content_type, query, body);
    take(at, headers, unread, |trust, settings, now| {
        ReceivedForm::read(content_type, query, body)?.verify(trust, settings, now, at.sp.skip)
    })
}

/// What a message that `read` finds leads to; `unread` is what can be said of it before that.
fn take(
    at: At<'_>,
    headers: &HeaderMap,
    unread: Known,
    read: impl FnOnce(Option<&Trust>, &Settings, Timestamp) -> Result<SignedMessage, Refused>,
) -> Response {
    let now = at.instance.now();
    let (trust, settings) = {
        let state = at.provider.state();
        (state.trusted(now).cloned(), state.settings.clone())
    };
    match read(trust.as_ref(), &settings, now) {
        Ok(SignedMessage::Request(request)) => asked(at, request, unread, trust.as_ref(), headers),
        Ok(SignedMessage::Response(response)) => answered(at, response, unread, trust.as_ref(), headers),
        Err(refused) => refuse(at, unread, &refused),
    }
}

/// The identity provider asks: end what it names, and answer.
fn asked(
    at: At<'_>,
    request: Signed<LogoutRequest>,
    unread: Known,
    trust: Option<&Trust>,
    headers: &HeaderMap,
) -> Response {
    let message_sha256 = unread.message_sha256.clone();
    let known = Known {
        message_id: Some(request.id().to_owned()),
        ..unread
    };
    let tokens = cookies::values(at.sp, at.provider, Purpose::Session, headers);
    let (now, mut state) = (at.instance.now(), at.provider.state());
    let circumstances = Circumstances {
        now,
        skew_seconds: state.settings.skew_seconds,
        address: &at.provider.addresses.page("slo"),
        trust,
        browsers: &[],
        pending: &state.pending_sign_outs,
    };
    let accepted = CheckedRequest::check(request, &circumstances, at.sp.skip).and_then(|checked| {
        AcceptedRequest::accept(checked, &lock(&at.sp.store), &at.provider.scope, at.sp.skip)
    });
    let request = match accepted {
        Ok(request) => request,
        Err(refused) => return refuse(at, known, &refused),
    };
    let ended = state.sessions.end_for(&request.meant(), &tokens, now);
    let is_signed_out = state.sessions.find(&tokens, now).is_none();
    let signed = state.settings.sign_requests;
    drop(state);
    if ended == Ended::Sessions {
        at.instance.record(SpEvent::SignedOut {
            message_sha256,
            message_id: request.id().to_owned(),
            asked_by_idp: true,
        });
    }
    let answer = match trust.and_then(|trust| trust.sign_out.as_ref()) {
        Some(service) => answer_request(at, &request, ended, service, signed),
        None => respond::signed_out(at, true),
    };
    // Somebody else's session may be the one that was meant.
    if is_signed_out && !tokens.is_empty() {
        let cookies = cookies::set(at.sp, at.provider, Purpose::Session, "");
        return protect::with_cookies(answer, cookies);
    }
    answer
}

/// saml-profiles 4.4.3.4: the answer is a success also where nobody was signed in any more, which is what was wanted; not
/// where the request names somebody else than the session has (saml-core 3.7.3.1).
fn answer_request(
    at: At<'_>,
    request: &AcceptedRequest,
    ended: Ended,
    service: &SignOutService,
    signed: bool,
) -> Response {
    let Ok(id) = ambient::message_id() else {
        return respond::broken("there is no randomness");
    };
    let location = &service.response_location;
    let response = LogoutResponse {
        id,
        version: names::VERSION.to_owned(),
        issue_instant: at.instance.now(),
        destination: Some(location.clone()),
        in_response_to: Some(request.id().to_owned()),
        issuer: Some(at.provider.addresses.entity_id.clone()),
        status: match ended {
            Ended::Sessions | Ended::Nothing => Status::success(),
            Ended::OfNobody => Status {
                code: names::STATUS_RESPONDER.to_owned(),
                sub_code: Some(names::STATUS_UNKNOWN_PRINCIPAL.to_owned()),
                message: None,
            },
        },
    };
    let url = saml_emit::logout_response(&response).map_err(OwnKeyError::from);
    let url = url.and_then(|xml| {
        let own = &at.sp.own_key;
        own.redirect_url(
            location,
            Parameter::SamlResponse,
            &xml,
            request.relay_state(),
            signed,
        )
    });
    match url {
        Ok(url) => see_other(&url),
        Err(error) => respond::broken(&error.to_string()),
    }
}

/// The identity provider answers: the session here ended when it was asked, so there is nothing left but to say so.
fn answered(
    at: At<'_>,
    response: Signed<LogoutResponse>,
    unread: Known,
    trust: Option<&Trust>,
    headers: &HeaderMap,
) -> Response {
    let message_sha256 = unread.message_sha256.clone();
    let known = Known {
        message_sha256: unread.message_sha256,
        message_id: Some(response.id().to_owned()),
        request_id: response.in_response_to().map(str::to_owned),
        idp_message: response.status_message().map(str::to_owned),
    };
    let browsers = cookies::values(at.sp, at.provider, Purpose::Request, headers);
    let mut state = at.provider.state();
    let circumstances = Circumstances {
        now: at.instance.now(),
        skew_seconds: state.settings.skew_seconds,
        address: &at.provider.addresses.page("slo"),
        trust,
        browsers: &browsers,
        pending: &state.pending_sign_outs,
    };
    let response = match AcceptedResponse::accept(response, &circumstances, at.sp.skip) {
        Ok(response) => response,
        Err(refused) => return refuse(at, known, &refused),
    };
    if let Some(request) = response.request_id() {
        state.pending_sign_outs.consume(request);
    }
    drop(state);
    at.instance.record(SpEvent::SignedOut {
        message_sha256,
        message_id: response.id().to_owned(),
        asked_by_idp: false,
    });
    let local = response
        .relay_state()
        .and_then(|relay_state| local_path(relay_state, &at.sp.base));
    match local {
        Some(local) => see_other(&local),
        None => respond::signed_out(at, false),
    }
}

/// Refuses a message of single sign-out.
pub(super) fn refuse(at: At<'_>, known: Known, refused: &Refused) -> Response {
    let idp_message = known.refused(at, refused);
    respond::sign_out_refusal(at, refused.rejection, idp_message.as_deref())
}
