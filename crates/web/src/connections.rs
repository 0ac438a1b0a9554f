//! Connections: how many there are at once and how long each may keep the server waiting.
//!
//! What must never happen: somebody who sends nothing, or a byte now and then, or reads no answers, keeps others out or keeps
//! the server from stopping.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep, sleep, timeout};
use tower::ServiceExt;

use crate::proxies::Network;

/// Limits on connections (连接限制).
#[derive(Clone, Debug)]
pub struct Limits {
    /// Most connections at once; more wait in the system's queue.
    pub connections_max: usize,
    /// Most connections at once from one address, or from one /64 network of version 6; further ones are closed.
    pub connections_of_address_max: usize,
    /// Proxies, behind which many clients stand: their connections are not counted by address.
    pub proxies: Arc<[Network]>,
    /// Longest time until the whole head of a request is there; also how long a connection may stand idle.
    pub head: Duration,
    /// Longest pause within the body of a request.
    pub body_pause: Duration,
    /// Slowest pace of a body in bytes a second, after one pause: 20 MB over a poor line pass, a byte now and then does not.
    pub body_pace: u32,
    /// Longest time that an answer waits for its reader.
    pub answer_pause: Duration,
    /// Longest time that requests under way may take when the server stops.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 512,
            connections_of_address_max: 256,
            proxies: Arc::default(),
            head: Duration::from_secs(20),
            body_pause: Duration::from_secs(30),
            body_pace: 4 << 10,
            answer_pause: Duration::from_secs(30),
            drain: Duration::from_secs(10),
        }
    }
}

/// How long to wait when the system gives no further connection.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(500);

/// Serves until `stop`, then lets requests under way finish, but not for ever.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()> + Send,
) {
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let addresses = Arc::new(Addresses::default());
    let (stopping, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            (place, accepted) = next => match accepted {
                Ok((stream, peer)) => {
                    let Some(counted) = addresses.count(peer.ip(), &limits) else {
                        tracing::debug!(%peer, "an address has too many connections");
                        continue;
                    };
                    let connection = connection(stream, peer, router.clone(), limits.clone(), stopped.clone());
                    connections.spawn(async move {
                        connection.await;
                        drop((place, counted));
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection could be taken");
                    sleep(PAUSE_AFTER_FAILURE).await;
                }
            },
        }
    }
    drop(listener);
    drop(stopping);
    let drained = timeout(limits.drain, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(connections = connections.len(), "requests under way were cut off");
    }
}

/// How many connections each address has.
#[derive(Debug, Default)]
struct Addresses(Mutex<HashMap<IpAddr, usize>>);

/// A connection that counts until it is dropped; those of proxies count for nobody.
struct Counted {
    of: Option<IpAddr>,
    addresses: Arc<Addresses>,
}

impl Addresses {
    /// Counts one more connection; `None` where the address has as many as it may.
    fn count(self: &Arc<Self>, peer: IpAddr, limits: &Limits) -> Option<Counted> {
        let peer = peer.to_canonical();
        let of = (!limits.proxies.iter().any(|proxy| proxy.holds(peer))).then(|| line(peer));
        if let Some(of) = of {
            let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(of).or_default();
            if *count >= limits.connections_of_address_max {
                return None;
            }
            *count += 1;
        }
        Some(Counted { of, addresses: self.clone() })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Some(of) = self.of else { return };
        let mut counts = self.addresses.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&of) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&of);
            }
        }
    }
}

/// The address, or the /64 network that a single line is given.
fn line(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address => address,
    }
}

/// Serves one connection until either side ends it, or until the request under way is answered once `stopped` says so.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    mut stopped: watch::Receiver<()>,
) {
    drop(stream.set_nodelay(true));
    let stream = TokioIo::new(Watched { stream, pause: limits.answer_pause, waiting: None });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(|body| Body::new(Paced::new(body, &limits)));
        request.extensions_mut().insert(ConnectInfo(peer));
        answer(router.clone(), request)
    });
    let mut served = std::pin::pin!(builder.serve_connection(stream, service));
    let ended = tokio::select! {
        ended = &mut served => ended,
        // It changes only by ending.
        _ = stopped.changed() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

async fn answer(router: Router, request: Request) -> Result<Response, Infallible> {
    router.oneshot(request).await
}

/// A body that must keep its pace (请求正文).
struct Paced {
    body: Incoming,
    pause: Duration,
    pace: u32,
    /// The body is late when the time since then has outrun what arrived.
    began: Option<Instant>,
    received: u64,
    late: Pin<Box<Sleep>>,
}

impl Paced {
    fn new(body: Incoming, limits: &Limits) -> Self {
        let late = Box::pin(sleep(limits.body_pause));
        Self { body, pause: limits.body_pause, pace: limits.body_pace.max(1), began: None, received: 0, late }
    }

    /// Until when the next piece must be there: no long pause, and no slow pace on the whole.
    fn patience(&self, began: Instant) -> Instant {
        let earned = Duration::from_secs_f64(self.received as f64 / f64::from(self.pace));
        (Instant::now() + self.pause).min(began + self.pause + earned)
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        // Time counts from the first look: until then nobody waited for it.
        if this.began.is_none() {
            let now = Instant::now();
            this.began = Some(now);
            this.late.as_mut().reset(now + this.pause);
        }
        if let Poll::Ready(piece) = Pin::new(&mut this.body).poll_frame(context) {
            let bytes = |frame: &Frame<Bytes>| frame.data_ref().map_or(0, Bytes::len) as u64;
            if let Some(Ok(frame)) = &piece {
                this.received += bytes(frame);
            }
            if let Some(began) = this.began {
                let until = this.patience(began);
                this.late.as_mut().reset(until);
            }
            return Poll::Ready(piece.map(|piece| piece.map_err(Into::into)));
        }
        ready!(this.late.as_mut().poll(context));
        let late = io::Error::new(io::ErrorKind::TimedOut, "the body came too slowly");
        Poll::Ready(Some(Err(late.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream whose reader must go on reading (网络流).
struct Watched {
    stream: TcpStream,
    pause: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Watched {
    /// Passes a result of writing on; an error when the reader has kept it waiting for too long.
    fn watch<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.waiting = None;
            return polled;
        }
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(self.pause)));
        ready!(waiting.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the answer is not being read")))
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.watch(context, polled)
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
mod tests {
    use super::*;

    #[test]
    fn connections_are_counted_by_line_and_proxies_by_nobody() {
        let limits = Limits {
            connections_of_address_max: 2,
            proxies: Arc::new(["10.0.0.0/8".parse().unwrap()]),
            ..Limits::default()
        };
        let addresses = Arc::new(Addresses::default());
        let count = |peer: &str| addresses.count(peer.parse().unwrap(), &limits);
        let held =
            [count("192.0.2.1"), count("::ffff:192.0.2.1"), count("2001:db8::1"), count("2001:db8::2:1")];
        assert!(held.iter().all(Option::is_some));
        assert!(count("192.0.2.1").is_none() && count("2001:db8::3").is_none());
        assert!(count("192.0.2.2").is_some() && count("2001:db8:0:1::1").is_some());
        let proxied: Vec<_> = (0..5).map(|_| count("10.1.2.3")).collect();
        assert!(proxied.iter().all(Option::is_some));
        drop(held);
        assert!(count("192.0.2.1").is_some() && addresses.0.lock().unwrap().is_empty());
    }
}
