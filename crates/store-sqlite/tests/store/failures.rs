//! The file goes away, the disk is full, a write fails.

use crate::{
    Outcome, act,
    batches::{count, hold, patient, queue_submission},
    new_store, open, read, rows,
};
use jiebang_store::StoreError;
use jiebang_store_sqlite::{SqliteOptions, SqliteStore};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};
use tempfile::TempDir;

fn unavailable<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Unavailable(_))), "{result:?}");
}

fn foreign<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Foreign(_))), "{result:?}");
}

#[tokio::test]
async fn a_file_that_is_moved_away_takes_no_act() -> Outcome {
    let (folder, store) = new_store(SqliteOptions::default()).await?;
    let (path, elsewhere) = (folder.path().join("store.db"), folder.path().join("elsewhere.db"));
    act!(store, connection => rows::submit(connection, "p1").await)?;
    fs::rename(&path, &elsewhere)?;
    unavailable(act!(store, connection => rows::submit(connection, "p2").await));
    unavailable(store.ping().await);
    assert!(!path.exists(), "an empty file was put in its place");

    // Another database at the same path is neither read nor written.
    drop(fs::File::create(&path)?);
    unavailable(act!(store, connection => rows::submit(connection, "p2").await));
    unavailable(read!(store, connection => connection.ping().await));
    assert_eq!(fs::metadata(&path)?.len(), 0);

    fs::rename(&elsewhere, &path)?;
    act!(store, connection => rows::submit(connection, "p3").await)?;
    for (id, rows) in [("p1", 4), ("p2", 0), ("p3", 4)] {
        assert_eq!(count(&store, id).await?, rows, "{id}");
    }
    Ok(())
}

#[tokio::test]
async fn a_file_that_goes_during_a_batch_fails_the_batch() -> Outcome {
    let (folder, store) = new_store(patient()).await?;
    let (gate, held) = hold(&store).await?;
    let waiting = queue_submission(&store, "p1").await;
    fs::remove_file(folder.path().join("store.db"))?;
    drop(gate);
    unavailable(held.await?);
    unavailable(waiting.await?);
    unavailable(store.ping().await);
    Ok(())
}

#[tokio::test]
async fn what_a_deleted_log_held_is_saved() -> Outcome {
    let (folder, store) = new_store(SqliteOptions::default()).await?;
    act!(store, connection => rows::submit(connection, "p1").await)?;
    assert_eq!(count(&store, "p1").await?, 4);
    let (gate, held) = hold(&store).await?;
    fs::remove_file(folder.path().join("store.db-wal"))?;
    drop(gate);
    unavailable(held.await?);
    unavailable(act!(store, connection => rows::submit(connection, "p2").await));
    // What a new start would find if this process were killed now.
    let left = TempDir::new()?;
    fs::copy(folder.path().join("store.db"), left.path().join("store.db"))?;
    assert_eq!(count(&open(left.path()).await?, "p1").await?, 4);

    store.close().await?;
    let store = open(folder.path()).await?;
    assert_eq!((count(&store, "p1").await?, count(&store, "p2").await?), (4, 0));
    Ok(())
}

#[tokio::test]
async fn a_full_disk_refuses_and_loses_nothing() -> Outcome {
    let (folder, store) = new_store(patient()).await?;
    act!(store, connection => rows::submit(connection, "p1").await)?;
    store.limit_size(Some(0)).await?;
    let (gate, held) = hold(&store).await?;
    let neighbour = queue_submission(&store, "p2").await;
    let large = store.clone();
    let large = tokio::spawn(async move {
        act!(large, connection => {
            connection.add_application(&rows::application("p3")).await?;
            let mut submission = rows::submission("p3", 1);
            submission.content = "字".repeat(100_000);
            connection.add_submission(&submission).await
        })
    });
    while store.statistics().acts_waiting < 2 {
        tokio::task::yield_now().await;
    }
    drop(gate);
    assert!(matches!(large.await?, Err(StoreError::Full(_))));
    // SQLite may undo the whole transaction when a disk is full; what was answered and what is there must agree.
    let (held, neighbour) = (held.await?.is_ok(), neighbour.await?.is_ok());
    let events = read!(store, connection => Ok(connection.events_of("held").await?.len()))?;
    assert_eq!((events == 1, count(&store, "p2").await? == 4), (held, neighbour));
    assert_eq!((count(&store, "p1").await?, count(&store, "p3").await?), (4, 0));

    store.limit_size(None).await?;
    act!(store, connection => rows::submit(connection, "p4").await)?;
    store.close().await?;
    let small = SqliteOptions { size_bytes_max: Some(1), ..SqliteOptions::default() };
    let store = SqliteStore::open(&folder.path().join("store.db"), small).await?;
    assert_eq!((count(&store, "p1").await?, count(&store, "p4").await?), (4, 4));
    let refused = act!(store, connection => {
        for number in 0..100 {
            rows::submit(connection, &format!("p5-{number}")).await?;
        }
        Ok(())
    });
    assert!(matches!(refused, Err(StoreError::Full(_))), "{refused:?}");
    Ok(())
}

