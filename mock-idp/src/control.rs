//! The control routes of control_api::idp, below `/_entrant/v1`. Whatever is wrong is told as JSON, all at once.

mod certificates;
mod sign_in;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, RawPathParamsRejection};
use axum::extract::{DefaultBodyLimit, Path, RawPathParams, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use certs::CertsError;
use control_api::file::{FILE_BYTES_MAX, TENANT_BYTES_MAX, from_object};
use control_api::flow::Difference;
use control_api::guard::Refusal;
use control_api::idp::{
    ArmFaults, ArmedFaults, ClaimsTest, ClaimsTested, ClockAction, ErrorBody, TenantInfo, TenantSeed,
    TokenEncryptionAction, UserAction, routes_sentence,
};
use control_api::tenant::TenantFile;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::tenant::embedded::{EMBEDDED, embedded};
use crate::tenant::slot::{Armed, Slot};
use crate::web::{header_text, trace};
use crate::{MockIdp, TenantError, actions, claims_test, faults, portal, world};

/// What [`control_api::idp::ROUTES`] lists: a test walks it.
pub(crate) fn router(idp: MockIdp) -> Router<MockIdp> {
    Router::new()
        .route("/tenants", get(list))
        .route(
            "/tenants/{tenant}",
            get(show).delete(remove).patch(patch).merge(
                // A whole tenant is larger than whatever is done to it.
                put(make).layer(DefaultBodyLimit::max(TENANT_BYTES_MAX)),
            ),
        )
        .route("/tenants/{tenant}/export", get(export))
        .route("/tenants/{tenant}/certificates", post(certificates::change))
        .route(
            "/tenants/{tenant}/apps/{app}/certificates/{certificate}/{form}",
            get(certificates::download),
        )
        .route("/tenants/{tenant}/mails", get(certificates::mails))
        .route("/tenants/{tenant}/token-encryption", post(token_encryption))
        .route("/tenants/{tenant}/users", post(users))
        .route("/tenants/{tenant}/clock", put(clock))
        .route(
            "/tenants/{tenant}/sign-in",
            post(sign_in::post).layer(from_fn_with_state(idp.clone(), trace::record)),
        )
        .route("/tenants/{tenant}/claims-test", post(claims_test))
        .route("/tenants/{tenant}/faults", post(arm).get(armed).delete(disarm))
        .route("/tenants/{tenant}/faults/{number}", delete(disarm_one))
        .route("/tenants/{tenant}/flows/{flow}", get(flow))
        .route("/tenants/{tenant}/flows/{flow}/difference", get(difference))
        .route_layer(from_fn(check_path))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_verb)
        .layer(DefaultBodyLimit::max(FILE_BYTES_MAX))
        .layer(from_fn_with_state(idp, check))
}

/// What cannot be done: the status and the way out.
struct Refused(StatusCode, String);

type Answer<T> = Result<T, Refused>;

impl Refused {
    fn bad(error: impl std::fmt::Display) -> Self {
        Self(StatusCode::BAD_REQUEST, error.to_string())
    }
}

impl From<TenantError> for Refused {
    fn from(error: TenantError) -> Self {
        Self::bad(error)
    }
}

impl From<CertsError> for Refused {
    fn from(error: CertsError) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(ErrorBody { error: self.1 })).into_response()
    }
}

async fn check(State(idp): State<MockIdp>, request: Request, next: Next) -> Response {
    match judge(&idp, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => Refused(refused_status(refusal), refusal.to_string()).into_response(),
    }
}

/// Host, Origin and, off loopback, the token (contracts.md section 6).
///
/// # Errors
/// The first rule that the request breaks.
pub(crate) fn judge(idp: &MockIdp, headers: &HeaderMap) -> Result<(), Refusal> {
    idp.state.guard.check(
        header_text(headers, header::HOST),
        header_text(headers, header::ORIGIN),
        header_text(headers, header::AUTHORIZATION),
    )?;
    // An Origin that is no text is another site's; a token that is no text is wrong.
    let garbled = |name| headers.contains_key(&name) && header_text(headers, name).is_none();
    if garbled(header::ORIGIN) {
        return Err(Refusal::Origin);
    }
    if garbled(header::AUTHORIZATION) {
        return Err(Refusal::Token);
    }
    Ok(())
}

/// The status of a request that breaks a rule.
pub(crate) fn refused_status(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::Token => StatusCode::UNAUTHORIZED,
        Refusal::Host | Refusal::Origin => StatusCode::FORBIDDEN,
    }
}

