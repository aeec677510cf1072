//! "SAML Signing Certificate": the certificates of an application, how it signs, and who is told before one expires
//! (entra-behaviour.md 5). What is new is saved by Save; what stands in a row's menu acts at once, after Yes.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Multipart, Path};
use axum::http::StatusCode;
use axum::response::Response;
use certs::{CertsError, KeyedCertificate};
use control_api::idp::{CertificateAction, CertificateForm, CertificateVerb};
use control_api::tenant::{CertificateEntry, CertificateStatus, SigningAlgorithmWord, SigningOptionWord};

use super::life::{self, NewRow};
use crate::portal::at::AtApp;
use crate::portal::form::Form;
use crate::portal::frame::{Frame, address};
use crate::portal::{Confirm, done, free_name, labels, upload};
use crate::tenant::TenantError;
use crate::tenant::certificates::{AppCertificate, ListedCertificate, signer};
use crate::web::{blocking, sentence};
use crate::{actions, downloads, pages};

/// Notification Email Addresses of an application (entra-behaviour.md 5).
const EMAILS_MAX: usize = 5;

/// Begins the names of certificates that are made here: Entra has none, the tenant file does.
const NAME: &str = "certificate";

/// Signing Option as the form sends it, and as it is called (entra-behaviour.md 3.4).
const OPTIONS: &[(&str, &str, SigningOptionWord)] = &[
    ("assertion", "Sign SAML assertion", SigningOptionWord::Assertion),
    ("response", "Sign SAML response", SigningOptionWord::Response),
    (
        "response-and-assertion",
        "Sign SAML response and assertion",
        SigningOptionWord::ResponseAndAssertion,
    ),
];

/// Signing Algorithm, as [`OPTIONS`].
const ALGORITHMS: &[(&str, &str, SigningAlgorithmWord)] = &[
    ("sha256", "SHA-256", SigningAlgorithmWord::Sha256),
    ("sha1", "SHA-1", SigningAlgorithmWord::Sha1),
];

/// The downloads of a row's menu, in its order.
const MENU: &[(&str, CertificateForm)] = &[
    ("Base64 certificate download", CertificateForm::Base64),
    ("PEM certificate download", CertificateForm::Pem),
    ("Raw certificate download", CertificateForm::Raw),
    ("Download federated certificate XML", CertificateForm::Metadata),
];

#[derive(Template)]
#[template(path = "portal/certificates.html")]
struct CertificatesPage {
    frame: Frame,
    here: String,
    cancel: String,
    confirm: Option<Confirm>,
    import_open: bool,
    certificates: Vec<Row>,
    new: Option<NewRow>,
    new_earlier: String,
    options: Vec<(&'static str, &'static str, bool)>,
    algorithms: Vec<(&'static str, &'static str, bool)>,
    emails: Vec<String>,
}

