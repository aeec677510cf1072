//! `/portal/{tenant}/…`: what an administrator sees. Judged as the control API is, since it shows as much.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

use super::{blocking, sentence};
use crate::{MockIdp, control, pages, world};

/// Host, Origin and, off loopback, the token (contracts.md section 6).
pub(crate) async fn guard(State(idp): State<MockIdp>, request: Request, next: Next) -> Response {
    match control::judge(&idp, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => pages::mishap(
            control::refused_status(refusal),
            "This page is the administrator's",
            &sentence(&refusal.to_string()),
        ),
    }
}

/// The mails that Entra would have sent (entra-behaviour.md 5).
pub(crate) async fn mails(State(idp): State<MockIdp>, Path(tenant): Path<String>) -> Response {
    let Some(slot) = idp.state.tenants.find(&tenant) else {
        return pages::mishap(
            StatusCode::NOT_FOUND,
            "There is no such tenant",
            "No tenant has this id or domain; the start page lists those that there are.",
        );
    };
    let (name, mails) = {
        let mut state = slot.lock();
        let name = state.tenant.file.tenant.display_name.clone();
        (name, state.mails_until(world::now()).clone())
    };
    blocking(move || match mails.infos() {
        Ok(mails) => pages::mails(&name, &mails),
        Err(error) => pages::mishap(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The mails cannot be shown",
            &sentence(&error.to_string()),
        ),
    })
    .await
}
