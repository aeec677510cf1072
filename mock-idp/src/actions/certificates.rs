//! What an administrator does to the certificates of an application (entra-behaviour.md 5).

use certs::KeyedCertificate;
use control_api::idp::{CertificateAction, CertificateVerb};
use control_api::tenant::{
    AppEntry, CertificateEntry, CertificateStatus, check_dates, check_key_bits, check_life_time,
    check_valid_from, no_such,
};

use super::{Done, app_called};
use crate::tenant::TenantError;
use crate::tenant::imports::Imports;
use crate::tenant::slot::State;

/// The life time of a certificate that was let expire: until yesterday.
const EXPIRED_LIFE: &str = "-1d";

/// Does something to an application's certificates, by an action whose keys were checked ([`check_certificate_keys`]);
/// `imported` is what the PFX file of an `import` holds.
///
/// # Errors
/// Why it cannot be done, with the nearest name.
pub(crate) fn certificate(
    state: &mut State,
    action: &CertificateAction,
    imported: Option<KeyedCertificate>,
) -> Done {
    let mut file = state.tenant.file.clone();
    let mut imports = Imports::default();
    let app = app_called(&state.tenant, &mut file, action.app.as_deref())?;
    let index = app
        .certificates
        .iter()
        .position(|entry| entry.name == action.name);
    match (action.action, imported) {
        (CertificateVerb::Add, _) => {
            check_new_name(app, &action.name)?;
            let entry = new_entry(action)?;
            app.certificates.push(entry);
        }
        (CertificateVerb::Import, Some(imported)) => {
            check_new_name(app, &action.name)?;
            let name = app.name.clone();
            let apps = &state.tenant.apps;
            let id = apps
                .iter()
                .find(|known| known.entry.name == name)
                .map(|app| app.id);
            let id = id.ok_or_else(|| TenantError::one(format!("there is no application `{name}`")))?;
            let thumbprint = imports.add(id, imported);
            app.certificates
                .push(CertificateEntry::imported(action.name.clone(), thumbprint));
        }
        // Whoever reads the request has read its file.
        (CertificateVerb::Import, None) => return Err(missing_pfx()),
        (verb, _) => change(app, verb, index.ok_or_else(|| unknown(app, &action.name))?)?,
    }
    state.replace_with(file, imports)
}

/// What is done to a certificate that is there.
fn change(app: &mut AppEntry, verb: CertificateVerb, index: usize) -> Done {
    let is_active = app.certificates[index].status == CertificateStatus::Active;
    match verb {
        CertificateVerb::Add | CertificateVerb::Import => {}
        CertificateVerb::Activate => {
            for entry in &mut app.certificates {
                entry.status = CertificateStatus::Inactive;
            }
            app.certificates[index].status = CertificateStatus::Active;
        }
        CertificateVerb::Withdraw if is_active => {
            return Err(TenantError::one(format!(
                "`{}` is the active certificate of app `{}`: make another active first",
                app.certificates[index].name, app.name
            )));
        }
        CertificateVerb::Withdraw => drop(app.certificates.remove(index)),
        CertificateVerb::Expire if app.certificates[index].is_from_file() => {
            return Err(TenantError::one(format!(
                "`{}` of app `{}` was imported, so that its dates are its file's: move the clock beyond its end, or import one that has expired",
                app.certificates[index].name, app.name
            )));
        }
        CertificateVerb::Expire => {
            let entry = &mut app.certificates[index];
            EXPIRED_LIFE.clone_into(&mut entry.valid_for);
            entry.valid_from = None;
        }
    }
    Ok(())
}

/// Each verb has its own keys; another one's would be silently lost.
///
/// # Errors
/// Which key does not belong to the verb, or is missing.
pub(crate) fn check_certificate_keys(action: &CertificateAction) -> Done {
    let keys = [
        ("valid_for", action.valid_for.is_some(), CertificateVerb::Add),
        ("valid_from", action.valid_from.is_some(), CertificateVerb::Add),
        ("key_bits", action.key_bits.is_some(), CertificateVerb::Add),
        ("pfx", action.pfx.is_some(), CertificateVerb::Import),
        ("password", action.password.is_some(), CertificateVerb::Import),
    ];
    let foreign = keys
        .iter()
        .find(|(_, given, verb)| *given && *verb != action.action);
    match foreign {
        Some((key, _, CertificateVerb::Add)) => Err(TenantError::one(format!(
            "`{key}` goes with `add` alone: the dates and the key of a saved certificate cannot change"
        ))),
        Some((key, ..)) => Err(TenantError::one(format!("`{key}` goes with `import` alone"))),
        None if action.action == CertificateVerb::Import && action.pfx.is_none() => Err(missing_pfx()),
        None => Ok(()),
    }
}

fn missing_pfx() -> TenantError {
    TenantError::one("`pfx` is missing: `import` takes a PFX file in base64, and its `password`")
}

fn new_entry(action: &CertificateAction) -> Result<CertificateEntry, TenantError> {
    let checked = |key: &str, text: &Option<String>, check: fn(&str) -> Result<(), String>| match text {
        Some(text) => {
            check(text).map_err(|expected| TenantError::one(format!("`{key}`: `{text}` is not {expected}")))
        }
        None => Ok(()),
    };
    checked("valid_for", &action.valid_for, check_life_time)?;
    checked("valid_from", &action.valid_from, check_valid_from)?;
    let mut entry = CertificateEntry::new(action.name.clone(), CertificateStatus::Inactive);
    if let Some(life) = &action.valid_for {
        life.clone_into(&mut entry.valid_for);
    }
    check_dates(Some(&entry.valid_for), action.valid_from.as_deref()).map_err(TenantError::one)?;
    entry.valid_from.clone_from(&action.valid_from);
    if let Some(bits) = action.key_bits {
        let bits = check_key_bits(bits.into());
        entry.key_bits = bits.map_err(|problem| TenantError::one(format!("`key_bits`: {problem}")))?;
    }
    Ok(entry)
}

fn check_new_name(app: &AppEntry, name: &str) -> Done {
    if name.trim().is_empty() {
        return Err(TenantError::one(
            "`name` is empty: expected a name to call the certificate by",
        ));
    }
    if app.certificates.iter().any(|entry| entry.name == name) {
        return Err(TenantError::one(format!(
            "app `{}` has a certificate `{name}` already",
            app.name
        )));
    }
    Ok(())
}

fn unknown(app: &AppEntry, name: &str) -> TenantError {
    let names = app.certificates.iter().map(|entry| entry.name.as_str());
    let problem = no_such("certificate", name, names);
    TenantError::one(format!("app `{}`: {problem}", app.name))
}
