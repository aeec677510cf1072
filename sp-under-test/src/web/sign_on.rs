//! Sign-on and what comes after it: login, AssertionConsumerService, identity probe, landing page.

use axum::{
    Json,
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use control_api::{
    flow::SpEvent,
    idp::ErrorBody,
    sp::{RequestBinding, WhoAmI},
};
use jiff::Timestamp;
use openssl::error::ErrorStack;
use saml_accept::{binding::RawQuery, response::UnverifiedResponse};
use saml_emit::binding::{Parameter, post_value};
use saml_model::{AuthnRequest, RequestedAuthnContext, names};

use super::{At, incoming::Unfinished, protect, respond, see_other};
use crate::{
    acs::{
        AcceptedAssertion, AcsError, CheckedAssertion, PostedResponse,
        accept::{Circumstances, Verification, VerifiedResponse},
        account::{Directory, LinkedAccount},
        posted,
    },
    ambient,
    cookies::{self, Purpose},
    instance::lock,
    own_key::OwnKeyError,
    pending::Pending,
    rejection::{Refused, Rejection},
    relay::local_path,
    session::Session,
};

/// The landing page: who is signed in, or the way in.
pub(super) fn landing(at: At<'_>, headers: &HeaderMap) -> Response {
    let (token, cookies) = match protect::form_token(at, headers) {
        Ok(token) => token,
        Err(broken) => return *broken,
    };
    match signed_in(at, headers) {
        Ok(who) => protect::with_cookies(respond::landing(at, who, token), cookies),
        Err(reason) => respond::broken(&reason),
    }
}

/// The identity probe.
pub(super) fn who_am_i(at: At<'_>, headers: &HeaderMap) -> Response {
    match signed_in(at, headers) {
        Ok(Some(who)) => Json(who).into_response(),
        Ok(None) => {
            let error = format!(
                "nobody is signed in; {} starts a sign-on",
                at.provider.addresses.page("login")
            );
            (StatusCode::UNAUTHORIZED, Json(ErrorBody { error })).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, Json(ErrorBody { error })).into_response(),
    }
}

/// A session counts as long as its account is there and active.
fn signed_in(at: At<'_>, headers: &HeaderMap) -> Result<Option<WhoAmI>, String> {
    let tokens = cookies::values(at.sp, at.provider, Purpose::Session, headers);
    let state = at.provider.state();
    let Some(session) = state.sessions.find(&tokens, at.instance.now()) else {
        return Ok(None);
    };
    let account = lock(&at.sp.store).account(&at.provider.scope, session.account_id());
    let account = account.map_err(|error| error.to_string())?;
    Ok(account
        .filter(|account| account.active)
        .map(|account| session.who_am_i(&account)))
}

/// Sends the browser to the identity provider with a request. `RelayState` in the query names the local page to come
/// back to. It may sign, so it is not for a thread that serves others.
pub(super) fn login(at: At<'_>, query: Option<&str>, headers: &HeaderMap) -> Response {
    let relay_state = local_relay_state(at, query);
    let known = cookies::values(at.sp, at.provider, Purpose::Request, headers);
    let now = at.instance.now();
    let mut state = at.provider.state();
    let Some(trust) = state.trusted(now).cloned() else {
        let sentence =
            "Single sign-on is not set up here yet, or it is switched off. The settings page has both.";
        return respond::message(StatusCode::CONFLICT, "No single sign-on yet", sentence);
    };
    let (signed, binding) = (state.settings.sign_requests, state.settings.request_binding);
    let force_authn = state.settings.force_authn;
    let classes = state.settings.authn_context.clone();
    let destination = match binding {
        RequestBinding::Redirect => trust.sso_url,
        RequestBinding::Post => match trust.sso_post_url {
            Some(url) => url,
            None => {
                let sentence = "The metadata of the identity provider has no SingleSignOnService for HTTP-POST, \
                    which the settings ask for.";
                return respond::message(StatusCode::CONFLICT, "No single sign-on by POST", sentence);
            }
        },
    };
    let Ok((id, browser)) = waiting(&mut state.pending, known, now) else {
        return respond::broken("there is no randomness");
    };
    drop(state);
    let addresses = &at.provider.addresses;
    let request = AuthnRequest {
        destination: Some(destination.clone()),
        protocol_binding: Some(names::BINDING_HTTP_POST.to_owned()),
        acs_url: Some(addresses.acs.clone()),
        force_authn,
        requested_authn_context: (!classes.is_empty()).then_some(RequestedAuthnContext {
            comparison: None,
            class_refs: classes,
        }),
        ..AuthnRequest::new(id.clone(), now, addresses.entity_id.clone())
    };
    let answer = match binding {
        RequestBinding::Redirect => by_redirect(at, &destination, &request, relay_state.as_deref(), signed),
        RequestBinding::Post => by_post(at, &destination, &request, relay_state.as_deref(), signed),
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return respond::broken(&error.to_string()),
    };
    at.instance.record(SpEvent::RequestSent { request_id: id });
    let cookies = cookies::set(at.sp, at.provider, Purpose::Request, &browser);
    protect::with_cookies(answer, cookies)
}

/// The ID of a request that goes out now, and the key by which it waits in the browser that showed `known`: an earlier key
/// stays, since two tabs may each wait for an answer.
pub(super) fn waiting(
    pending: &mut Pending,
    known: Vec<String>,
    now: Timestamp,
) -> Result<(String, String), ErrorStack> {
    let browser = known.into_iter().next().map_or_else(ambient::token, Ok)?;
    Ok((pending.begin(&browser, now)?, browser))
}

/// The signature, if any, is in the query (saml-bindings 3.4.4.1).
fn by_redirect(
    at: At<'_>,
    destination: &str,
    request: &AuthnRequest,
    relay_state: Option<&str>,
    signed: bool,
) -> Result<Response, OwnKeyError> {
    let xml = saml_emit::authn_request(request)?;
    let own = &at.sp.own_key;
    let url = own.redirect_url(destination, Parameter::SamlRequest, &xml, relay_state, signed)?;
    Ok(see_other(&url))
}

/// The signature, if any, is in the message (saml-bindings 3.5.4).
fn by_post(
    at: At<'_>,
    destination: &str,
    request: &AuthnRequest,
    relay_state: Option<&str>,
    signed: bool,
) -> Result<Response, OwnKeyError> {
    let xml = if signed {
        at.sp
            .own_key
            .sign(|signing| saml_emit::signed_authn_request(request, signing))?
    } else {
        saml_emit::authn_request(request)?
    };
    Ok(respond::request_form(
        at,
        destination,
        &post_value(&xml),
        relay_state,
    ))
}

/// The local page that `RelayState` in a query names.
pub(super) fn local_relay_state(at: At<'_>, query: Option<&str>) -> Option<String> {
    let query = RawQuery::parse(query.unwrap_or_default()).ok()?;
    let relay_state = query.parameter("RelayState").ok().flatten()?;
    local_path(&relay_state, &at.sp.base)
}

/// A GET on the AssertionConsumerService: IOMETE's starts sign-on, since it is its Sign on URL too. A response in the
/// query is refused everywhere (saml-profiles 4.1.2).
pub(super) fn get_acs(at: At<'_>, method: &Method, query: Option<&str>, headers: &HeaderMap) -> Response {
    let has_message = RawQuery::parse(query.unwrap_or_default())
        .map_or(true, |query| !matches!(query.raw("SAMLResponse"), Ok(None)));
    if has_message {
        let cause = "a response came by GET";
        let known = Known::unread(None, query, &[]);
        return refuse(at, known, &Refused::new(Rejection::Malformed, cause));
    }
    if at.provider.personality.acs_starts_sign_on && method == Method::GET {
        return login(at, query, headers);
    }
    respond::method_not_allowed("POST")
}

/// A message by post that did not come whole: it is refused as the endpoint would, with the status that says why.
pub(super) fn refuse_unfinished(
    at: At<'_>,
    query: Option<&str>,
    headers: &HeaderMap,
    unfinished: &Unfinished,
    refuse: impl FnOnce(At<'_>, Known, &Refused) -> Response,
) -> Response {
    let cause = format!("the form {}", unfinished.cut.words());
    let known = Known::unread(content_type(headers), query, &unfinished.begun);
    let mut answer = refuse(at, known, &Refused::new(Rejection::Malformed, cause));
    *answer.status_mut() = unfinished.cut.status();
    answer
}

/// What is known of a message that may be refused.
#[derive(Default)]
pub(super) struct Known {
    pub(super) message_sha256: Option<String>,
    pub(super) message_id: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) idp_message: Option<String>,
}

impl Known {
    /// Of a message that nobody looked into.
    pub(super) fn unread(content_type: Option<&str>, query: Option<&str>, body: &[u8]) -> Self {
        Self {
            message_sha256: posted::digest(content_type, query, body),
            ..Self::default()
        }
    }

    /// Records a refusal; what the identity provider said, where that is the reason.
    pub(super) fn refused(self, at: At<'_>, refused: &Refused) -> Option<String> {
        at.instance.record(SpEvent::Rejected {
            message_sha256: self.message_sha256,
            response_id: self.message_id,
            request_id: self.request_id,
            rejection: refused.rejection.id().to_owned(),
            cause: refused.cause.clone(),
        });
        self.idp_message
            .filter(|_| refused.rejection == Rejection::StatusNotSuccess)
    }
}

/// The AssertionConsumerService. It computes and writes, so it is not for a thread that serves others.
pub(super) fn post_acs(at: At<'_>, query: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Response {
    let content_type = content_type(headers);
    let unread = Known::unread(content_type, query, body);
    let posted = PostedResponse::read(content_type, query, body).and_then(PostedResponse::parse);
    let (response, relay_state) = match posted {
        Ok(posted) => posted,
        Err(refused) => return refuse(at, unread, &refused),
    };
    let known = Known {
        message_sha256: unread.message_sha256.clone(),
        message_id: Some(response.envelope().id.clone()),
        request_id: response.envelope().in_response_to.clone(),
        idp_message: own_words(at, &response, headers),
    };
    match sign_in(at, response, headers, unread.message_sha256) {
        Ok(token) => {
            let local = relay_state.and_then(|relay_state| local_path(&relay_state, &at.sp.base));
            let target = local.unwrap_or_else(|| at.provider.addresses.path.clone());
            let cookies = cookies::set(at.sp, at.provider, Purpose::Session, &token);
            protect::with_cookies(see_other(&target), cookies)
        }
        Err(SignInError::Acs(AcsError::Refused(refused))) => refuse(at, known, &refused),
        Err(SignInError::Acs(AcsError::Store(error))) => respond::broken(&error.to_string()),
        Err(SignInError::OwnKey(error)) => respond::broken(&error.to_string()),
        Err(SignInError::Randomness) => respond::broken("there is no randomness"),
    }
}

/// The header of the same name, where it is a text.
pub(super) fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok()
}

