//! A whole product for one test: a server on a free port with a real SQLite file, clients that keep cookies and read pages, and
//! the samples of the calls as applications that somebody types in.
//!
//! Tests enter over HTTP. What a test only needs to be there (ready drafts, officers) is made through the same use cases.

mod applicant;
mod client;
mod database;
pub mod files;
mod page;
mod postgres;
mod prepare;
mod s3;
mod sample;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use jiebang_callfile::Library;
use jiebang_domain::call::Actor as Clocked;
use jiebang_service::{BucketLimits, Clock, FileStore, LoadedCall, Random, SecretKey, Service, Settings};
use jiebang_web::connections::{self, Limits};
use jiebang_web::{DemoCalendar, Network, Site};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use applicant::{Applicant, Receipt};
pub use client::{Answer, BOUNDARY, Client, Then, encode, multipart, multipart_kind, raw};
pub use database::Database;
pub use page::{Control, ControlKind, Form, Link};
pub use postgres::PostgresServer;
pub use prepare::{Ready, add_user, ready_draft};
pub use s3::{S3Fault, S3Server};
pub use sample::{PASSWORD, Sample, SampleFile, organisation_code, registration};

/// How a server of a test is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What its clock shows, RFC 3339.
    pub now: String,
    /// Every publishable call is published.
    pub publish: bool,
    /// Limits on attempts and requests are enforced.
    pub rate_limits: bool,
    /// Folder with further calls.
    pub calls: Option<PathBuf>,
    /// The clock ticks like the system's and cannot be moved.
    pub real_time: bool,
    /// Microseconds by which the system's clock is set, now and whenever the number changes.
    pub set_by: Option<Arc<AtomicI64>>,
    /// Files are in a bucket of an S3 server of the test, which is waited for no longer than a test can.
    pub bucket: bool,
    /// The site is a demo, whose clock anybody can move.
    pub demo: bool,
    /// Cookies are sent over TLS only.
    pub secure_cookies: bool,
    /// Proxies that are believed.
    pub trusted_proxies: Vec<Network>,
    /// Limits on connections.
    pub limits: Limits,
    /// Lays out the data folder before the server starts; it is empty otherwise.
    pub before: Option<fn(&Path)>,
}

impl Default for Setup {
    fn default() -> Self {
        let now = "2025-03-20T09:00:00+08:00".to_owned();
        Self {
            now,
            publish: true,
            rate_limits: false,
            calls: None,
            real_time: false,
            set_by: None,
            bucket: false,
            demo: false,
            secure_cookies: false,
            trusted_proxies: Vec::new(),
            limits: Limits::default(),
            before: None,
        }
    }
}

/// A server of its own (测试用服务).
pub struct TestApp {
    /// Address.
    pub address: SocketAddr,
    /// The service behind it.
    pub service: Arc<Service>,
    /// Its data folder.
    pub data: TempDir,
    /// Its database.
    pub database: Database,
    /// The S3 server that its files are on, if it was set up with one.
    pub bucket: Option<S3Server>,
    server: JoinHandle<()>,
    stop: Option<oneshot::Sender<()>>,
}

impl TestApp {
    /// Starts a server whose clock shows `now`, with every publishable call of the library published.
    ///
    /// # Panics
    /// When it cannot start: the test has failed.
    pub async fn start(now: &str) -> Self {
        Self::with(Setup { now: now.to_owned(), ..Setup::default() }).await
    }

    /// Starts a server without a published call.
    ///
    /// # Panics
    /// When it cannot start.
    pub async fn start_empty(now: &str) -> Self {
        Self::with(Setup { now: now.to_owned(), publish: false, ..Setup::default() }).await
    }

