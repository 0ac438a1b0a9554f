//! The connections that read.

use crate::{Conn, connection::open_reader, file::DatabaseFile};
use jiebang_store::{Act, StoreError};
use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::sync::Semaphore;

/// A few read-only connections, opened when they are first needed and kept.
pub(crate) struct Readers {
    file: Arc<DatabaseFile>,
    busy_wait: Duration,
    wait_max: Duration,
    permits: Semaphore,
    idle: Mutex<Vec<Conn>>,
}

impl Readers {
    pub(crate) fn new(
        file: Arc<DatabaseFile>,
        count_max: usize,
        busy_wait: Duration,
        wait_max: Duration,
    ) -> Self {
        Self { file, busy_wait, wait_max, permits: Semaphore::new(count_max), idle: Mutex::new(Vec::new()) }
    }

    /// Runs a reading on one snapshot.
    ///
    /// It runs on the caller's thread. Its statements are searches by an index with bounded results, which take less time than
    /// handing them to another thread and back; between them it gives way like any task does.
    ///
    /// A reading that fails, panics or is given up takes its connection with it; opening another takes less than a
    /// millisecond.
    pub(crate) async fn read<T, E: From<StoreError>>(&self, reading: Act<T, E>) -> Result<T, E> {
        let _permit = match tokio::time::timeout(self.wait_max, self.permits.acquire()).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(StoreError::Unavailable("the store is closed".to_owned()).into()),
            Err(_) => return Err(StoreError::Busy.into()),
        };
        self.file.check()?;
        let mut connection = match self.take_idle() {
            Some(connection) => connection,
            None => open_reader(self.file.path(), self.busy_wait)?,
        };
        connection.forget_failure();
        connection.control(&["begin"])?;
        let result = reading(&mut connection).await;
        if connection.failure().is_none() && connection.control(&["commit"]).is_ok() {
            self.keep(connection);
        }
        result
    }

    /// Lets no further reading begin and closes the connections that are not in use; the others close after their reading.
    pub(crate) fn close(&self) {
        self.permits.close();
        while let Some(connection) = self.take_idle() {
            // It only read: there is nothing that a failure to close could lose.
            drop(connection.close());
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
        self.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
