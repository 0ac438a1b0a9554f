//! What decides who may score an application: its team, the employers of experts, what was declared. It is asked again inside
//! every act and every reading, so that a conflict that becomes known closes everything at once.

use std::sync::Arc;

use jiebang_callfile::read_plan;
use jiebang_domain::call::Call;
use jiebang_domain::selection::{
    Conflict, Declaration, Declarer, Employment, Expert, Party, Plan, Stage, Team, conflicts,
};
use jiebang_domain::shared::OrganisationCode;
use jiebang_store::{ApplicationRow, AssignmentRow, CandidateRow, ConflictRow, Connection, ExpertRow, Pool};
use jiff::civil::Date;
use jiff::{Timestamp, tz::offset};
use serde_json::json;

use crate::access::{Actor, Role};
use crate::application::{frozen_team, receipt_number};
use crate::call::Calls;
use crate::{LoadedCall, Service, ServiceError, ledger};

/// Characters of an id that those after it in time share least.
const PREFIX: usize = 25;
/// Ids that can share it.
const SHARING_MAX: i64 = 32;

/// The plan of a call that counts.
pub(super) struct Ground {
    pub(super) call: Arc<LoadedCall>,
    pub(super) plan: Plan,
    pub(super) version: i64,
}

/// An application as the rules on conflicts see it.
pub(super) struct Contest {
    pub(super) team: Team,
    declared: Vec<ConflictRow>,
}

impl Ground {
    /// The plan of a call; `NotFound` before there is one.
    pub(super) async fn of(rows: &mut dyn Connection, call: Arc<LoadedCall>) -> Result<Self, ServiceError> {
        let row = rows.plan(&call.call.id).await?.ok_or(ServiceError::NotFound)?;
        let plan = read_plan(&row.content, &call.call).sound_plan().map_err(|_| {
            ServiceError::Internal(format!("plan {} of {} cannot be read any more", row.version, row.call_id))
        })?;
        Ok(Self { call, plan, version: row.version })
    }

    /// A stage; `NotFound` where the plan has none of this id.
    pub(super) fn stage(&self, id: &str) -> Result<&Stage, ServiceError> {
        self.plan.stage(id).ok_or(ServiceError::NotFound)
    }

    /// Which applications stand for a stage.
    pub(super) fn pool(&self, stage: &str) -> Pool {
        pool(&self.call.call, &self.plan, stage)
    }

    /// An application that stands for a stage; `NotFound` where it does not.
    pub(super) async fn candidate(
        &self,
        rows: &mut dyn Connection,
        stage: &str,
        id: &str,
    ) -> Result<CandidateRow, ServiceError> {
        let prefix = id.get(..PREFIX).ok_or(ServiceError::NotFound)?;
        let near = rows.candidates(&self.call.call.id, stage, self.pool(stage), prefix, SHARING_MAX).await?;
        near.into_iter().find(|row| row.id == id).ok_or(ServiceError::NotFound)
    }

    /// An application with its members and what was declared of it; `None` where nothing counts any more or its copy was
    /// erased.
    pub(super) async fn contest(
        &self,
        rows: &mut dyn Connection,
        id: &str,
    ) -> Result<Option<Contest>, ServiceError> {
        let Some(ApplicationRow { number: Some(number), version, state, .. }) = rows.application(id).await?
        else {
            return Ok(None);
        };
        if !matches!(state.as_str(), "submitted" | "reopened") {
            return Ok(None);
        }
        let copy = rows.submission_by_receipt(&receipt_number(&number, version)).await?;
        let Some(members) = copy.as_ref().map(frozen_team).transpose()?.flatten() else { return Ok(None) };
        // Codes are checked before anything is submitted; a unit without one cannot be anybody's employer here.
        let mut parties = members
            .into_iter()
            .filter_map(|(code, name)| Some(Party { code: OrganisationCode::parse(&code).ok()?, name }));
        let Some(lead) = parties.next() else { return Ok(None) };
        let team = Team { application: number, lead, partners: parties.collect() };
        Ok(Some(Contest { team, declared: rows.conflicts_of(id).await? }))
    }

    /// All conflicts between experts and an application on a day; they name experts by their ids.
    pub(super) fn conflicts(
        &self,
        contest: &Contest,
        experts: &[ExpertRow],
        on: Date,
    ) -> Result<Vec<Conflict>, ServiceError> {
        let experts: Vec<Expert> = experts.iter().map(expert_of).collect::<Result<_, _>>()?;
        let known = |id: &str| experts.iter().any(|expert| expert.id == id);
        let declared = contest.declared.iter().filter(|row| known(&row.expert_id));
        let declared: Vec<Declaration> =
            declared.map(|row| declaration(row, &contest.team.application)).collect();
        let teams = std::slice::from_ref(&contest.team);
        Ok(conflicts(&self.plan.recusal, &experts, teams, &declared, on))
    }

