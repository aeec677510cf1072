//! A listener of the run that must hear nothing: what a message points at is not to be fetched.
//!
//! Every step has an address of its own there, so that whoever asks is known by what is asked for.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// How many connections are served at a time; the others wait.
const CONNECTIONS_MAX: usize = 32;

/// The most of a request that is read, in bytes.
const REQUEST_BYTES_MAX: usize = 16 * 1024;

/// How long a request may take, and how long is waited where no connection can be taken.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(5);

/// How many requests are kept until a step looks.
const HEARD_MAX: usize = 1000;

/// What everybody is told.
const ANSWER: &[u8] = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// The listener; it ends with the last copy.
#[derive(Clone, Debug)]
pub(crate) struct Canary {
    address: SocketAddr,
    heard: Heard,
    _listening: Arc<JoinSet<()>>,
}

/// The requests that nobody has taken note of: method and path.
type Heard = Arc<Mutex<Vec<(String, String)>>>;

impl Canary {
    /// Listens on a free port of this machine.
    ///
    /// # Errors
    /// That there is none.
    pub(crate) async fn open() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, heard) = (listener.local_addr()?, Heard::default());
        let mut listening = JoinSet::new();
        listening.spawn(listen(listener, heard.clone()));
        Ok(Self {
            address,
            heard,
            _listening: Arc::new(listening),
        })
    }

    /// The address of `path` there.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What was asked for below `path` since somebody looked last, such as `GET /4f0c/2`.
    pub(crate) fn take(&self, path: &str) -> Vec<String> {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = heard.extract_if(.., |(_, asked)| asked.starts_with(path));
        asked.map(|(method, path)| format!("{method} {path}")).collect()
    }
}

async fn listen(listener: TcpListener, heard: Heard) {
    let mut connections = JoinSet::new();
    loop {
        if connections.len() >= CONNECTIONS_MAX {
            connections.join_next().await;
        }
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                let heard = heard.clone();
                connections.spawn(async move {
                    // Whoever is slow has been heard already, or asked for nothing.
                    let _ = tokio::time::timeout(REQUEST_TIME_MAX, serve(stream, &heard)).await;
                });
            }
            // Such as that too many files are open.
            Err(_) => tokio::time::sleep(REQUEST_TIME_MAX).await,
        }
    }
}

/// Notes what is asked for before it is answered, so that who has the answer has been heard.
async fn serve(mut stream: TcpStream, heard: &Heard) {
    let mut request = Vec::new();
    let mut noted = false;
    let mut part = [0; 1024];
    while request.len() < REQUEST_BYTES_MAX && !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => break,
            Ok(length) => request.extend_from_slice(part.get(..length).unwrap_or_default()),
        }
        if !noted && let Some(asked) = asked(&request) {
            noted = true;
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            if heard.len() < HEARD_MAX {
                heard.push(asked);
            }
        }
    }
    // Whoever asked may be gone.
    let _ = stream.write_all(ANSWER).await;
}

/// Method and path of a request line (RFC 9112, 3), once it is whole.
fn asked(request: &[u8]) -> Option<(String, String)> {
    let end = request.iter().position(|byte| *byte == b'\n')?;
    let line = String::from_utf8_lossy(request.get(..end)?);
    let mut words = line.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn send(address: SocketAddr, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn who_asks_is_told_nothing_and_heard_once() {
        let canary = Canary::open().await.unwrap();
        let address = canary.address;
        assert_eq!(canary.address("/one/2"), format!("http://{address}/one/2"));
        assert_eq!(canary.take("/"), [""; 0]);
        let answer = send(address, b"GET /one/2 HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
        send(address, b"POST /other/1 HTTP/1.1\r\n\r\n").await;
        // No request line, and none that ends.
        send(address, b"\x16\x03\x01").await;
        send(address, b"GET /one/3").await;
        assert_eq!(canary.take("/one/"), ["GET /one/2"]);
        assert_eq!(canary.take("/one/"), [""; 0]);
        assert_eq!(canary.take("/"), ["POST /other/1"]);
    }

    #[tokio::test]
    async fn a_long_request_is_cut_off() {
        let canary = Canary::open().await.unwrap();
        let line = format!("GET /one/{} HTTP/1.1\r\n", "x".repeat(REQUEST_BYTES_MAX));
        let mut stream = TcpStream::connect(canary.address).await.unwrap();
        // The rest may be refused by then.
        let _ = stream.write_all(line.as_bytes()).await;
        let _ = stream.read(&mut [0; 64]).await;
        assert_eq!(canary.take("/"), [""; 0]);
    }
}
