//! The start page.

mod guides;

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::idp::CertificateForm;
use control_api::tenant::{Authentication, Grant};

use guides::{GuideView, What};

use super::page;
use crate::SpLink;
use crate::addresses::Addresses;
use crate::limits::LISTED_USERS_MAX;
use crate::tenant::certificates::ListedCertificate;
use crate::tenant::{App, Policy, Tenant, User};

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage {
    version: &'static str,
    user_header: &'static str,
    tenants: Vec<TenantView>,
}

struct TenantView {
    id: String,
    name: String,
    issuer: String,
    domains: Vec<String>,
    my_apps: String,
    sign_out: String,
    mails: Option<String>,
    metadata: String,
    login: String,
    users: Vec<UserView>,
    /// Users that are not listed.
    more_users: usize,
    apps: Vec<AppView>,
    /// Where the guides are followed, their tables.
    guides: Vec<GuideView>,
}

struct UserView {
    upn: String,
    password: String,
    /// Where the user may be asked for it.
    code: Option<String>,
    note: String,
}

struct AppView {
    name: String,
    launch: String,
    claims: String,
    link: Option<SpLink>,
    rows: Vec<Row>,
    certificates: Vec<CertificateView>,
}

struct CertificateView {
    name: String,
    status: &'static str,
    expires: String,
    /// What the portal calls each download, and its address.
    downloads: Vec<(&'static str, String)>,
}

/// A named value; an address to go to is a link, one to paste elsewhere is not.
struct Row {
    label: &'static str,
    value: String,
    is_link: bool,
}

/// A tenant for the start page.
pub(crate) struct StartTenant {
    /// The tenant.
    pub(crate) tenant: Arc<Tenant>,
    /// Where its applications are at the service provider.
    pub(crate) links: Vec<SpLink>,
    /// Where the service provider is.
    pub(crate) sp: Option<String>,
    /// Whether the set-up guides are followed in it.
    pub(crate) is_for_guides: bool,
}

/// What this is, and every address of every tenant.
///
/// `is_administrator`: whether whoever reads it may use the control API, without which there are no downloads and no mails.
pub(crate) fn start(tenants: &[StartTenant], addresses: &Addresses, is_administrator: bool) -> Response {
    let template = StartPage {
        version: env!("CARGO_PKG_VERSION"),
        user_header: control_api::USER_HEADER,
        tenants: tenants
            .iter()
            .map(|tenant| TenantView::new(tenant, addresses, is_administrator))
            .collect(),
    };
    page(StatusCode::OK, &template)
}

impl TenantView {
    fn new(of: &StartTenant, addresses: &Addresses, is_administrator: bool) -> Self {
        let (tenant, links) = (of.tenant.as_ref(), of.links.as_slice());
        let guides = of
            .is_for_guides
            .then(|| guides::tables(tenant, addresses, of.sp.as_deref()));
        let user = |user: &User| UserView {
            upn: user.entry.user_principal_name.clone(),
            password: user.password.clone(),
            code: may_be_asked_for_code(tenant, user).then(|| user.entry.mfa_code().to_owned()),
            note: note(user),
        };
        Self {
            id: tenant.id.to_string(),
            name: tenant.file.tenant.display_name.clone(),
            issuer: tenant.issuer(),
            domains: tenant.file.tenant.domains.clone(),
            my_apps: addresses.my_apps(tenant.id),
            mails: is_administrator.then(|| addresses.mails(tenant.id)),
            sign_out: format!("{}/{}/oauth2/logout", addresses.base(), tenant.id),
            metadata: addresses.metadata(tenant.id, None),
            login: addresses.login(tenant.id),
            users: tenant.users.iter().take(LISTED_USERS_MAX).map(user).collect(),
            more_users: tenant.users.len().saturating_sub(LISTED_USERS_MAX),
            apps: tenant
                .apps
                .iter()
                .map(|app| AppView::new(app, tenant, links, addresses, is_administrator))
                .collect(),
            guides: guides.unwrap_or_default(),
        }
    }
}

impl AppView {
    fn new(
        app: &App,
        tenant: &Tenant,
        links: &[SpLink],
        addresses: &Addresses,
        is_administrator: bool,
    ) -> Self {
        let entry = &app.entry;
        let launch = addresses.launch(tenant.id, app.id);
        let link = links.iter().find(|link| link.app == entry.name).cloned();
        let row = |label, value: String, is_link| Row {
            label,
            value,
            is_link,
        };
        let mut rows = vec![
            row("Identifier (Entity ID)", entry.identifiers.join("  "), false),
            row(
                "Reply URL (Assertion Consumer Service URL)",
                entry.reply_urls.join("  "),
                false,
            ),
            row("Sign on URL", entry.sign_on_url.clone(), true),
            row("Logout Url", entry.logout_url.clone(), false),
            row(
                "App Federation Metadata Url",
                addresses.metadata(tenant.id, Some(app.id)),
                true,
            ),
            row("Login URL", addresses.login(tenant.id), false),
            row("User access URL", launch.clone(), true),
            row("Application ID", app.id.to_string(), false),
        ];
        rows.extend(app.encryption.iter().map(|listed| {
            let status = if listed.active { "active" } else { "inactive" };
            let thumbprint = listed.certificate.thumbprint();
            row(
                "Token encryption",
                format!("{}: {status}, {thumbprint}", listed.name),
                false,
            )
        }));
        if let Some(link) = &link {
            rows.push(row("Starts at the service provider", link.login.clone(), true));
            rows.push(row("Who is signed in there", link.whoami.clone(), true));
            rows.push(row("Service provider", link.home.clone(), true));
        }
        Self {
            name: entry.name.clone(),
            launch,
            claims: addresses.claims(tenant.id, app.id),
            link,
            rows,
            certificates: app
                .certificates
                .iter()
                .map(|listed| CertificateView::new(listed, app, tenant, addresses, is_administrator))
                .collect(),
        }
    }
}

impl CertificateView {
    fn new(
        listed: &ListedCertificate,
        app: &App,
        tenant: &Tenant,
        addresses: &Addresses,
        is_administrator: bool,
    ) -> Self {
        let download = |form: CertificateForm| {
            let address = addresses.download(tenant.id, app.id, &listed.name, form);
            (form.label(), address)
        };
        let forms = CertificateForm::ALL.into_iter().filter(|_| is_administrator);
        Self {
            name: listed.name.clone(),
            status: if listed.active { "Active" } else { "Inactive" },
            expires: listed.certificate.not_after().strftime("%Y-%m-%d").to_string(),
            downloads: forms.map(download).collect(),
        }
    }
}

/// By a passcode, by the user's own second factor, or by a policy for any application.
fn may_be_asked_for_code(tenant: &Tenant, user: &User) -> bool {
    let is_asked_by = |policy: &Policy| {
        let users = policy.users.as_ref();
        policy.grant == Grant::Mfa && users.is_none_or(|users| users.contains(&user.id))
    };
    user.entry.first_factor() == Authentication::Passcode
        || user.entry.mfa
        || tenant.policies.iter().any(is_asked_by)
}

/// Who the user is, and what is out of the ordinary at the sign-in.
fn note(user: &User) -> String {
    let mut notes = vec![user.entry.display_name.clone()];
    if user.is_guest() {
        notes.push("guest".to_owned());
    }
    if !user.entry.account_enabled {
        notes.push("account disabled".to_owned());
    }
    if user.entry.locked {
        notes.push("account locked".to_owned());
    }
    if user.entry.password_expired {
        notes.push("password expired".to_owned());
    }
    let first = match user.entry.first_factor() {
        Authentication::Password => None,
        Authentication::Certificate => Some("signs in with a certificate"),
        Authentication::WindowsHello => Some("signs in with Windows Hello"),
        Authentication::Windows => Some("signs in with integrated Windows authentication"),
        Authentication::Passcode => Some("signs in with a passcode"),
    };
    notes.extend(first.map(str::to_owned));
    if user.entry.mfa {
        notes.push("second factor".to_owned());
    }
    if user.entry.mail.is_none() {
        notes.push("no mail".to_owned());
    }
    notes.join(", ")
}
