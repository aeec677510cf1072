//! The flow trace: every sign-on and sign-out of a tenant, live, and each with all that was recorded of it.
//!
//! The pages read what [`crate::flows`] recorded and decide nothing. The service provider's side comes from its own
//! events, where whoever runs both gave them ([`crate::MockIdp::set_sp_events`]).

mod detail;
mod diff;
mod difference;
mod har;
mod keys;
mod messages;
mod scenario;
mod sp;
mod timeline;
mod verdicts;
mod xml;

pub(crate) use difference::difference;

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use control_api::idp::FaultSpec;
use uuid::Uuid;

use super::at::AtTenant;
use super::frame::Frame;
use crate::flows::{Decision, Summary};
use crate::limits::FLOWS_LISTED_MAX;
use crate::tenant::Tenant;
use crate::web::header_text;
use crate::{MockIdp, pages};

/// The pages below `/flows/{tenant}`, for whom the admin center is.
pub(crate) fn router(idp: MockIdp) -> Router<MockIdp> {
    Router::new()
        .route("/", get(list))
        .route("/{flow}", get(detail::page))
        .layer(from_fn_with_state(idp, super::check))
}

/// The first page of a tenant's flows.
pub(crate) fn address(tenant: &Tenant) -> String {
    format!("/flows/{}", tenant.id)
}

#[derive(Template)]
#[template(path = "portal/flows.html")]
struct ListPage {
    frame: Frame,
    /// Where the rows alone are.
    live: String,
    rows: Rendered,
    /// The page before and the page after.
    newer: Option<String>,
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "portal/flow_rows.html")]
struct Rows {
    flows: Vec<Row>,
}

struct Row {
    href: String,
    time: String,
    app: String,
    user: String,
    start: &'static str,
    outcome: Outcome,
    faults: Vec<String>,
}

/// Where a flow led, in words.
struct Outcome {
    /// `good`, `bad` or nothing.
    class: &'static str,
    text: String,
}

/// A part of a page that is asked for by itself too.
struct Rendered {
    html: String,
    /// Tells one content from another.
    etag: String,
}

/// The newest flows; with `?part=rows` what stands in the table alone.
async fn list(at: AtTenant, headers: HeaderMap) -> Response {
    let tenant = at.tenant();
    let skipped = at.query.text("from").parse().unwrap_or(0);
    let (flows, more) = at.idp.state.flows.newest(tenant.id, skipped, FLOWS_LISTED_MAX);
    let events = at.sp_events();
    let rows = Rows {
        flows: flows
            .into_iter()
            .map(|(id, summary)| Row::new(tenant, &id, &summary, events.as_ref()))
            .collect(),
    };
    let rows = Rendered::new(&rows);
    let here = address(tenant);
    let live = format!("{here}?part=rows&from={skipped}");
    if at.query.text("part") == "rows" {
        return rows.part(&headers);
    }
    let from = |skipped: usize| format!("{here}?from={skipped}");
    let page = ListPage {
        frame: Frame::directory(tenant, "Flow trace", &here),
        live,
        rows,
        newer: (skipped > 0).then(|| from(skipped.saturating_sub(FLOWS_LISTED_MAX))),
        older: more.then(|| from(skipped.saturating_add(FLOWS_LISTED_MAX))),
    };
    pages::live_page(StatusCode::OK, &page)
}

impl AtTenant {
    /// What the service provider of this tenant recorded; `None` where it does not tell.
    fn sp_events(&self) -> Option<sp::Told> {
        let events = self.slot.lock().sp_events.clone()?;
        Some(sp::Told {
            events: events(),
            sent: self.idp.state.flows.digests(self.view.tenant.id),
        })
    }
}

impl Row {
    fn new(tenant: &Tenant, id: &str, summary: &Summary, events: Option<&sp::Told>) -> Self {
        let messages = sp::Messages::of(summary);
        let said = events.map_or_else(Vec::new, |events| sp::said(events, &messages));
        Self {
            href: format!("{}/{id}", address(tenant)),
            time: time(summary),
            app: summary.app.clone().unwrap_or_default(),
            user: summary.user.clone(),
            start: summary.start.map_or("", |start| start.label()),
            outcome: outcome(summary, &said),
            faults: summary.faults.iter().map(fault_words).collect(),
        }
    }
}

