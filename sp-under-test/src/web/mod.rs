//! The routes (contracts.md section 6).
//!
//! | path | what |
//! | --- | --- |
//! | `/` | every instance |
//! | `/{instance}/{personality}` | who is signed in |
//! | `/{instance}/{personality}/{login,metadata,whoami,settings,accounts,logout}` | its pages |
//! | `/{instance}/{personality}/menu/{number}` | the labels on the way to the settings |
//! | `/{instance}/{personality}/slo` | SingleLogoutService |
//! | `/{instance}/{personality}/{acs}` | AssertionConsumerService; `acs`, or the product's own path |
//! | `/_entrant/v1/sp/…` | control: [`control_api::sp`] |

mod accounts;
mod control;
mod incoming;
mod menu;
mod metadata;
mod protect;
mod respond;
mod settings;
mod sign_on;
mod sign_out;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, RawPathParams, Request, State, rejection::RawPathParamsRejection},
    http::{Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{any, get},
};

use self::sign_on::{Known, content_type};
use crate::{
    Inner,
    acs::posted,
    instance::{Instance, Provider},
    rejection::{Refused, Rejection},
};

/// The largest body of a settings form: metadata of 1 MiB, pasted or uploaded, and room for the rest.
const SETTINGS_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The largest body of any other form.
const FORM_BYTES_MAX: usize = 16 * 1024;

/// All routes.
pub(crate) fn router(sp: Arc<Inner>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/style.css", get(respond::style))
        .merge(control::routes(Arc::clone(&sp)))
        .route("/{instance}/{personality}", any(landing))
        .route("/{instance}/{personality}/", any(landing))
        .route("/{instance}/{personality}/{*page}", any(page))
        .route_layer(middleware::from_fn(check_path))
        .fallback(|| async { respond::not_found() })
        .layer(middleware::from_fn_with_state(Arc::clone(&sp), hosts_and_headers))
        .with_state(sp)
}

/// Only under its own names, so that no rebound name reads a page; and the headers of every answer. The control routes'
/// own guard judges the name there.
async fn hosts_and_headers(State(sp): State<Arc<Inner>>, request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let answer = match sp.guard.check_host(host) {
        Err(refusal) if !control::is_control(request.uri().path()) => respond::message(
            StatusCode::MISDIRECTED_REQUEST,
            "Not served here",
            &refusal.to_string(),
        ),
        _ => next.run(request).await,
    };
    respond::with_headers(answer)
}

/// Nothing lives at an address whose segments are no text.
async fn check_path(
    segments: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    match segments {
        Ok(_) => next.run(request).await,
        Err(_) if control::is_control(request.uri().path()) => control::no_route().await.into_response(),
        Err(_) => respond::not_found(),
    }
}

async fn home(State(sp): State<Arc<Inner>>) -> Response {
    respond::home(&sp.instances())
}

async fn landing(
    State(sp): State<Arc<Inner>>,
    Path((instance, personality)): Path<(String, String)>,
    request: Request,
) -> Response {
    answer(&sp, &instance, &personality, "", request).await
}

async fn page(
    State(sp): State<Arc<Inner>>,
    Path((instance, personality, page)): Path<(String, String, String)>,
    request: Request,
) -> Response {
    answer(&sp, &instance, &personality, &page, request).await
}

async fn answer(
    sp: &Arc<Inner>,
    instance: &str,
    personality: &str,
    page: &str,
    request: Request,
) -> Response {
    let Some(instance) = sp.instance(instance) else {
        return respond::not_found();
    };
    let Some(provider) = instance.provider(personality) else {
        return respond::not_found();
    };
    let at = At {
        sp,
        instance: &instance,
        provider,
    };
    dispatch(at, page, request).await
}

/// Where a request is.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    sp: &'a Arc<Inner>,
    instance: &'a Arc<Instance>,
    provider: &'a Provider,
}

/// Does `work` on a thread for what blocks: it waits for the store, which all instances share, and for the disk.
async fn blocking<T: Send + 'static>(
    at: At<'_>,
    work: impl FnOnce(At<'_>) -> T + Send + 'static,
) -> Result<T, Stopped> {
    let (sp, instance) = (Arc::clone(at.sp), Arc::clone(at.instance));
    let personality = at.provider.personality.id;
    let done = tokio::task::spawn_blocking(move || {
        let provider = instance.provider(personality)?;
        Some(work(At {
            sp: &sp,
            instance: &instance,
            provider,
        }))
    });
    done.await.ok().flatten().ok_or(Stopped)
}

/// The work on a request did not come to its end.
#[derive(Debug, thiserror::Error)]
#[error("the work on this request stopped before its end")]
struct Stopped;

/// A page that is made by [`blocking`] work.
async fn page_of(at: At<'_>, work: impl FnOnce(At<'_>) -> Response + Send + 'static) -> Response {
    let page = blocking(at, work).await;
    page.unwrap_or_else(|stopped| respond::broken(&stopped.to_string()))
}

/// The same of what verifies a message, which anybody may send: only so many at a time have a thread.
async fn verified_page_of(at: At<'_>, work: impl FnOnce(At<'_>) -> Response + Send + 'static) -> Response {
    let Ok(turn) = Arc::clone(&at.sp.verifications).acquire_owned().await else {
        return respond::broken(&Stopped.to_string());
    };
    page_of(at, move |at| {
        let answer = work(at);
        // Taken along to the thread, which works on when whoever asked is gone.
        drop(turn);
        answer
    })
    .await
}

