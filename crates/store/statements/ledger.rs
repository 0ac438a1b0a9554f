//! Statements of events, outbox, idempotency keys and settings.

use super::added;
use crate::Conn;
use async_trait::async_trait;
use jiebang_store::{EventRow, IdempotencyRow, LedgerRows, NewEvent, OutboxRow, StoreError};

/// Makes an event row of a record.
macro_rules! event_row {
    ($record:expr) => {{
        let record = $record;
        EventRow {
            position: record.position,
            event: NewEvent {
                kind: record.kind,
                subject: record.subject,
                account_id: record.account_id,
                data: record.data,
                at: record.at,
            },
        }
    }};
}

#[async_trait]
impl LedgerRows for Conn {
    async fn add_event(&mut self, event: &NewEvent) -> Result<i64, StoreError> {
        let position = sqlx::query_scalar!(
            r#"insert into event (kind, subject, account_id, data, at) values ($1, $2, $3, $4, $5)
            returning position as "position!""#,
            event.kind,
            event.subject,
            event.account_id,
            event.data,
            event.at
        )
        .fetch_one(self.ready()?)
        .await;
        self.settle(position)
    }

    async fn events_of(&mut self, subject: &str) -> Result<Vec<EventRow>, StoreError> {
        let records = sqlx::query!(
            r#"select position as "position!", kind, subject, account_id, data, at from event
            where subject = $1 order by position limit 500"#,
            subject
        )
        .fetch_all(self.ready()?)
        .await;
        Ok(self.settle(records)?.into_iter().map(|record| event_row!(record)).collect())
    }

    async fn events_after(&mut self, position: i64, limit: i64) -> Result<Vec<EventRow>, StoreError> {
        let records = sqlx::query!(
            r#"select position as "position!", kind, subject, account_id, data, at from event
            where position > $1 order by position limit $2"#,
            position,
            limit
        )
        .fetch_all(self.ready()?)
        .await;
        Ok(self.settle(records)?.into_iter().map(|record| event_row!(record)).collect())
    }

    async fn add_outbox(&mut self, kind: &str, payload: &str, at: i64) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "insert into outbox (kind, payload, created_at) values ($1, $2, $3)",
            kind,
            payload,
            at
        )
        .execute(self.ready()?)
        .await;
        self.settle(done).map(drop)
    }

    async fn outbox(&mut self, limit: i64) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = sqlx::query_as!(
            OutboxRow,
            r#"select id as "id!", kind, payload, created_at from outbox
            where done_at is null order by id limit $1"#,
            limit
        )
        .fetch_all(self.ready()?)
        .await;
        self.settle(rows)
    }

    async fn outbox_done(&mut self, id: i64, at: i64) -> Result<(), StoreError> {
        let done = sqlx::query!("update outbox set done_at = $2 where id = $1 and done_at is null", id, at)
            .execute(self.ready()?)
            .await;
        self.settle(done).map(drop)
    }

    async fn idempotency(
        &mut self,
        account_id: &str,
        key: &str,
    ) -> Result<Option<IdempotencyRow>, StoreError> {
        let row = sqlx::query_as!(
            IdempotencyRow,
            "select account_id, key, request_sha256, answer, created_at from idempotency \
             where account_id = $1 and key = $2",
            account_id,
            key
        )
        .fetch_optional(self.ready()?)
        .await;
        self.settle(row)
    }

    async fn add_idempotency(&mut self, row: &IdempotencyRow) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "insert into idempotency (account_id, key, request_sha256, answer, created_at) \
             values ($1, $2, $3, $4, $5) on conflict (account_id, key) do nothing",
            row.account_id,
            row.key,
            row.request_sha256,
            row.answer,
            row.created_at
        )
        .execute(self.ready()?)
        .await;
        added(self.settle(done)?.rows_affected(), "idempotency.key")
    }

    async fn setting(&mut self, key: &str) -> Result<Option<String>, StoreError> {
        let value = sqlx::query_scalar!("select value from setting where key = $1", key)
            .fetch_optional(self.ready()?)
            .await;
        self.settle(value)
    }

    async fn set_setting(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "insert into setting (key, value) values ($1, $2) \
             on conflict (key) do update set value = excluded.value",
            key,
            value
        )
        .execute(self.ready()?)
        .await;
        self.settle(done).map(drop)
    }

    async fn ping(&mut self) -> Result<(), StoreError> {
        let one = sqlx::query_scalar!(r#"select 1 as "one!: i64""#).fetch_one(self.ready()?).await;
        self.settle(one).map(drop)
    }
}
