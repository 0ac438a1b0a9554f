//! The operator's plan of a call (组织实施方案): published by the programme office, read by everybody.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiebang_callfile::{Diagnostic, read_plan};
use jiebang_domain::selection::{Plan, Progress, amendment_findings};
use jiebang_domain::shared::{Finding, Severity, Text};
use jiebang_store::{Connection, PlanRow, StoreError};
use jiff::Timestamp;
use serde_json::json;

use crate::access::{Action, Actor, Resource};
use crate::idempotency::Once;
use crate::{LoadedCall, Service, ServiceError, ledger};

/// Largest plan that is published, in bytes.
const PLAN_BYTES_MAX: usize = 200 * 1024;

/// A plan to publish.
#[derive(Clone, Debug)]
pub struct PublishPlan {
    /// Call that it is for.
    pub call: String,
    /// Version that was seen to count, 0 for none: nobody publishes over what was not seen.
    pub seen: i64,
    /// The file.
    pub text: String,
    /// Makes a repeated request the same request.
    pub key: Option<String>,
}

/// A published plan.
#[derive(Clone, Debug)]
pub struct PlanView {
    /// Call.
    pub call: Arc<LoadedCall>,
    /// Version.
    pub version: i64,
    /// What it says.
    pub plan: Plan,
    /// The file as it was published.
    pub text: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// When it was published.
    pub at: Option<Timestamp>,
}

impl Service {
    /// The plan of a call that counts; `None` before there is one.
    ///
    /// # Errors
    /// `NotFound` where no such call is published.
    pub async fn plan(&self, actor: Option<&Actor>, call: &str) -> Result<Option<PlanView>, ServiceError> {
        let call = self.call(call)?.call;
        let resource = Resource::Call { id: call.call.id.clone(), published: true };
        self.access.require(actor, Action::ReadCall, &resource)?;
        let id = call.call.id.clone();
        let row = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| Box::pin(async move { Ok(rows.plan(&id).await?) })))
            .await?;
        row.map(|row| view(call, row)).transpose()
    }

    /// Publishes a plan, in the place of the one before. What was published before stays on record under its version.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` with everything that is wrong with the file, each at its line and column; `Stale` when another version
    /// counts than the one that was seen; `KeyReused`.
    pub async fn publish_plan(&self, actor: &Actor, sent: PublishPlan) -> Result<i64, ServiceError> {
        self.access.require(Some(actor), Action::PublishCall, &Resource::System)?;
        let call = self.call(&sent.call)?.call;
        let next = check(&call, &sent.text)?;
        self.amendable(&call, next).await?;
        let now = self.clock.now();
        let at = now.as_microsecond();
        let by = actor.account_id.clone();
        let sha256 = ledger::sha256(sent.text.as_bytes());
        let asked = format!("plan {} {} {sha256}", sent.call, sent.seen);
        let once = Once::new(actor, sent.key, &asked, now);
        self.store
            .act::<i64, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    if let Some(before) = once.before(rows).await? {
                        return Ok(before.parse().unwrap_or(sent.seen));
                    }
                    let counts = rows.plan(&sent.call).await?.map_or(0, |row| row.version);
                    if counts != sent.seen {
                        return Err(StoreError::Stale.into());
                    }
                    let version = counts.saturating_add(1);
                    let facts = json!({ "version": version, "content_sha256": sha256 });
                    let event = ledger::event("plan_published", &sent.call, Some(by.clone()), &facts, at);
                    let position = rows.add_event(&event).await?;
                    rows.add_plan(&PlanRow {
                        call_id: sent.call,
                        version,
                        content: sent.text,
                        content_sha256: sha256,
                        published_at: at,
                        published_by: by,
                        position,
                    })
                    .await?;
                    once.keep(rows, &version.to_string()).await?;
                    Ok(version)
                })
            }))
            .await
    }
}

/// The plan of a call that counts, within an act or a snapshot.
pub(crate) async fn plan_of(
    rows: &mut dyn Connection,
    call: &Arc<LoadedCall>,
) -> Result<Option<PlanView>, ServiceError> {
    let row = rows.plan(&call.call.id).await?;
    row.map(|row| view(call.clone(), row)).transpose()
}

impl Service {
    /// Refuses a plan that changes what is scored already, or stands behind a published list.
    async fn amendable(&self, call: &Arc<LoadedCall>, next: Plan) -> Result<(), ServiceError> {
        let loaded = call.clone();
        let findings = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let id = &loaded.call.id;
                    let Some(row) = rows.plan(id).await? else { return Ok(Vec::new()) };
                    let old = view(loaded.clone(), row)?.plan;
                    let lists = rows.published_lists(id).await?;
                    let mut progress = BTreeMap::new();
                    for stage in &old.stages {
                        let published = lists.iter().any(|list| list.stage == stage.id);
                        let scored = !rows.submitted_sheets(id, &stage.id, ("", ""), 1).await?.is_empty();
                        let come = match (published, scored) {
                            (true, _) => Progress::Published,
                            (false, true) => Progress::Scored,
                            (false, false) => Progress::Open,
                        };
                        progress.insert(stage.id.clone(), come);
                    }
                    let of = |stage: &str| progress.get(stage).copied().unwrap_or(Progress::Open);
                    Ok(amendment_findings(&old, &next, of))
                })
            }))
            .await?;
        if findings.is_empty() { Ok(()) } else { Err(ServiceError::Invalid(findings)) }
    }
}

/// Everything that is wrong with a file, as findings.
fn check(call: &LoadedCall, text: &str) -> Result<Plan, ServiceError> {
    if text.len() > PLAN_BYTES_MAX {
        return Err(ServiceError::TooLarge(PLAN_BYTES_MAX as u64));
    }
    let plan = read_plan(text, &call.call).sound_plan();
    plan.map_err(|errors| ServiceError::Invalid(errors.into_iter().map(finding).collect()))
}

fn finding(error: Diagnostic) -> Finding {
    let Diagnostic { code, line, column, message, help } = error;
    Finding {
        code: code.to_owned(),
        severity: Severity::Refusal,
        clause: None,
        field: Some("plan".to_owned()),
        message: Text::new(
            format!("第 {line} 行第 {column} 列：{}", message.zh),
            format!("line {line}, column {column}: {}", message.en),
        ),
        remedy: help,
    }
}

/// A stored plan, read again.
pub(crate) fn view(call: Arc<LoadedCall>, row: PlanRow) -> Result<PlanView, ServiceError> {
    let plan = read_plan(&row.content, &call.call).sound_plan().map_err(|_| {
        ServiceError::Internal(format!("plan {} of {} cannot be read any more", row.version, row.call_id))
    })?;
    let at = Timestamp::from_microsecond(row.published_at).ok();
    Ok(PlanView { call, version: row.version, plan, text: row.content, sha256: row.content_sha256, at })
}
