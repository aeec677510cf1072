//! The start page: every address of every tenant.

use axum::extract::State;
use axum::response::Response;

use crate::{MockIdp, pages};

/// What this is, and where everything is.
pub(crate) async fn page(State(idp): State<MockIdp>) -> Response {
    let tenants = idp.state.tenants.all();
    let views: Vec<_> = tenants
        .iter()
        .map(|slot| {
            let state = slot.lock();
            (std::sync::Arc::clone(&state.tenant), state.links.clone())
        })
        .collect();
    pages::start(&views, &idp.state.addresses)
}
