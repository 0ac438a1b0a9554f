//! The check of form of one application: items of the plan, yes or no, reasons for every no.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiebang_domain::selection::{CheckAnswer, CheckItem, FormCheck, form_check};
use jiebang_domain::shared::{Finding, Text};
use jiebang_store::{Connection, FormCheckRow, StoreError};
use jiff::Timestamp;
use serde_json::json;

use super::candidates::Candidate;
use super::ground::Ground;
use super::{WORDS_MAX, finding, text_faults, written};
use crate::access::{Action, Actor, Resource};
use crate::{LoadedCall, Service, ServiceError, ledger};

/// A check of form as a page sends it.
#[derive(Clone, Debug, Default)]
pub struct SaveFormCheck {
    /// Application.
    pub application: String,
    /// Version that was looked at.
    pub version: i64,
    /// Revision that the editor saw, 0 for none.
    pub revision: i64,
    /// Answers by item.
    pub answers: BTreeMap<String, CheckAnswer>,
}

/// A check of form.
#[derive(Clone, Debug)]
pub struct FormCheckView {
    /// Call.
    pub call: Arc<LoadedCall>,
    /// The application, at the first stage.
    pub candidate: Candidate,
    /// Id of the first stage.
    pub stage: String,
    /// Items of the plan.
    pub items: Vec<CheckItem>,
    /// Answers by item; of this version or of an earlier one.
    pub answers: BTreeMap<String, CheckAnswer>,
    /// What comes of them.
    pub judged: FormCheck,
    /// The answers are of an earlier version of the application.
    pub outdated: bool,
    /// Revision that an editor sees.
    pub revision: i64,
    /// When it was saved.
    pub at: Option<Timestamp>,
    /// The actor may save it.
    pub writes: bool,
}

impl Service {
    /// The call that an application is under, where the actor may do this there.
    pub(super) async fn selection_of(
        &self,
        actor: &Actor,
        action: Action,
        application: &str,
    ) -> Result<Arc<LoadedCall>, ServiceError> {
        let id = application.to_owned();
        let found = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { Ok(rows.application(&id).await?) })
            }))
            .await?;
        let known = found.as_ref().and_then(|row| self.call(&row.call_id).ok());
        // Who may see no selection learns nothing about which applications exist.
        let id = known.as_ref().map(|card| card.call.call.id.clone()).unwrap_or_default();
        self.access.require(Some(actor), action, &Resource::Call { id, published: true })?;
        known.map(|card| card.call).ok_or(ServiceError::NotFound)
    }

    /// The check of form of an application.
    ///
    /// # Errors
    /// `NotFound` where it stands for no selection, `Forbidden`.
    pub async fn form_check(&self, actor: &Actor, id: &str) -> Result<FormCheckView, ServiceError> {
        let call = self.selection_of(actor, Action::ReadSelection, id).await?;
        let resource = Resource::Call { id: call.call.id.clone(), published: true };
        let writes = self.access.allows(Some(actor), Action::CheckForms, &resource);
        let id = id.to_owned();
        self.store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let ground = Ground::of(rows, call).await?;
                    let stage = first_stage(&ground)?;
                    let candidate = Candidate::from(ground.candidate(rows, &stage, &id).await?);
                    let row = rows.form_check(&id).await?;
                    let answers = row.as_ref().map(answers_of).transpose()?.unwrap_or_default();
                    Ok(FormCheckView {
                        judged: form_check(&ground.plan.checks, &answers),
                        outdated: row.as_ref().is_some_and(|row| row.version != candidate.version),
                        revision: row.as_ref().map_or(0, |row| row.revision),
                        at: row.and_then(|row| Timestamp::from_microsecond(row.updated_at).ok()),
                        items: ground.plan.checks,
                        call: ground.call,
                        candidate,
                        stage,
                        answers,
                        writes,
                    })
                })
            }))
            .await
    }

    /// Saves the check of form, whole or not. Returns its new revision.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Invalid` for items that the plan does not have, texts that are too long, and after the first list
    /// was published; `Stale` where somebody else saved it or another version counts.
    pub async fn save_form_check(&self, actor: &Actor, sent: SaveFormCheck) -> Result<i64, ServiceError> {
        let call = self.selection_of(actor, Action::CheckForms, &sent.application).await?;
        let at = self.clock.now().as_microsecond();
        let by = actor.account_id.clone();
        self.store
            .act::<i64, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let ground = Ground::of(rows, call).await?;
                    let stage = first_stage(&ground)?;
                    let candidate = ground.candidate(rows, &stage, &sent.application).await?;
                    if candidate.version != sent.version {
                        return Err(StoreError::Stale.into());
                    }
                    unpublished(rows, &ground, &stage).await?;
                    let faults = faults(&ground.plan.checks, &sent.answers);
                    if !faults.is_empty() {
                        return Err(ServiceError::Invalid(faults));
                    }
                    let outcome = outcome(&form_check(&ground.plan.checks, &sent.answers));
                    let row = FormCheckRow {
                        application_id: sent.application.clone(),
                        version: sent.version,
                        answers: written(&sent.answers)?,
                        outcome: outcome.to_owned(),
                        revision: sent.revision,
                        updated_at: at,
                        updated_by: by.clone(),
                    };
                    let facts = json!({
                        "version": row.version,
                        "outcome": row.outcome,
                        "sha256": ledger::sha256(row.answers.as_bytes()),
                    });
                    let revision = rows.save_form_check(&row).await?;
                    let event = ledger::event("form_checked", &sent.application, Some(by), &facts, at);
                    rows.add_event(&event).await?;
                    Ok(revision)
                })
            }))
            .await
    }
}

fn first_stage(ground: &Ground) -> Result<String, ServiceError> {
    ground.plan.stages.first().map(|stage| stage.id.clone()).ok_or(ServiceError::NotFound)
}

/// Refuses what would stand behind a published list.
pub(super) async fn unpublished(
    rows: &mut dyn Connection,
    ground: &Ground,
    stage: &str,
) -> Result<(), ServiceError> {
    let lists = rows.published_lists(&ground.call.call.id).await?;
    if lists.iter().any(|list| list.stage == stage) {
        return Err(ServiceError::field(
            "list_published",
            "main",
            Text::new(
                "这一阶段的名单已经公布，不能再改",
                "The list of this stage is published; nothing changes any more",
            ),
            Text::new("有异议的，按异议处理程序办理", "Decide on it as on an objection"),
        ));
    }
    Ok(())
}

fn answers_of(row: &FormCheckRow) -> Result<BTreeMap<String, CheckAnswer>, ServiceError> {
    serde_json::from_str(&row.answers)
        .map_err(|error| ServiceError::Internal(format!("form check of {}: {error}", row.application_id)))
}

fn outcome(judged: &FormCheck) -> &'static str {
    match judged {
        FormCheck::Open(_) => "open",
        FormCheck::Passed => "passed",
        FormCheck::Refused(_) => "refused",
    }
}

fn faults(items: &[CheckItem], answers: &BTreeMap<String, CheckAnswer>) -> Vec<Finding> {
    let mut faults = Vec::new();
    for (id, answer) in answers {
        if items.iter().all(|item| item.id != *id) {
            faults.push(finding(
                "check_unknown",
                &format!("met.{id}"),
                Text::new("方案中没有这一审查项", "The plan has no such item"),
                Text::new("刷新页面后重新填写", "Reload the page and fill it in again"),
            ));
        }
        faults.extend(text_faults(&format!("reason.{id}"), &answer.reason, WORDS_MAX));
    }
    faults
}
