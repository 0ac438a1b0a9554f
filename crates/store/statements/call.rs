//! Statements of the call room.

use super::{Count, added};
use crate::{Conn, columns, execute, optional, rows};
use async_trait::async_trait;
use jiebang_store::{CallRow, CallRows, StoreError};

columns!(CallRow { id, version, sources, published_at });

#[async_trait]
impl CallRows for Conn {
    async fn add_call(&mut self, row: &CallRow) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into call (id, numbers_given) values ($1, 0) on conflict (id) do nothing",
            row.id
        )?;
        let count = execute!(
            self,
            "insert into call_version (call_id, version, sources, published_at) values ($1, $2, $3, $4) \
             on conflict (call_id, version) do nothing",
            row.id,
            row.version,
            row.sources,
            row.published_at
        )?;
        added(count, "call_version.version")
    }

    async fn calls(&mut self) -> Result<Vec<CallRow>, StoreError> {
        rows!(
            self,
            CallRow,
            "select call_id as id, version, sources, published_at from call_version \
             order by call_id, published_at, version"
        )
    }

    async fn count_calls(&mut self) -> Result<i64, StoreError> {
        let counted = optional!(self, Count, r#"select count(*) as "count!" from call_version"#)?;
        Ok(counted.map_or(0, |counted| counted.count))
    }

    async fn call_version(&mut self, id: &str, version: &str) -> Result<Option<CallRow>, StoreError> {
        optional!(
            self,
            CallRow,
            "select call_id as id, version, sources, published_at from call_version \
             where call_id = $1 and version = $2",
            id,
            version
        )
    }

    async fn next_number(&mut self, id: &str) -> Result<i64, StoreError> {
        let given = optional!(
            self,
            Count,
            r#"update call set numbers_given = numbers_given + 1 where id = $1 returning numbers_given as "count!""#,
            id
        )?;
        given.map(|given| given.count).ok_or(StoreError::Stale)
    }
}
