//! What a command says on standard output.

use std::io::{ErrorKind, IsTerminal as _, Write};

use crate::error::{Outcome, SUCCESS, Stop};

/// To standard output, which may be a pipe that nobody reads any more (`| head`).
///
/// # Errors
/// That it cannot be written to.
pub(crate) fn print(bytes: &[u8]) -> Outcome {
    write(&mut std::io::stdout().lock(), bytes)
}

fn write(out: &mut impl Write, bytes: &[u8]) -> Outcome {
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Stop::usage(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(SUCCESS),
    }
}

/// Whether standard output shows colours: a terminal, unless `NO_COLOR` says otherwise.
pub(crate) fn is_coloured() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A text that does nothing to a terminal: controls are escaped, so that two names never look the same for them.
pub(crate) fn visible(text: &str) -> String {
    let escaped = |character: char| match character {
        _ if character.is_control() => character.escape_default().collect::<String>(),
        _ => character.to_string(),
    };
    text.chars().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken(ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_fine_and_a_full_disk_is_told() {
        let mut text = Vec::new();
        assert_eq!(write(&mut text, b"x").unwrap(), SUCCESS);
        assert_eq!(text, b"x");
        assert_eq!(write(&mut Broken(ErrorKind::BrokenPipe), b"x").unwrap(), SUCCESS);
        let stop = write(&mut Broken(ErrorKind::StorageFull), b"x").unwrap_err();
        assert_eq!(stop.code, crate::error::USAGE);
        assert!(
            stop.to_string().starts_with("cannot write to standard output: "),
            "{stop}"
        );
    }

    #[test]
    fn controls_are_for_nobody() {
        assert_eq!(visible("a\x1b[2Jb\n\u{e9}"), "a\\u{1b}[2Jb\\n\u{e9}");
    }
}
