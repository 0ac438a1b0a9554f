//! Statements of the call room.

use super::added;
use crate::Conn;
use async_trait::async_trait;
use jiebang_store::{CallRow, CallRows, StoreError};

#[async_trait]
impl CallRows for Conn {
    async fn add_call(&mut self, row: &CallRow) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "insert into call (id, numbers_given) values ($1, 0) on conflict (id) do nothing",
            row.id
        )
        .execute(self.ready()?)
        .await;
        self.settle(done)?;
        let done = sqlx::query!(
            "insert into call_version (call_id, version, sources, published_at) values ($1, $2, $3, $4) \
             on conflict (call_id, version) do nothing",
            row.id,
            row.version,
            row.sources,
            row.published_at
        )
        .execute(self.ready()?)
        .await;
        added(self.settle(done)?.rows_affected(), "call_version.version")
    }

    async fn calls(&mut self) -> Result<Vec<CallRow>, StoreError> {
        let rows = sqlx::query_as!(
            CallRow,
            "select v.call_id as id, v.version, v.sources, v.published_at from call c \
             join call_version v on v.call_id = c.id and v.version = ( \
                 select w.version from call_version w where w.call_id = c.id \
                 order by w.published_at desc, w.version desc limit 1) \
             order by v.published_at desc, v.call_id"
        )
        .fetch_all(self.ready()?)
        .await;
        self.settle(rows)
    }

    async fn call_version(&mut self, id: &str, version: &str) -> Result<Option<CallRow>, StoreError> {
        let row = sqlx::query_as!(
            CallRow,
            "select call_id as id, version, sources, published_at from call_version \
             where call_id = $1 and version = $2",
            id,
            version
        )
        .fetch_optional(self.ready()?)
        .await;
        self.settle(row)
    }

    async fn next_number(&mut self, id: &str) -> Result<i64, StoreError> {
        let number = sqlx::query_scalar!(
            r#"update call set numbers_given = numbers_given + 1 where id = $1 returning numbers_given as "number!""#,
            id
        )
        .fetch_optional(self.ready()?)
        .await;
        self.settle(number)?.ok_or(StoreError::Stale)
    }
}