    /// Whether an expert may score and read an application now: nothing is known against it.
    pub(super) async fn is_free(
        &self,
        rows: &mut dyn Connection,
        expert: &ExpertRow,
        application: &str,
        on: Date,
    ) -> Result<bool, ServiceError> {
        let Some(contest) = self.contest(rows, application).await? else { return Ok(false) };
        Ok(self.conflicts(&contest, std::slice::from_ref(expert), on)?.is_empty())
    }
}

fn pool(call: &Call, plan: &Plan, stage: &str) -> Pool {
    let first = plan.stages.first().is_some_and(|first| first.id == stage);
    match (first, &call.recommendation) {
        (false, _) => Pool::Racing,
        (true, Some(_)) => Pool::Recommended,
        (true, None) => Pool::Submitted,
    }
}

/// An expert as the rules see it.
fn expert_of(row: &ExpertRow) -> Result<Expert, ServiceError> {
    Ok(Expert { id: row.id.clone(), employers: employers_of(row)? })
}

/// Where an expert works and worked.
pub(super) fn employers_of(row: &ExpertRow) -> Result<Vec<Employment>, ServiceError> {
    serde_json::from_str(&row.employers)
        .map_err(|error| ServiceError::Internal(format!("employers of expert {}: {error}", row.id)))
}

fn declaration(row: &ConflictRow, number: &str) -> Declaration {
    let by = match row.declarer.as_str() {
        "expert" => Declarer::Expert,
        "applicant" => Declarer::Applicant,
        _ => Declarer::Secretariat,
    };
    Declaration { expert: row.expert_id.clone(), with: number.to_owned(), by, words: row.note.clone() }
}

/// The day of an instant, in Beijing.
pub(super) fn day_of(at: Timestamp) -> Date {
    at.to_zoned(offset(8).to_time_zone()).date()
}

/// Takes back what an expert was given and may not score any more. What was scored until then is void.
pub(super) async fn close_conflicted(
    rows: &mut dyn Connection,
    calls: &Calls,
    expert: &ExpertRow,
    by: &str,
    now: Timestamp,
) -> Result<(), ServiceError> {
    for given in rows.assignments_to(&expert.id).await? {
        if given.withdrawn_at.is_some() {
            continue;
        }
        let Some((call, _)) = calls.latest(&given.call_id) else { continue };
        let ground = Ground::of(rows, call).await?;
        if !ground.is_free(rows, expert, &given.application_id, day_of(now)).await? {
            take_back(rows, &given, expert, "conflict", by, now).await?;
        }
    }
    Ok(())
}

/// Takes an assignment back and writes it down.
pub(super) async fn take_back(
    rows: &mut dyn Connection,
    given: &AssignmentRow,
    expert: &ExpertRow,
    reason: &str,
    by: &str,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let at = now.as_microsecond();
    rows.withdraw_assignment(&super::key_of(given), at, reason).await?;
    let facts = json!({
        "stage": given.stage,
        "expert": expert.account_id,
        "reason_sha256": ledger::sha256(reason.as_bytes()),
    });
    let event = ledger::event("assignment_withdrawn", &given.application_id, Some(by.to_owned()), &facts, at);
    rows.add_event(&event).await?;
    Ok(())
}

impl Service {
    /// The account of the actor where it is an expert's who is to score the application now, at whichever stage, and nothing is
    /// known against it.
    pub(crate) async fn reviewer(
        &self,
        actor: Option<&Actor>,
        application: &str,
        call: &str,
    ) -> Result<Option<String>, ServiceError> {
        let Some(actor) = actor.filter(|actor| actor.role == Role::Expert) else { return Ok(None) };
        let Ok(card) = self.call(call) else { return Ok(None) };
        let (account, id) = (actor.account_id.clone(), application.to_owned());
        let today = day_of(self.clock.now());
        self.store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let Some(expert) = rows.expert_of_account(&account).await? else { return Ok(None) };
                    let given = rows.assignments_to(&expert.id).await?;
                    let stands = given.iter().any(|of| of.application_id == id && of.withdrawn_at.is_none());
                    if expert.active == 0 || !stands {
                        return Ok(None);
                    }
                    let ground = match Ground::of(rows, card.call).await {
                        Err(ServiceError::NotFound) => return Ok(None),
                        found => found?,
                    };
                    Ok(ground.is_free(rows, &expert, &id, today).await?.then_some(account))
                })
            }))
            .await
    }
}
