//! Rows of selection: published plans, experts and their conflicts, form checks, assignments, score sheets, caps that were
//! lifted.

use crate::StoreError;
use async_trait::async_trait;

/// What the operator has published for what a notice leaves open (组织实施方案).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRow {
    /// Call.
    pub call_id: String,
    /// Version from 1; the latest one counts.
    pub version: i64,
    /// The file as it was published.
    pub content: String,
    /// SHA-256 of `content`, hexadecimal.
    pub content_sha256: String,
    /// Microseconds since the epoch.
    pub published_at: i64,
    /// Who published it.
    pub published_by: String,
    /// Position of the event.
    pub position: i64,
}

/// An expert of the library (评审专家).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpertRow {
    /// Id.
    pub id: String,
    /// Number in the library; an import knows an expert by it.
    pub code: String,
    /// Name of the person.
    pub name: String,
    /// Fields of expertise, JSON.
    pub fields: String,
    /// Units that the expert works or worked for, JSON.
    pub employers: String,
    /// Account; `None` until the expert has one.
    pub account_id: Option<String>,
    /// 1 while the expert may be asked.
    pub active: i64,
    /// Counts changes from 1; guards against overwriting.
    pub revision: i64,
    /// Microseconds since the epoch.
    pub updated_at: i64,
    /// Who changed it.
    pub updated_by: String,
}

/// A relation that an expert or an officer has declared (申报的利害关系).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictRow {
    /// Expert.
    pub expert_id: String,
    /// Application.
    pub application_id: String,
    /// `expert`, `applicant` or `secretariat`.
    pub declarer: String,
    /// What relation it is, in the words of who declared it.
    pub note: String,
    /// Microseconds since the epoch.
    pub declared_at: i64,
    /// Who declared it.
    pub declared_by: String,
}

/// The check of form of an application (形式审查).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormCheckRow {
    /// Application.
    pub application_id: String,
    /// Version of the application that was checked.
    pub version: i64,
    /// Answers and reasons by item, JSON.
    pub answers: String,
    /// `open`, `passed` or `refused`.
    pub outcome: String,
    /// Counts saves from 1; guards against overwriting.
    pub revision: i64,
    /// Microseconds since the epoch.
    pub updated_at: i64,
    /// Who saved it.
    pub updated_by: String,
}

/// An expert asked to score an application (评审分派).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignmentRow {
    /// Expert.
    pub expert_id: String,
    /// Application.
    pub application_id: String,
    /// Stage of the plan.
    pub stage: String,
    /// Call of the application.
    pub call_id: String,
    /// Microseconds since the epoch.
    pub assigned_at: i64,
    /// Who assigned.
    pub assigned_by: String,
    /// When it was taken back; what was scored until then is void and stays on record.
    pub withdrawn_at: Option<i64>,
    /// Why it was taken back; may be empty.
    pub reason: String,
}

/// A score sheet (评分表).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetRow {
    /// Expert.
    pub expert_id: String,
    /// Application.
    pub application_id: String,
    /// Stage of the plan.
    pub stage: String,
    /// Call of the application.
    pub call_id: String,
    /// Version from 1; a submitted sheet is changed by a new version only.
    pub version: i64,
    /// Version of the plan that asks.
    pub plan_version: i64,
    /// Scores and comments, JSON.
    pub content: String,
    /// Why there is another version than the first; may be empty.
    pub reason: String,
    /// When it was submitted; `None` while it is written.
    pub submitted_at: Option<i64>,
    /// Counts saves from 1; guards against overwriting.
    pub revision: i64,
    /// Microseconds since the epoch.
    pub updated_at: i64,
    /// Position of the event of its submission.
    pub position: Option<i64>,
}

/// What one sheet is known by: who scores what at which stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetKey {
    /// Application.
    pub application_id: String,
    /// Stage of the plan.
    pub stage: String,
    /// Expert.
    pub expert_id: String,
}

/// Which applications stand for a stage (参评范围).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// All that are submitted, where nobody recommends.
    Submitted,
    /// Those on confirmed lists.
    Recommended,
    /// Those in the race.
    Racing,
}

/// An application that stands for selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandidateRow {
    /// Application.
    pub id: String,
    /// Number.
    pub number: String,
    /// Version that counts.
    pub version: i64,
    /// Title.
    pub title: String,
    /// Task.
    pub task: String,
    /// Lead organisation.
    pub organisation_id: String,
    /// Its name as it was.
    pub lead: String,
    /// Its region as it was.
    pub region: String,
    /// Outcome of the check of form of this version; `None` where it was not looked at.
    pub outcome: Option<String>,
    /// Experts that are to score it.
    pub assigned: i64,
    /// Sheets that have been submitted.
    pub submitted: i64,
}

