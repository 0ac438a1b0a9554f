//! The store that an installation runs on: one of two with the same functions.

use jiebang_store::{Act, StoreError};
use jiebang_store_postgres::PostgresStore;
use jiebang_store_sqlite::SqliteStore;

/// The store (存储). Clones share it.
#[derive(Clone)]
pub enum Store {
    /// One file beside the server.
    Sqlite(SqliteStore),
    /// A database server, which several servers may share.
    Postgres(PostgresStore),
}

impl From<SqliteStore> for Store {
    fn from(store: SqliteStore) -> Self {
        Self::Sqlite(store)
    }
}

impl From<PostgresStore> for Store {
    fn from(store: PostgresStore) -> Self {
        Self::Postgres(store)
    }
}

impl Store {
    /// Whether other servers may be at work on the same rows: then nothing that they may change is remembered from one request
    /// to the next.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Runs an act and answers once it is durable.
    ///
    /// # Errors
    /// The act's own, after which nothing of it stands; `Busy`, `Full`, `Unavailable`.
    pub async fn act<T, E>(&self, act: Act<T, E>) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match self {
            Self::Sqlite(store) => store.act(act).await,
            Self::Postgres(store) => store.act(act).await,
        }
    }

    /// Runs a reading on one snapshot: it sees the acts acknowledged before it began, and none that follow.
    ///
    /// # Errors
    /// The reading's own; `Busy`, `Unavailable`.
    pub async fn read<T, E>(&self, reading: Act<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        match self {
            Self::Sqlite(store) => store.read(reading).await,
            Self::Postgres(store) => store.read(reading).await,
        }
    }

    /// Takes part in one batch and one reading, for health checks.
    ///
    /// # Errors
    /// Whatever an act or a reading would meet now.
    pub async fn ping(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.ping().await,
            Self::Postgres(store) => store.ping().await,
        }
    }

    /// Finishes the acts that wait and closes. Doing so twice is no error.
    ///
    /// # Errors
    /// When it could not be closed in order; nothing acknowledged is lost by that.
    pub async fn close(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
        }
    }
}
