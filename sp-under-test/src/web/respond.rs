//! Pages and the headers around them.

use std::sync::Arc;

use askama::Template;
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use control_api::sp::WhoAmI;
use url::Url;

use super::At;
use crate::{
    instance::{Instance, Provider},
    rejection::Rejection,
};

/// The headers of every answer. There is none of CORS: no other site reads anything here.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // With no-referrer a browser would send `Origin: null` with our own forms.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::VARY, HeaderValue::from_static("Cookie")),
];

/// Sets the headers of every answer. A page that has a content security policy of its own keeps it.
pub(super) fn with_headers(mut answer: Response) -> Response {
    for (name, value) in HEADERS {
        answer.headers_mut().entry(name).or_insert(value);
    }
    answer
}

/// Lets a page's forms lead to the identity provider at `address` too, there or by a redirect, and its one script run.
fn with_form_target(answer: Response, address: &str, script: Option<&str>) -> Response {
    with_policy(answer, &format!("'self' {}", source(address)), script)
}

/// Lets a page's one script run.
pub(super) fn with_script(answer: Response, script: &str) -> Response {
    with_policy(answer, "'self'", Some(script))
}

/// The page's own content security policy: where its forms lead, and its one script.
fn with_policy(mut answer: Response, forms: &str, script: Option<&str>) -> Response {
    let script = script.map_or_else(String::new, |script| {
        let hash = STANDARD.encode(openssl::sha::sha256(script.as_bytes()));
        format!("script-src 'sha256-{hash}'; ")
    });
    let policy = format!(
        "default-src 'none'; style-src 'self'; {script}form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
    );
    // Without the header the page gets the common one, which allows less.
    if let Ok(policy) = HeaderValue::try_from(policy) {
        answer
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    answer
}

/// The site of an address as a CSP source; where its host cannot stand there (an IPv6 address, punctuation), its scheme.
fn source(address: &str) -> String {
    let Ok(url) = Url::parse(address) else {
        return "'self'".to_owned();
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if url.host_str().is_some_and(|host| host.bytes().all(plain)) {
        url.origin().ascii_serialization()
    } else {
        format!("{}:", url.scheme())
    }
}

/// The style sheet.
pub(super) async fn style() -> Response {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("../../templates/style.css"),
    )
        .into_response()
}

/// What every page of a personality shows around its content.
pub(super) struct Frame {
    pub(super) product: &'static str,
    pub(super) app: &'static str,
    pub(super) instance: String,
    pub(super) path: String,
    /// The first label on the way to the settings, and its address.
    pub(super) settings: (&'static str, String),
}

impl Frame {
    /// The frame of a personality's pages.
    pub(super) fn of(provider: &Provider) -> Self {
        let personality = provider.personality;
        let first = personality.way.first().map_or("Settings", |step| step.label);
        let page = format!("{}/{}", provider.addresses.path, personality.way_page(0));
        Self {
            settings: (first, page),
            product: provider.personality.product,
            app: provider.personality.app,
            instance: provider.scope.instance.clone(),
            path: provider.addresses.path.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    instances: &'a [Arc<Instance>],
}

/// Every instance.
pub(super) fn home(instances: &[Arc<Instance>]) -> Response {
    page(StatusCode::OK, &Home { instances })
}

#[derive(Template)]
#[template(path = "landing.html")]
struct Landing {
    frame: Frame,
    ready: bool,
    who: Option<WhoAmI>,
    link_kind: &'static str,
    change: &'static str,
    form_token: String,
}

/// Who is signed in.
pub(super) fn landing(at: At<'_>, who: Option<WhoAmI>, form_token: String) -> Response {
    use control_api::sp::AccountChange::{Created, Linked, Unchanged, Updated};
    let change = who.as_ref().map_or("", |who| match who.account.change {
        Created => "created at this sign-on",
        Linked => "linked at this sign-on",
        Updated => "updated at this sign-on",
        Unchanged => "unchanged by this sign-on",
    });
    let link_kind = who
        .as_ref()
        .map_or("", |who| crate::store::Link::kind_in_words(who.account.link.by));
    let landing = Landing {
        frame: Frame::of(at.provider),
        ready: at.provider.state().trusted(at.instance.now()).is_some(),
        who,
        link_kind,
        change,
        form_token,
    };
    with_sign_out(at, page(StatusCode::OK, &landing))
}

/// A page with a form that signs out, which leads to the identity provider where it knows single sign-out.
fn with_sign_out(at: At<'_>, answer: Response) -> Response {
    match at
        .provider
        .state()
        .trusted(at.instance.now())
        .and_then(|trust| trust.sign_out.as_ref())
    {
        Some(service) => with_form_target(answer, &service.location, None),
        None => answer,
    }
}

#[derive(Template)]
#[template(path = "request.html")]
struct RequestForm<'a> {
    frame: Frame,
    destination: &'a str,
    message: &'a str,
    relay_state: Option<&'a str>,
    script: &'static str,
}

/// Sends the form of [`request_form`] where scripts run; its button does where they do not.
const SUBMIT_SCRIPT: &str = "document.forms[0].submit()";

/// Posts a request to the identity provider (saml-bindings 3.5.4).
pub(super) fn request_form(
    at: At<'_>,
    destination: &str,
    message: &str,
    relay_state: Option<&str>,
) -> Response {
    let form = RequestForm {
        frame: Frame::of(at.provider),
        destination,
        message,
        relay_state,
        script: SUBMIT_SCRIPT,
    };
    with_form_target(page(StatusCode::OK, &form), destination, Some(SUBMIT_SCRIPT))
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct Refusal {
    frame: Frame,
    rejection: &'static str,
    sentence: &'static str,
    error_text: Option<(&'static str, &'static str)>,
    idp_message: Option<String>,
}

/// The longest message of an identity provider that is shown, in characters.
const IDP_MESSAGE_MAX: usize = 300;

/// A refusal: its id for machines, its sentence for people. Nothing of the message is repeated but, escaped and
/// introduced as such, what the identity provider says about its own failure, in answer to this browser.
pub(super) fn refusal(at: At<'_>, rejection: Rejection, idp_message: Option<&str>) -> Response {
    let refusal = Refusal {
        frame: Frame::of(at.provider),
        rejection: rejection.id(),
        sentence: rejection.sentence(),
        error_text: at.provider.personality.error_text,
        idp_message: idp_message.map(|message| message.chars().take(IDP_MESSAGE_MAX).collect()),
    };
    page(rejection.status(), &refusal)
}

#[derive(Template)]
#[template(path = "logout.html")]
struct Logout {
    frame: Frame,
    single: bool,
    form_token: String,
}

/// Asks before signing out, here or, with `single`, at the identity provider too.
pub(super) fn confirm_logout(at: At<'_>, single: bool, form_token: String) -> Response {
    let logout = Logout {
        frame: Frame::of(at.provider),
        single,
        form_token,
    };
    with_sign_out(at, page(StatusCode::OK, &logout))
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOut {
    frame: Frame,
    asked_by_idp: bool,
}

/// Single sign-out is done: the identity provider asked for it, or answered.
pub(super) fn signed_out(at: At<'_>, asked_by_idp: bool) -> Response {
    let signed_out = SignedOut {
        frame: Frame::of(at.provider),
        asked_by_idp,
    };
    page(StatusCode::OK, &signed_out)
}

#[derive(Template)]
#[template(path = "sign_out_refusal.html")]
struct SignOutRefusal {
    frame: Frame,
    rejection: &'static str,
    sentence: &'static str,
    idp_message: Option<String>,
}

/// A refusal of a message of single sign-out, as [`refusal`] is of a response: none is read that the identity provider did not sign.
pub(super) fn sign_out_refusal(at: At<'_>, rejection: Rejection, idp_message: Option<&str>) -> Response {
    let refusal = SignOutRefusal {
        frame: Frame::of(at.provider),
        rejection: rejection.id(),
        sentence: sign_out_sentence(rejection),
        idp_message: idp_message.map(|message| message.chars().take(IDP_MESSAGE_MAX).collect()),
    };
    page(rejection.status(), &refusal)
}

/// What the page says where [`Rejection::sentence`] speaks of signing in.
fn sign_out_sentence(rejection: Rejection) -> &'static str {
    match rejection {
        Rejection::StatusNotSuccess => "The identity provider could not sign you out everywhere.",
        Rejection::SignatureInvalid => {
            "The message is not signed by an identity provider that is trusted here."
        }
        Rejection::IssuerUnknown => "The message comes from an identity provider that is not trusted here.",
        Rejection::DestinationMismatch => "The message was addressed to another service.",
        Rejection::OutsideValidity => "The message is no longer valid, or not valid yet. Compare the clocks.",
        Rejection::InResponseToUnknown => {
            "The message does not answer a sign-out that was started in this browser."
        }
        Rejection::Replayed => "This message was used before.",
        Rejection::Malformed => "What arrived is not a sign-out message that this service can read.",
        other => other.sentence(),
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    title: &'a str,
    sentence: &'a str,
}

/// A page with one sentence.
pub(super) fn message(status: StatusCode, title: &str, sentence: &str) -> Response {
    page(status, &Message { title, sentence })
}

/// There is no such page.
pub(super) fn not_found() -> Response {
    let sentence = "There is no such page. The list of instances has the addresses of those there are.";
    message(StatusCode::NOT_FOUND, "Not found", sentence)
}

/// The page is there, but not for this method.
pub(super) fn method_not_allowed(allow: &'static str) -> Response {
    let sentence = format!("This address answers {allow} only.");
    let answer = message(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", &sentence);
    ([(header::ALLOW, allow)], answer).into_response()
}

/// Something broke here; `reason` is about this program, never about a message.
pub(super) fn broken(reason: &str) -> Response {
    let sentence = format!("The reference service provider cannot go on: {reason}.");
    message(
        StatusCode::INTERNAL_SERVER_ERROR,
        "This should not happen",
        &sentence,
    )
}

/// Renders a page.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
