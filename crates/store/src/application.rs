//! Rows of applications: state, sections, files, frozen copies.

use crate::StoreError;
use async_trait::async_trait;

/// An application (申报).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationRow {
    /// Id.
    pub id: String,
    /// Call.
    pub call_id: String,
    /// Version of the call that it is bound to.
    pub call_version: String,
    /// Lead organisation.
    pub organisation_id: String,
    /// `draft`, `submitted`, `reopened` or `withdrawn`.
    pub state: String,
    /// Name of the task or product, for lists; may be empty.
    pub title: String,
    /// Chosen task; may be empty.
    pub task: String,
    /// Number given at the first submission.
    pub number: Option<String>,
    /// Submissions so far.
    pub version: i64,
    /// When the last submission was received.
    pub submitted_at: Option<i64>,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// Who began it.
    pub created_by: String,
    /// Microseconds since the epoch.
    pub updated_at: i64,
    /// Count of changes of any kind; guards against overwriting.
    pub revision: i64,
    /// Where the lead of the version that counts was registered.
    pub region: Option<String>,
    /// What it was called.
    pub lead: Option<String>,
}

/// A saved section of the draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionRow {
    /// Application.
    pub application_id: String,
    /// Section id.
    pub section: String,
    /// Counts saves from 1; guards against overwriting.
    pub revision: i64,
    /// Values by field path, JSON.
    pub content: String,
    /// Microseconds since the epoch.
    pub updated_at: i64,
    /// Who saved it.
    pub updated_by: String,
}

/// An attached file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// Id.
    pub id: String,
    /// Application.
    pub application_id: String,
    /// Evidence id of the call.
    pub evidence: String,
    /// Member of the consortium that it belongs to, the lead being 0.
    pub member: i64,
    /// Name as uploaded, cleaned.
    pub name: String,
    /// Media type by content.
    pub media_type: String,
    /// Bytes.
    pub size_bytes: i64,
    /// SHA-256 of the content, hexadecimal; the key in the file store.
    pub sha256: String,
    /// Pages, where the type has pages.
    pub pages: Option<i64>,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// Who uploaded it.
    pub created_by: String,
    /// Submissions so far when it was attached: it belongs to later versions.
    pub added_version: i64,
    /// Submissions so far when it was taken off, the last version that it belongs to.
    pub removed_version: Option<i64>,
}

/// A submitted version, frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionRow {
    /// Application.
    pub application_id: String,
    /// Version from 1.
    pub version: i64,
    /// Number of the receipt; one for each submission.
    pub receipt_number: String,
    /// The whole content, canonical JSON.
    pub content: String,
    /// SHA-256 of `content`, hexadecimal.
    pub content_sha256: String,
    /// The receipt, canonical JSON.
    pub receipt: String,
    /// Microseconds since the epoch.
    pub received_at: i64,
    /// Who submitted.
    pub submitted_by: String,
    /// Position of its event.
    pub position: i64,
}

/// Which applications a list shows. Pages are cut by key, never by offset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplicationFilter {
    /// Only this call.
    pub call_id: Option<String>,
    /// Only this lead organisation.
    pub organisation_id: Option<String>,
    /// Only rows after this id (ids grow with time; lists run from the newest).
    pub before_id: Option<String>,
    /// Most rows, at most 200.
    pub limit: i64,
}

/// Statements of the application room.
#[async_trait]
pub trait ApplicationRows {
    /// Adds a draft.
    async fn add_application(&mut self, row: &ApplicationRow) -> Result<(), StoreError>;
    /// One application.
    async fn application(&mut self, id: &str) -> Result<Option<ApplicationRow>, StoreError>;
    /// Changes state, title, task, number, version, `submitted_at`, `updated_at`, region, lead, sets `revision` to `row.revision + 1`;
    /// `Stale` when the stored revision is not `row.revision`.
    async fn change_application(&mut self, row: &ApplicationRow) -> Result<(), StoreError>;
    /// A page of applications, newest first.
    async fn applications(&mut self, filter: &ApplicationFilter) -> Result<Vec<ApplicationRow>, StoreError>;
    /// Applications of the organisation under the call that stand submitted or reopened after a submission, one excepted.
    async fn count_led(
        &mut self,
        call_id: &str,
        organisation_id: &str,
        except_id: &str,
    ) -> Result<i64, StoreError>;
    /// All sections of a draft.
    async fn sections(&mut self, application_id: &str) -> Result<Vec<SectionRow>, StoreError>;
    /// Saves a section; `row.revision` is the revision that the editor saw (0 for none), `Stale` when it has moved on.
    /// Returns the new revision.
    async fn save_section(&mut self, row: &SectionRow) -> Result<i64, StoreError>;
    /// Adds a file.
    async fn add_file(&mut self, row: &FileRow) -> Result<(), StoreError>;
    /// One file.
    async fn file(&mut self, id: &str) -> Result<Option<FileRow>, StoreError>;
    /// Files of the draft by creation.
    async fn files(&mut self, application_id: &str) -> Result<Vec<FileRow>, StoreError>;
    /// Files of a submitted version by creation.
    async fn files_of_version(
        &mut self,
        application_id: &str,
        version: i64,
    ) -> Result<Vec<FileRow>, StoreError>;
    /// Takes a file off the draft, after this many submissions. A file that none of them names is deleted; `Stale` when it has been
    /// taken off before.
    async fn remove_file(&mut self, id: &str, submissions: i64) -> Result<(), StoreError>;
    /// Adds a frozen copy.
    async fn add_submission(&mut self, row: &SubmissionRow) -> Result<(), StoreError>;
    /// Erases what was submitted at a position: the frozen copy, its digest, and what the receipt states.
    async fn erase_submission(&mut self, application_id: &str, position: i64) -> Result<(), StoreError>;
    /// Erases what was written and attached in an application, what the desk has written about it, and its team with all that it
    /// promised and reported. Returns the hashes of the files that nothing names any more.
    async fn erase_application(&mut self, application_id: &str) -> Result<Vec<String>, StoreError>;
    /// The frozen copy behind a receipt.
    async fn submission_by_receipt(
        &mut self,
        receipt_number: &str,
    ) -> Result<Option<SubmissionRow>, StoreError>;
    /// Frozen copies under a call with what they hold, after one of an application and version, by these, at most `limit`.
    async fn submissions_of_call(
        &mut self,
        call_id: &str,
        after: (&str, i64),
        limit: i64,
    ) -> Result<Vec<SubmissionRow>, StoreError>;
    /// Frozen copies of an application, without their content, newest first.
    async fn submissions(&mut self, application_id: &str) -> Result<Vec<SubmissionRow>, StoreError>;
    /// The frozen copies of these versions of applications, in any order.
    async fn copies(&mut self, of: &[(String, i64)]) -> Result<Vec<SubmissionRow>, StoreError>;
    /// Only their digests, by application.
    async fn digests(&mut self, of: &[(String, i64)]) -> Result<Vec<(String, String)>, StoreError>;
}
