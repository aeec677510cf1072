//! `[run]`: starting the SP, waiting until it is ready, reading what it prints, and ending it whatever happens.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Client;
use rustix::process::{
    Pid, Signal, kill_process, kill_process_group, test_kill_process, test_kill_process_group,
};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::sp_file::SpFile;

/// How long the SP may take until it is ready.
const READY_TIMEOUT: Duration = Duration::from_secs(60);
/// How often it is asked meanwhile.
const READY_POLL: Duration = Duration::from_millis(100);
/// How long the stop command may take, and then the processes to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// How long processes have to end by themselves.
const END_TIMEOUT: Duration = Duration::from_secs(3);
/// How often it is looked whether they have.
const END_POLL: Duration = Duration::from_millis(20);
/// How long output of an ended start command is waited for: a child may hold the pipe open.
const OUTPUT_TIMEOUT: Duration = Duration::from_millis(500);
/// How many of the last lines of output are shown.
const OUTPUT_LINES_MAX: usize = 40;
/// The longest line that is kept, in characters.
const LINE_CHARACTERS_MAX: usize = 2000;

/// Starts the SP of `file`, where it says how, and gives the file with every address known.
///
/// # Errors
/// Why the SP did not become ready, with the output of its start command.
pub(super) async fn start(
    http: &Client,
    file: SpFile,
    metadata_file: &Path,
) -> Result<(SpFile, Option<Running>), String> {
    let mut variables = vec![("metadata_file", metadata_file.display().to_string())];
    if file.run.is_none() {
        return Ok((file.expanded(&variables), None));
    }
    let port = free_port().map_err(|error| format!("no free port: {error}"))?;
    variables.push(("port", port.to_string()));
    let file = file.expanded(&variables);
    let mut running = Running::spawn(&file)?;
    match running.until_ready(http, &file).await {
        Ok(file) => Ok((file, Some(running))),
        Err(reason) => {
            let output = running.output();
            running.stop().await;
            Err(format!("the SP did not start: {reason}{output}"))
        }
    }
}

fn free_port() -> std::io::Result<u16> {
    let listener = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// What a start command said.
#[derive(Debug, Default)]
struct Said {
    /// `key=value` lines of stdout.
    printed: BTreeMap<String, String>,
    /// The last lines of stdout and stderr.
    lines: Vec<String>,
}

/// A started SP. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    /// The start command's process group: all that it started and that did not leave.
    group: Option<Pid>,
    said: Arc<Mutex<Said>>,
    readers: Vec<JoinHandle<()>>,
    stop: Option<Vec<String>>,
    directory: PathBuf,
    ended: bool,
}

impl Running {
    fn spawn(file: &SpFile) -> Result<Self, String> {
        let run = file.run.as_ref().ok_or("the SP file has no [run]")?;
        let directory = file.directory();
        let [program, arguments @ ..] = &run.start[..] else {
            return Err("`start` names no program".to_owned());
        };
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(&directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                format!(
                    "`{program}` cannot be started in {}: {error}",
                    directory.display()
                )
            })?;
        let said = Arc::<Mutex<Said>>::default();
        let mut readers = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            readers.push(tokio::spawn(listen(stdout, said.clone(), true)));
        }
        if let Some(stderr) = child.stderr.take() {
            readers.push(tokio::spawn(listen(stderr, said.clone(), false)));
        }
        Ok(Self {
            group: child.id().and_then(pid),
            child,
            said,
            readers,
            stop: run.stop.clone(),
            directory,
            ended: false,
        })
    }

    /// Waits until the SP answers and every address is known.
    async fn until_ready(&mut self, http: &Client, file: &SpFile) -> Result<SpFile, String> {
        let deadline = Instant::now() + READY_TIMEOUT;
        let mut exited = false;
        loop {
            if !exited && let Some(status) = self.child.try_wait().map_err(|error| error.to_string())? {
                exited = true;
                self.drain().await;
                if !status.success() {
                    return Err(format!("`start` ended with {status}"));
                }
            }
            let known = file.clone().with_printed(&self.printed());
            let missing = missing(&known);
            if missing.is_none() && answers(http, &known).await {
                return Ok(known);
            }
            if let (true, Some(missing)) = (exited, missing) {
                return Err(format!(
                    "`start` ended, and neither it nor the file says {missing}"
                ));
            }
            if Instant::now() >= deadline {
                return Err(format!("it was not ready within {} s", READY_TIMEOUT.as_secs()));
            }
            tokio::time::sleep(READY_POLL).await;
        }
    }

    /// Lets the readers take what an ended command has written.
    async fn drain(&mut self) {
        for reader in &mut self.readers {
            let _ = tokio::time::timeout(OUTPUT_TIMEOUT, reader).await;
        }
        self.readers.retain(|reader| !reader.is_finished());
    }

    fn printed(&self) -> BTreeMap<String, String> {
        self.said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .printed
            .clone()
    }

    /// The last lines of output, for a message.
    fn output(&self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.lines.is_empty() {
            return "; it printed nothing".to_owned();
        }
        let lines: String = said.lines.iter().map(|line| format!("\n    {line}")).collect();
        format!("; it printed:{lines}")
    }

    /// A process that left the group prints its own id.
    fn daemon(&self) -> Option<Pid> {
        self.printed().get("pid")?.parse().ok().and_then(pid)
    }

    /// Ends the SP: the stop command, then whatever is left.
    pub(super) async fn stop(mut self) {
        if let Some(mut command) = self.stop_command() {
            let stopped = Command::from(command_of(&mut command))
                .kill_on_drop(true)
                .status();
            // A stop command that fails leaves something to be killed below.
            let _ = tokio::time::timeout(STOP_TIMEOUT, stopped).await;
        }
        self.signal(Signal::TERM);
        let deadline = Instant::now() + END_TIMEOUT;
        while self.is_alive() && Instant::now() < deadline {
            let _ = self.child.try_wait();
            tokio::time::sleep(END_POLL).await;
        }
        self.signal(Signal::KILL);
        let _ = tokio::time::timeout(END_TIMEOUT, self.child.wait()).await;
        self.ended = true;
    }

    fn stop_command(&self) -> Option<std::process::Command> {
        let [program, arguments @ ..] = &self.stop.as_ref()?[..] else {
            return None;
        };
        let mut command = std::process::Command::new(program);
        command
            .args(arguments)
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Some(command)
    }

    /// A process that is gone is what is wanted.
    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, signal);
        }
        if let Some(daemon) = self.daemon() {
            let _ = kill_process(daemon, signal);
        }
    }

    fn is_alive(&self) -> bool {
        self.group
            .is_some_and(|group| test_kill_process_group(group).is_ok())
            || self
                .daemon()
                .is_some_and(|daemon| test_kill_process(daemon).is_ok())
    }
}

