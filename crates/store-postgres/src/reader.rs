//! The connections that read.

use crate::{Conn, hosts::Hosts, store::PostgresOptions};
use jiebang_store::{Act, StoreError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// A few connections, opened when they are first needed and kept.
pub(crate) struct Readers {
    hosts: Hosts,
    wait_max: Duration,
    reading_time_max: Duration,
    permits: Semaphore,
    idle: Mutex<Vec<Conn>>,
}

impl Readers {
    pub(crate) fn new(hosts: Hosts, options: &PostgresOptions) -> Self {
        Self {
            hosts,
            wait_max: options.wait_max,
            reading_time_max: options.reading_time_max,
            permits: Semaphore::new(options.readers_max.max(1)),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Runs a reading on one snapshot, no longer than allowed. A kept connection that the server has closed in the meantime is
    /// replaced.
    ///
    /// A reading that fails, panics or is given up takes its connection with it.
    pub(crate) async fn read<T, E: From<StoreError>>(&self, reading: Act<T, E>) -> Result<T, E> {
        let _permit = match tokio::time::timeout(self.wait_max, self.permits.acquire()).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(StoreError::Unavailable("the store is closed".to_owned()).into()),
            Err(_) => return Err(StoreError::Busy.into()),
        };
        let mut connection = self.begun().await?;
        // A reading is given up with its connection, or its place would be lost with a network that swallows everything.
        let result = match tokio::time::timeout(self.reading_time_max, reading(&mut connection)).await {
            Ok(result) => result,
            Err(_) => return Err(StoreError::Unavailable("the reading took too long".to_owned()).into()),
        };
        if connection.failure().is_none() && connection.control("commit").await.is_ok() {
            self.keep(connection);
        }
        result
    }

    /// A connection with its snapshot.
    async fn begun(&self) -> Result<Conn, StoreError> {
        const BEGIN: &str = "begin isolation level repeatable read read only";
        while let Some(mut kept) = self.take_idle() {
            kept.forget_failure();
            match tokio::time::timeout(self.wait_max, kept.control(BEGIN)).await {
                Ok(Ok(())) => return Ok(kept),
                Ok(Err(_)) => {}
                // The others are as old as this one.
                Err(_) => self.idle().clear(),
            }
        }
        let mut opened = Conn::open(&self.hosts, self.wait_max).await?;
        opened.control(BEGIN).await?;
        Ok(opened)
    }

    /// Lets no further reading begin and closes the connections that are not in use; the others close after their reading.
    pub(crate) async fn close(&self) {
        self.permits.close();
        while let Some(connection) = self.take_idle() {
            // It only read: there is nothing that a failure to close could lose.
            drop(connection.close().await);
        }
    }

    fn take_idle(&self) -> Option<Conn> {
        self.idle().pop()
    }

    fn keep(&self, connection: Conn) {
        // Asked under the lock, so that none is put back after `close` has emptied the list.
        let mut idle = self.idle();
        if !self.permits.is_closed() {
            idle.push(connection);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Conn>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
