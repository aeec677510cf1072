//! Being told to end: Ctrl-C, SIGTERM (CI, `timeout`, service managers) and SIGHUP (a closed terminal).

use std::future::pending;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ends with the signal's number once one of the three arrives; they are heard from this call on.
pub(crate) fn told_to_end() -> impl Future<Output = u8> {
    // A signal that cannot be listened to ends the process in its own way.
    async fn heard(signal: std::io::Result<Signal>) {
        match signal {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => pending().await,
        }
    }
    let (interrupt, terminate, hang_up) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    );
    async {
        let kind = tokio::select! {
            () = heard(interrupt) => SignalKind::interrupt(),
            () = heard(terminate) => SignalKind::terminate(),
            () = heard(hang_up) => SignalKind::hangup(),
        };
        u8::try_from(kind.as_raw_value()).unwrap_or(u8::MAX)
    }
}
