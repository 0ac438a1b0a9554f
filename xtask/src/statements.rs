//! Checks every statement against a database of each kind with the current tables, and keeps what it said in the store crates'
//! `.sqlx`, so that builds need no database.

use sqlx::{
    ConnectOptions, Connection, Executor, PgConnection, migrate::Migrator, sqlite::SqliteConnectOptions,
};
use std::{
    collections::BTreeMap,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// A store crate and the variable that names the database its statements are checked against.
struct Store {
    name: &'static str,
    variable: &'static str,
}

const SQLITE: Store = Store { name: "store-sqlite", variable: "STORE_SQLITE_URL" };
const POSTGRES: Store = Store { name: "store-postgres", variable: "STORE_POSTGRES_URL" };

/// Names a PostgreSQL server on which databases may be made; `scripts/with-postgres.sh` starts one.
const SERVER: &str = "JIEBANG_TEST_POSTGRES";

/// Writes the caches anew, or with `check` only says whether they are up to date.
pub(crate) fn run(root: &Path, check: bool) -> Result<(), Box<dyn Error>> {
    let server = std::env::var(SERVER).map_err(|_| {
        format!("{SERVER} names no server; run scripts/with-postgres.sh cargo xtask statements")
    })?;
    let work = root.join("target/statements").join(std::process::id().to_string());
    fs::create_dir_all(&work)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let file = work.join("statements.db");
    let sqlite = format!("sqlite:{}", file.display());
    let result = runtime
        .block_on(create_file(&file, &migrations(root, &SQLITE)))
        .map_err(Into::into)
        .and_then(|()| describe(root, &SQLITE, &sqlite, &work, check))
        .and_then(|()| Ok(runtime.block_on(create_database(&server, &migrations(root, &POSTGRES)))?))
        .and_then(|postgres| describe(root, &POSTGRES, &postgres, &work, check));
    fs::remove_dir_all(&work)?;
    result
}

fn migrations(root: &Path, store: &Store) -> PathBuf {
    root.join("crates").join(store.name).join("migrations")
}

/// Has the macros describe each statement of a store, and keeps or compares what the database said.
fn describe(root: &Path, store: &Store, url: &str, work: &Path, check: bool) -> Result<(), Box<dyn Error>> {
    let found = work.join(store.name);
    fs::create_dir_all(&found)?;
    // Cargo does not always notice that the variables differ.
    let source = root.join("crates").join(store.name).join("src/lib.rs");
    fs::write(&source, fs::read(&source)?)?;
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--locked", "--lib", "--package", &format!("jiebang-{}", store.name)])
        .current_dir(root)
        .env(store.variable, url)
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &found)
        .status()?;
    if !status.success() {
        return Err("a statement is refused by the database; see above".into());
    }
    let folder = root.join("crates").join(store.name).join(".sqlx");
    let (said, kept) = (files(&found)?, files(&folder)?);
    match (said == kept, check) {
        (true, _) => Ok(()),
        (false, true) => {
            Err(format!("crates/{}/.sqlx is out of date; run `cargo xtask statements`", store.name).into())
        }
        (false, false) => replace(&folder, &said, &kept),
    }
}

async fn create_file(database: &Path, migrations: &Path) -> Result<(), sqlx::Error> {
    let mut connection =
        SqliteConnectOptions::new().filename(database).create_if_missing(true).connect().await?;
    Migrator::new(migrations).await?.run(&mut connection).await?;
    connection.close().await
}

/// Makes a database on the server and returns its address.
async fn create_database(server: &str, migrations: &Path) -> Result<String, sqlx::Error> {
    let name = format!("statements_{}", std::process::id());
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await?;
    connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database {name}")))).await?;
    connection.close().await?;
    let url = format!("{server}/{name}");
    let mut connection = PgConnection::connect(&url).await?;
    Migrator::new(migrations).await?.run(&mut connection).await?;
    connection.close().await?;
    Ok(url)
}

/// Contents of the cache files by path within the folder.
fn files(folder: &Path) -> io::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        files.insert(PathBuf::from(entry.file_name()), fs::read(entry.path())?);
    }
    Ok(files)
}

fn replace(
    folder: &Path,
    found: &BTreeMap<PathBuf, Vec<u8>>,
    kept: &BTreeMap<PathBuf, Vec<u8>>,
) -> Result<(), Box<dyn Error>> {
    for name in kept.keys().filter(|name| !found.contains_key(*name)) {
        fs::remove_file(folder.join(name))?;
    }
    for (name, content) in found.iter().filter(|(name, content)| kept.get(*name) != Some(content)) {
        fs::write(folder.join(name), content)?;
    }
    println!("{} statements in {}", found.len(), folder.display());
    Ok(())
}
