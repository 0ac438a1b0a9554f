//! How many acts of the size of a submission the store takes: 4 KB of frozen content, the change of the application, an event
//! and an outbox entry, each durable before it is answered.
//!
//! ```text
//! cargo bench -p jiebang-store-sqlite [-- --seconds N] [--folder PATH]
//! ```
//!
//! The folder decides which disk is measured; the default is the folder of the build. The last lines are the bound that the
//! store is compared with: the same rows by prepared statements on one connection, without savepoints, and with nobody who
//! waits for an answer.

use jiebang_store::{
    AccountRow, ApplicationRow, CallRow, Connection, NewEvent, OrganisationRow, StoreError, SubmissionRow,
};
use jiebang_store_sqlite::{SqliteOptions, SqliteStore};
use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

type Fault = Box<dyn Error + Send + Sync>;

/// What one task submits, again and again.
struct Submitter {
    application: ApplicationRow,
    content: Arc<str>,
}

fn main() -> Result<(), Fault> {
    let (seconds, folder) = arguments()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    println!("tasks | acts/s | p50 ms | p99 ms | max ms | acts per commit | readers | readings/s");
    println!("-----:|-------:|-------:|-------:|-------:|----------------:|--------:|----------:");
    for (tasks, readers) in [(1, 0), (8, 0), (32, 0), (128, 0), (32, 4)] {
        println!("{}", runtime.block_on(measure(&folder, tasks, readers, seconds))?);
    }
    for batch in [1, 32, 256] {
        println!(
            "bare inserts, {batch} in a commit: {:.0}/s",
            runtime.block_on(bare(&folder, batch, seconds))?
        );
    }
    Ok(())
}

fn arguments() -> Result<(Duration, PathBuf), Fault> {
    let mut seconds = 3.0;
    let mut folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => seconds = arguments.next().ok_or("--seconds N")?.parse()?,
            "--folder" => folder = arguments.next().ok_or("--folder PATH")?.into(),
            // Cargo's own.
            "--bench" => {}
            other => return Err(format!("unknown argument {other}").into()),
        }
    }
    Ok((Duration::from_secs_f64(seconds), folder))
}

/// One line of the table: `tasks` submit at the same time, while `readers` read as fast as they can.
async fn measure(folder: &Path, tasks: usize, readers: usize, time: Duration) -> Result<String, Fault> {
    let folder = TempDir::new_in(folder)?;
    let store = SqliteStore::open(&folder.path().join("store.db"), SqliteOptions::default()).await?;
    act(&store, |connection| Box::pin(async move { lay_ground(connection).await })).await?;
    let before = store.statistics();
    let started = Instant::now();
    let mut submitting = Vec::new();
    for task in 0..tasks {
        submitting.push(tokio::spawn(submit_until(store.clone(), format!("p{task:04}"), started + time)));
    }
    let mut reading = Vec::new();
    for _ in 0..readers {
        reading.push(tokio::spawn(read_until(store.clone(), started + time)));
    }
    let mut latencies = Vec::new();
    for task in submitting {
        latencies.extend(task.await??);
    }
    for task in reading {
        task.await??;
    }
    let elapsed = started.elapsed();
    let after = store.statistics();
    store.close().await?;
    latencies.sort_unstable();
    let at = |share: f64| {
        let index = ((latencies.len() as f64 - 1.0) * share) as usize;
        latencies.get(index).map_or(0.0, |latency| latency.as_secs_f64() * 1_000.0)
    };
    let acts = latencies.len() as f64;
    Ok(format!(
        "{tasks:5} | {:6.0} | {:6.2} | {:6.2} | {:6.2} | {:15.1} | {readers:7} | {:10.0}",
        acts / elapsed.as_secs_f64(),
        at(0.5),
        at(0.99),
        at(1.0),
        acts / (after.batches - before.batches).max(1) as f64,
        after.readings as f64 / elapsed.as_secs_f64(),
    ))
}

/// Submits the versions of one application until the time is over; returns how long each took.
async fn submit_until(store: SqliteStore, id: String, end: Instant) -> Result<Vec<Duration>, Fault> {
    let mut submitter = Submitter { application: application(&id), content: "字".repeat(1_365).into() };
    let row = submitter.application.clone();
    act(&store, |connection| Box::pin(async move { connection.add_application(&row).await })).await?;
    let mut latencies = Vec::new();
    while Instant::now() < end {
        let (row, copy) = next_version(&mut submitter);
        let begun = Instant::now();
        act(&store, |connection| Box::pin(async move { submit(connection, &row, &copy).await })).await?;
        latencies.push(begun.elapsed());
    }
    Ok(latencies)
}

async fn read_until(store: SqliteStore, end: Instant) -> Result<(), Fault> {
    while Instant::now() < end {
        store
            .read::<_, StoreError>(Box::new(|connection| {
                Box::pin(async move { connection.application("p0000").await })
            }))
            .await?;
    }
    Ok(())
}

async fn act<F>(store: &SqliteStore, act: F) -> Result<(), StoreError>
where
    F: for<'a> FnOnce(&'a mut dyn Connection) -> jiebang_store::BoxFuture<'a, Result<(), StoreError>>
        + Send
        + 'static,
{
    store.act(Box::new(act)).await
}