/// A cap that is lifted in principle for a group and a class (突破原则上限).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverrideRow {
    /// Call.
    pub call_id: String,
    /// Stage of the list.
    pub stage: String,
    /// Group key; never an application.
    pub group_key: String,
    /// Class.
    pub class: String,
    /// The cap instead.
    pub cap: i64,
    /// Why.
    pub reason: String,
    /// Microseconds since the epoch.
    pub approved_at: i64,
    /// Who approved it.
    pub approved_by: String,
}

/// Statements of the selection room.
#[async_trait]
pub trait SelectionRows {
    /// The plan of a call that counts.
    async fn plan(&mut self, call_id: &str) -> Result<Option<PlanRow>, StoreError>;
    /// A version of it.
    async fn plan_version(&mut self, call_id: &str, version: i64) -> Result<Option<PlanRow>, StoreError>;
    /// Adds a version; `Duplicate` where somebody else added it first.
    async fn add_plan(&mut self, row: &PlanRow) -> Result<(), StoreError>;

    /// An expert.
    async fn expert(&mut self, id: &str) -> Result<Option<ExpertRow>, StoreError>;
    /// The expert that an account belongs to.
    async fn expert_of_account(&mut self, account_id: &str) -> Result<Option<ExpertRow>, StoreError>;
    /// Experts after a code, by code, at most `limit`.
    async fn experts(&mut self, after_code: &str, limit: i64) -> Result<Vec<ExpertRow>, StoreError>;
    /// Saves an expert with the revision that was read (0 for none); `Stale` when it has moved on or the code is another's.
    async fn save_expert(&mut self, row: &ExpertRow) -> Result<(), StoreError>;

    /// What was declared of an application.
    async fn conflicts_of(&mut self, application_id: &str) -> Result<Vec<ConflictRow>, StoreError>;
    /// Declares a conflict, in the place of an earlier declaration.
    async fn save_conflict(&mut self, row: &ConflictRow) -> Result<(), StoreError>;

    /// The check of form of an application.
    async fn form_check(&mut self, application_id: &str) -> Result<Option<FormCheckRow>, StoreError>;
    /// Saves it with the revision that was read (0 for none), `Stale` when it has moved on. Returns the new revision.
    async fn save_form_check(&mut self, row: &FormCheckRow) -> Result<i64, StoreError>;

    /// Who is or was asked to score an application at a stage.
    async fn assignments_of(
        &mut self,
        application_id: &str,
        stage: &str,
    ) -> Result<Vec<AssignmentRow>, StoreError>;
    /// What an expert is or was asked to score, by call, stage and application.
    async fn assignments_to(&mut self, expert_id: &str) -> Result<Vec<AssignmentRow>, StoreError>;
    /// An assignment.
    async fn assignment(&mut self, sheet: &SheetKey) -> Result<Option<AssignmentRow>, StoreError>;
    /// Assigns; `Duplicate` where it stands. One that was taken back stands again.
    async fn add_assignment(&mut self, row: &AssignmentRow) -> Result<(), StoreError>;
    /// Takes an assignment back; `Stale` where it does not stand.
    async fn withdraw_assignment(
        &mut self,
        sheet: &SheetKey,
        at: i64,
        reason: &str,
    ) -> Result<(), StoreError>;

    /// The latest version of a sheet.
    async fn sheet(&mut self, sheet: &SheetKey) -> Result<Option<SheetRow>, StoreError>;
    /// Saves a version of a sheet that is being written, with the revision that was read (0 for none); `Stale` when it has moved on
    /// or was submitted. Returns the new revision.
    async fn save_sheet(&mut self, row: &SheetRow) -> Result<i64, StoreError>;
    /// Submitted sheets of a stage, the latest version of each whose assignment stands, after one of an application and expert.
    async fn submitted_sheets(
        &mut self,
        call_id: &str,
        stage: &str,
        after: (&str, &str),
        limit: i64,
    ) -> Result<Vec<SheetRow>, StoreError>;

    /// All submitted versions of sheets of a call after one of a stage, application, expert and version, by these.
    async fn sheets_of_call(
        &mut self,
        call_id: &str,
        after: (&str, &str, &str, i64),
        limit: i64,
    ) -> Result<Vec<SheetRow>, StoreError>;

    /// Applications that stand for a stage after an id, by id, at most `limit`.
    async fn candidates(
        &mut self,
        call_id: &str,
        stage: &str,
        pool: Pool,
        after_id: &str,
        limit: i64,
    ) -> Result<Vec<CandidateRow>, StoreError>;

    /// Caps that are lifted for a list.
    async fn overrides(&mut self, call_id: &str, stage: &str) -> Result<Vec<OverrideRow>, StoreError>;
    /// Lifts a cap, in the place of what was said of it before.
    async fn save_override(&mut self, row: &OverrideRow) -> Result<(), StoreError>;
}
