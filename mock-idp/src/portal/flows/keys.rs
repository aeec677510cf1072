//! The certificates whose keys may have signed a message, each with what it is to the application.

use std::sync::Arc;

use uuid::Uuid;

use super::super::at::AtTenant;
use super::verdicts::Named;
use crate::tenant::Tenant;

/// Those with which the service provider signs, as the application knows them.
pub(crate) fn of_sp(tenant: &Tenant, app: Option<Uuid>) -> Vec<Named> {
    let app = app.and_then(|id| tenant.app(id));
    let certificates = app.map_or(&[][..], |app| &app.verification);
    let named = certificates.iter().map(|certificate| Named {
        label: format!(
            "the application's verification certificate, thumbprint {}",
            certificate.thumbprint()
        ),
        certificate: certificate.clone(),
        is_listed: true,
    });
    named.collect()
}

/// Every certificate whose key may have signed: the application's, whatever became of them, and the attackers'.
pub(crate) fn of_application(at: &AtTenant, app: Option<Uuid>) -> Vec<Named> {
    let ever = app.map_or_else(Vec::new, |id| at.slot.lock().keyring.ever_of(id));
    // Of one that was deleted the certificates are known, and none is listed.
    let listed_now = app.and_then(|id| at.tenant().app(id));
    let listed_now = listed_now.map_or(&[][..], |app| &app.certificates);
    let of_app = ever.iter().filter_map(|(name, certificate)| {
        let mut listed = listed_now
            .iter()
            .filter(|listed| Arc::ptr_eq(&listed.certificate, certificate));
        let listed = listed.next();
        let state = match listed {
            Some(listed) if listed.active => "active",
            Some(_) => "inactive",
            None => "no longer listed",
        };
        let certificate = certificate.if_made()?.clone();
        let life = if certificate.not_after() < at.view.now {
            ", expired"
        } else {
            ""
        };
        let thumbprint = certificate.thumbprint();
        let label = format!("the application's certificate {name} ({state}{life}), thumbprint {thumbprint}");
        Some(Named {
            label,
            certificate,
            is_listed: listed.is_some(),
        })
    });
    let attacker = at.idp.state.vault.attacker_if_made().map(|certificate| Named {
        label: format!(
            "the attackers' key, which no application has, thumbprint {}",
            certificate.thumbprint()
        ),
        certificate: certificate.clone(),
        is_listed: false,
    });
    of_app.chain(attacker).collect()
}
