//! Statements of the recommendation room.

use super::{Count, added};
use crate::{Conn, columns, execute, optional, rows};
use async_trait::async_trait;
use jiebang_store::{
    AssessmentRow, ConfirmedListRow, DeskCounts, DeskFilter, DeskRow, OpinionRow, ProjectRow,
    RecommendationRow, RecommendationRows, ReturnRow, SignatureRow, StoreError,
};

/// No id comes after this one: the list without `before_id` is the list before it.
const AFTER_ALL_IDS: &str = "\u{10ffff}";

/// The revision that something was saved as.
struct Saved {
    revision: i64,
}

columns!(Saved { revision });
columns!(AssessmentRow {
    application_id,
    version,
    answers,
    preferences,
    note,
    reason,
    remark,
    revision,
    updated_at,
    updated_by
});
columns!(OpinionRow { application_id, department, version, stance, note, updated_at, updated_by });
columns!(ReturnRow { application_id, version, department, note, returned_at, returned_by });
columns!(RecommendationRow {
    call_id,
    region,
    revision,
    versions,
    confirmed_version,
    overrun_reason,
    overrun_places,
    overrun_note,
    updated_at
});
columns!(SignatureRow { call_id, region, department, list_sha256, signed_at, signed_by });
columns!(ConfirmedListRow { call_id, region, version, content, content_sha256, confirmed_at, position });
columns!(ProjectRow { call_id, project, application_id, region });
columns!(DeskCounts { received, open, assessed, objected, returned, ranked });
columns!(DeskRow {
    id,
    number,
    title,
    task,
    lead,
    state,
    version,
    submitted_at,
    place,
    assessed,
    answers,
    preferences,
    note,
    reason,
    remark,
    industry_version,
    industry_stance,
    industry_note,
    drug_version,
    drug_stance,
    drug_note,
    returned
});

/// Selects applications as a desk sees them; the literals say from where, and which.
macro_rules! select_desk {
    ($connection:expr, $from:tt, $which:tt, $($argument:expr),*) => {
        rows!(
            $connection,
            DeskRow,
            r#"select a.id as "id!", a.number as "number?", a.title as "title!", a.task as "task!", a.lead as "lead?",
            a.state as "state!", a.version as "version!", a.submitted_at as "submitted_at?", k.place as "place?",
            s.version as "assessed?", s.answers as "answers?", s.preferences as "preferences?", s.note as "note?",
            s.reason as "reason?", s.remark as "remark?", i.version as "industry_version?",
            i.stance as "industry_stance?", i.note as "industry_note?", d.version as "drug_version?",
            d.stance as "drug_stance?", d.note as "drug_note?", r.version as "returned?" "#
                + $from
                + r#" left join assessment s on s.application_id = a.id
            left join opinion i on i.application_id = a.id and i.department = 'industry_authority'
            left join opinion d on d.application_id = a.id and d.department = 'drug_regulator'
            left join returned r on r.application_id = a.id and r.version = a.version "# + $which,
            $($argument),*
        )
    };
}

#[async_trait]
impl RecommendationRows for Conn {
    async fn desk_rows(&mut self, filter: &DeskFilter) -> Result<Vec<DeskRow>, StoreError> {
        let before = filter.before_id.as_deref().unwrap_or(AFTER_ALL_IDS);
        let limit = filter.limit.clamp(1, 200);
        select_desk!(
            self,
            "from application a left join ranked k on k.application_id = a.id and k.region = $2",
            "where a.call_id = $1 and a.region = $3 and a.version > 0 \
             and a.state in ('submitted', 'reopened') and a.id < $4 and ($5 = '' \
             or ($5 = 'open' and (s.version is null or s.version < a.version)) \
             or ($5 = 'assessed' and s.version = a.version) \
             or ($5 = 'objected' and ((i.stance = 'objects' and i.version = a.version) \
             or (d.stance = 'objects' and d.version = a.version))) \
             or ($5 = 'returned' and r.version = a.version and a.state = 'reopened') \
             or ($5 = 'ranked' and k.place is not null) or ($5 = 'unranked' and k.place is null)) \
             order by a.id desc limit $6",
            filter.call_id,
            filter.region,
            filter.registered,
            before,
            filter.show,
            limit
        )
    }

    async fn ranked_rows(&mut self, call_id: &str, region: &str) -> Result<Vec<DeskRow>, StoreError> {
        select_desk!(
            self,
            "from ranked k join application a on a.id = k.application_id",
            "where k.call_id = $1 and k.region = $2 order by k.place",
            call_id,
            region
        )
    }

    async fn count_received(&mut self, call_id: &str, registered: &str) -> Result<i64, StoreError> {
        let found = optional!(
            self,
            Count,
            r#"select count(*) as "count!" from application
            where call_id = $1 and region = $2 and version > 0
            and state in ('submitted', 'reopened')"#,
            call_id,
            registered
        )?;
        Ok(found.map_or(0, |found| found.count))
    }

