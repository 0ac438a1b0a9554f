//! Where a stage stands: what its list would be now, and what is missing until then.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiebang_domain::publication::{
    Record, RecordedEntrant, RecordedSheet, Roster, RosterLine, label_of, lot_seed,
};
use jiebang_domain::selection::{Override, Selection, Stage};
use jiebang_domain::shared::{Finding, Region, Severity, Text};
use jiebang_store::{CandidateRow, Connection, OverrideRow, Pool};
use serde_json::json;

use super::{PAGE, digest, resource};
use crate::access::{Action, Actor};
use crate::idempotency::Once;
use crate::selection::{plan_of, score_sheet};
use crate::{LoadedCall, PlanView, Service, ServiceError, ledger};

/// Most findings that a page shows one by one.
const TOLD_MAX: usize = 100;

/// What the list of a stage would be now (名单试算).
#[derive(Clone, Debug)]
pub struct StandingView {
    /// Call.
    pub call: Arc<LoadedCall>,
    /// Plan.
    pub plan: PlanView,
    /// Id of the stage.
    pub stage: String,
    /// What the list follows from.
    pub record: Record,
    /// Who is behind its labels.
    pub roster: Roster,
    /// SHA-256 of the record.
    pub record_sha256: String,
    /// The list; `None` while anything is missing.
    pub selection: Option<Selection>,
    /// What is missing, at most a hundred.
    pub findings: Vec<Finding>,
    /// How many there are in all.
    pub findings_total: usize,
}

/// Lifts a cap that holds in principle.
#[derive(Clone, Debug)]
pub struct LiftCap {
    /// Call.
    pub call: String,
    /// Stage.
    pub stage: String,
    /// Group; never an application.
    pub group: String,
    /// Class.
    pub class: String,
    /// Places instead.
    pub cap: u32,
    /// Why.
    pub reason: String,
    /// Makes a repeated request the same request.
    pub key: Option<String>,
}

/// A stage with all that its list follows from.
pub(super) struct Standing {
    pub(super) plan: PlanView,
    pub(super) record: Record,
    pub(super) roster: Roster,
    pub(super) findings: Vec<Finding>,
    pub(super) selection: Option<Selection>,
}

impl Standing {
    /// The record as it is frozen.
    pub(super) fn content(&self) -> Result<String, ServiceError> {
        serde_jcs::to_string(&self.record).map_err(|error| ServiceError::Internal(format!("record: {error}")))
    }

    pub(super) fn stage(&self) -> Result<&Stage, ServiceError> {
        self.plan.plan.stage(&self.record.stage).ok_or(ServiceError::NotFound)
    }
}

impl Service {
    /// What the list of a stage would be now, and what is missing until then.
    ///
    /// # Errors
    /// `NotFound` where there is no plan or no such stage, or it is not the actor's business.
    pub async fn stage_standing(
        &self,
        actor: &Actor,
        call: &str,
        stage: &str,
    ) -> Result<StandingView, ServiceError> {
        let call = self.call(call)?.call;
        self.access.require(Some(actor), Action::ReadSelection, &resource(&call))?;
        let (loaded, stage) = (call.clone(), stage.to_owned());
        let standing = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { read(rows, &loaded, &stage).await })
            }))
            .await?;
        let record_sha256 = ledger::sha256(standing.content()?.as_bytes());
        let Standing { plan, record, roster, mut findings, selection } = standing;
        let findings_total = findings.len();
        findings.truncate(TOLD_MAX);
        let stage = record.stage.clone();
        Ok(StandingView {
            call,
            plan,
            stage,
            record,
            roster,
            record_sha256,
            selection,
            findings,
            findings_total,
        })
    }

    /// Lifts a cap for a group and a class, in the place of what was said of it before.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` with everything against it: a cap that binds, a group that nobody is in, no reason, an application
    /// that is named; `KeyReused`.
    pub async fn lift_cap(&self, actor: &Actor, lift: LiftCap) -> Result<(), ServiceError> {
        let call = self.call(&lift.call)?.call;
        self.access.require(Some(actor), Action::LiftCap, &resource(&call))?;
        let reason = crate::recommendation::said("reason", &lift.reason, true)?;
        let now = self.clock.now();
        let at = now.as_microsecond();
        let by = actor.account_id.clone();
        let asked =
            format!("lift {} {} {} {} {} {reason}", lift.call, lift.stage, lift.group, lift.class, lift.cap);
        let once = Once::new(actor, lift.key.clone(), &asked, now);
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    if once.before(rows).await?.is_some() {
                        return Ok(());
                    }
                    let mut standing = read(rows, &call, &lift.stage).await?;
                    let given = Override {
                        group: lift.group.clone(),
                        class: lift.class.clone(),
                        cap: lift.cap,
                        reason: reason.clone(),
                        approver: by.clone(),
                    };
                    let overrides = &mut standing.record.overrides;
                    overrides.retain(|one| (&one.group, &one.class) != (&lift.group, &lift.class));
                    overrides.push(given);
                    let stage = standing.stage()?;
                    // What is missing of sheets and checks stands in nobody's way here.
                    let against = standing.record.select(&call.call, stage).err().unwrap_or_default();
                    let against: Vec<Finding> =
                        against.into_iter().filter(|finding| finding.code.starts_with("override_")).collect();
                    let named = standing.roster.0.values().find(|line| reason.contains(&line.number));
                    if let Some(line) = named {
                        return Err(names_application(&line.number));
                    }
                    if !against.is_empty() {
                        return Err(ServiceError::Invalid(against));
                    }
                    let facts = json!({ "stage": lift.stage, "group": lift.group, "class": lift.class,
                        "cap": lift.cap, "reason": reason });
                    let id = call.call.id.clone();
                    rows.add_event(&ledger::event("cap_lifted", &id, Some(by.clone()), &facts, at)).await?;
                    rows.save_override(&OverrideRow {
                        call_id: id,
                        stage: lift.stage,
                        group_key: lift.group,
                        class: lift.class,
                        cap: i64::from(lift.cap),
                        reason,
                        approved_at: at,
                        approved_by: by,
                    })
                    .await?;
                    once.keep(rows, "lifted").await
                })
            }))
            .await
    }
}

