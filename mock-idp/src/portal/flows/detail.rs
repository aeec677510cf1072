//! One flow: what happened, the messages as they were and as they can be read, what the accept side and the service
//! provider say, and the ways to take it elsewhere.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::at::AtTenant;
use super::super::frame::Frame;
use super::keys;
use super::messages::{self, Incoming, Outgoing};
use super::scenario::{Source, scenario};
use super::timeline::{Step, steps};
use super::verdicts::{Judgement, Named, SignatureVerdict, Verdicts, judge, judge_query};
use super::xml::Line;
use super::{Outcome, Rendered, address, diff, fault_words, har, missing, outcome, segment, sp, time, xml};
use crate::flows::{Recorded, Summary};
use crate::limits::FLOWS_LISTED_MAX;
use crate::pages;
use crate::web::blocking;

#[derive(Template)]
#[template(path = "portal/flow.html")]
struct FlowPage {
    frame: Frame,
    /// Where the facts alone are.
    live: String,
    facts: Rendered,
    har: String,
    scenario: Result<ScenarioFile, &'static str>,
    incoming: Vec<IncomingView>,
    outgoing: Vec<OutgoingView>,
}

#[derive(Template)]
#[template(path = "portal/flow_facts.html")]
struct Facts {
    /// Where the page is, if it was loaded before a message that it does not show.
    stale: Option<String>,
    rows: Vec<(&'static str, String)>,
    outcome: Outcome,
    /// What the service provider said; `None`: it does not tell.
    said: Option<Vec<sp::Said>>,
    steps: Vec<Step>,
}

struct ScenarioFile {
    href: String,
    text: String,
}

struct IncomingView {
    message: Incoming,
    signatures: Vec<SignatureVerdict>,
    layout: Result<Layout, String>,
}

struct OutgoingView {
    message: Outgoing,
    layout: Result<Layout, String>,
    /// Beside the honest one, where there were faults.
    beside: Option<Vec<diff::Row>>,
    /// The form beside Entra's, where it differs.
    forms: Option<Vec<diff::Row>>,
    /// Of a response.
    verdicts: Option<Verdicts>,
    /// Of the address that the browser loads.
    signatures: Vec<SignatureVerdict>,
}

/// A message for reading.
struct Layout {
    lines: Vec<Line>,
    left_out: usize,
}

impl Layout {
    fn of(xml: &str) -> Self {
        let (lines, left_out) = xml::lines(xml);
        Self { lines, left_out }
    }
}

/// What of a flow is wanted.
enum Wanted {
    Page,
    /// The facts alone, for a page that shows so many messages.
    Facts(usize),
    Archive,
    Scenario,
}

/// `/{flow}`, `/{flow}?part=facts`, `/{flow}.har` and `/{flow}.toml`: no flow id has a dot.
pub(super) async fn page(at: AtTenant, path: Path<HashMap<String, String>>, headers: HeaderMap) -> Response {
    let segment = segment(&path);
    let (id, wanted) = match segment.rsplit_once('.') {
        Some((id, "har")) => (id, Wanted::Archive),
        Some((id, "toml")) => (id, Wanted::Scenario),
        _ if at.query.text("part") == "facts" => {
            let shown = at.query.text("messages").parse().unwrap_or(usize::MAX);
            (segment, Wanted::Facts(shown))
        }
        _ => (segment, Wanted::Page),
    };
    let Some(recorded) = at.idp.state.flows.recorded(at.view.tenant.id, id) else {
        return missing(at.tenant());
    };
    let id = id.to_owned();
    // Verifying and comparing takes a moment.
    blocking(move || Flow::new(&at, id, recorded).answer(&wanted, &headers)).await
}

/// A flow with all that is said about it.
struct Flow<'f> {
    at: &'f AtTenant,
    id: String,
    recorded: Recorded,
    summary: Summary,
    incoming: Vec<Incoming>,
    outgoing: Vec<Outgoing>,
    said: Option<Vec<sp::Said>>,
}

impl<'f> Flow<'f> {
    fn new(at: &'f AtTenant, id: String, recorded: Recorded) -> Self {
        let summary = Summary::of(&recorded);
        let incoming = messages::incoming(&recorded);
        let outgoing = messages::outgoing(&recorded);
        let sign_outs = outgoing
            .iter()
            .filter(|message| message.binding == "HTTP-Redirect");
        let sent = sp::Messages {
            sign_outs: sign_outs
                .filter_map(|message| messages::id_of(message.xml.as_ref().ok()?))
                .collect(),
            ..sp::Messages::of(&summary)
        };
        let said = at.sp_events().map(|events| sp::said(&events, &sent));
        Self {
            at,
            id,
            recorded,
            summary,
            incoming,
            outgoing,
            said,
        }
    }

    fn answer(self, wanted: &Wanted, headers: &HeaderMap) -> Response {
        match wanted {
            Wanted::Page => self.page(),
            Wanted::Facts(shown) => self.facts(*shown).part(headers),
            Wanted::Archive => self.archive(),
            Wanted::Scenario => match self.scenario() {
                Ok(text) => download(
                    "application/toml; charset=utf-8",
                    &format!("{}.toml", self.id),
                    text,
                ),
                Err(reason) => {
                    pages::mishap(StatusCode::NOT_FOUND, "There is no scenario of this flow", reason)
                }
            },
        }
    }