    async fn count_unassessed(&mut self, call_id: &str, registered: &str) -> Result<i64, StoreError> {
        let found = optional!(
            self,
            Count,
            r#"select count(*) as "count!" from application a left join assessment s on s.application_id = a.id
            where a.call_id = $1 and a.region = $2 and a.version > 0
            and a.state in ('submitted', 'reopened') and (s.version is null or s.version < a.version)"#,
            call_id,
            registered
        )?;
        Ok(found.map_or(0, |found| found.count))
    }

    async fn count_desk(
        &mut self,
        call_id: &str,
        region: &str,
        registered: &str,
    ) -> Result<DeskCounts, StoreError> {
        let found = optional!(
            self,
            DeskCounts,
            r#"select count(*) as "received!",
            count(case when s.version is null or s.version < a.version then 1 end) as "open!",
            count(case when s.version = a.version then 1 end) as "assessed!",
            count(case when (i.stance = 'objects' and i.version = a.version)
                or (d.stance = 'objects' and d.version = a.version) then 1 end) as "objected!",
            count(case when r.version = a.version and a.state = 'reopened' then 1 end) as "returned!",
            count(case when k.place is not null then 1 end) as "ranked!"
            from application a left join ranked k on k.application_id = a.id and k.region = $2
            left join assessment s on s.application_id = a.id
            left join opinion i on i.application_id = a.id and i.department = 'industry_authority'
            left join opinion d on d.application_id = a.id and d.department = 'drug_regulator'
            left join returned r on r.application_id = a.id and r.version = a.version
            where a.call_id = $1 and a.region = $3 and a.version > 0
            and a.state in ('submitted', 'reopened')"#,
            call_id,
            region,
            registered
        )?;
        Ok(found.unwrap_or_default())
    }

    async fn assessment(&mut self, application_id: &str) -> Result<Option<AssessmentRow>, StoreError> {
        optional!(
            self,
            AssessmentRow,
            "select application_id, version, answers, preferences, note, reason, remark, revision, updated_at, \
             updated_by from assessment where application_id = $1",
            application_id
        )
    }

    async fn save_assessment(&mut self, row: &AssessmentRow) -> Result<i64, StoreError> {
        let next = row.revision.saturating_add(1);
        let saved = optional!(
            self,
            Saved,
            r#"insert into assessment (application_id, version, answers, preferences, note, reason, remark, revision,
            updated_at, updated_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            on conflict (application_id) do update set version = excluded.version, answers = excluded.answers,
            preferences = excluded.preferences, note = excluded.note, reason = excluded.reason,
            remark = excluded.remark, revision = excluded.revision, updated_at = excluded.updated_at,
            updated_by = excluded.updated_by
            where assessment.revision = excluded.revision - 1 returning revision as "revision!""#,
            row.application_id,
            row.version,
            row.answers,
            row.preferences,
            row.note,
            row.reason,
            row.remark,
            next,
            row.updated_at,
            row.updated_by
        )?;
        saved.map(|saved| saved.revision).ok_or(StoreError::Stale)
    }

    async fn opinions(&mut self, application_id: &str) -> Result<Vec<OpinionRow>, StoreError> {
        rows!(
            self,
            OpinionRow,
            "select application_id, department, version, stance, note, updated_at, updated_by from opinion \
             where application_id = $1 order by department",
            application_id
        )
    }

