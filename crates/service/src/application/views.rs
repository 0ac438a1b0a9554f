//! What pages and programs see of an application.

use std::sync::Arc;

use jiebang_domain::application::{Content, PARTNERS, Value, applicable, facts, findings};
use jiebang_domain::call::{Actor as Clocked, Entry, Field, deadline_finding};
use jiebang_domain::shared::{Finding, Severity, Text};
use jiebang_store::{ApplicationRow, FileRow, ReturnRow, SubmissionRow};
use jiff::Timestamp;

use super::freeze::Receipt;
use super::loaded::{Loaded, application_of};
use super::sections::named;
use crate::access::{Action, Actor};
use crate::recommendation::{ReturnedView, returned_view};
use crate::{LoadedCall, Service, ServiceError, Stage, ledger};

/// An application in a list.
#[derive(Clone, Debug)]
pub struct ApplicationSummary {
    /// Id.
    pub id: String,
    /// Call.
    pub call: Arc<LoadedCall>,
    /// Name of the task or product; may be empty.
    pub title: String,
    /// Name of the chosen task.
    pub task: Option<Text>,
    /// State id.
    pub state: String,
    /// State name.
    pub state_name: Text,
    /// Number given at the first submission.
    pub number: Option<String>,
    /// Submissions so far.
    pub version: i64,
    /// When the last submission was received.
    pub submitted_at: Option<Timestamp>,
    /// When it was begun.
    pub begun_at: Option<Timestamp>,
    /// Last change.
    pub updated_at: Option<Timestamp>,
    /// Stage of the call now.
    pub stage: Stage,
}

/// State of a section in the task list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionState {
    /// Nothing saved yet.
    NotStarted,
    /// Something is missing or wrong.
    Incomplete,
    /// Nothing refuses.
    Complete,
    /// No field of it applies as other fields stand.
    NotApplicable,
}

/// A section in the task list.
#[derive(Clone, Debug)]
pub struct SectionSummary {
    /// Id.
    pub id: String,
    /// Heading.
    pub title: Text,
    /// State.
    pub state: SectionState,
    /// Findings in it.
    pub findings: usize,
    /// Revision that an editor sees, 0 when nothing was saved.
    pub revision: i64,
    /// When it was saved last.
    pub saved_at: Option<Timestamp>,
}

/// Where a finding is mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locator {
    /// Section id.
    pub section: String,
    /// Field path, the id of the input on the section's page.
    pub field: String,
}

/// An item of evidence with its files.
#[derive(Clone, Debug)]
pub struct EvidenceView {
    /// Id.
    pub id: String,
    /// Printed number.
    pub number: String,
    /// What it proves.
    pub name: Text,
    /// Help.
    pub hint: Option<Text>,
    /// It must be attached now.
    pub needed: bool,
    /// Members that it is needed of, lead first; one without a name where it is needed once.
    pub members: Vec<MemberView>,
    /// Files by upload.
    pub files: Vec<FileView>,
    /// Clauses.
    pub clauses: Vec<jiebang_domain::shared::ClauseId>,
}

/// A member (联合体成员) that evidence is needed of.
#[derive(Clone, Debug)]
pub struct MemberView {
    /// Number, the lead being 0.
    pub number: i64,
    /// Name.
    pub name: String,
}

