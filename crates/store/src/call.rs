//! Rows of published calls.

use crate::StoreError;
use async_trait::async_trait;

/// A version of a call that was published (发布).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRow {
    /// Id of the call.
    pub id: String,
    /// SHA-256 of the call's canonical content, hexadecimal: the version.
    pub version: String,
    /// The call file and the shared files it extends, as JSON `{path: text}`.
    pub sources: String,
    /// Microseconds since the epoch.
    pub published_at: i64,
}

/// Statements of the call room.
#[async_trait]
pub trait CallRows {
    /// Records that a version is published; `Duplicate` when this version is published already.
    async fn add_call(&mut self, row: &CallRow) -> Result<(), StoreError>;
    /// All published versions of all calls, call by call, the oldest publication first.
    async fn calls(&mut self) -> Result<Vec<CallRow>, StoreError>;
    /// How many these are; none is ever taken back.
    async fn count_calls(&mut self) -> Result<i64, StoreError>;
    /// One version of a call.
    async fn call_version(&mut self, id: &str, version: &str) -> Result<Option<CallRow>, StoreError>;
    /// Adds one to the call's count of numbers given and returns the new count.
    async fn next_number(&mut self, id: &str) -> Result<i64, StoreError>;
}
