//! Measurements: entered under the locked plan, voided with a reason, never changed.

use std::collections::BTreeMap;

use jiebang_domain::evaluation::{EvaluationFault, Measurement, nested_faults};
use jiebang_domain::shared::{Comparator, Digest, Finding, Number, Promise, PromiseValue, Target, Text};
use jiebang_store::{Connection, MeasurementRow};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use super::loaded::{Entry, Line, Loaded, allowed};
use super::{WORDS_MAX, fresh, internal, refused};
use crate::access::{Action, Actor};
use crate::idempotency::Once;
use crate::selection::{finding, text_faults};
use crate::{Service, ServiceError, ledger};

/// A measurement as it was typed.
#[derive(Clone, Debug, Default)]
pub struct EnterMeasurement {
    /// Application of the team.
    pub application: String,
    /// Indicator.
    pub item: String,
    /// How many entries and rulings were seen.
    pub seen: i64,
    /// What was typed: `value`, `low` and `high`, `axes`, `unit`.
    pub typed: BTreeMap<String, String>,
    /// Number of samples.
    pub samples: String,
    /// Expanded uncertainty; may be empty.
    pub uncertainty: String,
    /// Day.
    pub measured_on: String,
    /// Laboratory.
    pub laboratory: String,
    /// SHA-256 of the report.
    pub evidence_sha256: String,
    /// Name of the report.
    pub evidence_name: String,
    /// Makes a repeated request the same request.
    pub key: Option<String>,
}

/// That a measurement counts no more.
#[derive(Clone, Debug, Default)]
pub struct VoidMeasurement {
    /// Application of the team.
    pub application: String,
    /// Indicator.
    pub item: String,
    /// Number of the measurement.
    pub number: u32,
    /// How many entries and rulings were seen.
    pub seen: i64,
    /// Why.
    pub reason: String,
}

impl Service {
    /// Enters a measurement beside the others. Returns its number.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden`; `Invalid` with everything that is wrong, a plan that is not locked among it; `Stale`; `KeyReused`.
    pub async fn enter_measurement(
        &self,
        actor: &Actor,
        sent: EnterMeasurement,
    ) -> Result<u32, ServiceError> {
        let now = self.clock.now();
        let asked =
            ledger::sha256(format!("{:?}", EnterMeasurement { key: None, ..sent.clone() }).as_bytes());
        let once = Once::new(actor, sent.key.clone(), &format!("measurement {asked}"), now);
        let (actor, calls, access) = (actor.clone(), self.calls.clone(), self.access.clone());
        self.store
            .act::<u32, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    if let Some(before) = once.before(rows).await? {
                        return before.parse().map_err(internal);
                    }
                    let (id, action) = (&sent.application, Action::EnterMeasurement);
                    let team = allowed(rows, &calls, &access, Some(&actor), action, id).await?;
                    fresh(sent.seen, team.stands())?;
                    let measurement = checked(&team, &sent, now)?;
                    let (number, evidence) = (measurement.number, measurement.evidence.clone());
                    let row = row(&team, &sent.item, number, &Entry::Measured(Box::new(measurement)))?;
                    let row = MeasurementRow {
                        evidence_sha256: evidence.to_string(),
                        evidence_name: sent.evidence_name.trim().to_owned(),
                        ..row
                    };
                    keep(rows, row, "measurement_entered", &actor, now).await?;
                    once.keep(rows, &number.to_string()).await?;
                    Ok(number)
                })
            }))
            .await
    }

    /// Voids a measurement; it stays on record with the reason.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden`; `Invalid` without a reason, or where nothing that counts has the number; `Stale`.
    pub async fn void_measurement(&self, actor: &Actor, sent: VoidMeasurement) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let (actor, calls, access) = (actor.clone(), self.calls.clone(), self.access.clone());
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let (id, action) = (&sent.application, Action::EnterMeasurement);
                    let team = allowed(rows, &calls, &access, Some(&actor), action, id).await?;
                    fresh(sent.seen, team.stands())?;
                    let measured = team.measurements(&sent.item);
                    if !measured.iter().any(|one| one.number == sent.number && one.counts()) {
                        refused(&[EvaluationFault::NothingToVoid { number: sent.number }])?;
                    }
                    let reason = sent.reason.trim().to_owned();
                    if reason.is_empty() {
                        refused(&[EvaluationFault::NoReason])?;
                    }
                    faultless(text_faults("reason", &reason, WORDS_MAX))?;
                    let entry = Entry::Voided { number: sent.number, reason };
                    let row = row(&team, &sent.item, team.next_entry(&sent.item), &entry)?;
                    keep(rows, row, "measurement_voided", &actor, now).await
                })
            }))
            .await
    }
}

