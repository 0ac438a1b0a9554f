//! Applying: begin, fill in, check, submit, reopen, withdraw.

mod decode;
mod freeze;
mod views;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiebang_domain::application::{
    Application, ApplicationState, Content, Draft, EvidenceFile, Signature, Submission, Value, findings,
};
use jiebang_domain::call::Field;
use jiebang_domain::shared::{Finding, Text};
use jiebang_store::{
    ApplicationFilter, ApplicationRow, Connection, FileRow, OrganisationRow, SectionRow, StoreError,
};
use jiff::Timestamp;
use serde_json::json;

use crate::access::{Action, Actor, Resource};
use crate::error::Conflict;
use crate::{LoadedCall, Service, ServiceError, ledger};

pub use decode::decode_section;
pub use freeze::Receipt;
pub use views::{
    ApplicationSummary, ApplicationView, EvidenceView, FileView, Locator, ReceiptView, SavedSection,
    SectionState, SectionSummary, SubmissionSummary,
};

/// Most applications that one organisation may have under one call, drafts included.
const DRAFTS_MAX: usize = 20;
/// Most files of one application.
const FILES_MAX: usize = 100;
/// How often a submission is tried again when the application changes under it.
const TRIES_MAX: usize = 3;

/// A section as sent by a form: what the editor saw, and what it holds now.
#[derive(Clone, Debug)]
pub struct SaveSection {
    /// Application.
    pub application: String,
    /// Section.
    pub section: String,
    /// Revision that the editor saw, 0 for none.
    pub revision: i64,
    /// Field paths and values as sent, in order.
    pub pairs: Vec<(String, String)>,
}

/// A file as sent.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Evidence id of the call.
    pub evidence: String,
    /// Member that it belongs to, the lead being 0.
    pub member: u32,
    /// Name as sent.
    pub name: String,
}

/// Everything about one application, read in one snapshot.
struct Loaded {
    row: ApplicationRow,
    call: Arc<LoadedCall>,
    organisation: OrganisationRow,
    sections: Vec<SectionRow>,
    files: Vec<FileRow>,
    led_before: i64,
}

/// The same rows before the call is looked up.
type Rows = (ApplicationRow, OrganisationRow, Vec<SectionRow>, Vec<FileRow>, i64);

async fn rows_of(rows: &mut dyn Connection, id: &str) -> Result<Option<Rows>, StoreError> {
    let Some(row) = rows.application(id).await? else { return Ok(None) };
    let Some(organisation) = rows.organisation(&row.organisation_id).await? else { return Ok(None) };
    let sections = rows.sections(id).await?;
    let files = rows.files(id).await?;
    let led_before = rows.count_led(&row.call_id, &row.organisation_id, id).await?;
    Ok(Some((row, organisation, sections, files, led_before)))
}

impl Loaded {
    fn content(&self) -> Result<Content, ServiceError> {
        let mut all = BTreeMap::new();
        for section in &self.sections {
            all.extend(content_of(section)?.0);
        }
        Ok(Content(all))
    }

    fn draft(&self) -> Result<Draft, ServiceError> {
        let content = self.content()?;
        let declarations = self
            .call
            .call
            .declarations
            .iter()
            .map(|declaration| (declaration.id.clone(), signature(&content, &declaration.id)))
            .collect();
        Ok(Draft {
            applicant: crate::identity::organisation_of(&self.organisation)?,
            led_before: u32::try_from(self.led_before).unwrap_or(u32::MAX),
            content,
            declarations,
            evidence: self.files.iter().map(evidence_file).collect(),
        })
    }

    fn application(&self) -> Application {
        application_of(&self.row)
    }

    fn resource(&self) -> Resource {
        resource(&self.row, &self.organisation, &self.call)
    }
}

fn resource(row: &ApplicationRow, organisation: &OrganisationRow, call: &LoadedCall) -> Resource {
    let region = jiebang_domain::shared::Region::parse(&organisation.region);
    let recommender = match (&call.call.recommendation, region) {
        (Some(recommendation), Some(region)) => Some(recommendation.recommender_of(region)),
        _ => None,
    };
    Resource::Application {
        id: row.id.clone(),
        organisation_id: row.organisation_id.clone(),
        call_id: row.call_id.clone(),
        state: row.state.clone(),
        region: recommender,
    }
}

