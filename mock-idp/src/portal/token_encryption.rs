//! "Token encryption": the service provider's certificates, one of which assertions are encrypted to
//! (entra-behaviour.md 3.7). A row's menu acts at once, after Yes.

use askama::Template;
use axum::body::Bytes;
use axum::extract::Multipart;
use axum::response::Response;
use certs::Certificate;
use control_api::idp::{TokenEncryptionAction, TokenEncryptionVerb};

use super::at::AtApp;
use super::form::Form;
use super::frame::{Frame, address};
use super::{Confirm, done, free_name, upload};
use crate::tenant::TenantError;
use crate::web::{blocking, sentence};
use crate::{actions, pages};

/// Begins the names of certificates that are imported here: Entra has none, the tenant file does.
const NAME: &str = "encryption";

#[derive(Template)]
#[template(path = "portal/token_encryption.html")]
struct EncryptionPage {
    frame: Frame,
    here: String,
    confirm: Option<Confirm>,
    import_open: bool,
    /// `tokenEncryptionKeyId` names a certificate that is not there.
    is_missing: bool,
    certificates: Vec<Row>,
}

struct Row {
    thumbprint: String,
    is_active: bool,
    expires: String,
}

/// The certificates; `?activate=`, `?deactivate=` and `?delete=` ask whether that is meant.
pub(crate) async fn page(at: AtApp) -> Response {
    show(&at, None, false)
}

/// Does what was confirmed.
pub(crate) async fn change(at: AtApp, body: Bytes) -> Response {
    let form = Form::read(&body);
    let thumbprint = form.text("certificate");
    let changed = match form.text("action") {
        "activate" => act(&at, thumbprint, TokenEncryptionVerb::Activate).map(|()| "encryption-active"),
        "deactivate" => act(&at, thumbprint, TokenEncryptionVerb::Deactivate).map(|()| "encryption-inactive"),
        "delete" => act(&at, thumbprint, TokenEncryptionVerb::Delete).map(|()| "certificate-deleted"),
        _ => Err(TenantError::one("Choose what to do.")),
    };
    match changed {
        Ok(notice) => done(&here(&at), notice),
        Err(problem) => show(&at, Some(problem.to_string()), false),
    }
}

/// Imports a certificate, which has no private key.
pub(crate) async fn import(at: AtApp, multipart: Multipart) -> Response {
    let uploaded = upload::read(multipart, "certificate").await;
    blocking(move || {
        let imported = uploaded
            .map_err(|problem| format!("The file could not be used: {problem}."))
            .and_then(|uploaded| {
                Certificate::from_text(&uploaded.file).map_err(|error| sentence(&error.to_string()))
            })
            .and_then(|certificate| imported(&at, &certificate).map_err(|error| error.to_string()));
        match imported {
            Ok(()) => done(&here(&at), "certificate-imported"),
            Err(problem) => show(&at, Some(problem), true),
        }
    })
    .await
}

fn imported(at: &AtApp, certificate: &Certificate) -> Result<(), TenantError> {
    let thumbprint = certificate.thumbprint();
    if name_of(at, &thumbprint).is_some() {
        return Err(TenantError::one("This certificate is there already."));
    }
    let used = at.app().encryption.iter().map(|listed| listed.name.clone());
    let action = TokenEncryptionAction {
        app: Some(at.app().entry.name.clone()),
        action: TokenEncryptionVerb::Import,
        name: free_name(NAME, &used.collect::<Vec<_>>()),
        certificate: Some(certificate.pem()),
    };
    actions::token_encryption(&mut at.at.slot.lock(), &action)
}

fn act(at: &AtApp, thumbprint: &str, action: TokenEncryptionVerb) -> Result<(), TenantError> {
    let name = name_of(at, thumbprint);
    let name = name.ok_or_else(|| TenantError::one("This certificate is not there any more."))?;
    let action = TokenEncryptionAction {
        app: Some(at.app().entry.name.clone()),
        action,
        name,
        certificate: None,
    };
    actions::token_encryption(&mut at.at.slot.lock(), &action)
}

fn name_of(at: &AtApp, thumbprint: &str) -> Option<String> {
    let mut listed = at.app().encryption.iter();
    let found = listed.find(|listed| listed.certificate.thumbprint().eq_ignore_ascii_case(thumbprint));
    found.map(|listed| listed.name.clone())
}

fn here(at: &AtApp) -> String {
    format!("{}/token-encryption", address(at.tenant(), at.app()))
}

fn show(at: &AtApp, problem: Option<String>, import_open: bool) -> Response {
    let app = at.app();
    let row = |listed: &crate::tenant::EncryptionCertificate| Row {
        thumbprint: listed.certificate.thumbprint(),
        is_active: listed.active,
        expires: listed.certificate.not_after().strftime("%Y-%m-%d").to_string(),
    };
    let frame = Frame::app(at.tenant(), app, "Token encryption", "/token-encryption").after(&at.at.query);
    let page = EncryptionPage {
        frame: frame.with(problem),
        here: here(at),
        confirm: confirm(&at.at.query),
        import_open,
        is_missing: app.entry.token_encryption.required && app.encryption_certificate().is_none(),
        certificates: app.encryption.iter().map(row).collect(),
    };
    pages::page(page.frame.status(), &page)
}

/// What the query asks to be confirmed. It is shown as it came, and acts on nothing that is not there.
fn confirm(query: &Form) -> Option<Confirm> {
    let asked = [
        (
            "activate",
            "Activate token encryption",
            "Do you want to activate token encryption with this certificate? Assertions are encrypted to it from now on: the application must have its private key.",
        ),
        (
            "deactivate",
            "Deactivate token encryption",
            "Do you want to deactivate token encryption? Assertions are sent in plain text from now on.",
        ),
        ("delete", "Delete", "Do you want to delete this certificate?"),
    ];
    let found = asked.into_iter().find(|(action, ..)| query.has(action));
    found.map(|(action, title, text)| Confirm {
        action,
        title,
        text: text.to_owned(),
        certificate: query.text(action).to_owned(),
    })
}
