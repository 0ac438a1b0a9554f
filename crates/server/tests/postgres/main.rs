//! The real binary on a real PostgreSQL server: protected connections, several servers on one database, a database that goes away
//! in the middle of an act, a standby that takes over, a copy that is put back.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod backup;
#[path = "../binary/mod.rs"]
mod binary;
mod failover;
mod proxy;
mod replication;
mod several;
mod tls;

use std::path::Path;
use std::sync::Arc;

use binary::Server;
use jiebang_callfile::Library;
use jiebang_service::{Clock, FileStore, Random, Service, Settings};
use jiebang_store_postgres::{PostgresOptions, PostgresStore};
use jiebang_testkit::{PostgresServer, Ready, Sample, call_until_2099, ledger_key, ready_draft};
use tempfile::TempDir;

/// One database with drafts, shared files, a shared key, and a folder with a call that is open.
struct Installation {
    postgres: PostgresServer,
    folder: TempDir,
    calls: TempDir,
    service: Arc<Service>,
    sample: Sample,
}

impl Installation {
    /// An installation in which this call is open.
    async fn new(call: &'static str) -> Self {
        let (postgres, calls) =
            tokio::task::spawn_blocking(move || (PostgresServer::start(), call_until_2099(call)))
                .await
                .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let service = service(&postgres.address("jiebang"), folder.path(), calls.path()).await;
        service.publish_for_demo(call, service.clock().now()).await.unwrap();
        let samples = Sample::all(&service.call(call).unwrap().call);
        let sample = samples.into_iter().find(|sample| sample.name == "sample").unwrap();
        Self { postgres, folder, calls, service, sample }
    }

    /// Reaches the database by another address from now on, in the process of the test.
    async fn reach(&mut self, address: &str) {
        self.service = service(address, self.folder.path(), self.calls.path()).await;
    }

    /// Drafts of so many organisations that nothing refuses.
    async fn drafts(&self, organisations: u32, each: usize) -> Vec<Ready> {
        let mut all = Vec::new();
        for number in 1..=organisations {
            let sample = self.sample.of_organisation(number);
            let first = ready_draft(&self.service, &sample, &format!("applicant-{number}")).await;
            all.push(first.clone());
            for _ in 1..each {
                all.push(first.another(&self.service, &sample).await);
            }
        }
        all
    }

    /// Arguments of a server on this installation, but for the address of the database.
    fn arguments(&self) -> Vec<String> {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let calls = self.calls.path().display().to_string();
        ["--files", &path("files"), "--ledger-key", &path("ledger.key"), "--calls", &calls]
            .map(str::to_owned)
            .to_vec()
    }

    /// The binary, serving this installation on a data folder of its own.
    async fn serve(&self, name: &str, database: &str) -> Server {
        let mut arguments = self.arguments();
        arguments.extend(["--database".to_owned(), database.to_owned()]);
        let data = self.folder.path().join(name);
        let start = move || {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            Server::start("serve", &data, &arguments)
        };
        tokio::task::spawn_blocking(start).await.unwrap()
    }

    /// What the database answers.
    fn ask(&self, statement: &str) -> String {
        self.postgres.administer("jiebang", statement).trim().to_owned()
    }

    /// The doctor finds nothing wrong, and so many submissions.
    async fn assert_whole(&self, submissions: usize) {
        let health = self.service.health().await.unwrap();
        assert!(health.faults.is_empty(), "{:?}", health.faults);
        assert_eq!(health.submissions, submissions as u64, "events of submissions");
        let frozen = self.ask("select count(*), count(distinct application_id) from submission");
        assert_eq!(
            frozen,
            format!("{submissions}|{submissions}"),
            "frozen copies, and applications that have one"
        );
        assert_eq!(self.ask("select count(*) - max(position) from event"), "0", "positions have gaps");
        let numbers = "select count(distinct number) = max(right(number, 6)::int) from application where number is not null";
        assert_eq!(self.ask(numbers), "t", "numbers have gaps");
    }
}

/// The use cases on a database, in this process.
async fn service(address: &str, folder: &Path, calls: &Path) -> Arc<Service> {
    let store = PostgresStore::open(address, PostgresOptions::default()).await.unwrap();
    let files = FileStore::new(&folder.join("files")).unwrap();
    let library = Library { calls: Some(calls.to_owned()), ..Library::default() };
    let settings = Settings { password_cost: (8, 1), rate_limits: false, ..Settings::new(ledger_key()) };
    Service::start(store, files, Clock::system(), Random::seeded(7), library, settings).await.unwrap()
}
