//! From what a tenant file says to what it means, with everything that does not fit together told at once.

use std::collections::{HashMap, HashSet};

use certs::Certificate;
use control_api::tenant::{
    AppEntry, CertificateEntry, CertificateStatus, DEFAULT_PASSWORD, ReplyUrlPolicy, TenantFile, UserNames,
    local_part, no_such, reply_url_problem,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::certificates::ListedCertificate;
use super::directory::Directory;
use super::keyring::Keyring;
use super::token_encryption::encryption_certificates;
use super::{App, Assigned, Policy, Tenant, User};

/// Stands for the base URL of the reference SP's instance in a tenant file's addresses.
const SP_PLACEHOLDER: &str = "{sp}";

/// Why a tenant cannot be made from a file: every problem, one a line, none of them empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct TenantError(pub(crate) Vec<String>);

impl TenantError {
    /// One problem.
    pub(crate) fn one(problem: impl Into<String>) -> Self {
        Self(vec![problem.into()])
    }
}

/// Fills in `{sp}`. Without an SP what speaks of it is left open, as in an application that is not configured yet.
pub(crate) fn fill_in_sp(file: &mut TenantFile, sp: Option<&str>) {
    let sp = sp.map(|sp| sp.trim_end_matches('/'));
    let fill = |text: &mut String| match sp {
        Some(sp) => *text = text.replace(SP_PLACEHOLDER, sp),
        None if text.contains(SP_PLACEHOLDER) => text.clear(),
        None => {}
    };
    for app in &mut file.apps {
        fill(&mut app.sign_on_url);
        fill(&mut app.logout_url);
        fill(&mut app.relay_state);
        for list in [&mut app.identifiers, &mut app.reply_urls] {
            list.iter_mut().for_each(fill);
            list.retain(|text| !text.is_empty());
        }
    }
}

/// Resolves a file whose `{sp}` is filled in, as the tenant `id` at `now` of its clock.
///
/// # Errors
/// Everything that does not fit together.
pub(crate) fn resolve(
    mut file: TenantFile,
    id: Uuid,
    keyring: &mut Keyring,
    now: Timestamp,
) -> Result<Tenant, TenantError> {
    file.tenant.id = Some(id);
    let mut problems = Vec::new();
    if file.tenant.domains.is_empty() {
        problems.push("the tenant has no domain".to_owned());
    }
    let users = users(&file, id);
    let directory = Directory::new(&file, id, &users, &mut problems);
    let mut apps = Vec::new();
    for entry in &file.apps {
        check_addresses(entry, file.tenant.reply_url_policy, &mut problems);
        let app_id = entry
            .app_id
            .unwrap_or_else(|| derived(id, "application", &entry.name));
        apps.push(App {
            id: app_id,
            object_id: entry
                .object_id
                .unwrap_or_else(|| derived(id, "service principal", &entry.name)),
            verification: verification(entry, &mut problems),
            encryption: encryption_certificates(entry, &mut problems),
            certificates: certificates(&file, entry, app_id, keyring, now, &mut problems),
            assigned: assigned(&file, entry, &directory, &mut problems),
            entry: entry.clone(),
        });
    }
    let policies = policies(&file, &users, &directory, &apps, &mut problems);
    check_unique_ids(&users, &directory, &apps, &mut problems);
    check_condition_groups(&file, &directory, &mut problems);
    check_identifiers(&file, &mut problems);
    let certificate = keyring.tenant_certificate(file.tenant.keys, now);
    match certificate {
        Ok(certificate) if problems.is_empty() => Ok(Tenant {
            id,
            file,
            users,
            directory,
            apps,
            policies,
            certificate,
        }),
        certificate => {
            problems.extend(certificate.err());
            Err(TenantError(problems))
        }
    }
}

/// The id of a tenant whose file names none.
pub(crate) fn derived_tenant_id(file: &TenantFile) -> Uuid {
    let domain = file.tenant.domains.first().map_or("", String::as_str);
    Uuid::new_v5(&Uuid::NAMESPACE_DNS, domain.as_bytes())
}

/// The id of whatever the file gives none: UUIDv5 of tenant, kind and name (contracts.md section 4).
pub(crate) fn derived(tenant: Uuid, kind: &str, name: &str) -> Uuid {
    Uuid::new_v5(&tenant, format!("{kind}:{}", name.to_lowercase()).as_bytes())
}

fn users(file: &TenantFile, tenant: Uuid) -> Vec<User> {
    let user = |entry: &control_api::tenant::UserEntry| User {
        id: entry
            .id
            .unwrap_or_else(|| derived(tenant, "user", &entry.user_principal_name)),
        password: entry
            .password
            .clone()
            .or_else(|| file.tenant.password.clone())
            .unwrap_or_else(|| DEFAULT_PASSWORD.to_owned()),
        entry: entry.clone(),
    };
    file.users.iter().map(user).collect()
}

/// The place of the user that `name` means: the whole UPN wins over a local part. Looks at every user; for more than one
/// name there is [`user_names`].
pub(crate) fn user_called(file: &TenantFile, name: &str) -> Option<usize> {
    let whole = |user: &control_api::tenant::UserEntry| user.user_principal_name.eq_ignore_ascii_case(name);
    file.users
        .iter()
        .position(whole)
        .or_else(|| file.users.iter().position(|user| user.is_called(name)))
}

/// The users by name.
pub(crate) fn user_names(file: &TenantFile) -> UserNames {
    UserNames::new(file.users.iter().map(|user| user.user_principal_name.as_str()))
}

/// The local parts of the users' names, for hints.
pub(crate) fn local_names(file: &TenantFile) -> impl Iterator<Item = &str> {
    file.users
        .iter()
        .map(|user| local_part(&user.user_principal_name))
}

fn assigned(
    file: &TenantFile,
    app: &AppEntry,
    directory: &Directory,
    problems: &mut Vec<String>,
) -> Assigned {
    let mut assigned = Assigned::default();
    for (place, assignment) in app.assignments.iter().enumerate() {
        let entry = match (&assignment.user, &assignment.group) {
            (Some(name), _) => match directory.user_called(name) {
                Some(user) => Ok(assigned.users.entry(user)),
                None => Err(no_such("user", name, local_names(file))),
            },
            (None, Some(name)) => directory
                .group_called(file, name)
                .map(|group| assigned.groups.entry(group)),
            (None, None) => continue,
        };
        match entry {
            Ok(entry) => entry.or_default().push(place),
            Err(problem) => problems.push(format!("app `{}`: {problem}", app.name)),
        }
    }
    assigned
}

/// The reader of a whole file has said so already; an edited file may have lost a group.
fn check_condition_groups(file: &TenantFile, directory: &Directory, problems: &mut Vec<String>) {
    for app in &file.apps {
        let claims = app.claims.iter().flat_map(|claim| &claim.conditions);
        let conditions = claims.chain(&app.name_id.conditions);
        for group in conditions.flat_map(|condition| &condition.groups) {
            if let Err(problem) = directory.group_called(file, group) {
                problems.push(format!("app `{}`: {problem}", app.name));
            }
        }
    }
}

/// The policies that are on; those that are off are checked too.
fn policies(
    file: &TenantFile,
    users: &[User],
    directory: &Directory,
    apps: &[App],
    problems: &mut Vec<String>,
) -> Vec<Policy> {
    let mut policies = Vec::new();
    for entry in &file.conditional_access {
        let mut problem = |problem| problems.push(format!("conditional_access `{}`: {problem}", entry.name));
        let mut included = HashSet::new();
        for name in &entry.users {
            match directory.user_called(name) {
                Some(user) => drop(included.insert(users[user].id)),
                None => problem(no_such("user", name, local_names(file))),
            }
        }
        let mut targets = HashSet::new();
        for name in &entry.apps {
            match apps.iter().find(|app| app.entry.name.eq_ignore_ascii_case(name)) {
                Some(app) => drop(targets.insert(app.id)),
                None => problem(no_such(
                    "app",
                    name,
                    apps.iter().map(|app| app.entry.name.as_str()),
                )),
            }
        }
        if entry.enabled {
            policies.push(Policy {
                grant: entry.grant,
                users: (!entry.users.is_empty()).then_some(included),
                apps: (!entry.apps.is_empty()).then_some(targets),
            });
        }
    }
    policies
}

fn certificates(
    file: &TenantFile,
    app: &AppEntry,
    app_id: Uuid,
    keyring: &mut Keyring,
    now: Timestamp,
    problems: &mut Vec<String>,
) -> Vec<ListedCertificate> {
    let mut listed = Vec::new();
    for (index, entry) in app.certificates.iter().enumerate() {
        let twin = |other: &&CertificateEntry| other.imported.is_some() && other.imported == entry.imported;
        if let Some(other) = app.certificates[..index].iter().find(twin) {
            problems.push(format!(
                "app `{}`: the certificate of `{}` is here already, as `{}`",
                app.name, entry.name, other.name
            ));
            continue;
        }
        match keyring.certificate(app_id, entry, file.tenant.keys, now) {
            Ok(certificate) => listed.push(ListedCertificate {
                name: entry.name.clone(),
                active: entry.status == CertificateStatus::Active,
                certificate,
            }),
            Err(problem) => problems.push(format!("app `{}`: {problem}", app.name)),
        }
    }
    listed
}

/// Entra verifies RSA signatures alone (entra-behaviour.md 2.5).
fn verification(app: &AppEntry, problems: &mut Vec<String>) -> Vec<Certificate> {
    let mut certificates = Vec::new();
    for (index, text) in app.verification_certificates.certificates.iter().enumerate() {
        match rsa_certificate(text) {
            Ok(certificate) => certificates.push(certificate),
            Err(problem) => problems.push(format!(
                "app `{}`: `verification_certificates.certificates[{index}]`: {problem}",
                app.name
            )),
        }
    }
    certificates
}

/// A certificate of an SP.
pub(super) fn rsa_certificate(text: &str) -> Result<Certificate, String> {
    let certificate = Certificate::from_text(text.as_bytes()).map_err(|error| error.to_string())?;
    let key = certificate.public_key().map_err(|error| error.to_string())?;
    if key.rsa().is_err() {
        return Err("its key is not an RSA key".to_owned());
    }
    Ok(certificate)
}

/// The decoder could not judge an address that began with `{sp}`.
fn check_addresses(app: &AppEntry, policy: ReplyUrlPolicy, problems: &mut Vec<String>) {
    let refused = app
        .reply_urls
        .iter()
        .filter_map(|url| reply_url_problem(url, policy));
    problems.extend(refused.map(|problem| format!("app `{}`: {problem}", app.name)));
    let optional = [&app.sign_on_url, &app.logout_url];
    let optional = optional.into_iter().filter(|url| !url.is_empty());
    for url in app.reply_urls.iter().chain(optional) {
        let is_web = url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !is_web {
            problems.push(format!(
                "app `{}`: `{url}` is not an http or https address",
                app.name
            ));
        }
    }
}

fn check_unique_ids(users: &[User], directory: &Directory, apps: &[App], problems: &mut Vec<String>) {
    let mut seen = HashSet::new();
    let ids = users
        .iter()
        .map(|user| user.id)
        .chain(directory.group_ids().iter().copied())
        .chain(apps.iter().flat_map(|app| [app.id, app.object_id]));
    for id in ids {
        if !seen.insert(id) {
            problems.push(format!("the id {id} is used twice: each is used once"));
        }
    }
}

/// An Issuer must lead to one application.
fn check_identifiers(file: &TenantFile, problems: &mut Vec<String>) {
    let mut owners: HashMap<&str, &str> = HashMap::new();
    for app in &file.apps {
        for identifier in &app.identifiers {
            if let Some(owner) = owners.insert(identifier, &app.name) {
                problems.push(format!(
                    "apps `{owner}` and `{}` have the same identifier `{identifier}`: each identifier belongs to one application",
                    app.name
                ));
            }
        }
    }
}
