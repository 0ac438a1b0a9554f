//! Statements of the race.

use super::{added, changed};
use crate::{Conn, columns, execute, optional, rows};
use async_trait::async_trait;
use jiebang_store::{BaselineRow, ChangeRow, RaceRows, ReportRow, StoreError, TaskTeams, TeamName, TeamRow};

/// The revision that something was saved as.
struct Saved {
    revision: i64,
}

columns!(Saved { revision });
columns!(TeamRow {
    application_id,
    call_id,
    task,
    class,
    list_version,
    starts_at,
    ends_at,
    baseline_version,
    revision
});
columns!(TeamName { application_id, number, title, lead, class });
columns!(TaskTeams { task, teams });
columns!(BaselineRow {
    application_id,
    version,
    content,
    content_sha256,
    request_id,
    frozen_at,
    frozen_by,
    position
});
columns!(ReportRow { application_id, due_at, content, submitted_at, revision, updated_at, updated_by });
columns!(ChangeRow {
    id,
    application_id,
    baseline_version,
    content,
    reason,
    requested_at,
    requested_by,
    decision,
    note,
    decided_at,
    decided_by
});

/// Selects teams; the literal says which.
macro_rules! select_team {
    ($run:ident, $connection:expr, $which:tt, $($argument:expr),*) => {
        $run!(
            $connection,
            TeamRow,
            "select application_id, call_id, task, class, list_version, starts_at, ends_at, baseline_version, \
             revision from team " + $which,
            $($argument),*
        )
    };
}

#[async_trait]
impl RaceRows for Conn {
    async fn team(&mut self, application_id: &str) -> Result<Option<TeamRow>, StoreError> {
        select_team!(optional, self, "where application_id = $1", application_id)
    }

    async fn teams(&mut self, call_id: &str, task: &str) -> Result<Vec<TeamRow>, StoreError> {
        select_team!(rows, self, "where call_id = $1 and task = $2 order by application_id", call_id, task)
    }

    async fn teams_after(
        &mut self,
        call_id: &str,
        after: (&str, &str),
        limit: i64,
    ) -> Result<Vec<TeamRow>, StoreError> {
        let (task, application) = after;
        select_team!(
            rows,
            self,
            "where call_id = $1 and (task, application_id) > ($2, $3) order by task, application_id limit $4",
            call_id,
            task,
            application,
            limit
        )
    }

    async fn raced_tasks(
        &mut self,
        call_id: &str,
        after: &str,
        limit: i64,
    ) -> Result<Vec<TaskTeams>, StoreError> {
        rows!(
            self,
            TaskTeams,
            r#"select task, count(*) as "teams!" from team where call_id = $1 and task > $2 group by task
            order by task limit $3"#,
            call_id,
            after,
            limit
        )
    }

    async fn team_names(&mut self, call_id: &str, task: &str) -> Result<Vec<TeamName>, StoreError> {
        rows!(
            self,
            TeamName,
            "select t.application_id, a.number, a.title, a.lead, t.class from team t \
             join application a on a.id = t.application_id where t.call_id = $1 and t.task = $2 \
             order by t.application_id",
            call_id,
            task
        )
    }

    async fn task_baselines(&mut self, call_id: &str, task: &str) -> Result<Vec<BaselineRow>, StoreError> {
        rows!(
            self,
            BaselineRow,
            "select b.application_id, b.version, b.content, b.content_sha256, b.request_id, b.frozen_at, \
             b.frozen_by, b.position from team t join baseline b on b.application_id = t.application_id where \
             t.call_id = $1 and t.task = $2 order by t.application_id",
            call_id,
            task
        )
    }

    async fn task_reports(&mut self, call_id: &str, task: &str) -> Result<Vec<ReportRow>, StoreError> {
        rows!(
            self,
            ReportRow,
            "select r.application_id, r.due_at, r.content, r.submitted_at, r.revision, r.updated_at, \
             r.updated_by from team t join progress_report r on r.application_id = t.application_id where \
             t.call_id = $1 and t.task = $2 and r.submitted_at is not null order by t.application_id",
            call_id,
            task
        )
    }

