//! Statements of the selection room.

use super::{added, changed};
use crate::{Conn, columns, execute, optional, rows};
use async_trait::async_trait;
use jiebang_store::{
    AssignmentRow, CandidateRow, ConflictRow, ExpertRow, FormCheckRow, OverrideRow, PlanRow, Pool,
    SelectionRows, SheetKey, SheetRow, StoreError,
};

/// The revision that something was saved as.
struct Saved {
    revision: i64,
}

columns!(Saved { revision });
columns!(PlanRow { call_id, version, content, content_sha256, published_at, published_by, position });
columns!(ExpertRow {
    id,
    code,
    name,
    fields,
    employers,
    account_id,
    active,
    revision,
    updated_at,
    updated_by
});
columns!(ConflictRow { expert_id, application_id, declarer, note, declared_at, declared_by });
columns!(FormCheckRow { application_id, version, answers, outcome, revision, updated_at, updated_by });
columns!(AssignmentRow {
    expert_id,
    application_id,
    stage,
    call_id,
    assigned_at,
    assigned_by,
    withdrawn_at,
    reason
});
columns!(SheetRow {
    expert_id,
    application_id,
    stage,
    call_id,
    version,
    plan_version,
    content,
    reason,
    submitted_at,
    revision,
    updated_at,
    position
});
columns!(CandidateRow {
    id,
    number,
    version,
    title,
    task,
    organisation_id,
    lead,
    region,
    outcome,
    assigned,
    submitted
});
columns!(OverrideRow { call_id, stage, group_key, class, cap, reason, approved_at, approved_by });
/// Selects plans; the literal says which.
macro_rules! select_plan {
    ($connection:expr, $which:tt, $($argument:expr),*) => {
        optional!(
            $connection,
            PlanRow,
            "select call_id, version, content, content_sha256, published_at, published_by, position from plan "
                + $which,
            $($argument),*
        )
    };
}

/// Selects experts; the literal says which.
macro_rules! select_expert {
    ($run:ident, $connection:expr, $which:tt, $($argument:expr),*) => {
        $run!(
            $connection,
            ExpertRow,
            "select id, code, name, fields, employers, account_id, active, revision, updated_at, updated_by from expert "
                + $which,
            $($argument),*
        )
    };
}

/// Selects assignments; the literal says which.
macro_rules! select_assignment {
    ($run:ident, $connection:expr, $which:tt, $($argument:expr),*) => {
        $run!(
            $connection,
            AssignmentRow,
            "select expert_id, application_id, stage, call_id, assigned_at, assigned_by, withdrawn_at, reason from assignment "
                + $which,
            $($argument),*
        )
    };
}

/// Selects score sheets; the literal says which.
macro_rules! select_sheet {
    ($run:ident, $connection:expr, $which:tt, $($argument:expr),*) => {
        $run!(
            $connection,
            SheetRow,
            "select s.expert_id, s.application_id, s.stage, s.call_id, s.version, s.plan_version, s.content, s.reason, \
             s.submitted_at, s.revision, s.updated_at, s.position from score_sheet s " + $which,
            $($argument),*
        )
    };
}

/// Selects applications that stand for selection; the literal says which.
macro_rules! select_candidate {
    ($connection:expr, $which:tt, $($argument:expr),*) => {
        rows!(
            $connection,
            CandidateRow,
            r#"select a.id as "id!", coalesce(a.number, '') as "number!", a.version as "version!", a.title as "title!",
            a.task as "task!", a.organisation_id as "organisation_id!", coalesce(a.lead, '') as "lead!",
            coalesce(a.region, '') as "region!",
            (select f.outcome from form_check f where f.application_id = a.id and f.version = a.version) as "outcome?",
            (select count(*) from assignment g where g.application_id = a.id and g.stage = $2
                and g.withdrawn_at is null) as "assigned!",
            (select count(*) from assignment g where g.application_id = a.id and g.stage = $2 and g.withdrawn_at is null
                and exists (select 1 from score_sheet s where s.application_id = g.application_id
                    and s.stage = g.stage and s.expert_id = g.expert_id and s.submitted_at is not null)) as "submitted!"
            from application a "# + $which,
            $($argument),*
        )
    };
}

#[async_trait]
impl SelectionRows for Conn {
    async fn plan(&mut self, call_id: &str) -> Result<Option<PlanRow>, StoreError> {
        select_plan!(self, "where call_id = $1 order by version desc limit 1", call_id)
    }

    async fn plan_version(&mut self, call_id: &str, version: i64) -> Result<Option<PlanRow>, StoreError> {
        select_plan!(self, "where call_id = $1 and version = $2", call_id, version)
    }

