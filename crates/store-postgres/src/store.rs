//! The store as the floors above see it.

use crate::{
    address,
    batch::{Queue, StoreStatistics, count},
    hosts::Hosts,
    migration::bring_up_to_date,
    reader::Readers,
    writer::Writer,
};
use jiebang_store::{Act, StoreError};
use std::{sync::Arc, time::Duration};

/// How the store behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresOptions {
    /// Most acts in the queue.
    pub acts_waiting_max: usize,
    /// Longest wait for a place in a full queue, or for a connection; then `Busy` or `Unavailable`.
    pub wait_max: Duration,
    /// Most acts in one transaction.
    pub batch_acts_max: usize,
    /// A transaction takes no further act after this time.
    pub batch_time_max: Duration,
    /// Longest time of one act; then it is undone and answered with `Unavailable`.
    pub act_time_max: Duration,
    /// Longest time of one reading; then it is answered with `Unavailable`.
    pub reading_time_max: Duration,
    /// Most connections that read.
    pub readers_max: usize,
    /// Bring the tables up to date before use. Who only looks leaves them as they are.
    pub migrate: bool,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            acts_waiting_max: 1024,
            wait_max: Duration::from_secs(5),
            batch_acts_max: 256,
            batch_time_max: Duration::from_millis(25),
            act_time_max: Duration::from_secs(5),
            reading_time_max: Duration::from_secs(15),
            readers_max: 8,
            migrate: true,
        }
    }
}

/// The store on one PostgreSQL database. Clones share it.
#[derive(Clone)]
pub struct PostgresStore {
    shared: Arc<Shared>,
}

struct Shared {
    queue: Queue,
    readers: Readers,
}

impl PostgresStore {
    /// Connects (`postgres://user:password@host/database?sslmode=verify-full&sslrootcert=FILE`; of several hosts, as in
    /// `host:5432,other:5433`, to the one that takes writes), and brings the tables up to date.
    ///
    /// # Errors
    ///
    /// `Insecure` when the connection cannot be protected as asked; `Unavailable` when the address cannot be read or the server cannot
    /// be reached; `Foreign` when the tables were written by a newer version.
    pub async fn open(url: &str, options: PostgresOptions) -> Result<Self, StoreError> {
        let hosts = Hosts::new(address::read(url)?, |options| {
            options
                .application_name("jiebang")
                // A statement that hangs, a lock that is not given, a writer that died in the middle: none lasts.
                .options([
                    ("statement_timeout", "10s"),
                    ("lock_timeout", "10s"),
                    ("idle_in_transaction_session_timeout", "10s"),
                ])
        });
        if options.migrate {
            bring_up_to_date(&hosts, options.wait_max).await?;
        }
        let readers = Readers::new(hosts.clone(), &options);
        Ok(Self { shared: Arc::new(Shared { queue: Writer::start(hosts, options), readers }) })
    }

    /// Runs an act and answers once it is durable; see the crate's documentation for what it may rely on.
    ///
    /// # Errors
    ///
    /// The act's own, after which nothing of it stands; `Busy` when the queue stays full; `Full` and `Unavailable` when its
    /// batch could not be committed.
    pub async fn act<T, E>(&self, act: Act<T, E>) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.shared.queue.act(act).await
    }

    /// Runs a reading on one snapshot: it sees the acts acknowledged before it began, and none that follow.
    ///
    /// # Errors
    ///
    /// The reading's own; `Busy` when all connections stay in use; `Full` when it tries to write; `Unavailable`.
    pub async fn read<T, E>(&self, reading: Act<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        count(&self.shared.queue.counters.readings, 1);
        self.shared.readers.read(reading).await
    }

    /// Takes part in one batch, to which it writes, and one reading, for health checks.
    ///
    /// # Errors
    ///
    /// Whatever an act or a reading would meet now.
    pub async fn ping(&self) -> Result<(), StoreError> {
        // A disk that is full can still be read, and may hold a transaction that writes nothing.
        self.act::<(), StoreError>(Box::new(|connection| {
            Box::pin(async move { connection.set_setting("pinged", "").await })
        }))
        .await?;
        self.read::<(), StoreError>(Box::new(|connection| Box::pin(async move { connection.ping().await })))
            .await
    }

    /// Counts for metrics.
    #[must_use]
    pub fn statistics(&self) -> StoreStatistics {
        self.shared.queue.statistics()
    }

    /// Takes no further acts and readings, finishes the acts that wait, and closes the connections. Doing so twice is no error.
    ///
    /// # Errors
    ///
    /// None so far.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.shared.readers.close().await;
        self.shared.queue.close().await
    }
}
