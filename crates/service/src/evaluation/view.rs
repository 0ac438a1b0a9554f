//! The evaluation of a team as a page shows it.

use std::sync::Arc;

use jiebang_domain::call::Item;
use jiebang_domain::evaluation::{
    Assessment, Measurement, Overall, PlanItem, Rule, Verdict, nested_faults, overall,
};
use jiebang_domain::shared::{Finding, Text};
use jiebang_store::{Connection, RulingRow};
use jiff::Timestamp;

use super::internal;
use super::loaded::{Line, Loaded, allowed};
use crate::access::{Action, Actor};
use crate::{LoadedCall, Service, ServiceError};

/// The evaluation of a team (测评).
#[derive(Clone, Debug)]
pub struct EvaluationView {
    /// Call.
    pub call: Arc<LoadedCall>,
    /// Application.
    pub application: String,
    /// Number of the application.
    pub number: Option<String>,
    /// Name of the product.
    pub title: String,
    /// What the lead was called.
    pub lead: String,
    /// Revision that a save of the plan starts from; 0 before there is one.
    pub revision: i64,
    /// When the plan was locked.
    pub locked_at: Option<Timestamp>,
    /// SHA-256 of the plan; empty before there is one.
    pub sha256: String,
    /// How uncertainty enters verdicts.
    pub rule: Rule,
    /// How many entries and rulings there are: what an act starts from.
    pub stands: i64,
    /// Indicators.
    pub lines: Vec<EvaluationLine>,
    /// Verdicts counted, rulings before what is computed.
    pub overall: Overall,
    /// Contradictions between measurements.
    pub findings: Vec<Finding>,
    /// The actor may plan and lock.
    pub may_plan: bool,
    /// The actor may enter measurements.
    pub may_measure: bool,
    /// The actor may rule.
    pub may_rule: bool,
}

/// An indicator of the evaluation.
#[derive(Clone, Debug)]
pub struct EvaluationLine {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// The call's item; `None` for one that the team named itself.
    pub item: Option<Item>,
    /// The promise in words; empty where none was made.
    pub promised: Text,
    /// How it is evaluated.
    pub planned: PlanItem,
    /// Measurements, the first one first, void ones too.
    pub measurements: Vec<Measurement>,
    /// Number of each measurement with the name of its report.
    pub evidence: Vec<(u32, String)>,
    /// What is computed.
    pub computed: Assessment,
    /// Rulings, the first one first; the last one counts.
    pub rulings: Vec<RulingView>,
}

/// A ruling.
#[derive(Clone, Debug)]
pub struct RulingView {
    /// What was ruled.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// Who ruled.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl EvaluationLine {
    /// The verdict that counts.
    pub fn verdict(&self) -> &Verdict {
        self.rulings.last().map_or(&self.computed.verdict, |ruling| &ruling.verdict)
    }
}

impl Service {
    /// The evaluation of a team.
    ///
    /// # Errors
    /// `NotFound` where the application does not race, or it is not the actor's business.
    pub async fn evaluation(&self, actor: Option<&Actor>, id: &str) -> Result<EvaluationView, ServiceError> {
        let (key, asks) = (id.to_owned(), actor.cloned());
        let (calls, access) = (self.calls.clone(), self.access.clone());
        let (team, rulings) = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let action = Action::ReadTeam;
                    let team = allowed(rows, &calls, &access, asks.as_ref(), action, &key).await?;
                    let rulings = named(rows, &team.rulings).await?;
                    Ok((team, rulings))
                })
            }))
            .await?;
        let resource = team.resource();
        let may = |action: Action| self.access.allows(actor, action, &resource);
        let locked_at = team.row.as_ref().and_then(|row| row.locked_at);
        let lines: Vec<EvaluationLine> = team.lines.iter().map(|of| line(&team, of, &rulings)).collect();
        let items: Vec<&Item> = team.lines.iter().filter_map(|line| line.item.as_ref()).collect();
        let nested = nested_faults(&items, |id| team.measurements(id));
        Ok(EvaluationView {
            application: id.to_owned(),
            number: team.application.number.clone(),
            title: team.application.title.clone(),
            lead: team.application.lead.clone().unwrap_or_default(),
            revision: team.row.as_ref().map_or(0, |row| row.revision),
            locked_at: locked_at.and_then(|at| Timestamp::from_microsecond(at).ok()),
            sha256: team.row.as_ref().map(|row| row.content_sha256.clone()).unwrap_or_default(),
            rule: team.rule().clone(),
            stands: team.stands(),
            overall: overall(lines.iter().map(EvaluationLine::verdict)),
            findings: nested.iter().map(|fault| fault.finding()).collect(),
            may_plan: may(Action::PlanEvaluation) && locked_at.is_none(),
            may_measure: may(Action::EnterMeasurement) && locked_at.is_some(),
            may_rule: may(Action::RuleVerdict) && locked_at.is_some(),
            lines,
            call: team.call,
        })
    }
}

/// Rulings with the names of who ruled.
async fn named(
    rows: &mut dyn Connection,
    rulings: &[RulingRow],
) -> Result<Vec<(String, RulingView)>, ServiceError> {
    let mut all = Vec::new();
    for row in rulings {
        let by = rows.account(&row.ruled_by).await?.map(|account| account.name).unwrap_or_default();
        let verdict = Verdict::ruled(&row.verdict, &by, &row.reason)
            .ok_or_else(|| internal(format!("the verdict {} is not known", row.verdict)))?;
        let at = Timestamp::from_microsecond(row.ruled_at).map_err(internal)?;
        all.push((row.item.clone(), RulingView { verdict, reason: row.reason.clone(), by, at }));
    }
    Ok(all)
}

fn line(team: &Loaded, line: &Line, rulings: &[(String, RulingView)]) -> EvaluationLine {
    let planned = team.plan.as_ref().and_then(|plan| plan.items.get(&line.id));
    let entries = team.entries.iter().filter(|row| row.item == line.id && !row.evidence_name.is_empty());
    let number = |number: i64| u32::try_from(number).unwrap_or_default();
    EvaluationLine {
        id: line.id.clone(),
        name: line.name.clone(),
        item: line.item.clone(),
        promised: line.promised.clone(),
        planned: planned.cloned().unwrap_or_default(),
        measurements: team.measurements(&line.id).to_vec(),
        evidence: entries.map(|row| (number(row.number), row.evidence_name.clone())).collect(),
        computed: team.assessment(line),
        rulings: rulings
            .iter()
            .filter(|(item, _)| *item == line.id)
            .map(|(_, ruling)| ruling.clone())
            .collect(),
    }
}
