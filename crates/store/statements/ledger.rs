//! Statements of events, outbox, idempotency keys and settings.

use super::{MANY, added, changed, fixed};
use crate::{Conn, columns, execute, optional, rows};
use async_trait::async_trait;
use jiebang_store::{CheckpointRow, EventRow, IdempotencyRow, LedgerRows, NewEvent, OutboxRow, StoreError};

/// The columns of an event.
struct EventColumns {
    position: i64,
    kind: String,
    subject: String,
    account_id: Option<String>,
    data: String,
    at: i64,
    salt: String,
    digest: Option<String>,
}

/// The position that an event was given.
struct Position {
    position: i64,
}

/// The value of a setting.
struct Value {
    value: String,
}

/// A stored hash with its number.
struct Numbered {
    number: i64,
    hash: String,
}

/// Any number, to see that the database answers.
struct One {
    one: i64,
}

columns!(EventColumns { position, kind, subject, account_id, data, at, salt, digest });
columns!(Position { position });
columns!(Value { value });
columns!(Numbered { number, hash });
columns!(CheckpointRow { size, note, at });
columns!(One { one });
columns!(OutboxRow { id, kind, payload, created_at });
columns!(IdempotencyRow { account_id, key, request_sha256, answer, created_at });

/// Characters of a number, and of a hash.
const NUMBER: usize = 20;
const HASH: usize = 64;

fn event_rows(events: Vec<EventColumns>) -> Vec<EventRow> {
    let row = |EventColumns { position, kind, subject, account_id, data, at, salt, digest }| EventRow {
        position,
        salt,
        digest,
        event: NewEvent { kind, subject, account_id, data, at },
    };
    events.into_iter().map(row).collect()
}

#[async_trait]
impl LedgerRows for Conn {
    async fn add_event(&mut self, event: &NewEvent) -> Result<i64, StoreError> {
        let position = optional!(
            self,
            Position,
            r#"insert into event (position, kind, subject, account_id, data, at)
            values ((select coalesce(max(position), 0) + 1 from event), $1, $2, $3, $4, $5)
            returning position as "position!""#,
            event.kind,
            event.subject,
            event.account_id,
            event.data,
            event.at
        )?;
        let position =
            position.ok_or_else(|| StoreError::Unavailable("an event got no position".to_owned()))?;
        Ok(position.position)
    }

    async fn events_of(&mut self, subject: &str) -> Result<Vec<EventRow>, StoreError> {
        let events = rows!(
            self,
            EventColumns,
            r#"select position as "position!", kind, subject, account_id, data, at, salt, digest from event
            where subject = $1 order by position limit 500"#,
            subject
        )?;
        Ok(event_rows(events))
    }

    async fn unerased_events_of(&mut self, subject: &str) -> Result<Vec<EventRow>, StoreError> {
        let events = rows!(
            self,
            EventColumns,
            r#"select position as "position!", kind, subject, account_id, data, at, salt, digest from event
            where subject = $1 and digest is null order by position limit 500"#,
            subject
        )?;
        Ok(event_rows(events))
    }

    async fn events_after(&mut self, position: i64, limit: i64) -> Result<Vec<EventRow>, StoreError> {
        let events = rows!(
            self,
            EventColumns,
            r#"select position as "position!", kind, subject, account_id, data, at, salt, digest from event
            where position > $1 order by position limit $2"#,
            position,
            limit
        )?;
        Ok(event_rows(events))
    }

    async fn events_of_call(
        &mut self,
        call_id: &str,
        after: i64,
        up_to: i64,
        limit: i64,
    ) -> Result<Vec<EventRow>, StoreError> {
        // By position, never by subject: the page is full long before the end.
        let events = rows!(
            self,
            EventColumns,
            r#"select position as "position!", kind, subject, account_id, data, at, salt, digest from event
            where position > $1 and position <= $2 and (subject || '' = $3
                or subject || '' in (select id from application where call_id = $3)
                or subject || '' in (select call_id || ' ' || region from recommendation where call_id = $3))
            order by position limit $4"#,
            after,
            up_to,
            call_id,
            limit
        )?;
        Ok(event_rows(events))
    }

    async fn event_at(&mut self, position: i64) -> Result<Option<EventRow>, StoreError> {
        let events = rows!(
            self,
            EventColumns,
            r#"select position as "position!", kind, subject, account_id, data, at, salt, digest from event
            where position = $1"#,
            position
        )?;
        Ok(event_rows(events).into_iter().next())
    }