fn content_of(section: &SectionRow) -> Result<Content, ServiceError> {
    serde_json::from_str(&section.content).map_err(|error| {
        ServiceError::Internal(format!("section {} of {}: {error}", section.section, section.application_id))
    })
}

fn signature(content: &Content, id: &str) -> Signature {
    let accepted = matches!(content.0.get(&format!("declaration.{id}.accepted")), Some(Value::Boolean(true)));
    Signature { accepted, signer: content.text(&format!("declaration.{id}.signer")).to_owned() }
}

fn evidence_file(row: &FileRow) -> EvidenceFile {
    EvidenceFile {
        evidence: row.evidence.clone(),
        member: u32::try_from(row.member).unwrap_or(0),
        name: row.name.clone(),
        size_bytes: u64::try_from(row.size_bytes).unwrap_or(0),
        sha256: row.sha256.clone(),
    }
}

/// The state that a row stands for.
pub(crate) fn application_of(row: &ApplicationRow) -> Application {
    let submission = row
        .submitted_at
        .and_then(|at| Timestamp::from_microsecond(at).ok())
        .map(|received_at| Submission { version: u32::try_from(row.version).unwrap_or(0), received_at });
    let state = match (row.state.as_str(), submission) {
        ("submitted", Some(submission)) => ApplicationState::Submitted(submission),
        ("reopened", Some(submission)) => ApplicationState::Reopened(submission),
        ("withdrawn", submission) => ApplicationState::Withdrawn(submission),
        _ => ApplicationState::Draft,
    };
    Application { state }
}

