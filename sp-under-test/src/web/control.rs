//! The control routes: [`control_api::sp`] has the table.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Request, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get, post, put},
};
use control_api::{
    file::from_object,
    flow::SpFlow,
    guard::Refusal,
    idp::ErrorBody,
    sp::{ACTIONS, HookCall, InstanceInfo, InstanceSeed, Refreshed, Settings},
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    At, Stopped,
    accounts::{self, Created},
    blocking,
};
use crate::{
    Inner, ReferenceSp, SpError, ambient, hint,
    instance::{Instance, lock},
    no_personality,
    personality::{ACCOUNTS_MAX, SKEW_SECONDS_MAX},
    short,
    store::{Account, StoreError},
};

/// The largest body.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// The most required attributes that can be set.
const REQUIRED_ATTRIBUTES_MAX: usize = 64;

/// The most domains that can be set.
const DOMAINS_MAX: usize = 64;

/// The most classes of authentication that are asked for.
const AUTHN_CONTEXT_MAX: usize = 20;

/// Where they are.
const PREFIX: &str = "/_entrant/v1";

/// Whether a path is one of a control route, or would be if there were such a route. The guard judges all of them.
pub(super) fn is_control(path: &str) -> bool {
    path.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The control routes. Whatever is below [`PREFIX`] answers in JSON.
pub(super) fn routes(sp: Arc<Inner>) -> Router<Arc<Inner>> {
    Router::new()
        .route(
            "/_entrant/v1/sp/{instance}",
            put(put_instance).get(get_instance).delete(delete_instance),
        )
        .route("/_entrant/v1/sp/{instance}/events", get(events))
        .route("/_entrant/v1/sp/{instance}/{personality}/{action}", post(act))
        .method_not_allowed_fallback(|| async {
            let error = "this control route does not take that method".to_owned();
            ControlError(StatusCode::METHOD_NOT_ALLOWED, error)
        })
        .route(PREFIX, any(no_route))
        .route("/_entrant/v1/", any(no_route))
        .route("/_entrant/v1/{*path}", any(no_route))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .route_layer(middleware::from_fn_with_state(sp, guard))
}

/// An error of a control route, as [`ErrorBody`].
pub(super) struct ControlError(StatusCode, String);

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        (self.0, Json(ErrorBody { error: self.1 })).into_response()
    }
}

impl From<StoreError> for ControlError {
    fn from(error: StoreError) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

impl From<Stopped> for ControlError {
    fn from(stopped: Stopped) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, stopped.to_string())
    }
}

