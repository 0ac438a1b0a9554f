//! Giving an application to experts, and taking it back. Conflicts are computed in the act itself.

use std::sync::Arc;

use jiebang_domain::selection::{Conflict, Refusal, may_assign};
use jiebang_domain::shared::Text;
use jiebang_store::{AssignmentRow, ConflictRow, Connection, ExpertRow, SheetKey, StoreError};
use jiff::Timestamp;
use serde_json::json;

use super::candidates::{Candidate, StageName};
use super::checks::unpublished;
use super::experts::{ExpertView, expert_view};
use super::ground::{Ground, close_conflicted, day_of, take_back};
use super::reason;
use crate::access::{Action, Actor, Resource};
use crate::idempotency::Once;
use crate::{LoadedCall, Service, ServiceError, ledger};

/// Most experts of one page.
const PAGE_MAX: i64 = 100;

/// An expert for an application at a stage.
#[derive(Clone, Debug)]
pub struct SeatKey {
    /// Application.
    pub application: String,
    /// Stage.
    pub stage: String,
    /// Expert.
    pub expert: String,
}

impl SeatKey {
    pub(super) fn sheet(&self) -> SheetKey {
        let Self { application, stage, expert } = self.clone();
        SheetKey { application_id: application, stage, expert_id: expert }
    }
}

/// An expert who has the application.
#[derive(Clone, Debug)]
pub struct Assigned {
    /// The expert.
    pub expert: ExpertView,
    /// Since when.
    pub at: Option<Timestamp>,
    /// Why the expert may not score any more; nothing is open to the expert then.
    pub conflicts: Vec<Conflict>,
    /// The sheet was submitted.
    pub submitted: bool,
    /// Taken back, and why; `None` while it stands.
    pub withdrawn: Option<String>,
}

/// An expert who could have it.
#[derive(Clone, Debug)]
pub struct Choosable {
    /// The expert.
    pub expert: ExpertView,
    /// Applications of the call that the expert has at this stage.
    pub load: usize,
    /// Why the expert may not score it.
    pub conflicts: Vec<Conflict>,
}

/// Who scores an application, and who could.
#[derive(Clone, Debug)]
pub struct AssignView {
    /// Call.
    pub call: Arc<LoadedCall>,
    /// Stage.
    pub stage: StageName,
    /// Fewest sheets.
    pub scores_min: u32,
    /// The application.
    pub candidate: Candidate,
    /// Names of its members, the lead first.
    pub members: Vec<String>,
    /// Experts who have it, or had it.
    pub assigned: Vec<Assigned>,
    /// A page of the others, by number.
    pub experts: Vec<Choosable>,
    /// The next page begins after this number.
    pub next: Option<String>,
    /// The actor may assign.
    pub writes: bool,
}