impl Service {
    async fn loaded(&self, id: &str) -> Result<Loaded, ServiceError> {
        let key = id.to_owned();
        let found = self
            .store
            .read::<Option<Rows>, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { Ok(rows_of(rows, &key).await?) })
            }))
            .await?;
        let (row, organisation, sections, files, led_before) = found.ok_or(ServiceError::NotFound)?;
        let call = self.bound_call(&row.call_id, &row.call_version)?;
        Ok(Loaded { row, call, organisation, sections, files, led_before })
    }

    async fn loaded_for(
        &self,
        actor: Option<&Actor>,
        action: Action,
        id: &str,
    ) -> Result<Loaded, ServiceError> {
        let loaded = match self.loaded(id).await {
            // Who is not logged in learns nothing about which applications exist.
            Err(ServiceError::NotFound) if actor.is_none() => return Err(ServiceError::LoginRequired),
            other => other?,
        };
        self.access.require(actor, action, &loaded.resource())?;
        Ok(loaded)
    }

    /// Begins an application under a published call and returns its id.
    ///
    /// # Errors
    /// `NotFound` for an unpublished call, `Refused` after the deadline, `Invalid` when there are too many drafts.
    pub async fn begin_application(&self, actor: &Actor, call_id: &str) -> Result<String, ServiceError> {
        let card = self.call(call_id)?;
        let organisation = actor.organisation.clone().ok_or(ServiceError::Forbidden)?;
        self.access.require(
            Some(actor),
            Action::BeginApplication,
            &Resource::Call { id: call_id.to_owned(), published: true },
        )?;
        if card.call.call.sections.is_empty() {
            return Err(ServiceError::NotFound);
        }
        let now = self.clock.now();
        Application { state: ApplicationState::Draft }.may_change(&card.call.call, now)?;
        let id = self.random.id(now);
        let at = now.as_microsecond();
        let row = ApplicationRow {
            id: id.clone(),
            call_id: call_id.to_owned(),
            call_version: card.call.version.clone(),
            organisation_id: organisation.id.clone(),
            state: "draft".to_owned(),
            title: String::new(),
            task: String::new(),
            number: None,
            version: 0,
            submitted_at: None,
            created_at: at,
            created_by: actor.account_id.clone(),
            updated_at: at,
            revision: 1,
        };
        let sections = prefilled(&card.call, actor, &organisation, &row)?;
        let event = ledger::event(
            "application_begun",
            &id,
            Some(actor.account_id.clone()),
            &json!({ "call": call_id, "version": card.call.version }),
            at,
        );
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let filter = ApplicationFilter {
                        call_id: Some(row.call_id.clone()),
                        organisation_id: Some(row.organisation_id.clone()),
                        limit: i64::try_from(DRAFTS_MAX).unwrap_or(i64::MAX),
                        ..ApplicationFilter::default()
                    };
                    if rows.applications(&filter).await?.len() >= DRAFTS_MAX {
                        return Err(too_many_drafts());
                    }
                    rows.add_application(&row).await?;
                    for section in &sections {
                        rows.save_section(section).await?;
                    }
                    rows.add_event(&event).await?;
                    Ok(())
                })
            }))
            .await?;
        Ok(id)
    }

    /// Applications of the own organisation that the actor may read, newest first, `before` the given id.
    ///
    /// # Errors
    /// `Forbidden` for an actor without an organisation.
    pub async fn own_applications(
        &self,
        actor: &Actor,
        before: Option<String>,
        limit: i64,
    ) -> Result<Vec<ApplicationSummary>, ServiceError> {
        let organisation = actor.organisation.as_ref().ok_or(ServiceError::Forbidden)?;
        let filter = ApplicationFilter {
            organisation_id: Some(organisation.id.clone()),
            before_id: before,
            limit: limit.clamp(1, 200),
            ..ApplicationFilter::default()
        };
        let rows = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { Ok(rows.applications(&filter).await?) })
            }))
            .await?;
        let mut own = Vec::new();
        for row in &rows {
            let call = self.bound_call(&row.call_id, &row.call_version)?;
            if self.access.allows(Some(actor), Action::ReadApplication, &resource(row, organisation, &call)) {
                own.push(self.summary(row)?);
            }
        }
        Ok(own)
    }

    /// One application with its sections, findings and evidence.
    ///
    /// # Errors
    /// `NotFound` when it is not there or not the actor's business.
    pub async fn application(
        &self,
        actor: Option<&Actor>,
        id: &str,
    ) -> Result<ApplicationView, ServiceError> {
        let loaded = self.loaded_for(actor, Action::ReadApplication, id).await?;
        self.view(actor, &loaded).await
    }

    /// Saves a section. Values that cannot be read are refused with findings; values that break a rule are saved, since a
    /// draft may be wrong.
    ///
    /// # Errors
    /// `Invalid`, `Refused` after the deadline or in the wrong state, `Conflict` with both states.
    pub async fn save_section(&self, actor: &Actor, save: SaveSection) -> Result<SavedSection, ServiceError> {
        let loaded = self.loaded_for(Some(actor), Action::EditApplication, &save.application).await?;
        let now = self.clock.now();
        loaded.application().may_change(&loaded.call.call, now)?;
        let section = loaded
            .call
            .call
            .sections
            .iter()
            .find(|section| section.id == save.section)
            .ok_or(ServiceError::NotFound)?;
        let stored = loaded.sections.iter().find(|row| row.section == save.section);
        let before = stored.map(content_of).transpose()?.unwrap_or_default();
        let task = loaded.content()?.text("task").to_owned();
        let content = decode_section(&loaded.call.call, section, &task, before, &save.pairs)?;
        let row = SectionRow {
            application_id: save.application.clone(),
            section: save.section.clone(),
            revision: save.revision,
            content: serde_json::to_string(&content)
                .map_err(|error| ServiceError::Internal(error.to_string()))?,
            updated_at: now.as_microsecond(),
            updated_by: actor.account_id.clone(),
        };
        match self.store_section(actor, &loaded, row, &content).await {
            Err(ServiceError::Store(StoreError::Stale)) => {
                Err(self.conflict(&save.application, &save.section, &content).await?)
            }
            Err(error) => Err(error),
            Ok(revision) => {
                let loaded = self.loaded(&save.application).await?;
                let all = findings(&loaded.call.call, &loaded.draft()?);
                let inside = |finding: &Finding| {
                    finding
                        .field
                        .as_deref()
                        .and_then(|path| loaded.call.call.section_of(path))
                        .is_some_and(|of| of.id == save.section)
                };
                Ok(SavedSection { revision, findings: all.into_iter().filter(inside).collect() })
            }
        }
    }

    async fn store_section(
        &self,
        actor: &Actor,
        loaded: &Loaded,
        row: SectionRow,
        content: &Content,
    ) -> Result<i64, ServiceError> {
        let at = row.updated_at;
        let deadline_call = loaded.call.clone();
        let (task, title) = (content.0.get("task").cloned(), content.0.get("task_name").cloned());
        let event = ledger::event(
            "section_saved",
            &row.application_id,
            Some(actor.account_id.clone()),
            &json!({ "section": row.section, "sha256": ledger::sha256(row.content.as_bytes()) }),
            at,
        );
        self.store
            .act::<i64, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let Some(mut application) = rows.application(&row.application_id).await? else {
                        return Err(ServiceError::NotFound);
                    };
                    let instant = Timestamp::from_microsecond(at)
                        .map_err(|error| ServiceError::Internal(error.to_string()))?;
                    application_of(&application).may_change(&deadline_call.call, instant)?;
                    let revision = rows.save_section(&row).await?;
                    if let Some(Value::Text(task)) = task {
                        application.task = task;
                    }
                    if let Some(Value::Text(title)) = title {
                        application.title = title.chars().take(200).collect();
                    }
                    application.updated_at = at;
                    rows.change_application(&application).await?;
                    rows.add_event(&event).await?;
                    Ok(revision)
                })
            }))
            .await
    }

    /// Both states of a section that somebody else saved first.
    async fn conflict(&self, id: &str, section: &str, sent: &Content) -> Result<ServiceError, ServiceError> {
        let loaded = self.loaded(id).await?;
        let stored = loaded.sections.iter().find(|row| row.section == section);
        let by = match stored {
            Some(row) => self.account_name(&row.updated_by).await?,
            None => String::new(),
        };
        let json = |content: &Content| serde_json::to_value(content).unwrap_or_default();
        let content = stored.map(content_of).transpose()?.unwrap_or_default();
        Ok(ServiceError::Conflict(Box::new(Conflict {
            revision: stored.map_or(0, |row| row.revision),
            by,
            stored: json(&content),
            sent: json(sent),
        })))
    }

    /// Attaches a file that was stored under its hash.
    ///
    /// # Errors
    /// `Invalid` for unknown evidence or too many files, `Refused` after the deadline or in the wrong state.
    pub async fn attach_file(
        &self,
        actor: &Actor,
        application: &str,
        upload: Upload,
        stored: crate::files::Stored,
    ) -> Result<FileView, ServiceError> {
        let loaded = self.may_attach(actor, application, &upload).await?;
        let now = self.clock.now();
        let row = FileRow {
            id: self.random.id(now),
            application_id: application.to_owned(),
            evidence: upload.evidence,
            member: i64::from(upload.member),
            name: upload.name,
            media_type: stored.media_type,
            size_bytes: i64::try_from(stored.size_bytes).unwrap_or(i64::MAX),
            sha256: stored.sha256,
            pages: stored.pages.map(i64::from),
            created_at: now.as_microsecond(),
            created_by: actor.account_id.clone(),
        };
        let data = json!({ "evidence": row.evidence, "member": row.member, "sha256": row.sha256, "bytes": row.size_bytes });
        let (added, call) = (row.clone(), loaded.call.clone());
        self.change_files(actor, application, "file_attached", data, call, move |rows| {
            Box::pin(async move {
                // Others may have attached files while this one was received.
                if rows.files(&added.application_id).await?.len() >= FILES_MAX {
                    return Err(too_many_files(&added.evidence));
                }
                Ok(rows.add_file(&added).await?)
            })
        })
        .await?;
        Ok(views::file_view(&row))
    }

    /// Checks whether a file may be attached, before its bytes are received.
    ///
    /// # Errors
    /// As [`Service::attach_file`].
    pub async fn check_upload(
        &self,
        actor: &Actor,
        application: &str,
        upload: &Upload,
    ) -> Result<(), ServiceError> {
        self.may_attach(actor, application, upload).await.map(|_| ())
    }

    async fn may_attach(
        &self,
        actor: &Actor,
        application: &str,
        upload: &Upload,
    ) -> Result<Loaded, ServiceError> {
        let loaded = self.loaded_for(Some(actor), Action::AttachFile, application).await?;
        loaded.application().may_change(&loaded.call.call, self.clock.now())?;
        let field = format!("evidence.{}", upload.evidence);
        let known = loaded.call.call.evidence.iter().find(|evidence| evidence.id == upload.evidence);
        let members = if known.is_some_and(|evidence| evidence.per_member) {
            1 + loaded.content()?.rows("partners").len()
        } else {
            1
        };
        if known.is_none() || usize::try_from(upload.member).unwrap_or(usize::MAX) >= members {
            return Err(ServiceError::field(
                "evidence_unknown",
                &field,
                Text::new("没有这一项证明材料或这个单位", "There is no such evidence or unit"),
                Text::new("刷新页面后重新选择", "Reload the page and choose again"),
            ));
        }
        if loaded.files.len() >= FILES_MAX {
            return Err(too_many_files(&upload.evidence));
        }
        Ok(loaded)
    }

    /// Removes a file from the draft; frozen copies keep its hash.
    ///
    /// # Errors
    /// `NotFound`, `Refused` after the deadline or in the wrong state.
    pub async fn remove_file(
        &self,
        actor: &Actor,
        application: &str,
        file: &str,
    ) -> Result<(), ServiceError> {
        let loaded = self.loaded_for(Some(actor), Action::AttachFile, application).await?;
        loaded.application().may_change(&loaded.call.call, self.clock.now())?;
        let row = loaded.files.iter().find(|row| row.id == file).ok_or(ServiceError::NotFound)?;
        let data = json!({ "evidence": row.evidence, "member": row.member, "sha256": row.sha256 });
        let (id, call) = (row.id.clone(), loaded.call.clone());
        self.change_files(actor, application, "file_removed", data, call, move |rows| {
            Box::pin(async move {
                rows.remove_file(&id).await.map_err(|error| match error {
                    // Somebody else was quicker.
                    StoreError::Stale => ServiceError::NotFound,
                    other => other.into(),
                })
            })
        })
        .await
    }

    async fn change_files(
        &self,
        actor: &Actor,
        application: &str,
        kind: &str,
        data: serde_json::Value,
        call: Arc<LoadedCall>,
        change: impl for<'a> FnOnce(
            &'a mut dyn Connection,
        ) -> jiebang_store::BoxFuture<'a, Result<(), ServiceError>>
        + Send
        + 'static,
    ) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let at = now.as_microsecond();
        let event = ledger::event(kind, application, Some(actor.account_id.clone()), &data, at);
        let id = application.to_owned();
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let mut row = rows.application(&id).await?.ok_or(ServiceError::NotFound)?;
                    application_of(&row).may_change(&call.call, now)?;
                    change(&mut *rows).await?;
                    row.updated_at = at;
                    rows.change_application(&row).await?;
                    rows.add_event(&event).await?;
                    Ok(())
                })
            }))
            .await
    }

    /// An attached file, for download.
    ///
    /// # Errors
    /// `NotFound` when it is not there or not the actor's business.
    pub async fn attached_file(
        &self,
        actor: Option<&Actor>,
        application: &str,
        file: &str,
    ) -> Result<FileView, ServiceError> {
        let loaded = self.loaded_for(actor, Action::ReadFile, application).await?;
        let row = loaded.files.iter().find(|row| row.id == file).ok_or(ServiceError::NotFound)?;
        Ok(views::file_view(row))
    }

    /// Reopens a submitted application for changes; the submitted version counts until the next one.
    ///
    /// # Errors
    /// `Refused` after the deadline or in the wrong state.
    pub async fn reopen(&self, actor: &Actor, id: &str) -> Result<(), ServiceError> {
        self.transition(
            actor,
            id,
            Action::ReopenApplication,
            "application_reopened",
            |application, call, at| application.reopen(call, at).map(|(application, _)| application),
        )
        .await
    }

    /// Withdraws an application.
    ///
    /// # Errors
    /// `Refused` after the deadline or in the wrong state.
    pub async fn withdraw(&self, actor: &Actor, id: &str) -> Result<(), ServiceError> {
        self.transition(
            actor,
            id,
            Action::WithdrawApplication,
            "application_withdrawn",
            |application, call, at| application.withdraw(call, at).map(|(application, _)| application),
        )
        .await
    }

    async fn transition(
        &self,
        actor: &Actor,
        id: &str,
        action: Action,
        kind: &'static str,
        decide: fn(
            Application,
            &jiebang_domain::call::Call,
            Timestamp,
        ) -> Result<Application, jiebang_domain::application::Refusal>,
    ) -> Result<(), ServiceError> {
        let loaded = self.loaded_for(Some(actor), action, id).await?;
        let now = self.clock.now();
        let at = now.as_microsecond();
        let event = ledger::event(
            kind,
            id,
            Some(actor.account_id.clone()),
            &json!({ "version": loaded.row.version }),
            at,
        );
        let (id, call) = (id.to_owned(), loaded.call);
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let mut row = rows.application(&id).await?.ok_or(ServiceError::NotFound)?;
                    let application = decide(application_of(&row), &call.call, now)?;
                    row.state = application.state.id().to_owned();
                    row.updated_at = at;
                    rows.change_application(&row).await?;
                    rows.add_event(&event).await?;
                    rows.add_outbox("notify", &json!({ "event": kind, "application": id }).to_string(), at)
                        .await?;
                    Ok(())
                })
            }))
            .await
    }
}