fn faultless(faults: Vec<Finding>) -> Result<(), ServiceError> {
    if faults.is_empty() { Ok(()) } else { Err(ServiceError::Invalid(faults)) }
}

/// The row of an entry; its evidence is the entry itself where it brings none.
fn row(team: &Loaded, item: &str, number: u32, entry: &Entry) -> Result<MeasurementRow, ServiceError> {
    let content = ledger::canonical(&serde_json::to_value(entry).map_err(internal)?);
    Ok(MeasurementRow {
        application_id: team.application.id.clone(),
        item: item.to_owned(),
        number: i64::from(number),
        plan_version: team.row.as_ref().map_or(0, |row| row.version),
        evidence_sha256: ledger::sha256(content.as_bytes()),
        evidence_name: String::new(),
        content,
        entered_at: 0,
        entered_by: String::new(),
        position: 0,
    })
}

/// Writes an entry with its event.
async fn keep(
    rows: &mut dyn Connection,
    row: MeasurementRow,
    kind: &str,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let (at, by) = (now.as_microsecond(), actor.account_id.clone());
    let facts = json!({
        "item": row.item,
        "number": row.number,
        "plan_version": row.plan_version,
        "content_sha256": ledger::sha256(row.content.as_bytes()),
        "evidence_sha256": row.evidence_sha256,
    });
    let event = ledger::event(kind, &row.application_id, Some(by.clone()), &facts, at);
    let position = rows.add_event(&event).await?;
    Ok(rows.add_measurement(&MeasurementRow { entered_at: at, entered_by: by, position, ..row }).await?)
}

/// The measurement that was typed, or everything that is wrong with it.
fn checked(team: &Loaded, sent: &EnterMeasurement, now: Timestamp) -> Result<Measurement, ServiceError> {
    let Some(line) = team.line(&sent.item) else {
        refused(&[EvaluationFault::NotPlanned { item: sent.item.clone() }])?;
        return Err(ServiceError::NotFound);
    };
    let measurement = read(line, sent, team.next_entry(&sent.item))?;
    let lock = team.lock(now)?;
    let plan = team.plan.as_ref().filter(|_| lock.is_some());
    let Some(plan) = plan else {
        refused(&[EvaluationFault::NotLocked])?;
        return Err(ServiceError::NotFound);
    };
    let mut faults = plan.measurement_faults(lock, &sent.item, &measurement);
    if let Some(item) = &line.item {
        faults.extend(EvaluationFault::of_value(item, &measurement));
    }
    refused(&faults)?;
    let mut with = team.measured.clone();
    with.entry(sent.item.clone()).or_default().push(measurement.clone());
    let items: Vec<_> = team.lines.iter().filter_map(|line| line.item.as_ref()).collect();
    refused(&nested_faults(&items, |id| with.get(id).map_or(&[], Vec::as_slice)))?;
    Ok(measurement)
}

