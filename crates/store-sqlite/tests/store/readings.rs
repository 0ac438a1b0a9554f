//! Readings see one snapshot and change nothing.

use crate::{Outcome, act, batches::count, new_store, read, rows};
use jiebang_store::StoreError;
use jiebang_store_sqlite::SqliteOptions;
use std::time::Duration;

#[tokio::test]
async fn a_reading_sees_what_was_there_when_it_began() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let writing = store.clone();
    let (before, after) = read!(store, connection => {
        let before = connection.events_after(0, 10).await?.len();
        act!(writing, connection => connection.add_event(&rows::event("s1")).await)?;
        Ok((before, connection.events_after(0, 10).await?.len()))
    })?;
    assert_eq!((before, after), (0, 0));
    // The connection is used again, with a new snapshot.
    let later = read!(store, connection => Ok(connection.events_after(0, 10).await?.len()))?;
    assert_eq!(later, 1);
    Ok(())
}

#[tokio::test]
async fn a_reading_does_not_see_an_act_that_is_not_durable_yet() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let reading = store.clone();
    let during = act!(store, connection => {
        rows::submit(connection, "p1").await?;
        count(&reading, "p1").await
    })?;
    assert_eq!((during, count(&store, "p1").await?), (0, 4));
    Ok(())
}

#[tokio::test]
async fn a_reading_cannot_write() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions::default()).await?;
    let result = read!(store, connection => connection.add_application(&rows::application("p1")).await);
    assert!(matches!(result, Err(StoreError::Full(_))), "{result:?}");
    assert_eq!(count(&store, "p1").await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_reading_that_fails_leaves_the_next_one_well() -> Outcome {
    let (_folder, store) = new_store(SqliteOptions { readers_max: 1, ..SqliteOptions::default() }).await?;
    let refused: Result<(), StoreError> = read!(store, connection => {
        connection.ping().await?;
        Err(StoreError::Stale)
    });
    assert_eq!(refused, Err(StoreError::Stale));
    let panicking = store.clone();
    let panicked: Result<Result<(), StoreError>, _> =
        tokio::spawn(
            async move { panicking.read(Box::new(|_| panic!("a panic that the test is about"))).await },
        )
        .await;
    assert!(panicked.is_err());
    assert_eq!(count(&store, "p1").await?, 0);
    Ok(())
}

#[tokio::test]
async fn readings_wait_for_a_connection_only_so_long() -> Outcome {
    let options =
        SqliteOptions { readers_max: 1, wait_max: Duration::from_millis(10), ..SqliteOptions::default() };
    let (_folder, store) = new_store(options).await?;
    let second = store.clone();
    let inner = read!(store, connection => {
        connection.ping().await?;
        Ok(read!(second, connection => connection.ping().await))
    })?;
    assert_eq!(inner, Err(StoreError::Busy));
    Ok(())
}
