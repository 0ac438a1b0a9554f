//! Rows of publication: published lists and what is said against them.

use crate::StoreError;
use async_trait::async_trait;

/// A published version of a list (公布名单).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedListRow {
    /// Call.
    pub call_id: String,
    /// Stage of the list.
    pub stage: String,
    /// Version from 1.
    pub version: i64,
    /// Why there is this version, a code.
    pub reason_code: String,
    /// The same in words; may be empty.
    pub reason: String,
    /// The list, canonical JSON.
    pub content: String,
    /// SHA-256 of `content`, hexadecimal.
    pub content_sha256: String,
    /// Microseconds since the epoch.
    pub published_at: i64,
    /// Who published it.
    pub published_by: String,
    /// Position of the event.
    pub position: i64,
}

/// What a published list follows from (遴选底稿), frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// SHA-256 of `content`, hexadecimal.
    pub sha256: String,
    /// Call.
    pub call_id: String,
    /// Stage of the list.
    pub stage: String,
    /// The record, canonical JSON.
    pub content: String,
}

/// What somebody says against a published list (异议).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectionRow {
    /// Id.
    pub id: String,
    /// Call.
    pub call_id: String,
    /// Stage of the list.
    pub stage: String,
    /// Version of the list.
    pub version: i64,
    /// Who objects: a name or a unit; never empty.
    pub name: String,
    /// How they are reached.
    pub contact: String,
    /// 1 where a unit has sealed it, 0 where a person signs with the name.
    pub sealed: i64,
    /// What is objected, and on what it rests.
    pub content: String,
    /// Microseconds since the epoch.
    pub filed_at: i64,
    /// When an answer is due; microseconds since the epoch.
    pub due_at: i64,
    /// `open`, `upheld` or `dismissed`.
    pub outcome: String,
    /// The answer; empty until there is one.
    pub answer: String,
    /// When it was answered.
    pub answered_at: Option<i64>,
    /// Who answered.
    pub answered_by: Option<String>,
}

/// Statements of the publication room.
#[async_trait]
pub trait PublicationRows {
    /// Versions of the lists of a call, newest first, without their content.
    async fn published_lists(&mut self, call_id: &str) -> Result<Vec<PublishedListRow>, StoreError>;
    /// A version of a list.
    async fn published_list(
        &mut self,
        call_id: &str,
        stage: &str,
        version: i64,
    ) -> Result<Option<PublishedListRow>, StoreError>;
    /// Adds a version; `Duplicate` where somebody else added it first.
    async fn add_published_list(&mut self, row: &PublishedListRow) -> Result<(), StoreError>;

    /// A record by its digest.
    async fn selection_record(&mut self, sha256: &str) -> Result<Option<RecordRow>, StoreError>;
    /// Keeps a record; the same one is kept once.
    async fn add_selection_record(&mut self, row: &RecordRow) -> Result<(), StoreError>;
    /// Records of a call after a digest, by digest, at most `limit`.
    async fn selection_records(
        &mut self,
        call_id: &str,
        after_sha256: &str,
        limit: i64,
    ) -> Result<Vec<RecordRow>, StoreError>;

    /// Objections to the lists of a call after an id, by id, at most `limit`.
    async fn objections(
        &mut self,
        call_id: &str,
        after_id: &str,
        limit: i64,
    ) -> Result<Vec<ObjectionRow>, StoreError>;
    /// An objection.
    async fn objection(&mut self, id: &str) -> Result<Option<ObjectionRow>, StoreError>;
    /// Files an objection.
    async fn add_objection(&mut self, row: &ObjectionRow) -> Result<(), StoreError>;
    /// Answers an open objection; `Stale` where it has an answer.
    async fn answer_objection(&mut self, row: &ObjectionRow) -> Result<(), StoreError>;
}