/// What was typed, as values; everything that cannot be read at once.
fn read(line: &Line, sent: &EnterMeasurement, number: u32) -> Result<Measurement, ServiceError> {
    let mut faults = Vec::new();
    let fault = |field: &str, zh: &str, en: &str, (how_zh, how_en): (&str, &str)| {
        finding("measurement_unread", field, Text::new(zh, en), Text::new(how_zh, how_en))
    };
    let value = value(line, &sent.typed);
    if value.is_none() {
        faults.push(fault(
            "value",
            "没有填写可以识别的测量值",
            "No value is given that can be read",
            (
                "填写测量值；是否类指标填“是”或“否”",
                "Fill it in; where yes or no is asked for, write one of them",
            ),
        ));
    }
    let samples = sent.samples.trim().parse::<u32>();
    if samples.is_err() {
        let how = ("填写不小于1的整数，如3", "Write a whole number from 1, such as 3");
        faults.push(fault("samples", "样本数不是整数", "The number of samples is no whole number", how));
    }
    let uncertainty = Some(sent.uncertainty.trim()).filter(|text| !text.is_empty()).map(Number::parse);
    if let Some(Err(error)) = &uncertainty {
        faults.push(finding("number_invalid", "uncertainty", error.message(), error.remedy()));
    }
    let measured_on = sent.measured_on.trim().parse::<Date>().ok();
    if measured_on.is_none() {
        let how = ("按 2026-03-28 的形式填写", "Write it like 2026-03-28");
        faults.push(fault("measured_on", "填写的不是日期", "This is no date", how));
    }
    let evidence = Digest::parse(sent.evidence_sha256.trim());
    if evidence.is_err() {
        let how = (
            "填写检测报告文件的 SHA-256，64位小写十六进制",
            "Give the SHA-256 of the report: 64 digits, lower case",
        );
        faults.push(fault("evidence_sha256", "不是 SHA-256 摘要", "This is no SHA-256 digest", how));
    }
    faults.extend(text_faults("laboratory", &sent.laboratory, WORDS_MAX));
    faults.extend(text_faults("evidence_name", &sent.evidence_name, WORDS_MAX));
    match (value, samples, uncertainty.transpose(), measured_on, evidence) {
        (Some(value), Ok(samples), Ok(uncertainty), Some(measured_on), Ok(evidence)) if faults.is_empty() => {
            Ok(Measurement {
                number,
                value: value.value,
                unit: value.unit,
                samples,
                uncertainty,
                measured_on,
                laboratory: sent.laboratory.trim().to_owned(),
                evidence,
                voided: None,
            })
        }
        _ => Err(ServiceError::Invalid(faults)),
    }
}

/// The value that was typed; `None` where nothing was. A measured interval may stand where the indicator asks for a number; of an
/// indicator in words a number or a text.
fn value(line: &Line, typed: &BTreeMap<String, String>) -> Option<Promise> {
    let part = |name: &str| typed.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let number = |name: &str| part(name).and_then(|text| Number::parse(text).ok());
    let unit = || part("unit").map(str::to_owned);
    let Some(item) = &line.item else {
        let text = part("value")?;
        let value =
            Number::parse(text).map_or_else(|_| PromiseValue::Label(text.to_owned()), PromiseValue::Number);
        return Some(Promise { value, unit: unit() });
    };
    let threshold = &item.threshold;
    let single = matches!(threshold.target(), Target::Number(_) | Target::Pair { .. })
        && threshold.comparator() != Comparator::Covers;
    if single && let (Some(low), Some(high)) = (number("low"), number("high")) {
        let unit = unit().or_else(|| threshold.unit().map(str::to_owned));
        return Some(Promise { value: PromiseValue::Pair { low, high }, unit });
    }
    if matches!(threshold.target(), Target::Boolean(_)) {
        let yes = match part("value")? {
            "yes" | "是" => true,
            "no" | "否" => false,
            _ => return None,
        };
        return Some(Promise { value: PromiseValue::Boolean(yes), unit: None });
    }
    let parts = typed.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Promise::read(threshold, &parts)
}
