//! Pages and the headers around them.

use std::sync::Arc;

use askama::Template;
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use control_api::sp::WhoAmI;

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

/// Sets the headers of every answer.
pub(super) fn with_headers(mut answer: Response) -> Response {
    for (name, value) in HEADERS {
        answer.headers_mut().insert(name, value);
    }
    answer
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
}

impl Frame {
    /// The frame of a personality's pages.
    pub(super) fn of(provider: &Provider) -> Self {
        Self {
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
pub(super) fn landing(at: At<'_>, ready: bool, who: Option<WhoAmI>, form_token: String) -> Response {
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
    page(
        StatusCode::OK,
        &Landing {
            frame: Frame::of(at.provider),
            ready,
            who,
            link_kind,
            change,
            form_token,
        },
    )
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
/// introduced as such, what the identity provider says about its own failure.
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
    form_token: String,
}

/// Asks before signing out.
pub(super) fn confirm_logout(at: At<'_>, form_token: String) -> Response {
    page(
        StatusCode::OK,
        &Logout {
            frame: Frame::of(at.provider),
            form_token,
        },
    )
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
