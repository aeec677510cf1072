//! `[run]` with small shell scripts in place of an SP, and a listener of the test in place of its port.

use super::*;

/// An SP that answers 401 to everything.
async fn sp() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let app = axum::Router::new().fallback(|| async { axum::http::StatusCode::UNAUTHORIZED });
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
}

fn file(directory: &Path, start: &str, rest: &str) -> SpFile {
    let text = format!(
        "name = \"sp\"\n[run]\nstart = [\"sh\", \"-c\", '''{start}''', \"{{metadata_file}}\", \"{{port}}\"]\n{rest}\n\
         [whoami]\nidentity = \"json:/mail\"\nmatch = \"mail\"\n"
    );
    crate::sp_file::parse(&directory.join("sp.toml").display().to_string(), &text).unwrap()
}

async fn started(directory: &Path, start: &str, rest: &str) -> Result<(SpFile, Running), String> {
    let http = crate::agent::client().unwrap();
    let (file, running) = super::start(&http, file(directory, start, rest), Path::new("/tmp/m.xml")).await?;
    Ok((file, running.unwrap()))
}

#[tokio::test]
async fn a_start_command_that_leaves_a_daemon_prints_the_addresses_and_is_ended() {
    let (directory, base) = (tempfile::tempdir().unwrap(), sp().await);
    let start = format!(
        "sleep 600 >/dev/null 2>&1 & echo pid=$!; echo \"noise $0 $1\"; echo login={base}/login; echo whoami={base}/me; \
         echo entity_id=urn:sp; echo acs={base}/acs; echo relay=/home"
    );
    let (file, running) = started(
        directory.path(),
        &start,
        "stop = [\"sh\", \"-c\", \"echo stopped > stopped\"]",
    )
    .await
    .unwrap();
    assert_eq!(file.sign_on_url, Some(format!("{base}/login")));
    assert_eq!(file.entity_id.as_deref(), Some("urn:sp"));
    assert_eq!(file.relay_state.as_deref(), Some("/home"));
    let daemon = running.daemon().unwrap();
    assert!(test_kill_process(daemon).is_ok());
    running.stop().await;
    assert!(test_kill_process(daemon).is_err(), "the daemon is still alive");
    assert_eq!(
        std::fs::read_to_string(directory.path().join("stopped")).unwrap(),
        "stopped\n"
    );
}

#[tokio::test]
async fn a_start_command_that_stays_is_ended_when_it_is_dropped() {
    let (directory, base) = (tempfile::tempdir().unwrap(), sp().await);
    let start = format!(
        "echo login={base}/login; echo whoami={base}/me; echo metadata={base}/metadata; echo child=$$; exec sleep 600"
    );
    let (_, running) = started(directory.path(), &start, "").await.unwrap();
    let group = running.group.unwrap();
    assert!(test_kill_process_group(group).is_ok());
    drop(running);
    // The runtime reaps the killed child; until then its id stands for a dead process.
    let deadline = Instant::now() + END_TIMEOUT;
    while test_kill_process_group(group).is_ok() {
        assert!(Instant::now() < deadline, "the child is still alive");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_start_that_fails_is_told_with_its_output() {
    let directory = tempfile::tempdir().unwrap();
    for (start, expected) in [
        (
            "echo cannot bind >&2; exit 7",
            "the SP did not start: `start` ended with exit status: 7; it printed:\n    cannot bind",
        ),
        (
            "exit 0",
            "the SP did not start: `start` ended, and neither it nor the file says the log-in address (`login=…`, or `sign_on_url`); it printed nothing",
        ),
    ] {
        assert_eq!(started(directory.path(), start, "").await.unwrap_err(), expected);
    }
}
