//! My Apps: the tiles of one user (entra-behaviour.md 1).

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::ending::stopped;
use super::sign_on::tenant_not_found;
use super::{Caller, blocking, sign_in_page};
use crate::pending::Target;
use crate::{MockIdp, pages, world};

/// The tiles of the applications that the user is assigned to; others have none, assignment required or not.
pub(crate) async fn page(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
) -> Response {
    let caller = Caller::new(&headers);
    blocking(move || tiles(&idp, &tenant, &caller)).await
}

fn tiles(idp: &MockIdp, segment: &str, caller: &Caller) -> Response {
    let Some(slot) = idp.state.tenants.find(segment) else {
        return stopped(idp, None, world::now(), caller, tenant_not_found(segment).into());
    };
    let view = slot.view();
    let session = idp.session(&view, caller);
    let user = session.and_then(|session| view.tenant.user(session.user));
    match user.filter(|user| user.entry.account_enabled) {
        Some(user) => pages::my_apps(&view.tenant, user, &idp.state.addresses),
        None => sign_in_page(idp, &slot, Target::MyApps, caller),
    }
}