/// The system refuses the writes of a `COMMIT`, and allows them again: a limit on the size of files, set for a process of its
/// own, which reports each answer on its output.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_commit_that_cannot_be_written_acknowledges_nothing() -> Outcome {
    let (folder, store) = new_store(SqliteOptions::default()).await?;
    store.close().await?;
    // An ignored signal stays ignored in the program that the shell becomes; without that the first refused write kills it.
    let mut child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$0\" --exact failures::child_with_a_limit --nocapture"])
        .arg(std::env::current_exe()?)
        .env("STORE_TEST_LIMIT", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().ok_or("no input")?;
    let lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let limit = |bytes: &str| {
        let process = child.id().to_string();
        Command::new("prlimit").args(["--pid", &process, &format!("--fsize={bytes}:")]).status()
    };
    let mut answers = Vec::new();
    for line in lines {
        let line = line?;
        // The test harness writes its own words before the first line.
        let Some(word) =
            ["small", "large", "after", "again"].into_iter().find(|word| line.contains(&format!("{word} ")))
        else {
            continue;
        };
        match word {
            "small" => assert!(limit("262144")?.success()),
            "after" => assert!(limit("unlimited")?.success()),
            _ => {}
        }
        answers.push(line[line.find(word).unwrap_or_default()..].to_owned());
        stdin.write_all(b"\n")?;
    }
    assert!(child.wait()?.success());
    assert_eq!(answers, ["small Ok", "large Full", "after Full", "again Ok"]);
    let store = open(folder.path()).await?;
    for (id, rows) in [("small", 4), ("large", 0), ("after", 0), ("again", 4)] {
        assert_eq!(count(&store, id).await?, rows, "{id}");
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn child_with_a_limit() -> Outcome {
    let Some(folder) = std::env::var_os("STORE_TEST_LIMIT") else { return Ok(()) };
    let store = open(folder.as_ref()).await?;
    for (id, characters) in [("small", 1_000), ("large", 200_000), ("after", 200_000), ("again", 200_000)] {
        let result = act!(store, connection => {
            connection.add_application(&rows::application(id)).await?;
            connection.add_event(&rows::event(id)).await?;
            connection.add_outbox("notify", id, 1).await?;
            let content = "字".repeat(characters);
            connection.add_submission(&jiebang_store::SubmissionRow { content, ..rows::submission(id, 1) }).await
        });
        println!(
            "{id} {}",
            match result {
                Ok(()) => "Ok".to_owned(),
                Err(StoreError::Full(_)) => "Full".to_owned(),
                Err(other) => other.to_string(),
            }
        );
        std::io::stdin().read_line(&mut String::new())?;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_database_is_refused() -> Outcome {
    let folder = TempDir::new()?;
    let path = folder.path().join("store.db");
    let text = "this is a text and not a database ".repeat(100);
    fs::write(&path, &text)?;
    foreign(open(folder.path()).await.map(drop));
    assert_eq!(fs::read_to_string(&path)?, text, "it was changed");
    unavailable(
        SqliteStore::open(&folder.path().join("no/folder/store.db"), SqliteOptions::default())
            .await
            .map(drop),
    );
    Ok(())
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused() -> Outcome {
    let (folder, store) = new_store(SqliteOptions::default()).await?;
    store.close().await?;
    let mut connection =
        SqliteConnectOptions::new().filename(folder.path().join("store.db")).connect().await?;
    sqlx::query(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
         values (9999, 'later', 1, x'00', 0)",
    )
    .execute(&mut connection)
    .await?;
    connection.close().await?;
    foreign(open(folder.path()).await.map(drop));
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_files() -> Outcome {
    use std::os::unix::fs::PermissionsExt;
    let (folder, _store) = new_store(SqliteOptions::default()).await?;
    for name in ["store.db", "store.db-wal", "store.db-shm"] {
        let mode = fs::metadata(folder.path().join(name))?.permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn another_process_that_writes_is_waited_for() -> Outcome {
    let options =
        SqliteOptions { busy_wait: std::time::Duration::from_millis(20), ..SqliteOptions::default() };
    let (folder, store) = new_store(options).await?;
    let mut other = SqliteConnectOptions::new().filename(folder.path().join("store.db")).connect().await?;
    sqlx::query("begin immediate").execute(&mut other).await?;
    let refused = act!(store, connection => rows::submit(connection, "p1").await);
    assert_eq!(refused, Err(StoreError::Busy));
    // Readings go on.
    assert_eq!(count(&store, "p1").await?, 0);
    sqlx::query("rollback").execute(&mut other).await?;
    act!(store, connection => connection.add_application(&rows::application("p1")).await)?;
    Ok(())
}
