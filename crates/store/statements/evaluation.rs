//! Statements of evaluation.

use super::added;
use crate::{Conn, columns, execute, optional, rows};
use async_trait::async_trait;
use jiebang_store::{EvaluationPlanRow, EvaluationRows, MeasurementRow, RulingRow, StoreError};

/// The revision that something was saved as.
struct Saved {
    revision: i64,
}

columns!(Saved { revision });
columns!(EvaluationPlanRow {
    application_id,
    version,
    content,
    content_sha256,
    locked_at,
    position,
    revision,
    updated_at,
    updated_by
});
columns!(MeasurementRow {
    application_id,
    item,
    number,
    plan_version,
    content,
    evidence_sha256,
    evidence_name,
    entered_at,
    entered_by,
    position
});
columns!(RulingRow { application_id, item, number, verdict, reason, ruled_at, ruled_by, position });

#[async_trait]
impl EvaluationRows for Conn {
    async fn evaluation_plan(
        &mut self,
        application_id: &str,
    ) -> Result<Option<EvaluationPlanRow>, StoreError> {
        optional!(
            self,
            EvaluationPlanRow,
            "select application_id, version, content, content_sha256, locked_at, position, revision, updated_at, \
             updated_by from evaluation_plan where application_id = $1 order by version desc limit 1",
            application_id
        )
    }

    async fn save_evaluation_plan(&mut self, row: &EvaluationPlanRow) -> Result<i64, StoreError> {
        let next = row.revision.saturating_add(1);
        let saved = optional!(
            self,
            Saved,
            r#"insert into evaluation_plan (application_id, version, content, content_sha256, locked_at,
            position, revision, updated_at, updated_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (application_id, version) do update set content = excluded.content, content_sha256 =
            excluded.content_sha256, locked_at = excluded.locked_at, position = excluded.position, revision =
            excluded.revision, updated_at = excluded.updated_at, updated_by = excluded.updated_by
            where evaluation_plan.revision = excluded.revision - 1 and evaluation_plan.locked_at is null
            returning revision as "revision!""#,
            row.application_id,
            row.version,
            row.content,
            row.content_sha256,
            row.locked_at,
            row.position,
            next,
            row.updated_at,
            row.updated_by
        )?;
        Ok(saved.ok_or(StoreError::Stale)?.revision)
    }

    async fn measurements(&mut self, application_id: &str) -> Result<Vec<MeasurementRow>, StoreError> {
        rows!(
            self,
            MeasurementRow,
            "select application_id, item, number, plan_version, content, evidence_sha256, evidence_name, \
             entered_at, entered_by, position from measurement where application_id = $1 order by item, number",
            application_id
        )
    }

    async fn add_measurement(&mut self, row: &MeasurementRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "insert into measurement (application_id, item, number, plan_version, content, evidence_sha256, \
             evidence_name, entered_at, entered_by, position) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on \
             conflict do nothing",
            row.application_id,
            row.item,
            row.number,
            row.plan_version,
            row.content,
            row.evidence_sha256,
            row.evidence_name,
            row.entered_at,
            row.entered_by,
            row.position
        )?;
        added(count, "measurement")
    }

    async fn rulings(&mut self, application_id: &str) -> Result<Vec<RulingRow>, StoreError> {
        rows!(
            self,
            RulingRow,
            "select application_id, item, number, verdict, reason, ruled_at, ruled_by, position from ruling \
             where application_id = $1 order by item, number",
            application_id
        )
    }

    async fn add_ruling(&mut self, row: &RulingRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "insert into ruling (application_id, item, number, verdict, reason, ruled_at, ruled_by, position) \
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
            row.application_id,
            row.item,
            row.number,
            row.verdict,
            row.reason,
            row.ruled_at,
            row.ruled_by,
            row.position
        )?;
        added(count, "ruling")
    }
}
