//! Certificates over the control API: changes, downloads, and the mails about them (entra-behaviour.md 5).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certs::{KeyedCertificate, PFX_BYTES_MAX, PfxError};
use control_api::idp::{CertificateAction, CertificateForm, CertificateVerb, MailInfo, TenantInfo};
use control_api::percent_encoded;
use control_api::tenant::no_such;

use super::{Answer, Refused, blocking, complete, find, read};
use crate::tenant::App;
use crate::tenant::certificates::{AppCertificate, ListedCertificate};
use crate::tenant::slot::Slot;
use crate::{MockIdp, actions, metadata, world};

/// Characters of an application's name in a file name; the rest is left out.
const FILE_NAME_CHARACTERS_MAX: usize = 100;

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
    let keyed = |certificate: &AppCertificate| Ok::<_, Refused>(certificate.keyed()?.certificate.clone());
    let content = match form {
        CertificateForm::Base64 | CertificateForm::Pem => keyed(&listed.certificate)?.pem().into_bytes(),
        CertificateForm::Raw => keyed(&listed.certificate)?.der().to_vec(),
        CertificateForm::Metadata => {
            let published = slot.published(app);
            metadata::document(
                &view,
                Some((app, &published)),
                &idp.state.addresses,
                world::guid(),
            )
            .map_err(|error| Refused(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?
            .into_bytes()
        }
    };
    let media_type = match form {
        CertificateForm::Base64 | CertificateForm::Raw => "application/x-x509-ca-cert",
        CertificateForm::Pem => "application/x-pem-file",
        CertificateForm::Metadata => "application/xml",
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (
            header::CONTENT_DISPOSITION,
            disposition(&app.entry.name, form.extension()),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    Ok((headers, content).into_response())
}

/// `{application}.cer`, as the portal names the file: in plain ASCII for old clients, and as it is (RFC 6266, 4.3).
fn disposition(app: &str, extension: &str) -> HeaderValue {
    // What no file system takes, and what would lead elsewhere.
    let is_unsafe = |character: char| character.is_control() || r#"/\:*?"<>|"#.contains(character);
    let name: String = app.chars().take(FILE_NAME_CHARACTERS_MAX).collect();
    let name = name.replace(is_unsafe, "_");
    let plain = name.replace(
        |character: char| !character.is_ascii() || "%;".contains(character),
        "_",
    );
    // `*` would have to be encoded too, but is not there any more.
    let encoded = percent_encoded(&name);
    let value =
        format!("attachment; filename=\"{plain}.{extension}\"; filename*=UTF-8''{encoded}.{extension}");
    HeaderValue::from_str(&value).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_the_applications_and_stays_in_its_quotes() {
        let long = "x".repeat(300);
        for (app, plain, encoded) in [
            ("Upwork Enterprise", "Upwork Enterprise", "Upwork%20Enterprise"),
            ("a\"; filename=\"b", "a__ filename=_b", "a_%3B%20filename%3D_b"),
            (
                "../../etc\r\nSet-Cookie: x",
                ".._.._etc__Set-Cookie_ x",
                ".._.._etc__Set-Cookie_%20x",
            ),
            ("Büro 100%", "B_ro 100_", "B%C3%BCro%20100%25"),
            (&long, &long[..100], &long[..100]),
        ] {
            let value = disposition(app, "cer");
            assert_eq!(
                value.to_str().unwrap(),
                format!("attachment; filename=\"{plain}.cer\"; filename*=UTF-8''{encoded}.cer")
            );
        }
    }
}
