//! Statements of the recommendation room.

use super::{Count, MANY, added, fixed};
use crate::{Conn, columns, execute, optional, rows};
use async_trait::async_trait;
use jiebang_store::{
    AssessmentRow, ConfirmedListRow, DeskCounts, DeskFilter, DeskRow, DeskTally, OpinionRow, ProjectRow,
    RecommendationRow, RecommendationRows, ReturnRow, SignatureRow, StoreError,
};

/// No id comes after this one: the list without `before_id` is the list before it.
const AFTER_ALL_IDS: &str = "\u{10ffff}";

/// The revision that something was saved as.
struct Saved {
    revision: i64,
}

/// An application.
struct Id {
    id: String,
}

/// An application and where its lead is registered.
struct Registered {
    id: String,
    region: String,
}

/// A list and how many applications are on it.
struct RankedTally {
    region: String,
    ranked: i64,
}

/// Characters of an id.
const ID: usize = 26;

/// What finds a text in another: `like`, with no sign in it that means another thing there. Empty finds everything.
fn pattern(find: &str) -> String {
    if find.is_empty() {
        return String::new();
    }
    let find = find.to_ascii_lowercase();
    let find = find.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{find}%")
}

columns!(Saved { revision });
columns!(Id { id });
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
columns!(DeskTally { region, received, open });
columns!(RankedTally { region, ranked });
columns!(Registered { id, region });
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

/// Selects applications of a desk; the literals say which of them, and how many.
macro_rules! select_desk {
    ($connection:expr, $from:tt, $which:tt $(+ $more:tt)*, $($argument:expr),*) => {
        rows!(
            $connection,
            DeskRow,
            r#"select a.id as "id!", a.number as "number?", a.title as "title!", a.task as "task!", a.lead as "lead?",
            a.state as "state!", a.version as "version!", a.submitted_at as "submitted_at?", k.place as "place?",
            s.version as "assessed?", s.answers as "answers?", s.preferences as "preferences?", s.note as "note?",
            s.reason as "reason?", s.remark as "remark?", i.version as "industry_version?",
            i.stance as "industry_stance?", i.note as "industry_note?", d.version as "drug_version?",
            d.stance as "drug_stance?", d.note as "drug_note?", a.returned as "returned!" "#
                + $from
                + r#" left join assessment s on s.application_id = a.id
            left join opinion i on i.application_id = a.id and i.department = 'industry_authority'
            left join opinion d on d.application_id = a.id and d.department = 'drug_regulator' "#
                + $which $(+ $more)*,
            $($argument),*
        )
    };
}

