//! The task statement (揭榜任务书) that a submitted version holds, and its frozen form in the store.

use jiebang_domain::application::{Content, Row, Value, date};
use jiebang_domain::call::{Call, FieldKind};
use jiebang_domain::race::{IndicatorLine, Milestone, Statement};
use jiebang_domain::shared::{Digest, Promise, promise_words};
use serde::{Deserialize, Serialize};

use crate::{ServiceError, ledger};

/// A statement as it is stored: canonical JSON, which its digest is of.
#[derive(Serialize, Deserialize)]
struct Frozen {
    indicators: Vec<IndicatorLine>,
    milestones: Vec<Milestone>,
}

/// Canonical JSON of a statement and its SHA-256.
pub(super) fn frozen(
    indicators: Vec<IndicatorLine>,
    milestones: Vec<Milestone>,
) -> Result<(String, Statement), ServiceError> {
    let frozen = Frozen { indicators, milestones };
    let content = ledger::canonical(&serde_json::to_value(&frozen).map_err(internal)?);
    let digest = Digest::parse(&ledger::sha256(content.as_bytes())).map_err(internal)?;
    let Frozen { indicators, milestones } = frozen;
    Ok((content, Statement { digest, indicators, milestones }))
}

/// A stored statement, read again.
pub(super) fn thawed(content: &str) -> Result<Statement, ServiceError> {
    let Frozen { indicators, milestones } = serde_json::from_str(content).map_err(internal)?;
    let digest = Digest::parse(&ledger::sha256(content.as_bytes())).map_err(internal)?;
    Ok(Statement { digest, indicators, milestones })
}

/// What a submitted version promises and plans; milestones get the ids `m1`, `m2` …, which they keep through all versions.
pub(super) fn submitted(call: &Call, content: &Content) -> Result<(String, Statement), ServiceError> {
    let task = content.text("task");
    let fields = || call.fields().map(|(_, field)| field);
    let promises = fields()
        .filter(|field| matches!(field.kind, FieldKind::Indicators))
        .find_map(|field| content.promises(&field.id));
    let mut indicators = Vec::new();
    for item in call.items_of(task) {
        if let Some(promise) = promises.and_then(|promises| promises.get(&item.id)) {
            indicators.push(line(&item.id, &item.name, &item.threshold, promise)?);
        }
    }
    let plan = fields().find(|field| matches!(field.kind, FieldKind::WorkPlan(_)));
    let rows = plan.map_or(&[][..], |field| content.rows(&field.id));
    let milestones = (1..).zip(rows).filter_map(|(nth, row)| milestone(nth, row)).collect();
    frozen(indicators, milestones)
}

/// An indicator with what is promised for it.
pub(super) fn line(
    item: &str,
    name: &jiebang_domain::shared::Text,
    threshold: &jiebang_domain::shared::Threshold,
    promise: &Promise,
) -> Result<IndicatorLine, ServiceError> {
    Ok(IndicatorLine {
        item: item.to_owned(),
        name: name.clone(),
        promised: promise_words(threshold, promise),
        value: serde_json::to_value(promise).map_err(internal)?,
    })
}

/// A row of the plan; `None` where it has no days, which no submitted row lacks.
fn milestone(nth: usize, row: &Row) -> Option<Milestone> {
    let cell = |column: &str| match row.get(column) {
        Some(Value::Text(text)) => text.trim(),
        _ => "",
    };
    Some(Milestone {
        id: format!("m{nth}"),
        lane: Some(cell("lane")).filter(|lane| !lane.is_empty()).map(str::to_owned),
        name: cell("what").to_owned(),
        from: date(cell("from"))?,
        to: date(cell("to"))?,
    })
}

pub(super) fn internal(error: impl std::fmt::Display) -> ServiceError {
    ServiceError::Internal(format!("task statement: {error}"))
}
