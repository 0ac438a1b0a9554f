//! The one writer: takes acts from the queue, gathers them into a transaction, answers after its commit.
//!
//! It gathers what is waiting and never waits for more: while one batch is made durable the next one collects in the queue,
//! so that batches grow by themselves exactly when the disk is the bottleneck.
//!
//! It has a thread of its own: it waits for the disk, which the threads that serve requests must not, and an act runs from its
//! first statement to its last without a switch to another thread.

use crate::{
    Conn,
    batch::{Counters, Gathering, Growth, Message, Queue, Writing, write},
    connection::open_writer,
    file::DatabaseFile,
    store::SqliteOptions,
};
use jiebang_store::StoreError;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Bytes of a page of the database file; SQLite's default, and fixed when the file is made.
const PAGE_SIZE_BYTES: u64 = 4096;

/// Most pages that SQLite allows.
const PAGES_MAX: u32 = 4_294_967_294;

/// Greatest size of the database file in bytes, as it is to be from the next batch on.
pub(crate) type SizeLimit = Arc<Mutex<Option<u64>>>;

/// The writer and its connection.
pub(crate) struct Writer {
    file: Arc<DatabaseFile>,
    options: SqliteOptions,
    counters: Arc<Counters>,
    size_limit: SizeLimit,
    /// As it is set on the connection.
    size_set: Option<u64>,
    /// Absent after a failure, until it can be opened again.
    connection: Option<Conn>,
}

impl Writing for Writer {
    /// All of it is durable in the file that stands at the path.
    async fn transact(
        &mut self,
        gathering: &mut Gathering,
        queue: &mut mpsc::Receiver<Message>,
    ) -> Result<(), StoreError> {
        self.check_file()?;
        let result = match self.begin() {
            Ok(()) => self.gather(gathering, queue).await,
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            self.recover(&error);
            return Err(error);
        }
        let checked = self.check_file();
        if checked.is_err() {
            // If only the log is gone, what it holds can still be saved by moving it into the file.
            self.save_log();
        }
        checked
    }

    /// Moves the log into the file and closes it.
    async fn finish(mut self) -> Result<(), StoreError> {
        let Some(mut connection) = self.connection.take() else { return Ok(()) };
        let moved = connection.control(&["pragma wal_checkpoint(truncate)"]);
        let result = connection.close().and(moved);
        if let Err(error) = &result {
            tracing::error!(%error, "the database was not closed in order; it will be recovered when it is opened");
        }
        result
    }

    fn counters(&self) -> &Counters {
        &self.counters
    }
}

impl Writer {
    /// Opens the file and starts the writer's thread.
    pub(crate) fn start(
        file: Arc<DatabaseFile>,
        options: SqliteOptions,
        size_limit: SizeLimit,
    ) -> Result<Queue, StoreError> {
        let (sender, queue) = mpsc::channel(options.acts_waiting_max.max(1));
        let counters = Arc::new(Counters::default());
        let front = Queue { sender, counters: Arc::clone(&counters), wait_max: options.wait_max };
        let mut writer = Self { file, options, counters, size_limit, size_set: None, connection: None };
        writer.connection()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || runtime.block_on(write(writer, queue)))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(front)
    }

    /// Refuses when the commits of this connection go, or would go, elsewhere than to the path: see `file`.
    fn check_file(&self) -> Result<(), StoreError> {
        if self.connection.is_some() { self.file.check_with_log() } else { self.file.check() }
    }

    /// Opens the transaction and the savepoint of the first act.
    fn begin(&mut self) -> Result<(), StoreError> {
        let wanted = self.size_wanted();
        if wanted != self.size_set {
            set_size(self.connection()?, wanted)?;
            self.size_set = wanted;
        }
        self.connection()?.control(&["begin immediate", "savepoint act"])
    }

    /// Runs acts until none waits or the batch is large enough, and commits.
    async fn gather(
        &mut self,
        gathering: &mut Gathering,
        queue: &mut mpsc::Receiver<Message>,
    ) -> Result<(), StoreError> {
        let growth = Growth::begin(self.options.batch_acts_max, self.options.batch_time_max);
        while let Some(act) = gathering.next.take() {
            let time_max = self.options.act_time_max;
            let done = act.run(self.connection()?, time_max).await;
            let ran = gathering.ran(done, &growth, queue, &self.counters);
            // A rollback to a savepoint leaves the savepoint in place.
            let end = match ran {
                (true, true) => &["release act", "savepoint act"][..],
                (true, false) => &["release act", "commit"],
                (false, true) => &["rollback to act"],
                (false, false) => &["rollback to act", "release act", "commit"],
            };
            let connection = self.connection()?;
            if let Err(error) = connection.control(end) {
                // A full disk makes SQLite roll back the whole transaction, savepoints and all; the failure of the statement
                // says why, the missing savepoint does not.
                return Err(connection.failure().cloned().unwrap_or(error));
            }
        }
        Ok(())
    }

    /// The connection, opened if there is none.
    fn connection(&mut self) -> Result<&mut Conn, StoreError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.open()?,
        };
        Ok(self.connection.insert(connection))
    }

    fn open(&mut self) -> Result<Conn, StoreError> {
        // Before, so that no other file is opened; after, so that none was put there in between.
        self.file.check()?;
        let mut connection = open_writer(self.file.path(), self.options.busy_wait)?;
        self.file.check()?;
        // The first reading opens the log.
        connection.control(&["select count(*) from setting"])?;
        self.file.take_log()?;
        self.size_set = self.size_wanted();
        set_size(&mut connection, self.size_set)?;
        Ok(connection)
    }

    /// Leaves the failed transaction. A connection that may be broken is given up, and the next batch opens another.
    fn recover(&mut self, error: &StoreError) {
        let Some(mut connection) = self.connection.take() else { return };
        // Fails when the transaction is gone already.
        drop(connection.control(&["rollback"]));
        let usable = !matches!(error, StoreError::Unavailable(_))
            && connection.control(&["begin", "rollback"]).is_ok();
        if usable {
            self.connection = Some(connection);
        } else {
            drop(connection.close());
        }
    }

    /// Moves what the log holds into the file, as far as it can be.
    fn save_log(&mut self) {
        if let Some(connection) = &mut self.connection {
            drop(connection.control(&["pragma wal_checkpoint(truncate)"]));
        }
    }

    fn size_wanted(&self) -> Option<u64> {
        *self.size_limit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn set_size(connection: &mut Conn, size_bytes_max: Option<u64>) -> Result<(), StoreError> {
    let pages = size_bytes_max.map(|bytes| u32::try_from(bytes / PAGE_SIZE_BYTES).unwrap_or(PAGES_MAX));
    connection.limit_pages(pages.unwrap_or(PAGES_MAX).clamp(1, PAGES_MAX))
}