/// When a flow began, by the tenant's clock, in UTC.
fn time(summary: &Summary) -> String {
    summary.began.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A fault with its parameters.
pub(super) fn fault_words(spec: &FaultSpec) -> String {
    let parameters = spec.parameters.iter();
    let parameters: Vec<_> = parameters
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    if parameters.is_empty() {
        return spec.id.clone();
    }
    format!("{} ({})", spec.id, parameters.join(", "))
}

/// A flow as other pages list it.
pub(super) struct LastFlow {
    pub(super) href: String,
    pub(super) time: String,
    pub(super) user: String,
    /// Where it led, and its class.
    pub(super) outcome: String,
    pub(super) class: &'static str,
    /// Whether it is known to be the application's.
    pub(super) is_own: bool,
    pub(super) has_request: bool,
    pub(super) has_response: bool,
}

/// The newest flows of an application, at most `most`; with a code, those too that it stopped before an application was
/// known. Only the newest [`FLOWS_LISTED_MAX`] of the tenant are looked through.
pub(super) fn last_of(at: &AtTenant, app: Uuid, code: Option<&str>, most: usize) -> Vec<LastFlow> {
    let tenant = at.tenant();
    let (flows, _) = at.idp.state.flows.newest(tenant.id, 0, FLOWS_LISTED_MAX);
    let events = at.sp_events();
    let is_stopped_by = |summary: &Summary| match &summary.decision {
        Decision::Stopped(stopped) => summary.app.is_none() && code == Some(stopped.as_str()),
        _ => false,
    };
    let wanted = flows.into_iter().filter_map(|(id, summary)| {
        let is_own = summary.app_id == Some(app);
        (is_own || is_stopped_by(&summary)).then_some((id, summary, is_own))
    });
    let last = wanted.take(most).map(|(id, summary, is_own)| {
        let row = Row::new(tenant, &id, &summary, events.as_ref());
        LastFlow {
            href: row.href,
            time: row.time,
            user: row.user,
            outcome: row.outcome.text,
            class: row.outcome.class,
            is_own,
            has_request: !summary.request_ids.is_empty(),
            has_response: !summary.response_ids.is_empty(),
        }
    });
    last.collect()
}

/// What the identity provider decided and, where it is known, the service provider after it.
fn outcome(summary: &Summary, said: &[sp::Said]) -> Outcome {
    let (class, mut text) = match &summary.decision {
        Decision::Waiting => ("", "Waits for the user".to_owned()),
        Decision::Mishap => ("bad", "No response was made".to_owned()),
        Decision::Stopped(code) if code.is_empty() => ("bad", "Stopped".to_owned()),
        Decision::Stopped(code) => ("bad", code.clone()),
        Decision::Failed(code) => ("bad", format!("Failure response, {code}")),
        Decision::Issued => ("", "Response issued".to_owned()),
        Decision::SignedIn => ("good", "Signed in".to_owned()),
        Decision::SignedOut => ("good", "Signed out".to_owned()),
        Decision::Served => ("", "Metadata fetched".to_owned()),
    };
    let decided = said.iter().rev().find(|said| said.is_decision);
    let Some(decided) = decided else {
        return Outcome { class, text };
    };
    text = format!("{text}; SP {}", decided.text);
    let class = match (&decided.rejection, class) {
        (Some(_), _) => "bad",
        (None, "") => "good",
        (None, class) => class,
    };
    Outcome { class, text }
}

impl Rendered {
    fn new(template: &impl Template) -> Self {
        let html = template.render().unwrap_or_default();
        let digest = openssl::sha::sha256(html.as_bytes());
        let etag: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            html,
            etag: format!("\"{etag}\""),
        }
    }

    /// The part alone; nothing where the asker has it already.
    fn part(self, headers: &HeaderMap) -> Response {
        let etag = HeaderValue::from_str(&self.etag).unwrap_or(HeaderValue::from_static("\"\""));
        if header_text(headers, header::IF_NONE_MATCH) == Some(self.etag.as_str()) {
            return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
        }
        let headers = [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            ),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
            (
                header::CONTENT_SECURITY_POLICY,
                HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
            ),
            (header::ETAG, etag),
        ];
        (headers, self.html).into_response()
    }
}

/// A flow that is not there.
fn missing(tenant: &Tenant) -> Response {
    let text = format!(
        "No flow of {} has this id. The oldest are forgotten where there are too many.",
        tenant.file.tenant.display_name
    );
    pages::mishap(StatusCode::NOT_FOUND, "There is no such flow", &text)
}

/// The segment of a flow's address: its id, and what of it is wanted.
fn segment(Path(segments): &Path<std::collections::HashMap<String, String>>) -> &str {
    segments.get("flow").map_or("", String::as_str)
}
