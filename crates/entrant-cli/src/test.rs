//! `entrant test`: the main job. Binds both halves on free loopback ports and hands the runner their addresses.

use std::io::{IsTerminal as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use certs::StateDir;
use control_api::Endpoints;
use entrant::{MockEntra, StartError};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use runner::report::{self, Console};
use runner::scenario::{self, Scenario, SelectError};
use runner::sp_file::SpFile;
use runner::{Options, RunEvent, RunResult, Subject};
use sp_under_test::AccountsIn;

use crate::args::{Report, ReportKind, TestArguments};
use crate::error::{Outcome, SIGNALLED, Stop, cannot_listen};
use crate::{out, reference_sp, scenarios, signals};

/// Runs the command.
pub(crate) async fn run(arguments: TestArguments) -> Outcome {
    let scenarios =
        scenario::select(&arguments.selectors, scenarios::EMBEDDED).map_err(|error| match error {
            SelectError::NothingMatches { .. } => Stop::nothing(error),
            _ => Stop::usage(error),
        })?;
    if arguments.list {
        return out::print(list(&scenarios).as_bytes());
    }
    let sp = arguments
        .sp
        .as_deref()
        .map(SpFile::load)
        .transpose()
        .map_err(Stop::usage)?;
    let subject = sp.map_or(Subject::Reference, |file| Subject::Foreign(Box::new(file)));
    runner::check(&scenarios, &subject).map_err(Stop::usage)?;
    runner::check_hosts(&scenarios, &subject, &arguments.allow_host)
        .await
        .map_err(Stop::usage)?;
    for report in &arguments.report {
        check_report(report)?;
    }
    let end = signals::told_to_end();
    let (endpoints, _mock) = start(&arguments, &subject).await?;
    let mut options = Options {
        allow_hosts: arguments.allow_host.clone(),
        allow_heavy: arguments.allow_heavy,
        again: again(&arguments),
        ..Options::default()
    };
    if let Some(jobs) = arguments.jobs {
        options.jobs = usize::from(jobs);
    }

    let (events, received) = tokio::sync::mpsc::unbounded_channel();
    let printer = tokio::spawn(print(received));
    let ended = tokio::select! {
        result = runner::run(&endpoints, subject, scenarios, &options, events) => Ok(result),
        // Dropping the run ends the service provider that it started.
        signal = end => Err(signal),
    };
    let printed = printer
        .await
        .map_err(|error| Stop::usage(format!("the console could not be written: {error}")))?;
    let (result, code) = match ended {
        Ok(result) => {
            let code = result.exit_code() as u8;
            (Some(result), code)
        }
        Err(signal) => {
            eprintln!("ended by a signal before all scenarios had run");
            (printed, SIGNALLED + signal)
        }
    };
    if let Some(result) = &result {
        for report in &arguments.report {
            write_report(report, result)?;
        }
    }
    Ok(code)
}

/// Where the mock listens and which keys it has: an SP may trust just that.
fn again(arguments: &TestArguments) -> Vec<String> {
    let listen = arguments
        .listen
        .map(|address| ["--listen".to_owned(), address.to_string()]);
    let state = arguments.state.state_dir.as_ref();
    let state = state.map(|folder| ["--state-dir".to_owned(), folder.display().to_string()]);
    listen.into_iter().chain(state).flatten().collect()
}

fn list(scenarios: &[Scenario]) -> String {
    let width = scenarios
        .iter()
        .map(|scenario| scenario.path.chars().count())
        .max()
        .unwrap_or_default();
    let line = |scenario: &Scenario| {
        let tags: String = scenario.tags.iter().map(|tag| format!(" @{tag}")).collect();
        format!("{:width$}  {}{tags}\n", scenario.path, scenario.title)
    };
    scenarios.iter().map(line).collect()
}

/// Where a foreign SP that runs already expects the mock.
const KNOWN_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Starts the mock, and the reference SP unless a foreign one is tested.
async fn start(arguments: &TestArguments, subject: &Subject) -> Result<(Endpoints, MockEntra), Stop> {
    let foreign = match subject {
        Subject::Reference => None,
        Subject::Foreign(file) => Some(file),
    };
    let state = StateDir::resolve(arguments.state.state_dir.clone()).map_err(Stop::usage)?;
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let default = if foreign.is_some_and(|file| file.run.is_none()) {
        KNOWN_ADDRESS
    } else {
        free
    };
    let mut builder = MockEntra::builder()
        .state_dir(state.path().to_owned())
        .listen(arguments.listen.unwrap_or(default));
    if foreign.is_some() {
        // A foreign SP may keep its trust between runs.
        builder = builder.keep_certificates();
    }
    let mock = builder.start_empty().await.map_err(|error| match error {
        StartError::Listen { address, source } => cannot_listen(address, "--listen", &source),
        other => Stop::usage(other),
    })?;
    let sp = if foreign.is_some() {
        None
    } else {
        Some(
            reference_sp::start(free, mock.control_token(), AccountsIn::Memory, &state)
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

/// Prints events as they come: a progress line on a terminal's stderr, verdicts on stdout. Gives what had finished.
async fn print(mut events: tokio::sync::mpsc::UnboundedReceiver<RunEvent>) -> Option<RunResult> {
    let stdout = std::io::stdout();
    let mut console = Console::new(out::is_coloured());
    let bar = progress_bar();
    let mut finished = None;
    while let Some(event) = events.recv().await {
        match &event {
            RunEvent::RunStarted {
                total,
                subject,
                sp_file,
                started,
            } => {
                bar.set_length(*total as u64);
                let (subject, sp_file, started) = (subject.clone(), sp_file.clone(), *started);
                finished = Some(RunResult {
                    scenarios: Vec::new(),
                    started,
                    duration: Duration::ZERO,
                    subject,
                    sp_file,
                });
            }
            RunEvent::ScenarioStarted { path, .. } => bar.set_message(path.clone()),
            RunEvent::ScenarioFinished(scenario) => {
                bar.inc(1);
                if let Some(finished) = &mut finished {
                    finished.duration = bar.elapsed();
                    finished.scenarios.push((**scenario).clone());
                }
            }
            _ => {}
        }
        let text = console.lines(&event);
        if !text.is_empty() {
            // What cannot be printed is still in the exit code and the reports.
            bar.suspend(|| stdout.lock().write_all(text.as_bytes()).ok());
        }
    }
    bar.finish_and_clear();
    finished
}

fn progress_bar() -> ProgressBar {
    let terminal = std::io::stderr().is_terminal();
    let target = if terminal {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{pos}/{len} {wide_msg}").expect("the template is well-formed");
    ProgressBar::with_draw_target(None, target).with_style(style)
}

/// A report that cannot be written is told before anything runs, and one of an earlier run does not outlive this one.
fn check_report(report: &Report) -> Result<(), Stop> {
    let (path, temporary) = (&report.path, temporary(report));
    let failed = |error| cannot_write(report, &error);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(&temporary, "")
        .and_then(|()| std::fs::remove_file(&temporary))
        .map_err(failed)?;
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(error)),
        _ => Ok(()),
    }
}

fn write_report(report: &Report, result: &RunResult) -> Result<(), Stop> {
    let text = match report.kind {
        ReportKind::Junit => report::junit(result),
        ReportKind::Json => report::json(result),
        ReportKind::Sarif => report::sarif(result),
    };
    let temporary = temporary(report);
    std::fs::write(&temporary, text)
        .and_then(|()| std::fs::rename(&temporary, &report.path))
        .map_err(|error| cannot_write(report, &error))
}

/// Beside the report, which appears whole or not at all.
fn temporary(report: &Report) -> PathBuf {
    let mut name = report.path.clone().into_os_string();
    name.push(".tmp");
    name.into()
}

fn cannot_write(report: &Report, error: &std::io::Error) -> Stop {
    Stop::usage(format!(
        "cannot write the report {}: {error}",
        report.path.display()
    ))
}
