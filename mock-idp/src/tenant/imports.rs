//! Certificates that a tenant file brings along as PFX files (entra-behaviour.md 5, Import Certificate).
//!
//! Reading a PFX file takes seconds, so it is read before the tenant is locked; what is in it is kept under the lock, and
//! forgotten again where the tenant is refused.

use std::path::Path;

use crate::limits::PFX_FILES_MAX;
use certs::{KeyedCertificate, read_pfx};
use control_api::tenant::{CertificateEntry, TenantFile};
use uuid::Uuid;

use super::certificates::Vault;
use super::{TenantError, derived};

/// Keys and certificates out of PFX files, each with the id of its application, that nobody keeps yet.
#[derive(Default)]
pub(crate) struct Imports(Vec<(Uuid, KeyedCertificate)>);

/// What was kept of [`Imports`] and was not kept before: ids of applications, and thumbprints.
#[derive(Default)]
pub(super) struct Kept(Vec<(Uuid, String)>);

impl Imports {
    /// Reads every PFX file that the tenant `id` names; in `file` stays the thumbprint alone, neither path nor password.
    ///
    /// # Errors
    /// What is wrong with each file, and the way out.
    pub(crate) fn read(file: &mut TenantFile, id: Uuid) -> Result<Self, TenantError> {
        let mut imports = Self::default();
        let mut problems = Vec::new();
        let entries = file.apps.iter().flat_map(|app| &app.certificates);
        let files = entries.filter(|entry| entry.pfx.is_some()).count();
        if files > PFX_FILES_MAX {
            return Err(TenantError::one(format!(
                "{files} certificates name a PFX file: at most {PFX_FILES_MAX} are read at a time, so import the others later"
            )));
        }
        for app in &mut file.apps {
            let app_id = app
                .app_id
                .unwrap_or_else(|| derived(id, "application", &app.name));
            for entry in &mut app.certificates {
                match read(entry) {
                    Ok(Some(imported)) => entry.imported = Some(imports.add(app_id, imported)),
                    Ok(None) => {}
                    Err(problem) => problems.push(format!(
                        "app `{}`: certificate `{}`: {problem}",
                        app.name, entry.name
                    )),
                }
            }
        }
        if problems.is_empty() {
            Ok(imports)
        } else {
            Err(TenantError(problems))
        }
    }

    /// Adds what an application imports, and gives its thumbprint.
    pub(crate) fn add(&mut self, app: Uuid, imported: KeyedCertificate) -> String {
        let thumbprint = imported.certificate.thumbprint();
        self.0.push((app, imported));
        thumbprint
    }

    /// Keeps them in the vault.
    ///
    /// # Errors
    /// What the state directory says; nothing new is kept then.
    pub(super) fn keep(self, tenant: Uuid, vault: &Vault) -> Result<Kept, TenantError> {
        let mut kept = Kept::default();
        for (app, imported) in self.0 {
            let thumbprint = imported.certificate.thumbprint();
            match vault.import(tenant, app, imported) {
                Ok(true) => kept.0.push((app, thumbprint)),
                Ok(false) => {}
                Err(error) => {
                    kept.forget(tenant, vault);
                    return Err(TenantError::one(error.to_string()));
                }
            }
        }
        Ok(kept)
    }
}

impl Kept {
    /// Takes them out of the vault again.
    pub(super) fn forget(self, tenant: Uuid, vault: &Vault) {
        for (app, thumbprint) in self.0 {
            // Why the tenant is refused is what counts; deleting it forgets what cannot be removed now.
            let _ = vault.forget_import(tenant, app, &thumbprint);
        }
    }
}

fn read(entry: &mut CertificateEntry) -> Result<Option<KeyedCertificate>, String> {
    let Some(path) = entry.pfx.take() else {
        return Ok(None);
    };
    let password = entry.pfx_password.take().unwrap_or_default();
    if !Path::new(&path).is_absolute() {
        return Err(format!(
            "`{path}`: this path is relative, and nothing says to what: name the PFX file by its whole path"
        ));
    }
    let imported = read_pfx(Path::new(&path)).and_then(|bytes| KeyedCertificate::from_pfx(&bytes, &password));
    imported.map(Some).map_err(|error| format!("`{path}`: {error}"))
}
