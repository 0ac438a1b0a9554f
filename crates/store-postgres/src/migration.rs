//! Brings the tables of a database up to date.

use crate::error::store_error;
use crate::hosts::Hosts;
use jiebang_store::StoreError;
use sqlx::Connection;
use sqlx::migrate::{MigrateError, Migrator};
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Applies the migrations that are missing, one server at a time; refuses a database to which others have been applied.
pub(crate) async fn bring_up_to_date(hosts: &Hosts, time_max: Duration) -> Result<(), StoreError> {
    let mut connection = hosts.connect(time_max).await?;
    // See the migrations of SQLite for why not `run`.
    MIGRATIONS.run_direct(None, &mut connection, false).await.map_err(|error| {
        let why = format!("the tables cannot be brought up to date: {error}");
        match error {
            MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) | MigrateError::Dirty(_) => {
                StoreError::Foreign(why)
            }
            _ => StoreError::Unavailable(why),
        }
    })?;
    connection.close().await.map_err(|error| store_error(&error))
}
