//! What the card and a certificate's row menu download (entra-behaviour.md 5): for the control API and for the admin center.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use control_api::idp::CertificateForm;
use control_api::percent_encoded;

use crate::sign_on::ResponseError;
use crate::tenant::App;
use crate::tenant::certificates::ListedCertificate;
use crate::tenant::slot::{Slot, View};
use crate::{MockIdp, metadata, world};

/// Characters of an application's name in a file name; the rest is left out.
const FILE_NAME_CHARACTERS_MAX: usize = 100;

/// The form that a segment of an address names.
pub(crate) fn form(segment: &str) -> Option<CertificateForm> {
    CertificateForm::ALL
        .into_iter()
        .find(|known| known.word() == segment)
}

/// A certificate of an application, or the application's metadata, as a file; may make its key.
///
/// # Errors
/// No key, or metadata that cannot be written.
pub(crate) fn certificate(
    idp: &MockIdp,
    slot: &Slot,
    view: &View,
    app: &App,
    listed: &ListedCertificate,
    form: CertificateForm,
) -> Result<Response, ResponseError> {
    let certificate = || Ok::<_, ResponseError>(&listed.certificate.keyed()?.certificate);
    let content = match form {
        CertificateForm::Base64 | CertificateForm::Pem => certificate()?.pem().into_bytes(),
        CertificateForm::Raw => certificate()?.der().to_vec(),
        CertificateForm::Metadata => {
            let published = slot.published(app);
            metadata::document(view, Some((app, &published)), &idp.state.addresses, world::guid())?
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