/// 404 below the control routes; `path` may come with or without their prefix.
pub(crate) fn no_route(method: &Method, path: &str) -> Response {
    let path = path.strip_prefix("/_entrant/v1").unwrap_or(path);
    let error = format!(
        "there is no control route {method} /_entrant/v1{path}: the routes below /_entrant/v1 are {}",
        routes_sentence()
    );
    Refused(StatusCode::NOT_FOUND, error).into_response()
}

/// There is no control route whose segments are no text.
async fn check_path(
    segments: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    match segments {
        Ok(_) => next.run(request).await,
        Err(_) => no_route(request.method(), request.uri().path()),
    }
}

async fn unknown(method: Method, uri: Uri) -> Response {
    no_route(&method, uri.path())
}

async fn wrong_verb(method: Method, uri: Uri) -> Response {
    let mut response = no_route(&method, uri.path());
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}

async fn list(State(idp): State<MockIdp>) -> Json<Vec<TenantInfo>> {
    Json(idp.tenants())
}

async fn show(State(idp): State<MockIdp>, Path(tenant): Path<String>) -> Answer<Json<TenantInfo>> {
    let slot = find(&idp, &tenant)?;
    complete(&idp, &slot).await
}

async fn export(State(idp): State<MockIdp>, Path(tenant): Path<String>) -> Answer<Json<serde_json::Value>> {
    let slot = find(&idp, &tenant)?;
    Ok(Json(slot.view().tenant.file.to_json()))
}

