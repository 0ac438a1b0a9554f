//! The one writer of this server: takes acts from the queue, gathers them into a transaction, answers after its commit.
//!
//! It gathers what is waiting and never waits for more. Of several servers on one database one writes at a time: each batch first
//! takes the lock of one row. So positions of events have no gap, a limit that spans applications is counted right without retries,
//! and no act ever meets a serialization failure.

use crate::{
    Conn,
    act::Waiting,
    gathering::Gathering,
    hosts::Hosts,
    statistics::{Counters, count},
    store::PostgresOptions,
};
use jiebang_store::StoreError;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// What can stand in the queue.
pub(crate) enum Message {
    /// An act to run.
    Act(Box<dyn Waiting>),
    /// Run what waits, then close.
    Close(oneshot::Sender<Result<(), StoreError>>),
}

/// The writer and its connection.
pub(crate) struct Writer {
    pub(crate) hosts: Hosts,
    pub(crate) options: PostgresOptions,
    pub(crate) counters: Arc<Counters>,
    pub(crate) queue: mpsc::Receiver<Message>,
    /// Absent after a failure, until the next batch.
    pub(crate) connection: Option<Conn>,
}

impl Writer {
    /// Takes messages until the store is closed or dropped.
    pub(crate) async fn run(mut self) {
        let mut closing = Vec::new();
        let mut taken = None;
        loop {
            let message = match taken.take() {
                Some(message) => message,
                None => match self.queue.recv().await {
                    Some(message) => message,
                    None => break,
                },
            };
            match message {
                Message::Act(act) if act.is_abandoned() => count(&self.counters.acts_abandoned, 1),
                Message::Act(act) => taken = self.batch(act).await,
                Message::Close(answer) => {
                    self.queue.close();
                    closing.push(answer);
                }
            }
        }
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            // Everything that was answered is committed.
            tracing::warn!(%error, "the connection was not closed in order");
        }
        for answer in closing {
            drop(answer.send(Ok(())));
        }
    }

    /// Runs one batch that begins with this act and answers all of it. Returns a message that was taken and is no act.
    async fn batch(&mut self, first: Box<dyn Waiting>) -> Option<Message> {
        let mut gathering = Gathering::new(first);
        let failure = self.transact(&mut gathering).await.err();
        if let Some(error) = &failure {
            tracing::error!(%error, acts = gathering.done.len(), "a batch failed");
            // Whatever it is on, the transaction is not to be used again.
            self.connection = None;
            gathering.refuse_waiting(&mut self.queue, &self.counters, error);
        }
        gathering.answer(failure.as_ref(), &self.counters)
    }

    /// One transaction; when this succeeds, all of it is durable.
    async fn transact(&mut self, gathering: &mut Gathering) -> Result<(), StoreError> {
        // Each statement is to see what was committed before it, above all while this one waited for the lock; a database may
        // have another level set.
        const BEGIN: &str =
            "begin isolation level read committed; select one from writer for update; savepoint act";
        let mut connection = match self.connection.take() {
            Some(mut kept) => match kept.control(BEGIN).await {
                Ok(()) => kept,
                // The server may have closed it since; nothing was begun.
                Err(_) => self.opened(BEGIN).await?,
            },
            None => self.opened(BEGIN).await?,
        };
        self.gather(&mut connection, gathering).await?;
        self.connection = Some(connection);
        Ok(())
    }

    async fn opened(&self, begin: &'static str) -> Result<Conn, StoreError> {
        // What is acknowledged is durable, whatever a database has set for those who ask less of it.
        const DURABLE: &str = "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'";
        let mut connection = Conn::open(&self.hosts, self.options.wait_max).await?;
        connection.control(DURABLE).await?;
        connection.control(begin).await?;
        Ok(connection)
    }

    /// Runs acts until none waits or the batch is large enough, and commits.
    async fn gather(&mut self, connection: &mut Conn, gathering: &mut Gathering) -> Result<(), StoreError> {
        let started = Instant::now();
        while let Some(act) = gathering.next.take() {
            let done = act.run(connection, self.options.act_time_max).await;
            let stands = done.stands();
            gathering.done.push(done);
            if gathering.done.len() < self.options.batch_acts_max
                && started.elapsed() < self.options.batch_time_max
            {
                gathering.take_next(&mut self.queue, &self.counters);
            }
            if let Some(lost) = connection.lost() {
                return Err(lost);
            }
            // A rollback to a savepoint leaves the savepoint in place.
            let ended = match (stands, gathering.next.is_some()) {
                (true, true) => connection.control("release act; savepoint act").await,
                (true, false) => connection.commit("release act; commit").await,
                (false, true) => connection.control("rollback to act").await,
                (false, false) => connection.commit("rollback to act; release act; commit").await,
            };
            ended?;
        }
        Ok(())
    }
}
