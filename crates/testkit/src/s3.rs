//! An S3 server of one test, in its process, with a folder behind it; and what can be wrong with one.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpListener;

/// What is wrong with a server (故障).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum S3Fault {
    /// It takes requests and never answers.
    Silent,
    /// It answers a byte at a time, with a pause after each.
    Drips,
    /// It answers 503 and does nothing.
    Busy,
    /// It hangs up in the middle of what it is sent, and keeps nothing.
    HalfRequest,
    /// It does what is asked, and hangs up without an answer.
    NoAnswer,
    /// It does what is asked, and hangs up in the middle of its answer.
    HalfAnswer,
}

/// Pause after each byte of an answer that drips.
const DRIP: Duration = Duration::from_millis(20);

/// The fault and how many requests it still meets.
type Faults = Arc<Mutex<Option<(S3Fault, u32)>>>;

/// A server with one empty bucket (测试用对象存储).
pub struct S3Server {
    address: SocketAddr,
    faults: Faults,
    running: tokio::task::JoinHandle<()>,
}

impl S3Server {
    /// Its bucket, which is a folder of this name.
    pub const BUCKET: &'static str = "files";
    /// Id of its one key.
    pub const KEY: &'static str = "test-key";
    /// Secret of its one key.
    pub const SECRET: &'static str = "s3cret-of-the-key";

    /// Starts a server on a free port, with this folder behind it.
    ///
    /// # Panics
    /// When it cannot start: the test has failed.
    pub async fn start(folder: &Path) -> Self {
        std::fs::create_dir_all(folder.join(Self::BUCKET)).expect("a bucket");
        let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).expect("a folder"));
        builder.set_auth(SimpleAuth::from_single(Self::KEY, Self::SECRET));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let faults = Faults::default();
        let meets = faults.clone();
        let running = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (service, meets) = (service.clone(), meets.clone());
                let answer = service_fn(move |request| answer(service.clone(), meets.clone(), request));
                tokio::spawn(async move {
                    let server = Builder::new(TokioExecutor::new());
                    // Who hangs up has what it wanted.
                    drop(server.serve_connection(TokioIo::new(stream), answer).await);
                });
            }
        });
        Self { address, faults, running }
    }

    /// Lets so many requests from now on meet a fault.
    pub fn fail(&self, fault: S3Fault, requests: u32) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = Some((fault, requests));
    }

    /// Lets every request from now on be answered as it should.
    pub fn mend(&self) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Where it is.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What tells a process of it.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT", self.endpoint()),
            ("AWS_REGION", "test-1".to_owned()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_ACCESS_KEY_ID", Self::KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", Self::SECRET.to_owned()),
        ]
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// The fault that the next request meets.
fn next(faults: &Faults) -> Option<S3Fault> {
    let mut faults = faults.lock().unwrap_or_else(PoisonError::into_inner);
    let (fault, left) = (*faults)?;
    *faults = (left > 1).then_some((fault, left - 1));
    Some(fault)
}

/// Why a connection ends without an answer.
#[derive(Debug)]
struct HungUp;

impl std::fmt::Display for HungUp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("hung up")
    }
}

impl std::error::Error for HungUp {}

async fn answer(
    service: S3Service,
    faults: Faults,
    request: Request<Incoming>,
) -> Result<Response<Answered>, HungUp> {
    let fault = next(&faults);
    match fault {
        Some(S3Fault::Silent) => return std::future::pending().await,
        Some(S3Fault::Busy) => {
            let mut busy =
                Response::new(Answered::whole(Bytes::from_static(b"<Error><Code>SlowDown</Code></Error>")));
            *busy.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            return Ok(busy);
        }
        Some(S3Fault::HalfRequest) => {
            // Some of it has been read; the rest is cut off with the connection.
            drop(request.into_body().frame().await);
            return Err(HungUp);
        }
        _ => {}
    }
    let served = hyper::service::Service::call(&service, request).await;
    let (head, body) = served.map_err(|_| HungUp)?.into_parts();
    let whole = body.collect().await.map_err(|_| HungUp)?.to_bytes();
    match fault {
        Some(S3Fault::NoAnswer) => Err(HungUp),
        Some(S3Fault::HalfAnswer) => Ok(Response::from_parts(head, Answered::half(whole))),
        Some(S3Fault::Drips) => Ok(Response::from_parts(head, Answered::dripping(whole))),
        _ => Ok(Response::from_parts(head, Answered::whole(whole))),
    }
}

/// The body of an answer: whole, or what a fault leaves of it.
enum Answered {
    Whole(Full<Bytes>),
    /// What is still sent before the connection ends.
    Half(Option<Bytes>),
    /// What is left, and the pause.
    Drips(Bytes, Pin<Box<tokio::time::Sleep>>),
}

impl Answered {
    fn whole(bytes: Bytes) -> Self {
        Self::Whole(Full::new(bytes))
    }

    fn half(bytes: Bytes) -> Self {
        Self::Half(Some(bytes.slice(..bytes.len() / 2)))
    }

    fn dripping(bytes: Bytes) -> Self {
        Self::Drips(bytes, Box::pin(tokio::time::sleep(DRIP)))
    }
}

impl Body for Answered {
    type Data = Bytes;
    type Error = HungUp;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HungUp>>> {
        match self.get_mut() {
            Self::Whole(body) => {
                let never = |never: Infallible| match never {};
                Pin::new(body).poll_frame(context).map(|frame| frame.map(|frame| frame.map_err(never)))
            }
            Self::Half(left) => Poll::Ready(Some(left.take().map(Frame::data).ok_or(HungUp))),
            Self::Drips(left, _) if left.is_empty() => Poll::Ready(None),
            Self::Drips(left, pause) => {
                std::task::ready!(pause.as_mut().poll(context));
                pause.set(tokio::time::sleep(DRIP));
                Poll::Ready(Some(Ok(Frame::data(left.split_to(1)))))
            }
        }
    }
}
