//! Rows of evaluation: plans, measurements, rulings.

use crate::StoreError;
use async_trait::async_trait;

/// How a team is evaluated (测评方案).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluationPlanRow {
    /// Application.
    pub application_id: String,
    /// Version from 1.
    pub version: i64,
    /// Method and laboratory by indicator, canonical JSON.
    pub content: String,
    /// SHA-256 of `content`, hexadecimal.
    pub content_sha256: String,
    /// When it was locked; `None` while it is written.
    pub locked_at: Option<i64>,
    /// Position of the event that locked it.
    pub position: Option<i64>,
    /// Counts saves from 1; guards against overwriting.
    pub revision: i64,
    /// Microseconds since the epoch.
    pub updated_at: i64,
    /// Who saved it.
    pub updated_by: String,
}

/// A measurement (测量结果); a second one of the same indicator stands beside the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasurementRow {
    /// Application.
    pub application_id: String,
    /// Indicator.
    pub item: String,
    /// Number among the measurements of the indicator, from 1.
    pub number: i64,
    /// Version of the plan that it was measured under.
    pub plan_version: i64,
    /// Values, unit, number of samples, uncertainty, date, laboratory, canonical JSON.
    pub content: String,
    /// SHA-256 of the evidence, hexadecimal.
    pub evidence_sha256: String,
    /// Name of the evidence file.
    pub evidence_name: String,
    /// Microseconds since the epoch.
    pub entered_at: i64,
    /// Who entered it.
    pub entered_by: String,
    /// Position of the event.
    pub position: i64,
}

/// What a person decides on an indicator where it differs from what is computed (人工裁定).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulingRow {
    /// Application.
    pub application_id: String,
    /// Indicator.
    pub item: String,
    /// Number among the rulings on the indicator, from 1; the last one counts.
    pub number: i64,
    /// Id of the verdict.
    pub verdict: String,
    /// Why.
    pub reason: String,
    /// Microseconds since the epoch.
    pub ruled_at: i64,
    /// Who ruled.
    pub ruled_by: String,
    /// Position of the event.
    pub position: i64,
}

/// Statements of evaluation.
#[async_trait]
pub trait EvaluationRows {
    /// The latest plan of a team.
    async fn evaluation_plan(
        &mut self,
        application_id: &str,
    ) -> Result<Option<EvaluationPlanRow>, StoreError>;
    /// Saves a version of a plan with the revision that was read (0 for none), `Stale` when it has moved on or was locked. Returns the
    /// new revision.
    async fn save_evaluation_plan(&mut self, row: &EvaluationPlanRow) -> Result<i64, StoreError>;
    /// Measurements of a team, by indicator and number.
    async fn measurements(&mut self, application_id: &str) -> Result<Vec<MeasurementRow>, StoreError>;
    /// Adds a measurement; `Duplicate` where somebody else has taken its number.
    async fn add_measurement(&mut self, row: &MeasurementRow) -> Result<(), StoreError>;
    /// Rulings on a team, by indicator and number.
    async fn rulings(&mut self, application_id: &str) -> Result<Vec<RulingRow>, StoreError>;
    /// Adds a ruling; `Duplicate` where somebody else has taken its number.
    async fn add_ruling(&mut self, row: &RulingRow) -> Result<(), StoreError>;
}
