//! A tenant as it is meant: every id, reference and lookup of a [`TenantFile`] resolved.
//!
//! A resolved tenant never changes. An administrator's action edits the file and resolves it anew
//! ([`crate::actions`]), so what a running sign-on holds stays whole.

pub(crate) mod certificates;
mod directory;
pub(crate) mod embedded;
pub(crate) mod imports;
pub(crate) mod info;
mod keyring;
pub(crate) mod mails;
mod published;
mod resolve;
pub(crate) mod slot;
mod token_encryption;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use control_api::tenant::{AppEntry, DEFAULT_PASSWORD, Grant, Home, Switch, TenantFile, UserEntry, no_such};
use jiff::Timestamp;
use uuid::Uuid;

use certificates::{AppCertificate, ListedCertificate};
use directory::Directory;
pub use resolve::TenantError;
pub(crate) use resolve::{derived, fill_in_sp, local_names, resolve, user_called, user_names};
pub(crate) use token_encryption::EncryptionCertificate;

/// A tenant, resolved.
#[derive(Debug)]
pub(crate) struct Tenant {
    /// Tenant id.
    pub(crate) id: Uuid,
    /// What it was resolved from; ids of the tenant and addresses are filled in.
    pub(crate) file: TenantFile,
    /// Users, in the order of the file.
    pub(crate) users: Vec<User>,
    /// Who is who, and in which group.
    pub(crate) directory: Directory,
    /// Applications, in the order of the file.
    pub(crate) apps: Vec<App>,
    /// Conditional Access policies that are on.
    pub(crate) policies: Vec<Policy>,
    /// The tenant's own key, published in the tenant-wide metadata.
    pub(crate) certificate: Arc<AppCertificate>,
}

/// A user with what the file leaves open.
#[derive(Debug)]
pub(crate) struct User {
    /// Object id.
    pub(crate) id: Uuid,
    /// The file's entry.
    pub(crate) entry: UserEntry,
    /// The user's password, else the tenant's, else the default; empty where one is set to be empty.
    pub(crate) password: String,
}

/// An enterprise application with what the file leaves open.
#[derive(Debug)]
pub(crate) struct App {
    /// Application (client) id.
    pub(crate) id: Uuid,
    /// Object id of the service principal.
    pub(crate) object_id: Uuid,
    /// The file's entry.
    pub(crate) entry: AppEntry,
    /// Token signing certificates.
    pub(crate) certificates: Vec<ListedCertificate>,
    /// Verification certificates, with which the SP signs its requests, in the order in which they were added.
    pub(crate) verification: Vec<certs::Certificate>,
    /// The SP's certificates for token encryption, in the order of the file.
    pub(crate) encryption: Vec<EncryptionCertificate>,
    /// Who is assigned.
    pub(crate) assigned: Assigned,
}

/// Users and groups that are assigned to an application, by place in the file; each with the places of its assignments.
#[derive(Debug, Default)]
pub(crate) struct Assigned {
    users: HashMap<usize, Vec<usize>>,
    groups: HashMap<usize, Vec<usize>>,
}

impl Assigned {
    /// Whether this group is assigned.
    pub(crate) fn has_group(&self, group: usize) -> bool {
        self.groups.contains_key(&group)
    }
}

/// A Conditional Access policy that is on.
#[derive(Debug)]
pub(crate) struct Policy {
    /// What it demands.
    pub(crate) grant: Grant,
    /// Object ids; `None`: all users.
    pub(crate) users: Option<HashSet<Uuid>>,
    /// Application ids; `None`: all applications.
    pub(crate) apps: Option<HashSet<Uuid>>,
}

impl Policy {
    /// Whether it speaks of this user at this application; `None` is what is no application of the tenant.
    pub(crate) fn applies_to(&self, user: Uuid, app: Option<Uuid>) -> bool {
        let users = self.users.as_ref();
        let apps = self.apps.as_ref();
        users.is_none_or(|users| users.contains(&user))
            && apps.is_none_or(|apps| app.is_some_and(|app| apps.contains(&app)))
    }
}

impl Tenant {
    /// Microsoft Entra Identifier, the issuer of assertions (entra-behaviour.md 1).
    pub(crate) fn issuer(&self) -> String {
        issuer_of(self.id)
    }

    /// The issuer that Microsoft's documents print (entra-behaviour.md C4, C12).
    fn login_host_issuer(&self) -> String {
        format!("https://login.microsoftonline.com/{}/", self.id)
    }

    /// The initial domain.
    pub(crate) fn domain(&self) -> &str {
        &self.file.tenant.domains[0]
    }

    /// The password of users who have none of their own.
    pub(crate) fn default_password(&self) -> &str {
        self.file.tenant.password.as_deref().unwrap_or(DEFAULT_PASSWORD)
    }

    /// The user who signs in with this name: a UPN, or a guest's mail; case does not matter.
    pub(crate) fn user_by_sign_in_name(&self, name: &str) -> Option<&User> {
        let place = self.directory.user_signing_in_as(name.trim())?;
        self.users.get(place)
    }

    /// The user with this object id.
    pub(crate) fn user(&self, id: Uuid) -> Option<&User> {
        self.users.get(self.directory.user(id)?)
    }

