//! Card 5: the "Test" button (entra-behaviour.md 1 and 8).

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use saml_emit::binding::{Parameter, redirect_url};
use saml_model::names;

use super::resolve::Trace;
use crate::pages;
use crate::portal::at::AtApp;
use crate::portal::frame::{Frame, address};
use crate::sign_on::TEST_BUTTON_ID;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "portal/test.html")]
struct TestPage {
    frame: Frame,
    app: String,
    needs: Option<&'static str>,
    /// The page of the cards.
    here: String,
    /// What was pasted into "Resolving errors": nothing yet.
    error: &'static str,
    trace: Trace,
    /// Addresses; empty where there is no test.
    current: String,
    other: String,
}

/// The request of the button, as it was seen: its ID is always the same, and its default namespace another's.
#[derive(Template)]
#[template(
    ext = "xml",
    source = "<samlp:AuthnRequest xmlns=\"{{ names::NS_METADATA }}\" ID=\"{{ id }}\" Version=\"2.0\" IssueInstant=\"{{ instant }}\" IsPassive=\"false\" AssertionConsumerServiceURL=\"{{ acs }}\" xmlns:samlp=\"{{ names::NS_PROTOCOL }}\" ForceAuthn=\"{{ is_forced }}\"><Issuer xmlns=\"{{ names::NS_ASSERTION }}\">{{ issuer }}</Issuer></samlp:AuthnRequest>"
)]
struct Request<'r> {
    id: &'static str,
    instant: String,
    acs: &'r str,
    issuer: &'r str,
    is_forced: bool,
}

/// Sends the browser to the Sign on URL, where sign-on begins at the application; else asks as whom to sign in.
pub(crate) async fn page(at: AtApp) -> Response {
    let (tenant, app) = (at.tenant(), at.app());
    let needs = needs(&at);
    let sign_on_url = &app.entry.sign_on_url;
    if needs.is_none() && !sign_on_url.is_empty() {
        return redirect(StatusCode::FOUND, sign_on_url);
    }
    let title = format!("Test single sign-on with {}", app.entry.name);
    let link = |is_forced| needs.map_or_else(|| request_address(&at, is_forced), |_| String::new());
    let here = format!("{}/sso", address(tenant, app));
    let page = TestPage {
        frame: Frame::app(tenant, app, &title, "/sso").below("Single sign-on", here.clone()),
        here,
        error: "",
        trace: Trace::of(&at, None),
        app: app.entry.name.clone(),
        current: link(false),
        // Entra has another browser window do it, which knows no session (uncertain).
        other: link(true),
        needs,
    };
    pages::page(StatusCode::OK, &page)
}

/// What has to be saved before there can be a test; none: it can be tested.
pub(super) fn needs(at: &AtApp) -> Option<&'static str> {
    let entry = &at.app().entry;
    match (entry.identifiers.first(), entry.reply_urls.first()) {
        // 2.5: its request is not signed.
        _ if entry.verification_certificates.required => {
            Some("Verification certificates are required, so that only the application can begin a sign-on.")
        }
        (None, _) => Some("Save an Identifier (Entity ID) first."),
        (_, None) => Some("Save a Reply URL first."),
        _ => None,
    }
}

fn request_address(at: &AtApp, is_forced: bool) -> String {
    let entry = &at.app().entry;
    let first = |values: &[String]| values.first().cloned().unwrap_or_default();
    let request = Request {
        id: TEST_BUTTON_ID,
        instant: instant(at.at.view.now),
        acs: &first(&entry.reply_urls),
        issuer: &first(&entry.identifiers),
        is_forced,
    };
    let xml = request.render().unwrap_or_default();
    let login = at.at.idp.state.addresses.login(at.tenant().id);
    redirect_url(&login, Parameter::SamlRequest, &xml, None)
}

fn instant(now: Timestamp) -> String {
    format!("{now:.3}")
}