    async fn add_team(&mut self, row: &TeamRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "insert into team (application_id, call_id, task, class, list_version, starts_at, ends_at, \
             baseline_version, revision) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
            row.application_id,
            row.call_id,
            row.task,
            row.class,
            row.list_version,
            row.starts_at,
            row.ends_at,
            row.baseline_version,
            row.revision
        )?;
        added(count, "team")
    }

    async fn change_team(&mut self, row: &TeamRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "update team set class = $3, ends_at = $4, baseline_version = $5, revision = revision + 1 \
             where application_id = $1 and revision = $2",
            row.application_id,
            row.revision,
            row.class,
            row.ends_at,
            row.baseline_version
        )?;
        changed(count, || StoreError::Stale)
    }

    async fn baselines(&mut self, application_id: &str) -> Result<Vec<BaselineRow>, StoreError> {
        rows!(
            self,
            BaselineRow,
            "select application_id, version, content, content_sha256, request_id, frozen_at, frozen_by, position \
             from baseline where application_id = $1 order by version",
            application_id
        )
    }

    async fn add_baseline(&mut self, row: &BaselineRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "insert into baseline (application_id, version, content, content_sha256, request_id, frozen_at, \
             frozen_by, position) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
            row.application_id,
            row.version,
            row.content,
            row.content_sha256,
            row.request_id,
            row.frozen_at,
            row.frozen_by,
            row.position
        )?;
        added(count, "baseline")
    }

    async fn reports(&mut self, application_id: &str) -> Result<Vec<ReportRow>, StoreError> {
        rows!(
            self,
            ReportRow,
            "select application_id, due_at, content, submitted_at, revision, updated_at, updated_by from \
             progress_report where application_id = $1 order by due_at",
            application_id
        )
    }

    async fn save_report(&mut self, row: &ReportRow) -> Result<i64, StoreError> {
        let next = row.revision.saturating_add(1);
        let saved = optional!(
            self,
            Saved,
            r#"insert into progress_report (application_id, due_at, content, submitted_at, revision, updated_at,
            updated_by) values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (application_id, due_at) do update set content = excluded.content, submitted_at =
            excluded.submitted_at, revision = excluded.revision, updated_at = excluded.updated_at, updated_by =
            excluded.updated_by
            where progress_report.revision = excluded.revision - 1 and progress_report.submitted_at is null
            returning revision as "revision!""#,
            row.application_id,
            row.due_at,
            row.content,
            row.submitted_at,
            next,
            row.updated_at,
            row.updated_by
        )?;
        Ok(saved.ok_or(StoreError::Stale)?.revision)
    }

    async fn changes(&mut self, application_id: &str) -> Result<Vec<ChangeRow>, StoreError> {
        rows!(
            self,
            ChangeRow,
            "select id, application_id, baseline_version, content, reason, requested_at, requested_by, decision, \
             note, decided_at, decided_by from change_request where application_id = $1 order by id",
            application_id
        )
    }

    async fn add_change(&mut self, row: &ChangeRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "insert into change_request (id, application_id, baseline_version, content, reason, requested_at, \
             requested_by, decision, note, decided_at, decided_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
             $10, $11) on conflict do nothing",
            row.id,
            row.application_id,
            row.baseline_version,
            row.content,
            row.reason,
            row.requested_at,
            row.requested_by,
            row.decision,
            row.note,
            row.decided_at,
            row.decided_by
        )?;
        added(count, "change_request")
    }

    async fn decide_change(&mut self, row: &ChangeRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "update change_request set decision = $2, note = $3, decided_at = $4, decided_by = $5 where id = $1 \
             and decided_at is null",
            row.id,
            row.decision,
            row.note,
            row.decided_at,
            row.decided_by
        )?;
        changed(count, || StoreError::Stale)
    }
}