async fn lay_ground(connection: &mut dyn Connection) -> Result<(), StoreError> {
    connection
        .add_organisation(&OrganisationRow {
            id: "o1".to_owned(),
            code: "91000000000000000K".to_owned(),
            name: "单位".to_owned(),
            kind: "enterprise".to_owned(),
            region: "11".to_owned(),
            legal_representative: "王".to_owned(),
            mainland: true,
            legal_person: true,
            address: String::new(),
            created_at: 0,
        })
        .await?;
    connection
        .add_account(&AccountRow {
            id: "a1".to_owned(),
            username: "applicant".to_owned(),
            password_hash: String::new(),
            name: "李".to_owned(),
            role: "applicant".to_owned(),
            organisation_id: Some("o1".to_owned()),
            region: None,
            email: String::new(),
            language: "zh".to_owned(),
            created_at: 0,
            disabled_at: None,
        })
        .await?;
    let call =
        CallRow { id: "c1".to_owned(), version: "v1".to_owned(), sources: String::new(), published_at: 0 };
    connection.add_call(&call).await
}

fn application(id: &str) -> ApplicationRow {
    ApplicationRow {
        id: id.to_owned(),
        call_id: "c1".to_owned(),
        call_version: "v1".to_owned(),
        organisation_id: "o1".to_owned(),
        state: "draft".to_owned(),
        title: "可降解骨修复材料".to_owned(),
        task: "t1".to_owned(),
        number: None,
        version: 0,
        submitted_at: None,
        created_at: 0,
        created_by: "a1".to_owned(),
        updated_at: 0,
        revision: 0,
        region: None,
        lead: None,
    }
}

/// The change of the application, seen at its revision, and the frozen copy.
fn next_version(submitter: &mut Submitter) -> (ApplicationRow, SubmissionRow) {
    let row = &mut submitter.application;
    row.state = "submitted".to_owned();
    row.number = Some(row.id.clone());
    row.version += 1;
    row.submitted_at = Some(row.version);
    let seen = row.clone();
    row.revision += 1;
    let copy = SubmissionRow {
        application_id: row.id.clone(),
        version: row.version,
        receipt_number: format!("{}-{:08}", row.id, row.version),
        content: submitter.content.to_string(),
        content_sha256: "ab".repeat(32),
        receipt: "{}".repeat(200),
        received_at: row.version,
        submitted_by: "a1".to_owned(),
        position: 1,
    };
    (seen, copy)
}

async fn submit(
    connection: &mut dyn Connection,
    row: &ApplicationRow,
    copy: &SubmissionRow,
) -> Result<(), StoreError> {
    connection.change_application(row).await?;
    connection.add_submission(copy).await?;
    let event = NewEvent {
        kind: "application_submitted".to_owned(),
        subject: row.id.clone(),
        account_id: Some("a1".to_owned()),
        data: r#"{"version":1,"content_sha256":"abababababababababababababababab"}"#.to_owned(),
        at: row.version,
    };
    connection.add_event(&event).await?;
    connection.add_outbox("notify", r#"{"receipt":"p0001-00000001"}"#, row.version).await
}

/// The same rows without the store: prepared statements on one connection, `batch` submissions in each commit.
async fn bare(folder: &Path, batch: usize, time: Duration) -> Result<f64, Fault> {
    let folder = TempDir::new_in(folder)?;
    let path = folder.path().join("store.db");
    let store = SqliteStore::open(&path, SqliteOptions::default()).await?;
    let mut submitter = Submitter { application: application("p0000"), content: "字".repeat(1_365).into() };
    let row = submitter.application.clone();
    act(&store, |connection| {
        Box::pin(async move {
            lay_ground(connection).await?;
            connection.add_application(&row).await
        })
    })
    .await?;
    store.close().await?;
    let mut connection = rusqlite::Connection::open(&path)?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    let started = Instant::now();
    let mut count = 0.0;
    while started.elapsed() < time {
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for _ in 0..batch {
            let (row, copy) = next_version(&mut submitter);
            insert_bare(&transaction, &row, &copy)?;
            count += 1.0;
        }
        transaction.commit()?;
    }
    Ok(count / started.elapsed().as_secs_f64())
}

fn insert_bare(
    connection: &rusqlite::Connection,
    row: &ApplicationRow,
    copy: &SubmissionRow,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "update application set state = ?2, number = ?3, version = ?4, revision = revision + 1 where id = ?1",
        )?
        .execute((&row.id, &row.state, &row.number, row.version))?;
    connection
        .prepare_cached(
            "insert into event (kind, subject, account_id, data, at) values ('submitted', ?1, 'a1', '{}', ?2)",
        )?
        .execute((&row.id, row.version))?;
    let position = connection.last_insert_rowid();
    connection
        .prepare_cached("insert into submission values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
        .execute((
            &copy.application_id,
            copy.version,
            &copy.receipt_number,
            &copy.content,
            &copy.content_sha256,
            &copy.receipt,
            copy.received_at,
            &copy.submitted_by,
            position,
        ))?;
    connection
        .prepare_cached("insert into outbox (kind, payload, created_at) values ('notify', ?1, ?2)")?
        .execute((&copy.receipt_number, row.version))
        .map(drop)
}
