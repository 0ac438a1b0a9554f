//! What a migration does with rows that an older version has left.

use crate::{Outcome, read};
use jiebang_store::DeskCounts;
use jiebang_store_sqlite::{SqliteOptions, SqliteStore};
use sqlx::{Connection, Executor, SqliteConnection, migrate::Migrator};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Version of the migration after which entries of the ledger show a digest only.
const PRIVATE_ENTRIES: i64 = 7;

/// Version of the migration after which a queue is counted in one index.
const DESK: i64 = 10;

/// A file as the versions before this one left it.
async fn left_before(
    folder: &TempDir,
    version: i64,
) -> Result<(PathBuf, SqliteConnection), Box<dyn std::error::Error>> {
    let path = folder.path().join("store.db");
    std::fs::write(&path, "")?;
    let mut before = Migrator::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations")).await?;
    let older = before.iter().filter(|migration| migration.version < version);
    before.migrations = older.cloned().collect::<Vec<_>>().into();
    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await?;
    before.run(&mut connection).await?;
    Ok((path, connection))
}

#[tokio::test]
async fn a_tree_of_entries_of_another_form_is_emptied_and_the_events_stay() -> Outcome {
    let folder = TempDir::new()?;
    let (path, mut connection) = left_before(&folder, PRIVATE_ENTRIES).await?;
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
        connection.ledger_hashes_at(&[0]).await?,
        connection.checkpoint().await?,
    )))?;
    assert_eq!((hash, head), (Vec::new(), None));
    let event = event.ok_or("the event is gone")?;
    assert_eq!((event.salt, event.digest, event.event.data.as_str()), (salt, None, "{}"));
    Ok(())
}

#[tokio::test]
async fn what_a_desk_had_found_out_before_is_counted() -> Outcome {
    let folder = TempDir::new()?;
    let (path, mut connection) = left_before(&folder, DESK).await?;
    connection
        .execute(
            "insert into organisation values ('o', 'o', 'o', 'k', '44', '', 1, 1, '', 1, 'o');
            insert into account values ('a', 'a', '', '', 'applicant', 'o', null, '', 'zh', 1, null);
            insert into call values ('c', 3);
            insert into call_version values ('c', 'v', '{}', 1)",
        )
        .await?;
    // Assessed and objected to as it stands; the same of an older version; returned and reopened.
    for (id, state, version) in [("p1", "submitted", 1), ("p2", "submitted", 2), ("p3", "reopened", 1)] {
        sqlx::query(
            "insert into application (id, call_id, call_version, organisation_id, state, title, task, number, version, \
             submitted_at, created_at, created_by, updated_at, revision, region, lead) \
             values ($1, 'c', 'v', 'o', $2, 't', '', $1, $3, 1, 1, 'a', 1, 1, '44', 'l')",
        )
        .bind(id)
        .bind(state)
        .bind(version)
        .execute(&mut connection)
        .await?;
    }
    connection
        .execute(
            "insert into assessment select id, 1, '{}', '[]', '', '', '', 1, 1, 'a' from application where id < 'p3';
            insert into opinion select id, 'drug_regulator', 1, 'objects', '', 1, 'a' from application where id < 'p3';
            insert into opinion values ('p3', 'drug_regulator', 1, 'agrees', '', 1, 'a');
            insert into returned values ('p3', 1, 'drug_regulator', '', 1, 'a')",
        )
        .await?;
    connection.close().await?;

    let store = SqliteStore::open(&path, SqliteOptions::default()).await?;
    let counts = read!(store, connection => connection.count_desk("c", "44", "44").await)?;
    let wanted = DeskCounts { received: 3, open: 2, assessed: 1, objected: 1, returned: 1, ranked: 0 };
    assert_eq!(counts, wanted);
    Ok(())
}