    /// The values of the app roles of a user who is assigned to an application, directly or as a direct member of a group,
    /// in the order of the assignments; Default Access adds none.
    pub(crate) fn roles(&self, app: &App, user: Uuid) -> Option<Vec<String>> {
        let user = self.directory.user(user)?;
        let groups = self.directory.direct_groups(user).iter();
        let through_groups = groups.filter_map(|group| app.assigned.groups.get(group));
        let mut places: Vec<_> = app
            .assigned
            .users
            .get(&user)
            .into_iter()
            .chain(through_groups)
            .flatten()
            .copied()
            .collect();
        if places.is_empty() {
            return None;
        }
        places.sort_unstable();
        let mut roles: Vec<String> = Vec::new();
        for role in places
            .into_iter()
            .filter_map(|place| app.entry.assignments[place].role.as_ref())
        {
            if !roles.contains(role) {
                roles.push(role.clone());
            }
        }
        Some(roles)
    }

    /// The application with this application id.
    pub(crate) fn app(&self, id: Uuid) -> Option<&App> {
        self.apps.iter().find(|app| app.id == id)
    }

    /// The application that `name` means to an administrator: a name in any case, else an application id; the only one,
    /// where none is named.
    ///
    /// # Errors
    /// A sentence with the nearest name, or with all of them.
    pub(crate) fn app_called(&self, name: Option<&str>) -> Result<&App, String> {
        let names = || self.apps.iter().map(|app| app.entry.name.as_str());
        let Some(name) = name else {
            return match self.apps.as_slice() {
                [only] => Ok(only),
                [] => Err("the tenant has no application".to_owned()),
                _ => {
                    let names: Vec<_> = names().map(|name| format!("`{name}`")).collect();
                    Err(format!("`app` is missing: the tenant has {}", names.join(", ")))
                }
            };
        };
        let called = |app: &&App| app.entry.name.eq_ignore_ascii_case(name);
        let by_id = || name.parse().ok().and_then(|id| self.app(id));
        let found = self.apps.iter().find(called).or_else(by_id);
        found.ok_or_else(|| no_such("application", name, names()))
    }

    /// The application whose service principal has this object id.
    pub(crate) fn app_by_object_id(&self, id: Uuid) -> Option<&App> {
        self.apps.iter().find(|app| app.object_id == id)
    }

    /// The application that answers to this Issuer (entra-behaviour.md 2.1): an exact match with one of its
    /// service principal names, which are its identifiers and its application id, also written `spn:…`.
    pub(crate) fn app_by_issuer(&self, issuer: &str) -> Option<&App> {
        let name = issuer.strip_prefix("spn:").unwrap_or(issuer);
        self.apps.iter().find(|app| {
            let identifiers = &app.entry.identifiers;
            identifiers
                .iter()
                .any(|identifier| identifier == issuer || identifier == name)
                || app.id.to_string() == name
        })
    }

    /// The application with an identifier from which this Issuer differs by a trailing slash or by case alone (C11).
    pub(crate) fn app_by_near_issuer(&self, issuer: &str) -> Option<&App> {
        let near = |text: &str| text.strip_suffix('/').unwrap_or(text).to_lowercase();
        let wanted = near(issuer);
        self.apps.iter().find(|app| {
            let mut identifiers = app.entry.identifiers.iter();
            identifiers.any(|identifier| near(identifier) == wanted)
        })
    }
}

/// `https://sts.windows.net/{tid}/`, trailing slash included (entra-behaviour.md C4).
pub(crate) fn issuer_of(tenant: Uuid) -> String {
    format!("https://sts.windows.net/{tenant}/")
}

impl User {
    /// Invited from elsewhere.
    pub(crate) fn is_guest(&self) -> bool {
        self.entry.user_type == control_api::tenant::UserType::Guest
    }

    /// What user.userprincipalname gives: for a guest from another Entra tenant the mail (entra-behaviour.md 4.6).
    pub(crate) fn claimed_upn(&self) -> Option<&str> {
        match (&self.entry.home, self.is_guest()) {
            (Some(Home::Entra(_)), true) => self.entry.mail.as_deref(),
            _ => Some(&self.entry.user_principal_name),
        }
    }
}

impl App {
    /// Whether the mock takes the other value of a conflict here (entra-behaviour.md section 0).
    pub(crate) fn has(&self, switch: Switch) -> bool {
        self.entry.switches.contains(&switch)
    }

    /// The issuer of responses, assertions and metadata (C4).
    pub(crate) fn issuer(&self, tenant: &Tenant) -> String {
        if self.has(Switch::IssuerLoginHost) {
            tenant.login_host_issuer()
        } else {
            tenant.issuer()
        }
    }

    /// The issuer of LogoutRequest and LogoutResponse (C12).
    pub(crate) fn logout_issuer(&self, tenant: &Tenant) -> String {
        if self.has(Switch::LogoutIssuerLoginHost) {
            tenant.login_host_issuer()
        } else {
            self.issuer(tenant)
        }
    }

    /// The default identifier: the first, else the application id, which Entra always lists as one.
    pub(crate) fn default_identifier(&self) -> String {
        self.entry
            .identifiers
            .first()
            .cloned()
            .unwrap_or_else(|| self.id.to_string())
    }

    /// The certificate that signs at `now`: see [`certificates::signer`].
    pub(crate) fn signing_certificate(&self, now: Timestamp) -> Option<&Arc<AppCertificate>> {
        certificates::signer(&self.certificates, now)
    }
}
