//! The admin center: the pages on which an administrator configures what the tenant file says (entra-behaviour.md 8).
//! Same labels, same order, own looks; every change is an edit of the tenant's file, as by the control API.
//!
//! A page is a `GET`; a change is a `POST` of a form to the same address, answered with a redirect to the page that shows
//! what came of it, or with the form again, the input kept and what is wrong above it.

mod app;
mod apps;
mod assignments;
mod at;
mod basic;
mod claims_test;
mod faults;
pub(crate) mod flows;
mod form;
mod frame;
mod groups;
mod home;
mod labels;
mod mails;
mod principals;
mod roles;
mod sso;
mod token_encryption;
mod transform;
mod upload;
mod users;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use control_api::guard::Refusal;

use crate::control::{judge, refused_status};
use crate::limits::PORTAL_FORM_BYTES_MAX;
use crate::web::{header_text, redirect};
use crate::{MockIdp, pages};

pub(crate) use faults::never_used;
pub(crate) use flows::router as flows;
pub(crate) use labels::earlier;
pub use labels::{LABELS, Label};

/// The pages below `/portal/{tenant}`.
pub(crate) fn router(idp: MockIdp) -> Router<MockIdp> {
    Router::new()
        .route("/", get(home::page))
        .route("/search", get(home::search))
        .route("/faults", get(faults::page).post(faults::change))
        .route("/mails", get(mails::page))
        .route("/users", get(users::list))
        .route("/users/new", get(users::new::page).post(users::new::create))
        .route(
            "/users/invite",
            get(users::invite::page).post(users::invite::invite),
        )
        .route("/users/deleted", get(users::deleted).post(users::restore))
        .route(
            "/users/{user}",
            get(users::user::overview).post(users::user::delete),
        )
        .route(
            "/users/{user}/properties",
            get(users::edit::page).post(users::edit::save),
        )
        .route("/groups", get(groups::list))
        .route("/groups/new", get(groups::new).post(groups::create))
        .route(
            "/groups/{group}",
            get(groups::group::overview).post(groups::group::change),
        )
        .route(
            "/groups/{group}/properties",
            get(groups::properties::page).post(groups::properties::save),
        )
        .route(
            "/groups/{group}/members/add",
            get(groups::members::page).post(groups::members::add),
        )
        .route("/apps", get(apps::list))
        .route("/apps/new", get(apps::gallery).post(apps::create))
        .route("/apps/{app}", get(app::overview))
        .route("/apps/{app}/properties", get(app::properties).post(app::save))
        .route(
            "/apps/{app}/users",
            get(assignments::list).post(assignments::change),
        )
        .route(
            "/apps/{app}/users/add",
            get(assignments::add::page).post(assignments::add::assign),
        )
        .route(
            "/apps/{app}/users/edit",
            get(assignments::edit::page).post(assignments::edit::save),
        )
        .route("/apps/{app}/roles", get(roles::page).post(roles::change))
        .route("/apps/{app}/sso", get(sso::page).post(sso::select))
        .route("/apps/{app}/sso/basic", get(basic::page).post(basic::save))
        .route(
            "/apps/{app}/sso/basic/upload",
            post(basic::upload).get(basic::page),
        )
        .route(
            "/apps/{app}/sso/claims",
            get(sso::claims::page).post(sso::claims::change),
        )
        .route(
            "/apps/{app}/sso/claims/new",
            get(sso::claims::manage::page).post(sso::claims::manage::save),
        )
        .route(
            "/apps/{app}/sso/claims/edit",
            get(sso::claims::manage::page).post(sso::claims::manage::save),
        )
        .route(
            "/apps/{app}/sso/claims/name-id",
            get(sso::claims::name_id::page).post(sso::claims::name_id::save),
        )
        .route(
            "/apps/{app}/sso/claims/group",
            get(sso::claims::group::page).post(sso::claims::group::save),
        )
        .route(
            "/apps/{app}/sso/certificates",
            get(sso::certificates::page).post(sso::certificates::save),
        )
        .route(
            "/apps/{app}/sso/certificates/import",
            post(sso::certificates::import).get(sso::certificates::page),
        )
        .route(
            "/apps/{app}/certificates/{certificate}/{form}",
            get(sso::certificates::download),
        )
        .route(
            "/apps/{app}/sso/verification",
            get(sso::verification::page).post(sso::verification::change),
        )
        .route(
            "/apps/{app}/sso/verification/upload",
            post(sso::verification::upload).get(sso::verification::page),
        )
        .route("/apps/{app}/sso/instructions", get(sso::instructions::page))
        .route("/apps/{app}/sso/test", get(sso::test::page))
        .route(
            "/apps/{app}/sso/resolve",
            get(sso::resolve::page).post(sso::resolve::resolve),
        )
        .route(
            "/apps/{app}/token-encryption",
            get(token_encryption::page).post(token_encryption::change),
        )
        .route(
            "/apps/{app}/token-encryption/import",
            post(token_encryption::import).get(token_encryption::page),
        )
        .route("/apps/{app}/claims-test", get(claims_test::page))
        .layer(DefaultBodyLimit::max(PORTAL_FORM_BYTES_MAX))
        .layer(from_fn_with_state(idp, check))
}

