//! Rows of the regional desk: what it found out, its list, signatures, confirmed lists.

use crate::StoreError;
use async_trait::async_trait;

/// What a desk has found out about an application (核实意见).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssessmentRow {
    /// Application.
    pub application_id: String,
    /// Version of the application that was looked at.
    pub version: i64,
    /// Answers by code, JSON.
    pub answers: String,
    /// Criteria of preference that are met, JSON.
    pub preferences: String,
    /// Note of verification.
    pub note: String,
    /// Why it is recommended.
    pub reason: String,
    /// Note of the table.
    pub remark: String,
    /// Counts saves from 1; guards against overwriting.
    pub revision: i64,
    /// Microseconds since the epoch.
    pub updated_at: i64,
    /// Who saved it.
    pub updated_by: String,
}

/// What a department says of an application (部门意见).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpinionRow {
    /// Application.
    pub application_id: String,
    /// Department id.
    pub department: String,
    /// Version of the application that it is about.
    pub version: i64,
    /// `agrees` or `objects`.
    pub stance: String,
    /// Why.
    pub note: String,
    /// Microseconds since the epoch.
    pub updated_at: i64,
    /// Who said it.
    pub updated_by: String,
}

/// A version that a desk has returned for correction (退回补正).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnRow {
    /// Application.
    pub application_id: String,
    /// Version that was returned.
    pub version: i64,
    /// Department id.
    pub department: String,
    /// What is to be corrected.
    pub note: String,
    /// Microseconds since the epoch.
    pub returned_at: i64,
    /// Who returned it.
    pub returned_by: String,
}

/// The list of a region under a call (推荐名单), without its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecommendationRow {
    /// Call.
    pub call_id: String,
    /// Region that recommends.
    pub region: String,
    /// Counts changes; guards against overwriting.
    pub revision: i64,
    /// Versions confirmed so far.
    pub versions: i64,
    /// Confirmed version that counts; `None` while the list is open.
    pub confirmed_version: Option<i64>,
    /// Why there are more than the quota has places for; may be empty.
    pub overrun_reason: String,
    /// Places that the programme office has approved in all.
    pub overrun_places: Option<i64>,
    /// What the programme office says to that.
    pub overrun_note: String,
    /// Microseconds since the epoch.
    pub updated_at: i64,
}

/// A department's signature under a list (签署).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureRow {
    /// Call.
    pub call_id: String,
    /// Region.
    pub region: String,
    /// Department id.
    pub department: String,
    /// SHA-256 of the list that was signed, hexadecimal.
    pub list_sha256: String,
    /// Microseconds since the epoch.
    pub signed_at: i64,
    /// Who signed.
    pub signed_by: String,
}

/// A confirmed list, frozen (确认的推荐名单).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmedListRow {
    /// Call.
    pub call_id: String,
    /// Region.
    pub region: String,
    /// Version from 1.
    pub version: i64,
    /// The list, canonical JSON.
    pub content: String,
    /// SHA-256 of `content`, hexadecimal.
    pub content_sha256: String,
    /// Microseconds since the epoch.
    pub confirmed_at: i64,
    /// Position of its event.
    pub position: i64,
}

/// How many applications at a desk are of each kind (各类件数).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeskCounts {
    /// All of them.
    pub received: i64,
    /// Not looked at in the version that counts.
    pub open: i64,
    /// Looked at in the version that counts.
    pub assessed: i64,
    /// A department objects to the version that counts.
    pub objected: i64,
    /// Returned, and not submitted again.
    pub returned: i64,
    /// On the list.
    pub ranked: i64,
}

/// How many applications came in from a region, in short (各地件数).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskTally {
    /// Where their leads are registered.
    pub region: String,
    /// All of them.
    pub received: i64,
    /// Not looked at in the version that counts.
    pub open: i64,
}

/// A project on a confirmed list (项目).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectRow {
    /// Call.
    pub call_id: String,
    /// What makes it one project.
    pub project: String,
    /// Application.
    pub application_id: String,
    /// Region whose list it stands on.
    pub region: String,
}

/// An application as a desk sees it (推荐台条目).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskRow {
    /// Application.
    pub id: String,
    /// Number.
    pub number: Option<String>,
    /// Name of task or product.
    pub title: String,
    /// Chosen task.
    pub task: String,
    /// Lead organisation as submitted.
    pub lead: Option<String>,
    /// State id.
    pub state: String,
    /// Submissions so far.
    pub version: i64,
    /// When the last one was received.
    pub submitted_at: Option<i64>,
    /// Place on the list.
    pub place: Option<i64>,
    /// Version that the desk has looked at.
    pub assessed: Option<i64>,
    /// Answers, JSON.
    pub answers: Option<String>,
    /// Criteria of preference that are met, JSON.
    pub preferences: Option<String>,
    /// Note of verification.
    pub note: Option<String>,
    /// Why it is recommended.
    pub reason: Option<String>,
    /// Note of the table.
    pub remark: Option<String>,
    /// Version that the industry department speaks of.
    pub industry_version: Option<i64>,
    /// Its stance.
    pub industry_stance: Option<String>,
    /// Why.
    pub industry_note: Option<String>,
    /// Version that the drug regulator speaks of.
    pub drug_version: Option<i64>,
    /// Its stance.
    pub drug_stance: Option<String>,
    /// Why.
    pub drug_note: Option<String>,
    /// Version that was returned last; 0 for none.
    pub returned: i64,
}