    /// Starts a server as it is set up.
    ///
    /// # Panics
    /// When it cannot start.
    pub async fn with(setup: Setup) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        if let Some(lay_out) = setup.before {
            lay_out(data.path());
        }
        let database = Database::open(data.path()).await;
        let (bucket, files) = shelf(data.path(), setup.bucket).await;
        let now: Timestamp = setup.now.parse().expect("an instant");
        let clock = if setup.real_time { Clock::system() } else { Clock::demo(now) };
        let clock = setup.set_by.into_iter().fold(clock, Clock::set_by);
        let settings =
            Settings { password_cost: (8, 1), rate_limits: setup.rate_limits, ..Settings::new(ledger_key()) };
        let library = Library { calls: setup.calls, ..Library::default() };
        let service = Service::start(database.store(), files, clock, Random::seeded(7), library, settings)
            .await
            .expect("a service");
        if setup.publish {
            for call in service.known_calls_for_demo() {
                if call.call.is_publishable() {
                    service.publish_for_demo(&call.call.id, service.clock().now()).await.expect("publishes");
                }
            }
        }
        let demo = setup.demo.then(|| Arc::new(calendar(service.clone())));
        let site = Site {
            service: service.clone(),
            demo,
            secure_cookies: setup.secure_cookies,
            trusted_proxies: setup.trusted_proxies.into(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async { drop(stopped.await) };
        let server =
            tokio::spawn(connections::serve(listener, jiebang_web::router(site), setup.limits, stopped));
        Self { address, service, data, database, bucket, server, stop: Some(stop) }
    }

    /// Another server in this process, on the same database and files, with the calls of this folder in its library.
    ///
    /// # Panics
    /// When it cannot start: the test has failed.
    pub async fn beside(&self, calls: Option<PathBuf>) -> Arc<Service> {
        let files = FileStore::new(&self.data.path().join("files")).expect("a file store");
        let clock = Clock::demo(self.service.clock().now());
        let settings = Settings { password_cost: (8, 1), rate_limits: false, ..Settings::new(ledger_key()) };
        let library = Library { calls, ..Library::default() };
        let store = self.database.store();
        Service::start(store, files, clock, Random::seeded(8), library, settings).await.expect("a service")
    }

    /// A client without a session.
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// A program that asks in the name of somebody, with a token for everything.
    ///
    /// # Panics
    /// When it gets no token: the test has failed.
    pub async fn program(&self, username: &str) -> Client {
        let login = serde_json::json!({ "username": username, "password": PASSWORD });
        let mut client = self.client();
        let answer = client.json("POST", "/api/v1/tokens", &login).await.expect(201);
        client.bearer(answer.value()["token"].as_str().expect("a token"));
        client
    }

    /// Published calls that take applications and have samples.
    pub fn ministry_calls(&self) -> Vec<Arc<LoadedCall>> {
        let cards = self.service.board().into_iter().map(|card| card.call);
        cards
            .filter(|call| call.call.deadline(Clocked::Applicant).is_some() && !Sample::all(call).is_empty())
            .collect()
    }

    /// The first sample of a call, by the call's id.
    ///
    /// # Panics
    /// When the call is not published or has none.
    pub fn sample(&self, call: &str) -> Sample {
        let card = self.service.call(call).expect("a published call");
        let samples = Sample::all(&card.call);
        samples.into_iter().find(|sample| sample.name == "sample").expect("a sample")
    }

    /// Tells the server to stop, as a signal does, and waits until it has.
    ///
    /// # Panics
    /// When it failed.
    pub async fn stop(&mut self) {
        drop(self.stop.take());
        (&mut self.server).await.expect("stops");
    }

    /// Moves the clock forward.
    ///
    /// # Panics
    /// When `to` is no instant.
    pub fn jump(&self, to: &str) {
        self.jump_to(to.parse().expect("an instant"));
    }

    /// Moves the clock forward.
    ///
    /// # Panics
    /// When it is past that instant already.
    pub fn jump_to(&self, to: Timestamp) {
        assert!(
            self.service.clock().jump(to),
            "the clock shows {}, which is past {to}",
            self.service.clock().now()
        );
    }

    /// The doctor finds nothing wrong.
    ///
    /// # Panics
    /// When it does, or the store does not answer: the test has failed.
    pub async fn assert_whole(&self) {
        let health = self.service.health().await.expect("health");
        assert!(health.faults.is_empty(), "{:?}", health.faults);
    }
}

/// Longest wait for a bucket of a test.
pub const BUCKET_LIMITS: BucketLimits = BucketLimits {
    answer: Duration::from_millis(1_000),
    repeated: Duration::from_millis(1_000),
    whole: Duration::from_millis(2_500),
};

/// Where files are: in the data folder, or in a bucket.
async fn shelf(data: &Path, in_bucket: bool) -> (Option<S3Server>, FileStore) {
    let own = data.join("files");
    if !in_bucket {
        return (None, FileStore::new(&own).expect("a file store"));
    }
    let server = S3Server::start(&data.join("s3")).await;
    let environment = server.environment().into_iter().map(|(name, value)| (name.to_owned(), value));
    let address = format!("s3://{}/ours", S3Server::BUCKET);
    let files = FileStore::in_bucket(&address, &own, environment, BUCKET_LIMITS).await;
    (Some(server), files.expect("a file store"))
}

/// A folder for calls that holds this one of the library with its clocks moved to 2099: the binary's clock is the machine's.
///
/// # Panics
/// When the library has no such call, or its clocks are not of 2025: the test has failed.
pub fn call_until_2099(id: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let (text, _) = Library::default().call(id).expect("a call of the library");
    let moved = text.replace("at = 2025-", "at = 2099-").replace("printed = \"2025年", "printed = \"2099年");
    assert_ne!(moved, text);
    std::fs::create_dir(folder.path().join(id)).expect("a folder");
    std::fs::write(folder.path().join(id).join("call.toml"), moved).expect("a file");
    folder
}

/// A calendar without a season: the clock moves, nothing else happens.
fn calendar(service: Arc<Service>) -> DemoCalendar {
    DemoCalendar {
        advance: Box::new(move |to| {
            let service = service.clone();
            Box::pin(async move {
                service.clock().jump(to);
                Ok(())
            })
        }),
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The key of the ledger in tests.
///
/// # Panics
/// Never: its name and seed are right.
pub fn ledger_key() -> SecretKey {
    SecretKey::from_seed("test.example/ledger", &[7; 32]).expect("a key")
}