    fn scenario(&self) -> Result<String, &'static str> {
        scenario(&Source {
            tenant: self.at.tenant(),
            summary: &self.summary,
            incoming: &self.incoming,
            said: self.said.as_deref().unwrap_or_default(),
            let_in: &|| self.let_in(),
        })
    }

    /// Another user whom the service provider let in to this application; of the newest flows.
    fn let_in(&self) -> Option<String> {
        let events = self.at.sp_events()?;
        let tenant = self.at.view.tenant.id;
        let (newest, _) = self.at.idp.state.flows.newest(tenant, 0, FLOWS_LISTED_MAX);
        let is_other = |summary: &Summary| {
            summary.app_id == self.summary.app_id
                && summary.user != self.summary.user
                && summary.faults.is_empty()
        };
        let mut others = newest.into_iter().filter(|(_, summary)| is_other(summary));
        let found = others.find(|(_, summary)| {
            let said = sp::said(&events, &sp::Messages::of(summary));
            let decided = said.iter().rev().find(|said| said.is_decision);
            decided.is_some_and(|said| said.rejection.is_none())
        });
        found.map(|(_, summary)| summary.user)
    }

    fn archive(&self) -> Response {
        let base = self.at.idp.state.addresses.base();
        let archive = har::archive(&self.recorded, &self.incoming, &self.outgoing, base);
        let text = serde_json::to_string_pretty(&archive).unwrap_or_default();
        download("application/json", &format!("{}.har", self.id), text)
    }

    /// Messages that came and went.
    fn messages(&self) -> usize {
        self.incoming.len() + self.outgoing.len()
    }

    fn address(&self) -> String {
        format!("{}/{}", address(self.at.tenant()), self.id)
    }

    /// For a page that shows so many messages.
    fn facts(&self, shown: usize) -> Rendered {
        let summary = &self.summary;
        let faults: Vec<_> = summary.faults.iter().map(fault_words).collect();
        let rows = [
            ("Began (tenant's time, UTC)", time(summary)),
            ("Application", summary.app.clone().unwrap_or_default()),
            ("User", summary.user.clone()),
            (
                "Started by",
                summary.start.map_or("", |start| start.label()).to_owned(),
            ),
            ("Faults", faults.join(", ")),
            ("Flow id", self.id.clone()),
        ];
        Rendered::new(&Facts {
            stale: (self.messages() > shown).then(|| self.address()),
            rows: rows.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
            outcome: outcome(summary, self.said.as_deref().unwrap_or_default()),
            said: self.said.clone(),
            steps: steps(&self.recorded),
        })
    }

    fn page(self) -> Response {
        let tenant = self.at.tenant();
        let here = self.address();
        let scenario = self.scenario().map(|text| ScenarioFile {
            href: format!("{here}.toml"),
            text,
        });
        let title = match &self.summary.app {
            Some(app) => format!("Flow of {app}"),
            None => "Flow".to_owned(),
        };
        let shown = self.messages();
        let facts = self.facts(shown);
        let now = self.at.view.now;
        let signers = keys::of_sp(tenant, self.summary.app_id);
        let incoming = self.incoming.into_iter();
        let incoming = incoming.map(|message| IncomingView::new(message, &signers, now));
        let outgoing = self.outgoing.into_iter().map(|message| {
            let known = keys::of_application(self.at, message.app_id);
            OutgoingView::new(message, &known, now)
        });
        let page = FlowPage {
            frame: Frame::directory(tenant, &title, &format!("{}/", address(tenant)))
                .below("Flow trace", address(tenant)),
            live: format!("{here}?part=facts&messages={shown}"),
            facts,
            har: format!("{here}.har"),
            scenario,
            incoming: incoming.collect(),
            outgoing: outgoing.collect(),
        };
        pages::live_page(StatusCode::OK, &page)
    }
}

impl IncomingView {
    fn new(message: Incoming, known: &[Named], now: jiff::Timestamp) -> Self {
        let layout = message.xml.as_deref().map(Layout::of).map_err(Clone::clone);
        let signatures = match (&message.query, &message.xml) {
            (Some(query), _) => judge_query(query, known).into_iter().collect(),
            (None, Ok(xml)) => judge(xml, known, message.at, now).signatures,
            (None, Err(_)) => Vec::new(),
        };
        Self {
            message,
            signatures,
            layout,
        }
    }
}

impl OutgoingView {
    fn new(message: Outgoing, known: &[Named], now: jiff::Timestamp) -> Self {
        let xml = message.xml.as_deref().ok();
        let read = message.open.as_deref().or(xml);
        let is_response = message.binding == "HTTP-POST";
        let query = (!is_response).then(|| message.raw.split_once('?').map_or("", |(_, query)| query));
        let honest = message.honest.as_deref();
        let beside = read
            .zip(honest)
            .map(|(xml, honest)| diff::side_by_side(&xml::lines(honest).0, &xml::lines(xml).0));
        let verdicts = xml
            .filter(|_| is_response)
            .map(|xml| judge(xml, known, message.at, now));
        let inside = message
            .open
            .as_deref()
            .map(|open| judge(open, known, message.at, now));
        let verdicts = verdicts.map(|verdicts| verdicts.with_inside(inside));
        let layout = match &message.open {
            Some(open) => Ok(Layout::of(open)),
            None => message.xml.as_deref().map(Layout::of).map_err(Clone::clone),
        };
        Self {
            layout,
            beside,
            forms: message.carried.as_ref().map(diff::forms),
            verdicts,
            signatures: query
                .and_then(|query| judge_query(query, known))
                .into_iter()
                .collect(),
            message,
        }
    }
}

/// A file to keep.
fn download(content_type: &'static str, name: &str, text: String) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (
            header::CONTENT_DISPOSITION,
            disposition.unwrap_or(HeaderValue::from_static("attachment")),
        ),
    ];
    (headers, text).into_response()
}
