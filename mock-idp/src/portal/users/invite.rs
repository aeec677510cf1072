//! Invite external user: a guest with a home identity provider (entra-behaviour.md 4.6).

use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::tenant::Home;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::new::save;
use crate::limits::is_longer;
use crate::pages;
use crate::portal::at::AtTenant;
use crate::portal::done;
use crate::portal::form::Form;
use crate::portal::frame::{Frame, home};
use crate::tenant::{Tenant, TenantError};

/// Characters of a mail address (RFC 5321, 4.5.3.1.3, without the brackets).
const MAIL_CHARACTERS_MAX: usize = 254;

/// Characters of a display name (Microsoft Graph, user resource).
const NAME_CHARACTERS_MAX: usize = 256;

/// Where a guest signs in: the form's word and its label.
const HOMES: &[(&str, &str)] = &[
    ("entra", "Microsoft Entra ID (another tenant)"),
    ("microsoft", "Microsoft account (personal)"),
    ("google", "Google"),
    ("otp", "Email one-time passcode"),
];

#[derive(Template)]
#[template(path = "portal/user_invite.html")]
struct InvitePage {
    frame: Frame,
    mail: String,
    name: String,
    homes: Vec<(&'static str, &'static str, bool)>,
    home_tenant: String,
    domain: String,
}

/// The form.
pub(crate) async fn page(at: AtTenant) -> Response {
    let page = InvitePage::new(at.tenant(), &Form::query(Some("home=entra")));
    pages::page(StatusCode::OK, &page)
}

/// Makes the guest.
pub(crate) async fn invite(at: AtTenant, body: Bytes) -> Response {
    let form = Form::read(&body);
    match add(&at, &form) {
        Ok(id) => done(&format!("{}/users/{id}", home(at.tenant())), "user-invited"),
        Err(problem) => {
            let mut page = InvitePage::new(at.tenant(), &form);
            page.frame = page.frame.refused(problem.to_string());
            pages::page(page.frame.status(), &page)
        }
    }
}

fn add(at: &AtTenant, form: &Form) -> Result<Uuid, TenantError> {
    let mail = form.text("mail");
    let (local, domain) = parts(mail)
        .ok_or_else(|| TenantError::one("Email: enter the guest's address, such as jo@fabrikam.com."))?;
    let name = form.text("display_name");
    if is_longer(name, NAME_CHARACTERS_MAX) {
        return Err(TenantError::one(format!(
            "Display name: at most {NAME_CHARACTERS_MAX} characters, these are {}.",
            name.chars().count()
        )));
    }
    let from = guest_home(at, form, domain)?;
    let upn = format!("{local}_{domain}#EXT#@{}", at.tenant().domain());
    let mut values = Map::new();
    let mut put = |key: &str, value: Value| drop(values.insert(key.to_owned(), value));
    put("display_name", json!(if name.is_empty() { local } else { name }));
    put("mail", json!(mail));
    put("user_type", json!("Guest"));
    put("home", json!(from));
    save(at, &upn, true, values)
}

/// The parts of a mail address as it is commonly written.
fn parts(mail: &str) -> Option<(&str, &str)> {
    let (local, domain) = mail.split_once('@')?;
    let is_plain = |text: &str| {
        !text.is_empty()
            && !text.contains(|sign: char| sign == '@' || sign.is_whitespace() || sign.is_control())
    };
    let is_good =
        is_plain(local) && is_plain(domain) && domain.contains('.') && !is_longer(mail, MAIL_CHARACTERS_MAX);
    is_good.then_some((local, domain))
}

/// The home that was chosen. A tenant of this mock is known by its domain, as Entra knows all.
fn guest_home(at: &AtTenant, form: &Form, domain: &str) -> Result<Home, TenantError> {
    Ok(match form.text("home") {
        "microsoft" => Home::Microsoft,
        "google" => Home::Google,
        "otp" => Home::Otp,
        "entra" => {
            let id = form.text("home_tenant");
            if id.is_empty() {
                let known = at.idp.state.tenants.find(domain);
                let known = known.ok_or_else(|| {
                    TenantError::one(format!(
                        "Home tenant ID: enter one, since no tenant of this mock has the domain \u{201c}{domain}\u{201d}."
                    ))
                })?;
                Home::Entra(known.id)
            } else {
                let id = id.parse().map_err(|_| {
                    TenantError::one(
                        "Home tenant ID: enter a GUID such as 11111111-2222-4333-8444-555555555555.",
                    )
                })?;
                Home::Entra(id)
            }
        }
        _ => return Err(TenantError::one("Home identity provider: choose one.")),
    })
}

impl InvitePage {
    fn new(tenant: &Tenant, form: &Form) -> Self {
        let frame = Frame::directory(tenant, "Invite external user", "/users")
            .below("Users", format!("{}/users", home(tenant)));
        let text = |name| form.text(name).to_owned();
        let homes = HOMES.iter();
        Self {
            frame,
            mail: text("mail"),
            name: text("display_name"),
            homes: homes
                .map(|(word, label)| (*word, *label, *word == form.text("home")))
                .collect(),
            home_tenant: text("home_tenant"),
            domain: tenant.domain().to_owned(),
        }
    }
}