    async fn add_plan(&mut self, row: &PlanRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "insert into plan (call_id, version, content, content_sha256, published_at, published_by, position) \
             values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
            row.call_id,
            row.version,
            row.content,
            row.content_sha256,
            row.published_at,
            row.published_by,
            row.position
        )?;
        added(count, "plan")
    }

    async fn expert(&mut self, id: &str) -> Result<Option<ExpertRow>, StoreError> {
        select_expert!(optional, self, "where id = $1", id)
    }

    async fn expert_of_account(&mut self, account_id: &str) -> Result<Option<ExpertRow>, StoreError> {
        select_expert!(optional, self, "where account_id = $1", account_id)
    }

    async fn experts(&mut self, after_code: &str, limit: i64) -> Result<Vec<ExpertRow>, StoreError> {
        select_expert!(rows, self, "where code > $1 order by code limit $2", after_code, limit)
    }

    async fn save_expert(&mut self, row: &ExpertRow) -> Result<(), StoreError> {
        let count = if row.revision == 0 {
            execute!(
                self,
                "insert into expert (id, code, name, fields, employers, account_id, active, revision, updated_at, updated_by) \
                 values ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9) on conflict do nothing",
                row.id,
                row.code,
                row.name,
                row.fields,
                row.employers,
                row.account_id,
                row.active,
                row.updated_at,
                row.updated_by
            )?
        } else {
            execute!(
                self,
                "update expert set name = $3, fields = $4, employers = $5, account_id = $6, active = $7, \
                 revision = revision + 1, updated_at = $8, updated_by = $9 where id = $1 and revision = $2",
                row.id,
                row.revision,
                row.name,
                row.fields,
                row.employers,
                row.account_id,
                row.active,
                row.updated_at,
                row.updated_by
            )?
        };
        changed(count, || StoreError::Stale)
    }

    async fn conflicts_of(&mut self, application_id: &str) -> Result<Vec<ConflictRow>, StoreError> {
        rows!(
            self,
            ConflictRow,
            "select expert_id, application_id, declarer, note, declared_at, declared_by from declared_conflict \
             where application_id = $1 order by expert_id",
            application_id
        )
    }

    async fn save_conflict(&mut self, row: &ConflictRow) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into declared_conflict (application_id, expert_id, declarer, note, declared_at, declared_by) \
             values ($1, $2, $3, $4, $5, $6) on conflict (application_id, expert_id) do update set \
             declarer = excluded.declarer, note = excluded.note, declared_at = excluded.declared_at, declared_by = excluded.declared_by",
            row.application_id,
            row.expert_id,
            row.declarer,
            row.note,
            row.declared_at,
            row.declared_by
        )?;
        Ok(())
    }

    async fn form_check(&mut self, application_id: &str) -> Result<Option<FormCheckRow>, StoreError> {
        optional!(
            self,
            FormCheckRow,
            "select application_id, version, answers, outcome, revision, updated_at, updated_by from form_check \
             where application_id = $1",
            application_id
        )
    }

    async fn save_form_check(&mut self, row: &FormCheckRow) -> Result<i64, StoreError> {
        let next = row.revision.saturating_add(1);
        let saved = optional!(
            self,
            Saved,
            r#"insert into form_check (application_id, version, answers, outcome, revision, updated_at, updated_by)
            values ($1, $2, $3, $4, $5, $6, $7) on conflict (application_id) do update set version = excluded.version,
            answers = excluded.answers, outcome = excluded.outcome, revision = excluded.revision,
            updated_at = excluded.updated_at, updated_by = excluded.updated_by
            where form_check.revision = excluded.revision - 1 returning revision as "revision!""#,
            row.application_id,
            row.version,
            row.answers,
            row.outcome,
            next,
            row.updated_at,
            row.updated_by
        )?;
        Ok(saved.ok_or(StoreError::Stale)?.revision)
    }

    async fn assignments_of(
        &mut self,
        application_id: &str,
        stage: &str,
    ) -> Result<Vec<AssignmentRow>, StoreError> {
        select_assignment!(
            rows,
            self,
            "where application_id = $1 and stage = $2 order by expert_id",
            application_id,
            stage
        )
    }

    async fn assignments_to(&mut self, expert_id: &str) -> Result<Vec<AssignmentRow>, StoreError> {
        select_assignment!(
            rows,
            self,
            "where expert_id = $1 order by call_id, stage, application_id",
            expert_id
        )
    }

    async fn assignment(&mut self, sheet: &SheetKey) -> Result<Option<AssignmentRow>, StoreError> {
        select_assignment!(
            optional,
            self,
            "where application_id = $1 and stage = $2 and expert_id = $3",
            sheet.application_id,
            sheet.stage,
            sheet.expert_id
        )
    }

    async fn add_assignment(&mut self, row: &AssignmentRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "insert into assignment (application_id, expert_id, stage, call_id, assigned_at, assigned_by, withdrawn_at, reason) \
             values ($1, $2, $3, $4, $5, $6, null, '') on conflict (application_id, stage, expert_id) do update set \
             assigned_at = excluded.assigned_at, assigned_by = excluded.assigned_by, withdrawn_at = null, reason = '' \
             where assignment.withdrawn_at is not null",
            row.application_id,
            row.expert_id,
            row.stage,
            row.call_id,
            row.assigned_at,
            row.assigned_by
        )?;
        added(count, "assignment")
    }

    async fn withdraw_assignment(
        &mut self,
        sheet: &SheetKey,
        at: i64,
        reason: &str,
    ) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "update assignment set withdrawn_at = $4, reason = $5 where application_id = $1 and stage = $2 \
             and expert_id = $3 and withdrawn_at is null",
            sheet.application_id,
            sheet.stage,
            sheet.expert_id,
            at,
            reason
        )?;
        changed(count, || StoreError::Stale)
    }

    async fn sheet(&mut self, sheet: &SheetKey) -> Result<Option<SheetRow>, StoreError> {
        select_sheet!(
            optional,
            self,
            "where s.application_id = $1 and s.stage = $2 and s.expert_id = $3 order by s.version desc limit 1",
            sheet.application_id,
            sheet.stage,
            sheet.expert_id
        )
    }

    async fn save_sheet(&mut self, row: &SheetRow) -> Result<i64, StoreError> {
        let next = row.revision.saturating_add(1);
        let saved = optional!(
            self,
            Saved,
            r#"insert into score_sheet (application_id, expert_id, stage, version, call_id, plan_version, content, reason,
            submitted_at, revision, updated_at, position) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            on conflict (application_id, stage, expert_id, version) do update set plan_version = excluded.plan_version,
            content = excluded.content, reason = excluded.reason, submitted_at = excluded.submitted_at,
            revision = excluded.revision, updated_at = excluded.updated_at, position = excluded.position
            where score_sheet.revision = excluded.revision - 1 and score_sheet.submitted_at is null
            returning revision as "revision!""#,
            row.application_id,
            row.expert_id,
            row.stage,
            row.version,
            row.call_id,
            row.plan_version,
            row.content,
            row.reason,
            row.submitted_at,
            next,
            row.updated_at,
            row.position
        )?;
        Ok(saved.ok_or(StoreError::Stale)?.revision)
    }

    async fn submitted_sheets(
        &mut self,
        call_id: &str,
        stage: &str,
        after: (&str, &str),
        limit: i64,
    ) -> Result<Vec<SheetRow>, StoreError> {
        let (application, expert) = after;
        select_sheet!(
            rows,
            self,
            "where s.call_id = $1 and s.stage = $2 and (s.application_id, s.expert_id) > ($3, $4) \
             and s.submitted_at is not null \
             and not exists (select 1 from score_sheet l where l.call_id = s.call_id and l.stage = s.stage \
                and l.application_id = s.application_id and l.expert_id = s.expert_id \
                and l.submitted_at is not null and l.version > s.version) \
             and exists (select 1 from assignment g where g.application_id = s.application_id and g.stage = s.stage \
                and g.expert_id = s.expert_id and g.withdrawn_at is null) \
             order by s.application_id, s.expert_id limit $5",
            call_id,
            stage,
            application,
            expert,
            limit
        )
    }

    async fn sheets_of_call(
        &mut self,
        call_id: &str,
        after: (&str, &str, &str, i64),
        limit: i64,
    ) -> Result<Vec<SheetRow>, StoreError> {
        let (stage, application, expert, version) = after;
        select_sheet!(
            rows,
            self,
            "where s.call_id = $1 and (s.stage, s.application_id, s.expert_id, s.version) > ($2, $3, $4, $5) \
             and s.submitted_at is not null order by s.stage, s.application_id, s.expert_id, s.version limit $6",
            call_id,
            stage,
            application,
            expert,
            version,
            limit
        )
    }

    async fn candidates(
        &mut self,
        call_id: &str,
        stage: &str,
        pool: Pool,
        after_id: &str,
        limit: i64,
    ) -> Result<Vec<CandidateRow>, StoreError> {
        match pool {
            Pool::Submitted => select_candidate!(
                self,
                "where a.call_id = $1 and a.id > $3 and a.state in ('submitted', 'reopened') order by a.id limit $4",
                call_id,
                stage,
                after_id,
                limit
            ),
            Pool::Recommended => select_candidate!(
                self,
                "where a.call_id = $1 and a.id > $3 \
                 and exists (select 1 from confirmed_project p where p.application_id = a.id) order by a.id limit $4",
                call_id,
                stage,
                after_id,
                limit
            ),
            Pool::Racing => select_candidate!(
                self,
                "where a.call_id = $1 and a.id > $3 \
                 and exists (select 1 from team t where t.application_id = a.id) order by a.id limit $4",
                call_id,
                stage,
                after_id,
                limit
            ),
        }
    }

    async fn overrides(&mut self, call_id: &str, stage: &str) -> Result<Vec<OverrideRow>, StoreError> {
        rows!(
            self,
            OverrideRow,
            "select call_id, stage, group_key, class, cap, reason, approved_at, approved_by from cap_override \
             where call_id = $1 and stage = $2 order by group_key, class",
            call_id,
            stage
        )
    }

    async fn save_override(&mut self, row: &OverrideRow) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into cap_override (call_id, stage, group_key, class, cap, reason, approved_at, approved_by) \
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (call_id, stage, group_key, class) do update set \
             cap = excluded.cap, reason = excluded.reason, approved_at = excluded.approved_at, \
             approved_by = excluded.approved_by",
            row.call_id,
            row.stage,
            row.group_key,
            row.class,
            row.cap,
            row.reason,
            row.approved_at,
            row.approved_by
        )?;
        Ok(())
    }
}