/// Who may use the control API (contracts.md section 6). A browser, which cannot be made to send a Bearer token, gives it
/// as the password of HTTP Basic (RFC 7617), under any user name.
async fn check(State(idp): State<MockIdp>, mut request: Request, next: Next) -> Response {
    if is_foreign(&request) {
        return pages::mishap(
            StatusCode::FORBIDDEN,
            "This page is not for other sites",
            "Another site asked for it as a part of one of its pages. Open the address itself.",
        );
    }
    if let Some(token) = by_password(request.headers()) {
        request.headers_mut().insert(header::AUTHORIZATION, token);
    }
    match judge(&idp, request.headers()) {
        Ok(()) => as_page(next.run(request).await),
        Err(refusal @ Refusal::Token) => {
            let mut page = pages::mishap(
                refused_status(refusal),
                "The admin center needs the control token",
                "Give it as the password, with any user name. It is in the ready file (--ready-file) and in the state directory.",
            );
            page.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"entrant control token\""),
            );
            page
        }
        Err(refusal) => pages::mishap(
            refused_status(refusal),
            "This request is not for the admin center",
            &format!("{refusal}."),
        ),
    }
}

/// A form that could not be read at all gets a page, too.
fn as_page(response: Response) -> Response {
    let kind = header_text(response.headers(), header::CONTENT_TYPE).unwrap_or_default();
    match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => pages::mishap(
            StatusCode::PAYLOAD_TOO_LARGE,
            "This form is too large",
            &format!("In the admin center a form may have at most {PORTAL_FORM_BYTES_MAX} bytes."),
        ),
        status if status.is_client_error() && kind.starts_with("text/plain") => pages::mishap(
            status,
            "This form could not be read",
            "It did not arrive as the page sends it. Go back and try again.",
        ),
        _ => response,
    }
}

/// Whether a page of another site asks for it by itself, as an image's address does, with no person going there (Fetch
/// Metadata): such a request brings no Origin, but may cost as much as any. And whether a page that is not of this very
/// origin sends a form, whether it says so by Origin, too, or not.
fn is_foreign(request: &Request) -> bool {
    let headers = request.headers();
    let says = |name: &str, value: &str| headers.get(name).is_some_and(|given| given == value);
    if request.method().is_safe() {
        return says("sec-fetch-site", "cross-site") && !says("sec-fetch-mode", "navigate");
    }
    says("sec-fetch-site", "cross-site") || says("sec-fetch-site", "same-site")
}

/// The password of HTTP Basic as a Bearer token.
fn by_password(headers: &HeaderMap) -> Option<HeaderValue> {
    let given = header_text(headers, header::AUTHORIZATION)?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(STANDARD.decode(given.trim()).ok()?).ok()?;
    let (_, password) = pair.split_once(':')?;
    HeaderValue::from_str(&format!("Bearer {password}")).ok()
}

/// A question before something is done to a certificate: Yes or No.
struct Confirm {
    /// The value of the form's `action`.
    action: &'static str,
    title: &'static str,
    text: String,
    /// The certificate's thumbprint.
    certificate: String,
}

/// `base-1`, or the next of its kind that is not used.
fn free_name(base: &str, used: &[String]) -> String {
    let mut number = 1;
    loop {
        let name = format!("{base}-{number}");
        if !used.contains(&name) {
            return name;
        }
        number += 1;
    }
}

/// To the page that shows what a form changed; `notice` is a key of [`frame::NOTICES`].
fn done(page: &str, notice: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, &format!("{page}?done={notice}"))
}
