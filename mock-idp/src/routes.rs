//! Every route of the mock: the table of contents (contracts.md section 6).

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

use crate::limits::{FORM_BYTES_MAX, SIGN_IN_FORM_BYTES_MAX, SIGN_OUT_FORM_BYTES_MAX};
use crate::web::{self, health, launch, login, lookup, metadata, my_apps, sign_on, sign_out, start, trace};
use crate::{MockIdp, control, portal};

/// The router of one mock.
pub(crate) fn router(idp: MockIdp) -> Router {
    // Sign-on and sign-out.
    let traced = Router::new()
        .route(
            "/{tenant}/saml2",
            get(sign_on::redirect)
                .post(sign_on::post)
                .head(sign_on::wrong_verb)
                .fallback(sign_on::wrong_verb),
        )
        .route(
            "/{tenant}/saml2/{service_principal}",
            get(sign_on::redirect_to_instance)
                .post(sign_on::post_to_instance)
                .head(sign_on::wrong_verb)
                .fallback(sign_on::wrong_verb),
        )
        .route(
            "/{tenant}/login",
            post(login::submit)
                .layer(DefaultBodyLimit::max(SIGN_IN_FORM_BYTES_MAX))
                .get(login::wrong_verb)
                .fallback(login::method_not_allowed),
        )
        .route(
            "/{tenant}/oauth2/logout",
            post(sign_out::picked)
                .layer(DefaultBodyLimit::max(SIGN_OUT_FORM_BYTES_MAX))
                .get(sign_out::everywhere),
        )
        // Tiles.
        .route("/api/signin/{app}", get(launch::launch))
        .route("/myapps/{tenant}", get(my_apps::page))
        .route_layer(from_fn_with_state(idp.clone(), trace::record));
    let pages = Router::new()
        .route("/", get(start::page))
        .route("/error", get(lookup::page))
        .merge(traced)
        // Admin pages, for whoever may use the control API.
        .nest("/portal/{tenant}", portal::router(idp.clone()))
        .route("/portal/{tenant}/", get(web::without_slash))
        .nest("/flows/{tenant}", portal::flows(idp.clone()))
        .route("/flows/{tenant}/", get(web::without_slash))
        // Federation metadata, in any case.
        .route("/{tenant}/{folder}/{version}/{document}", get(metadata::document))
        // Looks.
        .route("/_entrant/style.css", get(web::style))
        .route("/_entrant/copy.js", get(web::copy_script))
        .route("/_entrant/live.js", get(web::live_script))
        .route_layer(from_fn(web::check_path))
        .fallback(web::not_found)
        .method_not_allowed_fallback(web::method_not_allowed)
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(from_fn_with_state(idp.clone(), web::check_host));
    // A probe may come under any name, and learns nothing here.
    let health = Router::new()
        .route("/livez", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/version", get(health::version));
    Router::new()
        .nest("/_entrant/v1", control::router(idp.clone()))
        .merge(health)
        .merge(pages)
        .with_state(idp)
}
