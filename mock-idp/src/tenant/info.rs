//! A tenant as the control API and the start page show it.

use certs::CertsError;
use control_api::idp::{AppInfo, CertificateInfo, EncryptionCertificateInfo, TenantInfo, UserInfo};

use super::certificates::ListedCertificate;
use super::token_encryption::EncryptionCertificate;
use super::{App, Tenant, User};
use crate::addresses::Addresses;

impl Tenant {
    /// Everything about this tenant. A certificate that nobody has needed yet has an empty thumbprint.
    pub(crate) fn info(&self, addresses: &Addresses) -> TenantInfo {
        TenantInfo {
            id: self.id.to_string(),
            display_name: self.file.tenant.display_name.clone(),
            domain: self.domain().to_owned(),
            issuer: self.issuer(),
            metadata: addresses.metadata(self.id, None),
            users: self.users.iter().map(User::info).collect(),
            apps: self.apps.iter().map(|app| app.info(self, addresses)).collect(),
        }
    }

    /// Makes every certificate, so that each has its thumbprint.
    ///
    /// # Errors
    /// What OpenSSL or the state directory says.
    pub(crate) fn make_certificates(&self) -> Result<(), CertsError> {
        for listed in self.apps.iter().flat_map(|app| &app.certificates) {
            listed.certificate.keyed()?;
        }
        Ok(())
    }
}

impl User {
    fn info(&self) -> UserInfo {
        let entry = &self.entry;
        UserInfo {
            upn: entry.user_principal_name.clone(),
            object_id: self.id.to_string(),
            display_name: entry.display_name.clone(),
            given_name: entry.given_name.clone(),
            surname: entry.surname.clone(),
            mail: entry.mail.clone(),
            country: entry.country.clone(),
            password: self.password.clone(),
            mfa_code: self.entry.mfa_code().to_owned(),
            account_enabled: entry.account_enabled,
        }
    }
}

impl App {
    fn info(&self, tenant: &Tenant, addresses: &Addresses) -> AppInfo {
        AppInfo {
            name: self.entry.name.clone(),
            app_id: self.id.to_string(),
            object_id: self.object_id.to_string(),
            identifiers: self.entry.identifiers.clone(),
            reply_urls: self.entry.reply_urls.clone(),
            sign_on_url: self.entry.sign_on_url.clone(),
            logout_url: self.entry.logout_url.clone(),
            metadata: addresses.metadata(tenant.id, Some(self.id)),
            login_url: addresses.login(tenant.id),
            launch: addresses.launch(tenant.id, self.id),
            certificates: self.certificates.iter().map(ListedCertificate::info).collect(),
            encryption_certificates: self.encryption.iter().map(EncryptionCertificate::info).collect(),
        }
    }
}

impl ListedCertificate {
    fn info(&self) -> CertificateInfo {
        CertificateInfo {
            name: self.name.clone(),
            status: status(self.active),
            thumbprint: self.certificate.thumbprint_if_made().unwrap_or_default(),
            expires: self.certificate.not_after().to_string(),
        }
    }
}

impl EncryptionCertificate {
    fn info(&self) -> EncryptionCertificateInfo {
        EncryptionCertificateInfo {
            name: self.name.clone(),
            status: status(self.active),
            thumbprint: self.certificate.thumbprint(),
            expires: self.certificate.not_after().to_string(),
        }
    }
}

fn status(is_active: bool) -> String {
    if is_active { "active" } else { "inactive" }.to_owned()
}
