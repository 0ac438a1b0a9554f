//! A whole product for one test: a server on a free port with a real SQLite file, and clients that keep cookies.

mod client;

use std::net::SocketAddr;
use std::sync::Arc;

use jiebang_callfile::Library;
use jiebang_service::{Clock, FileStore, Random, Service, Settings};
use jiebang_store_sqlite::{SqliteOptions, SqliteStore};
use jiebang_web::Site;
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use client::{Answer, Client};

/// A server of its own (测试用服务).
pub struct TestApp {
    /// Address.
    pub address: SocketAddr,
    /// The service behind it.
    pub service: Arc<Service>,
    /// Its data folder.
    pub data: TempDir,
    server: JoinHandle<()>,
}

impl TestApp {
    /// Starts a server whose clock shows `now`, with every publishable call of the library published.
    ///
    /// # Panics
    /// When it cannot start: the test has failed.
    pub async fn start(now: &str) -> Self {
        let app = Self::start_empty(now).await;
        for call in app.service.library_for_demo() {
            if call.call.is_publishable() {
                app.service.publish_for_demo(&call.call.id, app.service.clock().now()).await.expect("publishes");
            }
        }
        app
    }

    /// Starts a server without a published call.
    ///
    /// # Panics
    /// When it cannot start.
    pub async fn start_empty(now: &str) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let path = data.path().join("jiebang.db");
        let store = SqliteStore::open(&path, SqliteOptions::default()).await.expect("a database");
        let files = FileStore::new(&data.path().join("files")).expect("a file store");
        let now: Timestamp = now.parse().expect("an instant");
        let settings = Settings { password_cost: (8, 1), rate_limits: false, ..Settings::default() };
        let service =
            Service::start(store, files, Clock::demo(now), Random::seeded(7), Library::default(), settings)
                .await
                .expect("a service");
        let site = Site { service: service.clone(), demo: None, secure_cookies: false };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = jiebang_web::router(site).into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("serves");
        });
        Self { address, service, data, server }
    }

    /// A client without a session.
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// Moves the clock forward.
    ///
    /// # Panics
    /// When `to` is no instant.
    pub fn jump(&self, to: &str) {
        self.service.clock().jump(to.parse().expect("an instant"));
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}
