//! Applying: begin, fill in, check, submit, reopen, withdraw.

mod book;
mod decode;
mod erasing;
mod fields;
mod files;
mod freeze;
mod loaded;
mod sections;
mod views;

use std::collections::BTreeMap;

use jiebang_domain::application::{Application, ApplicationState, Content, Value};
use jiebang_domain::shared::{Region, Text};
use jiebang_store::{ApplicationFilter, ApplicationRow, SectionRow};
use jiff::Timestamp;
use serde_json::json;

use crate::access::{Action, Actor, Resource};
use crate::idempotency::Once;
use crate::{LoadedCall, Service, ServiceError, ledger};
use loaded::resource;

pub use decode::decode_section;
pub use fields::ChangeFields;
pub use files::Upload;
pub(crate) use freeze::submission_by;
pub use freeze::{Receipt, Submit};
pub(crate) use loaded::{application_of, frozen_fields, loaded_for_desk, receipt_number};
pub use sections::SaveSection;
pub use views::{
    ApplicationSummary, ApplicationView, EvidenceView, FileView, Locator, MemberView, ReceiptView,
    SavedSection, SectionState, SectionSummary, SubmissionSummary,
};

/// Most drafts never submitted that one organisation may have under one call at a time.
const DRAFTS_MAX: usize = 20;
/// Most applications that one organisation may have begun under one call, in any state.
const BEGUN_MAX: usize = 200;

impl Service {
    /// Begins an application under a published call and returns its id. A request that comes again with its key, as of a double
    /// click, begins nothing and is answered as before.
    ///
    /// # Errors
    /// `NotFound` for an unpublished call, `Refused` after the deadline, `Invalid` when there are too many drafts, `KeyReused`.
    pub async fn begin_application(
        &self,
        actor: &Actor,
        call_id: &str,
        key: Option<String>,
    ) -> Result<String, ServiceError> {
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
        let row = new_draft(&id, &card.call, &organisation.id, actor, at);
        let sections = prefilled(&card.call, actor, &row)?;
        let event = ledger::event(
            "application_begun",
            &id,
            Some(actor.account_id.clone()),
            &json!({ "call": call_id, "version": card.call.version }),
            at,
        );
        let once = Once::new(actor, key, &format!("begin {call_id}"), now);
        self.store
            .act::<String, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    if let Some(begun) = once.before(rows).await? {
                        return Ok(begun);
                    }
                    let filter = ApplicationFilter {
                        call_id: Some(row.call_id.clone()),
                        organisation_id: Some(row.organisation_id.clone()),
                        limit: i64::try_from(BEGUN_MAX).unwrap_or(i64::MAX),
                        ..ApplicationFilter::default()
                    };
                    may_begin_another(&rows.applications(&filter).await?)?;
                    rows.add_application(&row).await?;
                    for section in &sections {
                        rows.save_section(section).await?;
                    }
                    rows.add_event(&event).await?;
                    once.keep(rows, &row.id).await?;
                    Ok(row.id)
                })
            }))
            .await
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

    /// The version that counts, as a desk sees it, with who recommends it and what decides who may do what to it.
    pub(crate) async fn version_that_counts(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<(ApplicationView, Option<Region>, Resource), ServiceError> {
        let loaded = self.loaded_for(Some(actor), Action::ReadApplication, id).await?;
        let (region, resource) = (loaded.recommender(), loaded.resource());
        Ok((self.view(Some(actor), &loaded).await?, region, resource))
    }

    /// What was changed after a submission, also when it was not submitted again in time: its writers' own.
    ///
    /// # Errors
    /// `NotFound` when nothing is being changed, or it is not the actor's business.
    pub async fn unsubmitted_draft(&self, actor: &Actor, id: &str) -> Result<ApplicationView, ServiceError> {
        let loaded = self.permitted(Some(actor), Action::ReadDraft, id, None).await?;
        match loaded.application().state {
            ApplicationState::Reopened(_) => self.view(Some(actor), &loaded).await,
            _ => Err(ServiceError::NotFound),
        }
    }

    /// A submitted version of an application, by the number of its receipt.
    ///
    /// # Errors
    /// `NotFound` when it is not there or not the actor's business.
    pub async fn submitted_application(
        &self,
        actor: Option<&Actor>,
        receipt: &str,
    ) -> Result<ApplicationView, ServiceError> {
        let row = self.submission(actor, receipt).await?;
        let loaded =
            self.loaded_version(actor, Action::ReadReceipt, &row.application_id, row.version).await?;
        self.view(actor, &loaded).await
    }

    /// Reopens a submitted application for changes; the submitted version counts until the next one.
    ///
    /// # Errors
    /// `Refused` after the deadline or in the wrong state.
    pub async fn reopen(&self, actor: &Actor, id: &str) -> Result<(), ServiceError> {
        self.reopen_once(actor, id, None).await
    }

    /// As [`Service::reopen`]; a request that comes again with its key is answered as before.
    ///
    /// # Errors
    /// As [`Service::reopen`], and `KeyReused`.
    pub async fn reopen_once(
        &self,
        actor: &Actor,
        id: &str,
        key: Option<String>,
    ) -> Result<(), ServiceError> {
        self.transition(
            actor,
            id,
            key,
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
        self.withdraw_once(actor, id, None).await
    }

    /// As [`Service::withdraw`]; a request that comes again with its key is answered as before.
    ///
    /// # Errors
    /// As [`Service::withdraw`], and `KeyReused`.
    pub async fn withdraw_once(
        &self,
        actor: &Actor,
        id: &str,
        key: Option<String>,
    ) -> Result<(), ServiceError> {
        self.transition(
            actor,
            id,
            key,
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
        key: Option<String>,
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
            &json!({ "version": loaded.rows.application.version }),
            at,
        );
        let once = Once::new(actor, key, &format!("{kind} {id}"), now);
        let (id, call) = (id.to_owned(), loaded.call);
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    if once.before(rows).await?.is_some() {
                        return Ok(());
                    }
                    let mut row = rows.application(&id).await?.ok_or(ServiceError::NotFound)?;
                    let application = decide(application_of(&row), &call.call, now)?;
                    row.state = application.state.id().to_owned();
                    row.updated_at = at;
                    rows.change_application(&row).await?;
                    rows.add_event(&event).await?;
                    rows.add_outbox("notify", &json!({ "event": kind, "application": id }).to_string(), at)
                        .await?;
                    once.keep(rows, &row.state).await
                })
            }))
            .await
    }
}

