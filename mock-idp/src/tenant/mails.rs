//! The mails that Entra would have sent: 60, 30 and 7 days before the active certificate of an application ends, to each of
//! its Notification Email Addresses (entra-behaviour.md 5; CERT, CFAQ).
//!
//! A mail is due at an instant of the tenant's clock that passes while the certificate is the active one. One that had
//! passed before the certificate became active is not made up for (uncertain).

use std::collections::VecDeque;
use std::sync::Arc;

use certs::CertsError;
use control_api::idp::MailInfo;
use jiff::{SignedDuration, Timestamp};

use super::certificates::AppCertificate;
use super::{App, Tenant};
use crate::limits::MAILS_MAX;

/// How many days before the end a mail is sent.
const DAYS_BEFORE: [u32; 3] = [60, 30, 7];

/// Every mail that would have been sent, oldest first, and until when that is known.
#[derive(Clone, Debug)]
pub(crate) struct Mails {
    sent: VecDeque<Mail>,
    until: Timestamp,
}

#[derive(Clone, Debug)]
struct Mail {
    due: Timestamp,
    to: String,
    app: String,
    name: String,
    certificate: Arc<AppCertificate>,
    expires: Timestamp,
    days_left: u32,
}

impl Mails {
    /// None yet, since nothing is older than `now`.
    pub(super) fn from(now: Timestamp) -> Self {
        Self {
            sent: VecDeque::new(),
            until: now,
        }
    }

    /// Adds what has become due since the last time, as the tenant was all the while. No mail is sent twice, though the
    /// clock is set back and passes the instant again.
    pub(crate) fn record(&mut self, tenant: &Tenant, now: Timestamp) {
        let since = std::mem::replace(&mut self.until, now);
        let mut due: Vec<_> = tenant.apps.iter().flat_map(due_mails).collect();
        due.retain(|mail| since < mail.due && mail.due <= now);
        due.sort_by_key(|mail| mail.due);
        for mail in due {
            if self.sent.iter().any(|known| known.is_same(&mail)) {
                continue;
            }
            if self.sent.len() >= MAILS_MAX {
                self.sent.pop_front();
            }
            self.sent.push_back(mail);
        }
    }

    /// Every mail, oldest first; may make keys, for their thumbprints.
    ///
    /// # Errors
    /// What OpenSSL or the state directory says.
    pub(crate) fn infos(&self) -> Result<Vec<MailInfo>, CertsError> {
        self.sent.iter().map(Mail::info).collect()
    }
}

/// All mails about the active certificate of an application, be they due or not.
fn due_mails(app: &App) -> impl Iterator<Item = Mail> {
    let active = app.certificates.iter().find(|listed| listed.active);
    let active = active.filter(|_| !app.entry.notification_emails.is_empty());
    active.into_iter().flat_map(move |listed| {
        let expires = listed.certificate.not_after();
        let addressed = move |days_left: u32| {
            let before = SignedDuration::from_hours(24 * i64::from(days_left));
            let due = expires.saturating_sub(before).unwrap_or(Timestamp::MIN);
            app.entry.notification_emails.iter().map(move |to| Mail {
                due,
                to: to.clone(),
                app: app.entry.name.clone(),
                name: listed.name.clone(),
                certificate: Arc::clone(&listed.certificate),
                expires,
                days_left,
            })
        };
        DAYS_BEFORE.into_iter().flat_map(addressed)
    })
}

impl Mail {
    fn is_same(&self, other: &Self) -> bool {
        self.days_left == other.days_left
            && self.to.eq_ignore_ascii_case(&other.to)
            && Arc::ptr_eq(&self.certificate, &other.certificate)
    }

    fn info(&self) -> Result<MailInfo, CertsError> {
        Ok(MailInfo {
            sent: self.due.to_string(),
            to: self.to.clone(),
            app: self.app.clone(),
            certificate: self.name.clone(),
            thumbprint: self.certificate.thumbprint()?,
            expires: self.expires.to_string(),
            days_left: self.days_left,
        })
    }
}

#[cfg(test)]
mod tests {
    use control_api::tenant::TenantFile;

    use super::*;
    use crate::tenant::embedded::running;
    use crate::world;

    /// 5 addresses and 3 mails each: the oldest of them are too many.
    #[test]
    fn beyond_the_limit_the_oldest_mail_is_forgotten() {
        const APPS: usize = MAILS_MAX / 15 + 1;
        let emails = "[\"a@c.d\", \"b@c.d\", \"c@c.d\", \"d@c.d\", \"e@c.d\"]";
        let apps: String = (0..APPS)
            .map(|app| format!("[[app]]\nname = \"{app}\"\nnotification_emails = {emails}\n"))
            .collect();
        let text = format!("[tenant]\ndisplay_name = \"T\"\ndomains = [\"t.test\"]\n{apps}");
        let (idp, _) = running("fabrikam");
        let file = TenantFile::from_toml("t.toml", &text).unwrap();
        idp.put_tenant(file, None).unwrap();
        let slot = idp.state.tenants.find("t.test").unwrap();
        let mut state = slot.lock();
        let later = |days: i64| world::now() + SignedDuration::from_hours(24 * days);
        assert_eq!(state.mails_until(later(1000)).sent.len(), 0);
        assert_eq!(state.mails_until(later(1050)).sent.len(), 5 * APPS);
        let mails = state.mails_until(later(1200));
        assert_eq!(mails.sent.len(), MAILS_MAX);
        let of = |days| mails.sent.iter().filter(|mail| mail.days_left == days).count();
        assert_eq!(
            [of(60), of(30), of(7)],
            [MAILS_MAX - 10 * APPS, 5 * APPS, 5 * APPS]
        );
    }
}
