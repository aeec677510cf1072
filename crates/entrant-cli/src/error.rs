//! What stops a command, and with which exit code.

use std::fmt;

/// Everything as expected.
pub(crate) const SUCCESS: u8 = 0;
/// An expectation was not met.
pub(crate) const NOT_MET: u8 = 1;
/// Wrong usage, or a file that is wrong or missing.
pub(crate) const USAGE: u8 = 2;
/// Nothing was selected or nothing ran.
pub(crate) const NOTHING: u8 = 4;
/// Ended by a signal: this and its number, as shells have it.
pub(crate) const SIGNALLED: u8 = 128;

/// A sentence for the user and an exit code.
#[derive(Debug)]
pub(crate) struct Stop {
    /// The exit code.
    pub(crate) code: u8,
    message: String,
}

impl Stop {
    /// Wrong usage or a wrong file.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self {
            code: USAGE,
            message: message.to_string(),
        }
    }

    /// Nothing was selected.
    pub(crate) fn nothing(message: impl fmt::Display) -> Self {
        Self {
            code: NOTHING,
            message: message.to_string(),
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

/// The outcome of a command: its exit code, or what stopped it.
pub(crate) type Outcome = Result<u8, Stop>;

/// Why an address cannot be listened on, and the way out.
pub(crate) fn cannot_listen(address: std::net::SocketAddr, flag: &str, source: &std::io::Error) -> Stop {
    let way_out = match source.kind() {
        std::io::ErrorKind::AddrInUse => format!(
            "another program has this port: stop it, or choose another with `{flag} {}:0` (0 takes a free one)",
            address.ip()
        ),
        std::io::ErrorKind::PermissionDenied => {
            format!("choose a port above 1023 with `{flag} {}:8080`", address.ip())
        }
        _ => format!("choose an address of this machine with `{flag} 127.0.0.1:0`"),
    };
    Stop::usage(format!("cannot listen on {address}: {source}; {way_out}"))
}
