//! `/{tenant}/federationmetadata/2007-06/federationmetadata.xml[?appid=…]` (entra-behaviour.md 1), in any case.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use control_api::flow::IdpEvent;

use super::ending::{Ending, stopped};
use super::sign_on::tenant_not_found;
use super::{Caller, blocking, common, missing, redirect};
use crate::addresses::METADATA_PATH;
use crate::errors::{self, Stop};
use crate::flows::{Item, Trace};
use crate::limits::METADATA_LATE;
use crate::tenant::App;
use crate::tenant::certificates::ListedCertificate;
use crate::tenant::slot::{Armed, Slot, View};
use crate::{MockIdp, metadata, world};

/// Of the document.
const CONTENT_TYPE: &str = "application/xml; charset=utf-8";

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
    let answer = blocking(move || answer(&idp, &tenant, app.as_deref(), &caller)).await;
    // A fault that lets whoever asks wait: no thread is kept for it.
    if answer.extensions().get::<Late>().is_some() {
        tokio::time::sleep(METADATA_LATE).await;
    }
    answer
}

/// Marks an answer that comes too late for anybody.
#[derive(Clone, Copy)]
struct Late;

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
    if let Some(armed) = slot.take_armed_for_metadata(found.map(|app| app.id)) {
        return faulted(idp, &slot, &view, published, armed, caller);
    }
    match metadata::document(&view, published, &idp.state.addresses, world::guid()) {
        Ok(xml) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], xml).into_response(),
        Err(error) => stopped(idp, Some(&slot), view.now, caller, Ending::Mishap(error)),
    }
}

/// The document with what faults change of it. That somebody had it is recorded where the order names a flow.
fn faulted(
    idp: &MockIdp,
    slot: &Slot,
    view: &View,
    published: Option<(&App, &[ListedCertificate])>,
    armed: Armed,
    caller: &Caller,
) -> Response {
    let ids = (world::guid(), world::guid());
    let state = &idp.state;
    let made = metadata::faulted(
        view,
        published,
        &state.addresses,
        ids,
        &armed.faults.faults,
        &state.vault,
    );
    let publication = match made {
        Ok(publication) => publication,
        Err(error) => {
            let error = error.of_armed(armed.number, &armed.faults.faults);
            slot.give_back(armed);
            return stopped(idp, None, view.now, caller, Ending::Mishap(error));
        }
    };
    let order = armed.faults;
    let event = IdpEvent::MetadataServed {
        app: published.map_or_else(String::new, |(app, _)| app.entry.name.clone()),
        faults: order.faults.into_iter().map(|fault| fault.id).collect(),
    };
    let trace = Trace::given(order.flow);
    state.flows.record(slot.id, &trace, view.now, Item::Event(event));
    let mut answer = match publication.location {
        Some(location) => redirect(publication.status, location),
        None => {
            let headers = [(header::CONTENT_TYPE, CONTENT_TYPE)];
            (publication.status, headers, publication.body).into_response()
        }
    };
    if publication.is_late {
        answer.extensions_mut().insert(Late);
    }
    answer
}

/// Programs read this address, not people: they look at the status first.
fn absent(mut page: Response) -> Response {
    *page.status_mut() = StatusCode::NOT_FOUND;
    page
}
