//! `/{tenant}/federationmetadata/2007-06/federationmetadata.xml[?appid=…]` (entra-behaviour.md 1), in any case.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::ending::{Ending, stopped};
use super::sign_on::tenant_not_found;
use super::{Caller, blocking, common, missing};
use crate::addresses::METADATA_PATH;
use crate::errors::{self, Stop};
use crate::{MockIdp, metadata, world};

/// The metadata document, under its path in any case.
pub(crate) async fn document(
    State(idp): State<MockIdp>,
    Path((tenant, folder, version, document)): Path<(String, String, String, String)>,
    method: Method,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if !format!("{folder}/{version}/{document}").eq_ignore_ascii_case(METADATA_PATH) {
        return missing(&method, &uri);
    }
    let caller = Caller::new(&headers);
    let query = query.unwrap_or_default();
    let app = url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key.eq_ignore_ascii_case("appid"))
        .map(|(_, value)| value.into_owned());
    blocking(move || answer(&idp, &tenant, app.as_deref(), &caller)).await
}

fn answer(idp: &MockIdp, segment: &str, app: Option<&str>, caller: &Caller) -> Response {
    if common::is_common(segment) {
        return common::federation_metadata(idp, caller);
    }
    let Some(slot) = idp.state.tenants.find(segment) else {
        let page = stopped(idp, None, world::now(), caller, tenant_not_found(segment).into());
        return absent(page);
    };
    let view = slot.view();
    let found = match app {
        None => None,
        Some(id) => match id.parse().ok().and_then(|id| view.tenant.app(id)) {
            Some(found) => Some(found),
            None => {
                let directory = view.tenant.file.tenant.display_name.as_str();
                let values = [("issuer", id), ("tenant", directory)];
                let stop = Stop::new(errors::APPLICATION_NOT_FOUND, &values);
                return absent(stopped(idp, Some(&slot), view.now, caller, stop.into()));
            }
        },
    };
    let published = found.map(|app| (app, slot.published(app)));
    let published = published
        .as_ref()
        .map(|(app, certificates)| (*app, &certificates[..]));
    match metadata::document(&view, published, &idp.state.addresses, world::guid()) {
        Ok(xml) => ([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], xml).into_response(),
        Err(error) => stopped(idp, Some(&slot), view.now, caller, Ending::Mishap(error)),
    }
}

/// Programs read this address, not people: they look at the status first.
fn absent(mut page: Response) -> Response {
    *page.status_mut() = StatusCode::NOT_FOUND;
    page
}
