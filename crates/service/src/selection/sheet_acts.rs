//! What an expert does with a sheet: says whether there is a conflict, writes, submits, revises.

use jiebang_domain::selection::{Rubric, SheetRefusal};
use jiebang_domain::shared::{Finding, Text};
use jiebang_store::{ConflictRow, Connection, SheetRow, StoreError};
use jiff::Timestamp;
use serde_json::json;

use super::assign::declare;
use super::checks::unpublished;
use super::ground::close_conflicted;
use super::sheets::{Seat, SheetContent, resource, score_sheet, seat_of};
use super::{finding, reason, text_faults, written};
use crate::access::{Action, Actor};
use crate::{Service, ServiceError, ledger};

/// Longest comment on a score, in characters.
const COMMENT_MAX: usize = 4_000;
/// Longest text in the place of a score, in characters.
const SCORE_MAX: usize = 40;

/// A sheet as a page sends it.
#[derive(Clone, Debug, Default)]
pub struct SaveSheet {
    /// Application.
    pub application: String,
    /// Stage.
    pub stage: String,
    /// Revision that the editor saw.
    pub revision: i64,
    /// What stands on it.
    pub content: SheetContent,
    /// Why there is another version than the first; empty for that.
    pub reason: String,
}

/// What is done with a sheet, in the act that finds it the actor's own.
enum Deed {
    Clear,
    Save(SaveSheet),
    Submit(i64),
    Revise(String),
}

impl Service {
    /// Says that there is no conflict: the sheet can be written.
    ///
    /// # Errors
    /// `NotFound` where it is not the actor's to score, `Forbidden`.
    pub async fn declare_no_conflict(
        &self,
        actor: &Actor,
        application: &str,
        stage: &str,
    ) -> Result<(), ServiceError> {
        self.on_sheet(actor, application, stage, Deed::Clear).await.map(|_| ())
    }

    /// Saves a sheet as it was typed, whole or not. Returns its new revision.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden`; `Invalid` for what the sheet does not have or what is too long; `Stale` where it has moved on.
    pub async fn save_sheet(&self, actor: &Actor, sent: SaveSheet) -> Result<i64, ServiceError> {
        let (application, stage) = (sent.application.clone(), sent.stage.clone());
        self.on_sheet(actor, &application, &stage, Deed::Save(sent)).await
    }

    /// Submits the sheet that was saved with this revision: it is sealed, and counts.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden`; `Invalid` with everything that is wrong; `Stale`.
    pub async fn submit_sheet(
        &self,
        actor: &Actor,
        application: &str,
        stage: &str,
        revision: i64,
    ) -> Result<i64, ServiceError> {
        self.on_sheet(actor, application, stage, Deed::Submit(revision)).await
    }

    /// Opens a submitted sheet for another version; the submitted one counts until that is submitted.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden`; `Invalid` without a reason or where the list is published; `Stale` where it is not submitted.
    pub async fn revise_sheet(
        &self,
        actor: &Actor,
        application: &str,
        stage: &str,
        why: &str,
    ) -> Result<(), ServiceError> {
        let why = reason("reason", why)?;
        self.on_sheet(actor, application, stage, Deed::Revise(why)).await.map(|_| ())
    }