/// An attached file.
#[derive(Clone, Debug)]
pub struct FileView {
    /// Id.
    pub id: String,
    /// Evidence id.
    pub evidence: String,
    /// Member, the lead being 0.
    pub member: i64,
    /// Name.
    pub name: String,
    /// Media type by content.
    pub media_type: String,
    /// Bytes.
    pub size_bytes: i64,
    /// Pages.
    pub pages: Option<i64>,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// A submitted version.
#[derive(Clone, Debug)]
pub struct SubmissionSummary {
    /// Version.
    pub version: i64,
    /// Number of the receipt.
    pub receipt_number: String,
    /// When it was received.
    pub received_at: Option<Timestamp>,
}

/// Everything about one application.
#[derive(Clone, Debug)]
pub struct ApplicationView {
    /// Summary.
    pub summary: ApplicationSummary,
    /// Something was changed after the version that is shown, and the actor may read it.
    pub holds_draft: bool,
    /// Returned for correction by its desk, and not submitted again since.
    pub returned: Option<ReturnedView>,
    /// The submitted version that is shown; `None` for the draft.
    pub version: Option<i64>,
    /// Grows with every change of it; who changes fields says which one was seen.
    pub revision: i64,
    /// Digest of everything that the applicant has put in; see [`Submit::seen`](super::Submit::seen).
    pub digest: String,
    /// Name of the lead organisation.
    pub organisation: String,
    /// Legal representative of the lead organisation.
    pub legal_representative: String,
    /// Sections in order.
    pub sections: Vec<SectionSummary>,
    /// Values of the form.
    pub content: Content,
    /// Ids of the fields that apply now.
    pub applicable: Vec<String>,
    /// Ids of the fields that the registration of the lead fills in.
    pub registered: Vec<String>,
    /// All findings.
    pub findings: Vec<Finding>,
    /// Evidence in order.
    pub evidence: Vec<EvidenceView>,
    /// Submitted versions, newest first.
    pub submissions: Vec<SubmissionSummary>,
    /// The actor may change it now.
    pub may_edit: bool,
    /// The actor may reopen it now.
    pub may_reopen: bool,
    /// The actor may withdraw it now.
    pub may_withdraw: bool,
    /// Something refuses a submission.
    pub blocked: bool,
}

/// What came of saving a section.
#[derive(Clone, Debug)]
pub struct SavedSection {
    /// Revision that the section has now.
    pub revision: i64,
    /// Findings inside the section.
    pub findings: Vec<Finding>,
}

/// A receipt with what it stands for.
#[derive(Clone, Debug)]
pub struct ReceiptView {
    /// The receipt.
    pub receipt: Receipt,
    /// The receipt with the ledger's promise, and its proof once there is one, as canonical JSON.
    pub canonical: String,
    /// The receipt with the promise alone, as it was given.
    pub promised: String,
    /// It carries the proof.
    pub proved: bool,
    /// The frozen copy, canonical JSON.
    pub content: String,
    /// This version is the one that counts.
    pub counts: bool,
    /// The application now.
    pub summary: ApplicationSummary,
    /// The call.
    pub call: Arc<LoadedCall>,
}

impl ApplicationView {
    /// Where a finding is mended.
    pub fn locate(&self, finding: &Finding) -> Option<Locator> {
        let path = finding.field.as_deref()?;
        let section = self.summary.call.call.section_of(path)?;
        Some(Locator { section: section.id.clone(), field: path.to_owned() })
    }
}

/// A digest of everything that the applicant has put in.
pub(super) fn digest(content: &Content, files: &[FileRow]) -> String {
    let mut bytes = serde_json::to_vec(content).unwrap_or_default();
    for file in files {
        bytes.extend(
            format!("\n{} {} {} {}", file.evidence, file.member, file.sha256, file.name).into_bytes(),
        );
    }
    ledger::sha256(&bytes)
}

pub(super) fn file_view(row: &FileRow) -> FileView {
    FileView {
        id: row.id.clone(),
        evidence: row.evidence.clone(),
        member: row.member,
        name: row.name.clone(),
        media_type: row.media_type.clone(),
        size_bytes: row.size_bytes,
        pages: row.pages,
        sha256: row.sha256.clone(),
    }
}

impl Service {
    pub(super) fn summary(&self, row: &ApplicationRow) -> Result<ApplicationSummary, ServiceError> {
        let call = self.bound_call(&row.call_id, &row.call_version)?;
        let state = application_of(row).state;
        let instant = |at: i64| Timestamp::from_microsecond(at).ok();
        Ok(ApplicationSummary {
            id: row.id.clone(),
            title: row.title.clone(),
            task: call.call.node(&row.task).map(|node| node.name.clone()),
            state: state.id().to_owned(),
            state_name: state.name(),
            number: row.number.clone(),
            version: row.version,
            submitted_at: row.submitted_at.and_then(instant),
            begun_at: instant(row.created_at),
            updated_at: instant(row.updated_at),
            stage: Stage::of(&call.call, self.clock.now()),
            call,
        })
    }

