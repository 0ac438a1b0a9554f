//! One connection to the file.

use crate::error::store_error;
use jiebang_store::StoreError;
use rusqlite::{CachedStatement, Connection, OpenFlags, Row, ToSql};
use std::{path::Path, time::Duration};

/// Page cache of a connection in KiB. Pages that a cache does not hold are in the system's own, so these stay small.
const WRITER_CACHE_KIB: i64 = 8 * 1024;
const READER_CACHE_KIB: i64 = 2 * 1024;

/// Pages in the write-ahead log before a commit also moves them into the database file. Larger than SQLite's 1,000, because a
/// page that changes often (the ends of tables and indices do) is then moved once instead of many times.
const CHECKPOINT_PAGES: i64 = 4_000;

/// Size to which the write-ahead log is cut when it starts from the beginning again, after a long reading had made it grow.
const LOG_SIZE_BYTES_MAX: i64 = 64 * 1024 * 1024;

/// Prepared statements kept by each connection; more than there are statements.
const STATEMENTS_MAX: usize = 128;

/// The driver's connection, and whether a statement of the current act has failed.
pub(crate) struct Conn {
    connection: Connection,
    failure: Option<StoreError>,
}

/// A row that can be made of the columns of a statement; see `statement::columns`.
pub(crate) trait FromColumns: Sized {
    /// Names of the fields.
    const FIELDS: &'static [&'static str];
    /// Takes each field, in the order of `FIELDS`, from the column at its place.
    fn from_columns(row: &Row<'_>, places: &[usize]) -> rusqlite::Result<Self>;
}

impl Conn {
    /// Runs a statement that returns nothing; answers how many rows it changed.
    pub(crate) fn execute(&mut self, sql: &'static str, arguments: &[&dyn ToSql]) -> Result<u64, StoreError> {
        self.run(|connection| prepared(connection, sql, arguments)?.raw_execute().map(|rows| rows as u64))
    }

    /// Runs a statement that returns rows.
    pub(crate) fn rows<R: FromColumns>(
        &mut self,
        sql: &'static str,
        arguments: &[&dyn ToSql],
    ) -> Result<Vec<R>, StoreError> {
        self.run(|connection| {
            let mut statement = prepared(connection, sql, arguments)?;
            let places = places::<R>(&statement)?;
            let mut found = Vec::new();
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                found.push(R::from_columns(row, &places)?);
            }
            Ok(found)
        })
    }

    /// Runs a statement that returns a row or none.
    pub(crate) fn optional<R: FromColumns>(
        &mut self,
        sql: &'static str,
        arguments: &[&dyn ToSql],
    ) -> Result<Option<R>, StoreError> {
        // To the end, not only to the first row: what a statement changes is complete when it says that it is.
        self.rows(sql, arguments).map(|rows| rows.into_iter().next())
    }

    /// Runs a statement unless an earlier one of the same act has failed (see `statements`), and remembers its failure.
    fn run<T>(
        &mut self,
        statement: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        statement(&self.connection).map_err(|error| {
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

    /// Runs statements of the store itself, such as `commit`, up to the first that fails; these neither meet nor leave a
    /// failure of the act.
    pub(crate) fn control(&mut self, statements: &[&'static str]) -> Result<(), StoreError> {
        for sql in statements {
            let done = prepared(&self.connection, sql, &[]).and_then(|mut statement| {
                let mut rows = statement.raw_query();
                while rows.next()?.is_some() {}
                Ok(())
            });
            done.map_err(|error| store_error(&error))?;
        }
        Ok(())
    }

    /// Sets the most pages that the file may have.
    pub(crate) fn limit_pages(&mut self, pages_max: u32) -> Result<(), StoreError> {
        let done = self.connection.pragma_update(None, "max_page_count", pages_max);
        done.map_err(|error| store_error(&error))
    }

    /// Closes the connection.
    pub(crate) fn close(self) -> Result<(), StoreError> {
        self.connection.close().map_err(|(_, error)| store_error(&error))
    }
}

/// The statement with its arguments. `$7` means the seventh argument; SQLite itself numbers by first appearance.
fn prepared<'a>(
    connection: &'a Connection,
    sql: &'static str,
    arguments: &[&dyn ToSql],
) -> rusqlite::Result<CachedStatement<'a>> {
    let mut statement = connection.prepare_cached(sql)?;
    for index in 1..=statement.parameter_count() {
        let number =
            statement.parameter_name(index).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        let argument = number.and_then(|number| arguments.get(number.checked_sub(1)?));
        let argument = argument.ok_or(rusqlite::Error::InvalidParameterCount(arguments.len(), index))?;
        statement.raw_bind_parameter(index, argument)?;
    }
    Ok(statement)
}

/// Where the fields of the row are among the columns. A column is named after its field, with what `sqlx` has to know about
/// its type after it: `mainland: bool`, `count!`.
fn places<R: FromColumns>(statement: &CachedStatement<'_>) -> rusqlite::Result<Vec<usize>> {
    let names = statement.column_names();
    let place = |field: &&str| {
        let named = |name: &&str| name.split(['!', '?', ':']).next() == Some(field);
        names.iter().position(named).ok_or_else(|| rusqlite::Error::InvalidColumnName((*field).to_owned()))
    };
    R::FIELDS.iter().map(place).collect()
}

/// Opens the connection that writes. It does not create the file: a file that is gone must not come back empty.
pub(crate) fn open_writer(path: &Path, busy_wait: Duration) -> Result<Conn, StoreError> {
    open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, busy_wait, |connection| {
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        connection.pragma_update(None, "journal_size_limit", LOG_SIZE_BYTES_MAX)?;
        cache(connection, WRITER_CACHE_KIB)
    })
}

/// Opens a connection that reads; it can change nothing.
pub(crate) fn open_reader(path: &Path, busy_wait: Duration) -> Result<Conn, StoreError> {
    open(path, OpenFlags::SQLITE_OPEN_READ_ONLY, busy_wait, |connection| {
        connection.pragma_update(None, "query_only", true)?;
        cache(connection, READER_CACHE_KIB)
    })
}

fn open(
    path: &Path,
    flags: OpenFlags,
    busy_wait: Duration,
    prepare: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> Result<Conn, StoreError> {
    let opened =
        Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).and_then(|connection| {
            connection.busy_timeout(busy_wait)?;
            connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
            connection.pragma_update(None, "foreign_keys", true)?;
            // Also holds what a savepoint may have to undo, which would otherwise spill into files in the temporary folder.
            connection.pragma_update(None, "temp_store", "memory")?;
            prepare(&connection)?;
            Ok(connection)
        });
    let connection = opened.map_err(|error| store_error(&error))?;
    Ok(Conn { connection, failure: None })
}

/// Negative means KiB instead of pages.
fn cache(connection: &Connection, kib: i64) -> rusqlite::Result<()> {
    connection.pragma_update(None, "cache_size", -kib)
}
