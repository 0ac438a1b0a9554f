//! Connections that send nothing, too little or read nothing: they end by themselves, keep nobody out, and do not keep the server
//! from stopping.

use std::sync::Arc;
use std::time::Duration;

use jiebang_testkit::{Setup, TestApp, Then, raw};
use jiebang_web::connections::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const SHORT: Duration = Duration::from_millis(150);
/// Far above every limit of these tests.
const LONG: Duration = Duration::from_secs(20);

async fn app(limits: Limits) -> TestApp {
    TestApp::with(Setup { publish: false, limits, ..Setup::default() }).await
}

/// Waits until the server hangs up and returns what it said before.
async fn until_the_end(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    let read = async {
        // A connection that is reset has ended as well.
        while !matches!(stream.read_buf(&mut said).await, Ok(0) | Err(_)) {}
    };
    timeout(LONG, read).await.expect("the server holds on");
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_head_silence_and_idleness_end_by_themselves() {
    let app = app(Limits { head: SHORT, ..Limits::default() }).await;
    for begun in ["", "GET / HTTP/1.1\r\nHost"] {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        assert!(!until_the_end(stream).await.contains("200"), "{begun}");
    }
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(until_the_end(stream).await.contains("200 OK"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_pauses_or_drips_is_refused() {
    let limits = Limits { body_pause: SHORT, body_pace: 4 << 10, ..Limits::default() };
    let app = app(limits).await;
    let head = "POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    let mut pausing = TcpStream::connect(app.address).await.unwrap();
    pausing.write_all(format!("{head}content-length: 100\r\n\r\nusername=").as_bytes()).await.unwrap();
    let said = until_the_end(pausing).await;
    assert!(said.contains("422"), "{said}");

    let mut dripping = TcpStream::connect(app.address).await.unwrap();
    dripping.write_all(format!("{head}content-length: 100000\r\n\r\n").as_bytes()).await.unwrap();
    let (mut reader, mut writer) = dripping.into_split();
    let drips = tokio::spawn(async move {
        let mut every = tokio::time::interval(SHORT / 5);
        loop {
            every.tick().await;
            if writer.write_all(b"a").await.is_err() {
                break;
            }
        }
    });
    let mut said = [0; 12];
    timeout(LONG, reader.read_exact(&mut said)).await.expect("it drips for ever").unwrap();
    assert_eq!(&said, b"HTTP/1.1 422");
    drips.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_up_to_the_limit_keep_nobody_out() {
    let app = app(Limits { connections_max: 8, head: SHORT, ..Limits::default() }).await;
    let mut idle = Vec::new();
    for _ in 0..40 {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        idle.push(stream);
    }
    let answer = raw(app.address, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", Then::Waits).await;
    assert!(answer.contains("200 OK"), "{answer}");
}

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

/// Asks from an address of this machine; says whether there was an answer.
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
async fn answered(app: &TestApp, from: &str) -> bool {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
    let mut stream = socket.connect(app.address).await.unwrap();
    // Who is refused may be cut off while still sending.
    drop(stream.write_all(HEALTH).await);
    until_the_end(stream).await.contains("200 OK")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_does_not_take_the_places_of_others() {
    let limits = Limits { connections_of_address_max: 3, ..Limits::default() };
    let trusting = Limits { proxies: Arc::new(["127.0.0.1".parse().unwrap()]), ..limits.clone() };
    for (limits, refused) in [(limits, true), (trusting, false)] {
        let app = app(limits).await;
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(TcpStream::connect(app.address).await.unwrap());
        }
        assert_eq!(answered(&app, "127.0.0.1").await, !refused);
        assert!(answered(&app, "127.0.0.2").await, "another address is kept out");
        // A place that is given back can be taken again, as soon as the server has noticed.
        held.pop();
        let again = async { while !answered(&app, "127.0.0.1").await {} };
        timeout(LONG, again).await.expect("the place is not given back");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_nobody_reads_is_given_up() {
    let app = app(Limits { answer_pause: SHORT, ..Limits::default() }).await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let mut written = 0_u64;
    let writing = async {
        // Requests without end, and not one answer is read: the answers fill every buffer, then the server hangs up.
        let requests = b"GET /login HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100);
        while stream.write_all(&requests).await.is_ok() {
            written += 1;
        }
    };
    timeout(LONG, writing).await.expect("the server waits for its reader");
    assert!(written > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_request_does_not_keep_the_server_from_stopping() {
    let mut app = app(Limits { drain: SHORT, ..Limits::default() }).await;
    let mut half = TcpStream::connect(app.address).await.unwrap();
    half.write_all(b"POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nus").await.unwrap();
    let idle = TcpStream::connect(app.address).await.unwrap();
    // The server has taken both: it answers a third that came after them.
    raw(app.address, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", Then::Waits).await;
    timeout(LONG, app.stop()).await.expect("the server does not stop");
    until_the_end(half).await;
    until_the_end(idle).await;
    assert!(TcpStream::connect(app.address).await.is_err());
}
