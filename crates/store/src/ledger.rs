//! Rows of events, outbox and idempotency keys.

use crate::StoreError;
use async_trait::async_trait;

/// An event to write (事件).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Past-tense name, such as `application_submitted`.
    pub kind: String,
    /// What it is about, such as an application id.
    pub subject: String,
    /// Who acted; `None` for the system.
    pub account_id: Option<String>,
    /// Facts as canonical JSON; no personal data.
    pub data: String,
    /// Microseconds since the epoch.
    pub at: i64,
}

/// An event as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Place in the order of all events, from 1.
    pub position: i64,
    /// Salt of its digest; empty once it was erased.
    pub salt: String,
    /// Digest in the ledger, hexadecimal, where facts and salt were erased.
    pub digest: Option<String>,
    /// The event; its facts are empty once they were erased.
    pub event: NewEvent,
}

/// A signed head of the ledger (检查点).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointRow {
    /// Entries that it covers.
    pub size: i64,
    /// Signed note.
    pub note: String,
    /// Microseconds since the epoch.
    pub at: i64,
}

/// Something to be done after the act, once (待办).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Place in the order.
    pub id: i64,
    /// What is to be done, such as `notify`.
    pub kind: String,
    /// Facts, JSON.
    pub payload: String,
    /// Microseconds since the epoch.
    pub created_at: i64,
}

/// The answer that an idempotency key was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyRow {
    /// Account.
    pub account_id: String,
    /// Key as sent.
    pub key: String,
    /// SHA-256 of the request, hexadecimal.
    pub request_sha256: String,
    /// The answer, JSON.
    pub answer: String,
    /// Microseconds since the epoch.
    pub created_at: i64,
}

/// Statements that every room uses.
#[async_trait]
pub trait LedgerRows {
    /// Appends an event and returns its position.
    async fn add_event(&mut self, event: &NewEvent) -> Result<i64, StoreError>;
    /// Events of a subject by position, at most 500.
    async fn events_of(&mut self, subject: &str) -> Result<Vec<EventRow>, StoreError>;
    /// Events of a subject whose facts stand, by position, at most 500.
    async fn unerased_events_of(&mut self, subject: &str) -> Result<Vec<EventRow>, StoreError>;
    /// Events after a position, at most `limit`.
    async fn events_after(&mut self, position: i64, limit: i64) -> Result<Vec<EventRow>, StoreError>;
    /// Events about a call, its applications and its lists, after a position and up to another, at most `limit`.
    async fn events_of_call(
        &mut self,
        call_id: &str,
        after: i64,
        up_to: i64,
        limit: i64,
    ) -> Result<Vec<EventRow>, StoreError>;
    /// The event at a position.
    async fn event_at(&mut self, position: i64) -> Result<Option<EventRow>, StoreError>;
    /// Erases facts and salt of an event and keeps the digest, hexadecimal, in their place.
    ///
    /// # Errors
    /// `Stale` when there is no such event or it was erased before.
    async fn erase_event(&mut self, position: i64, digest: &str) -> Result<(), StoreError>;
    /// Hashes of complete subtrees of the ledger, hexadecimal, with these of the numbers that are there, in any order.
    async fn ledger_hashes_at(&mut self, numbers: &[i64]) -> Result<Vec<(i64, String)>, StoreError>;
    /// Numbers and hashes from one number up to another that is left out, in order.
    async fn ledger_hashes(&mut self, from: i64, to: i64) -> Result<Vec<(i64, String)>, StoreError>;
    /// Stores hashes of subtrees that have become complete, under their numbers.
    async fn add_ledger_hashes(&mut self, hashes: &[(i64, String)]) -> Result<(), StoreError>;
    /// The newest head.
    async fn checkpoint(&mut self) -> Result<Option<CheckpointRow>, StoreError>;
    /// The head of a size.
    async fn checkpoint_of(&mut self, size: i64) -> Result<Option<CheckpointRow>, StoreError>;
    /// Keeps a head.
    async fn add_checkpoint(&mut self, row: &CheckpointRow) -> Result<(), StoreError>;
    /// Adds an outbox entry.
    async fn add_outbox(&mut self, kind: &str, payload: &str, at: i64) -> Result<(), StoreError>;
    /// Entries not done, oldest first.
    async fn outbox(&mut self, limit: i64) -> Result<Vec<OutboxRow>, StoreError>;
    /// Marks an entry as done.
    async fn outbox_done(&mut self, id: i64, at: i64) -> Result<(), StoreError>;
    /// The answer of an earlier act with this key.
    async fn idempotency(
        &mut self,
        account_id: &str,
        key: &str,
    ) -> Result<Option<IdempotencyRow>, StoreError>;
    /// Keeps the answer.
    async fn add_idempotency(&mut self, row: &IdempotencyRow) -> Result<(), StoreError>;
    /// A named value of the installation, such as the demo clock.
    async fn setting(&mut self, key: &str) -> Result<Option<String>, StoreError>;
    /// Sets a named value.
    async fn set_setting(&mut self, key: &str, value: &str) -> Result<(), StoreError>;
    /// Takes part in an act without changing anything; for health checks.
    async fn ping(&mut self) -> Result<(), StoreError>;
}
