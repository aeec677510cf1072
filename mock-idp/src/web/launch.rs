//! The tile: `/api/signin/{appid}?tenantId={tid}` (entra-behaviour.md 1, User access URL and IdP-initiated rule).

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use saml_accept::binding;

use super::ending::stopped;
use super::sign_on::tenant_not_found;
use super::{Caller, Sender, begin, blocking, redirect};
use crate::errors::{self, Stop};
use crate::flows::{Item, Start};
use crate::pending::Target;
use crate::sign_on::{RoutedRequest, login_hint};
use crate::tenant::slot::{Slot, View};
use crate::{MockIdp, world};

/// Starts sign-on at the identity provider, or sends the browser to the Sign on URL.
pub(crate) async fn launch(
    State(idp): State<MockIdp>,
    Path(app): Path<String>,
    RawQuery(query): RawQuery,
    sender: Sender,
) -> Response {
    let caller = sender.caller_with_user(&idp.state.guard);
    let query = query.unwrap_or_default();
    let query = binding::RawQuery::parse(&query).ok();
    let parameter = |name| query.as_ref()?.parameter(name).ok().flatten();
    let asked = Asked {
        app,
        tenant: parameter("tenantId").unwrap_or_default(),
        login_hint: parameter("login_hint").and_then(login_hint),
    };
    blocking(move || answer(&idp, &asked, &caller)).await
}

/// What the address says.
struct Asked {
    app: String,
    tenant: String,
    login_hint: Option<String>,
}

fn answer(idp: &MockIdp, asked: &Asked, caller: &Caller) -> Response {
    let tenant = asked.tenant.as_str();
    let Some(slot) = idp.state.tenants.find(tenant) else {
        return stopped(idp, None, world::now(), caller, tenant_not_found(tenant).into());
    };
    let view = slot.view();
    match start(idp, &slot, &view, asked, caller) {
        Ok(response) => response,
        Err(stop) => stopped(idp, Some(&slot), view.now, caller, stop.into()),
    }
}

fn start(
    idp: &MockIdp,
    slot: &Arc<Slot>,
    view: &View,
    asked: &Asked,
    caller: &Caller,
) -> Result<Response, Stop> {
    let app = asked.app.as_str();
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
    idp.note(slot, caller, Item::began(Start::Idp, Some(found)));
    let mut request = RoutedRequest::unsolicited(found)?;
    request.wishes.login_hint = asked.login_hint.clone();
    Ok(begin(idp, slot, Target::Response(request), caller))
}