    /// Declares a conflict of the actor with an application: everything of it closes to the actor.
    ///
    /// # Errors
    /// `NotFound` where it is not the actor's to score; `Forbidden`; `Invalid` without words.
    pub async fn declare_conflict(
        &self,
        actor: &Actor,
        application: &str,
        stage: &str,
        words: &str,
    ) -> Result<(), ServiceError> {
        let note = reason("conflict_words", words)?;
        let call = self.call_of_sheet(application).await?;
        let (now, access, calls) = (self.clock.now(), self.access.clone(), self.calls.clone());
        let (actor, id, stage) = (actor.clone(), application.to_owned(), stage.to_owned());
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let account = &actor.account_id;
                    let seat = match call {
                        Some(call) => seat_of(rows, call, account, (&id, &stage), now).await?,
                        None => None,
                    };
                    let owner = seat.as_ref().map(|_| account.clone());
                    access.require(Some(&actor), Action::WriteSheet, &resource(&id, owner, false))?;
                    let seat = seat.ok_or(ServiceError::NotFound)?;
                    let expert = rows.expert(&seat.key.expert_id).await?.ok_or(ServiceError::NotFound)?;
                    let row = ConflictRow {
                        expert_id: expert.id.clone(),
                        application_id: id,
                        declarer: "expert".to_owned(),
                        note,
                        declared_at: now.as_microsecond(),
                        declared_by: account.clone(),
                    };
                    declare(rows, &row, &expert, now).await?;
                    close_conflicted(rows, &calls, &expert, account, now).await
                })
            }))
            .await
    }

    /// Does something with the actor's own sheet; whether it is the actor's is found in the same act.
    async fn on_sheet(
        &self,
        actor: &Actor,
        application: &str,
        stage: &str,
        deed: Deed,
    ) -> Result<i64, ServiceError> {
        let call = self.call_of_sheet(application).await?;
        let (now, access) = (self.clock.now(), self.access.clone());
        let (actor, id, stage) = (actor.clone(), application.to_owned(), stage.to_owned());
        self.store
            .act::<i64, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let seat = match call {
                        Some(call) => seat_of(rows, call, &actor.account_id, (&id, &stage), now).await?,
                        None => None,
                    };
                    let owner = seat.as_ref().map(|_| actor.account_id.clone());
                    access.require(Some(&actor), Action::WriteSheet, &resource(&id, owner, false))?;
                    let seat = seat.ok_or(ServiceError::NotFound)?;
                    unpublished(rows, &seat.ground, &stage).await?;
                    let row = rows.sheet(&seat.key).await?;
                    match deed {
                        Deed::Clear => clear(rows, &seat, row, &actor.account_id, now).await,
                        Deed::Save(sent) => save(rows, &seat, row, sent, now).await,
                        Deed::Submit(revision) => {
                            submit(rows, &seat, row, revision, &actor.account_id, now).await
                        }
                        Deed::Revise(why) => revise(rows, row, why, &actor.account_id, now).await,
                    }
                })
            }))
            .await
    }
}

/// An empty sheet is the declaration that there is no conflict.
async fn clear(
    rows: &mut dyn Connection,
    seat: &Seat,
    row: Option<SheetRow>,
    by: &str,
    now: Timestamp,
) -> Result<i64, ServiceError> {
    if let Some(row) = row {
        return Ok(row.revision);
    }
    let at = now.as_microsecond();
    let row = SheetRow {
        expert_id: seat.key.expert_id.clone(),
        application_id: seat.key.application_id.clone(),
        stage: seat.key.stage.clone(),
        call_id: seat.ground.call.call.id.clone(),
        version: 1,
        plan_version: seat.ground.version,
        content: written(&SheetContent::default())?,
        reason: String::new(),
        submitted_at: None,
        revision: 0,
        updated_at: at,
        position: None,
    };
    let revision = rows.save_sheet(&row).await?;
    let facts = json!({ "stage": row.stage });
    let event = ledger::event("no_conflict_declared", &row.application_id, Some(by.to_owned()), &facts, at);
    rows.add_event(&event).await?;
    Ok(revision)
}

/// The sheet as the editor saw it, while it is written.
fn open(row: Option<SheetRow>, revision: i64) -> Result<SheetRow, ServiceError> {
    row.filter(|row| row.submitted_at.is_none() && row.revision == revision)
        .ok_or(ServiceError::Store(StoreError::Stale))
}

