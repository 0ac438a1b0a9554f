//! The database that the tests run on: SQLite, or the PostgreSQL server that `JIEBANG_TEST_POSTGRES` names; and what can befall it.

use std::path::{Path, PathBuf};

use jiebang_service::Store;
use jiebang_store_postgres::{PostgresOptions, PostgresStore};
use jiebang_store_sqlite::{SqliteOptions, SqliteStore};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

/// Address of a PostgreSQL server on which databases may be made, without the name of a database.
pub const POSTGRES: &str = "JIEBANG_TEST_POSTGRES";

/// A database of one test.
pub enum Database {
    /// A file.
    Sqlite(PathBuf, SqliteStore),
    /// A database of a server; it stays until the server is thrown away.
    Postgres(String, String, PostgresStore),
}

impl Database {
    /// Makes or opens the database of a data folder.
    ///
    /// # Panics
    /// When it cannot be made: the test has failed.
    pub async fn open(folder: &Path) -> Self {
        let path = folder.join("jiebang.db");
        let server = std::env::var(POSTGRES).ok();
        // What a test has laid out is a file.
        let Some(server) = server.filter(|_| !path.exists()) else {
            let store = SqliteStore::open(&path, SqliteOptions::default()).await.expect("a database");
            return Self::Sqlite(path, store);
        };
        let folder = folder.file_name().expect("a name").to_string_lossy();
        let name: String = folder.chars().filter(char::is_ascii_alphanumeric).collect();
        let name = format!("test_{}_{}", std::process::id(), name.to_lowercase());
        administer(&server, &format!("create database \"{name}\"")).await;
        let options = PostgresOptions { readers_max: 2, ..PostgresOptions::default() };
        let store = PostgresStore::open(&format!("{server}/{name}"), options).await.expect("a database");
        Self::Postgres(server, name, store)
    }

    /// The store on it.
    pub fn store(&self) -> Store {
        match self {
            Self::Sqlite(_, store) => store.clone().into(),
            Self::Postgres(_, _, store) => store.clone().into(),
        }
    }

    /// Everything that it holds, as bytes to look into.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn content(&self) -> Vec<u8> {
        match self {
            Self::Sqlite(path, _) => {
                let folder = path.parent().expect("a folder");
                let files =
                    std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path());
                files
                    .filter(|path| path.is_file())
                    .flat_map(|path| std::fs::read(path).expect("a file"))
                    .collect()
            }
            Self::Postgres(server, name, _) => {
                let url = format!("{server}/{name}");
                let mut connection = PgConnection::connect(&url).await.expect("a server");
                let all = sqlx::query_scalar("select database_to_xml(true, false, '')::text");
                let all: String = all.fetch_one(&mut connection).await.expect("its content");
                connection.close().await.expect("closes");
                all.into_bytes()
            }
        }
    }

    /// Runs a statement past the store, as somebody with the database in hands can.
    ///
    /// # Panics
    /// When the database refuses it: the test has failed.
    pub async fn meddle(&self, statement: &str) {
        let statement = sqlx::AssertSqlSafe(statement.to_owned());
        match self {
            Self::Sqlite(path, _) => {
                let url = format!("sqlite:{}", path.display());
                let mut connection = SqliteConnection::connect(&url).await.expect("a file");
                connection.execute(sqlx::raw_sql(statement)).await.expect("the file is changed");
                connection.close().await.expect("closes");
            }
            Self::Postgres(server, name, _) => {
                let mut connection =
                    PgConnection::connect(&format!("{server}/{name}")).await.expect("a server");
                connection.execute(sqlx::raw_sql(statement)).await.expect("the database is changed");
                connection.close().await.expect("closes");
            }
        }
    }

    /// Nothing can be written any more.
    ///
    /// # Panics
    /// When that cannot be arranged, as all that follow.
    pub async fn fill(&self) {
        match self {
            Self::Sqlite(_, store) => store.limit_size(Some(1)).await.expect("a limit"),
            Self::Postgres(server, name, _) => {
                let set = format!("alter database \"{name}\" set default_transaction_read_only = on");
                administer(server, &set).await;
                administer(server, &part(name)).await;
            }
        }
    }

    /// There is room again.
    pub async fn make_room(&self) {
        match self {
            Self::Sqlite(_, store) => store.limit_size(None).await.expect("no limit"),
            Self::Postgres(server, name, _) => {
                let set = format!("alter database \"{name}\" reset default_transaction_read_only");
                administer(server, &set).await;
                administer(server, &part(name)).await;
            }
        }
    }

    /// The database is not there.
    pub async fn take_away(&self) {
        match self {
            Self::Sqlite(path, _) => std::fs::rename(path, path.with_extension("aside")).expect("moves"),
            Self::Postgres(server, name, _) => {
                administer(server, &format!("alter database \"{name}\" allow_connections false")).await;
                administer(server, &part(name)).await;
            }
        }
    }

    /// It is back.
    pub async fn give_back(&self) {
        match self {
            Self::Sqlite(path, _) => std::fs::rename(path.with_extension("aside"), path).expect("moves"),
            Self::Postgres(server, name, _) => {
                administer(server, &format!("alter database \"{name}\" allow_connections true")).await;
            }
        }
    }
}

/// Ends all connections to a database.
fn part(name: &str) -> String {
    format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")
}

async fn administer(server: &str, statement: &str) {
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.expect("a server");
    let statement = sqlx::AssertSqlSafe(statement.to_owned());
    connection.execute(sqlx::raw_sql(statement)).await.expect("the server does it");
    connection.close().await.expect("closes");
}
