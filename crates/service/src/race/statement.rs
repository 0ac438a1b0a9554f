//! The task statement (揭榜任务书) that a submitted version holds, and its frozen form in the store.

use jiebang_domain::application::{Content, Row, Value, date};
use jiebang_domain::call::{Call, FieldKind};
use jiebang_domain::race::{IndicatorLine, Milestone, Statement};
use jiebang_domain::shared::{Digest, Promise, Text, Threshold, promise_words};
use serde::{Deserialize, Serialize};

use crate::{ServiceError, ledger};

/// What the id of an indicator begins with that a team named itself.
pub(super) const OWN: &str = "own:";
/// Column of its name.
const NAME: &str = "name";
/// Column of what is promised.
const REQUIREMENT: &str = "requirement";

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
    for field in fields() {
        if let FieldKind::Table(columns) = &field.kind
            && [NAME, REQUIREMENT].iter().all(|id| columns.iter().any(|column| column.id == *id))
        {
            own(content.rows(&field.id), &mut indicators)?;
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
    name: &Text,
    threshold: &Threshold,
    promise: &Promise,
) -> Result<IndicatorLine, ServiceError> {
    Ok(IndicatorLine {
        item: item.to_owned(),
        name: name.clone(),
        promised: promise_words(threshold, promise),
        value: serde_json::to_value(promise).map_err(internal)?,
    })
}

/// The indicators that a team names itself, where the call has it write them: one for each row, known by its name, so that teams
/// that name the same one stand side by side.
fn own(rows: &[Row], indicators: &mut Vec<IndicatorLine>) -> Result<(), ServiceError> {
    for row in rows {
        let (name, requirement) = (cell(row, NAME), cell(row, REQUIREMENT));
        let mut item = format!("{OWN}{name}");
        while indicators.iter().any(|line| line.item == item) {
            item.push('*');
        }
        indicators.push(IndicatorLine {
            item,
            name: Text::new(name, name),
            promised: Text::new(requirement, requirement),
            value: serde_json::to_value(row).map_err(internal)?,
        });
    }
    Ok(())
}

/// An indicator that a team named itself, with another requirement.
pub(super) fn own_line(line: &IndicatorLine, requirement: &str) -> IndicatorLine {
    let mut value = line.value.clone();
    if let Some(row) = value.as_object_mut() {
        row.insert(REQUIREMENT.to_owned(), requirement.into());
    }
    IndicatorLine { promised: Text::new(requirement, requirement), value, ..line.clone() }
}

/// A row of the plan; `None` where it has no days, which no submitted row lacks.
fn milestone(nth: usize, row: &Row) -> Option<Milestone> {
    Some(Milestone {
        id: format!("m{nth}"),
        lane: Some(cell(row, "lane")).filter(|lane| !lane.is_empty()).map(str::to_owned),
        name: cell(row, "what").to_owned(),
        from: date(cell(row, "from"))?,
        to: date(cell(row, "to"))?,
    })
}

/// A cell of a table; empty where there is none.
fn cell<'r>(row: &'r Row, column: &str) -> &'r str {
    match row.get(column) {
        Some(Value::Text(text)) => text.trim(),
        _ => "",
    }
}

pub(super) fn internal(error: impl std::fmt::Display) -> ServiceError {
    ServiceError::Internal(format!("task statement: {error}"))
}