impl Service {
    /// Who scores an application at a stage, and a page of the experts who could, after a number.
    ///
    /// # Errors
    /// `NotFound` where it does not stand for the stage, `Forbidden`.
    pub async fn assignments(
        &self,
        actor: &Actor,
        application: &str,
        stage: &str,
        after: &str,
        limit: i64,
    ) -> Result<AssignView, ServiceError> {
        let call = self.selection_of(actor, Action::ReadSelection, application).await?;
        let resource = Resource::Call { id: call.call.id.clone(), published: true };
        let writes = self.access.allows(Some(actor), Action::AssignExperts, &resource);
        let (id, stage, after) = (application.to_owned(), stage.to_owned(), after.to_owned());
        let limit = limit.clamp(1, PAGE_MAX);
        let today = day_of(self.clock.now());
        self.store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let ground = Ground::of(rows, call).await?;
                    let of = ground.stage(&stage)?;
                    let name = StageName { id: stage.clone(), name: of.name.clone() };
                    let scores_min = of.aggregation.scores_min;
                    let candidate = Candidate::from(ground.candidate(rows, &stage, &id).await?);
                    let contest = ground.contest(rows, &id).await?.ok_or(ServiceError::NotFound)?;
                    let seats = rows.assignments_of(&id, &stage).await?;
                    let mut assigned = Vec::new();
                    for seat in &seats {
                        let Some(row) = rows.expert(&seat.expert_id).await? else { continue };
                        let conflicts = ground.conflicts(&contest, std::slice::from_ref(&row), today)?;
                        assigned.push(seated(rows, seat, &row, conflicts).await?);
                    }
                    let mut found = rows.experts(&after, limit.saturating_add(1)).await?;
                    let more = i64::try_from(found.len()).unwrap_or(i64::MAX) > limit;
                    if more {
                        found.pop();
                    }
                    let next = found.last().filter(|_| more).map(|row| row.code.clone());
                    let stands = |row: &ExpertRow| {
                        seats.iter().any(|seat| seat.expert_id == row.id && seat.withdrawn_at.is_none())
                    };
                    found.retain(|row| row.active != 0 && !stands(row));
                    let conflicts = ground.conflicts(&contest, &found, today)?;
                    let mut experts = Vec::new();
                    for row in &found {
                        let given = rows.assignments_to(&row.id).await?;
                        experts.push(Choosable {
                            expert: expert_view(row, row.account_id.clone())?,
                            load: load(&given, &ground.call.call.id, &stage),
                            conflicts: conflicts.iter().filter(|of| of.expert == row.id).cloned().collect(),
                        });
                    }
                    let team = &contest.team;
                    let members = std::iter::once(&team.lead).chain(&team.partners);
                    Ok(AssignView {
                        members: members.map(|party| party.name.clone()).collect(),
                        call: ground.call.clone(),
                        stage: name,
                        scores_min,
                        candidate,
                        assigned,
                        experts,
                        next,
                        writes,
                    })
                })
            }))
            .await
    }

    /// Gives an application whose form has passed to an expert without a conflict. A request that comes again with its key does
    /// nothing.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Invalid` with all conflicts, or where the form has not passed, the expert cannot be asked or the
    /// list is published; `KeyReused`.
    pub async fn assign(
        &self,
        actor: &Actor,
        seat: SeatKey,
        key: Option<String>,
    ) -> Result<(), ServiceError> {
        let call = self.selection_of(actor, Action::AssignExperts, &seat.application).await?;
        let now = self.clock.now();
        let by = actor.account_id.clone();
        let once = Once::new(actor, key, &format!("assign {seat:?}"), now);
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    if once.before(rows).await?.is_some() {
                        return Ok(());
                    }
                    let ground = Ground::of(rows, call).await?;
                    ground.stage(&seat.stage)?;
                    let candidate = ground.candidate(rows, &seat.stage, &seat.application).await?;
                    passed(candidate.outcome.as_deref())?;
                    unpublished(rows, &ground, &seat.stage).await?;
                    let expert = rows.expert(&seat.expert).await?.ok_or(ServiceError::NotFound)?;
                    askable(&expert)?;
                    unscored(rows, &seat).await?;
                    let contest =
                        ground.contest(rows, &seat.application).await?.ok_or(ServiceError::NotFound)?;
                    let conflicts = ground.conflicts(&contest, std::slice::from_ref(&expert), day_of(now))?;
                    may_assign(&conflicts, &expert.id, &contest.team.application)
                        .map_err(|Refusal::Conflicts(findings)| ServiceError::Invalid(findings))?;
                    give(rows, &ground, &seat, &expert, &by, now).await?;
                    once.keep(rows, "assigned").await
                })
            }))
            .await
    }

    /// Takes an application back from an expert; what was scored is void and stays on record.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Invalid` without a reason or where the list is published; `Stale` where it does not stand.
    pub async fn withdraw_assignment(
        &self,
        actor: &Actor,
        seat: SeatKey,
        why: &str,
    ) -> Result<(), ServiceError> {
        let call = self.selection_of(actor, Action::AssignExperts, &seat.application).await?;
        let why = reason("withdraw_reason", why)?;
        let now = self.clock.now();
        let by = actor.account_id.clone();
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let ground = Ground::of(rows, call).await?;
                    ground.stage(&seat.stage)?;
                    unpublished(rows, &ground, &seat.stage).await?;
                    let given = rows.assignment(&seat.sheet()).await?.ok_or(ServiceError::NotFound)?;
                    let expert = rows.expert(&seat.expert).await?.ok_or(ServiceError::NotFound)?;
                    take_back(rows, &given, &expert, &why, &by, now).await
                })
            }))
            .await
    }

    /// Declares that an expert must not score an application, for the secretariat. What the expert has of it closes at once.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Invalid` without words.
    pub async fn declare_conflict_of(
        &self,
        actor: &Actor,
        application: &str,
        expert: &str,
        words: &str,
    ) -> Result<(), ServiceError> {
        self.selection_of(actor, Action::AssignExperts, application).await?;
        let note = reason("conflict_words", words)?;
        let now = self.clock.now();
        let row = ConflictRow {
            expert_id: expert.to_owned(),
            application_id: application.to_owned(),
            declarer: "secretariat".to_owned(),
            note,
            declared_at: now.as_microsecond(),
            declared_by: actor.account_id.clone(),
        };
        let calls = self.calls.clone();
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let expert = rows.expert(&row.expert_id).await?.ok_or(ServiceError::NotFound)?;
                    declare(rows, &row, &expert, now).await?;
                    close_conflicted(rows, &calls, &expert, &row.declared_by, now).await
                })
            }))
            .await
    }
}

