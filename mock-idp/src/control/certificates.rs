//! Certificates over the control API: changes, downloads, and the mails about them (entra-behaviour.md 5).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::{KeyedCertificate, PFX_BYTES_MAX, PfxError};
use control_api::idp::{CertificateAction, CertificateForm, CertificateVerb, MailInfo, TenantInfo};
use control_api::tenant::no_such;

use super::{Answer, Refused, blocking, complete, find, read};
use crate::tenant::App;
use crate::tenant::certificates::ListedCertificate;
use crate::tenant::slot::Slot;
use crate::{MockIdp, actions, downloads, world};

/// `POST /tenants/{tenant}/certificates`.
pub(super) async fn change(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Json<TenantInfo>> {
    let slot = find(&idp, &tenant)?;
    let action: CertificateAction = read(body)?;
    actions::check_certificate_keys(&action)?;
    let changed = Arc::clone(&slot);
    blocking(move || {
        // Before the lock: hashing a password takes its time.
        let imported = match (&action.pfx, action.action) {
            (Some(pfx), CertificateVerb::Import) => {
                Some(import(pfx, action.password.as_deref().unwrap_or_default())?)
            }
            _ => None,
        };
        actions::certificate(&mut changed.lock(), &action, imported).map_err(Refused::from)
    })
    .await?;
    complete(&idp, &slot).await
}

fn import(base64: &str, password: &str) -> Answer<KeyedCertificate> {
    let base64: String = base64.split_ascii_whitespace().collect();
    // Too long a text is not decoded; how long exactly the file is, is judged by who reads it.
    if base64.len() > 2 * PFX_BYTES_MAX {
        return Err(Refused::bad(PfxError::TooLarge));
    }
    let decoded = STANDARD.decode(base64);
    let bytes = decoded.map_err(|error| Refused::bad(format!("`pfx` is not a file in base64: {error}")))?;
    KeyedCertificate::from_pfx(&bytes, password).map_err(Refused::bad)
}

/// `GET /tenants/{tenant}/apps/{app}/certificates/{certificate}/{form}`: what the portal's card and row menu download.
pub(super) async fn download(
    State(idp): State<MockIdp>,
    Path((tenant, app, certificate, form)): Path<(String, String, String, String)>,
) -> Answer<Response> {
    let slot = find(&idp, &tenant)?;
    let form = CertificateForm::parse(&form).map_err(|error| Refused(StatusCode::NOT_FOUND, error))?;
    blocking(move || downloaded(&idp, &slot, &app, &certificate, form)).await
}

fn downloaded(
    idp: &MockIdp,
    slot: &Slot,
    app: &str,
    certificate: &str,
    form: CertificateForm,
) -> Answer<Response> {
    let view = slot.view();
    let app = view.tenant.app_called(Some(app));
    let app = app.map_err(|problem| Refused(StatusCode::NOT_FOUND, problem))?;
    let listed = certificate_called(app, certificate)?;
    let file = downloads::certificate(idp, slot, &view, app, listed, form);
    file.map_err(|error| Refused(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

/// By name, else by thumbprint.
fn certificate_called<'a>(app: &'a App, name: &str) -> Answer<&'a ListedCertificate> {
    if let Some(listed) = app.certificates.iter().find(|listed| listed.name == name) {
        return Ok(listed);
    }
    for listed in &app.certificates {
        if listed.certificate.thumbprint()?.eq_ignore_ascii_case(name) {
            return Ok(listed);
        }
    }
    let names = app.certificates.iter().map(|listed| listed.name.as_str());
    let problem = no_such("certificate", name, names);
    Err(Refused(
        StatusCode::NOT_FOUND,
        format!("app `{}`: {problem}", app.entry.name),
    ))
}

/// `GET /tenants/{tenant}/mails`.
pub(super) async fn mails(
    State(idp): State<MockIdp>,
    Path(tenant): Path<String>,
) -> Answer<Json<Vec<MailInfo>>> {
    let slot = find(&idp, &tenant)?;
    let mails = slot.lock().mails_until(world::now()).clone();
    blocking(move || mails.infos()).await.map(Json)
}
