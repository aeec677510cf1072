//! The pages: same words, fields and order as Entra's, own looks, and on each of them that this is not Microsoft.

mod errors;
mod start;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(crate) use errors::{error, method_not_allowed, mishap, not_found};
pub(crate) use start::start;

use crate::addresses::Addresses;
use crate::errors::Stop;
use crate::limits::HINTED_USERS_MAX;
use crate::tenant::{Tenant, User};

/// The one style sheet.
pub(crate) const STYLE: &str = include_str!("../templates/style.css");

/// Fills the clipboard.
pub(crate) const COPY_SCRIPT: &str = include_str!("../templates/copy.js");

/// Posts the response (entra-behaviour.md 3.5). Allowed by its hash.
const SUBMIT_SCRIPT: &str = "document.forms[0].submit()";

/// Why a client that keeps no cookies cannot sign in.
pub(crate) const NO_COOKIE: &str = "The browser sent no cookie with this form. A sign-on belongs to the browser that opened the sign-in page, which gets a cookie there: keep it, send it back with the form, and stay under the same host name.";

/// What the sign-in pages share.
pub(crate) struct SignInForm {
    tenant: String,
    action: String,
    context: String,
    flow_token: String,
    hints: Vec<(String, String)>,
}

impl SignInForm {
    /// The form of a waiting sign-on.
    pub(crate) fn new(tenant: &Tenant, context: &str, flow_token: &str) -> Self {
        let hint = |user: &User| (user.entry.user_principal_name.clone(), user.password.clone());
        Self {
            tenant: tenant.file.tenant.display_name.clone(),
            action: format!("/{}/login", tenant.id),
            context: context.to_owned(),
            flow_token: flow_token.to_owned(),
            hints: tenant.users.iter().take(HINTED_USERS_MAX).map(hint).collect(),
        }
    }
}

/// What a sign-in page says is wrong.
pub(crate) struct InlineError {
    /// Entra's words to the user.
    sentence: &'static str,
    /// Code and message; empty where Entra has none.
    aadsts: String,
    /// `AADSTS50126`; empty where Entra has none.
    code: String,
}

impl InlineError {
    /// An error of the registry.
    pub(crate) fn new(stop: &Stop) -> Self {
        let sentence = match stop.code().as_str() {
            "AADSTS50034" => {
                "This username may be incorrect. Make sure you typed it correctly. Otherwise, contact your admin."
            }
            "AADSTS50057" => "Your account has been disabled. Contact your admin.",
            _ => {
                "Your account or password is incorrect. If you don't remember your password, ask your admin."
            }
        };
        Self {
            sentence,
            aadsts: stop.text(),
            code: stop.code(),
        }
    }

    /// Nothing was typed.
    pub(crate) fn empty_user_name() -> Self {
        Self {
            sentence: "Enter a valid email address, phone number, or Skype name.",
            aadsts: String::new(),
            code: String::new(),
        }
    }
}

#[derive(Template)]
#[template(path = "user_name.html")]
struct UserNamePage<'p> {
    form: &'p SignInForm,
    user: &'p str,
    error: Option<&'p InlineError>,
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage<'p> {
    form: &'p SignInForm,
    user: &'p str,
    error: Option<&'p InlineError>,
}

#[derive(Template)]
#[template(path = "delivery.html")]
struct DeliveryPage<'p> {
    acs: &'p str,
    saml_response: String,
    relay_state: Option<&'p str>,
    script: &'static str,
}

#[derive(Template)]
#[template(path = "my_apps.html")]
struct MyAppsPage {
    tenant: String,
    user: String,
    upn: String,
    sign_out: String,
    tiles: Vec<Tile>,
}

struct Tile {
    name: String,
    initials: String,
    launch: String,
    starts_at: &'static str,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutPage {
    tenant: String,
    my_apps: String,
}

/// Asks for the user name; `user` fills the field.
pub(crate) fn user_name(form: &SignInForm, user: &str, error: Option<&InlineError>) -> Response {
    page(StatusCode::OK, &UserNamePage { form, user, error })
}

/// Asks for the password of `user`.
pub(crate) fn password(form: &SignInForm, user: &str, error: Option<&InlineError>) -> Response {
    page(StatusCode::OK, &PasswordPage { form, user, error })
}

/// Posts a response, be it of success or of failure, to the SP (entra-behaviour.md 3.5).
pub(crate) fn delivery(acs: &str, xml: &str, relay_state: Option<&str>) -> Response {
    let template = DeliveryPage {
        acs,
        saml_response: saml_emit::binding::post_value(xml),
        relay_state,
        script: SUBMIT_SCRIPT,
    };
    let hash = STANDARD.encode(openssl::sha::sha256(SUBMIT_SCRIPT.as_bytes()));
    // No form-action: the SP may answer with any redirect.
    let policy = format!("script-src 'sha256-{hash}'");
    page_with_policy(StatusCode::OK, &template, &policy)
}

/// The tiles of a user's applications.
pub(crate) fn my_apps(tenant: &Tenant, user: &User, addresses: &Addresses) -> Response {
    let assigned = tenant
        .apps
        .iter()
        .filter(|app| app.entry.enabled && app.assigned.contains_key(&user.id));
    let template = MyAppsPage {
        tenant: tenant.file.tenant.display_name.clone(),
        user: user.entry.display_name.clone(),
        upn: user.entry.user_principal_name.clone(),
        sign_out: format!("/{}/oauth2/logout", tenant.id),
        tiles: assigned
            .map(|app| Tile {
                name: app.entry.name.clone(),
                initials: app.entry.name.chars().take(2).collect(),
                launch: addresses.launch(tenant.id, app.id),
                starts_at: if app.entry.sign_on_url.is_empty() {
                    "IdP-initiated"
                } else {
                    "Opens the Sign on URL"
                },
            })
            .collect(),
    };
    page(StatusCode::OK, &template)
}

/// The session has ended.
pub(crate) fn signed_out(tenant: &Tenant, addresses: &Addresses) -> Response {
    let template = SignedOutPage {
        tenant: tenant.file.tenant.display_name.clone(),
        my_apps: addresses.my_apps(tenant.id),
    };
    page(StatusCode::OK, &template)
}

fn page(status: StatusCode, template: &impl Template) -> Response {
    page_with_policy(status, template, "script-src 'self'; form-action 'self'")
}

/// Never kept, never framed, and no content from elsewhere.
fn page_with_policy(status: StatusCode, template: &impl Template, policy: &str) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; {policy}"
    );
    let Ok(html) = template.render() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let policy =
        HeaderValue::from_str(&policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (status, headers, html).into_response()
}
