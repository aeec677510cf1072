//! `common`, the endpoint without a tenant (entra-behaviour.md 1, 7.2). The mock has no application of several tenants, so
//! nobody can sign on here; its metadata is the tenant-independent one.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::Caller;
use super::ending::{Ending, stopped};
use super::sign_on::tenant_not_found;
use crate::errors::{self, Stop};
use crate::{MockIdp, metadata, world};

/// What stands in the tenant's place.
const COMMON: &str = "common";

/// Whether an address names no tenant on purpose.
pub(crate) fn is_common(segment: &str) -> bool {
    segment.eq_ignore_ascii_case(COMMON)
}

/// Why a request to a tenant that is not there stops: at `common` 50194 for an application of one of the tenants, else
/// 50059; anywhere else the tenant is not found.
pub(crate) fn no_tenant(idp: &MockIdp, segment: &str, issuer: &str) -> Stop {
    if !is_common(segment) {
        return tenant_not_found(segment);
    }
    let slots = idp.state.tenants.all();
    let known = slots.iter().find_map(|slot| {
        let tenant = slot.view().tenant;
        let app = tenant.app_by_issuer(issuer)?;
        Some((app.id.to_string(), app.entry.name.clone()))
    });
    match known {
        Some((id, name)) => Stop::new(errors::NOT_MULTI_TENANT, &[("appid", &id), ("app", &name)]),
        None => Stop::new(errors::NO_TENANT, &[]),
    }
}

/// The metadata with the literal `{tenant}`. `?appid=` is not looked at here (uncertain).
pub(crate) fn federation_metadata(idp: &MockIdp, caller: &Caller) -> Response {
    let certificate = idp.state.vault.common().map_err(Into::into);
    let document = certificate
        .and_then(|certificate| metadata::independent(&certificate, &idp.state.addresses, world::guid()));
    match document {
        Ok(xml) => ([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], xml).into_response(),
        Err(error) => stopped(idp, None, world::now(), caller, Ending::Mishap(error)),
    }
}
