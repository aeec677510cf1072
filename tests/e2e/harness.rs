//! Running the built binary as a user would, with a HOME of its own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;

/// The binary, with an environment in which nothing of this machine's user shows: HOME is shared by the tests of
/// this process, so that keys are made once.
pub(crate) fn entrant(arguments: &[&str]) -> Command {
    static HOME: OnceLock<tempfile::TempDir> = OnceLock::new();
    let home = HOME.get_or_init(|| tempfile::tempdir().unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_entrant"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    entrant(arguments).output().unwrap()
}

/// What it printed to stderr.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What it printed to stdout.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// A running `entrant serve` on free ports; killed when dropped.
pub(crate) struct Served {
    child: Child,
    /// The ready file.
    pub(crate) ready: serde_json::Value,
    /// Where the ready file is.
    pub(crate) ready_file: PathBuf,
    folder: tempfile::TempDir,
}

impl Served {
    /// Starts and waits for the announcement, which comes after the ready file.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", "127.0.0.1:0", arguments)
    }

    /// Starts at these addresses of the mock and of the reference SP.
    pub(crate) fn start_at(idp: &str, sp: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ready_file = folder.path().join("ready.json");
        let mut command = entrant(&["serve", "--listen", idp, "--sp-listen", sp, "--ready-file"]);
        let told = folder.path().join("stderr");
        command.arg(&ready_file).args(arguments).stdout(Stdio::piped());
        command.stderr(std::fs::File::create(&told).unwrap());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let announced = lines.map_while(Result::ok).any(|line| line.starts_with("Ctrl-C"));
        assert!(
            announced,
            "entrant serve ended before it was ready: {:?}\n{}",
            child.wait(),
            std::fs::read_to_string(&told).unwrap()
        );
        let ready = serde_json::from_slice(&std::fs::read(&ready_file).unwrap()).unwrap();
        Self {
            child,
            ready,
            ready_file,
            folder,
        }
    }

    /// A text of the ready file, by JSON pointer.
    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.ready
            .pointer(pointer)
            .and_then(serde_json::Value::as_str)
            .unwrap_or_else(|| panic!("{pointer} in the ready file"))
    }

    /// An application of the first tenant, by name.
    pub(crate) fn app(&self, name: &str) -> &serde_json::Value {
        let apps = self.ready["tenants"][0]["apps"].as_array().unwrap();
        apps.iter()
            .find(|app| app["name"] == name)
            .unwrap_or_else(|| panic!("{name} in the ready file"))
    }

    /// What it says on stderr until it ends, which it is told to.
    pub(crate) fn last_words(self) -> String {
        let told = self.folder.path().join("stderr");
        let told = std::fs::File::open(told).unwrap();
        assert!(self.signal("-TERM").success());
        std::io::read_to_string(told).unwrap()
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn signal(mut self, signal: &str) -> ExitStatus {
        assert!(
            Command::new("kill")
                .args([signal, &self.child.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
