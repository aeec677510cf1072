//! The start page: every address of every tenant.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::pages::StartTenant;
use crate::{MockIdp, control, pages};

/// What this is, and where everything is.
pub(crate) async fn page(State(idp): State<MockIdp>, headers: HeaderMap) -> Response {
    let tenants = idp.state.tenants.all();
    let views: Vec<_> = tenants
        .iter()
        .map(|slot| {
            let state = slot.lock();
            StartTenant {
                tenant: Arc::clone(&state.tenant),
                links: state.links.clone(),
                sp: state.sp().map(str::to_owned),
                is_for_guides: state.is_for_guides,
            }
        })
        .collect();
    // No link to where this browser may not go.
    let is_administrator = control::judge(&idp, &headers).is_ok();
    pages::start(&views, &idp.state.addresses, is_administrator)
}
