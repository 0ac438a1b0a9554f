//! No statement walks a table: the plan of each is asked for, as it stands in the cache of checked statements.

use crate::{Outcome, new_store};
use jiebang_store_sqlite::SqliteOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Row, sqlite::SqliteConnectOptions};
use std::{fs, path::Path};

/// Steps that are meant to walk: all versions of calls (there are few), the open part of the outbox by its own index, heads of the
/// ledger from the newest (the statement stops at the first), no table at all, and the
/// values that the statement itself was given.
const WALKS: [&str; 7] = [
    "SCAN ledger_checkpoint",
    "SCAN call_version USING INDEX call_version_call_id_published_at",
    "SCAN call_version USING COVERING INDEX sqlite_autoindex_call_version_1",
    "SCAN outbox USING INDEX outbox_open_id",
    "SCAN CONSTANT ROW",
    "SCAN part",
    "SCAN wanted",
];

/// What may be sorted after it was found: those on a list, which are in the order of the list and not of their ids.
const SORTED: [&str; 1] = ["from ranked k cross join application a"];

#[tokio::test]
async fn every_statement_finds_its_rows_by_an_index() -> Outcome {
    let (folder, _store) = new_store(SqliteOptions::default()).await?;
    let mut connection =
        SqliteConnectOptions::new().filename(folder.path().join("store.db")).connect().await?;
    let mut statements = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".sqlx"))? {
        let cached: serde_json::Value = serde_json::from_slice(&fs::read(entry?.path())?)?;
        let statement = cached["query"].as_str().ok_or("a cached statement without its text")?;
        let steps = sqlx::query(AssertSqlSafe(format!("explain query plan {statement}")))
            .fetch_all(&mut connection)
            .await?;
        for step in steps {
            let step: String = step.try_get("detail")?;
            let walks = step.starts_with("SCAN") && !WALKS.contains(&step.as_str());
            let sorts = step.contains("TEMP B-TREE") && !SORTED.iter().any(|part| statement.contains(part));
            assert!(!walks && !sorts, "{step}\n{statement}");
        }
        statements += 1;
    }
    assert!(statements > 50, "only {statements} statements");
    Ok(())
}
