//! The pages of a sign-out (entra-behaviour.md 6).

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{page, page_with_policy};
use crate::addresses::Addresses;
use crate::limits::BROADCAST_SECONDS_MAX;
use crate::sign_out::Told;
use crate::tenant::Tenant;

/// Goes on once every application has been told. Allowed by its hash.
const SCRIPT: &str = include_str!("../../templates/sign_out.js");

#[derive(Template)]
#[template(path = "signing_out.html")]
struct SigningOutPage<'p> {
    tenant: &'p str,
    told: &'p [Told],
    onward: &'p str,
    seconds: u32,
    script: &'static str,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutPage<'p> {
    tenant: &'p str,
    told: &'p [Told],
    my_apps: String,
}

/// Tells the applications, each in a hidden frame, and goes on to the one that asked: when every frame has loaded
/// or the time is up, by the script, the refresh or the link, whichever there is first.
pub(crate) fn signing_out(tenant: &Tenant, told: &[Told], onward: &str) -> Response {
    let template = SigningOutPage {
        tenant: &tenant.file.tenant.display_name,
        told,
        onward,
        seconds: BROADCAST_SECONDS_MAX,
        script: SCRIPT,
    };
    let hash = STANDARD.encode(openssl::sha::sha256(SCRIPT.as_bytes()));
    let policy = format!("script-src 'sha256-{hash}'; {FRAMES}");
    page_with_policy(StatusCode::OK, &template, &policy)
}

/// The sessions have ended, and the browser stays.
pub(crate) fn signed_out(tenant: &Tenant, told: &[Told], addresses: &Addresses) -> Response {
    let template = SignedOutPage {
        tenant: &tenant.file.tenant.display_name,
        told,
        my_apps: addresses.my_apps(tenant.id),
    };
    if told.is_empty() {
        return page(StatusCode::OK, &template);
    }
    page_with_policy(StatusCode::OK, &template, FRAMES)
}

/// The frames come from the tenant file alone. Wherever an application sends its own frame on to (its other hosts, or
/// back here with a LogoutResponse) the browser follows, since a policy of origins would stop it half-way through.
const FRAMES: &str = "frame-src http: https:";