/// Keeps a declaration and writes it down.
pub(super) async fn declare(
    rows: &mut dyn Connection,
    row: &ConflictRow,
    expert: &ExpertRow,
    now: Timestamp,
) -> Result<(), ServiceError> {
    rows.save_conflict(row).await?;
    let facts = json!({
        "declarer": row.declarer,
        "expert": expert.account_id,
        "sha256": ledger::sha256(row.note.as_bytes()),
    });
    let by = Some(row.declared_by.clone());
    let event = ledger::event("conflict_declared", &row.application_id, by, &facts, now.as_microsecond());
    rows.add_event(&event).await?;
    Ok(())
}

/// Gives an application to an expert and writes it down. That it stands already is no fault.
pub(super) async fn give(
    rows: &mut dyn Connection,
    ground: &Ground,
    seat: &SeatKey,
    expert: &ExpertRow,
    by: &str,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let at = now.as_microsecond();
    let row = AssignmentRow {
        expert_id: seat.expert.clone(),
        application_id: seat.application.clone(),
        stage: seat.stage.clone(),
        call_id: ground.call.call.id.clone(),
        assigned_at: at,
        assigned_by: by.to_owned(),
        withdrawn_at: None,
        reason: String::new(),
    };
    match rows.add_assignment(&row).await {
        Err(StoreError::Duplicate(_)) => return Ok(()),
        added => added?,
    }
    let facts = json!({ "stage": seat.stage, "expert": expert.account_id });
    let event = ledger::event("expert_assigned", &seat.application, Some(by.to_owned()), &facts, at);
    rows.add_event(&event).await?;
    Ok(())
}

/// Applications of a call that are to be scored at a stage.
pub(super) fn load(given: &[AssignmentRow], call: &str, stage: &str) -> usize {
    let stands = |of: &&AssignmentRow| of.call_id == call && of.stage == stage && of.withdrawn_at.is_none();
    given.iter().filter(stands).count()
}

async fn seated(
    rows: &mut dyn Connection,
    seat: &AssignmentRow,
    row: &ExpertRow,
    conflicts: Vec<Conflict>,
) -> Result<Assigned, ServiceError> {
    let sheet = rows.sheet(&super::key_of(seat)).await?;
    Ok(Assigned {
        expert: expert_view(row, row.account_id.clone())?,
        at: Timestamp::from_microsecond(seat.assigned_at).ok(),
        conflicts,
        submitted: sheet.is_some_and(|sheet| sheet.submitted_at.is_some() || sheet.version > 1),
        withdrawn: seat.withdrawn_at.map(|_| seat.reason.clone()),
    })
}

fn passed(outcome: Option<&str>) -> Result<(), ServiceError> {
    if outcome == Some("passed") {
        return Ok(());
    }
    Err(ServiceError::field(
        "form_not_passed",
        "expert",
        Text::new("形式审查还没有通过，不能分派", "The form has not passed; it cannot be assigned"),
        Text::new("先完成形式审查", "Check the form first"),
    ))
}

/// Refuses to let a sheet count again that is void since it was taken back.
async fn unscored(rows: &mut dyn Connection, seat: &SeatKey) -> Result<(), ServiceError> {
    let before = rows.assignment(&seat.sheet()).await?;
    if before.is_none_or(|before| before.withdrawn_at.is_none()) {
        return Ok(());
    }
    let sheet = rows.sheet(&seat.sheet()).await?;
    if sheet.is_none_or(|sheet| sheet.submitted_at.is_none() && sheet.version == 1) {
        return Ok(());
    }
    Err(ServiceError::field(
        "sheet_void",
        "expert",
        Text::new(
            "该专家对这项申报的评分随撤回已经作废，不能恢复",
            "This expert's scores of the application are void since it was taken back",
        ),
        Text::new("另派专家", "Assign another expert"),
    ))
}

fn askable(expert: &ExpertRow) -> Result<(), ServiceError> {
    if expert.active != 0 && expert.account_id.is_some() {
        return Ok(());
    }
    Err(ServiceError::field(
        "expert_without_account",
        "expert",
        Text::new(
            "该专家没有账号，或已停用，不能打分",
            "This expert has no account or is not active, and could not score",
        ),
        Text::new(
            "开设账号后在专家库中登记，或另派专家",
            "Open an account and import it, or assign another expert",
        ),
    ))
}
