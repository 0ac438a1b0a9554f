//! One connection to the file.

use crate::error::store_error;
use jiebang_store::StoreError;
use sqlx::{
    ConnectOptions, Connection as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{path::Path, time::Duration};

/// Page cache of a connection in KiB. Pages that a cache does not hold are in the system's own, so these stay small.
const WRITER_CACHE_KIB: u32 = 8 * 1024;
const READER_CACHE_KIB: u32 = 2 * 1024;

/// Pages in the write-ahead log before a commit also moves them into the database file. Larger than SQLite's 1,000, because a
/// page that changes often (the ends of tables and indices do) is then moved once instead of many times.
const CHECKPOINT_PAGES: u32 = 4_000;

/// Size to which the write-ahead log is cut when it starts from the beginning again, after a long reading had made it grow.
const LOG_SIZE_BYTES_MAX: u32 = 64 * 1024 * 1024;

/// The driver's connection, and whether a statement of the current act has failed.
pub(crate) struct Conn {
    connection: SqliteConnection,
    failure: Option<StoreError>,
}

impl Conn {
    /// The connection for the next statement, unless an earlier one of the same act has failed (see `statements`).
    pub(crate) fn ready(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        match &self.failure {
            None => Ok(&mut self.connection),
            Some(failure) => Err(failure.clone()),
        }
    }

    /// Translates the driver's error and remembers it until the next act.
    pub(crate) fn settle<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        outcome.map_err(|error| {
            let error = store_error(&error);
            self.failure = Some(error.clone());
            error
        })
    }

    /// The first failure of the current act.
    pub(crate) fn failure(&self) -> Option<&StoreError> {
        self.failure.as_ref()
    }

    /// Begins a new act: forgets the failure of the last one.
    pub(crate) fn forget_failure(&mut self) {
        self.failure = None;
    }

    /// Runs statements of the store itself, such as `commit`; these neither meet nor leave a failure of the act.
    pub(crate) async fn control(&mut self, sql: &'static str) -> Result<(), StoreError> {
        sqlx::query(sql).execute(&mut self.connection).await.map(drop).map_err(|error| store_error(&error))
    }

    /// The driver's connection itself, for migrations.
    pub(crate) fn driver(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    /// Closes the connection and waits until it is closed.
    pub(crate) async fn close(self) -> Result<(), StoreError> {
        self.connection.close().await.map_err(|error| store_error(&error))
    }
}

/// Opens the connection that writes. It does not create the file: a file that is gone must not come back empty.
pub(crate) async fn open_writer(path: &Path, busy_wait: Duration) -> Result<Conn, StoreError> {
    let options = shared_options(path, busy_wait, WRITER_CACHE_KIB)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
        .pragma("journal_size_limit", LOG_SIZE_BYTES_MAX.to_string());
    connect(&options).await
}

/// Opens a connection that reads; it can change nothing.
pub(crate) async fn open_reader(path: &Path, busy_wait: Duration) -> Result<Conn, StoreError> {
    connect(&shared_options(path, busy_wait, READER_CACHE_KIB).read_only(true).pragma("query_only", "on"))
        .await
}

fn shared_options(path: &Path, busy_wait: Duration, cache_kib: u32) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(busy_wait)
        // Also holds what a savepoint may have to undo, which would otherwise spill into files in the temporary folder.
        .pragma("temp_store", "memory")
        // Negative means KiB instead of pages.
        .pragma("cache_size", format!("-{cache_kib}"))
        .disable_statement_logging()
}

async fn connect(options: &SqliteConnectOptions) -> Result<Conn, StoreError> {
    let connection = options.connect().await.map_err(|error| store_error(&error))?;
    Ok(Conn { connection, failure: None })
}
