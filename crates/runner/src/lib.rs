//! Runs scenarios against a service provider and says who ended up signed in.
//!
//! The way of a scenario: [`scenario`] reads and selects it; [`run`] gives it a tenant and an SP, either an
//! instance of the reference SP or one that an [`sp_file`] describes; a user agent drives every sign-on as a
//! browser would; the identity probe says who is signed in before and after; pure functions turn that into a
//! verdict. What happens is told as one stream of [`RunEvent`]s, and [`report`] reads it.
//!
//! This crate speaks HTTP to both sides and knows neither the mock's nor the reference SP's code. It verifies no
//! signature: that is the SP's job, and the runner asks the SP.

mod agent;
mod canary;
mod context;
mod control;
mod drive;
mod event;
mod execute;
mod facts;
pub mod fetch;
mod foreign;
mod hooks;
mod hosts;
pub mod init;
mod note;
mod pfx;
mod probe;
mod published;
mod reference;
pub mod report;
mod request;
mod rewrite;
pub mod scenario;
mod selector;
pub mod sp_file;
mod test_button;
mod text;
mod verdict;
mod world;

use std::time::{Duration, Instant};

use control_api::Endpoints;
use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;

pub use agent::{BODY_BYTES_MAX, Page, REDIRECTS_MAX, REQUEST_TIMEOUT, SAME_HOP_MAX};
pub use control::{Api, ControlError};
pub use event::{
    ControlEvidence, Evidence, ExitCode, Hop, Mismatch, ResponseFacts, RunEvent, RunResult, ScenarioResult,
    StepResult, StepStatus, Summary, Verdict,
};
pub use foreign::FOREIGN_TENANT;
pub use hooks::HOOK_TIMEOUT;
pub use hosts::{allowed_host, check_hosts};
pub use note::{About, Note};
pub use scenario::check;
pub use selector::Selector;

use context::Context;
use scenario::Scenario;
use sp_file::SpFile;

/// How long one sign-on may take.
pub const STEP_TIMEOUT: Duration = Duration::from_secs(30);
/// The least number of scenarios that run at a time by default: they wait more than they compute.
const JOBS_MIN: usize = 4;

/// How a run is done.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many scenarios run at a time. Default: twice the processors, at least 4.
    pub jobs: usize,
    /// How long one sign-on may take. Default: [`STEP_TIMEOUT`].
    pub step_timeout: Duration,
    /// Hosts that may be attacked besides loopback and private ranges, as [`allowed_host`] gives them. Default: none.
    pub allow_hosts: Vec<String>,
    /// Whether scenarios run that cost the SP much, or make it fetch something. Default: they are skipped.
    pub allow_heavy: bool,
    /// What else the command line said that a scenario's run depends on, word by word, for the command that runs it again.
    /// Default: nothing.
    pub again: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            jobs: (processors * 2).max(JOBS_MIN),
            step_timeout: STEP_TIMEOUT,
            allow_hosts: Vec::new(),
            allow_heavy: false,
            again: Vec::new(),
        }
    }
}

/// What is tested.
#[derive(Clone, Debug)]
pub enum Subject {
    /// The reference SP, at [`Endpoints::sp`].
    Reference,
    /// The SP that a file describes.
    Foreign(Box<SpFile>),
}

impl Subject {
    fn name(&self) -> String {
        match self {
            Self::Reference => "reference SP".to_owned(),
            Self::Foreign(file) => file.name.clone(),
        }
    }
}

/// Runs `scenarios` against `subject`. Every scenario gets a verdict, whatever happens; `events` is told on the way.
/// Dropping the future ends what it started.
pub async fn run(
    endpoints: &Endpoints,
    subject: Subject,
    scenarios: Vec<Scenario>,
    options: &Options,
    events: UnboundedSender<RunEvent>,
) -> RunResult {
    let (started, clock) = (Timestamp::now(), Instant::now());
    let name = subject.name();
    let sp_file = match &subject {
        Subject::Reference => None,
        Subject::Foreign(file) => Some(file.path.display().to_string()),
    };
    const TLS: &str = "the TLS library is linked in and needs no configuration";
    let plain = agent::client().expect(TLS);
    let attacks = scenarios.iter().any(Scenario::attacks);
    let http = match &subject {
        Subject::Foreign(_) if attacks => {
            let names = hosts::OwnHosts::new(&options.allow_hosts);
            agent::client_with(names).expect(TLS)
        }
        _ => plain.clone(),
    };
    let rerun_arguments = rerun_arguments(&subject, options);
    let context = Context {
        endpoints,
        options,
        control: control::Api::new(&plain, &endpoints.control, &endpoints.token),
        canary: canary::Canary::open().await.ok(),
        http,
        events,
        rerun_arguments,
    };
    context.tell(RunEvent::RunStarted {
        total: scenarios.len(),
        subject: name.clone(),
        sp_file: sp_file.clone(),
        started,
    });
    let results = match subject {
        Subject::Reference => reference::run(&context, &scenarios).await,
        Subject::Foreign(file) => foreign::run(&context, *file, &scenarios).await,
    };
    let result = RunResult {
        scenarios: results,
        started,
        duration: clock.elapsed(),
        subject: name,
        sp_file,
    };
    context.tell(RunEvent::RunFinished(result.summary()));
    result
}

