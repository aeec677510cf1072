//! Nobody may be slow, and not too many may come: with limits so short that a test need not wait for them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Bytes, to_bytes};
use axum::http::StatusCode;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;

use super::*;

/// Long enough to be no matter.
const LONG: Duration = Duration::from_secs(600);
/// Over at once.
const SHORT: Duration = Duration::from_millis(20);

/// The largest body that the routes of a test read, in bytes.
const BODY_BYTES_MAX: usize = 1024;

fn patient() -> Limits {
    Limits {
        connections: 8,
        header: LONG,
        body: LONG,
        write: LONG,
    }
}

/// A server that ends when the sender is dropped; and its task.
async fn start(
    router: Router,
    limits: Limits,
) -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async {
        let _ = stopped.await;
    };
    let task = tokio::spawn(serve(listener, router, limits, stopped));
    (address, stop, task)
}

/// Sends `bytes` and reads until the server closes.
async fn sent(address: SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn length(request: Request) -> Result<String, StatusCode> {
    let read: Result<Bytes, _> = to_bytes(request.into_body(), BODY_BYTES_MAX).await;
    let body = read.map_err(|_| StatusCode::REQUEST_TIMEOUT)?;
    Ok(format!("{} bytes", body.len()))
}

#[tokio::test]
async fn a_header_or_a_body_that_does_not_come_to_its_end_is_cut_off() {
    let routes = || Router::new().route("/", post(length));
    let slow_header = Limits {
        header: SHORT,
        ..patient()
    };
    let (address, _stop, _task) = start(routes(), slow_header).await;
    // It comes back at all: the connection was closed, and what was asked for was not answered.
    assert!(
        !sent(address, "POST / HTTP/1.1\r\nHost: a\r\nX-A: ")
            .await
            .contains("200")
    );
    assert!(!sent(address, "").await.contains("200"));

    let slow_body = Limits {
        body: SHORT,
        ..patient()
    };
    let (address, _stop, _task) = start(routes(), slow_body).await;
    let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\n";
    let whole = sent(address, &format!("{head}abcd")).await;
    assert!(whole.ends_with("4 bytes"), "{whole}");
    let cut = sent(address, &format!("{head}ab")).await;
    assert!(cut.starts_with("HTTP/1.1 408"), "{cut}");
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_its_answer_is_cut_off() {
    // More than the buffers of both ends hold.
    const ANSWER_BYTES: usize = 64 * 1024 * 1024;
    let routes = Router::new().route("/", get(|| async { vec![b'x'; ANSWER_BYTES] }));
    let limits = Limits {
        write: SHORT,
        connections: 1,
        ..patient()
    };
    let (address, _stop, _task) = start(routes, limits).await;
    let mut lazy = TcpStream::connect(address).await.unwrap();
    lazy.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    // The only place is free again, although the first client has never closed.
    let answer = sent(
        address,
        "GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    drop(lazy);
}

/// How often the test lets everything else go on before it believes that nothing more happens.
const TURNS: usize = 2_000;

#[tokio::test]
async fn no_more_are_served_at_a_time_than_there_are_places() {
    let (active, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let gate = Arc::new(Semaphore::new(0));
    let routes = {
        let (active, most, gate) = (Arc::clone(&active), Arc::clone(&most), Arc::clone(&gate));
        Router::new().route(
            "/",
            get(move || async move {
                let now = active.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                let opened = gate.acquire().await;
                active.fetch_sub(1, Ordering::SeqCst);
                opened.map(drop).map_err(|_| StatusCode::GONE)
            }),
        )
    };
    let limits = Limits {
        connections: 2,
        ..patient()
    };
    let (address, _stop, _task) = start(routes, limits).await;
    let ask = || {
        tokio::spawn(sent(
            address,
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        ))
    };
    let asked: Vec<_> = (0..6).map(|_| ask()).collect();
    while active.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
    gate.add_permits(1);
    for asked in asked {
        assert!(asked.await.unwrap().starts_with("HTTP/1.1 200"));
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_is_being_answered_is_answered_before_the_end() {
    let gate = Arc::new(Semaphore::new(0));
    let (reached, is_reached) = oneshot::channel();
    let reached = Arc::new(std::sync::Mutex::new(Some(reached)));
    let routes = {
        let gate = Arc::clone(&gate);
        Router::new().route(
            "/",
            get(move || async move {
                reached.lock().unwrap().take().map(|reached| reached.send(()));
                gate.acquire().await.map(|_| "done").map_err(|_| StatusCode::GONE)
            }),
        )
    };
    let (address, stop, task) = start(routes, patient()).await;
    let asked = tokio::spawn(sent(address, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    is_reached.await.unwrap();
    drop(stop);
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!task.is_finished());
    gate.add_permits(1);
    assert!(asked.await.unwrap().ends_with("done"));
    task.await.unwrap();
}
