//! `/portal/{tenant}/…`: what an administrator sees. Judged as the control API is, since it shows as much.

pub(crate) mod mails;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::sentence;
use crate::{MockIdp, control, pages};

/// Host, Origin and, off loopback, the token (contracts.md section 6).
pub(crate) async fn check(State(idp): State<MockIdp>, request: Request, next: Next) -> Response {
    match control::judge(&idp, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => pages::mishap(
            control::refused_status(refusal),
            "This page is the administrator's",
            &sentence(&refusal.to_string()),
        ),
    }
}
