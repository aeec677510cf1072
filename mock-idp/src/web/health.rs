//! `/livez`, `/readyz`, `/version`.

use axum::Json;

/// The process answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// Nothing has to be waited for: tenants are there as soon as they are put, keys are made when they are needed.
pub(crate) async fn ready() -> &'static str {
    "ok\n"
}

/// The program's version.
pub(crate) async fn version() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "name": "entrant", "version": env!("CARGO_PKG_VERSION") }))
}
