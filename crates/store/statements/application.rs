//! Statements of the application room.

use super::{Count, MANY, changed, fixed};
use crate::{Conn, columns, execute, optional, rows};
use async_trait::async_trait;
use jiebang_store::{
    ApplicationFilter, ApplicationRow, ApplicationRows, FileRow, SectionRow, StoreError, SubmissionRow,
};

/// No id comes after this one: the list without `before_id` is the list before it.
const AFTER_ALL_IDS: &str = "\u{10ffff}";

/// The revision that a section was saved as.
struct Revision {
    revision: i64,
}

/// The hash of a file.
struct Hash {
    sha256: String,
}

/// The digest of a frozen copy.
struct Digest {
    application_id: String,
    content_sha256: String,
}

columns!(ApplicationRow {
    id,
    call_id,
    call_version,
    organisation_id,
    state,
    title,
    task,
    number,
    version,
    submitted_at,
    created_at,
    created_by,
    updated_at,
    revision,
    region,
    lead
});
columns!(SectionRow { application_id, section, revision, content, updated_at, updated_by });
columns!(FileRow {
    id,
    application_id,
    evidence,
    member,
    name,
    media_type,
    size_bytes,
    sha256,
    pages,
    created_at,
    created_by,
    added_version,
    removed_version
});
columns!(SubmissionRow {
    application_id,
    version,
    receipt_number,
    content,
    content_sha256,
    receipt,
    received_at,
    submitted_by,
    position
});
columns!(Revision { revision });
columns!(Hash { sha256 });
columns!(Digest { application_id, content_sha256 });

/// Selects applications, all or one or none; the literal says which.
macro_rules! select_application {
    ($run:ident, $connection:expr, $which:tt, $($argument:expr),*) => {
        $run!(
            $connection,
            ApplicationRow,
            "select id, call_id, call_version, organisation_id, state, title, task, number, version, submitted_at, \
             created_at, created_by, updated_at, revision, region, lead from application " + $which,
            $($argument),*
        )
    };
}

/// Selects files, all or one or none; the literal says which.
macro_rules! select_file {
    ($run:ident, $connection:expr, $which:tt, $($argument:expr),*) => {
        $run!(
            $connection,
            FileRow,
            "select id, application_id, evidence, member, name, media_type, size_bytes, sha256, pages, created_at, \
             created_by, added_version, removed_version from file " + $which,
            $($argument),*
        )
    };
}

