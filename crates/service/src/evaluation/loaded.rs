//! One team with everything that its evaluation looks at, read in one snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiebang_domain::call::Item;
use jiebang_domain::evaluation::{
    Assessment, Case, EvaluationPlan, Lock, Measurement, Rule, assess, assess_own,
};
use jiebang_domain::race::IndicatorLine;
use jiebang_domain::shared::{Promise, Region, Text};
use jiebang_store::{ApplicationRow, Connection, EvaluationPlanRow, MeasurementRow, RulingRow, TeamRow};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::internal;
use crate::access::{Access, Action, Actor, Decision, Resource};
use crate::call::Calls;
use crate::selection::plan_of;
use crate::{LoadedCall, ServiceError};

/// An entry about an indicator, as it is stored. Entries share one row of numbers, so that nothing takes the place of another one.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Entry {
    /// A measurement.
    Measured(Box<Measurement>),
    /// That a measurement counts no more.
    Voided {
        /// Number of the measurement.
        number: u32,
        /// Why.
        reason: String,
    },
}

/// An indicator that the team is evaluated on.
pub(super) struct Line {
    pub(super) id: String,
    pub(super) name: Text,
    pub(super) promised: Text,
    pub(super) promise: Option<Promise>,
    /// The call's item; `None` for one that the team named itself.
    pub(super) item: Option<Item>,
}

/// A team with its plan, measurements and rulings.
pub(super) struct Loaded {
    pub(super) call: Arc<LoadedCall>,
    pub(super) application: ApplicationRow,
    pub(super) team: TeamRow,
    pub(super) lines: Vec<Line>,
    pub(super) row: Option<EvaluationPlanRow>,
    pub(super) plan: Option<EvaluationPlan>,
    /// How uncertainty enters where the team's plan does not say yet.
    pub(super) rule: Rule,
    pub(super) entries: Vec<MeasurementRow>,
    pub(super) measured: BTreeMap<String, Vec<Measurement>>,
    pub(super) rulings: Vec<RulingRow>,
}

/// What the evaluation reads of a frozen task statement.
#[derive(Deserialize)]
struct Frozen {
    indicators: Vec<IndicatorLine>,
}

/// The team of an application; `None` where it does not race.
async fn loaded(rows: &mut dyn Connection, calls: &Calls, id: &str) -> Result<Option<Loaded>, ServiceError> {
    let Some(team) = rows.team(id).await? else { return Ok(None) };
    let Some(application) = rows.application(id).await? else { return Ok(None) };
    let call = calls
        .version(&application.call_id, &application.call_version)
        .ok_or_else(|| internal(format!("the call of {id} is not loaded")))?;
    let baselines = rows.baselines(id).await?;
    let counts = baselines.iter().find(|row| row.version == team.baseline_version);
    let lines = lines_of(&call, &team.task, counts.map(|row| row.content.as_str()))?;
    let row = rows.evaluation_plan(id).await?;
    let plan = row.as_ref().map(|row| serde_json::from_str(&row.content)).transpose().map_err(internal)?;
    let terms = plan_of(rows, &call).await?.and_then(|view| view.plan.evaluation);
    let entries = rows.measurements(id).await?;
    let measured = measured_of(&entries)?;
    let rulings = rows.rulings(id).await?;
    let rule = Rule::of(terms.as_ref());
    Ok(Some(Loaded { call, application, team, lines, row, plan, rule, entries, measured, rulings }))
}

/// The team that an actor may act on like this, within an act or a snapshot.
///
/// # Errors
/// As if it were not there, where the actor has no business with it; `Forbidden`.
pub(super) async fn allowed(
    rows: &mut dyn Connection,
    calls: &Calls,
    access: &Access,
    actor: Option<&Actor>,
    action: Action,
    id: &str,
) -> Result<Loaded, ServiceError> {
    let Some(found) = loaded(rows, calls, id).await? else {
        return Err(Decision::absent(actor).result().err().unwrap_or(ServiceError::NotFound));
    };
    access.require(actor, action, &found.resource())?;
    Ok(found)
}

