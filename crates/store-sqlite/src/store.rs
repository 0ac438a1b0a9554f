//! The store as the floors above see it.

use crate::{
    batch::{Queue, StoreStatistics, count},
    file::DatabaseFile,
    migration::bring_up_to_date,
    reader::Readers,
    writer::{SizeLimit, Writer},
};
use jiebang_store::{Act, StoreError};
use std::sync::{Arc, Mutex, PoisonError};
use std::{path::Path, time::Duration};

/// How the store behaves; the default suits one machine of two cores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    /// Most acts in the queue.
    pub acts_waiting_max: usize,
    /// Longest wait for a place in a full queue, or for a connection to read; then `Busy`.
    pub wait_max: Duration,
    /// Most acts in one transaction.
    pub batch_acts_max: usize,
    /// A transaction takes no further act after this time.
    pub batch_time_max: Duration,
    /// Longest time of one act; then it is undone and answered with `Unavailable`. Noticed where the act waits for something,
    /// not inside a statement.
    pub act_time_max: Duration,
    /// Most connections that read.
    pub readers_max: usize,
    /// Longest wait for another process that writes to the same file; then `Busy`.
    pub busy_wait: Duration,
    /// Greatest size of the database file; beyond it acts are answered with `Full`.
    pub size_bytes_max: Option<u64>,
    /// Bring the tables up to date before use. Who only looks leaves them as they are.
    pub migrate: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            acts_waiting_max: 1024,
            wait_max: Duration::from_secs(2),
            batch_acts_max: 256,
            batch_time_max: Duration::from_millis(25),
            act_time_max: Duration::from_secs(5),
            readers_max: 4,
            busy_wait: Duration::from_secs(5),
            size_bytes_max: None,
            migrate: true,
        }
    }
}

/// The store on one SQLite file. Clones share it.
///
/// When the last clone is dropped without [`close`](Self::close), the acts that wait are still run and the file is closed, but
/// nobody can wait for that.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

struct Shared {
    queue: Queue,
    readers: Readers,
    size_limit: SizeLimit,
}

impl SqliteStore {
    /// Opens the file, creating it if it is not there (its folder must be), and brings its tables up to date.
    ///
    /// # Errors
    ///
    /// `Unavailable` when the file cannot be created or opened; `Foreign` when it is no database, a corrupt one, or was written by
    /// a newer version.
    pub async fn open(path: &Path, options: SqliteOptions) -> Result<Self, StoreError> {
        let file = Arc::new(DatabaseFile::create_or_take(path)?);
        let wait_max = options.wait_max;
        let readers =
            Readers::new(Arc::clone(&file), options.readers_max.max(1), options.busy_wait, wait_max);
        if options.migrate {
            bring_up_to_date(file.path(), options.busy_wait).await?;
        }
        // Migrating opened the path again, which must still lead to the same file.
        file.check()?;
        let size_limit = SizeLimit::new(Mutex::new(options.size_bytes_max));
        let queue = Writer::start(file, options, Arc::clone(&size_limit))?;
        Ok(Self { shared: Arc::new(Shared { queue, readers, size_limit }) })
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

    /// Sets the greatest size of the database file from now on; see [`SqliteOptions::size_bytes_max`]. A file that is larger
    /// already keeps its size and does not grow.
    ///
    /// # Errors
    ///
    /// `Busy`, `Unavailable`.
    pub async fn limit_size(&self, size_bytes_max: Option<u64>) -> Result<(), StoreError> {
        *self.shared.size_limit.lock().unwrap_or_else(PoisonError::into_inner) = size_bytes_max;
        // The batch that this is in begins with it.
        self.act(Box::new(|_| Box::pin(async { Ok(()) }))).await
    }

    /// Takes no further acts and readings, finishes the acts that wait, moves the log into the file and closes it. Doing so
    /// twice is no error.
    ///
    /// # Errors
    ///
    /// When the log could not be moved. Nothing is lost by that: it is moved when the file is next opened.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.shared.readers.close();
        self.shared.queue.close().await
    }
}