/// The pages of a personality. The AssertionConsumerService and the SingleLogoutService are those that take a cross-site post.
async fn dispatch(at: At<'_>, page: &str, request: Request) -> Response {
    let method = match *request.method() {
        // The server leaves the body away.
        Method::HEAD => Method::GET,
        ref method => method.clone(),
    };
    let headers = request.headers().clone();
    let acs = at.provider.personality.acs_path;
    if matches!(page, "settings" | "accounts")
        && let Err(refusal) = protect::require_administrator(at, &headers)
    {
        return *refusal;
    }
    if page == "login" || page == acs || page == "slo" {
        // Whom to trust is asked for again before it matters.
        at.sp.refresh_if_due(at.provider, at.instance.now()).await;
    }
    let (sent_with, query) = (request.method().clone(), request.uri().query().map(str::to_owned));
    match (page, &method) {
        ("", &Method::GET) => page_of(at, move |at| sign_on::landing(at, &headers)).await,
        ("login", &Method::GET) => {
            page_of(at, move |at| sign_on::login(at, query.as_deref(), &headers)).await
        }
        ("metadata", &Method::GET) => page_of(at, metadata::show).await,
        ("whoami", &Method::GET) => page_of(at, move |at| sign_on::who_am_i(at, &headers)).await,
        (page, &Method::GET) if page.starts_with("menu/") => menu::show(at, &page["menu/".len()..]),
        ("settings", &Method::GET) => settings::show(at, &headers),
        ("settings", &Method::POST) => settings::post(at, request).await,
        ("accounts", &Method::GET) => page_of(at, move |at| accounts::show(at, &headers)).await,
        ("accounts", &Method::POST) => match incoming::page_or(request, FORM_BYTES_MAX).await {
            Ok(body) => page_of(at, move |at| accounts::post(at, &headers, &body)).await,
            Err(refusal) => *refusal,
        },
        ("logout", &Method::GET) => {
            page_of(at, move |at| {
                sign_out::get(at, &sent_with, query.as_deref(), &headers)
            })
            .await
        }
        ("logout", &Method::POST) => match incoming::page_or(request, FORM_BYTES_MAX).await {
            Ok(body) => page_of(at, move |at| sign_out::post(at, &headers, &body)).await,
            Err(refusal) => *refusal,
        },
        // Whoever asks for the head alone does not want it done.
        ("slo", _) if sent_with == Method::GET => {
            verified_page_of(at, move |at| {
                sign_out::service(at, query.as_deref().unwrap_or_default(), &headers)
            })
            .await
        }
        (page, &Method::GET) if page == acs => {
            page_of(at, move |at| {
                sign_on::get_acs(at, &sent_with, query.as_deref(), &headers)
            })
            .await
        }
        (page, &Method::POST) if page == acs => match incoming::read(request, posted::FORM_BYTES_MAX).await {
            Ok(body) => {
                verified_page_of(at, move |at| {
                    sign_on::post_acs(at, query.as_deref(), &headers, &body)
                })
                .await
            }
            Err(unfinished) => {
                page_of(at, move |at| {
                    sign_on::refuse_unfinished(at, query.as_deref(), &headers, &unfinished, sign_on::refuse)
                })
                .await
            }
        },
        ("slo", &Method::POST) => match incoming::read(request, posted::FORM_BYTES_MAX).await {
            Ok(body) => {
                verified_page_of(at, move |at| {
                    sign_out::posted(at, query.as_deref(), &headers, &body)
                })
                .await
            }
            Err(unfinished) => {
                page_of(at, move |at| {
                    sign_on::refuse_unfinished(at, query.as_deref(), &headers, &unfinished, sign_out::refuse)
                })
                .await
            }
        },
        ("" | "login" | "metadata" | "whoami", _) => respond::method_not_allowed("GET, HEAD"),
        ("settings" | "accounts" | "logout", _) => respond::method_not_allowed("GET, HEAD, POST"),
        ("slo", _) => respond::method_not_allowed("GET, POST"),
        (page, _) if page == acs => respond::method_not_allowed("POST"),
        (_, &Method::POST) => {
            let body = incoming::read(request, posted::FORM_BYTES_MAX).await;
            let body = body.unwrap_or_else(|unfinished| unfinished.begun);
            page_of(at, move |at| {
                let known = Known::unread(content_type(&headers), query.as_deref(), &body);
                posted_in_vain(
                    at,
                    known,
                    "it was posted to where nothing is",
                    respond::not_found(),
                )
            })
            .await
        }
        _ => respond::not_found(),
    }
}

/// Records that whatever was posted is no message here.
fn posted_in_vain(at: At<'_>, known: Known, cause: &str, answer: Response) -> Response {
    known.refused(at, &Refused::new(Rejection::Malformed, cause));
    answer
}

/// A redirect that a browser follows with GET (RFC 9110 section 15.4.4).
fn see_other(location: &str) -> Response {
    match axum::http::HeaderValue::try_from(location) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => respond::broken("the address to go on to cannot be sent"),
    }
}