/// Reads a stage in one snapshot.
///
/// # Errors
/// `NotFound` where there is no plan or no such stage.
pub(super) async fn read(
    rows: &mut dyn Connection,
    call: &Arc<LoadedCall>,
    stage_id: &str,
) -> Result<Standing, ServiceError> {
    let plan = plan_of(rows, call).await?.ok_or(ServiceError::NotFound)?;
    let stage = plan.plan.stage(stage_id).ok_or(ServiceError::NotFound)?;
    let mut sheets = sheets_of(rows, &call.call.id, stage_id).await?;
    let mut gathered = Gathered::default();
    let pool = pool_of(call, stage);
    let mut after = String::new();
    loop {
        let page = rows.candidates(&call.call.id, stage_id, pool, &after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.id);
        for row in page {
            let own = sheets.remove(&row.id).unwrap_or_default();
            gathered.take(call, &plan, stage, pool, row, own);
        }
    }
    let overrides = rows.overrides(&call.call.id, stage_id).await?;
    let record = gathered.record(call, &plan, stage_id, overrides)?;
    let Gathered { roster, mut findings, .. } = gathered;
    if record.entrants.is_empty() {
        findings.push(nobody());
    }
    let selection = match record.select(&call.call, stage) {
        Ok(selection) => Some(selection),
        Err(faults) => {
            findings.extend(faults.into_iter().map(|finding| by_number(finding, &roster)));
            None
        }
    };
    let selection = selection.filter(|_| findings.is_empty());
    Ok(Standing { plan, record, roster, findings, selection })
}

/// Who stands for a stage: those in the race for a later one, those who are recommended, or all.
pub(crate) fn pool_of(call: &LoadedCall, stage: &Stage) -> Pool {
    match (&call.call.recommendation, stage.from.is_empty()) {
        (_, false) => Pool::Racing,
        (Some(_), true) => Pool::Recommended,
        (None, true) => Pool::Submitted,
    }
}

