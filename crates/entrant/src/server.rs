//! Serving HTTP/1.1 within limits: so many connections at a time, and nobody may be as slow as they please.
//!
//! What a request may hold is the routes' own matter; here is what keeps a client from holding a connection: it has
//! [`Limits::header`] to send a request line and header fields, [`Limits::body`] for the whole body, and it must take some
//! of an answer within [`Limits::write`].

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::{BoxError, Router};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::Sleep;
use tower::ServiceExt as _;

/// Connections at a time; the next ones wait in the system's queue until one ends.
pub const CONNECTIONS_MAX: usize = 512;
/// How long request line and header fields may take, and how long a connection is kept that asks for nothing.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a whole body may take: the largest, a tenant file, takes a second on a slow network.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a client may take nothing of its answer.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long nothing is accepted after the system had no room for a connection.
const PAUSE: Duration = Duration::from_millis(500);

/// What a client may take of a server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// See [`CONNECTIONS_MAX`].
    pub connections: usize,
    /// See [`HEADER_TIMEOUT`].
    pub header: Duration,
    /// See [`BODY_TIMEOUT`].
    pub body: Duration,
    /// See [`WRITE_TIMEOUT`].
    pub write: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS_MAX,
            header: HEADER_TIMEOUT,
            body: BODY_TIMEOUT,
            write: WRITE_TIMEOUT,
        }
    }
}

/// Serves `router` on `listener` until `stop` is there. Then nothing is accepted any more, and what is being answered is
/// answered to its end.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let (ending, end) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let accepted = async {
            // The semaphore is never closed.
            let place = Arc::clone(&room).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let served = connection(stream, router.clone(), limits, end.clone());
                tokio::spawn(async move {
                    served.await;
                    drop(place);
                });
            }
            // Who has gone again is no reason to pause.
            Err(error) if is_of_connection(&error) => {}
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
    drop(listener);
    drop(end);
    drop(ending);
    // Every place back means that every connection has ended.
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    let _ = room.acquire_many(all).await;
}

/// Whether accepting failed for the sake of one client.
fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// Serves one connection; what goes wrong with it is the client's matter.
async fn connection(stream: TcpStream, router: Router, limits: Limits, mut end: watch::Receiver<()>) {
    // Small answers do not wait for more to come.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let request = request.map(|body| within(body, limits.body));
        router.clone().oneshot(request)
    });
    let stream = Impatient {
        stream,
        patience: limits.write,
        waiting: None,
    };
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut served = pin!(served);
    tokio::select! {
        _ = served.as_mut() => return,
        // An error: the sender is gone, which is the signal.
        _ = end.changed() => {}
    }
    served.as_mut().graceful_shutdown();
    let _ = served.await;
}

/// A body that must be there in time; where it is not, reading it fails with an [`io::Error`] of the kind `TimedOut`.
fn within(body: Incoming, time: Duration) -> Body {
    if body.is_end_stream() {
        return Body::empty();
    }
    Body::new(Timely {
        body,
        deadline: Box::pin(tokio::time::sleep(time)),
    })
}

/// A body, and when it must have come to its end.
struct Timely {
    body: Incoming,
    deadline: Pin<Box<Sleep>>,
}

impl hyper::body::Body for Timely {
    type Data = hyper::body::Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, BoxError>>> {
        if self.deadline.as_mut().poll(context).is_ready() {
            let late = io::Error::new(io::ErrorKind::TimedOut, "the body did not arrive in time");
            return Poll::Ready(Some(Err(late.into())));
        }
        let frame = Pin::new(&mut self.body).poll_frame(context);
        frame.map(|frame| frame.map(|frame| frame.map_err(BoxError::from)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection that breaks off when its client takes nothing for too long.
struct Impatient {
    stream: TcpStream,
    patience: Duration,
    /// While nothing goes out.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Impatient {
    fn written<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let patience = self.patience;
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        let over = waiting.as_mut().poll(context);
        over.map(|()| Err(io::Error::from(io::ErrorKind::TimedOut)))
    }
}

impl AsyncRead for Impatient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Impatient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
