//! Statements of the application room.

use super::changed;
use crate::Conn;
use async_trait::async_trait;
use jiebang_store::{
    ApplicationFilter, ApplicationRow, ApplicationRows, FileRow, SectionRow, StoreError, SubmissionRow,
};

/// No id comes after this one: the list without `before_id` is the list before it.
const AFTER_ALL_IDS: &str = "\u{10ffff}";

/// Selects applications; the literal says which.
macro_rules! select_application {
    ($which:tt, $($argument:expr),*) => {
        sqlx::query_as!(
            ApplicationRow,
            "select id, call_id, call_version, organisation_id, state, title, task, number, version, submitted_at, \
             created_at, created_by, updated_at, revision from application " + $which,
            $($argument),*
        )
    };
}

/// Selects files; the literal says which.
macro_rules! select_file {
    ($which:tt, $($argument:expr),*) => {
        sqlx::query_as!(
            FileRow,
            "select id, application_id, evidence, member, name, media_type, size_bytes, sha256, pages, created_at, \
             created_by from file " + $which,
            $($argument),*
        )
    };
}

#[async_trait]
impl ApplicationRows for Conn {
    async fn add_application(&mut self, row: &ApplicationRow) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "insert into application (id, call_id, call_version, organisation_id, state, title, task, number, \
             version, submitted_at, created_at, created_by, updated_at, revision) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            row.id,
            row.call_id,
            row.call_version,
            row.organisation_id,
            row.state,
            row.title,
            row.task,
            row.number,
            row.version,
            row.submitted_at,
            row.created_at,
            row.created_by,
            row.updated_at,
            row.revision
        )
        .execute(self.ready()?)
        .await;
        self.settle(done).map(drop)
    }

    async fn application(&mut self, id: &str) -> Result<Option<ApplicationRow>, StoreError> {
        let row = select_application!("where id = $1", id).fetch_optional(self.ready()?).await;
        self.settle(row)
    }

    async fn change_application(&mut self, row: &ApplicationRow) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "update application set state = $3, title = $4, task = $5, number = $6, version = $7, \
             submitted_at = $8, updated_at = $9, revision = revision + 1 where id = $1 and revision = $2",
            row.id,
            row.revision,
            row.state,
            row.title,
            row.task,
            row.number,
            row.version,
            row.submitted_at,
            row.updated_at
        )
        .execute(self.ready()?)
        .await;
        changed(self.settle(done)?.rows_affected(), || StoreError::Stale)
    }

    async fn applications(&mut self, filter: &ApplicationFilter) -> Result<Vec<ApplicationRow>, StoreError> {
        // A single statement whose parameters may be null would walk the whole table: a plan is made once, for all values.
        // So each shape of list has its own statement, with the index that holds its order.
        let before = filter.before_id.as_deref().unwrap_or(AFTER_ALL_IDS);
        let limit = filter.limit.clamp(0, 200);
        let connection = self.ready()?;
        let rows = match (&filter.organisation_id, &filter.call_id, &filter.state) {
            // One organisation has few applications: its other filters need no index.
            (Some(organisation), call, state) => {
                select_application!(
                    "where organisation_id = $1 and id < $2 and call_id = coalesce($3, call_id) \
                     and state = coalesce($4, state) order by id desc limit $5",
                    organisation,
                    before,
                    call,
                    state,
                    limit
                )
                .fetch_all(connection)
                .await
            }
            (None, Some(call), Some(state)) => {
                select_application!(
                    "where call_id = $1 and state = $2 and id < $3 order by id desc limit $4",
                    call,
                    state,
                    before,
                    limit
                )
                .fetch_all(connection)
                .await
            }
            (None, Some(call), None) => {
                select_application!(
                    "where call_id = $1 and id < $2 order by id desc limit $3",
                    call,
                    before,
                    limit
                )
                .fetch_all(connection)
                .await
            }
            (None, None, Some(state)) => {
                select_application!(
                    "where state = $1 and id < $2 order by id desc limit $3",
                    state,
                    before,
                    limit
                )
                .fetch_all(connection)
                .await
            }
            (None, None, None) => {
                select_application!("where id < $1 order by id desc limit $2", before, limit)
                    .fetch_all(connection)
                    .await
            }
        };
        self.settle(rows)
    }

    async fn count_led(
        &mut self,
        call_id: &str,
        organisation_id: &str,
        except_id: &str,
    ) -> Result<i64, StoreError> {
        let count = sqlx::query_scalar!(
            r#"select count(*) as "count!" from application where call_id = $1 and organisation_id = $2
            and version > 0 and state in ('submitted', 'reopened') and id <> $3"#,
            call_id,
            organisation_id,
            except_id
        )
        .fetch_one(self.ready()?)
        .await;
        self.settle(count)
    }

    async fn sections(&mut self, application_id: &str) -> Result<Vec<SectionRow>, StoreError> {
        let rows = sqlx::query_as!(
            SectionRow,
            "select application_id, section, revision, content, updated_at, updated_by from section \
             where application_id = $1 order by section",
            application_id
        )
        .fetch_all(self.ready()?)
        .await;
        self.settle(rows)
    }

    async fn save_section(&mut self, row: &SectionRow) -> Result<i64, StoreError> {
        let connection = self.ready()?;
        let revision = if row.revision == 0 {
            sqlx::query_scalar!(
                r#"insert into section (application_id, section, revision, content, updated_at, updated_by)
                values ($1, $2, 1, $3, $4, $5) on conflict (application_id, section) do nothing
                returning revision as "revision!""#,
                row.application_id,
                row.section,
                row.content,
                row.updated_at,
                row.updated_by
            )
            .fetch_optional(connection)
            .await
        } else {
            sqlx::query_scalar!(
                r#"update section set revision = revision + 1, content = $4, updated_at = $5, updated_by = $6
                where application_id = $1 and section = $2 and revision = $3 returning revision as "revision!""#,
                row.application_id,
                row.section,
                row.revision,
                row.content,
                row.updated_at,
                row.updated_by
            )
            .fetch_optional(connection)
            .await
        };
        self.settle(revision)?.ok_or(StoreError::Stale)
    }

    async fn add_file(&mut self, row: &FileRow) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "insert into file (id, application_id, evidence, member, name, media_type, size_bytes, sha256, pages, \
             created_at, created_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            row.id,
            row.application_id,
            row.evidence,
            row.member,
            row.name,
            row.media_type,
            row.size_bytes,
            row.sha256,
            row.pages,
            row.created_at,
            row.created_by
        )
        .execute(self.ready()?)
        .await;
        self.settle(done).map(drop)
    }

    async fn file(&mut self, id: &str) -> Result<Option<FileRow>, StoreError> {
        let row = select_file!("where id = $1", id).fetch_optional(self.ready()?).await;
        self.settle(row)
    }

    async fn files(&mut self, application_id: &str) -> Result<Vec<FileRow>, StoreError> {
        let rows = select_file!("where application_id = $1 order by created_at, id", application_id)
            .fetch_all(self.ready()?)
            .await;
        self.settle(rows)
    }

    async fn remove_file(&mut self, id: &str) -> Result<(), StoreError> {
        let done = sqlx::query!("delete from file where id = $1", id).execute(self.ready()?).await;
        changed(self.settle(done)?.rows_affected(), || StoreError::Stale)
    }

    async fn add_submission(&mut self, row: &SubmissionRow) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "insert into submission (application_id, version, receipt_number, content, content_sha256, receipt, \
             received_at, submitted_by) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            row.application_id,
            row.version,
            row.receipt_number,
            row.content,
            row.content_sha256,
            row.receipt,
            row.received_at,
            row.submitted_by
        )
        .execute(self.ready()?)
        .await;
        self.settle(done).map(drop)
    }

    async fn submission_by_receipt(
        &mut self,
        receipt_number: &str,
    ) -> Result<Option<SubmissionRow>, StoreError> {
        let row = sqlx::query_as!(
            SubmissionRow,
            "select application_id, version, receipt_number, content, content_sha256, receipt, received_at, \
             submitted_by from submission where receipt_number = $1",
            receipt_number
        )
        .fetch_optional(self.ready()?)
        .await;
        self.settle(row)
    }

    async fn submissions(&mut self, application_id: &str) -> Result<Vec<SubmissionRow>, StoreError> {
        let rows = sqlx::query_as!(
            SubmissionRow,
            r#"select application_id, version, receipt_number, '' as "content!", content_sha256, receipt, received_at,
            submitted_by from submission where application_id = $1 order by version desc"#,
            application_id
        )
        .fetch_all(self.ready()?)
        .await;
        self.settle(rows)
    }

    async fn count_submitted_by_region(&mut self, call_id: &str) -> Result<Vec<(String, i64)>, StoreError> {
        let records = sqlx::query!(
            r#"select o.region as "region!", count(*) as "count!" from application a
            join organisation o on o.id = a.organisation_id
            where a.call_id = $1 and a.version > 0 and a.state in ('submitted', 'reopened')
            group by o.region order by o.region"#,
            call_id
        )
        .fetch_all(self.ready()?)
        .await;
        Ok(self.settle(records)?.into_iter().map(|record| (record.region, record.count)).collect())
    }
}
