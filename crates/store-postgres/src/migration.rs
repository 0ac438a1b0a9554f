//! Brings the tables of a database up to date.

use crate::error::{connect_error, store_error};
use jiebang_store::StoreError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Applies the migrations that are missing, one server at a time; refuses a database to which others have been applied.
pub(crate) async fn bring_up_to_date(options: &PgConnectOptions) -> Result<(), StoreError> {
    let mut connection =
        options.clone().disable_statement_logging().connect().await.map_err(|error| connect_error(&error))?;
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