/// Submitted sheets by application.
async fn sheets_of(
    rows: &mut dyn Connection,
    call: &str,
    stage: &str,
) -> Result<BTreeMap<String, Vec<RecordedSheet>>, ServiceError> {
    let mut sheets: BTreeMap<String, Vec<RecordedSheet>> = BTreeMap::new();
    let mut after = (String::new(), String::new());
    loop {
        let page = rows.submitted_sheets(call, stage, (&after.0, &after.1), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = (last.application_id.clone(), last.expert_id.clone());
        for row in page {
            let sheet = score_sheet(&row)?;
            let sha256 = digest(&ledger::sha256(row.content.as_bytes()))?;
            let recorded = RecordedSheet { sha256, scores: sheet.scores, vetoes: sheet.vetoes };
            sheets.entry(row.application_id).or_default().push(recorded);
        }
    }
    for of_one in sheets.values_mut() {
        // By digest, so that the order says nothing of who scored.
        of_one.sort_by(|one, other| one.sha256.as_str().cmp(other.sha256.as_str()));
    }
    Ok(sheets)
}

/// What was read of the applications.
#[derive(Default)]
struct Gathered {
    entrants: Vec<RecordedEntrant>,
    refused: Vec<String>,
    roster: Roster,
    findings: Vec<Finding>,
}

impl Gathered {
    fn take(
        &mut self,
        call: &LoadedCall,
        plan: &PlanView,
        stage: &Stage,
        pool: Pool,
        row: CandidateRow,
        sheets: Vec<RecordedSheet>,
    ) {
        let label = label_of(&row.id, &stage.id);
        let checked = pool != Pool::Racing && !plan.plan.checks.is_empty();
        match row.outcome.as_deref() {
            Some("refused") if checked => {
                self.refused.push(label.clone());
                self.roster.0.insert(label, line_of(row));
                return;
            }
            Some("passed") => {}
            _ if checked => self.findings.push(unchecked(&row.number)),
            _ => {}
        }
        let region = Region::parse(&row.region);
        let recommends = call.call.recommendation.as_ref().zip(region);
        let recommender = recommends.map(|(rule, region)| rule.recommender_of(region).code().to_owned());
        let recommender = recommender.unwrap_or_default();
        let group = stage.per.group(&call.call, &row.task, &row.region, &recommender, &row.organisation_id);
        let Some(group) = group else {
            self.findings.push(groupless(&row.number, &row.task));
            return;
        };
        self.entrants.push(RecordedEntrant { label: label.clone(), group, sheets });
        self.roster.0.insert(label, line_of(row));
    }

    fn record(
        &mut self,
        call: &LoadedCall,
        plan: &PlanView,
        stage: &str,
        overrides: Vec<OverrideRow>,
    ) -> Result<Record, ServiceError> {
        let mut entrants = std::mem::take(&mut self.entrants);
        entrants.sort_by(|one, other| one.label.cmp(&other.label));
        let mut refused = std::mem::take(&mut self.refused);
        refused.sort();
        let plan_sha256 = digest(&plan.sha256)?;
        let sheets = entrants.iter().flat_map(|entrant| entrant.sheets.iter().map(|sheet| &sheet.sha256));
        Ok(Record {
            call: call.call.id.clone(),
            call_version: call.version.clone(),
            plan_version: u32::try_from(plan.version).unwrap_or(u32::MAX),
            seed: lot_seed(&plan_sha256, sheets),
            plan_sha256,
            stage: stage.to_owned(),
            entrants,
            refused,
            overrides: overrides
                .into_iter()
                .map(|row| Override {
                    group: row.group_key,
                    class: row.class,
                    cap: u32::try_from(row.cap).unwrap_or(u32::MAX),
                    reason: row.reason,
                    approver: row.approved_by,
                })
                .collect(),
        })
    }
}

fn line_of(row: CandidateRow) -> RosterLine {
    RosterLine { application: row.id, number: row.number, unit: row.lead, task: row.task }
}

/// A finding about a label, said of the number behind it.
fn by_number(mut finding: Finding, roster: &Roster) -> Finding {
    let line = finding.field.as_ref().and_then(|label| Some((label.clone(), roster.0.get(label)?)));
    if let Some((label, line)) = line {
        finding.message = Text::new(
            finding.message.zh.replace(&label, &line.number),
            finding.message.en.replace(&label, &line.number),
        );
        finding.field = Some(line.number.clone());
    }
    finding
}

fn names_application(number: &str) -> ServiceError {
    ServiceError::field(
        "override_names_application",
        "reason",
        Text::new(
            format!("理由里写了申报项目 {number}"),
            format!("The reason names the application {number}"),
        ),
        Text::new(
            "突破名额只针对分组和类别，写与具体项目无关的理由",
            "A cap is lifted for a group and a class; give a reason that names no application",
        ),
    )
}

fn nobody() -> Finding {
    finding(
        "entrants_missing",
        "main",
        Text::new("还没有项目参评", "Nothing takes part yet"),
        Text::new(
            "推荐名单确认、形式审查通过后再排名单",
            "Wait for confirmed recommendations and checked forms",
        ),
    )
}

fn unchecked(number: &str) -> Finding {
    finding(
        "form_unchecked",
        number,
        Text::new(format!("{number} 还没有形式审查结论"), format!("The form of {number} is not checked yet")),
        Text::new("先完成形式审查", "Check its form first"),
    )
}

fn groupless(number: &str, task: &str) -> Finding {
    finding(
        "group_missing",
        number,
        Text::new(
            format!("{number} 的任务 {task} 不在分组的层级里"),
            format!("The task {task} of {number} is in no group"),
        ),
        Text::new("核对方案的分组", "Check what the plan groups by"),
    )
}

fn finding(code: &str, field: &str, message: Text, remedy: Text) -> Finding {
    Finding {
        code: code.to_owned(),
        severity: Severity::Refusal,
        clause: None,
        field: Some(field.to_owned()),
        message,
        remedy,
    }
}
