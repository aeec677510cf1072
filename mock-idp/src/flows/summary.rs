//! A flow at a glance.

use control_api::flow::IdpEvent;
use control_api::idp::FaultSpec;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Item, Recorded, Start};

/// What the list of flows shows of one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summary {
    /// When it began, by the tenant's clock.
    pub(crate) began: Timestamp,
    /// How it began, where that is known.
    pub(crate) start: Option<Start>,
    /// The application's id, where it is known: its name may have changed since.
    pub(crate) app_id: Option<Uuid>,
    /// The application's name, where it is known.
    pub(crate) app: Option<String>,
    /// Who signs in or out: the user principal name, else what was typed; empty where nobody is known.
    pub(crate) user: String,
    /// Whether a session answered for the user.
    pub(crate) by_session: bool,
    /// Where it led.
    pub(crate) decision: Decision,
    /// The faults that took effect, each once.
    pub(crate) faults: Vec<FaultSpec>,
    /// How often they did, all together; at least once where there are some.
    pub(crate) faults_times: u32,
    /// `ID`s of the requests that came.
    pub(crate) request_ids: Vec<String>,
    /// `ID`s of the responses that went out.
    pub(crate) response_ids: Vec<String>,
    /// Digests of the messages that went out.
    pub(crate) digests: Vec<String>,
}

/// What the identity provider decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Nothing yet: a page waits for the user, or the user went away.
    Waiting,
    /// The mock could not go on.
    Mishap,
    /// It stopped with this code, which is empty where the error is not Entra's.
    Stopped(String),
    /// The SP was told of a failure with this code.
    Failed(String),
    /// A response was issued.
    Issued,
    /// The user is signed in, and came for no application.
    SignedIn,
    /// Somebody was signed out.
    SignedOut,
    /// Metadata with faults in it was fetched.
    Served,
}

impl Summary {
    /// Of a recorded flow.
    pub(crate) fn of(recorded: &Recorded) -> Self {
        let mut summary = Self {
            began: recorded
                .entries
                .first()
                .map_or(Timestamp::UNIX_EPOCH, |entry| entry.at),
            start: None,
            app_id: None,
            app: None,
            user: String::new(),
            by_session: false,
            decision: Decision::Waiting,
            faults: Vec::new(),
            faults_times: 0,
            request_ids: Vec::new(),
            response_ids: Vec::new(),
            digests: Vec::new(),
        };
        for entry in &recorded.entries {
            summary.take(&entry.item);
        }
        summary
    }

    fn take(&mut self, item: &Item) {
        match item {
            Item::Began { start, app } => {
                self.start.get_or_insert(*start);
                if let Some((id, name)) = app {
                    self.app_id = Some(*id);
                    self.app = Some(name.clone());
                }
            }
            Item::Asked { user, .. } => {
                if !user.is_empty() {
                    self.user.clone_from(user);
                }
                // An error that stands on the page itself is told until the user answers.
            }
            Item::Armed(faults) => self.take_faults(faults),
            Item::Mishap(_) => self.decision = Decision::Mishap,
            Item::Event(event) => self.take_event(event),
            Item::Sent(sent) => self.digests.extend(sent.sha256.clone()),
            Item::Received(_) | Item::Hop(_) => {}
        }
    }

    /// A set that acts at more than one response is recorded at each.
    fn take_faults(&mut self, faults: &[FaultSpec]) {
        if self.faults == faults {
            self.faults_times = self.faults_times.saturating_add(1);
            return;
        }
        self.faults_times = 1;
        for fault in faults {
            if !self.faults.contains(fault) {
                self.faults.push(fault.clone());
            }
        }
    }

    fn take_event(&mut self, event: &IdpEvent) {
        match event {
            IdpEvent::RequestReceived { request_id, .. } | IdpEvent::LogoutRequested { request_id, .. } => {
                self.request_ids.push(request_id.clone());
            }
            IdpEvent::Stopped { code, .. } => self.decision = Decision::Stopped(code.clone()),
            IdpEvent::Authenticated { upn, by_session } => {
                self.user.clone_from(upn);
                self.by_session = *by_session;
                self.decision = match self.start {
                    Some(Start::MyApps) => Decision::SignedIn,
                    _ => Decision::Waiting,
                };
            }
            IdpEvent::SignedOut { upn, .. } => {
                self.user.clone_from(upn);
                self.decision = Decision::SignedOut;
            }
            IdpEvent::LogoutIssued { app, .. } => self.app = Some(app.clone()),
            IdpEvent::MetadataServed { app, .. } => {
                self.app = Some(app.clone()).filter(|app| !app.is_empty());
                self.decision = Decision::Served;
            }
            IdpEvent::FailureIssued {
                response_id,
                app,
                code,
                ..
            } => {
                self.app = Some(app.clone());
                self.response_ids.push(response_id.clone());
                self.decision = Decision::Failed(code.clone());
            }
            IdpEvent::ResponseIssued { response_id, app, .. } => {
                self.app = Some(app.clone());
                self.response_ids.push(response_id.clone());
                self.decision = Decision::Issued;
            }
        }
    }
}
