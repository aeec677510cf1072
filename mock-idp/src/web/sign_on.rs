//! The sign-on endpoint, `/{tenant}/saml2` (entra-behaviour.md 1, 2).

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::Method;
use axum::response::Response;
use control_api::flow::IdpEvent;

use super::ending::{failed, stopped};
use super::{Caller, Sender, allowing, begin, blocking, common, sign_out, with_form};
use crate::errors::{self, Stop};
use crate::flows::{Item, Start};
use crate::limits::FORM_BYTES_MAX;
use crate::pending::Target;
use crate::sign_on::{Decoded, Refusal, RequestParam, Route};
use crate::{MockIdp, world};

/// HTTP-Redirect.
pub(crate) async fn redirect(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    sender: Sender,
) -> Response {
    answer_query(idp, tenant, None, query, sender).await
}

/// HTTP-Redirect to `/{tenant}/saml2/{service principal id}`.
pub(crate) async fn redirect_to_instance(
    State(idp): State<MockIdp>,
    Path((tenant, instance)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    sender: Sender,
) -> Response {
    answer_query(idp, tenant, Some(instance), query, sender).await
}

/// HTTP-POST.
pub(crate) async fn post(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    sender: Sender,
    body: Form,
) -> Response {
    answer_form(idp, tenant, None, sender, body).await
}

/// HTTP-POST to `/{tenant}/saml2/{service principal id}`.
pub(crate) async fn post_to_instance(
    State(idp): State<MockIdp>,
    Path((tenant, instance)): Path<(String, String)>,
    sender: Sender,
    body: Form,
) -> Response {
    answer_form(idp, tenant, Some(instance), sender, body).await
}

/// Neither binding has another verb (900561). How Entra lists the two is not known (uncertain).
pub(crate) async fn wrong_verb(
    State(idp): State<MockIdp>,
    Path(segments): Path<HashMap<String, String>>,
    method: Method,
    sender: Sender,
) -> Response {
    let caller = sender.caller();
    let values = [("valid", VERBS), ("invalid", method.as_str())];
    let stop = Stop::new(errors::WRONG_VERB, &values);
    let page = blocking(move || {
        let slot = segments
            .get("tenant")
            .and_then(|tenant| idp.state.tenants.find(tenant));
        let now = slot.as_ref().map_or_else(world::now, |slot| slot.view().now);
        stopped(&idp, slot.as_ref(), now, &caller, stop.into())
    });
    allowing(page.await, VERBS)
}

/// HEAD is none of them.
const VERBS: &str = "GET, POST";

/// What a POST brings.
type Form = Result<Bytes, BytesRejection>;

async fn answer_query(
    idp: MockIdp,
    tenant: String,
    instance: Option<String>,
    query: Option<String>,
    sender: Sender,
) -> Response {
    let query = query.unwrap_or_default();
    let caller = sender.caller_with_user(&idp.state.guard).correlated(&query);
    blocking(move || {
        let param = RequestParam::from_query(&query);
        let asked = Asked {
            tenant,
            instance,
            param,
            caller,
        };
        asked.answer(&idp)
    })
    .await
}

async fn answer_form(
    idp: MockIdp,
    tenant: String,
    instance: Option<String>,
    sender: Sender,
    body: Form,
) -> Response {
    let caller = sender.caller_with_user(&idp.state.guard);
    with_form(body, FORM_BYTES_MAX, move |body| {
        let param = RequestParam::from_form(body);
        let asked = Asked {
            tenant,
            instance,
            param,
            caller,
        };
        asked.answer(&idp)
    })
    .await
}

/// A request to the sign-on endpoint.
struct Asked {
    tenant: String,
    instance: Option<String>,
    param: Result<RequestParam, Stop>,
    caller: Caller,
}

impl Asked {
    /// Checks in the order of entra-behaviour.md 7.3: what is wrong with the request is told before anybody signs in.
    fn answer(self, idp: &MockIdp) -> Response {
        let caller = &self.caller;
        let slot = idp.state.tenants.find(&self.tenant);
        let now = slot.as_ref().map_or_else(world::now, |slot| slot.view().now);
        if let (Some(slot), Ok(param)) = (&slot, &self.param)
            && let Some(received) = param.received()
        {
            idp.note(slot, caller, Item::Received(received));
        }
        let stop = |stop: Stop| stopped(idp, slot.as_ref(), now, caller, stop.into());
        let request = match self.param.and_then(RequestParam::decode) {
            Ok(Decoded::SignOn(request)) => request,
            Ok(Decoded::SignOut(sent)) => {
                return sign_out::asked_for(idp, &self.tenant, self.instance.as_deref(), *sent, caller);
            }
            // That nobody takes the answer to a broadcast is a reported quirk (6).
            Ok(Decoded::LogoutResponse) => return stop(Stop::new(errors::NOT_A_REQUEST, &[])),
            Err(reason) => {
                if let Some(slot) = &slot {
                    idp.note(slot, caller, Item::began(Start::Sp, None));
                }
                return stop(reason);
            }
        };
        let Some(slot) = &slot else {
            let unsupported = request.check_properties().err();
            return stop(
                unsupported.unwrap_or_else(|| common::no_tenant(idp, &self.tenant, request.issuer())),
            );
        };
        let event = IdpEvent::RequestReceived {
            request_id: request.id().to_owned(),
            issuer: request.issuer().to_owned(),
            binding: request.binding().word().to_owned(),
        };
        let view = slot.view();
        let route = Route {
            tenant: &view.tenant,
            now: view.now,
            service_principal: self.instance.as_deref(),
            addresses: &idp.state.addresses,
        };
        idp.note(slot, caller, request.began(&route));
        idp.record(slot, caller, event);
        let routed = match request.route(&route) {
            Ok(routed) => routed,
            Err(Refusal::User(reason)) => return stop(reason),
            Err(Refusal::Sp(routed, reason)) => return failed(idp, slot, &view, &routed, &reason, caller),
        };
        begin(idp, slot, Target::Response(routed), caller)
    }
}

/// 90002 for a GUID or a domain, 900023 for anything else (entra-behaviour.md 7.2).
pub(crate) fn tenant_not_found(segment: &str) -> Stop {
    if common::is_common(segment) {
        return Stop::new(errors::NO_TENANT, &[]);
    }
    let label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_domain = segment.contains('.') && segment.split('.').all(label);
    let row = if is_domain || segment.parse::<uuid::Uuid>().is_ok() {
        errors::TENANT_NOT_FOUND
    } else {
        errors::TENANT_IDENTIFIER
    };
    Stop::new(row, &[("tenant", segment)])
}