fn new_draft(id: &str, call: &LoadedCall, organisation_id: &str, actor: &Actor, at: i64) -> ApplicationRow {
    ApplicationRow {
        id: id.to_owned(),
        call_id: call.call.id.clone(),
        call_version: call.version.clone(),
        organisation_id: organisation_id.to_owned(),
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
        region: None,
        lead: None,
    }
}

/// Whether an organisation with these applications under a call may begin one more. Both limits are the operator's, against
/// what fills the database; what a notice limits is judged when an application is submitted.
fn may_begin_another(begun: &[ApplicationRow]) -> Result<(), ServiceError> {
    let drafts = begun.iter().filter(|row| row.state == "draft").count();
    let (message, remedy) = if drafts >= DRAFTS_MAX {
        (
            Text::new(
                format!("本单位在本通知下已有{DRAFTS_MAX}份未提交的草稿（系统限制）"),
                format!(
                    "Your organisation has {DRAFTS_MAX} drafts under this call that were never submitted (a limit of this system)"
                ),
            ),
            Text::new(
                "继续填写已有的草稿，或撤回不用的草稿",
                "Go on with one of them, or withdraw one that is not needed",
            ),
        )
    } else if begun.len() >= BEGUN_MAX {
        (
            Text::new(
                format!("本单位在本通知下已开始{BEGUN_MAX}项申报（系统限制）"),
                format!(
                    "Your organisation has begun {BEGUN_MAX} applications under this call (a limit of this system)"
                ),
            ),
            Text::new("请联系支撑单位", "Ask the secretariat"),
        )
    } else {
        return Ok(());
    };
    Err(ServiceError::field("drafts_too_many", "application", message, remedy))
}

/// Sections with what the account suggests; what the registration gives is never stored, see `Loaded::registered`.
fn prefilled(
    call: &LoadedCall,
    actor: &Actor,
    row: &ApplicationRow,
) -> Result<Vec<SectionRow>, ServiceError> {
    let mut sections: BTreeMap<&str, Content> = BTreeMap::new();
    for (section, field) in call.call.fields() {
        if field.prefill.as_deref() == Some("account.name") {
            let name = Value::Text(actor.name.clone());
            sections.entry(&section.id).or_default().0.insert(field.id.clone(), name);
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
