//! The tile: `/api/signin/{appid}?tenantId={tid}` (entra-behaviour.md 1, User access URL and IdP-initiated rule).

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use saml_accept::binding;

use super::ending::stopped;
use super::sign_on::tenant_not_found;
use super::{Caller, blocking, end, redirect, sign_in_page};
use crate::errors::{self, Stop};
use crate::pending::Target;
use crate::sign_on::RoutedRequest;
use crate::tenant::slot::{Slot, View};
use crate::{MockIdp, world};

/// Starts sign-on at the identity provider, or sends the browser to the Sign on URL.
pub(crate) async fn launch(
    State(idp): State<MockIdp>,
    Path(app): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let caller = Caller::new(&headers);
    let query = query.unwrap_or_default();
    let tenant = binding::RawQuery::parse(&query)
        .and_then(|query| query.parameter("tenantId"))
        .ok()
        .flatten()
        .unwrap_or_default();
    blocking(move || answer(&idp, &app, &tenant, &caller)).await
}

fn answer(idp: &MockIdp, app: &str, tenant: &str, caller: &Caller) -> Response {
    let Some(slot) = idp.state.tenants.find(tenant) else {
        return stopped(idp, None, world::now(), caller, tenant_not_found(tenant).into());
    };
    let view = slot.view();
    match start(idp, &slot, &view, app, caller) {
        Ok(response) => response,
        Err(stop) => stopped(idp, Some(&slot), view.now, caller, stop.into()),
    }
}

fn start(idp: &MockIdp, slot: &Arc<Slot>, view: &View, app: &str, caller: &Caller) -> Result<Response, Stop> {
    let tenant = &view.tenant;
    let found = app.parse().ok().and_then(|id| tenant.app(id)).ok_or_else(|| {
        let directory = tenant.file.tenant.display_name.as_str();
        Stop::new(
            errors::APPLICATION_NOT_FOUND,
            &[("issuer", app), ("tenant", directory)],
        )
    })?;
    if let Some(address) = Some(&found.entry.sign_on_url).filter(|url| !url.is_empty()) {
        // Written by the administrator, so this leads nowhere else.
        return Ok(redirect(StatusCode::FOUND, address));
    }
    let request = RoutedRequest::unsolicited(found)?;
    Ok(match idp.session(view, caller) {
        Some(session) => {
            idp.record_session(slot, view, &session, caller);
            end(idp, slot, request, &session, caller)
        }
        None => sign_in_page(idp, slot, Target::Response(request), caller),
    })
}
