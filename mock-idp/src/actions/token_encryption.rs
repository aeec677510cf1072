//! What the blade Token encryption offers (entra-behaviour.md 3.7).

use control_api::idp::{TokenEncryptionAction, TokenEncryptionVerb};
use control_api::tenant::{CertificateStatus, EncryptionCertificateEntry, no_such};

use super::{Done, app_called, checked};
use crate::tenant::TenantError;
use crate::tenant::slot::State;

/// Does something to an application's token encryption.
///
/// # Errors
/// Why it cannot be done, with the nearest name.
pub(crate) fn token_encryption(state: &mut State, action: &TokenEncryptionAction) -> Done {
    let mut file = state.tenant.file.clone();
    let app = app_called(&state.tenant, &mut file, action.app.as_deref())?;
    let name = action.name.as_str();
    let problem = |text: &str| Err(TenantError::one(format!("app `{}`: {text}", app.name)));
    let entries = &mut app.token_encryption.certificates;
    let index = entries.iter().position(|entry| entry.name == name);
    if action.action == TokenEncryptionVerb::Import {
        let Some(certificate) = action.certificate.clone() else {
            return problem(
                "`certificate` is missing: `import` takes the SP's certificate, as PEM or as base64 of its DER",
            );
        };
        if index.is_some() {
            return problem(&format!("there is an encryption certificate `{name}` already"));
        }
        entries.push(EncryptionCertificateEntry {
            name: name.to_owned(),
            certificate,
            status: CertificateStatus::Inactive,
        });
        return state.replace(checked(&file)?);
    }
    if action.certificate.is_some() {
        return problem("`certificate` goes with `import`");
    }
    let Some(index) = index else {
        let known = entries.iter().map(|entry| entry.name.as_str());
        return problem(&no_such("encryption certificate", name, known));
    };
    let is_active = entries[index].status == CertificateStatus::Active;
    match action.action {
        TokenEncryptionVerb::Import => {}
        TokenEncryptionVerb::Activate => {
            for entry in entries.iter_mut() {
                entry.status = CertificateStatus::Inactive;
            }
            entries[index].status = CertificateStatus::Active;
        }
        TokenEncryptionVerb::Deactivate if is_active => {
            entries[index].status = CertificateStatus::Inactive;
        }
        TokenEncryptionVerb::Deactivate => {
            return problem(&format!("the encryption certificate `{name}` is not active"));
        }
        TokenEncryptionVerb::Delete if is_active => {
            return problem(&format!(
                "the encryption certificate `{name}` is active: deactivate token encryption first"
            ));
        }
        TokenEncryptionVerb::Delete => {
            entries.remove(index);
        }
    }
    state.replace(file)
}
