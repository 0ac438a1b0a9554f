//! One connection to the server.

use crate::error::store_error;
use jiebang_store::StoreError;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Executor};
use std::time::Duration;

/// The driver's connection, and whether a statement of the current act has failed.
pub(crate) struct Conn {
    connection: PgConnection,
    failure: Option<StoreError>,
}

impl Conn {
    /// Connects within the time allowed.
    pub(crate) async fn open(options: &PgConnectOptions, time_max: Duration) -> Result<Self, StoreError> {
        let options = options.clone().disable_statement_logging();
        match tokio::time::timeout(time_max, options.connect()).await {
            Ok(connected) => {
                Ok(Self { connection: connected.map_err(|error| store_error(&error))?, failure: None })
            }
            Err(_) => Err(StoreError::Unavailable("the database does not take the connection".to_owned())),
        }
    }

    /// The driver, unless an earlier statement of the same act has failed.
    pub(crate) fn ready(&mut self) -> Result<&mut PgConnection, StoreError> {
        match &self.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(&mut self.connection),
        }
    }

    /// Remembers the failure of a statement.
    pub(crate) fn noted<T>(&mut self, done: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        done.map_err(|error| {
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

    /// Runs statements of the store itself, such as `commit`, in one message; these neither meet nor leave a failure of the act.
    pub(crate) async fn control(&mut self, statements: &'static str) -> Result<(), StoreError> {
        self.connection.execute(sqlx::raw_sql(statements)).await.map_err(|error| store_error(&error))?;
        Ok(())
    }

    /// Says goodbye to the server.
    pub(crate) async fn close(self) -> Result<(), StoreError> {
        self.connection.close().await.map_err(|error| store_error(&error))
    }
}
