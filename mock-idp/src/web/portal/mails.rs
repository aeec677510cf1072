//! `/portal/{tenant}/mails`: the mails that Entra would have sent.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::web::{blocking, sentence};
use crate::{MockIdp, pages, world};

/// The mails that Entra would have sent (entra-behaviour.md 5).
pub(crate) async fn page(State(idp): State<MockIdp>, Path(tenant): Path<String>) -> Response {
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