/// What a run again needs besides its selectors.
fn rerun_arguments(subject: &Subject, options: &Options) -> String {
    let mut words = Vec::new();
    if let Subject::Foreign(file) = subject {
        words.extend(["--sp".to_owned(), file.path.display().to_string()]);
    }
    words.extend(options.again.iter().cloned());
    if let Subject::Foreign(_) = subject {
        let hosts = options.allow_hosts.iter();
        words.extend(hosts.flat_map(|host| ["--allow-host".to_owned(), host.clone()]));
    }
    words
        .iter()
        .map(|word| format!(" {}", context::quoted(word)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn where_nothing_answers_every_case_is_inconclusive_and_none_is_attempted() {
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let endpoints = Endpoints {
            idp: format!("http://{closed}"),
            control: format!("http://{closed}/_entrant/v1"),
            token: "t".to_owned(),
            sp: Some(format!("http://{closed}")),
        };
        let text = "title = \"t\"\napp = \"sipgate\"\nuser = \"B.Simon\"\n[[step]]\nsign_in = {}\nexpect = { outcome = \"signed-in\" }\n";
        let file = "name = \"sp\"\nentity_id = \"urn:sp\"\nreply_url = \"http://h/acs\"\nsign_on_url = \"http://h/login\"\n[whoami]\nurl = \"http://h/me\"\nidentity = \"json:/mail\"\nmatch = \"mail\"\n";
        let foreign = || Subject::Foreign(Box::new(sp_file::parse("my sp.toml", file).unwrap()));
        for (subject, again, rerun) in [
            (Subject::Reference, &[][..], "entrant test b.toml"),
            (
                Subject::Reference,
                &["--state-dir", "my keys"],
                "entrant test b.toml --state-dir 'my keys'",
            ),
            (foreign(), &[], "entrant test b.toml --sp 'my sp.toml'"),
            (
                foreign(),
                &["--listen", "127.0.0.1:9"],
                "entrant test b.toml --sp 'my sp.toml' --listen 127.0.0.1:9",
            ),
        ] {
            let options = Options {
                again: again.iter().map(ToString::to_string).collect(),
                ..Options::default()
            };
            let scenarios = ["a.toml", "b.toml"].map(|path| scenario::parse_one(path, text, false).unwrap());
            let (events, mut received) = tokio::sync::mpsc::unbounded_channel();
            let result = run(&endpoints, subject, scenarios.to_vec(), &options, events).await;
            assert_eq!(result.exit_code(), ExitCode::Inconclusive);
            let paths: Vec<_> = result
                .scenarios
                .iter()
                .map(|scenario| scenario.path.as_str())
                .collect();
            assert_eq!(paths, ["a.toml", "b.toml"]);
            for scenario in &result.scenarios {
                assert!(scenario.steps.is_empty());
                assert!(
                    scenario.verdict.reason().unwrap().contains("does not answer"),
                    "{:?}",
                    scenario.verdict
                );
            }
            assert_eq!(result.scenarios[1].rerun, rerun);
            let mut kinds = Vec::new();
            while let Some(event) = received.recv().await {
                kinds.push(match event {
                    RunEvent::RunStarted { total, .. } => format!("run of {total}"),
                    RunEvent::Published { metadata } => metadata,
                    RunEvent::ScenarioStarted { path, .. } => format!("started {path}"),
                    RunEvent::StepFinished { .. } => "step".to_owned(),
                    RunEvent::ScenarioFinished(scenario) => format!("finished {}", scenario.path),
                    RunEvent::RunFinished(summary) => format!("{} inconclusive", summary.inconclusive),
                });
            }
            let expected = [
                "run of 2",
                "started a.toml",
                "finished a.toml",
                "started b.toml",
                "finished b.toml",
                "2 inconclusive",
            ];
            assert_eq!(kinds, expected);
        }
    }
}
