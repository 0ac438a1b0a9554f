//! The plan of a team's evaluation: saved while it is written, then locked for good.

use std::collections::BTreeMap;

use jiebang_domain::evaluation::{EvaluationFault, EvaluationPlan, PlanItem};
use jiebang_domain::shared::Finding;
use jiebang_store::{EvaluationPlanRow, StoreError};
use serde_json::json;

use super::loaded::allowed;
use super::{WORDS_MAX, fresh, internal, refused};
use crate::access::{Action, Actor};
use crate::idempotency::Once;
use crate::selection::text_faults;
use crate::{Service, ServiceError, ledger};

/// A plan as a page sends it.
#[derive(Clone, Debug, Default)]
pub struct SaveEvaluationPlan {
    /// Application of the team.
    pub application: String,
    /// Revision that the editor saw, 0 for none.
    pub revision: i64,
    /// By indicator; those without a word are left out.
    pub items: BTreeMap<String, PlanItem>,
    /// Makes a repeated request the same request.
    pub key: Option<String>,
}

impl Service {
    /// Saves the plan of a team, whole or not. Returns its new revision.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden`; `Invalid` for a locked plan, indicators that the team does not have, or texts that are too long;
    /// `Stale` where it has moved on; `KeyReused`.
    pub async fn save_evaluation_plan(
        &self,
        actor: &Actor,
        sent: SaveEvaluationPlan,
    ) -> Result<i64, ServiceError> {
        let now = self.clock.now();
        let written = serde_json::to_string(&sent.items).map_err(internal)?;
        let digest = ledger::sha256(written.as_bytes());
        let asked = format!("evaluation plan {} {} {digest}", sent.application, sent.revision);
        let once = Once::new(actor, sent.key.clone(), &asked, now);
        let (actor, calls, access) = (actor.clone(), self.calls.clone(), self.access.clone());
        self.store
            .act::<i64, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    if let Some(before) = once.before(rows).await? {
                        return Ok(before.parse().unwrap_or(sent.revision));
                    }
                    let (id, action) = (&sent.application, Action::PlanEvaluation);
                    let team = allowed(rows, &calls, &access, Some(&actor), action, id).await?;
                    if team.locked() {
                        refused(&[EvaluationFault::Locked])?;
                    }
                    fresh(sent.revision, team.row.as_ref().map_or(0, |row| row.revision))?;
                    let unknown = sent.items.keys().filter(|item| team.line(item).is_none());
                    let unknown: Vec<_> =
                        unknown.map(|item| EvaluationFault::ItemUnknown { item: item.clone() }).collect();
                    refused(&unknown)?;
                    let faults: Vec<Finding> = sent.items.iter().flat_map(faults).collect();
                    if !faults.is_empty() {
                        return Err(ServiceError::Invalid(faults));
                    }
                    let plan = EvaluationPlan { items: sent.items, rule: team.rule.clone() };
                    let content = plan.canonical().map_err(internal)?;
                    let at = now.as_microsecond();
                    let row = EvaluationPlanRow {
                        application_id: sent.application.clone(),
                        version: 1,
                        content_sha256: ledger::sha256(content.as_bytes()),
                        content,
                        locked_at: None,
                        position: None,
                        revision: sent.revision,
                        updated_at: at,
                        updated_by: actor.account_id.clone(),
                    };
                    let revision = rows.save_evaluation_plan(&row).await?;
                    let facts = json!({ "version": row.version, "content_sha256": row.content_sha256 });
                    let by = Some(actor.account_id);
                    let event = ledger::event("evaluation_planned", &sent.application, by, &facts, at);
                    rows.add_event(&event).await?;
                    once.keep(rows, &revision.to_string()).await?;
                    Ok(revision)
                })
            }))
            .await
    }

    /// Locks the plan that was saved with this revision: from then on it does not change, and what it names is measured.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden`; `Invalid` with everything that the plan lacks; `Stale`.
    pub async fn lock_evaluation_plan(
        &self,
        actor: &Actor,
        id: &str,
        revision: i64,
    ) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let (actor, id) = (actor.clone(), id.to_owned());
        let (calls, access) = (self.calls.clone(), self.access.clone());
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let action = Action::PlanEvaluation;
                    let team = allowed(rows, &calls, &access, Some(&actor), action, &id).await?;
                    if team.locked() {
                        refused(&[EvaluationFault::Locked])?;
                    }
                    let lines: Vec<&str> = team.lines.iter().map(|line| line.id.as_str()).collect();
                    let (Some(plan), Some(mut row)) = (&team.plan, team.row.clone()) else {
                        let lacks =
                            lines.iter().map(|item| EvaluationFault::PlanLacks { item: (*item).to_owned() });
                        refused(&lacks.collect::<Vec<_>>())?;
                        return Err(StoreError::Stale.into());
                    };
                    fresh(revision, row.revision)?;
                    refused(&plan.lock_faults(&lines))?;
                    let at = now.as_microsecond();
                    let facts = json!({
                        "version": row.version,
                        "baseline_version": team.team.baseline_version,
                        "content_sha256": row.content_sha256,
                    });
                    let by = actor.account_id;
                    let event = ledger::event("evaluation_locked", &id, Some(by.clone()), &facts, at);
                    row.position = Some(rows.add_event(&event).await?);
                    row.locked_at = Some(at);
                    row.updated_at = at;
                    row.updated_by = by;
                    rows.save_evaluation_plan(&row).await?;
                    Ok(())
                })
            }))
            .await
    }
}

/// What is wrong with the words of an indicator.
fn faults((item, planned): (&String, &PlanItem)) -> Vec<Finding> {
    let waiver = planned.waiver.as_ref();
    let texts = [
        ("method", Some(&planned.method)),
        ("laboratory", Some(&planned.laboratory)),
        ("confirmed", Some(&planned.confirmed)),
        ("approver", waiver.map(|waiver| &waiver.approver)),
        ("waiver", waiver.map(|waiver| &waiver.reason)),
    ];
    let there = texts.into_iter().filter_map(|(name, text)| Some((name, text?)));
    there.flat_map(|(name, text)| text_faults(&format!("{name}.{item}"), text, WORDS_MAX)).collect()
}
