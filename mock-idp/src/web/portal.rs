//! The admin pages below `/portal/{tenant}` (contracts.md section 6), and who may see them: whoever may use the control API.

pub(crate) mod claims;
pub(crate) mod mails;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use control_api::guard::Refusal;

use super::{header_text, sentence};
use crate::{MockIdp, pages};

/// Host, Origin and, off loopback, the token: as `Authorization: Bearer`, or as the password that a browser asks for.
pub(crate) async fn check(State(idp): State<MockIdp>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if is_embedded(headers) {
        return pages::mishap(
            StatusCode::FORBIDDEN,
            "This page is not for other sites",
            "Another site asked for it as a part of one of its pages. Open the address itself.",
        );
    }
    // What is no text matches nothing.
    let text = |name: header::HeaderName| {
        headers
            .contains_key(&name)
            .then(|| header_text(headers, name).unwrap_or("?"))
    };
    let authorization = by_password(headers);
    let refused = idp.state.guard.check(
        header_text(headers, header::HOST),
        text(header::ORIGIN),
        authorization.as_deref().or(text(header::AUTHORIZATION)),
    );
    match refused {
        Ok(()) => next.run(request).await,
        Err(refusal @ Refusal::Token) => {
            let told = sentence(&refusal.to_string());
            let mut response = pages::mishap(
                StatusCode::UNAUTHORIZED,
                "This page needs the control token",
                &told,
            );
            let challenge =
                HeaderValue::from_static("Basic realm=\"entrant: the control token is the password\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            response
        }
        Err(refusal) => pages::mishap(
            StatusCode::FORBIDDEN,
            "This page is not for everybody",
            &sentence(&refusal.to_string()),
        ),
    }
}

/// Whether a page of another site asks for it by itself, as an image's address does, with no person going there (Fetch
/// Metadata): such a request brings no Origin, but may cost as much as any.
fn is_embedded(headers: &HeaderMap) -> bool {
    let says = |name: &str, value: &str| headers.get(name).is_some_and(|given| given == value);
    says("sec-fetch-site", "cross-site") && !says("sec-fetch-mode", "navigate")
}

/// The password of HTTP's Basic scheme, under any name, as the guard takes a token.
fn by_password(headers: &HeaderMap) -> Option<String> {
    let given = header_text(headers, header::AUTHORIZATION)?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(STANDARD.decode(given.trim()).ok()?).ok()?;
    let (_, password) = pair.split_once(':')?;
    Some(format!("Bearer {password}"))
}
