//! "View step-by-step instructions" of card 4, for an application of the gallery: which value goes into which field of the
//! product, and which of the product's goes in here.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use certs::CertsError;

use super::certificates::{self, download_address};
use crate::guides::{Given, Guide, at_sp, of_template};
use crate::pages;
use crate::portal::at::AtApp;
use crate::portal::frame::{Frame, address};
use crate::portal::labels;
use crate::web::blocking;

#[derive(Template)]
#[template(path = "portal/instructions.html")]
struct InstructionsPage {
    frame: Frame,
    guide: &'static Guide,
    /// The product's settings, where the mock knows the service provider.
    settings: Option<String>,
    /// The page of the cards.
    here: String,
    there: Vec<Field>,
    back: Vec<Field>,
}

/// A field with the value that goes in.
struct Field {
    /// The field.
    label: &'static str,
    /// What the value is called where it is taken from.
    source: &'static str,
    /// As older guides call that.
    earlier: String,
    value: Value,
}

enum Value {
    /// To copy.
    Text(String),
    /// The address of a file, and what to do with it.
    File(String, &'static str),
    /// It has to be made or saved first.
    Missing(&'static str),
}

/// The guide of an application; those of the gallery have one.
pub(super) fn guide(at: &AtApp) -> Option<&'static Guide> {
    of_template(at.app().entry.template.as_deref()?)
}

/// The instructions.
pub(crate) async fn page(at: AtApp) -> Response {
    // A thumbprint may need its key made.
    blocking(move || show(&at)).await
}

fn show(at: &AtApp) -> Response {
    let Some(guide) = guide(at) else {
        return pages::mishap(
            StatusCode::NOT_FOUND,
            "There are no step-by-step instructions",
            "Applications of the gallery have them; this one was created without.",
        );
    };
    let page = match InstructionsPage::new(at, guide) {
        Ok(page) => page,
        Err(error) => return certificates::failed(&error.to_string()),
    };
    pages::page(StatusCode::OK, &page)
}

impl InstructionsPage {
    fn new(at: &AtApp, guide: &'static Guide) -> Result<Self, CertsError> {
        let here = format!("{}/sso", address(at.tenant(), at.app()));
        let sp = at.at.slot.lock().sp().map(str::to_owned);
        let there = guide.fields.iter().map(|(label, given)| {
            Ok(Field {
                label,
                source: given.label(),
                earlier: labels::earlier(given.label()),
                value: value(at, *given)?,
            })
        });
        let back = guide.taken.iter().map(|(label, source, known)| Field {
            label,
            source,
            earlier: labels::earlier(label),
            value: at_sp(known, sp.as_deref()).map_or(Value::Missing("The product shows it."), Value::Text),
        });
        let title = format!("Configure {}", at.app().entry.name);
        Ok(Self {
            frame: Frame::app(at.tenant(), at.app(), &title, "/sso").below("Single sign-on", here.clone()),
            guide,
            settings: at_sp(guide.settings, sp.as_deref()),
            here,
            there: there.collect::<Result<_, CertsError>>()?,
            back: back.collect(),
        })
    }
}

fn value(at: &AtApp, given: Given) -> Result<Value, CertsError> {
    let (tenant, app) = (at.tenant(), at.app());
    let addresses = &at.at.idp.state.addresses;
    Ok(match given {
        Given::Login | Given::Logout => Value::Text(addresses.login(tenant.id)),
        Given::Issuer => Value::Text(app.issuer(tenant)),
        Given::MetadataUrl => Value::Text(addresses.metadata(tenant.id, Some(app.id))),
        Given::File(form, what) => {
            let active = app.certificates.iter().find(|listed| listed.active);
            match active.map(|listed| listed.certificate.thumbprint()).transpose()? {
                Some(thumbprint) => Value::File(download_address(at, &thumbprint, form), what),
                None => {
                    Value::Missing("No certificate is active: choose SAML as method, or make one active.")
                }
            }
        }
    })
}
