//! A process that is killed in the middle of a storm of submissions loses none that it acknowledged.

use crate::{Outcome, act, new_store, open, read, rows};
use jiebang_store_sqlite::SqliteOptions;
use std::{
    collections::HashSet,
    error::Error,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

/// Submitters in the storm.
const SUBMITTERS: usize = 16;

#[tokio::test]
async fn what_was_acknowledged_survives_kill() -> Outcome {
    // Each round is killed after another number of acknowledgements, so that it happens at different points of a batch.
    survive_kills(3).await
}

/// Kills `rounds` storms on one file, each after more acknowledgements, and looks for all of them every time.
async fn survive_kills(rounds: usize) -> Outcome {
    let (folder, store) = new_store(SqliteOptions::default()).await?;
    store.close().await?;
    let mut acknowledged = Vec::new();
    for round in 0..rounds {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--exact", "killed::child_in_a_storm", "--nocapture"])
            .env("STORE_TEST_STORM", folder.path())
            .env("STORE_TEST_ROUND", round.to_string())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut output = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut seen = Vec::new();
        let mut killed = false;
        loop {
            let mut line = Vec::new();
            output.read_until(b'\n', &mut line)?;
            // The last line may be cut; without its end nothing has been acknowledged.
            if line.pop() != Some(b'\n') {
                break;
            }
            if let Some(id) = std::str::from_utf8(&line)?.rsplit_once("acknowledged ") {
                seen.push(id.1.to_owned());
            }
            if !killed && seen.len() > 150 + 37 * round {
                child.kill()?;
                killed = true;
            }
        }
        child.wait()?;
        assert!(killed, "the storm ended by itself after {} acts", seen.len());
        acknowledged.extend(seen);
        whole(folder.path(), &acknowledged).await?;
    }
    Ok(())
}

/// Each acknowledged submission is there, and each that is there is there as a whole.
async fn whole(folder: &std::path::Path, acknowledged: &[String]) -> Outcome {
    let store = open(folder).await?;
    let expected = acknowledged.to_vec();
    let (lost, events, open_entries) = read!(store, connection => {
        let mut lost = Vec::new();
        for id in expected {
            let copy = connection.submission_by_receipt(&format!("receipt of {id} 1")).await?;
            if copy.as_ref() != Some(&rows::submission(&id, 1)) || connection.application(&id).await?.is_none() {
                lost.push(id);
            }
        }
        Ok((lost, connection.events_after(0, 1_000_000).await?, connection.outbox(1_000_000).await?))
    })?;
    assert_eq!(lost, Vec::<String>::new());
    let subjects: HashSet<String> = events.iter().map(|row| row.event.subject.clone()).collect();
    let payloads: HashSet<String> = open_entries.into_iter().map(|entry| entry.payload).collect();
    assert_eq!(subjects, payloads);
    assert_eq!(subjects.len(), events.len());
    assert!(acknowledged.iter().all(|id| subjects.contains(id)));
    store.close().await?;
    Ok(())
}

#[tokio::test]
async fn child_in_a_storm() -> Outcome {
    let Some(folder) = std::env::var_os("STORE_TEST_STORM") else { return Ok(()) };
    let round = std::env::var("STORE_TEST_ROUND")?;
    let store = open(folder.as_ref()).await?;
    let mut submitters = Vec::new();
    for submitter in 0..SUBMITTERS {
        let (store, round) = (store.clone(), round.clone());
        submitters.push(tokio::spawn(async move {
            // More than the parent waits for by far; it ends by being killed.
            for number in 0..20_000 {
                let id = format!("{round}-{submitter}-{number}");
                let act_id = id.clone();
                act!(store, connection => rows::submit(connection, &act_id).await)?;
                writeln!(std::io::stdout().lock(), "acknowledged {id}")?;
            }
            Ok::<_, Box<dyn Error + Send + Sync>>(())
        }));
    }
    for submitter in submitters {
        submitter.await?.map_err(|error| error.to_string())?;
    }
    Ok(())
}