/// What the identity provider says about its failure. It need not sign that, so it is heard only in answer to a request that
/// waits in this browser, whose ID nobody else knows: else anybody could speak on our page.
fn own_words(at: At<'_>, response: &UnverifiedResponse, headers: &HeaderMap) -> Option<String> {
    let envelope = response.envelope();
    let message = envelope.status.message.clone()?;
    let browsers = cookies::values(at.sp, at.provider, Purpose::Request, headers);
    let state = at.provider.state();
    let waits = |id: &String| state.pending.waits(id, &browsers, at.instance.now());
    envelope
        .in_response_to
        .as_ref()
        .filter(|id| waits(id))
        .map(|_| message)
}

enum SignInError {
    Acs(AcsError),
    OwnKey(OwnKeyError),
    Randomness,
}

impl From<AcsError> for SignInError {
    fn from(error: AcsError) -> Self {
        Self::Acs(error)
    }
}

/// The chain from an unverified response to a session. Anybody may post, so nobody waits for a signature to be verified; what
/// comes after it is done in one go: nobody else changes this provider meanwhile, so that of two equal posts one is a replay
/// and of two first sign-ons one makes the account. The store, which all instances share, is taken last. Gives the new
/// session's token. `message_sha256` is recorded.
fn sign_in(
    at: At<'_>,
    response: UnverifiedResponse,
    headers: &HeaderMap,
    message_sha256: Option<String>,
) -> Result<String, SignInError> {
    let token = ambient::token().map_err(|_| SignInError::Randomness)?;
    let browsers = cookies::values(at.sp, at.provider, Purpose::Request, headers);
    let earlier = cookies::values(at.sp, at.provider, Purpose::Session, headers);
    let now = at.instance.now();
    let entity_id = &at.provider.addresses.entity_id;
    // Only an encrypted assertion needs the key, which may have to be made first.
    let decryption = response
        .is_encrypted()
        .then(|| at.sp.own_key.decryption(entity_id))
        .transpose()
        .map_err(SignInError::OwnKey)?;
    let provider = at.provider;
    let against = {
        let state = provider.state();
        Verification {
            now,
            trust: state.trusted(now).cloned(),
            sha1: state.settings.sha1,
        }
    };
    let verified = VerifiedResponse::verify(response, decryption.as_ref(), against, at.sp.skip);
    let verified = verified.map_err(AcsError::from)?;
    let mut state = provider.state();
    let circumstances = Circumstances {
        now,
        settings: &state.settings,
        addresses: &provider.addresses,
        trust: state.trusted(now),
        browsers: &browsers,
        pending: &state.pending,
        signed_in: state.sessions.find(&earlier, now),
    };
    let checked = CheckedAssertion::check(verified, &circumstances, at.sp.skip).map_err(AcsError::from)?;
    let store = lock(&at.sp.store);
    let accepted =
        AcceptedAssertion::accept(checked, &store, &provider.scope, at.sp.skip).map_err(AcsError::from)?;
    if let Some(request) = accepted.request_id() {
        state.pending.consume(request);
    }
    let directory = Directory {
        store: &store,
        scope: &provider.scope,
        settings: &state.settings,
        claims: &provider.personality.claims,
    };
    let linked = LinkedAccount::find(accepted, &directory, ambient::account_id())?;
    drop(store);
    at.instance.record(SpEvent::SignedIn {
        message_sha256,
        response_id: linked.accepted().response_id().to_owned(),
        request_id: linked.accepted().request_id().map(str::to_owned),
        name_id: linked.accepted().name_id().value.clone(),
        account: linked.change(),
    });
    // Whoever was signed in here before is not any more, and a planted session token is worth nothing.
    state.sessions.end(&earlier);
    state.sessions.add(token.clone(), Session::begin(linked, now));
    Ok(token)
}

/// Refuses a response.
pub(super) fn refuse(at: At<'_>, known: Known, refused: &Refused) -> Response {
    let idp_message = known.refused(at, refused);
    respond::refusal(at, refused.rejection, idp_message.as_deref())
}
