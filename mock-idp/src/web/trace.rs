//! Every request of a sign-on or a sign-out belongs to a flow, and is recorded under it.

use std::convert::Infallible;

use axum::body::HttpBody as _;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::Response;
use control_api::guard::Guard;
use control_api::{FLOW_HEADER, is_flow_id};
use jiff::Timestamp;

use super::{Caller, header_text};
use crate::flows::{Hop, Kept, Trace, without_secrets};
use crate::{MockIdp, world};

/// Headers of a request that are recorded: none that names a person or proves who somebody is.
const REQUEST_HEADERS: &[HeaderName] = &[
    header::HOST,
    header::USER_AGENT,
    header::ACCEPT_LANGUAGE,
    header::CONTENT_TYPE,
    header::ORIGIN,
];

/// Headers of an answer that are recorded.
const ANSWER_HEADERS: &[HeaderName] = &[header::CONTENT_TYPE, header::ALLOW];

/// The flow that a request belongs to by its header.
pub(super) fn given(headers: &HeaderMap) -> Trace {
    let flow = headers.get(FLOW_HEADER).and_then(|value| value.to_str().ok());
    Trace::given(flow.filter(|flow| is_flow_id(flow)).map(str::to_owned))
}

/// Who sends a request, as its handler gets it.
pub(crate) struct Sender {
    headers: HeaderMap,
    trace: Trace,
}

impl Sender {
    /// See [`Caller::new`].
    pub(crate) fn caller(self) -> Caller {
        Caller::new(&self.headers).traced(self.trace)
    }

    /// See [`Caller::with_user`].
    pub(crate) fn caller_with_user(self, guard: &Guard) -> Caller {
        Caller::with_user(&self.headers, guard).traced(self.trace)
    }

    /// See [`Caller::without_cookies`].
    pub(crate) fn caller_without_cookies(self) -> Caller {
        Caller::without_cookies(&self.headers).traced(self.trace)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Sender {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let numbered = parts.extensions.get::<Trace>().cloned();
        Ok(Self {
            trace: numbered.unwrap_or_else(|| given(&parts.headers)),
            headers: parts.headers.clone(),
        })
    }
}

/// Gives the request a flow and, where anything of it was recorded, records the request with its answer.
pub(crate) async fn record(State(idp): State<MockIdp>, mut request: Request, next: Next) -> Response {
    let flows = &idp.state.flows;
    let trace = given(request.headers()).numbered(flows.next_request(), || world::guid().to_string());
    let began = world::now();
    let hop = asked(&request);
    request.extensions_mut().insert(trace.clone());
    let response = next.run(request).await;
    let hop = answered(hop, &response, began);
    let came = |tenant| Some(idp.state.tenants.of_id(tenant)?.time_at(began));
    flows.record_hop(&trace, came, hop);
    response
}

fn asked(request: &Request) -> Hop {
    let query = request.uri().query().filter(|query| !query.is_empty());
    Hop {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: query.map(|query| Kept::new(&without_secrets(query))),
        headers: chosen(request.headers(), REQUEST_HEADERS),
        status: 0,
        answer_headers: Vec::new(),
        bytes: None,
        took: jiff::SignedDuration::ZERO,
    }
}

fn answered(hop: Hop, response: &Response, began: Timestamp) -> Hop {
    let mut answer_headers = chosen(response.headers(), ANSWER_HEADERS);
    if let Some(location) = header_text(response.headers(), header::LOCATION) {
        // Its query may carry a message, which is recorded as one that went out.
        let page = location.split('?').next().unwrap_or_default();
        answer_headers.push(("location", page.to_owned()));
    }
    Hop {
        status: response.status().as_u16(),
        answer_headers,
        bytes: response.body().size_hint().exact(),
        took: world::now().duration_since(began),
        ..hop
    }
}

fn chosen(headers: &HeaderMap, names: &'static [HeaderName]) -> Vec<(&'static str, String)> {
    let chosen = names.iter().filter_map(|name| {
        let value = header_text(headers, name.clone())?;
        Some((name.as_str(), value.to_owned()))
    });
    chosen.collect()
}