async fn make(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Json<TenantInfo>> {
    let id: Uuid = tenant
        .parse()
        .map_err(|_| Refused::bad(format!("`{tenant}` is not a tenant id: expected a GUID")))?;
    let put = move || {
        let seed: TenantSeed = read_up_to(TENANT_BYTES_MAX, body)?;
        let mut file = seed_file(&seed)?;
        file.tenant.id = Some(id);
        idp.put_tenant(file, seed.sp.as_deref()).map_err(Refused::from)
    };
    blocking(put).await.map(Json)
}

/// The shortest seed, for whoever sent none.
const SEED_EXAMPLE: &str = r#"{"base": "contoso", "sp": "http://127.0.0.1:8081/one"}"#;

fn seed_file(seed: &TenantSeed) -> Answer<TenantFile> {
    match (&seed.base, &seed.file) {
        (Some(base), None) => embedded(base).ok_or_else(|| {
            let names: Vec<_> = EMBEDDED.iter().map(|(name, _)| format!("`{name}`")).collect();
            Refused::bad(format!("`base`: `{base}` is not one of {}", names.join(", ")))
        }),
        (None, Some(file)) => TenantFile::from_json("tenant file", file).map_err(Refused::bad),
        (base, _) => Err(Refused::bad(format!(
            "expected exactly one of `base`, the name of an embedded tenant, and `file`, a tenant file as JSON, but {} is there: for example {SEED_EXAMPLE}",
            if base.is_some() { "each" } else { "neither" }
        ))),
    }
}

async fn remove(State(idp): State<MockIdp>, Path(tenant): Path<String>) -> Answer<StatusCode> {
    let slot = find(&idp, &tenant)?;
    idp.state.tenants.remove(slot.id);
    idp.state.sessions.end_all(slot.id);
    idp.state.flows.forget(slot.id);
    // Whoever deletes a tenant is done with it: its private keys stay nowhere.
    blocking(move || idp.state.vault.store.forget(&slot.id.to_string())).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn patch(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Json<TenantInfo>> {
    let slot = find(&idp, &tenant)?;
    let patch: serde_json::Value = read(body)?;
    let patched = std::sync::Arc::clone(&slot);
    blocking(move || actions::patch(&patched, &patch)).await?;
    // A large key takes seconds: whoever asked for it waits, not the first who reads the metadata.
    complete(&idp, &slot).await
}

async fn token_encryption(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Json<TenantInfo>> {
    let slot = find(&idp, &tenant)?;
    let action: TokenEncryptionAction = read(body)?;
    actions::token_encryption(&mut slot.lock(), &action)?;
    Ok(Json(slot.view().tenant.info(&idp.state.addresses)))
}

async fn users(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Json<TenantInfo>> {
    let slot = find(&idp, &tenant)?;
    let action: UserAction = read(body)?;
    actions::user(&mut slot.lock(), &action, world::guid())?;
    Ok(Json(slot.view().tenant.info(&idp.state.addresses)))
}

async fn clock(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Response> {
    let slot = find(&idp, &tenant)?;
    let action: ClockAction = read(body)?;
    let info = actions::clock(&mut slot.lock(), &action, world::now())?;
    Ok(Json(info).into_response())
}

async fn claims_test(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Json<ClaimsTested>> {
    let slot = find(&idp, &tenant)?;
    let asked: ClaimsTest = read(body)?;
    let tenant = slot.view().tenant;
    // Regular expressions on long samples take time.
    blocking(move || claims_test::test(&tenant, &asked).map_err(Refused::bad))
        .await
        .map(Json)
}

async fn arm(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Json<ArmedFaults>> {
    let slot = find(&idp, &tenant)?;
    let order: ArmFaults = read(body)?;
    let armed = faults::arm(&mut slot.lock(), order);
    armed.map(Json).map_err(Refused::bad)
}

async fn armed(State(idp): State<MockIdp>, Path(tenant): Path<String>) -> Answer<Json<Vec<ArmedFaults>>> {
    let slot = find(&idp, &tenant)?;
    let state = slot.lock();
    let armed = state.armed.iter().map(Armed::told);
    Ok(Json(armed.collect()))
}

async fn disarm(State(idp): State<MockIdp>, Path(tenant): Path<String>) -> Answer<StatusCode> {
    let slot = find(&idp, &tenant)?;
    slot.lock().disarm_all();
    Ok(StatusCode::NO_CONTENT)
}

async fn disarm_one(
    State(idp): State<MockIdp>,
    Path((tenant, number)): Path<(String, String)>,
) -> Answer<StatusCode> {
    let slot = find(&idp, &tenant)?;
    match number.parse().is_ok_and(|number| slot.disarm(number)) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Refused(
            StatusCode::NOT_FOUND,
            format!(
                "no armed faults have the number `{number}`: GET /_entrant/v1/tenants/{tenant}/faults lists what waits"
            ),
        )),
    }
}

/// Of a flow in which nothing was recorded there are no events: who chose its id may ask before anything happened.
async fn flow(State(idp): State<MockIdp>, Path((tenant, flow)): Path<(String, String)>) -> Answer<Response> {
    let slot = find(&idp, &tenant)?;
    Ok(Json(idp.state.flows.get(slot.id, &flow)).into_response())
}

async fn difference(
    State(idp): State<MockIdp>,
    Path((tenant, flow)): Path<(String, String)>,
) -> Answer<Json<Difference>> {
    let slot = find(&idp, &tenant)?;
    let Some(recorded) = idp.state.flows.recorded(slot.id, &flow) else {
        let error = format!("nothing was recorded under the flow `{flow}`");
        return Err(Refused(StatusCode::NOT_FOUND, error));
    };
    // Comparing long messages takes a moment.
    blocking(move || Ok::<_, Refused>(portal::flows::difference(&recorded)))
        .await
        .map(Json)
}

fn find(idp: &MockIdp, tenant: &str) -> Answer<std::sync::Arc<Slot>> {
    let found = idp.state.tenants.find(tenant);
    found.ok_or_else(|| Refused(StatusCode::NOT_FOUND, format!("there is no tenant `{tenant}`")))
}

/// The tenant with every thumbprint, which may make keys.
async fn complete(idp: &MockIdp, slot: &Slot) -> Answer<Json<TenantInfo>> {
    let tenant = slot.view().tenant;
    let addresses = idp.state.addresses.clone();
    blocking(move || tenant.make_certificates().map(|()| tenant.info(&addresses)))
        .await
        .map(Json)
}

/// What reads and writes files or makes keys, off the threads that serve.
async fn blocking<T: Send + 'static, E: Into<Refused> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Answer<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Refused(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?
        .map_err(Into::into)
}

/// A JSON object, whatever its content type says.
fn read<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Answer<T> {
    read_up_to(FILE_BYTES_MAX, body)
}

/// As [`read`], of a route that takes so many bytes.
fn read_up_to<T: DeserializeOwned>(bytes_max: usize, body: Result<Bytes, BytesRejection>) -> Answer<T> {
    let body = body.map_err(|error| match error.status() {
        too_large @ StatusCode::PAYLOAD_TOO_LARGE => {
            let error = format!("the body is larger than {bytes_max} bytes");
            Refused(too_large, error)
        }
        status => Refused(status, error.body_text()),
    })?;
    from_object(&body).map_err(|error| Refused::bad(format!("the body is not what was expected: {error}")))
}