    async fn save_opinion(&mut self, row: &OpinionRow) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into opinion (application_id, department, version, stance, note, updated_at, updated_by) \
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (application_id, department) do update set \
             version = excluded.version, stance = excluded.stance, note = excluded.note, \
             updated_at = excluded.updated_at, updated_by = excluded.updated_by",
            row.application_id,
            row.department,
            row.version,
            row.stance,
            row.note,
            row.updated_at,
            row.updated_by
        )?;
        Ok(())
    }

    async fn add_return(&mut self, row: &ReturnRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "insert into returned (application_id, version, department, note, returned_at, returned_by) \
             values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
            row.application_id,
            row.version,
            row.department,
            row.note,
            row.returned_at,
            row.returned_by
        )?;
        added(count, "returned")
    }

    async fn return_of(
        &mut self,
        application_id: &str,
        version: i64,
    ) -> Result<Option<ReturnRow>, StoreError> {
        optional!(
            self,
            ReturnRow,
            "select application_id, version, department, note, returned_at, returned_by from returned \
             where application_id = $1 and version = $2",
            application_id,
            version
        )
    }

    async fn recommendation(
        &mut self,
        call_id: &str,
        region: &str,
    ) -> Result<Option<RecommendationRow>, StoreError> {
        optional!(
            self,
            RecommendationRow,
            "select call_id, region, revision, versions, confirmed_version, overrun_reason, overrun_places, \
             overrun_note, updated_at from recommendation where call_id = $1 and region = $2",
            call_id,
            region
        )
    }

    async fn recommendations(&mut self, call_id: &str) -> Result<Vec<RecommendationRow>, StoreError> {
        rows!(
            self,
            RecommendationRow,
            "select call_id, region, revision, versions, confirmed_version, overrun_reason, overrun_places, \
             overrun_note, updated_at from recommendation where call_id = $1 order by region",
            call_id
        )
    }

    async fn save_recommendation(&mut self, row: &RecommendationRow) -> Result<i64, StoreError> {
        let next = row.revision.saturating_add(1);
        let saved = optional!(
            self,
            Saved,
            r#"insert into recommendation (call_id, region, revision, versions, confirmed_version, overrun_reason,
            overrun_places, overrun_note, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (call_id, region) do update set revision = excluded.revision, versions = excluded.versions,
            confirmed_version = excluded.confirmed_version, overrun_reason = excluded.overrun_reason,
            overrun_places = excluded.overrun_places, overrun_note = excluded.overrun_note,
            updated_at = excluded.updated_at
            where recommendation.revision = excluded.revision - 1 returning revision as "revision!""#,
            row.call_id,
            row.region,
            next,
            row.versions,
            row.confirmed_version,
            row.overrun_reason,
            row.overrun_places,
            row.overrun_note,
            row.updated_at
        )?;
        saved.map(|saved| saved.revision).ok_or(StoreError::Stale)
    }

    async fn save_ranking(
        &mut self,
        call_id: &str,
        region: &str,
        applications: &[String],
    ) -> Result<(), StoreError> {
        execute!(self, "delete from ranked where call_id = $1 and region = $2", call_id, region)?;
        for (place, application) in (1_i64..).zip(applications) {
            execute!(
                self,
                "insert into ranked (call_id, region, place, application_id) values ($1, $2, $3, $4)",
                call_id,
                region,
                place,
                application
            )?;
        }
        Ok(())
    }

    async fn signatures(&mut self, call_id: &str, region: &str) -> Result<Vec<SignatureRow>, StoreError> {
        rows!(
            self,
            SignatureRow,
            "select call_id, region, department, list_sha256, signed_at, signed_by from list_signature \
             where call_id = $1 and region = $2 order by department",
            call_id,
            region
        )
    }

    async fn save_signature(&mut self, row: &SignatureRow) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into list_signature (call_id, region, department, list_sha256, signed_at, signed_by) \
             values ($1, $2, $3, $4, $5, $6) on conflict (call_id, region, department) do update set \
             list_sha256 = excluded.list_sha256, signed_at = excluded.signed_at, signed_by = excluded.signed_by",
            row.call_id,
            row.region,
            row.department,
            row.list_sha256,
            row.signed_at,
            row.signed_by
        )?;
        Ok(())
    }

    async fn remove_signatures(&mut self, call_id: &str, region: &str) -> Result<(), StoreError> {
        execute!(self, "delete from list_signature where call_id = $1 and region = $2", call_id, region)?;
        Ok(())
    }

    async fn add_confirmed_list(&mut self, row: &ConfirmedListRow) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into confirmed_list (call_id, region, version, content, content_sha256, confirmed_at, position) \
             values ($1, $2, $3, $4, $5, $6, $7)",
            row.call_id,
            row.region,
            row.version,
            row.content,
            row.content_sha256,
            row.confirmed_at,
            row.position
        )?;
        Ok(())
    }

    async fn confirmed_list(
        &mut self,
        call_id: &str,
        region: &str,
        version: i64,
    ) -> Result<Option<ConfirmedListRow>, StoreError> {
        optional!(
            self,
            ConfirmedListRow,
            "select call_id, region, version, content, content_sha256, confirmed_at, position from confirmed_list \
             where call_id = $1 and region = $2 and version = $3",
            call_id,
            region,
            version
        )
    }

    async fn confirmed_lists(
        &mut self,
        call_id: &str,
        after: (&str, i64),
        limit: i64,
    ) -> Result<Vec<ConfirmedListRow>, StoreError> {
        let (region, version) = after;
        rows!(
            self,
            ConfirmedListRow,
            "select call_id, region, version, content, content_sha256, confirmed_at, position from confirmed_list \
             where call_id = $1 and (region > $2 or region = $2 and version > $3) \
             order by region, version limit $4",
            call_id,
            region,
            version,
            limit
        )
    }

    async fn projects_elsewhere(
        &mut self,
        call_id: &str,
        region: &str,
    ) -> Result<Vec<ProjectRow>, StoreError> {
        rows!(
            self,
            ProjectRow,
            "select call_id, project, application_id, region from confirmed_project \
             where call_id = $1 and region <> $2 order by project",
            call_id,
            region
        )
    }

    async fn add_project(&mut self, row: &ProjectRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "insert into confirmed_project (call_id, project, application_id, region) values ($1, $2, $3, $4) \
             on conflict do nothing",
            row.call_id,
            row.project,
            row.application_id,
            row.region
        )?;
        added(count, "confirmed_project")
    }

    async fn remove_projects(&mut self, call_id: &str, region: &str) -> Result<(), StoreError> {
        execute!(self, "delete from confirmed_project where call_id = $1 and region = $2", call_id, region)?;
        Ok(())
    }
}