impl From<SpError> for ControlError {
    fn from(error: SpError) -> Self {
        let status = match error {
            SpError::TooManyInstances => StatusCode::CONFLICT,
            SpError::Trust { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            SpError::Accounts(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        Self(status, error.to_string())
    }
}

async fn guard(State(sp): State<Arc<Inner>>, request: Request, next: Next) -> Response {
    let judged = judge(&sp, request.headers());
    match judged {
        Ok(()) => next.run(request).await,
        Err(refusal) => {
            let status = match refusal {
                Refusal::Token => StatusCode::UNAUTHORIZED,
                Refusal::Host | Refusal::Origin => StatusCode::FORBIDDEN,
            };
            ControlError(status, refusal.to_string()).into_response()
        }
    }
}

fn judge(sp: &Inner, headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("unreadable"))
    };
    sp.guard.check(
        text(header::HOST),
        text(header::ORIGIN),
        text(header::AUTHORIZATION),
    )
}

pub(super) async fn no_route() -> ControlError {
    let error = "there is no such control route; the reference SP's begin with /_entrant/v1/sp/{instance}";
    ControlError(StatusCode::NOT_FOUND, error.to_owned())
}

async fn put_instance(
    State(sp): State<Arc<Inner>>,
    Path(name): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<InstanceInfo>, ControlError> {
    let seed: InstanceSeed = json(&whole(body)?)?;
    Ok(Json(ReferenceSp { inner: sp }.put_instance(&name, seed).await?))
}

async fn get_instance(
    State(sp): State<Arc<Inner>>,
    Path(name): Path<String>,
) -> Result<Json<InstanceInfo>, ControlError> {
    Ok(Json(known(&sp, &name)?.info()))
}

async fn delete_instance(
    State(sp): State<Arc<Inner>>,
    Path(name): Path<String>,
) -> Result<StatusCode, ControlError> {
    let deleted = tokio::task::spawn_blocking(move || sp.delete_instance(&name)).await;
    if deleted.map_err(|_| Stopped)?? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(no_instance())
    }
}

async fn events(
    State(sp): State<Arc<Inner>>,
    Path(name): Path<String>,
) -> Result<Json<SpFlow>, ControlError> {
    Ok(Json(known(&sp, &name)?.events()))
}

async fn act(
    State(sp): State<Arc<Inner>>,
    Path((instance, personality, action)): Path<(String, String, String)>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ControlError> {
    let body = whole(body)?;
    let instance = known(&sp, &instance)?;
    let provider = instance
        .provider(&personality)
        .ok_or_else(|| ControlError(StatusCode::NOT_FOUND, no_personality(&personality).to_string()))?;
    let call: HookCall = if body.is_empty() {
        HookCall::default()
    } else {
        json(&body)?
    };
    if action == "refresh_trust" {
        let refreshed = sp
            .refresh(provider, call.metadata_url.as_deref(), instance.now())
            .await;
        let notices = refreshed.map_err(|cause| ControlError(StatusCode::UNPROCESSABLE_ENTITY, cause))?;
        return Ok(match &notices[..] {
            [] => StatusCode::NO_CONTENT.into_response(),
            _ => Json(Refreshed { notices }).into_response(),
        });
    }
    let at = At {
        sp: &sp,
        instance: &instance,
        provider,
    };
    blocking(at, move |at| act_now(at, &action, &call)).await??;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The actions that wait for nobody out there.
fn act_now(at: At<'_>, action: &str, call: &HookCall) -> Result<(), ControlError> {
    match action {
        "clock" => clock(at, call),
        "create_account" => create_account(at, call),
        "deactivate_account" => Ok(accounts::set_active(at, &account(at, call)?.id, false)?),
        "delete_account" => Ok(accounts::delete(at, &account(at, call)?.id)?),
        "delete_link" => delete_link(at, call),
        "reset" => {
            *at.instance.clock() = control_api::clock::Clock::default();
            Ok(at.provider.reset(&at.sp.store)?)
        }
        "set" => set(at, call),
        other => {
            let error = format!("there is no action `{}`; {}", short(other), hint(other, ACTIONS));
            Err(ControlError(StatusCode::NOT_FOUND, error))
        }
    }
}

fn create_account(at: At<'_>, call: &HookCall) -> Result<(), ControlError> {
    let user_name = call.upn.as_deref().or(call.mail.as_deref()).unwrap_or_default();
    match accounts::create(at, user_name, call.mail.as_deref())? {
        Created::Done => Ok(()),
        Created::Unusable => bad_request(Created::Unusable.sentence()),
        refused => Err(ControlError(StatusCode::CONFLICT, refused.sentence().to_owned())),
    }
}

/// The account that `upn`, else `mail`, names.
fn account(at: At<'_>, call: &HookCall) -> Result<Account, ControlError> {
    let Some(name) = call.upn.as_deref().or(call.mail.as_deref()) else {
        return bad_request("name the account by `upn` or `mail`");
    };
    let found = lock(&at.sp.store).accounts_named(&at.provider.scope, &[name])?;
    found.into_iter().next().ok_or_else(|| {
        let error = format!("there is no account `{}`; create_account makes one", short(name));
        ControlError(StatusCode::NOT_FOUND, error)
    })
}

/// Deletes the links that have one of the names as their key, or had it as their account's name.
fn delete_link(at: At<'_>, call: &HookCall) -> Result<(), ControlError> {
    let names = [&call.upn, &call.mail, &call.object_id, &call.name_id];
    let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
    let store = lock(&at.sp.store);
    let links = store.links_named(&at.provider.scope, &names)?;
    if links.is_empty() {
        let error = "there is no link of that name; `upn`, `mail`, `object_id` and `name_id` are looked for"
            .to_owned();
        return Err(ControlError(StatusCode::NOT_FOUND, error));
    }
    for link in links {
        store.delete_link(&at.provider.scope, &link)?;
    }
    Ok(())
}

/// `now` makes the instance's clock show that; `frozen` stops it or lets it run; the one without the other is enough.
fn clock(at: At<'_>, call: &HookCall) -> Result<(), ControlError> {
    let real = ambient::now();
    let shown = call.now.as_deref().map(str::parse::<Timestamp>).transpose();
    let shown = shown.map_err(|error| {
        ControlError(
            StatusCode::BAD_REQUEST,
            format!("`now` is no RFC 3339 instant, such as 2026-11-23T10:00:00Z: {error}"),
        )
    })?;
    let mut clock = at.instance.clock();
    match (shown, call.frozen) {
        (Some(shown), frozen) => {
            let frozen = frozen.unwrap_or(clock.is_frozen());
            clock.set(shown, real, frozen);
        }
        (None, Some(true)) => clock.freeze(real),
        (None, Some(false)) => clock.resume(real),
        (None, None) => return bad_request("`clock` takes `now`, `frozen` or both"),
    }
    Ok(())
}

/// Merges the keys of `set` into the settings in force.
fn set(at: At<'_>, call: &HookCall) -> Result<(), ControlError> {
    let Some(Value::Object(changes)) = &call.set else {
        return bad_request("`set` is an object with keys of the settings");
    };
    let mut state = at.provider.state();
    let mut merged = serde_json::to_value(&state.settings).unwrap_or_default();
    let Some(keys) = merged.as_object_mut() else {
        return bad_request("the settings cannot be shown");
    };
    for (key, value) in changes {
        if !keys.contains_key(key) {
            let known: Vec<_> = keys.keys().map(String::as_str).collect();
            return bad_request(format!(
                "there is no setting `{}`; {}",
                short(key),
                hint(key, &known)
            ));
        }
        keys.insert(key.clone(), value.clone());
    }
    let settings: Settings = match serde_json::from_value(merged) {
        Ok(settings) => settings,
        Err(error) => return bad_request(format!("a setting has a value of another kind: {error}")),
    };
    if settings.skew_seconds > SKEW_SECONDS_MAX {
        return bad_request(format!("`skew_seconds` is {SKEW_SECONDS_MAX} at most"));
    }
    if settings.required_attributes.len() > REQUIRED_ATTRIBUTES_MAX {
        return bad_request(format!(
            "`required_attributes` has {REQUIRED_ATTRIBUTES_MAX} names at most"
        ));
    }
    if settings.domains.len() > DOMAINS_MAX {
        return bad_request(format!("`domains` has {DOMAINS_MAX} names at most"));
    }
    if settings.accounts_max > ACCOUNTS_MAX {
        return bad_request(format!("`accounts_max` is {ACCOUNTS_MAX} at most"));
    }
    if settings.authn_context.len() > AUTHN_CONTEXT_MAX {
        return bad_request(format!("`authn_context` has {AUTHN_CONTEXT_MAX} classes at most"));
    }
    state.settings = settings;
    Ok(())
}

fn known(sp: &Inner, name: &str) -> Result<Arc<Instance>, ControlError> {
    sp.instance(name).ok_or_else(no_instance)
}

fn no_instance() -> ControlError {
    let error = "there is no such instance; PUT /_entrant/v1/sp/{instance} makes one".to_owned();
    ControlError(StatusCode::NOT_FOUND, error)
}

fn whole(body: Result<Bytes, BytesRejection>) -> Result<Bytes, ControlError> {
    body.map_err(|error| {
        let text = match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => format!("the body is larger than {BODY_BYTES_MAX} bytes"),
            _ => error.body_text(),
        };
        ControlError(error.status(), text)
    })
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ControlError> {
    from_object(body).map_err(|error| ControlError(StatusCode::BAD_REQUEST, format!("the body: {error}")))
}

fn bad_request<T>(error: impl Into<String>) -> Result<T, ControlError> {
    Err(ControlError(StatusCode::BAD_REQUEST, error.into()))
}
