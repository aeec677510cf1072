//! Certificates that a tenant file brings along as PFX files (entra-behaviour.md 5, Import Certificate).

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use certs::{KeyedCertificate, PFX_BYTES_MAX};
use control_api::tenant::{CertificateEntry, TenantFile};
use uuid::Uuid;

use super::certificates::Vault;
use super::{TenantError, derived};

/// Reads every PFX file that the tenant `id` names. Keys and certificates go to the vault; in the file stays the thumbprint
/// alone, neither path nor password.
///
/// # Errors
/// What is wrong with each file, and the way out.
pub(super) fn take(file: &mut TenantFile, id: Uuid, vault: &Vault) -> Result<(), TenantError> {
    let mut problems = Vec::new();
    for app in &mut file.apps {
        let app_id = app
            .app_id
            .unwrap_or_else(|| derived(id, "application", &app.name));
        for entry in &mut app.certificates {
            if let Err(problem) = import(entry, id, app_id, vault) {
                problems.push(format!(
                    "app `{}`: certificate `{}`: {problem}",
                    app.name, entry.name
                ));
            }
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(TenantError(problems))
    }
}

fn import(entry: &mut CertificateEntry, tenant: Uuid, app: Uuid, vault: &Vault) -> Result<(), String> {
    let Some(path) = entry.pfx.take() else {
        return Ok(());
    };
    let password = entry.pfx_password.take().unwrap_or_default();
    let bytes = read(Path::new(&path)).map_err(|problem| format!("`{path}`: {problem}"))?;
    let imported =
        KeyedCertificate::from_pfx(&bytes, &password).map_err(|error| format!("`{path}`: {error}"))?;
    let thumbprint = vault.import(tenant, app, imported);
    entry.imported = Some(thumbprint.map_err(|error| error.to_string())?);
    Ok(())
}

/// At most a byte more than a PFX file may have.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    if !path.is_absolute() {
        return Err(
            "this path is relative, and nothing says to what: name the PFX file by its whole path".to_owned(),
        );
    }
    // A pipe would keep everybody waiting.
    let is_file = std::fs::metadata(path).map(|about| about.is_file());
    if is_file.as_ref().is_ok_and(|is_file| !is_file) {
        return Err("this is not a file: name a PFX file".to_owned());
    }
    let mut bytes = Vec::new();
    let most = PFX_BYTES_MAX as u64 + 1;
    is_file
        .and_then(|_| File::open(path))
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .map_err(|error| format!("the PFX file cannot be read: {error}"))?;
    Ok(bytes)
}
