//! Rows of the race: teams, baselines, progress reports, requests for change.

use crate::StoreError;
use async_trait::async_trait;

/// A team that races on a task (攻关团队): an application on the published list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamRow {
    /// Application.
    pub application_id: String,
    /// Call.
    pub call_id: String,
    /// Task.
    pub task: String,
    /// Class of the list that it stands on.
    pub class: String,
    /// Version of the list that opened its race.
    pub list_version: i64,
    /// When the work period begins; microseconds since the epoch.
    pub starts_at: i64,
    /// When it ends, exclusive; `None` where the call sets no period.
    pub ends_at: Option<i64>,
    /// Baseline that counts.
    pub baseline_version: i64,
    /// Counts changes from 1; guards against overwriting.
    pub revision: i64,
}

/// A frozen task statement (任务书基线).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaselineRow {
    /// Application.
    pub application_id: String,
    /// Version from 1.
    pub version: i64,
    /// Indicators and plan, canonical JSON.
    pub content: String,
    /// SHA-256 of `content`, hexadecimal.
    pub content_sha256: String,
    /// Request that it comes from; `None` for the first.
    pub request_id: Option<String>,
    /// Microseconds since the epoch.
    pub frozen_at: i64,
    /// Who froze it.
    pub frozen_by: String,
    /// Position of the event.
    pub position: i64,
}

/// A progress report (进展报告).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRow {
    /// Application.
    pub application_id: String,
    /// When it is due, exclusive; microseconds since the epoch.
    pub due_at: i64,
    /// Milestones reached, risks, text, JSON.
    pub content: String,
    /// When it was submitted; `None` while it is written.
    pub submitted_at: Option<i64>,
    /// Counts saves from 1; guards against overwriting.
    pub revision: i64,
    /// Microseconds since the epoch.
    pub updated_at: i64,
    /// Who saved it.
    pub updated_by: String,
}

/// A request for a change of the task statement (变更申请).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    /// Id.
    pub id: String,
    /// Application.
    pub application_id: String,
    /// Baseline that is to be changed.
    pub baseline_version: i64,
    /// Indicators and plan as they are to be, canonical JSON.
    pub content: String,
    /// Why.
    pub reason: String,
    /// Microseconds since the epoch.
    pub requested_at: i64,
    /// Who asks.
    pub requested_by: String,
    /// `open`, `approved` or `refused`.
    pub decision: String,
    /// Why it was decided so; empty until then.
    pub note: String,
    /// When it was decided.
    pub decided_at: Option<i64>,
    /// Who decided.
    pub decided_by: Option<String>,
}

/// What a team is called on a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamName {
    /// Application.
    pub application_id: String,
    /// Number given at its first submission.
    pub number: Option<String>,
    /// Name of the product.
    pub title: String,
    /// What its lead was called.
    pub lead: Option<String>,
    /// Class of the list that it stands on.
    pub class: String,
}

/// How many teams race on a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskTeams {
    /// Task.
    pub task: String,
    /// Teams.
    pub teams: i64,
}

/// Statements of the race.
#[async_trait]
pub trait RaceRows {
    /// A team.
    async fn team(&mut self, application_id: &str) -> Result<Option<TeamRow>, StoreError>;
    /// Teams of a task, by application.
    async fn teams(&mut self, call_id: &str, task: &str) -> Result<Vec<TeamRow>, StoreError>;
    /// Teams of a call after a task and application, by these, at most `limit`.
    async fn teams_after(
        &mut self,
        call_id: &str,
        after: (&str, &str),
        limit: i64,
    ) -> Result<Vec<TeamRow>, StoreError>;
    /// Tasks of a call that teams race on, with how many, by task; at most `limit` after one.
    async fn raced_tasks(
        &mut self,
        call_id: &str,
        after: &str,
        limit: i64,
    ) -> Result<Vec<TaskTeams>, StoreError>;
    /// What the teams of a task are called, by application.
    async fn team_names(&mut self, call_id: &str, task: &str) -> Result<Vec<TeamName>, StoreError>;
    /// Baselines of the teams of a task, by application; those of one in any order.
    async fn task_baselines(&mut self, call_id: &str, task: &str) -> Result<Vec<BaselineRow>, StoreError>;
    /// Reports that the teams of a task have submitted, by application; those of one in any order.
    async fn task_reports(&mut self, call_id: &str, task: &str) -> Result<Vec<ReportRow>, StoreError>;
    /// Lets a team into the race; `Duplicate` where it is in it.
    async fn add_team(&mut self, row: &TeamRow) -> Result<(), StoreError>;
    /// Changes what counts for it, with the revision that was read; `Stale` when it has moved on.
    async fn change_team(&mut self, row: &TeamRow) -> Result<(), StoreError>;
    /// Baselines of a team, the first one first.
    async fn baselines(&mut self, application_id: &str) -> Result<Vec<BaselineRow>, StoreError>;
    /// Adds a baseline; `Duplicate` where this version stands.
    async fn add_baseline(&mut self, row: &BaselineRow) -> Result<(), StoreError>;
    /// Reports of a team, by when they are due.
    async fn reports(&mut self, application_id: &str) -> Result<Vec<ReportRow>, StoreError>;
    /// Saves a report with the revision that was read (0 for none), `Stale` when it has moved on or was submitted. Returns the new
    /// revision.
    async fn save_report(&mut self, row: &ReportRow) -> Result<i64, StoreError>;
    /// Requests of a team, the first one first.
    async fn changes(&mut self, application_id: &str) -> Result<Vec<ChangeRow>, StoreError>;
    /// Adds a request.
    async fn add_change(&mut self, row: &ChangeRow) -> Result<(), StoreError>;
    /// Decides an open request; `Stale` where it is decided.
    async fn decide_change(&mut self, row: &ChangeRow) -> Result<(), StoreError>;
}
