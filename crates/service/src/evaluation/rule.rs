//! Rulings (人工裁定): the office decides otherwise than computed, with a reason; both stand.

use jiebang_domain::evaluation::{EvaluationFault, Verdict};
use jiebang_store::RulingRow;
use serde_json::json;

use super::loaded::allowed;
use super::{WORDS_MAX, fresh, internal, refused};
use crate::access::{Action, Actor};
use crate::idempotency::Once;
use crate::selection::text_faults;
use crate::{Service, ServiceError, ledger};

/// A ruling as it is sent.
#[derive(Clone, Debug, Default)]
pub struct RuleVerdict {
    /// Application of the team.
    pub application: String,
    /// Indicator.
    pub item: String,
    /// How many entries and rulings were seen.
    pub seen: i64,
    /// Id of the verdict.
    pub verdict: String,
    /// Why.
    pub reason: String,
    /// Makes a repeated request the same request.
    pub key: Option<String>,
}

impl Service {
    /// Rules on an indicator; the last ruling counts, and what is computed stays beside it. Returns its number.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden`; `Invalid` for a verdict that is computed anyway or that nobody can rule, without a reason, or before
    /// the plan is locked; `Stale`; `KeyReused`.
    pub async fn rule_verdict(&self, actor: &Actor, sent: RuleVerdict) -> Result<i64, ServiceError> {
        let now = self.clock.now();
        let asked = ledger::sha256(format!("{:?}", RuleVerdict { key: None, ..sent.clone() }).as_bytes());
        let once = Once::new(actor, sent.key.clone(), &format!("ruling {asked}"), now);
        let (actor, calls, access) = (actor.clone(), self.calls.clone(), self.access.clone());
        self.store
            .act::<i64, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    if let Some(before) = once.before(rows).await? {
                        return before.parse().map_err(internal);
                    }
                    let (id, action) = (&sent.application, Action::RuleVerdict);
                    let team = allowed(rows, &calls, &access, Some(&actor), action, id).await?;
                    fresh(sent.seen, team.stands())?;
                    let line = team.line(&sent.item).ok_or(ServiceError::NotFound)?;
                    let reason = sent.reason.trim().to_owned();
                    let ruled = Verdict::ruled(&sent.verdict, &actor.name, &reason);
                    let mut faults = Vec::new();
                    faults.extend((!team.locked()).then_some(EvaluationFault::NotLocked));
                    faults.extend(reason.is_empty().then_some(EvaluationFault::NoReason));
                    faults.extend(match &ruled {
                        Some(ruled) => EvaluationFault::of_ruling(&team.assessment(line).verdict, ruled),
                        None => Some(EvaluationFault::VerdictUnknown),
                    });
                    refused(&faults)?;
                    let texts = text_faults("reason", &reason, WORDS_MAX);
                    if !texts.is_empty() {
                        return Err(ServiceError::Invalid(texts));
                    }
                    let taken = team.rulings.iter().filter(|row| row.item == sent.item).count();
                    let number = i64::try_from(taken).map_err(internal)?.saturating_add(1);
                    let (at, by) = (now.as_microsecond(), actor.account_id);
                    let content = json!({ "verdict": sent.verdict, "reason": reason });
                    let facts = json!({
                        "item": sent.item,
                        "number": number,
                        "verdict": sent.verdict,
                        "content_sha256": ledger::sha256(ledger::canonical(&content).as_bytes()),
                    });
                    let event =
                        ledger::event("verdict_ruled", &sent.application, Some(by.clone()), &facts, at);
                    let position = rows.add_event(&event).await?;
                    rows.add_ruling(&RulingRow {
                        application_id: sent.application,
                        item: sent.item,
                        number,
                        verdict: sent.verdict,
                        reason,
                        ruled_at: at,
                        ruled_by: by,
                        position,
                    })
                    .await?;
                    once.keep(rows, &number.to_string()).await?;
                    Ok(number)
                })
            }))
            .await
    }
}
