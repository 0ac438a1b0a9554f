//! The one writer: takes acts from the queue, gathers them into a transaction, answers after its commit.
//!
//! It gathers what is waiting and never waits for more: while one batch is made durable the next one collects in the queue,
//! so that batches grow by themselves exactly when the disk is the bottleneck.
//!
//! It has a thread of its own: it waits for the disk, which the threads that serve requests must not, and an act runs from its
//! first statement to its last without a switch to another thread.

use crate::{
    Conn,
    act::Waiting,
    connection::open_writer,
    file::DatabaseFile,
    gathering::Gathering,
    statistics::{Counters, count},
    store::SqliteOptions,
};
use jiebang_store::StoreError;
use std::{sync::Arc, time::Instant};
use tokio::sync::{mpsc, oneshot};

/// Bytes of a page of the database file; SQLite's default, and fixed when the file is made.
const PAGE_SIZE_BYTES: u64 = 4096;

/// Most pages that SQLite allows.
const PAGES_MAX: u32 = 4_294_967_294;

/// What can stand in the queue.
pub(crate) enum Message {
    /// An act to run.
    Act(Box<dyn Waiting>),
    /// Change the greatest size of the database file in bytes.
    LimitSize(Option<u64>, oneshot::Sender<Result<(), StoreError>>),
    /// Run what waits, then close.
    Close(oneshot::Sender<Result<(), StoreError>>),
}

/// The writer and its connection.
pub(crate) struct Writer {
    file: Arc<DatabaseFile>,
    options: SqliteOptions,
    counters: Arc<Counters>,
    queue: mpsc::Receiver<Message>,
    /// Absent after a failure, until it can be opened again.
    connection: Option<Conn>,
}

impl Writer {
    /// Opens the file and starts the writer's thread.
    pub(crate) fn start(
        file: Arc<DatabaseFile>,
        options: SqliteOptions,
        counters: Arc<Counters>,
    ) -> Result<mpsc::Sender<Message>, StoreError> {
        let (sender, queue) = mpsc::channel(options.acts_waiting_max.max(1));
        let mut writer = Self { file, options, counters, queue, connection: None };
        writer.connection()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || runtime.block_on(writer.run()))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(sender)
    }

    /// Takes messages until the store is closed or dropped.
    async fn run(mut self) {
        let mut closing = Vec::new();
        let mut taken = None;
        loop {
            let message = match taken.take() {
                Some(message) => message,
                None => match self.queue.recv().await {
                    Some(message) => message,
                    None => break,
                },
            };
            match message {
                Message::Act(act) if act.is_abandoned() => count(&self.counters.acts_abandoned, 1),
                Message::Act(act) => taken = self.batch(act).await,
                Message::LimitSize(size_bytes_max, answer) => {
                    self.options.size_bytes_max = size_bytes_max;
                    let result = self.limit_size();
                    drop(answer.send(result));
                }
                Message::Close(answer) => {
                    self.queue.close();
                    closing.push(answer);
                }
            }
        }
        let result = self.finish();
        if let Err(error) = &result {
            tracing::error!(%error, "the database was not closed in order; it will be recovered when it is opened");
        }
        for answer in closing {
            drop(answer.send(result.clone()));
        }
    }

    /// Runs one batch that begins with this act and answers all of it. Returns a message that was taken and is no act.
    async fn batch(&mut self, first: Box<dyn Waiting>) -> Option<Message> {
        let mut gathering = Gathering::new(first);
        let failure = self.transact(&mut gathering).await.err();
        if let Some(error) = &failure {
            tracing::error!(%error, acts = gathering.done.len(), "a batch failed");
            gathering.refuse_waiting(&mut self.queue, &self.counters, error);
        }
        gathering.answer(failure.as_ref(), &self.counters)
    }

    /// One transaction; when this succeeds, all of it is durable in the file that stands at the path.
    async fn transact(&mut self, gathering: &mut Gathering) -> Result<(), StoreError> {
        self.check_file()?;
        let result = match self.begin() {
            Ok(()) => self.gather(gathering).await,
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

    /// Refuses when the commits of this connection go, or would go, elsewhere than to the path: see `file`.
    fn check_file(&self) -> Result<(), StoreError> {
        if self.connection.is_some() { self.file.check_with_log() } else { self.file.check() }
    }

    /// Opens the transaction and the savepoint of the first act.
    fn begin(&mut self) -> Result<(), StoreError> {
        self.connection()?.control(&["begin immediate", "savepoint act"])
    }

    /// Runs acts until none waits or the batch is large enough, and commits.
    async fn gather(&mut self, gathering: &mut Gathering) -> Result<(), StoreError> {
        let started = Instant::now();
        while let Some(act) = gathering.next.take() {
            let time_max = self.options.act_time_max;
            let connection = self.connection()?;
            let done = act.run(connection, time_max).await;
            let stands = done.stands();
            gathering.done.push(done);
            if gathering.done.len() < self.options.batch_acts_max
                && started.elapsed() < self.options.batch_time_max
            {
                gathering.take_next(&mut self.queue, &self.counters);
            }
            // A rollback to a savepoint leaves the savepoint in place.
            let end = match (stands, gathering.next.is_some()) {
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

    fn open(&self) -> Result<Conn, StoreError> {
        // Before, so that no other file is opened; after, so that none was put there in between.
        self.file.check()?;
        let mut connection = open_writer(self.file.path(), self.options.busy_wait)?;
        self.file.check()?;
        // The first reading opens the log.
        connection.control(&["select count(*) from setting"])?;
        self.file.take_log()?;
        set_size(&mut connection, self.options.size_bytes_max)?;
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

    fn limit_size(&mut self) -> Result<(), StoreError> {
        let size_bytes_max = self.options.size_bytes_max;
        set_size(self.connection()?, size_bytes_max)
    }

    /// Moves the log into the file and closes it.
    fn finish(&mut self) -> Result<(), StoreError> {
        let Some(mut connection) = self.connection.take() else { return Ok(()) };
        let moved = connection.control(&["pragma wal_checkpoint(truncate)"]);
        connection.close().and(moved)
    }
}

fn set_size(connection: &mut Conn, size_bytes_max: Option<u64>) -> Result<(), StoreError> {
    let pages = size_bytes_max.map(|bytes| u32::try_from(bytes / PAGE_SIZE_BYTES).unwrap_or(PAGES_MAX));
    connection.limit_pages(pages.unwrap_or(PAGES_MAX).clamp(1, PAGES_MAX))
}
