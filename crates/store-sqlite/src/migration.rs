//! Brings the tables of a file up to date.

use jiebang_store::StoreError;
use rusqlite::ffi;
use sqlx::{
    ConnectOptions, Connection,
    migrate::{MigrateError, Migrator},
    sqlite::SqliteConnectOptions,
};
use std::{path::Path, time::Duration};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Applies the migrations that are missing; refuses a file to which others have been applied.
pub(crate) async fn bring_up_to_date(path: &Path, busy_wait: Duration) -> Result<(), StoreError> {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(false).busy_timeout(busy_wait);
    let connected = options.disable_statement_logging().connect().await;
    let mut connection = connected.map_err(|error| unusable(&error, is_foreign(&error)))?;
    // The driver hides `run_direct`, but with `run` the compiler cannot see that the future may move between threads, and then
    // no task could open a store.
    MIGRATIONS.run_direct(None, &mut connection, false).await.map_err(|error| {
        let foreign = match &error {
            MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) | MigrateError::Dirty(_) => {
                true
            }
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => is_foreign(error),
            _ => false,
        };
        unusable(&error, foreign)
    })?;
    connection.close().await.map_err(|error| unusable(&error, false))
}

/// Whether the file is no database, or a corrupt one.
fn is_foreign(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.and_then(|code| code.parse().ok())
        .is_some_and(|code: i32| [ffi::SQLITE_NOTADB, ffi::SQLITE_CORRUPT].contains(&(code & 0xff)))
}

fn unusable(error: &dyn std::error::Error, foreign: bool) -> StoreError {
    let why = format!("the tables cannot be brought up to date: {error}");
    if foreign { StoreError::Foreign(why) } else { StoreError::Unavailable(why) }
}
