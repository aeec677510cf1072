//! Single sign-on: the choice of a method, and "Set up Single Sign-On with SAML" with its numbered cards.

pub(crate) mod certificates;
pub(crate) mod claims;
pub(crate) mod instructions;
mod life;
pub(crate) mod resolve;
pub(crate) mod test;
pub(crate) mod verification;

use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use certs::CertsError;
use control_api::idp::CertificateForm;
use control_api::tenant::{CertificateEntry, CertificateStatus, SingleSignOn};

use super::at::AtApp;
use super::done;
use super::form::Form;
use super::frame::{Frame, address};
use crate::pages;
use crate::tenant::TenantError;
use crate::web::blocking;

/// The name of the certificate that is made when single sign-on is first opened (entra-behaviour.md 5).
const FIRST_CERTIFICATE: &str = "current";

#[derive(Template)]
#[template(path = "portal/method.html")]
struct MethodPage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "portal/saml.html")]
struct SamlPage {
    frame: Frame,
    app: String,
    here: String,
    basic: Vec<Row>,
    claims: Vec<Row>,
    signing: Vec<Row>,
    verification: Vec<Row>,
    set_up: Vec<Row>,
    /// Whether card 4 has step-by-step instructions.
    has_instructions: bool,
    /// What has to be saved before there can be a test; none: it can be tested.
    test_needs: Option<&'static str>,
    /// What was pasted into "Resolving errors": nothing yet.
    error: &'static str,
    trace: resolve::Trace,
}

/// A label with its value.
struct Row {
    label: String,
    earlier: String,
    value: String,
    /// What stands where there is no value.
    blank: &'static str,
    is_copied: bool,
    /// Address of the file that it stands for.
    download: Option<String>,
}

/// The page of the method that was selected.
pub(crate) async fn page(at: AtApp) -> Response {
    match at.app().entry.single_sign_on {
        SingleSignOn::Disabled => method_page(&at, None),
        SingleSignOn::Saml if at.at.query.has("change") => method_page(&at, None),
        // A thumbprint may need its key made.
        SingleSignOn::Saml => blocking(move || saml_page(&at)).await,
    }
}

/// Selects a method. The first time SAML is selected a certificate is made, which is active.
pub(crate) async fn select(at: AtApp, body: Bytes) -> Response {
    let form = Form::read(&body);
    let method = match form.text("method") {
        "saml" => SingleSignOn::Saml,
        "disabled" => SingleSignOn::Disabled,
        _ => return method_page(&at, Some("Select one of the methods.".to_owned())),
    };
    let selected = at.edit(|app| {
        app.single_sign_on = method;
        if method == SingleSignOn::Saml && app.certificates.is_empty() {
            app.certificates.push(CertificateEntry::new(
                FIRST_CERTIFICATE,
                CertificateStatus::Active,
            ));
        }
        Ok::<(), TenantError>(())
    });
    match selected {
        Ok(()) => done(&format!("{}/sso", address(at.tenant(), at.app())), "saved"),
        Err(problem) => method_page(&at, Some(problem.to_string())),
    }
}

fn method_page(at: &AtApp, problem: Option<String>) -> Response {
    let frame = Frame::app(at.tenant(), at.app(), "Select a single sign-on method", "/sso");
    let status = if problem.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let frame = Frame {
        problem,
        ..frame.after(&at.at.query)
    };
    pages::page(status, &MethodPage { frame })
}

fn saml_page(at: &AtApp) -> Response {
    match SamlPage::new(at) {
        Ok(page) => pages::page(StatusCode::OK, &page),
        Err(error) => certificates::failed(&error.to_string()),
    }
}

impl SamlPage {
    fn new(at: &AtApp) -> Result<Self, CertsError> {
        let (tenant, app) = (at.tenant(), at.app());
        let (entry, addresses) = (&app.entry, &at.at.idp.state.addresses);
        Ok(Self {
            frame: Frame::app(tenant, app, "Set up Single Sign-On with SAML", "/sso").after(&at.at.query),
            app: entry.name.clone(),
            here: format!("{}/sso", address(tenant, app)),
            basic: vec![
                row("Identifier (Entity ID)", entry.identifiers.join("\n"), "Required"),
                row(
                    "Reply URL (Assertion Consumer Service URL)",
                    entry.reply_urls.join("\n"),
                    "Required",
                ),
                row("Sign on URL", entry.sign_on_url.clone(), "Optional"),
                row("Relay State (Optional)", entry.relay_state.clone(), "Optional"),
                row("Logout Url (Optional)", entry.logout_url.clone(), "Optional"),
            ],
            claims: claims::card(at),
            signing: signing(at)?,
            verification: verification(at),
            set_up: vec![
                row("Login URL", addresses.login(tenant.id), "").copied(),
                row("Microsoft Entra Identifier", app.issuer(tenant), "").copied(),
                row("Logout URL", addresses.login(tenant.id), "").copied(),
            ],
            has_instructions: instructions::guide(at).is_some(),
            test_needs: test::needs(at),
            error: "",
            trace: resolve::Trace::of(at, None),
        })
    }
}

fn row(label: &str, value: String, blank: &'static str) -> Row {
    Row {
        label: label.to_owned(),
        earlier: super::labels::earlier(label),
        value,
        blank,
        is_copied: false,
        download: None,
    }
}

impl Row {
    fn copied(mut self) -> Self {
        self.is_copied = true;
        self
    }

    fn download(label: &str, address: Option<String>) -> Self {
        Self {
            download: address,
            ..row(label, String::new(), "No certificate is active.")
        }
    }
}

/// "Token signing certificate": the active one.
fn signing(at: &AtApp) -> Result<Vec<Row>, CertsError> {
    let (app, tenant) = (at.app(), at.tenant());
    let active = app.certificates.iter().find(|listed| listed.active);
    let thumbprint = active.map(|listed| listed.certificate.thumbprint()).transpose()?;
    let expires = active.map(|listed| {
        let has_expired = listed.certificate.has_expired(at.at.view.now);
        let note = if has_expired { " (expired)" } else { "" };
        format!("{}{note}", life::instant(listed.certificate.not_after()))
    });
    let download = |form| {
        let thumbprint = thumbprint.as_deref()?;
        Some(certificates::download_address(at, thumbprint, form))
    };
    let emails = app.entry.notification_emails.join("\n");
    let metadata = at.at.idp.state.addresses.metadata(tenant.id, Some(app.id));
    let status = active.map_or("", |_| "Active").to_owned();
    Ok(vec![
        row("Status", status, "No certificate is active."),
        row("Thumbprint", thumbprint.clone().unwrap_or_default(), ""),
        row("Expiration", expires.unwrap_or_default(), ""),
        row("Notification Email", emails, "Nobody"),
        row("App Federation Metadata Url", metadata, "").copied(),
        Row::download("Certificate (Base64)", download(CertificateForm::Base64)),
        Row::download("Certificate (Raw)", download(CertificateForm::Raw)),
        Row::download("Federation Metadata XML", download(CertificateForm::Metadata)),
    ])
}

/// "Verification certificates (optional)": whether requests must be signed, and by how many certificates they may be.
fn verification(at: &AtApp) -> Vec<Row> {
    let (app, now) = (at.app(), at.at.view.now);
    let expired = app
        .verification
        .iter()
        .filter(|one| one.not_after() < now)
        .count();
    let required = if app.entry.verification_certificates.required {
        "Yes"
    } else {
        "No"
    };
    vec![
        row("Required", required.to_owned(), ""),
        row("Active", (app.verification.len() - expired).to_string(), ""),
        row("Expired", expired.to_string(), ""),
    ]
}