struct Row {
    status: &'static str,
    note: &'static str,
    expires: String,
    thumbprint: String,
    is_active: bool,
    downloads: Vec<(&'static str, String)>,
}

/// What is shown again when it could not be done.
struct Refused {
    problem: String,
    import_open: bool,
}

/// The form as it is saved.
struct Typed {
    option: String,
    algorithm: String,
    emails: Vec<String>,
    /// The Expiration Date of a new certificate.
    expires: Option<String>,
}

/// The certificates; `?activate=` and `?delete=` ask whether that is meant.
pub(crate) async fn page(at: AtApp) -> Response {
    blocking(move || show(&at, &Typed::of(&at), None)).await
}

/// Saves the form, adds the row of a new certificate to it, or does what was confirmed.
pub(crate) async fn save(at: AtApp, body: Bytes) -> Response {
    let form = Form::read(&body);
    blocking(move || changed(&at, &form)).await
}

/// Imports a PFX file with its password.
pub(crate) async fn import(at: AtApp, multipart: Multipart) -> Response {
    let uploaded = upload::read(multipart, "certificate").await;
    blocking(move || {
        let imported = uploaded
            .map_err(|problem| format!("The file could not be used: {problem}."))
            .and_then(|uploaded| {
                let password = uploaded.form.exact("password");
                let keyed = KeyedCertificate::from_pfx(&uploaded.file, password);
                keyed.map_err(|error| sentence(&error.to_string()))
            })
            .and_then(|keyed| imported(&at, keyed).map_err(|error| error.to_string()));
        match imported {
            Ok(()) => done(&here(&at), "certificate-imported"),
            Err(problem) => {
                let refused = Refused {
                    problem,
                    import_open: true,
                };
                show(&at, &Typed::of(&at), Some(refused))
            }
        }
    })
    .await
}

/// One of the downloads; the certificate by its thumbprint.
pub(crate) async fn download(at: AtApp, Path(segments): Path<Vec<(String, String)>>) -> Response {
    let segment = |name: &str| {
        let found = segments.iter().find(|(known, _)| known == name);
        found.map_or_else(String::new, |(_, value)| value.clone())
    };
    let (thumbprint, form) = (segment("certificate"), downloads::form(&segment("form")));
    blocking(move || {
        let listed = called(&at, &thumbprint);
        match (listed, form) {
            (Ok(Some(listed)), Some(form)) => {
                let (at, app) = (&at.at, at.app());
                let file = downloads::certificate(&at.idp, &at.slot, &at.view, app, listed, form);
                file.unwrap_or_else(|error| failed(&error.to_string()))
            }
            (Err(error), _) => failed(&error.to_string()),
            _ => pages::mishap(
                StatusCode::NOT_FOUND,
                "There is no such download",
                "The certificate may have been deleted; SAML Signing Certificate lists all.",
            ),
        }
    })
    .await
}

/// Addresses of what the row's menu downloads.
pub(super) fn download_address(at: &AtApp, thumbprint: &str, form: CertificateForm) -> String {
    let app = address(at.tenant(), at.app());
    format!("{app}/certificates/{thumbprint}/{}", form.word())
}

fn changed(at: &AtApp, form: &Form) -> Response {
    let typed = Typed::read(form);
    let refuse = |problem: TenantError| {
        let refused = Refused {
            problem: problem.to_string(),
            import_open: false,
        };
        show(at, &typed, Some(refused))
    };
    let acted = match form.text("action") {
        "new" => {
            let expires = typed
                .expires
                .clone()
                .or_else(|| Some(life::longest(at.at.view.now)));
            return show(at, &Typed { expires, ..typed }, None);
        }
        "save" => return stored(at, &typed).map_or_else(refuse, |()| done(&here(at), "saved")),
        "activate" => act(at, form, CertificateVerb::Activate).map(|()| "certificate-active"),
        "delete" => act(at, form, CertificateVerb::Withdraw).map(|()| "certificate-deleted"),
        _ => Err(TenantError::one("Choose what to do.")),
    };
    match acted {
        Ok(notice) => done(&here(at), notice),
        Err(problem) => {
            let refused = Refused {
                problem: problem.to_string(),
                import_open: false,
            };
            // What confirms has no field of the form.
            show(at, &Typed::of(at), Some(refused))
        }
    }
}

fn stored(at: &AtApp, typed: &Typed) -> Result<(), TenantError> {
    let option = OPTIONS.iter().find(|(word, ..)| *word == typed.option);
    let algorithm = ALGORITHMS.iter().find(|(word, ..)| *word == typed.algorithm);
    let (Some((_, _, option)), Some((_, _, algorithm))) = (option, algorithm) else {
        return Err(TenantError::one(
            "Choose a Signing Option and a Signing Algorithm.",
        ));
    };
    let valid_for = typed
        .expires
        .as_deref()
        .map(|date| life::until(date, at.at.view.now).map_err(TenantError::one));
    let valid_for = valid_for.transpose()?;
    let used = at.at.slot.lock().keyring.names();
    at.edit(|app| {
        app.signing.option = *option;
        app.signing.algorithm = *algorithm;
        app.notification_emails.clone_from(&typed.emails);
        app.certificates
            .extend(valid_for.map(|valid_for| CertificateEntry {
                valid_for,
                ..CertificateEntry::new(free_name(NAME, &used), CertificateStatus::Inactive)
            }));
        Ok(())
    })
}

fn act(at: &AtApp, form: &Form, verb: CertificateVerb) -> Result<(), TenantError> {
    let listed = called(at, form.text("certificate"));
    let listed = listed.map_err(|error| TenantError::one(error.to_string()))?;
    let listed = listed.ok_or_else(|| TenantError::one("This certificate is not there any more."))?;
    if verb == CertificateVerb::Withdraw && listed.active {
        return Err(TenantError::one(
            "This certificate is active: make another one active first.",
        ));
    }
    let app = Some(at.app().entry.name.clone());
    let action = CertificateAction::new(app, verb, listed.name.clone());
    let done = actions::certificate(&mut at.at.slot.lock(), &action, None);
    done.map_err(|problem| TenantError::one(sentence(&problem.to_string())))
}

fn imported(at: &AtApp, keyed: KeyedCertificate) -> Result<(), TenantError> {
    let thumbprint = keyed.certificate.thumbprint();
    let known = called(at, &thumbprint).map_err(|error| TenantError::one(error.to_string()))?;
    if known.is_some() {
        return Err(TenantError::one("This certificate is there already."));
    }
    let mut state = at.at.slot.lock();
    let name = free_name(NAME, &state.keyring.names());
    let app = Some(at.app().entry.name.clone());
    let action = CertificateAction::new(app, CertificateVerb::Import, name);
    actions::certificate(&mut state, &action, Some(keyed))
}

/// The certificate with this thumbprint; may make keys.
fn called<'a>(at: &'a AtApp, thumbprint: &str) -> Result<Option<&'a ListedCertificate>, CertsError> {
    for listed in &at.app().certificates {
        if listed.certificate.thumbprint()?.eq_ignore_ascii_case(thumbprint) {
            return Ok(Some(listed));
        }
    }
    Ok(None)
}

