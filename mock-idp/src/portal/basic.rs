//! Basic SAML Configuration, and "Upload metadata file".

use askama::Template;
use axum::body::Bytes;
use axum::extract::Multipart;
use axum::http::StatusCode;
use axum::response::Response;
use control_api::tenant::{AppEntry, ReplyUrlPolicy, reply_url_problem};
use saml_accept::metadata;
use saml_accept::xml::Limits;
use saml_model::metadata::SpMetadata;
use saml_model::names::{BINDING_HTTP_POST, BINDING_HTTP_REDIRECT};

use super::apps::pattern;
use super::at::AtApp;
use super::done;
use super::form::Form;
use super::frame::{Frame, address};
use super::upload;
use crate::pages;

/// Identifiers of an application, and its reply URLs (of these entra-behaviour.md 2.4).
const ADDRESSES_MAX: usize = 256;

const IDENTIFIER: &str = "Identifier (Entity ID)";
const REPLY_URL: &str = "Reply URL (Assertion Consumer Service URL)";

#[derive(Template)]
#[template(path = "portal/basic.html")]
struct BasicPage {
    frame: Frame,
    lists: Vec<List>,
    /// Of the identifiers.
    conflict: Option<Conflict>,
    /// Sign on URL, Relay State, Logout Url.
    texts: Vec<Text>,
    cancel: String,
}

/// A list of addresses, one of which is the default.
struct List {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    add: &'static str,
    values: Vec<String>,
    /// Place of the default.
    default: usize,
}

/// An identifier that another application of the tenant has.
struct Conflict {
    /// Entra's words.
    text: String,
    /// The other application, and its Basic SAML Configuration.
    app: String,
    href: String,
}

struct Text {
    name: &'static str,
    label: &'static str,
    earlier: String,
    hint: &'static str,
    value: String,
}

/// What the form holds, whether it was saved, typed or read from a metadata file.
struct Configuration {
    identifiers: Vec<String>,
    default_identifier: usize,
    reply_urls: Vec<String>,
    default_reply_url: usize,
    sign_on_url: String,
    relay_state: String,
    logout_url: String,
}

/// The form as it was saved; where no identifier is, with what the gallery fills in.
pub(crate) async fn page(at: AtApp) -> Response {
    let entry = &at.app().entry;
    let mut shown = Configuration::of(entry);
    if shown.identifiers.is_empty() {
        let filled_in = entry.template.as_deref().and_then(pattern);
        shown.identifiers = filled_in.map(|app| app.identifiers).unwrap_or_default();
    }
    show(&at, shown, StatusCode::OK, None)
}

/// Saves the form, or adds a field to it or takes one away.
pub(crate) async fn save(at: AtApp, body: Bytes) -> Response {
    let form = Form::read(&body);
    let mut typed = Configuration::typed(&form);
    let action = form.text("action");
    if action != "save" {
        typed.change(action);
    }
    let fits = typed.shorten().and_then(|()| match action {
        "save" => typed.check(&at.app().entry),
        _ => Ok(()),
    });
    if let Err(problem) = fits {
        return show(&at, typed, StatusCode::BAD_REQUEST, Some(problem));
    }
    if action != "save" {
        return show(&at, typed, StatusCode::OK, None);
    }
    if conflict(&at, &typed.identifiers).is_some() {
        return show(&at, typed, StatusCode::BAD_REQUEST, None);
    }
    let saved = at.edit(|app| {
        typed.write_to(app);
        Ok(())
    });
    match saved {
        Ok(()) => done(&format!("{}/sso", address(at.tenant(), at.app())), "saved"),
        Err(problem) => show(&at, typed, StatusCode::BAD_REQUEST, Some(problem.to_string())),
    }
}