/// Which applications a desk shows. Pages are cut by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeskFilter {
    /// Call.
    pub call_id: String,
    /// Region that recommends.
    pub region: String,
    /// Region of registration: that one, or another one whose units it recommends.
    pub registered: String,
    /// Empty for all, or `open` (to be verified), `assessed`, `objected`, `returned`, `ranked`, `unranked`, or `verified` for those
    /// that were assessed and are not on the list.
    pub show: String,
    /// Only those with this in their title, number or lead; empty for all.
    pub find: String,
    /// Only rows before this id.
    pub before_id: Option<String>,
    /// Most rows, at most 200.
    pub limit: i64,
}

/// Statements of the recommendation room.
#[async_trait]
pub trait RecommendationRows {
    /// A page of a desk, newest first.
    async fn desk_rows(&mut self, filter: &DeskFilter) -> Result<Vec<DeskRow>, StoreError>;
    /// The one that comes before an application there, that is, the next newer.
    async fn desk_newer(&mut self, filter: &DeskFilter, id: &str) -> Result<Option<String>, StoreError>;
    /// The one that comes after it, the next older.
    async fn desk_older(&mut self, filter: &DeskFilter, id: &str) -> Result<Option<String>, StoreError>;
    /// These applications of a call, in any order, as the desk of a region sees them, whatever has become of them.
    async fn desk_rows_of(
        &mut self,
        call_id: &str,
        region: &str,
        ids: &[String],
    ) -> Result<Vec<DeskRow>, StoreError>;
    /// Which of these applications of a call are submitted and not withdrawn, with the region that their lead is registered in.
    async fn standing(&mut self, call_id: &str, ids: &[String]) -> Result<Vec<(String, String)>, StoreError>;
    /// How many applications are on the list of each region that has any there, whatever has become of them.
    async fn count_ranked(&mut self, call_id: &str) -> Result<Vec<(String, i64)>, StoreError>;
    /// How many have come in from each region of registration that any came from.
    async fn tally_desks(&mut self, call_id: &str) -> Result<Vec<DeskTally>, StoreError>;
    /// Applications on the list of a region by place, whatever has become of them.
    async fn ranked_rows(&mut self, call_id: &str, region: &str) -> Result<Vec<DeskRow>, StoreError>;
    /// How many applications of units registered in a region are submitted and not withdrawn.
    async fn count_received(&mut self, call_id: &str, registered: &str) -> Result<i64, StoreError>;
    /// How many of them there are of each kind, as [`DeskFilter::show`] tells them apart; `region` is whose list it is.
    async fn count_desk(
        &mut self,
        call_id: &str,
        region: &str,
        registered: &str,
    ) -> Result<DeskCounts, StoreError>;
    /// What a desk has found out.
    async fn assessment(&mut self, application_id: &str) -> Result<Option<AssessmentRow>, StoreError>;
    /// Saves it with the revision that the editor saw (0 for none), `Stale` when it has moved on. Returns the new revision.
    async fn save_assessment(&mut self, row: &AssessmentRow) -> Result<i64, StoreError>;
    /// What the departments say, by department.
    async fn opinions(&mut self, application_id: &str) -> Result<Vec<OpinionRow>, StoreError>;
    /// Saves what a department says in the place of what it said before.
    async fn save_opinion(&mut self, row: &OpinionRow) -> Result<(), StoreError>;
    /// Adds a return for correction; `Duplicate` where the version was returned before.
    async fn add_return(&mut self, row: &ReturnRow) -> Result<(), StoreError>;
    /// The return of a version.
    async fn return_of(
        &mut self,
        application_id: &str,
        version: i64,
    ) -> Result<Option<ReturnRow>, StoreError>;
    /// The list of a region.
    async fn recommendation(
        &mut self,
        call_id: &str,
        region: &str,
    ) -> Result<Option<RecommendationRow>, StoreError>;
    /// All lists of a call by region.
    async fn recommendations(&mut self, call_id: &str) -> Result<Vec<RecommendationRow>, StoreError>;
    /// Saves it with the revision that was read (0 for none), `Stale` when it has moved on. Returns the new revision.
    async fn save_recommendation(&mut self, row: &RecommendationRow) -> Result<i64, StoreError>;
    /// Puts applications on the list in this order, in the place of those that stood there.
    async fn save_ranking(
        &mut self,
        call_id: &str,
        region: &str,
        applications: &[String],
    ) -> Result<(), StoreError>;
    /// Signatures under a list.
    async fn signatures(&mut self, call_id: &str, region: &str) -> Result<Vec<SignatureRow>, StoreError>;
    /// Signs, in the place of the department's earlier signature.
    async fn save_signature(&mut self, row: &SignatureRow) -> Result<(), StoreError>;
    /// Takes all signatures off a list.
    async fn remove_signatures(&mut self, call_id: &str, region: &str) -> Result<(), StoreError>;
    /// Adds a confirmed list.
    async fn add_confirmed_list(&mut self, row: &ConfirmedListRow) -> Result<(), StoreError>;
    /// A confirmed list.
    async fn confirmed_list(
        &mut self,
        call_id: &str,
        region: &str,
        version: i64,
    ) -> Result<Option<ConfirmedListRow>, StoreError>;
    /// Confirmed lists of a call after one of a region and version, by these, at most `limit`.
    async fn confirmed_lists(
        &mut self,
        call_id: &str,
        after: (&str, i64),
        limit: i64,
    ) -> Result<Vec<ConfirmedListRow>, StoreError>;
    /// Projects on the confirmed lists of other regions.
    async fn projects_elsewhere(
        &mut self,
        call_id: &str,
        region: &str,
    ) -> Result<Vec<ProjectRow>, StoreError>;
    /// Adds a project; `Duplicate` where it or its application stands on a confirmed list already.
    async fn add_project(&mut self, row: &ProjectRow) -> Result<(), StoreError>;
    /// Takes the projects of a region off, when its list is opened again.
    async fn remove_projects(&mut self, call_id: &str, region: &str) -> Result<(), StoreError>;
}
