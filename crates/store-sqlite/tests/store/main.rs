//! The store on real files: each test has a folder of its own. Nothing here sleeps; where acts have to meet in one batch, the
//! first of them waits until the others stand in the queue.

mod batches;
mod failures;
mod killed;
mod migrations;
mod plans;
mod readings;
mod rows;
mod statements;

use jiebang_store::StoreError;
use jiebang_store_sqlite::{SqliteOptions, SqliteStore};
use std::{error::Error, path::Path};
use tempfile::TempDir;

/// What a test returns.
type Outcome = Result<(), Box<dyn Error>>;

/// Runs an act: `act!(store, connection => expression)`.
macro_rules! act {
    ($store:expr, $connection:ident => $body:expr) => {
        $store
            .act::<_, jiebang_store::StoreError>(Box::new(move |$connection| Box::pin(async move { $body })))
            .await
    };
}

/// Runs a reading: `read!(store, connection => expression)`.
macro_rules! read {
    ($store:expr, $connection:ident => $body:expr) => {
        $store
            .read::<_, jiebang_store::StoreError>(Box::new(move |$connection| Box::pin(async move { $body })))
            .await
    };
}

pub(crate) use {act, read};

/// A folder and a store in it that holds the rows that others refer to.
async fn new_store(options: SqliteOptions) -> Result<(TempDir, SqliteStore), Box<dyn Error>> {
    let folder = TempDir::new()?;
    let store = SqliteStore::open(&folder.path().join("store.db"), options).await?;
    rows::lay_ground(&store).await?;
    Ok((folder, store))
}

#[tokio::test]
async fn a_task_can_open_and_close_a_store() -> Outcome {
    let folder = TempDir::new()?;
    let path = folder.path().join("store.db");
    tokio::spawn(async move {
        let store = SqliteStore::open(&path, SqliteOptions::default()).await?;
        store.ping().await?;
        store.close().await
    })
    .await??;
    Ok(())
}

/// Opens the store of a folder again.
async fn open(folder: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(&folder.join("store.db"), SqliteOptions::default()).await
}
