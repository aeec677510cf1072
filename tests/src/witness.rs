//! Finding a witness, or saying plainly that it is absent.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// Set to `1`, this environment variable makes an absent witness fail the test that asks for it.
pub const REQUIRE_WITNESSES: &str = "ENTRANT_REQUIRE_WITNESSES";

/// Software that judges ours.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// Its name in messages.
    pub name: &'static str,
    /// The program that is run.
    pub program: &'static str,
    /// The command that installs it.
    pub install: &'static str,
    /// Arguments with which the program succeeds if it is whole.
    pub probe: &'static [&'static str],
    /// What its output then has to contain.
    pub probe_says: &'static str,
    /// Files and folders it needs beside the program; a relative one lies in the checkout.
    pub needs: &'static [&'static str],
}

/// An installed witness with a scratch folder of its own, which goes when the witness goes.
#[derive(Debug)]
pub struct Witness {
    program: &'static str,
    scratch: TempDir,
}

/// The witness, or `None` where it is not installed.
///
/// # Panics
///
/// Where it is not installed and [`REQUIRE_WITNESSES`] is `1`.
#[must_use]
pub fn witness(tool: &Tool) -> Option<Witness> {
    if tool.is_installed() {
        let scratch = tempfile::tempdir().expect("a temporary folder can be made");
        return Some(Witness {
            program: tool.program,
            scratch,
        });
    }
    let absent = format!("{} is not installed ({})", tool.name, tool.install);
    let required = std::env::var_os(REQUIRE_WITNESSES).is_some_and(|value| value == "1");
    assert!(!required, "{absent} and {REQUIRE_WITNESSES}=1");
    eprintln!("skipped: {absent}");
    None
}

impl Tool {
    fn is_installed(&self) -> bool {
        let checkout = crate::checkout();
        self.needs.iter().all(|path| checkout.join(path).exists()) && self.answers()
    }

    fn answers(&self) -> bool {
        let output = Command::new(self.program)
            .args(self.probe)
            .stdin(Stdio::null())
            .output();
        output.is_ok_and(|output| output.status.success() && text(&output).contains(self.probe_says))
    }
}

impl Witness {
    /// The program, ready for its arguments; it gets no input.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        command.stdin(Stdio::null());
        command
    }

    /// A path in the scratch folder.
    #[must_use]
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// Writes a file into the scratch folder.
    ///
    /// # Panics
    ///
    /// Where the disk refuses.
    pub fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).expect("the scratch folder can be written");
        path
    }

    /// Runs the program with these arguments.
    ///
    /// # Panics
    ///
    /// Where it cannot be started.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        self.command()
            .args(arguments)
            .output()
            .expect("an installed witness starts")
    }
}

/// Standard output and standard error as text, one after the other.
#[must_use]
pub fn text(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{REQUIRE_WITNESSES, Tool, witness};

    const ABSENT: Tool = Tool {
        name: "no-such-witness",
        program: "entrant-no-such-witness",
        install: "apt-get install no-such-witness",
        probe: &[],
        probe_says: "",
        needs: &[],
    };

    #[test]
    fn an_absent_witness_is_skipped_or_fails() {
        let found = std::panic::catch_unwind(|| witness(&ABSENT).is_some());
        match std::env::var_os(REQUIRE_WITNESSES) {
            Some(value) if value == "1" => assert!(found.is_err()),
            _ => assert!(!found.unwrap()),
        }
    }

    #[test]
    fn a_witness_that_lacks_a_file_is_absent() {
        let whole = Tool {
            program: "true",
            ..ABSENT
        };
        assert!(whole.is_installed());
        let lacking = Tool {
            needs: &["no/such/file"],
            ..whole
        };
        assert!(!lacking.is_installed());
        let silent = Tool {
            probe_says: "hello",
            ..whole
        };
        assert!(!silent.is_installed());
    }
}
