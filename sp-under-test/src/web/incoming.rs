//! The body of a request, within its limit; and where there is no whole one, why.

use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;

use axum::{
    body::{Body, HttpBody as _},
    extract::Request,
    http::StatusCode,
    response::Response,
};

use super::respond;

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// It is larger than this limit, in bytes.
    TooLarge(usize),
    /// It did not come in the time that the server gives.
    TooSlow,
    /// The connection broke, or what came is no HTTP.
    Broken,
}

/// A body that was not read to its end.
#[derive(Debug)]
pub(super) struct Unfinished {
    /// Why.
    pub(super) cut: Cut,
    /// What came of it, within the limit.
    pub(super) begun: Vec<u8>,
}

impl Cut {
    /// The status of the answer (RFC 9110, 15.5).
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }

    /// What happened, as the rest of a sentence about the form.
    pub(super) fn words(self) -> String {
        match self {
            Self::TooLarge(max) => format!("is larger than {max} bytes"),
            Self::TooSlow => "did not arrive in time".to_owned(),
            Self::Broken => "did not arrive whole".to_owned(),
        }
    }

    /// The page that says so.
    pub(super) fn page(self) -> Response {
        let title = match self {
            Self::TooLarge(_) => "Too large",
            Self::TooSlow => "Too slow",
            Self::Broken => "Not whole",
        };
        let sentence = format!("What was sent {}.", self.words());
        respond::message(self.status(), title, &sentence)
    }
}

/// Reads a body of at most `max` bytes.
///
/// # Errors
/// Why it is not whole, with what came.
pub(super) async fn read(request: Request, max: usize) -> Result<Vec<u8>, Unfinished> {
    let mut body = request.into_body();
    let mut begun = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let data = match frame {
            // Trailers say nothing here.
            Ok(frame) => frame.into_data().unwrap_or_default(),
            Err(error) => {
                let cut = if is_late(&error) {
                    Cut::TooSlow
                } else {
                    Cut::Broken
                };
                return Err(Unfinished { cut, begun });
            }
        };
        let room = max - begun.len();
        begun.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            let cut = Cut::TooLarge(max);
            return Err(Unfinished { cut, begun });
        }
    }
    Ok(begun)
}

/// The same, with a page for whoever sent what is not whole.
pub(super) async fn page_or(request: Request, max: usize) -> Result<Vec<u8>, Box<Response>> {
    let body = read(request, max).await;
    body.map_err(|unfinished| Box::new(unfinished.cut.page()))
}

/// The request again, with a body that is known to be within its limit.
pub(super) async fn within(request: Request, max: usize) -> Result<Request, Box<Response>> {
    let (parts, incoming) = request.into_parts();
    let bytes = page_or(Request::from_parts(parts.clone(), incoming), max).await?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// Whether the server gave up waiting: somewhere in the chain it says so.
fn is_late(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let known = error.downcast_ref::<io::Error>();
        if known.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            return true;
        }
        cause = error.source();
    }
    false
}
