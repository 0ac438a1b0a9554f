//! The one writer of this server: takes acts from the queue, gathers them into a transaction, answers after its commit.
//!
//! It gathers what is waiting and never waits for more. Of several servers on one database one writes at a time: each batch first
//! takes the lock of one row. So positions of events have no gap, a limit that spans applications is counted right without retries,
//! and no act ever meets a serialization failure.

use crate::{
    Conn,
    batch::{Counters, Gathering, Growth, Message, Queue, Writing, write},
    hosts::Hosts,
    store::PostgresOptions,
};
use jiebang_store::StoreError;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The writer and its connection.
pub(crate) struct Writer {
    hosts: Hosts,
    options: PostgresOptions,
    counters: Arc<Counters>,
    /// Absent after a failure, until the next batch.
    connection: Option<Conn>,
}

impl Writing for Writer {
    async fn transact(
        &mut self,
        gathering: &mut Gathering,
        queue: &mut mpsc::Receiver<Message>,
    ) -> Result<(), StoreError> {
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
        self.gather(&mut connection, gathering, queue).await?;
        // After a failure, whatever it is on, the transaction is not to be used again.
        self.connection = Some(connection);
        Ok(())
    }

    async fn finish(mut self) -> Result<(), StoreError> {
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            // Everything that was answered is committed.
            tracing::warn!(%error, "the connection was not closed in order");
        }
        Ok(())
    }

    fn counters(&self) -> &Counters {
        &self.counters
    }
}

impl Writer {
    /// Starts a writer, which connects when it has something to do.
    pub(crate) fn start(hosts: Hosts, options: PostgresOptions) -> Queue {
        let (sender, queue) = mpsc::channel(options.acts_waiting_max.max(1));
        let counters = Arc::new(Counters::default());
        let front = Queue { sender, counters: Arc::clone(&counters), wait_max: options.wait_max };
        tokio::spawn(write(Self { hosts, options, counters, connection: None }, queue));
        front
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
    async fn gather(
        &mut self,
        connection: &mut Conn,
        gathering: &mut Gathering,
        queue: &mut mpsc::Receiver<Message>,
    ) -> Result<(), StoreError> {
        let growth = Growth::begin(self.options.batch_acts_max, self.options.batch_time_max);
        while let Some(act) = gathering.next.take() {
            let done = act.run(connection, self.options.act_time_max).await;
            let ran = gathering.ran(done, &growth, queue, &self.counters);
            if let Some(lost) = connection.lost() {
                return Err(lost);
            }
            // A rollback to a savepoint leaves the savepoint in place.
            let ended = match ran {
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
