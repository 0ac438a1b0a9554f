//! Statements of the publication room.

use super::{added, changed};
use crate::{Conn, columns, execute, optional, rows};
use async_trait::async_trait;
use jiebang_store::{ObjectionRow, PublicationRows, PublishedListRow, RecordRow, StoreError};

columns!(PublishedListRow {
    call_id,
    stage,
    version,
    reason_code,
    reason,
    content,
    content_sha256,
    published_at,
    published_by,
    position
});

columns!(ObjectionRow {
    id,
    call_id,
    stage,
    version,
    name,
    contact,
    sealed,
    content,
    filed_at,
    due_at,
    outcome,
    answer,
    answered_at,
    answered_by
});

columns!(RecordRow { sha256, call_id, stage, content });

/// Selects objections; the literal says which.
macro_rules! select_objection {
    ($run:ident, $connection:expr, $which:tt, $($argument:expr),*) => {
        $run!(
            $connection,
            ObjectionRow,
            "select id, call_id, stage, version, name, contact, sealed, content, filed_at, due_at, outcome, answer, \
             answered_at, answered_by from objection " + $which,
            $($argument),*
        )
    };
}

#[async_trait]
impl PublicationRows for Conn {
    async fn published_lists(&mut self, call_id: &str) -> Result<Vec<PublishedListRow>, StoreError> {
        rows!(
            self,
            PublishedListRow,
            r#"select call_id, stage, version, reason_code, reason, '' as "content!", content_sha256, published_at,
            published_by, position from published_list where call_id = $1 order by stage desc, version desc"#,
            call_id
        )
    }

    async fn published_list(
        &mut self,
        call_id: &str,
        stage: &str,
        version: i64,
    ) -> Result<Option<PublishedListRow>, StoreError> {
        optional!(
            self,
            PublishedListRow,
            "select call_id, stage, version, reason_code, reason, content, content_sha256, published_at, \
             published_by, \
             position from published_list where call_id = $1 and stage = $2 and version = $3",
            call_id,
            stage,
            version
        )
    }

    async fn add_published_list(&mut self, row: &PublishedListRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "insert into published_list (call_id, stage, version, reason_code, reason, content, content_sha256, \
             published_at, published_by, position) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict \
              do nothing",
            row.call_id,
            row.stage,
            row.version,
            row.reason_code,
            row.reason,
            row.content,
            row.content_sha256,
            row.published_at,
            row.published_by,
            row.position
        )?;
        added(count, "published_list")
    }

    async fn selection_record(&mut self, sha256: &str) -> Result<Option<RecordRow>, StoreError> {
        optional!(
            self,
            RecordRow,
            "select sha256, call_id, stage, content from selection_record where sha256 = $1",
            sha256
        )
    }

    async fn add_selection_record(&mut self, row: &RecordRow) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into selection_record (sha256, call_id, stage, content) values ($1, $2, $3, $4) on conflict do nothing",
            row.sha256,
            row.call_id,
            row.stage,
            row.content
        )?;
        Ok(())
    }

    async fn selection_records(
        &mut self,
        call_id: &str,
        after_sha256: &str,
        limit: i64,
    ) -> Result<Vec<RecordRow>, StoreError> {
        rows!(
            self,
            RecordRow,
            "select sha256, call_id, stage, content from selection_record where call_id = $1 and sha256 > $2 \
             order by sha256 limit $3",
            call_id,
            after_sha256,
            limit
        )
    }

    async fn objections(
        &mut self,
        call_id: &str,
        after_id: &str,
        limit: i64,
    ) -> Result<Vec<ObjectionRow>, StoreError> {
        select_objection!(
            rows,
            self,
            "where call_id = $1 and id > $2 order by id limit $3",
            call_id,
            after_id,
            limit
        )
    }

    async fn objection(&mut self, id: &str) -> Result<Option<ObjectionRow>, StoreError> {
        select_objection!(optional, self, "where id = $1", id)
    }

    async fn add_objection(&mut self, row: &ObjectionRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "insert into objection (id, call_id, stage, version, name, contact, sealed, content, filed_at, due_at, \
             outcome, answer, answered_at, answered_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, \
             $14) on conflict do nothing",
            row.id,
            row.call_id,
            row.stage,
            row.version,
            row.name,
            row.contact,
            row.sealed,
            row.content,
            row.filed_at,
            row.due_at,
            row.outcome,
            row.answer,
            row.answered_at,
            row.answered_by
        )?;
        added(count, "objection")
    }

    async fn answer_objection(&mut self, row: &ObjectionRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "update objection set outcome = $2, answer = $3, answered_at = $4, answered_by = $5 where id = $1 \
             and answered_at is null",
            row.id,
            row.outcome,
            row.answer,
            row.answered_at,
            row.answered_by
        )?;
        changed(count, || StoreError::Stale)
    }
}