    async fn erase_event(&mut self, position: i64, digest: &str) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "update event set data = '', salt = '', digest = $2 where position = $1 and digest is null",
            position,
            digest
        )?;
        changed(count, || StoreError::Stale)
    }

    async fn ledger_hashes(&mut self, from: i64, to: i64) -> Result<Vec<(i64, String)>, StoreError> {
        let hashes = rows!(
            self,
            Numbered,
            r#"select number as "number!", hash from ledger_hash where number >= $1 and number < $2 order by number"#,
            from,
            to
        )?;
        Ok(hashes.into_iter().map(|Numbered { number, hash }| (number, hash)).collect())
    }

    async fn ledger_hashes_at(&mut self, numbers: &[i64]) -> Result<Vec<(i64, String)>, StoreError> {
        let mut all = Vec::with_capacity(numbers.len());
        for some in numbers.chunks(MANY) {
            let some = fixed(some.iter().map(ToString::to_string), NUMBER);
            let found = rows!(
                self,
                Numbered,
                r#"select h.number as "number!", h.hash from (with recursive part (at) as
                (select 1 union all select at + 20 from part where at + 20 <= length($1))
                select cast(rtrim(substr($1, at, 20)) as bigint) as number from part) wanted
                cross join ledger_hash h where h.number = wanted.number"#,
                some
            )?;
            all.extend(found.into_iter().map(|Numbered { number, hash }| (number, hash)));
        }
        Ok(all)
    }

    async fn add_ledger_hashes(&mut self, hashes: &[(i64, String)]) -> Result<(), StoreError> {
        for some in hashes.chunks(MANY) {
            let some =
                fixed(some.iter().map(|(number, hash)| format!("{number:<NUMBER$}{hash}")), NUMBER + HASH);
            execute!(
                self,
                "insert into ledger_hash (number, hash) with recursive part (at) as \
                 (select 1 union all select at + 84 from part where at + 84 <= length($1)) \
                 select cast(rtrim(substr($1, at, 20)) as bigint), rtrim(substr($1, at + 20, 64)) from part",
                some
            )?;
        }
        Ok(())
    }

    async fn checkpoint(&mut self) -> Result<Option<CheckpointRow>, StoreError> {
        optional!(
            self,
            CheckpointRow,
            r#"select size as "size!", note, at from ledger_checkpoint order by size desc limit 1"#
        )
    }

    async fn checkpoint_of(&mut self, size: i64) -> Result<Option<CheckpointRow>, StoreError> {
        optional!(
            self,
            CheckpointRow,
            r#"select size as "size!", note, at from ledger_checkpoint where size = $1"#,
            size
        )
    }

    async fn add_checkpoint(&mut self, row: &CheckpointRow) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into ledger_checkpoint (size, note, at) values ($1, $2, $3)",
            row.size,
            row.note,
            row.at
        )
        .map(drop)
    }

    async fn add_outbox(&mut self, kind: &str, payload: &str, at: i64) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into outbox (kind, payload, created_at) values ($1, $2, $3)",
            kind,
            payload,
            at
        )
        .map(drop)
    }

    async fn outbox(&mut self, limit: i64) -> Result<Vec<OutboxRow>, StoreError> {
        rows!(
            self,
            OutboxRow,
            r#"select id as "id!", kind, payload, created_at from outbox
            where done_at is null order by id limit $1"#,
            limit
        )
    }

    async fn outbox_done(&mut self, id: i64, at: i64) -> Result<(), StoreError> {
        execute!(self, "update outbox set done_at = $2 where id = $1 and done_at is null", id, at).map(drop)
    }

    async fn idempotency(
        &mut self,
        account_id: &str,
        key: &str,
    ) -> Result<Option<IdempotencyRow>, StoreError> {
        optional!(
            self,
            IdempotencyRow,
            "select account_id, key, request_sha256, answer, created_at from idempotency \
             where account_id = $1 and key = $2",
            account_id,
            key
        )
    }

    async fn add_idempotency(&mut self, row: &IdempotencyRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "insert into idempotency (account_id, key, request_sha256, answer, created_at) \
             values ($1, $2, $3, $4, $5) on conflict (account_id, key) do nothing",
            row.account_id,
            row.key,
            row.request_sha256,
            row.answer,
            row.created_at
        )?;
        added(count, "idempotency.key")
    }

    async fn setting(&mut self, key: &str) -> Result<Option<String>, StoreError> {
        let value = optional!(self, Value, "select value from setting where key = $1", key)?;
        Ok(value.map(|value| value.value))
    }

    async fn set_setting(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into setting (key, value) values ($1, $2) \
             on conflict (key) do update set value = excluded.value",
            key,
            value
        )
        .map(drop)
    }

    async fn ping(&mut self) -> Result<(), StoreError> {
        match optional!(self, One, r#"select cast(1 as bigint) as "one!: i64""#)? {
            Some(One { one: 1 }) => Ok(()),
            _ => Err(StoreError::Unavailable("the database cannot count".to_owned())),
        }
    }
}
