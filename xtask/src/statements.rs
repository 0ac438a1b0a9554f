//! Checks every statement of the store against a database with the current tables, and keeps what it said in the store
//! crate's `.sqlx`, so that builds need no database.

use sqlx::{ConnectOptions, Connection, migrate::Migrator, sqlite::SqliteConnectOptions};
use std::{
    collections::BTreeMap,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// Writes the cache anew, or with `check` only says whether it is up to date.
pub(crate) fn run(root: &Path, check: bool) -> Result<(), Box<dyn Error>> {
    let store = root.join("crates/store-sqlite");
    // Cargo repeats the check only when the variables differ from those of the last time, so each run has its own folder.
    let work = root.join("target/statements").join(std::process::id().to_string());
    let found = work.join("found");
    fs::create_dir_all(&found)?;
    let result = describe(root, &store, &work, &found).and_then(|()| {
        let (found, kept) = (files(&found)?, files(&store.join(".sqlx"))?);
        match (found == kept, check) {
            (true, _) => Ok(()),
            (false, true) => {
                Err("crates/store-sqlite/.sqlx is out of date; run `cargo xtask statements`".into())
            }
            (false, false) => replace(&store.join(".sqlx"), &found, &kept),
        }
    });
    fs::remove_dir_all(&work)?;
    result
}

/// Has the macros describe each statement into `found`.
fn describe(root: &Path, store: &Path, work: &Path, found: &Path) -> Result<(), Box<dyn Error>> {
    let database = work.join("statements.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(create_tables(&database, &store.join("migrations")))?;
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--locked", "--lib", "--package", "jiebang-store-sqlite"])
        .current_dir(root)
        .env("STORE_SQLITE_URL", format!("sqlite:{}", database.display()))
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", found)
        .status()?;
    if status.success() { Ok(()) } else { Err("a statement is refused by the database; see above".into()) }
}

async fn create_tables(database: &Path, migrations: &Path) -> Result<(), sqlx::Error> {
    let mut connection =
        SqliteConnectOptions::new().filename(database).create_if_missing(true).connect().await?;
    Migrator::new(migrations).await?.run(&mut connection).await?;
    connection.close().await
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