/// Fills the form from a service provider's metadata, which is a one-time import: nothing is saved yet
/// (entra-behaviour.md 5, MIG).
pub(crate) async fn upload(at: AtApp, multipart: Multipart) -> Response {
    match uploaded(multipart).await {
        Ok(sp) => {
            let mut read = Configuration::of(&at.app().entry);
            read.take(&sp);
            match read.shorten() {
                Ok(()) => show(&at, read, StatusCode::OK, None),
                Err(problem) => show(&at, read, StatusCode::BAD_REQUEST, Some(problem)),
            }
        }
        Err(problem) => {
            let problem = format!("The file could not be used: {problem}.");
            show(
                &at,
                Configuration::of(&at.app().entry),
                StatusCode::BAD_REQUEST,
                Some(problem),
            )
        }
    }
}

async fn uploaded(multipart: Multipart) -> Result<SpMetadata, String> {
    let uploaded = upload::read(multipart, "metadata").await?;
    metadata::sp(&uploaded.file, &Limits::default()).map_err(|error| error.to_string())
}

fn show(at: &AtApp, shown: Configuration, status: StatusCode, problem: Option<String>) -> Response {
    let here = format!("{}/sso", address(at.tenant(), at.app()));
    let frame = Frame::app(at.tenant(), at.app(), "Basic SAML Configuration", "/sso")
        .below("Single sign-on", here.clone())
        .after(&at.at.query);
    let text = |name, label: &'static str, hint, value| Text {
        name,
        label,
        earlier: super::labels::earlier(label),
        hint,
        value,
    };
    let page = BasicPage {
        frame: Frame { problem, ..frame },
        conflict: conflict(at, &shown.identifiers),
        lists: vec![
            List {
                name: "identifier",
                label: IDENTIFIER,
                hint: "The unique ID that identifies the application to Microsoft Entra ID: unique across all applications of the tenant. The default identifier is the audience of the SAML response for IdP-initiated SSO.",
                add: "Add identifier",
                values: shown.identifiers,
                default: shown.default_identifier,
            },
            List {
                name: "reply_url",
                label: REPLY_URL,
                hint: "Where the application expects to receive the authentication token. The default reply URL is the destination of the SAML response for IdP-initiated SSO.",
                add: "Add reply URL",
                values: shown.reply_urls,
                default: shown.default_reply_url,
            },
        ],
        texts: vec![
            text(
                "sign_on_url",
                "Sign on URL (Optional)",
                "Where sign-on starts at the application. Blank: the tile starts IdP-initiated sign-on.",
                shown.sign_on_url,
            ),
            text(
                "relay_state",
                "Relay State (Optional)",
                "Where the application takes users after IdP-initiated sign-on.",
                shown.relay_state,
            ),
            text(
                "logout_url",
                "Logout Url (Optional)",
                "Where SAML logout messages are sent.",
                shown.logout_url,
            ),
        ],
        cancel: here,
    };
    pages::page(status, &page)
}

/// What Entra says beside the field of an identifier that another application has: as a user reported it in 2020
/// (MicrosoftDocs/azure-docs#46428; without the second sentence in #11910, 2018). The link is the mock's.
fn conflict(at: &AtApp, identifiers: &[String]) -> Option<Conflict> {
    let tenant = at.tenant();
    let mut others = tenant.apps.iter().filter(|app| app.id != at.app().id);
    let other = others.find(|app| {
        app.entry
            .identifiers
            .iter()
            .any(|known| identifiers.contains(known))
    })?;
    let name = &other.entry.name;
    Some(Conflict {
        text: format!(
            "Please enter an Identifier which is unique within your organization. This Identifier is used by {name}."
        ),
        app: name.clone(),
        href: format!("{}/sso/basic", address(tenant, other)),
    })
}

impl Configuration {
    fn of(app: &AppEntry) -> Self {
        Self {
            identifiers: app.identifiers.clone(),
            default_identifier: 0,
            reply_urls: app.reply_urls.clone(),
            default_reply_url: 0,
            sign_on_url: app.sign_on_url.clone(),
            relay_state: app.relay_state.clone(),
            logout_url: app.logout_url.clone(),
        }
    }

    fn typed(form: &Form) -> Self {
        // One more than there may be, so that it is noticed.
        let list = |name| {
            form.all(name)
                .take(ADDRESSES_MAX + 1)
                .map(str::to_owned)
                .collect()
        };
        let default = |name| form.text(name).parse().unwrap_or_default();
        Self {
            identifiers: list("identifier"),
            default_identifier: default("default_identifier"),
            reply_urls: list("reply_url"),
            default_reply_url: default("default_reply_url"),
            sign_on_url: form.text("sign_on_url").to_owned(),
            relay_state: form.text("relay_state").to_owned(),
            logout_url: form.text("logout_url").to_owned(),
        }
    }