async fn save(
    rows: &mut dyn Connection,
    seat: &Seat,
    row: Option<SheetRow>,
    sent: SaveSheet,
    now: Timestamp,
) -> Result<i64, ServiceError> {
    let mut row = open(row, sent.revision)?;
    let rubric = &seat.ground.stage(&seat.key.stage)?.rubric;
    let mut faults = faults(rubric, &sent.content);
    faults.extend(text_faults("reason", &sent.reason, super::WORDS_MAX));
    if !faults.is_empty() {
        return Err(ServiceError::Invalid(faults));
    }
    row.content = written(&sent.content)?;
    row.plan_version = seat.ground.version;
    if row.version > 1 {
        sent.reason.trim().clone_into(&mut row.reason);
    }
    row.updated_at = now.as_microsecond();
    Ok(rows.save_sheet(&row).await?)
}

async fn submit(
    rows: &mut dyn Connection,
    seat: &Seat,
    row: Option<SheetRow>,
    revision: i64,
    by: &str,
    now: Timestamp,
) -> Result<i64, ServiceError> {
    let mut row = open(row, revision)?;
    let rubric = &seat.ground.stage(&seat.key.stage)?.rubric;
    score_sheet(&row)?.submit(rubric, &row.reason).map_err(|refusal| match refusal {
        SheetRefusal::Findings(findings) => ServiceError::Invalid(findings),
        _ => StoreError::Stale.into(),
    })?;
    let at = now.as_microsecond();
    // What counts is the digest; the scores themselves are sealed.
    let facts = json!({
        "stage": row.stage,
        "version": row.version,
        "plan_version": seat.ground.version,
        "content_sha256": ledger::sha256(row.content.as_bytes()),
    });
    let event = ledger::event("sheet_submitted", &row.application_id, Some(by.to_owned()), &facts, at);
    row.position = Some(rows.add_event(&event).await?);
    row.plan_version = seat.ground.version;
    row.submitted_at = Some(at);
    row.updated_at = at;
    Ok(rows.save_sheet(&row).await?)
}

async fn revise(
    rows: &mut dyn Connection,
    row: Option<SheetRow>,
    why: String,
    by: &str,
    now: Timestamp,
) -> Result<i64, ServiceError> {
    let mut row = row.ok_or(ServiceError::Store(StoreError::Stale))?;
    score_sheet(&row)?.revise().map_err(|_| ServiceError::Store(StoreError::Stale))?;
    let at = now.as_microsecond();
    row.version = row.version.saturating_add(1);
    row.revision = 0;
    row.submitted_at = None;
    row.position = None;
    row.updated_at = at;
    let facts = json!({
        "stage": row.stage,
        "version": row.version,
        "reason_sha256": ledger::sha256(why.as_bytes()),
    });
    row.reason = why;
    let event = ledger::event("sheet_reopened", &row.application_id, Some(by.to_owned()), &facts, at);
    rows.add_event(&event).await?;
    Ok(rows.save_sheet(&row).await?)
}

/// What cannot even be kept: names that the sheet does not have, texts without end.
fn faults(rubric: &Rubric, content: &SheetContent) -> Vec<Finding> {
    let criterion = |id: &str| rubric.criteria().iter().any(|of| of.id == id);
    let veto = |id: &str| rubric.vetoes().iter().any(|of| of.id == id);
    let unknown = |id: &str| {
        finding(
            "criterion_unknown",
            id,
            Text::new("评分表中没有这一项", "The sheet has no such entry"),
            Text::new("刷新页面后重新填写", "Reload the page and fill it in again"),
        )
    };
    let mut faults = Vec::new();
    for (id, typed) in &content.scores {
        faults.extend((!criterion(id)).then(|| unknown(id)));
        faults.extend(text_faults(id, typed, SCORE_MAX));
    }
    for (id, comment) in &content.comments {
        faults.extend((!criterion(id) && !veto(id)).then(|| unknown(id)));
        faults.extend(text_faults(id, comment, COMMENT_MAX));
    }
    faults.extend(content.vetoes.iter().filter(|id| !veto(id)).map(|id| unknown(id)));
    faults
}
