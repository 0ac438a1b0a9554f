//! One connection to the server.

use crate::error::{commit_error, is_lost, store_error};
use crate::hosts::Hosts;
use jiebang_store::StoreError;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};
use std::time::Duration;

/// Longest wait for the answer to a statement of the store itself. The server gives up earlier (see its timeouts in `store`);
/// a network that swallows everything never would.
const ANSWER_MAX: Duration = Duration::from_secs(15);

/// The driver's connection, and whether a statement of the current act has failed.
pub(crate) struct Conn {
    connection: PgConnection,
    failure: Option<StoreError>,
    /// A statement of an act met a server that was gone.
    lost: bool,
}

impl Conn {
    /// Connects within the time allowed.
    pub(crate) async fn open(hosts: &Hosts, time_max: Duration) -> Result<Self, StoreError> {
        Ok(Self { connection: hosts.connect(time_max).await?, failure: None, lost: false })
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
            self.lost |= is_lost(&error);
            let error = store_error(&error);
            self.failure = Some(error.clone());
            error
        })
    }

    /// The first failure of the current act.
    pub(crate) fn failure(&self) -> Option<&StoreError> {
        self.failure.as_ref()
    }

    /// The failure of the current act, if the server was gone: what the transaction held is gone with it, and nothing was
    /// committed.
    pub(crate) fn lost(&self) -> Option<StoreError> {
        self.failure.clone().filter(|_| self.lost)
    }

    /// Begins a new act: forgets the failure of the last one.
    pub(crate) fn forget_failure(&mut self) {
        self.failure = None;
    }

    /// Runs statements of the store itself, such as `commit`, in one message; these neither meet nor leave a failure of the act.
    pub(crate) async fn control(&mut self, statements: &'static str) -> Result<(), StoreError> {
        self.in_time(statements).await?.map_err(|error| store_error(&error))
    }

    /// Runs statements that end with a commit. `Unsure` when the answer is lost.
    pub(crate) async fn commit(&mut self, statements: &'static str) -> Result<(), StoreError> {
        match self.in_time(statements).await {
            Ok(done) => done.map_err(|error| commit_error(&error)),
            Err(error) => Err(StoreError::Unsure(error.to_string())),
        }
    }

    /// Runs statements, waiting no longer than allowed. After an error the connection is not to be used again.
    async fn in_time(&mut self, statements: &'static str) -> Result<Result<(), sqlx::Error>, StoreError> {
        let run = self.connection.execute(sqlx::raw_sql(statements));
        match tokio::time::timeout(ANSWER_MAX, run).await {
            Ok(done) => Ok(done.map(drop)),
            Err(_) => Err(StoreError::Unavailable("the database is silent".to_owned())),
        }
    }

    /// Says goodbye to the server.
    pub(crate) async fn close(self) -> Result<(), StoreError> {
        self.connection.close().await.map_err(|error| store_error(&error))
    }
}
