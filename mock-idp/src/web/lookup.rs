//! `/error?code=50058`: what the registry says of a code (entra-behaviour.md 1, error lookup).

use axum::extract::RawQuery;
use axum::response::Response;

use crate::{errors, pages};

/// The page. Without a code it asks for one; a code that is not known is not found.
pub(crate) async fn page(RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let code = url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == "code")
        .map(|(_, code)| code.into_owned());
    let code = code.unwrap_or_default();
    pages::lookup(&code, errors::find(&code))
}
