//! Assigning in turn: every passed application gets so many experts, whoever has least first.

use std::collections::{BTreeMap, BTreeSet};

use jiebang_domain::shared::Text;
use jiebang_store::{Connection, ExpertRow};
use jiff::{Timestamp, civil::Date};

use super::assign::{SeatKey, give, load};
use super::candidates::all_candidates;
use super::checks::unpublished;
use super::ground::{Ground, day_of};
use crate::access::{Action, Actor, Resource};
use crate::idempotency::Once;
use crate::{Service, ServiceError};

/// Most experts of one application.
const EACH_MAX: u32 = 15;
/// Experts that are read at once.
const BATCH: i64 = 1_000;

/// What came of assigning in turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InTurn {
    /// Assignments that were made.
    pub given: usize,
    /// Numbers of the applications for which experts are lacking.
    pub short: Vec<String>,
}

impl Service {
    /// Gives every passed application of a stage as many experts as are asked for, counting those it has: whoever has least at the
    /// stage first, then by number in the library, never one with a conflict and never one that it was taken back from. The same
    /// library and applications give the same assignments.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Invalid` for a number out of range or where the list is published; `KeyReused`.
    pub async fn assign_in_turn(
        &self,
        actor: &Actor,
        call: &str,
        stage: &str,
        each: u32,
        key: Option<String>,
    ) -> Result<InTurn, ServiceError> {
        let call = self.call(call)?.call;
        let resource = Resource::Call { id: call.call.id.clone(), published: true };
        self.access.require(Some(actor), Action::AssignExperts, &resource)?;
        if each == 0 || each > EACH_MAX {
            return Err(ServiceError::field(
                "each_out_of_range",
                "each",
                Text::new(
                    format!("每项专家数为 1 至 {EACH_MAX}"),
                    format!("Each takes 1 to {EACH_MAX} experts"),
                ),
                Text::new("改为范围内的整数", "Write a whole number in that range"),
            ));
        }
        let now = self.clock.now();
        let (by, stage) = (actor.account_id.clone(), stage.to_owned());
        let once = Once::new(actor, key, &format!("assign in turn {} {stage} {each}", call.call.id), now);
        self.store
            .act::<InTurn, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    if once.before(rows).await?.is_some() {
                        return Ok(InTurn::default());
                    }
                    let ground = Ground::of(rows, call).await?;
                    ground.stage(&stage)?;
                    unpublished(rows, &ground, &stage).await?;
                    let done = take_turns(rows, &ground, &stage, each, (&by, now)).await?;
                    once.keep(rows, "assigned").await?;
                    Ok(done)
                })
            }))
            .await
    }
}

async fn take_turns(
    rows: &mut dyn Connection,
    ground: &Ground,
    stage: &str,
    each: u32,
    (by, now): (&str, Timestamp),
) -> Result<InTurn, ServiceError> {
    let experts = askable(rows).await?;
    let mut loads: BTreeMap<String, usize> = BTreeMap::new();
    for expert in &experts {
        let given = rows.assignments_to(&expert.id).await?;
        loads.insert(expert.id.clone(), load(&given, &ground.call.call.id, stage));
    }
    let each = usize::try_from(each).unwrap_or(usize::MAX);
    let mut done = InTurn::default();
    for candidate in all_candidates(rows, ground, stage).await? {
        if candidate.outcome != "passed" {
            continue;
        }
        let seats = rows.assignments_of(&candidate.id, stage).await?;
        let stand = seats.iter().filter(|seat| seat.withdrawn_at.is_none()).count();
        let wanted = each.saturating_sub(stand);
        let taken: BTreeSet<&str> = seats.iter().map(|seat| seat.expert_id.as_str()).collect();
        let free = free(rows, ground, &candidate.id, &experts, day_of(now)).await?;
        let mut order: Vec<&ExpertRow> =
            free.into_iter().filter(|expert| !taken.contains(expert.id.as_str())).collect();
        order.sort_by_key(|expert| (loads.get(&expert.id).copied().unwrap_or(0), expert.code.as_str()));
        if order.len() < wanted {
            done.short.push(candidate.number.clone());
        }
        for expert in order.into_iter().take(wanted) {
            let seat = SeatKey {
                application: candidate.id.clone(),
                stage: stage.to_owned(),
                expert: expert.id.clone(),
            };
            give(rows, ground, &seat, expert, by, now).await?;
            *loads.entry(expert.id.clone()).or_default() += 1;
            done.given += 1;
        }
    }
    Ok(done)
}

/// Experts who can be asked, by number.
async fn askable(rows: &mut dyn Connection) -> Result<Vec<ExpertRow>, ServiceError> {
    let (mut all, mut after): (Vec<ExpertRow>, String) = (Vec::new(), String::new());
    loop {
        let batch = rows.experts(&after, BATCH).await?;
        let Some(last) = batch.last() else { return Ok(all) };
        after.clone_from(&last.code);
        all.extend(batch.into_iter().filter(|row| row.active != 0 && row.account_id.is_some()));
    }
}

/// Those of the experts who have no conflict with an application; nobody where its members are not known.
async fn free<'e>(
    rows: &mut dyn Connection,
    ground: &Ground,
    application: &str,
    experts: &'e [ExpertRow],
    today: Date,
) -> Result<Vec<&'e ExpertRow>, ServiceError> {
    let Some(contest) = ground.contest(rows, application).await? else { return Ok(Vec::new()) };
    let conflicts = ground.conflicts(&contest, experts, today)?;
    let barred: BTreeSet<&str> = conflicts.iter().map(|conflict| conflict.expert.as_str()).collect();
    Ok(experts.iter().filter(|expert| !barred.contains(expert.id.as_str())).collect())
}
