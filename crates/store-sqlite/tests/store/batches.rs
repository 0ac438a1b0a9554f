//! What acts that share a transaction owe each other.

use crate::{Outcome, act, new_store, open, read, rows};
use jiebang_store::StoreError;
use jiebang_store_sqlite::{SqliteOptions, SqliteStore};
use std::time::Duration;
use tokio::{sync::oneshot, task::JoinHandle};

/// A batch ends only when the queue is empty.
pub fn patient() -> SqliteOptions {
    SqliteOptions {
        batch_time_max: Duration::from_secs(60),
        act_time_max: Duration::from_secs(60),
        wait_max: Duration::from_secs(60),
        ..SqliteOptions::default()
    }
}

type Answer = JoinHandle<Result<(), StoreError>>;

/// Begins an act that ends when the gate is opened.
pub async fn hold(store: &SqliteStore) -> Result<(oneshot::Sender<()>, Answer), Box<dyn std::error::Error>> {
    let (gate, opened) = oneshot::channel::<()>();
    let (begin, begun) = oneshot::channel::<()>();
    let held = store.clone();
    let answer = tokio::spawn(async move {
        act!(held, connection => {
            begin.send(()).unwrap_or_default();
            drop(opened.await);
            connection.add_event(&rows::event("held")).await.map(drop)
        })
    });
    begun.await?;
    Ok((gate, answer))
}

/// Puts a submission into the queue and waits until it stands there.
pub async fn queue_submission(store: &SqliteStore, id: &'static str) -> Answer {
    let waiting = store.statistics().acts_waiting;
    let queued = store.clone();
    let answer = tokio::spawn(async move { act!(queued, connection => rows::submit(connection, id).await) });
    wait_for_queue(store, waiting + 1).await;
    answer
}

/// Waits for acts that are to stand.
async fn all_stand<const N: usize>(answers: [Answer; N]) -> Outcome {
    for answer in answers {
        answer.await??;
    }
    Ok(())
}

async fn wait_for_queue(store: &SqliteStore, length: u64) {
    while store.statistics().acts_waiting < length {
        tokio::task::yield_now().await;
    }
}

pub async fn count(store: &SqliteStore, id: &'static str) -> Result<usize, StoreError> {
    read!(store, connection => rows::submitted(connection, id).await)
}

#[tokio::test]
async fn acts_that_wait_share_one_commit() -> Outcome {
    let (_folder, store) = new_store(patient()).await?;
    let before = store.statistics();
    let (gate, held) = hold(&store).await?;
    let mut answers = Vec::new();
    for id in ["p1", "p2", "p3", "p4"] {
        answers.push(queue_submission(&store, id).await);
    }
    drop(gate);
    held.await??;
    for answer in answers {
        answer.await??;
    }
    let after = store.statistics();
    assert_eq!((after.batches - before.batches, after.acts - before.acts, after.largest_batch), (1, 5, 5));
    assert_eq!(count(&store, "p4").await?, 4);
    Ok(())
}

#[tokio::test]
async fn a_batch_has_at_most_so_many_acts() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions { batch_acts_max: 2, ..patient() }).await?;
    let before = store.statistics();
    let (gate, held) = hold(&store).await?;
    let first = queue_submission(&store, "p1").await;
    let second = queue_submission(&store, "p2").await;
    drop(gate);
    all_stand([held, first, second]).await?;
    let after = store.statistics();
    assert_eq!((after.batches - before.batches, after.largest_batch), (2, 2));
    Ok(())
}

#[tokio::test]
async fn an_act_that_fails_leaves_its_neighbours() -> Outcome {
    let (_folder, store) = new_store(patient()).await?;
    let before = store.statistics();
    let (gate, held) = hold(&store).await?;
    let first = queue_submission(&store, "p1").await;
    // The same receipt: refused by the last of its statements but one.
    let failing = store.clone();
    let failing = tokio::spawn(async move {
        act!(failing, connection => {
            connection.add_application(&rows::application("p2")).await?;
            connection.add_outbox("notify", "p2", 1).await?;
            let mut submission = rows::submission("p2", 1);
            submission.receipt_number = "receipt of p1 1".to_owned();
            connection.add_submission(&submission).await
        })
    });
    wait_for_queue(&store, 2).await;
    let refusing = store.clone();
    let refusing: Answer = tokio::spawn(async move {
        act!(refusing, connection => {
            rows::submit(connection, "p3").await?;
            Err(StoreError::Stale)
        })
    });
    wait_for_queue(&store, 3).await;
    let last = queue_submission(&store, "p4").await;
    drop(gate);
    held.await??;
    first.await??;
    assert_eq!(failing.await?, Err(StoreError::Duplicate("submission.receipt_number".to_owned())));
    assert_eq!(refusing.await?, Err(StoreError::Stale));
    last.await??;

    let after = store.statistics();
    assert_eq!((after.batches - before.batches, after.acts_undone), (1, 2));
    for (id, rows) in [("p1", 4), ("p2", 0), ("p3", 0), ("p4", 4)] {
        assert_eq!(count(&store, id).await?, rows, "{id}");
    }
    // What was undone gave its position back.
    let events = read!(store, connection => connection.events_after(0, 10).await)?;
    assert_eq!(events.iter().map(|row| row.position).collect::<Vec<_>>(), [1, 2, 3]);
    Ok(())
}

