//! The facts that expressions of a call may speak of, from a draft.

use std::borrow::Cow;

use super::{Draft, PARTNERS, Row, Value};
use crate::call::{Call, Fact, Facts, Field, FieldKind, Kind};
use crate::shared::OrganisationCode;

/// Columns of a work plan.
pub const PLAN_COLUMNS: [&str; 4] = ["what", "lane", "from", "to"];

/// Facts of a draft under a call: `applicant`, `partners`, `form`, `task`, `evidence`.
pub fn facts<'v>(call: &'v Call, draft: &'v Draft) -> Facts<'v> {
    let mut all: Vec<(Cow<'v, str>, Fact<'v>)> = applicant(draft);
    for (_, field) in call.fields() {
        let fact = fact_of(field, draft.content.0.get(&field.id));
        if field.id == PARTNERS {
            all.push(("partners".into(), fact.clone()));
        }
        all.push((format!("form.{}", field.id).into(), fact));
    }
    all.extend(task(call, draft));
    for evidence in &call.evidence {
        let count = draft.evidence.iter().filter(|file| file.evidence == evidence.id).count();
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        all.push((format!("evidence.{}", evidence.id).into(), count.into()));
    }
    all.into_iter().collect()
}

fn applicant(draft: &Draft) -> Vec<(Cow<'_, str>, Fact<'_>)> {
    let applicant = &draft.applicant;
    vec![
        ("applicant.kind".into(), applicant.kind.as_str().into()),
        ("applicant.region".into(), applicant.region.code().into()),
        ("applicant.region_kind".into(), applicant.region.kind().id().into()),
        ("applicant.legal_person".into(), applicant.legal_person.into()),
        ("applicant.mainland".into(), applicant.mainland.into()),
        ("applicant.led_before".into(), i64::from(draft.led_before).into()),
    ]
}

/// The chosen task: its id, whether it is free text, and the id of its ancestor at each level.
fn task<'v>(call: &'v Call, draft: &'v Draft) -> Vec<(Cow<'v, str>, Fact<'v>)> {
    let path = call.path(draft.content.text("task"));
    let leaf = path.last();
    let mut all = vec![
        ("task.id".into(), leaf.map_or("", |node| node.id.as_str()).into()),
        ("task.free_text".into(), leaf.is_some_and(|node| node.free_text).into()),
    ];
    for level in call.levels.keys() {
        let ancestor = path.iter().find(|node| node.level == *level).map_or("", |node| node.id.as_str());
        all.push((format!("task.{level}").into(), ancestor.into()));
    }
    all
}

/// A value as its field's kind says, with an empty value where there is none.
fn fact_of<'v>(field: &'v Field, value: Option<&'v Value>) -> Fact<'v> {
    match (&field.kind, value) {
        (FieldKind::Boolean, value) => matches!(value, Some(Value::Boolean(true))).into(),
        (FieldKind::Number, value) => match value {
            Some(Value::Text(text)) => finite(text).into(),
            _ => 0.0.into(),
        },
        (FieldKind::Table(columns), value) => {
            let record = |row: &'v Row| {
                Fact::record(
                    columns.iter().map(|column| (column.id.as_str(), fact_of(column, row.get(&column.id)))),
                )
            };
            Fact::List(rows(value).iter().map(record).collect())
        }
        (FieldKind::WorkPlan(_), value) => {
            let record =
                |row: &'v Row| Fact::record(PLAN_COLUMNS.map(|column| (column, cell(row, column).into())));
            Fact::List(rows(value).iter().map(record).collect())
        }
        (FieldKind::Indicators, _) => Fact::List(Vec::new()),
        (FieldKind::OrganisationCode, Some(Value::Text(text))) => unit(text).into(),
        (_, Some(Value::Text(text))) => text.as_str().into(),
        _ => "".into(),
    }
}

/// The nine characters that name a unit in both forms of its code, so that rules compare units and not ways of writing; what is
/// no code stays as it is and has its own finding.
fn unit(text: &str) -> String {
    OrganisationCode::parse(text).map_or_else(|_| text.to_owned(), |code| code.organisation_part().to_owned())
}

/// Facts hold finite numbers only; what is no number counts as zero here and has its own finding.
fn finite(text: &str) -> f64 {
    let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite()).unwrap_or(0.0);
    number.clamp(-Kind::NUMBER_MAX, Kind::NUMBER_MAX)
}

fn rows(value: Option<&Value>) -> &[Row] {
    match value {
        Some(Value::Rows(rows)) => rows,
        _ => &[],
    }
}

fn cell<'v>(row: &'v Row, column: &str) -> &'v str {
    match row.get(column) {
        Some(Value::Text(text)) => text,
        _ => "",
    }
}
