//! The settings page: what each guide tells an administrator to type (contracts.md section 7).

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{FromRequest as _, Multipart, Request},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};

use super::{At, SETTINGS_BYTES_MAX, incoming, menu, protect, respond, respond::Frame, see_other};
use crate::{
    form::{self, FieldErrors, Role, Typed},
    personality::Shown,
    trust::{Judge, Trust, weakness},
};

/// The most fields of a settings form.
const FIELDS_MAX: usize = 16;

#[derive(Template)]
#[template(path = "settings.html")]
struct Page {
    frame: Frame,
    /// The way here.
    crumbs: Vec<(&'static str, String)>,
    /// Its last label.
    title: &'static str,
    save: &'static str,
    shown: Vec<ShownValue>,
    fields: Vec<FieldView>,
    toggle: Option<&'static str>,
    enabled: bool,
    trusted: Option<TrustView>,
    notices: Vec<String>,
    has_errors: bool,
    form_token: String,
    script: &'static str,
}

/// Shows the copy buttons, which need a script and a clipboard, and makes them work.
const COPY_SCRIPT: &str = "if (navigator.clipboard) for (const button of document.querySelectorAll('[data-copy]')) { button.hidden = false; button.addEventListener('click', async () => { await navigator.clipboard.writeText(button.dataset.copy); button.textContent = 'Copied'; }); }";

struct ShownValue {
    label: &'static str,
    value: String,
    is_link: bool,
}

struct FieldView {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    long: bool,
    takes_file: bool,
    may_stay_empty: bool,
    value: String,
    error: Option<String>,
}

struct TrustView {
    issuer: String,
    sso_url: String,
    sign_out_url: Option<String>,
    metadata_url: Option<String>,
    valid_until: Option<String>,
    certificates: Vec<CertificateView>,
}

struct CertificateView {
    thumbprint: String,
    not_before: String,
    not_after: String,
    weakness: Option<String>,
}

/// Shows the page with what is saved.
pub(super) fn show(at: At<'_>, headers: &HeaderMap) -> Response {
    let trust = at.provider.state().trust.clone();
    let values = at.provider.personality.fields.iter();
    let texts = values.map(|field| (field.name.to_owned(), saved(field.role, trust.as_ref())));
    let typed = Typed {
        texts: texts.collect(),
        files: BTreeMap::new(),
    };
    render(at, headers, StatusCode::OK, &typed, &FieldErrors::new())
}

/// What a field shows of the trust in force. Certificates are listed below the form instead: there may be several.
fn saved(role: Role, trust: Option<&Trust>) -> String {
    let text = trust.and_then(|trust| match role {
        Role::SsoUrl => Some(trust.sso_url.clone()),
        Role::LogInOrMetadataUrl => trust.metadata_url.clone().or_else(|| Some(trust.sso_url.clone())),
        Role::Issuer => Some(trust.issuer.clone()),
        Role::Certificate { .. } | Role::MetadataXml => None,
    });
    text.unwrap_or_default()
}

fn render(
    at: At<'_>,
    headers: &HeaderMap,
    status: StatusCode,
    typed: &Typed,
    errors: &FieldErrors,
) -> Response {
    let (form_token, cookies) = match protect::form_token(at, headers) {
        Ok(token) => token,
        Err(broken) => return *broken,
    };
    let (personality, addresses) = (at.provider.personality, &at.provider.addresses);
    // No guide speaks of sign-out, but the address has to be had from somewhere.
    let shown = personality.shown.iter().chain(&[("Logout URL", Shown::Logout)]);
    let shown = shown.map(|&(label, shown)| ShownValue {
        label,
        value: match shown {
            Shown::EntityId => addresses.entity_id.clone(),
            Shown::Acs => addresses.acs.clone(),
            Shown::Metadata => addresses.page("metadata"),
            Shown::Logout => addresses.page("slo"),
        },
        is_link: shown == Shown::Metadata,
    });
    let fields = personality.fields.iter().map(|field| FieldView {
        name: field.name,
        label: field.label,
        hint: field.hint,
        long: field.role.is_long(),
        takes_file: field.role.takes_file(),
        may_stay_empty: matches!(field.role, Role::Certificate { .. }),
        value: typed.text(field.name).to_owned(),
        error: errors.get(field.name).cloned(),
    });
    let mut state = at.provider.state();
    let page = Page {
        frame: Frame::of(at.provider),
        crumbs: menu::crumbs(at, personality.way.len().saturating_sub(1)),
        title: personality.way.last().map_or("Single sign-on", |step| step.label),
        save: personality.save,
        shown: shown.collect(),
        fields: fields.collect(),
        toggle: personality.toggle,
        enabled: state.enabled,
        trusted: state.trust.as_ref().map(TrustView::of),
        notices: state.take_notices(),
        has_errors: !errors.is_empty(),
        form_token,
        script: COPY_SCRIPT,
    };
    let answer = respond::with_script(respond::page(status, &page), COPY_SCRIPT);
    protect::with_cookies(answer, cookies)
}

impl TrustView {
    fn of(trust: &Trust) -> Self {
        let certificates = trust.certificates.iter();
        Self {
            issuer: trust.issuer.clone(),
            sso_url: trust.sso_url.clone(),
            sign_out_url: trust.sign_out.as_ref().map(|service| service.location.clone()),
            metadata_url: trust.metadata_url.clone(),
            valid_until: trust.valid_until.map(|end| end.to_string()),
            certificates: certificates
                .map(|it| CertificateView {
                    thumbprint: it.thumbprint(),
                    not_before: it.not_before().to_string(),
                    not_after: it.not_after().to_string(),
                    weakness: weakness(it).map(|weakness| form::sentence_of(&weakness)),
                })
                .collect(),
        }
    }
}

/// Takes the form: `save`, `enable` (which saves first), `disable` or `refresh`.
pub(super) async fn post(at: At<'_>, request: Request) -> Response {
    let headers = request.headers().clone();
    let checked =
        protect::require_loopback(&headers).and_then(|()| protect::require_same_origin(at, &headers));
    if let Err(refusal) = checked {
        return *refusal;
    }
    let mut typed = match read(request).await {
        Ok(typed) => typed,
        Err(refusal) => return *refusal,
    };
    let token = typed.texts.remove(protect::FORM_TOKEN);
    if let Err(refusal) = protect::require_token(at, &headers, token.as_deref()) {
        return *refusal;
    }
    match typed.text("action") {
        "disable" => {
            let mut state = at.provider.state();
            state.enabled = false;
            state.notify("Single sign-on is switched off.".to_owned());
        }
        "refresh" => {
            let outcome = at.sp.refresh(at.provider, None, at.instance.now()).await;
            let mut state = at.provider.state();
            match outcome {
                Ok(notices) => {
                    state.notify("The metadata was fetched again and is in force.".to_owned());
                    notices
                        .iter()
                        .for_each(|notice| state.notify(form::sentence_of(notice)));
                }
                Err(cause) => state.notify(format!("The metadata was not taken over: {cause}.")),
            }
        }
        action => {
            let enable = action == "enable";
            if let Err(errors) = save(at, &typed, enable).await {
                typed.keep_uploads();
                return render(at, &headers, StatusCode::UNPROCESSABLE_ENTITY, &typed, &errors);
            }
        }
    }
    see_other(&format!("{}/settings", at.provider.addresses.path))
}

async fn save(at: At<'_>, typed: &Typed, enable: bool) -> Result<(), FieldErrors> {
    let (personality, addresses) = (at.provider.personality, &at.provider.addresses);
    let fetched = match form::metadata_address(personality, typed) {
        Some(address) => Some(at.sp.fetcher.fetch(address).await),
        None => None,
    };
    let judge = Judge {
        now: at.instance.now(),
        keys: None,
        skip: at.sp.skip,
    };
    let mut state = at.provider.state();
    let current = state.trust.as_ref();
    let (trust, notices) = form::interpret(personality, addresses, typed, fetched, current, &judge)?;
    state.trust = Some(trust);
    state.enabled |= enable || personality.toggle.is_none();
    state.notify("Saved.".to_owned());
    notices.into_iter().for_each(|notice| state.notify(notice));
    if let (Some(toggle), false) = (personality.toggle, state.enabled) {
        state.notify(format!("Single sign-on is still off: “{toggle}” switches it on."));
    }
    Ok(())
}

/// The fields and uploads of a multipart form.
async fn read(request: Request) -> Result<Typed, Box<Response>> {
    let unreadable = |reason: String| {
        let sentence = format!("The form cannot be read: {reason}.");
        Box::new(respond::message(
            StatusCode::BAD_REQUEST,
            "Not a settings form",
            &sentence,
        ))
    };
    let is_multipart = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if !is_multipart.is_some_and(|value| value.starts_with("multipart/form-data")) {
        return Err(unreadable("it is not multipart/form-data".to_owned()));
    }
    let request = incoming::within(request, SETTINGS_BYTES_MAX).await?;
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| unreadable(error.body_text()))?;
    let mut typed = Typed::default();
    for _ in 0..FIELDS_MAX {
        let Some(field) = form
            .next_field()
            .await
            .map_err(|error| unreadable(error.body_text()))?
        else {
            return Ok(typed);
        };
        let name = field.name().unwrap_or_default().to_owned();
        let is_file = field.file_name().is_some();
        let content = field
            .bytes()
            .await
            .map_err(|error| unreadable(error.body_text()))?;
        match (is_file, name.strip_suffix("_file")) {
            (true, Some(name)) if !content.is_empty() => {
                typed.files.insert(name.to_owned(), content.to_vec());
            }
            (true, _) => {}
            (false, _) => {
                let text = String::from_utf8(content.to_vec())
                    .map_err(|_| unreadable("it is not UTF-8".to_owned()))?;
                typed.texts.insert(name, text);
            }
        }
    }
    Err(unreadable(format!("it has more than {FIELDS_MAX} fields")))
}