/// The items of the task, with what was promised for them, then what the team named itself.
fn lines_of(call: &LoadedCall, task: &str, frozen: Option<&str>) -> Result<Vec<Line>, ServiceError> {
    let frozen: Option<Frozen> = frozen.map(serde_json::from_str).transpose().map_err(internal)?;
    let promised = frozen.map(|frozen| frozen.indicators).unwrap_or_default();
    let items = call.call.items_of(task);
    let of_call = items.iter().map(|item| {
        let line = promised.iter().find(|line| line.item == item.id);
        Line {
            id: item.id.clone(),
            name: item.name.clone(),
            promised: line.map(|line| line.promised.clone()).unwrap_or_default(),
            promise: line.and_then(|line| serde_json::from_value(line.value.clone()).ok()),
            item: Some((*item).clone()),
        }
    });
    let own = promised.iter().filter(|line| items.iter().all(|item| item.id != line.item)).map(|line| Line {
        id: line.item.clone(),
        name: line.name.clone(),
        promised: line.promised.clone(),
        promise: None,
        item: None,
    });
    Ok(of_call.chain(own).collect())
}

/// Measurements by indicator, with what was voided of them.
fn measured_of(entries: &[MeasurementRow]) -> Result<BTreeMap<String, Vec<Measurement>>, ServiceError> {
    let mut all: BTreeMap<String, Vec<Measurement>> = BTreeMap::new();
    for row in entries {
        let of = all.entry(row.item.clone()).or_default();
        match serde_json::from_str(&row.content).map_err(internal)? {
            Entry::Measured(measurement) => of.push(*measurement),
            Entry::Voided { number, reason } => {
                let found = of.iter_mut().find(|measurement| measurement.number == number);
                if let Some(found) = found {
                    found.voided = Some(reason);
                }
            }
        }
    }
    Ok(all)
}

impl Loaded {
    /// Whom the team belongs to, for access.
    pub(super) fn resource(&self) -> Resource {
        let registered = self.application.region.as_deref().and_then(Region::parse);
        let region = match (&self.call.call.recommendation, registered) {
            (Some(recommendation), Some(region)) => Some(recommendation.recommender_of(region)),
            _ => None,
        };
        Resource::Team {
            application_id: self.application.id.clone(),
            organisation_id: self.application.organisation_id.clone(),
            region,
        }
    }

    /// An indicator.
    pub(super) fn line(&self, id: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == id)
    }

    /// Measurements of an indicator.
    pub(super) fn measurements(&self, id: &str) -> &[Measurement] {
        self.measured.get(id).map_or(&[], Vec::as_slice)
    }

    /// Whether the plan is locked.
    pub(super) fn locked(&self) -> bool {
        self.row.as_ref().is_some_and(|row| row.locked_at.is_some())
    }

    /// The lock of the plan, in days of the call's zone.
    pub(super) fn lock(&self, now: Timestamp) -> Result<Option<Lock>, ServiceError> {
        let Some(at) = self.row.as_ref().and_then(|row| row.locked_at) else { return Ok(None) };
        let on = self.day(Timestamp::from_microsecond(at).map_err(internal)?);
        Ok(Some(Lock { on, today: self.day(now) }))
    }

    fn day(&self, at: Timestamp) -> Date {
        at.to_zoned(self.call.call.zone.clone()).date()
    }

    /// How uncertainty enters verdicts.
    pub(super) fn rule(&self) -> &Rule {
        self.plan.as_ref().map_or(&self.rule, |plan| &plan.rule)
    }

    /// What is computed for an indicator.
    pub(super) fn assessment(&self, line: &Line) -> Assessment {
        let planned = self.plan.as_ref().and_then(|plan| plan.items.get(&line.id));
        let measurements = self.measurements(&line.id);
        match &line.item {
            Some(item) => {
                let case = Case { item, promise: line.promise.as_ref(), planned, rule: self.rule() };
                assess(&case, measurements)
            }
            None => assess_own(&line.promised, planned, measurements),
        }
    }

    /// How many entries and rulings there are: what an act was begun on.
    pub(super) fn stands(&self) -> i64 {
        let count = self.entries.len().saturating_add(self.rulings.len());
        i64::try_from(count).unwrap_or(i64::MAX)
    }

    /// The number that the next entry about an indicator takes.
    pub(super) fn next_entry(&self, item: &str) -> u32 {
        let taken = self.entries.iter().filter(|row| row.item == item).count();
        u32::try_from(taken).unwrap_or(u32::MAX).saturating_add(1)
    }
}