#[tokio::test]
async fn a_panicking_act_is_undone_and_the_writer_goes_on() -> Outcome {
    let (_folder, store) = new_store(patient()).await?;
    let (gate, held) = hold(&store).await?;
    let first = queue_submission(&store, "p1").await;
    let panicking = store.clone();
    let in_the_middle: Answer = tokio::spawn(async move {
        act!(panicking, connection => {
            rows::submit(connection, "p2").await?;
            panic!("a panic that the test is about")
        })
    });
    wait_for_queue(&store, 2).await;
    let panicking = store.clone();
    let at_once: Answer = tokio::spawn(async move {
        panicking.act(Box::new(|_| panic!("another panic that the test is about"))).await
    });
    wait_for_queue(&store, 3).await;
    let last = queue_submission(&store, "p3").await;
    drop(gate);
    all_stand([held, first, last]).await?;
    assert!(matches!(in_the_middle.await?, Err(StoreError::Unavailable(_))));
    assert!(matches!(at_once.await?, Err(StoreError::Unavailable(_))));
    for (id, rows) in [("p1", 4), ("p2", 0), ("p3", 4)] {
        assert_eq!(count(&store, id).await?, rows, "{id}");
    }
    store.ping().await?;
    Ok(())
}

#[tokio::test]
async fn an_act_that_does_not_end_is_undone() -> Outcome {
    let options = SqliteOptions { act_time_max: Duration::from_millis(20), ..SqliteOptions::default() };
    let (_folder, store) = new_store(options).await?;
    let result: Result<(), StoreError> = act!(store, connection => {
        rows::submit(connection, "p1").await?;
        std::future::pending().await
    });
    assert!(matches!(result, Err(StoreError::Unavailable(_))));
    act!(store, connection => rows::submit(connection, "p2").await)?;
    assert_eq!((count(&store, "p1").await?, count(&store, "p2").await?), (0, 4));
    Ok(())
}

#[tokio::test]
async fn an_act_cannot_go_on_after_a_failed_statement() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let result = act!(store, connection => {
        connection.add_application(&rows::application("p1")).await?;
        let failed = connection.add_application(&rows::application("p1")).await;
        let next = connection.add_event(&rows::event("p1")).await;
        // Even an act that believes in its success is undone.
        assert_eq!((failed.is_err(), next.is_err()), (true, true));
        Ok(())
    });
    assert_eq!(result, Err(StoreError::Duplicate("application.id".to_owned())));
    assert_eq!(count(&store, "p1").await?, 0);
    Ok(())
}

#[tokio::test]
async fn an_act_that_nobody_waits_for_is_not_begun() -> Outcome {
    let (_folder, store) = new_store(patient()).await?;
    let (gate, held) = hold(&store).await?;
    let given_up = queue_submission(&store, "p1").await;
    let kept = queue_submission(&store, "p2").await;
    given_up.abort();
    assert!(given_up.await.is_err());
    drop(gate);
    all_stand([held, kept]).await?;
    assert_eq!((count(&store, "p1").await?, count(&store, "p2").await?), (0, 4));
    assert_eq!(store.statistics().acts_abandoned, 1);
    Ok(())
}

#[tokio::test]
async fn a_full_queue_refuses() -> Outcome {
    let options = SqliteOptions {
        acts_waiting_max: 1,
        wait_max: Duration::from_millis(10),
        ..SqliteOptions::default()
    };
    let (_folder, store) = new_store(options).await?;
    let (gate, held) = hold(&store).await?;
    let waiting = queue_submission(&store, "p1").await;
    let refused = act!(store, connection => rows::submit(connection, "p2").await);
    assert_eq!(refused, Err(StoreError::Busy));
    drop(gate);
    all_stand([held, waiting]).await?;
    assert_eq!((count(&store, "p1").await?, count(&store, "p2").await?), (4, 0));
    Ok(())
}

#[tokio::test]
async fn closing_finishes_what_waits() -> Outcome {
    let (folder, store) = new_store(patient()).await?;
    let (gate, held) = hold(&store).await?;
    let waiting = queue_submission(&store, "p1").await;
    let closing = store.clone();
    let closed = tokio::spawn(async move { closing.close().await });
    wait_for_queue(&store, 2).await;
    drop(gate);
    all_stand([held, waiting, closed]).await?;
    store.close().await?;
    let late = act!(store, connection => connection.ping().await);
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    let late = read!(store, connection => connection.ping().await);
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");

    assert!(!folder.path().join("store.db-wal").exists(), "the log was not moved into the file");
    assert_eq!(count(&open(folder.path()).await?, "p1").await?, 4);
    Ok(())
}
