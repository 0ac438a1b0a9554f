//! The queue before the writer: what can stand in it, and how it gets there.

use super::act::{Waiting, WaitingAct};
use super::statistics::{Counters, StoreStatistics};
use jiebang_store::{Act, StoreError};
use std::{sync::Arc, time::Duration};
use tokio::sync::{mpsc, oneshot};

/// What can stand in the queue.
pub(crate) enum Message {
    /// An act to run.
    Act(Box<dyn Waiting>),
    /// Run what waits, then close.
    Close(oneshot::Sender<Result<(), StoreError>>),
}

/// The end of the queue at which messages are put in.
pub(crate) struct Queue {
    pub(crate) sender: mpsc::Sender<Message>,
    pub(crate) counters: Arc<Counters>,
    /// Longest wait for a place.
    pub(crate) wait_max: Duration,
}

impl Queue {
    /// Puts an act in and waits for its answer.
    pub(crate) async fn act<T, E>(&self, act: Act<T, E>) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.send(Message::Act(Box::new(WaitingAct { act, answer }))).await?;
        answered.await.unwrap_or_else(|_| Err(closed().into()))
    }

    /// Puts a message in, waiting for a place no longer than allowed.
    async fn send(&self, message: Message) -> Result<(), StoreError> {
        match tokio::time::timeout(self.wait_max, self.sender.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(closed()),
            Err(_) => Err(StoreError::Busy),
        }
    }

    /// Has the acts that wait run and the writer closed. Doing so twice is no error.
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        if self.sender.send(Message::Close(answer)).await.is_err() {
            return Ok(());
        }
        answered.await.unwrap_or(Ok(()))
    }

    /// Counts for metrics.
    pub(crate) fn statistics(&self) -> StoreStatistics {
        let waiting = self.sender.max_capacity() - self.sender.capacity();
        self.counters.statistics(waiting as u64)
    }
}

/// The writer is gone.
fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}
