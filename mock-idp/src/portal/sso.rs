//! Single sign-on: the choice of a method, and "Set up Single Sign-On with SAML" with its numbered cards.

use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::tenant::{CertificateEntry, CertificateStatus, ConditionEntry, Origin, SingleSignOn};

use super::at::AtApp;
use super::done;
use super::form::Form;
use super::frame::{Frame, address};
use crate::pages;
use crate::tenant::TenantError;

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
    set_up: Vec<Row>,
    /// What has to be saved before there can be a test; none: it can be tested.
    test_needs: Option<&'static str>,
}

/// A label with its value.
struct Row {
    label: String,
    earlier: String,
    value: String,
    /// What stands where there is no value.
    blank: &'static str,
    is_copied: bool,
}

/// The page of the method that was selected.
pub(crate) async fn page(at: AtApp) -> Response {
    match at.app().entry.single_sign_on {
        SingleSignOn::Disabled => method_page(&at, None),
        SingleSignOn::Saml if at.at.query.has("change") => method_page(&at, None),
        SingleSignOn::Saml => pages::page(StatusCode::OK, &SamlPage::new(&at)),
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

impl SamlPage {
    fn new(at: &AtApp) -> Self {
        let (tenant, app) = (at.tenant(), at.app());
        let (entry, addresses) = (&app.entry, &at.at.idp.state.addresses);
        let test_needs = match (entry.identifiers.first(), entry.reply_urls.first()) {
            (None, _) => Some("Save an Identifier (Entity ID) first."),
            (_, None) => Some("Save a Reply URL first."),
            _ => None,
        };
        Self {
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
            claims: claims(at),
            set_up: vec![
                row("Login URL", addresses.login(tenant.id), "").copied(),
                row("Microsoft Entra Identifier", app.issuer(tenant), "").copied(),
                row("Logout URL", addresses.login(tenant.id), "").copied(),
            ],
            test_needs,
        }
    }
}

fn row(label: &str, value: String, blank: &'static str) -> Row {
    Row {
        label: label.to_owned(),
        earlier: super::labels::earlier(label),
        value,
        blank,
        is_copied: false,
    }
}

impl Row {
    fn copied(mut self) -> Self {
        self.is_copied = true;
        self
    }
}

/// Unique User Identifier, then what "Attributes & Claims" lists, each with where its value comes from.
fn claims(at: &AtApp) -> Vec<Row> {
    let app = &at.app().entry;
    let shown = |origin: Option<&Origin>, conditions: &[ConditionEntry]| match origin {
        Some(Origin::Source(source)) => source.to_string(),
        Some(Origin::Value(value)) => format!("\"{value}\""),
        Some(Origin::Transform(transform)) => transform.to_string(),
        None if conditions.is_empty() => String::new(),
        None => "by condition".to_owned(),
    };
    let name_id = app.issued_name_id();
    let name_id = match &name_id.origin {
        None => "user.userprincipalname".to_owned(),
        origin => shown(origin.as_ref(), &name_id.conditions),
    };
    let mut rows = Vec::new();
    if app.issues_default_claims() {
        let defaults = crate::claims::default_claims();
        rows.extend(
            defaults
                .map(|(name, source)| row(name.rsplit('/').next().unwrap_or(name), source.to_string(), "")),
        );
    }
    let own = app.issued_claims().iter();
    rows.extend(own.map(|claim| row(&claim.name, shown(claim.origin.as_ref(), &claim.conditions), "")));
    rows.push(row("Unique User Identifier", name_id, ""));
    rows
}
