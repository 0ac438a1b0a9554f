//! The plan of a team's evaluation (测评方案), and what it demands of a measurement.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::{EvaluationFault, Measurement};
use crate::selection::{DecisionRule, EvaluationTerms};
use crate::shared::Number;

/// How uncertainty enters verdicts (判定规则), as the plan fixes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The rule.
    pub decision: DecisionRule,
    /// Part of the expanded uncertainty that is the guard band; zero for the simple rule.
    pub guard_band: Number,
}

impl Rule {
    /// The rule of a call's plan; the simple one where it has none.
    pub fn of(terms: Option<&EvaluationTerms>) -> Self {
        let decision = terms.map_or(DecisionRule::Simple, |terms| terms.decision_rule);
        let guard_band = terms.and_then(|terms| terms.guard_band.clone()).unwrap_or_else(|| Number::from(0));
        Self { decision, guard_band }
    }

    /// Whether a guard band counts.
    pub fn guarded(&self) -> bool {
        self.decision != DecisionRule::Simple
    }
}

/// That an indicator is not evaluated (不适用).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// Who approved.
    pub approver: String,
    /// Why.
    pub reason: String,
}

/// How one indicator is evaluated (测评方法). Fields stand in the order of their names, as in canonical JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanItem {
    /// How unit or comparator are read where the notice leaves them out; empty until the evaluator confirms it.
    pub confirmed: String,
    /// Who measures.
    pub laboratory: String,
    /// How, by which standard.
    pub method: String,
    /// Not evaluated at all.
    pub waiver: Option<Waiver>,
}

/// The plan of one team. Fields stand in the order of their names, as in canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationPlan {
    /// By indicator.
    pub items: BTreeMap<String, PlanItem>,
    /// How uncertainty enters verdicts.
    pub rule: Rule,
}

/// The lock of a plan (方案锁定).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Day of the lock, in the call's zone.
    pub on: Date,
    /// Today, in the call's zone.
    pub today: Date,
}

impl EvaluationPlan {
    /// Canonical JSON (RFC 8785): what the lock's digest is of.
    ///
    /// # Errors
    /// Never for a plan of texts and numbers; the serialiser's word is passed on.
    pub fn canonical(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Everything that keeps the plan from being locked, for a team with these indicators.
    pub fn lock_faults(&self, indicators: &[&str]) -> Vec<EvaluationFault> {
        let mut faults = Vec::new();
        if indicators.is_empty() {
            faults.push(EvaluationFault::NothingToEvaluate);
        }
        let unknown = self.items.keys().filter(|item| !indicators.contains(&item.as_str()));
        faults.extend(unknown.map(|item| EvaluationFault::ItemUnknown { item: item.clone() }));
        for item in indicators {
            let planned = self.items.get(*item);
            faults.extend(item_fault(item, planned));
        }
        faults
    }

    /// Everything that keeps a measurement from being entered, whatever it measured.
    pub fn measurement_faults(
        &self,
        lock: Option<Lock>,
        item: &str,
        measurement: &Measurement,
    ) -> Vec<EvaluationFault> {
        let Some(lock) = lock else { return vec![EvaluationFault::NotLocked] };
        let Some(planned) = self.items.get(item).filter(|planned| planned.waiver.is_none()) else {
            return vec![EvaluationFault::NotPlanned { item: item.to_owned() }];
        };
        let mut faults = Vec::new();
        let on = measurement.measured_on;
        if on < lock.on {
            faults.push(EvaluationFault::BeforeLock { on, locked_on: lock.on });
        }
        if on > lock.today {
            faults.push(EvaluationFault::NotYet { on });
        }
        if measurement.laboratory.trim() != planned.laboratory.trim() {
            faults.push(EvaluationFault::OtherLaboratory {
                planned: planned.laboratory.trim().to_owned(),
                given: measurement.laboratory.trim().to_owned(),
            });
        }
        if measurement.samples == 0 {
            faults.push(EvaluationFault::NoSamples);
        }
        if measurement.uncertainty.as_ref().is_some_and(Number::is_negative) {
            faults.push(EvaluationFault::UncertaintyNegative);
        }
        faults
    }
}

fn item_fault(item: &str, planned: Option<&PlanItem>) -> Option<EvaluationFault> {
    let item = item.to_owned();
    let Some(planned) = planned else { return Some(EvaluationFault::PlanLacks { item }) };
    if let Some(waiver) = &planned.waiver {
        let blank = waiver.approver.trim().is_empty() || waiver.reason.trim().is_empty();
        return blank.then_some(EvaluationFault::WaiverUnexplained { item });
    }
    let blank = planned.method.trim().is_empty() || planned.laboratory.trim().is_empty();
    blank.then_some(EvaluationFault::PlanLacks { item })
}