#[async_trait]
impl ApplicationRows for Conn {
    async fn add_application(&mut self, row: &ApplicationRow) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into application (id, call_id, call_version, organisation_id, state, title, task, number, \
             version, submitted_at, created_at, created_by, updated_at, revision, region, lead) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
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
            row.revision,
            row.region,
            row.lead
        )?;
        Ok(())
    }

    async fn application(&mut self, id: &str) -> Result<Option<ApplicationRow>, StoreError> {
        select_application!(optional, self, "where id = $1", id)
    }

    async fn change_application(&mut self, row: &ApplicationRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "update application set state = $3, title = $4, task = $5, number = $6, version = $7, \
             submitted_at = $8, updated_at = $9, region = $10, lead = $11, revision = revision + 1 \
             where id = $1 and revision = $2",
            row.id,
            row.revision,
            row.state,
            row.title,
            row.task,
            row.number,
            row.version,
            row.submitted_at,
            row.updated_at,
            row.region,
            row.lead
        )?;
        changed(count, || StoreError::Stale)
    }

    async fn applications(&mut self, filter: &ApplicationFilter) -> Result<Vec<ApplicationRow>, StoreError> {
        // A single statement whose parameters may be null would walk the whole table: a plan is made once, for all values.
        // So each shape of list has its own statement, with the index that holds its order.
        let before = filter.before_id.as_deref().unwrap_or(AFTER_ALL_IDS);
        let limit = filter.limit.clamp(0, 200);
        match (&filter.organisation_id, &filter.call_id) {
            // One organisation has few applications: the call needs no index.
            (Some(organisation), call) => {
                select_application!(
                    rows,
                    self,
                    "where organisation_id = $1 and id < $2 and call_id = coalesce($3, call_id) \
                     order by id desc limit $4",
                    organisation,
                    before,
                    call.as_deref(),
                    limit
                )
            }
            (None, Some(call)) => {
                select_application!(
                    rows,
                    self,
                    "where call_id = $1 and id < $2 order by id desc limit $3",
                    call,
                    before,
                    limit
                )
            }
            (None, None) => {
                select_application!(rows, self, "where id < $1 order by id desc limit $2", before, limit)
            }
        }
    }

    async fn count_led(
        &mut self,
        call_id: &str,
        organisation_id: &str,
        except_id: &str,
    ) -> Result<i64, StoreError> {
        let count = optional!(
            self,
            Count,
            r#"select count(*) as "count!" from application where call_id = $1 and organisation_id = $2
            and version > 0 and state in ('submitted', 'reopened') and id <> $3"#,
            call_id,
            organisation_id,
            except_id
        )?;
        Ok(count.map_or(0, |count| count.count))
    }

    async fn sections(&mut self, application_id: &str) -> Result<Vec<SectionRow>, StoreError> {
        rows!(
            self,
            SectionRow,
            "select application_id, section, revision, content, updated_at, updated_by from section \
             where application_id = $1 order by section",
            application_id
        )
    }

    async fn save_section(&mut self, row: &SectionRow) -> Result<i64, StoreError> {
        let saved = if row.revision == 0 {
            optional!(
                self,
                Revision,
                r#"insert into section (application_id, section, revision, content, updated_at, updated_by)
                values ($1, $2, 1, $3, $4, $5) on conflict (application_id, section) do nothing
                returning revision as "revision!""#,
                row.application_id,
                row.section,
                row.content,
                row.updated_at,
                row.updated_by
            )?
        } else {
            optional!(
                self,
                Revision,
                r#"update section set revision = revision + 1, content = $4, updated_at = $5, updated_by = $6
                where application_id = $1 and section = $2 and revision = $3 returning revision as "revision!""#,
                row.application_id,
                row.section,
                row.revision,
                row.content,
                row.updated_at,
                row.updated_by
            )?
        };
        saved.map(|saved| saved.revision).ok_or(StoreError::Stale)
    }

    async fn add_file(&mut self, row: &FileRow) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into file (id, application_id, evidence, member, name, media_type, size_bytes, sha256, pages, \
             created_at, created_by, added_version, removed_version) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
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
            row.created_by,
            row.added_version,
            row.removed_version
        )?;
        Ok(())
    }

    async fn file(&mut self, id: &str) -> Result<Option<FileRow>, StoreError> {
        select_file!(optional, self, "where id = $1", id)
    }

    async fn files(&mut self, application_id: &str) -> Result<Vec<FileRow>, StoreError> {
        select_file!(
            rows,
            self,
            "where application_id = $1 and removed_version is null order by created_at, id",
            application_id
        )
    }

    async fn files_of_version(
        &mut self,
        application_id: &str,
        version: i64,
    ) -> Result<Vec<FileRow>, StoreError> {
        select_file!(
            rows,
            self,
            "where application_id = $1 and added_version < $2 and (removed_version is null or removed_version >= $2) \
             order by created_at, id",
            application_id,
            version
        )
    }

    async fn remove_file(&mut self, id: &str, submissions: i64) -> Result<(), StoreError> {
        let named = execute!(
            self,
            "update file set removed_version = $2 where id = $1 and removed_version is null and added_version < $2",
            id,
            submissions
        )?;
        if named == 1 {
            return Ok(());
        }
        let count = execute!(self, "delete from file where id = $1 and removed_version is null", id)?;
        changed(count, || StoreError::Stale)
    }

    async fn add_submission(&mut self, row: &SubmissionRow) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into submission (application_id, version, receipt_number, content, content_sha256, receipt, \
             received_at, submitted_by, position) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            row.application_id,
            row.version,
            row.receipt_number,
            row.content,
            row.content_sha256,
            row.receipt,
            row.received_at,
            row.submitted_by,
            row.position
        )?;
        Ok(())
    }

    async fn erase_submission(&mut self, application_id: &str, position: i64) -> Result<(), StoreError> {
        execute!(
            self,
            "update submission set content = '', content_sha256 = '', receipt = '' \
             where application_id = $1 and position = $2",
            application_id,
            position
        )
        .map(drop)
    }

    async fn erase_application(&mut self, application_id: &str) -> Result<Vec<String>, StoreError> {
        let hashes = rows!(
            self,
            Hash,
            "select f.sha256 from file f where f.application_id = $1 and not exists (
                select 1 from file o where o.sha256 = f.sha256 and o.application_id <> $1)",
            application_id
        )?;
        execute!(self, "delete from file where application_id = $1", application_id)?;
        execute!(self, "delete from section where application_id = $1", application_id)?;
        execute!(self, "delete from assessment where application_id = $1", application_id)?;
        execute!(self, "delete from opinion where application_id = $1", application_id)?;
        execute!(self, "delete from returned where application_id = $1", application_id)?;
        execute!(self, "delete from change_request where application_id = $1", application_id)?;
        execute!(self, "delete from progress_report where application_id = $1", application_id)?;
        execute!(self, "delete from baseline where application_id = $1", application_id)?;
        execute!(self, "delete from team where application_id = $1", application_id)?;
        Ok(hashes.into_iter().map(|Hash { sha256 }| sha256).collect())
    }

    async fn submission_by_receipt(
        &mut self,
        receipt_number: &str,
    ) -> Result<Option<SubmissionRow>, StoreError> {
        optional!(
            self,
            SubmissionRow,
            "select application_id, version, receipt_number, content, content_sha256, receipt, received_at, \
             submitted_by, position from submission where receipt_number = $1",
            receipt_number
        )
    }

    async fn submissions_of_call(
        &mut self,
        call_id: &str,
        after: (&str, i64),
        limit: i64,
    ) -> Result<Vec<SubmissionRow>, StoreError> {
        let (application_id, version) = after;
        rows!(
            self,
            SubmissionRow,
            "select s.application_id, s.version, s.receipt_number, s.content, s.content_sha256, s.receipt, \
             s.received_at, s.submitted_by, s.position from submission s cross join application a \
             where s.application_id >= $2 and (s.application_id > $2 or s.version > $3) \
             and a.id = s.application_id and a.call_id = $1 order by s.application_id, s.version limit $4",
            call_id,
            application_id,
            version,
            limit
        )
    }

    async fn submissions(&mut self, application_id: &str) -> Result<Vec<SubmissionRow>, StoreError> {
        rows!(
            self,
            SubmissionRow,
            r#"select application_id, version, receipt_number, '' as "content!", content_sha256, receipt, received_at,
            submitted_by, position from submission where application_id = $1 order by version desc"#,
            application_id
        )
    }

    async fn copies(&mut self, of: &[(String, i64)]) -> Result<Vec<SubmissionRow>, StoreError> {
        let mut all = Vec::with_capacity(of.len());
        for some in of.chunks(MANY) {
            let some = fixed(some.iter().map(|(id, version)| format!("{id:<26}{version:<20}")), 46);
            all.extend(rows!(
                self,
                SubmissionRow,
                r#"select s.application_id, s.version as "version!", s.receipt_number, s.content, s.content_sha256,
                s.receipt, s.received_at as "received_at!", s.submitted_by, s.position as "position!"
                from (with recursive part (at) as
                (select 1 union all select at + 46 from part where at + 46 <= length($1))
                select rtrim(substr($1, at, 26)) as id, cast(rtrim(substr($1, at + 26, 20)) as bigint) as version
                from part) wanted cross join submission s
                where s.application_id = wanted.id and s.version = wanted.version"#,
                some
            )?);
        }
        Ok(all)
    }

    async fn digests(&mut self, of: &[(String, i64)]) -> Result<Vec<(String, String)>, StoreError> {
        let mut all = Vec::with_capacity(of.len());
        for some in of.chunks(MANY) {
            let some = fixed(some.iter().map(|(id, version)| format!("{id:<26}{version:<20}")), 46);
            let found = rows!(
                self,
                Digest,
                r#"select s.application_id, s.content_sha256 from (with recursive part (at) as
                (select 1 union all select at + 46 from part where at + 46 <= length($1))
                select rtrim(substr($1, at, 26)) as id, cast(rtrim(substr($1, at + 26, 20)) as bigint) as version
                from part) wanted cross join submission s
                where s.application_id = wanted.id and s.version = wanted.version"#,
                some
            )?;
            all.extend(found.into_iter().map(|found| (found.application_id, found.content_sha256)));
        }
        Ok(all)
    }
}
