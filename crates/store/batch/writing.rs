//! The round of a writer: messages are taken until the store is closed, and acts are answered batch by batch.

use super::act::Waiting;
use super::gathering::Gathering;
use super::queue::Message;
use super::statistics::{Counters, count};
use jiebang_store::StoreError;
use std::future::Future;
use tokio::sync::mpsc;

/// What a writer does with what it is given.
pub(crate) trait Writing {
    /// One transaction, from its first act to its commit; when this succeeds, all of it is durable. After a failure the writer is ready
    /// for another.
    fn transact(
        &mut self,
        gathering: &mut Gathering,
        queue: &mut mpsc::Receiver<Message>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Closes the connection. What was answered is durable by then.
    fn finish(self) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// What has been done so far.
    fn counters(&self) -> &Counters;
}

/// Takes messages until the store is closed or dropped.
pub(crate) async fn write(mut writer: impl Writing, mut queue: mpsc::Receiver<Message>) {
    let mut closing = Vec::new();
    let mut taken = None;
    loop {
        let message = match taken.take() {
            Some(message) => message,
            None => match queue.recv().await {
                Some(message) => message,
                None => break,
            },
        };
        match message {
            Message::Act(act) if act.is_abandoned() => count(&writer.counters().acts_abandoned, 1),
            Message::Act(act) => taken = batch(&mut writer, &mut queue, act).await,
            Message::Close(answer) => {
                queue.close();
                closing.push(answer);
            }
        }
    }
    let result = writer.finish().await;
    for answer in closing {
        drop(answer.send(result.clone()));
    }
}

/// Runs one batch that begins with this act and answers all of it. Returns a message that was taken and is no act.
async fn batch(
    writer: &mut impl Writing,
    queue: &mut mpsc::Receiver<Message>,
    first: Box<dyn Waiting>,
) -> Option<Message> {
    let mut gathering = Gathering::new(first);
    let failure = writer.transact(&mut gathering, queue).await.err();
    if let Some(error) = &failure {
        tracing::error!(%error, acts = gathering.done.len(), "a batch failed");
        gathering.refuse_waiting(queue, writer.counters(), error);
    }
    gathering.answer(failure.as_ref(), writer.counters())
}
