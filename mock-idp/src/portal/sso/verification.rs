//! "Verification certificates": whether requests must be signed, and by whose key (entra-behaviour.md 2.5).

use askama::Template;
use axum::body::Bytes;
use axum::extract::Multipart;
use axum::response::Response;
use certs::Certificate;

use super::life;
use crate::pages;
use crate::portal::at::AtApp;
use crate::portal::form::Form;
use crate::portal::frame::{Frame, address};
use crate::portal::{done, upload};
use crate::tenant::TenantError;
use crate::web::{blocking, sentence};

#[derive(Template)]
#[template(path = "portal/verification.html")]
struct VerificationPage {
    frame: Frame,
    here: String,
    cancel: String,
    upload_open: bool,
    required: bool,
    allow_rsa_sha1: bool,
    certificates: Vec<Row>,
}

struct Row {
    thumbprint: String,
    starts: String,
    expires: String,
    has_expired: bool,
}

/// The certificates, and whether one of them is required.
pub(crate) async fn page(at: AtApp) -> Response {
    show(&at, None, false)
}

/// Saves the two boxes, or deletes a certificate.
pub(crate) async fn change(at: AtApp, body: Bytes) -> Response {
    let form = Form::read(&body);
    let changed = if form.has("delete") {
        delete(&at, form.text("delete")).map(|()| done(&here(&at), "certificate-deleted"))
    } else {
        save(&at, &form).map(|()| done(&overview(&at), "saved"))
    };
    changed.unwrap_or_else(|problem| show(&at, Some(problem.to_string()), false))
}

/// Uploads a certificate, which has no private key.
pub(crate) async fn upload(at: AtApp, multipart: Multipart) -> Response {
    let uploaded = upload::read(multipart, "certificate").await;
    blocking(move || {
        let uploaded = uploaded
            .map_err(|problem| format!("The file could not be used: {problem}."))
            .and_then(|uploaded| {
                Certificate::from_text(&uploaded.file).map_err(|error| sentence(&error.to_string()))
            })
            .and_then(|certificate| add(&at, &certificate).map_err(|error| error.to_string()));
        match uploaded {
            Ok(()) => done(&here(&at), "certificate-uploaded"),
            Err(problem) => show(&at, Some(problem), true),
        }
    })
    .await
}

fn save(at: &AtApp, form: &Form) -> Result<(), TenantError> {
    at.edit(|app| {
        app.verification_certificates.required = form.has("required");
        app.verification_certificates.allow_rsa_sha1 = form.has("allow_rsa_sha1");
        Ok(())
    })
}

fn add(at: &AtApp, certificate: &Certificate) -> Result<(), TenantError> {
    if place(at, &certificate.thumbprint()).is_some() {
        return Err(TenantError::one("This certificate is there already."));
    }
    at.edit(|app| {
        app.verification_certificates.certificates.push(certificate.pem());
        Ok(())
    })
}

fn delete(at: &AtApp, thumbprint: &str) -> Result<(), TenantError> {
    let gone = || TenantError::one("This certificate is not there any more.");
    let place = place(at, thumbprint).ok_or_else(gone)?;
    let text = at.app().entry.verification_certificates.certificates.get(place);
    let text = text.ok_or_else(gone)?;
    at.edit(|app| {
        app.verification_certificates
            .certificates
            .retain(|known| known != text);
        Ok(())
    })
}

/// The place of a certificate among the application's.
fn place(at: &AtApp, thumbprint: &str) -> Option<usize> {
    let mut known = at.app().verification.iter();
    known.position(|known| known.thumbprint().eq_ignore_ascii_case(thumbprint))
}

fn overview(at: &AtApp) -> String {
    format!("{}/sso", address(at.tenant(), at.app()))
}

fn here(at: &AtApp) -> String {
    format!("{}/verification", overview(at))
}

fn show(at: &AtApp, problem: Option<String>, upload_open: bool) -> Response {
    let (app, now) = (at.app(), at.at.view.now);
    let entry = &app.entry.verification_certificates;
    let row = |certificate: &Certificate| Row {
        thumbprint: certificate.thumbprint(),
        starts: life::instant(certificate.not_before()),
        expires: life::instant(certificate.not_after()),
        has_expired: certificate.not_after() < now,
    };
    let frame = Frame::app(at.tenant(), app, "Verification certificates", "/sso")
        .below("Single sign-on", overview(at))
        .after(&at.at.query);
    let page = VerificationPage {
        frame: frame.with(problem),
        here: here(at),
        cancel: overview(at),
        upload_open,
        required: entry.required,
        allow_rsa_sha1: entry.allow_rsa_sha1,
        certificates: app.verification.iter().map(row).collect(),
    };
    pages::page(page.frame.status(), &page)
}
