//! My Apps: the tiles of one user (entra-behaviour.md 1).

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use saml_accept::binding;

use super::ending::stopped;
use super::sign_on::tenant_not_found;
use super::{Caller, Sender, ask, begin, blocking, redirect};
use crate::errors::{self, Stop};
use crate::flows::{Item, Start};
use crate::pending::Target;
use crate::sessions::Session;
use crate::sign_in::{Step, check_enabled};
use crate::sign_on::{Demands, login_hint};
use crate::tenant::slot::Slot;
use crate::{MockIdp, pages, world};

/// The tiles of the applications that the user is assigned to; others have none, assignment required or not.
pub(crate) async fn page(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    sender: Sender,
) -> Response {
    let caller = sender.caller_with_user(&idp.state.guard);
    let query = query.unwrap_or_default();
    let query = binding::RawQuery::parse(&query).ok();
    let hint = query
        .and_then(|query| query.parameter("login_hint").ok()?)
        .and_then(login_hint);
    blocking(move || tiles(&idp, &tenant, hint, &caller)).await
}

fn tiles(idp: &MockIdp, segment: &str, login_hint: Option<String>, caller: &Caller) -> Response {
    let Some(slot) = idp.state.tenants.find(segment) else {
        return stopped(idp, None, world::now(), caller, tenant_not_found(segment).into());
    };
    idp.note(&slot, caller, Item::began(Start::MyApps, None));
    begin(idp, &slot, Target::MyApps { login_hint }, caller)
}

/// The tiles for a known user, as far as the policies for all applications let them be seen.
pub(super) fn show(idp: &MockIdp, slot: &Arc<Slot>, session: &Session, caller: &Caller) -> Response {
    let view = slot.view();
    let stop = |stop: Stop| stopped(idp, Some(slot), view.now, caller, stop.into());
    let Some(user) = view.tenant.user(session.user) else {
        return stop(Stop::new(errors::FLOW_EXPIRED, &[]));
    };
    if let Err(reason) = check_enabled(user) {
        return stop(reason);
    }
    let demands = Demands::of(&view.tenant, user, None);
    if let Some(reason) = demands.refusal {
        return stop(reason);
    }
    if demands.second_factor && !session.factors.is_multiple() {
        let step = Step::SessionSecondFactor {
            session: session.id,
            user: user.id,
        };
        let login_hint = Some(user.entry.user_principal_name.clone());
        return ask(idp, slot, Target::MyApps { login_hint }, step, caller);
    }
    pages::my_apps(&view.tenant, user, &idp.state.addresses)
}

/// After the sign-in form, so that the page has its own address. Where there are several accounts the address says which.
pub(super) fn back(idp: &MockIdp, slot: &Arc<Slot>, session: &Session, accounts: usize) -> Response {
    let address = idp.state.addresses.my_apps(slot.id);
    let tenant = slot.view().tenant;
    let address = match tenant.user(session.user).filter(|_| accounts > 1) {
        Some(user) => {
            let hint = url::form_urlencoded::byte_serialize(user.entry.user_principal_name.as_bytes());
            format!("{address}?login_hint={}", hint.collect::<String>())
        }
        None => address,
    };
    redirect(StatusCode::SEE_OTHER, &address)
}