impl Drop for Running {
    /// The run was cut short: there is no time to ask nicely twice.
    fn drop(&mut self) {
        for reader in &self.readers {
            reader.abort();
        }
        if self.ended {
            return;
        }
        if let Some(mut child) = self.stop_command().and_then(|mut command| command.spawn().ok()) {
            let deadline = Instant::now() + END_TIMEOUT;
            while matches!(child.try_wait(), Ok(None)) && Instant::now() < deadline {
                std::thread::sleep(END_POLL);
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        self.signal(Signal::KILL);
        // Whoever waits for this program finds the SP gone, and not a zombie that somebody else has to reap.
        let deadline = Instant::now() + END_TIMEOUT;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(END_POLL);
        }
    }
}

/// tokio's command takes a whole one only.
fn command_of(command: &mut std::process::Command) -> std::process::Command {
    std::mem::replace(command, std::process::Command::new(""))
}

/// Never 0 or 1, which mean more than one process.
fn pid(id: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(id).ok()?).filter(|pid| !pid.is_init())
}

/// Reads lines until the other side closes.
async fn listen(stream: impl AsyncRead + Unpin, said: Arc<Mutex<Said>>, prints_keys: bool) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        if prints_keys && let Some((key, value)) = line.split_once('=') {
            said.printed
                .insert(key.trim().to_owned(), value.trim().to_owned());
        }
        if said.lines.len() == OUTPUT_LINES_MAX {
            said.lines.remove(0);
        }
        said.lines
            .push(crate::text::shortened(&line, LINE_CHARACTERS_MAX));
    }
}

/// The first address that is needed and not known.
fn missing(file: &SpFile) -> Option<&'static str> {
    let known_sp = file.metadata.is_some() || (file.entity_id.is_some() && file.reply_url.is_some());
    match () {
        () if file.sign_on_url.is_none() => Some("the log-in address (`login=…`, or `sign_on_url`)"),
        () if file.whoami.url.is_none() => Some("the identity probe (`whoami=…`, or `[whoami] url`)"),
        () if !known_sp => Some("the metadata (`metadata=…`, or `entity_id=…` and `acs=…`)"),
        () => None,
    }
}

/// Whether the SP is up: `ready` answers well, or else the identity probe answers at all.
async fn answers(http: &Client, file: &SpFile) -> bool {
    let ready = file.run.as_ref().and_then(|run| run.ready.as_deref());
    let Some(address) = ready.or(file.whoami.url.as_deref()) else {
        return false;
    };
    match http.get(address).send().await {
        Ok(answer) => match ready {
            Some(_) => answer.status().is_success() || answer.status().is_redirection(),
            None => !answer.status().is_server_error(),
        },
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests;
