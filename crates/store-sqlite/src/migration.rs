//! Brings the tables of a file up to date.

use jiebang_store::StoreError;
use sqlx::{ConnectOptions, Connection, migrate::Migrator, sqlite::SqliteConnectOptions};
use std::{path::Path, time::Duration};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Applies the migrations that are missing; refuses a file to which others have been applied.
pub(crate) async fn bring_up_to_date(path: &Path, busy_wait: Duration) -> Result<(), StoreError> {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(false).busy_timeout(busy_wait);
    let mut connection =
        options.disable_statement_logging().connect().await.map_err(|error| unavailable(&error))?;
    // The driver hides `run_direct`, but with `run` the compiler cannot see that the future may move between threads, and then
    // no task could open a store.
    MIGRATIONS.run_direct(None, &mut connection, false).await.map_err(|error| unavailable(&error))?;
    connection.close().await.map_err(|error| unavailable(&error))
}

fn unavailable(error: &dyn std::error::Error) -> StoreError {
    StoreError::Unavailable(format!("the tables cannot be brought up to date: {error}"))
}