fn here(at: &AtApp) -> String {
    format!("{}/sso/certificates", address(at.tenant(), at.app()))
}

/// The page where a key could not be made.
pub(super) fn failed(problem: &str) -> Response {
    pages::mishap(
        StatusCode::INTERNAL_SERVER_ERROR,
        "The certificates cannot be shown",
        &sentence(problem),
    )
}

fn show(at: &AtApp, typed: &Typed, refused: Option<Refused>) -> Response {
    match CertificatesPage::new(at, typed, refused) {
        Ok(page) => pages::page(page.frame.status(), &page),
        Err(error) => failed(&error.to_string()),
    }
}

impl CertificatesPage {
    fn new(at: &AtApp, typed: &Typed, refused: Option<Refused>) -> Result<Self, CertsError> {
        let (tenant, app) = (at.tenant(), at.app());
        let cancel = format!("{}/sso", address(tenant, app));
        let import_open = refused.as_ref().is_some_and(|refused| refused.import_open);
        let frame = Frame::app(tenant, app, "SAML Signing Certificate", "/sso")
            .below("Single sign-on", cancel.clone())
            .after(&at.at.query)
            .with(refused.map(|refused| refused.problem));
        let now = at.at.view.now;
        let signs = signer(&app.certificates, now);
        let rows = app.certificates.iter().map(|listed| Row::new(at, listed, signs));
        let mut emails = typed.emails.clone();
        if emails.len() < EMAILS_MAX {
            emails.push(String::new());
        }
        Ok(Self {
            frame,
            here: here(at),
            cancel,
            confirm: confirm(at),
            import_open,
            certificates: rows.collect::<Result<_, _>>()?,
            new: typed.expires.as_ref().map(|expires| NewRow::new(expires, now)),
            new_earlier: labels::earlier("New Certificate"),
            options: OPTIONS
                .iter()
                .map(|(word, label, _)| (*word, *label, *word == typed.option))
                .collect(),
            algorithms: ALGORITHMS
                .iter()
                .map(|(word, label, _)| (*word, *label, *word == typed.algorithm))
                .collect(),
            emails,
        })
    }
}

impl Row {
    fn new(
        at: &AtApp,
        listed: &ListedCertificate,
        signs: Option<&Arc<AppCertificate>>,
    ) -> Result<Self, CertsError> {
        let thumbprint = listed.certificate.thumbprint()?;
        let has_expired = listed.certificate.has_expired(at.at.view.now);
        let is_signer = signs.is_some_and(|signs| Arc::ptr_eq(signs, &listed.certificate));
        let download = |(label, form): &(&'static str, CertificateForm)| {
            (*label, download_address(at, &thumbprint, *form))
        };
        Ok(Self {
            status: if listed.active { "Active" } else { "Inactive" },
            note: match (has_expired, listed.active, is_signer) {
                (false, false, true) => "signs, since the active one has expired",
                (true, _, true) => "expired, and signs all the same",
                (true, _, false) => "expired",
                _ => "",
            },
            expires: life::instant(listed.certificate.not_after()),
            is_active: listed.active,
            downloads: MENU.iter().map(download).collect(),
            thumbprint,
        })
    }
}

/// What the query asks to be confirmed. It is shown as it came, and acts on nothing that is not there.
fn confirm(at: &AtApp) -> Option<Confirm> {
    let asked = |action: &'static str, title, text: &str| {
        at.at.query.has(action).then(|| Confirm {
            action,
            title,
            text: text.to_owned(),
            certificate: at.at.query.text(action).to_owned(),
        })
    };
    let activate = "Do you want to make this certificate active? It signs from now on, and the one that was active becomes inactive. The application must trust it already.";
    let delete = "Do you want to delete this certificate? It leaves the federation metadata, too.";
    asked("activate", "Make certificate active", activate)
        .or_else(|| asked("delete", "Delete Certificate", delete))
}

impl Typed {
    fn of(at: &AtApp) -> Self {
        let entry = &at.app().entry;
        let option = OPTIONS.iter().find(|(.., word)| *word == entry.signing.option);
        let algorithm = ALGORITHMS
            .iter()
            .find(|(.., word)| *word == entry.signing.algorithm);
        let word = |found: Option<&str>| found.unwrap_or_default().to_owned();
        Self {
            option: word(option.map(|(word, ..)| *word)),
            algorithm: word(algorithm.map(|(word, ..)| *word)),
            emails: entry.notification_emails.clone(),
            expires: None,
        }
    }

    fn read(form: &Form) -> Self {
        let emails = form.all("email").filter(|email| !email.is_empty());
        // One more than there may be, so that it is told.
        let emails = emails.take(EMAILS_MAX + 1);
        Self {
            option: form.text("option").to_owned(),
            algorithm: form.text("algorithm").to_owned(),
            emails: emails.map(str::to_owned).collect(),
            expires: form.has("expires").then(|| form.text("expires").to_owned()),
        }
    }
}