/// The same, only their ids.
macro_rules! select_desk_ids {
    ($connection:expr, $from:tt, $which:tt $(+ $more:tt)*, $($argument:expr),*) => {
        optional!($connection, Id, r#"select a.id as "id!" "# + $from + " " + $which $(+ $more)*, $($argument),*)
    };
}

/// Applications as a filter of a desk wants them, in the order that the literals say. Of those that are on the list, which are few,
/// the list is gone through; of all others, the index that holds what the desk knows of them.
macro_rules! narrowed {
    ($select:ident, $connection:expr, $filter:expr, $find:expr, $bound:expr, $order:tt) => {
        if $filter.show == "ranked" {
            $select!(
                $connection,
                "from ranked k cross join application a",
                "where k.call_id = $1 and k.region = $2 and a.id = k.application_id \
                 and a.region = $3 and a.version > 0 and a.state in ('submitted', 'reopened') \
                 and ($5 = '' or lower(a.title) like $5 escape '\\' or lower(a.lead) like $5 escape '\\' \
                 or lower(a.number) like $5 escape '\\') "
                    + $order,
                $filter.call_id,
                $filter.region,
                $filter.registered,
                $bound,
                $find,
                $filter.limit.clamp(1, 200)
            )
        } else {
            $select!(
                $connection,
                "from application a left join ranked k on k.application_id = a.id and k.region = $2",
                "where a.call_id = $1 and a.region = $3 and a.version > 0 \
                 and a.state in ('submitted', 'reopened') and ($7 = '' \
                 or ($7 = 'open' and a.assessed < a.version) \
                 or ($7 = 'assessed' and a.assessed = a.version) \
                 or ($7 = 'objected' and a.objected = a.version) \
                 or ($7 = 'returned' and a.returned = a.version and a.state = 'reopened') \
                 or ($7 = 'unranked' and k.place is null) \
                 or ($7 = 'verified' and a.assessed = a.version and k.place is null)) \
                 and ($5 = '' or lower(a.title) like $5 escape '\\' or lower(a.lead) like $5 escape '\\' \
                 or lower(a.number) like $5 escape '\\') "
                    + $order,
                $filter.call_id,
                $filter.region,
                $filter.registered,
                $bound,
                $find,
                $filter.limit.clamp(1, 200),
                $filter.show
            )
        }
    };
}
#[async_trait]
impl RecommendationRows for Conn {
    async fn desk_rows(&mut self, filter: &DeskFilter) -> Result<Vec<DeskRow>, StoreError> {
        let (find, before) = (pattern(&filter.find), filter.before_id.as_deref().unwrap_or(AFTER_ALL_IDS));
        narrowed!(select_desk, self, filter, find, before, "and a.id < $4 order by a.id desc limit $6")
    }

    async fn desk_newer(&mut self, filter: &DeskFilter, id: &str) -> Result<Option<String>, StoreError> {
        let find = pattern(&filter.find);
        let found =
            narrowed!(select_desk_ids, self, filter, find, id, "and a.id > $4 order by a.id limit $6")?;
        Ok(found.map(|found| found.id))
    }

    async fn desk_older(&mut self, filter: &DeskFilter, id: &str) -> Result<Option<String>, StoreError> {
        let find = pattern(&filter.find);
        let found =
            narrowed!(select_desk_ids, self, filter, find, id, "and a.id < $4 order by a.id desc limit $6")?;
        Ok(found.map(|found| found.id))
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

    async fn desk_rows_of(
        &mut self,
        call_id: &str,
        region: &str,
        ids: &[String],
    ) -> Result<Vec<DeskRow>, StoreError> {
        let mut all = Vec::new();
        for some in ids.chunks(MANY) {
            let some = fixed(some, ID);
            all.extend(select_desk!(
                self,
                "from (with recursive part (at) as \
                 (select 1 union all select at + 26 from part where at + 26 <= length($3)) \
                 select rtrim(substr($3, at, 26)) as id from part) wanted \
                 cross join application a left join ranked k on k.application_id = a.id and k.region = $2",
                "where a.id = wanted.id and a.call_id = $1",
                call_id,
                region,
                some
            )?);
        }
        Ok(all)
    }

    async fn standing(&mut self, call_id: &str, ids: &[String]) -> Result<Vec<(String, String)>, StoreError> {
        let mut all = Vec::new();
        for some in ids.chunks(MANY) {
            let some = fixed(some, ID);
            let found = rows!(
                self,
                Registered,
                r#"select a.id as "id!", a.region as "region!" from (with recursive part (at) as
                (select 1 union all select at + 26 from part where at + 26 <= length($2))
                select rtrim(substr($2, at, 26)) as id from part) wanted cross join application a
                where a.id = wanted.id and a.call_id = $1 and a.version > 0
                and a.state in ('submitted', 'reopened') and a.region is not null"#,
                call_id,
                some
            )?;
            all.extend(found.into_iter().map(|found| (found.id, found.region)));
        }
        Ok(all)
    }

    async fn count_ranked(&mut self, call_id: &str) -> Result<Vec<(String, i64)>, StoreError> {
        let found = rows!(
            self,
            RankedTally,
            r#"select region, count(*) as "ranked!" from ranked where call_id = $1 group by region order by region"#,
            call_id
        )?;
        Ok(found.into_iter().map(|found| (found.region, found.ranked)).collect())
    }

    async fn tally_desks(&mut self, call_id: &str) -> Result<Vec<DeskTally>, StoreError> {
        rows!(
            self,
            DeskTally,
            r#"select region as "region!", count(*) as "received!",
            count(case when assessed < version then 1 end) as "open!"
            from application where call_id = $1 and region is not null and version > 0
            and state in ('submitted', 'reopened') group by region order by region"#,
            call_id
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
            count(case when assessed < version then 1 end) as "open!",
            count(case when assessed = version then 1 end) as "assessed!",
            count(case when objected = version then 1 end) as "objected!",
            count(case when returned = version and state = 'reopened' then 1 end) as "returned!",
            (select count(*) from ranked k cross join application a
                where k.call_id = $1 and k.region = $2 and a.id = k.application_id and a.region = $3
                and a.version > 0 and a.state in ('submitted', 'reopened')) as "ranked!"
            from application where call_id = $1 and region = $3 and version > 0
            and state in ('submitted', 'reopened')"#,
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
        let saved = saved.ok_or(StoreError::Stale)?;
        execute!(
            self,
            "update application set assessed = $2 where id = $1 and assessed <> $2",
            row.application_id,
            row.version
        )?;
        Ok(saved.revision)
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
        // Both departments speak of an application, and each may think again.
        execute!(
            self,
            "update application set objected = coalesce((select max(o.version) from opinion o \
             where o.application_id = application.id and o.stance = 'objects'), 0) where id = $1",
            row.application_id
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
        added(count, "returned")?;
        execute!(
            self,
            "update application set returned = $2 where id = $1",
            row.application_id,
            row.version
        )?;
        Ok(())
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
        for (before, some) in (0_i64..).step_by(MANY).zip(applications.chunks(MANY)) {
            let some = fixed(some, ID);
            execute!(
                self,
                "insert into ranked (call_id, region, place, application_id) with recursive part (nth, at) as \
                 (select 1, 1 union all select nth + 1, at + 26 from part where at + 26 <= length($4)) \
                 select $1, $2, cast($3 as bigint) + nth, rtrim(substr($4, at, 26)) from part",
                call_id,
                region,
                before,
                some
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
