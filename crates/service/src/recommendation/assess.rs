//! What a desk writes about an application: what it found out, where a department stands, what is to be corrected.

use std::collections::BTreeMap;

use jiebang_domain::application::Refusal;
use jiebang_domain::call::{Actor as Clocked, deadline_finding};
use jiebang_domain::recommendation::{Answer, Stance, questions};
use jiebang_domain::shared::Text;
use jiebang_store::{AssessmentRow, OpinionRow, ReturnRow, StoreError};
use serde_json::json;

use super::desk::stands;
use super::{department_of, faults_of, said};
use crate::access::{Action, Actor};
use crate::application::{application_of, loaded_for_desk};
use crate::idempotency::Once;
use crate::{LoadedCall, Service, ServiceError, ledger};

/// What a desk has found out, as sent by a form.
#[derive(Clone, Debug, Default)]
pub struct Assess {
    /// Application.
    pub application: String,
    /// Version that was looked at.
    pub version: u32,
    /// Revision that the editor saw, 0 for none.
    pub revision: i64,
    /// Answers by code.
    pub answers: BTreeMap<String, Answer>,
    /// Places of the criteria of preference that are met.
    pub preferences: Vec<usize>,
    /// Note of verification.
    pub note: String,
    /// Why it is recommended.
    pub reason: String,
    /// Note of the table.
    pub remark: String,
}

