//! The hosts of one database: a primary and its standbys, of which the primary is looked for anew whenever a connection is opened.

use crate::address::Address;
use crate::error::connect_error;
use jiebang_store::StoreError;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Row};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Hosts of one database. Clones share what is known of them.
#[derive(Clone)]
pub(crate) struct Hosts {
    all: Arc<[PgConnectOptions]>,
    /// A host that takes no writes is passed over.
    writes: bool,
    /// The host that took the last connection, which is asked first.
    last: Arc<AtomicUsize>,
}

impl Hosts {
    /// The hosts of an address, each with the options that every connection has.
    pub(crate) fn new(address: Address, with: impl Fn(PgConnectOptions) -> PgConnectOptions) -> Self {
        let all =
            address.hosts.into_iter().map(|options| with(options).disable_statement_logging()).collect();
        Self { all, writes: address.writes, last: Arc::default() }
    }

    /// Connects to the first host that will do, beginning with the one that did last. They share the time allowed, so that one
    /// that swallows everything leaves some to the others.
    pub(crate) async fn connect(&self, time_max: Duration) -> Result<PgConnection, StoreError> {
        let (count, first) = (self.all.len(), self.last.load(Ordering::Relaxed));
        let time_max = time_max / u32::try_from(count).unwrap_or(u32::MAX).max(1);
        let mut failure = None;
        for number in (first..first + count).map(|number| number % count) {
            let Some(options) = self.all.get(number) else { continue };
            match tokio::time::timeout(time_max, self.connect_to(options)).await {
                Ok(Ok(Some(connection))) => {
                    self.last.store(number, Ordering::Relaxed);
                    return Ok(connection);
                }
                Ok(Ok(None)) => {}
                // A certificate that is not the one asked for is told before a machine that is down.
                Ok(Err(error)) if matches!(failure, Some(StoreError::Insecure(_))) => drop(error),
                Ok(Err(error)) => failure = Some(error),
                Err(_) if failure.is_some() => {}
                Err(_) => failure = Some(unavailable("the database does not take the connection")),
            }
        }
        Err(failure.unwrap_or_else(|| unavailable("no host of the database takes writes")))
    }

    /// Connects to a host; `None` if it takes no writes and ought to.
    async fn connect_to(&self, options: &PgConnectOptions) -> Result<Option<PgConnection>, StoreError> {
        let mut connection = options.connect().await.map_err(|error| connect_error(&error))?;
        if self.writes {
            let asked = sqlx::raw_sql("show transaction_read_only").fetch_one(&mut connection).await;
            let read_only: String =
                asked.and_then(|row| row.try_get(0)).map_err(|error| connect_error(&error))?;
            if read_only != "off" {
                // It only looked.
                drop(connection.close().await);
                return Ok(None);
            }
        }
        Ok(Some(connection))
    }
}

fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable(why.to_owned())
}