    /// What a button of the form does to it: `add-identifier`, `remove-reply_url-2`, ….
    fn change(&mut self, action: &str) {
        for (name, values, default) in [
            ("identifier", &mut self.identifiers, &mut self.default_identifier),
            ("reply_url", &mut self.reply_urls, &mut self.default_reply_url),
        ] {
            if action.strip_prefix("add-") == Some(name) {
                values.push(String::new());
            }
            let removed = action
                .strip_prefix("remove-")
                .and_then(|rest| rest.strip_prefix(name)?.strip_prefix('-')?.parse().ok());
            if let Some(place) = removed.filter(|place: &usize| *place < values.len()) {
                values.remove(place);
                if *default >= place {
                    *default = default.saturating_sub(1);
                }
            }
        }
    }

    /// Leaves out what no list has room for.
    ///
    /// # Errors
    /// Which list was too long, as a sentence.
    fn shorten(&mut self) -> Result<(), String> {
        for (label, values) in [
            (IDENTIFIER, &mut self.identifiers),
            (REPLY_URL, &mut self.reply_urls),
        ] {
            if values.len() > ADDRESSES_MAX {
                values.truncate(ADDRESSES_MAX);
                return Err(format!(
                    "{label}: at most {ADDRESSES_MAX}. These are the first {ADDRESSES_MAX}."
                ));
            }
        }
        Ok(())
    }

    /// A reply URL that is new has to be one that the admin center takes (contracts.md section 4); what an administrator's
    /// manifest registered stays.
    ///
    /// # Errors
    /// What is wrong, a sentence a line.
    fn check(&self, app: &AppEntry) -> Result<(), String> {
        let new = self
            .reply_urls
            .iter()
            .filter(|url| !app.reply_urls.contains(*url));
        let problems = new.filter_map(|url| reply_url_problem(url, ReplyUrlPolicy::Entra));
        let problems: Vec<_> = problems
            .map(|problem| format!("{REPLY_URL}: {problem}."))
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems.join("\n"))
        }
    }

    /// As "Upload metadata file" does: what the file says takes the place of what was there.
    fn take(&mut self, sp: &SpMetadata) {
        self.identifiers = vec![sp.entity_id.clone()];
        self.default_identifier = 0;
        let services = sp.assertion_consumer_services.iter();
        let posted = services.filter(|service| service.endpoint.binding == BINDING_HTTP_POST);
        self.reply_urls = posted.map(|service| service.endpoint.location.clone()).collect();
        let default = sp.default_post_acs().map(|service| &service.endpoint.location);
        let place = self.reply_urls.iter().position(|url| Some(url) == default);
        self.default_reply_url = place.unwrap_or_default();
        let mut sign_outs = sp.single_logout_services.iter();
        if let Some(service) = sign_outs.find(|service| service.binding == BINDING_HTTP_REDIRECT) {
            self.logout_url.clone_from(&service.location);
        }
    }

    /// The default comes first; fields that were left blank are no address.
    fn write_to(&self, app: &mut AppEntry) {
        app.identifiers = default_first(&self.identifiers, self.default_identifier);
        app.reply_urls = default_first(&self.reply_urls, self.default_reply_url);
        app.sign_on_url.clone_from(&self.sign_on_url);
        app.relay_state.clone_from(&self.relay_state);
        app.logout_url.clone_from(&self.logout_url);
    }
}

fn default_first(values: &[String], default: usize) -> Vec<String> {
    let first = values.get(default);
    let others = values.iter().enumerate().filter(|(place, _)| *place != default);
    let mut ordered: Vec<String> = Vec::new();
    for value in first.into_iter().chain(others.map(|(_, value)| value)) {
        if !value.is_empty() && !ordered.contains(value) {
            ordered.push(value.clone());
        }
    }
    ordered
}