impl Service {
    /// Writes down what the desk has found out; both departments write on the same sheet. Returns its new revision.
    ///
    /// # Errors
    /// `Invalid` for unknown questions or a version that does not count, `Refused` after the recommenders' deadline, `Stale`.
    pub async fn assess(&self, actor: &Actor, sent: Assess) -> Result<i64, ServiceError> {
        let call = self.may_write(actor, Action::AssessApplication, &sent.application).await?;
        let department = department_of(actor)?;
        known(&call, &sent)?;
        let texts = [("note", &sent.note), ("reason", &sent.reason), ("remark", &sent.remark)];
        let faults: Vec<_> = texts.iter().flat_map(|(field, text)| faults_of(field, text, false)).collect();
        if !faults.is_empty() {
            return Err(ServiceError::Invalid(faults));
        }
        let [note, reason, remark] = texts.map(|(_, text)| text.trim().replace("\r\n", "\n"));
        let now = self.clock.now();
        let at = now.as_microsecond();
        let row = AssessmentRow {
            application_id: sent.application.clone(),
            version: i64::from(sent.version),
            answers: written(&sent.answers)?,
            preferences: written(&sent.preferences)?,
            note,
            reason,
            remark,
            revision: sent.revision,
            updated_at: at,
            updated_by: actor.account_id.clone(),
        };
        let facts = json!({
            "department": department.id(),
            "version": sent.version,
            "sha256": ledger::sha256(written(&[&row.answers, &row.preferences, &row.note, &row.reason, &row.remark])?.as_bytes()),
        });
        let event = ledger::event(
            "application_assessed",
            &sent.application,
            Some(actor.account_id.clone()),
            &facts,
            at,
        );
        self.store
            .act::<i64, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let application =
                        rows.application(&row.application_id).await?.ok_or(ServiceError::NotFound)?;
                    if application.version != row.version || !stands(&application_of(&application).state) {
                        return Err(ServiceError::Store(StoreError::Stale));
                    }
                    let revision = rows.save_assessment(&row).await?;
                    rows.add_event(&event).await?;
                    Ok(revision)
                })
            }))
            .await
    }

    /// Says where the own department stands on a version.
    ///
    /// # Errors
    /// `Invalid` for an objection without a reason, `Refused` after the recommenders' deadline, `Stale`.
    pub async fn give_opinion(
        &self,
        actor: &Actor,
        id: &str,
        version: u32,
        stance: Stance,
        note: &str,
    ) -> Result<(), ServiceError> {
        self.may_write(actor, Action::AssessApplication, id).await?;
        let department = department_of(actor)?;
        let at = self.clock.now().as_microsecond();
        let row = OpinionRow {
            application_id: id.to_owned(),
            department: department.id().to_owned(),
            version: i64::from(version),
            stance: stance.id().to_owned(),
            note: said("opinion_note", note, stance == Stance::Objects)?,
            updated_at: at,
            updated_by: actor.account_id.clone(),
        };
        let facts = json!({
            "department": department.id(),
            "version": version,
            "stance": stance.id(),
            "sha256": ledger::sha256(row.note.as_bytes()),
        });
        let event = ledger::event("opinion_given", id, Some(actor.account_id.clone()), &facts, at);
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let application =
                        rows.application(&row.application_id).await?.ok_or(ServiceError::NotFound)?;
                    if application.version != row.version || !stands(&application_of(&application).state) {
                        return Err(ServiceError::Store(StoreError::Stale));
                    }
                    rows.save_opinion(&row).await?;
                    rows.add_event(&event).await?;
                    Ok(())
                })
            }))
            .await
    }

    /// Returns a submitted application for correction, while its applicant can still submit again. The submitted version goes on
    /// counting. A request that comes again with its key is answered as before.
    ///
    /// # Errors
    /// `Invalid` without a note, `Refused` after the applicant's deadline or in the wrong state, `KeyReused`.
    pub async fn return_application(
        &self,
        actor: &Actor,
        id: &str,
        note: &str,
        key: Option<String>,
    ) -> Result<(), ServiceError> {
        let (call, _) = loaded_for_desk(self, actor, Action::ReturnApplication, id).await?;
        let department = department_of(actor)?;
        let note = said("return_note", note, true)?;
        let now = self.clock.now();
        let at = now.as_microsecond();
        let facts = json!({ "department": department.id(), "sha256": ledger::sha256(note.as_bytes()) });
        let event = ledger::event("application_returned", id, Some(actor.account_id.clone()), &facts, at);
        let once = Once::new(actor, key, &format!("return {id} {note}"), now);
        let (id, by) = (id.to_owned(), actor.account_id.clone());
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    if once.before(rows).await?.is_some() {
                        return Ok(());
                    }
                    let mut row = rows.application(&id).await?.ok_or(ServiceError::NotFound)?;
                    let (application, _) = application_of(&row).reopen(&call.call, now)?;
                    row.state = application.state.id().to_owned();
                    row.updated_at = at;
                    rows.change_application(&row).await?;
                    let returned = ReturnRow {
                        application_id: id.clone(),
                        version: row.version,
                        department: department.id().to_owned(),
                        note,
                        returned_at: at,
                        returned_by: by,
                    };
                    match rows.add_return(&returned).await {
                        // The applicant had reopened it and thought better of it; the first note stands.
                        Ok(()) | Err(StoreError::Duplicate(_)) => {}
                        Err(error) => return Err(error.into()),
                    }
                    rows.add_event(&event).await?;
                    let notice = json!({ "event": "application_returned", "application": id });
                    rows.add_outbox("notify", &notice.to_string(), at).await?;
                    once.keep(rows, "returned").await
                })
            }))
            .await
    }

    /// Whether the actor may write on an application before the recommenders' deadline, and under which call.
    async fn may_write(
        &self,
        actor: &Actor,
        action: Action,
        id: &str,
    ) -> Result<std::sync::Arc<LoadedCall>, ServiceError> {
        let (call, _) = loaded_for_desk(self, actor, action, id).await?;
        match deadline_finding(&call.call, Clocked::Recommender, None, self.clock.now()) {
            Some(finding) => Err(ServiceError::Refused(Refusal::Late(Box::new(finding)))),
            None => Ok(call),
        }
    }
}

fn written(value: &impl serde::Serialize) -> Result<String, ServiceError> {
    serde_json::to_string(value).map_err(|error| ServiceError::Internal(error.to_string()))
}

/// Refuses answers to what nobody asks, and criteria that the call does not have.
fn known(call: &LoadedCall, sent: &Assess) -> Result<(), ServiceError> {
    let asked = |code: &String| questions(&call.call).any(|question| question.code == *code);
    let unknown = |field: &str| {
        ServiceError::field(
            "field_unknown",
            field,
            Text::new("没有这一项", "There is no such question"),
            Text::new("刷新页面后重新填写", "Reload the page and fill it in again"),
        )
    };
    if let Some(code) = sent.answers.keys().find(|code| !asked(code)) {
        return Err(unknown(&format!("answers.{code}")));
    }
    let criteria = call.call.recommendation.as_ref().map_or(0, |of| of.preferences.len());
    match sent.preferences.iter().find(|place| **place >= criteria) {
        Some(place) => Err(unknown(&format!("preferences.{place}"))),
        None => Ok(()),
    }
}