    pub(super) async fn view(
        &self,
        actor: Option<&Actor>,
        loaded: &Loaded,
    ) -> Result<ApplicationView, ServiceError> {
        let call = &loaded.call.call;
        let draft = loaded.draft()?;
        let all = findings(call, &draft);
        let ground = facts(call, &draft);
        let fields = call.fields().filter(|(_, field)| applicable(field, &ground));
        let applicable_fields: Vec<String> = fields.map(|(_, field): (_, &Field)| field.id.clone()).collect();
        let needed = |evidence: &jiebang_domain::call::Evidence| {
            !evidence.if_any && evidence.when.as_ref().is_none_or(|when| when.holds(&ground).unwrap_or(true))
        };
        let evidence = call
            .evidence
            .iter()
            .map(|evidence| evidence_view(loaded, &draft.content, evidence, needed(evidence)));
        let now = self.clock.now();
        let in_time = deadline_finding(call, Clocked::Applicant, None, now).is_none();
        let allowed = |action| in_time && self.access.allows(actor, action, &loaded.resource());
        let state = loaded.application().state;
        let (id, version) = (loaded.rows.application.id.clone(), loaded.rows.application.version);
        let may_be_returned = state.id() == "reopened";
        let (submissions, returned): (Vec<SubmissionRow>, Option<ReturnRow>) = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let returned = match may_be_returned {
                        true => rows.return_of(&id, version).await?,
                        false => None,
                    };
                    Ok((rows.submissions(&id).await?, returned))
                })
            }))
            .await?;
        let (title, task) = named(&draft.content);
        Ok(ApplicationView {
            summary: self.summary(&ApplicationRow { title, task, ..loaded.rows.application.clone() })?,
            version: loaded.version_shown(),
            holds_draft: state.id() == "reopened"
                && loaded.version_shown().is_some()
                && self.access.allows(actor, Action::ReadDraft, &loaded.resource()),
            returned: returned.map(|row| returned_view(&loaded.call, &row)),
            revision: loaded.rows.application.revision,
            digest: digest(&draft.content, &loaded.rows.files),
            organisation: loaded.rows.organisation.name.clone(),
            legal_representative: loaded.rows.organisation.legal_representative.clone(),
            sections: call
                .sections
                .iter()
                .map(|section| section_summary(loaded, section, &all, &applicable_fields))
                .collect(),
            registered: loaded.registered().map(|(_, field, _)| field.id.clone()).collect(),
            evidence: evidence.collect(),
            applicable: applicable_fields,
            submissions: submissions.iter().map(submission_summary).collect(),
            may_edit: loaded.application().may_change(call, now).is_ok() && allowed(Action::EditApplication),
            may_reopen: state.id() == "submitted" && allowed(Action::ReopenApplication),
            may_withdraw: state.id() != "withdrawn" && allowed(Action::WithdrawApplication),
            blocked: all.iter().any(|finding| finding.severity != Severity::Warning),
            findings: all,
            content: draft.content.clone(),
        })
    }
}

fn submission_summary(row: &SubmissionRow) -> SubmissionSummary {
    SubmissionSummary {
        version: row.version,
        receipt_number: row.receipt_number.clone(),
        received_at: Timestamp::from_microsecond(row.received_at).ok(),
    }
}

fn section_summary(
    loaded: &Loaded,
    section: &jiebang_domain::call::Section,
    all: &[Finding],
    applicable: &[String],
) -> SectionSummary {
    let applies = section.entries.iter().any(|entry| match entry {
        Entry::Field(field) => applicable.contains(&field.id),
        Entry::Evidence | Entry::Declarations => true,
    });
    let stored = loaded.rows.sections.iter().find(|row| row.section == section.id);
    let holds_files =
        section.entries.iter().any(|entry| matches!(entry, Entry::Evidence)) && !loaded.rows.files.is_empty();
    let inside = |finding: &&Finding| {
        finding.severity != Severity::Warning
            && finding
                .field
                .as_deref()
                .and_then(|path| loaded.call.call.section_of(path))
                .is_some_and(|of| of.id == section.id)
    };
    let found = all.iter().filter(inside).count();
    let state = match (found, stored.is_some() || holds_files) {
        (0, _) if !applies => SectionState::NotApplicable,
        (0, _) => SectionState::Complete,
        (_, false) => SectionState::NotStarted,
        (_, true) => SectionState::Incomplete,
    };
    SectionSummary {
        id: section.id.clone(),
        title: section.title.clone(),
        state,
        findings: found,
        revision: stored.map_or(0, |row| row.revision),
        saved_at: stored
            .filter(|_| loaded.version_shown().is_none())
            .and_then(|row| Timestamp::from_microsecond(row.updated_at).ok()),
    }
}

fn evidence_view(
    loaded: &Loaded,
    content: &Content,
    evidence: &jiebang_domain::call::Evidence,
    needed: bool,
) -> EvidenceView {
    let members = if evidence.per_member {
        let partners = content.rows(PARTNERS).iter().map(|row| match row.get("name") {
            Some(Value::Text(name)) => name.clone(),
            _ => String::new(),
        });
        let names = std::iter::once(loaded.rows.organisation.name.clone()).chain(partners);
        let numbered = content.members().into_iter().zip(names);
        numbered.map(|(number, name)| MemberView { number: i64::from(number), name }).collect()
    } else {
        vec![MemberView { number: 0, name: String::new() }]
    };
    EvidenceView {
        id: evidence.id.clone(),
        number: evidence.number.clone(),
        name: evidence.name.clone(),
        hint: evidence.hint.clone(),
        needed,
        members,
        files: loaded.rows.files.iter().filter(|row| row.evidence == evidence.id).map(file_view).collect(),
        clauses: evidence.source.clauses().to_vec(),
    }
}