fn too_many_files(evidence: &str) -> ServiceError {
    ServiceError::field(
        "files_too_many",
        &format!("evidence.{evidence}"),
        Text::new(format!("文件已达{FILES_MAX}个"), format!("There are {FILES_MAX} files already")),
        Text::new("合并或删除文件", "Merge or remove files"),
    )
}

fn too_many_drafts() -> ServiceError {
    ServiceError::field(
        "drafts_too_many",
        "application",
        Text::new(
            format!("本单位在本通知下已有{DRAFTS_MAX}项申报"),
            format!("Your organisation has {DRAFTS_MAX} applications under this call"),
        ),
        Text::new("继续填写已有的草稿", "Go on with an existing draft"),
    )
}

/// Sections with the values that the account and the organisation already know.
fn prefilled(
    call: &LoadedCall,
    actor: &Actor,
    organisation: &OrganisationRow,
    row: &ApplicationRow,
) -> Result<Vec<SectionRow>, ServiceError> {
    let known = |field: &Field| -> Option<String> {
        match field.prefill.as_deref()? {
            "organisation.name" => Some(organisation.name.clone()),
            "organisation.code" => Some(organisation.code.clone()),
            "organisation.address" => Some(organisation.address.clone()),
            "organisation.legal_representative" => Some(organisation.legal_representative.clone()),
            "account.name" => Some(actor.name.clone()),
            _ => None,
        }
        .filter(|value| !value.is_empty())
    };
    let mut sections: BTreeMap<&str, Content> = BTreeMap::new();
    for (section, field) in call.call.fields() {
        if let Some(value) = known(field) {
            sections.entry(&section.id).or_default().0.insert(field.id.clone(), Value::Text(value));
        }
    }
    sections
        .into_iter()
        .map(|(section, content)| {
            Ok(SectionRow {
                application_id: row.id.clone(),
                section: section.to_owned(),
                revision: 0,
                content: serde_json::to_string(&content)
                    .map_err(|error| ServiceError::Internal(error.to_string()))?,
                updated_at: row.created_at,
                updated_by: row.created_by.clone(),
            })
        })
        .collect()
}
