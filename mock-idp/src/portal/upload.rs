//! A posted form with a file.

use axum::body::Bytes;
use axum::extract::Multipart;

use super::form::Form;

/// What was posted.
pub(crate) struct Uploaded {
    /// The file; never empty.
    pub(crate) file: Bytes,
    /// All other fields.
    pub(crate) form: Form,
}

/// Reads a form whose file is in the field `name`.
///
/// # Errors
/// What is wrong with it, as a fragment.
pub(crate) async fn read(mut multipart: Multipart, name: &str) -> Result<Uploaded, String> {
    let (mut file, mut fields) = (Bytes::new(), Vec::new());
    while let Some(field) = multipart.next_field().await.map_err(|error| error.body_text())? {
        let own = field.name().unwrap_or_default().to_owned();
        if own == name {
            file = field.bytes().await.map_err(|error| error.body_text())?;
        } else {
            fields.push((own, field.text().await.map_err(|error| error.body_text())?));
        }
    }
    if file.is_empty() {
        return Err("no file was chosen".to_owned());
    }
    let form = Form::of(fields);
    Ok(Uploaded { file, form })
}
