//! What pages and programs see of a desk.

use std::sync::Arc;

use jiebang_domain::recommendation::{Assessment, Candidate, Department, ListState, Stance};
use jiebang_domain::shared::{Finding, Region, Text};
use jiebang_store::DeskCounts;
use jiff::Timestamp;

use crate::LoadedCall;
use crate::application::ApplicationView;

/// The quota of a region, explained.
#[derive(Clone, Debug)]
pub struct QuotaView {
    /// Places.
    pub places: u32,
    /// How they come about.
    pub arithmetic: Text,
    /// The rule.
    pub rule: Text,
    /// Its clause.
    pub clause: Option<jiebang_domain::shared::ClauseId>,
    /// Applicants may still submit or withdraw.
    pub provisional: bool,
    /// It can be passed with a reason and an approval.
    pub in_principle: bool,
}

/// An application at a desk.
#[derive(Clone, Debug)]
pub struct DeskEntry {
    /// As the rules see it.
    pub candidate: Candidate,
    /// Name of its task.
    pub task: Option<Text>,
    /// Place on the list, from 1.
    pub place: Option<u32>,
    /// When its last version was received.
    pub submitted_at: Option<Timestamp>,
    /// It was returned, and has not been submitted again.
    pub returned: bool,
}

/// A desk.
#[derive(Clone, Debug)]
pub struct DeskView {
    /// Call.
    pub call: Arc<LoadedCall>,
    /// How far it is.
    pub summary: DeskSummary,
    /// Applications of each kind.
    pub counts: DeskCounts,
    /// A page of applications, newest first.
    pub entries: Vec<DeskEntry>,
    /// The next page begins before this id.
    pub older: Option<String>,
}

/// A request for more places than the quota has.
#[derive(Clone, Debug)]
pub struct OverrunView {
    /// Why.
    pub reason: String,
    /// Places approved in all; `None` while nothing is decided, or when it was declined.
    pub places: Option<u32>,
    /// What the programme office says to it; empty while nothing is decided.
    pub note: String,
}

/// How far a desk is.
#[derive(Clone, Debug)]
pub struct DeskSummary {
    /// Region.
    pub region: Region,
    /// Applications submitted under it.
    pub received: u32,
    /// Those that wait to be verified.
    pub unassessed: u32,
    /// On the list.
    pub ranked: u32,
    /// Quota.
    pub quota: Option<QuotaView>,
    /// State of its list.
    pub state: ListState,
    /// Departments that have signed it as it is.
    pub signed: Vec<Department>,
    /// Its request for more places.
    pub overrun: Option<OverrunView>,
    /// The actor may approve more places now.
    pub may_approve: bool,
}

/// What the desk has found out.
#[derive(Clone, Debug)]
pub struct AssessmentView {
    /// What it says.
    pub assessment: Assessment,
    /// Revision that an editor sees.
    pub revision: i64,
    /// Who saved it last.
    pub by: String,
    /// When.
    pub at: Option<Timestamp>,
}

/// What a department says.
#[derive(Clone, Debug)]
pub struct OpinionView {
    /// Department.
    pub department: Department,
    /// Version of the application that it is about.
    pub version: u32,
    /// Stance.
    pub stance: Stance,
    /// Why.
    pub note: String,
    /// Who said it.
    pub by: String,
    /// When.
    pub at: Option<Timestamp>,
}

/// A return for correction.
#[derive(Clone, Debug)]
pub struct ReturnedView {
    /// Name of the department.
    pub by: Text,
    /// What is to be corrected.
    pub note: String,
    /// When.
    pub at: Option<Timestamp>,
}

/// An application as the desk works on it.
#[derive(Clone, Debug)]
pub struct DeskApplication {
    /// The version that counts.
    pub view: ApplicationView,
    /// Who recommends.
    pub region: Region,
    /// What the desk has found out; of this version or of an earlier one.
    pub assessment: Option<AssessmentView>,
    /// Opinions of this version.
    pub opinions: Vec<OpinionView>,
    /// Its return for correction.
    pub returned: Option<ReturnedView>,
    /// The actor is one of those who work on it, now or not.
    pub writes: bool,
    /// The actor may write on it now.
    pub may_assess: bool,
    /// The actor may return it now.
    pub may_return: bool,
}

/// A signature.
#[derive(Clone, Debug)]
pub struct SignatureView {
    /// Department.
    pub department: Department,
    /// Who signed.
    pub by: String,
    /// When.
    pub at: Option<Timestamp>,
    /// It stands for the list as it is.
    pub stands: bool,
}

/// A list with what stands in its way.
#[derive(Clone, Debug)]
pub struct ListView {
    /// Call.
    pub call: Arc<LoadedCall>,
    /// Who recommends.
    pub region: Region,
    /// State.
    pub state: ListState,
    /// Revision that an editor sees.
    pub revision: i64,
    /// Versions confirmed so far.
    pub versions: u32,
    /// Digest of the list as it is: what is signed.
    pub digest: String,
    /// Applications submitted under the region.
    pub received: u32,
    /// Recommended applications by place.
    pub entries: Vec<DeskEntry>,
    /// Quota.
    pub quota: Option<QuotaView>,
    /// Its request for more places.
    pub overrun: Option<OverrunView>,
    /// What blocks confirmation.
    pub obstacles: Vec<Finding>,
    /// Signatures.
    pub signatures: Vec<SignatureView>,
    /// The actor is one of those who work on it, now or not.
    pub writes: bool,
    /// The actor decides on requests for more places, now or not.
    pub decides: bool,
    /// The actor may change it now.
    pub may_rank: bool,
    /// The actor may sign it now.
    pub may_sign: bool,
    /// The actor may open the confirmed list again.
    pub may_reopen: bool,
    /// The actor may approve more places.
    pub may_approve: bool,
}

/// A confirmed list.
#[derive(Clone, Debug)]
pub struct ConfirmedView {
    /// Call.
    pub call: Arc<LoadedCall>,
    /// Who recommends.
    pub region: Region,
    /// Version from 1.
    pub version: u32,
    /// The list, canonical JSON.
    pub content: String,
    /// SHA-256 of it, hexadecimal.
    pub content_sha256: String,
    /// When it was confirmed.
    pub at: Option<Timestamp>,
    /// The signatures in it, with the names of the people.
    pub signatures: Vec<SignatureView>,
}
