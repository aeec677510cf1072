//! `entrant test`: the main job. Binds both halves on free loopback ports and hands the runner their addresses.

use std::io::{IsTerminal as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};

use certs::StateDir;
use control_api::Endpoints;
use entrant::MockEntra;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use runner::report::{self, Console};
use runner::scenario::{self, Scenario, SelectError};
use runner::sp_file::SpFile;
use runner::{Options, RunEvent, RunResult, Subject};
use sp_under_test::AccountsIn;

use crate::args::{Report, ReportKind, TestArguments};
use crate::error::{INTERRUPTED, Outcome, SUCCESS, Stop};
use crate::{reference_sp, scenarios};

/// Runs the command.
pub(crate) async fn run(arguments: TestArguments) -> Outcome {
    let scenarios =
        scenario::select(&arguments.selectors, scenarios::EMBEDDED).map_err(|error| match error {
            SelectError::NothingMatches { .. } => Stop::nothing(error),
            _ => Stop::usage(error),
        })?;
    if arguments.list {
        list(&scenarios);
        return Ok(SUCCESS);
    }
    let sp = arguments
        .sp
        .as_deref()
        .map(SpFile::load)
        .transpose()
        .map_err(Stop::usage)?;
    let endpoints_and_mock = start(&arguments, sp.is_some()).await?;
    let (endpoints, _mock) = endpoints_and_mock;
    let subject = sp.map_or(Subject::Reference, |file| Subject::Foreign(Box::new(file)));
    let options = Options {
        jobs: arguments.jobs.map_or_else(default_jobs, usize::from),
        ..Options::default()
    };

    let (events, received) = tokio::sync::mpsc::unbounded_channel();
    let printer = tokio::spawn(print(received));
    let result = tokio::select! {
        result = runner::run(&endpoints, subject, scenarios, &options, events) => result,
        _ = tokio::signal::ctrl_c() => {
            // Dropping the run ends the service provider that it started.
            eprintln!("interrupted");
            return Ok(INTERRUPTED);
        }
    };
    printer
        .await
        .map_err(|error| Stop::usage(format!("the console could not be written: {error}")))?;
    for report in &arguments.report {
        write_report(report, &result)?;
    }
    Ok(result.exit_code() as u8)
}

fn default_jobs() -> usize {
    (std::thread::available_parallelism().map_or(2, usize::from) * 2).max(4)
}

fn list(scenarios: &[Scenario]) {
    let width = scenarios
        .iter()
        .map(|scenario| scenario.path.chars().count())
        .max()
        .unwrap_or_default();
    let mut out = std::io::stdout().lock();
    for scenario in scenarios {
        let tags: String = scenario.tags.iter().map(|tag| format!(" @{tag}")).collect();
        // A closed pipe (`| head`) ends the listing, not the program with a panic.
        if writeln!(out, "{:width$}  {}{tags}", scenario.path, scenario.title).is_err() {
            return;
        }
    }
}

/// Starts the mock, and the reference SP unless a foreign one is tested.
async fn start(arguments: &TestArguments, foreign: bool) -> Result<(Endpoints, MockEntra), Stop> {
    let state = StateDir::resolve(arguments.state.state_dir.clone()).map_err(Stop::usage)?;
    let mut builder = MockEntra::builder().state_dir(state.path().to_owned());
    if foreign {
        // A foreign SP may keep its trust between runs.
        builder = builder.keep_certificates();
    }
    let mock = builder.start_empty().await.map_err(Stop::usage)?;
    let sp = if foreign {
        None
    } else {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Some(
            reference_sp::start(address, mock.control_token(), AccountsIn::Memory)
                .await?
                .base_url,
        )
    };
    let endpoints = Endpoints {
        idp: mock.base_url().to_owned(),
        control: mock.control_url(),
        token: mock.control_token().to_owned(),
        sp,
    };
    Ok((endpoints, mock))
}

/// Prints events as they come: a progress line on a terminal's stderr, verdicts on stdout.
async fn print(mut events: tokio::sync::mpsc::UnboundedReceiver<RunEvent>) {
    let stdout = std::io::stdout();
    let colour = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut console = Console::new(colour);
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(None, target);
    let style = ProgressStyle::with_template("{pos}/{len} {wide_msg}").expect("the template is well-formed");
    bar.set_style(style);
    while let Some(event) = events.recv().await {
        match &event {
            RunEvent::RunStarted { total, .. } => bar.set_length(*total as u64),
            RunEvent::ScenarioStarted { path, .. } => bar.set_message(path.clone()),
            RunEvent::ScenarioFinished { .. } => bar.inc(1),
            _ => {}
        }
        let text = console.lines(&event);
        if !text.is_empty() {
            // What cannot be printed is still in the exit code and the reports.
            bar.suspend(|| stdout.lock().write_all(text.as_bytes()).ok());
        }
    }
    bar.finish_and_clear();
}

fn write_report(report: &Report, result: &RunResult) -> Result<(), Stop> {
    let text = match report.kind {
        ReportKind::Junit => report::junit(result),
        ReportKind::Json => report::json(result),
    };
    let path = &report.path;
    let failed = |error| Stop::usage(format!("cannot write the report {}: {error}", path.display()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, text).map_err(failed)
}
