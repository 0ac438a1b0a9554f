//! What a migration does with rows that an older version has left.

use crate::{Outcome, read};
use jiebang_store_sqlite::{SqliteOptions, SqliteStore};
use sqlx::{Connection, Executor, SqliteConnection, migrate::Migrator};
use std::path::Path;
use tempfile::TempDir;

/// Version of the migration after which entries of the ledger show a digest only.
const PRIVATE_ENTRIES: i64 = 7;

#[tokio::test]
async fn a_tree_of_entries_of_another_form_is_emptied_and_the_events_stay() -> Outcome {
    let folder = TempDir::new()?;
    let path = folder.path().join("store.db");
    std::fs::write(&path, "")?;
    let mut before = Migrator::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations")).await?;
    let older = before.iter().filter(|migration| migration.version < PRIVATE_ENTRIES);
    before.migrations = older.cloned().collect::<Vec<_>>().into();
    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await?;
    before.run(&mut connection).await?;
    connection
        .execute(
            "insert into event (position, kind, subject, data, at) values (1, 'thing_done', 's', '{}', 7);
            insert into ledger_hash values (0, 'aa');
            insert into ledger_checkpoint values (1, 'a head', 8)",
        )
        .await?;
    let salt: String = sqlx::query_scalar("select salt from event").fetch_one(&mut connection).await?;
    connection.close().await?;

    let store = SqliteStore::open(&path, SqliteOptions::default()).await?;
    let (event, hash, head) = read!(store, connection => Ok((
        connection.event_at(1).await?,
        connection.ledger_hash(0).await?,
        connection.checkpoint().await?,
    )))?;
    assert_eq!((hash, head), (None, None));
    let event = event.ok_or("the event is gone")?;
    assert_eq!((event.salt, event.digest, event.event.data.as_str()), (salt, None, "{}"));
    Ok(())
}
